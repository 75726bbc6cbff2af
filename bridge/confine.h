/*
 * confine: the jail (bridge/jail) that goes with a configuration.
 *
 * Three steps of the daemon's start: what holds from the beginning, and who it
 * is; the minder, while there is nothing in memory that it should not have;
 * and, when ports, journals and the broker are open, the jail itself.
 */
#ifndef BRIDGE_CONFINE_H
#define BRIDGE_CONFINE_H

#include "bridge/auth_issuers.h"
#include "bridge/config.h"
#include "bridge/jail/minder.h"
#include "hub/base/err.h"

/* Limits, process.user, and the data directory made. Errors: rights_become. */
enum err confine_begin(const struct config *config);

/*
 * The minder of the embedded broker; with a broker of others there is none.
 * ERR_UNAVAILABLE: mosquitto is not installed. ERR_IO. The log says why.
 */
enum err confine_minder(const struct config *config, struct minder *minder);

/*
 * Shut the door, unless process.sandbox is off. What an option names, and the
 * keys of `issuers`, can then be read, and read again when it is replaced; see
 * place_of_file. ERR_IO: not possible; the log says why.
 */
enum err confine_enter(
        const struct config *config, const struct issuers *issuers);

#endif
