/*
 * broker: the embedded mosquitto, a child of ours with a generated
 * configuration. Started again with growing pauses if it dies, stopped by its
 * process id when we stop.
 *
 * Files in <data>/broker, mode 0600: mosquitto.conf, passwd, acl,
 * hub.password, hub.client, credentials.json (who is enrolled), mosquitto.pid,
 * lock, and the broker's own mosquitto.db.
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
#include "hub/base/err.h"

struct broker;

struct broker_options {
    uv_loop_t *loop;
    const char *data_dir; /* the daemon's; <data>/broker is made in it */
    const struct sites *sites;
    uint16_t port;       /* on 127.0.0.1 */
    const char *listen;  /* "ADDRESS:PORT" for devices on the LAN, or NULL;
                            never anonymous */
    bool debug_reader;   /* loopback: anonymous may read json/, state/ and
                            hub/ */
    const char *program; /* NULL: mosquitto from PATH, /usr/sbin too */
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
