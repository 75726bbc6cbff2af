/*
 * values: what the names of a template say of one job.
 */
#ifndef DEVICES_TICKET_VALUES_H
#define DEVICES_TICKET_VALUES_H

#include <stddef.h>

#include "devices/ticket/languages.h"
#include "devices/ticket/names.h"
#include "devices/ticket/ticket.h"

#define VALUE_BYTES 256 /* the longest value that is made here */

struct values {
    const struct ticket_paper *paper;
    const Dw__PrintRequested *job;
    const struct ticket_language *words;
    size_t index[SCOPE_COUNT]; /* of the element of each list that is open */
    size_t count[SCOPE_COUNT]; /* of its elements */
    char made[VALUE_BYTES];
};

/* Both borrowed for the life of `values`. */
void values_init(struct values *values, const struct ticket_paper *paper,
        const Dw__PrintRequested *job);

/*
 * The text of a name that is no list, "" where there is none; `scope` is the
 * list that is open innermost. As it came, so not cleaned; borrowed until the
 * next call.
 */
const char *values_text(struct values *values, enum ticket_name_id name,
        enum ticket_scope scope);

/* How many elements a list has. */
size_t values_count(const struct values *values, enum ticket_name_id name);

#endif
