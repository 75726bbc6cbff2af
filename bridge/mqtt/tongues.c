#include "bridge/mqtt/tongues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/mqtt/roster.h"
#include "hub/base/log.h"
#include "schemas/dialects.h"

#define AGAIN_MS 1000

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

enum err tongues_follow(struct tongues *tongues, const char *data_dir)
{
    return files_make_dir(data_dir, tongues->dir);
}

static enum err take_all(struct tongues *fresh, const struct roster *roster)
{
    enum err err = ERR_OK;

    for (uint32_t i = 0; i < roster->count && err == ERR_OK; i++) {
        struct tongue tongue = { .dialect = roster->members[i].dialect };

        memcpy(tongue.login, roster->members[i].login, sizeof(tongue.login));
        if (tongue.dialect != DIALECT_NATIVE)
            err = add(fresh, &tongue);
    }
    return err;
}

static enum err read_credentials(struct tongues *tongues)
{
    struct tongues fresh = { .list = NULL };
    struct roster roster;
    enum err err = roster_look(&roster, tongues->dir);

    if (err == ERR_OK)
        err = take_all(&fresh, &roster);
    if (err == ERR_OK)
        replace(tongues, &fresh);
    roster_close(&roster);
    tongues_finish(&fresh);
    return err;
}

/* Whoever writes the file makes a new one. */
static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
           one->st_size == other->st_size &&
           one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* The file is looked at before it is read: one that comes in between is read
 * twice, and none is missed. */
static void look_again(struct tongues *tongues, int64_t now_ms)
{
    char path[BROKER_PATH_BYTES];
    struct stat now;

    if (files_path(tongues->dir, ROSTER_FILE, path) != ERR_OK ||
            stat(path, &now) != 0 || is_same(&now, &tongues->seen))
        return;
    if (now_ms < tongues->again_ms && tongues->again_ms - now_ms <= AGAIN_MS)
        return;
    if (read_credentials(tongues) == ERR_OK)
        tongues->seen = now;
    else
        tongues->again_ms = now_ms + AGAIN_MS;
}

enum dialect_id tongues_find(
        struct tongues *tongues, const char *login, int64_t now_ms)
{
    const struct tongue *tongue;

    if (tongues->dir[0])
        look_again(tongues, now_ms);
    tongue = find(tongues, login);
    return tongue ? tongue->dialect : DIALECT_NATIVE;
}
