/*
 * story: a hub in memory and short words for telling it what happens.
 *
 * A test of the core is a list of events and moments; this makes the events.
 */
#ifndef TESTS_SUPPORT_STORY_H
#define TESTS_SUPPORT_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub.h"

#define STORY_START_MS 1767225600000ll /* 2026-01-01T00:00:00Z */
#define STORY_SETTLED  64

struct story {
    struct hub *hub;
    int64_t now_ms;
    struct fault fault; /* of the last refusal */
    struct settlement settled[STORY_SETTLED];
    uint64_t tickets[STORY_SETTLED];
    uint32_t settled_count;
    bool is_forgetful; /* more may be settled: they are only counted */
    uint32_t woken;
};

/* In memory, or on the file that `path` names. */
void story_begin(struct story *story, const char *path);
void story_end(struct story *story);

/* Who speaks: roles, and for tables and devices whose. */
struct principal story_principal(uint32_t mask, const char *own);

/* Bodies, handed over. */
ProtobufCMessage *story_order(const char *id, const char *table);
ProtobufCMessage *story_about(enum evt_id what, const char *order_id);
ProtobufCMessage *story_call(const char *table, const char *reason);
/* A pager stands on table 5. */
ProtobufCMessage *story_online(const char *kind, uint32_t boot);

/* Submit as `roles`, with a key or NULL; takes the body. */
enum err story_say(struct story *story, uint32_t mask, enum evt_id what,
        ProtobufCMessage *body, const char *key);
enum err story_say_as(struct story *story, const struct principal *from,
        enum evt_id what, ProtobufCMessage *body, const char *key);

/* Commit; the moment stays. */
enum err story_commit(struct story *story);

/* A listener that has joined these rooms from now on. */
struct hub_client *story_listener(
        struct story *story, uint32_t mask, const char *room);

/* Somebody who is told of everything from now on. */
struct hub_client *story_follower(struct story *story);

/* The next event of this kind for it, handed over, with those before it
 * dropped; NULL: none has come. */
struct evt *story_said(
        struct story *story, struct hub_client *client, enum evt_id what);

/* The next event for it, or EVT_NONE; the event's seq and room if wanted. */
enum evt_id story_next(struct story *story, struct hub_client *client,
        uint64_t *seq, struct room *room);

extern const struct outlet story_outlet;

#endif
