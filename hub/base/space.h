/*
 * space: whether there is room on the disk for what happens.
 */
#ifndef HUB_BASE_SPACE_H
#define HUB_BASE_SPACE_H

#include <stdbool.h>

enum space {
    SPACE_OK,      /* for all of it */
    SPACE_RESERVE, /* for what moves the orders that are there already */
    SPACE_FULL,    /* for nothing */
    SPACE_COUNT
};

/* "ok", "reserve", "full". */
extern const char *const space_words[SPACE_COUNT];

/* Does this errno say that there is no room, be it a quota's? */
bool space_is_lacking(int error);

#endif
