#include "devices/port/posix/virtual_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#define PORT       9100
#define PROFILE    "generic-80"
#define MOST_SPEED 10000

enum option_id {
    OPTION_PORT = 1,
    OPTION_ADDRESS,
    OPTION_PAPER,
    OPTION_PROFILE,
    OPTION_COLUMNS,
    OPTION_DOTS,
    OPTION_FAULT,
    OPTION_SPEED,
    OPTION_QUIET,
    OPTION_HELP,
};

static const struct option_row {
    const char *name;
    const char *argument; /* NULL: a switch */
    const char *help;
} rows[] = {
    [OPTION_PORT] = { "port", "PORT", "default 9100; 0: any that is free" },
    [OPTION_ADDRESS] = { "address", "ADDRESS", "default 127.0.0.1" },
    [OPTION_PAPER] = { "paper", "DIR",
            "tickets as PNG and text, index.html, paper.log" },
    [OPTION_PROFILE] = { "profile", "NAME", "its make; default generic-80" },
    [OPTION_COLUMNS] = { "columns", "N", "letters of a line, 12 dots each" },
    [OPTION_DOTS] = { "dots", "N", "dots of a line, 768 at most" },
    [OPTION_FAULT] = { "fault", "NAME[=N]", "what is wrong with it; repeat" },
    [OPTION_SPEED] = { "speed", "MM", "of paper a second; default: at once" },
    [OPTION_QUIET] = { "quiet", NULL, "print no happenings" },
    [OPTION_HELP] = { "help", NULL, "print this" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void print_help(void)
{
    const struct profile *profile;

    puts("usage: dumbwaiter virtual-printer [options]\n\noptions:");
    for (size_t i = 1; i < ROWS; i++)
        printf("  --%-8s %-9s %s\n", rows[i].name,
                rows[i].argument ? rows[i].argument : "", rows[i].help);
    puts("\nprofiles:");
    for (uint32_t i = 0; (profile = profile_at(i)); i++)
        if (!profile->plain)
            printf("  %-20s %s\n", profile->name, profile->about);
    puts("\nfaults, also typed while it runs, \"off NAME\" takes one back:");
    for (int i = 0; i < FAULT_COUNT; i++)
        printf("  %-13s %-7s %s\n", fault_kinds[i].name,
                fault_kinds[i].number ? fault_kinds[i].number : "",
                fault_kinds[i].help);
}

static bool read_number(const char *text, uint32_t most, uint32_t *number)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value > most)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool read_fault(struct virtual_options *options, const char *text)
{
    enum fault_id id;
    uint32_t number;

    if (!fault_read(text, &id, &number))
        return false;
    options->faults[id] = true;
    options->numbers[id] = number;
    return true;
}

static bool read_profile(struct virtual_options *options, const char *name)
{
    const struct profile *profile = profile_find(name);

    if (!profile || profile->plain)
        return false;
    options->profile = *profile;
    return true;
}

/* False: not a value that the option may have. */
static bool take_option(struct virtual_options *options, int id)
{
    switch (id) {
    case OPTION_PORT:
        return read_number(optarg, UINT16_MAX, &options->port);
    case OPTION_ADDRESS:
        options->address = optarg;
        return true;
    case OPTION_PAPER:
        options->paper = optarg;
        return true;
    case OPTION_PROFILE:
        return read_profile(options, optarg);
    case OPTION_COLUMNS:
        return read_number(optarg, PROFILE_MAX_DOTS / PROFILE_CELL_DOTS,
                       &options->columns) &&
               options->columns > 0;
    case OPTION_DOTS:
        return read_number(optarg, PROFILE_MAX_DOTS, &options->dots) &&
               options->dots > 0;
    case OPTION_FAULT:
        return read_fault(options, optarg);
    case OPTION_SPEED:
        return read_number(optarg, MOST_SPEED, &options->speed);
    default:
        options->quiet = true;
        return true;
    }
}

static bool set_width(struct virtual_options *options)
{
    struct profile *profile = &options->profile;

    if (options->columns) {
        profile->columns = options->columns;
        profile->dots = options->columns * PROFILE_CELL_DOTS;
    }
    if (options->dots)
        profile->dots = options->dots;
    if (options->dots && !options->columns)
        profile->columns = options->dots / PROFILE_CELL_DOTS;
    return profile->columns > 0 &&
           profile->dots >= profile->columns * PROFILE_CELL_DOTS;
}

static int misused(const char *what)
{
    fprintf(stderr, "dumbwaiter virtual-printer: %s; see --help\n", what);
    return EX_USAGE;
}

int virtual_options_read(struct virtual_options *options, int argc, char **argv)
{
    struct option flags[ROWS] = { 0 };
    int id;

    for (size_t i = 1; i < ROWS; i++)
        flags[i - 1] = (struct option){ rows[i].name,
            rows[i].argument ? required_argument : no_argument, NULL, (int)i };
    *options = (struct virtual_options){ .address = "127.0.0.1", .port = PORT };
    read_profile(options, PROFILE);
    optind = 0; /* glibc: begin anew */
    while ((id = getopt_long(argc, argv, "", flags, NULL)) != -1) {
        if (id == '?')
            return EX_USAGE; /* it has said what is wrong */
        if (id == OPTION_HELP) {
            print_help();
            return EX_OK;
        }
        if (!take_option(options, id)) {
            fprintf(stderr,
                    "dumbwaiter virtual-printer: --%s: %s is none; "
                    "see --help\n",
                    rows[id].name, optarg);
            return EX_USAGE;
        }
    }
    if (optind < argc)
        return misused("takes no arguments");
    return set_width(options) ? VIRTUAL_GO_ON
                              : misused("fewer dots than its columns need");
}
