/*
 * fuzz_kept: a device that starts with whatever its store holds, says what it
 * found there, and hears whatever comes as the hub's answer.
 *
 * A byte for the length, then so many bytes: the values of "done", "fact1",
 * "fact2", ..., "config", "assigned" and, when those are read, receipts.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/core/device.h"
#include "devices/core/kept.h"
#include "devices/kinds/kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
    const uint8_t *at;
    size_t left;
};

static struct input input;
static struct device device;
static uint8_t message[DEVICE_MESSAGE_BYTES];
static uint8_t arena[DEVICE_ARENA_BYTES];
static uint64_t state[8192];

static size_t take(void *out, size_t cap)
{
    size_t len = input.left > 0 ? *input.at : 0;

    if (input.left == 0)
        return 0;
    input.at++;
    input.left--;
    len = len < input.left ? len : input.left;
    if (len > cap)
        len = cap;
    if (len > 0)
        memcpy(out, input.at, len);
    input.at += len;
    input.left -= len;
    return len;
}

static uint64_t wall_ms(void *ctx)
{
    return *(const uint64_t *)ctx;
}

static uint32_t number(void *ctx)
{
    (void)ctx;
    return 4711;
}

static bool subscribe(void *ctx, const char *topic)
{
    (void)ctx;
    return topic[0] != '\0';
}

static int publish(void *ctx, const char *topic, const void *bytes, size_t len,
        bool retain)
{
    (void)ctx;
    (void)retain;
    if (strncmp(topic, "dw/1/main/dev/d/", 16) != 0 || len == 0 ||
            len > DEVICE_FACT_BYTES || !bytes)
        abort();
    return 1;
}

static bool keep(void *ctx, const char *key, const void *bytes, size_t len)
{
    (void)ctx;
    if (strlen(key) > 15 || len > KEPT_BYTES || !bytes)
        abort();
    return true;
}

static size_t load(void *ctx, const char *key, void *bytes, size_t cap)
{
    (void)ctx;
    return strcmp(key, "boot") == 0 ? 0 : take(bytes, cap);
}

static void show(void *ctx, const char *line)
{
    (void)ctx;
    (void)line;
}

static void set(void *ctx, bool on)
{
    (void)ctx;
    (void)on;
}

static void display(void *ctx, const char *const *lines, uint32_t count)
{
    (void)ctx;
    if (count > DEVICE_DISPLAY_LINES || (count > 0 && !lines))
        abort();
}

static bool vitals(void *ctx, struct device_vitals *out)
{
    (void)ctx;
    (void)out;
    return false;
}

static void rest(void *ctx, uint64_t until_ms)
{
    (void)ctx;
    (void)until_ms;
}

static void start(uint64_t *wall)
{
    static struct device_platform platform;
    const struct device_config config = {
        .id = "d", .site = "main", .table = "5", .reason = "waiter"
    };
    const struct device_memory memory = { message, sizeof(message), arena,
        sizeof(arena), state };

    platform = (struct device_platform){ wall, wall_ms, number, subscribe,
        publish, keep, load, show, set, set, display, vitals, rest };
    if (pager_kind.state_bytes > sizeof(state) ||
            !device_start(
                    &device, &pager_kind, &config, &platform, &memory, 1000) ||
            !device_on_link(&device, 1000))
        abort();
    while (device.stage == DEVICE_JOINING)
        device_on_subscribed(&device, 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char topic[] = "dw/1/main/receipt/d";
    uint64_t wall = len > 0 && data[0] & 1 ? 1769882645000 : 0;
    uint64_t now_ms = 1000;
    uint8_t receipt[256];

    input = (struct input){ data, len };
    start(&wall);
    while (input.left > 0) {
        struct part part = {
            .topic = topic, .topic_len = sizeof(topic) - 1, .data = receipt
        };

        part.len = part.total = take(receipt, sizeof(receipt));
        device_receive(&device, &part, now_ms);
        now_ms += DEVICE_RESEND_MS;
        device_tick(&device, now_ms);
        if (device.outbox.count > DEVICE_FACTS ||
                device.settings.sleep_s > SETTINGS_SLEEP_MOST ||
                !memchr(device.assigned.order, '\0',
                        sizeof(device.assigned.order)))
            abort();
    }
    device_tick(&device, now_ms + DEVICE_FACT_MS * 1000ull);
    return 0;
}
