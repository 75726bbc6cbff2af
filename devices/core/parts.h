/*
 * parts: puts a payload together that arrives in pieces.
 *
 * Some MQTT clients hand over a long payload in several calls and name the
 * topic only in the first. The buffer is the caller's and bounds the payload;
 * pieces that leave a gap, overlap or disagree about the whole are refused,
 * and with them everything until the next first piece.
 */
#ifndef DEVICES_CORE_PARTS_H
#define DEVICES_CORE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/limits.h"

/* One piece as the client library hands it over, borrowed. */
struct part {
    const char *topic; /* of the first piece; ignored in the others */
    size_t topic_len;
    const uint8_t *data;
    size_t len;
    size_t offset; /* where the piece belongs; 0 in the first */
    size_t total;  /* length of the whole payload */
    bool retained;
};

struct parts {
    uint8_t *bytes;
    size_t size;
    size_t have;
    size_t total;
    bool open; /* a first piece came and the rest is awaited */
    bool retained;
    char topic[DEVICE_TOPIC_BYTES];
};

enum parts_state {
    PARTS_MORE,    /* taken; the whole is not there yet */
    PARTS_WHOLE,   /* bytes[0..total) and topic are complete */
    PARTS_REFUSED, /* too long, or the pieces do not fit together */
};

/* Use memory[0..size), borrowed for the struct's life. */
void parts_init(struct parts *parts, void *memory, size_t size);

enum parts_state parts_add(struct parts *parts, const struct part *part);

#endif
