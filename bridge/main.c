/*
 * The program: finds the command in the table and hands over to it.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/command.h"

static void print_usage(FILE *out)
{
    fputs("usage: dumbwaiter COMMAND [options]\n\n", out);
    for (uint32_t i = 0; i < command_count; i++)
        fprintf(out, "  %-15s %-18s %s\n", commands[i].name,
                commands[i].arguments, commands[i].help);
    fputs("\ndumbwaiter COMMAND --help says more; --version says which.\n",
            out);
}

int main(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        print_usage(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return EX_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("dumbwaiter " DUMBWAITER_VERSION);
        return EX_OK;
    }
    command = command_find(argv[1]);
    if (!command) {
        fprintf(stderr, "dumbwaiter: no such command: %s\n", argv[1]);
        print_usage(stderr);
        return EX_USAGE;
    }
    return command->run(argc - 1, argv + 1);
}
