/* What is said again within a moment. */
#include "hub/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/floor.pb-c.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "schemas/watch.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define READY     DW__ORDER_STATUS__ORDER_STATUS_READY
#define PREPARING DW__ORDER_STATUS__ORDER_STATUS_PREPARING

static struct story story;
static struct place place;
static struct hub_client *watcher; /* of the rooms all and kitchen */

static void watch(void)
{
    static const char *const rooms[] = { "all", "kitchen" };

    watcher = story_listener(&story, ROLE_ADMIN, rooms[0]);
    for (int i = 1; i < 2; i++) {
        struct joined joined;
        struct room room;

        assert_true(room_parse(rooms[i], strlen(rooms[i]), &room));
        assert_int_equal(hub_join(story.hub, watcher, &room, 1, NULL,
                                 story.now_ms, &joined, &story.fault),
                ERR_OK);
    }
}

static int begin(void **state)
{
    (void)state;
    place_make(&place);
    story_begin(&story, place_file(&place, "journal"));
    watch();
    return 0;
}

static int end(void **state)
{
    (void)state;
    hub_detach(story.hub, watcher);
    story_end(&story);
    place_remove(&place);
    return 0;
}

/* The process ends and comes back at the same moment. */
static void restart(void)
{
    int64_t now_ms = story.now_ms;

    hub_detach(story.hub, watcher);
    story_end(&story);
    story_begin(&story, place_file(&place, "journal"));
    story.now_ms = now_ms;
    watch();
}

static struct evt *next(void)
{
    struct delivery delivery;

    return hub_next(story.hub, watcher, &delivery) ? delivery.evt : NULL;
}

/* Forget what has been told so far. */
static void forget(void)
{
    struct evt *evt;

    while ((evt = next()) != NULL)
        evt_unref(evt);
}

/* How many of this kind are told? The last one, if wanted. */
static int told(enum evt_id what, struct evt **last)
{
    struct evt *evt;
    int count = 0;

    while ((evt = next()) != NULL) {
        if (evt->what == what) {
            count++;
            if (last) {
                evt_unref(*last);
                *last = evt_ref(evt);
            }
        }
        evt_unref(evt);
    }
    return count;
}

static const struct settlement *answer(void)
{
    return &story.settled[story.settled_count - 1];
}

/* Say it as the back end, in a turn of its own. */
static enum err say(enum evt_id what, ProtobufCMessage *body, const char *key)
{
    enum err err = story_say(&story, ROLE_BACKEND, what, body, key);

    if (err == ERR_OK)
        assert_int_equal(story_commit(&story), ERR_OK);
    return err;
}

/* It is in the journal as an event of its own. */
static uint64_t accepted(
        enum evt_id what, ProtobufCMessage *body, const char *key)
{
    enum err err = say(what, body, key);

    if (err != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_false(answer()->duplicate);
    return answer()->seq;
}

/* It is answered like the event `seq`, and nothing else happens. */
static void suppressed(
        enum evt_id what, ProtobufCMessage *body, const char *key, uint64_t seq)
{
    uint64_t head = hub_head(story.hub);
    uint64_t count = count_of(COUNT_SUPPRESSED);
    enum err err = say(what, body, key);

    if (err != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_int_equal(story.fault.code, ERR_OK);
    assert_true(answer()->duplicate);
    assert_int_equal(answer()->seq, seq);
    assert_int_equal(hub_head(story.hub), head);
    assert_int_equal(count_of(COUNT_SUPPRESSED), count + 1);
    assert_null(next());
}

static void refused(
        enum evt_id what, ProtobufCMessage *body, const char *key, enum err err)
{
    uint64_t head = hub_head(story.hub);

