#include "tests/support/press.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/journal_mark.h"
#include "schemas/device.pb-c.h"
#include "schemas/order.pb-c.h"

static void collect(struct press *press)
{
    struct delivery delivery;

    while (hub_next(press->story.hub, press->follower, &delivery)) {
        assert(press->count < PRESS_HEARD);
        press->heard[press->count++] = delivery.evt;
    }
    assert(hub_client_state(press->follower) == ERR_OK);
    press->story.settled_count = 0;
}

static void commit(struct press *press)
{
    enum err err = story_commit(&press->story);

    assert(err == ERR_OK);
    collect(press);
}

static void open_hub(struct press *press)
{
    enum err err =
            hub_open(&press->story.hub, &press->options, press->story.now_ms);

    assert(err == ERR_OK);
    press->follower = story_follower(&press->story);
}

void press_begin(
        struct press *press, const char *path, bool copies, int64_t stale_ms)
{
    *press = (struct press){ .story = { .now_ms = STORY_START_MS,
                                     .is_forgetful = true },
        .options = { .path = path ? path : ":memory:",
                .seed = 42,
                .print_copies = copies,
                .print_stale_ms = stale_ms } };
    press->heard = calloc(PRESS_HEARD, sizeof(struct evt *));
    assert(press->heard);
    open_hub(press);
}

static void drop_picture(struct press *press)
{
    if (press->picture)
        hub_picture_free(press->picture);
    press->picture = NULL;
}

void press_end(struct press *press)
{
    press_forget(press);
    drop_picture(press);
    hub_detach(press->story.hub, press->follower);
    story_end(&press->story);
    free(press->heard);
}

static void close_hub(struct press *press)
{
    hub_detach(press->story.hub, press->follower);
    hub_close(press->story.hub);
}

void press_restart(struct press *press, int64_t away_ms)
{
    close_hub(press);
    press->story.now_ms += away_ms;
    open_hub(press);
}

void press_lose(struct press *press, int64_t away_ms)
{
    struct tidemark mark;

    close_hub(press);
    tidemark_open(&mark, press->options.path);
    tidemark_set(&mark, mark.seq + 1000);
    tidemark_close(&mark);
    press->story.now_ms += away_ms;
    open_hub(press);
}

void press_forget(struct press *press)
{
    for (uint32_t i = 0; i < press->count; i++)
        evt_unref(press->heard[i]);
    press->count = 0;
}

/* --- who says what --- */

void press_up(struct press *press, const char *printer, const char *station)
{
    Dw__DeviceOnline *online = (void *)story_online("printer", ++press->boot);
    struct principal from = story_principal(ROLE_DEVICE, printer);
    enum err err;

    body_set_string(&online->station, station);
    err = story_say_as(
            &press->story, &from, EVT_DEVICE_ONLINE, &online->base, NULL);
    assert(err == ERR_OK);
    commit(press);
}

void press_down(struct press *press, const char *printer)
{
    Dw__DeviceOffline *offline =
            (void *)body_new(&dw__device_offline__descriptor);
    struct principal from = story_principal(ROLE_DEVICE, printer);
    enum err err;

    offline->boot = press->boot;
    err = story_say_as(
            &press->story, &from, EVT_DEVICE_OFFLINE, &offline->base, NULL);
    assert(err == ERR_OK);
    commit(press);
}

enum err press_say(
        struct press *press, enum evt_id what, ProtobufCMessage *body)
{
    enum err err = story_say(&press->story, ROLE_BACKEND, what, body, NULL);

    commit(press);
    return err;
}

void press_order(struct press *press, const char *id, const char *station)
{
    ProtobufCMessage *body = story_order(id, "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    enum err err;

    if (station)
        body_set_string(&order->items[0]->station, station);
    err = press_say(press, EVT_ORDER_CREATED, body);
    assert(err == ERR_OK);
}

enum err press_answer(struct press *press, const char *printer,
        enum evt_id what, const char *job, uint32_t attempt, const char *reason)
{
    struct principal from = story_principal(ROLE_DEVICE, printer);
    ProtobufCMessage *body = body_new(evt_kinds[what].body);
    enum err err;

    body_complete_text(body, "job_id", job);
    body_complete_text(body, "reason", reason);
    if (what == EVT_PRINT_ACCEPTED) {
        ((Dw__PrintStep *)(void *)body)->attempt = attempt;
        ((Dw__PrintStep *)(void *)body)->has_attempt = 1;
    }
    if (what == EVT_PRINT_FAILED && attempt > 0) {
        ((Dw__PrintFailed *)(void *)body)->attempt = attempt;
        ((Dw__PrintFailed *)(void *)body)->has_attempt = 1;
    }
    err = story_say_as(&press->story, &from, what, body, NULL);
    commit(press);
    return err;
}

/* --- time --- */

static void pass(struct press *press, int64_t ms, int64_t step_ms)
{
    for (; ms > 0; ms -= step_ms) {
        press->story.now_ms += ms < step_ms ? ms : step_ms;
        hub_tick(press->story.hub, press->story.now_ms);
        if (hub_is_open(press->story.hub))
            commit(press);
    }
}

void press_wait(struct press *press, int64_t ms)
{
    pass(press, ms, 100);
}

void press_wait_long(struct press *press, int64_t ms)
{
    pass(press, ms, 1000);
}

void press_set_clock(struct press *press, int64_t by_ms)
{
    press->story.now_ms += by_ms;
    pass(press, 100, 100);
}

/* --- what was heard --- */

static bool is_about(const struct evt *evt, enum evt_id what, const char *job)
{
    const char *id = body_text(evt->body, "job_id");

    return evt->what == what && (!job || (id && strcmp(id, job) == 0));
}

uint32_t press_times(
        const struct press *press, enum evt_id what, const char *job)
{
    uint32_t times = 0;

    for (uint32_t i = 0; i < press->count; i++)
        times += is_about(press->heard[i], what, job);
    return times;
}

const struct evt *press_last(
        const struct press *press, enum evt_id what, const char *job)
{
    for (uint32_t i = press->count; i > 0; i--)
        if (is_about(press->heard[i - 1], what, job))
            return press->heard[i - 1];
    return NULL;
}

const char *press_text(const struct press *press, enum evt_id what,
        const char *job, const char *path)
{
    const struct evt *evt = press_last(press, what, job);

    return evt ? body_text(evt->body, path) : NULL;
}

static const Dw__Picture *look(struct press *press)
{
    const char *const lists[] = { "jobs", NULL };
    struct room room;

    drop_picture(press);
    room_parse("kitchen", strlen("kitchen"), &room);
    press->picture =
            hub_picture_of(press->story.hub, ROLE_ADMIN, &room, 1, lists);
    assert(press->picture);
    return press->picture;
}

const Dw__PrintJob *press_job(struct press *press, const char *job)
{
    const Dw__Picture *picture = look(press);

    for (size_t i = 0; i < picture->n_jobs; i++)
        if (strcmp(picture->jobs[i]->request->job_id, job) == 0)
            return picture->jobs[i];
    return NULL;
}

uint32_t press_jobs(struct press *press)
{
    return (uint32_t)look(press)->n_jobs;
}
