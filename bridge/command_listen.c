#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/auth_life.h"
#include "bridge/command.h"
#include "bridge/command_link.h"

#define MOST_ROOMS  16
#define MOST_EVENTS 1000000000L

struct listening {
    long left; /* events still wanted; -1: no end */
};

static bool on_event(void *context, const char *json, size_t len)
{
    struct listening *listening = context;

    if (fwrite(json, 1, len, stdout) != len || putchar('\n') == EOF ||
            fflush(stdout) != 0)
        return false; /* whoever reads us has gone */
    if (listening->left > 0)
        listening->left--;
    return listening->left != 0;
}

static int listen_to(const struct config *config, const struct place *place,
        const struct room *rooms, uint32_t count, long wanted,
        int64_t timeout_ms)
{
    struct listening listening = { wanted ? wanted : -1 };
    struct cli *cli = NULL;
    enum err err =
            command_link(&cli, config, place, "listen", "cli-listen", true);

    if (err != ERR_OK)
        return EX_UNAVAILABLE;
    err = cli_listen(cli, rooms, count, timeout_ms, on_event, &listening);
    cli_close(cli);
    if (err != ERR_OK) {
        fprintf(stderr, "dumbwaiter listen: the link to the broker was "
                        "lost\n");
        return EX_UNAVAILABLE;
    }
    return wanted && listening.left > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool read_count(const char *text, long *count)
{
    char *end;

    errno = 0;
    *count = strtol(text, &end, 10);
    return *text && !*end && !errno && *count >= 1 && *count <= MOST_EVENTS;
}

int command_listen(int argc, char **argv)
{
    struct config config;
    struct place place;
    struct room rooms[MOST_ROOMS];
    const char *wanted = NULL, *timeout = NULL;
    bool json = false;
    long events = 0;
    int64_t timeout_ms = 0;
    const struct command_option own[] = {
        { "count", "N", "end after N events", NULL, &wanted },
        { "timeout", "TIME",
                "end after 30s, 5m, ...; exit 1 if --count is "
                "not reached",
                NULL, &timeout },
        { "json", NULL, "events are JSON anyway", &json, NULL },
    };
    int first, code = command_read_at(
                       "listen", argc, argv, own, 3, &config, &place, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (wanted && !read_count(wanted, &events))
        return command_usage("listen", "--count wants a number");
    if (timeout && !life_read(timeout, &timeout_ms))
        return command_usage("listen", "--timeout wants e.g. 30s");
    if (argc - first > MOST_ROOMS)
        return command_usage("listen", "at most %d rooms", MOST_ROOMS);
    for (int i = first; i < argc; i++)
        if (!room_parse(argv[i], strlen(argv[i]), &rooms[i - first]))
            return command_usage("listen", "no such room: %.60s", argv[i]);
    return listen_to(&config, &place, rooms, (uint32_t)(argc - first), events,
            timeout_ms);
}
