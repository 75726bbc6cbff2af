/*
 * trace: what happens in a world, line by line: a running hash of all of it,
 * the last lines for whoever looks for a cause, and as text if that is wanted.
 *
 * Two runs of a seed are the same when their hashes are. The log of the hub
 * goes here as well, in place of stderr; as text only, since its words are no
 * promise.
 */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_LINES 40

/* Begin anew; `text` gets each line, NULL: none. One world at a time. */
void trace_begin(FILE *text);

/* The moment of all lines from here on. */
void trace_at(int64_t now_ms);

/*
 * A line: `format` uses %s for `word` and then %llu as often as it likes, at
 * most three times. `word` must last as long as the world does, or be one of a
 * constant.
 */
void trace_note(const char *format, const char *word, uint64_t a, uint64_t b,
        uint64_t c);

uint64_t trace_hash(void);
uint64_t trace_steps(void); /* lines so far */

/* The last TRACE_LINES of them. */
void trace_print_last(FILE *out);

#endif
