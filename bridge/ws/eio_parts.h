/*
 * eio_parts: what the files of eio share: one session, and the table of all.
 *
 * A session does nothing while others call it: what is to be said, and its
 * end, wait for eio_flush, which ws_flush calls at the end of a turn. So an
 * owner is never told of its end from within its own call, and a session that
 * is found in the table stays valid until the turn ends.
 *
 * Files: eio.c a session's life; eio_queue.c what waits in it; eio_sink.c what
 * a transport takes; eio_table.c all sessions; eio_probe.c the steps of an
 * upgrade; eio_socket.c WebSockets; eio_poll.c requests.
 */
#ifndef BRIDGE_WS_EIO_PARTS_H
#define BRIDGE_WS_EIO_PARTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bridge/ws/eio.h"
#include "hub/base/buf.h"
#include "hub/base/hash.h"
#include "hub/evt/principal.h"

#define EIO_INSTANCE_CHARS 4
#define EIO_QUEUE_SPARE    (256 * 1024) /* beside one message and its answer */
#define EIO_BATCH_BYTES                                                        \
    (64 * 1024) /* in one write or answer, unless one                          \
                   message is larger */

struct chunk;
struct request;

/* --- eio_queue.c: messages that wait for a transport --- */

struct eio_queue {
    struct buf bytes; /* each behind its struct eio_queued */
    size_t at;        /* of the first that waits */
};

enum eio_queue_kind { QUEUED_TEXT, QUEUED_BINARY, QUEUED_BREAK, QUEUED_PING };

struct eio_queued {
    enum eio_queue_kind kind;
    const char *data; /* valid until the queue changes */
    size_t len;
};

void eio_queue_init(struct eio_queue *queue, size_t max);
void eio_queue_finish(struct eio_queue *queue);

/* Bytes that wait. */
size_t eio_queue_len(const struct eio_queue *queue);

/* False: it does not fit; the queue is as it was. */
bool eio_queue_put(struct eio_queue *queue, enum eio_queue_kind kind,
        const void *data, size_t len);

/* What comes next. False: nothing waits. */
bool eio_queue_peek(const struct eio_queue *queue, struct eio_queued *first);

/* Remove it; an empty queue keeps no memory. */
void eio_queue_pop(struct eio_queue *queue);

/* Take back what was put since its length was `len`, and nothing popped. */
void eio_queue_cut(struct eio_queue *queue, size_t len);

/* --- eio_probe.c: from polling to a WebSocket --- */

enum eio_probe { PROBE_OPEN, PROBE_ANSWERED };

enum eio_probe_step {
    PROBE_ANSWER, /* say "3probe" */
    PROBE_SWITCH, /* this is the transport from now on */
    PROBE_REFUSE, /* close it; the session polls on */
};

/* What a packet does that comes before the switch. */
enum eio_probe_step eio_probe_hear(
        enum eio_probe *probe, const struct eio_packet *packet);

/* --- sessions --- */

/* Who showed a good token with its handshake. */
struct eio_shown {
    struct principal principal;
    const struct ws_site *site;
};

enum eio_state {
    EIO_LIVES,
    EIO_ENDS,   /* its owner is told by the next eio_flush */
    EIO_LINGERS /* without an owner: what is queued waits for one more GET */
};

struct eio {
    struct ws *ws;
    const struct eio_place *place;
    void *owner;
    LIST_ENTRY(eio) all, chain, awake, stranger;
    bool is_awake;   /* on the table's list `awake` or `paused` */
    bool is_paused;  /* a break holds the queue until the next turn */
    bool is_base64;  /* takes no bytes, even on a WebSocket */
    bool is_trusted; /* no stranger any more */
    bool has_more;   /* pull may have something */
    bool says_hello, says_ping, says_noop;
    enum eio_state state;
    enum eio_reason reason;
    uint16_t close_code;
    uint16_t looks; /* sweeps since its held request was looked at */
    char sid[EIO_SID_CHARS + 1];
    /* Its transport. At most one of `get` and `socket`; while it polls there
     * may be neither. */
    struct conn *get;    /* the held request, or NULL */
    struct conn *socket; /* NULL: it polls */
    struct conn *probe;  /* a WebSocket that may become its transport */
    struct eio_queue queue;
    int64_t ping_ms;  /* monotonic: the next ping, or the one not answered */
    bool awaits_pong; /* … of the ping at ping_ms */
    uint32_t pings;   /* not answered, those of eio_ping included */
    uint32_t message_bytes; /* largest that it may say */
    int64_t ended_ms;       /* monotonic: EIO_LINGERS since */
    struct in6_addr address;
    struct eio_shown *shown; /* NULL: none */
    bool token_given;
};

LIST_HEAD(eio_list, eio);

/* --- eio_table.c: all of them --- */

struct eio_table {
    struct eio_list all, awake, paused, strangers;
    struct eio_list *buckets; /* NULL: not open */
    uint32_t mask;            /* buckets - 1 */
    uint32_t count, max;
    uint32_t stranger_count; /* of them not trusted */
    struct hash_key key;
    char instance[EIO_INSTANCE_CHARS + 1];
    struct buf packet; /* scratch: one packet being composed */
};

/* For `max` sessions at most. False: no memory or no random numbers. */
bool eio_table_init(struct eio_table *table, uint32_t max);

/* Of an empty one. */
void eio_table_finish(struct eio_table *table);

/* Write random characters [A-Za-z0-9_-] and a NUL. False: there are none. */
bool eio_random(char *out, size_t chars);

