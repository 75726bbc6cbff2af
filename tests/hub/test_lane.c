#include "hub/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/evt/evt.h"
#include "schemas/order.pb-c.h"
#include "tests/support/filled.h"

#define HALF (LANE_SLOTS / 2)

/* Queue a small event of this kind; `room` tells it from the others. */
static enum err push(struct lane *lane, enum evt_id what, uint32_t room)
{
    struct evt *evt = filled_evt(what);
    enum err err = lane_push(lane, evt, room, 1000 + room);

    evt_unref(evt);
    return err;
}

/* The same about table or device `key`. */
static enum err push_about(
        struct lane *lane, enum evt_id what, const char *key, uint32_t room)
{
    struct evt *evt = filled_evt(what);
    enum err err;

    strncpy(evt->key, key, ID_CHARS);
    err = lane_push(lane, evt, room, 1000 + room);
    evt_unref(evt);
    return err;
}

static void fill(struct lane *lane, enum evt_id what, uint32_t count)
{
    while (count-- > 0)
        assert_int_equal(push(lane, what, 0), ERR_OK);
}

/* The next event has to be this one. */
static void expect(struct lane *lane, enum evt_id what, uint32_t room)
{
    uint32_t by = UINT32_MAX;
    struct evt *evt = lane_pop(lane, &by);

    assert_non_null(evt);
    assert_int_equal(evt->what, what);
    assert_int_equal(by, room);
    evt_unref(evt);
}

static void pass_over(struct lane *lane, uint32_t count)
{
    uint32_t room;

    while (count-- > 0)
        evt_unref(lane_pop(lane, &room));
}

static void an_empty_lane_gives_nothing_and_has_no_age(void **unused)
{
    struct lane lane, zero = { 0 };
    uint32_t room = 7;

    (void)unused;
    lane_finish(&zero);
    lane_init(&lane);
    assert_null(lane.slots);
    assert_null(lane_pop(&lane, &room));
    assert_int_equal(room, 7);
    assert_int_equal(lane_age_ms(&lane, 99999), 0);
    lane_finish(&lane);
    lane_finish(&lane);
}

static void events_leave_in_the_order_in_which_they_came(void **unused)
{
    struct lane lane;
    uint32_t in = 0, out = 0;

    (void)unused;
    lane_init(&lane);
    /* Round the ring several times, with ever more waiting. */
    for (int round = 1; round <= 40; round++) {
        for (int i = 0; i < round; i++)
            assert_int_equal(push(&lane, EVT_KITCHEN_READY, in++), ERR_OK);
        for (int i = 0; i < round - 1; i++)
            expect(&lane, EVT_KITCHEN_READY, out++);
    }
    assert_int_equal(lane.count, 40);
    while (out < in)
        expect(&lane, EVT_KITCHEN_READY, out++);
    assert_int_equal(lane.count, 0);
    assert_int_equal(lane.bytes, 0);
    lane_finish(&lane);
}

static void it_holds_a_reference_and_hands_it_over(void **unused)
{
    struct evt *evt = filled_evt(EVT_KITCHEN_READY);
    struct lane lane;
    uint32_t room;

    (void)unused;
    lane_init(&lane);
    assert_int_equal(lane_push(&lane, evt, 3, 0), ERR_OK);
    assert_int_equal(lane_push(&lane, evt, 4, 0), ERR_OK);
    assert_int_equal(evt->refs, 3);
    assert_ptr_equal(lane_pop(&lane, &room), evt);
    assert_int_equal(room, 3);
    evt_unref(evt);
    assert_int_equal(evt->refs, 2);
    lane_finish(&lane);
    assert_int_equal(evt->refs, 1);
    evt_unref(evt);
}

static void its_age_is_how_long_the_oldest_has_waited(void **unused)
{
    struct evt *evt = filled_evt(EVT_KITCHEN_READY);
    struct lane lane;
    uint32_t room;

    (void)unused;
    lane_init(&lane);
    assert_int_equal(lane_push(&lane, evt, 0, 5000), ERR_OK);
    assert_int_equal(lane_push(&lane, evt, 0, 9000), ERR_OK);
    assert_int_equal(lane_age_ms(&lane, 5000), 0);
    assert_int_equal(lane_age_ms(&lane, 5000 + LANE_AGE_MS), LANE_AGE_MS);
    evt_unref(lane_pop(&lane, &room));
    assert_int_equal(lane_age_ms(&lane, 9001), 1);
    lane_finish(&lane);
    evt_unref(evt);
}

