#include "bridge/ws/routes.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "bridge/ws/http.h"

const struct route routes[] = {
#define ROUTE(...) { __VA_ARGS__ },
#include "bridge/ws/routes.def"
#undef ROUTE
};

const uint32_t route_count = sizeof(routes) / sizeof(routes[0]);

static const struct {
    int method;
    const char *name;
} names[] = {
    { LWSHUMETH_GET, "GET" },
    { LWSHUMETH_HEAD, "HEAD" },
    { LWSHUMETH_POST, "POST" },
    { LWSHUMETH_PUT, "PUT" },
    { LWSHUMETH_PATCH, "PATCH" },
    { LWSHUMETH_DELETE, "DELETE" },
};

/* Does the path fit? `id` is where its id begins, or its end. */
static bool fits(const struct route *route, const char *path, const char **id)
{
    const char *part = strchr(route->path, ':');
    size_t len = part ? (size_t)(part - route->path) : 0;

    *id = path + strlen(path);
    if (!part)
        return strcmp(route->path, path) == 0;
    if (strncmp(route->path, path, len) != 0)
        return false;
    *id = path + len;
    return id_is_valid(*id, strlen(*id));
}

static uint32_t methods_of(const struct route *route)
{
    uint32_t head = route->method == LWSHUMETH_GET ? 1u << LWSHUMETH_HEAD : 0;

    return 1u << route->method | head;
}

void route_find(const char *path, int method, struct route_found *found)
{
    *found = (struct route_found){ 0 };
    for (uint32_t i = 0; i < route_count; i++) {
        const char *id;

        if (!fits(&routes[i], path, &id))
            continue;
        found->methods |= methods_of(&routes[i]);
        if (found->route || !(methods_of(&routes[i]) & 1u << method))
            continue;
        found->route = &routes[i];
        snprintf(found->id, sizeof(found->id), "%s", id);
    }
}

void route_print_methods(uint32_t methods, char out[METHODS_CHARS + 1])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (methods & 1u << names[i].method)
            len += (size_t)snprintf(out + len, METHODS_CHARS + 1 - len, "%s%s",
                    len ? ", " : "", names[i].name);
}
