/*
 * receipt: the hub's answer to one fact, as it stands on receipt/<device>.
 *
 *   {"id":"<ULID>","seq":4711,"epoch":"k3f9x2a","duplicate":false,"ts":N}
 *   {"id":"<ULID>","retry":false,"ts":N,"error":{…}}
 *
 * either with "next":N, for a device that sleeps: in so many seconds the hub
 * expects to have something for it.
 *
 * Read without a JSON library and without memory: one object of a few members,
 * values of one line, objects in it skipped to a depth. Members with other
 * names are passed over.
 */
#ifndef DEVICES_CORE_RECEIPT_H
#define DEVICES_CORE_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/seen.h"

struct receipt {
    uint8_t id[DEVICE_ID_BYTES]; /* of the fact */
    bool is_refused;             /* for good, unless `retry` */
    bool retry;                  /* not now: say it again later */
    uint64_t ts_ms;              /* the hub's clock, or 0: not said */
    uint32_t next_s;             /* 1 to 3600, or 0: not said */
};

/* False: no receipt, or none with a ULID; *receipt unchanged. */
bool receipt_read(struct receipt *receipt, const uint8_t *bytes, size_t len);

#endif
