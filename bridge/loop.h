/*
 * loop: the running daemon: hub, broker, MQTT link and HTTP port on one libuv
 * loop, in one thread.
 *
 * It is the loop that makes a turn: whatever came in during a round of
 * callbacks is committed in one transaction, and only then acknowledged,
 * answered and passed on. When the outcome of a commit is unknown the process
 * stops at once (exit 74) with nothing acknowledged.
 */
#ifndef BRIDGE_LOOP_H
#define BRIDGE_LOOP_H

#include <stdbool.h>

#include "bridge/config.h"

/*
 * Run until SIGTERM or SIGINT; returns the process's exit code. `config` may
 * change its reloadable options at SIGHUP. Prints one line when ready.
 */
int loop_run(struct config *config, bool demo);

#endif
