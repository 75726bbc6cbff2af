/*
 * pollers: many clients of Socket.IO by polling, each with one connection on
 * which, in the end, a request is held. They join the kitchen, answer pings,
 * and expect no events.
 */
#ifndef BENCH_POLLERS_H
#define BENCH_POLLERS_H

#include <stdint.h>

struct poller;

struct pollers {
    struct poller *all;
    uint32_t size;
    uint32_t count;
    const char *token;
    uint16_t port;
    uint64_t pings; /* answered */
};

/* Room for `size`. `token` is borrowed. */
void pollers_init(struct pollers *pollers, uint32_t size, uint16_t port,
        const char *token);

/* Close every connection. */
void pollers_finish(struct pollers *pollers);

/* More of them, until `count` wait. */
void pollers_join(struct pollers *pollers, uint32_t count);

/* Answer pings for so long. */
void pollers_rest(struct pollers *pollers, int ms);

#endif
