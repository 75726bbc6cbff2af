/*
 * authority: who decides what becomes a fact, the hub or the back end.
 *
 * With the hub, what somebody may say and what is possible is a fact at once.
 * With the back end, what screens, buttons and REST say is a command: it is
 * journalled as command.requested and passed on (MQTT cmd/<event>, webhook),
 * and nothing else happens until the back end publishes the fact. Every way
 * in submits by this one function.
 */
#ifndef BRIDGE_SUBMIT_AUTHORITY_H
#define BRIDGE_SUBMIT_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub.h"

enum authority { AUTHORITY_HUB, AUTHORITY_BACKEND };

/* By its word in the configuration: "backend", or anything else for the hub. */
enum authority authority_find(const char *word);

/*
 * Is it for the back end to decide? Then the settlement is that of the
 * command, and the answer says "pending".
 */
bool authority_is_command(
        enum authority mode, const struct principal *from, enum evt_id what);

/*
 * As hub_submit, with all that it promises. A command is refused here if its
 * sender may not say it or it is not well formed; whether it is possible is
 * not looked at. A key used again is answered with the first command again.
 */
enum err authority_submit(struct hub *hub, enum authority mode,
        const struct submission *submission, int64_t now_ms,
        struct fault *fault);

#endif
