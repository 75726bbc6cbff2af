/* A client of /ws with receipts: what it was sent, and has not acknowledged. */
#include <stdlib.h>

#include "bridge/ws/receipts.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"

static struct asked asked_of(const struct conn *conn)
{
    return (struct asked){ conn->site->hub, conn->session->client,
        conn->session->asks };
}

bool session_begin_asking(struct conn *conn)
{
    struct session *session = conn->session;

    if (role_are_guests(conn->principal.roles)) {
        session_end_asking(conn); /* it was staff before */
        return true;
    }
    if (!session->asks)
        session->asks = calloc(1, sizeof(*session->asks));
    return session->asks != NULL;
}

void session_note_told(struct conn *conn, const struct evt *evt)
{
    struct session *session = conn->session;
    struct asked asked = asked_of(conn);

    session->events++;
    if (session->told < evt->seq)
        session->told = evt->seq;
    if (session->asks && evt_is_receiptable(evt->what) &&
            !asks_add(session->asks, evt->seq, steady_ms(conn->ws)))
        receipts_too_many(&asked, evt->seq, wall_ms());
}

bool session_is_asked(const struct session *session, uint64_t seq)
{
    return session->asks && asks_has(session->asks, seq);
}

void session_take_ask(struct session *session, uint64_t seq)
{
    if (session->asks)
        asks_take(session->asks, seq);
}

/*
 * Only a place that the hub has sealed gets so far, and what its staff says of
 * itself it could say as well after coming with an older one.
 */
void session_was_handed(struct conn *conn, const struct room *rooms,
        uint32_t count, uint64_t seq)
{
    uint64_t from = seq > UNHEARD_DISTANCE ? seq - UNHEARD_DISTANCE : 0;

    if (!conn->session->asks)
        return;
    for (uint32_t i = 0; i < count; i++)
        hub_was_handed(conn->session->client, &rooms[i], from);
}

void session_sweep_asks(
        struct conn *conn, int64_t steady_now_ms, int64_t wall_now_ms)
{
    struct asked asked = asked_of(conn);

    if (asked.asks)
        receipts_sweep(&asked, conn->ws->options.receipt_ms, steady_now_ms,
                wall_now_ms);
}

/* Also when we stop ourselves: nothing is kept of it by which to ask again. */
void session_end_asking(struct conn *conn)
{
    struct asked asked = asked_of(conn);

    if (asked.asks)
        receipts_end(&asked, wall_ms());
    free(asked.asks);
    conn->session->asks = NULL;
}
