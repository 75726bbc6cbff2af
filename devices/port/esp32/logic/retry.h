/*
 * retry: when to try the broker again, and how long a turn may wait.
 *
 * After each failure a random part of a span that doubles, from half a second
 * to 30: what 300 devices do at the same moment they do spread out. A link that
 * held makes earlier failures forgotten.
 */
#ifndef DEVICES_PORT_ESP32_LOGIC_RETRY_H
#define DEVICES_PORT_ESP32_LOGIC_RETRY_H

#include <stdint.h>

/* A turn is never longer: the core wants a tick a second, unless it rests. */
#define TURN_MOST_MS 1000

struct retry {
    uint32_t failures; /* in a row */
    uint64_t since_ms; /* the link is up since; 0: it is not */
    uint64_t at_ms;    /* try then */
};

void retry_linked(struct retry *retry, uint64_t now_ms);

/* The link is lost, or was none. `random`: any number. */
void retry_lost(struct retry *retry, uint64_t now_ms, uint32_t random);

/* The device ended the link itself: no failure, try when it wants one. */
void retry_ended(struct retry *retry, uint64_t now_ms);

/*
 * How long to wait for something to happen, in ms: to the earliest of what is
 * due (wake_ms, the core's, and due_ms, the port's); no longer than
 * TURN_MOST_MS, but as long as the core rests (rest_ms: until when; 0: it does
 * not).
 */
uint32_t turn_wait_ms(
        uint64_t now_ms, uint64_t wake_ms, uint64_t due_ms, uint64_t rest_ms);

#endif
