#include "tests/sim/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/mqtt/inbox.h"
#include "bridge/mqtt/outbox.h"
#include "hub/hub.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

#define SITE        "main"
#define POSITION    "mqtt"
#define RETRY_MS    400
#define REMEMBER_MS 1000
#define PUMPS       8
#define MOST_MIDS   65535
#define LINK_HEARD  256

struct link {
    bool is_up;
    bool is_trying;
    struct queued heard[LINK_HEARD]; /* not dealt with yet */
    uint32_t heard_count;
    uint32_t taken[LINK_HEARD]; /* to be acknowledged after the commit */
    uint32_t taken_count;
    int last_mid;
    int64_t remembered_ms;
    uint64_t remembered;
    struct uplink uplink; /* nothing of it is used but what outbox looks at */
    struct admit admit;
    struct tongues tongues;
    struct inbox inbox;
    struct outbox outbox;
    struct states states;
};

static struct world *linked; /* the outbox knows only its uplink */

static agenda_act try_to_link;

/* --- in place of bridge/mqtt/uplink.c: what the outbox asks of it --- */

/* Does any device listen to it? All others are programs, of which there are
 * none here: the broker takes what is for them, and that is all. */
static bool is_for_devices(const char *topic)
{
    const char *rest = strstr(topic, "/" SITE "/");

    rest = rest ? rest + strlen("/" SITE "/") : topic;
    return strncmp(rest, "dev/", 4) == 0 || strncmp(rest, "pb/", 3) == 0 ||
           strncmp(rest, "receipt/", 8) == 0;
}

int uplink_publish(struct uplink *link, const char *topic, const void *data,
        size_t len, int qos, bool retain)
{
    struct link *own = linked->link;
    struct message *message = NULL;

    (void)link;
    (void)qos;
    if (is_for_devices(topic))
        message = message_new(topic, data, len, retain);
    own->last_mid = own->last_mid % MOST_MIDS + 1;
    broker_say(linked, 0, own->last_mid, message);
    return own->last_mid;
}

/* --- what the hub calls --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct link *link = owner;

    if (!linked->house.is_falling)
        inbox_settle(&link->inbox, ticket, settlement);
}

static void on_wake(void *owner)
{
    (void)owner; /* the turn ends in link_flush */
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

/* --- coming and going --- */

static void try_again(struct world *world)
{
    struct link *link = world->link;

    if (link->is_trying)
        return;
    link->is_trying = true;
    world_in(world, dice_pause(&world->broker.dice, RETRY_MS), try_to_link,
            NULL, world->house.life);
}

static void drop_heard(struct link *link)
{
    for (uint32_t i = 0; i < link->heard_count; i++)
        message_unref(link->heard[i].message);
    link->heard_count = link->taken_count = 0;
}

/* The link is gone; the hub is not. */
void link_lost(struct world *world)
{
    struct link *link = world->link;

    if (!link->is_up)
        return;
    trace_note("the hub's link is lost%s", "", 0, 0, 0);
    link->is_up = false;
    drop_heard(link);
    inbox_discard_receipts(&link->inbox);
    outbox_stop(&link->outbox);
    try_again(world);
}

void link_lose_house(struct world *world)
{
    struct link *link = world->link;

    drop_heard(link);
    if (link->outbox.client)
        outbox_stop(&link->outbox);
    broker_drop(world, 0);
    link->is_up = link->is_trying = false;
}

/* As mqtt_open. */
void link_open(struct world *world)
{
    struct link *link = world->link;

    if (!world->weather.has_mqtt)
        return;
    linked = world;
    memset(link, 0, sizeof(*link));
    admit_init(&link->admit, world->house.hub, SITE, NULL);
    link->inbox = (struct inbox){ .hub = world->house.hub,
        .site = SITE,
        .tongues = &link->tongues,
        .admit = &link->admit,
        .authority = AUTHORITY_HUB,
        .outlet = &outlet,
        .owner = link };
    link->outbox = (struct outbox){ .hub = world->house.hub,
        .site = SITE,
        .link = &link->uplink,
        .states = &link->states,
        .outlet = &outlet,
        .owner = link };
    link->remembered = hub_recall(world->house.hub, POSITION);
    track_reset(&link->outbox.track, link->remembered);
    states_reset(&link->states, link->remembered);
    try_again(world);
}

