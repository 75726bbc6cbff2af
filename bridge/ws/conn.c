#include "bridge/ws/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "bridge/auth.h"
#include "bridge/ws/http.h"
#include "bridge/ws/session.h"
#include "hub/base/count.h"
#include "hub/hub.h"

int64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t steady_ms(const struct ws *ws)
{
    return (int64_t)uv_now(ws->options.loop);
}

/* IPv4 as IPv6 has it, so that there is one kind of address. */
static void read_address(int fd, struct in6_addr *address)
{
    struct sockaddr_storage peer = { 0 };
    socklen_t len = sizeof(peer);

    memset(address, 0, sizeof(*address));
    if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
        return;
    if (peer.ss_family == AF_INET6) {
        *address = ((struct sockaddr_in6 *)&peer)->sin6_addr;
        return;
    }
    address->s6_addr[10] = address->s6_addr[11] = 0xff;
    memcpy(&address->s6_addr[12], &((struct sockaddr_in *)&peer)->sin_addr, 4);
}

uint32_t ws_most_strangers(const struct ws *ws)
{
    return ws->options.own_origin ? UNKNOWN_MAX : UNKNOWN_PER_ADDRESS;
}

/*
 * One address may have more of them for a moment, as when everybody behind a
 * proxy comes back at once; but never so many that none is left for others.
 */
static bool is_full_of_strangers(
        const struct ws *ws, const struct in6_addr *address)
{
    return ws->unknown >= UNKNOWN_MAX ||
           (ws->unknown >= UNKNOWN_MAX / 2 &&
                   crowd_count(&ws->crowd, address) >= ws_most_strangers(ws));
}

struct conn *conn_create(struct ws *ws, struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi), bytes = 64 * 1024;
    struct conn *conn;

    struct in6_addr address;

    read_address(fd, &address);
    if (ws->stopping || ws->count >= ws->options.max_clients ||
            is_full_of_strangers(ws, &address))
        return NULL;
    conn = calloc(1, sizeof(*conn));
    if (!conn)
        return NULL;
    conn->address = address;
    conn->place_in_crowd = crowd_enter(&ws->crowd, &address);
    /* So that who does not read is found by its lane, not after megabytes. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    conn->ws = ws;
    conn->wsi = wsi;
    conn->number = ++ws->numbers;
    conn->since_ms = conn->heard_ms = conn->born_ms = steady_ms(ws);
    LIST_INSERT_HEAD(&ws->conns, conn, all);
    LIST_INSERT_HEAD(&ws->strangers, conn, unknown);
    ws->count++;
    ws->unknown++;
    count_add(COUNT_WS_CONNECTED, 1);
    return conn;
}

void conn_stop(struct conn *conn)
{
    session_destroy(conn);
    eio_socket_destroy(conn);
    request_destroy(conn);
    bearers_leave(&conn->requester);
    if (conn->is_awake)
        TAILQ_REMOVE(&conn->ws->awake, conn, awake);
    conn->is_awake = false;
    conn_release(conn);
    conn->closing = true;
}

void conn_hold(struct conn *conn, size_t bytes)
{
    conn->in_flight += bytes;
    conn->ws->answers += bytes;
}

void conn_release(struct conn *conn)
{
    conn->ws->answers -= conn->in_flight;
    conn->in_flight = 0;
}

void conn_destroy(struct conn *conn)
{
    conn_stop(conn);
    conn_know(conn);
    LIST_REMOVE(conn, all);
    conn->ws->count--;
    free(conn);
}

const char *conn_name(const struct conn *conn, char out[CONN_NAME_CHARS + 1])
{
    snprintf(out, CONN_NAME_CHARS + 1, "c%llu",
            (unsigned long long)conn->number);
    return out;
}

void conn_know(struct conn *conn)
{
    if (conn->known)
        return;
    conn->known = true;
    LIST_REMOVE(conn, unknown);
    conn->ws->unknown--;
    crowd_leave(conn->place_in_crowd);
    conn->place_in_crowd = NULL;
}

void conn_wake(struct conn *conn)
{
    if (conn->is_awake || conn->closing)
        return;
    conn->is_awake = true;
    TAILQ_INSERT_TAIL(&conn->ws->awake, conn, awake);
}

void conn_kill(struct conn *conn)
{
    struct linger reset = { .l_onoff = 1 };
    int fd = lws_get_socket_fd(conn->wsi);

    conn_stop(conn);
    conn->killed = true;
    conn->closing_ms = steady_ms(conn->ws);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        shutdown(fd, SHUT_RDWR);
    }
    /* Else a paused one sleeps on; and a held request, which is paused and
     * gets no WRITEABLE, would have the loop spin on its dead socket. */
    lws_rx_flow_control(conn->wsi, 1);
    lws_callback_on_writable(conn->wsi);
}

