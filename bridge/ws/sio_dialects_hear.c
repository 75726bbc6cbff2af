/* What a socket says: rooms that it wants, notes about itself, and what has
 * happened. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bridge/ws/closes.h"
#include "bridge/ws/server.h"
#include "bridge/ws/sio_dialects_parts.h"
#include "hub/base/count.h"

#define STRIKES_MAX    3                /* refusals for being too fast: out */
#define ACK_MAX        9007199254740991 /* a client counts no further */
#define FAULT_BYTES    2048
#define ENVELOPE_BYTES 512 /* around what it states: namespace, name, id */

/* A ticket is the acknowledgement asked for, 0 for none, and whether the answer
 * says "pending". */
#define PENDING (1ull << 63)

/* An event of the client, and how it is to be answered. */
struct asked {
    struct speaker *speaker;
    const char *name;
    struct piece payload; /* len 0: none */
    int64_t ack;
};

/* --- answers --- */

static void answer(const struct asked *asked, const char *text, size_t len)
{
    if (asked->ack >= 0)
        sio_ack(asked->speaker->socket, asked->ack, text, len, NULL, 0);
}

static void answer_yes(const struct asked *asked, bool yes)
{
    const char *text = yes ? "true" : "false";

    answer(asked, text, strlen(text));
}

/* The same in all dialects, and no word of any. */
static bool is_auth(const struct asked *asked)
{
    return strcmp(asked->name, SIO_AUTH) == 0;
}

static void answer_fault(const struct asked *asked, const struct fault *fault)
{
    struct buf out;

    if (asked->ack < 0)
        return;
    buf_init(&out, FAULT_BYTES);
    buf_puts(&out, "{\"error\":");
    dialect_put_fault_until(&out, fault, retry_ms_answered(fault->code));
    buf_putc(&out, '}');
    if (!out.failed)
        answer(asked, out.data, out.len);
    buf_finish(&out);
}

static uint32_t spoken_to(const struct speaker *speaker)
{
    return sio_spoken(
            speaker->house->is_session_path, sio_nsp(speaker->socket));
}

/* Who asks for a room asks whether it has got it; so does who shows a token. */
static void refuse(const struct asked *asked, const struct fault *fault)
{
    count_refused(fault->code);
    if (is_auth(asked) || sio_is_verb(spoken_to(asked->speaker), asked->name))
        answer_yes(asked, false);
    else
        answer_fault(asked, fault);
}

/* It is told, and at the third time it is out. */
static bool is_too_fast(struct speaker *speaker, struct rate *rate)
{
    if (rate_take(rate, steady_ms(speaker->ws)))
        return false;
    if (rate->strikes >= STRIKES_MAX)
        eio_refuse(sio_eio(speaker->socket), ERR_RATE);
    return true;
}

/* --- the hub's two calls --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *done)
{
    struct asked asked = { .speaker = owner,
        .ack = (int64_t)(ticket & ~PENDING) - 1 };
    char id[ULID_CHARS + 1], epoch[EPOCH_CHARS + 1], text[160];
    struct fault fault;
    int len;

    if (done->err != ERR_OK) {
        fault_set(&fault, done->err, NULL, NULL);
        answer_fault(&asked, &fault);
        return;
    }
    ulid_print(&done->id, id);
    epoch_print(done->epoch, epoch);
    len = snprintf(text, sizeof(text),
            "{\"id\":\"%s\",\"seq\":%llu,\"epoch\":\"%s\",\"duplicate\":%s%s}",
            id, (unsigned long long)done->seq, epoch,
            done->duplicate ? "true" : "false",
            ticket & PENDING ? ",\"pending\":true" : "");
    answer(&asked, text, (size_t)len);
}

static void on_wake(void *owner)
{
    struct speaker *speaker = owner;

    eio_wake(sio_eio(speaker->socket));
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

/* Its bearer has come again, once too often: that one stays. Disconnected like
 * this, a client does not come back by itself. */
static void on_too_many(struct bearer *bearer)
{
    struct speaker *speaker =
            (struct speaker *)((char *)bearer -
                               offsetof(struct speaker, bearer));

    count_refused(ERR_CONFLICT);
    sio_disconnect(speaker->socket, true);
}

void sio_set_limits(struct speaker *speaker)
{
    const struct principal *principal = &speaker->entry.principal;
    struct eio *eio = sio_eio(speaker->socket);
    struct ws *ws = speaker->ws;

    eio_trust(eio);
    if (speaker->entry.standing == BY_PROFILE)
        return;
    eio_allow(eio, role_message_bytes(principal->roles) + ENVELOPE_BYTES);
    speaker->bearer.end = on_too_many;
    bearers_enter(&ws->bearers, &speaker->bearer,
            bearers_who(&ws->bearers, speaker->entry.site->name, principal),
            eio, ws_most_of(ws, principal));
}

