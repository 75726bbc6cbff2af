#include "devices/core/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct outbox outbox;

static struct outbox_fact *add(uint8_t name, enum fact_class class)
{
    struct outbox_fact *fact = outbox_add(&outbox);

    assert_non_null(fact);
    fact->id[0] = name;
    fact->class = class;
    fact->field = 100u + name;
    fact->give_up_ms = UINT64_MAX;
    return fact;
}

static void send(struct outbox_fact *fact, uint64_t now_ms)
{
    fact->sendings++;
    fact->sent_ms = now_ms;
}

static int empty(void **unused)
{
    (void)unused;
    memset(&outbox, 0, sizeof(outbox));
    return 0;
}

static void the_oldest_goes_first_and_each_once(void **unused)
{
    (void)unused;
    add(1, FACT_RESULT);
    add(2, FACT_RESULT);
    assert_int_equal(outbox_next(&outbox, 0)->id[0], 1);
    send(outbox_next(&outbox, 0), 0);
    assert_int_equal(outbox_next(&outbox, 0)->id[0], 2);
    send(outbox_next(&outbox, 0), 0);
    assert_null(outbox_next(&outbox, 0));
}

static void what_is_removed_leaves_the_others_in_their_order(void **unused)
{
    static const uint8_t two[DEVICE_ID_BYTES] = { 2 };

    (void)unused;
    for (uint8_t i = 1; i <= 3; i++)
        add(i, FACT_RESULT);
    outbox_remove(&outbox, outbox_find(&outbox, two));
    assert_null(outbox_find(&outbox, two));
    assert_int_equal(outbox.count, 2);
    assert_int_equal(outbox.facts[0].id[0], 1);
    assert_int_equal(outbox.facts[1].id[0], 3);
}

static void without_a_receipt_it_goes_again_each_time_later(void **unused)
{
    struct outbox_fact *fact;
    uint64_t now_ms = 1000;

    (void)unused;
    fact = add(1, FACT_RESULT);
    for (uint64_t wait_ms = DEVICE_RESEND_MS; wait_ms <= DEVICE_RESEND_MOST_MS;
            wait_ms *= 2) {
        send(fact, now_ms);
        assert_null(outbox_next(&outbox, now_ms + wait_ms - 1));
        now_ms += wait_ms;
        assert_ptr_equal(outbox_next(&outbox, now_ms), fact);
    }
    send(fact, now_ms);
    assert_null(outbox_next(&outbox, now_ms + DEVICE_RESEND_MOST_MS - 1));
    assert_non_null(outbox_next(&outbox, now_ms + DEVICE_RESEND_MOST_MS));
}

static void on_a_new_link_all_goes_again(void **unused)
{
    (void)unused;
    send(add(1, FACT_RESULT), 1000);
    outbox_unsend(&outbox);
    assert_int_equal(outbox_next(&outbox, 1000)->id[0], 1);
}

static void a_full_box_takes_no_more_and_keeps_what_it_has(void **unused)
{
    (void)unused;
    for (uint8_t i = 0; i < DEVICE_FACTS; i++)
        add(i, FACT_RESULT)->place = i + 1u;
    assert_null(outbox_add(&outbox));
    assert_int_equal(outbox.facts[0].id[0], 0);
    assert_int_equal(outbox.count, DEVICE_FACTS);
    assert_int_equal(outbox_free_place(&outbox), 0);
    outbox_remove(&outbox, &outbox.facts[4]);
    assert_int_equal(outbox_free_place(&outbox), 5);
}

static void the_same_thing_is_found_by_what_it_is_about(void **unused)
{
    (void)unused;
    add(1, FACT_RESULT);
    add(2, FACT_STATE);
    assert_null(outbox_find_same(&outbox, FACT_STATE, 101));
    assert_int_equal(outbox_find_same(&outbox, FACT_STATE, 102)->id[0], 2);
    assert_int_equal(outbox_find_state(&outbox)->id[0], 2);
}

static void what_is_too_old_is_found(void **unused)
{
    (void)unused;
    add(1, FACT_RESULT);
    add(2, FACT_RESULT)->give_up_ms = 500;
    assert_null(outbox_find_over(&outbox, 499));
    assert_int_equal(outbox_find_over(&outbox, 500)->id[0], 2);
}

static void it_says_when_it_wants_to_be_looked_at(void **unused)
{
    struct outbox_fact *fact;

    (void)unused;
    assert_int_equal(outbox_due_ms(&outbox), UINT64_MAX);
    assert_false(outbox_is_unsent(&outbox));
    fact = add(1, FACT_RESULT);
    fact->give_up_ms = 90000;
    assert_true(outbox_is_unsent(&outbox));
    assert_int_equal(outbox_due_ms(&outbox), 90000);
    fact->sendings = 1;
    fact->sent_ms = 1000;
    assert_false(outbox_is_unsent(&outbox));
    assert_int_equal(outbox_due_ms(&outbox), 1000 + DEVICE_RESEND_MS);
    assert_null(outbox_next(&outbox, 999 + DEVICE_RESEND_MS));
    assert_non_null(outbox_next(&outbox, 1000 + DEVICE_RESEND_MS));
}

static void a_state_that_was_sent_is_nothing_to_wait_for(void **unused)
{
    (void)unused;
    assert_false(outbox_is_pressing(&outbox));
    add(1, FACT_STATE);
    assert_true(outbox_is_pressing(&outbox));
    outbox.facts[0].sendings = 1;
    assert_false(outbox_is_pressing(&outbox));
    add(2, FACT_RESULT)->sendings = 1;
    assert_true(outbox_is_pressing(&outbox));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, empty)
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_goes_first_and_each_once),
        TEST(what_is_removed_leaves_the_others_in_their_order),
        TEST(without_a_receipt_it_goes_again_each_time_later),
        TEST(on_a_new_link_all_goes_again),
        TEST(a_full_box_takes_no_more_and_keeps_what_it_has),
        TEST(the_same_thing_is_found_by_what_it_is_about),
        TEST(what_is_too_old_is_found),
        TEST(it_says_when_it_wants_to_be_looked_at),
        TEST(a_state_that_was_sent_is_nothing_to_wait_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
