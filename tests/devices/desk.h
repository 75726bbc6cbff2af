/*
 * desk: a device on a desk: a platform that writes down what the device does,
 * and messages as the hub would send them. For tests.
 */
#ifndef TESTS_DEVICES_DESK_H
#define TESTS_DEVICES_DESK_H

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka needs these before it */

#include <cmocka.h>

#include "devices/core/device.h"
#include "schemas/envelope.pb-c.h"

#define DESK_LINES 64
#define DESK_SENT  64
#define DESK_KEPT  (DEVICE_FACTS + 8)

/* A value of the store, which survives desk_start. */
struct desk_kept {
    char key[16];
    uint8_t bytes[1024];
    size_t len;
};

struct desk_sent {
    char topic[DEVICE_TOPIC_BYTES];
    uint8_t bytes[DEVICE_FACT_BYTES];
    size_t len;
    bool retain;
    int token;
};

struct desk {
    struct device device;
    struct device_platform platform;
    char lines[DESK_LINES][DEVICE_LINE_BYTES];
    uint32_t line_count;
    struct desk_sent sent[DESK_SENT];
    uint32_t sent_count;
    char asked[8][DEVICE_TOPIC_BYTES]; /* topics subscribed to */
    uint32_t asked_count;
    struct desk_kept kept[DESK_KEPT];
    uint32_t writes; /* to the store */
    uint64_t wall_ms;
    uint32_t random;
    int token;
    bool buzzing;
    bool lit;
    char display[DEVICE_DISPLAY_LINES][4 * DEVICE_DISPLAY_COLUMNS + 1];
    uint32_t displays; /* times that it changed */
    struct device_vitals vitals;
    bool has_vitals;
    uint64_t rest_ms;
    uint32_t rests;
    bool refuse_keep;
    bool refuse_publish;
    void *state;
    uint8_t next_id;
    uint8_t message[DEVICE_MESSAGE_BYTES];
    uint8_t arena[DEVICE_ARENA_BYTES];
};

static inline uint64_t desk_wall_ms(void *ctx)
{
    return ((struct desk *)ctx)->wall_ms;
}

static inline uint32_t desk_random(void *ctx)
{
    struct desk *desk = ctx;

    return desk->random = desk->random * 1664525u + 1013904223u;
}

static inline bool desk_subscribe(void *ctx, const char *topic)
{
    struct desk *desk = ctx;

    snprintf(desk->asked[desk->asked_count++ % 8], DEVICE_TOPIC_BYTES, "%s",
            topic);
    return true;
}

static inline int desk_publish(
        void *ctx, const char *topic, const void *data, size_t len, bool retain)
{
    struct desk *desk = ctx;
    struct desk_sent *sent = &desk->sent[desk->sent_count % DESK_SENT];

    if (desk->refuse_publish)
        return 0;
    assert_true(len <= sizeof(sent->bytes));
    snprintf(sent->topic, sizeof(sent->topic), "%s", topic);
    memcpy(sent->bytes, data, len);
    sent->len = len;
    sent->retain = retain;
    sent->token = ++desk->token;
    desk->sent_count++;
    return sent->token;
}

/* Where the value is, or would be. */
static inline struct desk_kept *desk_find_kept(
        struct desk *desk, const char *key)
{
    struct desk_kept *kept = desk->kept;

    while (kept->key[0] && strcmp(kept->key, key) != 0)
        kept++;
    assert_true(kept < desk->kept + DESK_KEPT - 1);
    return kept;
}

static inline bool desk_keep(
        void *ctx, const char *key, const void *data, size_t len)
{
    struct desk *desk = ctx;
    struct desk_kept *kept = desk_find_kept(desk, key);

    assert_true(len <= sizeof(kept->bytes));
    assert_true(strlen(key) < sizeof(kept->key));
    if (desk->refuse_keep)
        return false;
    snprintf(kept->key, sizeof(kept->key), "%s", key);
    memcpy(kept->bytes, data, len);
    kept->len = len;
    desk->writes++;
    return true;
}

