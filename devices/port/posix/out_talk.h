/*
 * out_talk: what a printer sends back, byte by byte: answers to what it was
 * asked, and among them what it says unasked.
 *
 * Questions are sent only where a command may begin: before a ticket. A record
 * of four bytes (automatic status back) is left out wherever it stands between
 * answers, XON and XOFF also within one. With CONFIRM_PROCESS_ID nothing but
 * the answer with the job's own number ends it; GS r has no number, so what
 * came before the ticket must have been read away.
 */
#ifndef DEVICES_PORT_POSIX_OUT_TALK_H
#define DEVICES_PORT_POSIX_OUT_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/kinds/printer.h"
#include "devices/paper/escpos.h"

#define TALK_QUESTIONS 3

/* How it is: DLE EOT 1, 2 and 4. */
extern const uint8_t talk_questions[3 * TALK_QUESTIONS];

struct out_talk {
    uint32_t skip; /* bytes left of a record that it sent unasked */
    bool asked;    /* how it is */
    uint8_t answers[TALK_QUESTIONS];
    uint32_t answered;

    /* What an answer with a number is about to be. */
    uint8_t digits[ESCPOS_NUMBER_DIGITS];
    uint32_t digit_count;
    enum { TALK_NO_HEAD, TALK_HEAD, TALK_DIGITS } in;
};

/* Forget all, for a new connection. */
void talk_begin(struct out_talk *talk);

/* One byte while the questions are open. True: `status` is complete. */
bool talk_status(
        struct out_talk *talk, uint8_t byte, struct print_status *status);

/* One byte after the ticket. OUT_DONE: it is on paper; OUT_GONE: it has said
 * that it could not. */
enum print_out_state talk_confirm(struct out_talk *talk, uint8_t byte,
        enum print_confirm confirm, uint32_t number);

#endif
