/* What a socket with receipts says of what it was told, or does not say. */
#include <stdlib.h>

#include "bridge/ws/receipts.h"
#include "bridge/ws/server.h"
#include "bridge/ws/sio_dialects_parts.h"
#include "hub/base/count.h"

#define KEEP_SETTLED_MS 10000 /* between notes of how far it has answered */
#define LATE_PER_SECOND 64    /* what nobody waits for any more */

static struct hub *hub_of(const struct speaker *speaker)
{
    return speaker->entry.site->hub;
}

static struct asked asked_of(const struct speaker *speaker)
{
    return (struct asked){ hub_of(speaker), speaker->client, speaker->asks };
}

/* --- coming --- */

bool sio_may_be_asked(const struct entry *entry)
{
    return entry->standing == BY_TOKEN &&
           !role_are_guests(entry->principal.roles);
}

bool sio_begin_asking(struct speaker *speaker)
{
    if (!speaker->entry.is_asked_for)
        return true;
    speaker->asks = calloc(1, sizeof(*speaker->asks));
    if (!speaker->asks)
        return false;
    speaker->asks->last = hub_head(hub_of(speaker));
    rate_init(&speaker->late, LATE_PER_SECOND, steady_ms(speaker->ws));
    return true;
}

/* Whoever takes its place is to answer what it was asked. */
void sio_take_asks(struct speaker *speaker, struct speaker *before)
{
    if (!speaker->asks || !before->asks)
        return;
    free(speaker->asks);
    speaker->asks = before->asks;
    before->asks = NULL;
}

/* Is there a word for it? Else it was not told. */
static bool was_told(
        const struct speaker *speaker, const struct delivery *delivery)
{
    const struct say_row *rows[SAY_ROWS];
    enum dialect_id dialect = speaker->entry.dialect;

    return dialect != DIALECT_COUNT &&
           dialect_rows(dialect, delivery->evt->what,
                   hub_rooms_of(speaker->client, delivery->evt),
                   speaker->ws->options.unsaid, rows) > 0;
}

/* What it was told of these, and nobody has said anything of yet. */
static void ask_again(struct speaker *speaker, uint64_t after, uint64_t upto)
{
    struct delivery unheard[ASKS_MAX];
    uint32_t count = hub_unheard(
            hub_of(speaker), speaker->client, after, upto, unheard, ASKS_MAX);

    for (uint32_t i = 0; i < count; i++) {
        if (was_told(speaker, &unheard[i]) &&
                !asks_has(speaker->asks, unheard[i].evt->seq))
            asks_add(
                    speaker->asks, unheard[i].evt->seq, steady_ms(speaker->ws));
        evt_unref(unheard[i].evt);
    }
}

void sio_ask_again(struct speaker *speaker, uint64_t settled)
{
    if (!speaker->asks)
        return;
    speaker->asks->last = speaker->heard.seq;
    speaker->was_asked = settled != NEVER_ASKED;
    if (speaker->was_asked)
        ask_again(speaker, settled, speaker->heard.seq);
}

/* --- asking --- */

void sio_judge_asking(struct speaker *speaker, bool is_heard)
{
    const struct evt *evt = speaker->next.evt;
    bool may = speaker->asks && evt_is_receiptable(evt->what);

    speaker->asking = NOT_ASKED;
    if (may && is_heard) {
        if (speaker->was_asked)
            ask_again(speaker, evt->seq - 1, evt->seq);
        return;
    }
    if (may && asks_add(speaker->asks, evt->seq, steady_ms(speaker->ws)))
        speaker->asking = ASKED;
    else if (may)
        speaker->asking = TOO_MANY_ASKED;
}

void sio_note_told(struct speaker *speaker)
{
    if (speaker->asks && speaker->asks->last < speaker->next.evt->seq)
        speaker->asks->last = speaker->next.evt->seq;
    if (speaker->asking == TOO_MANY_ASKED) {
        struct asked asked = asked_of(speaker);

        receipts_too_many(&asked, speaker->next.evt->seq, wall_ms());
    }
    speaker->asking = NOT_ASKED;
}

/* --- answers --- */

static void hear_late(struct speaker *speaker, uint64_t seq, const char *word)
{
    struct fault fault = { .code = ERR_RATE };
    enum err err = ERR_RATE;

    if (rate_take(&speaker->late, steady_ms(speaker->ws)))
        err = hub_acknowledge(hub_of(speaker), speaker->client, seq, word, NULL,
                wall_ms(), &fault);
    if (err != ERR_OK)
        count_refused(err);
}

void sio_acked(void *owner, uint64_t id, const char *args, size_t len,
        const struct piece *bytes, uint32_t count)
{
    struct speaker *speaker = owner;
    const char *word = "received";
    struct asked asked;
    enum ask_word kind;

    (void)bytes;
    (void)count;
    if (!speaker->asks || !speaker->client)
        return;
    asked = asked_of(speaker);
    kind = ask_read(args, len, &word);
    count_add(COUNT_UNKNOWN_WORDS, kind == ASK_UNKNOWN);
    if (kind != ASK_KNOWN)
        word = "received";
    if (!asks_has(speaker->asks, id))
        hear_late(speaker, id, word);
    else if (receipts_vouch(&asked, id, word, NULL, wall_ms()))
        asks_take(speaker->asks, id);
}

/* --- no answer --- */

/* How far it has answered is kept now and then: a daemon started anew begins to
 * look there for what was not. */
static void keep_settled(struct speaker *speaker, int64_t steady_now_ms)
{
    if (asks_settled(speaker->asks) == speaker->settled ||
            steady_now_ms - speaker->settled_ms < KEEP_SETTLED_MS)
        return;
    speaker->settled = asks_settled(speaker->asks);
    speaker->settled_ms = steady_now_ms;
    speaker->is_changed = true;
    sio_keep(speaker);
}

void sio_sweep_asks(
        struct speaker *speaker, int64_t steady_now_ms, int64_t wall_now_ms)
{
    struct asked asked;

    if (!speaker->asks || !speaker->client)
        return;
    asked = asked_of(speaker);
    receipts_sweep(
            &asked, speaker->house->receipt_ms, steady_now_ms, wall_now_ms);
    keep_settled(speaker, steady_now_ms);
}

/* When we stop ourselves, it comes back and can still answer. */
void sio_end_asking(struct speaker *speaker)
{
    struct asked asked;

    if (!speaker->asks || !speaker->client || speaker->ws->stopping)
        return;
    asked = asked_of(speaker);
    receipts_end(&asked, wall_ms());
}
