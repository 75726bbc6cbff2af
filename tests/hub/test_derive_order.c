#include "hub/derive_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/device.pb-c.h"
#include "schemas/floor.pb-c.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/story.h"

#define IS(status) DW__ORDER_STATUS__ORDER_STATUS_##status

static struct story story;
static struct hub_client *follower;

/* What came since the last look, in its order. */
static enum evt_id heard[64];
static size_t heard_count;

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    story_commit(&story);
    follower = story_follower(&story);
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    hub_detach(story.hub, follower);
    story_end(&story);
    return 0;
}

static void listen(void)
{
    enum evt_id what;

    heard_count = 0;
    story_commit(&story);
    while ((what = story_next(&story, follower, NULL, NULL)) != EVT_NONE) {
        assert_true(heard_count < sizeof(heard) / sizeof(heard[0]));
        heard[heard_count++] = what;
    }
}

static void say(enum evt_id what, void *body)
{
    assert_int_equal(story_say(&story, ROLE_BACKEND, what, body, NULL), ERR_OK);
}

static int times(enum evt_id what)
{
    int count = 0;

    for (size_t i = 0; i < heard_count; i++)
        count += heard[i] == what;
    return count;
}

static void expect(const enum evt_id *wanted, size_t count)
{
    for (size_t i = 0; i < count || i < heard_count; i++)
        if (i >= count || i >= heard_count || heard[i] != wanted[i])
            fail_msg("event %zu is %s, not %s", i,
                    i < heard_count ? evt_kinds[heard[i]].name : "absent",
                    i < count ? evt_kinds[wanted[i]].name : "absent");
}

#define EXPECT(...)                                                            \
    expect((const enum evt_id[]){ __VA_ARGS__ },                               \
            sizeof((const enum evt_id[]){ __VA_ARGS__ }) /                     \
                    sizeof(enum evt_id))

static Dw__OrderUpdated *new_update(void)
{
    Dw__OrderUpdated *updated =
            (void *)body_new(&dw__order_updated__descriptor);

    updated->order = (void *)body_new(&dw__order__descriptor);
    body_set_string(&updated->order->id, "41");
    return updated;
}

static Dw__Item *put_item(Dw__Item ***items, size_t *count, const char *name)
{
    Dw__Item *item = (void *)body_new(&dw__item__descriptor);

    *items = realloc(*items, (*count + 1) * sizeof(**items));
    assert_non_null(*items);
    (*items)[(*count)++] = item;
    body_set_string(&item->name, name);
    return item;
}

/* --- a back end that says everything with the whole order --- */

static void a_higher_status_in_an_update_is_told_in_every_word(void **state)
{
    Dw__OrderUpdated *updated = new_update();

    (void)state;
    updated->order->has_status = 1;
    updated->order->status = IS(READY);
    say(EVT_ORDER_UPDATED, &updated->base);
    listen();
    EXPECT(EVT_ORDER_UPDATED, EVT_ORDER_STATUS_CHANGED, EVT_KITCHEN_READY,
            EVT_PAGE_SENT);
}

static void a_lower_or_equal_status_in_an_update_is_told_in_none(void **state)
{
    (void)state;
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
    listen();
    story.now_ms += 60000;
    for (int i = 0; i < 2; i++) {
        Dw__OrderUpdated *updated = new_update();

        updated->order->has_status = 1;
        updated->order->status = i ? IS(READY) : IS(PREPARING);
        body_set_string(&updated->order->notes, i ? "hot" : "cold");
        say(EVT_ORDER_UPDATED, &updated->base);
        listen();
        EXPECT(EVT_ORDER_UPDATED);
    }
}

static void new_items_in_an_update_are_added_and_others_changed(void **state)
{
    Dw__OrderUpdated *updated = new_update();
    Dw__OrderItemsAdded *added;
    Dw__PrintRequested *job;
    Dw__Item *item;
    struct evt *evt;

    (void)state;
    item = put_item(
            &updated->order->items, &updated->order->n_items, "Cold soup");
    body_set_string(&item->id, "i1");
    put_item(&updated->order->items, &updated->order->n_items, "Wine");
    updated->order->has_status = 1;
    updated->order->status = IS(CONFIRMED);
    say(EVT_ORDER_UPDATED, &updated->base);
    story_commit(&story);
    evt = story_said(&story, follower, EVT_ORDER_ITEMS_ADDED);
    assert_non_null(evt);
    added = (void *)evt->body;
    assert_int_equal(added->n_items, 1);
    assert_string_equal(added->items[0]->name, "Wine");
    evt_unref(evt);
    evt = story_said(&story, follower, EVT_PRINT_REQUESTED);
    assert_non_null(evt);
    job = (void *)evt->body;
    assert_int_equal(job->kind, DW__TICKET_KIND__TICKET_KIND_CHANGE);
    assert_int_equal(job->order->n_items, 0);
    evt_unref(evt);
    evt = story_said(&story, follower, EVT_PRINT_REQUESTED);
    assert_non_null(evt);
    job = (void *)evt->body;
    assert_int_equal(job->kind, DW__TICKET_KIND__TICKET_KIND_ADD_ON);
    assert_int_equal(job->order->n_items, 1);
    assert_string_equal(job->order->items[0]->name, "Wine");
    evt_unref(evt);
    listen();
    assert_int_equal(times(EVT_PRINT_REQUESTED), 0);
    assert_int_equal(times(EVT_ORDER_CONFIRMED), 1);
}

