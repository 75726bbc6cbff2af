/*
 * command: what all commands of the program share: their table, how their
 * options are read and explained, and how they end.
 *
 * Every command takes the configuration's flags (config.def) besides its own,
 * so that `--data DIR` means the same everywhere. Exit codes are those of
 * sysexits.h. Answers go to stdout, complaints to stderr.
 */
#ifndef BRIDGE_COMMAND_H
#define BRIDGE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/config.h"
#include "hub/base/err.h"

struct command {
    const char *name;
    const char *arguments;
    const char *help;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

extern const struct command commands[];
extern const uint32_t command_count;

#define COMMAND_AS(function, name, arguments, help)                            \
    int command_##function(int, char **);
#define COMMAND(name, arguments, help) COMMAND_AS(name, #name, arguments, help)
#include "bridge/commands.def"
#undef COMMAND
#undef COMMAND_AS

/* NULL: there is no such command. */
const struct command *command_find(const char *name);

/* One option of a command's own: a switch, or one with a text. */
struct command_option {
    const char *name;
    const char *value; /* "FILE" in the help; NULL: a switch */
    const char *help;
    bool *on;          /* set by a switch */
    const char **text; /* set to the argument otherwise */
};

#define COMMAND_GO_ON (-1)

/*
 * Read the options of `name` and the configuration: the file of --config, the
 * environment, then the flags. Arguments that are no options are moved to the
 * end; *first is the index of the first.
 * COMMAND_GO_ON, or the exit code: help was asked for, or something is wrong
 * and has been said.
 */
int command_read(const char *name, int argc, char **argv,
        const struct command_option *own, uint32_t count, struct config *config,
        int *first);

/* The restaurant that a command is about. */
struct place {
    struct sites sites; /* all that the daemon serves */
    const char *site;   /* one of them, in `sites` */
};

/*
 * As command_read, for commands about one restaurant: --site does not name the
 * first one but chooses among all; it is the first without. Where the
 * configuration names no others it may be any.
 */
int command_read_at(const char *name, int argc, char **argv,
        const struct command_option *own, uint32_t count, struct config *config,
        struct place *place, int *first);

/* The same without the configuration; command_configure reads it later. */
int command_options(const char *name, int argc, char **argv,
        const struct command_option *own, uint32_t count, int *first);

/* Complain and return the exit code for wrong usage. */
int command_usage(const char *name, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* The exit code for an error. */
int command_exit(enum err err);

/*
 * The configuration as `path` (NULL: none), the environment and the flags of
 * the last command_read say, complete; faults on stderr. For a reload.
 */
enum err command_configure(
        struct config *config, const char *path, struct buf *faults);

/* The file that --config named, or NULL. */
const char *command_config_path(void);

/* Let log.level of the configuration take effect. */
void command_set_log(const struct config *config);

/* Unix milliseconds now. */
int64_t command_now_ms(void);

/* How far the clock on the wall here is ahead of UTC then, minutes. */
int32_t command_zone_min(int64_t now_ms);

/* Make the data directory, mode 0700, and what is above it. */
enum err command_make_dir(const char *path);

/* A demo's child ends with it, also when the demo was killed. For nobody
 * else's does this do anything. */
void command_end_with_parent(void);

/* Write out what `text` holds, to stdout, and finish it. */
int command_print(struct buf *text);

#endif
