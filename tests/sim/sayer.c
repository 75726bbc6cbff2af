#include "tests/sim/sayer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"
#include "tests/support/chance.h"
#include "tests/support/made.h"

#define LATENCY_MS     15
#define LOSES_LETTERS  20   /* of 1000 */
#define DOUBLE_LETTERS 10   /* of 1000 arrive twice */
#define PATIENCE_MS    1500 /* then it is said again, with the same key */
#define ANYTHING       30   /* of 1000: something by chance, valid or not */
#define RUSH           25   /* of 1000: several at once */

static agenda_act say_again;

/* --- orders --- */

static const struct floor_order *some_order(
        struct world *world, struct sayer *s)
{
    uint32_t known = world->floor.order_count < FLOOR_ORDERS
                             ? world->floor.order_count
                             : FLOOR_ORDERS;
    uint32_t back = dice_draw(&s->dice, known < 12 ? known + 1 : 12);

    if (known == 0 || back >= world->floor.order_count)
        return NULL;
    return &world->floor.orders[(world->floor.order_count - 1 - back) %
                                FLOOR_ORDERS];
}

static ProtobufCMessage *new_order(struct world *world, struct sayer *s)
{
    static const char *const dishes[] = { "Soup", "Bread", "Fish", "Beer",
        "Cr\xc3\xa8me" };
    static const char *const stations[] = { "grill", "bar", "kitchen" };
    uint32_t number = world->floor.order_count + 1;
    uint32_t table = dice_draw(&s->dice, WORLD_TABLES) + 1;
    char id[16], at[16];

    if (s->principal.roles & ROLE_TABLE)
        table = (uint32_t)strtoul(s->principal.table, NULL, 10);
    snprintf(id, sizeof(id), "o%u", number);
    snprintf(at, sizeof(at), "%u", table);
    world->floor.orders[world->floor.order_count++ % FLOOR_ORDERS] =
            (struct floor_order){ number, table };
    return made_body(EVT_ORDER_CREATED, "order.id", id, "order.table.id", at,
            "order.items[0].name", dishes[dice_draw(&s->dice, 5)],
            "order.items[0].station", stations[dice_draw(&s->dice, 3)],
            "order.items[1].name", dishes[dice_draw(&s->dice, 5)],
            "order.items[1].station", stations[dice_draw(&s->dice, 3)],
            "order.items[1].unit_price_cents", "450", NULL);
}

static ProtobufCMessage *about(
        struct world *world, struct sayer *s, enum evt_id what)
{
    const struct floor_order *order = some_order(world, s);
    ProtobufCMessage *body;
    char id[16];

    if (!order)
        return NULL;
    snprintf(id, sizeof(id), "o%u", order->number);
    body = body_new(evt_kinds[what].body);
    assert(body);
    body_complete_text(body, "order_id", id);
    body_complete_text(body, "reason", "because");
    return body;
}

static ProtobufCMessage *more_items(struct world *world, struct sayer *s)
{
    const struct floor_order *order = some_order(world, s);
    char id[16], item[16];

    if (!order)
        return NULL;
    snprintf(id, sizeof(id), "o%u", order->number);
    snprintf(item, sizeof(item), "x%u", s->said);
    return made_body(EVT_ORDER_ITEMS_ADDED, "order_id", id, "items[0].id", item,
            "items[0].name", "Wine", "items[0].station", "bar", NULL);
}

static ProtobufCMessage *status(struct world *world, struct sayer *s)
{
    const struct floor_order *order = some_order(world, s);
    char id[16], word[4];

    if (!order)
        return NULL;
    snprintf(id, sizeof(id), "o%u", order->number);
    snprintf(word, sizeof(word), "%u", 2 + dice_draw(&s->dice, 6));
    return made_body(
            EVT_ORDER_STATUS_CHANGED, "order_id", id, "status", word, NULL);
}

/* --- the floor --- */

