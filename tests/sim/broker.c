#include "tests/sim/broker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/trace.h"
#include "tests/sim/world.h"

#define LATENCY_MS 8
#define WILL_MS    1500
#define DOWN_MS    2500
#define LIFE_BITS  32

/* --- messages --- */

struct message *message_new(
        const char *topic, const void *data, size_t len, bool retain)
{
    struct message *message = calloc(1, sizeof(*message) + len + 1);

    assert(message && strlen(topic) < BROKER_TOPIC);
    message->refs = 1;
    message->retain = retain;
    memcpy(message->topic, topic, strlen(topic));
    message->len = len;
    memcpy(message->data, data, len);
    return message;
}

struct message *message_ref(struct message *message)
{
    message->refs++;
    return message;
}

void message_unref(struct message *message)
{
    if (message && --message->refs == 0)
        free(message);
}

/* Levels of a filter; + is any one of them, # all that follow. */
static bool matches(const char *filter, const char *topic)
{
    while (*filter && *filter != '#') {
        size_t want = strcspn(filter, "/"), have = strcspn(topic, "/");

        if (!(want == 1 && *filter == '+') &&
                (want != have || memcmp(filter, topic, want) != 0))
            return false;
        filter += want + (filter[want] == '/');
        topic += have + (topic[have] == '/');
        if ((*filter == '\0') != (*topic == '\0') && *filter != '#')
            return false;
    }
    return true;
}

/* --- towards a session --- */

static int64_t arrival(struct world *world, int64_t *last_ms)
{
    int64_t at = world->now_ms + dice_pause(&world->broker.dice, LATENCY_MS);

    *last_ms = at > *last_ms ? at : *last_ms;
    return *last_ms;
}

static void hear(struct world *world, uint32_t session, uint32_t mid,
        struct message *message)
{
    world->tally.messages++;
    if (session == 0)
        link_heard(world, mid, message);
    else
        gear_heard(world, session - 1, mid, message);
}

struct flight {
    uint32_t session, mid;
    uint64_t number;
};

static void on_flight(struct world *world, void *who, uint64_t unused)
{
    struct flight *flight = who;
    struct session *session = &world->broker.sessions[flight->session];

    (void)unused;
    for (uint32_t i = 0; !world->is_over && i < session->count; i++)
        if (session->is_connected && session->number == flight->number &&
                session->queue[i].mid == flight->mid) {
            hear(world, flight->session, flight->mid,
                    session->queue[i].message);
            break;
        }
    free(flight);
}

static void send_some(struct world *world, uint32_t index)
{
    struct session *session = &world->broker.sessions[index];

    while (session->is_connected && session->sent < session->count &&
            session->sent < BROKER_WINDOW) {
        struct flight *flight = malloc(sizeof(*flight));

        assert(flight);
        *flight = (struct flight){ index, session->queue[session->sent].mid,
            session->number };
        session->sent++;
        agenda_put(&world->agenda, arrival(world, &session->hears_ms),
                on_flight, flight, 0);
    }
}

static void queue_for(
        struct world *world, uint32_t index, struct message *message)
{
    struct session *session = &world->broker.sessions[index];

    if (session->count == BROKER_QUEUE)
        return;
    session->queue[session->count++] =
            (struct queued){ ++session->last_mid, message_ref(message) };
    send_some(world, index);
}

void broker_acked(struct world *world, uint32_t index, uint32_t mid)
{
    struct session *session = &world->broker.sessions[index];

    for (uint32_t i = 0; i < session->sent; i++) {
        if (session->queue[i].mid != mid)
            continue;
        message_unref(session->queue[i].message);
        memmove(&session->queue[i], &session->queue[i + 1],
                (--session->count - i) * sizeof(session->queue[0]));
        session->sent--;
        break;
    }
    send_some(world, index);
}

/* --- publishing --- */

/* What a device's own state is; else what is of no session here: none. */
static uint32_t retained_of(const struct world *world, const char *topic)
{
    for (uint32_t i = 1; i < BROKER_SESSIONS && i <= GEARS; i++) {
        const char *at = strstr(topic, gear_id(world, i - 1));

        if (at && strcmp(at + strlen(gear_id(world, i - 1)), "/state") == 0)
            return i;
    }
    return 0;
}

static void publish(struct world *world, struct message *message)
{
    struct broker *broker = &world->broker;
    uint32_t at = message->retain ? retained_of(world, message->topic) : 0;
    struct message *live;

    if (at) {
        message_unref(broker->retained[at]);
        broker->retained[at] = message_ref(message);
    }
    /* Whoever hears it now is not told that it is retained. */
    live = message_new(message->topic, message->data, message->len, false);
    for (uint32_t i = 0; i < BROKER_SESSIONS; i++)
        for (uint32_t n = 0; n < broker->sessions[i].filter_count; n++)
            if (matches(broker->sessions[i].filters[n], message->topic)) {
                queue_for(world, i, live);
                break;
            }
    message_unref(live);
}

void broker_subscribe(struct world *world, uint32_t index, const char *filter)
{
    struct session *session = &world->broker.sessions[index];
    uint32_t n = 0;

    while (n < session->filter_count &&
            strcmp(session->filters[n], filter) != 0)
        n++;
    assert(n < BROKER_FILTERS && strlen(filter) < BROKER_TOPIC);
    if (n == session->filter_count)
        strncpy(session->filters[session->filter_count++], filter,
                BROKER_TOPIC - 1);
    for (uint32_t i = 0; i < BROKER_SESSIONS; i++)
        if (world->broker.retained[i] &&
                matches(filter, world->broker.retained[i]->topic))
            queue_for(world, index, world->broker.retained[i]);
}

