/* What listeners heard, and whether it was theirs to hear. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "tests/sim/judge_parts.h"
#include "tests/sim/world.h"

/* --- what the catalogue's data say --- */

/* The widest of what any of the roles sees, by the columns of the row. */
static enum view sees(enum evt_id what, uint32_t mask)
{
    const struct evt_kind *kind = &evt_kinds[what];
    const struct {
        uint32_t roles;
        enum view view;
    } columns[] = { { kind->full, VIEW_FULL }, { kind->staff, VIEW_STAFF },
        { kind->customer, VIEW_CUSTOMER }, { kind->device, VIEW_DEVICE } };

    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (columns[i].roles & mask)
            return columns[i].view;
    return VIEW_NONE;
}

static bool may_be_in(const struct principal *who, const struct room *room)
{
    const struct room_kind *kind = &room_kinds[room->kind];

    if (kind->join & who->roles)
        return true;
    return (kind->join_own & who->roles & ROLE_TABLE) &&
           strcmp(room->id, who->table) == 0;
}

static bool is_in_by(
        const struct ear *ear, const struct entry *entry, uint64_t seq)
{
    for (uint32_t i = 0; i < ear->room_count; i++)
        for (uint32_t n = 0; n < entry->room_count; n++)
            if (entry->rooms[n] == ear->rooms[i].room &&
                    seq > ear->rooms[i].from)
                return true;
    return false;
}

/* An order of people who sat there before. */
static bool is_of_others(
        const struct judge *judge, const struct entry *entry, uint64_t from)
{
    const char *order = about_order(entry->evt->body);
    const uint64_t *first = order ? table_find(&judge->orders,
                                            table_hash(0, order, strlen(order)))
                                  : NULL;

    return first && *first <= from;
}

/* Must it have been told? */
static bool is_due(const struct world *world, const struct ear *ear,
        uint64_t seq, enum keep keep)
{
    const struct judge *judge = &world->judge;
    const struct entry *entry = &judge->book[seq];
    uint64_t from;

    if (!entry->evt || evt_kinds[entry->evt->what].keep != keep ||
            sees(entry->evt->what, ear->roles) == VIEW_NONE ||
            !is_in_by(ear, entry, seq))
        return false;
    if (ear->table == 0)
        return true;
    from = judge->sittings[ear->table];
    return seq > from && !is_of_others(judge, entry, from);
}

/* --- coming in --- */

static void expect_same_picture(struct world *world,
        const struct principal *who, const struct room *rooms, uint32_t count,
        const Dw__Picture *picture)
{
    Dw__Picture *ours =
            state_picture(&world->judge.state, who->roles, rooms, count, NULL);
    size_t len = protobuf_c_message_get_packed_size(&ours->base);
    uint8_t *a = malloc(len + 1), *b = NULL;
    bool is_same = picture &&
                   protobuf_c_message_get_packed_size(&picture->base) == len;

    assert(a);
    if (is_same) {
        b = malloc(len + 1);
        assert(b);
        protobuf_c_message_pack(&ours->base, a);
        protobuf_c_message_pack(&picture->base, b);
        is_same = memcmp(a, b, len) == 0;
    }
    if (!is_same)
        judge_blame(world, "picture", who->subject, world->judge.head, len);
    free(a);
    free(b);
    body_free(&ours->base);
}

void judge_let_in(struct world *world, const struct principal *who,
        const struct room *rooms, uint32_t count, bool had_cursor, uint64_t was,
        const struct joined *joined, const Dw__Picture *picture)
{
    struct judge *judge = &world->judge;
    uint64_t first = book_look_at_first(world);
    bool is_kept = was == judge->head || (first != 0 && was + 1 >= first);

    book_told(judge, joined->seq, joined->epoch);
    for (uint32_t i = 0; i < count; i++)
        if (!may_be_in(who, &rooms[i]))
            judge_blame(world, "unentitled", who->subject, i, joined->seq);
    if (joined->recovered) {
        if (!had_cursor || joined->seq != was || !is_kept)
            judge_blame(world, "resume", who->subject, was, joined->seq);
        return;
    }
    if (had_cursor && is_kept && judge->head - was <= RESUME_DISTANCE)
        judge_blame(world, "resume", who->subject, was, joined->seq);
    if (joined->seq != judge->head)
        judge_blame(world, "picture", "as of another moment", joined->seq,
                judge->head);
    expect_same_picture(world, who, rooms, count, picture);
}

/* --- listeners --- */

static void set_got(struct ear *ear, uint64_t seq)
{
    if (seq / 8 >= ear->got_size) {
        uint64_t size = ear->got_size ? ear->got_size * 2 : 256;

        while (seq / 8 >= size)
            size *= 2;
        ear->got = realloc(ear->got, size);
        assert(ear->got);
        memset(ear->got + ear->got_size, 0, size - ear->got_size);
        ear->got_size = size;
    }
    ear->got[seq / 8] |= (uint8_t)(1u << (seq % 8));
}

static bool has_got(const struct ear *ear, uint64_t seq)
{
    return seq / 8 < ear->got_size &&
           (ear->got[seq / 8] & (1u << (seq % 8))) != 0;
}

void judge_new_guest(struct world *world, struct ear *ear)
{
    ear->since = world->judge.head;
}

