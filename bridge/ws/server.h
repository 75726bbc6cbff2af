/*
 * server: what the files of this folder share: the one port, and one
 * connection to it.
 *
 * A connection is made when its socket is accepted and freed when
 * libwebsockets frees its own side; in between it is an HTTP request, a
 * WebSocket session, or neither. Nobody outside of this folder sees it.
 */
#ifndef BRIDGE_WS_SERVER_H
#define BRIDGE_WS_SERVER_H

#include <libwebsockets.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "bridge/wire.h"
#include "bridge/ws/bearers.h"
#include "bridge/ws/crowd.h"
#include "bridge/ws/eio_parts.h"
#include "bridge/ws/files.h"
#include "bridge/ws/rate.h"
#include "bridge/ws/ws.h"
#include "hub/base/buf.h"
#include "hub/base/hash.h"
#include "hub/evt/principal.h"

#define AUTH_DEADLINE_MS    10000 /* from the socket to a valid token */
#define REQUEST_DEADLINE_MS 10000 /* from the headers to the whole body */
#define CLOSE_DEADLINE_MS   5000  /* for the peer to answer a close */
#define STALL_DEADLINE_MS   20000 /* for a full socket to take anything more */
#define SWEEP_MS            500
#define AWAY_MS             2000 /* since the last sweep: the loop stood still */

#define UNKNOWN_MAX         1024 /* connections that have not said who */
#define UNKNOWN_PER_ADDRESS 64   /* of them from one address … */
#define UNKNOWN_GRACE_MS    2000 /* … once they have had so long to say it */
#define REQUESTERS_MAX      256  /* connections over which one bearer asks */
#define REPLIES_MAX         (256 * 1024) /* more than that: stop reading */
#define ANSWER_MAX          (16 * 1024 * 1024) /* one answer: a snapshot */
#define ANSWERS_MAX         (64 * 1024 * 1024) /* waiting, of all together */
#define REPLAYS_MAX         64 /* requests at once that read the past */

struct session;
struct request;
struct tls;

struct conn {
    struct ws *ws;
    struct lws *wsi;
    LIST_ENTRY(conn) all;
    TAILQ_ENTRY(conn) awake;  /* on ws->awake while is_awake */
    LIST_ENTRY(conn) unknown; /* on ws->strangers while not `known` */
    bool is_awake;
    bool known;   /* has shown a token */
    bool closing; /* nothing is written or heard any more */
    bool killed;  /* its socket is shut down; the library has yet to notice */
    bool said_close; /* our close frame is out; the peer's is to come */
    struct in6_addr address;
    struct crowd_place *place_in_crowd; /* while not `known`; or NULL */
    struct bearer requester; /* who has asked over it, by HTTP; if anybody */
    uint64_t number;         /* counted from the start of the program */
    int64_t since_ms;        /* monotonic: accepted, or last answered */
    int64_t born_ms;         /* monotonic: accepted */
    int64_t closing_ms;      /* monotonic: when `closing` began */
    int64_t heard_ms;        /* monotonic: the last sign of life */
    int64_t stalled_ms;      /* monotonic: since its socket is full; 0: not */
    size_t in_flight;        /* bytes of ours that the library holds for it */
    /* What the handshake found: */
    bool may_upgrade;
    const struct wire *wire; /* told by the path; NULL: by the subprotocol */
    bool token_given;
    bool receipts;              /* it says what becomes of what it is handed */
    struct principal principal; /* roles 0: nobody yet */
    const struct ws_site *site; /* where it is that; NULL: nobody yet */
    const struct eio_place *place; /* Engine.IO is spoken, there; or NULL */
    struct eio_query asked;        /* … what its query asked for */
    struct eio_socket *eio;        /* … a WebSocket of it, or NULL */
    struct session *session;       /* a WebSocket of ours, or NULL */
    struct request *request;       /* HTTP under way, or NULL */
};

LIST_HEAD(conn_list, conn);
TAILQ_HEAD(conn_queue, conn);

