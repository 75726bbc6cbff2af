#include "bridge/mqtt/mqtt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/dialect/dialect.h"
#include "bridge/mqtt/discovery.h"
#include "bridge/mqtt/inbox.h"
#include "bridge/mqtt/outbox.h"
#include "bridge/mqtt/states.h"
#include "bridge/mqtt/topics.h"
#include "bridge/mqtt/uplink.h"
#include "hub/base/log.h"
#include "hub/hub.h"

#define POSITION       "mqtt" /* under which the hub keeps how far we are */
#define REMEMBER_MS    1000   /* it is kept no more often than this */
#define PUMPS_PER_TURN 8      /* then others have their turn */
#define OFFLINE        "{\"s\":\"offline\"}"

struct mqtt {
    struct hub *hub;
    char site[ID_CHARS + 1];
    uint32_t greeted; /* the link's generation that we have said hello to */
    int64_t remembered_ms;
    uint64_t remembered;
    uv_timer_t sweep; /* so that a turn comes when pictures are due */
    int open_parts;   /* sweep and link; at 0 the memory goes */
    struct buf text;  /* for whatever is being said */
    struct uplink link;
    struct admit admit;
    int64_t cleared_ms; /* who was retired until then has no state any more */
    struct inbox inbox;
    struct outbox outbox;
    struct states states;
    struct discovery discovery;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- what the hub and the link call --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct mqtt *mqtt = owner;

    inbox_settle(&mqtt->inbox, ticket, settlement);
}

