#include "bridge/demo_evening.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/buf.h"
#include "hub/base/log.h"
#include "hub/hub.h"
#include "schemas/picture.pb-c.h"
#include "schemas/roles.h"

#define BODY_BYTES   8192
#define SECOND       ((int64_t)1000)
#define ORDER_PREFIX "demo-"

struct dish {
    const char *name;
    uint32_t cents;
    uint32_t course;
    const char *allergens;
    const char *choices;
};

static const struct dish dishes[] = {
#define DISH(...) { __VA_ARGS__ },
#include "bridge/demo.def"
#undef DISH
};

#define DISH_COUNT (sizeof(dishes) / sizeof(dishes[0]))
_Static_assert(DISH_COUNT >= 5 && DISH_COUNT <= 32, "see choose_dish");

static const char *const wishes[] = { "birthday: candle, please",
    "bring everything at once", "in a hurry", "table by the window",
    "sauce apart\nno salt", "second plate to share" };

/* What becomes of an order, and how long after it the next step comes. */
struct step {
    const char *event;
    int64_t least_s, most_s;
};

static const struct step steps[] = {
    { "kitchen.acknowledged", 3, 8 },
    { "kitchen.preparing", 14, 30 },
    { "kitchen.ready", 6, 14 },
    { "order.served", 15, 40 },
    { "order.completed", 1, 1 },
};

enum { STEP_PREPARING = 1, STEP_COUNT = sizeof(steps) / sizeof(steps[0]) };

/* --- chance --- */

static uint64_t draw(struct evening *evening)
{
    uint64_t x = evening->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return evening->random = x;
}

static uint32_t between(struct evening *evening, uint32_t least, uint32_t most)
{
    return least + (uint32_t)(draw(evening) % (most - least + 1));
}

static bool chance(struct evening *evening, uint32_t percent)
{
    return between(evening, 1, 100) <= percent;
}

static int64_t soon(struct evening *evening, int64_t now_ms, int64_t least_s,
        int64_t most_s)
{
    return now_ms +
           between(evening, (uint32_t)least_s * 1000, (uint32_t)most_s * 1000);
}

/* --- speaking --- */

/* State an event whose body is in `json`; finishes it. */
static enum err state(struct evening *evening, const char *event,
        struct buf *json, int64_t now_ms)
{
    struct heard heard = { 0 };
    struct fault fault = { 0 };
    struct submission submission = { .from = &evening->till };
    enum err err = ERR_NO_MEMORY;

    if (!json->failed)
        err = dialect_hear(event, json->data, json->len, &heard, &fault);
    if (err == ERR_OK) {
        submission.what = heard.what;
        submission.body = heard.body;
        /* A fact in both modes of authority: see the header. */
        err = hub_submit(evening->hub, &submission, now_ms, &fault);
    }
    if (err != ERR_OK && err != ERR_IMPOSSIBLE && err != ERR_NOT_FOUND &&
            err != ERR_UNAVAILABLE) {
        evening->refused++;
        log_debug("demo: %s: %s: %s", event, fault.field, fault.text);
    }
    buf_finish(json);
    return err;
}

static void put_table(struct buf *json, uint32_t table)
{
    buf_printf(json, "\"table\":{\"id\":\"%u\",\"number\":%u}", table, table);
}

/* ["a","b"] from "a|b". */
static void put_list(struct buf *json, const char *list)
{
    char word[64];

    buf_putc(json, '[');
    while (*list) {
        size_t len = strcspn(list, "|");

        snprintf(word, sizeof(word), "%.*s", (int)len, list);
        buf_put_json(json, word);
        list += len;
        if (*list == '|') {
            buf_putc(json, ',');
            list++;
        }
    }
    buf_putc(json, ']');
}

/* One of them, by chance, as a list of modifiers. */
static void put_choice(
        struct evening *evening, struct buf *json, const char *list)
{
    uint32_t count = 1, skip;
    char word[64];

