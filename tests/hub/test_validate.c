#include "hub/validate.h"

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
#include "schemas/fields.h"
#include "schemas/floor.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

static struct story story;

#define LATER_MS 60000 /* what is said again is no echo by then */

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("42", "6"),
            NULL);
    story_commit(&story);
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    story_end(&story);
    return 0;
}

static enum err say(uint32_t mask, enum evt_id what, const char *order)
{
    return story_say(&story, mask, what, story_about(what, order), NULL);
}

static void each_role_may_say_what_its_row_says(void **state)
{
    static const struct {
        uint32_t role;
        enum evt_id what;
        enum err err;
    } cases[] = {
        { ROLE_KITCHEN, EVT_KITCHEN_PREPARING, ERR_OK },
        { ROLE_WAITER, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_ADMIN, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_POS, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_DEVICE, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { 0, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_KITCHEN, EVT_ORDER_SERVED, ERR_FORBIDDEN },
        { ROLE_WAITER, EVT_ORDER_SERVED, ERR_OK },
        { ROLE_KITCHEN, EVT_ORDER_CANCELLED, ERR_FORBIDDEN },
        { ROLE_WAITER | ROLE_KITCHEN, EVT_ORDER_COMPLETED, ERR_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (say(cases[i].role, cases[i].what, "41") != cases[i].err)
            fail_msg("case %zu: %s", i, story.fault.text);
}

static void a_refusal_for_want_of_rights_says_nothing_more(void **state)
{
    struct fault known;

    (void)state;
    assert_int_equal(say(ROLE_WAITER, EVT_KITCHEN_READY, "41"), ERR_FORBIDDEN);
    known = story.fault;
    assert_int_equal(say(ROLE_WAITER, EVT_KITCHEN_READY, "99"), ERR_FORBIDDEN);
    assert_memory_equal(&known, &story.fault, sizeof(known));
}

static void a_table_speaks_for_itself_only(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED,
                             story_order("50", "5"), NULL),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED,
                             story_order("51", "6"), NULL),
            ERR_FORBIDDEN);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED,
                             story_order("52", NULL), NULL),
            ERR_FORBIDDEN);
    assert_int_equal(say(ROLE_TABLE, EVT_ORDER_CANCEL_REQUESTED, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_TABLE, EVT_ORDER_CANCEL_REQUESTED, "42"), ERR_FORBIDDEN);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
                             story_call("5", NULL), NULL),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
                             story_call("6", NULL), NULL),
            ERR_FORBIDDEN);
}

/* Whether somebody else's order exists is none of a table's business. */
static void a_table_learns_nothing_of_other_orders(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body =
                story_about(EVT_ORDER_CANCEL_REQUESTED, i ? "42" : "99");
        Dw__OrderCancelRequested *request = (void *)body;

        request->table = (void *)body_new(&dw__table_ref__descriptor);
        body_set_string(&request->table->id, "5");
        assert_int_equal(story_say(&story, ROLE_TABLE,
                                 EVT_ORDER_CANCEL_REQUESTED, body, NULL),
                ERR_FORBIDDEN);
    }
}

/* The first item of a list, or its name. */
static void add_soup(Dw__Item ***items, size_t *count)
{
    if (*count == 0) {
        *items = malloc(sizeof(**items));
        assert_non_null(*items);
        (*items)[(*count)++] = (void *)body_new(&dw__item__descriptor);
    }
    body_set_string(&(*items)[0]->name, "Soup");
}

/* How urgent it is, what it costs in the end and who has asked for it is not
 * for guests to say. */
