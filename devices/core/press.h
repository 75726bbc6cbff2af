/*
 * press: what a finger does with one key, made of when it goes down and up.
 *
 * Contacts bounce: what follows a change within PRESS_BOUNCE_MS is looked at
 * when that is over. A short press is told once no second one can follow.
 */
#ifndef DEVICES_CORE_PRESS_H
#define DEVICES_CORE_PRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PRESS_BOUNCE_MS    30
#define PRESS_DOUBLE_MS    350 /* from one press to the next */
#define PRESS_LONG_MS      800
#define PRESS_VERY_LONG_MS 5000

enum press {
    PRESS_NONE,
    PRESS_SHORT,
    PRESS_DOUBLE,
    PRESS_LONG,      /* told while the key is still down */
    PRESS_VERY_LONG, /* follows PRESS_LONG */
};

/* Zeroed: a key that is up. */
struct press_key {
    bool contact;      /* as it was last said to be */
    bool is_down;      /* without the bounce */
    bool is_clicked;   /* a short press that waits for another */
    enum press told;   /* of this press */
    uint64_t since_ms; /* it has been up or down */
};

/* The contact closes or opens. */
void press_contact(struct press_key *key, bool is_down);

/* What there is to tell by now; ask until it is PRESS_NONE, after each
 * press_contact and at press_due_ms. */
enum press press_tell(struct press_key *key, uint64_t now_ms);

/* When to ask again; UINT64_MAX: never by itself. */
uint64_t press_due_ms(const struct press_key *key);

#endif
