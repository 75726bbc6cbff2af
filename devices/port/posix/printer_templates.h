/*
 * printer_templates: a house's own tickets: the files NAME.receipt of a
 * directory, read once, at the start.
 */
#ifndef DEVICES_PORT_POSIX_PRINTER_TEMPLATES_H
#define DEVICES_PORT_POSIX_PRINTER_TEMPLATES_H

#include <stddef.h>
#include <stdint.h>

#include "devices/ticket/templates.h"

struct printer_templates;

/*
 * Hands over: close it. For paper of `columns` or more. NULL, and a sentence
 * with file, line and column in `error`: one of them cannot be used, there is
 * none, or the directory cannot be read.
 */
struct printer_templates *printer_templates_open(const char *directory,
        uint32_t columns, char *error, size_t error_bytes);

/* Good until printer_templates_close; NULL for NULL. */
const struct ticket_templates *printer_templates_of(
        const struct printer_templates *templates);

/* NULL is fine. */
void printer_templates_close(struct printer_templates *templates);

#endif