static void a_table_says_nothing_in_the_name_of_the_house(void **state)
{
    static const struct {
        enum evt_id what;
        const char *path, *value;
        enum err err;
    } cases[] = {
        { EVT_ORDER_CREATED, "order.priority", "3", ERR_FORBIDDEN },
        { EVT_ORDER_CREATED, "order.priority", "1", ERR_OK },
        { EVT_ORDER_ITEMS_ADDED, "totals.total_cents", "1", ERR_FORBIDDEN },
        { EVT_ORDER_ITEMS_ADDED, "items[0].status", "4", ERR_FORBIDDEN },
        { EVT_ORDER_ITEMS_ADDED, "items[0].notes", "hot", ERR_OK },
        { EVT_ORDER_CANCEL_REQUESTED, "staff_id", "anna", ERR_FORBIDDEN },
        { EVT_TABLE_CHECKOUT_STARTED, "actor.id", "anna", ERR_FORBIDDEN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *body = made_body(cases[i].what,
                cases[i].what == EVT_ORDER_CREATED ? "order.table.id"
                                                   : "table.id",
                "5", cases[i].path, cases[i].value, NULL);
        enum err err;

        body_complete_text(body, "order_id", "41");
        body_complete_text(body, "reason", "late");
        if (cases[i].what == EVT_ORDER_CREATED)
            add_soup(&((Dw__OrderCreated *)(void *)body)->order->items,
                    &((Dw__OrderCreated *)(void *)body)->order->n_items);
        if (cases[i].what == EVT_ORDER_ITEMS_ADDED)
            add_soup(&((Dw__OrderItemsAdded *)(void *)body)->items,
                    &((Dw__OrderItemsAdded *)(void *)body)->n_items);
        err = story_say(&story, ROLE_TABLE, cases[i].what, body, NULL);
        if (err != cases[i].err)
            fail_msg("case %zu: %s", i, story.fault.text);
    }
}

/* Orders that were over before the table was activated again were others'. */
static void an_order_of_earlier_guests_is_not_the_tables(void **state)
{
    struct principal guest = story_principal(ROLE_TABLE, "5");
    struct room room;

    (void)state;
    assert_true(room_make(ROOM_INDEX_ORDER, "41", &room));
    assert_int_equal(say(ROLE_BACKEND, EVT_ORDER_COMPLETED, "41"), ERR_OK);
    assert_true(hub_may_join(story.hub, &guest, &room));
    story.now_ms += LATER_MS;
    assert_int_equal(
            story_say(&story, ROLE_WAITER, EVT_TABLE_ACTIVATED,
                    made_body(EVT_TABLE_ACTIVATED, "table.id", "5", NULL),
                    NULL),
            ERR_OK);
    assert_false(hub_may_join(story.hub, &guest, &room));
    assert_true(room_make(ROOM_INDEX_ORDER, "43", &room));
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED,
                             story_order("43", "5"), NULL),
            ERR_OK);
    assert_true(hub_may_join(story.hub, &guest, &room));
}

static void a_table_does_not_say_how_far_its_order_is(void **state)
{
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = story_order(i ? "51" : "50", "5");
        Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

        order->has_status = 1;
        order->status = i ? DW__ORDER_STATUS__ORDER_STATUS_PENDING
                          : DW__ORDER_STATUS__ORDER_STATUS_READY;
        assert_int_equal(
                story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED, body, NULL),
                i ? ERR_OK : ERR_FORBIDDEN);
    }
    (void)state;
}

static ProtobufCMessage *alert(const char *id, const char *call_id)
{
    Dw__AlertCreated *created =
            (void *)body_new(&dw__alert_created__descriptor);

    created->alert = (void *)body_new(&dw__alert__descriptor);
    created->alert->table = (void *)body_new(&dw__table_ref__descriptor);
    body_set_string(&created->alert->table->id, "5");
    body_set_string(&created->alert->type, "help");
    body_set_string(&created->alert->message, "Help");
    if (id)
        body_set_string(&created->alert->id, id);
    if (call_id)
        body_set_string(&created->alert->call_id, call_id);
    return &created->base;
}

/* An id that is somebody else's would take the place of that alert, and
 * acknowledging a wrong call_id would end somebody else's call. */
static void a_table_names_no_ids_of_alerts_and_calls(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ALERT_CREATED,
                             alert(NULL, NULL), NULL),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ALERT_CREATED,
                             alert("alert-1", NULL), NULL),
            ERR_FORBIDDEN);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ALERT_CREATED,
                             alert(NULL, "call-1"), NULL),
            ERR_FORBIDDEN);
    assert_int_equal(story_say(&story, ROLE_WAITER, EVT_ALERT_CREATED,
                             alert("alert-1", "call-1"), NULL),
            ERR_OK);
}

