#include "devices/core/device.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "devices/core/message.h"
#include "devices/core/text.h"
#include "devices/core/topic.h"
#include "schemas/envelope.pb-c.h"
#include "schemas/rooms.h"

#define BOOT_KEY "boot"

static const char *const fact_patterns[] = {
    [FACT_EVT] = "dev/%d/evt",
    [FACT_ACK] = "dev/%d/ack",
};

/* A topic of ours; device_start has made sure that it fits. */
static void own_topic(const struct device *device, const char *pattern,
        char out[DEVICE_TOPIC_BYTES])
{
    bool fits = topic_make(out, pattern, device->config.site, device->config.id,
            device->config.table);

    assert(fits);
    (void)fits;
}

static bool count_boot(struct device *device)
{
    uint8_t kept[4] = { 0 };

    if (device->platform->load(device->platform->ctx, BOOT_KEY, kept,
                sizeof(kept)) == sizeof(kept))
        for (uint32_t i = 0; i < sizeof(kept); i++)
            device->boot = device->boot << 8 | kept[i];
    device->boot++;
    for (uint32_t i = 0; i < sizeof(kept); i++)
        kept[i] = (uint8_t)(device->boot >> (24 - 8 * i));
    return device->platform->keep(
            device->platform->ctx, BOOT_KEY, kept, sizeof(kept));
}

static bool topics_fit(const struct device *device)
{
    char topic[DEVICE_TOPIC_BYTES];

    if (device->config.table &&
            !id_is_valid(device->config.table, strlen(device->config.table)))
        return false;
    if (device->config.station && !id_is_valid(device->config.station,
                                          strlen(device->config.station)))
        return false;
    if (device->kind->needs_table && !device->config.table)
        return false;
    return topic_make(topic, "dev/%d/state", device->config.site,
            device->config.id, device->config.table);
}

bool device_start(struct device *device, const struct device_kind *kind,
        const struct device_config *config,
        const struct device_platform *platform,
        const struct device_memory *memory, uint64_t now_ms)
{
    *device = (struct device){ .config = *config,
        .platform = platform,
        .kind = kind,
        .state = memory->state,
        .now_ms = now_ms,
        .wake_ms = UINT64_MAX };
    arena_init(&device->arena, memory->arena, memory->arena_bytes);
    parts_init(&device->parts, memory->message, memory->message_bytes);
    memset(memory->state, 0, kind->state_bytes);

    if (!topics_fit(device) || !count_boot(device))
        return false;
    if (kind->on_start)
        kind->on_start(device);
    return true;
}

/* --- presence --- */

static void state_text(
        const struct device *device, bool online, char out[DEVICE_STATE_BYTES])
{
    snprintf(out, DEVICE_STATE_BYTES, "{\"s\":\"%s\",\"boot\":%lu,\"ts\":0}",
            online ? "online" : "offline", (unsigned long)device->boot);
}

void device_will(const struct device *device, char topic[DEVICE_TOPIC_BYTES],
        char state[DEVICE_STATE_BYTES])
{
    own_topic(device, "dev/%d/state", topic);
    state_text(device, false, state);
}

static int publish_state(struct device *device, bool online)
{
    char topic[DEVICE_TOPIC_BYTES];
    char state[DEVICE_STATE_BYTES];

    own_topic(device, "dev/%d/state", topic);
    state_text(device, online, state);
    return device->platform->publish(
            device->platform->ctx, topic, state, strlen(state), true);
}

/* Not through the outbox: on a new link it is said anew, with a new id. */
static void publish_info(struct device *device)
{
    Dw__DeviceOnline body = DW__DEVICE_ONLINE__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    uint8_t bytes[DEVICE_FACT_BYTES];
    char topic[DEVICE_TOPIC_BYTES];
    size_t len;

    body.kind = (char *)device->kind->name; /* only read */
    body.boot = device->boot;
    body.station = (char *)device->config.station;
    body.firmware = (char *)device->config.firmware;
    table.id = (char *)device->config.table;
    body.table = table.id ? &table : NULL;
    device_make_id(device, id);
    len = message_encode(bytes, sizeof(bytes), id,
            DW__ENVELOPE__BODY_DEVICE_ONLINE, &body.base);
    own_topic(device, "dev/%d/info", topic);
    device->platform->publish(device->platform->ctx, topic, bytes, len, false);
}

