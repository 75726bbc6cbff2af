#include "hub/validate_parts.h"

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
#include "tests/support/made.h"
#include "tests/support/story.h"

static struct story story;
static struct hub_client *follower;

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

static Dw__Order *order_of(ProtobufCMessage *body)
{
    return ((Dw__OrderCreated *)(void *)body)->order;
}

/* Say it and see it come; handed over. */
static struct evt *say(enum evt_id what, ProtobufCMessage *body)
{
    struct evt *evt;

    while (story_next(&story, follower, NULL, NULL) != EVT_NONE)
        ;
    assert_int_equal(story_say(&story, ROLE_BACKEND, what, body, NULL), ERR_OK);
    story_commit(&story);
    evt = story_said(&story, follower, what);
    assert_non_null(evt);
    return evt;
}

static Dw__Item *add_item(Dw__Item ***items, size_t *count, const char *name)
{
    Dw__Item *item = (void *)body_new(&dw__item__descriptor);

    *items = realloc(*items, (*count + 1) * sizeof(**items));
    assert_non_null(*items);
    (*items)[(*count)++] = item;
    body_set_string(&item->name, name);
    return item;
}

static Dw__Totals *new_totals(void)
{
    return (void *)body_new(&dw__totals__descriptor);
}

static void drop_id(char **id)
{
    free(*id);
    *id = NULL;
}

static Dw__OrderUpdated *new_update(const char *id)
{
    Dw__OrderUpdated *updated =
            (void *)body_new(&dw__order_updated__descriptor);

    updated->order = (void *)body_new(&dw__order__descriptor);
    body_set_string(&updated->order->id, id);
    return updated;
}

/* --- new orders --- */

static void what_a_new_order_does_not_say_is_made_up(void **state)
{
    ProtobufCMessage *body = story_order("x", "5");
    Dw__Order *order = order_of(body);
    char id[24];
    struct evt *evt;

    (void)state;
    drop_id(&order->id);
    evt = say(EVT_ORDER_CREATED, body);
    order = order_of(evt->body);
    snprintf(id, sizeof(id), "o%llu", (unsigned long long)evt->seq);
    assert_string_equal(order->id, id);
    assert_string_equal(order->number, id);
    assert_string_equal(order->kitchen_order_id, id);
    assert_int_equal(order->status, DW__ORDER_STATUS__ORDER_STATUS_PENDING);
    assert_true(order->has_payment_status);
    assert_int_equal(
            order->payment_status, DW__PAYMENT_STATUS__PAYMENT_STATUS_PENDING);
    evt_unref(evt);
}

/* A back end may count its orders in the same way. */
static void an_id_that_is_made_up_is_nobody_elses(void **state)
{
    uint64_t next = hub_head(story.hub) + 1;
    ProtobufCMessage *body;
    char id[24];
    struct evt *evt;

    (void)state;
    /* Two events come of an order: itself and its ticket. */
    snprintf(id, sizeof(id), "o%llu", (unsigned long long)next + 2);
    evt_unref(say(EVT_ORDER_CREATED, story_order(id, "5")));
    assert_int_equal(hub_head(story.hub), next + 1);
    body = story_order("x", "5");
    drop_id(&order_of(body)->id);
    evt = say(EVT_ORDER_CREATED, body);
    assert_int_equal(evt->seq, next + 2);
    memcpy(id + strlen(id), "-1", sizeof("-1"));
    assert_string_equal(order_of(evt->body)->id, id);
    evt_unref(evt);
}

static void items_without_ids_get_their_place_and_no_one_elses(void **state)
{
    ProtobufCMessage *body = story_order("50", "5");
    Dw__Order *order = order_of(body);
    struct evt *evt;

    (void)state;
    body_set_string(&order->items[0]->id, "2");
    add_item(&order->items, &order->n_items, "Bread");
    add_item(&order->items, &order->n_items, "Wine");
    evt = say(EVT_ORDER_CREATED, body);
    order = order_of(evt->body);
    assert_string_equal(order->items[0]->id, "2");
    assert_string_equal(order->items[1]->id, "3");
    assert_string_equal(order->items[2]->id, "4");
    assert_true(order->items[1]->has_quantity);
    assert_int_equal(order->items[1]->quantity, 1);
    evt_unref(evt);
}

