/*
 * epson: the words of Epson Server Direct Print: forms that a printer posts,
 * the ticket that it is answered with, and what it says of it. Pure.
 *
 * A ticket goes as a picture: commands of ours might be answered by the
 * printer's own controller. A printer drops what is not in the very form that
 * it expects, without a word.
 */
#ifndef DEVICES_PORT_POSIX_EPSON_H
#define DEVICES_PORT_POSIX_EPSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/kinds/printer.h"
#include "devices/port/posix/pull_paper.h"
#include "devices/port/posix/star.h"

/* So long a printer may try to print a ticket: after new paper it takes its
 * time. */
#define EPSON_TRY_MS 60000

/*
 * A field of a posted form, decoded, into out[0..cap) with a NUL; NULs in it
 * become '?'. False: none, broken, or longer.
 */
bool epson_form(
        const char *body, size_t len, const char *name, char *out, size_t cap);

/* The answer with a ticket, handed over; NULL: no memory. */
char *epson_ticket(const char *token, const struct pull_paper *paper);

/* What a result says of one job. */
struct epson_result {
    char token[STAR_TOKEN_BYTES];
    enum print_out_state end; /* OUT_WAIT: nothing yet */
    struct print_status status;
};

/* The first result in ResponseFile that has a job's id. False: none. */
bool epson_read_result(struct epson_result *result, const char *xml);

/* Status of a status notification: of "local_printer". False: none. */
bool epson_read_status(struct print_status *status, const char *xml);

#endif
