/*
 * receipts: what is said of what a client was handed and was to acknowledge,
 * when it does not; the same over Socket.IO and over /ws.
 *
 * Each becomes a delivery.receipt by way of hub_vouch. Who may be asked:
 * staff, for guests make no receipts. An acknowledgement that comes later
 * still counts: that is between the client and hub_acknowledge.
 */
#ifndef BRIDGE_WS_RECEIPTS_H
#define BRIDGE_WS_RECEIPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/ws/asks.h"

struct hub;
struct hub_client;

/* Who was asked, and what; all of it borrowed. */
struct asked {
    struct hub *hub;
    struct hub_client *client;
    struct asks *asks;
};

/* False: it is for another time; the hub takes nothing at present. */
bool receipts_vouch(const struct asked *asked, uint64_t seq,
        const char *progress, const char *reason, int64_t wall_now_ms);

/* It was handed this one, and has no room for another question. */
void receipts_too_many(
        const struct asked *asked, uint64_t seq, int64_t wall_now_ms);

/* Who has not acknowledged in time: unknown. */
void receipts_sweep(const struct asked *asked, uint32_t timeout_ms,
        int64_t steady_now_ms, int64_t wall_now_ms);

/* It goes; all that is open is unknown. */
void receipts_end(const struct asked *asked, int64_t wall_now_ms);

#endif
