#include "bridge/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum err config_set(struct config *config, const struct config_row *row,
        const char *text, const char *where, struct buf *faults)
{
    char *field = (char *)config + row->offset;
    const char *wrong = NULL;
    char range[80];
    int64_t number;
    bool on;

    if (row->type == CONFIG_TEXT) {
        wrong = text_fault(row, text);
        if (!wrong)
            snprintf(field, CONFIG_CHARS + 1, "%s", text);
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

enum err config_complete(struct config *config, struct buf *faults)
{
    char host[CONFIG_CHARS + 1];
    uint16_t port;
    int len;

    if (!id_is_valid(config->site.name, strlen(config->site.name))) {
        buf_puts(faults,
                "site.name: 1 to 32 characters of A-Z a-z 0-9 _ and -\n");
        return ERR_CONFIG;
    }
    if (*config->mqtt.url && !config_split_url(config->mqtt.url, host, &port)) {
        buf_puts(faults, "mqtt.url: has the form mqtt://HOST:PORT\n");
        return ERR_CONFIG;
    }
    if (!*config->data.dir && !default_data_dir(config->data.dir)) {
        buf_puts(faults, "data.dir: neither XDG_STATE_HOME nor HOME helps "
                         "to find one; give --data\n");
        return ERR_CONFIG;
    }
    if (!*config->auth.key_file) {
        len = snprintf(config->auth.key_file, sizeof(config->auth.key_file),
                "%.200s/token.key", config->data.dir);
        if (len < 0 || len > CONFIG_CHARS)
            return ERR_CONFIG;
    }
    return ERR_OK;
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

static size_t field_size(const struct config_row *row)
{
    switch (row->type) {
    case CONFIG_NUMBER:
        return sizeof(int64_t);
    case CONFIG_SWITCH:
        return sizeof(bool);
    default:
        return CONFIG_CHARS + 1;
    }
}

void config_reload(
        struct config *running, const struct config *fresh, struct buf *kept)
{
    for (uint32_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        char *old = (char *)running + row->offset;
        const char *new = (const char *)fresh + row->offset;
        bool same = row->type == CONFIG_TEXT
                            ? strcmp(old, new) == 0
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
