#include "bridge/command.h"
#include "bridge/loop.h"

int command_serve(int argc, char **argv)
{
    struct config config;
    bool demo = false;
    const struct command_option own[] = {
        { "demo", NULL, "play an evening with simulated devices", &demo, NULL },
    };
    int first,
            code = command_read("serve", argc, argv, own, 1, &config, &first);

    if (code != COMMAND_GO_ON)
        return code;
    if (first < argc)
        return command_usage("serve", "takes no arguments");
    return loop_run(&config, demo);
}