    for (const char *c = list; *c; c++)
        count += *c == '|';
    for (skip = between(evening, 0, count - 1); skip > 0; skip--)
        list = strchr(list, '|') + 1;
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(list, "|"), list);
    buf_puts(json, "[{\"name\":");
    buf_put_json(json, word);
    buf_puts(json, "}]");
}

/* A dish that the order has not had yet; `had` has a bit for each. */
static const struct dish *choose_dish(struct evening *evening, uint32_t *had)
{
    uint32_t i;

    do
        i = between(evening, 0, (uint32_t)DISH_COUNT - 1);
    while (*had & (1u << i));
    *had |= 1u << i;
    return &dishes[i];
}

/* One dish as an item; returns what it costs. */
static uint32_t put_item(
        struct evening *evening, struct buf *json, uint64_t id, uint32_t *had)
{
    const struct dish *dish = choose_dish(evening, had);
    uint32_t quantity = chance(evening, 25) ? between(evening, 2, 4) : 1;

    buf_printf(json, "{\"id\":\"%" PRIu64 "\",\"name\":", id);
    buf_put_json(json, dish->name);
    buf_printf(json, ",\"quantity\":%u,\"unitPriceCents\":%u,\"course\":%u",
            quantity, dish->cents, dish->course);
    buf_puts(json, ",\"allergens\":");
    put_list(json, dish->allergens);
    if (chance(evening, 40)) {
        buf_puts(json, ",\"modifiers\":");
        put_choice(evening, json, dish->choices);
    }
    if (chance(evening, 12)) {
        buf_puts(json, ",\"notes\":");
        buf_put_json(json, wishes[between(evening, 0, 5)]);
    }
    buf_putc(json, '}');
    return quantity * dish->cents;
}

/* --- orders --- */

static struct evening_order *free_slot(struct evening *evening)
{
    for (uint32_t i = 0; i < EVENING_ORDERS; i++)
        if (!*evening->orders[i].id)
            return &evening->orders[i];
    return NULL;
}

/* Guests like the tables with a pager best, so that one rings soon. */
static uint32_t choose_table(struct evening *evening)
{
    return chance(evening, 35) ? between(evening, 4, 5)
                               : between(evening, 1, EVENING_TABLES);
}

static void put_order(struct evening *evening, struct buf *json,
        const struct evening_order *order)
{
    uint32_t count = between(evening, 1, 5), total = 0, had = 0;

    buf_printf(json, "{\"order\":{\"id\":\"%s\",\"number\":\"%" PRIu64 "\",",
            order->id, evening->number);
    put_table(json, order->table);
    buf_printf(json, ",\"source\":\"till\",\"priority\":\"%s\",\"items\":[",
            chance(evening, 8) ? "express" : "normal");
    for (uint32_t i = 1; i <= count; i++) {
        if (i > 1)
            buf_putc(json, ',');
        total += put_item(evening, json, i, &had);
    }
    buf_printf(json, "],\"totals\":{\"totalCents\":%u,\"currency\":\"EUR\"}",
            total);
    if (chance(evening, 15)) {
        buf_puts(json, ",\"notes\":");
        buf_put_json(json, wishes[between(evening, 0, 5)]);
    }
    buf_puts(json, "}}");
}

static void open_order(struct evening *evening, int64_t now_ms)
{
    struct evening_order *order = free_slot(evening);
    struct buf json;

    evening->next_order_ms = soon(evening, now_ms, 4, 10);
    if (!order)
        return;
    buf_init(&json, BODY_BYTES);
    evening->number++;
    order->table = choose_table(evening);
    snprintf(order->id, sizeof(order->id), ORDER_PREFIX "%" PRIx64 "-%" PRIu64,
            (uint64_t)now_ms / 1000, evening->number);
    put_order(evening, &json, order);
    order->step = 0;
    order->next_ms = soon(evening, now_ms, 2, 6);
    if (state(evening, "order.created", &json, now_ms) != ERR_OK)
        *order->id = '\0';
    hub_remember(evening->hub, "demo", evening->number);
}

