/*
 * hub_watch: something that waits for somebody to notice, as hub_watch.c,
 * hub_escalate.c and hub_page.c know it. For these only.
 */
#ifndef HUB_HUB_WATCH_H
#define HUB_HUB_WATCH_H

#include <uthash.h>

#include "hub/hub_parts.h"

/* Moments are of hub_passed. */
struct watch {
    struct alarm alarm; /* first: what is found by it */
    struct subject subject;
    char name[ID_CHARS + 1];
    int64_t since_ms;
    int32_t step;      /* the last one said; -1: none */
    bool is_looked_at; /* whether anybody is in its room */
    bool is_quiet;     /* somebody has said that he knows */
    bool is_lost;      /* a page that did not arrive: no time to lose */
    bool is_over;      /* only still to be resolved */
    int64_t guard_ms;  /* then each item must have an output; 0: it has */
    bool is_unserved;  /* one had none when it was last looked */
    int64_t offer_ms;  /* then a page is offered again; 0: it arrived */
    uint32_t offers;
    UT_hash_handle hh;
};

/* --- hub_watch.c --- */

/* The clock's moment of one of hub_passed. */
int64_t watch_wall_at(const struct hub *hub, int64_t passed_ms);

/* By the escalation's name, or NULL. */
struct watch *watch_find(
        const struct hub *hub, enum escalate_class about, const char *name);

/* The same where nobody knows of which class it is. */
struct watch *watch_find_any(const struct hub *hub, const char *name);

/* Nothing of its name is watched yet. */
struct watch *watch_begin(
        struct hub *hub, const struct subject *subject, int64_t since_ms);
void watch_forget(struct hub *hub, struct watch *watch);

/* Set its alarm to when it is to be looked at next, but not before `from_ms`.
 */
void watch_plan(struct hub *hub, struct watch *watch, int64_t from_ms);

const struct ladder *watch_ladder(
        const struct hub *hub, const struct watch *watch);

/* Is there a step that has not been said and is to be? Then, when. */
bool watch_has_more(const struct hub *hub, const struct watch *watch);
int64_t watch_step_due(const struct hub *hub, const struct watch *watch);

/* --- hub_page.c --- */

/* Is it for a pager that was handed out, while the waiters have the order's
 * page? It is the same food: that one escalates for both, but if this one is
 * lost. */
bool watch_is_beside(const struct hub *hub, const struct watch *watch);

/* A pager should have its page by now: offer it again, or give it up. */
void watch_offer_page(struct hub *hub, struct watch *watch);

/* The picture was made anew: its pager may not have it yet. */
void watch_resume_page(struct hub *hub, struct watch *watch);

/* A page was sent, has arrived or is lost. */
void watch_hear_page(struct hub *hub, const struct evt *evt);

#endif