static void totals_are_added_up_where_every_item_has_a_price(void **state)
{
    ProtobufCMessage *body = story_order("50", "5");
    Dw__Order *order = order_of(body);
    Dw__Modifier *modifier = (void *)body_new(&dw__modifier__descriptor);
    struct evt *evt;

    (void)state;
    order->totals = new_totals();
    order->totals->has_discount_cents = order->totals->has_tax_cents =
            order->totals->has_tip_cents = 1;
    order->totals->discount_cents = 100;
    order->totals->tax_cents = 80;
    order->totals->tip_cents = 200;
    body_set_string(&order->totals->currency, "EUR");
    body_set_string(&modifier->name, "Large");
    modifier->has_price_cents = 1;
    modifier->price_cents = 50;
    order->items[0]->modifiers = malloc(sizeof(modifier));
    assert_non_null(order->items[0]->modifiers);
    order->items[0]->modifiers[0] = modifier;
    order->items[0]->n_modifiers = 1;
    evt = say(EVT_ORDER_CREATED, body);
    order = order_of(evt->body);
    assert_int_equal(order->totals->subtotal_cents, 2 * (450 + 50));
    assert_int_equal(order->totals->total_cents, 1000 - 100 + 80);
    assert_int_equal(order->totals->final_cents, 980 + 200);
    assert_string_equal(order->totals->currency, "EUR");
    evt_unref(evt);
}

static void totals_that_were_given_stay(void **state)
{
    ProtobufCMessage *body = story_order("50", "5");
    Dw__Order *order = order_of(body);
    struct evt *evt;

    (void)state;
    order->totals = new_totals();
    order->totals->has_total_cents = 1;
    order->totals->total_cents = 1;
    evt = say(EVT_ORDER_CREATED, body);
    order = order_of(evt->body);
    assert_int_equal(order->totals->total_cents, 1);
    assert_false(order->totals->has_subtotal_cents);
    evt_unref(evt);
}

static void what_is_to_be_paid_follows_from_what_it_costs(void **state)
{
    static const struct {
        int64_t tip, given;
        int64_t final; /* 0: not known */
    } cases[] = {
        { 0, 0, 1000 }, { 150, 0, 1150 }, { 150, 1, 1 },
        { 100000000, 0, 0 }, /* more than a price may be */
    };
    char id[] = "50";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *body = story_order((id[1]++, id), "5");
        Dw__Totals *totals = new_totals();
        struct evt *evt;

        order_of(body)->totals = totals;
        totals->has_total_cents = 1;
        totals->total_cents = 1000;
        totals->has_tip_cents = cases[i].tip != 0;
        totals->tip_cents = cases[i].tip;
        totals->has_final_cents = cases[i].given != 0;
        totals->final_cents = cases[i].given;
        evt = say(EVT_ORDER_CREATED, body);
        totals = order_of(evt->body)->totals;
        assert_int_equal(totals->has_final_cents, cases[i].final != 0);
        assert_int_equal(totals->final_cents, cases[i].final);
        assert_int_equal(totals->total_cents, 1000);
        evt_unref(evt);
    }
}

static void no_totals_are_made_up_without_prices_or_past_all_bounds(
        void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = story_order(i ? "50" : "51", "5");
        struct evt *evt;

        order_of(body)->items[0]->has_unit_price_cents = i;
        order_of(body)->items[0]->unit_price_cents = 100000000;
        evt = say(EVT_ORDER_CREATED, body);
        assert_null(order_of(evt->body)->totals);
        evt_unref(evt);
    }
}

static void what_guests_order_is_of_their_sitting(void **state)
{
    struct principal guests = story_principal(ROLE_TABLE, "5");
    ProtobufCMessage *body = story_order("50", "5");
    struct evt *evt;

    (void)state;
    snprintf(guests.session, sizeof(guests.session), "0123");
    order_of(body)->session = (void *)body_new(&dw__session__descriptor);
    body_set_string(&order_of(body)->session->id, "s1");
    assert_int_equal(
            story_say_as(&story, &guests, EVT_ORDER_CREATED, body, NULL),
            ERR_OK);
    story_commit(&story);
    evt = story_said(&story, follower, EVT_ORDER_CREATED);
    assert_string_equal(order_of(evt->body)->session->key, "0123");
    assert_string_equal(order_of(evt->body)->session->id, "s1");
    evt_unref(evt);
}