    assert_int_equal(say(what, body, key), err);
    assert_int_equal(hub_head(story.hub), head);
}

/* The seq of the last event of a kind. */
static uint64_t last_of(enum evt_id what)
{
    for (uint64_t seq = hub_head(story.hub); seq > 0; seq--) {
        const struct evt *evt = hub_recent(story.hub, seq);

        if (evt && evt->what == what)
            return seq;
    }
    fail_msg("no %s", evt_kinds[what].name);
    return 0;
}

static ProtobufCMessage *status(Dw__OrderStatus to)
{
    Dw__OrderStatusChanged *changed =
            (void *)story_about(EVT_ORDER_STATUS_CHANGED, "41");

    changed->status = to;
    changed->has_status = 1;
    return &changed->base;
}

static ProtobufCMessage *ready(void)
{
    return story_about(EVT_KITCHEN_READY, "41");
}

static ProtobufCMessage *acknowledged(const char *chef)
{
    Dw__KitchenAcknowledged *body =
            (void *)story_about(EVT_KITCHEN_ACKNOWLEDGED, "41");

    if (chef) {
        body->chef = (void *)body_new(&dw__person__descriptor);
        body_set_string(&body->chef->id, chef);
    }
    return &body->base;
}

static uint64_t create(void)
{
    uint64_t seq = accepted(EVT_ORDER_CREATED, story_order("41", "5"), "first");

    forget();
    return seq;
}

/* --- another word for it --- */

static void a_status_after_its_word_is_the_derived_one(void **state)
{
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_KITCHEN_READY, ready(), "k1");
    seq = last_of(EVT_ORDER_STATUS_CHANGED);
    forget();
    suppressed(EVT_ORDER_STATUS_CHANGED, status(READY), "k2", seq);
}

/* The key given with it gets the same answer for as long as the event is
 * kept; and stands for nothing else. */
static void the_key_of_what_was_suppressed_is_remembered(void **state)
{
    struct settlement first;
    uint64_t head;

    (void)state;
    create();
    accepted(EVT_KITCHEN_READY, ready(), "k1");
    assert_int_equal(
            say(EVT_ORDER_STATUS_CHANGED, status(READY), "k2"), ERR_OK);
    first = *answer();
    restart();
    story.now_ms += 3600 * 1000;
    head = hub_head(story.hub);
    assert_int_equal(
            say(EVT_ORDER_STATUS_CHANGED, status(READY), "k2"), ERR_OK);
    assert_true(answer()->duplicate);
    assert_int_equal(answer()->seq, first.seq);
    assert_int_equal(answer()->epoch, first.epoch);
    assert_memory_equal(&answer()->id, &first.id, sizeof(first.id));
    assert_int_equal(hub_head(story.hub), head);
    refused(EVT_ORDER_STATUS_CHANGED, status(PREPARING), "k2", ERR_CONFLICT);
    assert_string_equal(story.fault.field, "id");
    /* Another source's key is another key. */
    refused(EVT_ORDER_STATUS_CHANGED, status(READY), "k3", ERR_IMPOSSIBLE);
}

static void a_word_after_its_status_is_the_derived_one(void **state)
{
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_ORDER_STATUS_CHANGED, status(READY), "k1");
    seq = last_of(EVT_KITCHEN_READY);
    forget();
    suppressed(EVT_KITCHEN_READY, ready(), "k2", seq);
    restart();
    assert_int_equal(say(EVT_KITCHEN_READY, ready(), "k2"), ERR_OK);
    assert_true(answer()->duplicate);
    assert_int_equal(answer()->seq, seq);
}

static void who_says_it_does_not_matter(void **state)
{
    struct principal other = story_principal(ROLE_KITCHEN, "");
    uint64_t seq;

    (void)state;
    snprintf(other.subject, sizeof(other.subject), "grill");
    create();
    seq = accepted(EVT_KITCHEN_READY, ready(), "k1");
    assert_int_equal(
            story_say_as(&story, &other, EVT_KITCHEN_READY, ready(), "k1"),
            ERR_OK);
    story_commit(&story);
    assert_true(answer()->duplicate);
    assert_int_equal(answer()->seq, seq);
}

static void within_one_turn_it_is_seen_as_well(void **state)
{
    (void)state;
    create();
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_KITCHEN_READY, ready(), "k1"),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_STATUS_CHANGED,
                             status(READY), "k2"),
            ERR_OK);
    assert_int_equal(story.settled_count, 1); /* of the order */
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(story.settled_count, 3);
    assert_true(answer()->duplicate);
    assert_int_equal(answer()->seq, last_of(EVT_ORDER_STATUS_CHANGED));
    assert_int_equal(told(EVT_ORDER_STATUS_CHANGED, NULL), 1);
}

static void a_step_that_is_past_is_found_as_well(void **state)
{
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_KITCHEN_PREPARING, story_about(EVT_KITCHEN_PREPARING, "41"),
            NULL);
    seq = last_of(EVT_ORDER_STATUS_CHANGED);
    accepted(EVT_KITCHEN_READY, ready(), NULL);
    forget();
    suppressed(EVT_ORDER_STATUS_CHANGED, status(PREPARING), "k2", seq);
}

static void outside_of_the_window_it_is_impossible(void **state)
{
    uint64_t seq;

    (void)state;
    create();
    seq = accepted(EVT_KITCHEN_READY, ready(), NULL);
    forget();
    story.now_ms += AGAIN_MS;
    suppressed(EVT_KITCHEN_READY, ready(), NULL, seq);
    story.now_ms += 1;
    refused(EVT_KITCHEN_READY, ready(), NULL, ERR_IMPOSSIBLE);
}

static void after_a_restart_it_is_impossible(void **state)
{
    (void)state;
    create();
    accepted(EVT_KITCHEN_READY, ready(), NULL);
    restart();
    refused(EVT_KITCHEN_READY, ready(), NULL, ERR_IMPOSSIBLE);
}

