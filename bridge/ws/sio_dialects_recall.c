/* Who comes back: what is kept of a socket, and how it is taken up again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/server.h"
#include "bridge/ws/sio_dialects_parts.h"

#define VERSION      "2"
#define NO_OFFSET    "-" /* who has been told nothing shows none */
#define MEMORY_NAME  "sio/"
#define MEMORY_CHARS (sizeof(MEMORY_NAME) - 1 + SIO_PID_CHARS)

_Static_assert(MEMORY_CHARS <= KEEP_NAME_CHARS, "a name that can be kept");

/* --- offsets --- */

/* Digits up to `end`. */
static bool read_number(const char **at, char end, uint64_t *number)
{
    char *after;

    if (**at < '0' || **at > '9')
        return false;
    *number = strtoull(*at, &after, 10);
    *at = after + 1;
    return *after == end && *number < UINT64_MAX;
}

bool sio_read_offset(
        const struct hub *hub, const char *text, struct offset *offset)
{
    char epoch[EPOCH_CHARS + 1];
    size_t len = strcspn(text, ".");
    const char *at = text + len + 1;
    uint64_t part = 0;

    *offset = (struct offset){ 0 };
    if (!*text)
        return true;
    epoch_print(hub_epoch(hub), epoch);
    if (strlen(text) > OFFSET_CHARS || text[len] != '.' ||
            strlen(epoch) != len || memcmp(epoch, text, len) != 0)
        return false;
    memcpy(offset->text, text, strlen(text));
    if (!strchr(at, '.'))
        return read_number(&at, '\0', &offset->seq);
    if (!read_number(&at, '.', &offset->part_seq) ||
            !read_number(&at, '\0', &part) || offset->part_seq == 0 ||
            part > SAY_ROWS)
        return false;
    offset->part = (uint32_t)part;
    offset->seq = offset->part_seq - 1;
    return true;
}

/* --- as bytes: texts, each with its NUL --- */

static void put_text(struct buf *out, const char *text)
{
    buf_put(out, text, strlen(text) + 1);
}

static void put_room(struct buf *out, const struct room *room, uint64_t from)
{
    char text[ROOM_CHARS + 1];

    room_print(room, text);
    put_text(out, text);
    buf_printf(out, "%" PRIu64, from);
    buf_putc(out, '\0');
}

void sio_pack(const struct memory *memory, struct buf *out)
{
    bool is_known = memory->dialect != DIALECT_COUNT;

    put_text(out, VERSION);
    put_text(out, memory->sid);
    put_text(out, memory->nsp);
    put_text(out, memory->subject);
    put_text(out, memory->session);
    put_text(out, is_known ? dialects[memory->dialect].name : "");
    put_text(out, memory->is_presumed ? "presumed" : "");
    put_text(out, memory->tried);
    if (memory->settled != NEVER_ASKED)
        buf_printf(out, "%" PRIu64, memory->settled);
    buf_putc(out, '\0');
    for (uint32_t i = 0; i < memory->count; i++)
        put_room(out, &memory->rooms[i], memory->from[i]);
}

/* What is left to be read. */
struct rest {
    const char *at;
    size_t len;
};

/* False: there is none that fits. */
static bool take_text(struct rest *rest, char *out, size_t size)
{
    const char *end = rest->len ? memchr(rest->at, '\0', rest->len) : NULL;
    size_t len;

    if (!end || (size_t)(end - rest->at) >= size)
        return false;
    len = (size_t)(end - rest->at) + 1;
    memcpy(out, rest->at, len);
    rest->at += len;
    rest->len -= len;
    return true;
}

static bool take_dialect(struct rest *rest, enum dialect_id *dialect)
{
    char name[ID_CHARS + 1];

    if (!take_text(rest, name, sizeof(name)))
        return false;
    *dialect = *name ? dialect_find(name) : DIALECT_COUNT;
    return !*name || *dialect != DIALECT_COUNT;
}

