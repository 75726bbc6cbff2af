#include "tests/sim/plant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "tests/sim/world.h"

/* --- in the journal --- */

/* Under a key that its source has used before. */
static void enter_twice(struct world *world, struct record *record)
{
    const struct judge *judge = &world->judge;
    uint64_t seq = judge->head;

    if (world->plant != PLANT_ENTER_TWICE)
        return;
    while (seq > judge->first && judge->book[seq].key[0] == '\0')
        seq--;
    if (seq <= judge->first || !world_plants(world, PLANT_ENTER_TWICE, 20))
        return;
    record->source = judge->book[seq].evt->src;
    record->key = judge->book[seq].key;
}

/* Into a room besides that is not for such events. */
static void misroute(struct world *world, struct record *record)
{
    static const char *const names[] = { "admin", "guests", "kitchen" };
    static char rooms[4096];
    const struct evt_kind *kind = &evt_kinds[evt_find_wire(record->wire)];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct room room;

        if (!room_parse(names[i], strlen(names[i]), &room) ||
                (kind->to & (1u << room.kind)))
            continue;
        if (!world_plants(world, PLANT_MISROUTE, 10))
            return;
        snprintf(rooms, sizeof(rooms), "%s\n%s", names[i], record->rooms);
        record->rooms = rooms;
        return;
    }
}

bool plant_in_record(struct world *world, struct record *record)
{
    if (world_plants(world, PLANT_LOSE_RECORD, 10))
        return false;
    enter_twice(world, record);
    misroute(world, record);
    return true;
}

/* --- on the way --- */

struct evt *plant_forged(const struct evt *evt)
{
    ProtobufCMessage *body = body_copy(evt->body);
    struct evt *forged;

    if (!body || evt_create(evt->what, body, &forged) != ERR_OK)
        abort();
    forged->id = evt->id;
    forged->id.bytes[0] ^= 1;
    forged->seq = evt->seq;
    forged->epoch = evt->epoch;
    forged->seal = evt->seal;
    forged->ts_ms = evt->ts_ms;
    forged->room_count = evt->room_count;
    memcpy(forged->rooms, evt->rooms, sizeof(forged->rooms));
    return forged;
}

/* --- in the picture --- */

static void drop_all(struct shelf *ours, struct shelf *theirs)
{
    const struct shelf_entry *entry;

    while ((entry = shelf_first(ours))) {
        char id[SHELF_ID_CHARS + 1];

        snprintf(id, sizeof(id), "%s", shelf_id(entry));
        shelf_drop(theirs, id);
        shelf_drop(ours, id);
    }
}

void plant_in_pictures(struct world *world)
{
    struct state *ours = &world->judge.state;
    struct state *theirs = world->house.hub ? &world->house.hub->state : NULL;

    if (theirs && world_plants(world, PLANT_FORGET_JOB, 1000))
        drop_all(&ours->jobs, &theirs->jobs);
    if (theirs && shelf_first(&ours->escalations) &&
            world_plants(world, PLANT_FORGET_ESCALATION, 1000))
        drop_all(&ours->escalations, &theirs->escalations);
}
