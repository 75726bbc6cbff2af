#include "devices/core/device.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "devices/core/device_parts.h"
#include "devices/core/message.h"
#include "devices/core/receipt.h"
#include "devices/core/text.h"
#include "devices/core/topic.h"
#include "schemas/envelope.pb-c.h"
#include "schemas/rooms.h"

#define BOOT_KEY "boot"

/* Where the hub answers. */
#define RECEIPTS "receipt/%d"

void device_topic(const struct device *device, const char *pattern,
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
        .wake_ms = UINT64_MAX,
        .keeps = DEVICE_KEEPS,
        .keeps_ms = now_ms };
    arena_init(&device->arena, memory->arena, memory->arena_bytes);
    parts_init(&device->parts, memory->message, memory->message_bytes);
    memset(memory->state, 0, kind->state_bytes);

    if (!topics_fit(device) || !count_boot(device))
        return false;
    device_load(device);
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
    device_topic(device, "dev/%d/state", topic);
    state_text(device, false, state);
}

static int publish_state(struct device *device, bool online)
{
    char topic[DEVICE_TOPIC_BYTES];
    char state[DEVICE_STATE_BYTES];

    device_topic(device, "dev/%d/state", topic);
    state_text(device, online, state);
    return device->platform->publish(
            device->platform->ctx, topic, state, strlen(state), true);
}

/* Not through the outbox: on a new link it is said anew, with a new id. The
 * answer to it tells what time it is. */
static void publish_info(struct device *device)
{
    Dw__DeviceOnline body = DW__DEVICE_ONLINE__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t bytes[DEVICE_FACT_BYTES];
    char topic[DEVICE_TOPIC_BYTES];
    size_t len;

    device->info_again_ms = 0;
    body.kind = (char *)device->kind->name; /* only read */
    body.boot = device->boot;
    body.station = (char *)device->config.station;
    body.firmware = (char *)device->config.firmware;
    table.id = (char *)device->config.table;
    body.table = table.id ? &table : NULL;
    device_make_id(device, device->info_id);
    len = message_encode(bytes, sizeof(bytes), device->info_id,
            DW__ENVELOPE__BODY_DEVICE_ONLINE, &body.base);
    device_topic(device, "dev/%d/info", topic);
    device->platform->publish(device->platform->ctx, topic, bytes, len, false);
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
    device_flush(device);
}

static bool subscribe(struct device *device, const char *pattern)
{
    char topic[DEVICE_TOPIC_BYTES];

    device_topic(device, pattern, topic);
    device->joining++;
    return device->platform->subscribe(device->platform->ctx, topic);
}