/* --- more of it --- */

static Dw__OrderItemsAdded *more_wine(int64_t cents)
{
    Dw__OrderItemsAdded *added =
            (void *)body_new(&dw__order_items_added__descriptor);
    Dw__Item *item = add_item(&added->items, &added->n_items, "Wine");

    body_set_string(&added->order_id, "41");
    item->has_unit_price_cents = cents > 0;
    item->unit_price_cents = cents;
    return added;
}

static void added_items_are_numbered_on_and_cost_more(void **state)
{
    Dw__OrderItemsAdded *added;
    struct evt *evt;

    (void)state;
    evt = say(EVT_ORDER_ITEMS_ADDED, &more_wine(600)->base);
    added = (void *)evt->body;
    assert_string_equal(added->items[0]->id, "2");
    assert_int_equal(added->items[0]->quantity, 1);
    assert_int_equal(added->totals->total_cents, 900 + 600);
    assert_int_equal(added->totals->final_cents, 900 + 600);
    evt_unref(evt);
    evt = say(EVT_ORDER_ITEMS_ADDED, &more_wine(0)->base);
    added = (void *)evt->body;
    assert_string_equal(added->items[0]->id, "3");
    assert_null(added->totals);
    evt_unref(evt);
}

static void added_items_are_whose_the_order_is(void **state)
{
    ProtobufCMessage *body = story_order("50", "5");
    char now[24];
    struct evt *evt;

    (void)state;
    order_of(body)->customer = (void *)body_new(&dw__customer__descriptor);
    body_set_string(&order_of(body)->customer->name, "Ana");
    evt_unref(say(EVT_ORDER_CREATED, body));
    story.now_ms += 60000;
    snprintf(now, sizeof(now), "%lld", (long long)story.now_ms);
    for (int i = 0; i < 2; i++) {
        Dw__OrderItemsAdded *added = more_wine(600);

        body_set_string(&added->order_id, i ? "50" : "41");
        evt = say(EVT_ORDER_ITEMS_ADDED, &added->base);
        assert_true(made_is(evt->body, "customer.name", i ? "Ana" : NULL));
        assert_true(made_is(evt->body, "added_at_ms", now));
        evt_unref(evt);
    }
}

static void an_added_item_gets_no_number_that_is_taken(void **state)
{
    ProtobufCMessage *body = story_order("50", "5");
    Dw__OrderItemsAdded *added = more_wine(600);
    struct evt *evt;

    (void)state;
    body_set_string(&order_of(body)->items[0]->id, "2");
    evt_unref(say(EVT_ORDER_CREATED, body));
    body_set_string(&added->order_id, "50");
    evt = say(EVT_ORDER_ITEMS_ADDED, &added->base);
    added = (void *)evt->body;
    assert_string_equal(added->items[0]->id, "3");
    evt_unref(evt);
}

/* --- updates --- */

static void what_an_update_does_not_say_stays(void **state)
{
    Dw__OrderUpdated *updated = new_update("41");
    const Dw__Order *order;
    struct evt *evt;

    (void)state;
    story.now_ms += 5;
    updated->order->has_payment_status = 1;
    updated->order->payment_status = DW__PAYMENT_STATUS__PAYMENT_STATUS_PAID;
    evt = say(EVT_ORDER_UPDATED, &updated->base);
    updated = (void *)evt->body;
    order = updated->order;
    assert_int_equal(
            order->payment_status, DW__PAYMENT_STATUS__PAYMENT_STATUS_PAID);
    assert_string_equal(order->table->id, "5");
    assert_int_equal(order->n_items, 1);
    assert_int_equal(order->totals->total_cents, 900);
    assert_int_equal(order->created_at_ms, STORY_START_MS);
    assert_int_equal(order->updated_at_ms, story.now_ms);
    assert_int_equal(order->version, 2);
    assert_int_equal(updated->metadata->version, 2);
    assert_int_equal(updated->metadata->updated_at_ms, story.now_ms);
    evt_unref(evt);
}

