#include "bridge/mqtt/tongues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/mqtt/members.h"
#include "schemas/dialects.h"

void tongues_finish(struct tongues *tongues)
{
    free(tongues->list);
    *tongues = (struct tongues){ .list = NULL };
}

static const struct tongue *find(
        const struct tongues *tongues, const char *login)
{
    for (uint32_t i = 0; i < tongues->count; i++)
        if (strcmp(tongues->list[i].login, login) == 0)
            return &tongues->list[i];
    return NULL;
}

static enum err add(struct tongues *tongues, const struct tongue *tongue)
{
    struct tongue *grown = realloc(
            tongues->list, (tongues->count + 1) * sizeof(*tongues->list));

    if (!grown)
        return ERR_NO_MEMORY;
    tongues->list = grown;
    tongues->list[tongues->count++] = *tongue;
    return ERR_OK;
}

/* Say what `fresh` says from now on; takes its list. */
static void replace(struct tongues *tongues, struct tongues *fresh)
{
    free(tongues->list);
    tongues->list = fresh->list;
    tongues->count = fresh->count;
    fresh->list = NULL;
}

/* --- texts --- */

static enum err refuse_dialect(
        const char *text, size_t len, struct fault *fault)
{
    char names[FAULT_TEXT_CHARS + 1] = "";
    size_t at = 0;

    for (int i = 0; i < DIALECT_COUNT && at < sizeof(names); i++)
        at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
                i ? ", " : "", dialects[i].name);
    return fault_set(fault, ERR_BAD_REQUEST, "dialect",
            "%.*s is no dialect; there are %s", len > 16 ? 16 : (int)len, text,
            names);
}

enum err tongue_parse(const char *text, size_t len, enum dialect_id *dialect,
        struct fault *fault)
{
    for (int i = 0; i < DIALECT_COUNT; i++)
        if (strlen(dialects[i].name) == len &&
                memcmp(dialects[i].name, text, len) == 0) {
            *dialect = (enum dialect_id)i;
            return ERR_OK;
        }
    return refuse_dialect(text, len, fault);
}

/* "<id>" or "<site>.<id>" */
static bool is_login(const char *text, size_t len)
{
    const char *dot = memchr(text, '.', len);
    size_t site = dot ? (size_t)(dot - text) : 0;

    if (!dot)
        return id_is_valid(text, len);
    return id_is_valid(text, site) && id_is_valid(dot + 1, len - site - 1);
}

/* One "<login>=<dialect>". */
static enum err read_one(struct tongues *tongues, const char *text, size_t len,
        struct fault *fault)
{
    const char *equals = memchr(text, '=', len);
    size_t login = equals ? (size_t)(equals - text) : 0;
    struct tongue tongue = { .dialect = DIALECT_NATIVE };

    if (!is_login(text, login) || login + 1 == len)
        return fault_set(fault, ERR_CONFIG, NULL,
                "has the form CLIENT=DIALECT, with commas between, a client "
                "being an id or RESTAURANT.ID");
    memcpy(tongue.login, text, login);
    if (tongue_parse(equals + 1, len - login - 1, &tongue.dialect, fault) !=
            ERR_OK)
        return fault->code = ERR_CONFIG;
    if (find(tongues, tongue.login))
        return fault_set(
                fault, ERR_CONFIG, NULL, "%s is there twice", tongue.login);
    if (add(tongues, &tongue) != ERR_OK)
        return fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    return ERR_OK;
}

enum err tongues_read(
        struct tongues *tongues, const char *text, struct fault *fault)
{
    static const char between[] = ", \t";
    struct tongues fresh = { .list = NULL };
    enum err err = ERR_OK;

    text += strspn(text, between);
    while (err == ERR_OK && *text) {
        size_t len = strcspn(text, between);

        err = read_one(&fresh, text, len, fault);
        text += len;
        text += strspn(text, between);
    }
    if (err == ERR_OK)
        replace(tongues, &fresh);
    tongues_finish(&fresh);
    return err;
}

enum err tongues_check(const struct tongues *tongues, const struct sites *sites,
        struct fault *fault)
{
    for (uint32_t i = 0; i < tongues->count; i++) {
        const char *login = tongues->list[i].login;
        const char *dot = strchr(login, '.');
        char site[ID_CHARS + 1];

        if (!dot)
            continue;
        snprintf(site, sizeof(site), "%.*s", (int)(dot - login), login);
        if (!sites_find(sites, site))
            return fault_set(fault, ERR_CONFIG, NULL,
                    "%s: there is no restaurant %s", login, site);
        if (strcmp(sites->names[0], site) == 0)
            return fault_set(fault, ERR_CONFIG, NULL,
                    "%s is just %s, as %s is the first restaurant", login,
                    dot + 1, site);
    }
    return ERR_OK;
}

/* --- the list of credentials --- */

void tongues_follow(struct tongues *tongues, struct members *members)
{
    tongues->members = members;
}

static enum dialect_id dialect_of(
        struct members *members, const char *login, int64_t now_ms)
{
    const struct member *member;

    members_look(members, now_ms);
    member = members_find(members, login);
    return member ? member->dialect : DIALECT_NATIVE;
}

enum dialect_id tongues_find(
        struct tongues *tongues, const char *login, int64_t now_ms)
{
    const struct tongue *tongue;

    if (tongues->members)
        return dialect_of(tongues->members, login, now_ms);
    tongue = find(tongues, login);
    return tongue ? tongue->dialect : DIALECT_NATIVE;
}
