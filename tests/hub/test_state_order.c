#include "hub/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/story.h"

#define IS(status) DW__ORDER_STATUS__ORDER_STATUS_##status

/* What the hub asks of the picture, without the hub: events one by one. */
static struct state picture;
static uint64_t seq;

static int begin(void **state)
{
    (void)state;
    state_init(&picture);
    seq = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    state_finish(&picture);
    return 0;
}

static void apply(enum evt_id what, void *body, bool is_derived)
{
    struct evt *evt;

    assert_int_equal(evt_create(what, body, &evt), ERR_OK);
    evt->seq = ++seq;
    evt->ts_ms = STORY_START_MS + (int64_t)seq;
    if (is_derived)
        evt->cause = ulid_make(evt->ts_ms, 1, 2);
    state_apply(&picture, evt);
    evt_unref(evt);
}

static void create(const char *id, Dw__OrderStatus status)
{
    ProtobufCMessage *body = story_order(id, "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

    order->has_status = order->has_created_at_ms = 1;
    order->status = status;
    order->created_at_ms = STORY_START_MS + (int64_t)seq;
    order->has_payment_status = 1;
    order->payment_status = DW__PAYMENT_STATUS__PAYMENT_STATUS_PENDING;
    apply(EVT_ORDER_CREATED, body, false);
}

static void step(enum evt_id what, const char *id)
{
    apply(what, story_about(what, id), false);
}

static void change(Dw__OrderStatus status, const char *word)
{
    Dw__OrderStatusChanged *changed =
            (void *)story_about(EVT_ORDER_STATUS_CHANGED, "41");

    changed->has_status = status != 0;
    changed->status = status;
    if (word)
        body_set_string(&changed->status_word, word);
    apply(EVT_ORDER_STATUS_CHANGED, changed, false);
}

static void recall(Dw__OrderStatus to)
{
    Dw__TicketRecalled *recalled =
            (void *)story_about(EVT_TICKET_RECALLED, "41");

    recalled->has_status = 1;
    recalled->status = to;
    body_set_string(&recalled->reason, "cold");
    apply(EVT_TICKET_RECALLED, recalled, false);
}

static const Dw__Order *order(void)
{
    return state_order(&picture, "41");
}

/* --- words --- */

static void a_word_moves_nothing_and_goes_with_the_next_status(void **state)
{
    Dw__KitchenStats before = DW__KITCHEN_STATS__INIT;
    Dw__KitchenStats after = DW__KITCHEN_STATS__INIT;

    (void)state;
    create("41", IS(PREPARING));
    state_stats(&picture, &before);
    change(0, "plating");
    assert_string_equal(order()->status_word, "plating");
    assert_int_equal(order()->status, IS(PREPARING));
    state_stats(&picture, &after);
    assert_int_equal(after.preparing, before.preparing);
    assert_int_equal(after.total, before.total);
    change(IS(READY), NULL);
    assert_null(order()->status_word);
    change(0, "plating");
    change(IS(CONFIRMED), NULL); /* late: it says nothing */
    assert_string_equal(order()->status_word, "plating");
    assert_int_equal(order()->status, IS(READY));
    change(IS(READY), NULL);
    assert_null(order()->status_word);
}

static void a_closed_order_keeps_its_word(void **state)
{
    (void)state;
    create("41", IS(PREPARING));
    step(EVT_ORDER_COMPLETED, "41");
    change(0, "refunded");
    assert_string_equal(order()->status_word, "refunded");
    assert_int_equal(order()->status, IS(COMPLETED));
}

/* --- down --- */

static void a_recall_takes_an_order_back_to_the_kitchen(void **state)
{
    Dw__KitchenStats stats = DW__KITCHEN_STATS__INIT;

    (void)state;
    create("41", IS(READY));
    step(EVT_KITCHEN_COMPLETED, "41");
    assert_true(order()->has_kitchen_completed_at_ms);
    recall(IS(PREPARING));
    assert_int_equal(order()->status, IS(PREPARING));
    assert_false(order()->has_kitchen_completed_at_ms);
    assert_int_equal(state_order_was(&picture, order()), IS(READY));
    state_stats(&picture, &stats);
    assert_int_equal(stats.ready, 0);
    assert_int_equal(stats.preparing, 1);
    recall(IS(READY)); /* never up */
    assert_int_equal(order()->status, IS(PREPARING));
    step(EVT_ORDER_COMPLETED, "41");
    recall(IS(PREPARING)); /* closed is closed */
    assert_int_equal(order()->status, IS(COMPLETED));
}

static uint32_t shuffle_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* In whatever order they come, and however often. */
static void only_a_recall_ever_lowers_a_status(void **state)
{
    static const enum evt_id steps[] = { EVT_ORDER_CONFIRMED,
        EVT_KITCHEN_ACKNOWLEDGED, EVT_KITCHEN_PREPARING, EVT_KITCHEN_READY,
        EVT_KITCHEN_COMPLETED, EVT_ORDER_SERVED, EVT_ORDER_UPDATED,
        EVT_ORDER_STATUS_CHANGED, EVT_TICKET_RECALLED, EVT_ORDER_COMPLETED };
    enum { STEPS = sizeof(steps) / sizeof(steps[0]) };
    uint32_t seed = 7, lowered = 0;

    (void)state;
    for (int story = 0; story < 200; story++) {
        char id[16];

        snprintf(id, sizeof(id), "s%d", story);
        create(id, IS(PENDING));
        for (int i = 0; i < 3 * STEPS; i++) {
            enum evt_id what = steps[shuffle_next(&seed) % STEPS];
            Dw__OrderStatus before = state_order(&picture, id)->status;
            Dw__OrderStatus now;
            ProtobufCMessage *body = story_about(what, id);

            if (what == EVT_ORDER_STATUS_CHANGED) {
                Dw__OrderStatusChanged *changed = (void *)body;

                changed->has_status = 1;
                changed->status =
                        (Dw__OrderStatus)(1 + shuffle_next(&seed) % IS(SERVED));
            } else if (what == EVT_TICKET_RECALLED) {
                Dw__TicketRecalled *recalled = (void *)body;

                body_set_string(&recalled->reason, "cold");
                recalled->has_status = 1;
                recalled->status = IS(CONFIRMED);
            } else if (what == EVT_ORDER_UPDATED) {
                Dw__OrderCreated *other = (void *)story_order(id, "5");

                ((Dw__OrderUpdated *)(void *)body)->order = other->order;
                other->order->has_status = 1;
                other->order->status = IS(CONFIRMED);
                other->order = NULL;
                body_free(&other->base);
            }
            apply(what, body, shuffle_next(&seed) % 2);
            now = state_order(&picture, id)->status;
            if (what != EVT_TICKET_RECALLED && now < before)
                fail_msg("%s lowers %d to %d", evt_kinds[what].name, before,
                        now);
            lowered += now < before;
        }
    }
    assert_true(lowered > 0);
    for (int status = 1; status < ORDER_STATUSES - 2; status++) {
        const struct shelf_entry *entry = shelf_first(&picture.orders);
        uint32_t count = 0;

        for (; entry; entry = shelf_next(entry))
            count += ((const Dw__Order *)shelf_message(entry))->status ==
                     (Dw__OrderStatus)status;
        assert_int_equal(picture.by_status[status], count);
    }
}

/* --- updates and items --- */

static Dw__Item *put_item(Dw__Item ***items, size_t *count, const char *id)
{
    Dw__Item *item = (void *)body_new(&dw__item__descriptor);

    *items = realloc(*items, (*count + 1) * sizeof(**items));
    assert_non_null(*items);
    (*items)[(*count)++] = item;
    body_set_string(&item->id, id);
    body_set_string(&item->name, "Wine");
    return item;
}

static void update(const char *item, bool is_derived)
{
    Dw__OrderCreated *other = (void *)story_order("41", "6");
    Dw__OrderUpdated *updated =
            (void *)body_new(&dw__order_updated__descriptor);

    updated->order = other->order;
    other->order = NULL;
    body_free(&other->base);
    updated->order->has_status = 1;
    updated->order->status = IS(SERVED);
    updated->order->items[0]->quantity = 7;
    put_item(&updated->order->items, &updated->order->n_items, item);
    apply(EVT_ORDER_UPDATED, updated, is_derived);
}

static void an_update_leaves_new_items_and_the_status_to_others(void **state)
{
    (void)state;
    create("41", IS(PREPARING));
    update("i2", false);
    assert_int_equal(order()->status, IS(PREPARING));
    assert_int_equal(order()->n_items, 1);
    assert_int_equal(order()->items[0]->quantity, 7);
    assert_string_equal(order()->table->id, "6");
}

static void what_the_hub_derived_of_the_whole_order_says_nothing_new(
        void **state)
{
    (void)state;
    create("41", IS(PREPARING));
    update("i2", true);
    assert_int_equal(order()->items[0]->quantity, 2);
    assert_string_equal(order()->table->id, "5");
}

static void an_item_is_not_added_twice(void **state)
{
    (void)state;
    create("41", IS(PREPARING));
    for (int i = 0; i < 2; i++) {
        Dw__OrderItemsAdded *added =
                (void *)story_about(EVT_ORDER_ITEMS_ADDED, "41");
        uint32_t version = order()->version;

        put_item(&added->items, &added->n_items, "i1");
        put_item(&added->items, &added->n_items, "i2");
        apply(EVT_ORDER_ITEMS_ADDED, added, false);
        assert_int_equal(order()->n_items, 2);
        assert_string_equal(order()->items[0]->name, "Soup");
        assert_int_equal(order()->version, version + (i == 0));
    }
}

/* Whoever takes the dish's id for the item's: both are cooked. */
static void two_new_items_of_one_id_are_two(void **state)
{
    Dw__OrderItemsAdded *added =
            (void *)story_about(EVT_ORDER_ITEMS_ADDED, "41");

    (void)state;
    create("41", IS(PREPARING));
    put_item(&added->items, &added->n_items, "i2");
    put_item(&added->items, &added->n_items, "i2");
    apply(EVT_ORDER_ITEMS_ADDED, added, false);
    assert_int_equal(order()->n_items, 3);
}

static void an_item_has_its_own_status(void **state)
{
    (void)state;
    create("41", IS(PREPARING));
    for (int i = 0; i < 2; i++) {
        Dw__OrderItemStatusChanged *changed =
                (void *)story_about(EVT_ORDER_ITEM_STATUS_CHANGED, "41");

        body_set_string(&changed->item_id, "i1");
        changed->has_status = i;
        changed->status = DW__ITEM_STATUS__ITEM_STATUS_READY;
        if (i == 0)
            body_set_string(&changed->status_word, "resting");
        apply(EVT_ORDER_ITEM_STATUS_CHANGED, changed, false);
        if (i == 0)
            assert_string_equal(order()->items[0]->status_word, "resting");
    }
    assert_null(order()->items[0]->status_word);
    assert_int_equal(
            order()->items[0]->status, DW__ITEM_STATUS__ITEM_STATUS_READY);
}

static void a_station_is_for_the_items_without_one(void **state)
{
    Dw__KitchenStationAssigned *assigned;

    (void)state;
    create("41", IS(PREPARING));
    for (int i = 0; i < 3; i++) {
        assigned = (void *)story_about(EVT_KITCHEN_STATION_ASSIGNED, "41");
        assigned->station = (void *)body_new(&dw__station__descriptor);
        body_set_string(&assigned->station->id, i == 1 ? "grill" : "bar");
        apply(EVT_KITCHEN_STATION_ASSIGNED, assigned, i == 0);
        if (i == 0) /* derived: what follows from items names no others */
            assert_null(order()->items[0]->station);
        else
            assert_string_equal(order()->items[0]->station, "grill");
    }
}

static void the_kitchen_can_be_hurried(void **state)
{
    Dw__KitchenPriorityChanged *changed =
            (void *)story_about(EVT_KITCHEN_PRIORITY_CHANGED, "41");

    (void)state;
    create("41", IS(PREPARING));
    changed->priority = DW__PRIORITY__PRIORITY_VIP;
    apply(EVT_KITCHEN_PRIORITY_CHANGED, changed, false);
    assert_int_equal(order()->priority, DW__PRIORITY__PRIORITY_VIP);
}

/* --- figures --- */

/* --- tickets --- */

static void number_ticket(enum evt_id what, const char *ticket)
{
    ProtobufCMessage *body = story_about(what, "41");

    body_replace_text(body, "kitchen_order_id", ticket);
    apply(what, body, false);
}

/* The one that the hub has made up is the order's id. */
static void a_ticket_has_the_number_that_the_kitchen_gives_it(void **state)
{
    ProtobufCMessage *body = story_order("41", "5");
    Dw__Order *made_up = ((Dw__OrderCreated *)(void *)body)->order;

    (void)state;
    body_set_string(&made_up->kitchen_order_id, "41");
    made_up->has_status = 1;
    made_up->status = IS(PENDING);
    apply(EVT_ORDER_CREATED, body, false);
    step(EVT_ORDER_CONFIRMED, "41");
    assert_string_equal(order()->kitchen_order_id, "41");
    number_ticket(EVT_KITCHEN_ACKNOWLEDGED, "9017");
    assert_string_equal(order()->kitchen_order_id, "9017");
    step(EVT_KITCHEN_PREPARING, "41");
    assert_string_equal(order()->kitchen_order_id, "9017");
}

static void a_number_that_was_made_up_replaces_none(void **state)
{
    (void)state;
    create("41", IS(PENDING));
    number_ticket(EVT_KITCHEN_ACKNOWLEDGED, "9017");
    number_ticket(EVT_KITCHEN_PREPARING, "41");
    assert_string_equal(order()->kitchen_order_id, "9017");
}

static void the_summary_counts_what_is_open_and_what_was_lately(void **state)
{
    Dw__OrdersSummary *summary = state_summary(&picture);

    (void)state;
    assert_int_equal(summary->total, 0);
    assert_false(summary->has_oldest_order_at_ms);
    body_free(&summary->base);

    create("41", IS(PENDING));
    create("42", IS(READY));
    create("43", IS(READY));
    create("44", IS(PENDING));
    step(EVT_ORDER_COMPLETED, "43");
    step(EVT_ORDER_CANCELLED, "44");
    update("i1", false); /* not paid any more: nobody says anything of it */
    summary = state_summary(&picture);
    assert_int_equal(summary->total, 4);
    assert_int_equal(summary->by_status->pending, 1);
    assert_int_equal(summary->by_status->ready, 1);
    assert_int_equal(summary->by_status->completed, 1);
    assert_int_equal(summary->by_status->cancelled, 1);
    assert_int_equal(summary->by_payment_status->pending, 4);
    assert_int_equal(summary->by_payment_status->paid, 0);
    assert_int_equal(summary->pending_payment, 3);
    assert_int_equal(summary->oldest_order_at_ms, STORY_START_MS);
    assert_int_equal(summary->latest_order_at_ms, STORY_START_MS + 3);
    body_free(&summary->base);
}

static void each_change_of_any_order_is_counted(void **state)
{
    Dw__Metadata metadata = DW__METADATA__INIT;

    (void)state;
    create("41", IS(PENDING));
    create("42", IS(PENDING));
    step(EVT_KITCHEN_READY, "41");
    step(EVT_KITCHEN_READY, "41"); /* changes nothing */
    step(EVT_COURSE_FIRED, "42");
    state_orders_metadata(&picture, &metadata);
    assert_int_equal(metadata.version, 4);
    assert_int_equal(metadata.updated_at_ms, STORY_START_MS + 5);
}

static void the_count_outlives_a_snapshot(void **state)
{
    Dw__Metadata metadata = DW__METADATA__INIT;
    struct state again;
    struct buf packed;

    (void)state;
    create("41", IS(PENDING));
    step(EVT_KITCHEN_READY, "41");
    buf_init(&packed, 65536);
    state_pack(&picture, &packed);
    state_init(&again);
    assert_int_equal(state_unpack(&again, packed.data, packed.len), ERR_OK);
    state_orders_metadata(&again, &metadata);
    assert_int_equal(metadata.version, 2);
    assert_int_equal(metadata.updated_at_ms, STORY_START_MS + 2);
    state_finish(&again);
    buf_finish(&packed);
}

static void those_who_look_at_all_orders_see_the_summary(void **state)
{
    static const struct {
        const char *room;
        bool sees;
    } cases[] = { { "all", true }, { "admin", true }, { "restaurant", true },
        { "waiters", true }, { "kitchen", true }, { "table/5", false },
        { "order/41", false } };

    (void)state;
    create("41", IS(PENDING));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Dw__Picture *seen;
        struct room room;

        assert_true(room_parse(cases[i].room, strlen(cases[i].room), &room));
        seen = state_picture(&picture, VIEW_FULL, &room, 1, NULL);
        assert_int_equal(seen->summary != NULL, cases[i].sees);
        assert_int_equal(seen->orders_metadata != NULL, cases[i].sees);
        if (cases[i].sees) {
            assert_int_equal(seen->summary->total, 1);
            assert_int_equal(seen->orders_metadata->version, 1);
        }
        body_free(&seen->base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_word_moves_nothing_and_goes_with_the_next_status),
        T(a_closed_order_keeps_its_word),
        T(a_recall_takes_an_order_back_to_the_kitchen),
        T(only_a_recall_ever_lowers_a_status),
        T(an_update_leaves_new_items_and_the_status_to_others),
        T(what_the_hub_derived_of_the_whole_order_says_nothing_new),
        T(an_item_is_not_added_twice),
        T(two_new_items_of_one_id_are_two),
        T(an_item_has_its_own_status),
        T(a_station_is_for_the_items_without_one),
        T(the_kitchen_can_be_hurried),
        T(a_ticket_has_the_number_that_the_kitchen_gives_it),
        T(a_number_that_was_made_up_replaces_none),
        T(the_summary_counts_what_is_open_and_what_was_lately),
        T(each_change_of_any_order_is_counted),
        T(the_count_outlives_a_snapshot),
        T(those_who_look_at_all_orders_see_the_summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
