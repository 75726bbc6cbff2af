/*
 * templates: one template for each kind of ticket, built in or a house's own.
 */
#ifndef DEVICES_TICKET_TEMPLATES_H
#define DEVICES_TICKET_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/ticket/template.h"

enum ticket_kind {
    TICKET_ORDER,
    TICKET_ADD_ON,
    TICKET_VOID,
    TICKET_CHANGE,
    TICKET_SUMMARY,
    TICKET_TEST,
    TICKET_KINDS
};

/* A house's own texts, at most. */
#define TEMPLATES_OWN 16

struct ticket_templates {
    struct template tickets[TICKET_KINDS];
};

/* The texts in devices/ticket/templates; the last has no name. */
extern const struct template_source ticket_builtin[];

/*
 * Read all of them, for paper of `columns` or more. Of own[0..own_count) each
 * takes the place of the built-in text of its name, or is a part that others
 * name; all texts are borrowed for the life of `into`. False: `fault` says
 * what is wrong with which, also with one that no ticket uses.
 */
bool ticket_templates_read(struct ticket_templates *into,
        const struct template_source *own, size_t own_count, uint32_t columns,
        struct template_fault *fault);

/* Read one of the built-in ones. It cannot fail: a test reads them all, for
 * the narrowest paper. */
void ticket_template_builtin(struct template *into, enum ticket_kind kind);

/* Its name, which is that of its file without ".receipt". */
const char *ticket_template_name(enum ticket_kind kind);

#endif
