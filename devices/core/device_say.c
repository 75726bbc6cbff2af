/* What the device says, and what of it survives a loss of power. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "devices/core/device_parts.h"
#include "devices/core/kept.h"
#include "devices/core/message.h"

#define DONE_KEY  "done"
#define PLACE_KEY "fact%u"
#define KEY_BYTES 16 /* the longest that flash takes, with its NUL */

static const char *const fact_patterns[FACT_TOPICS] = {
    [FACT_EVT] = "dev/%d/evt",
    [FACT_ACK] = "dev/%d/ack",
    [FACT_TELE] = "dev/%d/tele",
};

void device_make_id(struct device *device, uint8_t id[DEVICE_ID_BYTES])
{
    uint64_t time_ms = device_wall_ms(device);
    uint32_t noise[2];

    for (uint32_t i = 0; i < 2; i++)
        noise[i] = device->platform->random(device->platform->ctx);

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

/* --- keeping --- */

/* May the store be written `count` times more? They are then spent. */
static bool may_keep(struct device *device, uint32_t count)
{
    uint64_t earned = (device->now_ms - device->keeps_ms) / DEVICE_KEEP_MS;

    device->keeps_ms += earned * DEVICE_KEEP_MS;
    if (earned >= DEVICE_KEEPS - device->keeps)
        device->keeps = DEVICE_KEEPS;
    else
        device->keeps += (uint32_t)earned;
    if (device->keeps < count)
        return false;
    device->keeps -= count;
    return true;
}

bool device_keep(
        struct device *device, const char *key, const void *data, size_t len)
{
    return may_keep(device, 1) &&
           device->platform->keep(device->platform->ctx, key, data, len);
}

static void place_key(uint32_t place, char key[KEY_BYTES])
{
    snprintf(key, KEY_BYTES, PLACE_KEY, (unsigned)place);
}

/* Writing it and clearing its place are both paid for now. */
static void keep_fact(
        struct device *device, struct outbox_fact *fact, uint32_t keep_ms)
{
    uint8_t bytes[KEPT_BYTES];
    char key[KEY_BYTES];
    uint32_t place = outbox_free_place(&device->outbox);

    place_key(place, key);
    if (may_keep(device, 2) &&
            device->platform->keep(device->platform->ctx, key, bytes,
                    kept_write(bytes, fact, keep_ms)))
        fact->place = place;
    else
        device->counts.unkept++;
}

/* If its place cannot be cleared it is said once more after a loss of power,
 * with the id that the hub knows. */
static void forget(struct device *device, struct outbox_fact *fact)
{
    char key[KEY_BYTES];

    if (fact->place) {
        place_key(fact->place, key);
        device->platform->keep(device->platform->ctx, key, "", 0);
    }
    outbox_remove(&device->outbox, fact);
}

static void keep_done(struct device *device)
{
    struct done *done = &device->done;

    if (done->is_unkept)
        done->is_unkept =
                !device_keep(device, DONE_KEY, done->ids, done_bytes(done));
}

void device_done(
        struct device *device, const uint8_t *message, const uint8_t *name)
{
    if (message)
        done_add(&device->done, message);
    if (name)
        done_add(&device->done, name);
    keep_done(device);
}

/* --- after a loss of power --- */

/*
 * How much of `keep_ms` is left. Without a clock, then or now, nobody knows how
 * long the power was gone: a call too many is better than one that is lost.
 */
static uint32_t left_ms(const struct device *device,
        const struct outbox_fact *fact, uint32_t keep_ms)
{
    uint64_t said_ms = kept_id_ms(fact->id);
    uint64_t wall_ms = device_wall_ms(device);

    if (said_ms == 0 || wall_ms <= said_ms)
        return keep_ms;
    return wall_ms - said_ms < keep_ms ? keep_ms - (uint32_t)(wall_ms - said_ms)
                                       : 0;
}

/* Move the last one to where it belongs by its age. */
static void sort_in(struct outbox *outbox)
{
    for (uint32_t i = outbox->count - 1; i > 0; i--) {
        struct outbox_fact *at = &outbox->facts[i];
        struct outbox_fact later = at[-1];

        if (!kept_is_older(at->id, later.id))
            return;
        at[-1] = *at;
        *at = later;
    }
}

static void load_place(struct device *device, uint32_t place)
{
    uint8_t bytes[KEPT_BYTES];
    char key[KEY_BYTES];
    struct outbox_fact *fact = outbox_add(&device->outbox);
    uint32_t keep_ms = 0;
    size_t len;

    assert(fact); /* there are as many places in it as kept ones */
    place_key(place, key);
    len = device->platform->load(
            device->platform->ctx, key, bytes, sizeof(bytes));
    if (!kept_read(fact, &keep_ms, bytes, len)) {
        outbox_remove(&device->outbox, fact);
        return;
    }
    fact->place = place;
    keep_ms = left_ms(device, fact, keep_ms);
    fact->give_up_ms = device->now_ms + keep_ms;
    if (keep_ms > 0) {
        sort_in(&device->outbox);
        return;
    }
    device->counts.lost++;
    forget(device, fact);
}

void device_load(struct device *device)
{
    size_t len = device->platform->load(device->platform->ctx, DONE_KEY,
            device->done.ids, sizeof(device->done.ids));

    done_loaded(&device->done, len);
    for (uint32_t place = 1; place <= DEVICE_FACTS; place++)
        load_place(device, place);
}

/* --- saying --- */

void device_flush(struct device *device)
{
    struct outbox_fact *fact;
    char topic[DEVICE_TOPIC_BYTES];

    while (device->stage == DEVICE_ONLINE &&
            (fact = outbox_next(&device->outbox, device->now_ms))) {
        device_topic(device, fact_patterns[fact->topic], topic);
        if (device->platform->publish(device->platform->ctx, topic, fact->bytes,
                    fact->len, false) == 0)
            return;
        fact->sendings++;
        fact->sent_ms = device->now_ms;
    }
}

/* A place for it: the newer state takes the older one's, a result that of any
 * state when the box is full. */
static struct outbox_fact *find_place(
        struct device *device, const struct fact *fact)
{
    struct outbox *outbox = &device->outbox;
    struct outbox_fact *older = NULL;

    if (fact->class == FACT_STATE)
        older = outbox_find_same(outbox, FACT_STATE, fact->field);
    else if (outbox->count == DEVICE_FACTS)
        older = outbox_find_state(outbox);
    if (older) {
        if (fact->class != FACT_STATE)
            device->counts.lost++;
        outbox_remove(outbox, older);
    }
    return outbox_add(outbox);
}

/* Would it say the very same as this one, but for the id? */
static bool says_same(
        const struct outbox_fact *waiting, const struct fact *fact)
{
    uint8_t bytes[DEVICE_FACT_BYTES];

    return waiting->class == fact->class && waiting->field == fact->field &&
           message_encode(bytes, sizeof(bytes), waiting->id, fact->field,
                   fact->body) == waiting->len &&
           memcmp(bytes, waiting->bytes, waiting->len) == 0;
}

static struct outbox_fact *find_call(
        struct outbox *outbox, const struct fact *fact)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (says_same(&outbox->facts[i], fact))
            return &outbox->facts[i];
    return NULL;
}

