/*
 * command_link: how `publish` and `listen` find and enter the broker.
 */
#ifndef BRIDGE_COMMAND_LINK_H
#define BRIDGE_COMMAND_LINK_H

#include "bridge/command.h"
#include "bridge/config.h"
#include "bridge/mqtt/cli.h"

/*
 * Connect to the broker of the configuration, for the events of
 * `place`: as a producer `id` that is
 * enrolled when need be, or, with `reader`, as the anonymous reader where the
 * broker lets it in. Says on stderr what does not work.
 */
enum err command_link(struct cli **cli, const struct config *config,
        const struct place *place, const char *command, const char *id,
        bool reader);

#endif
