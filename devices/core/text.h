/*
 * text: UTF-8 from elsewhere, read code point by code point.
 */
#ifndef DEVICES_CORE_TEXT_H
#define DEVICES_CORE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_BAD       0xFFFFFFFFu
#define TEXT_MAX_BYTES 4

/*
 * The code point at *at, moving *at behind it; 0 at the NUL, without moving.
 * TEXT_BAD, one byte further, where no valid UTF-8 stands.
 */
uint32_t text_next(const char **at);

/* Write a code point as UTF-8; returns its length, 1 to 4. */
size_t text_put(char out[TEXT_MAX_BYTES], uint32_t point);

/*
 * Copy `text`, cut to cap - 1 bytes at a code point, with '?' for whatever a
 * terminal could take for a command.
 */
void text_printable(char *out, size_t cap, const char *text);

#endif