/* Does it wait already? Who calls again wants to be waited for longer. */
static bool is_waiting(
        struct device *device, const struct fact *fact, uint32_t keep_ms)
{
    struct outbox_fact *waiting = NULL;

    if (fact->id)
        waiting = outbox_find(&device->outbox, fact->id);
    else if (fact->class == FACT_CALL)
        waiting = find_call(&device->outbox, fact);
    if (!waiting)
        return false;
    waiting->give_up_ms = device->now_ms + keep_ms;
    return true;
}

bool device_say(struct device *device, const struct fact *fact)
{
    uint32_t keep_ms = fact->keep_ms ? fact->keep_ms : DEVICE_FACT_MS;
    struct outbox_fact *place;

    if (fact->class != FACT_STATE)
        device_sleep_break(device);
    if (is_waiting(device, fact, keep_ms))
        return true;
    place = find_place(device, fact);
    if (!place)
        return false;
    if (fact->id)
        memcpy(place->id, fact->id, DEVICE_ID_BYTES);
    else
        device_make_id(device, place->id);
    place->topic = fact->topic;
    place->class = fact->class;
    place->field = fact->field;
    place->len = message_encode(place->bytes, sizeof(place->bytes), place->id,
            fact->field, fact->body);
    assert(place->len > 0); /* kinds say only short things */
    place->give_up_ms = device->now_ms + keep_ms;
    if (fact->class == FACT_RESULT || fact->class == FACT_CALL)
        keep_fact(device, place, keep_ms);
    device_flush(device);
    return true;
}

void device_on_published(struct device *device, int token, uint64_t now_ms)
{
    device->now_ms = now_ms;
    device_sleep_published(device, token);
    device_flush(device);
    device_turn_over(device);
}

void device_settle(struct device *device, const struct receipt *receipt)
{
    struct outbox_fact *fact = outbox_find(&device->outbox, receipt->id);

    if (!fact || receipt->retry)
        return;
    if (receipt->is_refused)
        device->counts.refused++;
    forget(device, fact);
    if (receipt->is_refused && device->kind->on_refused)
        device->kind->on_refused(device, receipt->id);
    else if (device->kind->on_told)
        device->kind->on_told(device, receipt->id);
}

void device_keep_up(struct device *device)
{
    struct outbox_fact *over;

    while ((over = outbox_find_over(&device->outbox, device->now_ms))) {
        device->counts.lost++;
        forget(device, over);
    }
    keep_done(device);
}
