#include "bridge/command.h"
#include "devices/port/posix/device_main.h"

int command_device(int argc, char **argv)
{
    command_end_with_parent();
    return device_main(argc, argv);
}
