/*
 * socketio: packets of Socket.IO, protocol version 5: text in, text out. Knows
 * no sockets, no sessions and no restaurant; those are bridge/ws/sio. Facts:
 * https://socket.io/docs/v4/socket-io-protocol/
 *
 * A packet is a type, attachments and "-" for the binary ones, a namespace and
 * "," unless it is "/", an id, and JSON. Payloads stay the text that they were:
 * arguments are found in it and passed on byte by byte, never read into a tree
 * and printed again.
 */
#ifndef BRIDGE_WIRES_SOCKETIO_H
#define BRIDGE_WIRES_SOCKETIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/wires/split.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"

#define SIO_NSP_CHARS   64 /* longest namespace, "/" included */
#define SIO_NAME_CHARS  64 /* longest name of an event */
#define SIO_ARGS        16 /* most arguments of one event */
#define SIO_ATTACHMENTS 4

struct json_limits; /* bridge/dialect/gate.h */

enum sio_type {
    SIO_CONNECT,
    SIO_DISCONNECT,
    SIO_EVENT,
    SIO_ACK,
    SIO_CONNECT_ERROR,
    SIO_BINARY_EVENT,
    SIO_BINARY_ACK,
};

struct sio_packet {
    enum sio_type type;
    char nsp[SIO_NSP_CHARS + 1]; /* "/" unless given; without its query */
    bool has_id;
    uint64_t id;
    uint32_t attachments; /* binary packets: bytes to follow in messages */
    const char *json;     /* borrowed; len 0: none */
    size_t len;
};

/*
 * One packet of text. Numbers are decimal without a 0 in front; an id is at
 * most 2^53 - 1, stands in every acknowledgement, may stand in an event and
 * nowhere else. The JSON passes the gate within these limits, and is what the
 * type wants: an object or nothing for CONNECT, an object for CONNECT_ERROR,
 * nothing for DISCONNECT, an array for acknowledgements; for events an array
 * whose first element is a string that is none of the six names a socket keeps
 * for itself ("connect", "disconnect"…). Each placeholder in a binary packet
 * names one of its attachments; with none of those the packet is complete at
 * once.
 * ERR_BAD_REQUEST; ERR_BAD_UTF8: the namespace; ERR_TOO_LARGE: one of the
 * limits; what the gate says; ERR_NO_MEMORY. `packet` is as it was then.
 */
enum err sio_read(const char *text, size_t len,
        const struct json_limits *limits, struct sio_packet *packet,
        struct fault *fault);

/* An event's name and arguments, each the very text that was sent. */
struct sio_event {
    char name[SIO_NAME_CHARS + 1]; /* unescaped */
    uint32_t count;                /* of arguments behind the name */
    struct piece args[SIO_ARGS];
};

/* Split the JSON of an event that sio_read has let through. ERR_TOO_LARGE: too
 * many arguments, or too long a name; `event` says nothing then. */
enum err sio_split(const struct sio_packet *packet, struct sio_event *event,
        struct fault *fault);

/* Everything of a packet that stands before its JSON; `attachments` only
 * counts for the binary types. */
void sio_put_head(struct buf *out, enum sio_type type, const char *nsp,
        bool has_id, uint64_t id, uint32_t attachments);

#endif
