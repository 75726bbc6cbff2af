/*
 * crowd: many WebSocket clients in one process, which only listen.
 *
 * They speak the protocol of /ws, or Socket.IO with the verbs of `kebab`. They
 * look at the first bytes of each frame, answer pings, and skip the rest. One
 * that is closed ends the benchmark.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stdbool.h>
#include <stdint.h>

struct member; /* one client */

struct crowd {
    int epoll; /* readable when there is something for crowd_serve */
    struct member *members;
    uint32_t size;   /* of the array */
    uint32_t count;  /* clients begun */
    uint32_t joined; /* of them in the room */
    const char *token;
    uint16_t port;
    bool is_socketio; /* set before anyone joins */
    /* Heard since the start, all together: */
    uint64_t frames; /* events */
    uint64_t bytes;  /* of those frames, their heads included */
    uint64_t orders; /* of those events, order.created or new-order */
    uint64_t pings;
};

/* Room for `size` clients. `token` is borrowed. */
void crowd_init(
        struct crowd *crowd, uint32_t size, uint16_t port, const char *token);

/* Close every client. */
void crowd_finish(struct crowd *crowd);

/* More of them, until `count` have joined the kitchen; within 60 s. */
void crowd_join(struct crowd *crowd, uint32_t count);

/* A socket on which frames come without a handshake. Takes it. */
void crowd_adopt(struct crowd *crowd, int fd);

/* Read whatever has come. */
void crowd_serve(struct crowd *crowd);

#endif
