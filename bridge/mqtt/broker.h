/*
 * broker: the embedded mosquitto, with a generated configuration. A minder
 * starts it, again with growing pauses if it dies, and stops it when we stop.
 *
 * Files in <data>/broker, mode 0600: mosquitto.conf, passwd, acl,
 * hub.password, hub.client, credentials.json (who is enrolled), claims.json
 * (by which codes somebody will be), tls.pem, tls_ca.pem, mosquitto.pid, lock,
 * and the broker's own mosquitto.db.
 *
 * Whoever opens a broker owns its data directory (hub_open makes sure, call
 * it first): a broker that an earlier run left behind there is stopped.
 */
#ifndef BRIDGE_MQTT_BROKER_H
#define BRIDGE_MQTT_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "bridge/auth_sites.h"
#include "bridge/jail/minder.h"
#include "bridge/mqtt/broker_tls.h"
#include "hub/base/err.h"

struct broker;

struct broker_options {
    uv_loop_t *loop;
    const char *data_dir; /* the daemon's; <data>/broker is made in it */
    const struct sites *sites;
    uint16_t port;         /* on 127.0.0.1 */
    const char *listen;    /* "ADDRESS:PORT" for devices on the LAN, or NULL;
                              never anonymous */
    struct broker_tls tls; /* of that listener; borrowed while it is open */
    bool debug_reader;     /* loopback: anonymous may read json/, state/ and
                              hub/ */
    struct minder *minder; /* borrowed until the handles have closed */
};

/*
 * Returns when it accepts connections, within 5 s. ERR_UNAVAILABLE: mosquitto
 * is not installed, did not start, or a port is taken. ERR_CONFIG: `listen` is
 * no ADDRESS:PORT. ERR_IO, ERR_BUSY, ERR_NO_MEMORY. The log says why. Strings
 * are copied.
 */
enum err broker_open(
        struct broker **broker, const struct broker_options *options);

/*
 * TERM, then after 3 s KILL, by its id; returns when it is gone. The memory
 * goes when the loop has run the handles' close callbacks. NULL is fine.
 */
void broker_close(struct broker *broker);

/*
 * Have it read again who may log in, and its certificate: whoever is connected
 * with what is good no longer is cut off. At once, or as soon as it can hear;
 * and once more a second later, as it forgets what it is told while it reads.
 */
void broker_reload(struct broker *broker);

/*
 * Take over the files of its certificate, which may be new; it reads them with
 * broker_reload. Errors are those of broker_tls_take: then the old one stays.
 */
enum err broker_renew(struct broker *broker, struct fault *fault);

/* The password of every site's hub; lives as long as the broker. */
const char *broker_hub_password(const struct broker *broker);

/*
 * The client id that only the hub of the first site knows, and by sites_login
 * those of the others; lives as long as the broker.
 */
const char *broker_hub_client_id(const struct broker *broker);

/*
 * The user name of the first site's hub, and its client id at somebody else's
 * broker; by sites_login those of the others.
 */
#define HUB_CLIENT_ID "dumbwaiter-hub"

#endif