static void press(int times)
{
    for (int i = 0; i < times; i++) {
        assert_int_equal(
                story_say(&story, ROLE_BACKEND, EVT_SERVICE_CALL_CREATED,
                        story_call("7", NULL), NULL),
                ERR_OK);
        if (i % 16 == 0)
            assert_int_equal(story_commit(&story), ERR_OK);
    }
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void it_is_found_behind_many_others_but_not_behind_any_number(
        void **state)
{
    uint64_t seq;

    (void)state;
    create();
    seq = accepted(EVT_KITCHEN_READY, ready(), NULL);
    story.is_forgetful = true;
    press(RECENT / 2);
    forget();
    story.settled_count = 0;
    suppressed(EVT_KITCHEN_READY, ready(), NULL, seq);
    story.is_forgetful = true;
    press(RECENT / 2);
    refused(EVT_KITCHEN_READY, ready(), NULL, ERR_IMPOSSIBLE);
}

static void of_another_order_it_is_not(void **state)
{
    (void)state;
    create();
    accepted(EVT_ORDER_CREATED, story_order("42", "5"), NULL);
    accepted(EVT_KITCHEN_READY, ready(), NULL);
    refused(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "43"), NULL,
            ERR_NOT_FOUND);
    accepted(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "42"), NULL);
}

/* A turn that failed has not happened: nothing of it is found. */
static void what_was_undone_is_not_found(void **state)
{
    (void)state;
    create();
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_KITCHEN_READY, ready(), "k1"),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_STATUS_CHANGED,
                             status(READY), "k2"),
            ERR_OK);
    hub_fail_turn(story.hub, ERR_FULL);
    assert_int_equal(story_commit(&story), ERR_UNAVAILABLE);
    assert_int_equal(answer()->err, ERR_UNAVAILABLE);
    accepted(EVT_ORDER_STATUS_CHANGED, status(READY), "k2");
}

/* --- more --- */

static void a_chef_is_told_though_the_step_is_known(void **state)
{
    struct evt *evt = NULL;
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_ORDER_STATUS_CHANGED,
            status(DW__ORDER_STATUS__ORDER_STATUS_ACKNOWLEDGED), NULL);
    forget();
    seq = accepted(EVT_KITCHEN_ACKNOWLEDGED, acknowledged("ana"), "k2");
    assert_int_equal(seq, hub_head(story.hub)); /* nothing followed */
    assert_int_equal(told(EVT_KITCHEN_ACKNOWLEDGED, &evt), 1);
    assert_string_equal(body_text(evt->body, "chef.id"), "ana");
    assert_string_equal(body_text(evt->body, "table.id"), "5");
    assert_true(ulid_is_none(&evt->cause));
    evt_unref(evt);
    assert_int_equal(state_order(&story.hub->state, "41")->status,
            DW__ORDER_STATUS__ORDER_STATUS_ACKNOWLEDGED);

    /* From now on this is known, and somebody else contradicts it. */
    suppressed(EVT_KITCHEN_ACKNOWLEDGED, acknowledged("ana"), "k3", seq);
    suppressed(EVT_KITCHEN_ACKNOWLEDGED, acknowledged(NULL), "k4", seq);
    refused(EVT_KITCHEN_ACKNOWLEDGED, acknowledged("ben"), "k5",
            ERR_IMPOSSIBLE);
    restart();
    assert_int_equal(
            say(EVT_KITCHEN_ACKNOWLEDGED, acknowledged("ana"), "k2"), ERR_OK);
    assert_int_equal(answer()->seq, seq);
}

static void who_changed_a_status_is_told_though_it_is_known(void **state)
{
    Dw__OrderStatusChanged *changed = (void *)status(READY);
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_KITCHEN_READY, ready(), NULL);
    forget();
    changed->actor = (void *)body_new(&dw__person__descriptor);
    body_set_string(&changed->actor->id, "ana");
    seq = accepted(EVT_ORDER_STATUS_CHANGED, &changed->base, NULL);
    assert_int_equal(seq, hub_head(story.hub));
    assert_int_equal(told(EVT_ORDER_STATUS_CHANGED, NULL), 1);
}

static ProtobufCMessage *acknowledged_as(const char *ticket)
{
    ProtobufCMessage *body = acknowledged(NULL);

    body_replace_text(body, "kitchen_order_id", ticket);
    return body;
}