static void a_lane_full_of_orders_refuses_and_stays_as_it_is(void **unused)
{
    struct evt *evt = filled_evt(EVT_ORDER_CREATED);
    struct lane lane;
    size_t bytes;

    (void)unused;
    lane_init(&lane);
    for (uint32_t i = 0; i < LANE_SLOTS; i++)
        if (push(&lane, EVT_KITCHEN_READY, i) != ERR_OK)
            fail_msg("only %u events fit", i);
    bytes = lane.bytes;
    assert_int_equal(lane_push(&lane, evt, 0, 0), ERR_TOO_SLOW);
    assert_int_equal(push(&lane, EVT_KITCHEN_STATS, 0), ERR_TOO_SLOW);
    assert_int_equal(push(&lane, EVT_TABLE_UPDATED, 0), ERR_TOO_SLOW);
    assert_int_equal(evt->refs, 1);
    assert_int_equal(lane.count, LANE_SLOTS);
    assert_int_equal(lane.bytes, bytes);
    for (uint32_t i = 0; i < LANE_SLOTS; i++)
        expect(&lane, EVT_KITCHEN_READY, i);
    evt_unref(evt);
    lane_finish(&lane);
}

/* An event of some kilobytes. */
static struct evt *large_evt(void)
{
    Dw__OrderCreated *body =
            (void *)filled_body(&dw__order_created__descriptor);
    struct evt *evt;
    char *notes = malloc(20001);

    assert_non_null(notes);
    memset(notes, 'x', 20000);
    notes[20000] = '\0';
    free(body->order->notes);
    body->order->notes = notes;
    assert_int_equal(evt_create(EVT_ORDER_CREATED, &body->base, &evt), ERR_OK);
    return evt;
}

static void bytes_fill_it_as_well_as_numbers(void **unused)
{
    struct evt *evt = large_evt();
    struct lane lane;
    uint32_t fits = (uint32_t)(LANE_BYTES / evt_bytes(evt));

    (void)unused;
    lane_init(&lane);
    assert_in_range(fits, 2, 8);
    for (uint32_t i = 0; i < fits; i++)
        assert_int_equal(lane_push(&lane, evt, 0, 0), ERR_OK);
    assert_int_equal(lane.bytes, fits * evt_bytes(evt));
    assert_int_equal(lane_push(&lane, evt, 0, 0), ERR_TOO_SLOW);
    assert_true(lane.bytes <= LANE_BYTES);
    pass_over(&lane, 1);
    assert_int_equal(lane_push(&lane, evt, 0, 0), ERR_OK);
    lane_finish(&lane);
    evt_unref(evt);
}

static void up_to_half_full_every_figure_is_kept(void **unused)
{
    struct lane lane;

    (void)unused;
    lane_init(&lane);
    for (uint32_t i = 0; i <= HALF; i++)
        assert_int_equal(push(&lane, EVT_KITCHEN_STATS, i), ERR_OK);
    assert_int_equal(lane.count, HALF + 1);
    for (uint32_t i = 0; i <= HALF; i++)
        expect(&lane, EVT_KITCHEN_STATS, i);
    lane_finish(&lane);
}

static void over_half_full_only_the_newest_figure_is_kept(void **unused)
{
    struct lane lane;
    uint64_t dropped = count_of(COUNT_LANE_DROPPED);

    (void)unused;
    lane_init(&lane);
    assert_int_equal(push(&lane, EVT_ORDER_CREATED, 1), ERR_OK);
    fill(&lane, EVT_KITCHEN_STATS, HALF);
    assert_int_equal(push(&lane, EVT_ORDER_SERVED, 2), ERR_OK);
    assert_int_equal(push(&lane, EVT_KITCHEN_STATS, 3), ERR_OK);
    assert_int_equal(count_of(COUNT_LANE_DROPPED), dropped + HALF);
    expect(&lane, EVT_ORDER_CREATED, 1);
    expect(&lane, EVT_ORDER_SERVED, 2);
    expect(&lane, EVT_KITCHEN_STATS, 3);
    assert_int_equal(lane.count, 0);
    assert_int_equal(lane.bytes, 0);
    lane_finish(&lane);
}

