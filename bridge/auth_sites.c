#include "bridge/auth_sites.h"

#include <stdio.h>
#include <string.h>

static enum err add_one(
        struct sites *sites, const char *name, size_t len, struct fault *fault)
{
    char *own;

    if (!id_is_valid(name, len))
        return fault_set(fault, ERR_CONFIG, NULL, "a name is " ID_GRAMMAR);
    if (sites->count == SITES_MAX)
        return fault_set(fault, ERR_CONFIG, NULL,
                "more than %d restaurants in all", SITES_MAX);
    own = sites->names[sites->count];
    memcpy(own, name, len);
    own[len] = '\0';
    if (sites_find(sites, own))
        return fault_set(fault, ERR_CONFIG, NULL, "%s is named twice", own);
    sites->count++;
    return ERR_OK;
}

enum err sites_add(struct sites *sites, const char *list, struct fault *fault)
{
    static const char between[] = ", \t";
    uint32_t before = sites->count;
    enum err err = ERR_OK;

    list += strspn(list, between);
    while (err == ERR_OK && *list) {
        size_t len = strcspn(list, between);

        err = add_one(sites, list, len, fault);
        list += len;
        list += strspn(list, between);
    }
    if (err != ERR_OK)
        sites->count = before;
    return err;
}

const char *sites_find(const struct sites *sites, const char *name)
{
    for (uint32_t i = 0; i < sites->count; i++)
        if (strcmp(sites->names[i], name) == 0)
            return sites->names[i];
    return NULL;
}

void sites_login(const struct sites *sites, const char *site, const char *id,
        char login[LOGIN_CHARS + 1])
{
    if (strcmp(sites->names[0], site) == 0)
        snprintf(login, LOGIN_CHARS + 1, "%s", id);
    else
        snprintf(login, LOGIN_CHARS + 1, "%s.%s", site, id);
}
