#include "bridge/config_origins.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BETWEEN ", \t"

/* As browsers send it: a scheme and a host, perhaps a port, and nothing more:
 * no slash at the end. */
static bool is_origin(const char *name)
{
    const char *host = strstr(name, "://");

    if (strcmp(name, "*") == 0)
        return true;
    return host && host > name && host[3] && !strpbrk(host + 3, "/?#@*");
}

enum err origins_read(
        struct origins *origins, const char *text, struct fault *fault)
{
    char *at = origins->text;

    origins->count = 0;
    snprintf(origins->text, sizeof(origins->text), "%s", text);
    for (at += strspn(at, BETWEEN); *at; at += strspn(at, BETWEEN)) {
        char *name = at;

        at += strcspn(at, BETWEEN);
        if (*at)
            *at++ = '\0';
        if (origins->count == ORIGINS_MAX)
            return fault_set(
                    fault, ERR_CONFIG, NULL, "at most %d origins", ORIGINS_MAX);
        if (!is_origin(name))
            return fault_set(fault, ERR_CONFIG, NULL,
                    "%.60s has not the form https://HOST or http://HOST:PORT",
                    name);
        origins->names[origins->count++] = name;
    }
    return ERR_OK;
}