static void a_device_of_another_table_speaks_not_for_this_one(void **state)
{
    struct principal pager = story_principal(ROLE_DEVICE, "g1");
    struct principal loose = story_principal(ROLE_DEVICE, "g2");

    (void)state;
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY, "42"), ERR_OK);
    assert_int_equal(story_say_as(&story, &pager, EVT_DEVICE_ONLINE,
                             story_online("pager", 1), NULL), /* table 5 */
            ERR_OK);
    assert_int_equal(story_say_as(&story, &pager, EVT_SERVICE_CALL_CREATED,
                             story_call("6", NULL), NULL),
            ERR_FORBIDDEN);
    assert_int_equal(story_say_as(&story, &pager, EVT_SERVICE_CALL_CREATED,
                             story_call("5", NULL), NULL),
            ERR_OK);
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *acked = body_new(&dw__page_acked__descriptor);

        body_complete_text(acked, "page_id", "42-ready-2"); /* table 6 */
        assert_int_equal(story_say_as(&story, i ? &loose : &pager,
                                 EVT_PAGE_ACKED, acked, NULL),
                i ? ERR_OK : ERR_FORBIDDEN);
    }
}

/* What the hub has published of the last turn. */
static struct evt *said(struct hub_client *client, enum evt_id what)
{
    struct delivery delivery;

    while (hub_next(story.hub, client, &delivery)) {
        if (delivery.evt->what == what)
            return delivery.evt;
        evt_unref(delivery.evt);
    }
    fail_msg("no %s", evt_kinds[what].name);
    return NULL;
}

static void a_stale_table_does_not_lead_an_event_to_other_guests(void **state)
{
    struct hub_client *client = story_listener(&story, ROLE_WAITER, "waiters");
    ProtobufCMessage *body = story_about(EVT_ORDER_SERVED, "41");
    Dw__OrderServed *served = (void *)body;
    struct evt *evt;
    struct room room;

    (void)state;
    served->table = (void *)body_new(&dw__table_ref__descriptor);
    body_set_string(&served->table->id, "6");
    assert_int_equal(
            story_say(&story, ROLE_WAITER, EVT_ORDER_SERVED, body, NULL),
            ERR_OK);
    story_commit(&story);
    evt = said(client, EVT_ORDER_SERVED);
    assert_true(room_make(ROOM_INDEX_TABLE, "6", &room));
    assert_int_equal(evt_room_index(evt, &room), -1);
    assert_string_equal(body_text(evt->body, "table.id"), "5");
    evt_unref(evt);
    hub_detach(story.hub, client);
}

static void a_call_is_handled_at_its_own_table(void **state)
{
    struct hub_client *client = story_listener(&story, ROLE_WAITER, "waiters");
    Dw__ServiceCallHandled *handled =
            (void *)body_new(&dw__service_call_handled__descriptor);
    struct evt *evt;

    (void)state;
    story_say(&story, ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
            story_call("5", "bill"), NULL);
    story_commit(&story);
    evt = said(client, EVT_SERVICE_CALL_CREATED);
    handled->call = (void *)body_new(&dw__service_call__descriptor);
    handled->call->table = (void *)body_new(&dw__table_ref__descriptor);
    body_set_string(&handled->call->table->id, "6");
    body_set_string(&handled->call->reason, "water");
    body_set_string(&handled->call->id, body_text(evt->body, "call.id"));
    evt_unref(evt);
    assert_int_equal(story_say(&story, ROLE_WAITER, EVT_SERVICE_CALL_HANDLED,
                             &handled->base, NULL),
            ERR_OK);
    story_commit(&story);
    evt = said(client, EVT_SERVICE_CALL_HANDLED);
    assert_string_equal(body_text(evt->body, "call.table.id"), "5");
    assert_string_equal(body_text(evt->body, "call.reason"), "bill");
    evt_unref(evt);
    hub_detach(story.hub, client);
}

/* --- an order that a back end has changed --- */

static ProtobufCMessage *updated(const char *id)
{
    Dw__OrderCreated *created = (void *)story_order(id, "5");
    Dw__OrderUpdated *body = (void *)body_new(&dw__order_updated__descriptor);

    body->order = created->order;
    created->order = NULL;
    body_free(&created->base);
    return &body->base;
}

/* `count` items of about 300 bytes, each of a station of its own. */
static void give_items(Dw__Order *order, int count)
{
    char notes[281], name[16];

    memset(notes, 'x', 280);
    notes[280] = '\0';
    order->items = realloc(order->items, (size_t)count * sizeof(Dw__Item *));
    assert_non_null(order->items);
    for (int i = 1; i < count; i++)
        order->items[i] = (void *)body_copy(&order->items[0]->base);
    order->n_items = (size_t)count;
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "i%d", i);
        body_set_string(&order->items[i]->id, name);
        body_set_string(&order->items[i]->station, name);
        body_set_string(&order->items[i]->notes, notes);
    }
}

