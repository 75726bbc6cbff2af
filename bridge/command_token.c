#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/auth.h"
#include "bridge/command.h"
#include "hub/evt/principal.h"
#include "schemas/roles.h"

#define OUT_BYTES   8192
#define NAMES_CHARS 256
#define URL_BYTES   512
#define ZONE        "zone:"

struct request {
    const char *roles;
    const char *subject;
    const char *table;
    const char *stations;
    const char *tables;
    const char *ttl;
    const char *screen;
    const char *url;
    bool link;
    bool json;
};

/* What is made: a token, or a link to a screen that gets one. */
struct made {
    struct principal principal;
    int64_t life_ms; /* of the token */
    int64_t now_ms;
    char url[URL_BYTES]; /* of a link, up to its code */
    char *text;          /* the token, or the link's code */
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

/* --- who it is for --- */

/* "grill,cold" with spaces between. False: one is no id, or they are too many.
 * `zones`: one may be "zone:" and an id. */
static bool parse_scope(const char *text, bool zones, char out[SCOPE_CHARS + 1])
{
    size_t made = 0;

    out[0] = '\0';
    do {
        size_t len = strcspn(text, ","), skip = 0;

        if (zones && strncmp(text, ZONE, strlen(ZONE)) == 0)
            skip = strlen(ZONE);
        if (len < skip || !id_is_valid(text + skip, len - skip))
            return false;
        made += (size_t)snprintf(out + made, SCOPE_CHARS + 1 - made, "%s%.*s",
                made ? " " : "", (int)len, text);
        if (made > SCOPE_CHARS)
            return false;
        text += len;
    } while (*text++ == ',');
    return true;
}

static int read_scope(const struct request *request, struct principal *who)
{
    if (request->stations && !(who->roles & ROLE_KITCHEN))
        return command_usage("token", "--stations is for the role kitchen");
    if (request->tables && !(who->roles & ROLE_WAITER))
        return command_usage("token", "--tables is for the role waiter");
    if (request->stations &&
            !parse_scope(request->stations, false, who->stations))
        return command_usage("token",
                "--stations wants ids with commas, %d characters in all",
                SCOPE_CHARS);
    if (request->tables && !parse_scope(request->tables, true, who->tables))
        return command_usage("token",
                "--tables wants ids or zone:ID with commas, %d characters in "
                "all",
                SCOPE_CHARS);
    return COMMAND_GO_ON;
}

static int read_table(const struct request *request, struct principal *who)
{
    if ((who->roles & ROLE_TABLE) && !request->table)
        return command_usage("token", "the role table wants --table");
    if (request->table && !id_is_valid(request->table, strlen(request->table)))
        return command_usage("token", "--table wants an id");
    if (request->table)
        snprintf(who->table, sizeof(who->table), "%s", request->table);
    return COMMAND_GO_ON;
}

static int read_subject(const struct request *request, struct principal *who)
{
    const char *subject = request->subject ? request->subject : "cli";

    if (!*subject || strlen(subject) > SUBJECT_CHARS)
        return command_usage(
                "token", "--sub has 1 to %d characters", SUBJECT_CHARS);
    snprintf(who->subject, sizeof(who->subject), "%s", subject);
    if (who->roles & ROLE_DEVICE)
        snprintf(who->device, sizeof(who->device), "%.*s", ID_CHARS, subject);
    return COMMAND_GO_ON;
}

static int read_life(const struct request *request, struct made *made)
{
    made->life_ms =
            made->principal.roles & ROLE_TABLE ? LIFE_TABLE_MS : LIFE_STAFF_MS;
    if (request->ttl && !life_read(request->ttl, &made->life_ms))
        return command_usage(
                "token", "--ttl wants e.g. 90s, 15m, 12h or 1d, up to 400d");
    made->principal.expires_at_ms = made->now_ms + made->life_ms;
    return COMMAND_GO_ON;
}

/* Fill in who the token is for; COMMAND_GO_ON or an exit code. */
static int describe(const struct request *request, struct made *made)
{
    struct principal *who = &made->principal;
    char names[NAMES_CHARS];
    int code;

    who->roles = request->roles ? parse_roles(request->roles) : 0;
    if (!who->roles)
        return command_usage(
                "token", "--role wants one or more of %s", role_names(names));
    code = read_table(request, who);
    if (code == COMMAND_GO_ON)
        code = read_scope(request, who);
    if (code == COMMAND_GO_ON)
        code = read_subject(request, who);
    if (code == COMMAND_GO_ON)
        code = read_life(request, made);
    return code;
}

/* --- where a link leads --- */

/* The screen that is called as the first of its roles. */
static const char *screen_of(
        const struct request *request, const struct principal *who)
{
    uint32_t i = 0;

    while (i < ROLE_COUNT - 1 && !(who->roles & 1u << i))
        i++;
    return request->screen ? request->screen : roles[i].name;
}

/* Whoever listens everywhere is asked for by name. */
static void find_host(const char *address, char *host, size_t size)
{
    bool any = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;

    if (!any || gethostname(host, size - 1) != 0)
        snprintf(host, size, strchr(address, ':') ? "[%s]" : "%s", address);
    host[size - 1] = '\0';
}

static int find_url(const struct config *config, const struct request *request,
        struct made *made)
{
    const char *screen = screen_of(request, &made->principal);
    char host[CONFIG_CHARS + 3], root[URL_BYTES / 2];
    int len;

