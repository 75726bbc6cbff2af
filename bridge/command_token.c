#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/auth.h"
#include "bridge/command.h"
#include "hub/evt/principal.h"
#include "schemas/roles.h"

#define STAFF_MS    ((int64_t)12 * 60 * 60 * 1000) /* a shift */
#define LINK_MS     ((int64_t)15 * 60 * 1000)
#define OUT_BYTES   8192
#define NAMES_CHARS 256

struct request {
    const char *roles;
    const char *subject;
    const char *table;
    const char *ttl;
    bool json;
};

/* All roles that may log in, for people. */
static const char *role_names(char names[NAMES_CHARS])
{
    size_t len = 0;

    for (uint32_t i = 0; i < ROLE_COUNT && len < NAMES_CHARS; i++)
        if (1u << i != ROLE_HUB)
            len += (size_t)snprintf(names + len, NAMES_CHARS - len, "%s%s",
                    len ? ", " : "", roles[i].name);
    return names;
}

/* "kitchen,waiter" as bits; 0: one of them is no role that may log in. */
static uint32_t parse_roles(const char *text)
{
    uint32_t mask = 0;

    while (*text) {
        char word[32];
        size_t len = strcspn(text, ",");
        uint32_t role = 0;

        snprintf(word, sizeof(word), "%.*s", (int)len, text);
        if (len < sizeof(word))
            role = role_find(word);
        if (!role || role == ROLE_HUB)
            return 0;
        mask |= role;
        text += len + (text[len] == ',');
    }
    return mask;
}

/* Fill in who the token is for; COMMAND_GO_ON or an exit code. */
static int describe(const struct request *request, int64_t now_ms,
        struct principal *principal)
{
    int64_t ttl_ms = STAFF_MS;
    char names[NAMES_CHARS];

    principal->roles = request->roles ? parse_roles(request->roles) : 0;
    if (!principal->roles)
        return command_usage(
                "token", "--role wants one or more of %s", role_names(names));
    if (principal->roles & ROLE_TABLE) {
        if (!request->table)
            return command_usage("token", "the role table wants --table");
        ttl_ms = LINK_MS;
    }
    if (request->table && !id_is_valid(request->table, strlen(request->table)))
        return command_usage("token", "--table wants an id");
    if (request->ttl && !command_duration(request->ttl, &ttl_ms))
        return command_usage("token", "--ttl wants e.g. 90s, 15m, 12h or 1d");
    if (request->subject &&
            (strlen(request->subject) > SUBJECT_CHARS || !*request->subject))
        return command_usage(
                "token", "--sub has 1 to %d characters", SUBJECT_CHARS);
    snprintf(principal->subject, sizeof(principal->subject), "%s",
            request->subject ? request->subject : "cli");
    if (request->table)
        snprintf(principal->table, sizeof(principal->table), "%s",
                request->table);
    if (principal->roles & ROLE_DEVICE)
        snprintf(principal->device, sizeof(principal->device), "%.*s", ID_CHARS,
                principal->subject);
    principal->expires_at_ms = now_ms + ttl_ms;
    return COMMAND_GO_ON;
}

static int print_token(
        const char *token, const struct principal *principal, bool json)
{
    struct buf out;

    buf_init(&out, OUT_BYTES);
    if (json) {
        buf_puts(&out, "{\"token\":");
        buf_put_json(&out, token);
        buf_printf(&out, ",\"expiresAtMs\":%lld}\n",
                (long long)principal->expires_at_ms);
    } else {
        buf_printf(&out, "%s\n", token);
    }
    return command_print(&out);
}

static int make_token(const struct config *config, const struct place *place,
        const struct request *request)
{
    int64_t now_ms = command_now_ms();
    struct principal principal = { 0 };
    struct auth auth;
    enum err err;
    char *token;
    int code = describe(request, now_ms, &principal);

    if (code != COMMAND_GO_ON)
        return code;
    err = command_make_dir(config->data.dir);
    if (err == ERR_OK)
        err = auth_open(&auth, config->auth.key_file, &place->sites);
    if (err != ERR_OK)
        return command_exit(err);
    token = auth_mint(&auth, place->site, &principal, now_ms);
    auth_close(&auth);
    if (!token)
        return EX_OSERR;
    code = print_token(token, &principal, request->json);
    free(token);
    return code;
}

int command_token(int argc, char **argv)
{
    struct config config;
    struct place place;
    struct request request = { 0 };
    char names[NAMES_CHARS];
    const struct command_option own[] = {
        { "role", "ROLE[,ROLE]", role_names(names), NULL, &request.roles },
        { "sub", "NAME", "who it is for; default cli", NULL, &request.subject },
        { "table", "ID", "the table, for the role table", NULL,
                &request.table },
        { "ttl", "TIME",
                "how long it is valid: 90s, 15m, 12h, 1d; default "
                "12h, for tables 15m",
                NULL, &request.ttl },
        { "json", NULL, "print {\"token\",\"expiresAtMs\"}", &request.json,
                NULL },
    };
    int first, code = command_read_at(
                       "token", argc, argv, own, 5, &config, &place, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (first < argc)
        return command_usage("token", "takes no arguments");
    return make_token(&config, &place, &request);
}