/* Later events carry the whole order: larger, it could never be closed. */
static void an_order_cannot_grow_past_its_size_by_an_update(void **state)
{
    ProtobufCMessage *body = updated("41");
    Dw__Order *order = ((Dw__OrderUpdated *)(void *)body)->order;

    (void)state;
    give_items(order, 90);
    for (size_t i = 0; i < order->n_items; i++)
        body_set_string(&order->items[i]->station, "grill");
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_UPDATED, body, NULL),
            ERR_TOO_LARGE);
    assert_string_equal(story.fault.field, "order");
}

static void an_update_neither_lowers_a_status_nor_answers_a_request(
        void **state)
{
    struct hub_client *client = story_listener(&story, ROLE_WAITER, "waiters");
    ProtobufCMessage *body = updated("41");
    const Dw__Order *order;
    struct evt *evt;

    (void)state;
    body_set_string(&((Dw__OrderUpdated *)(void *)body)->order->notes, "new");
    say(ROLE_KITCHEN, EVT_KITCHEN_PREPARING, "41");
    say(ROLE_WAITER, EVT_ORDER_CANCEL_REQUESTED, "41");
    story_commit(&story);
    while (story_next(&story, client, NULL, NULL) != EVT_NONE)
        ;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_UPDATED, body, NULL),
            ERR_OK);
    story_commit(&story);
    evt = said(client, EVT_ORDER_UPDATED);
    order = ((Dw__OrderUpdated *)(void *)evt->body)->order;
    assert_int_equal(order->status, DW__ORDER_STATUS__ORDER_STATUS_PREPARING);
    assert_string_equal(order->cancel_reason, "because");
    evt_unref(evt);
    assert_int_equal(
            say(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_ACCEPTED, "41"), ERR_OK);
    hub_detach(story.hub, client);
}

static void an_order_is_for_as_many_stations_as_can_be_told(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = story_order(i ? "61" : "60", "5");

        give_items(((Dw__OrderCreated *)(void *)body)->order, EVT_STATIONS + i);
        assert_int_equal(
                story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
                i ? ERR_OUT_OF_RANGE : ERR_OK);
    }
    assert_string_equal(story.fault.field, "order.items");
}

static void added_items_count_with_the_stations_of_the_order(void **state)
{
    ProtobufCMessage *body = story_order("60", "5");
    Dw__OrderItemsAdded *added =
            (void *)body_new(&dw__order_items_added__descriptor);
    Dw__Item *item;

    (void)state;
    give_items(((Dw__OrderCreated *)(void *)body)->order, EVT_STATIONS);
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OK);
    item = (void *)body_new(&dw__item__descriptor);
    body_set_string(&item->id, "more");
    body_set_string(&item->name, "Soup");
    body_set_string(&item->station, "more");
    item->quantity = 1;
    body_set_string(&added->order_id, "60");
    added->items = malloc(sizeof(*added->items));
    assert_non_null(added->items);
    added->items[0] = item;
    added->n_items = 1;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_ITEMS_ADDED,
                             &added->base, NULL),
            ERR_OUT_OF_RANGE);
    assert_string_equal(story.fault.field, "items");
}

/* What the hub counts up must not leave the field's range. */
static void the_highest_version_can_still_be_raised(void **state)
{
    struct hub_client *client = story_listener(&story, ROLE_WAITER, "waiters");
    ProtobufCMessage *body = story_order("60", "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

    (void)state;
    order->has_version = 1;
    order->version = (uint32_t)field_rule_find("version")->max;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OK);
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY, "60"), ERR_OK);
    story_commit(&story);
    evt_unref(said(client, EVT_ORDER_STATUS_CHANGED));
    evt_unref(said(client, EVT_ORDER_UPDATED));
    hub_detach(story.hub, client);
}

static void an_order_is_created_once(void **state)
{
    (void)state;
    story.now_ms += LATER_MS;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("41", "5"), "other-key"),
            ERR_CONFLICT);
    assert_string_equal(story.fault.field, "order.id");
}

static void an_order_needs_items_in_their_ranges(void **state)
{
    ProtobufCMessage *body = story_order("60", "5");
    Dw__OrderCreated *created = (void *)body;

    (void)state;
    created->order->items[0]->quantity = 0;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OUT_OF_RANGE);
    assert_string_equal(story.fault.field, "order.items[0].quantity");

    body = story_order("60", "5");
    created = (void *)body;
    body_free(&created->order->items[0]->base);
    free(created->order->items);
    created->order->items = NULL;
    created->order->n_items = 0;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "order.items");
}

