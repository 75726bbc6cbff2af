/*
 * engineio: packets and payloads of Engine.IO, protocol version 4: bytes in,
 * bytes out. Knows no sockets, no sessions and no clock; those are
 * bridge/ws/eio. Facts: https://socket.io/docs/v4/engine-io-protocol/
 *
 * On a WebSocket a frame is a packet: text, or binary data alone. In a polling
 * payload packets are joined by 0x1e, binary ones as base64 behind a "b".
 */
#ifndef BRIDGE_WIRES_ENGINEIO_H
#define BRIDGE_WIRES_ENGINEIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"

#define EIO_SID_CHARS 40 /* longest session id */
#define EIO_SEPARATOR 0x1e

enum eio_type {
    EIO_OPEN = '0',
    EIO_CLOSE = '1',
    EIO_PING = '2',
    EIO_PONG = '3',
    EIO_MESSAGE = '4',
    EIO_UPGRADE = '5',
    EIO_NOOP = '6',
};

struct eio_packet {
    enum eio_type type;
    bool binary;      /* a message of bytes */
    const char *data; /* behind the type; borrowed */
    size_t len;
};

/*
 * One WebSocket frame. False: no packet, that is text without one of the types
 * in front, or text that is not UTF-8 or has a NUL in it. Which types a client
 * may send, and when, is not asked here.
 */
bool eio_read_frame(
        const char *data, size_t len, bool binary, struct eio_packet *packet);

/*
 * The same of text that may also be "b" and base64: a packet of a payload, or a
 * frame of a client whose query says b64. Bytes are put into `decoded`, which
 * is emptied before; the packet borrows them. False also: no base64 as it has
 * to be, or more bytes than `decoded` may hold.
 */
bool eio_read_coded(const char *data, size_t len, struct buf *decoded,
        struct eio_packet *packet);

/* A polling payload, packet by packet. */
struct eio_payload {
    const char *at; /* of the next packet; borrowed */
    size_t left;
    size_t max;
    bool is_over;
    struct buf decoded; /* of a binary packet, until the next */
};

/* `max`: most bytes of one packet's data. Pair with eio_payload_finish. */
void eio_payload_init(
        struct eio_payload *payload, const char *body, size_t len, size_t max);
void eio_payload_finish(struct eio_payload *payload);

enum eio_next { EIO_NEXT_PACKET, EIO_NEXT_END, EIO_NEXT_BAD };

/*
 * The next packet; its data is valid until the next call. EIO_NEXT_BAD: the
 * rest is no payload, or a packet is too large; so it stays. An empty payload
 * is bad, and so is one with a separator at an end.
 */
enum eio_next eio_payload_next(
        struct eio_payload *payload, struct eio_packet *packet);

/* --- out --- */

struct eio_open {
    const char *sid;
    bool may_upgrade; /* "upgrades":["websocket"] */
    uint32_t ping_interval_ms, ping_timeout_ms, max_payload;
};

/* The data of the open packet: {"sid":…,"upgrades":[…],…}. */
void eio_put_open(struct buf *out, const struct eio_open *open);

/*
 * Add a packet to a polling payload, with a separator if it is not the first;
 * text has no EIO_SEPARATOR in it. Into an empty buffer: a text frame for a
 * client that takes no bytes. One that does not fit is left out whole, and the
 * payload is `failed`.
 */
void eio_put_packet(struct buf *payload, const struct eio_packet *packet);

/* How many bytes eio_put_packet adds. */
size_t eio_packet_bytes(const struct buf *payload, bool binary, size_t len);

/* --- requests --- */

/* What a refused request is answered, by its code: {"code":0,"message":…}. */
enum eio_error {
    EIO_UNKNOWN_TRANSPORT,
    EIO_UNKNOWN_SID,
    EIO_BAD_METHOD,
    EIO_BAD_REQUEST,
    EIO_FORBIDDEN,
    EIO_UNSUPPORTED_VERSION,
    EIO_ERRORS
};

/* Status of HTTP, 400 or 403, and the JSON text of the body. */
unsigned eio_error_status(enum eio_error error);
const char *eio_error_body(enum eio_error error);

enum eio_transport { EIO_POLLING, EIO_WEBSOCKET };

struct eio_query {
    enum eio_transport transport;
    char sid[EIO_SID_CHARS + 1]; /* "": none yet */
    bool is_base64; /* b64=1: the client neither sends nor takes bytes */
};

/*
 * Read the query of a request, text[0..len) behind the question mark. False:
 * *error says why: the first of transport, version and sid that is missing,
 * stands twice or is none of ours. "sid=" is no sid; a sid that can be nobody's
 * is an unknown one.
 */
bool eio_read_query(const char *text, size_t len, struct eio_query *query,
        enum eio_error *error);

/* Is there an EIO= in it at all? Then the request is for Engine.IO. */
bool eio_is_query(const char *text, size_t len);

#endif
