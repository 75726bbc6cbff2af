/*
 * auth_key: what tokens are signed and verified with, read from files.
 *
 * A key has one algorithm, said where it is configured and never by a token.
 * Key material is wiped when it is let go of and never logged.
 */
#ifndef BRIDGE_AUTH_KEY_H
#define BRIDGE_AUTH_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"

#define KEY_OWN_BYTES 32   /* of the key that we make */
#define KEY_FILE_MAX  8192 /* largest file with one */
#define KEY_LEAST     16   /* bytes of a secret */

enum key_algorithm { KEY_HS256, KEY_RS256, KEY_ES256, KEY_ALGORITHMS };

/* As a token's "alg" has it. */
extern const char *const key_algorithms[KEY_ALGORITHMS];

struct key {
    enum key_algorithm algorithm;
    uint8_t *bytes; /* a secret, or a public key as PEM; owned */
    size_t len;
};

/* By its name, or KEY_ALGORITHMS: there is no such one. */
enum key_algorithm key_algorithm_find(const char *name);

/*
 * Read a key of `algorithm`: for HS256 the bytes of a secret, 0600 and without
 * the line end of a text; else a public key as PEM that nobody else may write.
 * ERR_CONFIG: it cannot be that; `fault` has the sentence, *key is empty.
 */
enum err key_read(struct key *key, const char *path,
        enum key_algorithm algorithm, struct fault *fault);

/*
 * The daemon's own secret, exactly KEY_OWN_BYTES, from `path` (0600). If there
 * is no file: made there, or, not `may_make`, ERR_OK and an empty key.
 * ERR_IO: the log says why.
 */
enum err key_open_own(struct key *key, const char *path, bool may_make);

/* Wipe and release. A zeroed or closed one is fine. */
void key_close(struct key *key);

/* What the daemon's own key is called in tokens; tells nothing about it. */
#define KEY_NAME_PREFIX "dw-"
#define KEY_NAME_CHARS  19
void key_name(const struct key *key, char out[KEY_NAME_CHARS + 1]);

#endif
