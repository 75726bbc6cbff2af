/*
 * outbox: what the device said and the broker has not receipted yet.
 *
 * A fact stays, with its id, until its receipt comes or its time is over. It
 * is sent again on every new link, and on an old one after DEVICE_RESEND_MS:
 * the hub knows a repeated id. The oldest goes first.
 */
#ifndef DEVICES_CORE_OUTBOX_H
#define DEVICES_CORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/limits.h"
#include "devices/core/seen.h"

enum fact_topic {
    FACT_EVT, /* dev/<id>/evt: something happened here */
    FACT_ACK, /* dev/<id>/ack: what became of a message */
};

struct outbox_fact {
    enum fact_topic topic;
    uint8_t id[DEVICE_ID_BYTES];
    uint8_t bytes[DEVICE_FACT_BYTES];
    size_t len;
    int token; /* of the sending under way; 0: to be sent */
    uint64_t sent_ms;
    uint64_t give_up_ms; /* 0: never */
};

struct outbox {
    struct outbox_fact facts[DEVICE_FACTS]; /* oldest first */
    uint32_t count;
};

/* A free place, counted as used, or NULL when full. The caller fills it. */
struct outbox_fact *outbox_add(struct outbox *outbox);

/* The oldest fact that wants to be sent at `now_ms`, or NULL. */
struct outbox_fact *outbox_next(struct outbox *outbox, uint64_t now_ms);

/*
 * The broker has receipted `token`: forget the fact and copy its id to `id`.
 * False: no such sending.
 */
bool outbox_settle(
        struct outbox *outbox, int token, uint8_t id[DEVICE_ID_BYTES]);

/* The link is gone and every receipt with it: all want to be sent again. */
void outbox_unsend(struct outbox *outbox);

/* Forget what is too old to matter. Returns how many that were. */
uint32_t outbox_expire(struct outbox *outbox, uint64_t now_ms);

#endif
