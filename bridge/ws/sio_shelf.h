/*
 * sio_shelf: connection state recovery in memory. Each socket has a box with
 * what it was told last; when its connection is gone the box stays for a while,
 * and who comes back with its pid is given what is missing, in order and once,
 * and is the same socket as before (see sio_is_recovered). An app switches it
 * on by struct sio_service and goes on using sio_emit.
 *
 * What is kept: events, those with bytes, too; not acknowledgements, and not
 * what sio_ask has said. Behind its last argument each such event has its
 * offset, "<first of the sid>.<number>", numbers counting from 1. What the app
 * itself knows of a socket is the app's to keep, by sio_sid.
 *
 * Never a hole that nobody sees: who shows an offset behind which something is
 * not kept any more is a new socket with a new pid. A pid is a secret: who
 * shows it is given what was missed, if the app's `connect` lets it in. Knows
 * no disk: for what outlives the process an app uses sio_name and sio_hold
 * instead.
 *
 * Files: sio_shelf.c the boxes; sio_return.c sockets and their boxes.
 */
#ifndef BRIDGE_WS_SIO_SHELF_H
#define BRIDGE_WS_SIO_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bridge/ws/sio.h"
#include "hub/base/buf.h"
#include "hub/base/hash.h"

#define SIO_SHELF_KEEP_MS   120000             /* what the reference does */
#define SIO_SHELF_AWAY      4096               /* boxes without a connection */
#define SIO_SHELF_PACKETS   1024               /* in one box */
#define SIO_SHELF_BYTES     (256 * 1024)       /* … in memory */
#define SIO_SHELF_BYTES_ALL (64 * 1024 * 1024) /* in all boxes */
#define SIO_OFFSET_SID      8                  /* characters of the sid */

/* --- for an app --- */

/*
 * Boxes stay for `keep_ms` after the connection is gone, packets of a
 * connection for as long after they were said. Of what exceeds a limit above
 * the oldest goes first. NULL: no memory or no random numbers.
 */
struct sio_shelf *sio_shelf_create(uint32_t keep_ms);

/* After ws_close. NULL is fine. */
void sio_shelf_destroy(struct sio_shelf *shelf);

/*
 * An event, as for sio_emit, for a socket whose connection is gone: it is told
 * when it is back. `now_ms` is monotonic. False: none with this sid is away.
 */
bool sio_shelf_say(struct sio_shelf *shelf, const char *sid, const char *args,
        size_t len, const struct piece *bytes, uint32_t count, int64_t now_ms);

/* --- for the files of sio; times are monotonic --- */

/* One event: its packet, and the bytes that belong to it. */
struct sio_kept {
    TAILQ_ENTRY(sio_kept) next;
    uint64_t number;
    int64_t said_ms;
    size_t size; /* in memory, all of it */
    uint32_t count;
    struct piece parts[]; /* count + 1: the text first */
};

TAILQ_HEAD(sio_kept_list, sio_kept);

struct sio_box {
    struct sio_shelf *shelf;
    struct sio_socket *holder; /* NULL: it is away */
    LIST_ENTRY(sio_box) pid_chain, sid_chain;
    TAILQ_ENTRY(sio_box) away; /* who has been away longest is first */
    int64_t away_ms;           /* since then */
    struct sio_kept_list packets;
    uint32_t count;
    size_t bytes;
    uint64_t said;    /* number of the last event */
    uint64_t dropped; /* … of the last one that is not kept */
    bool is_tried;    /* see sio_return.c */
    uint64_t tried;
    char sid[SIO_SID_CHARS + 1];
    char pid[SIO_PID_CHARS + 1];
    char nsp[];
};

LIST_HEAD(sio_box_list, sio_box);

struct sio_shelf {
    uint32_t keep_ms;
    struct hash_key key;
    struct sio_box_list *by_pid, *by_sid;
    TAILQ_HEAD(, sio_box) away;
    uint32_t away_count;
    size_t bytes; /* of packets */
};

/* An empty box with a pid of its own, held by `holder`. NULL: no memory or no
 * random numbers. */
struct sio_box *sio_box_create(struct sio_shelf *shelf, const char *nsp,
        const char *sid, struct sio_socket *holder);

/*
 * The box of whom `pid` names, held or not, and in *heard how far it has heard,
 * by the `offset` that it shows; without one (len 0) it has heard nothing.
 * NULL: there is none in this namespace, its time is over, or something behind
 * the offset is not kept any more.
 */
struct sio_box *sio_shelf_find(struct sio_shelf *shelf, const char *nsp,
        struct piece pid, struct piece offset, int64_t now_ms, uint64_t *heard);

/* Its socket is there; or away, since then: it may be gone after this call. */
void sio_box_hold(struct sio_box *box, struct sio_socket *holder);
void sio_box_let_go(struct sio_box *box, int64_t away_ms);

/* There is nobody to come back. NULL is fine. */
void sio_box_forget(struct sio_box *box);

/*
 * Write the packet of an event, with its offset, into `out`, and keep it. What
 * cannot be kept goes, and all before it.
 */
void sio_box_say(struct sio_box *box, struct buf *out, const char *args,
        size_t len, const struct piece *bytes, uint32_t count, int64_t now_ms);

/* It was never said, what came behind the event of this number. */
void sio_box_unsay(struct sio_box *box, uint64_t number);

/* The first event kept behind this number, or NULL. */
const struct sio_kept *sio_box_after(
        const struct sio_box *box, uint64_t number);

/* Packets, and boxes, whose time is over go. */
void sio_box_sweep(struct sio_box *box, int64_t now_ms);
void sio_shelf_sweep(struct sio_shelf *shelf, int64_t now_ms);

#endif
