/*
 * bearers: who has how many connections.
 *
 * A bearer is a site, a set of roles and a subject, with the table, sitting or
 * device that goes with them. When one has more connections than its roles
 * may, the oldest ends. What several speak over one connection counts once.
 */
#ifndef BRIDGE_WS_BEARERS_H
#define BRIDGE_WS_BEARERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "hub/base/hash.h"
#include "hub/evt/principal.h"

#define BEARERS_BUCKETS 1024

/* The subject of tokens that name nobody in particular: the token itself
 * stands for its bearer. */
#define BEARERS_ANYBODY "cli"

/* One listener of a bearer; part of whatever it belongs to. */
struct bearer {
    LIST_ENTRY(bearer) chain;
    bool is_in;
    uint64_t who;
    void *connection;
    /* Its connection is to end; called when it is out already, and may not
     * destroy anything at once. */
    void (*end)(struct bearer *bearer);
};

LIST_HEAD(bearer_chain, bearer);

struct bearers {
    struct bearer_chain buckets[BEARERS_BUCKETS]; /* the youngest first */
    struct hash_key key;
};

/* Nobody is there. */
void bearers_init(struct bearers *bearers, struct hash_key key);

/* Who is it? A hash that nobody outside can steer. */
uint64_t bearers_who(const struct bearers *bearers, const char *site,
        const struct principal *principal);

/*
 * One more of `who` over `connection`; if it is in already, it comes anew.
 * `most` connections stay, this one among them; 0: all.
 */
void bearers_enter(struct bearers *bearers, struct bearer *bearer, uint64_t who,
        void *connection, uint32_t most);

/* It goes. One that is not in is fine. */
void bearers_leave(struct bearer *bearer);

#endif
