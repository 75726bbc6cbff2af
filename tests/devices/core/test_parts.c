#include "devices/core/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEXT "0123456789"

static uint8_t memory[10];

static enum parts_state add(
        struct parts *parts, size_t offset, size_t len, size_t total)
{
    const struct part part = { .topic = "a/b",
        .topic_len = offset == 0 ? 3 : 0,
        .data = (const uint8_t *)TEXT + offset,
        .len = len,
        .offset = offset,
        .total = total };

    return parts_add(parts, &part);
}

static void pieces_in_order_make_the_whole_under_the_first_topic(void **unused)
{
    struct parts parts;

    (void)unused;
    parts_init(&parts, memory, sizeof(memory));
    assert_int_equal(add(&parts, 0, 4, 10), PARTS_MORE);
    assert_int_equal(add(&parts, 4, 5, 10), PARTS_MORE);
    assert_int_equal(add(&parts, 9, 1, 10), PARTS_WHOLE);
    assert_memory_equal(parts.bytes, TEXT, 10);
    assert_string_equal(parts.topic, "a/b");
}

static void an_empty_payload_is_whole_at_once(void **unused)
{
    struct parts parts;

    (void)unused;
    parts_init(&parts, memory, sizeof(memory));
    assert_int_equal(add(&parts, 0, 0, 0), PARTS_WHOLE);
}

static void a_payload_longer_than_the_buffer_is_refused(void **unused)
{
    struct parts parts;

    (void)unused;
    parts_init(&parts, memory, sizeof(memory));
    assert_int_equal(add(&parts, 0, 4, 11), PARTS_REFUSED);
    assert_int_equal(add(&parts, 4, 4, 11), PARTS_REFUSED);
}

static void a_gap_spoils_the_rest_but_not_the_next_payload(void **unused)
{
    struct parts parts;

    (void)unused;
    parts_init(&parts, memory, sizeof(memory));
    assert_int_equal(add(&parts, 0, 4, 10), PARTS_MORE);
    assert_int_equal(add(&parts, 5, 5, 10), PARTS_REFUSED);
    assert_int_equal(add(&parts, 4, 6, 10), PARTS_REFUSED);
    assert_int_equal(add(&parts, 0, 10, 10), PARTS_WHOLE);
}

static void pieces_that_disagree_about_the_whole_are_refused(void **unused)
{
    struct parts parts;

    (void)unused;
    parts_init(&parts, memory, sizeof(memory));
    assert_int_equal(add(&parts, 0, 4, 10), PARTS_MORE);
    assert_int_equal(add(&parts, 4, 2, 6), PARTS_REFUSED);
    assert_int_equal(add(&parts, 0, 4, 6), PARTS_MORE);
    assert_int_equal(add(&parts, 4, 6, 6), PARTS_REFUSED);
}

static void a_topic_too_long_or_with_a_nul_is_refused(void **unused)
{
    static const char topic[DEVICE_TOPIC_BYTES] = "x";
    struct parts parts;
    struct part part = { .topic = topic, .topic_len = sizeof(topic) };

    (void)unused;
    parts_init(&parts, memory, sizeof(memory));
    assert_int_equal(parts_add(&parts, &part), PARTS_REFUSED);
    part.topic_len = 2;
    assert_int_equal(parts_add(&parts, &part), PARTS_REFUSED);
    part.topic_len = 0;
    assert_int_equal(parts_add(&parts, &part), PARTS_REFUSED);
    part.topic_len = 1;
    assert_int_equal(parts_add(&parts, &part), PARTS_WHOLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_in_order_make_the_whole_under_the_first_topic),
        cmocka_unit_test(an_empty_payload_is_whole_at_once),
        cmocka_unit_test(a_payload_longer_than_the_buffer_is_refused),
        cmocka_unit_test(a_gap_spoils_the_rest_but_not_the_next_payload),
        cmocka_unit_test(pieces_that_disagree_about_the_whole_are_refused),
        cmocka_unit_test(a_topic_too_long_or_with_a_nul_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
