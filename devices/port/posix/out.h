/*
 * out: where a printer's bytes go: a table of ways (out_way.h), one file each.
 * The text of --out says which; its forms are out_form's.
 *
 * Nothing here waits, but for the name of a host that is not a number and for
 * the disk under file:. One job at a time; between two of them all is closed.
 *
 * What "done" means is the way's: over tcp, usb and serial, if the profile says
 * so, the printer's own answer; else that all bytes were taken: by the printer
 * (tcp, usb), by the line (serial), by the disk (file). Over cups it is that
 * CUPS says so, which knows of bytes and not of paper.
 */
#ifndef DEVICES_PORT_POSIX_OUT_H
#define DEVICES_PORT_POSIX_OUT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "devices/kinds/printer.h"
#include "devices/port/posix/out_way.h"

/* Read the text of --out, borrowed for the struct's life. False: no such. */
bool out_parse(struct out *out, const char *text);

/* How --out is written, and a line of help; NULL behind the last. */
const char *out_form(uint32_t index, const char **about);

/* What the way needs besides its text, borrowed; NULL, or what is wrong with
 * that or with the way. */
const char *out_begin(struct out *out, const struct out_with *with);

/* What a way over the broker hears there; NULL: it is none. */
const char *out_topic(const struct out *out);

/* Give such a way the device's link. */
void out_join(struct out *out, const struct out_link *link);

/* A message on that topic, that was not retained. */
void out_heard(
        struct out *out, const char *topic, const void *data, size_t len);

/* The output as the printer sees it; lives as long as `out`. */
struct print_out out_of(struct out *out);

/* Descriptors that it waits for, and for what: written to fds[0..OUT_FDS).
 * Returns how many. */
uint32_t out_watch(const struct out *out, struct pollfd *fds);

/* Once a turn, before the device's: for ways that have something to do also
 * while there is no job. */
void out_turn(struct out *out, uint64_t now_ms);

/* When to call out_turn at the latest; UINT64_MAX: whenever. */
uint64_t out_due_ms(const struct out *out);

/* For good; a zeroed struct is fine. */
void out_finish(struct out *out);

#endif
