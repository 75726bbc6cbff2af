/*
 * enrol: a credential and its access list for a device or a producer, and the
 * end of it.
 *
 * Works on the files in <data>/broker, with or without a running daemon; a
 * running broker is told to read them again (SIGHUP to the id in its
 * mosquitto.pid, after checking that it is a mosquitto and listens to it).
 * Enrolling the same id again makes a new password; a producer is then heard
 * in the dialect that was named with it. Whoever is connected with a password
 * that is good no longer is cut off by the broker as it reads the files.
 */
#ifndef BRIDGE_MQTT_ENROL_H
#define BRIDGE_MQTT_ENROL_H

#include "bridge/auth_sites.h"
#include "bridge/mqtt/claims.h"
#include "bridge/mqtt/passwd.h"
#include "bridge/mqtt/roster.h"
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
    const char *kind;          /* a row of members.def: a device's, or producer
                                  (a back end) */
    const char *id;            /* in topics: unique at its site */
    const char *table;   /* restrict a pager to its room; NULL: any table */
    const char *dialect; /* that a producer speaks; NULL: our own words */
    const char *by;      /* who does it: what is no id in it becomes _; NULL:
                            nobody says */
    int64_t now_ms;
};

/*
 * ERR_BAD_ID (of the id, the site or the table; a star's name has a form;
 * HUB_CLIENT_ID is the hub's own), ERR_BAD_REQUEST (no such kind or dialect, or
 * a device with a dialect), ERR_CONFLICT (the id is enrolled as another kind,
 * or what it would log in as belongs to another site: `sites` are not the
 * daemon's), ERR_LIMIT (too many are enrolled), ERR_IO (or ERR_BUSY,
 * ERR_CONFIG: the log says why).
 */
enum err enrol(const struct enrolment *enrolment, struct credential *credential,
        struct fault *fault);

/*
 * The same, but the credential is made when a device shows the code, until
 * `until_ms`: see claims.h. What it had is good until then. ERR_LIMIT also:
 * too many codes wait.
 */
enum err enrol_by_code(const struct enrolment *enrolment, int64_t until_ms,
        char code[CODE_TEXT_CHARS + 1], struct fault *fault);

/*
 * Enrol whoever is meant by a code, in the daemon: waits for nobody, and tells
 * no broker. `member` says who it was.
 * ERR_NOT_FOUND: no such code, or no longer. ERR_BUSY: somebody else changes
 * the list just now. ERR_CONFLICT, ERR_LIMIT: meanwhile the id belongs to
 * another kind, or the list is full; the code is spent. ERR_IO, ERR_CONFIG.
 */
enum err enrol_take_code(const char *data_dir, const char *code, int64_t now_ms,
        struct member *member, struct credential *credential);

/*
 * `id` of `site` may log in no more, nor will by a code that was made for it;
 * of the enrolment its kind and what comes after are not asked, but `by`.
 * ERR_NOT_FOUND: nobody is enrolled as this. ERR_BAD_ID, ERR_IO, ERR_BUSY,
 * ERR_CONFIG.
 */
enum err enrol_retire(const struct enrolment *enrolment, struct fault *fault);

#endif