/* The items are added before the order is over. */
static void an_update_may_add_and_close_at_once(void **state)
{
    Dw__OrderUpdated *updated = new_update();
    Dw__Picture *picture;
    struct room room;
    Dw__Item *item;

    (void)state;
    item = put_item(&updated->order->items, &updated->order->n_items, "Soup");
    body_set_string(&item->id, "i1");
    put_item(&updated->order->items, &updated->order->n_items, "Wine");
    updated->order->has_status = 1;
    updated->order->status = IS(COMPLETED);
    say(EVT_ORDER_UPDATED, &updated->base);
    listen();
    assert_int_equal(times(EVT_ORDER_COMPLETED), 1);
    assert_true(room_parse("order/41", strlen("order/41"), &room));
    picture = hub_picture(story.hub, ROLE_HUB, &room, 1);
    assert_int_equal(picture->n_orders, 1);
    assert_int_equal(picture->orders[0]->n_items, 2);
    assert_int_equal(picture->orders[0]->status, IS(COMPLETED));
    hub_picture_free(picture);
}

/* --- every word once --- */

static void each_status_is_told_once_however_it_is_said(void **state)
{
    static const struct {
        Dw__OrderStatus status;
        enum evt_id word;
    } cases[] = {
        { IS(CONFIRMED), EVT_ORDER_CONFIRMED },
        { IS(ACKNOWLEDGED), EVT_KITCHEN_ACKNOWLEDGED },
        { IS(PREPARING), EVT_KITCHEN_PREPARING },
        { IS(READY), EVT_KITCHEN_READY },
        { IS(SERVED), EVT_ORDER_SERVED },
        { IS(COMPLETED), EVT_ORDER_COMPLETED },
        { IS(CANCELLED), EVT_ORDER_CANCELLED },
    };

    (void)state;
    for (size_t i = 0; i < 3 * sizeof(cases) / sizeof(cases[0]); i++) {
        Dw__OrderStatus status = cases[i / 3].status;
        enum evt_id word = cases[i / 3].word;
        Dw__OrderStatusChanged *changed;
        Dw__OrderUpdated *updated;
        char id[16];

        snprintf(id, sizeof(id), "n%zu", i);
        say(EVT_ORDER_CREATED, story_order(id, "5"));
        listen();
        switch (i % 3) {
        case 0:
            say(word, story_about(word, id));
            break;
        case 1:
            changed = (void *)story_about(EVT_ORDER_STATUS_CHANGED, id);
            changed->has_status = 1;
            changed->status = status;
            say(EVT_ORDER_STATUS_CHANGED, changed);
            break;
        default:
            updated = new_update();
            body_set_string(&updated->order->id, id);
            updated->order->has_status = 1;
            updated->order->status = status;
            say(EVT_ORDER_UPDATED, updated);
        }
        listen();
        if (times(word) != 1 || times(EVT_ORDER_STATUS_CHANGED) != 1 ||
                times(EVT_ORDER_UPDATED) != 1 ||
                times(EVT_PAGE_SENT) != (status == IS(READY)) ||
                times(EVT_PRINT_REQUESTED) != 0 ||
                times(EVT_PRINT_EXPIRED) != (status >= IS(COMPLETED)))
            fail_msg("case %zu: %s", i, evt_kinds[word].name);
    }
}

static void a_word_is_told_with_the_order_and_no_more(void **state)
{
    Dw__OrderStatusChanged *changed =
            (void *)story_about(EVT_ORDER_STATUS_CHANGED, "41");
    struct evt *evt;

    (void)state;
    body_set_string(&changed->status_word, "plating");
    say(EVT_ORDER_STATUS_CHANGED, changed);
    story_commit(&story);
    evt = story_said(&story, follower, EVT_ORDER_UPDATED);
    assert_non_null(evt);
    assert_string_equal(body_text(evt->body, "order.status_word"), "plating");
    evt_unref(evt);
    listen();
    assert_int_equal(heard_count, 0);
}

