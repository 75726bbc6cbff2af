/*
 * judge_parts: what the judge's own sources share: judge.c (blame, the
 * verdict), judge_book.c (what was committed, and promised), judge_ear.c (what
 * listeners heard), judge_end.c (what must have come to an end). For these
 * only.
 */
#ifndef TESTS_SIM_JUDGE_PARTS_H
#define TESTS_SIM_JUDGE_PARTS_H

#include "tests/sim/judge.h"

/* --- judge_book.c --- */

void book_begin(struct judge *judge);
void book_end(struct judge *judge);

/* Of what is kept for good until the next one: is it the last? */
bool book_is_newest(const struct judge *judge, uint64_t seq);

bool book_is_end_of_sitting(enum evt_id what);

/* The oldest that the journal still has. */
uint64_t book_look_at_first(struct world *world);

/* Somebody has been told of this number. */
void book_told(struct judge *judge, uint64_t seq, uint32_t epoch);

/* All that the journal has is as it was. */
void book_expect_journal(struct world *world);

/* The hub's picture is what the book makes of it. */
void book_expect_picture(struct world *world);

/* --- judge_ear.c --- */

/* Everybody has all that is due. */
void ears_expect_all(struct world *world);

/* --- judge_end.c --- */

/* What there is to say of each job was said, or it is to be seen. */
void ends_expect_jobs(struct world *world);

/* So is each escalation, and nothing else. */
void ends_expect_escalations(struct world *world);

#endif