static inline size_t desk_load(
        void *ctx, const char *key, void *data, size_t cap)
{
    const struct desk_kept *kept = desk_find_kept(ctx, key);

    if (kept->len > cap)
        return 0;
    memcpy(data, kept->bytes, kept->len);
    return kept->len;
}

static inline void desk_show(void *ctx, const char *line)
{
    struct desk *desk = ctx;

    snprintf(desk->lines[desk->line_count++ % DESK_LINES], DEVICE_LINE_BYTES,
            "%s", line);
}

static inline void desk_buzz(void *ctx, bool on)
{
    ((struct desk *)ctx)->buzzing = on;
}

static inline void desk_led(void *ctx, bool on)
{
    ((struct desk *)ctx)->lit = on;
}

static inline void desk_display(
        void *ctx, const char *const *lines, uint32_t count)
{
    struct desk *desk = ctx;

    assert_true(count <= DEVICE_DISPLAY_LINES);
    memset(desk->display, 0, sizeof(desk->display));
    for (uint32_t i = 0; i < count; i++) {
        assert_true(strlen(lines[i]) < sizeof(desk->display[i]));
        snprintf(desk->display[i], sizeof(desk->display[i]), "%s", lines[i]);
    }
    desk->displays++;
}

static inline bool desk_vitals(void *ctx, struct device_vitals *out)
{
    const struct desk *desk = ctx;

    *out = desk->vitals;
    return desk->has_vitals;
}

static inline void desk_rest(void *ctx, uint64_t until_ms)
{
    struct desk *desk = ctx;

    desk->rest_ms = until_ms;
    desk->rests++;
}

/* A desk without a device on it yet. Free with desk_clear. */
static inline struct desk *desk_make(void)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    assert_non_null(desk);
    desk->platform = (struct device_platform){ .ctx = desk,
        .wall_ms = desk_wall_ms,
        .random = desk_random,
        .subscribe = desk_subscribe,
        .publish = desk_publish,
        .keep = desk_keep,
        .load = desk_load,
        .show = desk_show,
        .buzz = desk_buzz,
        .led = desk_led,
        .display = desk_display,
        .vitals = desk_vitals,
        .rest = desk_rest };
    return desk;
}

/* Put a device there and switch it on; again is a loss of power. */
static inline bool desk_start(struct desk *desk, const struct device_kind *kind,
        const struct device_config *config, uint64_t now_ms)
{
    struct device_memory memory = { .message = desk->message,
        .message_bytes = sizeof(desk->message),
        .arena = desk->arena,
        .arena_bytes = sizeof(desk->arena) };

    free(desk->state);
    desk->state = calloc(1, kind->state_bytes + 1);
    memory.state = desk->state;
    return device_start(
            &desk->device, kind, config, &desk->platform, &memory, now_ms);
}

static inline void desk_clear(struct desk *desk)
{
    free(desk->state);
    free(desk);
}

/* The broker answers: linked, and every topic confirmed. */
static inline void desk_link(struct desk *desk, uint64_t now_ms)
{
    uint32_t before = desk->asked_count;

    assert_true(device_on_link(&desk->device, now_ms));
    for (uint32_t i = before; i < desk->asked_count; i++)
        device_on_subscribed(&desk->device, now_ms);
}

/* Give every envelope an id of its own, as the hub does. */
static inline Dw__Envelope desk_envelope(struct desk *desk,
        uint8_t id[DEVICE_ID_BYTES], Dw__Envelope__BodyCase body)
{
    Dw__Envelope envelope = DW__ENVELOPE__INIT;

    memset(id, 0, DEVICE_ID_BYTES);
    id[0] = ++desk->next_id;
    envelope.has_id = true;
    envelope.id.data = id;
    envelope.id.len = DEVICE_ID_BYTES;
    envelope.has_event = true;
    envelope.event = (uint32_t)body - 100;
    envelope.body_case = body;
    return envelope;
}