static void an_id_with_a_slash_never_gets_in(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("4/1", "5"), NULL),
            ERR_BAD_ID);
    assert_string_equal(story.fault.field, "order.id");
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("60", "+"), NULL),
            ERR_BAD_ID);
    assert_string_equal(story.fault.field, "order.table.id");
}

static void a_status_is_only_ever_raised(void **state)
{
    (void)state;
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_KITCHEN, EVT_KITCHEN_PREPARING, "41"), ERR_IMPOSSIBLE);
    assert_string_equal(story.fault.text,
            "order 41 is ready: kitchen.preparing is not possible");
    story.now_ms += LATER_MS;
    assert_int_equal(
            say(ROLE_KITCHEN, EVT_KITCHEN_READY, "41"), ERR_IMPOSSIBLE);
    assert_int_equal(say(ROLE_WAITER, EVT_ORDER_COMPLETED, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CANCELLED, "41"), ERR_IMPOSSIBLE);
}

static void the_kitchen_answers_only_what_it_was_asked(void **state)
{
    (void)state;
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_ACCEPTED, "41"),
            ERR_IMPOSSIBLE);
    assert_int_equal(
            say(ROLE_WAITER, EVT_ORDER_CANCEL_REQUESTED, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_REJECTED, "41"), ERR_OK);
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_ACCEPTED, "41"),
            ERR_IMPOSSIBLE);
}

static void what_is_not_open_cannot_be_closed(void **state)
{
    static const struct {
        enum evt_id what;
        uint32_t role;
        const char *id;
        const char *field;
    } cases[] = {
        { EVT_ALERT_ACKNOWLEDGED, ROLE_WAITER, "alert_id", "alertId" },
        { EVT_PAGE_ACKED, ROLE_WAITER, "page_id", "pageId" },
        { EVT_PRINT_PRINTED, ROLE_HUB, "job_id", "jobId" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *body = body_new(evt_kinds[cases[i].what].body);

        body_complete_text(body, cases[i].id, "nothing");
        assert_int_equal(
                story_say(&story, cases[i].role, cases[i].what, body, NULL),
                ERR_NOT_FOUND);
        assert_string_equal(story.fault.field, cases[i].field);
    }
}

static void a_body_is_completed_from_the_picture(void **state)
{
    struct hub_client *client = story_listener(&story, ROLE_ADMIN, "kitchen");
    struct delivery delivery;

    (void)state;
    say(ROLE_KITCHEN, EVT_KITCHEN_READY, "41");
    story_commit(&story);
    assert_true(hub_next(story.hub, client, &delivery));
    assert_string_equal(body_text(delivery.evt->body, "table.id"), "5");
    assert_string_equal(body_text(delivery.evt->body, "order_number"), "41");
    assert_int_equal(delivery.evt->room_count, 5);
    evt_unref(delivery.evt);
    hub_detach(story.hub, client);
}

static void a_wrong_clock_does_not_date_an_order(void **state)
{
    ProtobufCMessage *body = story_order("70", "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    struct hub_client *client = story_listener(&story, ROLE_ADMIN, "kitchen");
    struct delivery delivery;

    (void)state;
    order->has_created_at_ms = 1;
    order->created_at_ms = story.now_ms + 60000; /* tomorrow's order */
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL);
    story_commit(&story);
    assert_true(hub_next(story.hub, client, &delivery));
    order = ((Dw__OrderCreated *)(void *)delivery.evt->body)->order;
    assert_int_equal(order->created_at_ms, story.now_ms);
    evt_unref(delivery.evt);
    hub_detach(story.hub, client);
}

/* --- rooms --- */

static bool joins(const struct principal *who, const char *name)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_may_join(story.hub, who, &room);
}