    if (!id_is_valid(screen, strlen(screen)))
        return command_usage("token", "--screen wants the name of a screen");
    if (!request->url && config->http.port == 0)
        return command_usage("token", "--link wants http.port, or --url");
    find_host(config->http.address, host, sizeof(host));
    if (request->url)
        len = snprintf(root, sizeof(root), "%.*s",
                (int)strcspn(request->url, "#?"), request->url);
    else
        len = snprintf(root, sizeof(root), "%s://%.200s:%d",
                *config->http.tls_cert ? "https" : "http", host,
                (int)config->http.port);
    while (len > 0 && len < (int)sizeof(root) && root[len - 1] == '/')
        root[--len] = '\0';
    if (len >= (int)sizeof(root) || strncmp(root, "http", 4) != 0)
        return command_usage("token", "--url wants e.g. https://hub.local");
    snprintf(made->url, sizeof(made->url), "%s/%s/#link=", root, screen);
    return COMMAND_GO_ON;
}

/* --- the whole --- */

static int print_made(const struct made *made, bool json)
{
    bool is_link = made->url[0] != '\0';
    char text[URL_BYTES + AUTH_TOKEN_CHARS];
    int64_t life_ms = is_link ? LIFE_LINK_MS : made->life_ms;
    struct buf out;

    snprintf(text, sizeof(text), "%s%s", made->url, made->text);
    buf_init(&out, OUT_BYTES);
    if (json) {
        buf_printf(&out, "{\"%s\":", is_link ? "link" : "token");
        buf_put_json(&out, text);
        buf_printf(&out, ",\"id\":\"%s\",\"expiresAtMs\":%lld}\n",
                made->principal.token_id, (long long)(made->now_ms + life_ms));
    } else {
        buf_printf(&out, "%s\n", text);
    }
    return command_print(&out);
}

static enum err mint(const struct config *config, const struct place *place,
        struct made *made)
{
    struct auth auth;
    enum err err = command_make_dir(config->data.dir);

    if (err == ERR_OK)
        err = auth_open(&auth, config->auth.key_file, &place->sites);
    if (err != ERR_OK)
        return err;
    if (!auth_make_id(made->now_ms, made->principal.token_id))
        err = ERR_IO;
    else if (made->url[0])
        made->text = auth_mint_link(&auth, place->site, &made->principal,
                made->life_ms, made->now_ms);
    else
        made->text =
                auth_mint(&auth, place->site, &made->principal, made->now_ms);
    auth_close(&auth);
    return err != ERR_OK || made->text ? err : ERR_NO_MEMORY;
}

static int make_token(const struct config *config, const struct place *place,
        const struct request *request)
{
    struct made made = { .now_ms = command_now_ms() };
    int code = describe(request, &made);
    enum err err;

    if (code == COMMAND_GO_ON && request->link)
        code = find_url(config, request, &made);
    if (code != COMMAND_GO_ON)
        return code;
    err = mint(config, place, &made);
    code = err == ERR_OK ? print_made(&made, request->json) : command_exit(err);
    free(made.text);
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
        { "stations", "ID[,ID]", "kitchen: these stations alone", NULL,
                &request.stations },
        { "tables", "ID[,zone:ID]", "waiter: these tables or zones alone", NULL,
                &request.tables },
        { "ttl", "TIME",
                "how long it is valid: 90s, 15m, 12h, 1d, up to 400d; default "
                "12h, for tables 4h",
                NULL, &request.ttl },
        { "link", NULL,
                "print a link to a screen that can be used once, within 15m",
                &request.link, NULL },
        { "screen", "NAME", "the link's screen; default: called as the role",
                NULL, &request.screen },
        { "url", "URL", "the link's beginning, e.g. https://hub.local", NULL,
                &request.url },
        { "json", NULL, "print {\"token\" or \"link\",\"id\",\"expiresAtMs\"}",
                &request.json, NULL },
    };
    int first, code = command_read_at("token", argc, argv, own,
                       sizeof(own) / sizeof(own[0]), &config, &place, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (first < argc)
        return command_usage("token", "takes no arguments");
    return make_token(&config, &place, &request);
}