static void the_known_status_again_is_no_step(void **state)
{
    Dw__OrderStatusChanged *changed;

    (void)state;
    for (int i = 0; i < 3; i++) {
        changed = (void *)story_about(EVT_ORDER_STATUS_CHANGED, "41");
        changed->has_status = i != 1;
        changed->status = IS(READY);
        if (i == 1)
            body_set_string(&changed->status_word, "plating");
        say(EVT_ORDER_STATUS_CHANGED, changed);
        listen();
        story.now_ms += 60000;
    }
    EXPECT(EVT_ORDER_STATUS_CHANGED, EVT_ORDER_UPDATED);
}

static void a_recall_is_told_as_a_lower_status_and_begins_nothing(void **state)
{
    Dw__TicketRecalled *recalled =
            (void *)story_about(EVT_TICKET_RECALLED, "41");
    Dw__OrderStatusChanged *changed;
    struct evt *evt;

    (void)state;
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
    listen();
    body_set_string(&recalled->reason, "cold");
    say(EVT_TICKET_RECALLED, recalled);
    story_commit(&story);
    evt = story_said(&story, follower, EVT_ORDER_STATUS_CHANGED);
    assert_non_null(evt);
    changed = (void *)evt->body;
    assert_int_equal(changed->status, IS(PREPARING));
    assert_int_equal(changed->previous, IS(READY));
    evt_unref(evt);
    listen();
    assert_int_equal(times(EVT_ORDER_UPDATED), 1);
    assert_int_equal(times(EVT_KITCHEN_PREPARING), 0);
    story.now_ms += 1000;
    hub_tick(story.hub, story.now_ms);
    listen();
    assert_int_equal(times(EVT_KITCHEN_STATS), 1);
    assert_int_equal(times(EVT_ORDER_SUMMARY_UPDATED), 1);
}

/* --- the kitchen's other words --- */

static void whatever_changes_an_order_is_followed_by_the_order(void **state)
{
    static const enum evt_id kinds[] = { EVT_ORDER_ITEM_STATUS_CHANGED,
        EVT_KITCHEN_PRIORITY_CHANGED, EVT_KITCHEN_STATION_ASSIGNED,
        EVT_COURSE_FIRED, EVT_ORDER_CANCEL_REQUESTED };

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        ProtobufCMessage *body = story_about(kinds[i], "41");

        if (kinds[i] == EVT_ORDER_ITEM_STATUS_CHANGED) {
            Dw__OrderItemStatusChanged *changed = (void *)body;

            body_set_string(&changed->item_id, "i1");
            changed->has_status = 1;
            changed->status = DW__ITEM_STATUS__ITEM_STATUS_READY;
        } else if (kinds[i] == EVT_KITCHEN_PRIORITY_CHANGED) {
            ((Dw__KitchenPriorityChanged *)(void *)body)->priority =
                    DW__PRIORITY__PRIORITY_VIP;
        } else if (kinds[i] == EVT_KITCHEN_STATION_ASSIGNED) {
            Dw__KitchenStationAssigned *assigned = (void *)body;

            assigned->station = (void *)body_new(&dw__station__descriptor);
            body_set_string(&assigned->station->id, "grill");
        }
        say(kinds[i], body);
        listen();
        EXPECT(kinds[i], EVT_ORDER_UPDATED);
    }
}

/* The kitchen is done with it: the guests may not be. */
static void the_kitchen_done_is_not_the_order_done(void **state)
{
    (void)state;
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
    story.now_ms += 1000;
    hub_tick(story.hub, story.now_ms);
    listen();
    say(EVT_KITCHEN_COMPLETED, story_about(EVT_KITCHEN_COMPLETED, "41"));
    listen();
    assert_int_equal(times(EVT_KITCHEN_COMPLETED), 1);
    assert_int_equal(times(EVT_ORDER_COMPLETED), 0);
    assert_int_equal(times(EVT_ORDER_STATUS_CHANGED), 0);
    story.now_ms += 1000;
    hub_tick(story.hub, story.now_ms);
    listen();
    assert_int_equal(times(EVT_KITCHEN_STATS), 1);
}

