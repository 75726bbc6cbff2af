#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bridge/auth.h"
#include "bridge/command.h"
#include "bridge/hook/fetch.h"
#include "bridge/rest/device.h"

#define PATH      "/api/devices"
#define URL_BYTES 512
#define LIFE_MS   60000 /* of the token, which is for one question */
#define WATCH_S   2

struct request {
    const char *url; /* of the daemon, or NULL: as the configuration says */
    bool json;
    bool watch;
};

/* The one that is asked, and how it is known. */
struct daemon {
    const struct config *config;
    const struct place *place;
    char url[URL_BYTES];
    const char *cert; /* NULL: the system knows */
};

/* --- whom to ask --- */

static int use_url(struct daemon *daemon, const char *url)
{
    int len = (int)strcspn(url, "?#");

    while (len > 0 && url[len - 1] == '/')
        len--;
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
            snprintf(daemon->url, URL_BYTES, "%.*s" PATH, len, url) >=
                    URL_BYTES)
        return command_usage("devices", "--url wants e.g. https://hub.local");
    return COMMAND_GO_ON;
}

/* The daemon on this machine: who listens everywhere does so here, too. */
static int find_daemon(struct daemon *daemon, const struct request *request)
{
    const struct config *config = daemon->config;
    const char *address = config->http.address;
    const char *cert = config->http.tls_cert;

    if (request->url)
        return use_url(daemon, request->url);
    if (config->http.port == 0)
        return command_usage("devices", "wants http.port, or --url");
    if (strcmp(address, "0.0.0.0") == 0)
        address = "127.0.0.1";
    if (strcmp(address, "::") == 0)
        address = "::1";
    snprintf(daemon->url, URL_BYTES,
            strchr(address, ':') ? "%s://[%s]:%d" PATH : "%s://%s:%d" PATH,
            config_http_scheme(config), address, (int)config->http.port);
    daemon->cert = *cert ? cert : NULL;
    return COMMAND_GO_ON;
}

/* --- asking --- */

/* Handed over. Where no daemon has ever made a key there is none to ask. */
static enum err make_token(const struct daemon *daemon, char **token)
{
    const struct config *config = daemon->config;
    struct principal who = { .roles = ROLE_ADMIN, .subject = "cli" };
    int64_t now_ms = command_now_ms();
    struct auth auth;
    enum err err;

    if (access(config->auth.key_file, R_OK) != 0)
        return ERR_UNAVAILABLE;
    err = auth_open(&auth, config->auth.key_file, &daemon->place->sites);
    if (err != ERR_OK)
        return err;
    who.expires_at_ms = now_ms + LIFE_MS;
    if (auth_make_id(now_ms, who.token_id))
        *token = auth_mint(&auth, daemon->place->site, &who, now_ms);
    auth_close(&auth);
    return *token ? ERR_OK : ERR_NO_MEMORY;
}

static int complain(const struct daemon *daemon, const char *reason)
{
    fprintf(stderr,
            "dumbwaiter devices: no answer from %s: %s; does the daemon run "
            "with the same --port and --data?\n",
            daemon->url, reason);
    return EX_UNAVAILABLE;
}

/* The answer into `out`; EX_OK, or what the command ends with. */
static int ask(const struct daemon *daemon, struct buf *out)
{
    struct fetch_options options = { .url = daemon->url, .cert = daemon->cert };
    struct fetch_answer answer;
    char *token = NULL;
    enum err err = make_token(daemon, &token);

    if (err == ERR_UNAVAILABLE)
        return complain(daemon, "there is no key to make a token with");
    if (err != ERR_OK)
        return command_exit(err);
    options.token = token;
    err = fetch(&options, out, &answer);
    explicit_bzero(token, strlen(token));
    free(token);
    if (err == ERR_UNAVAILABLE)
        return complain(daemon, answer.reason);
    if (err != ERR_OK)
        return command_exit(err);
    if (answer.status == 200)
        return EX_OK;
    fprintf(stderr, "dumbwaiter devices: %s answers %ld%s\n", daemon->url,
            answer.status,
            answer.status == 401 ? ": it does not know our key" : "");
    return answer.status == 401 ? EX_NOPERM : EX_UNAVAILABLE;
}

/* --- showing --- */

/* ERR_BAD_JSON: it is no list of devices. */
static enum err put_shown(
        struct buf *out, const struct request *request, const struct buf *heard)
{
    struct buf table;
    enum err err;

    buf_init(&table, DEVICE_LIST_BYTES);
    err = device_print_list(&table, heard->data, heard->len);
    if (request->watch && isatty(STDOUT_FILENO))
        buf_puts(out, "\033[H\033[J"); /* a fresh screen */
    if (request->json) {
        buf_put(out, heard->data, heard->len);
        buf_putc(out, '\n');
    } else {
        buf_put(out, table.data, table.len);
    }
    buf_finish(&table);
    return err;
}

static int show(const struct daemon *daemon, const struct request *request)
{
    struct buf heard, shown;
    int code;

    buf_init(&heard, DEVICE_LIST_BYTES);
    buf_init(&shown, 2 * DEVICE_LIST_BYTES);
    code = ask(daemon, &heard);
    if (code == EX_OK && put_shown(&shown, request, &heard) != ERR_OK)
        code = complain(daemon, "that is no list of devices");
    buf_finish(&heard);
    if (code == EX_OK)
        return command_print(&shown);
    buf_finish(&shown);
    return code;
}

/* Until it is stopped, or nobody reads it any more. A daemon that is started
 * anew is waited for. */
static int watch(const struct daemon *daemon, const struct request *request)
{
    const struct timespec pause = { .tv_sec = WATCH_S };
    int code = show(daemon, request);

    while (code == EX_OK || code == EX_UNAVAILABLE) {
        nanosleep(&pause, NULL);
        code = show(daemon, request);
    }
    return code;
}

int command_devices(int argc, char **argv)
{
    struct config config;
    struct place place;
    struct request request = { .url = NULL };
    struct daemon daemon = { .config = &config, .place = &place };
    const struct command_option own[] = {
        { "json", NULL, "print the daemon's answer: {\"devices\":[...]}",
                &request.json, NULL },
        { "url", "URL", "of the daemon; default: as it is configured", NULL,
                &request.url },
        { "watch", NULL, "again every two seconds, until it is stopped",
                &request.watch, NULL },
    };
    int first, code = command_read_at("devices", argc, argv, own,
                       sizeof(own) / sizeof(own[0]), &config, &place, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (first < argc)
        return command_usage("devices", "takes no arguments");
    code = find_daemon(&daemon, &request);
    if (code != COMMAND_GO_ON)
        return code;
    return request.watch ? watch(&daemon, &request) : show(&daemon, &request);
}
