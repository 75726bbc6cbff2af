#include "schemas/members.h"

#include <string.h>

#include "schemas/roles.h"
#include "schemas/rooms.h"

const struct member_kind member_kinds[MEMBER_COUNT] = {
#define MEMBER(id, ...) [MEMBER_##id] = { __VA_ARGS__ },
#include "schemas/members.def"
#undef MEMBER
};

enum member_id member_kind_find(const char *name)
{
    int i = 0;

    while (i < MEMBER_COUNT && strcmp(member_kinds[i].name, name) != 0)
        i++;
    return (enum member_id)i;
}
