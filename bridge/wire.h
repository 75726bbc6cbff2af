/*
 * wire: bytes of a connection into messages and back.
 *
 * A wire knows how its clients frame what they say and what they are
 * answered. It knows no restaurant, no rights and no sockets: the session in
 * bridge/ws drives it. One row a wire in wires.def.
 */
#ifndef BRIDGE_WIRE_H
#define BRIDGE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/evt/evt.h"

#define WIRE_ROOMS 64 /* most rooms in one join */

enum verb { VERB_AUTH, VERB_JOIN, VERB_LEAVE, VERB_PUBLISH, VERB_ACK };

/* One message of a client. Zero it, or wire->hear it; then said_finish. */
struct said {
    enum verb verb;
    uint32_t ref;  /* repeated in the answer; 0: none given */
    char *token;   /* auth; owned */
    bool receipts; /* auth: it says what becomes of what it is handed */
    char *after;   /* join: cursor, or NULL; owned */
    uint32_t room_count;
    struct room rooms[WIRE_ROOMS]; /* join, leave */
    struct heard heard; /* publish; take the body and set it NULL to keep it */
    uint64_t seq;       /* ack */
    char *stage;        /* ack: a word of it, or NULL; owned */
};

/* Release what hear had to allocate. A zeroed or finished one is fine. */
void said_finish(struct said *said);

/* What the server says about itself when a client is let in. */
struct wire_ready {
    const char *connection_id;
    uint32_t epoch;
    uint64_t seq;
    int64_t now_ms;
    const struct principal *principal;
    const char *site;
    uint32_t heartbeat_ms;
    /* For wires that join everything at once: */
    const struct room *rooms;
    uint32_t room_count;
    const struct Dw__Picture *picture; /* of them; else NULL */
    enum view view;
};

/*
 * What is said from time to time: of each joined room the number of the last
 * event that the client was sent, or of the place from which it has joined.
 * What is sent later has a higher one, so whoever is named a number that it
 * never got, or more events than it has counted, has lost some.
 */
struct wire_beat {
    const char *connection_id;
    int64_t now_ms;
    const struct room *rooms;
    const uint64_t *tops;
    uint32_t count;
    uint64_t told;   /* of all rooms, in this wire's words; 0: nothing yet */
    uint64_t events; /* sent over this connection */
};

/* Answer to a join; `picture` NULL when recovered. */
struct wire_joined {
    const struct room *rooms;
    uint32_t count;
    bool recovered;
    uint64_t seq;
    uint32_t epoch;
    const char *cursor;
    const ProtobufCMessage *picture;
    enum view view;
};

/* Why not. */
struct wire_error {
    const struct fault *fault;
    uint32_t retry_ms; /* after which it may be tried again; 0: never */
    int64_t now_ms;
};

/* Answer to a publish. */
struct wire_published {
    struct ulid id;
    uint64_t seq;
    uint32_t epoch;
    bool duplicate;
    bool pending; /* it is for the back end to decide */
};

struct wire {
    const char *name;
    const char *subprotocol; /* WebSocket subprotocol; NULL: by `path` */
    const char *path;        /* where it is spoken without a subprotocol */
    bool text;               /* text frames, else binary */
    /*
     * There is no verb for joining: whoever connects is in every room that it
     * may be in, is told what there is and what was said last in this dialect,
     * and then what happens.
     */
    bool joins_all;
    /* Of the lists of a picture only these are said in `ready`, as they are
     * called in picture.proto; NULL at the end. For wires with joins_all. */
    const char *const *lists;
    enum dialect_id dialect;

    /*
     * Understand one whole message. Not ERR_OK: fault says why; said->ref is
     * set if it could be read, and said is finished.
     */
    enum err (*hear)(const uint8_t *data, size_t len, struct said *said,
            struct fault *fault);

    /* Each appends one whole message to `out`, or nothing where the wire has
     * no word for it. */
    void (*say_ready)(struct buf *out, const struct wire_ready *ready);
    void (*say_joined)(
            struct buf *out, uint32_t ref, const struct wire_joined *joined);
    void (*say_published)(struct buf *out, uint32_t ref,
            const struct wire_published *published);
    void (*say_ok)(struct buf *out, uint32_t ref);
    void (*say_error)(
            struct buf *out, uint32_t ref, const struct wire_error *error);
    void (*say_heartbeat)(struct buf *out, const struct wire_beat *beat);

    /* An event's bytes, kept with it (see dialect_say_json); NULL: memory. No
     * bytes: the wire has no word for it. */
    const struct evt_form *(*say_event)(
            struct evt *evt, enum view view, uint32_t room);
};

enum wire_id {
#define WIRE(id, ...) WIRE_##id,
#include "bridge/wires.def"
#undef WIRE
    WIRE_COUNT
};

extern const struct wire *const wires[WIRE_COUNT];

/* By subprotocol, or NULL. */
const struct wire *wire_find(const char *subprotocol);

/* By path, for wires without a subprotocol, or NULL. */
const struct wire *wire_find_path(const char *path);

#endif
