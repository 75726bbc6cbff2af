#include "devices/port/posix/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/kinds/kinds.h"
#include "devices/port/posix/out.h"
#include "devices/port/posix/store.h"
#include "devices/ticket/languages.h"
#include "devices/ticket/ticket.h"
#include "schemas/rooms.h"

#define PASSWORD_ENV "DUMBWAITER_DEVICE_PASSWORD"
#define KEPT_FILE    "credential.json"

enum option_type {
    TEXT,
    NUMBER,
    FLAG,
};

static const struct row {
    const char *name;
    enum option_type type;
    size_t offset;
    const char *argument;
    uint32_t most;
    const char *help;
} rows[] = {
#define OPTION(name, type, field, argument, most, help)                        \
    { name, type, offsetof(struct options, field), argument, most, help },
#include "devices/port/posix/options.def"
#undef OPTION
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

__attribute__((format(printf, 3, 4))) static bool fail(
        char *error, size_t bytes, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, bytes, format, args);
    va_end(args);
    return false;
}

static bool set(struct options *options, const struct row *row,
        const char *value, char *error, size_t bytes)
{
    char *field = (char *)options + row->offset;
    char *end = NULL;
    unsigned long number;

    switch (row->type) {
    case TEXT:
        memcpy(field, &value, sizeof(value));
        return true;
    case FLAG:
        *(bool *)field = true;
        return true;
    case NUMBER:
        break;
    }
    number = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || number > row->most)
        return fail(error, bytes, "--%s: a number from 0 to %lu is needed",
                row->name, (unsigned long)row->most);
    *(uint32_t *)(void *)field = (uint32_t)number;
    return true;
}

static bool read_options(struct options *options, int argc, char **argv,
        char *error, size_t bytes)
{
    struct option list[ROWS + 1] = { 0 };
    int index;
    int found;

    for (size_t i = 0; i < ROWS; i++)
        list[i] = (struct option){ .name = rows[i].name,
            .has_arg = rows[i].argument ? required_argument : no_argument };
    optind = 0; /* the program may have used getopt before */
    opterr = 0;
    while ((found = getopt_long(argc, argv, "", list, &index)) != -1) {
        if (found != 0)
            return fail(error, bytes,
                    "%s: no such option, or its value is "
                    "missing",
                    argv[optind - 1]);
        if (!set(options, &rows[index], optarg, error, bytes))
            return false;
    }
    if (options->help && optind == argc)
        return true;
    if (optind != argc - 1)
        return fail(error, bytes, "one kind of device is needed");
    options->kind = kind_find(argv[optind]);
    if (!options->kind && !options->help)
        return fail(error, bytes, "%s: no such kind of device", argv[optind]);
    return true;
}

static bool make_state_path(struct options *options, const char *id)
{
    const char *base = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int len;

    if (base && base[0] == '/')
        len = snprintf(options->state_path, sizeof(options->state_path),
                "%s/dumbwaiter/devices/%s", base, id);
    else
        len = snprintf(options->state_path, sizeof(options->state_path),
                "%s/.local/state/dumbwaiter/devices/%s", home ? home : ".", id);
    options->state = options->state_path;
    return len > 0 && (size_t)len < sizeof(options->state_path);
}

/* --- the credential, which may have to be fetched first --- */

/* Where it is kept, if nobody says: with what else the device remembers. */
static bool choose_credential(struct options *options, const char *id)
{
    int len;

    if (options->credential)
        return true;
    if (!options->state && !make_state_path(options, id))
        return false;
    len = snprintf(options->credential_path, sizeof(options->credential_path),
            "%s/" KEPT_FILE, options->state);
    options->credential = options->credential_path;
    return len > 0 && (size_t)len < sizeof(options->credential_path);
}

/* Has it been kept there before? Who says a name or a password needs none. */
static bool find_kept(struct options *options)
{
    struct options copy = *options;

    if (options->credential)
        return access(options->credential, F_OK) == 0;
    if (options->user || options->password_file || getenv(PASSWORD_ENV) ||
            (!options->state && !options->id))
        return false;
    if (!choose_credential(&copy, options->id) ||
            access(copy.credential_path, R_OK) != 0)
        return false;
    return choose_credential(options, options->id);
}