/* The number that the hub has made up contradicts nobody. */
static void the_kitchens_own_number_is_told_though_the_step_is_known(
        void **state)
{
    struct evt *evt = NULL;
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_ORDER_STATUS_CHANGED,
            status(DW__ORDER_STATUS__ORDER_STATUS_ACKNOWLEDGED), NULL);
    assert_int_equal(told(EVT_KITCHEN_ACKNOWLEDGED, &evt), 1);
    assert_string_equal(body_text(evt->body, "kitchen_order_id"), "41");
    seq = accepted(EVT_KITCHEN_ACKNOWLEDGED, acknowledged_as("9017"), NULL);
    assert_int_equal(seq, hub_head(story.hub)); /* nothing followed */
    assert_int_equal(told(EVT_KITCHEN_ACKNOWLEDGED, &evt), 1);
    assert_string_equal(body_text(evt->body, "kitchen_order_id"), "9017");
    suppressed(EVT_KITCHEN_ACKNOWLEDGED, acknowledged_as("9017"), NULL, seq);
    refused(EVT_KITCHEN_ACKNOWLEDGED, acknowledged_as("9018"), NULL,
            ERR_IMPOSSIBLE);

    accepted(EVT_KITCHEN_READY, ready(), NULL);
    assert_int_equal(told(EVT_KITCHEN_READY, &evt), 1);
    assert_string_equal(body_text(evt->body, "kitchen_order_id"), "9017");
    evt_unref(evt);
}

static void a_number_that_the_back_end_gave_contradicts_another(void **state)
{
    ProtobufCMessage *numbered = story_order("41", "5");

    (void)state;
    body_set_string(
            &((Dw__OrderCreated *)(void *)numbered)->order->kitchen_order_id,
            "8000");
    accepted(EVT_ORDER_CREATED, numbered, NULL);
    accepted(EVT_ORDER_STATUS_CHANGED,
            status(DW__ORDER_STATUS__ORDER_STATUS_ACKNOWLEDGED), NULL);
    refused(EVT_KITCHEN_ACKNOWLEDGED, acknowledged_as("9017"), NULL,
            ERR_IMPOSSIBLE);
}

/* It would show the order further back than it is. */
static void more_of_a_step_that_is_past_is_not_told(void **state)
{
    (void)state;
    create();
    accepted(EVT_KITCHEN_ACKNOWLEDGED, acknowledged(NULL), NULL);
    accepted(EVT_KITCHEN_PREPARING, story_about(EVT_KITCHEN_PREPARING, "41"),
            NULL);
    refused(EVT_KITCHEN_ACKNOWLEDGED, acknowledged("ana"), NULL,
            ERR_IMPOSSIBLE);
}

static void what_everybody_counts_for_himself_is_no_difference(void **state)
{
    Dw__OrderStatusChanged *changed = (void *)status(READY);
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_KITCHEN_READY, ready(), NULL);
    seq = last_of(EVT_ORDER_STATUS_CHANGED);
    forget();
    changed->version = 77;
    changed->has_version = 1;
    changed->updated_at_ms = story.now_ms - 3000;
    changed->has_updated_at_ms = 1;
    suppressed(EVT_ORDER_STATUS_CHANGED, &changed->base, NULL, seq);
}

/* --- orders said twice --- */

static Dw__Order *order_of(ProtobufCMessage *created)
{
    return ((Dw__OrderCreated *)(void *)created)->order;
}

static void an_order_said_twice_is_one_order(void **state)
{
    uint64_t seq;

    (void)state;
    seq = create();
    suppressed(EVT_ORDER_CREATED, story_order("41", "5"), "second", seq);
}

static ProtobufCMessage *with_totals(void)
{
    ProtobufCMessage *body = story_order("41", "5");
    Dw__Order *order = order_of(body);

    order->totals = (void *)body_new(&dw__totals__descriptor);
    order->totals->tip_cents = 150;
    order->totals->has_tip_cents = 1;
    body_set_string(&order->notes, "by the window");
    order->items[0]->seat = 2;
    order->items[0]->has_seat = 1;
    return body;
}

static void a_table_by_its_number_is_the_table(void **state)
{
    ProtobufCMessage *by_number = story_order("41", "5");
    Dw__TableRef *ref = order_of(by_number)->table;
    uint64_t seq;

    (void)state;
    seq = create();
    free(ref->id);
    ref->id = NULL;
    ref->number = 5;
    ref->has_number = 1;
    suppressed(EVT_ORDER_CREATED, body_copy(by_number), "k2", seq);
    ref->number = 6;
    refused(EVT_ORDER_CREATED, body_copy(by_number), "k3", ERR_CONFLICT);

    /* One without a number is not the one that a number leads to. */
    accepted(EVT_ORDER_CREATED, story_order("42", "terrace"), NULL);
    body_set_string(&order_of(by_number)->id, "42");
    refused(EVT_ORDER_CREATED, by_number, "k4", ERR_CONFLICT);
}

