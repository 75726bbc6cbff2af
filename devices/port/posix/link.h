/*
 * link: the way to the broker, over libmosquitto: MQTT 3.1.1, QoS 1, a kept
 * session (device_keeps_session), a last will. While the device wants none
 * there is none.
 *
 * It is driven from the caller's poll loop and reconnects for ever, after a
 * random part of a growing time. No acknowledgement leaves before the device
 * has dealt with the message: the library is in its "threaded" mode, in which
 * it writes only in mosquitto_loop_write, and that is called last in a turn.
 * If the device could not store a message the connection is dropped instead,
 * and the broker sends it again.
 *
 * Each connection is a new struct mosquitto, so that nothing unsent is kept
 * in the library: what must not be lost is in the device's outbox.
 */
#ifndef DEVICES_PORT_POSIX_LINK_H
#define DEVICES_PORT_POSIX_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/core/device.h"

struct mosquitto;

struct link_to {
    const char *host;
    uint32_t port;
    const char *client_id;
    const char *user;     /* NULL: none */
    const char *password; /* NULL: none */
    bool tls;
    const char *cafile; /* NULL: whom the system trusts */
    const char *cert;   /* the device's own, with its key; NULL: none */
    const char *key;

    /* A topic besides the device's, which it does not know; NULL: none. What
     * is retained there is not heard. */
    const char *also;
    void *also_ctx;
    void (*also_heard)(
            void *ctx, const char *topic, const void *data, size_t len);
};

struct link {
    struct link_to to;
    struct device *device;
    struct mosquitto *client; /* NULL: between two attempts */
    bool up;                  /* the broker has accepted us */
    bool drop;                /* end the connection without another write */
    int also_asked;           /* the subscription to to.also */
    bool also_up;             /* it is granted */
    int receipted;            /* the newest receipt */
    uint32_t failures;        /* in a row */
    uint64_t since_ms;        /* of this attempt or connection */
    uint64_t retry_at_ms;
    uint64_t now_ms;
};

/* Begin; the first attempt is made by link_turn. All is borrowed. */
void link_init(struct link *link, const struct link_to *to,
        struct device *device, uint64_t now_ms);

/* The descriptor to poll, or -1, and for which events. */
int link_watch(struct link *link, short *events);

/* When to call link_turn at the latest. */
uint64_t link_due_ms(const struct link *link);

/* Read, let the device work, write. `ready`: events that poll reported. */
void link_turn(struct link *link, short ready, uint64_t now_ms);

/* For struct device_platform. */
bool link_subscribe(struct link *link, const char *topic);
int link_publish(struct link *link, const char *topic, const void *data,
        size_t len, bool retain);

/* Disconnect; the will is not sent. */
void link_close(struct link *link);

#endif
