/*
 * happening: the one queue through which everything reaches the task that runs
 * the device.
 *
 * The core has no locks. So whoever else notices something (Wi-Fi, MQTT, a key)
 * posts it here and touches nothing. Nobody posts without bound: a key is deaf
 * until its happening was taken, the link has one answer under way and one
 * piece of a message, the network tells its last state. A full queue is a
 * mistake of ours, and ends the program.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_HAPPENING_H
#define DEVICES_PORT_ESP32_MAIN_HAPPENING_H

#include <stdbool.h>
#include <stdint.h>

enum happening_kind {
    HAPPENED_KEY,        /* its line has another level than it had */
    HAPPENED_NET_UP,     /* there is an address */
    HAPPENED_NET_DOWN,   /* there is none any more */
    HAPPENED_LINK_UP,    /* the broker has accepted us */
    HAPPENED_LINK_DOWN,  /* it could not be reached, refused us or is gone */
    HAPPENED_SUBSCRIBED, /* it has confirmed a topic */
    HAPPENED_PUBLISHED,  /* it has receipted `token` */
    HAPPENED_MESSAGE,    /* `part` came; it waits for link_mqtt_dealt */
    HAPPENED_CLOSED,     /* the link is ended, nothing of it is left */
    HAPPENED_UPDATE,     /* a new firmware is stored: start it when it suits */
};

struct part;

struct happening {
    enum happening_kind kind;
    uint32_t link; /* of LINK_UP to CLOSED: which */
    int token;
    const struct part *part; /* borrowed until link_mqtt_dealt */
};

/* Before anything else. False: no memory. */
bool happening_start(void);

void happening_post(const struct happening *happening);

/* From an interrupt; only a kind. */
void happening_post_from_interrupt(enum happening_kind kind);

/* Wait up to `ms` for the next. False: nothing happened. */
bool happening_wait(struct happening *happening, uint32_t ms);

#endif
