#include "tests/support/story.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "schemas/device.pb-c.h"
#include "schemas/floor.pb-c.h"
#include "schemas/order.pb-c.h"

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct story *story = owner;

    if (story->is_forgetful && story->settled_count >= STORY_SETTLED) {
        story->settled_count++;
        return;
    }
    assert(story->settled_count < STORY_SETTLED);
    story->tickets[story->settled_count] = ticket;
    story->settled[story->settled_count++] = *settlement;
}

static void on_wake(void *owner)
{
    ((struct story *)owner)->woken++;
}

const struct outlet story_outlet = { .settled = on_settled, .wake = on_wake };

void story_begin(struct story *story, const char *path)
{
    struct hub_options options = { .path = path ? path : ":memory:",
        .seed = 42 };

    *story = (struct story){ .now_ms = STORY_START_MS };
    if (hub_open(&story->hub, &options, story->now_ms) != ERR_OK)
        abort();
}

void story_end(struct story *story)
{
    hub_close(story->hub);
    story->hub = NULL;
}

struct principal story_principal(uint32_t mask, const char *own)
{
    struct principal principal = { .roles = mask };

    snprintf(principal.subject, sizeof(principal.subject), "tester");
    if (mask & ROLE_TABLE)
        snprintf(principal.table, sizeof(principal.table), "%s", own);
    if (mask & ROLE_DEVICE) {
        snprintf(principal.device, sizeof(principal.device), "%s", own);
        snprintf(principal.subject, sizeof(principal.subject), "%s", own);
    }
    return principal;
}

static Dw__TableRef *table_ref(const char *id)
{
    Dw__TableRef *table = (void *)body_new(&dw__table_ref__descriptor);

    body_set_string(&table->id, id);
    return table;
}

ProtobufCMessage *story_order(const char *id, const char *table)
{
    Dw__OrderCreated *created =
            (void *)body_new(&dw__order_created__descriptor);
    Dw__Order *order = (void *)body_new(&dw__order__descriptor);
    Dw__Item *item = (void *)body_new(&dw__item__descriptor);

    created->order = order;
    body_set_string(&order->id, id);
    if (table)
        order->table = table_ref(table);
    body_set_string(&item->id, "i1");
    body_set_string(&item->name, "Soup");
    item->quantity = 2;
    item->has_quantity = 1;
    item->has_unit_price_cents = 1;
    item->unit_price_cents = 450;
    order->items = malloc(sizeof(Dw__Item *));
    order->items[0] = item;
    order->n_items = 1;
    return &created->base;
}

ProtobufCMessage *story_about(enum evt_id what, const char *order_id)
{
    ProtobufCMessage *body = body_new(evt_kinds[what].body);

    body_complete_text(body, "order_id", order_id);
    if (what == EVT_ORDER_CANCEL_REQUESTED ||
            what == EVT_KITCHEN_CANCEL_REJECTED)
        body_complete_text(body, "reason", "because");
    return body;
}

ProtobufCMessage *story_call(const char *table, const char *reason)
{
    Dw__ServiceCallCreated *created =
            (void *)body_new(&dw__service_call_created__descriptor);

    created->call = (void *)body_new(&dw__service_call__descriptor);
    created->call->table = table_ref(table);
    if (reason)
        body_set_string(&created->call->reason, reason);
    return &created->base;
}

ProtobufCMessage *story_online(const char *kind, uint32_t boot)
{
    Dw__DeviceOnline *online = (void *)body_new(&dw__device_online__descriptor);

    body_set_string(&online->kind, kind);
    online->boot = boot;
    if (strcmp(kind, "pager") == 0)
        online->table = table_ref("5");
    return &online->base;
}

enum err story_say_as(struct story *story, const struct principal *from,
        enum evt_id what, ProtobufCMessage *body, const char *key)
{
    struct submission submission = {
        .from = from,
        .what = what,
        .body = body,
        .key = key,
        .outlet = &story_outlet,
        .owner = story,
        .ticket = story->settled_count + 1,
    };

    return hub_submit(story->hub, &submission, story->now_ms, &story->fault);
}

enum err story_say(struct story *story, uint32_t mask, enum evt_id what,
        ProtobufCMessage *body, const char *key)
{
    struct principal from = story_principal(mask, "5");

    return story_say_as(story, &from, what, body, key);
}

enum err story_commit(struct story *story)
{
    return hub_commit(story->hub, story->now_ms);
}

struct hub_client *story_listener(
        struct story *story, uint32_t mask, const char *room)
{
    struct principal principal = story_principal(mask, "5");
    struct hub_client *client;
    struct joined joined;
    struct room parsed;

    if (!room_parse(room, strlen(room), &parsed) ||
            hub_attach(story->hub, &principal, &story_outlet, story, &client) !=
                    ERR_OK ||
            hub_join(story->hub, client, &parsed, 1, NULL, story->now_ms,
                    &joined, &story->fault) != ERR_OK)
        abort();
    return client;
}

struct hub_client *story_follower(struct story *story)
{
    struct principal principal = story_principal(ROLE_HUB, "");
    struct hub_client *client;

    if (hub_attach(story->hub, &principal, &story_outlet, story, &client) !=
                    ERR_OK ||
            hub_join_all(story->hub, client, hub_head(story->hub)) != ERR_OK)
        abort();
    return client;
}

struct evt *story_said(
        struct story *story, struct hub_client *client, enum evt_id what)
{
    struct delivery delivery;

    while (hub_next(story->hub, client, &delivery)) {
        if (delivery.evt->what == what)
            return delivery.evt;
        evt_unref(delivery.evt);
    }
    return NULL;
}

enum evt_id story_next(struct story *story, struct hub_client *client,
        uint64_t *seq, struct room *room)
{
    struct delivery delivery;
    enum evt_id what;

    if (!hub_next(story->hub, client, &delivery))
        return EVT_NONE;
    what = delivery.evt->what;
    if (seq)
        *seq = delivery.evt->seq;
    if (room)
        *room = delivery.evt->rooms[delivery.room];
    evt_unref(delivery.evt);
    return what;
}
