/*
 * outbox: the hub's events on their way to the broker's topics.
 *
 * json/<room> is for people and programs: everything is in it. cmd/<event> is
 * for the back end: commands that it has to decide. pb/<room> and
 * dev/<id>/{job,cmd} are for devices: only what devices may see, and nothing
 * that is too late to act on; to one that sleeps only what is current when it
 * is awake, and all of that on its own topic. All of it is QoS 1, so that
 * nothing gets lost between us and the broker; a subscriber chooses its own.
 * The position it reports is what the broker has acknowledged, so that after
 * any crash the rest follows from the journal.
 */
#ifndef BRIDGE_MQTT_OUTBOX_H
#define BRIDGE_MQTT_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/mqtt/states.h"
#include "bridge/mqtt/track.h"
#include "bridge/mqtt/uplink.h"
#include "hub/outlet.h"

struct discovery;
struct hub;
struct hub_client;

#define OUTBOX_EVENTS 64 /* most events published by one call */
/* Unacknowledged messages, then it waits. The library walks through all of
 * them at each acknowledgement: a thousand take half of our time. */
#define OUTBOX_OUTSTANDING 200
#define OUTBOX_RECEIPTS    1000 /* then receipts are QoS 0 */

struct outbox {
    struct hub *hub;
    const char *site;
    struct uplink *link;
    struct states *states;       /* told which rooms have changed */
    struct discovery *discovery; /* told what has happened; or NULL */
    const struct outlet *outlet;
    void *owner;
    struct hub_client *client; /* NULL while there is no link */
    struct track track;
};

/* The link is up: follow the hub from the last acknowledged event on. */
enum err outbox_start(struct outbox *outbox);

/* The last event of which the broker surely has everything: from here on it
 * is published again after a crash. */
uint64_t outbox_position(struct outbox *outbox);

/* The link is gone. */
void outbox_stop(struct outbox *outbox);

/*
 * Publish some of what waits. True: there may be more to do at once; call
 * again when the socket has taken this.
 */
bool outbox_pump(struct outbox *outbox, int64_t now_ms);

/* Publish something that the broker keeps for whoever comes later, QoS 1. */
void outbox_send_retained(
        struct outbox *outbox, const char *topic, const void *data, size_t len);

/* Publish a receipt: QoS 1, or QoS 0 while too much is outstanding. */
void outbox_send_receipt(
        struct outbox *outbox, const char *topic, const void *data, size_t len);

#endif
