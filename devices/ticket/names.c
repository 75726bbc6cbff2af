#include "devices/ticket/names.h"

#include <string.h>

const struct ticket_name ticket_names[NAME_COUNT] = {
#define TEXT(id, ...) [NAME_##id] = { __VA_ARGS__ },
#define LIST(id, ...) [NAME_##id] = { .is_list = true, __VA_ARGS__ },
#include "devices/ticket/names.def"
#undef TEXT
#undef LIST
};

enum ticket_name_id ticket_name_find(
        enum ticket_scope scope, const char *name, size_t len)
{
    for (int i = 0; i < NAME_COUNT; i++)
        if (ticket_names[i].scope == scope &&
                strlen(ticket_names[i].name) == len &&
                memcmp(ticket_names[i].name, name, len) == 0)
            return (enum ticket_name_id)i;
    return NAME_COUNT;
}
