#include "bridge/hook/hook.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bridge/hook/batch.h"
#include "bridge/hook/post.h"
#include "bridge/hook/schedule.h"
#include "bridge/hook/secret.h"
#include "hub/base/count.h"
#include "hub/base/log.h"
#include "hub/hub.h"

#define POSITION     "webhook" /* under which the hub keeps how far we are */
#define REMEMBER_MS  1000      /* it is kept no more often than this */
#define LOOKS        512       /* events looked at in one turn */
#define MEMORY_MS    1000      /* until there may be some again */
#define HEADER_CHARS 160

enum stage {
    STAGE_READY,   /* for the next request */
    STAGE_SENDING, /* one is under way */
    STAGE_WAITING, /* for the moment to try again, or for others' turn */
};

struct hook {
    struct hub *hub;
    char site[ID_CHARS + 1];
    enum hook_what what;
    struct secret secret;
    struct post *post;
    uv_timer_t timer; /* ends STAGE_WAITING */
    enum stage stage;
    struct hub_client *client; /* NULL while there is enough to send */
    struct batch batch;        /* not yet accepted */
    struct buf body;           /* of the request under way */
    uint64_t taken;            /* seq of the last event looked at */
    uint64_t done;             /* nothing up to here is left to send */
    uint64_t remembered;       /* of `done`, with the hub */
    int64_t remembered_ms;
    uint32_t failures; /* in a row */
};

enum hook_what hook_what_find(const char *word)
{
    return strcmp(word, "all") == 0 ? HOOK_ALL : HOOK_COMMANDS;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- waiting --- */

/* The turn that this is part of ends in hook_flush. */
static void on_timer(uv_timer_t *timer)
{
    struct hook *hook = timer->data;

    hook->stage = STAGE_READY;
}

static void wait_for(struct hook *hook, uint32_t ms)
{
    hook->stage = STAGE_WAITING;
    uv_timer_start(&hook->timer, on_timer, ms, 0);
}

static void try_later(
        struct hook *hook, const struct post_answer *answer, const char *reason)
{
    uint32_t dice = 0, ms;

    if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != sizeof(dice))
        dice = (uint32_t)uv_hrtime();
    if (hook->failures < UINT32_MAX)
        hook->failures++;
    ms = schedule_pause_ms(
            hook->failures, answer->status, answer->retry_after_s, dice);
    if (hook->failures == 1 || answer->status == 410)
        log_warn("webhook: %s: not accepted: %s; trying again", hook->site,
                reason);
    wait_for(hook, ms);
}

/* --- listening --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    (void)owner; /* it submits nothing */
    (void)ticket;
    (void)settlement;
}

