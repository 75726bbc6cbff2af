#include "bridge/mqtt/track.h"

static struct track_slot *slot(struct track *track, uint32_t age)
{
    return &track->slots[(track->first + age) % TRACK_SLOTS];
}

void track_reset(struct track *track, uint64_t position)
{
    track->last = position;
    track->first = 0;
    track->count = 0;
}

bool track_sent(struct track *track, int mid, uint64_t seq)
{
    if (track->count == TRACK_SLOTS)
        return false;
    *slot(track, track->count) = (struct track_slot){ .mid = (uint16_t)mid,
        .seq = seq ? seq : track->last + 1 };
    track->count++;
    return true;
}

void track_handed(struct track *track, uint64_t seq)
{
    track->last = seq;
}

void track_acked(struct track *track, int mid)
{
    uint32_t age = 0;

    while (age < track->count &&
            (slot(track, age)->acked || slot(track, age)->mid != mid))
        age++;
    if (age == track->count)
        return;
    slot(track, age)->acked = true;
    while (track->count > 0 && slot(track, 0)->acked) {
        track->first = (track->first + 1) % TRACK_SLOTS;
        track->count--;
    }
}

uint64_t track_position(const struct track *track)
{
    if (track->count == 0)
        return track->last;
    return track->slots[track->first].seq - 1;
}
