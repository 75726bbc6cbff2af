#include "bridge/mqtt/states.h"

#include <string.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/log.h"
#include "hub/hub.h"
#include "schemas/picture.pb-c.h"

void states_reset(struct states *states, uint64_t position)
{
    states->done = states->sent = position;
}

/*
 * One sweep after another: pictures are published behind the events that they
 * show, so when something later is what the broker has yet to acknowledge, or
 * nothing is, it has them.
 */
uint64_t states_position(struct states *states, const struct track *track)
{
    uint64_t position = track_position(track);

    if (track->count == 0 || position > states->sent)
        states->done = states->sent;
    if (states->count == 0 && states->done == states->sent)
        states->sent = track->last;
    if (track->count == 0)
        states->done = states->sent;
    return states->done < position ? states->done : position;
}

void states_touch(struct states *states, const struct room *room)
{
    if (room->kind != ROOM_INDEX_KITCHEN && room->kind != ROOM_INDEX_WAITERS &&
            room->kind != ROOM_INDEX_TABLE && room->kind != ROOM_INDEX_ORDER)
        return;
    for (uint32_t i = 0; i < states->count; i++)
        if (room_equal(&states->rooms[i], room))
            return;
    if (states->count < STATES_ROOMS)
        states->rooms[states->count++] = *room;
}

bool states_has_room(const struct states *states)
{
    return states->count + EVT_ROOMS <= STATES_ROOMS;
}

bool states_are_due(const struct states *states, int64_t now_ms)
{
    int64_t pause_ms = states->pause_ms ? states->pause_ms : STATES_PAUSE_MS;

    /* The wall clock may jump back; waiting for it again would be long. */
    return states->count > 0 &&
           (now_ms - states->swept_ms >= pause_ms || now_ms < states->swept_ms);
}

void states_swept(struct states *states, int64_t from_ms, int64_t to_ms)
{
    int64_t pause_ms = (to_ms - from_ms) * 10;

    states->swept_ms = to_ms;
    states->pause_ms = pause_ms < STATES_PAUSE_MS        ? STATES_PAUSE_MS
                       : pause_ms > STATES_PAUSE_MOST_MS ? STATES_PAUSE_MOST_MS
                                                         : pause_ms;
}

bool states_next(struct states *states, struct room *room)
{
    if (states->count == 0)
        return false;
    *room = states->rooms[--states->count];
    return true;
}

static bool is_closed(const Dw__Order *order)
{
    return order->status == DW__ORDER_STATUS__ORDER_STATUS_COMPLETED ||
           order->status == DW__ORDER_STATUS__ORDER_STATUS_CANCELLED;
}

/* Nothing of it is left that anybody would want to see. */
static bool is_gone(const struct room *room, const Dw__Picture *picture)
{
    if (room->kind == ROOM_INDEX_ORDER)
        return picture->n_orders == 0 || is_closed(picture->orders[0]);
    if (room->kind == ROOM_INDEX_TABLE)
        return picture->n_tables == 0 && picture->n_orders == 0 &&
               picture->n_calls == 0;
    return false;
}

static void clear_too_large(
        struct states *states, const struct room *room, struct buf *out)
{
    char name[ROOM_CHARS + 1];

    room_print(room, name);
    if (!states->is_too_large)
        log_warn("mqtt: the picture of %s and perhaps others is too large to "
                 "be retained",
                name);
    states->is_too_large = true;
    buf_clear(out);
}

void states_put(struct states *states, struct hub *hub, const struct room *room,
        struct buf *out)
{
    Dw__Picture *picture = hub_picture(hub, ROLE_HUB, room, 1);

    if (picture && !is_gone(room, picture))
        dialect_put_json(out, &picture->base, VIEW_FULL);
    if (out->failed)
        clear_too_large(states, room, out);
    hub_picture_free(picture);
}