/* The broker delivers `envelope` on a topic under dw/1/main/. */
static inline enum device_take desk_deliver(struct desk *desk,
        const char *topic, const Dw__Envelope *envelope, uint64_t now_ms)
{
    static uint8_t bytes[64 * 1024];
    char full[DEVICE_TOPIC_BYTES];
    struct part part = { .topic = full, .data = bytes };

    snprintf(full, sizeof(full), "dw/1/main/%s", topic);
    part.topic_len = strlen(full);
    part.len = dw__envelope__get_packed_size(envelope);
    part.total = part.len;
    assert_true(part.len <= sizeof(bytes));
    dw__envelope__pack(envelope, bytes);
    return device_receive(&desk->device, &part, now_ms);
}

/* The hub's answer to what was said with `id`; `rest`: behind the id. */
static inline void desk_answer(struct desk *desk,
        const uint8_t id[DEVICE_ID_BYTES], const char *rest, uint64_t now_ms)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char topic[DEVICE_TOPIC_BYTES];
    char text[256];
    char ulid[27] = "";
    struct part part = { .topic = topic, .data = (const uint8_t *)text };

    for (int i = 0; i < 26; i++) {
        unsigned value = 0;

        for (int bit = i * 5 - 2; bit < i * 5 + 3; bit++)
            value = value << 1 |
                    (bit < 0 ? 0u : (unsigned)id[bit / 8] >> (7 - bit % 8) & 1);
        ulid[i] = digits[value];
    }
    snprintf(text, sizeof(text), "{\"id\":\"%s\"%s}", ulid, rest);
    snprintf(topic, sizeof(topic), "dw/1/main/receipt/%s",
            desk->device.config.id);
    part.topic_len = strlen(topic);
    part.len = strlen(text);
    part.total = part.len;
    assert_int_equal(
            device_receive(&desk->device, &part, now_ms), DEVICE_TAKEN);
}

/* The hub has the oldest fact that waits. */
static inline void desk_receipt(struct desk *desk, uint64_t now_ms)
{
    uint8_t id[DEVICE_ID_BYTES];

    assert_true(desk->device.outbox.count > 0);
    memcpy(id, desk->device.outbox.facts[0].id, sizeof(id));
    desk_answer(
            desk, id, ",\"seq\":1,\"epoch\":\"k\",\"duplicate\":false", now_ms);
}

/* The hub answers the newest dev/<id>/info, and so says what time it is. */
static inline void desk_tell_time(
        struct desk *desk, uint64_t ts_ms, uint64_t now_ms)
{
    char rest[96];

    snprintf(rest, sizeof(rest),
            ",\"seq\":1,\"epoch\":\"k\",\"duplicate\":false,\"ts\":%llu",
            (unsigned long long)ts_ms);
    desk_answer(desk, desk->device.info_id, rest, now_ms);
}

/* Is it to be heard, now or between two sounds? */
static inline bool desk_rings(const struct desk *desk)
{
    return patterns[desk->device.signal.lasting.id].buzzes;
}

/* The newest sending, decoded; free with dw__envelope__free_unpacked. */
static inline Dw__Envelope *desk_last(struct desk *desk)
{
    const struct desk_sent *sent;
    Dw__Envelope *envelope;

    assert_true(desk->sent_count > 0);
    sent = &desk->sent[(desk->sent_count - 1) % DESK_SENT];
    envelope = dw__envelope__unpack(NULL, sent->len, sent->bytes);
    assert_non_null(envelope);
    assert_int_equal(envelope->body_case, envelope->event + 100);
    return envelope;
}

static inline const char *desk_last_line(const struct desk *desk)
{
    return desk->line_count ? desk->lines[(desk->line_count - 1) % DESK_LINES]
                            : "";
}

/* How many lines begin so? */
static inline uint32_t desk_count(const struct desk *desk, const char *prefix)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < desk->line_count && i < DESK_LINES; i++)
        count += strncmp(desk->lines[i], prefix, strlen(prefix)) == 0;
    return count;
}

#endif
