/*
 * members: the list of credentials as the daemon knows it: what it is read
 * for, and when it is read again. It is on disk before the broker lets anybody
 * new in, so whoever looks before it asks is never behind.
 */
#ifndef BRIDGE_MQTT_MEMBERS_H
#define BRIDGE_MQTT_MEMBERS_H

#include <stdint.h>
#include <sys/stat.h>

#include "bridge/mqtt/roster.h"
#include "hub/base/err.h"

/* Zeroed: there is no list, and nobody in it. */
struct members {
    struct roster roster;        /* as it was read last */
    char dir[BROKER_PATH_BYTES]; /* where the list is; "": nowhere */
    struct stat seen;            /* its file then */
    int64_t again_ms;            /* not before: it could not be read */
    uint32_t version;            /* counts the times that it was read */
};

/* Go by the list in <data>/broker. ERR_IO: the log says why. */
enum err members_follow(struct members *members, const char *data_dir);

/* A zeroed or finished one is fine. */
void members_finish(struct members *members);

/*
 * Read it, if it was replaced since; see `version`. One that cannot be read
 * leaves what was known, and is tried again a second later; the log says why.
 */
void members_look(struct members *members, int64_t now_ms);

/* Also who was retired; NULL: nobody that was enrolled here. Borrowed until it
 * is looked at again. */
const struct member *members_find(
        const struct members *members, const char *login);

#endif