static void an_update_that_says_what_it_costs_says_what_is_to_be_paid(
        void **state)
{
    Dw__OrderUpdated *updated = new_update("41");
    struct evt *evt;

    (void)state;
    updated->order->totals = new_totals();
    updated->order->totals->has_total_cents = 1;
    updated->order->totals->total_cents = 2000;
    updated->order->totals->has_tip_cents = 1;
    updated->order->totals->tip_cents = 300;
    evt = say(EVT_ORDER_UPDATED, &updated->base);
    assert_true(made_is(evt->body, "order.totals.final_cents", "2300"));
    assert_true(made_is(evt->body, "order.totals.subtotal_cents", NULL));
    evt_unref(evt);
}

/* What a back end counts would go up and down beside what the hub counts. */
static void how_often_an_order_has_changed_is_counted_by_the_hub(void **state)
{
    Dw__OrderUpdated *updated = new_update("41");
    Dw__Metadata theirs = DW__METADATA__INIT;
    char now[24];
    struct evt *evt;

    (void)state;
    story.now_ms += 60000;
    snprintf(now, sizeof(now), "%lld", (long long)story.now_ms);
    theirs.version = 77;
    theirs.updated_at_ms = 5;
    updated->metadata = (void *)body_copy(&theirs.base);
    body_set_string(&updated->order->notes, "no salt");
    updated->order->has_version = 1;
    updated->order->version = 77;
    evt = say(EVT_ORDER_UPDATED, &updated->base);
    assert_true(made_is(evt->body, "metadata.version", "2"));
    assert_true(made_is(evt->body, "metadata.updated_at_ms", now));
    assert_true(made_is(evt->body, "order.version", "2"));
    evt_unref(evt);
}

static void how_often_orders_have_changed_is_counted_by_the_hub(void **state)
{
    char then[24];
    struct evt *evt;

    (void)state;
    snprintf(then, sizeof(then), "%lld", STORY_START_MS);
    story.now_ms += 60000;
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = made_body(EVT_ORDER_SUMMARY_UPDATED,
                "summary.total", "3", "summary.by_status", "",
                "summary.by_payment_status", "", NULL);

        if (i == 1) {
            Dw__Metadata theirs = DW__METADATA__INIT;

            theirs.version = 99;
            theirs.updated_at_ms = 5;
            body_replace_part(body, "metadata", &theirs.base);
            story.now_ms += 60000;
        }
        evt = say(EVT_ORDER_SUMMARY_UPDATED, body);
        assert_true(made_is(evt->body, "summary.total", "3"));
        assert_true(made_is(evt->body, "metadata.version", "1"));
        assert_true(made_is(evt->body, "metadata.updated_at_ms", then));
        evt_unref(evt);
    }
}

static void an_update_that_brings_the_prices_brings_the_totals(void **state)
{
    Dw__OrderUpdated *updated = new_update("50");
    ProtobufCMessage *body = story_order("50", "5");
    Dw__Item *item;
    struct evt *evt;

    (void)state;
    order_of(body)->items[0]->has_unit_price_cents = 0;
    evt_unref(say(EVT_ORDER_CREATED, body));
    item = add_item(&updated->order->items, &updated->order->n_items, "Soup");
    item->has_unit_price_cents = 1;
    item->unit_price_cents = 300;
    evt = say(EVT_ORDER_UPDATED, &updated->base);
    assert_non_null(order_of(evt->body)->totals);
    assert_int_equal(order_of(evt->body)->totals->total_cents, 300);
    evt_unref(evt);
}

