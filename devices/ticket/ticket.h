/*
 * ticket: what stands on a kitchen ticket, line by line.
 *
 * A template (template.h) says what stands where, the job what it says there.
 * It knows orders and columns and no printer commands: lines of runs are
 * handed to the sink, cleaned (codepage.h) and never wider than the paper.
 * Nothing of an order's text is left out; what is too long wraps. What a
 * guest writes is put in after the template was read, so it is never markup.
 */
#ifndef DEVICES_TICKET_TICKET_H
#define DEVICES_TICKET_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/paper/glyphs.h"
#include "devices/paper/profile.h"
#include "devices/paper/sink.h"
#include "schemas/device.pb-c.h"

#define TICKET_MIN_COLUMNS 24
#define TICKET_MAX_COLUMNS 64

/* In front of an order's id in its QR code, where nobody gives another. */
#define TICKET_QR_PREFIX "dw:order/"

struct ticket_templates;

/* All borrowed for the call. */
struct ticket_paper {
    const struct profile *profile;
    const struct glyphs *glyphs; /* NULL: only what code pages have */
    const struct paper_sink *sink;
    const struct ticket_templates *templates; /* NULL: the built-in ones */
    const char *language;  /* of the captions, "en"; NULL or unknown: English */
    const char *qr_prefix; /* NULL: TICKET_QR_PREFIX; "": no QR code */
    uint32_t columns;      /* of normal width */
    int32_t utc_offset_s;  /* of the restaurant's clock */
    uint64_t time_ms;      /* printed if the order has no time; 0: none */
};

/*
 * Lay out the ticket of a job; cutting it off is the caller's. One that is a
 * copy says so first and last, one that was meant for another printer first. A
 * change and a summary have what is in their slip in place of the order's
 * items. False: a line of it is longer than anything that can be laid out, so
 * it must not be printed: something would be missing.
 */
bool ticket_layout(
        const struct ticket_paper *paper, const Dw__PrintRequested *job);

/* The test page of a printer with this name. */
bool ticket_test_page(const struct ticket_paper *paper, const char *name);

#endif
