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

#define ID_PART ":id"

/* Does the path fit? Its id is id[0..len), which may be empty. */
static bool fits(const struct route *route, const char *path, const char **id,
        size_t *len)
{
    const char *part = strchr(route->path, ':');
    size_t before = part ? (size_t)(part - route->path) : 0;
    const char *rest = part ? part + strlen(ID_PART) : "";

    *id = path;
    *len = 0;
    if (!part)
        return strcmp(route->path, path) == 0;
    if (strncmp(route->path, path, before) != 0)
        return false;
    *id = path + before;
    *len = strlen(*id);
    if (*len < strlen(rest) || strcmp(*id + *len - strlen(rest), rest) != 0)
        return false;
    *len -= strlen(rest);
    return id_is_valid(*id, *len);
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
        size_t len;

        if (!fits(&routes[i], path, &id, &len))
            continue;
        found->methods |= methods_of(&routes[i]);
        if (found->route || !(methods_of(&routes[i]) & 1u << method))
            continue;
        found->route = &routes[i];
        snprintf(found->id, sizeof(found->id), "%.*s", (int)len, id);
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
