/*
 * tongues: in whose words each producer speaks: which dialect belongs to a
 * client that publishes at in/<client>/<event>. Who is not named speaks ours.
 *
 * They are written down in the list of credentials, where `enrol` puts them,
 * or in a text, where the broker is somebody else's.
 */
#ifndef BRIDGE_MQTT_TONGUES_H
#define BRIDGE_MQTT_TONGUES_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/auth_sites.h"
#include "hub/base/err.h"
#include "schemas/rooms.h"

struct members;

struct tongue {
    char login[LOGIN_CHARS + 1]; /* see sites_login */
    enum dialect_id dialect;
};

/* Zeroed: everybody speaks our words. */
struct tongues {
    struct tongue *list;
    uint32_t count;
    struct members *members; /* that it goes by, borrowed; NULL: the text */
};

/* A zeroed or finished one is fine. */
void tongues_finish(struct tongues *tongues);

/* The dialect that text[0..len) names, or ERR_BAD_REQUEST. */
enum err tongue_parse(const char *text, size_t len, enum dialect_id *dialect,
        struct fault *fault);

/*
 * Go by a text: "till-1=kds, harbour.till-1=flat", with commas or spaces
 * between. ERR_CONFIG: it is not of this form, there is no such dialect, or
 * somebody stands there twice; the fault says which, nothing has changed.
 * ERR_NO_MEMORY.
 */
enum err tongues_read(
        struct tongues *tongues, const char *text, struct fault *fault);

/* Is everybody's restaurant one of these, and the first one not named?
 * ERR_CONFIG: the fault says who is wrong. */
enum err tongues_check(const struct tongues *tongues, const struct sites *sites,
        struct fault *fault);

/* Go by the list of credentials, which is borrowed. */
void tongues_follow(struct tongues *tongues, struct members *members);

/* What this login speaks. */
enum dialect_id tongues_find(
        struct tongues *tongues, const char *login, int64_t now_ms);

#endif