static void an_order_said_again_with_more_is_an_update(void **state)
{
    const Dw__Order *known;
    struct evt *evt = NULL;
    uint64_t seq;

    (void)state;
    create();
    accepted(EVT_ORDER_CONFIRMED, story_about(EVT_ORDER_CONFIRMED, "41"), NULL);
    forget();
    seq = accepted(EVT_ORDER_CREATED, with_totals(), "second");
    assert_int_equal(told(EVT_ORDER_UPDATED, &evt), 1);
    assert_int_equal(evt->seq, seq);
    assert_string_equal(body_text(evt->body, "order.notes"), "by the window");
    evt_unref(evt);

    known = state_order(&story.hub->state, "41");
    assert_string_equal(known->notes, "by the window");
    assert_int_equal(known->totals->tip_cents, 150);
    assert_int_equal(known->n_items, 1);
    assert_string_equal(known->items[0]->name, "Soup");
    assert_int_equal(known->items[0]->seat, 2);
    assert_string_equal(known->table->id, "5");
    assert_int_equal(known->status, DW__ORDER_STATUS__ORDER_STATUS_CONFIRMED);
    assert_int_equal(told(EVT_PRINT_REQUESTED, NULL), 0);

    restart();
    assert_int_equal(say(EVT_ORDER_CREATED, with_totals(), "second"), ERR_OK);
    assert_true(answer()->duplicate);
    assert_int_equal(answer()->seq, seq);
}

/* Where it is, since when and how far its items are has changed meanwhile, and
 * whoever repeats how it began does not know. */
static void an_order_said_again_does_not_go_back(void **state)
{
    ProtobufCMessage *moved = body_new(evt_kinds[EVT_TABLE_MOVED].body);
    Dw__OrderItemStatusChanged *cooked =
            (void *)story_about(EVT_ORDER_ITEM_STATUS_CHANGED, "41");
    ProtobufCMessage *again = with_totals();
    Dw__TableMoved *to = (void *)moved;
    const Dw__Order *known;
    int64_t created_at_ms;

    (void)state;
    create();
    created_at_ms = state_order(&story.hub->state, "41")->created_at_ms;
    body_set_string(&cooked->item_id, "i1");
    cooked->status = DW__ITEM_STATUS__ITEM_STATUS_READY;
    cooked->has_status = 1;
    accepted(EVT_ORDER_ITEM_STATUS_CHANGED, &cooked->base, NULL);
    to->table = (void *)body_copy(&order_of(again)->table->base);
    to->to_table = (void *)body_copy(&order_of(again)->table->base);
    body_set_string(&to->to_table->id, "6");
    accepted(EVT_TABLE_MOVED, moved, NULL);
    assert_string_equal(state_order(&story.hub->state, "41")->table->id, "6");

    order_of(again)->items[0]->status = DW__ITEM_STATUS__ITEM_STATUS_PENDING;
    order_of(again)->items[0]->has_status = 1;
    order_of(again)->created_at_ms = story.now_ms - 7;
    order_of(again)->has_created_at_ms = 1;
    forget();
    accepted(EVT_ORDER_CREATED, again, NULL);
    {
        struct evt *evt = NULL;
        const Dw__Order *shown;

        assert_int_equal(told(EVT_ORDER_UPDATED, &evt), 1);
        shown = ((const Dw__OrderUpdated *)(const void *)evt->body)->order;
        assert_string_equal(shown->table->id, "6");
        assert_true(shown->created_at_ms == created_at_ms);
        evt_unref(evt);
    }
    known = state_order(&story.hub->state, "41");
    assert_string_equal(known->notes, "by the window");
    assert_string_equal(known->table->id, "6");
    assert_int_equal(
            known->items[0]->status, DW__ITEM_STATUS__ITEM_STATUS_READY);
    assert_int_equal(known->items[0]->seat, 2);
}

/* Nobody gets the same soup twice because its id is another. */
static void items_in_the_same_places_are_the_same_items(void **state)
{
    ProtobufCMessage *again = with_totals();
    const Dw__Order *known;

    (void)state;
    create();
    body_set_string(&order_of(again)->items[0]->id, "other");
    accepted(EVT_ORDER_CREATED, again, NULL);
    assert_int_equal(told(EVT_PRINT_REQUESTED, NULL), 0);
    known = state_order(&story.hub->state, "41");
    assert_int_equal(known->n_items, 1);
    assert_string_equal(known->items[0]->id, "i1");
    assert_int_equal(known->items[0]->seat, 2);

    again = story_order("42", "5");
    accepted(EVT_ORDER_CREATED, body_copy(again), NULL);
    forget();
    body_set_string(&order_of(again)->items[0]->id, "other");
    suppressed(EVT_ORDER_CREATED, again, NULL, last_of(EVT_ORDER_CREATED));
}

