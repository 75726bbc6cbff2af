/*
 * enrol: a credential and its access list for a device or a producer.
 *
 * Works on the files in <data>/broker, with or without a running daemon; a
 * running broker is told to read them again (SIGHUP to the id in its
 * mosquitto.pid, after checking that it is a mosquitto and listens to it).
 * Enrolling the same id again makes a new password.
 */
#ifndef BRIDGE_MQTT_ENROL_H
#define BRIDGE_MQTT_ENROL_H

#include "bridge/mqtt/passwd.h"
#include "hub/base/err.h"
#include "schemas/rooms.h"

struct credential {
    char client_id[ID_CHARS + 1]; /* also the user name */
    char password[PASSWORD_CHARS + 1];
};

/*
 * `kind`: printer, pager, buzzer, button, or producer (a back end). `table`:
 * restrict a pager to this table's room; NULL: any table.
 * ERR_BAD_ID (of the id, the site or the table; HUB_CLIENT_ID is the hub's
 * own), ERR_BAD_REQUEST (no such kind), ERR_CONFLICT (the id is enrolled as
 * another kind), ERR_LIMIT (too many are enrolled), ERR_IO (or ERR_BUSY,
 * ERR_CONFIG: the log says why).
 */
enum err enrol(const char *data_dir, const char *site, const char *kind,
        const char *id, const char *table, struct credential *credential,
        struct fault *fault);

#endif