static bool take_settled(struct rest *rest, uint64_t *settled)
{
    char text[24];
    const char *at = text;

    *settled = NEVER_ASKED;
    return take_text(rest, text, sizeof(text)) &&
           (!*text || read_number(&at, '\0', settled));
}

static bool take_room(struct rest *rest, struct memory *memory)
{
    char room[ROOM_CHARS + 1], from[24];
    const char *at = from;
    uint32_t i = memory->count;

    if (i == CLIENT_ROOMS || !take_text(rest, room, sizeof(room)) ||
            !take_text(rest, from, sizeof(from)))
        return false;
    memory->count++;
    return room_parse(room, strlen(room), &memory->rooms[i]) &&
           read_number(&at, '\0', &memory->from[i]);
}

bool sio_unpack(const void *data, size_t len, struct memory *memory)
{
    struct rest rest = { data, len };
    char version[4], presumed[12];

    *memory = (struct memory){ 0 };
    if (!take_text(&rest, version, sizeof(version)) ||
            strcmp(version, VERSION) != 0 ||
            !take_text(&rest, memory->sid, sizeof(memory->sid)) ||
            !take_text(&rest, memory->nsp, sizeof(memory->nsp)) ||
            !take_text(&rest, memory->subject, sizeof(memory->subject)) ||
            !take_text(&rest, memory->session, sizeof(memory->session)) ||
            !take_dialect(&rest, &memory->dialect) ||
            !take_text(&rest, presumed, sizeof(presumed)) ||
            !take_text(&rest, memory->tried, sizeof(memory->tried)) ||
            !take_settled(&rest, &memory->settled))
        return false;
    memory->is_presumed = *presumed != '\0';
    while (rest.len > 0)
        if (!take_room(&rest, memory))
            return false;
    return true;
}

/* --- keeping --- */

static void name_of(const char *pid, char out[KEEP_NAME_CHARS + 1])
{
    snprintf(out, KEEP_NAME_CHARS + 1, MEMORY_NAME "%s", pid);
}

void sio_begin_memory(struct speaker *speaker)
{
    if (speaker->house->recovery_ms == 0 ||
            !eio_random(speaker->pid, SIO_PID_CHARS)) {
        speaker->pid[0] = '\0';
        return;
    }
    sio_name(speaker->socket, NULL, speaker->pid);
}

static void describe(const struct speaker *speaker, struct memory *memory)
{
    const struct entry *entry = &speaker->entry;
    uint64_t tops[CLIENT_ROOMS];

    *memory = (struct memory){ .dialect = entry->dialect,
        .is_presumed = speaker->is_presumed,
        .settled = speaker->asks ? asks_settled(speaker->asks) : NEVER_ASKED };
    snprintf(memory->sid, sizeof(memory->sid), "%s", sio_sid(speaker->socket));
    snprintf(memory->nsp, sizeof(memory->nsp), "%s", sio_nsp(speaker->socket));
    memcpy(memory->subject, entry->principal.subject, sizeof(memory->subject));
    memcpy(memory->session, entry->principal.session, sizeof(memory->session));
    memcpy(memory->tried, speaker->tried, sizeof(memory->tried));
    memory->count = hub_client_rooms(speaker->client, memory->rooms, tops);
    for (uint32_t i = 0; i < memory->count; i++)
        memory->from[i] = hub_handed_from(speaker->client, &memory->rooms[i]);
}

void sio_keep(struct speaker *speaker)
{
    struct hub *hub = speaker->entry.site->hub;
    char name[KEEP_NAME_CHARS + 1];
    struct memory memory;
    struct buf packed;

    if (!speaker->pid[0] || !speaker->client || !speaker->is_changed)
        return;
    speaker->is_changed = false;
    describe(speaker, &memory);
    buf_init(&packed, KEEP_BYTES);
    sio_pack(&memory, &packed);
    name_of(speaker->pid, name);
    if (packed.failed ||
            hub_keep(hub, name, packed.data, packed.len,
                    speaker->house->recovery_ms, speaker) != ERR_OK)
        hub_unkeep(hub, name); /* what was true before is no more */
    buf_finish(&packed);
}

