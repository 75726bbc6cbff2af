/*
 * virtual_line: the network card of a virtual printer: a port on which one
 * connection at a time is taken; others wait until it ends. Nothing here
 * waits.
 */
#ifndef DEVICES_PORT_POSIX_VIRTUAL_LINE_H
#define DEVICES_PORT_POSIX_VIRTUAL_LINE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "devices/virtual/machine.h"

struct virtual_line {
    struct machine *machine;
    struct sockaddr_storage address;
    socklen_t address_len;
    int listener;  /* -1: nobody is there */
    int fd;        /* the connection; -1: none */
    uint32_t lost; /* answers that the other side did not take */
};

/* `address` is a number, IPv4 or IPv6. Port 0: any that is free; see
 * line_port. False: errno says why. Pair with line_close. */
bool line_open(struct virtual_line *line, const char *address, uint16_t port,
        struct machine *machine);

uint16_t line_port(const struct virtual_line *line);

/* For machine_to.say; `ctx` is the line. */
void line_say(void *ctx, const uint8_t *bytes, size_t len);

/* What to wait for: at both descriptors, -1 for none. */
void line_watch(const struct virtual_line *line, uint64_t now_ms, int *listener,
        int *fd, short *events);

/* After each wait, with what happened at `fd`: take who comes and what they
 * send. Then it is the machine's turn. */
void line_turn(struct virtual_line *line, short events, uint64_t now_ms);

/* After each of the machine's turns: break, end, be gone, be back. */
void line_follow(struct virtual_line *line, uint64_t now_ms);

void line_close(struct virtual_line *line);

#endif
