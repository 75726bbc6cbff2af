/*
 * status: how a printer is, and what it says of that: the bytes of the ESC/POS
 * answers. It sends nothing.
 */
#ifndef DEVICES_VIRTUAL_STATUS_H
#define DEVICES_VIRTUAL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_RECORD    4  /* bytes said unasked */
#define STATUS_COMPLETED 7  /* bytes of "this is printed" */
#define STATUS_WHO       64 /* at most, of an answer to "who are you" */

struct status {
    bool paper_out;
    bool paper_low;
    bool cover_open;
    bool failed; /* the cutter is stuck */
};

/* Can it not print as it is? */
bool status_is_off(const struct status *status);

/* To DLE EOT n, 1 to 4; false: there is no such question. */
bool status_now(const struct status *status, uint8_t n, uint8_t *answer);

/* To GS r n, 1 paper or 2 drawer, also in ASCII; false: no such. */
bool status_in_turn(const struct status *status, uint8_t n, uint8_t *answer);

/* What is said unasked, when it has changed. */
void status_record(const struct status *status, uint8_t out[STATUS_RECORD]);

/* To GS ( H: all that stood before the question of this number is printed. */
void status_completed(const uint8_t number[4], uint8_t out[STATUS_COMPLETED]);

/* To GS I n; returns the number of bytes, 0: no such question. */
size_t status_who(uint8_t n, uint8_t out[STATUS_WHO]);

#endif
