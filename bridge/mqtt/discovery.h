/*
 * discovery: which devices Home Assistant has been told of, and what is
 * retained of each in dev/<id>/about.
 *
 * With the switch on, each device of the picture has both; with it off, or for
 * a device that is there no more, what an earlier run has left is cleared: the
 * broker is asked for it each time that the link comes up. Nothing is said
 * again that has not changed. Publishes nothing itself: its messages are handed
 * over one by one.
 */
#ifndef BRIDGE_MQTT_DISCOVERY_H
#define BRIDGE_MQTT_DISCOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/mqtt/homeassistant.h"

struct evt;
struct hub;
struct hub_client;
struct Dw__Picture;

#define DISCOVERY_DEVICES  2048 /* as many as may be enrolled */
#define DISCOVERY_STRAYS   64   /* that are cleared at once; the rest follow */
#define DISCOVERY_PAUSE_MS 500  /* between two times that they are told */

/* What is to be said of a device next. */
enum discovery_step {
    DISCOVERY_DONE,
    DISCOVERY_ABOUT, /* first: it is known before it is discovered */
    DISCOVERY_CONFIG,
    DISCOVERY_END,
};

struct discovered {
    char id[ID_CHARS + 1];
    enum discovery_step step;
    bool is_printer;
    bool is_paper_out;
    uint32_t config, about; /* checksums of what was said last; 0: nothing */
};

struct discovery {
    struct hub *hub;
    struct home_place place; /* borrowed */
    bool is_on;
    bool is_behind; /* there was no room for all strays: ask the broker again */
    bool is_full;   /* there was none for a device */
    uint32_t count;
    uint32_t due; /* devices that are not done */
    int64_t told_ms;
    struct Dw__Picture *picture; /* while they are told */
    struct discovered devices[DISCOVERY_DEVICES];
    uint32_t stray_count; /* messages of ours where none should be */
    char strays[DISCOVERY_STRAYS][TOPIC_CHARS + 1];
};

/* Pair with discovery_finish. */
void discovery_init(struct discovery *discovery, struct hub *hub,
        const struct home_place *place, bool is_on);

void discovery_finish(struct discovery *discovery);

/*
 * The link has come up: all has to be said. `client` has joined everything
 * there is; what it has been told tells which printers are out of paper.
 */
void discovery_restart(struct discovery *discovery, struct hub_client *client);

/* The filters of what the broker may have kept, one after another from 0 on.
 * False: there are no more. */
bool discovery_filter(const struct discovery *discovery, int index,
        char out[TOPIC_CHARS + 1]);

/*
 * A message came from the broker. Is it of a topic of discovery's? Then it is
 * dealt with: it is nobody's but ours.
 */
bool discovery_take(struct discovery *discovery, const char *topic,
        const void *data, size_t len, bool is_retained);

/* Something has happened, perhaps to a device. */
void discovery_see(struct discovery *discovery, const struct evt *evt);

/* Is there something to say, and time for it? */
bool discovery_waits(const struct discovery *discovery);
bool discovery_is_due(const struct discovery *discovery, int64_t now_ms);

/*
 * Hand over the next message to be retained; empty: what is there is to be
 * cleared. False: none. Call discovery_told when no more are taken.
 */
bool discovery_next(struct discovery *discovery, char topic[TOPIC_CHARS + 1],
        struct buf *text);
void discovery_told(struct discovery *discovery, int64_t now_ms);

#endif