bool device_on_link(struct device *device, uint64_t now_ms)
{
    device->now_ms = now_ms;
    device->stage = DEVICE_JOINING;
    device->joining = 0;
    for (size_t i = 0; i < 2 && device->kind->listen[i]; i++)
        if (!subscribe(device, device->kind->listen[i]))
            return false;
    return subscribe(device, RECEIPTS);
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

/* --- what is shown --- */

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

const Dw__Notification *device_decode(
        struct device *device, const uint8_t *bytes, size_t len)
{
    return message_decode(&device->arena, bytes, len);
}

/* Did it come on the topic of this pattern? */
static bool is_on(const struct device *device, const char *pattern)
{
    char topic[DEVICE_TOPIC_BYTES];

    device_topic(device, pattern, topic);
    return strcmp(topic, device->parts.topic) == 0;
}

/* The pattern that the kind listens to and it came by, or NULL. */
static const char *heard_on(const struct device *device)
{
    for (size_t i = 0; i < 2 && device->kind->listen[i]; i++)
        if (is_on(device, device->kind->listen[i]))
            return device->kind->listen[i];
    return NULL;
}

/* Does the kind want it as often as it comes? An answer to it may have been
 * lost, and the kind knows what it has done already. */
static bool is_repeatable(const struct device *device, const char *pattern)
{
    return strncmp(pattern, "dev/", 4) == 0 && !device->kind->commands_once;
}

/* Keep it until somebody tells the time; the oldest makes room. */
static void hold(struct device *device, const struct device_message *message)
{
    struct device_held *held;

    if (message->len > sizeof(held->bytes)) {
        device->counts.late++;
        return;
    }
    if (device->held_count == DEVICE_HELD) {
        device->counts.late++;
        device->held_count--;
        memmove(&device->held[0], &device->held[1],
                device->held_count * sizeof(device->held[0]));
    }
    held = &device->held[device->held_count++];
    memcpy(held->bytes, message->bytes, message->len);
    held->len = message->len;
    device->counts.held++;
}

/* Once, and before its end. What the kind could not store comes again. */
static enum device_take hear_once(
        struct device *device, const struct device_message *message)
{
    const uint8_t *id = message->note->id.data;
    enum device_take take;

    if (seen_has(&device->seen, id) || done_has(&device->done, id)) {
        device->counts.copies++;
        return DEVICE_TAKEN;
    }
    if (device_is_late(device, message->note)) {
        device->counts.late++;
        seen_add(&device->seen, id);
        return DEVICE_TAKEN;
    }
    if (!device_knows_time(device) && message->note->exp_ms != 0) {
        hold(device, message);
        return DEVICE_TAKEN;
    }
    device->counts.taken++;
    take = device->kind->on_message(device, message);
    if (take == DEVICE_TAKEN)
        seen_add(&device->seen, id);
    return take;
}

static enum device_take hear_message(struct device *device, const char *pattern)
{
    struct device_message message = { .bytes = device->parts.bytes,
        .len = device->parts.total };

    message.note = device_decode(device, message.bytes, message.len);
    if (!message.note) {
        device->counts.bad++;
        return DEVICE_TAKEN;
    }
    device_learn_time(device, message.note);
    if (!is_repeatable(device, pattern))
        return hear_once(device, &message);
    device->counts.taken++;
    return device->kind->on_message(device, &message);
}

/* Now that the time is known. What the kind cannot store is gone. */
static void hear_held(struct device *device)
{
    for (uint32_t i = 0; i < device->held_count; i++) {
        struct device_message message = { .bytes = device->held[i].bytes,
            .len = device->held[i].len };

        message.note = device_decode(device, message.bytes, message.len);
        if (message.note)
            hear_once(device, &message);
    }
    device->held_count = 0;
}

/* Asked a moment ago: so the time in it is no older than that. */
static void hear_about_info(
        struct device *device, const struct receipt *receipt)
{
    device_set_time(device, receipt->ts_ms);
    if (receipt->retry)
        device->info_again_ms = device->now_ms + DEVICE_RESEND_MS;
}

static void hear_receipt(struct device *device)
{
    struct receipt receipt;

    if (!receipt_read(&receipt, device->parts.bytes, device->parts.total)) {
        device->counts.bad++;
        return;
    }
    if (memcmp(receipt.id, device->info_id, DEVICE_ID_BYTES) == 0)
        hear_about_info(device, &receipt);
    else
        device_settle(device, &receipt);
    if (device_knows_time(device))
        hear_held(device);
    device_flush(device);
}

static enum device_take hear(struct device *device)
{
    const char *pattern = heard_on(device);

    /* Nothing that we hear is ever retained: an old command must not ring at
     * night. */
    if (device->parts.retained || (!pattern && !is_on(device, RECEIPTS))) {
        device->counts.bad++;
        return DEVICE_TAKEN;
    }
    if (pattern)
        return hear_message(device, pattern);
    hear_receipt(device);
    return DEVICE_TAKEN;
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
    if (device->info_again_ms && now_ms >= device->info_again_ms)
        device_announce(device);
    device_keep_up(device);
    device_flush(device);
    device->wake_ms = UINT64_MAX;
    if (device->kind->on_tick)
        device->kind->on_tick(device);
}
