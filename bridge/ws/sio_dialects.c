#include "bridge/ws/sio_dialects.h"

#include <stdio.h>
#include <stdlib.h>

#include "bridge/ws/server.h"
#include "bridge/ws/sio_dialects_parts.h"
#include "hub/base/count.h"

#define VERBS_PER_SECOND 10 /* all that it says; more if its roles may more */

/* --- coming --- */

/* What is spoken without a verb for joining is told from the start. */
static enum err join_at_once(struct speaker *speaker, enum room_index kind)
{
    struct fault fault = { 0 };
    struct joined joined;
    struct room room;

    room_make(kind, "", &room);
    speaker->is_changed = true;
    return hub_join(speaker->entry.site->hub, speaker->client, &room, 1, NULL,
            wall_ms(), &joined, &fault);
}

/* One that may not be with the waiters is no waiter's: nothing is presumed. */
static enum err presume(struct speaker *speaker)
{
    struct entry *entry = &speaker->entry;

    if (join_at_once(speaker, ROOM_INDEX_WAITERS) != ERR_OK)
        return ERR_OK;
    speaker->is_presumed = entry->dialect == DIALECT_COUNT;
    entry->dialect = DIALECT_KDS;
    return ERR_OK;
}

static enum err settle_in(struct speaker *speaker)
{
    enum dialect_id dialect = speaker->entry.dialect;
    enum err err;

    if (speaker->entry.standing == BY_SESSION)
        return ERR_OK; /* it has yet to show which one */
    err = sio_listen(speaker);
    if (err != ERR_OK)
        return err;
    if (dialect == DIALECT_FLAT)
        return join_at_once(speaker, ROOM_INDEX_ALL);
    if (speaker->house->kds_autojoin &&
            (dialect == DIALECT_KDS || dialect == DIALECT_COUNT))
        return presume(speaker);
    return ERR_OK;
}

static struct speaker *make_speaker(const struct sio_dialects *house,
        struct sio_socket *socket, const struct entry *entry)
{
    struct speaker *speaker = calloc(1, sizeof(*speaker));
    int64_t now_ms;
    uint32_t says;

    if (!speaker)
        return NULL;
    speaker->socket = socket;
    speaker->house = house;
    speaker->ws = eio_ws(sio_eio(socket));
    speaker->entry = *entry;
    now_ms = steady_ms(speaker->ws);
    says = role_per_second(entry->principal.roles);
    rate_init(&speaker->verbs,
            says > VERBS_PER_SECOND ? says : VERBS_PER_SECOND, now_ms);
    rate_init(&speaker->says, says, now_ms);
    return speaker;
}

static void free_speaker(struct speaker *speaker)
{
    struct hub *hub = speaker->entry.site->hub;

    bearers_leave(&speaker->bearer);
    hub_forget(hub, speaker);
    hub_detach(hub, speaker->client);
    evt_unref(speaker->next.evt);
    free(speaker->asks);
    free(speaker);
}

static enum err start(struct speaker *speaker)
{
    enum err err;

    sio_begin_memory(speaker);
    err = settle_in(speaker);
    if (err == ERR_OK)
        sio_keep(speaker);
    return err;
}

static enum err let_in(void *context, struct sio_socket *socket,
        const char *auth, size_t len, void **owner, char *refusal)
{
    const struct sio_dialects *house = context;
    struct speaker *speaker;
    struct entry entry;
    enum err err = sio_enter(house, socket, auth, len, &entry, refusal);

    if (err != ERR_OK)
        return err;
    speaker = make_speaker(house, socket, &entry);
    err = speaker && sio_begin_asking(speaker) ? ERR_OK : ERR_NO_MEMORY;
    if (err == ERR_OK && !sio_recall(speaker, auth, len))
        err = start(speaker);
    if (err != ERR_OK) {
        if (speaker)
            free_speaker(speaker);
        snprintf(refusal, SIO_REFUSAL_CHARS + 1, "%s", err_kinds[err].text);
        count_refused(err);
        return err;
    }
    *owner = speaker;
    return ERR_OK;
}

/* --- going --- */

static void disconnected(void *owner, enum eio_reason reason)
{
    struct speaker *speaker = owner;

    sio_end_asking(speaker);
    sio_end_memory(speaker, reason);
    free_speaker(speaker);
}

/*
 * Too slow, or its token has expired. The connection is closed, not the
 * namespace left: a client whose connection is gone comes back by itself, and
 * is told there if its token is no good any more.
 */
static void sweep(void *owner, int64_t steady_now_ms, int64_t wall_now_ms)
{
    struct speaker *speaker = owner;

    if (speaker->client && hub_client_state(speaker->client) != ERR_OK)
        eio_close(sio_eio(speaker->socket));
    sio_look_after(speaker);
    sio_sweep_asks(speaker, steady_now_ms, wall_now_ms);
}

const struct sio_app sio_dialects_app = {
    .connect = let_in,
    .event = sio_hear,
    .acked = sio_acked,
    .pull = sio_pull,
    .sweep = sweep,
    .disconnected = disconnected,
};
