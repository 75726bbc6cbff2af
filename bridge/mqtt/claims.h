/*
 * claims: codes that are waiting to be exchanged for a credential, each once.
 *
 * claims.json has a line for each: until when it is good, and who will be
 * enrolled by it, with a hash of the code in place of that of a password. The
 * code itself is kept nowhere. All three want the roster's lock to be held by
 * whoever calls them.
 */
#ifndef BRIDGE_MQTT_CLAIMS_H
#define BRIDGE_MQTT_CLAIMS_H

#include <stdint.h>

#include "bridge/mqtt/roster.h"
#include "hub/base/err.h"

#define CLAIMS_MOST 256 /* that may wait */
#define CLAIMS_FILE "claims.json"

/* Five characters, a dash, five more: 50 random bits. */
#define CODE_CHARS      10
#define CODE_TEXT_CHARS (CODE_CHARS + 1)

/*
 * A new code for `member`, in place of an older one for the same login; those
 * whose time is over are forgotten. ERR_FULL, ERR_IO, ERR_CONFIG.
 */
enum err claims_put(const char *dir, const struct member *member,
        int64_t until_ms, int64_t now_ms, char code[CODE_TEXT_CHARS + 1]);

/* Forget a login's. */
enum err claims_drop(const char *dir, const char *login, int64_t now_ms);

/*
 * Who is enrolled by this code? Small letters, O, I and L are understood, and
 * dashes and blanks wherever they are. It is forgotten, on disk, before this
 * returns. ERR_NOT_FOUND: there is none, or it is too late.
 */
enum err claims_take(const char *dir, const char *code, int64_t now_ms,
        struct member *member);

#endif
