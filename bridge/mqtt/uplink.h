/*
 * uplink: one client connection to the broker on our loop, made again for ever.
 *
 * Nothing is written but by uplink_write: acknowledgements of what was read,
 * publishes and pings wait in the library until then. So whoever calls
 * uplink_write decides what has to be on disk before. Dropping the link throws
 * away what waits; the broker then sends the unacknowledged messages again,
 * as it keeps our session. Knows no topics and no hub.
 */
#ifndef BRIDGE_MQTT_UPLINK_H
#define BRIDGE_MQTT_UPLINK_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "hub/base/err.h"

#define UPLINK_READS      256 /* most messages read in one turn */
#define UPLINK_HOST_CHARS 63

/* Neither may call uplink_write or uplink_drop, except `ready`. */
struct uplink_calls {
    void (*heard)(void *owner, const struct mosquitto_message *message);
    void (*acked)(void *owner, int mid); /* the broker has it (QoS 1), or it is
                                            written (QoS 0) */
    void (*ready)(void *owner); /* something was read, or can be written */
};

struct uplink_options {
    uv_loop_t *loop;
    const struct uplink_calls *calls;
    void *owner;
    const char *host; /* a name is resolved once, at once */
    uint16_t port;
    const char *client_id;
    const char *user; /* NULL: none */
    const char *password;
    const char *will_topic; /* published by the broker, retained, when we die */
    const char *will;
    uint32_t most_pause_ms; /* between attempts; 0: 30000 */
};

struct uplink {
    uv_loop_t *loop;
    uv_timer_t timer; /* connected: upkeep; else: the next attempt */
    const struct uplink_calls *calls;
    void *owner;
    void (*closed)(void *owner);
    struct mosquitto *client; /* NULL between attempts */
    uv_poll_t *poll;          /* NULL without a socket */
    uint32_t most_pause_ms;
    int events; /* that `poll` watches for */
    char host[UPLINK_HOST_CHARS + 1];
    uint16_t port;
    char *client_id, *user, *password, *will_topic, *will;
    bool is_up;          /* the broker has accepted us */
    bool is_lost;        /* to be dropped when the library's call is over */
    uint32_t generation; /* counts the times it came up */
    uint32_t failures;   /* attempts since it was last stable */
    uint64_t since_ms;   /* of this attempt, or of coming up */
    const char *reason;  /* of the loss; "" */
};

/*
 * Start connecting; goes on for ever. Strings are copied.
 * ERR_CONFIG: the host cannot be resolved; the log says why. ERR_NO_MEMORY.
 * On failure the link is still to be closed.
 */
enum err uplink_open(struct uplink *link, const struct uplink_options *options);

/*
 * Drop it for good. The memory must stay until `closed`, which comes from the
 * loop.
 */
void uplink_close(struct uplink *link, void (*closed)(void *owner));

/* Forget all that waits, disconnect without a word, try again later. */
void uplink_drop(struct uplink *link, const char *reason);

/*
 * Queue a message. Returns its id, or 0 if there was no memory for it: the
 * link is then lost.
 */
int uplink_publish(struct uplink *link, const char *topic, const void *data,
        size_t len, int qos, bool retain);

/* Queue a subscription, QoS 1. */
void uplink_subscribe(struct uplink *link, const char *filter);

/*
 * Write what waits, as far as the socket takes it; the rest follows when
 * `ready` leads to another call. `more`: call `ready` again soon, the owner
 * has not said everything. True: nothing waits any longer.
 */
bool uplink_write(struct uplink *link, bool more);

/* Say goodbye; the broker publishes no will. */
void uplink_bye(struct uplink *link);

/*
 * Milliseconds to wait before attempt number `failures` + 1: anywhere between
 * 0 and a bound that doubles from 0.5 s to `most_ms`, so that many who lost the
 * same broker do not return together. `dice` is random.
 */
uint32_t uplink_pause_ms(uint32_t failures, uint32_t most_ms, uint32_t dice);

#endif