static ProtobufCMessage *at_table(struct sayer *s, enum evt_id what)
{
    char at[ID_CHARS + 1];

    snprintf(at, sizeof(at), "%u", dice_draw(&s->dice, WORLD_TABLES) + 1);
    if (s->principal.roles & ROLE_TABLE)
        snprintf(at, sizeof(at), "%s", s->principal.table);
    if (what == EVT_SERVICE_CALL_CREATED)
        return made_body(what, "call.table.id", at, "call.reason",
                dice_is(&s->dice, 500) ? "bill" : "water", NULL);
    return made_body(what, "table.id", at, NULL);
}

/* The oldest call that is open, as far as one can see. */
static ProtobufCMessage *handle_call(struct world *world)
{
    const struct shelf_entry *entry = shelf_first(&world->judge.state.calls);
    const Dw__ServiceCall *call = entry ? shelf_message(entry) : NULL;

    return call ? made_body(EVT_SERVICE_CALL_HANDLED, "call.id", call->id,
                          "call.table.id", call->table->id, NULL)
                : NULL;
}

static ProtobufCMessage *answer_alert(struct world *world)
{
    const struct shelf_entry *entry = shelf_first(&world->judge.state.alerts);
    const Dw__Alert *alert = entry ? shelf_message(entry) : NULL;

    return alert ? made_body(
                           EVT_ALERT_ACKNOWLEDGED, "alert_id", alert->id, NULL)
                 : NULL;
}

/* Whatever there is in the catalogue, with values by chance; but nothing that
 * takes somebody's right away. */
static ProtobufCMessage *anything(
        struct world *world, struct sayer *s, enum evt_id *what)
{
    struct chance chance = { dice_next(&s->dice) | 1, world_wall(world),
        &world->judge.state };

    *what = (enum evt_id)dice_draw(&s->dice, EVT_COUNT);
    if (evt_kinds[*what].transient || evt_kinds[*what].takes ||
            !((evt_kinds[*what].from | evt_kinds[*what].from_own) &
                    s->principal.roles))
        return NULL;
    return chance_body(&chance, *what);
}

/* --- who says what, and how often --- */

struct work {
    enum evt_id what;
    uint32_t weight;
};

#define WORKS 12

static const struct job {
    const char *name;
    uint32_t roles;
    int64_t pause_ms;
    struct work works[WORKS];
} jobs[] = {
    { "erp", ROLE_BACKEND, 700,
            { { EVT_ORDER_CREATED, 40 }, { EVT_ORDER_STATUS_CHANGED, 15 },
                    { EVT_ORDER_CANCELLED, 3 }, { EVT_ORDER_ITEMS_ADDED, 10 },
                    { EVT_ORDER_COMPLETED, 20 },
                    { EVT_TABLE_CHECKOUT_COMPLETED, 2 } } },
    { "till", ROLE_POS, 1500,
            { { EVT_ORDER_CREATED, 30 }, { EVT_ORDER_CONFIRMED, 20 },
                    { EVT_ORDER_COMPLETED, 20 },
                    { EVT_TABLE_ACTIVATED, 10 } } },
    { "anna", ROLE_WAITER, 1200,
            { { EVT_ORDER_CREATED, 30 }, { EVT_ORDER_SERVED, 25 },
                    { EVT_SERVICE_CALL_HANDLED, 25 },
                    { EVT_ALERT_ACKNOWLEDGED, 10 },
                    { EVT_ORDER_CANCEL_REQUESTED, 6 },
                    { EVT_TABLE_ACTIVATED, 8 }, { EVT_TABLE_FORCE_RESET, 1 },
                    { EVT_KITCHEN_COMPLETED, 10 },
                    { EVT_ORDER_ITEMS_ADDED, 10 } } },
    { "bob", ROLE_WAITER, 1200,
            { { EVT_ORDER_SERVED, 25 }, { EVT_SERVICE_CALL_HANDLED, 25 },
                    { EVT_ORDER_CREATED, 30 },
                    { EVT_TABLE_CHECKOUT_STARTED, 4 } } },
    { "carl", ROLE_KITCHEN, 700,
            { { EVT_KITCHEN_ACKNOWLEDGED, 30 }, { EVT_KITCHEN_PREPARING, 30 },
                    { EVT_KITCHEN_READY, 30 },
                    { EVT_KITCHEN_CANCEL_ACCEPTED, 6 },
                    { EVT_KITCHEN_CANCEL_REJECTED, 3 },
                    { EVT_KITCHEN_COMPLETED, 10 } } },
    { "dora", ROLE_KITCHEN, 700,
            { { EVT_KITCHEN_PREPARING, 30 }, { EVT_KITCHEN_READY, 30 },
                    { EVT_KITCHEN_ACKNOWLEDGED, 10 },
                    { EVT_TICKET_RECALLED, 3 } } },
    { "eve", ROLE_MANAGER, 3000,
            { { EVT_COURSE_FIRED, 10 }, { EVT_KITCHEN_READY, 20 },
                    { EVT_ORDER_SERVED, 20 },
                    { EVT_SERVICE_CALL_HANDLED, 20 } } },
    { "table-2", ROLE_TABLE, 4000,
            { { EVT_SERVICE_CALL_CREATED, 20 }, { EVT_ORDER_CREATED, 10 } } },
    { "table-3", ROLE_TABLE, 4000,
            { { EVT_SERVICE_CALL_CREATED, 20 },
                    { EVT_TABLE_CHECKOUT_STARTED, 2 } } },
    { "boss", ROLE_BACKEND, 2500,
            { { EVT_ORDER_STATUS_CHANGED, 30 }, { EVT_ORDER_CANCELLED, 5 },
                    { EVT_SERVICE_CALL_CREATED, 10 } } },
};