struct ws {
    struct ws_options options;
    struct ws_site sites[SITES_MAX];
    uint32_t site_count;
    const struct auth *auth;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws_protocols protocols[WIRE_COUNT + 2];
    void *loops[1];
    uv_timer_t sweep;
    uv_idle_t more;   /* runs while somebody is awake: the loop goes on */
    uv_idle_t ending; /* counts turns while the library closes */
    uv_timer_t eio_sweep, eio_soon;
    uv_prepare_t before_poll;
    uv_check_t after_poll;
    bool is_polling;  /* the loop hands on what sockets have */
    int64_t swept_ms; /* monotonic: the last sweep … */
    bool was_away;    /* … which came late, and judged nobody */
    uint32_t turns;
    uint32_t open_handles; /* of the seven above */
    bool stopping;
    struct tls *tls;                   /* NULL: the port speaks plain HTTP */
    uint64_t tls_loaded, tls_refused;  /* since the start */
    struct conn_list conns, strangers; /* the youngest first */
    struct crowd crowd;                /* where the strangers come from */
    struct bearers bearers;            /* who the others are */
    struct conn_queue awake;           /* who has waited longest first */
    struct eio_table eios;
    int64_t eio_look_ms; /* monotonic: when held requests are looked at */
    uint64_t numbers;    /* connections since the start */
    uint32_t count;      /* connections */
    uint32_t unknown;    /* of them not `known` */
    uint32_t sessions;   /* of them WebSockets let in */
    size_t answers;      /* bytes waiting in replies, answers and in flight */
    uint32_t replays;    /* requests that read what has happened */
    struct buf message;  /* scratch: one message or body being composed */
    struct buf batch;    /* scratch: frames for one write */
    struct files files;
    struct rate_table rates; /* of POST /api/events, by who publishes */
    struct hash_key rate_key;
};

/* Unix milliseconds, for the hub; and a clock that never jumps. */
int64_t wall_ms(void);
int64_t steady_ms(const struct ws *ws);

/* NULL: no memory, or too many of them. */
struct conn *conn_create(struct ws *ws, struct lws *wsi);

/* Leave the hub and drop what was being said; fine at any time, repeatedly. */
void conn_stop(struct conn *conn);

void conn_destroy(struct conn *conn);

/* What it is called in this process: "c17". Returns `out`. */
#define CONN_NAME_CHARS 23
const char *conn_name(const struct conn *conn, char out[CONN_NAME_CHARS + 1]);

/* It need not show any more who it is. */
void conn_know(struct conn *conn);

/* Have it looked at by ws_flush. */
void conn_wake(struct conn *conn);

/* The library holds so many bytes more that the socket has not taken. */
void conn_hold(struct conn *conn, size_t bytes);

/* It holds none any more. */
void conn_release(struct conn *conn);

/*
 * Cut it off: reset the socket. The library finds out in the loop and calls
 * back, so this may be called from anywhere; `conn` stays valid till then.
 */
void conn_kill(struct conn *conn);

/* How many strangers one address may have. Behind a proxy everybody comes from
 * its address, and it is the proxy that counts. */
uint32_t ws_most_strangers(const struct ws *ws);

/* Are there too many strangers at its address, and is it one that shows no good
 * token? Then it is not served; reads the token. */
bool conn_is_crowded(struct conn *conn);

/* A bearer of its principal speaks over it: the oldest of too many ends. */
void conn_enter(struct conn *conn, struct bearer *bearer);

/*
 * `who`, a hash, has shown by a request that it is no stranger. Of more than
 * REQUESTERS_MAX connections of one the one ends that was silent longest.
 */
void conn_know_requester(struct conn *conn, uint64_t who);

/* How many connections of one bearer there may be; 0: any number. */
uint32_t ws_most_of(const struct ws *ws, const struct principal *principal);

/*
 * Has the end of the request's head arrived in one piece with the request
 * before it? Nobody has to send it so, and what one of us takes for a request
 * somebody before us may have taken for a body; the library itself may mistake
 * its headers for its body, or turn in circles. What it keeps of an earlier
 * read it hands on before the loop polls, what is new while it polls.
 */
bool conn_is_pipelined(const struct conn *conn);

/* A site by its name, or NULL. */
const struct ws_site *ws_find_site(const struct ws *ws, const char *name);

/* Whose token is this, and of which site? ERR_UNAUTHORIZED: nobody's, or it has
 * been taken back; both are empty then. */
enum err ws_identify(const struct ws *ws, const char *token,
        struct principal *principal, const struct ws_site **site);

/* Forget who it was. */
void conn_be_nobody(struct conn *conn);

/* Who is it, and at which site? False: the token is not good; it is nobody. */
bool conn_identify(struct conn *conn, const char *token);

/*
 * Who asks? From `?token=` or Authorization: Bearer. conn->token_given says
 * whether there was one, conn->principal.roles whether it was good.
 */
void conn_read_token(struct conn *conn);

/* --- writing to a WebSocket; deliver.c --- */

/*
 * Is the socket full? Then the library keeps the rest of our last write and
 * calls back when it is gone: writing before that would only grow its copy.
 */
bool conn_is_full(struct conn *conn);

/*
 * Whole frames, in one piece: between two writes the library may put a pong,
 * within one it cannot. False: it is full now, or has been killed.
 */
bool conn_write(struct conn *conn, const struct buf *frames);

/* A close frame, with a hint if the code has hints, and the connection stops:
 * its peer has CLOSE_DEADLINE_MS to close its side. */
void conn_say_close(struct conn *conn, uint16_t code, uint32_t retry_ms);

#endif