static bool keep(struct options *options, const char *text, size_t len,
        char *error, size_t bytes)
{
    bool chosen = options->credential != NULL;
    struct store store;

    if (!choose_credential(options, options->file.client_id))
        return fail(error, bytes, "--state: the path is too long");
    if (!chosen) {
        if (store_open(&store, options->state) != STORE_OPEN)
            return fail(error, bytes, "%s: cannot be written", options->state);
        store_close(&store);
    }
    if (!credential_write(options->credential, text, len))
        return fail(error, bytes,
                "%s: cannot be written, and the code is spent: make another",
                options->credential);
    return true;
}

static bool claim(struct options *options, char *error, size_t bytes)
{
    char text[CREDENTIAL_BYTES];
    size_t len;
    bool kept;

    if (!options->url || !claim_split(&options->hub, options->url))
        return fail(error, bytes,
                "--claim goes with --url http://HOST:PORT; over https ask "
                "yourself: curl -d '{\"code\":\"...\"}' URL/api/enrol");
    len = claim_fetch(
            &options->hub, options->claim, text, sizeof(text), error, bytes);
    if (len == 0)
        return false;
    if (!credential_parse(&options->file, text, len))
        return fail(error, bytes, "the hub's answer is no credential");
    kept = keep(options, text, len, error, bytes);
    explicit_bzero(text, sizeof(text));
    return kept;
}

/* What it says where nothing else was said. */
static void use_file(struct options *options)
{
    const struct credential *file = &options->file;

    options->client_id = file->client_id;
    options->password = file->password;
    if (!options->id)
        options->id = file->id[0] ? file->id : file->client_id;
    if (!options->user)
        options->user = file->username;
    if (!options->site && file->site[0])
        options->site = file->site;
    if (!options->table && file->table[0])
        options->table = file->table;
    if (!options->host && file->host[0])
        options->host = file->host;
    else if (!options->host && options->hub.host[0] && file->port[0])
        options->host = options->hub.host;
    if (!options->port && file->port[0])
        options->port = (uint32_t)strtoul(file->port, NULL, 10);
    options->tls = strcmp(file->tls, "true") == 0;
}

static bool use_credential(struct options *options, char *error, size_t bytes)
{
    const char *password = getenv(PASSWORD_ENV);
    bool kept = find_kept(options);

    if (options->url && !claim_split(&options->hub, options->url) &&
            !options->claim)
        return fail(error, bytes, "--url: http://HOST:PORT");
    if (options->claim && !kept && !claim(options, error, bytes))
        return false;
    if (options->credential) {
        if (!credential_read(&options->file, options->credential))
            return fail(error, bytes, "%s: no readable credential",
                    options->credential);
        if (options->file.kind[0] &&
                strcmp(options->file.kind, options->kind->name) != 0)
            return fail(error, bytes, "%s: is of a %s", options->credential,
                    options->file.kind);
        use_file(options);
    }
    if (options->password_file) {
        if (!credential_password(
                    options->password_text, options->password_file))
            return fail(error, bytes, "%s: no password on its first line",
                    options->password_file);
        options->password = options->password_text;
    } else if (!options->password && password) {
        options->password = password;
    }
    return true;
}

static bool use_pull_password(
        struct options *options, char *error, size_t bytes)
{
    if (!options->pull_password_file)
        return true;
    if (!credential_password(
                options->pull_password_text, options->pull_password_file))
        return fail(error, bytes, "%s: no password on its first line",
                options->pull_password_file);
    options->pull_password = options->pull_password_text;
    return true;
}

static void fill_in(struct options *options)
{
    if (options->waiter && options->kind == &pager_kind && !options->table)
        options->kind = &waiter_kind;
    if (!options->client_id)
        options->client_id = options->id;
    options->tls = options->tls || options->cafile || options->cert;
    if (!options->host)
        options->host = "127.0.0.1";
    if (!options->port)
        options->port = 1883;
    if (!options->user && options->password)
        options->user = options->id;
    if (!options->site)
        options->site = "main";
    if (!options->out)
        options->out = "-";
    if (!options->reason)
        options->reason = "call";
    if (!options->reason_double)
        options->reason_double = "bill";
    if (!options->reason_long)
        options->reason_long = "help";
    if (!options->profile)
        options->profile =
                strcmp(options->out, "-") == 0 && isatty(STDOUT_FILENO)
                        ? "text"
                        : "generic-80";
    options->make = profile_find(options->profile);
}

