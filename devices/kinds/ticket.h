/*
 * ticket: what stands on a kitchen ticket, line by line.
 *
 * It knows orders and columns and no printer commands: each line is handed
 * to the caller with its style, cleaned (codepage.h) and never wider than
 * the paper. Nothing of an order's text is left out; what is too long wraps.
 * (One text is cut at 1500 bytes; the schema allows none over 280.)
 */
#ifndef DEVICES_KINDS_TICKET_H
#define DEVICES_KINDS_TICKET_H

#include <stdint.h>

#include "devices/kinds/codepage.h"
#include "schemas/device.pb-c.h"

enum ticket_style {
    STYLE_NORMAL = 0,
    STYLE_BOLD = 1,
    STYLE_WIDE = 2, /* twice as wide: half the columns */
    STYLE_TALL = 4,
    STYLE_INVERT = 8, /* white on black */
};

#define TICKET_MAX_COLUMNS 64
#define TICKET_LINE_BYTES  (TICKET_MAX_COLUMNS * 4 + 1)

struct ticket_paper {
    const struct profile *profile;
    uint32_t columns;     /* of normal width, 24 to TICKET_MAX_COLUMNS */
    int32_t utc_offset_s; /* of the restaurant's clock */
    uint64_t time_ms;     /* printed if the order has no time; 0: none */

    /* Takes each line, NUL-terminated, without line feed, borrowed. */
    void (*line)(void *ctx, unsigned style, const char *text);
    void *ctx;
};

/*
 * Lay out the ticket of a job. One that is a copy says so first and last, one
 * that was meant for another printer first. A change and a summary have what is
 * in their slip in place of the order's items.
 */
void ticket_layout(
        const struct ticket_paper *paper, const Dw__PrintRequested *job);

#endif
