/*
 * eio: sessions of Engine.IO over this folder's HTTP requests and WebSockets.
 *
 * A session outlives its transports: it begins with a polling request or a
 * WebSocket, may change from the one to the other by a probe, and ends by a
 * close packet, a missing pong or its owner. Whoever is above sees messages in
 * order and says what there is to send when the transport can take it; it does
 * not see which transport it is. Knows no Socket.IO and no restaurant.
 */
#ifndef BRIDGE_WS_EIO_H
#define BRIDGE_WS_EIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/wires/engineio.h"
#include "hub/base/err.h"

struct conn;
struct eio; /* one session */
struct principal;
struct ws;
struct ws_site;

struct eio_options {
    uint32_t ping_interval_ms; /* 25000 */
    uint32_t ping_timeout_ms;  /* 20000 */
    uint32_t max_payload;      /* 1000000, bytes of a payload or message */
    uint32_t stranger_message; /* … of one until eio_allow; 0: as many */
};

struct eio_calls;

/* A path where Engine.IO is spoken: a row of struct ws_options. */
struct eio_place {
    const char *path; /* "/socket.io/"; with its last slash or without */
    const struct eio_calls *calls;
    void *app; /* what calls->open gets */
    struct eio_options options;
};

/* Where what waits is written to: a batch of WebSocket frames, or the answer
 * of a polling request. */
struct eio_sink;

/* Add a message. False: it does not fit any more, it is to be said next time;
 * `pull` returns then. */
bool eio_sink_put(
        struct eio_sink *sink, const void *data, size_t len, bool binary);

/* The same of bytes that many are told: `frame` is the WebSocket frame around
 * the packet "4…", made once for all (see session_frame); `packet` is "4…". */
bool eio_sink_put_shared(struct eio_sink *sink, const void *frame,
        size_t frame_len, const void *packet, size_t packet_len);

enum eio_reason {
    EIO_BY_PEER,    /* close packet, or its socket is gone */
    EIO_BY_TIMEOUT, /* no pong */
    EIO_BY_US,      /* eio_close */
    EIO_BY_ERROR,   /* it said what it may not */
    EIO_BY_GOODBYE, /* its owner's peer has said that it goes for good */
};

/* What is above. All but `open` get what `open` has returned. */
struct eio_calls {
    /*
     * A session wants to begin: its owner, or NULL: refused. `conn` is the
     * request's, valid for this call; what its token says, eio_principal keeps.
     */
    void *(*open)(void *app, struct eio *eio, struct conn *conn);
    /* A message; `data` has no NUL at its end, and text is valid UTF-8.
     * ERR_OK, or why the session is to be closed. */
    enum err (*hear)(void *owner, const char *data, size_t len, bool binary);
    /* Write what waits, until there is nothing more or a put says false.
     * True: everything is written. Called when all of eio_send has left. NULL:
     * the owner only uses eio_send. */
    bool (*pull)(void *owner, struct eio_sink *sink);
    /* Deadlines of the owner's own; a few times a second. NULL: none. */
    void (*sweep)(void *owner, int64_t steady_now_ms, int64_t wall_now_ms);
    /* It is over; `eio` is gone after this call. Never called from within
     * another call of the owner's. NULL: it need not know. */
    void (*closed)(void *owner, enum eio_reason reason);
};

/* --- for the owner; fine at any time until `closed` returns --- */

/*
 * Queue a message. What does not fit any more ends the session. What is queued
 * leaves before anything that `pull` has.
 */
void eio_send(struct eio *eio, const void *data, size_t len, bool binary);

/* What is queued from here on leaves in another turn of the loop than what has
 * been queued so far. */
void eio_break(struct eio *eio);

/* There is something to say: `pull` will be called at the end of this turn or
 * when the transport can take it. */
void eio_wake(struct eio *eio);

/* A ping goes out behind what is queued now; its pong says that all of that has
 * arrived. */
void eio_ping(struct eio *eio);

/* Has every ping been answered that went out or is to go? */
bool eio_is_answered(const struct eio *eio);

/* Ends it at the end of this turn: what is queued is still sent where that is
 * possible. Nothing is heard any more. */
void eio_close(struct eio *eio);

/* Its bearer has shown who it is; until then it counts among the strangers, of
 * whom there may be few. */
void eio_trust(struct eio *eio);

/* Its bearer may send messages of so many bytes, if not more already. */
void eio_allow(struct eio *eio, uint32_t message_bytes);

/* Its bearer has done what it may not: ends at the end of this turn, with the
 * close code of `why`. */
void eio_refuse(struct eio *eio, enum err why);

/* Its id, "<instance>.<random>". */
const char *eio_sid(const struct eio *eio);

/*
 * Who the token in the handshake's query or header says it is, and at which
 * site. NULL: there was none, or it was not good; *given says which. `given`
 * and `site` may be NULL.
 */
const struct principal *eio_principal(
        const struct eio *eio, const struct ws_site **site, bool *given);

const struct eio_place *eio_place_of(const struct eio *eio);

struct ws *eio_ws(const struct eio *eio);

#endif
