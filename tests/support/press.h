/*
 * press: a story in a house with printers.
 *
 * Each call says one thing, commits, and collects what has become of it, so
 * that a test is a list of what printers do and what they are told. Whatever a
 * call cannot do stops the test program.
 */
#ifndef TESTS_SUPPORT_PRESS_H
#define TESTS_SUPPORT_PRESS_H

#include "schemas/picture.pb-c.h"
#include "tests/support/story.h"

#define PRESS_HEARD 65536 /* events between two press_forget */

struct press {
    struct story story;
    struct hub_options options;
    struct hub_client *follower;
    uint32_t boot;
    struct evt **heard; /* all that was told since press_forget */
    uint32_t count;
    struct Dw__Picture *picture; /* see press_job */
};

/* `path` NULL: in memory. `copies`, `stale_ms`: as in hub_options. */
void press_begin(
        struct press *press, const char *path, bool copies, int64_t stale_ms);
void press_end(struct press *press);

/* The hub is closed and opened again, `away_ms` later. */
void press_restart(struct press *press, int64_t away_ms);

/* The same, but the journal has lost its last thousand records meanwhile. It
 * has a path. */
void press_lose(struct press *press, int64_t away_ms);

/* A printer of this station comes up; it goes. */
void press_up(struct press *press, const char *printer, const char *station);
void press_down(struct press *press, const char *printer);

/* Of role backend; takes the body. */
enum err press_say(
        struct press *press, enum evt_id what, ProtobufCMessage *body);

/* An order of one dish, "Soup", for this station; of one for each, up to NULL.
 */
void press_order(struct press *press, const char *id, const char *station);

/* What a printer says of a job; `attempt` of print.accepted and, unless it is
 * 0, of print.failed; `reason` of print.failed, NULL otherwise. */
enum err press_answer(struct press *press, const char *printer,
        enum evt_id what, const char *job, uint32_t attempt,
        const char *reason);

/* So much time passes, in ticks of 100 ms or of 1 s. */
void press_wait(struct press *press, int64_t ms);
void press_wait_long(struct press *press, int64_t ms);

/* The clock is set by so much, between two ticks. */
void press_set_clock(struct press *press, int64_t by_ms);

void press_forget(struct press *press);

/* How often it was told of the job (NULL: of any); the last one, borrowed until
 * press_forget, or NULL. */
uint32_t press_times(
        const struct press *press, enum evt_id what, const char *job);
const struct evt *press_last(
        const struct press *press, enum evt_id what, const char *job);

/* Text of the last such event's field. */
const char *press_text(const struct press *press, enum evt_id what,
        const char *job, const char *path);

/* The job in the picture, or NULL; borrowed until the next call. */
const Dw__PrintJob *press_job(struct press *press, const char *job);
uint32_t press_jobs(struct press *press);

#endif