bool conn_is_crowded(struct conn *conn)
{
    if (!conn->place_in_crowd ||
            conn->place_in_crowd->count <= ws_most_strangers(conn->ws))
        return false;
    conn_read_token(conn);
    return conn->principal.roles == 0;
}

uint32_t ws_most_of(const struct ws *ws, const struct principal *principal)
{
    uint32_t most = ws->options.per_bearer;

    if (most == 0)
        return role_connections(principal->roles);
    return most < ws->options.max_clients ? most : 0;
}

void conn_enter(struct conn *conn, struct bearer *bearer)
{
    struct ws *ws = conn->ws;
    const struct principal *principal = &conn->principal;

    bearers_enter(&ws->bearers, bearer,
            bearers_who(&ws->bearers, conn->site->name, principal), conn,
            ws_most_of(ws, principal));
}

static void on_too_many(struct bearer *requester)
{
    count_add(COUNT_WS_REFUSED, 1);
    conn_kill(requester->connection);
}

void conn_know_requester(struct conn *conn, uint64_t who)
{
    conn_know(conn);
    conn->requester.end = on_too_many;
    bearers_enter(
            &conn->ws->bearers, &conn->requester, who, conn, REQUESTERS_MAX);
}

bool conn_is_pipelined(const struct conn *conn)
{
    return !conn->ws->is_polling;
}

static const char *bearer(struct lws *wsi, char *text, int size)
{
    const char *scheme = "Bearer ";
    size_t len = strlen(scheme);

    if (lws_hdr_copy(wsi, text, size, WSI_TOKEN_HTTP_AUTHORIZATION) <= 0 ||
            strncasecmp(text, scheme, len) != 0)
        return NULL;
    return text + len;
}

void conn_be_nobody(struct conn *conn)
{
    conn->principal = (struct principal){ 0 };
    conn->site = NULL;
}

const struct ws_site *ws_find_site(const struct ws *ws, const char *name)
{
    for (uint32_t i = 0; i < ws->site_count; i++)
        if (strcmp(ws->sites[i].name, name) == 0)
            return &ws->sites[i];
    return NULL;
}

enum err ws_identify(const struct ws *ws, const char *token,
        struct principal *principal, const struct ws_site **site)
{
    const char *name;

    *principal = (struct principal){ 0 };
    *site = NULL;
    if (ws->auth &&
            auth_check(ws->auth, token, wall_ms(), principal, &name) == ERR_OK)
        *site = ws_find_site(ws, name);
    if (*site && hub_may_enter((*site)->hub, principal) == ERR_OK)
        return ERR_OK;
    *site = NULL;
    *principal = (struct principal){ 0 };
    return ERR_UNAUTHORIZED;
}

bool conn_identify(struct conn *conn, const char *token)
{
    return ws_identify(conn->ws, token, &conn->principal, &conn->site) ==
           ERR_OK;
}

void conn_read_token(struct conn *conn)
{
    char text[AUTH_TOKEN_CHARS + sizeof("Bearer ")];
    const char *token;

    conn_be_nobody(conn);
    token = bearer(conn->wsi, text, sizeof(text));
    conn->token_given = true;
    if (!token && !http_query(conn, "token=", text, sizeof(text)))
        return; /* longer than any of ours */
    if (!token)
        token = text;
    conn->token_given = *token != '\0';
    if (conn->token_given)
        conn_identify(conn, token);
    explicit_bzero(text, sizeof(text));
}
