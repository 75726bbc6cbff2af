/*
 * broker: an MQTT broker with QoS 1 and sessions that outlive connections.
 *
 * At least once: what was not acknowledged on one connection comes again on
 * the next, behind or before what is new. It can be killed, and then it has
 * forgotten everything: sessions, queues, what was retained. Wills are
 * published late. Session 0 is the hub's, the others are the devices'.
 */
#ifndef TESTS_SIM_BROKER_H
#define TESTS_SIM_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/dice.h"

struct world;

#define BROKER_SESSIONS 8
#define BROKER_FILTERS  24
#define BROKER_TOPIC    128
#define BROKER_QUEUE    512 /* messages of a session; the newest are refused */
#define BROKER_WINDOW   20  /* not acknowledged */

struct message {
    uint32_t refs;
    bool retain;
    char topic[BROKER_TOPIC];
    size_t len;
    uint8_t data[];
};

struct queued {
    uint32_t mid;
    struct message *message;
};

struct session {
    bool is_connected;
    uint64_t number; /* of connections so far */
    char filters[BROKER_FILTERS][BROKER_TOPIC];
    uint32_t filter_count;
    struct queued queue[BROKER_QUEUE]; /* oldest first */
    uint32_t count, sent;              /* of it, on this connection */
    uint32_t last_mid;
    int64_t hears_ms, says_ms; /* the last packet each way: none overtakes it */
    struct message *will;
};

struct broker {
    bool is_down;
    uint64_t number; /* of lives */
    struct dice dice;
    struct session sessions[BROKER_SESSIONS];
    struct message *retained[BROKER_SESSIONS]; /* of each device its state */
};

void broker_begin(struct world *world);
void broker_end(struct world *world);

struct message *message_new(
        const char *topic, const void *data, size_t len, bool retain);
struct message *message_ref(struct message *message);
void message_unref(struct message *message);

/* False: it is down. The session that there was goes on; takes the will. */
bool broker_connect(
        struct world *world, uint32_t session, struct message *will);

/* Cut, by whichever side. The will is published in a while, unless it comes
 * back before, or has said goodbye. */
void broker_drop(struct world *world, uint32_t session);

void broker_subscribe(
        struct world *world, uint32_t session, const char *filter);

/* On its way from a session to the broker; published() follows with `token`.
 * Takes the message; NULL: one that nobody listens to. */
void broker_say(struct world *world, uint32_t session, int token,
        struct message *message);

/* The session has dealt with it. */
void broker_acked(struct world *world, uint32_t session, uint32_t mid);

/* A kill, or a connection cut. */
void broker_trouble(struct world *world, struct dice *dice);

#endif
