/*
 * notify: tells the service manager how it goes, by the protocol of sd_notify.
 *
 * Where nobody has asked (no NOTIFY_SOCKET), every call does nothing.
 */
#ifndef BRIDGE_NOTIFY_H
#define BRIDGE_NOTIFY_H

#include <stdint.h>

struct notify {
    int fd;            /* -1: nobody listens */
    uint64_t every_ms; /* between two signs of life; 0: none are wanted */
    uint64_t next_ms;  /* when the next one is due */
};

/* Look at the environment, and take what it says out of it. */
void notify_open(struct notify *notify);

void notify_say(const struct notify *notify, const char *state);

/* Call it from the loop, often: a sign of life, when one is due. */
void notify_alive(struct notify *notify, uint64_t now_ms);

void notify_close(struct notify *notify);

#endif