/* Send what waits, as far as the platform takes it. */
static void flush(struct device *device)
{
    struct outbox_fact *fact;
    char topic[DEVICE_TOPIC_BYTES];

    while (device->stage == DEVICE_ONLINE &&
            (fact = outbox_next(&device->outbox, device->now_ms))) {
        own_topic(device, fact_patterns[fact->topic], topic);
        fact->token = device->platform->publish(
                device->platform->ctx, topic, fact->bytes, fact->len, false);
        if (fact->token == 0)
            return;
        fact->sent_ms = device->now_ms;
    }
}

void device_announce(struct device *device)
{
    if (device->stage == DEVICE_ONLINE)
        publish_info(device);
}

static void become_online(struct device *device)
{
    device->stage = DEVICE_ONLINE;
    publish_info(device);
    publish_state(device, true);
    device->platform->led(device->platform->ctx, true);
    device_show(device, "online");
    flush(device);
}

bool device_on_link(struct device *device, uint64_t now_ms)
{
    char topic[DEVICE_TOPIC_BYTES];

    device->now_ms = now_ms;
    device->stage = DEVICE_JOINING;
    device->joining = 0;
    for (size_t i = 0; i < 2 && device->kind->listen[i]; i++) {
        own_topic(device, device->kind->listen[i], topic);
        if (!device->platform->subscribe(device->platform->ctx, topic))
            return false;
        device->joining++;
    }
    if (device->joining == 0)
        become_online(device);
    return true;
}

void device_on_subscribed(struct device *device, uint64_t now_ms)
{
    device->now_ms = now_ms;
    if (device->stage != DEVICE_JOINING || device->joining == 0)
        return;
    if (--device->joining == 0)
        become_online(device);
}

void device_on_link_lost(struct device *device, uint64_t now_ms)
{
    device->now_ms = now_ms;
    if (device->stage == DEVICE_ONLINE)
        device_show(device, "offline");
    device->stage = DEVICE_OFFLINE;
    device->parts.open = false;
    device->platform->led(device->platform->ctx, false);
    outbox_unsend(&device->outbox);
}

int device_leave(struct device *device, uint64_t now_ms)
{
    device->now_ms = now_ms;
    device->platform->buzz(device->platform->ctx, false);
    if (device->stage == DEVICE_OFFLINE)
        return 0;
    return publish_state(device, false);
}

/* --- what is said --- */

void device_make_id(struct device *device, uint8_t id[DEVICE_ID_BYTES])
{
    uint64_t time_ms = device->platform->wall_ms(device->platform->ctx);
    uint32_t noise[2];

    for (uint32_t i = 0; i < 2; i++)
        noise[i] = device->platform->random(device->platform->ctx);
    if (time_ms == 0 && device->server_heard)
        time_ms = device->now_ms + device->server_ahead_ms;

    /* A ULID: 48 bits of time, then 80 that never come twice: which start,
     * which fact of it, and 40 random ones to tell devices apart. */
    device->facts++;
    for (uint32_t i = 0; i < 6; i++)
        id[i] = (uint8_t)(time_ms >> (40 - 8 * i));
    for (uint32_t i = 0; i < 4; i++)
        id[6 + i] = (uint8_t)(noise[0] >> (8 * i));
    id[10] = (uint8_t)noise[1];
    id[11] = (uint8_t)(device->boot >> 8);
    id[12] = (uint8_t)device->boot;
    for (uint32_t i = 0; i < 3; i++)
        id[13 + i] = (uint8_t)(device->facts >> (16 - 8 * i));
}

bool device_say(struct device *device, const struct fact *fact)
{
    struct outbox_fact *slot = outbox_add(&device->outbox);

    if (!slot)
        return false;
    if (fact->id)
        memcpy(slot->id, fact->id, DEVICE_ID_BYTES);
    else
        device_make_id(device, slot->id);
    slot->topic = fact->topic;
    slot->len = message_encode(slot->bytes, sizeof(slot->bytes), slot->id,
            fact->field, fact->body);
    assert(slot->len > 0); /* kinds say only short things */
    if (fact->keep_ms)
        slot->give_up_ms = device->now_ms + fact->keep_ms;
    flush(device);
    return true;
}

void device_on_published(struct device *device, int token, uint64_t now_ms)
{
    uint8_t id[DEVICE_ID_BYTES];

    device->now_ms = now_ms;
    if (outbox_settle(&device->outbox, token, id) && device->kind->on_told)
        device->kind->on_told(device, id);
    flush(device);
}

