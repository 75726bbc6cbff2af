/*
 * languages: the words of a ticket that are nobody's order: a table of
 * captions.def by languages.def.
 */
#ifndef DEVICES_TICKET_LANGUAGES_H
#define DEVICES_TICKET_LANGUAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ticket_caption {
#define CAPTION(id, name) CAPTION_##id,
#include "devices/ticket/captions.def"
#undef CAPTION
    CAPTION_COUNT
};

struct ticket_language {
    const char *code; /* of ISO 639 */
    bool dots;        /* no code page has its letters */
    bool from_right;  /* it is read from right to left */
    const char *words[CAPTION_COUNT];
};

/* The rows, from 0, English; NULL behind the last. */
const struct ticket_language *ticket_language_at(uint32_t index);

/* By code, or NULL. */
const struct ticket_language *ticket_language_find(const char *code);

/* By its name[0..len) in a template; CAPTION_COUNT if there is none. */
enum ticket_caption ticket_caption_find(const char *name, size_t len);

/* Its name in a template. */
const char *ticket_caption_name(enum ticket_caption caption);

#endif
