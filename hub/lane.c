#include "hub/lane.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/evt/evt.h"

#define FIRST_SLOTS 8

static struct lane_slot *slot(const struct lane *lane, uint32_t age)
{
    return &lane->slots[(lane->first + age) & (lane->size - 1)];
}

void lane_init(struct lane *lane)
{
    *lane = (struct lane){ 0 };
}

void lane_finish(struct lane *lane)
{
    uint32_t room;

    while (lane->count > 0)
        evt_unref(lane_pop(lane, &room));
    free(lane->slots);
    lane_init(lane);
}

/* Give up the event of this age; the older ones each move up one. */
static void give_up(struct lane *lane, uint32_t age)
{
    lane->bytes -= evt_bytes(slot(lane, age)->evt);
    evt_unref(slot(lane, age)->evt);
    for (; age > 0; age--)
        *slot(lane, age) = *slot(lane, age - 1);
    lane->first = (lane->first + 1) & (lane->size - 1);
    lane->count--;
    count_add(COUNT_LANE_DROPPED, 1);
}

/* Does nobody need the old one once there is the new one? */
static bool is_replaced_by(const struct evt *old, const struct evt *evt)
{
    if (old->what != evt->what)
        return false;
    if (evt_kinds[evt->what].keep == KEEP_NONE)
        return true;
    return evt_kinds[evt->what].keep == KEEP_LAST &&
           strcmp(old->key, evt->key) == 0;
}

static bool is_over_half(const struct lane *lane)
{
    return lane->count > LANE_SLOTS / 2 || lane->bytes > LANE_BYTES / 2;
}

/* Drop what the new event replaces: up to half full, much may have piled up. */
static void coalesce(struct lane *lane, const struct evt *evt)
{
    uint32_t age = 0;

    if (evt_kinds[evt->what].keep == KEEP_ALL)
        return;
    while (age < lane->count) {
        if (is_replaced_by(slot(lane, age)->evt, evt))
            give_up(lane, age); /* the next one is now of this age */
        else
            age++;
    }
}

static bool is_full(const struct lane *lane, const struct evt *evt)
{
    return lane->count == LANE_SLOTS ||
           (lane->count > 0 && lane->bytes + evt_bytes(evt) > LANE_BYTES);
}

/* Give up the oldest telemetry. */
static bool make_room(struct lane *lane)
{
    for (uint32_t age = 0; age < lane->count; age++) {
        if (evt_kinds[slot(lane, age)->evt->what].keep == KEEP_NONE) {
            give_up(lane, age);
            return true;
        }
    }
    return false;
}

/* Twice the slots, the oldest first. */
static bool grow(struct lane *lane)
{
    uint32_t size = lane->size ? lane->size * 2 : FIRST_SLOTS;
    struct lane_slot *slots = malloc(size * sizeof(*slots));

    if (!slots)
        return false;
    for (uint32_t age = 0; age < lane->count; age++)
        slots[age] = *slot(lane, age);
    free(lane->slots);
    lane->slots = slots;
    lane->size = size;
    lane->first = 0;
    return true;
}

enum err lane_push(
        struct lane *lane, struct evt *evt, uint32_t room, int64_t now_ms)
{
    if (is_over_half(lane))
        coalesce(lane, evt);
    while (is_full(lane, evt))
        if (!make_room(lane))
            return ERR_TOO_SLOW;
    if (lane->count == lane->size && !grow(lane))
        return ERR_NO_MEMORY;

    *slot(lane, lane->count) = (struct lane_slot){ evt_ref(evt), now_ms, room };
    lane->count++;
    lane->bytes += evt_bytes(evt);
    return ERR_OK;
}

struct evt *lane_pop(struct lane *lane, uint32_t *room)
{
    struct lane_slot *oldest;

    if (lane->count == 0)
        return NULL;
    oldest = slot(lane, 0);
    lane->first = (lane->first + 1) & (lane->size - 1);
    lane->count--;
    lane->bytes -= evt_bytes(oldest->evt);
    *room = oldest->room;
    return oldest->evt;
}

const struct evt *lane_oldest(const struct lane *lane)
{
    return lane->count > 0 ? slot(lane, 0)->evt : NULL;
}

void lane_filter(struct lane *lane,
        bool (*is_wanted)(const void *context, struct lane_slot *slot),
        const void *context)
{
    uint32_t kept = 0;

    for (uint32_t age = 0; age < lane->count; age++) {
        struct lane_slot *next = slot(lane, age);

        if (is_wanted(context, next)) {
            *slot(lane, kept++) = *next;
        } else {
            lane->bytes -= evt_bytes(next->evt);
            evt_unref(next->evt);
        }
    }
    lane->count = kept;
}

int64_t lane_age_ms(const struct lane *lane, int64_t now_ms)
{
    return lane->count > 0 ? now_ms - slot(lane, 0)->at_ms : 0;
}
