/*
 * roles: who there is, and the four views of an event.
 *
 * Role sets are bit masks of ROLE_…; 0 is nobody.
 */
#ifndef SCHEMAS_ROLES_H
#define SCHEMAS_ROLES_H

#include <stdbool.h>
#include <stdint.h>

/* What of an event somebody sees; fields.def says which fields go. */
enum view {
    VIEW_NONE,     /* nothing: the event is not for this role */
    VIEW_FULL,     /* everything */
    VIEW_STAFF,    /* no payment data */
    VIEW_CUSTOMER, /* no staff, no reasons of staff */
    VIEW_DEVICE,   /* what a machine needs to act */
    VIEW_COUNT
};

enum role_index {
#define ROLE(id, ...) ROLE_INDEX_##id,
#include "schemas/roles.def"
#undef ROLE
    ROLE_COUNT
};

enum role_bit {
#define ROLE(id, ...) ROLE_##id = 1u << ROLE_INDEX_##id,
#include "schemas/roles.def"
#undef ROLE
};

struct role {
    const char *name;
    uint32_t message_bytes; /* largest message accepted from it */
    uint32_t per_second;    /* messages a second; 0: not limited by rate */
    uint32_t connections;   /* of one bearer at once; 0: not limited */
    bool names_others;      /* it may say in whose name it speaks: behind it are
                               several people */
    enum view view;         /* of pictures; for events see catalogue.def */
};

extern const struct role roles[ROLE_COUNT];

/* The bit of a role's name, or 0. */
uint32_t role_find(const char *name);

/* Guests, or nobody: none of the house, and no device. */
bool role_are_guests(uint32_t mask);

/* Largest message that any of `mask` may send, in bytes; 0 for nobody. */
uint32_t role_message_bytes(uint32_t mask);

/* The most messages that any of `mask` may say a second; 0: no limit. */
uint32_t role_per_second(uint32_t mask);

/* The most connections that a bearer of `mask` may have; 0: no limit. */
uint32_t role_connections(uint32_t mask);

/* The widest view that any of `mask` has of a picture; VIEW_NONE for nobody. */
enum view role_view(uint32_t mask);

#endif
