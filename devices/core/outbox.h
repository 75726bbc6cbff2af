/*
 * outbox: what the device said and the hub has not receipted yet.
 *
 * A fact stays, with its id, until the hub's own receipt: the broker's says
 * only that the broker has it, and a broker that dies forgets. It is sent on
 * every new link, and again on an old one after DEVICE_RESEND_MS: the hub knows
 * a repeated id. The oldest goes first. What is over its time goes.
 *
 * Results are never put together and never make room; a state gives way to
 * the newer one, and to anything else when the box is full.
 */
#ifndef DEVICES_CORE_OUTBOX_H
#define DEVICES_CORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/limits.h"
#include "devices/core/seen.h"

enum fact_topic {
    FACT_EVT,  /* dev/<id>/evt: something happened here */
    FACT_ACK,  /* dev/<id>/ack: what became of a message */
    FACT_TELE, /* dev/<id>/tele: how it is */
    FACT_TOPICS
};

enum fact_class {
    FACT_RESULT,  /* each counts; survives a loss of power */
    FACT_CALL,    /* so does this; said again while it waits it is the same */
    FACT_STATE,   /* the newest is true; memory only */
    FACT_SPOOLED, /* each counts; memory only, as the kind has it in a store of
                     its own and says it again after a loss of power */
    FACT_MOMENT,  /* each counts, for a moment; memory only */
    FACT_CLASSES
};

struct outbox_fact {
    enum fact_topic topic;
    enum fact_class class;
    uint32_t field; /* of its body: what it is about */
    uint8_t id[DEVICE_ID_BYTES];
    uint8_t bytes[DEVICE_FACT_BYTES];
    size_t len;
    uint32_t place;    /* where it is kept, 1 to DEVICE_FACTS; 0: nowhere */
    uint32_t sendings; /* on this link */
    uint64_t sent_ms;  /* the last of them */
    uint64_t give_up_ms;
};

struct outbox {
    struct outbox_fact facts[DEVICE_FACTS]; /* oldest first */
    uint32_t count;
};

/* A free place, zeroed and counted as used, or NULL when full. */
struct outbox_fact *outbox_add(struct outbox *outbox);

/* The waiting fact with this id, or NULL. */
struct outbox_fact *outbox_find(
        struct outbox *outbox, const uint8_t id[DEVICE_ID_BYTES]);

/* The waiting fact of this class about the same thing, or NULL. */
struct outbox_fact *outbox_find_same(
        struct outbox *outbox, enum fact_class class, uint32_t field);

/* The oldest waiting state, or NULL: what can make room. */
struct outbox_fact *outbox_find_state(struct outbox *outbox);

/* The oldest fact that wants to be sent at `now_ms`, or NULL. */
struct outbox_fact *outbox_next(struct outbox *outbox, uint64_t now_ms);

/* A fact that is too old to matter, or NULL. */
struct outbox_fact *outbox_find_over(struct outbox *outbox, uint64_t now_ms);

/* When the next one is too old, or, of those that were sent, wants to be sent
 * again; UINT64_MAX: never. */
uint64_t outbox_due_ms(const struct outbox *outbox);

/* Does one wait that was not sent on this link? */
bool outbox_is_unsent(const struct outbox *outbox);

/* Does anything wait that has to be said before the device may sleep? A state
 * that was sent has not. */
bool outbox_is_pressing(const struct outbox *outbox);

/* Forget `fact`, one of the box; pointers to later ones are void. */
void outbox_remove(struct outbox *outbox, struct outbox_fact *fact);

/* The link is gone: all want to be sent again. */
void outbox_unsend(struct outbox *outbox);

/* The lowest place that no fact has, 1 to DEVICE_FACTS; 0: none. */
uint32_t outbox_free_place(const struct outbox *outbox);

#endif
