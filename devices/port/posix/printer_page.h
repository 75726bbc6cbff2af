/*
 * printer_page: `dumbwaiter device printer --test-page`: print one, without a
 * broker and without a spool, and end.
 */
#ifndef DEVICES_PORT_POSIX_PRINTER_PAGE_H
#define DEVICES_PORT_POSIX_PRINTER_PAGE_H

struct options;

/*
 * Returns the exit code; if it is not 0, why was printed: 64 the options are
 * wrong, 69 the printer cannot be reached or cannot print, 74 it was broken
 * off, or nobody knows.
 */
int printer_page(const struct options *options);

#endif
