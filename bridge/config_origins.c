#include "bridge/config_origins.h"

#include <stdio.h>
#include <string.h>

#include "bridge/config.h"

#define BETWEEN ", \t"

static enum err add(
        struct origins *origins, const char *name, struct fault *fault)
{
    if (strcmp(name, "*") == 0) {
        origins->any = true;
        return ERR_OK;
    }
    if (origins->count == ORIGINS_MAX)
        return fault_set(fault, ERR_CONFIG, "origins", "at most %d origins",
                ORIGINS_MAX);
    if (!origin_read(name, &origins->others[origins->count]))
        return fault_set(fault, ERR_CONFIG, "origins",
                "%.60s has not the form https://HOST or http://HOST:PORT",
                name);
    origins->count++;
    return ERR_OK;
}

static enum err read_own(
        struct origins *origins, const char *url, struct fault *fault)
{
    char name[CONFIG_CHARS + 1];
    size_t len = strlen(url);

    if (len == 0)
        return ERR_OK;
    snprintf(name, sizeof(name), "%.*s",
            (int)(url[len - 1] == '/' ? len - 1 : len), url);
    if (origin_read(name, &origins->own) &&
            (strcmp(origins->own.scheme, "https") == 0 ||
                    strcmp(origins->own.scheme, "http") == 0))
        return ERR_OK;
    return fault_set(fault, ERR_CONFIG, "public_url",
            "%.60s has not the form https://HOST or http://HOST:PORT", url);
}

enum err origins_read(struct origins *origins, const char *public_url,
        const char *list, struct fault *fault)
{
    char text[CONFIG_CHARS + 1];
    char *at = text;
    enum err err;

    *origins = (struct origins){ 0 };
    err = read_own(origins, public_url, fault);
    snprintf(text, sizeof(text), "%s", list);
    for (at += strspn(at, BETWEEN); *at && err == ERR_OK;
            at += strspn(at, BETWEEN)) {
        char *name = at;

        at += strcspn(at, BETWEEN);
        if (*at)
            *at++ = '\0';
        err = add(origins, name, fault);
    }
    return err;
}
