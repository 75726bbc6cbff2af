/*
 * scene: one story and somebody who is told of everything, for tests that say
 * one thing after the other and look at what follows. Bare names: a test file
 * has one scene. Include it last.
 */
#ifndef TESTS_SUPPORT_SCENE_H
#define TESTS_SUPPORT_SCENE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <setjmp.h> /* cmocka needs these before it */

#include <cmocka.h>

#include "schemas/picture.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

static struct story story;
static struct hub_client *follower;

/* Setup and teardown of each test. */
static inline int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    follower = story_follower(&story);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    hub_detach(story.hub, follower);
    story_commit(&story);
    story_end(&story);
    return 0;
}

/* A minute later, so that nothing is an echo of what was said before. */
static inline enum err try(
        uint32_t mask, enum evt_id what, ProtobufCMessage *body)
{
    enum err err;

    story.now_ms += 60000;
    err = story_say(&story, mask, what, body, NULL);
    story_commit(&story);
    return err;
}

/* By the back end, and taken. */
static inline void say(enum evt_id what, ProtobufCMessage *body)
{
    assert_int_equal(try(ROLE_BACKEND, what, body), ERR_OK);
}

/* The next event of the kind, handed over. */
static inline struct evt *said(enum evt_id what)
{
    struct evt *evt = story_said(&story, follower, what);

    if (!evt)
        fail_msg("no %s", evt_kinds[what].name);
    return evt;
}

/* The next event of the kind says this. */
static inline void expect(enum evt_id what, const char *path, const char *value)
{
    struct evt *evt = said(what);

    assert_true(made_is(evt->body, path, value));
    evt_unref(evt);
}

/* The picture of a room, for hub_picture_free. */
static inline Dw__Picture *look(const char *name, uint32_t mask)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_picture(story.hub, mask, &room, 1);
}

#endif
