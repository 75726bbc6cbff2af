/*
 * broker_tls: the certificate of the broker's listener for the LAN, taken over
 * into the broker's own folder once it was found to be sound. So whatever
 * makes the broker read its files again, it never meets half a certificate.
 */
#ifndef BRIDGE_MQTT_BROKER_TLS_H
#define BRIDGE_MQTT_BROKER_TLS_H

#include "hub/base/err.h"

struct broker_tls {
    const char *cert; /* paths; "": no TLS */
    const char *key;
    const char *ca; /* of the certificates of devices; "": none are asked */
};

/*
 * Check them (tls_files.h) and replace BROKER_TLS_FILE and BROKER_CA_FILE in
 * `dir` by them. ERR_CONFIG: the fault says what is wrong; the ones that were
 * there stay. ERR_IO: the log says why. ERR_NO_MEMORY.
 */
enum err broker_tls_take(
        const struct broker_tls *tls, const char *dir, struct fault *fault);

#endif
