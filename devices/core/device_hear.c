/* What the device hears, and what of that is for it. */
#include <string.h>

#include "devices/core/device_parts.h"
#include "devices/core/message.h"
#include "devices/core/topic.h"

/* Before what is said in a room. */
#define ROOMS "pb/"

const char *device_listened(const struct device *device, size_t i)
{
    const char *pattern = device->kind->listen[i];

    if (!pattern || (strstr(pattern, "%t") && !device->config.table) ||
            strcmp(pattern, COMMANDS) == 0)
        return NULL;
    return pattern;
}

bool device_is_room(const char *pattern)
{
    return strncmp(pattern, ROOMS, strlen(ROOMS)) == 0;
}

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

/* The pattern that is listened to and it came by, or NULL. */
static const char *heard_on(const struct device *device)
{
    for (size_t i = 0; i < 2; i++) {
        const char *pattern = device_listened(device, i);

        if (pattern && is_on(device, pattern))
            return pattern;
    }
    return is_on(device, COMMANDS) ? COMMANDS : NULL;
}

/* Is this the room of a pattern of rooms? */
static bool is_room_of(
        const struct device *device, const char *pattern, const char *room)
{
    char topic[DEVICE_TOPIC_BYTES];
    size_t head;

    device_topic(device, pattern, topic);
    head = strlen(TOPIC_ROOT) + strlen(device->config.site) + strlen("/") +
           strlen(ROOMS);
    return device_is_room(pattern) && strcmp(topic + head, room) == 0;
}

/* `text` is `name` and then one of the two, which may be NULL or "". */
static bool is_one_of(
        const char *text, const char *name, const char *a, const char *b)
{
    size_t len = strlen(name);

    if (strncmp(text, name, len) != 0 || !text[len])
        return false;
    return (a && strcmp(text + len, a) == 0) ||
           (b && strcmp(text + len, b) == 0);
}

/*
 * Is what is said in this room for us? A broker, or a hub with two tables
 * mixed up, may send anything: a wrong pager that rings is worse than none.
 * Where no room is said, the topic's is meant.
 */
static bool is_for_us(const struct device *device, const char *room)
{
    if (!room || !room[0] ||
            is_one_of(room, "device/", device->config.id, NULL) ||
            is_one_of(room, "table/", device->config.table,
                    device->assigned.table))
        return true;
    for (size_t i = 0; i < 2; i++) {
        const char *pattern = device_listened(device, i);

        if (pattern && is_room_of(device, pattern, room))
            return true;
    }
    return false;
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

/* What it is about is done. */
static enum device_take act(
        struct device *device, const struct device_message *message)
{
    device->counts.taken++;
    if (device_is_command(message->note)) {
        if (!device_command(device, message->note))
            device->counts.bad++;
        return DEVICE_TAKEN;
    }
    return device->kind->on_message ? device->kind->on_message(device, message)
                                    : DEVICE_TAKEN;
}

static void hear_copy(
        struct device *device, const struct device_message *message)
{
    device->counts.copies++;
    if (device->kind->on_copy)
        device->kind->on_copy(device, message);
}

/* Once, and before its end. What the kind could not store comes again. */
static enum device_take hear_once(
        struct device *device, const struct device_message *message)
{
    const uint8_t *id = message->note->id.data;
    enum device_take take;

    if (seen_has(&device->seen, id) || done_has(&device->done, id)) {
        hear_copy(device, message);
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
    take = act(device, message);
    if (take == DEVICE_TAKEN)
        seen_add(&device->seen, id);
    return take;
}

static enum device_take hear_message(struct device *device, const char *pattern)
{
    struct device_message message = { .bytes = device->parts.bytes,
        .len = device->parts.total };

    message.note = device_decode(device, message.bytes, message.len);
    if (!message.note || !is_for_us(device, message.note->room)) {
        device->counts.bad++;
        return DEVICE_TAKEN;
    }
    device_learn_time(device, message.note);
    device_sleep_break(device);
    if (!is_repeatable(device, pattern) || device_is_command(message.note))
        return hear_once(device, &message);
    return act(device, &message);
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
    device_sleep_heard(device, receipt.next_s);
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
    device_turn_over(device);
    return take;
}
