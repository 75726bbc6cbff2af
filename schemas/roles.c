#include "schemas/roles.h"

#include <string.h>

const struct role roles[ROLE_COUNT] = {
#define ROLE(id, ...) [ROLE_INDEX_##id] = { __VA_ARGS__ },
#include "schemas/roles.def"
#undef ROLE
};

uint32_t role_find(const char *name)
{
    for (uint32_t i = 0; i < ROLE_COUNT; i++)
        if (strcmp(roles[i].name, name) == 0)
            return 1u << i;
    return 0;
}

bool role_are_guests(uint32_t mask)
{
    return !(mask & ~(uint32_t)(ROLE_TABLE | ROLE_USER));
}

uint32_t role_message_bytes(uint32_t mask)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < ROLE_COUNT; i++)
        if ((mask & 1u << i) && roles[i].message_bytes > most)
            most = roles[i].message_bytes;
    return most;
}

uint32_t role_per_second(uint32_t mask)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        if (!(mask & 1u << i))
            continue;
        if (roles[i].per_second == 0)
            return 0;
        if (roles[i].per_second > most)
            most = roles[i].per_second;
    }
    return most;
}

uint32_t role_connections(uint32_t mask)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        if (!(mask & 1u << i))
            continue;
        if (roles[i].connections == 0)
            return 0;
        if (roles[i].connections > most)
            most = roles[i].connections;
    }
    return most;
}

enum view role_view(uint32_t mask)
{
    enum view widest = VIEW_NONE;

    for (uint32_t i = 0; i < ROLE_COUNT; i++)
        if ((mask & 1u << i) && (!widest || roles[i].view < widest))
            widest = roles[i].view;
    return widest;
}