static void an_order_that_contradicts_is_another(void **state)
{
    ProtobufCMessage *again = story_order("41", "5");

    (void)state;
    create();
    body_set_string(&order_of(again)->items[0]->name, "Salad");
    refused(EVT_ORDER_CREATED, again, "k2", ERR_CONFLICT);
    again = story_order("41", "5");
    order_of(again)->items[0]->quantity = 3;
    order_of(again)->items[0]->has_quantity = 1;
    refused(EVT_ORDER_CREATED, again, "k3", ERR_CONFLICT);
    refused(EVT_ORDER_CREATED, story_order("41", "6"), "k4", ERR_CONFLICT);
    assert_string_equal(story.fault.field, "order.id");
    story.now_ms += AGAIN_MS + 1;
    refused(EVT_ORDER_CREATED, story_order("41", "5"), "k5", ERR_CONFLICT);
}

static void two_tills_that_use_one_id_are_told_so(void **state)
{
    ProtobufCMessage *first = story_order("41", "5");
    ProtobufCMessage *second = story_order("41", "5");

    (void)state;
    body_set_string(&order_of(first)->number, "A-1");
    assert_int_equal(say(EVT_ORDER_CREATED, first, "k1"), ERR_OK);
    body_set_string(&order_of(second)->number, "B-1");
    refused(EVT_ORDER_CREATED, second, "k2", ERR_CONFLICT);
    second = story_order("41", "5");
    body_set_string(&order_of(second)->notes, "another guest's");
    body_set_string(&order_of(second)->number, "A-1");
    assert_int_equal(say(EVT_ORDER_CREATED, second, "k3"), ERR_OK);
    second = story_order("41", "5");
    body_set_string(&order_of(second)->source, "till-2");
    assert_int_equal(say(EVT_ORDER_CREATED, second, "k4"), ERR_OK);
}

/* Cancelled or ready is not a waiter's to say, in no words. */
static void an_order_said_again_raises_no_status_that_one_may_not_say(
        void **state)
{
    static const Dw__OrderStatus statuses[] = { READY,
        DW__ORDER_STATUS__ORDER_STATUS_CANCELLED };

    (void)state;
    create();
    for (size_t i = 0; i < 2; i++) {
        ProtobufCMessage *body = story_order("41", "5");
        Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

        order->status = statuses[i];
        order->has_status = 1;
        assert_int_equal(
                story_say(&story, ROLE_WAITER, EVT_ORDER_CREATED, body, NULL),
                ERR_CONFLICT);
        assert_int_equal(state_order(&story.hub->state, "41")->status,
                DW__ORDER_STATUS__ORDER_STATUS_PENDING);
    }
}

static void guests_add_nothing_to_an_order_that_is_there(void **state)
{
    struct principal guest = story_principal(ROLE_TABLE, "5");
    uint64_t seq;

    (void)state;
    seq = create();
    assert_int_equal(story_say_as(&story, &guest, EVT_ORDER_CREATED,
                             with_totals(), NULL),
            ERR_CONFLICT);
    assert_int_equal(story_say_as(&story, &guest, EVT_ORDER_CREATED,
                             story_order("41", "5"), NULL),
            ERR_OK);
    story_commit(&story);
    assert_int_equal(answer()->seq, seq);
}

static ProtobufCMessage *added(void)
{
    ProtobufCMessage *body = story_about(EVT_ORDER_ITEMS_ADDED, "41");
    Dw__OrderItemsAdded *items = (void *)body;
    Dw__Item *item = (void *)body_new(&dw__item__descriptor);

    body_set_string(&item->id, "i2");
    body_set_string(&item->name, "Bread");
    items->items = malloc(sizeof(*items->items));
    assert_non_null(items->items);
    items->items[0] = item;
    items->n_items = 1;
    return body;
}

static void items_added_twice_are_there_once(void **state)
{
    Dw__OrderItemsAdded *more = (void *)added();
    uint64_t seq;

    (void)state;
    create();
    seq = accepted(EVT_ORDER_ITEMS_ADDED, added(), NULL);
    forget();
    suppressed(EVT_ORDER_ITEMS_ADDED, added(), NULL, seq);
    assert_int_equal(state_order(&story.hub->state, "41")->n_items, 2);

    /* With more it would be shown as food that is to be made. */
    body_set_string(&more->order_number, "A-41");
    more->items[0]->seat = 1;
    more->items[0]->has_seat = 1;
    refused(EVT_ORDER_ITEMS_ADDED, &more->base, NULL, ERR_CONFLICT);
}

/* --- what may be said as often as one likes --- */

static ProtobufCMessage *updated(const char *notes)
{
    Dw__OrderUpdated *body = (void *)body_new(&dw__order_updated__descriptor);
    ProtobufCMessage *created = story_order("41", "5");

    body->order = (void *)body_copy(&order_of(created)->base);
    body_set_string(&body->order->notes, notes);
    body_free(created);
    return &body->base;
}

