/*
 * session: one WebSocket: what its client says, and what it is sent.
 *
 * Replies come before events, in order. Replies wait in a bounded buffer;
 * events wait in the hub's lane, so a session that cannot take more costs a
 * fixed amount until its lane says that it is too slow.
 */
#ifndef BRIDGE_WS_SESSION_H
#define BRIDGE_WS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/wire.h"
#include "bridge/ws/bearers.h"
#include "bridge/ws/rate.h"
#include "hub/base/buf.h"
#include "hub/hub.h"

struct asks;
struct conn;
struct rooms;

struct session {
    const struct wire *wire;
    struct hub_client *client; /* NULL: not let in yet */
    enum view view;            /* of pictures */
    uint32_t message_bytes;    /* largest message it may send */
    struct rate rate;
    struct bearer bearer;      /* of its client */
    uint32_t garbage;          /* messages that were none */
    struct buf heard;          /* of the message arriving */
    uint32_t fragments;        /* of it, so far */
    uint64_t told;             /* seq of the last event that it was sent */
    uint64_t events;           /* … and how many it was sent */
    struct asks *asks;         /* owned; NULL: it is never asked */
    struct buf replies;        /* whole frames, not written yet */
    uint16_t close_code;       /* not 0: to be closed once replies are out */
    uint32_t retry_ms;         /* … and when it may come again; 0: any time */
    bool paused;               /* we do not read from it */
    int64_t next_heartbeat_ms; /* monotonic */
};

/* The handshake is done; `wire` is what was agreed. False: no memory. */
bool session_create(struct conn *conn, const struct wire *wire);

/* Leaves the hub. NULL is fine. */
void session_destroy(struct conn *conn);

/* Bytes that arrived. */
struct chunk {
    const uint8_t *data;
    size_t len;
    uint64_t frame_left; /* announced bytes of the frame still to come */
    bool final;          /* the frame ends a message */
    bool text;           /* of text frames; not checked for UTF-8 */
};

void session_heard(struct conn *conn, const struct chunk *chunk);

/* Say goodbye with this code once what is queued has been written. */
void session_close(struct conn *conn, enum err why);

/* Write what waits, as far as the socket takes it. */
void session_write(struct conn *conn);

/* The socket takes bytes again. */
void session_writable(struct conn *conn);

/* Deadlines, expiry, heartbeats; a few times a second. */
void session_sweep(
        struct conn *conn, int64_t steady_now_ms, int64_t wall_now_ms);

/* We stop: one close frame if the socket takes it. */
void session_goodbye(struct conn *conn, uint32_t retry_ms);

/* --- between session.c, verbs.c and deliver.c --- */

/*
 * One reply: write a message into the buffer that reply_begin hands out, then
 * reply_end frames and queues it. What does not fit closes the session.
 */
struct buf *reply_begin(struct conn *conn);
void reply_end(struct conn *conn);

void reply_error(struct conn *conn, uint32_t ref, const struct fault *fault);

/* The same to whom may try again then; 0: never. */
void reply_error_until(struct conn *conn, uint32_t ref,
        const struct fault *fault, uint32_t retry_ms);

/* An event with its frame around it, kept with the event; no bytes: the wire
 * has no word for it. NULL: out of memory. */
const struct evt_form *session_frame(const struct wire *wire, struct evt *evt,
        enum view view, uint32_t room);

/* Replies are whole frames already. What does not fit closes the session. */
void reply_frame(struct conn *conn, const struct evt_form *frame);

/* Who it is here; for wires that join everything also where it is and what is
 * there, else NULL. */
void session_say_ready(struct conn *conn, const struct rooms *own,
        const struct Dw__Picture *picture);

/* For wires that join everything: rooms, snapshot, history. See greet.c. */
void session_greet(struct conn *conn);

/* What the client said, understood. */
void session_obey(struct conn *conn, struct said *said);

/* Let it in: a listener of the hub from here on. */
void session_admit(struct conn *conn);

/* --- session_receipts.c: what it says of what it was sent --- */

/* It will acknowledge from here on, if it is staff. False: no memory. */
bool session_begin_asking(struct conn *conn);

/* It was sent this one. */
void session_note_told(struct conn *conn, const struct evt *evt);

/* Is it an answer that is waited for? Such do not count against its rate. */
bool session_is_asked(const struct session *session, uint64_t seq);

/* It has been acknowledged, with whatever word. */
void session_take_ask(struct session *session, uint64_t seq);

/* It has come back, behind `seq`, to a room: what it was handed before it may
 * still acknowledge. */
void session_was_handed(struct conn *conn, const struct room *rooms,
        uint32_t count, uint64_t seq);

/* Who has not acknowledged in time does not. */
void session_sweep_asks(
        struct conn *conn, int64_t steady_now_ms, int64_t wall_now_ms);

/* It goes; still a listener of the hub. */
void session_end_asking(struct conn *conn);

#endif