/* The turn that woke us ends in mqtt_flush, which asks hub_next anyway. */
static void on_wake(void *owner)
{
    (void)owner;
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

static void on_heard(void *owner, const struct mosquitto_message *message)
{
    struct mqtt *mqtt = owner;

    if (!discovery_take(&mqtt->discovery, message->topic, message->payload,
                (size_t)message->payloadlen, message->retain))
        inbox_take(&mqtt->inbox, message, now_ms());
}

static void on_acked(void *owner, int mid)
{
    struct mqtt *mqtt = owner;

    track_acked(&mqtt->outbox.track, mid);
}

/* The barrier: with a transaction open nothing leaves; its commit ends in
 * mqtt_flush. */
static void on_ready(void *owner)
{
    struct mqtt *mqtt = owner;

    if (!hub_is_open(mqtt->hub))
        mqtt_flush(mqtt);
}

static const struct uplink_calls uplink_calls = { on_heard, on_acked,
    on_ready };

static void on_sweep(uv_timer_t *timer)
{
    on_ready(timer->data);
}

/* --- saying --- */

static void send_retained(struct mqtt *mqtt, const char *topic)
{
    if (!mqtt->text.failed)
        outbox_send_retained(
                &mqtt->outbox, topic, mqtt->text.data, mqtt->text.len);
}

static void say_online(struct mqtt *mqtt)
{
    char topic[TOPIC_CHARS + 1], ts[ISO_CHARS + 1], epoch[EPOCH_CHARS + 1];

    dialect_print_time(now_ms(), ts);
    epoch_print(hub_epoch(mqtt->hub), epoch);
    buf_clear(&mqtt->text);
    buf_printf(&mqtt->text,
            "{\"s\":\"online\",\"epoch\":\"%s\",\"seq\":%" PRIu64
            ",\"build\":\"%s\",\"ts\":\"%s\"}",
            epoch, hub_head(mqtt->hub), DUMBWAITER_VERSION, ts);
    if (topic_print(mqtt->site, "hub/state", topic))
        send_retained(mqtt, topic);
}

static void subscribe(struct mqtt *mqtt, enum topic_kind kind)
{
    char topic[TOPIC_CHARS + 1];

    if (topic_rows[kind].filter &&
            topic_print(mqtt->site, topic_rows[kind].filter, topic))
        uplink_subscribe(&mqtt->link, topic);
}

/* There is room again for who has gone while there was none: who subscribes
 * again is told again what is retained. */
static void read_states_again(struct mqtt *mqtt)
{
    if (!mqtt->inbox.has_missed_state ||
            !hub_takes(mqtt->hub, EVT_DEVICE_OFFLINE))
        return;
    mqtt->inbox.has_missed_state = false;
    subscribe(mqtt, TOPIC_STATE);
}

/* What of its topics the broker has kept comes to discovery_take. */
static void read_discovery(struct mqtt *mqtt)
{
    char topic[TOPIC_CHARS + 1];

    mqtt->discovery.is_behind = false;
    for (int i = 0; discovery_filter(&mqtt->discovery, i, topic); i++)
        uplink_subscribe(&mqtt->link, topic);
}

/* The link has come up: subscribe, say so, follow the journal. */
static void greet(struct mqtt *mqtt)
{
    const struct room kitchen = { .kind = ROOM_INDEX_KITCHEN };
    const struct room waiters = { .kind = ROOM_INDEX_WAITERS };

    mqtt->greeted = mqtt->link.generation;
    mqtt->cleared_ms = 0;
    mqtt->inbox.has_missed_state = false; /* all are about to come */
    outbox_stop(&mqtt->outbox); /* of a link that was lost unnoticed */
    if (outbox_start(&mqtt->outbox) != ERR_OK) {
        uplink_drop(&mqtt->link, "the journal cannot be followed");
        return;
    }
    for (int i = 0; i < TOPIC_COUNT; i++)
        subscribe(mqtt, (enum topic_kind)i);
    discovery_restart(&mqtt->discovery, mqtt->outbox.client);
    read_discovery(mqtt);
    say_online(mqtt);
    states_touch(&mqtt->states, &kitchen);
    states_touch(&mqtt->states, &waiters);
    log_info("mqtt: %s linked to %s port %u", mqtt->site, mqtt->link.host,
            mqtt->link.port);
}

static void send_receipts(struct mqtt *mqtt)
{
    char topic[TOPIC_CHARS + 1], client[ID_CHARS + 1];

    for (;;) {
        buf_clear(&mqtt->text);
        if (!inbox_next_receipt(&mqtt->inbox, client, &mqtt->text))
            return;
        if (topic_print_id(mqtt->site, "receipt", client, "", topic))
            outbox_send_receipt(
                    &mqtt->outbox, topic, mqtt->text.data, mqtt->text.len);
    }
}

static void send_states(struct mqtt *mqtt, int64_t now)
{
    char topic[TOPIC_CHARS + 1];
    struct room room;

    if (!states_are_due(&mqtt->states, now))
        return;
    while (mqtt->outbox.track.count < OUTBOX_OUTSTANDING &&
            states_next(&mqtt->states, &room)) {
        buf_clear(&mqtt->text);
        states_put(&mqtt->states, mqtt->hub, &room, &mqtt->text);
        if (topic_print_room(mqtt->site, "state", &room, topic))
            send_retained(mqtt, topic);
    }
    if (mqtt->states.count == 0)
        states_swept(&mqtt->states, now, now_ms());
}

static void send_discovery(struct mqtt *mqtt, int64_t now)
{
    struct discovery *discovery = &mqtt->discovery;
    char topic[TOPIC_CHARS + 1];

    if (discovery->is_behind && !discovery_waits(discovery))
        read_discovery(mqtt);
    if (!discovery_is_due(discovery, now))
        return;
    while (mqtt->outbox.track.count < OUTBOX_OUTSTANDING &&
            discovery_next(discovery, topic, &mqtt->text))
        send_retained(mqtt, topic);
    discovery_told(discovery, now);
}

/* Who was retired is not there, nor was it: an empty message clears what the
 * broker keeps of it. */
static void clear_retired(struct mqtt *mqtt)
{
    const struct member *member;
    char topic[TOPIC_CHARS + 1];

    if (mqtt->inbox.is_stale)
        mqtt->cleared_ms = 0;
    mqtt->inbox.is_stale = false;
    while (mqtt->outbox.track.count < OUTBOX_OUTSTANDING &&
            (member = admit_next_retired(&mqtt->admit, mqtt->cleared_ms))) {
        if (topic_print_id(mqtt->site, "dev", member_topic_id(member), "/state",
                    topic))
            outbox_send_retained(&mqtt->outbox, topic, "", 0);
        mqtt->cleared_ms = member->at_ms;
    }
}

/* Receipts first: they are few, and their producers wait. */
static void say_all(struct mqtt *mqtt)
{
    int64_t now = now_ms();
    bool more = true;

    send_receipts(mqtt);
    clear_retired(mqtt);
    read_states_again(mqtt);
    for (int i = 0; more && i < PUMPS_PER_TURN; i++) {
        more = outbox_pump(&mqtt->outbox, now);
        if (!more) {
            send_states(mqtt, now);
            send_discovery(mqtt, now);
        }
        if (!uplink_write(&mqtt->link, more))
            return; /* lost, or the socket is full: `ready` comes */
    }
    if ((mqtt->states.count > 0 || discovery_waits(&mqtt->discovery)) &&
            !uv_is_active((uv_handle_t *)&mqtt->sweep))
        uv_timer_start(&mqtt->sweep, on_sweep, STATES_PAUSE_MS, 0);
}

/* On disk with the next commit. Often would cost a commit each time; what is
 * published twice after a crash is known by its id. */
static void remember(struct mqtt *mqtt)
{
    uint64_t position = outbox_position(&mqtt->outbox);
    int64_t now = now_ms();

    if (position == mqtt->remembered ||
            (now - mqtt->remembered_ms < REMEMBER_MS &&
                    now >= mqtt->remembered_ms))
        return;
    hub_remember(mqtt->hub, POSITION, position);
    mqtt->remembered = position;
    mqtt->remembered_ms = now;
}

/* --- the interface --- */

static void set_up_discovery(
        struct mqtt *mqtt, const struct mqtt_options *options)
{
    const struct home_place place = { .prefix = options->home_prefix,
        .site = mqtt->site,
        .client = options->home_client };

    discovery_init(
            &mqtt->discovery, mqtt->hub, &place, options->home_assistant);
}

enum err mqtt_open(struct mqtt **out, const struct mqtt_options *options)
{
    struct mqtt *mqtt = calloc(1, sizeof(*mqtt));
    char will_topic[TOPIC_CHARS + 1];
    struct uplink_options link = { .loop = options->loop,
        .calls = &uplink_calls,
        .owner = mqtt,
        .host = options->host,
        .port = options->port,
        .client_id = options->client_id,
        .user = options->user,
        .password = options->password,
        .will_topic = will_topic,
        .will = OFFLINE,
        .most_pause_ms = options->most_pause_ms };
    enum err err;

    if (!mqtt)
        return ERR_NO_MEMORY;
    if (!id_is_valid(options->site, strlen(options->site))) {
        free(mqtt);
        return ERR_BAD_ID;
    }
    mqtt->hub = options->hub;
    memcpy(mqtt->site, options->site, strlen(options->site));
    buf_init(&mqtt->text, STATE_BYTES);
    admit_init(&mqtt->admit, mqtt->hub, mqtt->site, options->members);
    mqtt->inbox = (struct inbox){ .hub = mqtt->hub,
        .site = mqtt->site,
        .sites = options->sites,
        .tongues = options->tongues,
        .admit = &mqtt->admit,
        .authority = options->authority,
        .outlet = &outlet,
        .owner = mqtt };
    mqtt->outbox = (struct outbox){ .hub = mqtt->hub,
        .site = mqtt->site,
        .link = &mqtt->link,
        .states = &mqtt->states,
        .discovery = &mqtt->discovery,
        .outlet = &outlet,
        .owner = mqtt };
    set_up_discovery(mqtt, options);
    mqtt->remembered = hub_recall(mqtt->hub, POSITION);
    track_reset(&mqtt->outbox.track, mqtt->remembered);
    states_reset(&mqtt->states, mqtt->remembered);

    mqtt->open_parts = 2;
    mqtt->sweep.data = mqtt;
    uv_timer_init(options->loop, &mqtt->sweep);
    topic_print(mqtt->site, "hub/state", will_topic);
    err = uplink_open(&mqtt->link, &link);
    if (err != ERR_OK) {
        mqtt_close(mqtt);
        return err;
    }
    *out = mqtt;
    return ERR_OK;
}

static void part_closed(struct mqtt *mqtt)
{
    if (--mqtt->open_parts > 0)
        return;
    discovery_finish(&mqtt->discovery);
    buf_finish(&mqtt->text);
    free(mqtt);
}

static void on_link_closed(void *owner)
{
    part_closed(owner);
}

static void on_sweep_closed(uv_handle_t *timer)
{
    part_closed(timer->data);
}

void mqtt_close(struct mqtt *mqtt)
{
    char topic[TOPIC_CHARS + 1];

    if (!mqtt)
        return;
    if (mqtt->link.is_up && !hub_is_open(mqtt->hub)) {
        if (topic_print(mqtt->site, "hub/state", topic))
            uplink_publish(
                    &mqtt->link, topic, OFFLINE, sizeof(OFFLINE) - 1, 1, true);
        uplink_bye(&mqtt->link);
    }
    outbox_stop(&mqtt->outbox);
    hub_forget(mqtt->hub, mqtt);
    hub_forget(mqtt->hub, &mqtt->admit);
    hub_remember(mqtt->hub, POSITION, outbox_position(&mqtt->outbox));
    uplink_close(&mqtt->link, on_link_closed);
    uv_close((uv_handle_t *)&mqtt->sweep, on_sweep_closed);
}

void mqtt_look(struct mqtt *mqtt)
{
    admit_look(&mqtt->admit, now_ms());
}

void mqtt_flush(struct mqtt *mqtt)
{
    if (mqtt->inbox.must_drop) {
        mqtt_reject(mqtt);
        return;
    }
    if (!mqtt->link.is_up) {
        inbox_discard_receipts(&mqtt->inbox);
        if (mqtt->outbox.client)
            outbox_stop(&mqtt->outbox);
        uplink_write(&mqtt->link, false);
        return;
    }
    if (mqtt->greeted != mqtt->link.generation)
        greet(mqtt);
    if (mqtt->link.is_up)
        say_all(mqtt);
    remember(mqtt);
}

void mqtt_reject(struct mqtt *mqtt)
{
    mqtt->inbox.must_drop = false;
    inbox_discard_receipts(&mqtt->inbox);
    outbox_stop(&mqtt->outbox);
    if (mqtt->link.client)
        uplink_drop(&mqtt->link, "what came in could not be stored");
}

bool mqtt_is_connected(const struct mqtt *mqtt)
{
    return mqtt->link.is_up;
}
