/*
 * keys: words from the standard input, as if they were keys of the device.
 *
 * From a pipe or a terminal each line is a word; an empty one is the one key.
 * In a raw terminal single keys are words: digits, Enter "bump", the arrows
 * "up", "down", "next", "previous", Backspace or r "recall".
 */
#ifndef DEVICES_PORT_POSIX_KEYS_H
#define DEVICES_PORT_POSIX_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#define KEYS_WORD 32 /* the longest, with its NUL; what is longer is cut */

/* Zeroed: nothing typed yet, in lines. */
struct keys {
    bool is_raw;
    size_t escape; /* bytes of an arrow's sequence that were seen */
    size_t len;
    char word[KEYS_WORD];
};

/* The next byte. True: `keys->word` is whole, until the next byte. */
bool keys_take(struct keys *keys, char byte);

#endif