struct voyage {
    uint32_t session;
    uint64_t number;
    int token;
    struct message *message;
};

static bool is_still_there(
        const struct world *world, const struct voyage *voyage)
{
    const struct session *session = &world->broker.sessions[voyage->session];

    return !world->is_over && session->is_connected &&
           session->number == voyage->number;
}

static void on_receipt(struct world *world, void *who, uint64_t unused)
{
    struct voyage *voyage = who;

    (void)unused;
    if (is_still_there(world, voyage) && voyage->session == 0)
        link_published(world, voyage->token);
    else if (is_still_there(world, voyage))
        gear_published(world, voyage->session - 1, voyage->token);
    free(voyage);
}

static void on_voyage(struct world *world, void *who, uint64_t unused)
{
    struct voyage *voyage = who;
    struct session *session = &world->broker.sessions[voyage->session];

    (void)unused;
    if (!is_still_there(world, voyage)) {
        message_unref(voyage->message);
        free(voyage);
        return;
    }
    if (voyage->message)
        publish(world, voyage->message);
    message_unref(voyage->message);
    voyage->message = NULL;
    agenda_put(&world->agenda, arrival(world, &session->hears_ms), on_receipt,
            voyage, 0);
}

void broker_say(
        struct world *world, uint32_t index, int token, struct message *message)
{
    struct session *session = &world->broker.sessions[index];
    struct voyage *voyage = malloc(sizeof(*voyage));

    assert(voyage);
    *voyage = (struct voyage){ index, session->number, token, message };
    agenda_put(&world->agenda, arrival(world, &session->says_ms), on_voyage,
            voyage, 0);
}

/* --- coming and going --- */

bool broker_connect(struct world *world, uint32_t index, struct message *will)
{
    struct session *session = &world->broker.sessions[index];

    if (world->broker.is_down) {
        message_unref(will);
        return false;
    }
    message_unref(session->will);
    session->will = will;
    session->is_connected = true;
    session->number++;
    session->sent = 0;
    session->hears_ms = session->says_ms = world->now_ms;
    send_some(world, index);
    return true;
}

/* Number: which session, and which of its connections. */
static void on_will(struct world *world, void *who, uint64_t number)
{
    struct session *session = &world->broker.sessions[number >> LIFE_BITS];

    (void)who;
    if (world->is_over || world->broker.is_down || session->is_connected ||
            (uint32_t)session->number != (uint32_t)number || !session->will)
        return;
    publish(world, session->will);
    message_unref(session->will);
    session->will = NULL;
}

void broker_drop(struct world *world, uint32_t index)
{
    struct session *session = &world->broker.sessions[index];

    if (!session->is_connected)
        return;
    session->is_connected = false;
    session->sent = 0;
    if (session->will)
        world_in(world, dice_pause(&world->broker.dice, WILL_MS), on_will, NULL,
                (uint64_t)index << LIFE_BITS | (uint32_t)session->number);
}

static void forget(struct session *session)
{
    for (uint32_t i = 0; i < session->count; i++)
        message_unref(session->queue[i].message);
    message_unref(session->will);
    session->will = NULL;
    session->count = session->sent = session->filter_count = 0;
}

static void forget_all(struct world *world)
{
    struct broker *broker = &world->broker;

    for (uint32_t i = 0; i < BROKER_SESSIONS; i++) {
        forget(&broker->sessions[i]);
        message_unref(broker->retained[i]);
        broker->retained[i] = NULL;
    }
}

static void on_up(struct world *world, void *who, uint64_t unused)
{
    (void)who;
    (void)unused;
    if (!world->is_over)
        world->broker.is_down = false;
}

static void kill_it(struct world *world)
{
    struct broker *broker = &world->broker;

    world->tally.broker_kills++;
    trace_note("the broker is killed%s", "", 0, 0, 0);
    for (uint32_t i = 0; i < BROKER_SESSIONS; i++) {
        bool was_connected = broker->sessions[i].is_connected;

        broker->sessions[i].is_connected = false;
        if (was_connected && i == 0)
            link_lost(world);
        else if (was_connected)
            gear_lost(world, i - 1);
    }
    forget_all(world);
    broker->is_down = true;
    world_in(world, dice_pause(&broker->dice, DOWN_MS), on_up, NULL, 0);
}

static void cut(struct world *world, uint32_t index)
{
    if (!world->broker.sessions[index].is_connected)
        return;
    world->tally.cuts++;
    trace_note("session%s %llu is cut", "", index, 0, 0);
    broker_drop(world, index);
    if (index == 0)
        link_lost(world);
    else
        gear_lost(world, index - 1);
}

void broker_trouble(struct world *world, struct dice *dice)
{
    if (world->broker.is_down)
        return;
    if (dice_is(dice, 400))
        kill_it(world);
    else
        cut(world, dice_draw(dice, GEARS + 1));
}

void broker_begin(struct world *world)
{
    world->broker.dice = dice_of(world->seed, 3);
}

void broker_end(struct world *world)
{
    forget_all(world);
}
