/*
 * sio_dialects: the dialects that are spoken over Socket.IO, as an app of sio.
 *
 * A socket is a listener of the hub. Which dialect it speaks is told by its
 * path and namespace, by `auth.dialect`, or by the first thing that it says;
 * until then it is told nothing. Then it is told what its rooms hear, in the
 * words of that dialect alone. What it says passes the same rights as
 * everywhere; what is asked for with an acknowledgement is answered.
 *
 * Who it is, is said by a token: `auth.token`, or the `?token=` or bearer of
 * the handshake. Without a token it is refused, but for a guest of
 * dialect session, whose room is that of a token of its own, and for the
 * profiles below, whose sockets listen to what guests may know and say
 * nothing.
 *
 * Events carry where they stand in the journal as last element. Who comes back
 * with that and its pid is given what it has missed, and its rooms, if what it
 * shows now still opens them; else it starts anew, with a new sid and pid.
 *
 * Staff with `auth.receipts` are asked what becomes of each event of which one
 * may say that (evt_is_receiptable): its packet has the event's seq as id. Such
 * a packet has a callback where others have the offset, so that follows at once
 * as a packet of its own, `["_dw", "k3f9.4711"]`. What it answers, or that it
 * did not, is a delivery.receipt.
 */
#ifndef BRIDGE_WS_SIO_DIALECTS_H
#define BRIDGE_WS_SIO_DIALECTS_H

#include <stdbool.h>

#include "bridge/ws/sio.h"
#include "schemas/rooms.h"

/* What differs between paths and houses: the context in struct sio_service. */
struct sio_dialects {
    bool is_session_path;      /* there "/" speaks dialect session */
    bool strict_payload;       /* payloads without the key _dw */
    bool session_tokens;       /* who shows a session's token needs no other */
    bool open_events;          /* /events is open to anybody */
    bool kds_autojoin;         /* whoever has not yet said what it speaks is
                                  presumed to speak kds, in the waiters' room */
    uint32_t recovery_ms;      /* who is back by then misses nothing; 0: off */
    uint32_t receipt_ms;       /* in which an event is to be acknowledged */
    enum dialect_id refuse_as; /* in whose words, where it is not known */
};

extern const struct sio_app sio_dialects_app;

#endif