static enum err state_about(struct evening *evening, const char *event,
        const struct evening_order *order, const char *more, int64_t now_ms)
{
    struct buf json;

    buf_init(&json, BODY_BYTES);
    buf_printf(&json, "{\"orderId\":\"%s\",", order->id);
    put_table(&json, order->table);
    buf_puts(&json, more);
    buf_putc(&json, '}');
    return state(evening, event, &json, now_ms);
}

static void add_items(struct evening *evening,
        const struct evening_order *order, int64_t now_ms)
{
    struct buf items;
    uint32_t had = 0;

    buf_init(&items, BODY_BYTES);
    buf_puts(&items, ",\"items\":[");
    put_item(evening, &items, 100, &had); /* an id of its own */
    buf_puts(&items, "]");
    buf_putc(&items, '\0');
    if (!items.failed)
        state_about(evening, "order.items_added", order, items.data, now_ms);
    buf_finish(&items);
}

/* A guest changes their mind; the kitchen agrees, or has begun already. */
static void ask_to_cancel(struct evening *evening,
        const struct evening_order *order, int64_t now_ms)
{
    bool late = chance(evening, 50);

    if (state_about(evening, "order.cancel_requested", order,
                ",\"reason\":\"guest changed their mind\"", now_ms) != ERR_OK)
        return;
    if (late)
        state_about(evening, "kitchen.cancel_rejected", order,
                ",\"reason\":\"already on the stove\"", now_ms);
    else
        state_about(evening, "kitchen.cancel_accepted", order, "", now_ms);
}

/*
 * The next step, unless somebody has taken it already; then the one after.
 * When nothing can be stored the step waits.
 */
static void move_on(
        struct evening *evening, struct evening_order *order, int64_t now_ms)
{
    const struct step *step = &steps[order->step];
    enum err err;

    if (order->step == STEP_PREPARING && chance(evening, 6))
        ask_to_cancel(evening, order, now_ms);
    err = state_about(evening, step->event, order, "", now_ms);
    order->next_ms = soon(evening, now_ms, step->least_s, step->most_s);
    if (err == ERR_UNAVAILABLE)
        return;
    if (order->step == STEP_PREPARING && err == ERR_OK && chance(evening, 10))
        add_items(evening, order, now_ms);
    if (++order->step == STEP_COUNT)
        *order->id = '\0';
}

/* --- the floor --- */

static void call_waiter(struct evening *evening, int64_t now_ms)
{
    static const char *const reasons[] = { "water", "bill", "waiter" };
    struct buf json;

    buf_init(&json, BODY_BYTES);
    buf_puts(&json, "{\"call\":{");
    put_table(&json, between(evening, 1, EVENING_TABLES));
    buf_printf(&json, ",\"reason\":\"%s\"}}", reasons[between(evening, 0, 2)]);
    state(evening, "service_call.created", &json, now_ms);
    evening->next_call_ms = soon(evening, now_ms, 25, 60);
}

static void handle_call(
        struct evening *evening, const Dw__ServiceCall *call, int64_t now_ms)
{
    struct buf json;

    buf_init(&json, BODY_BYTES);
    buf_puts(&json, "{\"call\":{\"id\":");
    buf_put_json(&json, call->id);
    buf_puts(&json, ",\"table\":{\"id\":");
    buf_put_json(&json, call->table->id);
    buf_puts(&json, "}");
    if (call->reason) {
        buf_puts(&json, ",\"reason\":");
        buf_put_json(&json, call->reason);
    }
    buf_puts(&json, ",\"by\":{\"id\":\"mia\",\"name\":\"Mia\"}}}");
    state(evening, "service_call.handled", &json, now_ms);
}

static void acknowledge(
        struct evening *evening, const Dw__Alert *alert, int64_t now_ms)
{
    struct buf json;

    buf_init(&json, BODY_BYTES);
    buf_puts(&json, "{\"alertId\":");
    buf_put_json(&json, alert->id);
    buf_puts(&json, ",\"acknowledged\":true,"
                    "\"by\":{\"id\":\"mia\",\"name\":\"Mia\"}}");
    state(evening, "alert.acknowledged", &json, now_ms);
}