/*
 * By whom it is counted what is kept: the subject; of guests who have none, by
 * their sitting; and of those who are nobody, by where they come from. When we
 * stop ourselves nobody has come and gone: all may come back.
 */
static uint64_t whose(const struct speaker *speaker)
{
    const struct eio *eio = sio_eio(speaker->socket);
    const struct entry *entry = &speaker->entry;
    struct {
        char subject[SUBJECT_CHARS + 1];
        char session[ID_CHARS + 1];
        struct in6_addr address;
    } owner;

    memset(&owner, 0, sizeof(owner)); /* between and behind, too */
    snprintf(owner.subject, sizeof(owner.subject), "%s",
            entry->principal.subject);
    snprintf(owner.session, sizeof(owner.session), "%s",
            entry->principal.session);
    if (entry->standing == BY_PROFILE)
        owner.address = eio->address;
    return hash_sip(speaker->ws->eios.key, &owner, sizeof(owner));
}

void sio_end_memory(struct speaker *speaker, enum eio_reason reason)
{
    struct hub *hub = speaker->entry.site->hub;
    char name[KEEP_NAME_CHARS + 1];

    if (!speaker->pid[0])
        return;
    name_of(speaker->pid, name);
    if (reason == EIO_BY_GOODBYE)
        hub_unkeep(hub, name);
    else
        hub_let_go(hub, name, speaker->ws->stopping ? 0 : whose(speaker),
                wall_ms());
}

/* --- coming back --- */

/* Whose guest it was it is by what it has shown then. */
static bool take_session(struct speaker *speaker, const char *session)
{
    struct entry *entry = &speaker->entry;
    struct principal *own = &entry->principal;

    if (strcmp(own->session, session) == 0)
        return true;
    if (!speaker->house->session_tokens)
        return false;
    if (entry->standing == BY_SESSION) {
        own->roles = ROLE_TABLE;
        snprintf(own->subject, sizeof(own->subject), SESSION_GUEST);
    }
    if (!(own->roles & ROLE_TABLE))
        return false;
    snprintf(own->session, sizeof(own->session), "%s", session);
    return true;
}

/* Is it the one of whom this is kept, and does it ask for the same? */
static bool is_same(const struct speaker *speaker, const struct memory *memory)
{
    const struct entry *entry = &speaker->entry;
    const char *subject = entry->standing == BY_SESSION
                                  ? SESSION_GUEST
                                  : entry->principal.subject;

    return strcmp(subject, memory->subject) == 0 &&
           strcmp(sio_nsp(speaker->socket), memory->nsp) == 0 &&
           (entry->dialect == DIALECT_COUNT ||
                   entry->dialect == memory->dialect) &&
           (memory->dialect == DIALECT_COUNT ||
                   sio_spoken(speaker->house->is_session_path, memory->nsp) &
                           1u << memory->dialect);
}

/* We have not noticed yet that its transport is gone. */
static void take_over(struct speaker *speaker, struct speaker *before)
{
    sio_take_asks(speaker, before);
    before->pid[0] = '\0';
    eio_close(sio_eio(before->socket));
}

static bool join_again(struct speaker *speaker, const struct memory *memory)
{
    struct hub *hub = speaker->entry.site->hub;
    char cursor[CURSOR_CHARS + 1];
    struct fault fault = { 0 };
    struct joined joined;

    for (uint32_t i = 0; i < memory->count; i++) {
        uint64_t from = memory->from[i];

        if (from < speaker->heard.seq)
            from = speaker->heard.seq;
        hub_print_cursor(hub, from, cursor);
        if (hub_join(hub, speaker->client, &memory->rooms[i], 1, cursor,
                    wall_ms(), &joined, &fault) != ERR_OK ||
                !joined.recovered)
            return false;
        hub_was_handed(speaker->client, &memory->rooms[i], memory->from[i]);
    }
    return true;
}