static void each_role_listens_where_its_row_says(void **state)
{
    static const struct {
        uint32_t role;
        const char *room;
        bool may;
    } cases[] = {
        { ROLE_KITCHEN, "all", true },
        { ROLE_KITCHEN, "restaurant", true },
        { ROLE_KITCHEN, "waiters", false },
        { ROLE_TABLE, "all", false },
        { ROLE_TABLE, "restaurant", false },
        { ROLE_TABLE, "guests", true },
        { ROLE_USER, "guests", false },
        { ROLE_USER, "all", false },
        { ROLE_POOL, "pool", true },
        { ROLE_POOL, "all", false },
        { ROLE_WAITER, "pool", false },
        { ROLE_DEVICE, "all", false },
        { ROLE_USER, "user/tester", true },
        { ROLE_WAITER, "user/tester", true },
        { ROLE_USER, "user/eve", false },
        { ROLE_WAITER, "user/eve", false },
        { ROLE_TABLE, "user/tester", false },
        { ROLE_ADMIN, "user/eve", true },
        { 0, "guests", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = story_principal(cases[i].role, "5");

        if (joins(&who, cases[i].room) != cases[i].may)
            fail_msg("case %zu: %s", i, cases[i].room);
    }
}

static void a_sitting_is_for_those_who_sit_there(void **state)
{
    struct principal guest = story_principal(ROLE_TABLE, "5");
    struct principal waiter = story_principal(ROLE_WAITER, "");

    (void)state;
    assert_false(joins(&guest, "session/k1"));
    snprintf(guest.session, sizeof(guest.session), "k1");
    snprintf(waiter.session, sizeof(waiter.session), "k1");
    assert_true(joins(&guest, "session/k1"));
    assert_false(joins(&guest, "session/k2"));
    assert_false(joins(&waiter, "session/k1"));
}

/* Guests who have left are somebody else, even at the same table. */
static void an_order_is_for_its_own_sitting(void **state)
{
    ProtobufCMessage *body = story_order("60", "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    struct principal guest = story_principal(ROLE_TABLE, "5");

    order->session = (void *)body_new(&dw__session__descriptor);
    body_set_string(&order->session->key, "k1");
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OK);
    (void)state;
    assert_true(joins(&guest, "order/60")); /* it does not say who it is */
    snprintf(guest.session, sizeof(guest.session), "k2");
    assert_false(joins(&guest, "order/60"));
    assert_true(joins(&guest, "order/41")); /* of no sitting */
    assert_int_equal(
            story_say_as(&story, &guest, EVT_ORDER_CANCEL_REQUESTED,
                    story_about(EVT_ORDER_CANCEL_REQUESTED, "60"), NULL),
            ERR_FORBIDDEN);
    snprintf(guest.session, sizeof(guest.session), "k1");
    assert_true(joins(&guest, "order/60"));
}

static void guests_do_not_order_for_another_sitting(void **state)
{
    struct principal guest = story_principal(ROLE_TABLE, "5");

    (void)state;
    snprintf(guest.session, sizeof(guest.session), "k1");
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = story_order(i ? "61" : "60", "5");
        Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

        order->session = (void *)body_new(&dw__session__descriptor);
        body_set_string(&order->session->key, i ? "k1" : "k2");
        assert_int_equal(
                story_say_as(&story, &guest, EVT_ORDER_CREATED, body, NULL),
                i ? ERR_OK : ERR_FORBIDDEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(each_role_may_say_what_its_row_says),
        T(a_refusal_for_want_of_rights_says_nothing_more),
        T(a_table_speaks_for_itself_only),
        T(a_table_learns_nothing_of_other_orders),
        T(a_table_says_nothing_in_the_name_of_the_house),
        T(an_order_of_earlier_guests_is_not_the_tables),
        T(a_table_does_not_say_how_far_its_order_is),
        T(a_table_names_no_ids_of_alerts_and_calls),
        T(a_device_of_another_table_speaks_not_for_this_one),
        T(a_stale_table_does_not_lead_an_event_to_other_guests),
        T(a_call_is_handled_at_its_own_table),
        T(an_order_cannot_grow_past_its_size_by_an_update),
        T(an_update_neither_lowers_a_status_nor_answers_a_request),
        T(an_order_is_for_as_many_stations_as_can_be_told),
        T(added_items_count_with_the_stations_of_the_order),
        T(the_highest_version_can_still_be_raised),
        T(an_order_is_created_once),
        T(an_order_needs_items_in_their_ranges),
        T(an_id_with_a_slash_never_gets_in),
        T(a_status_is_only_ever_raised),
        T(the_kitchen_answers_only_what_it_was_asked),
        T(what_is_not_open_cannot_be_closed),
        T(a_body_is_completed_from_the_picture),
        T(a_wrong_clock_does_not_date_an_order),
        T(each_role_listens_where_its_row_says),
        T(a_sitting_is_for_those_who_sit_there),
        T(an_order_is_for_its_own_sitting),
        T(guests_do_not_order_for_another_sitting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
