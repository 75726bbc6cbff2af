/*
 * auth_sites: the names of the restaurants that one daemon serves.
 *
 * The first is the one that keeps what a daemon with a single restaurant has:
 * its place on disk, its credentials. A name is an id by the grammar of
 * schemas/rooms.h.
 */
#ifndef BRIDGE_AUTH_SITES_H
#define BRIDGE_AUTH_SITES_H

#include <stdint.h>

#include "hub/base/err.h"
#include "schemas/rooms.h"

#define SITES_MAX   64
#define LOGIN_CHARS (ID_CHARS + 1 + ID_CHARS)

struct sites {
    char names[SITES_MAX][ID_CHARS + 1]; /* the first one first */
    uint32_t count;
};

/*
 * Add the names in `list`, with commas or spaces between them.
 * ERR_CONFIG: one is no id, is there already, or they are too many; `fault`
 * has the sentence, *sites is unchanged.
 */
enum err sites_add(struct sites *sites, const char *list, struct fault *fault);

/* Our own copy of the name, or NULL: no such site. Borrowed from `sites`. */
const char *sites_find(const struct sites *sites, const char *name);

/*
 * What `id` of `site` is called where all restaurants meet, at the broker: at
 * the first site as it is, elsewhere "<site>.<id>". No id has a dot.
 */
void sites_login(const struct sites *sites, const char *site, const char *id,
        char login[LOGIN_CHARS + 1]);

#endif