/* The turn that woke us ends in hook_flush, which asks hub_next anyway. */
static void on_wake(void *owner)
{
    (void)owner;
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

static void leave(struct hook *hook)
{
    if (hook->client)
        hub_detach(hook->hub, hook->client);
    hook->client = NULL;
}

static enum err follow(struct hook *hook)
{
    const struct principal hub = { .roles = ROLE_HUB, .subject = "hub" };
    enum err err;

    if (hook->client && hub_client_state(hook->client) == ERR_OK)
        return ERR_OK;
    leave(hook); /* a burst was too much for its lane: the journal has it */
    err = hub_attach(hook->hub, &hub, &outlet, hook, &hook->client);
    if (err == ERR_OK)
        err = hub_join_all(hook->hub, hook->client, hook->taken);
    if (err != ERR_OK)
        leave(hook);
    return err;
}

static bool is_wanted(const struct hook *hook, const struct evt *evt)
{
    return evt->what == EVT_COMMAND_REQUESTED ||
           (hook->what == HOOK_ALL && evt->room_count > 0);
}

/* One event into the batch, or past it. Takes the reference. */
static enum err consider(struct hook *hook, struct evt *evt)
{
    uint64_t seq = evt->seq;

    if (!is_wanted(hook, evt)) {
        evt_unref(evt);
    } else if (batch_add(&hook->batch, evt) != ERR_OK) {
        evt_unref(evt);
        return ERR_NO_MEMORY;
    }
    hook->taken = seq;
    return ERR_OK;
}

/* What waits into the batch; `more`: there may be more to look at. */
static enum err gather(struct hook *hook, bool *more)
{
    enum err err = follow(hook);
    struct delivery delivery;

    *more = false;
    for (int n = 0; err == ERR_OK && !batch_is_full(&hook->batch); n++) {
        if (n == LOOKS) {
            *more = true;
            return ERR_OK;
        }
        if (!hub_next(hook->hub, hook->client, &delivery))
            return ERR_OK;
        err = consider(hook, delivery.evt);
    }
    if (err != ERR_OK)
        leave(hook); /* to be given it again */
    return err;
}

/* --- sending --- */

static enum err send_batch(struct hook *hook)
{
    char id[HEADER_CHARS], at[HEADER_CHARS], signature[HEADER_CHARS];
    char text[BATCH_ID_CHARS + 1], signed_text[SIGNATURE_CHARS + 1];
    const char *const headers[] = { "Content-Type: application/json", id, at,
        signature, NULL };
    int64_t at_s = now_ms() / 1000;
    enum err err;

    buf_clear(&hook->body);
    batch_put(&hook->batch, hook->site, &hook->body);
    if (hook->body.failed)
        return ERR_NO_MEMORY;
    batch_print_id(&hook->batch, text);
    err = secret_sign(&hook->secret, text, at_s, hook->body.data,
            hook->body.len, signed_text);
    if (err != ERR_OK)
        return err;
    snprintf(id, sizeof(id), "webhook-id: %s", text);
    snprintf(at, sizeof(at), "webhook-timestamp: %" PRId64, at_s);
    snprintf(
            signature, sizeof(signature), "webhook-signature: %s", signed_text);
    return post_send(hook->post, headers, hook->body.data, hook->body.len);
}

static void on_answered(void *owner, const struct post_answer *answer)
{
    struct hook *hook = owner;
    char reason[64];

    if (!schedule_is_accepted(answer->status)) {
        snprintf(reason, sizeof(reason), "HTTP status %ld", answer->status);
        count_add(COUNT_WEBHOOK_FAILED, 1);
        try_later(hook, answer, answer->status ? reason : answer->reason);
        return;
    }
    if (hook->failures > 0)
        log_info("webhook: %s: accepted again", hook->site);
    count_add(COUNT_WEBHOOK_SENT, 1);
    count_add(COUNT_DELIVERED_WEBHOOK, hook->batch.count);
    hook->failures = 0;
    hook->done = hook->taken;
    hook->stage = STAGE_READY;
    batch_clear(&hook->batch);
}

/* The batch goes; nothing is listened to until it is accepted. */
static void dispatch(struct hook *hook)
{
    const struct post_answer none = { .reason = "out of memory" };

    leave(hook);
    hook->stage = STAGE_SENDING;
    if (send_batch(hook) != ERR_OK)
        try_later(hook, &none, none.reason);
}

/* On disk with the next commit. What is sent twice after a crash is known by
 * its id. Kept one higher, as 0 stands for never. */
static void remember(struct hook *hook, int64_t now)
{
    if (hook->done == hook->remembered ||
            (now - hook->remembered_ms < REMEMBER_MS &&
                    now >= hook->remembered_ms))
        return;
    hub_remember(hook->hub, POSITION, hook->done + 1);
    hook->remembered = hook->done;
    hook->remembered_ms = now;
}

/* --- the interface --- */

/* The journal was begun anew if it ends before our position. */
static void begin(struct hook *hook)
{
    uint64_t kept = hub_recall(hook->hub, POSITION);
    uint64_t head = hub_head(hook->hub);
    uint64_t position = kept > 0 && kept - 1 <= head ? kept - 1 : head;

    hook->taken = hook->done = hook->remembered = position;
    hub_remember(hook->hub, POSITION, position + 1);
}

enum err hook_open(struct hook **out, struct hub *hub, const char *site,
        const struct hook_options *options)
{
    struct hook *hook = calloc(1, sizeof(*hook));
    struct post_options post = { .loop = options->loop,
        .url = options->url,
        .answered = on_answered,
        .owner = hook };
    enum err err;

    if (!hook)
        return ERR_NO_MEMORY;
    hook->hub = hub;
    hook->what = options->what;
    snprintf(hook->site, sizeof(hook->site), "%s", site);
    buf_init(&hook->body, BATCH_BODY_MAX);
    hook->timer.data = hook;
    uv_timer_init(options->loop, &hook->timer);
    begin(hook);
    err = secret_open(&hook->secret, options->secret_file);
    if (err == ERR_OK)
        err = post_open(&hook->post, &post);
    if (err == ERR_CONFIG && hook->secret.len > 0)
        log_error("webhook: its URL is none that can be sent to");
    if (err != ERR_OK) {
        hook_close(hook);
        return err;
    }
    *out = hook;
    return ERR_OK;
}

static void on_timer_closed(uv_handle_t *timer)
{
    free(timer->data);
}

void hook_close(struct hook *hook)
{
    if (!hook)
        return;
    post_close(hook->post);
    leave(hook);
    hub_remember(hook->hub, POSITION, hook->done + 1);
    batch_clear(&hook->batch);
    buf_finish(&hook->body);
    secret_close(&hook->secret);
    uv_close((uv_handle_t *)&hook->timer, on_timer_closed);
}

/* Nothing is under way and nothing is waited for. */
static void proceed(struct hook *hook, int64_t now)
{
    enum err err = ERR_OK;
    bool more = false;

    if (hook->batch.count == 0)
        err = gather(hook, &more);
    count_add(COUNT_EXPIRED_WEBHOOK, batch_drop_late(&hook->batch, now));
    if (hook->batch.count > 0) {
        dispatch(hook);
        return;
    }
    hook->done = hook->taken;
    if (err != ERR_OK)
        wait_for(hook, MEMORY_MS);
    else if (more)
        wait_for(hook, 0); /* others have their turn */
}

void hook_flush(struct hook *hook)
{
    int64_t now = now_ms();

    if (!hook)
        return;
    if (hook->stage == STAGE_READY)
        proceed(hook, now);
    remember(hook, now);
}
