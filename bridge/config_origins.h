/*
 * config_origins: whose pages may use this port, as the configuration lists
 * them: "https://menu.example, http://10.0.0.2:3000", or "*" for all; and what
 * browsers call the port itself.
 */
#ifndef BRIDGE_CONFIG_ORIGINS_H
#define BRIDGE_CONFIG_ORIGINS_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/ws/origin.h"
#include "hub/base/err.h"

#define ORIGINS_MAX 16

struct origins {
    struct origin own; /* of public_url; all zeros: not said */
    struct origin others[ORIGINS_MAX];
    uint32_t count;
    bool any; /* "*" is among them */
};

/*
 * `public_url` is "https://HOST", perhaps with a slash at its end, or "".
 * ERR_CONFIG: one is none, or there are too many; the fault's field is
 * public_url or origins, its text says it.
 */
enum err origins_read(struct origins *origins, const char *public_url,
        const char *list, struct fault *fault);

#endif
