#include "devices/port/posix/out_talk.h"

#include <string.h>

#define DLE  0x10
#define EOT  0x04
#define XON  0x11
#define XOFF 0x13

/* The first byte of a status record of four; the others look like answers. */
#define RECORD_MASK  0x93
#define RECORD_FIRST 0x10
#define RECORD_REST  3

/* What it answers at once to DLE EOT n looks so, under the same mask. */
#define STATUS_FIRST 0x12

/* The questions, and what a bit of an answer says; in the order asked. */
enum question { ASK_PRINTER, ASK_CAUSE, ASK_PAPER };

const uint8_t talk_questions[3 * TALK_QUESTIONS] = { DLE, EOT, 1, DLE, EOT, 2,
    DLE, EOT, 4 };

#define PRINTER_OFF 0x08
#define COVER_OPEN  0x04
#define PAPER_STOP  0x20
#define FAULT       0x40
#define PAPER_LOW   0x0C
#define PAPER_END   0x60

/* The answer to GS r 1: set in no such answer, and: the paper is at its end. */
#define NO_PAPER_STATUS 0x90
#define PAPER_OUT       0x0C

/* The answer to GS ( H: these two, the digits, a zero. */
#define HEAD_1 0x37
#define HEAD_2 0x22

void talk_begin(struct out_talk *talk)
{
    memset(talk, 0, sizeof(*talk));
}

/* Part of a record that a printer says unasked? */
static bool is_record(struct out_talk *talk, uint8_t byte)
{
    if (talk->skip > 0) {
        talk->skip--;
        return true;
    }
    if ((byte & RECORD_MASK) == RECORD_FIRST)
        talk->skip = RECORD_REST;
    return talk->skip > 0;
}

static void read_status(
        const struct out_talk *talk, struct print_status *status)
{
    uint8_t cause = talk->answers[ASK_CAUSE];
    uint8_t paper = talk->answers[ASK_PAPER];

    status->cover_open = cause & COVER_OPEN;
    status->paper_out = cause & PAPER_STOP || paper & PAPER_END;
    status->paper_low = paper & PAPER_LOW;
    status->failed = cause & FAULT || talk->answers[ASK_PRINTER] & PRINTER_OFF;
}

bool talk_status(
        struct out_talk *talk, uint8_t byte, struct print_status *status)
{
    if (is_record(talk, byte) || (byte & RECORD_MASK) != STATUS_FIRST ||
            talk->answered == TALK_QUESTIONS)
        return false;
    talk->answers[talk->answered++] = byte;
    if (talk->answered < TALK_QUESTIONS)
        return false;
    read_status(talk, status);
    return true;
}

static enum print_out_state confirm_paper(struct out_talk *talk, uint8_t byte)
{
    if (is_record(talk, byte) || byte & NO_PAPER_STATUS)
        return OUT_WAIT;
    return byte & PAPER_OUT ? OUT_GONE : OUT_DONE;
}

static enum print_out_state begin_answer(struct out_talk *talk, uint8_t byte)
{
    talk->in = TALK_NO_HEAD;
    talk->digit_count = 0;
    if (!is_record(talk, byte) && byte == HEAD_1)
        talk->in = TALK_HEAD;
    return OUT_WAIT;
}

static enum print_out_state end_answer(
        struct out_talk *talk, uint8_t byte, uint32_t number)
{
    uint8_t wanted[ESCPOS_NUMBER_DIGITS];

    if (byte != 0)
        return begin_answer(talk, byte);
    talk->in = TALK_NO_HEAD;
    escpos_number_digits(number, wanted);
    return memcmp(talk->digits, wanted, sizeof(wanted)) == 0 ? OUT_DONE
                                                             : OUT_WAIT;
}

static enum print_out_state confirm_number(
        struct out_talk *talk, uint8_t byte, uint32_t number)
{
    if (byte == XON || byte == XOFF)
        return OUT_WAIT;
    switch (talk->in) {
    case TALK_NO_HEAD:
        break;
    case TALK_HEAD:
        if (byte != HEAD_2)
            break;
        talk->in = TALK_DIGITS;
        return OUT_WAIT;
    case TALK_DIGITS:
        if (talk->digit_count == ESCPOS_NUMBER_DIGITS)
            return end_answer(talk, byte, number);
        if (byte < ' ' || byte > '~')
            break;
        talk->digits[talk->digit_count++] = byte;
        return OUT_WAIT;
    }
    return begin_answer(talk, byte);
}

enum print_out_state talk_confirm(struct out_talk *talk, uint8_t byte,
        enum print_confirm confirm, uint32_t number)
{
    switch (confirm) {
    case CONFIRM_PROCESS_ID:
        return confirm_number(talk, byte, number);
    case CONFIRM_GS_R:
        return confirm_paper(talk, byte);
    case CONFIRM_DRAINED:
        break;
    }
    return OUT_WAIT;
}
