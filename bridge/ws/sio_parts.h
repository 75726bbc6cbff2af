/*
 * sio_parts: what the files of sio share: one session, its sockets, and a
 * binary packet whose bytes have not all arrived.
 *
 * Files: sio.c a session's life and what it says; sio_hear.c what it hears;
 * sio_parcel.c packets with bytes; sio_return.c who comes back to its box on
 * the shelf (sio_shelf.c).
 */
#ifndef BRIDGE_WS_SIO_PARTS_H
#define BRIDGE_WS_SIO_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/ws/sio.h"

struct sio;

/* --- sio_parcel.c --- */

struct sio_parcel {
    char *text; /* the packet; owned */
    size_t len;
    size_t bytes;                         /* of all pieces */
    uint32_t want;                        /* pieces that belong to it */
    uint32_t count;                       /* of them there */
    struct piece pieces[SIO_ATTACHMENTS]; /* owned */
};

/* Copies the packet; `want` pieces are to come. ERR_TOO_LARGE: too many;
 * ERR_NO_MEMORY. */
enum err sio_parcel_create(struct sio_parcel **parcel, const char *text,
        size_t len, uint32_t want);

/* NULL is fine. */
void sio_parcel_destroy(struct sio_parcel *parcel);

/* The next piece, copied, of one that is not whole. ERR_TOO_LARGE: over `most`
 * bytes in all; ERR_NO_MEMORY. */
enum err sio_parcel_add(
        struct sio_parcel *parcel, const char *data, size_t len, size_t most);

bool sio_parcel_is_whole(const struct sio_parcel *parcel);

/* --- a session --- */

struct sio_socket {
    struct sio *sio;
    void *owner;
    bool is_answered; /* CONNECT is */
    bool is_held;     /* … by sio_put_answer */
    bool is_recovered;
    bool is_sent_back; /* … but is to come once more */
    bool is_leaving;   /* its owner is told, and it is gone, at the next reap */
    enum eio_reason reason;
    struct sio_box *box; /* NULL: nothing is kept for it */
    char sid[SIO_SID_CHARS + 1];
    char pid[SIO_PID_CHARS + 1]; /* "": none */
    char nsp[];
};

struct sio {
    struct eio *eio;
    const struct sio_service *service;
    int64_t since_ms;          /* monotonic */
    bool was_in;               /* a namespace, at some time */
    uint32_t first;            /* whose turn it is to write first */
    struct sio_parcel *parcel; /* whose bytes are to come, or NULL */
    int64_t parcel_ms;         /* monotonic: since then */
    struct sio_socket *sockets[SIO_NAMESPACES];
};

/* --- sio.c --- */

int64_t sio_now_ms(const struct sio *sio);

/* Out of its namespace; its owner is told when it is in no call of its own. */
void sio_leave(struct sio_socket *socket, enum eio_reason reason);

/* CONNECT's answer, before anything else; again: nothing. */
void sio_answer(struct sio_socket *socket);

/* One packet of text: write it into what sio_begin hands out, then sio_end
 * queues it. */
struct buf *sio_begin(struct sio *sio);
void sio_end(struct sio *sio, struct buf *out);

/* --- sio_return.c --- */

/* One that asks for a namespace, until it is let in or not. */
struct sio_coming {
    struct sio_socket *former; /* who holds its box still, or NULL */
    uint64_t heard, said;      /* numbers of events: by it, and all */
};

/* By its CONNECT: somebody new, with a box; or who was here before, and then
 * what it has missed and the answer are queued. Without a shelf: nothing. */
void sio_come(struct sio_socket *socket, const struct sio_packet *packet,
        struct sio_coming *coming);

/* The app has let it in. */
void sio_stay(struct sio_socket *socket, const struct sio_coming *coming);

/* … or not: its box is as it was. What is queued is the caller's to undo. */
void sio_turn_away(struct sio_socket *socket, const struct sio_coming *coming);

/* As sio_emit, of one that has a box. */
void sio_emit_kept(struct sio_socket *socket, const char *args, size_t len,
        const struct piece *bytes, uint32_t count);

/* Deadlines. */
void sio_look_back(struct sio_socket *socket, int64_t steady_now_ms);

/* It is gone, by socket->reason. */
void sio_go(struct sio_socket *socket);

/* --- sio_hear.c --- */

/* A message. ERR_OK, or why the session is to be closed. */
enum err sio_hear_text(struct sio *sio, const char *data, size_t len);
enum err sio_hear_bytes(struct sio *sio, const char *data, size_t len);

#endif