/* Give it an id of its own and keep it. False: there are too many. */
bool eio_table_add(struct eio_table *table, struct eio *eio);
void eio_table_remove(struct eio_table *table, struct eio *eio);

/* By its id; NULL: there is none. */
struct eio *eio_table_find(const struct eio_table *table, const char *sid);

/* It is no stranger any more. */
void eio_table_trust(struct eio_table *table, struct eio *eio);

/* Strangers from its address. */
uint32_t eio_table_strangers(
        const struct eio_table *table, const struct in6_addr *address);

/* --- eio.c --- */

/*
 * Make a session; `conn` is its handshake's, may be NULL in tests. NULL: there
 * are too many, or its owner does not want it.
 */
struct eio *eio_create(
        struct ws *ws, const struct eio_place *place, struct conn *conn);

/* A break begins: nothing of the queue leaves before eio_resume. */
void eio_pause(struct eio *eio);

/* The first of its queue has left. */
void eio_popped(struct eio *eio);

/* The data of its open packet. */
void eio_put_hello(const struct eio *eio, struct buf *out);

/* One of its packets has arrived, on the transport that it has. */
void eio_heard(struct eio *eio, const struct eio_packet *packet);

/* It is over, for this reason; the first one counts. */
void eio_end(struct eio *eio, enum eio_reason reason, enum err why);

/* Its owner is told, and it is gone, or lingers. */
void eio_finish(struct eio *eio);

/* Let it go; its owner has been told. */
void eio_destroy(struct eio *eio);

/* How far its queue reaches, and back to there; nothing may leave between. */
size_t eio_mark(const struct eio *eio);
void eio_undo(struct eio *eio, size_t mark);

/* Breaks are over: who is paused has its turn again. */
void eio_resume(struct ws *ws);

/* Pings and its end, by the clock; also asked by every request. */
void eio_check(struct eio *eio, int64_t steady_now_ms);

/* --- eio_sink.c --- */

/* Where to, and by which rules. */
struct eio_sink {
    struct buf *out; /* empty at first */
    bool is_socket;
    bool is_base64;
    bool is_full;
    uint32_t count; /* messages in it */
    uint32_t most;  /* of them; 0: as many as there is room for */
};

/* A packet that is no message; always fits. */
void eio_sink_packet(struct eio_sink *sink, enum eio_type type,
        const char *data, size_t len);

/* Of everything below only what is no message. */
void eio_put_flags(struct eio *eio, struct eio_sink *sink);

/* Everything that is to be said now, as far as the sink takes it. Not all of
 * it: the session is awake, or paused, or the sink is full. */
void eio_drain(struct eio *eio, struct eio_sink *sink);

/* --- eio_server.c: for the rest of this folder --- */

/* Timers and table. False: no memory. */
bool eio_start(struct ws *ws);

/* Every session ends now. */
void eio_stop(struct ws *ws);

/* End of a turn: what waits goes, what is over ends. */
void eio_flush(struct ws *ws);

/* Does EIO= stand in its query? */
bool eio_is_asked(struct conn *conn);

/* The place that is named by a path, or NULL. */
const struct eio_place *eio_place_at(const struct ws *ws, const char *path);

/*
 * The place that a request or handshake is for, or NULL: its path is named by
 * one, and EIO= stands in its query or nothing else lives there.
 */
const struct eio_place *eio_place_find(struct conn *conn, const char *path);

/* Its query. False: *error says why. */
bool eio_ask(struct conn *conn, struct eio_query *query, enum eio_error *error);

/* The session that a request is for, LIVES or LINGERS, or NULL. */
struct eio *eio_find(struct conn *conn);

/* --- eio_socket.c: WebSockets --- */

struct eio_socket {
    struct eio *eio;      /* NULL: it is being closed */
    bool is_probe;        /* … of that session, not its transport */
    bool is_paused;       /* we do not read from it */
    enum eio_probe probe; /* how far that is */
    uint32_t fragments;   /* of the message arriving */
    uint16_t close_code;  /* not 0: to be said when the socket takes it */
    int64_t since_ms;     /* monotonic */
    struct buf heard;     /* of the message arriving */
};

/* Is the handshake good? conn->place is set. False: *error says why. */
bool eio_socket_check(struct conn *conn, enum eio_error *error);

/* The handshake is done. False: no memory. */
bool eio_socket_create(struct conn *conn);

/* Its session is told. NULL is fine. */
void eio_socket_destroy(struct conn *conn);

void eio_socket_heard(struct conn *conn, const struct chunk *chunk);

/* The socket takes bytes again. */
void eio_socket_writable(struct conn *conn);

void eio_socket_sweep(struct conn *conn, int64_t steady_now_ms);

/* Write what its session has to say, as far as the socket takes it. */
void eio_socket_write(struct conn *conn);

/* Say goodbye with this code; its session has let go of it. */
void eio_socket_close(struct conn *conn, uint16_t code);

/* We stop, and its session has been told: the code too, if it takes it. */
void eio_socket_goodbye(struct conn *conn, uint32_t retry_ms);

/* --- eio_poll.c: requests --- */

/* A request for conn->request->place; `len` bytes of body are to come, which
 * request->route is asked to read if that is set. */
void eio_poll_begin(struct conn *conn, size_t len);

/* Answer its held request if there is something to say. */
void eio_poll_write(struct eio *eio);

/* The session has ended, or has another transport: answer its held request. */
void eio_poll_finish(struct eio *eio);

/* The answer of the held request is on its way, or it has gone without. */
void eio_poll_sent(struct conn *conn);
void eio_poll_lost(struct conn *conn);

/* Look whether the peer of the held request has gone. */
void eio_poll_look(struct eio *eio);

#endif