static void the_same_status_in_an_update_takes_back_a_word(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        Dw__OrderStatusChanged *changed =
                (void *)story_about(EVT_ORDER_STATUS_CHANGED, "41");
        Dw__OrderUpdated *updated = new_update("41");
        struct evt *evt;

        body_set_string(&changed->status_word, "plating");
        evt_unref(say(EVT_ORDER_STATUS_CHANGED, &changed->base));
        body_set_string(&updated->order->notes, i ? "a" : "b");
        updated->order->has_status = i;
        updated->order->status = DW__ORDER_STATUS__ORDER_STATUS_PENDING;
        evt = say(EVT_ORDER_UPDATED, &updated->base);
        assert_int_equal(order_of(evt->body)->status_word == NULL, i);
        evt_unref(evt);
    }
}

static void a_payment_in_a_word_of_their_own_stays_until_it_is_known(
        void **state)
{
    static const char *const words[] = { "a medias", NULL, NULL };

    (void)state;
    for (int i = 0; i < 3; i++) {
        Dw__OrderUpdated *updated = new_update("41");
        struct evt *evt;

        body_set_string(&updated->order->notes, i ? i > 1 ? "c" : "b" : "a");
        if (words[i])
            body_set_string(&updated->order->payment_status_word, words[i]);
        updated->order->has_payment_status = i == 2;
        updated->order->payment_status =
                DW__PAYMENT_STATUS__PAYMENT_STATUS_PAID;
        evt = say(EVT_ORDER_UPDATED, &updated->base);
        if (i < 2)
            assert_string_equal(
                    order_of(evt->body)->payment_status_word, "a medias");
        else
            assert_null(order_of(evt->body)->payment_status_word);
        evt_unref(evt);
    }
}

static void an_item_without_an_id_is_known_by_its_name(void **state)
{
    Dw__OrderUpdated *updated = new_update("41");
    Dw__Order *order = updated->order;
    Dw__Item *item;
    struct evt *evt;

    (void)state;
    item = add_item(&order->items, &order->n_items, "Wine");
    item->has_unit_price_cents = 1;
    item->unit_price_cents = 600;
    item = add_item(&order->items, &order->n_items, "Soup");
    item->has_unit_price_cents = item->has_quantity = 1;
    item->unit_price_cents = 450;
    item->quantity = 3;
    evt = say(EVT_ORDER_UPDATED, &updated->base);
    order = order_of(evt->body);
    assert_string_equal(order->items[0]->id, "1");
    assert_string_equal(order->items[1]->id, "i1");
    assert_int_equal(order->totals->total_cents, 600 + 3 * 450);
    evt_unref(evt);
    evt = story_said(&story, follower, EVT_ORDER_ITEMS_ADDED);
    assert_non_null(evt);
    assert_int_equal(((Dw__OrderItemsAdded *)(void *)evt->body)->n_items, 1);
    evt_unref(evt);
}

/* How far an item is, and where it is cooked, have events of their own. */
static void an_update_leaves_the_steps_of_an_item(void **state)
{
    Dw__OrderItemStatusChanged *changed =
            (void *)story_about(EVT_ORDER_ITEM_STATUS_CHANGED, "41");
    Dw__KitchenStationAssigned *assigned =
            (void *)story_about(EVT_KITCHEN_STATION_ASSIGNED, "41");
    struct evt *evt;

    (void)state;
    assigned->station = (void *)body_new(&dw__station__descriptor);
    body_set_string(&assigned->station->id, "grill");
    evt_unref(say(EVT_KITCHEN_STATION_ASSIGNED, &assigned->base));
    body_set_string(&changed->item_id, "i1");
    changed->has_status = 1;
    changed->status = DW__ITEM_STATUS__ITEM_STATUS_SERVED;
    evt_unref(say(EVT_ORDER_ITEM_STATUS_CHANGED, &changed->base));
    for (int i = 0; i < 2; i++) {
        Dw__OrderUpdated *updated = new_update("41");
        Dw__Item *item = add_item(
                &updated->order->items, &updated->order->n_items, "Soup");

        body_set_string(&updated->order->notes, i ? "a" : "b");
        item->has_status = i;
        item->status = DW__ITEM_STATUS__ITEM_STATUS_PREPARING;
        evt = say(EVT_ORDER_UPDATED, &updated->base);
        assert_int_equal(order_of(evt->body)->items[0]->status,
                DW__ITEM_STATUS__ITEM_STATUS_SERVED);
        assert_string_equal(order_of(evt->body)->items[0]->station, "grill");
        evt_unref(evt);
    }
}

