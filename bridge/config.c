#include "bridge/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/config_origins.h"
#include "bridge/mqtt/tongues.h"
#include "hub/base/log.h"
#include "schemas/rooms.h"

#ifndef WEB_DIR
#define WEB_DIR "/usr/share/dumbwaiter/web"
#endif

const struct config_row config_rows[] = {
#define SECTION(name)
#define OPTION(section_, name_, type_, ...)                                    \
    { .section = #section_,                                                    \
        .name = #name_,                                                        \
        .type = CONFIG_##type_,                                                \
        .offset = offsetof(struct config, section_.name_),                     \
        __VA_ARGS__ },
#define END(name)
#include "bridge/config.def"
#undef SECTION
#undef OPTION
#undef END
};

const uint32_t config_row_count = sizeof(config_rows) / sizeof(config_rows[0]);

/* --- one value --- */

static size_t field_size(const struct config_row *row)
{
    switch (row->type) {
    case CONFIG_NUMBER:
        return sizeof(int64_t);
    case CONFIG_SWITCH:
        return sizeof(bool);
    case CONFIG_NAMES:
    case CONFIG_TONGUES:
        return CONFIG_NAMES_CHARS + 1;
    default:
        return CONFIG_CHARS + 1;
    }
}

static bool is_text(const struct config_row *row)
{
    return row->type != CONFIG_NUMBER && row->type != CONFIG_SWITCH;
}

static void fault_add(struct buf *faults, const char *where,
        const struct config_row *row, const char *sentence)
{
    buf_printf(faults, "%s: %s.%s: %s\n", where, row->section, row->name,
            sentence);
}

static bool word_is_in(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strstr(words, word); at && len > 0;
            at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (!at[len] || at[len] == ' '))
            return true;
    return false;
}

static bool read_switch(const char *text, bool *on)
{
    *on = word_is_in("yes true on 1", text);
    return *on || word_is_in("no false off 0", text);
}

