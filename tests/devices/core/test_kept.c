#include "devices/core/kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct outbox_fact fact;
static uint8_t bytes[KEPT_BYTES + 1];
static size_t len;

static int write_one(void **unused)
{
    (void)unused;
    memset(&fact, 0, sizeof(fact));
    fact.topic = FACT_ACK;
    fact.class = FACT_CALL;
    fact.field = 160;
    fact.id[0] = 1;
    fact.id[15] = 9;
    memcpy(fact.bytes, "called", 6);
    fact.len = 6;
    len = kept_write(bytes, &fact, 120000);
    return 0;
}

static void what_is_written_is_read(void **unused)
{
    struct outbox_fact read = { .len = 0 };
    uint32_t keep_ms = 0;

    (void)unused;
    assert_true(kept_read(&read, &keep_ms, bytes, len));
    assert_int_equal(read.topic, FACT_ACK);
    assert_int_equal(read.class, FACT_CALL);
    assert_int_equal(read.field, 160);
    assert_int_equal(keep_ms, 120000);
    assert_memory_equal(read.id, fact.id, sizeof(fact.id));
    assert_int_equal(read.len, 6);
    assert_memory_equal(read.bytes, "called", 6);
}

static void another_form_is_nothing(void **unused)
{
    struct outbox_fact read = { .len = 0 };
    uint32_t keep_ms = 0;

    (void)unused;
    assert_false(kept_read(&read, &keep_ms, bytes, 0));
    assert_false(kept_read(&read, &keep_ms, bytes, KEPT_HEAD));
    assert_false(kept_read(&read, &keep_ms, bytes, KEPT_BYTES + 1));
    for (size_t i = 0; i < 3; i++) {
        bytes[i] ^= 0x82;
        assert_false(kept_read(&read, &keep_ms, bytes, len));
        bytes[i] ^= 0x82;
    }
    bytes[2] = FACT_STATE; /* states are never stored */
    assert_false(kept_read(&read, &keep_ms, bytes, len));
    bytes[2] = FACT_SPOOLED; /* nor is what lies somewhere else */
    assert_false(kept_read(&read, &keep_ms, bytes, len));
    assert_int_equal(read.len, 0);
}

static void an_id_says_when_and_which_was_first(void **unused)
{
    static const uint8_t older[DEVICE_ID_BYTES] = { 0, 0, 0, 0, 1, 2, 9, 9, 9,
        9, 9, 0, 3, 0, 0, 8 };
    static const uint8_t newer[DEVICE_ID_BYTES] = { 0, 0, 0, 0, 0, 0, 1, 1, 1,
        1, 1, 0, 4, 0, 0, 1 };

    (void)unused;
    assert_int_equal(kept_id_ms(older), 258);
    assert_int_equal(kept_id_ms(newer), 0);
    assert_true(kept_is_older(older, newer));
    assert_false(kept_is_older(newer, older));
    assert_false(kept_is_older(older, older));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_written_is_read, write_one),
        cmocka_unit_test_setup(another_form_is_nothing, write_one),
        cmocka_unit_test(an_id_says_when_and_which_was_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
