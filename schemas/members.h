/*
 * members: the kinds of those who log in to the broker.
 */
#ifndef SCHEMAS_MEMBERS_H
#define SCHEMAS_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

enum member_id {
#define MEMBER(id, ...) MEMBER_##id,
#include "schemas/members.def"
#undef MEMBER
    MEMBER_COUNT
};

struct member_kind {
    const char *name;
    uint32_t role;     /* ROLE_…, one bit */
    uint32_t grace_ms; /* gone for so long it is gone */
    uint32_t hears;    /* room_bit: rooms whose protobuf is for it */
    uint32_t roams;    /* and for one that belongs to no table */
    bool foreign;      /* speaks its maker's protocol: no topic of ours is for
                          it */
};

extern const struct member_kind member_kinds[MEMBER_COUNT];

/* By name, or MEMBER_COUNT. */
enum member_id member_kind_find(const char *name);

#endif