static bool read_number(const char *text, int64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoll(text, &end, 10);
    return *text != '\0' && *text != ' ' && *end == '\0' && errno == 0;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

/* NULL, or what is wrong with a text. */
static const char *text_fault(const struct config_row *row, const char *text)
{
    static char range[80];
    size_t len = strlen(text);

    if (row->words && !word_is_in(row->words, text)) {
        snprintf(range, sizeof(range), "one of: %s", row->words);
        return range;
    }
    if (len < (size_t)row->min || len > (size_t)row->max) {
        snprintf(range, sizeof(range), "has %lld to %lld characters",
                (long long)row->min, (long long)row->max);
        return range;
    }
    return has_control(text) ? "no control characters" : NULL;
}

/* NULL, or what is wrong with a list by itself. */
static const char *list_fault(const struct config_row *row, const char *text)
{
    static struct fault fault;
    struct sites sites = { .count = 0 };
    struct tongues tongues = { .list = NULL };
    struct ladder ladder;
    enum err err = ERR_OK;

    if (row->type == CONFIG_NAMES)
        err = sites_add(&sites, text, &fault);
    else if (row->type == CONFIG_TONGUES)
        err = tongues_read(&tongues, text, &fault);
    else if (row->type == CONFIG_LADDER)
        err = ladder_read(&ladder, text, &fault);
    tongues_finish(&tongues);
    return err == ERR_OK ? NULL : fault.text;
}

enum err config_set(struct config *config, const struct config_row *row,
        const char *text, const char *where, struct buf *faults)
{
    char *field = (char *)config + row->offset;
    const char *wrong = NULL;
    char range[80];
    int64_t number;
    bool on;

    if (is_text(row)) {
        wrong = text_fault(row, text);
        if (!wrong)
            wrong = list_fault(row, text);
        if (!wrong)
            snprintf(field, field_size(row), "%s", text);
    } else if (row->type == CONFIG_SWITCH) {
        if (read_switch(text, &on))
            memcpy(field, &on, sizeof(on));
        else
            wrong = "yes or no";
    } else if (!read_number(text, &number) || number < row->min ||
               number > row->max) {
        snprintf(range, sizeof(range), "a number from %lld to %lld",
                (long long)row->min, (long long)row->max);
        wrong = range;
    } else {
        memcpy(field, &number, sizeof(number));
    }
    if (wrong)
        fault_add(faults, where, row, wrong);
    return wrong ? ERR_CONFIG : ERR_OK;
}

void config_init(struct config *config)
{
    struct buf faults;

    memset(config, 0, sizeof(*config));
    buf_init(&faults, CONFIG_FAULT_BYTES);
    for (uint32_t i = 0; i < config_row_count; i++)
        config_set(config, &config_rows[i], config_rows[i].text, "default",
                &faults);
    buf_finish(&faults);
}

/* --- the environment --- */

enum err config_read_environment(struct config *config, struct buf *faults)
{
    enum err err = ERR_OK;

    for (uint32_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        char name[96];
        const char *text;

        snprintf(name, sizeof(name), "DUMBWAITER_%s_%s", row->section,
                row->name);
        for (char *c = name; *c; c++)
            if (*c >= 'a' && *c <= 'z')
                *c = (char)(*c - 'a' + 'A');
        text = getenv(name);
        if (text && config_set(config, row, text, name, faults) != ERR_OK)
            err = ERR_CONFIG;
    }
    return err;
}

/* --- what follows from other options --- */

/* site.name has been looked at: it is one id. */
static enum err read_sites(
        const struct config *config, struct sites *sites, struct fault *fault)
{
    enum err err;

    sites->count = 0;
    err = sites_add(sites, config->site.name, fault);
    return err == ERR_OK ? sites_add(sites, config->site.others, fault) : err;
}

enum err config_check_sites(
        const struct config *config, const char *where, struct buf *faults)
{
    struct sites sites;
    struct fault fault;

    if (!id_is_valid(config->site.name, strlen(config->site.name)))
        buf_printf(faults, "%ssite.name: " ID_GRAMMAR "\n", where);
    else if (read_sites(config, &sites, &fault) != ERR_OK)
        buf_printf(faults, "%ssite.others: %s\n", where, fault.text);
    else
        return ERR_OK;
    return ERR_CONFIG;
}

void config_sites(const struct config *config, struct sites *sites)
{
    struct fault fault;

    if (read_sites(config, sites, &fault) != ERR_OK)
        abort(); /* config_complete has looked at it */
}

const struct ladders *config_ladders(
        const struct config *config, struct ladders *ladders)
{
    const char *const texts[ESCALATE_COUNT] = {
        [ESCALATE_ORDER] = config->escalation.order,
        [ESCALATE_READY] = config->escalation.ready,
        [ESCALATE_CALL] = config->escalation.call,
        [ESCALATE_CANCEL] = config->escalation.cancel,
        [ESCALATE_PRINT] = config->escalation.print,
        [ESCALATE_DEVICE] = config->escalation.device,
    };
    struct fault fault;

    if (!config->escalation.enabled)
        return NULL;
    ladders_init(ladders);
    for (int i = 0; i < ESCALATE_COUNT; i++)
        if (ladder_read(&ladders->of[i], texts[i], &fault) != ERR_OK)
            abort(); /* config_set has looked at it */
    ladders->empty_after_ms = (uint32_t)config->escalation.empty_after * 1000;
    ladders->return_ms = (uint32_t)config->escalation.return_within * 1000;
    return ladders;
}

/* Who enrols at the embedded broker says it there. */
static enum err check_tongues(const struct config *config, struct buf *faults)
{
    struct tongues tongues = { .list = NULL };
    struct sites sites;
    struct fault fault;
    enum err err = ERR_OK;

    if (!*config->mqtt.dialects)
        return ERR_OK;
    config_sites(config, &sites);
    if (!*config->mqtt.url)
        err = fault_set(&fault, ERR_CONFIG, NULL,
                "goes with mqtt.url; else say `enrol producer ID --dialect "
                "NAME`");
    if (err == ERR_OK)
        err = tongues_read(&tongues, config->mqtt.dialects, &fault);
    if (err == ERR_OK)
        err = tongues_check(&tongues, &sites, &fault);
    if (err != ERR_OK)
        buf_printf(faults, "mqtt.dialects: %s\n", fault.text);
    tongues_finish(&tongues);
    return err;
}

static enum err check_http(const struct config *config, struct buf *faults)
{
    struct origins origins;
    struct fault fault;
    enum err err = origins_read(
            &origins, config->http.public_url, config->http.origins, &fault);

    if (err != ERR_OK) {
        buf_printf(faults, "http.%s: %s\n", fault.field, fault.text);
        return err;
    }
    if (!*config->http.tls_cert == !*config->http.tls_key)
        return ERR_OK;
    buf_printf(faults,
            "http.%s: goes with the other one of http.tls_cert and "
            "http.tls_key\n",
            *config->http.tls_cert ? "tls_cert" : "tls_key");
    return ERR_CONFIG;
}

/* What of broker.tls_… is set without what it needs? NULL: nothing. */
static const char *find_lone_tls(const struct config *config)
{
    bool wants = strcmp(config->broker.tls_client_certs, "none") != 0;

    if (!*config->broker.tls_cert != !*config->broker.tls_key)
        return "broker.tls_cert and broker.tls_key go together";
    if (*config->broker.tls_cert && !*config->broker.listen)
        return "broker.tls_cert is for broker.listen, which is not set";
    if (wants != (*config->broker.tls_ca != '\0'))
        return "broker.tls_ca and `broker.tls_client_certs: required` go "
               "together";
    if (wants && !*config->broker.tls_cert)
        return "broker.tls_client_certs wants a broker.tls_cert";
    return NULL;
}

static enum err check_broker(const struct config *config, struct buf *faults)
{
    const char *lone = find_lone_tls(config);

    if (!lone)
        return ERR_OK;
    buf_printf(faults, "%s\n", lone);
    return ERR_CONFIG;
}

const char *config_http_scheme(const struct config *config)
{
    return *config->http.tls_cert ? "https" : "http";
}

static bool default_data_dir(char out[CONFIG_CHARS + 1])
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int len = -1;

    if (state && *state == '/')
        len = snprintf(out, CONFIG_CHARS + 1, "%s/dumbwaiter", state);
    else if (home && *home == '/')
        len = snprintf(
                out, CONFIG_CHARS + 1, "%s/.local/state/dumbwaiter", home);
    return len > 0 && len <= 200;
}

