/*
 * hub_parts: what hub.c (the walk) and hub_client.c (the listeners) share.
 * For these two only; everybody else has hub.h.
 */
#ifndef HUB_HUB_PARTS_H
#define HUB_HUB_PARTS_H

#include "hub/hub.h"
#include "hub/journal.h"
#include "hub/lane.h"
#include "hub/route.h"
#include "hub/state.h"

#define FOLLOWERS    4    /* clients that may follow everything */
#define RECENT       1024 /* events kept in memory, with their forms */
#define RECENT_BYTES (8u * 1024 * 1024)
#define KIND_WORDS   ((EVT_COUNT + 63) / 64)

/* A set of kinds of event. */
struct kinds {
    uint64_t words[KIND_WORDS];
};

/* Something that follows, waiting for its turn. */
struct consequence {
    enum evt_id what;
    ProtobufCMessage *body;
    struct ulid cause;
    struct kinds before; /* kinds that led here: none of them again */
};

/* Who is told what at the commit. */
struct pending {
    const struct outlet *outlet;
    void *owner;
    uint64_t ticket;
    struct settlement settlement;
};

/* A debounced consequence: at `at_ms`, of the last cause. */
struct due {
    int64_t at_ms; /* 0: none */
    const struct derive_row *row;
    struct ulid cause;
    enum evt_id cause_what;
};

struct hub {
    struct hub_options options;
    struct journal *journal;
    struct state state;
    struct route route;
    uint64_t head;     /* last committed event */
    uint64_t snapshot; /* seq that the newest snapshot is as of */
    int64_t now_ms;    /* the last moment that was told */
    int64_t upkeep_at_ms;
    enum err failed; /* ERR_OK, or why this turn cannot be committed */
    bool writable;   /* did the last transaction succeed? */

    struct evt *recent[RECENT]; /* by seq; a reference each, or NULL */
    uint64_t recent_from;       /* the oldest of them */
    size_t recent_bytes;
    struct evt **turn; /* events of the open transaction; a reference each */
    uint32_t turn_count, turn_size;
    struct pending *pending;
    uint32_t pending_count, pending_size;
    struct consequence *queue;
    uint32_t queue_first, queue_count, queue_size;
    struct due due[EVT_COUNT]; /* by what follows */

    struct hub_client *clients; /* doubly linked */
    uint32_t client_count;
    struct hub_client *followers[FOLLOWERS]; /* of everything */
    struct hub_client *to_wake;              /* linked by next_to_wake */
};

/* An event as the journal has it, handed over; NULL: it cannot be read. */
struct evt *hub_evt_of(const struct hub *hub, const struct record *record);

/* A committed event that is still in memory, borrowed, or NULL. */
struct evt *hub_recent(const struct hub *hub, uint64_t seq);

/* --- hub_client.c, called by the walk --- */

/* The event is committed: into the lanes of all who listen. */
void hub_fan_out(struct hub *hub, struct evt *evt, int64_t now_ms);

/* Call the outlets of clients for whom something has come up. */
void hub_wake_clients(struct hub *hub);

/* Clients too slow or expired are marked and woken. */
void hub_check_clients(struct hub *hub, int64_t now_ms);

#endif