void device_show(struct device *device, const char *format, ...)
{
    char line[DEVICE_LINE_BYTES];
    char printable[DEVICE_LINE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    text_printable(printable, sizeof(printable), line);
    device->platform->show(device->platform->ctx, printable);
}

/* --- what is heard --- */

/* Messages wait in the broker, so the highest difference is the true one. */
static void learn_clock(struct device *device, const Dw__Notification *note)
{
    uint64_t ahead;

    if (!note->has_ts_ms || note->ts_ms < device->now_ms)
        return;
    ahead = note->ts_ms - device->now_ms;
    if (!device->server_heard || ahead > device->server_ahead_ms)
        device->server_ahead_ms = ahead;
    device->server_heard = true;
}

/* Unix milliseconds, or 0 while nobody has told us the time. */
static uint64_t wall_ms(const struct device *device)
{
    uint64_t wall = device->platform->wall_ms(device->platform->ctx);

    if (wall == 0 && device->server_heard)
        wall = device->now_ms + device->server_ahead_ms;
    return wall;
}

uint64_t device_end_ms(
        const struct device *device, const Dw__Notification *note)
{
    uint64_t wall = wall_ms(device);

    if (!note->has_exp_ms || note->exp_ms == 0 || wall == 0)
        return UINT64_MAX;
    if (note->exp_ms <= wall)
        return device->now_ms;
    if (note->exp_ms - wall > UINT64_MAX - device->now_ms)
        return UINT64_MAX;
    return device->now_ms + (note->exp_ms - wall);
}

uint64_t device_age_ms(
        const struct device *device, const Dw__Notification *note)
{
    uint64_t wall = wall_ms(device);

    if (!note->has_ts_ms || wall <= note->ts_ms)
        return 0;
    return wall - note->ts_ms;
}

bool device_is_late(const struct device *device, const Dw__Notification *note)
{
    return device_end_ms(device, note) <= device->now_ms;
}

const Dw__Notification *device_decode(
        struct device *device, const uint8_t *bytes, size_t len)
{
    return message_decode(&device->arena, bytes, len);
}

/* Is it one of the topics that the kind listens to? */
static bool is_ours(const struct device *device, bool *is_job)
{
    char topic[DEVICE_TOPIC_BYTES];

    for (size_t i = 0; i < 2 && device->kind->listen[i]; i++) {
        own_topic(device, device->kind->listen[i], topic);
        if (strcmp(topic, device->parts.topic) == 0) {
            *is_job = strncmp(device->kind->listen[i], "dev/", 4) == 0;
            return true;
        }
    }
    return false;
}

/*
 * A room's message is acted on once and in time. A job or command goes to the
 * kind as often as it comes: an answer to it may have been lost, and the kind
 * knows what it has done already.
 */
static enum device_take hear(struct device *device)
{
    struct device_message message = { .bytes = device->parts.bytes,
        .len = device->parts.total };
    bool is_job = false;

    /* Commands are never retained: an old one must not ring at night. */
    if (device->parts.retained || !is_ours(device, &is_job) ||
            !(message.note = device_decode(
                      device, message.bytes, message.len))) {
        device->counts.bad++;
        return DEVICE_TAKEN;
    }
    learn_clock(device, message.note);
    if (is_job) {
        device->counts.taken++;
        return device->kind->on_message(device, &message);
    }
    if (seen_has(&device->seen, message.note->id.data)) {
        device->counts.copies++;
        return DEVICE_TAKEN;
    }
    seen_add(&device->seen, message.note->id.data);
    if (device_is_late(device, message.note)) {
        device->counts.late++;
        return DEVICE_TAKEN;
    }
    device->counts.taken++;
    return device->kind->on_message(device, &message);
}

enum device_take device_receive(
        struct device *device, const struct part *part, uint64_t now_ms)
{
    enum device_take take = DEVICE_TAKEN;

    device->now_ms = now_ms;
    switch (parts_add(&device->parts, part)) {
    case PARTS_MORE:
        break;
    case PARTS_WHOLE:
        take = hear(device);
        break;
    case PARTS_REFUSED:
        device->counts.bad++;
        break;
    }
    return take;
}

/* --- time and keys --- */

void device_input(
        struct device *device, enum device_input input, uint64_t now_ms)
{
    device->now_ms = now_ms;
    if (device->kind->on_input)
        device->kind->on_input(device, input);
}

void device_wake(struct device *device, uint64_t at_ms)
{
    if (at_ms < device->wake_ms)
        device->wake_ms = at_ms;
}

void device_tick(struct device *device, uint64_t now_ms)
{
    device->now_ms = now_ms;
    device->counts.lost += outbox_expire(&device->outbox, now_ms);
    flush(device);
    device->wake_ms = UINT64_MAX;
    if (device->kind->on_tick)
        device->kind->on_tick(device);
}