static void each_station_is_told_once_that_it_has_work(void **state)
{
    static const char *const stations[] = { "grill", NULL, "bar", "grill" };
    ProtobufCMessage *body = story_order("50", "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    Dw__OrderItemsAdded *added;
    Dw__Item *item;
    struct evt *evt;

    (void)state;
    for (int i = 0; i < 4; i++) {
        item = put_item(&order->items, &order->n_items, "Wine");
        if (stations[i])
            body_set_string(&item->station, stations[i]);
    }
    say(EVT_ORDER_CREATED, body);
    listen();
    assert_int_equal(times(EVT_KITCHEN_STATION_ASSIGNED), 2);
    assert_int_equal(times(EVT_ORDER_UPDATED), 0);

    added = (void *)story_about(EVT_ORDER_ITEMS_ADDED, "50");
    for (int i = 0; i < 3; i++) {
        item = put_item(&added->items, &added->n_items, "Cake");
        body_set_string(&item->station, i ? "pastry" : "bar");
    }
    say(EVT_ORDER_ITEMS_ADDED, added);
    story_commit(&story);
    evt = story_said(&story, follower, EVT_KITCHEN_STATION_ASSIGNED);
    assert_non_null(evt);
    assert_string_equal(body_text(evt->body, "station.id"), "pastry");
    assert_string_equal(body_text(evt->body, "kitchen_order_id"), "50");
    evt_unref(evt);
    listen();
    assert_int_equal(times(EVT_KITCHEN_STATION_ASSIGNED), 0);
}

static void what_the_kitchen_gives_up_is_cancelled(void **state)
{
    (void)state;
    say(EVT_ORDER_CANCEL_REQUESTED,
            story_about(EVT_ORDER_CANCEL_REQUESTED, "41"));
    say(EVT_KITCHEN_CANCEL_ACCEPTED,
            story_about(EVT_KITCHEN_CANCEL_ACCEPTED, "41"));
    listen();
    assert_int_equal(times(EVT_ORDER_CANCELLED), 1);
    assert_int_equal(times(EVT_ORDER_STATUS_CHANGED), 1);
}

/* --- figures and alerts --- */

static void the_summary_comes_once_when_orders_have_calmed_down(void **state)
{
    Dw__OrderSummaryUpdated *updated;
    struct evt *evt;

    (void)state;
    for (int i = 0; i < 3; i++) {
        char id[16];

        snprintf(id, sizeof(id), "n%d", i);
        say(EVT_ORDER_CREATED, story_order(id, "5"));
        say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, id));
        story.now_ms += 100;
        hub_tick(story.hub, story.now_ms);
    }
    listen();
    assert_int_equal(times(EVT_ORDER_SUMMARY_UPDATED), 0);
    story.now_ms += 500;
    hub_tick(story.hub, story.now_ms);
    story_commit(&story);
    evt = story_said(&story, follower, EVT_ORDER_SUMMARY_UPDATED);
    assert_non_null(evt);
    updated = (void *)evt->body;
    assert_int_equal(updated->summary->total, 4);
    assert_int_equal(updated->summary->by_status->ready, 3);
    assert_int_equal(updated->metadata->version, 1 + 3 * 2);
    assert_int_equal(updated->metadata->updated_at_ms, story.now_ms - 600);
    evt_unref(evt);
    story.now_ms += 5000;
    hub_tick(story.hub, story.now_ms);
    listen();
    assert_int_equal(times(EVT_ORDER_SUMMARY_UPDATED), 0);
}

static void a_new_order_is_an_alert_where_the_house_wants_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hub_options options = {
            .path = ":memory:", .seed = 42, .alert_new_orders = i
        };
        struct hub_client *client;
        struct story house = { .now_ms = STORY_START_MS };
        struct evt *evt;

        assert_int_equal(hub_open(&house.hub, &options, house.now_ms), ERR_OK);
        client = story_follower(&house);
        assert_int_equal(story_say(&house, ROLE_BACKEND, EVT_ORDER_CREATED,
                                 story_order("41", "5"), NULL),
                ERR_OK);
        story_commit(&house);
        evt = story_said(&house, client, EVT_ALERT_CREATED);
        assert_int_equal(evt != NULL, i);
        if (evt) {
            assert_string_equal(
                    body_text(evt->body, "alert.type"), "pedido_entrante");
            assert_string_equal(body_text(evt->body, "alert.table.id"), "5");
        }
        evt_unref(evt);
        hub_detach(house.hub, client);
        story_end(&house);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_higher_status_in_an_update_is_told_in_every_word),
        T(a_lower_or_equal_status_in_an_update_is_told_in_none),
        T(new_items_in_an_update_are_added_and_others_changed),
        T(an_update_may_add_and_close_at_once),
        T(each_status_is_told_once_however_it_is_said),
        T(a_word_is_told_with_the_order_and_no_more),
        T(the_known_status_again_is_no_step),
        T(a_recall_is_told_as_a_lower_status_and_begins_nothing),
        T(whatever_changes_an_order_is_followed_by_the_order),
        T(the_kitchen_done_is_not_the_order_done),
        T(each_station_is_told_once_that_it_has_work),
        T(what_the_kitchen_gives_up_is_cancelled),
        T(the_summary_comes_once_when_orders_have_calmed_down),
        T(a_new_order_is_an_alert_where_the_house_wants_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
