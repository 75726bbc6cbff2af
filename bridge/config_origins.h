/*
 * config_origins: the origins whose pages may use Socket.IO, as the
 * configuration lists them: "https://menu.example, http://10.0.0.2:3000", or
 * "*" for all.
 */
#ifndef BRIDGE_CONFIG_ORIGINS_H
#define BRIDGE_CONFIG_ORIGINS_H

#include <stdint.h>

#include "bridge/config.h"

#define ORIGINS_MAX 16

struct origins {
    char text[CONFIG_CHARS + 1];
    const char *names[ORIGINS_MAX]; /* into `text`: not to be moved */
    uint32_t count;
};

/* ERR_CONFIG: one is none, or there are too many; the fault says it. */
enum err origins_read(
        struct origins *origins, const char *text, struct fault *fault);

#endif