enum err sio_listen(struct speaker *speaker)
{
    struct hub *hub = speaker->entry.site->hub;
    struct hub_client *client;
    enum err err = hub_attach(
            hub, &speaker->entry.principal, &outlet, speaker, &client);

    if (err != ERR_OK)
        return err;
    hub_detach(hub, speaker->client);
    speaker->client = client;
    speaker->is_changed = true;
    sio_set_limits(speaker);
    return ERR_OK;
}

/* --- rooms --- */

/* Joining again would start anew: what waits by that room would be lost. */
static bool is_in(const struct speaker *speaker, const struct room *room)
{
    struct room rooms[CLIENT_ROOMS];
    uint64_t tops[CLIENT_ROOMS];
    uint32_t count = hub_client_rooms(speaker->client, rooms, tops);

    for (uint32_t i = 0; i < count; i++)
        if (room_equal(&rooms[i], room))
            return true;
    return false;
}

enum err sio_join(
        struct speaker *speaker, const struct room *room, struct fault *fault)
{
    struct joined joined;

    *fault = (struct fault){ 0 };
    if (is_in(speaker, room))
        return ERR_OK;
    if (speaker->entry.standing == BY_PROFILE)
        return fault_set(fault, ERR_FORBIDDEN, "room", NULL);
    speaker->is_changed = true;
    return hub_join(speaker->entry.site->hub, speaker->client, room, 1, NULL,
            wall_ms(), &joined, fault);
}

/* A guess at its dialect was wrong: out of the rooms that came with it. */
static void start_anew(struct speaker *speaker)
{
    struct room rooms[CLIENT_ROOMS];
    uint64_t tops[CLIENT_ROOMS];
    uint32_t count = hub_client_rooms(speaker->client, rooms, tops);

    hub_leave(speaker->entry.site->hub, speaker->client, rooms, count);
    evt_unref(speaker->next.evt);
    speaker->next.evt = NULL;
}

/*
 * The token of a sitting is a right by itself: whoever shows it is a guest of
 * that sitting from then on, and of no other. Whether anybody knows the token
 * is not asked: its page joins before it orders, and would not ask again. Then
 * it hears nothing until there is something.
 */
static enum err join_session(
        struct speaker *speaker, const struct room *room, struct fault *fault)
{
    struct principal *own = &speaker->entry.principal;
    struct principal before = *own;
    enum err err;

    if (strcmp(own->session, room->id) == 0)
        return sio_join(speaker, room, fault);
    if (speaker->entry.standing == BY_SESSION) {
        own->roles = ROLE_TABLE;
        snprintf(own->subject, sizeof(own->subject), SESSION_GUEST);
    } else if (!(own->roles & ROLE_TABLE)) {
        return fault_set(fault, ERR_FORBIDDEN, "room", NULL);
    }
    memcpy(own->session, room->id, sizeof(own->session));
    err = sio_listen(speaker);
    if (err != ERR_OK) {
        *own = before;
        return fault_set(fault, err, NULL, NULL);
    }
    return sio_join(speaker, room, fault);
}

static enum err join(
        struct speaker *speaker, const struct room *room, struct fault *fault)
{
    if (room->kind == ROOM_INDEX_SESSION && speaker->house->session_tokens)
        return join_session(speaker, room, fault);
    if (!speaker->client)
        return fault_set(fault, ERR_FORBIDDEN, "room", NULL);
    return sio_join(speaker, room, fault);
}

static void leave(struct speaker *speaker, const struct room *room)
{
    hub_leave(speaker->entry.site->hub, speaker->client, room, 1);
    speaker->is_changed = true;
}

static void obey(const struct asked *asked, const struct wish *wish)
{
    struct speaker *speaker = asked->speaker;
    struct fault fault = { 0 };
    enum err err = ERR_OK;

    if (!wish->leaves)
        err = join(speaker, &wish->room, &fault);
    else if (speaker->client)
        leave(speaker, &wish->room);
    if (err != ERR_OK)
        count_refused(err);
    answer_yes(asked, err == ERR_OK);
}

/* --- statements --- */

static void note(const struct asked *asked, struct heard *heard)
{
    struct speaker *speaker = asked->speaker;
    struct fault fault;

    if (hub_note(speaker->entry.site->hub, speaker->client, heard->what,
                heard->body, wall_ms(), &fault) == ERR_OK)
        answer_yes(asked, true);
    else
        answer_fault(asked, &fault);
}

