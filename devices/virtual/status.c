#include "devices/virtual/status.h"

#include <stdio.h>
#include <string.h>

/* Bits of the answers to DLE EOT. */
#define NOW_ALWAYS   0x12
#define NOW_OFF      0x08
#define NOW_COVER    0x04
#define NOW_STOPPED  0x20
#define NOW_FAULT    0x40
#define NOW_CUTTER   0x08
#define NOW_NEAR_END 0x0C
#define NOW_END      0x60

/* Of the answer to GS r 1. */
#define TURN_NEAR_END 0x03
#define TURN_END      0x0C

/* Of the record. */
#define RECORD_ALWAYS 0x10
#define RECORD_OFF    0x08
#define RECORD_COVER  0x20
#define RECORD_CUTTER 0x08
#define RECORD_LAST   0x0F

#define COMPLETED_LEAD 0x37
#define COMPLETED_WORD 0x22
#define WHO_LEAD       '_'

/* Of what GS I 1 to 3 say: a model, "has a cutter", a version. */
#define WHO_MODEL   0x20
#define WHO_CUTTER  0x02
#define WHO_VERSION 0x01

static uint8_t bit(bool on, uint8_t bits)
{
    return on ? bits : 0;
}

bool status_is_off(const struct status *status)
{
    return status->paper_out || status->cover_open || status->failed;
}

bool status_now(const struct status *status, uint8_t n, uint8_t *answer)
{
    switch (n) {
    case 1:
        *answer = bit(status_is_off(status), NOW_OFF);
        break;
    case 2:
        *answer = (uint8_t)(bit(status->cover_open, NOW_COVER) |
                            bit(status->paper_out, NOW_STOPPED) |
                            bit(status->failed, NOW_FAULT));
        break;
    case 3:
        *answer = bit(status->failed, NOW_CUTTER);
        break;
    case 4:
        *answer = (uint8_t)(bit(status->paper_low || status->paper_out,
                                    NOW_NEAR_END) |
                            bit(status->paper_out, NOW_END));
        break;
    default:
        return false;
    }
    *answer |= NOW_ALWAYS;
    return true;
}

bool status_in_turn(const struct status *status, uint8_t n, uint8_t *answer)
{
    *answer = 0;
    if (n == 1 || n == '1')
        *answer = (uint8_t)(bit(status->paper_low || status->paper_out,
                                    TURN_NEAR_END) |
                            bit(status->paper_out, TURN_END));
    return n == 1 || n == '1' || n == 2 || n == '2';
}

void status_record(const struct status *status, uint8_t out[STATUS_RECORD])
{
    out[0] = (uint8_t)(RECORD_ALWAYS | bit(status_is_off(status), RECORD_OFF) |
                       bit(status->cover_open, RECORD_COVER));
    out[1] = bit(status->failed, RECORD_CUTTER);
    status_in_turn(status, 1, &out[2]);
    out[3] = RECORD_LAST;
}

void status_completed(const uint8_t number[4], uint8_t out[STATUS_COMPLETED])
{
    out[0] = COMPLETED_LEAD;
    out[1] = COMPLETED_WORD;
    memcpy(out + 2, number, 4);
    out[6] = 0;
}

/* A text, and the zero behind it. */
static size_t say(uint8_t out[STATUS_WHO], const char *text)
{
    int len = snprintf((char *)out, STATUS_WHO, "%c%s", WHO_LEAD, text);

    return (size_t)len + 1;
}

size_t status_who(uint8_t n, uint8_t out[STATUS_WHO])
{
    switch (n) {
    case 1:
    case '1':
        out[0] = WHO_MODEL;
        return 1;
    case 2:
    case '2':
        out[0] = WHO_CUTTER;
        return 1;
    case 3:
    case '3':
        out[0] = WHO_VERSION;
        return 1;
    case 65:
        return say(out, DUMBWAITER_VERSION);
    case 66:
        return say(out, "dumbwaiter");
    case 67:
        return say(out, "virtual-printer");
    case 68:
        return say(out, "0");
    default:
        return 0;
    }
}
