/*
 * printer_setup: what `dumbwaiter device printer` is made of besides what every
 * device is: its spool, where its bytes go, fonts and templates.
 */
#ifndef DEVICES_PORT_POSIX_PRINTER_SETUP_H
#define DEVICES_PORT_POSIX_PRINTER_SETUP_H

#include <stdbool.h>

#include "devices/kinds/printer.h"
#include "devices/port/posix/options.h"
#include "devices/port/posix/out.h"
#include "devices/port/posix/spool.h"
#include "devices/port/posix/store.h"

struct port_glyphs;
struct printer_templates;

struct printer_setup {
    struct store store; /* of the spool, if that has a directory of its own */
    struct spool spool;
    struct out out;
    struct port_glyphs *glyphs;          /* NULL: no font was found */
    struct printer_templates *templates; /* NULL: the built-in ones */
    struct print_equipment equipment;
};

/* Nothing is open; printer_setup_close is fine. */
void printer_setup_init(struct printer_setup *setup);

/*
 * Open all of it, as `options` say, borrowed for its life; the state directory
 * is open. Returns an exit code; if it is not EX_OK, why was printed.
 */
int printer_setup_open(
        struct printer_setup *setup, const struct options *options);

/* The same without a spool, so without jobs. */
int printer_setup_open_paper(
        struct printer_setup *setup, const struct options *options);

void printer_setup_close(struct printer_setup *setup);

/* The restaurant's clock may change while it runs. */
void printer_setup_set_clock(struct printer_setup *setup);

#endif
