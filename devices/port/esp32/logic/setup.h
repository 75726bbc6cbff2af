/*
 * setup: what a device is told when it is set up, beside the Wi-Fi: the JSON of
 * its credential as `dumbwaiter enrol --json` prints it, or where to claim one
 * and the code that is good for it once:
 *
 *   http://192.0.2.10:8080 ABCD-EFGH
 *
 * Behind either the certificate of who vouches for the hub may stand, as PEM.
 */
#ifndef DEVICES_PORT_ESP32_LOGIC_SETUP_H
#define DEVICES_PORT_ESP32_LOGIC_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#define SETUP_BYTES      3072 /* longest text, with its NUL */
#define SETUP_URL_BYTES  160
#define SETUP_CODE_BYTES 32
#define SETUP_BODY_BYTES (SETUP_CODE_BYTES + 16)

enum setup_kind {
    SETUP_NONE,       /* neither of them */
    SETUP_CREDENTIAL, /* the text is one, or looks so */
    SETUP_CLAIM,
};

struct setup_claim {
    char host[SETUP_URL_BYTES];  /* of the hub */
    char url[SETUP_URL_BYTES];   /* whom to ask, path and all */
    char body[SETUP_BODY_BYTES]; /* what to post */
};

/* Where in text[0..len) the certificate begins; `len`: there is none. */
size_t setup_certificate(const char *text, size_t len);

/* Read text[0..len), without a certificate. `claim` is filled for SETUP_CLAIM
 * only. */
enum setup_kind setup_read(
        struct setup_claim *claim, const char *text, size_t len);

#endif