/* A file in the data directory, where none is named. */
static enum err complete_path(
        char path[CONFIG_CHARS + 1], const char *dir, const char *name)
{
    int len;

    if (*path)
        return ERR_OK;
    len = snprintf(path, CONFIG_CHARS + 1, "%.200s/%s", dir, name);
    return len > 0 && len <= CONFIG_CHARS ? ERR_OK : ERR_CONFIG;
}

/* A scheme, a host behind it, nothing that a request cannot hold. */
static bool is_web_url(const char *url)
{
    size_t scheme = strncmp(url, "http://", 7) == 0    ? 7
                    : strncmp(url, "https://", 8) == 0 ? 8
                                                       : 0;

    if (scheme == 0 || !url[scheme] || strchr("/:?#", url[scheme]))
        return false;
    for (; *url; url++)
        if (*url <= 0x20 || *url > 0x7e || *url == '#')
            return false;
    return true;
}

/* They become levels of topics. */
static enum err check_home_assistant(
        const struct config *config, struct buf *faults)
{
    const char *prefix = config->mqtt.home_assistant_prefix;
    const char *client = config->mqtt.home_assistant_client;

    if (!id_is_valid(prefix, strlen(prefix))) {
        buf_puts(faults,
                "mqtt.home_assistant_prefix: is an id: " ID_GRAMMAR "\n");
        return ERR_CONFIG;
    }
    if (!id_is_valid(client, strlen(client))) {
        buf_puts(faults,
                "mqtt.home_assistant_client: is an id: " ID_GRAMMAR "\n");
        return ERR_CONFIG;
    }
    return ERR_OK;
}