void ear_finish(struct ear *ear)
{
    free(ear->got);
    ear->got = NULL;
    ear->got_size = 0;
}

void judge_joined(struct world *world, struct ear *ear,
        const struct room *rooms, uint32_t count, bool recovered, uint64_t seq)
{
    bool is_anew = !ear->listens || recovered;

    if (recovered && seq != ear->last)
        judge_blame(world, "resume", ear->name, seq, ear->last);
    if (!recovered && !ear->listens)
        ear->last = seq;
    if (is_anew)
        ear->room_count = 0;
    for (uint32_t i = 0; i < count && ear->room_count < CLIENT_MEMBERS; i++)
        ear->rooms[ear->room_count++] =
                (struct ear_room){ judge_room(world, &rooms[i]), seq };
    ear->listens = true;
}

/* Has the sitting ended that this guest came for? */
static bool is_over_for(
        const struct world *world, const struct ear *ear, uint64_t seq)
{
    const struct judge *judge = &world->judge;

    if (ear->table == 0)
        return false;
    for (uint64_t at = ear->since + 1; at < seq && at <= judge->head; at++) {
        const struct entry *entry = &judge->book[at];

        if (!book_is_end_of_sitting(entry->evt->what))
            continue;
        for (uint32_t i = 0; i < entry->room_count; i++)
            if (entry->rooms[i] == ear->table &&
                    ulid_is_none(&judge->book[seq].evt->cause))
                return true;
    }
    return false;
}

static void expect_entitled(struct world *world, const struct ear *ear,
        const struct evt *evt, uint32_t room, enum view view)
{
    const struct entry *entry = &world->judge.book[evt->seq];
    bool is_there = room < evt->room_count;
    uint32_t number = is_there ? judge_room(world, &evt->rooms[room]) : 0;
    bool is_member = false;

    for (uint32_t i = 0; i < ear->room_count; i++)
        is_member = is_member || ear->rooms[i].room == number;
    if (!is_member || !is_in_by(ear, entry, evt->seq) || view == VIEW_NONE ||
            view != sees(evt->what, ear->roles) ||
            is_over_for(world, ear, evt->seq))
        judge_blame(world, "unentitled", ear->name, evt->seq, view);
}

void judge_heard(struct world *world, struct ear *ear, const struct evt *evt,
        uint32_t room, enum view view)
{
    uint64_t seq = evt->seq;

    if (seq > world->judge.head) {
        judge_blame(world, "lost", ear->name, seq, world->judge.head);
        return;
    }
    if (seq <= ear->last) {
        judge_blame(world, "repeated", ear->name, seq, ear->last);
        return;
    }
    if (memcmp(&evt->id, &world->judge.book[seq].evt->id, sizeof(evt->id)) != 0)
        judge_blame(world, "forged", ear->name, seq, 0);
    expect_entitled(world, ear, evt, room, view);
    for (uint64_t at = ear->last + 1; at < seq; at++)
        if (is_due(world, ear, at, KEEP_ALL) && !world->broken)
            judge_blame(world, "hole", ear->name, at, seq);
    set_got(ear, seq);
    ear->last = seq;
}

/* It has all that there was before; of a room that it has just come into there
 * is nothing yet, but the place at which it came. */
void judge_top(struct world *world, const struct ear *ear, uint64_t top)
{
    uint64_t known = ear->last;

    for (uint32_t i = 0; i < ear->room_count; i++)
        if (ear->rooms[i].from > known)
            known = ear->rooms[i].from;
    if (top > known)
        judge_blame(world, "heartbeat", ear->name, top, known);
}

/* --- has it all? --- */

static bool has_all(const struct world *world, const struct ear *ear)
{
    const struct judge *judge = &world->judge;

    for (uint64_t seq = ear->last + 1; seq <= judge->head; seq++)
        if (is_due(world, ear, seq, KEEP_ALL) ||
                (is_due(world, ear, seq, KEEP_LAST) &&
                        book_is_newest(judge, seq)))
            return false;
    return true;
}

/* Its table's sitting has ended at a moment of the clock that is still to come
 * for its token: the clock was set back, and nobody knows whose guest it is. */
static bool is_shut_out(const struct world *world, const struct client *client)
{
    const struct judge *judge = &world->judge;
    uint64_t end = client->ear.table ? judge->ends[client->ear.table] : 0;

    return end != 0 &&
           client->principal.issued_at_ms < judge->book[end].evt->ts_ms;
}

bool judge_is_content(const struct world *world, const struct client *client)
{
    if (!client->is_in)
        return is_shut_out(world, client);
    return has_all(world, &client->ear);
}

static void expect_newest(struct world *world, const struct ear *ear)
{
    const struct judge *judge = &world->judge;

    for (uint64_t seq = 1; seq <= judge->head; seq++)
        if (is_due(world, ear, seq, KEEP_LAST) && !has_got(ear, seq) &&
                book_is_newest(judge, seq))
            judge_blame(world, "undelivered", ear->name, seq, judge->head);
}

void ears_expect_all(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_CLIENTS && !world->broken; i++) {
        const struct client *client = &world->clients[i];

        if (!judge_is_content(world, client))
            judge_blame(world, "undelivered", client->name, client->ear.last,
                    world->judge.head);
        else if (client->is_in)
            expect_newest(world, &client->ear);
    }
}
