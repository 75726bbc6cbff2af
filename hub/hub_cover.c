/* Who is there to notice: listeners that serve in a room, and printers. */
#include "hub/escalate.h"
#include "hub/hub_parts.h"

#define SERVES_KITCHEN (ROLE_KITCHEN | ROLE_MANAGER)
#define SERVES_WAITERS (ROLE_WAITER | ROLE_MANAGER)
#define BOTH           (ROOM_RESTAURANT | ROOM_ALL)

const char *const cover_rooms[COVER_ROOMS] = {
    [COVER_KITCHEN] = "kitchen",
    [COVER_WAITERS] = "waiters",
};

/* Whose listening is somebody's being there. Back ends, tills and
 * administrators look on; a button or a buzzer shows nobody an order; what
 * devices and links of the broker read is not known here. */
static const struct {
    uint32_t roles;
    uint32_t rooms;
} serves[COVER_ROOMS] = {
    [COVER_KITCHEN] = { SERVES_KITCHEN, ROOM_KITCHEN | ROOM_STATION | BOTH },
    [COVER_WAITERS] = { SERVES_WAITERS, ROOM_WAITERS | BOTH },
};

static bool is_in(const struct hub_client *client, uint32_t rooms)
{
    for (uint32_t i = 0; i < client->membership_count; i++)
        if (1u << client->memberships[i].room.kind & rooms)
            return true;
    return false;
}

static bool is_here(const struct hub_client *client)
{
    return client->state == ERR_OK && !client->is_leaving &&
           !client->outlet->is_unseen;
}

static bool anybody_serves(const struct hub *hub, enum cover_room room)
{
    const struct hub_client *client = hub->clients;

    while (client &&
            !(is_here(client) && client->principal.roles & serves[room].roles &&
                    is_in(client, serves[room].rooms)))
        client = client->next;
    return client != NULL;
}

void hub_look_around(struct hub *hub)
{
    for (int i = 0; i < COVER_ROOMS; i++) {
        struct cover *cover = &hub->escalations.covers[i];

        cover->is_there =
                anybody_serves(hub, (enum cover_room)i) ||
                (i == COVER_KITCHEN && escalate_has_printer(&hub->state));
        if (cover->is_there)
            cover->seen_ms = steady_now(&hub->steady);
    }
}

bool hub_room_is_empty(const struct hub *hub, enum cover_room room)
{
    const struct escalations *all = &hub->escalations;
    const struct cover *cover = &all->covers[room];
    int64_t now_ms = steady_now(&hub->steady);

    return !cover->is_there && now_ms >= all->missed_from_ms &&
           now_ms - cover->seen_ms >= all->ladders.empty_after_ms;
}

static bool cook_is_in(
        const struct hub *hub, enum room_index kind, const char *id)
{
    struct hub_client **clients;
    struct room room;
    uint32_t count;

    if (!room_make(kind, id, &room))
        return false;
    clients = route_clients(&hub->route, &room, &count);
    for (uint32_t i = 0; i < count; i++)
        if (is_here(clients[i]) && clients[i]->principal.roles & SERVES_KITCHEN)
            return true;
    return false;
}

bool hub_is_served(const struct hub *hub, const char *station)
{
    return cook_is_in(hub, ROOM_INDEX_KITCHEN, "") ||
           cook_is_in(hub, ROOM_INDEX_RESTAURANT, "") ||
           cook_is_in(hub, ROOM_INDEX_ALL, "") ||
           (station && cook_is_in(hub, ROOM_INDEX_STATION, station)) ||
           escalate_is_printed(&hub->state, station);
}
