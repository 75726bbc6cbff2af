/*
 * broker_conf: the text of the embedded broker's configuration. Pure.
 */
#ifndef BRIDGE_MQTT_BROKER_CONF_H
#define BRIDGE_MQTT_BROKER_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/buf.h"

#define BROKER_HOST_CHARS 63

/* Largest packet anybody may send; the hub's retained pictures are the large
 * ones. */
#define BROKER_PACKET_BYTES (260 * 1024)

struct broker_conf {
    const char *dir;  /* absolute */
    const char *user; /* whom the broker runs as: who owns the files */
    uint16_t port;    /* on 127.0.0.1 */
    uint32_t sites;   /* restaurants that are served */
    bool debug_reader;
    char lan_host[BROKER_HOST_CHARS + 1]; /* "": no listener for the LAN */
    uint16_t lan_port;
    bool lan_tls;   /* with BROKER_TLS_FILE in `dir` */
    bool lan_certs; /* who connects shows a certificate of an authority in
                       BROKER_CA_FILE: its CN is the user name */
};

#define BROKER_TLS_FILE "tls.pem" /* certificate, chain and key */
#define BROKER_CA_FILE  "tls_ca.pem"

/*
 * Read "ADDRESS:PORT" or "[ADDRESS]:PORT" into lan_host and lan_port. False:
 * it is neither, or the address has characters that no address has.
 */
bool broker_conf_listen(struct broker_conf *conf, const char *text);

void broker_conf_put(const struct broker_conf *conf, struct buf *out);

#endif
