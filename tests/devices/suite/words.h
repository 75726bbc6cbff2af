/*
 * words: a story's messages as bytes, and what the hub hears as a line.
 */
#ifndef TESTS_DEVICES_SUITE_WORDS_H
#define TESTS_DEVICES_SUITE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/devices/suite/story.h"

/*
 * Write the envelope. Its id is `number`, or that of the message if it gives
 * one. Returns the length; 0: it does not fit, or an event that stories do not
 * know.
 */
size_t words_say(uint8_t *out, size_t cap, const struct story_message *message,
        uint32_t number, uint64_t wall_ms, const char *device);

/* "page.acked page=P-1 …" and the id of it; false: no envelope. */
bool words_read(char *out, size_t cap, uint8_t id[16], const uint8_t *bytes,
        size_t len);

/* The hub's receipt for what was said with this id. */
size_t words_receipt(char *out, size_t cap, const uint8_t id[16], uint32_t seq,
        bool duplicate, uint64_t wall_ms, uint32_t next_s);

#endif
