/*
 * sio: Socket.IO 4 (protocol 5) over bridge/ws/eio: namespaces, events,
 * acknowledgements, binary attachments. Knows no restaurant: what a namespace
 * is for, is an app's. The daemon's app speaks the dialects
 * (bridge/ws/sio_dialects.c); tests/conformance/sio_echo.c is another one.
 */
#ifndef BRIDGE_WS_SIO_H
#define BRIDGE_WS_SIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/gate.h"
#include "bridge/wires/socketio.h"
#include "bridge/ws/eio.h"
#include "hub/base/err.h"

#define SIO_NAMESPACES    4 /* most of one session */
#define SIO_REFUSAL_CHARS 200
#define SIO_SID_CHARS     20
#define SIO_PID_CHARS     22 /* 128 random bits and a little more */

struct sio_socket; /* one namespace of one session */

struct sio_app;
struct sio_shelf; /* see bridge/ws/sio_shelf.h */

/* What stands in struct eio_place as `app`, beside sio_calls; borrowed until
 * ws_close. */
struct sio_service {
    const struct sio_app *app;
    void *context;               /* what app->connect gets */
    uint32_t connect_timeout_ms; /* 45000: to the first CONNECT */
    /* Of the JSON in what it hears, e.g. &json_wide; NULL: json_strict. */
    const struct json_limits *limits;
    /* Connection state recovery by the library; NULL: none, or by the app. */
    struct sio_shelf *shelf;
};

/* What an app does with sockets. `owner` is what `connect` has set. */
struct sio_app {
    /*
     * A session asks for a namespace. `auth` is JSON text, an object or
     * nothing (len 0). ERR_OK: it is in, *owner is passed from then on.
     * Anything else: CONNECT_ERROR with {"message": refusal}, written by the
     * app into `refusal` (up to SIO_REFUSAL_CHARS and a NUL), and the socket
     * is gone after this call. The socket may emit already: CONNECT's answer
     * goes first, and nothing else in the same turn. Who has shown who it is,
     * now or later, is told to eio_trust; until then it is a stranger.
     */
    enum err (*connect)(void *context, struct sio_socket *socket,
            const char *auth, size_t len, void **owner, char *refusal);
    /* An event. `ack`: an id to answer with sio_ack, or -1. Attachments stand
     * in `bytes`, in order; the arguments hold their placeholders. */
    void (*event)(void *owner, const struct sio_event *event, int64_t ack,
            const struct piece *bytes, uint32_t count);
    /* What was emitted with an id (see sio_ask) is acknowledged: the arguments
     * without brackets. NULL: the app asks nothing. An id may be unknown, or
     * come twice; it may be one of before the socket has come back. */
    void (*acked)(void *owner, uint64_t id, const char *args, size_t len,
            const struct piece *bytes, uint32_t count);
    /* As in struct eio_calls. NULL: this app only uses sio_emit. */
    bool (*pull)(void *owner, struct eio_sink *sink);
    /* NULL: it has no deadlines. */
    void (*sweep)(void *owner, int64_t steady_now_ms, int64_t wall_now_ms);
    /* It is over; the socket is gone after this call. Never called from within
     * another call of the owner's. NULL: it need not know. */
    void (*disconnected)(void *owner, enum eio_reason reason);
};

/* In which namespace; and the session's own handshake. */
const char *sio_nsp(const struct sio_socket *socket);
const char *sio_sid(const struct sio_socket *socket); /* of the socket */
struct eio *sio_eio(const struct sio_socket *socket);

/* Was it here before, and has it been given what it missed since? Only with a
 * shelf: its sid is the one it had; a connection of then that has not been
 * noticed to be gone is told to `disconnected` after `connect`. */
bool sio_is_recovered(const struct sio_socket *socket);

/*
 * --- for who comes back, without a shelf; within `connect`, before anything
 * is emitted ---
 *
 * CONNECT's answer has this `pid`, of SIO_PID_CHARS characters, by which the
 * client may ask for what it had, and this `sid`; NULL: a new one.
 */
void sio_name(struct sio_socket *socket, const char *sid, const char *pid);

/* What it has missed goes before the answer: `pull` writes that, and then calls
 * sio_put_answer. Nothing else is said before, and only acknowledgements are
 * heard. */
void sio_hold(struct sio_socket *socket);

/* False: it does not fit any more. Afterwards `pull` returns: what comes next
 * leaves in another turn. */
bool sio_put_answer(struct sio_socket *socket, struct eio_sink *sink);

/* Queue an event: `args` is JSON text without brackets: "\"name\",{…}". What
 * does not fit within the limits ends the session. Binary: `count` pieces that
 * the arguments' placeholders name. */
void sio_emit(struct sio_socket *socket, const char *args, size_t len,
        const struct piece *bytes, uint32_t count);

/* The same with an id that the peer is to acknowledge. */
void sio_ask(struct sio_socket *socket, uint64_t id, const char *args,
        size_t len, const struct piece *bytes, uint32_t count);

/* Answer an event; `args` as above, or nothing. */
void sio_ack(struct sio_socket *socket, int64_t ack, const char *args,
        size_t len, const struct piece *bytes, uint32_t count);

/* Out of the namespace, at the end of this turn; `close`: end the session as
 * well. */
void sio_disconnect(struct sio_socket *socket, bool close);

/* The calls that make an Engine.IO session a Socket.IO one. */
extern const struct eio_calls sio_calls;

#endif
