/*
 * story: what shall be true of a device, as what happens to it and what is then
 * seen and heard. Stories are data (stories.c); bench.h plays them.
 *
 * A story begins with the power on and the network away, at moment 0 of a clock
 * in milliseconds. A step happens at its moment, or with 0 right after the one
 * before. What is seen is lines of text:
 *
 *   show LINE            for a human
 *   display A | B        what the display has now
 *   buzz on, led off     …
 *   hears evt NAME …     the hub hears of the device on dev/<id>/evt
 *   hears state {…}
 *   power                is lost, and back at once
 *   link, asleep         the device has one anew; has none as it wants none
 *   counts NAME=N …      when one of them has changed
 */
#ifndef TESTS_DEVICES_SUITE_STORY_H
#define TESTS_DEVICES_SUITE_STORY_H

#include <stdbool.h>
#include <stdint.h>

/* The wall clock at moment 0, Unix milliseconds. */
#define STORY_EPOCH_MS 1763600000000ull

/* A message of the hub. Members that are not given are not in it. */
struct story_message {
    const char *event; /* its name in the catalogue */
    const char *topic; /* below dw/1/main/; %d: the device's id */
    const char *room;  /* NULL: the topic's */
    uint8_t id;        /* the same: the same message again; 0: a new one */
    const char *page, *order, *number, *table;
    const char *escalation, *target, *about;
    const char *station; /* of the order's one dish */
    uint32_t step;
    uint32_t priority;
    uint32_t lives_ms; /* 0: for ever */
    uint64_t said_ms;  /* 0: now */
    uint32_t seconds;  /* device.identify_requested */
    uint32_t rev;      /* device.configured */
    uint32_t sleep_s;
    uint32_t telemetry_s;
    uint32_t mute_from_min, mute_to_min;
    bool retained;
    uint32_t padding; /* so many bytes that nobody knows */
};

enum story_what {
    STEP_END,
    STEP_SAY,      /* the hub says .message */
    STEP_RAW,      /* it says .text, as it stands, on .message->topic */
    STEP_KEY,      /* .number: enum device_input */
    STEP_WORD,     /* .text */
    STEP_WAIT,     /* only time passes */
    STEP_NETWORK,  /* .number: there is one */
    STEP_HUB,      /* .number: it answers what it hears */
    STEP_REFUSE,   /* .number: nothing can be published now */
    STEP_POWER,    /* lost, and back at once */
    STEP_BROKER,   /* it has begun anew and forgotten all */
    STEP_BATTERY,  /* .number: percent; 1000 more: on the dock */
    STEP_HINT,     /* .number: "next" in the hub's answers; 0: none */
    STEP_SEEN,     /* .text begins a line since the step before, in order */
    STEP_NOT_SEEN, /* … begins none of them */
};

struct story_step {
    enum story_what what;
    uint64_t at_ms;
    const char *text;
    const struct story_message *message;
    uint32_t number;
    const char *unless; /* skip it if such a line was ever seen */
    bool when_ringing;  /* skip it if nothing sounds and nothing blinks */
};

struct story {
    const char *name;
    const char *kind; /* on the board */
    const char *table, *station;
    uint32_t auto_ack_ms;
    uint32_t sleep_s;
    bool has_clock; /* a wall clock of its own */
    uint32_t piece; /* payloads come in pieces of so many bytes; 0: 256 */
    bool cut;       /* play it again with the power lost at each write */
    /* In the end, wherever the power was lost: such a line was seen, with one
     * id; and the device is silent. */
    const char *once[3];
    /* … the last line that begins with the first has the second in it. */
    const char *last[2];
    const struct story_step *steps;
};

extern const struct story stories[]; /* until one without a name */

#endif
