/*
 * claim_http: a code that is good once, for a credential.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_CLAIM_HTTP_H
#define DEVICES_PORT_ESP32_MAIN_CLAIM_HTTP_H

#include <stddef.h>

struct setup_claim;

enum claim_result {
    CLAIM_GIVEN,
    CLAIM_REFUSED, /* for good: wrong, used, or its time is over */
    CLAIM_LATER,   /* nobody answers, or too many have tried */
};

/* Ask; at most some ten seconds. `ca`: who vouches for an https hub, PEM. The
 * answer, JSON with its NUL, is in `out` for CLAIM_GIVEN. */
enum claim_result claim_http(
        const struct setup_claim *claim, const char *ca, char *out, size_t cap);

#endif