static bool is_id(const char *text)
{
    return id_is_valid(text, strlen(text));
}

static bool check(const struct options *options, char *error, size_t bytes)
{
    if (!is_id(options->site))
        return fail(error, bytes, "--site: " ID_GRAMMAR);
    if (options->table && !is_id(options->table))
        return fail(error, bytes, "--table: " ID_GRAMMAR);
    if (options->station && !is_id(options->station))
        return fail(error, bytes, "--station: " ID_GRAMMAR);
    if (options->waiter && options->kind != &waiter_kind)
        return fail(error, bytes, "--waiter is for a pager without --table");
    if (!options->cert != !options->key)
        return fail(error, bytes, "--cert and --key go together");
    if (options->cert && !options->cafile)
        return fail(error, bytes, "--cert goes with --cafile");
    if (options->kind->needs_table && !options->table)
        return fail(error, bytes, "a %s needs --table", options->kind->name);
    if (strlen(options->reason) > 200 || strlen(options->reason_double) > 200 ||
            strlen(options->reason_long) > 200)
        return fail(error, bytes, "--reason: 200 bytes at most");
    if (!options->make)
        return fail(error, bytes, "--profile: no such make of printer");
    if (options->test_page && options->kind != &printer_kind)
        return fail(error, bytes, "--test-page is for a printer");
    if (options->columns && options->columns < TICKET_MIN_COLUMNS)
        return fail(error, bytes, "--columns: %d to %d", TICKET_MIN_COLUMNS,
                TICKET_MAX_COLUMNS);
    /* What is drawn beyond its head would be missing. */
    if (options->make->raster &&
            options->columns * PROFILE_CELL_DOTS > options->make->dots)
        return fail(error, bytes, "--columns: %u at most with --profile %s",
                (unsigned)(options->make->dots / PROFILE_CELL_DOTS),
                options->make->name);
    if (options->language && !ticket_language_find(options->language))
        return fail(error, bytes, "--language: no such language of tickets");
    return true;
}

bool options_read(struct options *options, int argc, char **argv, char *error,
        size_t error_bytes)
{
    memset(options, 0, sizeof(*options));
    if (!read_options(options, argc, argv, error, error_bytes))
        return false;
    if (options->help)
        return true;
    if (!use_credential(options, error, error_bytes) ||
            !use_pull_password(options, error, error_bytes))
        return false;
    if (!options->id && options->test_page)
        options->id = "printer";
    if (!options->id || !is_id(options->id))
        return fail(error, error_bytes, "--id is needed: " ID_GRAMMAR);
    fill_in(options);
    if (!options->state && !make_state_path(options, options->client_id))
        return fail(error, error_bytes, "--state: the path is too long");
    return check(options, error, error_bytes);
}

void options_help(FILE *to)
{
    const struct device_kind *kind;
    const struct profile *profile;
    const char *form, *about;

    fprintf(to, "usage: dumbwaiter device KIND [OPTION...]\n\nKinds:\n");
    for (uint32_t i = 0; (kind = kind_at(i)); i++)
        fprintf(to, "  %-10s %s\n", kind->name, kind->about);
    fprintf(to, "\nOptions:\n");
    for (size_t i = 0; i < ROWS; i++)
        fprintf(to, "  --%s%s%-*s %s\n", rows[i].name,
                rows[i].argument ? " " : "",
                (int)(23 - strlen(rows[i].name) - (rows[i].argument != NULL)),
                rows[i].argument ? rows[i].argument : "", rows[i].help);
    fprintf(to, "\nWhere a printer's bytes go (--out):\n");
    for (uint32_t i = 0; (form = out_form(i, &about)); i++)
        fprintf(to, "  %s\n      %s\n", form, about);
    fprintf(to,
            "\nPrinters that fetch: without --pull-password-file only from "
            "this machine\n(127.0.0.1, ::1), unless --pull-open is given.\n");
    fprintf(to, "\nMakes of printer:");
    for (uint32_t i = 0; (profile = profile_at(i)); i++)
        fprintf(to, " %s", profile->name);
    fprintf(to,
            "\n\nThe password may stand in %s.\n"
            "A line on the standard input is a press of the key; \"double\" "
            "and\n"
            "\"long\" are such presses, \"dock\", \"undock\" and \"battery N\" "
            "happen to it.\nOf a bumpbar it is a key's name.\n",
            PASSWORD_ENV);
}
