/*
 * split: where the elements of a JSON array begin and end, so that each can
 * be heard, and refused, by itself.
 */
#ifndef BRIDGE_WIRES_SPLIT_H
#define BRIDGE_WIRES_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of somebody's text or bytes, borrowed. */
struct piece {
    const char *text;
    size_t len;
};

/* Is the first character that is no blank a '['? */
bool split_is_array(const char *text, size_t len);

/*
 * text[0..len) is an array that has passed a json_gate. Fills `pieces` with at
 * most `most` of its elements, without outer blanks; returns how many there
 * are in all.
 */
size_t split_array(
        const char *text, size_t len, struct piece *pieces, size_t most);

#endif
