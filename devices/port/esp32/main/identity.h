/*
 * identity: who the device is: its credential, where its broker is, and who
 * vouches for that, all from flash.
 *
 * What was told when it was set up (logic/setup.h) is a credential, or how to
 * claim one; that is done once there is an address, and the credential kept.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_IDENTITY_H
#define DEVICES_PORT_ESP32_MAIN_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/port/posix/credential.h"

#define IDENTITY_CA_BYTES 4000 /* most that NVS has in one text */

struct identity {
    struct credential credential;
    uint32_t port;
    bool tls;
    char ca[IDENTITY_CA_BYTES]; /* PEM; "": none */
};

enum identity_state {
    IDENTITY_NONE,    /* to be set up */
    IDENTITY_CLAIMED, /* not yet: identity_claim, with an address */
    IDENTITY_KNOWN,
};

/* What there is in flash. */
enum identity_state identity_load(struct identity *identity);

/* Keep what was said when it was set up: text[0..len). False: it is neither,
 * and nothing has changed, or it could not be kept. */
bool identity_set_up(const char *text, size_t len);

/* Ask the hub; some seconds. True: IDENTITY_KNOWN from now on. A code that is
 * refused is forgotten. */
bool identity_claim(struct identity *identity);

#endif
