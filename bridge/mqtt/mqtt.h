/*
 * mqtt: the hub's link to the broker, and so to every device and producer.
 *
 * In: in/<client>/<event> from producers, dev/<id>/{state,info,ack,evt} from
 * devices. Out: json/<room>, pb/<room>, retained state/<room>, dev/<id>/job,
 * receipt/<client>, cmd/<event>, hub/state, and what discovery.h has. The write
 * barrier: what arrives is handed to hub_submit at once, but nothing is written
 * to the broker, no PUBACK either, before mqtt_flush, which the loop calls
 * after hub_commit. The link is rebuilt for ever, with full jitter; what was
 * published meanwhile follows from the journal.
 */
#ifndef BRIDGE_MQTT_MQTT_H
#define BRIDGE_MQTT_MQTT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "bridge/submit/authority.h"
#include "hub/base/err.h"

struct hub;
struct members;
struct mqtt;
struct sites;
struct tongues;

struct mqtt_options {
    uv_loop_t *loop;
    struct hub *hub;
    const char *host; /* numeric address, or a name resolved once */
    uint16_t port;
    const char *client_id; /* fixed: the broker keeps our session by it */
    const char *user;      /* NULL: none */
    const char *password;
    const char *site;          /* "main" */
    const struct sites *sites; /* borrowed while it is open, as the
                                  tongues and the members */
    struct tongues *tongues;   /* what its producers speak */
    struct members *members;   /* who has credentials here; NULL: nobody */
    enum authority authority;
    uint32_t most_pause_ms;                /* between attempts; 0: 30000 */
    bool home_assistant;                   /* devices are told to it */
    const char *home_prefix, *home_client; /* see homeassistant.h; borrowed
                                              while it is open */
};

/* Strings are copied. Connecting starts at once and goes on for ever. */
enum err mqtt_open(struct mqtt **mqtt, const struct mqtt_options *options);

/*
 * Say goodbye (hub/state offline), disconnect, close handles; the memory goes
 * when the loop has run the handles' close callbacks. NULL is fine.
 */
void mqtt_close(struct mqtt *mqtt);

/* Now and then: has somebody been enrolled, or retired? The hub is told. */
void mqtt_look(struct mqtt *mqtt);

/* After a successful hub_commit: acknowledgements, receipts and events go. */
void mqtt_flush(struct mqtt *mqtt);

/*
 * The commit failed: drop the link without acknowledging, so that the broker
 * sends the same again to our kept session.
 */
void mqtt_reject(struct mqtt *mqtt);

bool mqtt_is_connected(const struct mqtt *mqtt);

#endif
