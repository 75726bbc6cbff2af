/*
 * admit: tells a restaurant's hub who was given a credential and who lost one:
 * device.provisioned and device.retired, in the order in which it happened,
 * each once. How far it has come is on disk with the events themselves, so
 * what was done while no daemon ran is told by the next one.
 */
#ifndef BRIDGE_MQTT_ADMIT_H
#define BRIDGE_MQTT_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/mqtt/members.h"
#include "hub/outlet.h"

struct hub;

#define ADMIT_MOST 64 /* that are told in one go; the rest follow */

struct admit {
    struct hub *hub;
    const char *site;
    struct members *members; /* borrowed; NULL: nobody has credentials here */
    uint32_t version;        /* of the list, as far as it was told */
    int64_t told_ms;         /* `at_ms` of the last one that was told */
    bool is_behind;          /* something was not told, or not stored */
};

/* Go on where it stopped. Pair with hub_forget(hub, admit). */
void admit_init(struct admit *admit, struct hub *hub, const char *site,
        struct members *members);

/*
 * Look at the list, and tell what is new. Call it before a member is heard,
 * and now and then.
 */
void admit_look(struct admit *admit, int64_t now_ms);

/* As what was `id` enrolled here? NULL: not here. Borrowed until the list is
 * looked at again; also who was retired. */
const struct member *admit_find(
        const struct admit *admit, const struct sites *sites, const char *id);

/*
 * The device of this restaurant that was retired next after `after_ms`, or
 * NULL.
 */
const struct member *admit_next_retired(
        const struct admit *admit, int64_t after_ms);

#endif
