/*
 * password: the one line of a file that is a password, of a user whom somebody
 * else's broker knows.
 */
#ifndef BRIDGE_PASSWORD_H
#define BRIDGE_PASSWORD_H

#include "hub/base/err.h"

#define PASSWORD_BYTES 256

/*
 * The first line of the file, without its end, to `out`, which the caller
 * wipes. ERR_CONFIG: there is none, it is too long, or others may read the
 * file; the fault says so.
 */
enum err password_read(
        const char *path, char out[PASSWORD_BYTES], struct fault *fault);

#endif