/* Everything but the answer. False: it is as if it had never been here. */
static bool take_up(struct speaker *speaker, const struct memory *memory)
{
    const struct entry before = speaker->entry;

    speaker->entry.dialect = memory->dialect;
    if (take_session(speaker, memory->session) &&
            sio_listen(speaker) == ERR_OK && join_again(speaker, memory)) {
        speaker->is_presumed = memory->is_presumed;
        return true;
    }
    hub_detach(speaker->entry.site->hub, speaker->client);
    speaker->client = NULL;
    speaker->entry = before;
    speaker->heard = (struct offset){ 0 };
    return false;
}

/*
 * It is given what it has missed before the answer, as the reference does. Its
 * client keeps such events until the answer comes, even from one connection to
 * the next, and only then counts them as heard. If it shows the same offset as
 * the last time, it may have kept any number of them: it gets the answer alone,
 * and comes back, having counted.
 */
static void hold(struct speaker *speaker, const struct memory *memory)
{
    const char *shown = speaker->heard.text;

    if (!*shown)
        shown = NO_OFFSET;
    speaker->missed = hub_head(speaker->entry.site->hub);
    speaker->is_sent_back = strcmp(memory->tried, shown) == 0;
    if (speaker->is_sent_back || hub_has_next(speaker->client))
        snprintf(speaker->tried, sizeof(speaker->tried), "%s", shown);
    speaker->is_held = true;
    sio_hold(speaker->socket);
}

/* None is fine; one that we cannot have said is not the same as none. */
static bool read_offset(
        const char *auth, size_t len, char offset[OFFSET_CHARS + 1])
{
    static const char name[] = "\"offset\"";

    return dialect_read_member(auth, len, "offset", offset, OFFSET_CHARS + 1) ||
           !auth || !memmem(auth, len, name, sizeof(name) - 1);
}

bool sio_recall(struct speaker *speaker, const char *auth, size_t len)
{
    struct hub *hub = speaker->entry.site->hub;
    char pid[SIO_PID_CHARS + 1], offset[OFFSET_CHARS + 1];
    char name[KEEP_NAME_CHARS + 1];
    struct memory memory;
    struct hub_kept kept;
    bool is_read;

    dialect_read_member(auth, len, "pid", pid, sizeof(pid));
    is_read = read_offset(auth, len, offset);
    name_of(pid, name);
    if (speaker->house->recovery_ms == 0 || strlen(pid) != SIO_PID_CHARS ||
            !hub_kept(hub, name, wall_ms(), &kept) ||
            !sio_unpack(kept.data, kept.len, &memory) ||
            !is_same(speaker, &memory))
        return false;
    if (kept.holder)
        take_over(speaker, kept.holder);
    if (!is_read || !sio_read_offset(hub, offset, &speaker->heard) ||
            !take_up(speaker, &memory)) {
        speaker->heard = (struct offset){ 0 };
        hub_unkeep(hub, name);
        return false;
    }
    memcpy(speaker->pid, pid, sizeof(speaker->pid));
    sio_name(speaker->socket, memory.sid, pid);
    sio_ask_again(speaker, memory.settled);
    hold(speaker, &memory);
    sio_keep(speaker);
    return true;
}

void sio_look_after(struct speaker *speaker)
{
    struct eio *eio = sio_eio(speaker->socket);

    if (!speaker->is_asked || !eio_is_answered(eio))
        return;
    speaker->is_asked = false;
    speaker->tried[0] = '\0';
    speaker->is_changed = true;
    sio_keep(speaker);
    if (speaker->is_sent_back)
        eio_close(eio);
}
