#include "bridge/wires/wires.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

const struct wire *const wires[WIRE_COUNT] = {
#define WIRE(id, table) [WIRE_##id] = &table,
#include "bridge/wires.def"
#undef WIRE
};

const struct wire *wire_find(const char *subprotocol)
{
    for (int i = 0; i < WIRE_COUNT; i++)
        if (wires[i]->subprotocol &&
                strcmp(wires[i]->subprotocol, subprotocol) == 0)
            return wires[i];
    return NULL;
}

const struct wire *wire_find_path(const char *path)
{
    for (int i = 0; i < WIRE_COUNT; i++)
        if (wires[i]->path && strcmp(wires[i]->path, path) == 0)
            return wires[i];
    return NULL;
}

void said_finish(struct said *said)
{
    free(said->token);
    free(said->after);
    free(said->stage);
    body_free(said->heard.body);
    said->token = said->after = said->stage = NULL;
    said->heard.body = NULL;
}

enum err said_add_room(
        struct said *said, const char *text, size_t len, struct fault *fault)
{
    char field[sizeof("rooms[4294967295]")];

    snprintf(field, sizeof(field), "rooms[%u]", said->room_count);
    if (said->room_count == WIRE_ROOMS)
        return fault_set(fault, ERR_OUT_OF_RANGE, "rooms",
                "has more than %d rooms", WIRE_ROOMS);
    if (!room_parse(text, len, &said->rooms[said->room_count]))
        return fault_set(fault, ERR_BAD_ROOM, field, NULL);
    said->room_count++;
    return ERR_OK;
}
