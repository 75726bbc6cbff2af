/*
 * crowd: how many strangers come from each address.
 *
 * As many addresses are kept as have a stranger just now, so whoever limits
 * the strangers limits this. An address of IPv6 is taken for its network of 64
 * bits: a household has all of it.
 */
#ifndef BRIDGE_WS_CROWD_H
#define BRIDGE_WS_CROWD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "hub/base/hash.h"

#define CROWD_BUCKETS 256

struct crowd_place {
    LIST_ENTRY(crowd_place) chain;
    struct in6_addr address;
    uint32_t count; /* of strangers, from 1 */
};

LIST_HEAD(crowd_chain, crowd_place);

struct crowd {
    struct crowd_chain buckets[CROWD_BUCKETS];
    struct hash_key key;
};

/* Nobody is there. */
void crowd_init(struct crowd *crowd, struct hash_key key);

/* One more from `address` (IPv4 as ::ffff:a.b.c.d). Borrowed until it leaves;
 * NULL: no memory. */
struct crowd_place *crowd_enter(
        struct crowd *crowd, const struct in6_addr *address);

/* One goes. NULL is fine. */
void crowd_leave(struct crowd_place *place);

/* Whose is an address? That of an IPv4 host, or of a network of IPv6. */
struct in6_addr crowd_network(const struct in6_addr *address);

/* Are these two one? */
bool crowd_is_same(const struct in6_addr *a, const struct in6_addr *b);

/* How many are there from this address? */
uint32_t crowd_count(const struct crowd *crowd, const struct in6_addr *address);

#endif
