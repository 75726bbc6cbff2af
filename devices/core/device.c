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

/* What the platform did not take is offered again. */
#define RETRY_MS 1000

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
        .keeps_ms = now_ms,
        .start_ms = now_ms,
        .telemetry = { .due_ms = UINT64_MAX },
        .sleep = { .awake_ms = now_ms } };
    arena_init(&device->arena, memory->arena, memory->arena_bytes);
    parts_init(&device->parts, memory->message, memory->message_bytes);
    memset(memory->state, 0, kind->state_bytes);

    if (!topics_fit(device) || !count_boot(device))
        return false;
    device_load(device);
    device_load_wishes(device);
    device->telemetry.is_known =
            platform->vitals(platform->ctx, &device->telemetry.vitals);
    device->telemetry.asked_ms = now_ms;
    if (kind->on_start)
        kind->on_start(device);
    device_turn_over(device);
    return true;
}

/* --- presence --- */

static void state_text(const struct device *device, const char *word,
        uint32_t sleep_s, char out[DEVICE_STATE_BYTES])
{
    char wake[24] = "";

    if (sleep_s)
        snprintf(wake, sizeof(wake), ",\"wake\":%lu", (unsigned long)sleep_s);
    snprintf(out, DEVICE_STATE_BYTES, "{\"s\":\"%s\",\"boot\":%lu,\"ts\":0%s}",
            word, (unsigned long)device->boot, wake);
}

void device_will(const struct device *device, char topic[DEVICE_TOPIC_BYTES],
        char state[DEVICE_STATE_BYTES])
{
    device_topic(device, "dev/%d/state", topic);
    state_text(device, "offline", 0, state);
}

int device_say_state(struct device *device, const char *word, uint32_t sleep_s)
{
    char topic[DEVICE_TOPIC_BYTES];
    char state[DEVICE_STATE_BYTES];

    device_topic(device, "dev/%d/state", topic);
    state_text(device, word, sleep_s, state);
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
    body.has_config_rev = device->settings.rev > 0;
    body.config_rev = device->settings.rev;
    body.has_sleep_s = device_sleep_s(device) > 0;
    body.sleep_s = device_sleep_s(device);
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
    device_say_state(device, "online", 0);
    device_show(device, "online");
    device_plan_telemetry(device);
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
    bool is_asking = true;

    device->now_ms = now_ms;
    device->stage = DEVICE_JOINING;
    device->joining = 0;
    device_sleep_linked(device);
    for (size_t i = 0; i < 2 && is_asking; i++) {
        const char *pattern = device_listened(device, i);

        if (pattern && !(device->sleep.is_narrow && device_is_room(pattern)))
            is_asking = subscribe(device, pattern);
    }
    is_asking = is_asking && subscribe(device, COMMANDS) &&
                subscribe(device, RECEIPTS);
    device_turn_over(device);
    return is_asking;
}

void device_on_subscribed(struct device *device, uint64_t now_ms)
{
    device->now_ms = now_ms;
    if (device->stage != DEVICE_JOINING || device->joining == 0)
        return;
    if (--device->joining == 0)
        become_online(device);
    device_turn_over(device);
}

void device_on_link_lost(struct device *device, uint64_t now_ms)
{
    bool was_up = device->stage != DEVICE_OFFLINE;

    device->now_ms = now_ms;
    if (device->stage == DEVICE_ONLINE && !device->asleep_until_ms)
        device_show(device, "offline");
    device->stage = DEVICE_OFFLINE;
    device->parts.open = false;
    device->info_again_ms = 0; /* it is said on the next link anyway */
    outbox_unsend(&device->outbox);
    device_sleep_lost(device, was_up);
    device_turn_over(device);
}

int device_leave(struct device *device, uint64_t now_ms)
{
    device->now_ms = now_ms;
    device_hush(device);
    if (device->stage == DEVICE_OFFLINE)
        return 0;
    device->stage = DEVICE_OFFLINE; /* nothing is said after it */
    return device_say_state(device, "offline", 0);
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

/* --- time and keys --- */

/* Who is found by its ringing says so with any key. */
static bool is_found(struct device *device)
{
    if (!device->signal.identify_until_ms)
        return false;
    device_identify(device, 0);
    return true;
}

static void give_input(struct device *device, enum device_input input)
{
    if (!is_found(device) && device->kind->on_input)
        device->kind->on_input(device, input);
}

/* What the real key comes to. */
static void tell_presses(struct device *device)
{
    enum press press;

    while ((press = press_tell(&device->key, device->now_ms)) != PRESS_NONE)
        switch (press) {
        case PRESS_SHORT:
            give_input(device, INPUT_KEY);
            break;
        case PRESS_DOUBLE:
            give_input(device, INPUT_DOUBLE);
            break;
        case PRESS_LONG:
            give_input(device, INPUT_LONG);
            break;
        case PRESS_NONE:
        case PRESS_VERY_LONG: /* nothing yet */
            break;
        }
}

void device_input(
        struct device *device, enum device_input input, uint64_t now_ms)
{
    device->now_ms = now_ms;
    device_sleep_break(device);
    if (input == INPUT_DOWN || input == INPUT_UP) {
        tell_presses(device); /* of before */
        press_contact(&device->key, input == INPUT_DOWN);
        tell_presses(device);
    } else {
        give_input(device, input);
    }
    device_turn_over(device);
}

void device_word(struct device *device, const char *word, uint64_t now_ms)
{
    device->now_ms = now_ms;
    device_sleep_break(device);
    if (!is_found(device) && device->kind->on_word)
        device->kind->on_word(device, word);
    device_turn_over(device);
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
    device_watch(device);
    device_flush(device);
    tell_presses(device);
    if (device->signal.identify_until_ms &&
            now_ms >= device->signal.identify_until_ms)
        device_identify(device, 0);
    device->wake_ms = UINT64_MAX;
    if (device->kind->on_tick)
        device->kind->on_tick(device);
    device_turn_over(device);
}

/* What is due already the platform did not take. */
static uint64_t outbox_later_ms(const struct device *device)
{
    uint64_t due_ms = outbox_due_ms(&device->outbox);

    return due_ms > device->now_ms ? due_ms : device->now_ms + RETRY_MS;
}

/* When the platform took nothing more it says so when there is room, or is
 * asked again after a while. */
static void plan(struct device *device)
{
    device_wake(device, device_signal_due_ms(device));
    device_wake(device, device_watch_due_ms(device));
    device_wake(device, device_sleep_due_ms(device));
    device_wake(device, press_due_ms(&device->key));
    device_wake(device, outbox_later_ms(device));
    if (device->stage == DEVICE_ONLINE && outbox_is_unsent(&device->outbox))
        device_wake(device, device->now_ms + RETRY_MS);
    if (device->info_again_ms)
        device_wake(device, device->info_again_ms);
    if (device->done.is_unkept)
        device_wake(device, device->keeps_ms + DEVICE_KEEP_MS);
    if (device->wake_ms != device->rest_ms)
        device->platform->rest(device->platform->ctx, device->wake_ms);
    device->rest_ms = device->wake_ms;
}

void device_turn_over(struct device *device)
{
    device_sleep_turn(device);
    device_signal(device);
    plan(device);
}
