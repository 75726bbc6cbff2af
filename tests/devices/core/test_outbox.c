#include "devices/core/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct outbox outbox;

static void add(uint8_t name, uint64_t give_up_ms)
{
    struct outbox_fact *fact = outbox_add(&outbox);

    assert_non_null(fact);
    fact->id[0] = name;
    fact->give_up_ms = give_up_ms;
}

static void send(struct outbox_fact *fact, int token, uint64_t now_ms)
{
    fact->token = token;
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
    add(1, 0);
    add(2, 0);
    assert_int_equal(outbox_next(&outbox, 0)->id[0], 1);
    send(outbox_next(&outbox, 0), 11, 0);
    assert_int_equal(outbox_next(&outbox, 0)->id[0], 2);
    send(outbox_next(&outbox, 0), 12, 0);
    assert_null(outbox_next(&outbox, 0));
}

static void a_receipt_settles_its_fact_and_no_other(void **unused)
{
    uint8_t id[DEVICE_ID_BYTES];

    (void)unused;
    add(1, 0);
    add(2, 0);
    send(&outbox.facts[0], 11, 0);
    assert_false(outbox_settle(&outbox, 12, id));
    assert_false(outbox_settle(&outbox, 0, id)); /* nothing was sent as 0 */
    assert_true(outbox_settle(&outbox, 11, id));
    assert_int_equal(id[0], 1);
    assert_int_equal(outbox.count, 1);
    assert_int_equal(outbox.facts[0].id[0], 2);
}

static void without_a_receipt_it_goes_again(void **unused)
{
    (void)unused;
    add(1, 0);
    send(&outbox.facts[0], 11, 1000);
    assert_null(outbox_next(&outbox, 1000 + DEVICE_RESEND_MS - 1));
    assert_non_null(outbox_next(&outbox, 1000 + DEVICE_RESEND_MS));
}

static void on_a_new_link_all_goes_again(void **unused)
{
    (void)unused;
    add(1, 0);
    send(&outbox.facts[0], 11, 1000);
    outbox_unsend(&outbox);
    assert_int_equal(outbox_next(&outbox, 1000)->id[0], 1);
}

static void a_full_box_takes_no_more_and_keeps_what_it_has(void **unused)
{
    (void)unused;
    for (uint8_t i = 0; i < DEVICE_FACTS; i++)
        add(i, 0);
    assert_null(outbox_add(&outbox));
    assert_int_equal(outbox.facts[0].id[0], 0);
    assert_int_equal(outbox.count, DEVICE_FACTS);
}

static void what_is_too_old_is_given_up_and_counted(void **unused)
{
    (void)unused;
    add(1, 500);
    add(2, 0);
    add(3, 400);
    assert_int_equal(outbox_expire(&outbox, 399), 0);
    assert_int_equal(outbox_expire(&outbox, 500), 2);
    assert_int_equal(outbox.count, 1);
    assert_int_equal(outbox.facts[0].id[0], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_oldest_goes_first_and_each_once, empty),
        cmocka_unit_test_setup(a_receipt_settles_its_fact_and_no_other, empty),
        cmocka_unit_test_setup(without_a_receipt_it_goes_again, empty),
        cmocka_unit_test_setup(on_a_new_link_all_goes_again, empty),
        cmocka_unit_test_setup(
                a_full_box_takes_no_more_and_keeps_what_it_has, empty),
        cmocka_unit_test_setup(what_is_too_old_is_given_up_and_counted, empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