static void half_of_the_bytes_is_half_full_too(void **unused)
{
    struct evt *evt = large_evt();
    struct lane lane;

    (void)unused;
    lane_init(&lane);
    assert_int_equal(push(&lane, EVT_KITCHEN_STATS, 1), ERR_OK);
    while (lane.bytes <= LANE_BYTES / 2)
        assert_int_equal(lane_push(&lane, evt, 2, 0), ERR_OK);
    assert_true(lane.count < 10);
    assert_int_equal(push(&lane, EVT_KITCHEN_STATS, 3), ERR_OK);
    while (lane.count > 1)
        expect(&lane, EVT_ORDER_CREATED, 2);
    expect(&lane, EVT_KITCHEN_STATS, 3);
    lane_finish(&lane);
    evt_unref(evt);
}

static void over_half_full_a_state_replaces_that_of_the_same_thing_only(
        void **unused)
{
    struct lane lane;

    (void)unused;
    lane_init(&lane);
    push_about(&lane, EVT_TABLE_UPDATED, "5", 1);
    push_about(&lane, EVT_TABLE_UPDATED, "6", 2);
    push_about(&lane, EVT_DEVICE_ONLINE, "5", 3);
    fill(&lane, EVT_KITCHEN_READY, HALF);
    push_about(&lane, EVT_TABLE_UPDATED, "5", 4);
    push_about(&lane, EVT_DEVICE_OFFLINE, "5", 5);

    expect(&lane, EVT_TABLE_UPDATED, 2);
    expect(&lane, EVT_DEVICE_ONLINE, 3);
    pass_over(&lane, HALF);
    expect(&lane, EVT_TABLE_UPDATED, 4);
    expect(&lane, EVT_DEVICE_OFFLINE, 5);
    assert_int_equal(lane.count, 0);
    lane_finish(&lane);
}

static void orders_are_never_replaced_by_later_ones(void **unused)
{
    struct lane lane;

    (void)unused;
    lane_init(&lane);
    for (uint32_t i = 0; i < LANE_SLOTS; i++)
        assert_int_equal(push_about(&lane, EVT_KITCHEN_READY, "5", i), ERR_OK);
    assert_int_equal(lane.count, LANE_SLOTS);
    lane_finish(&lane);
}

static void a_full_lane_gives_up_a_figure_but_never_an_order(void **unused)
{
    struct lane lane;
    uint64_t dropped = count_of(COUNT_LANE_DROPPED);

    (void)unused;
    lane_init(&lane);
    assert_int_equal(push(&lane, EVT_KITCHEN_READY, 1), ERR_OK);
    assert_int_equal(push(&lane, EVT_KITCHEN_STATS, 2), ERR_OK);
    assert_int_equal(push(&lane, EVT_KITCHEN_STATS, 3), ERR_OK);
    while (lane.count < LANE_SLOTS)
        assert_int_equal(push(&lane, EVT_KITCHEN_READY, 4), ERR_OK);

    assert_int_equal(push(&lane, EVT_KITCHEN_READY, 5), ERR_OK);
    assert_int_equal(count_of(COUNT_LANE_DROPPED), dropped + 1);
    assert_int_equal(push(&lane, EVT_KITCHEN_READY, 6), ERR_OK);
    assert_int_equal(push(&lane, EVT_KITCHEN_READY, 7), ERR_TOO_SLOW);
    assert_int_equal(count_of(COUNT_LANE_DROPPED), dropped + 2);

    expect(&lane, EVT_KITCHEN_READY, 1);
    for (int i = 0; i < LANE_SLOTS - 3; i++)
        expect(&lane, EVT_KITCHEN_READY, 4);
    expect(&lane, EVT_KITCHEN_READY, 5);
    expect(&lane, EVT_KITCHEN_READY, 6);
    assert_int_equal(lane.bytes, 0);
    lane_finish(&lane);
}