/* As greet in bridge/mqtt/mqtt.c. */
static void try_to_link(struct world *world, void *who, uint64_t life)
{
    struct link *link = world->link;
    char topic[TOPIC_CHARS + 1];

    (void)who;
    if (world->is_over || life != world->house.life || !world->house.hub)
        return;
    link->is_trying = false;
    if (!broker_connect(world, 0, NULL)) {
        try_again(world);
        return;
    }
    link->is_up = true;
    if (outbox_start(&link->outbox) != ERR_OK)
        abort();
    trace_note(
            "the hub is linked%s from %llu", "", link->outbox.track.last, 0, 0);
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (topic_rows[i].filter &&
                topic_print(SITE, topic_rows[i].filter, topic))
            broker_subscribe(world, 0, topic);
    house_await(world);
}

/* --- in --- */

void link_heard(struct world *world, uint32_t mid, struct message *message)
{
    struct link *link = world->link;

    if (!link->is_up || link->heard_count == LINK_HEARD)
        return;
    link->heard[link->heard_count++] =
            (struct queued){ mid, message_ref(message) };
    house_await(world);
}

void link_take(struct world *world)
{
    struct link *link = world->link;

    for (uint32_t i = 0; i < link->heard_count; i++) {
        struct message *message = link->heard[i].message;
        const struct mosquitto_message heard = {
            .mid = (int)link->heard[i].mid,
            .topic = message->topic,
            .payload = message->data,
            .payloadlen = (int)message->len,
            .qos = 1,
            .retain = message->retain,
        };

        trace_note(
                "the hub hears %s", message->topic, link->heard[i].mid, 0, 0);
        inbox_take(&link->inbox, &heard, world_wall(world));
        link->taken[link->taken_count++] = link->heard[i].mid;
        message_unref(message);
    }
    link->heard_count = 0;
}

/* --- out --- */

static void send_receipts(struct link *link)
{
    char topic[TOPIC_CHARS + 1], client[ID_CHARS + 1];
    struct buf text;

    buf_init(&text, RECEIPT_BYTES);
    while (inbox_next_receipt(&link->inbox, client, &text)) {
        if (topic_print_id(SITE, "receipt", client, "", topic))
            outbox_send_receipt(&link->outbox, topic, text.data, text.len);
        buf_clear(&text);
    }
    buf_finish(&text);
}

/* Nobody here looks at retained pictures; but they have their place in what
 * the broker acknowledges. */
static void send_states(struct world *world)
{
    struct link *link = world->link;
    int64_t now_ms = world_wall(world);
    char topic[TOPIC_CHARS + 1];
    struct room room;

    if (!states_are_due(&link->states, now_ms))
        return;
    while (link->outbox.track.count < OUTBOX_OUTSTANDING &&
            states_next(&link->states, &room))
        if (topic_print_room(SITE, "state", &room, topic))
            outbox_send_retained(&link->outbox, topic, "", 0);
    states_swept(&link->states, now_ms, now_ms);
}

static void remember(struct world *world)
{
    struct link *link = world->link;
    uint64_t position = outbox_position(&link->outbox);

    if (position == link->remembered ||
            world->now_ms - link->remembered_ms < REMEMBER_MS)
        return;
    hub_remember(world->house.hub, POSITION, position);
    link->remembered = position;
    link->remembered_ms = world->now_ms;
}

static void acknowledge(struct world *world)
{
    struct link *link = world->link;

    for (uint32_t i = 0; i < link->taken_count; i++)
        broker_acked(world, 0, link->taken[i]);
    link->taken_count = 0;
}

/* As mqtt_flush. */
void link_flush(struct world *world)
{
    struct link *link = world->link;
    bool more = true;

    if (!link->is_up)
        return;
    if (link->inbox.must_drop) {
        link->inbox.must_drop = false;
        broker_drop(world, 0);
        link_lost(world);
        return;
    }
    acknowledge(world);
    send_receipts(link);
    for (int i = 0; more && i < PUMPS; i++) {
        more = outbox_pump(&link->outbox, world_wall(world));
        if (!more)
            send_states(world);
    }
    if (more)
        house_await(world);
    remember(world);
}

void link_published(struct world *world, int token)
{
    struct link *link = world->link;

    if (!link->is_up)
        return;
    track_acked(&link->outbox.track, token);
    if (link->outbox.client && hub_has_next(link->outbox.client))
        house_await(world);
}

void link_begin(struct world *world)
{
    world->link = calloc(1, sizeof(*world->link));
    assert(world->link);
}

void link_end(struct world *world)
{
    free(world->link);
}
