/*
 * secret: what the webhook's requests are signed with, and the signature.
 *
 * As Standard Webhooks has it: HMAC-SHA256 over "<id>.<timestamp>.<body>", in
 * base64 behind "v1,". Written down, the secret is "whsec_" and the base64 of
 * 24 to 64 random bytes. It is never logged.
 */
#ifndef BRIDGE_HOOK_SECRET_H
#define BRIDGE_HOOK_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"

#define SECRET_BYTES_MIN 24
#define SECRET_BYTES_MAX 64
#define SIGNATURE_CHARS  47 /* "v1," and 32 bytes in base64 */

struct secret {
    uint8_t bytes[SECRET_BYTES_MAX];
    size_t len;
};

/* From its written form. ERR_CONFIG: not of that form; *secret is wiped. */
enum err secret_parse(struct secret *secret, const char *text);

/*
 * Read the first line of the file at `path`, which nobody but its owner may
 * read; where there is no file, make one with a new secret.
 * ERR_IO, ERR_CONFIG: the log says why.
 */
enum err secret_open(struct secret *secret, const char *path);

/* Wipes it. */
void secret_close(struct secret *secret);

/*
 * Sign a request: its id, the second it is sent at, its body; the text ends
 * with a NUL. ERR_NO_MEMORY.
 */
enum err secret_sign(const struct secret *secret, const char *id, int64_t at_s,
        const void *body, size_t len, char out[SIGNATURE_CHARS + 1]);

#endif
