/*
 * ws: the one HTTP port: WebSocket sessions, publishing, pages, figures.
 *
 * libwebsockets on our libuv loop. Events for browsers are encoded and framed
 * once for each (wire, view, room), shared by all sessions, written directly
 * and coalesced; a session that cannot take more waits for its socket and is
 * closed by the limits of its lane.
 */
#ifndef BRIDGE_WS_WS_H
#define BRIDGE_WS_WS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "bridge/auth_sites.h"
#include "bridge/submit/authority.h"
#include "bridge/ws/eio.h"
#include "hub/base/err.h"

struct auth;
struct buf;
struct hub;
struct origin;
struct ws;

/* A restaurant: whoever shows a token of it deals with this hub alone. */
struct ws_site {
    const char *name; /* borrowed until ws_close */
    struct hub *hub;
};

struct ws_options {
    uv_loop_t *loop;
    const struct ws_site *sites; /* copied */
    uint32_t site_count;         /* up to SITES_MAX; 0: no token is good */
    const struct auth *auth;     /* of the same sites; NULL without any */
    enum authority authority;    /* who decides what clients say */
    const char *address;         /* "127.0.0.1" */
    uint16_t port;               /* 0: any free one; see ws_port */
    const char *web_dir;         /* devices/web */
    const char *paper_dir;       /* tickets to look at, for anybody; or NULL */
    uint32_t max_clients;        /* connections in all */
    uint32_t heartbeat_ms;       /* 25000 */
    uint32_t receipt_ms;         /* in which /ws with receipts acknowledges */
    const struct eio_place *places; /* of Engine.IO; borrowed until ws_close */
    uint32_t place_count;
    uint32_t unsaid; /* UNSAID_… of what dialects say */
    /* What a request for this path that wants no WebSocket is answered with
     * 200, as text; borrowed. NULL: 426, as at any such path. */
    const char *placeholder_path, *placeholder;
    /* What browsers call this port, where it is not what they ask for: behind
     * a proxy, which then counts addresses; borrowed; or NULL. Its pages always
     * may use it. */
    const struct origin *own_origin;
    /* Pages of these origins may use it too, borrowed; of any: but not by
     * plain WebSockets, see cors.h. */
    const struct origin *origins;
    uint32_t origin_count;
    bool any_origin;
    /* PEM files, see tls.h; NULL: plain HTTP. Read by ws_open and ws_reload. */
    const char *tls_cert, *tls_key;
    uint32_t per_bearer; /* connections of one; 0: as many as its role may */
    /* Is the daemon ready to serve (journal and broker)? For /readyz; writes a
     * reason into `why` if not. */
    bool (*is_ready)(void *context, struct buf *why);
    /* Append what else belongs into /metrics. */
    void (*metrics)(void *context, struct buf *out);
    /* Append the credential, as JSON, that a code stands for; NULL: there are
     * no codes. ERR_FORBIDDEN: it is none; others: later. */
    enum err (*claim)(void *context, const char *code, struct buf *answer);
    void *context;
};

/* ERR_UNAVAILABLE: cannot listen, or libwebsockets lacks its libuv plugin.
 * ERR_CONFIG: the certificate or its key is not fit to be used. */
enum err ws_open(struct ws **ws, const struct ws_options *options);

/* Sessions are told 1012 and closed; the memory goes as the loop runs. */
void ws_close(struct ws *ws);

/* Read the certificate again. What is not fit to be used is refused and
 * logged; nobody who is connected notices either way. */
void ws_reload(struct ws *ws);

/* End of a turn, after every hub_commit: answers and events go. */
void ws_flush(struct ws *ws);

/* The port listened on. */
uint16_t ws_port(const struct ws *ws);

#endif