static enum evt_id choose(struct sayer *s)
{
    const struct work *works = jobs[s->work].works;
    uint32_t total = 0, at;

    for (int i = 0; i < WORKS; i++)
        total += works[i].weight;
    at = dice_draw(&s->dice, total);
    for (int i = 0; i < WORKS; i++) {
        if (at < works[i].weight)
            return works[i].what;
        at -= works[i].weight;
    }
    return works[0].what;
}

/* NULL: there is nothing of which it could be said. */
static ProtobufCMessage *make(
        struct world *world, struct sayer *s, enum evt_id *what)
{
    if (dice_is(&s->dice, ANYTHING))
        return anything(world, s, what);
    *what = choose(s);
    switch (*what) {
    case EVT_ORDER_CREATED:
        return new_order(world, s);
    case EVT_ORDER_ITEMS_ADDED:
        return more_items(world, s);
    case EVT_ORDER_STATUS_CHANGED:
        return status(world, s);
    case EVT_COURSE_FIRED:
        return about(world, s, *what);
    case EVT_SERVICE_CALL_HANDLED:
        return handle_call(world);
    case EVT_ALERT_ACKNOWLEDGED:
        return answer_alert(world);
    case EVT_SERVICE_CALL_CREATED:
    case EVT_TABLE_ACTIVATED:
    case EVT_TABLE_CHECKOUT_STARTED:
    case EVT_TABLE_CHECKOUT_COMPLETED:
    case EVT_TABLE_FORCE_RESET:
        return at_table(s, *what);
    default:
        return about(world, s, *what);
    }
}

/* --- saying it --- */

static void on_arrival(struct world *world, void *who, uint64_t unused)
{
    struct letter *letter = who;

    (void)unused;
    if (world->is_over)
        letter_free(letter);
    else
        house_hear(world, letter);
}

static void post(struct world *world, struct sayer *s, uint32_t slot)
{
    const struct request *request = &s->requests[slot];
    struct letter *letter = calloc(1, sizeof(*letter));

    assert(letter);
    letter->sayer = s->index;
    letter->request = request->number;
    letter->from = s->principal;
    letter->what = request->what;
    letter->body = body_copy(request->body);
    memcpy(letter->key, request->key, sizeof(letter->key));
    if (!letter->body) /* by chance it has holes */
        letter->body = body_new(evt_kinds[request->what].body);
    world_in(world, dice_pause(&s->dice, LATENCY_MS), on_arrival, letter, 0);
}