static void an_update_lowers_no_status_and_shows_a_higher_one(void **state)
{
    static const struct {
        Dw__OrderStatus said, shown;
    } cases[] = {
        { DW__ORDER_STATUS__ORDER_STATUS_PREPARING,
                DW__ORDER_STATUS__ORDER_STATUS_PREPARING },
        { DW__ORDER_STATUS__ORDER_STATUS_CONFIRMED,
                DW__ORDER_STATUS__ORDER_STATUS_PREPARING },
        { DW__ORDER_STATUS__ORDER_STATUS_READY,
                DW__ORDER_STATUS__ORDER_STATUS_READY },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Dw__OrderUpdated *updated = new_update("41");
        struct evt *evt;

        story.now_ms += 60000;
        updated->order->has_status = 1;
        updated->order->status = cases[i].said;
        evt = say(EVT_ORDER_UPDATED, &updated->base);
        assert_int_equal(order_of(evt->body)->status, cases[i].shown);
        evt_unref(evt);
    }
}

/* --- steps --- */

static void a_change_of_status_says_whose_from_what_and_which_version(
        void **state)
{
    static const enum evt_id words[] = { EVT_ORDER_STATUS_CHANGED,
        EVT_KITCHEN_PREPARING };

    (void)state;
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = story_order(i ? "50" : "51", "6");
        Dw__OrderStatusChanged *changed;
        struct evt *evt;

        order_of(body)->session = (void *)body_new(&dw__session__descriptor);
        body_set_string(&order_of(body)->session->key, "0123");
        evt_unref(say(EVT_ORDER_CREATED, body));
        body = story_about(words[i], i ? "50" : "51");
        if (i == 0) {
            changed = (void *)body;
            changed->has_status = 1;
            changed->status = DW__ORDER_STATUS__ORDER_STATUS_PREPARING;
        }
        assert_int_equal(
                story_say(&story, ROLE_BACKEND, words[i], body, NULL), ERR_OK);
        story_commit(&story);
        evt = story_said(&story, follower, EVT_ORDER_STATUS_CHANGED);
        assert_non_null(evt);
        changed = (void *)evt->body;
        assert_string_equal(changed->session->key, "0123");
        assert_string_equal(changed->table->id, "6");
        assert_int_equal(
                changed->previous, DW__ORDER_STATUS__ORDER_STATUS_PENDING);
        assert_int_equal(
                changed->status, DW__ORDER_STATUS__ORDER_STATUS_PREPARING);
        assert_int_equal(changed->version, 2);
        evt_unref(evt);
    }
}

static Dw__Order *order_at_end(const struct evt *evt)
{
    const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(
                    evt->body->descriptor, "order");

    return *(Dw__Order **)(void *)((uint8_t *)evt->body + field->offset);
}

/* Both to the last byte, so also of the same version and moment. */
static void assert_same_order(const Dw__Order *a, const Dw__Order *b)
{
    uint8_t packed[2][2048];
    size_t len = dw__order__get_packed_size(a);

    assert_in_range(len, 1, sizeof(packed[0]));
    assert_int_equal(dw__order__get_packed_size(b), len);
    dw__order__pack(a, packed[0]);
    dw__order__pack(b, packed[1]);
    assert_memory_equal(packed[0], packed[1], len);
}

