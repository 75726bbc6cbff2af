/*
 * out: where a printer's bytes go: tcp://HOST:PORT, file:PATH, or - for the
 * standard output. Nothing here waits, but for the name of a host that is
 * not a number and for the disk under file:.
 */
#ifndef DEVICES_PORT_POSIX_OUT_H
#define DEVICES_PORT_POSIX_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/kinds/printer.h"

#define OUT_HOST_BYTES 256
#define OUT_QUESTIONS  3

enum out_kind {
    OUT_TCP,
    OUT_FILE,
    OUT_STDOUT,
};

struct out {
    enum out_kind kind;
    char host[OUT_HOST_BYTES];
    char port[8];
    const char *path;
    uint32_t attempts; /* of connecting: they take the addresses in turn */
    int fd;            /* -1: closed */
    bool connecting;
    bool blocked;  /* wait until fd can be written to */
    uint32_t skip; /* bytes left of a record that the printer sent unasked */
    bool asked;    /* how it is */
    uint8_t answers[OUT_QUESTIONS];
    uint32_t answered;
};

/* Read the text of --out, borrowed for the struct's life. False: no such. */
bool out_parse(struct out *out, const char *text);

/* The output as the printer sees it; lives as long as `out`. */
struct print_out out_of(struct out *out);

/* A descriptor that printing waits for, and for what; or -1. */
int out_watch(const struct out *out, short *events);

#endif
