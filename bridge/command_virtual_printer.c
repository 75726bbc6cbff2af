#include "bridge/command.h"
#include "devices/port/posix/virtual_main.h"

int command_virtual_printer(int argc, char **argv)
{
    command_end_with_parent();
    return virtual_main(argc, argv);
}