enum err config_complete(struct config *config, struct buf *faults)
{
    char host[CONFIG_CHARS + 1];
    uint16_t port;
    enum err err;

    if (config_check_sites(config, "", faults) != ERR_OK)
        return ERR_CONFIG;
    if (*config->mqtt.url && !config_split_url(config->mqtt.url, host, &port)) {
        buf_puts(faults, "mqtt.url: has the form mqtt://HOST:PORT\n");
        return ERR_CONFIG;
    }
    if (check_tongues(config, faults) != ERR_OK ||
            check_home_assistant(config, faults) != ERR_OK ||
            check_http(config, faults) != ERR_OK ||
            check_broker(config, faults) != ERR_OK)
        return ERR_CONFIG;
    if (*config->webhook.url && !is_web_url(config->webhook.url)) {
        buf_puts(faults, "webhook.url: has the form http://HOST/PATH or "
                         "https://HOST/PATH\n");
        return ERR_CONFIG;
    }
    if (!*config->data.dir && !default_data_dir(config->data.dir)) {
        buf_puts(faults, "data.dir: neither XDG_STATE_HOME nor HOME helps "
                         "to find one; give --data\n");
        return ERR_CONFIG;
    }
    err = complete_path(config->auth.key_file, config->data.dir, "token.key");
    if (err == ERR_OK)
        err = complete_path(config->webhook.secret_file, config->data.dir,
                "webhook.secret");
    return err;
}

bool config_split_url(
        const char *url, char host[CONFIG_CHARS + 1], uint16_t *port)
{
    static const char scheme[] = "mqtt://";
    const char *start = url + sizeof(scheme) - 1, *end, *digits;
    int64_t number = 1883;

    if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
        return false;
    if (*start == '[') {
        end = strchr(++start, ']');
        digits = end ? end + 1 : NULL;
    } else {
        end = start + strcspn(start, ":/");
        digits = end;
    }
    if (!end || end == start || end - start > CONFIG_CHARS)
        return false;
    if (*digits == ':' &&
            (!read_number(digits + 1, &number) || number < 1 || number > 65535))
        return false;
    if (*digits != ':' && *digits != '\0')
        return false;
    snprintf(host, CONFIG_CHARS + 1, "%.*s", (int)(end - start), start);
    *port = (uint16_t)number;
    return true;
}

/* --- while running --- */

void config_reload(
        struct config *running, const struct config *fresh, struct buf *kept)
{
    for (uint32_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        char *old = (char *)running + row->offset;
        const char *new = (const char *)fresh + row->offset;
        bool same = is_text(row) ? strcmp(old, new) == 0
                                 : memcmp(old, new, field_size(row)) == 0;

        if (same)
            continue;
        if (row->reload)
            memcpy(old, new, field_size(row));
        else
            buf_printf(kept, "%s%s.%s", kept->len ? ", " : "", row->section,
                    row->name);
    }
}

/* --- for people --- */

void config_print_help(struct buf *out)
{
    for (uint32_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        char value[64];

        snprintf(value, sizeof(value), "--%s %s", row->flag,
                row->type == CONFIG_NUMBER   ? "N"
                : row->type == CONFIG_SWITCH ? "yes|no"
                                             : "TEXT");
        buf_printf(out, "  %-26s %s\n", value, row->help);
    }
}

void config_print_markdown(struct buf *out)
{
    buf_puts(out, "| option | flag | default | meaning |\n"
                  "|---|---|---|---|\n");
    for (uint32_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        const char *text = row->text;

        if (strcmp(row->flag, "web") == 0)
            text = "";
        buf_printf(out, "| `%s.%s` | `--%s` | %s%s%s | %s%s |\n", row->section,
                row->name, row->flag, *text ? "`" : "", text, *text ? "`" : "",
                row->help, row->reload ? "; reloaded by SIGHUP" : "");
    }
}