/* As everybody is shown it by the order.updated that follows. */
static void a_step_that_shows_the_order_shows_it_after_the_step(void **state)
{
    static const struct {
        enum evt_id what;
        Dw__OrderStatus becomes;
    } cases[] = {
        { EVT_ORDER_SERVED, DW__ORDER_STATUS__ORDER_STATUS_SERVED },
        { EVT_ORDER_COMPLETED, DW__ORDER_STATUS__ORDER_STATUS_COMPLETED },
        { EVT_ORDER_CANCELLED, DW__ORDER_STATUS__ORDER_STATUS_CANCELLED },
    };
    char id[] = "50";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Dw__OrderStatusChanged *changed;
        struct evt *step, *after;
        Dw__Order *order;

        id[1]++;
        evt_unref(say(EVT_ORDER_CREATED, story_order(id, "5")));
        changed = (void *)story_about(EVT_ORDER_STATUS_CHANGED, id);
        body_set_string(&changed->status_word, "plating");
        evt_unref(say(EVT_ORDER_STATUS_CHANGED, &changed->base));
        story.now_ms += 60000;
        step = say(cases[i].what, story_about(cases[i].what, id));
        order = order_at_end(step);
        assert_int_equal(order->status, cases[i].becomes);
        assert_null(order->status_word);
        assert_int_equal(order->version, 3);
        assert_int_equal(order->updated_at_ms, story.now_ms);
        after = story_said(&story, follower, EVT_ORDER_UPDATED);
        assert_non_null(after);
        assert_same_order(order, order_at_end(after));
        evt_unref(step);
        evt_unref(after);
    }
}

/* Guests of the one are not shown the other. */
static void a_step_of_one_order_does_not_show_another(void **state)
{
    static const char *const shown[] = { "50", "41" };
    struct evt *step;

    (void)state;
    evt_unref(say(EVT_ORDER_CREATED, story_order("50", "6")));
    for (size_t i = 0; i < 2; i++) {
        step = say(i ? EVT_ORDER_COMPLETED : EVT_ORDER_SERVED,
                made_body(i ? EVT_ORDER_COMPLETED : EVT_ORDER_SERVED,
                        "order_id", "41", "order.id", shown[i],
                        "order.table.id", "5", "order.notes", "thanks", NULL));
        assert_string_equal(order_at_end(step)->id, "41");
        assert_true(made_is(step->body, "order.notes", i ? "thanks" : NULL));
        evt_unref(step);
    }
}

static void a_cancellation_says_why_it_was_asked_for(void **state)
{
    static const struct {
        const char *accepted_because, *said;
    } cases[] = { { NULL, "because" }, { "sold out", "sold out" } };
    char id[] = "50";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *accepted;
        struct evt *evt;

        id[1]++;
        evt_unref(say(EVT_ORDER_CREATED, story_order(id, "5")));
        evt_unref(say(EVT_ORDER_CANCEL_REQUESTED,
                story_about(EVT_ORDER_CANCEL_REQUESTED, id)));
        accepted = story_about(EVT_KITCHEN_CANCEL_ACCEPTED, id);
        body_complete_text(accepted, "reason", cases[i].accepted_because);
        evt = say(EVT_KITCHEN_CANCEL_ACCEPTED, accepted);
        assert_true(made_is(evt->body, "reason", cases[i].said));
        evt_unref(evt);
        evt = story_said(&story, follower, EVT_ORDER_CANCELLED);
        assert_non_null(evt);
        assert_true(made_is(evt->body, "reason", cases[i].said));
        assert_true(made_is(evt->body, "order.cancel_reason", NULL));
        evt_unref(evt);
    }
}

static void a_ticket_keeps_the_number_that_the_kitchen_gave_it(void **state)
{
    ProtobufCMessage *numbered = story_about(EVT_KITCHEN_ACKNOWLEDGED, "41");
    struct evt *evt;

    (void)state;
    body_replace_text(numbered, "kitchen_order_id", "9017");
    evt_unref(say(EVT_KITCHEN_ACKNOWLEDGED, numbered));
    evt = story_said(&story, follower, EVT_ORDER_UPDATED);
    assert_true(made_is(evt->body, "order.kitchen_order_id", "9017"));
    evt_unref(evt);
    evt = say(EVT_KITCHEN_PREPARING, story_about(EVT_KITCHEN_PREPARING, "41"));
    assert_true(made_is(evt->body, "kitchen_order_id", "9017"));
    evt_unref(evt);
}

static void a_known_status_goes_before_a_word(void **state)
{
    Dw__OrderStatusChanged *changed =
            (void *)story_about(EVT_ORDER_STATUS_CHANGED, "41");
    struct evt *evt;

    (void)state;
    changed->has_status = 1;
    changed->status = DW__ORDER_STATUS__ORDER_STATUS_READY;
    body_set_string(&changed->status_word, "plating");
    evt = say(EVT_ORDER_STATUS_CHANGED, &changed->base);
    assert_null(((Dw__OrderStatusChanged *)(void *)evt->body)->status_word);
    evt_unref(evt);
}

