/*
 * link: the hub's own connection to the broker: the production inbox and
 * outbox of bridge/mqtt, and in place of the client library this.
 *
 * What comes in is acknowledged after the commit; what goes out is followed by
 * the production track, so that after any end the rest comes again.
 */
#ifndef TESTS_SIM_LINK_H
#define TESTS_SIM_LINK_H

#include <stdint.h>

struct world;
struct message;

struct link; /* in link.c: its outbox is another one than a device's */

void link_begin(struct world *world);
void link_end(struct world *world);

/* The hub is up, or is no more. */
void link_open(struct world *world);
void link_lose_house(struct world *world);

/* In a turn: what has come in; and after its commit. */
void link_take(struct world *world);
void link_flush(struct world *world);

/* What the broker does. */
void link_heard(struct world *world, uint32_t mid, struct message *message);
void link_published(struct world *world, int token);
void link_lost(struct world *world);

#endif