static void send(struct world *world, struct sayer *s, uint32_t slot)
{
    struct request *request = &s->requests[slot];
    bool is_lost = !world->is_calm && dice_is(&s->dice, LOSES_LETTERS);

    request->tries++;
    if (!is_lost)
        post(world, s, slot);
    if (dice_is(&s->dice, DOUBLE_LETTERS))
        post(world, s, slot);
    world_in(world, PATIENCE_MS + dice_draw(&s->dice, PATIENCE_MS), say_again,
            s, request->number);
}

static void say_again(struct world *world, void *who, uint64_t number)
{
    struct sayer *s = who;

    for (uint32_t i = 0; i < SAYER_REQUESTS && !world->is_over; i++)
        if (s->requests[i].number == number)
            send(world, s, i);
}

static void say(struct world *world, struct sayer *s)
{
    uint32_t slot = 0;
    enum evt_id what;
    ProtobufCMessage *body;

    while (slot < SAYER_REQUESTS && s->requests[slot].number != 0)
        slot++;
    if (slot == SAYER_REQUESTS)
        return; /* it waits for answers */
    body = make(world, s, &what);
    if (!body)
        return;
    s->requests[slot] =
            (struct request){ .number = ++s->said, .what = what, .body = body };
    snprintf(s->requests[slot].key, sizeof(s->requests[slot].key), "%s-%u",
            jobs[s->work].name, s->said);
    trace_note("%s is said", s->requests[slot].key, 0, 0, 0);
    send(world, s, slot);
}

static void work(struct world *world, void *who, uint64_t unused)
{
    struct sayer *s = who;
    uint32_t times = dice_is(&s->dice, RUSH) ? SAYER_REQUESTS : 1;

    (void)unused;
    if (world->is_over || world->is_calm)
        return;
    while (times-- > 0)
        say(world, s);
    world_in(world, dice_pause(&s->dice, s->pause_ms), work, s, 0);
}

/* What may be tried again is said again when patience ends. */
void sayer_answered(
        struct world *world, uint32_t sayer, uint32_t request, enum err err)
{
    struct sayer *s = &world->sayers[sayer];

    if (err == ERR_UNAUTHORIZED)
        s->principal.issued_at_ms = world_wall(world); /* a token of now */
    if (err_kinds[err].retry)
        return;
    for (uint32_t i = 0; i < SAYER_REQUESTS; i++) {
        if (s->requests[i].number != request)
            continue;
        body_free(s->requests[i].body);
        s->requests[i] = (struct request){ 0 };
    }
}

bool sayers_are_done(const struct world *world)
{
    for (uint32_t i = 0; i < WORLD_SAYERS; i++)
        for (uint32_t n = 0; n < SAYER_REQUESTS; n++)
            if (world->sayers[i].requests[n].number != 0)
                return false;
    return true;
}

void sayers_begin(struct world *world)
{
    _Static_assert(sizeof(jobs) / sizeof(jobs[0]) == WORLD_SAYERS, "jobs");
    for (uint32_t i = 0; i < WORLD_SAYERS; i++) {
        struct sayer *s = &world->sayers[i];

        s->index = i;
        s->work = i;
        s->dice = dice_of(world->seed, 10 + i);
        s->pause_ms = jobs[i].pause_ms;
        s->principal.roles = jobs[i].roles;
        s->principal.issued_at_ms = world_wall(world);
        snprintf(s->principal.subject, sizeof(s->principal.subject), "%s",
                jobs[i].name);
        if (jobs[i].roles & ROLE_TABLE)
            snprintf(s->principal.table, sizeof(s->principal.table), "%s",
                    jobs[i].name + strlen("table-"));
        world_in(world, dice_pause(&s->dice, s->pause_ms), work, s, 0);
    }
}

void sayers_end(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_SAYERS; i++)
        for (uint32_t n = 0; n < SAYER_REQUESTS; n++)
            body_free(world->sayers[i].requests[n].body);
}
