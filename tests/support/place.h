/*
 * place: a folder of a test's own, gone with all that lies in it at the end.
 */
#ifndef TESTS_SUPPORT_PLACE_H
#define TESTS_SUPPORT_PLACE_H

#include <stddef.h>

#define PLACE_CHARS 200

struct place {
    char folder[PLACE_CHARS + 1];
    char file[PLACE_CHARS + 33]; /* of the last place_file */
};

/* Make it, empty. No place: the test stops. */
void place_make(struct place *place);

/* The path of `name` in it, borrowed until the next call. */
const char *place_file(struct place *place, const char *name);

/* Remove the files in it, and it. */
void place_remove(struct place *place);

#endif