static void submit(const struct asked *asked, struct heard *heard)
{
    struct speaker *speaker = asked->speaker;
    enum authority authority = speaker->ws->options.authority;
    struct submission submission = { .from = &speaker->entry.principal,
        .what = heard->what,
        .body = heard->body,
        .key = heard->key[0] ? heard->key : NULL,
        .outlet = &outlet,
        .owner = speaker,
        .ticket = (uint64_t)(asked->ack + 1) };
    struct fault fault = { 0 };

    if (authority_is_command(authority, submission.from, submission.what))
        submission.ticket |= PENDING;
    if (authority_submit(speaker->entry.site->hub, authority, &submission,
                wall_ms(), &fault) != ERR_OK)
        answer_fault(asked, &fault);
}

static enum err understand(
        const struct asked *asked, struct heard *heard, struct fault *fault)
{
    struct speaker *speaker = asked->speaker;
    uint32_t mask = speaker->entry.principal.roles;

    if (speaker->entry.standing != BY_TOKEN)
        return fault_set(fault, ERR_FORBIDDEN, "event", NULL);
    if (is_too_fast(speaker, &speaker->says))
        return fault_set(fault, ERR_RATE, NULL, NULL);
    if (asked->payload.len > role_message_bytes(mask))
        return fault_set(fault, ERR_TOO_LARGE, NULL, NULL);
    return dialect_hear_message(speaker->entry.dialect, asked->name,
            asked->payload.text, asked->payload.len, heard, fault);
}

static void state(const struct asked *asked)
{
    struct heard heard = { 0 };
    struct fault fault = { 0 };

    if (understand(asked, &heard, &fault) != ERR_OK)
        refuse(asked, &fault);
    else if (evt_kinds[heard.what].transient)
        note(asked, &heard);
    else
        submit(asked, &heard);
}

/* --- an event --- */

/* Before anybody asks what it says. */
static enum err check(
        const struct asked *asked, uint32_t attachments, struct fault *fault)
{
    struct speaker *speaker = asked->speaker;

    if (is_too_fast(speaker, &speaker->verbs))
        return fault_set(fault, ERR_RATE, NULL, NULL);
    if (attachments > 0 || asked->ack > ACK_MAX)
        return fault_set(fault, ERR_BAD_REQUEST, NULL, NULL);
    return ERR_OK;
}

/* Not known yet, or a guess: then this may tell. False: it does not. */
static bool settle_dialect(const struct asked *asked)
{
    struct speaker *speaker = asked->speaker;
    struct entry *entry = &speaker->entry;
    enum dialect_id shown;

    if (entry->dialect != DIALECT_COUNT && !speaker->is_presumed)
        return true;
    shown = sio_detect(spoken_to(speaker), asked->name);
    if (shown == DIALECT_COUNT)
        return false;
    if (speaker->is_presumed && shown != entry->dialect)
        start_anew(speaker);
    speaker->is_presumed = false;
    speaker->is_changed = true;
    entry->dialect = shown;
    return true;
}

static void hear_auth(const struct asked *asked)
{
    enum err err = sio_enter_again(
            asked->speaker, asked->payload.text, asked->payload.len);

    if (err != ERR_OK)
        count_refused(err);
    answer_yes(asked, err == ERR_OK);
}

static void hear_verb(const struct asked *asked)
{
    struct speaker *speaker = asked->speaker;
    struct fault fault = { 0 };
    struct wish wish;
    enum err err;

    if (!settle_dialect(asked)) {
        fault_set(&fault, ERR_UNKNOWN_EVENT, "event", NULL);
        refuse(asked, &fault);
        return;
    }
    err = dialect_hear_verb(speaker->entry.dialect, speaker->entry.site->name,
            asked->name, asked->payload.text, asked->payload.len, &wish,
            &fault);
    if (err == ERR_OK)
        obey(asked, &wish);
    else if (err == ERR_UNKNOWN_EVENT)
        state(asked);
    else
        refuse(asked, &fault);
}

static void hear(const struct asked *asked)
{
    struct fault fault = { 0 };

    if (is_auth(asked)) {
        hear_auth(asked);
    } else if (asked->speaker->entry.dialect == DIALECT_FLAT) {
        fault_set(&fault, ERR_FORBIDDEN, "event", NULL);
        refuse(asked, &fault);
    } else {
        hear_verb(asked);
    }
}

void sio_hear(void *owner, const struct sio_event *event, int64_t ack,
        const struct piece *bytes, uint32_t count)
{
    struct asked asked = { .speaker = owner, .name = event->name, .ack = ack };
    struct fault fault = { 0 };

    (void)bytes;
    if (event->count > 0)
        asked.payload = event->args[0];
    if (asked.speaker->entry.dialect == DIALECT_FLAT && !is_auth(&asked))
        asked.ack = -1; /* it has no way back */
    if (check(&asked, count, &fault) == ERR_OK)
        hear(&asked);
    else
        refuse(&asked, &fault);
    sio_keep(asked.speaker);
}