static void a_state_is_not_given_up_for_something_else(void **unused)
{
    struct lane lane;

    (void)unused;
    lane_init(&lane);
    push_about(&lane, EVT_TABLE_UPDATED, "5", 1);
    fill(&lane, EVT_KITCHEN_READY, LANE_SLOTS - 1);
    assert_int_equal(push(&lane, EVT_KITCHEN_READY, 0), ERR_TOO_SLOW);
    assert_int_equal(
            push_about(&lane, EVT_TABLE_UPDATED, "6", 2), ERR_TOO_SLOW);
    assert_int_equal(push_about(&lane, EVT_TABLE_UPDATED, "5", 3), ERR_OK);
    pass_over(&lane, LANE_SLOTS - 1);
    expect(&lane, EVT_TABLE_UPDATED, 3);
    lane_finish(&lane);
}

static void a_stalled_client_costs_a_fixed_amount(void **unused)
{
    struct lane lane;

    (void)unused;
    lane_init(&lane);
    for (uint32_t i = 0; i < 5000; i++) {
        push(&lane, i % 3 ? EVT_KITCHEN_STATS : EVT_KITCHEN_READY, i);
        assert_true(lane.count <= LANE_SLOTS);
        assert_true(lane.size <= LANE_SLOTS);
        assert_true(lane.bytes <= LANE_BYTES);
    }
    lane_finish(&lane);
}

static bool is_odd(const void *context, struct lane_slot *slot)
{
    *(uint32_t *)(uintptr_t)context += 1;
    if (slot->room % 2 == 0)
        return false;
    slot->room += 100;
    return true;
}

static void what_is_not_wanted_any_more_leaves_no_gap(void **unused)
{
    struct lane lane;
    uint32_t asked = 0;
    size_t bytes;

    (void)unused;
    lane_init(&lane);
    assert_null(lane_oldest(&lane));
    lane_filter(&lane, is_odd, &asked);
    fill(&lane, EVT_ORDER_CREATED, 5);
    pass_over(&lane, 5); /* so that the ring wraps */
    assert_int_equal(push(&lane, EVT_ORDER_CREATED, 1), ERR_OK);
    bytes = lane.bytes;
    for (uint32_t room = 2; room <= 7; room++)
        assert_int_equal(push(&lane, EVT_ORDER_CREATED, room), ERR_OK);
    lane_filter(&lane, is_odd, &asked);
    assert_int_equal(asked, 7);
    assert_int_equal(lane.count, 4);
    assert_int_equal(lane.bytes, 4 * bytes);
    assert_int_equal(lane_oldest(&lane)->what, EVT_ORDER_CREATED);
    for (uint32_t room = 1; room <= 7; room += 2)
        expect(&lane, EVT_ORDER_CREATED, room + 100);
    assert_int_equal(lane.bytes, 0);
    lane_finish(&lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_lane_gives_nothing_and_has_no_age),
        cmocka_unit_test(events_leave_in_the_order_in_which_they_came),
        cmocka_unit_test(it_holds_a_reference_and_hands_it_over),
        cmocka_unit_test(what_is_not_wanted_any_more_leaves_no_gap),
        cmocka_unit_test(its_age_is_how_long_the_oldest_has_waited),
        cmocka_unit_test(a_lane_full_of_orders_refuses_and_stays_as_it_is),
        cmocka_unit_test(bytes_fill_it_as_well_as_numbers),
        cmocka_unit_test(up_to_half_full_every_figure_is_kept),
        cmocka_unit_test(over_half_full_only_the_newest_figure_is_kept),
        cmocka_unit_test(half_of_the_bytes_is_half_full_too),
        cmocka_unit_test(
                over_half_full_a_state_replaces_that_of_the_same_thing_only),
        cmocka_unit_test(orders_are_never_replaced_by_later_ones),
        cmocka_unit_test(a_full_lane_gives_up_a_figure_but_never_an_order),
        cmocka_unit_test(a_state_is_not_given_up_for_something_else),
        cmocka_unit_test(a_stalled_client_costs_a_fixed_amount),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