/* The waiters look round: who has been waiting for a while? */
static void look_round(struct evening *evening, int64_t now_ms)
{
    struct room waiters = { 0 };
    Dw__Picture *picture;

    evening->next_look_ms = now_ms + 5 * SECOND;
    room_make(ROOM_INDEX_WAITERS, "", &waiters);
    picture = hub_picture(evening->hub, ROLE_HUB, &waiters, 1);
    if (!picture)
        return;
    for (size_t i = 0; i < picture->n_calls; i++)
        if (picture->calls[i]->id && picture->calls[i]->table &&
                picture->calls[i]->status !=
                        DW__CALL_STATUS__CALL_STATUS_HANDLED &&
                picture->calls[i]->created_at_ms + 12 * SECOND < now_ms)
            handle_call(evening, picture->calls[i], now_ms);
    for (size_t i = 0; i < picture->n_alerts; i++)
        if (picture->alerts[i]->id && !picture->alerts[i]->acknowledged &&
                picture->alerts[i]->created_at_ms + 25 * SECOND < now_ms)
            acknowledge(evening, picture->alerts[i], now_ms);
    hub_picture_free(picture);
}

/* --- an evening before this one --- */

static uint32_t step_after(Dw__OrderStatus status)
{
    if (status <= DW__ORDER_STATUS__ORDER_STATUS_CONFIRMED)
        return 0;
    if (status >= DW__ORDER_STATUS__ORDER_STATUS_COMPLETED)
        return STEP_COUNT;
    return (uint32_t)status - DW__ORDER_STATUS__ORDER_STATUS_CONFIRMED;
}

static void take_up(
        struct evening *evening, const Dw__Order *old, int64_t now_ms)
{
    struct evening_order *order = free_slot(evening);
    uint32_t step = step_after(old->status);

    if (!order || step == STEP_COUNT || !old->table ||
            strncmp(old->id, ORDER_PREFIX, strlen(ORDER_PREFIX)) != 0)
        return;
    snprintf(order->id, sizeof(order->id), "%s", old->id);
    order->table = old->table->number;
    order->step = step;
    order->next_ms = soon(evening, now_ms, 2, 15);
}

static void take_up_all(struct evening *evening, int64_t now_ms)
{
    struct room kitchen = { 0 };
    Dw__Picture *picture;

    room_make(ROOM_INDEX_KITCHEN, "", &kitchen);
    picture = hub_picture(evening->hub, ROLE_HUB, &kitchen, 1);
    for (size_t i = 0; picture && i < picture->n_orders; i++)
        take_up(evening, picture->orders[i], now_ms);
    if (picture)
        hub_picture_free(picture);
}

void evening_init(
        struct evening *evening, struct hub *hub, uint64_t seed, int64_t now_ms)
{
    *evening = (struct evening){ .hub = hub,
        .till = { .roles = ROLE_BACKEND, .subject = "demo-till" },
        .random = seed ? seed : 1,
        .number = hub_recall(hub, "demo"),
        .next_order_ms = now_ms + SECOND,
        .next_call_ms = now_ms + 15 * SECOND,
        .next_look_ms = now_ms + 5 * SECOND };
    take_up_all(evening, now_ms);
}

void evening_tick(struct evening *evening, int64_t now_ms)
{
    for (uint32_t i = 0; i < EVENING_ORDERS; i++) {
        struct evening_order *order = &evening->orders[i];

        if (*order->id && order->next_ms <= now_ms)
            move_on(evening, order, now_ms);
    }
    if (evening->next_order_ms <= now_ms)
        open_order(evening, now_ms);
    if (evening->next_call_ms <= now_ms)
        call_waiter(evening, now_ms);
    if (evening->next_look_ms <= now_ms)
        look_round(evening, now_ms);
}

uint32_t evening_open_orders(const struct evening *evening)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < EVENING_ORDERS; i++)
        count += *evening->orders[i].id != '\0';
    return count;
}