static void the_same_update_twice_is_one(void **state)
{
    uint64_t seq;

    (void)state;
    create();
    seq = accepted(EVT_ORDER_UPDATED, updated("no salt"), "k1");
    forget();
    suppressed(EVT_ORDER_UPDATED, updated("no salt"), "k2", seq);
    accepted(EVT_ORDER_UPDATED, updated("salt"), "k3");
    seq = accepted(EVT_ORDER_UPDATED, updated("no salt"), "k4"); /* again */
    forget();
    story.now_ms += AGAIN_MS;
    suppressed(EVT_ORDER_UPDATED, updated("no salt"), "k5", seq);
    story.now_ms += 1;
    accepted(EVT_ORDER_UPDATED, updated("no salt"), "k6");
}

static void an_update_that_the_hub_has_derived_is_that_one(void **state)
{
    Dw__OrderUpdated *said;
    struct evt *evt = NULL;

    (void)state;
    create();
    accepted(EVT_KITCHEN_READY, ready(), NULL);
    assert_int_equal(told(EVT_ORDER_UPDATED, &evt), 1);
    said = (void *)body_copy(evt->body);
    said->order->version += 40;
    said->metadata->version += 40;
    suppressed(EVT_ORDER_UPDATED, &said->base, NULL, evt->seq);
    evt_unref(evt);
}

static ProtobufCMessage *table(Dw__TableStatus to)
{
    Dw__TableUpdated *body = (void *)body_new(&dw__table_updated__descriptor);

    body->table = (void *)body_new(&dw__table__descriptor);
    body_set_string(&body->table->id, "5");
    body->table->number = 5;
    body->table->has_number = 1;
    body->table->status = to;
    body->table->has_status = 1;
    return &body->base;
}

static void a_table_that_goes_there_and_back_is_told_each_time(void **state)
{
    uint64_t seq;

    (void)state;
    accepted(EVT_TABLE_UPDATED, table(DW__TABLE_STATUS__TABLE_STATUS_OCCUPIED),
            NULL);
    accepted(EVT_TABLE_UPDATED, table(DW__TABLE_STATUS__TABLE_STATUS_FREE),
            NULL);
    seq = accepted(EVT_TABLE_UPDATED,
            table(DW__TABLE_STATUS__TABLE_STATUS_OCCUPIED), NULL);
    forget();
    suppressed(EVT_TABLE_UPDATED,
            table(DW__TABLE_STATUS__TABLE_STATUS_OCCUPIED), NULL, seq);
}

/* A layout says something of its tables, too, and the menu of its dishes. */
static void a_state_that_was_changed_in_another_way_is_said_anew(void **state)
{
    (void)state;
    accepted(EVT_TABLE_UPDATED, table(DW__TABLE_STATUS__TABLE_STATUS_OCCUPIED),
            NULL);
    accepted(EVT_TABLE_LAYOUT_UPDATED,
            made_body(EVT_TABLE_LAYOUT_UPDATED, "layout", "", "tables[0].id",
                    "5", "tables[0].status", "1", NULL),
            NULL);
    accepted(EVT_TABLE_UPDATED, table(DW__TABLE_STATUS__TABLE_STATUS_OCCUPIED),
            NULL);
    accepted(EVT_TABLE_LAYOUT_UPDATED,
            made_body(EVT_TABLE_LAYOUT_UPDATED, "layout", "", "tables[0].id",
                    "5", "tables[0].status", "1", NULL),
            NULL);

    for (int i = 0; i < 2; i++) {
        accepted(EVT_ITEM_AVAILABILITY_CHANGED,
                made_body(EVT_ITEM_AVAILABILITY_CHANGED, "id", "soup",
                        "available", "0", NULL),
                NULL);
        accepted(EVT_MENU_DELETED,
                made_body(EVT_MENU_DELETED, "id", "soup", NULL), NULL);
    }
}

/* Two kinds tell one state. */
static void muted_unmuted_muted_is_told_each_time(void **state)
{
    static const enum evt_id turns[] = { EVT_CLIENT_MUTED, EVT_CLIENT_UNMUTED };
    uint64_t seq = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        ProtobufCMessage *body = body_new(&dw__client_step__descriptor);

        body_complete_text(body, "user_id", "ana");
        assert_int_equal(
                story_say(&story, ROLE_KITCHEN, turns[i % 2], body, NULL),
                ERR_OK);
        story_commit(&story);
        assert_false(answer()->duplicate);
        assert_true(answer()->seq > seq);
        seq = answer()->seq;
    }
}

/* Whoever comes up again is offered what waits again. */
static void a_device_that_comes_up_again_has_come_up_again(void **state)
{
    struct principal printer = story_principal(ROLE_DEVICE, "p1");

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
                                 story_online("printer", 1), NULL),
                ERR_OK);
        story_commit(&story);
        assert_false(answer()->duplicate);
    }
}