static void the_kitchens_time_is_taken_unless_it_says_it(void **state)
{
    (void)state;
    evt_unref(say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41")));
    story.now_ms = STORY_START_MS + 600000;
    for (int i = 0; i < 2; i++) {
        Dw__KitchenCompleted *completed =
                (void *)story_about(EVT_KITCHEN_COMPLETED, "41");
        struct evt *evt;

        completed->has_prep_time_ms = i;
        completed->prep_time_ms = 7;
        evt = say(EVT_KITCHEN_COMPLETED, &completed->base);
        completed = (void *)evt->body;
        assert_int_equal(completed->prep_time_ms, i ? 7 : 600000);
        evt_unref(evt);
    }
}

static void a_recall_says_who_and_from_what(void **state)
{
    static const struct {
        const char *subject, *id, *name;
    } cases[] = {
        { "anna", "anna", NULL },
        { "anna@example.org", "kitchen", "anna@example.org" },
        { "", "kitchen", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal cook = story_principal(ROLE_KITCHEN, "");
        Dw__TicketRecalled *recalled;
        struct evt *evt;

        evt_unref(say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41")));
        snprintf(cook.subject, sizeof(cook.subject), "%s", cases[i].subject);
        recalled = (void *)story_about(EVT_TICKET_RECALLED, "41");
        body_set_string(&recalled->reason, "cold");
        assert_int_equal(story_say_as(&story, &cook, EVT_TICKET_RECALLED,
                                 &recalled->base, NULL),
                ERR_OK);
        story_commit(&story);
        evt = story_said(&story, follower, EVT_TICKET_RECALLED);
        recalled = (void *)evt->body;
        assert_string_equal(recalled->actor->id, cases[i].id);
        if (cases[i].name)
            assert_string_equal(recalled->actor->name, cases[i].name);
        else
            assert_null(recalled->actor->name);
        assert_int_equal(
                recalled->status, DW__ORDER_STATUS__ORDER_STATUS_PREPARING);
        assert_int_equal(
                recalled->previous, DW__ORDER_STATUS__ORDER_STATUS_READY);
        evt_unref(evt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(what_a_new_order_does_not_say_is_made_up),
        T(an_id_that_is_made_up_is_nobody_elses),
        T(items_without_ids_get_their_place_and_no_one_elses),
        T(totals_are_added_up_where_every_item_has_a_price),
        T(totals_that_were_given_stay),
        T(what_is_to_be_paid_follows_from_what_it_costs),
        T(no_totals_are_made_up_without_prices_or_past_all_bounds),
        T(what_guests_order_is_of_their_sitting),
        T(added_items_are_numbered_on_and_cost_more),
        T(added_items_are_whose_the_order_is),
        T(an_added_item_gets_no_number_that_is_taken),
        T(what_an_update_does_not_say_stays),
        T(an_update_that_says_what_it_costs_says_what_is_to_be_paid),
        T(how_often_an_order_has_changed_is_counted_by_the_hub),
        T(how_often_orders_have_changed_is_counted_by_the_hub),
        T(an_update_that_brings_the_prices_brings_the_totals),
        T(the_same_status_in_an_update_takes_back_a_word),
        T(a_payment_in_a_word_of_their_own_stays_until_it_is_known),
        T(an_item_without_an_id_is_known_by_its_name),
        T(an_update_leaves_the_steps_of_an_item),
        T(an_update_lowers_no_status_and_shows_a_higher_one),
        T(a_change_of_status_says_whose_from_what_and_which_version),
        T(a_step_that_shows_the_order_shows_it_after_the_step),
        T(a_step_of_one_order_does_not_show_another),
        T(a_cancellation_says_why_it_was_asked_for),
        T(a_ticket_keeps_the_number_that_the_kitchen_gave_it),
        T(a_known_status_goes_before_a_word),
        T(the_kitchens_time_is_taken_unless_it_says_it),
        T(a_recall_says_who_and_from_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
