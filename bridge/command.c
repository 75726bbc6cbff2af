#include "bridge/command.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "hub/base/log.h"

#define MAX_FLAGS 96
#define OWN_FIRST 1000 /* getopt's value of a command's first own option */
#define ROW_FIRST 2000 /* and of the first row of config.def */

const struct command commands[] = {
#define COMMAND_AS(function, name, arguments, help)                            \
    { name, arguments, help, command_##function },
#define COMMAND(name, arguments, help) COMMAND_AS(name, #name, arguments, help)
#include "bridge/commands.def"
#undef COMMAND
#undef COMMAND_AS
};

const uint32_t command_count = sizeof(commands) / sizeof(commands[0]);

/* What the command line said, kept for a reload. */
static const char *config_path;
static const char *flag_texts[MAX_FLAGS];
static bool is_choosing; /* --site does not name the first restaurant */

const struct command *command_find(const char *name)
{
    for (uint32_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

const char *command_config_path(void)
{
    return config_path;
}

int command_usage(const char *name, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "dumbwaiter %s: ", name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; see dumbwaiter %s --help\n", name);
    return EX_USAGE;
}

int command_exit(enum err err)
{
    switch (err) {
    case ERR_OK:
        return EX_OK;
    case ERR_UNAVAILABLE:
        return EX_UNAVAILABLE;
    case ERR_RUNNING:
        return EX_TEMPFAIL;
    case ERR_CONFIG:
        return EX_CONFIG;
    case ERR_IO:
    case ERR_NO_MEMORY:
        return EX_IOERR;
    default:
        return EXIT_FAILURE;
    }
}

int command_print(struct buf *text)
{
    bool failed = text->failed;

    if (!failed && text->len > 0)
        failed = fwrite(text->data, 1, text->len, stdout) != text->len;
    failed |= fflush(stdout) != 0;
    buf_finish(text);
    return failed ? EX_IOERR : EX_OK;
}

/* --- help --- */

static int print_help(
        const char *name, const struct command_option *own, uint32_t count)
{
    const struct command *command = command_find(name);
    struct buf out;

    buf_init(&out, CONFIG_FAULT_BYTES);
    buf_printf(&out, "usage: dumbwaiter %s%s%s\n%s\n\n", name,
            *command->arguments ? " " : "", command->arguments, command->help);
    for (uint32_t i = 0; i < count; i++) {
        char flag[64];

        snprintf(flag, sizeof(flag), "--%s %s", own[i].name,
                own[i].value ? own[i].value : "");
        buf_printf(&out, "  %-26s %s\n", flag, own[i].help);
    }
    buf_puts(&out, "  --help                     this text\n\n"
                   "configuration (variables DUMBWAITER_<SECTION>_<KEY> say "
                   "the same):\n"
                   "  --config FILE              YAML file\n");
    config_print_help(&out);
    return command_print(&out);
}

/* --- the configuration --- */

static bool is_site(const struct config_row *row)
{
    return row->offset == offsetof(struct config, site.name);
}

enum err command_configure(
        struct config *config, const char *path, struct buf *faults)
{
    enum err err = ERR_OK, more;

    config_init(config);
    if (path)
        err = config_read_file(config, path, faults);
    more = config_read_environment(config, faults);
    if (err == ERR_OK)
        err = more;
    for (uint32_t i = 0; i < config_row_count; i++) {
        char where[64];

        if (!flag_texts[i] || (is_choosing && is_site(&config_rows[i])))
            continue;
        snprintf(where, sizeof(where), "--%s", config_rows[i].flag);
        if (config_set(config, &config_rows[i], flag_texts[i], where, faults) !=
                ERR_OK)
            err = ERR_CONFIG;
    }
    more = config_complete(config, faults);
    return err == ERR_OK ? more : err;
}

void command_set_log(const struct config *config)
{
    static const char *const words[] = { "error", "warn", "info", "debug" };

    for (uint32_t i = 0; i < 4; i++)
        if (strcmp(words[i], config->log.level) == 0)
            log_set_level((enum log_level)i);
}

/* Configure from the file, the environment and the flags, or say why not. */
static int configure(struct config *config)
{
    struct buf faults;
    enum err err;

    buf_init(&faults, CONFIG_FAULT_BYTES);
    err = command_configure(config, config_path, &faults);
    if (err != ERR_OK)
        fprintf(stderr, "%.*s", (int)faults.len,
                faults.data ? faults.data : "");
    else
        command_set_log(config);
    buf_finish(&faults);
    return err == ERR_OK ? COMMAND_GO_ON : EX_CONFIG;
}

/* --- reading the options --- */

static void list_flags(
        struct option flags[], const struct command_option *own, uint32_t count)
{
    *flags++ = (struct option){ "help", no_argument, NULL, 'h' };
    *flags++ = (struct option){ "config", required_argument, NULL, 'c' };
    for (uint32_t i = 0; i < count; i++)
        *flags++ = (struct option){ own[i].name,
            own[i].value ? required_argument : no_argument, NULL,
            OWN_FIRST + (int)i };
    for (uint32_t i = 0; i < config_row_count; i++)
        *flags++ = (struct option){ config_rows[i].flag, required_argument,
            NULL, ROW_FIRST + (int)i };
    *flags = (struct option){ 0 };
}

static void take_own(const struct command_option *option)
{
    if (option->value)
        *option->text = optarg;
    else
        *option->on = true;
}

int command_options(const char *name, int argc, char **argv,
        const struct command_option *own, uint32_t count, int *first)
{
    struct option flags[MAX_FLAGS * 2];
    int flag;

    if (count + config_row_count + 3 > MAX_FLAGS)
        abort(); /* a table outgrew this file */
    list_flags(flags, own, count);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while ((flag = getopt_long(argc, argv, ":h", flags, NULL)) != -1) {
        if (flag == 'h')
            return print_help(name, own, count);
        if (flag == '?')
            return command_usage(name, "no such option: %s", argv[optind - 1]);
        if (flag == ':')
            return command_usage(name, "%s wants a value", argv[optind - 1]);
        if (flag == 'c')
            config_path = optarg;
        else if (flag >= ROW_FIRST)
            flag_texts[flag - ROW_FIRST] = optarg;
        else
            take_own(&own[flag - OWN_FIRST]);
    }
    *first = optind;
    return COMMAND_GO_ON;
}

int command_read(const char *name, int argc, char **argv,
        const struct command_option *own, uint32_t count, struct config *config,
        int *first)
{
    int code = command_options(name, argc, argv, own, count, first);

    is_choosing = false;
    return code == COMMAND_GO_ON ? configure(config) : code;
}

/* What --site says, or NULL. */
static const char *site_flag(void)
{
    for (uint32_t i = 0; i < config_row_count; i++)
        if (is_site(&config_rows[i]))
            return flag_texts[i];
    return NULL;
}

static int choose(
        const char *name, const struct config *config, struct place *place)
{
    const char *wanted = site_flag();
    struct fault fault;

    config_sites(config, &place->sites);
    place->site =
            wanted ? sites_find(&place->sites, wanted) : place->sites.names[0];
    if (place->site)
        return COMMAND_GO_ON;
    if (!id_is_valid(wanted, strlen(wanted)))
        return command_usage(name, "--site wants an id");
    if (place->sites.count > 1)
        return command_usage(
                name, "no restaurant %s is in site.others", wanted);
    place->sites.count = 0;
    sites_add(&place->sites, wanted, &fault);
    place->site = place->sites.names[0];
    return COMMAND_GO_ON;
}

int command_read_at(const char *name, int argc, char **argv,
        const struct command_option *own, uint32_t count, struct config *config,
        struct place *place, int *first)
{
    int code;

    is_choosing = true;
    code = command_options(name, argc, argv, own, count, first);
    if (code == COMMAND_GO_ON)
        code = configure(config);
    return code == COMMAND_GO_ON ? choose(name, config, place) : code;
}

/* --- small things that several commands need --- */

void command_end_with_parent(void)
{
    const char *parent = getenv("DUMBWAITER_PARENT");

    if (!parent)
        return;
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (strtol(parent, NULL, 10) != (long)getppid())
        _exit(EXIT_SUCCESS); /* it is gone already */
}

int64_t command_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int32_t command_zone_min(int64_t now_ms)
{
    time_t now = now_ms / 1000;
    struct tm tm;

    return localtime_r(&now, &tm) ? (int32_t)(tm.tm_gmtoff / 60) : 0;
}

enum err command_make_dir(const char *path)
{
    char part[CONFIG_CHARS + 1];

    snprintf(part, sizeof(part), "%s", path);
    for (char *c = part + 1;; c++) {
        bool last = *c == '\0';

        if (!last && *c != '/')
            continue;
        *c = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            log_error("%s: %s", part, strerror(errno));
            return ERR_IO;
        }
        if (last)
            return ERR_OK;
        *c = '/';
    }
}
