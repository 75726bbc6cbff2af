/*
 * names: what a template may ask for, a table: rows of names.def.
 */
#ifndef DEVICES_TICKET_NAMES_H
#define DEVICES_TICKET_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum ticket_name_id {
#define TEXT(id, ...) NAME_##id,
#define LIST(id, ...) NAME_##id,
#include "devices/ticket/names.def"
#undef TEXT
#undef LIST
    NAME_COUNT
};

/* What names are about: the job, or one element of a list. */
enum ticket_scope {
    SCOPE_JOB,
    SCOPE_ITEM,
    SCOPE_MODIFIER,
    SCOPE_ALLERGEN,
    SCOPE_CHANGE,
    SCOPE_ORDER,
    SCOPE_DISH,
    SCOPE_PAGE,
    SCOPE_ANY_LIST,
    SCOPE_COUNT
};

struct ticket_name {
    const char *name;
    const char *about; /* a line of help */
    enum ticket_scope scope;
    enum ticket_scope opens; /* of a list: the scope of its elements */
    bool is_list;
    bool lines; /* its line feeds begin lines; of others they are blanks */
};

extern const struct ticket_name ticket_names[NAME_COUNT];

/* By name[0..len) and scope; NAME_COUNT if there is none. */
enum ticket_name_id ticket_name_find(
        enum ticket_scope scope, const char *name, size_t len);

#endif