static void an_alert_handled_by_its_call_is_acknowledged(void **state)
{
    ProtobufCMessage *body;
    struct evt *evt = NULL;
    char id[ID_CHARS + 1];
    uint64_t seq;

    (void)state;
    accepted(EVT_SERVICE_CALL_CREATED, story_call("5", "bill"), NULL);
    assert_int_equal(told(EVT_ALERT_CREATED, &evt), 1);
    snprintf(id, sizeof(id), "%s", body_text(evt->body, "alert.id"));
    evt_unref(evt);
    accepted(EVT_SERVICE_CALL_HANDLED, story_call("5", "bill"), NULL);
    seq = last_of(EVT_ALERT_ACKNOWLEDGED);
    forget();
    body = body_new(&dw__alert_acknowledged__descriptor);
    body_set_string(&((Dw__AlertAcknowledged *)(void *)body)->alert_id, id);
    suppressed(EVT_ALERT_ACKNOWLEDGED, body, NULL, seq);
    body = body_new(&dw__alert_acknowledged__descriptor);
    body_set_string(
            &((Dw__AlertAcknowledged *)(void *)body)->alert_id, "alert-99");
    refused(EVT_ALERT_ACKNOWLEDGED, body, NULL, ERR_NOT_FOUND);
}

/* --- figures --- */

static ProtobufCMessage *stats(uint32_t pending)
{
    Dw__KitchenStats *body = (void *)body_new(&dw__kitchen_stats__descriptor);

    body->pending = pending;
    body->total = pending;
    return &body->base;
}

static void figures_that_were_stated_are_not_derived_any_more(void **state)
{
    (void)state;
    create();
    accepted(EVT_KITCHEN_STATS, stats(12), NULL);
    forget();
    hub_tick(story.hub, story.now_ms + 5000);
    story_commit(&story);
    assert_int_equal(told(EVT_KITCHEN_STATS, NULL), 0);

    /* The next change starts the clock again. */
    accepted(EVT_KITCHEN_READY, ready(), NULL);
    hub_tick(story.hub, story.now_ms + 5000);
    story_commit(&story);
    assert_int_equal(told(EVT_KITCHEN_STATS, NULL), 1);
}

static void figures_that_were_refused_are_still_derived(void **state)
{
    (void)state;
    create();
    assert_int_equal(
            story_say(&story, ROLE_KITCHEN, EVT_KITCHEN_STATS, stats(12), NULL),
            ERR_FORBIDDEN);
    refused(EVT_KITCHEN_STATS, stats(UINT32_MAX), NULL, ERR_OUT_OF_RANGE);
    hub_tick(story.hub, story.now_ms + 5000);
    story_commit(&story);
    assert_int_equal(told(EVT_KITCHEN_STATS, NULL), 1);
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_status_after_its_word_is_the_derived_one),
        T(the_key_of_what_was_suppressed_is_remembered),
        T(a_word_after_its_status_is_the_derived_one),
        T(who_says_it_does_not_matter),
        T(within_one_turn_it_is_seen_as_well),
        T(a_step_that_is_past_is_found_as_well),
        T(outside_of_the_window_it_is_impossible),
        T(after_a_restart_it_is_impossible),
        T(it_is_found_behind_many_others_but_not_behind_any_number),
        T(of_another_order_it_is_not),
        T(what_was_undone_is_not_found),
        T(a_chef_is_told_though_the_step_is_known),
        T(who_changed_a_status_is_told_though_it_is_known),
        T(the_kitchens_own_number_is_told_though_the_step_is_known),
        T(a_number_that_the_back_end_gave_contradicts_another),
        T(more_of_a_step_that_is_past_is_not_told),
        T(what_everybody_counts_for_himself_is_no_difference),
        T(an_order_said_twice_is_one_order),
        T(a_table_by_its_number_is_the_table),
        T(an_order_said_again_with_more_is_an_update),
        T(an_order_said_again_does_not_go_back),
        T(items_in_the_same_places_are_the_same_items),
        T(an_order_that_contradicts_is_another),
        T(two_tills_that_use_one_id_are_told_so),
        T(guests_add_nothing_to_an_order_that_is_there),
        T(an_order_said_again_raises_no_status_that_one_may_not_say),
        T(items_added_twice_are_there_once),
        T(the_same_update_twice_is_one),
        T(an_update_that_the_hub_has_derived_is_that_one),
        T(a_table_that_goes_there_and_back_is_told_each_time),
        T(a_state_that_was_changed_in_another_way_is_said_anew),
        T(muted_unmuted_muted_is_told_each_time),
        T(a_device_that_comes_up_again_has_come_up_again),
        T(an_alert_handled_by_its_call_is_acknowledged),
        T(figures_that_were_stated_are_not_derived_any_more),
        T(figures_that_were_refused_are_still_derived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
