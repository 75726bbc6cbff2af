/*
 * enrol: a credential and its access list for a device or a producer.
 *
 * Works on the files in <data>/broker, with or without a running daemon; a
 * running broker is told to read them again (SIGHUP to the id in its
 * mosquitto.pid, after checking that it is a mosquitto and listens to it).
 * Enrolling the same id again makes a new password; a producer is then heard
 * in the dialect that was named with it.
 */
#ifndef BRIDGE_MQTT_ENROL_H
#define BRIDGE_MQTT_ENROL_H

#include "bridge/auth_sites.h"
#include "bridge/mqtt/passwd.h"
#include "hub/base/err.h"
#include "schemas/rooms.h"

struct credential {
    char client_id[LOGIN_CHARS + 1]; /* also the user name; see sites_login */
    char password[PASSWORD_CHARS + 1];
};

struct enrolment {
    const char *data_dir;
    const struct sites *sites; /* all that the daemon serves */
    const char *site;          /* one of them */
    const char *kind;          /* printer, pager, buzzer, button, or producer
                                  (a back end) */
    const char *id;            /* in topics: unique at its site */
    const char *table;   /* restrict a pager to its room; NULL: any table */
    const char *dialect; /* that a producer speaks; NULL: our own words */
};

/*
 * ERR_BAD_ID (of the id, the site or the table; HUB_CLIENT_ID is the hub's
 * own), ERR_BAD_REQUEST (no such kind or dialect, or a device with a dialect),
 * ERR_CONFLICT (the id is enrolled as another kind, or what it would log in as
 * belongs to another site: `sites` are not the daemon's), ERR_LIMIT (too many
 * are enrolled), ERR_IO (or ERR_BUSY, ERR_CONFIG: the log says why).
 */
enum err enrol(const struct enrolment *enrolment, struct credential *credential,
        struct fault *fault);

#endif
