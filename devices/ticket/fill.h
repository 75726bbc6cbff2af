/*
 * fill: a template with a job's values in it, as lines for the paper.
 */
#ifndef DEVICES_TICKET_FILL_H
#define DEVICES_TICKET_FILL_H

#include <stdbool.h>

#include "devices/ticket/template.h"
#include "devices/ticket/ticket.h"

/* All borrowed for the call. False: a row is longer than layout.h takes. */
bool fill_template(const struct template *from,
        const struct ticket_paper *paper, const Dw__PrintRequested *job);

#endif
