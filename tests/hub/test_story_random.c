/* A few thousand statements by chance, valid and not, by everybody: whatever
 * was said, these hold. A run that fails is played again by its seed. */
#include "hub/hub_parts.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/count.h"
#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "tests/support/chance.h"
#include "tests/support/disk.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define STATEMENTS 3000
#define OLD_ONES   64 /* statements that may be said again */
#define PACK_EVERY 50 /* pictures are compared as often as that */
#define PACK_BYTES (16u << 20)
#define LISTENERS  10

struct said {
    struct principal from;
    enum evt_id what;
    char key[16];           /* or "" */
    ProtobufCMessage *body; /* owned */
};

struct evening {
    struct story story;
    struct chance chance;
    struct said said[OLD_ONES];
    uint32_t said_count;
    uint32_t accepted, refused, duplicates, undone;
    struct hub_client *listeners[LISTENERS];
    uint32_t told, closed; /* deliveries, clients */
    uint32_t unnoticed;    /* open escalations, each time anew */
    struct buf snapshot;   /* of the middle of the evening */
    uint64_t snapshot_seq;
};

/* --- who speaks --- */

static const struct {
    uint32_t roles;
    const char *own;
    const char *session;
} speakers[] = {
    { ROLE_BACKEND, "", "" },
    { ROLE_BACKEND, "", "" },
    { ROLE_BACKEND, "", "" },
    { ROLE_BACKEND, "", "" },
    { ROLE_BACKEND, "", "" },
    { ROLE_BACKEND, "", "" },
    { ROLE_POS, "", "" },
    { ROLE_KITCHEN, "", "" },
    { ROLE_KITCHEN, "", "" },
    { ROLE_WAITER, "", "" },
    { ROLE_WAITER | ROLE_KITCHEN, "", "" },
    { ROLE_MANAGER, "", "" },
    { ROLE_ADMIN, "", "" },
    { ROLE_POOL, "", "" },
    { ROLE_USER, "", "" },
    { ROLE_TABLE, "1", "" },
    { ROLE_TABLE, "2", "00000000000000000000000000000001" },
    { ROLE_TABLE | ROLE_USER, "1", "00000000000000000000000000000002" },
    { ROLE_DEVICE, "1", "" },
    { ROLE_DEVICE, "2", "" },
    { ROLE_HUB, "", "" },
    { 0, "", "" },
};

/* Made not long ago, of those that may be revoked, for all or for some. */
static void give_token(struct chance *chance, struct principal *from)
{
    static const char *const tables[] = { "", "", "1 2 3",
        "zone:Soup zone:Bread 4" };
    static const char *const stations[] = { "", "", "grill", "bar kitchen" };

    if (from->roles & (ROLE_DEVICE | ROLE_HUB))
        return;
    from->issued_at_ms = chance->now_ms - chance_draw(chance, 60000);
    if (chance_is(chance, 30))
        snprintf(from->token_id, sizeof(from->token_id), "%u",
                chance_draw(chance, 100));
    if (from->roles & ROLE_WAITER)
        snprintf(from->tables, sizeof(from->tables), "%s",
                tables[chance_draw(chance, 4)]);
    if (from->roles & ROLE_KITCHEN)
        snprintf(from->stations, sizeof(from->stations), "%s",
                stations[chance_draw(chance, 4)]);
}

static struct principal somebody(struct chance *chance)
{
    size_t i = chance_draw(chance, sizeof(speakers) / sizeof(speakers[0]));
    struct principal from = story_principal(speakers[i].roles, speakers[i].own);

    if (!(from.roles & ROLE_DEVICE))
        snprintf(from.subject, sizeof(from.subject), "subject-%zu", i);
    snprintf(from.session, sizeof(from.session), "%s", speakers[i].session);
    give_token(chance, &from);
    return from;
}

/* Something that whoever speaks may say, more often than not; and of orders
 * more than of all else. */
static enum evt_id something(struct chance *chance, uint32_t mask)
{
    bool is_order = chance_is(chance, 50);
    enum evt_id what = EVT_ORDER_CREATED;

    /* What else it says follows from something. */
    if (mask & ROLE_HUB)
        return chance_is(chance, 50) ? EVT_DEVICE_PROVISIONED
                                     : EVT_DEVICE_RETIRED;
    for (int tries = 40; tries > 0; tries--) {
        uint32_t from;

        what = is_order ? (enum evt_id)(EVT_ORDER_CREATED +
                                        chance_draw(chance,
                                                EVT_COURSE_FIRED -
                                                        EVT_ORDER_CREATED + 1))
                        : (enum evt_id)chance_draw(chance, EVT_COUNT);
        from = evt_kinds[what].from | evt_kinds[what].from_own;
        if ((from & mask) && !evt_kinds[what].transient)
            break;
    }
    return is_order && (mask & ROLE_BACKEND) && chance_is(chance, 40)
                   ? EVT_ORDER_CREATED
                   : what;
}

static void say_new(struct evening *evening, struct said *said)
{
    struct chance *chance = &evening->chance;

    if (said->body)
        body_free(said->body);
    *said = (struct said){ .from = somebody(chance) };
    said->what = something(chance, said->from.roles);
    said->body = chance_body(chance, said->what);
    if (chance_is(chance, 20))
        snprintf(said->key, sizeof(said->key), "k%u", chance_draw(chance, 50));
}

/* What was said before, perhaps by somebody else, with its key or without. */
static void say_again(struct evening *evening, struct said *said)
{
    struct chance *chance = &evening->chance;

    if (chance_is(chance, 50))
        said->from = somebody(chance);
    if (chance_is(chance, 50))
        said->key[0] = '\0';
}

/* --- what is so after each statement --- */

static void pack(const struct state *state, struct buf *out)
{
    buf_clear(out);
    state_pack(state, out);
    assert_false(out->failed);
}

static void expect_same(const struct buf *a, const struct buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);
}

/* Not allowed is the same whether it is asked or tried; a refusal says why,
 * and changes nothing. */
static void expect_refusal(struct evening *evening, enum err err, enum err may)
{
    const struct fault *fault = &evening->story.fault;

    assert_int_equal(fault->code, err);
    assert_true(fault->text[0] != '\0');
    if (err == ERR_FORBIDDEN)
        assert_int_equal(may, ERR_FORBIDDEN);
    evening->refused++;
}

static void speak(struct evening *evening, const struct said *said)
{
    struct story *story = &evening->story;
    struct submission submission = {
        .from = &said->from,
        .what = said->what,
        .body = body_copy(said->body),
        .key = said->key[0] ? said->key : NULL,
        .outlet = &story_outlet,
        .owner = story,
    };
    bool is_packed = chance_is(&evening->chance, 100 / PACK_EVERY);
    uint64_t last = journal_last(story->hub->journal);
    enum err err, may = ERR_OK;
    struct buf before, after;
    struct fault fault;

    if (!submission.body)
        return;
    buf_init(&before, PACK_BYTES);
    buf_init(&after, PACK_BYTES);
    if (is_packed)
        pack(&story->hub->state, &before);
    if (!evt_kinds[said->what].transient)
        may = hub_may_say(
                story->hub, &said->from, said->what, said->body, &fault);
    err = hub_submit(story->hub, &submission, story->now_ms, &story->fault);
    if (err == ERR_OK) {
        evening->accepted++;
        assert_int_not_equal(may, ERR_FORBIDDEN);
    } else if (!evt_kinds[said->what].transient) {
        expect_refusal(evening, err, may);
        assert_int_equal(journal_last(story->hub->journal), last);
    }
    if (is_packed && err != ERR_OK) {
        pack(&story->hub->state, &after);
        expect_same(&before, &after);
    }
    buf_finish(&before);
    buf_finish(&after);
}

/* --- who listens --- */

/* Mostly those who may lose something. */
static void attach(struct evening *evening, uint32_t i)
{
    struct principal who = somebody(&evening->chance);

    for (int tries = 20; tries > 0 && !(who.roles & ROLE_TABLE) &&
                         !who.tables[0] && !who.stations[0];
            tries--)
        who = somebody(&evening->chance);
    assert_int_equal(hub_attach(evening->story.hub, &who, &story_outlet,
                             &evening->story, &evening->listeners[i]),
            ERR_OK);
}

static void detach(struct evening *evening, uint32_t i)
{
    hub_detach(evening->story.hub, evening->listeners[i]);
    evening->listeners[i] = NULL;
}

static void detach_all(struct evening *evening)
{
    for (uint32_t i = 0; i < LISTENERS; i++)
        detach(evening, i);
}

static void join_somewhere(struct evening *evening, struct hub_client *client)
{
    struct story *story = &evening->story;
    struct chance *chance = &evening->chance;
    enum room_index kind = chance_is(chance, 50) ? ROOM_INDEX_ORDER
                                                 : (enum room_index)chance_draw(
                                                           chance, ROOM_COUNT);
    uint32_t count = shelf_count(&story->hub->state.orders);
    const struct shelf_entry *entry = shelf_first(&story->hub->state.orders);
    char id[8];
    struct joined joined;
    struct room room;

    snprintf(id, sizeof(id), "%u", 1 + chance_draw(chance, 4));
    for (uint32_t n = count ? chance_draw(chance, count) : 0; n > 0; n--)
        entry = shelf_next(entry);
    if (!room_make(kind,
                !room_kinds[kind].has_id            ? ""
                : kind == ROOM_INDEX_STATION        ? "grill"
                : kind == ROOM_INDEX_ORDER && entry ? shelf_id(entry)
                                                    : id,
                &room))
        return;
    hub_join(story->hub, client, &room, 1, NULL, story->now_ms, &joined,
            &story->fault);
}

/* Where nothing says that a right may be gone, none is. */
static void expect_rights(struct hub *hub, const struct hub_client *client)
{
    if (client->state != ERR_OK || client->is_leaving ||
            client->looked_at != hub->taken)
        return;
    assert_int_equal(hub_may_enter(hub, &client->principal), ERR_OK);
    for (uint32_t i = 0; i < client->membership_count; i++)
        assert_true(hub_may_join(
                hub, &client->principal, &client->memberships[i].room));
}

/* It is told what is for it, and nothing of what came after its end. */
static void take(struct evening *evening, struct hub_client *client)
{
    struct hub *hub = evening->story.hub;
    struct delivery next;
    uint64_t end = 0;

    while (hub_next(hub, client, &next)) {
        const struct principal *who = &client->principal;

        assert_false(state_is_revoked(&hub->state, who));
        if (state_is_over(&hub->state, who, &end))
            assert_true(next.evt->seq <= end);
        else
            assert_true(hub_may_join(hub, who, &next.evt->rooms[next.room]));
        assert_true(next.view != VIEW_NONE);
        evening->told++;
        evt_unref(next.evt);
    }
}

static void listen(struct evening *evening)
{
    for (uint32_t i = 0; i < LISTENERS; i++) {
        struct hub_client *client = evening->listeners[i];

        if (!client) {
            attach(evening, i);
            continue;
        }
        expect_rights(evening->story.hub, client);
        if (chance_is(&evening->chance, 50))
            take(evening, client);
        if (client->state != ERR_OK) {
            evening->closed++;
            detach(evening, i);
        } else {
            join_somewhere(evening, client);
        }
    }
}

/* --- turns --- */

static void pass(struct evening *evening)
{
    struct story *story = &evening->story;
    struct chance *chance = &evening->chance;

    story->now_ms += chance_draw(chance, 3000);
    if (chance_is(chance, 2))
        story->now_ms -= 5000; /* the clock is set back */
    if (chance_is(chance, 2))
        story->now_ms += 20000;
    chance->now_ms = story->now_ms;
    hub_tick(story->hub, story->now_ms);
}

static void say_some(struct evening *evening)
{
    uint32_t count = 1 + chance_draw(&evening->chance, 8);

    while (count-- > 0) {
        uint32_t n = chance_draw(&evening->chance, OLD_ONES);
        struct said *said = &evening->said[n];

        if (!said->body || chance_is(&evening->chance, 75))
            say_new(evening, said);
        else
            say_again(evening, said);
        evening->said_count++;
        speak(evening, said);
    }
}

/* Figures that are waiting for a quiet moment. */
static void note_owed(const struct hub *hub, bool owed[EVT_COUNT])
{
    for (int i = 0; i < EVT_COUNT; i++)
        owed[i] = hub->due[i].at_ms != 0;
}

static void expect_owed(const struct hub *hub, const bool owed[EVT_COUNT])
{
    bool now[EVT_COUNT];

    note_owed(hub, now);
    for (int i = 0; i < EVT_COUNT; i++)
        assert_true(now[i] || !owed[i]);
}

/* A turn that the disk does not take has not been. */
static void say_in_vain(struct evening *evening)
{
    struct story *story = &evening->story;
    bool owed[EVT_COUNT];
    struct buf before, after;

    assert_int_equal(story_commit(story), ERR_OK);
    buf_init(&before, PACK_BYTES);
    buf_init(&after, PACK_BYTES);
    pack(&story->hub->state, &before);
    note_owed(story->hub, owed);
    say_some(evening);
    if (journal_is_open(story->hub->journal)) {
        disk.write_error = SQLITE_FULL;
        assert_int_equal(story_commit(story), ERR_UNAVAILABLE);
        disk.write_error = 0;
        pack(&story->hub->state, &after);
        expect_same(&before, &after);
        expect_owed(story->hub, owed);
        evening->undone++;
    }
    assert_int_equal(story_commit(story), ERR_OK);
    buf_finish(&before);
    buf_finish(&after);
}

static void reopen(struct evening *evening, struct place *place)
{
    struct ladders ladders;
    struct hub_options options = {
        .path = place_file(place, "journal"), .seed = 42, .ladders = &ladders
    };
    struct story *story = &evening->story;
    struct buf before, after;

    ladders_init(&ladders);
    ladders.return_ms = 0;
    buf_init(&before, PACK_BYTES);
    buf_init(&after, PACK_BYTES);
    assert_int_equal(story_commit(story), ERR_OK);
    detach_all(evening);
    pack(&story->hub->state, &before);
    hub_close(story->hub);
    assert_int_equal(hub_open(&story->hub, &options, story->now_ms), ERR_OK);
    pack(&story->hub->state, &after);
    expect_same(&before, &after);
    evening->chance.state = &story->hub->state;
    buf_finish(&before);
    buf_finish(&after);
}

/* --- what nobody notices --- */

struct looking {
    const struct state *state;
    const char *name;
    bool waits;
};

static void look_for(void *context, const struct subject *subject)
{
    struct looking *looking = context;
    char name[ID_CHARS + 1];
    int64_t since_ms;

    escalate_name(subject, name);
    if (strcmp(name, looking->name) == 0)
        looking->waits = escalate_waits(looking->state, subject, &since_ms);
}

/* What is open waits still: its end is told in the turn in which it comes. */
static uint32_t expect_waiting(const struct state *state)
{
    const struct shelf_entry *entry = shelf_first(&state->escalations);

    for (; entry; entry = shelf_next(entry)) {
        struct looking looking = { state, shelf_id(entry), false };

        if (strncmp(looking.name, "device-", 7) == 0)
            continue;
        escalate_each(state, look_for, &looking);
        if (!looking.waits)
            fail_msg("%s waits no more", looking.name);
    }
    return shelf_count(&state->escalations);
}

/* --- the journal, read again --- */

/* What the hub says because time has passed, and not because of an event. */
static bool is_of_time(enum evt_id what)
{
    return strncmp(evt_kinds[what].name, "print.", 6) == 0 ||
           what == EVT_USERS_LIVE || what == EVT_ESCALATION_RAISED ||
           what == EVT_ESCALATION_STEPPED || what == EVT_ESCALATION_RESOLVED ||
           what == EVT_ROOM_EMPTY || what == EVT_ROOM_COVERED ||
           what == EVT_PAGE_SENT || what == EVT_PAGE_LOST ||
           what == EVT_DEVICE_OFFLINE || what == EVT_DEVICE_DEGRADED;
}

struct reading {
    struct hub *hub;
    struct state state;
    bool is_silent; /* applied, not looked at */
    uint64_t count, derived;
};

static void expect_cause(const struct reading *reading, const struct evt *evt)
{
    if (strcmp(evt->src, "hub") != 0) {
        assert_true(ulid_is_none(&evt->cause));
        return;
    }
    if (is_of_time(evt->what) && ulid_is_none(&evt->cause))
        return;
    if (ulid_is_none(&evt->cause))
        fail_msg("%s has no cause", evt_kinds[evt->what].name);
    assert_true(journal_has_id(reading->hub->journal, &evt->cause));
}

static void expect_rooms(const struct evt *evt)
{
    for (int i = 0; i < evt->room_count; i++) {
        assert_true(evt_kinds[evt->what].to & 1u << evt->rooms[i].kind);
        for (int n = 0; n < i; n++)
            assert_false(room_equal(&evt->rooms[i], &evt->rooms[n]));
    }
}

static void expect_json(const struct evt_form *form)
{
    struct fault fault;

    assert_non_null(form);
    if (json_gate((const char *)form->data, form->len, &fault) != ERR_OK)
        fail_msg("%s in %.*s", fault.text, (int)form->len, form->data);
}

/* In each dialect, for somebody; in the end everybody has been told. */
static void expect_words(struct evt *evt)
{
    enum view view = (enum view)(VIEW_FULL + evt->seq % (VIEW_COUNT - 1));
    const struct say_row *rows[SAY_ROWS];
    uint32_t kinds = 0;

    for (int i = 0; i < evt->room_count; i++)
        kinds |= 1u << evt->rooms[i].kind;
    if (evt->room_count > 0)
        expect_json(dialect_say_json(evt, view, 0));
    for (int d = 0; d < DIALECT_COUNT; d++) {
        uint32_t count = d == DIALECT_NATIVE
                                 ? 0
                                 : dialect_rows((enum dialect_id)d, evt->what,
                                           kinds, 0, rows);

        while (count-- > 0)
            expect_json(dialect_say(evt, rows[count], view));
    }
}

static const Dw__Order *order_of(
        const struct state *state, const struct evt *evt)
{
    const char *id = about_order(evt->body);

    return id ? state_order(state, id) : NULL;
}

/* What derived events say of the order is what it is. */
static void expect_true(const struct state *state, const struct evt *evt)
{
    const Dw__Order *order = order_of(state, evt);
    const Dw__Order *told =
            ((const Dw__OrderUpdated *)(const void *)evt->body)->order;

    if (evt->what != EVT_ORDER_UPDATED || ulid_is_none(&evt->cause))
        return;
    assert_non_null(order);
    assert_int_equal(told->status, order->status);
    assert_int_equal(told->n_items, order->n_items);
}

static bool on_record(void *context, const struct record *record)
{
    struct reading *reading = context;
    struct evt *evt = hub_evt_of(reading->hub, record);
    Dw__OrderStatus before = DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED;
    const Dw__Order *order;

    assert_non_null(evt);
    order = order_of(&reading->state, evt);
    if (order)
        before = order->status;
    state_apply(&reading->state, evt);
    order = order_of(&reading->state, evt);
    if (order && evt->what != EVT_TICKET_RECALLED)
        assert_true(order->status >= before);
    if (!reading->is_silent) {
        expect_cause(reading, evt);
        expect_rooms(evt);
        expect_words(evt);
        reading->derived += !ulid_is_none(&evt->cause);
    }
    expect_true(&reading->state, evt);
    reading->count++;
    evt_unref(evt);
    return true;
}

/* From a snapshot (NULL: from the beginning), to the picture as it is now. */
static struct reading read_again(struct evening *evening,
        const struct buf *snapshot, uint64_t after, bool is_silent)
{
    struct reading reading = { .hub = evening->story.hub,
        .is_silent = is_silent };
    struct buf now, again;

    buf_init(&now, PACK_BYTES);
    buf_init(&again, PACK_BYTES);
    state_init(&reading.state);
    if (snapshot)
        assert_int_equal(
                state_unpack(&reading.state, snapshot->data, snapshot->len),
                ERR_OK);
    assert_int_equal(journal_read(reading.hub->journal, after, UINT32_MAX,
                             on_record, &reading),
            ERR_OK);
    pack(&reading.hub->state, &now);
    pack(&reading.state, &again);
    expect_same(&now, &again);
    state_finish(&reading.state);
    buf_finish(&now);
    buf_finish(&again);
    return reading;
}

/* --- the evening --- */

static void play(struct evening *evening, struct place *place)
{
    struct story *story = &evening->story;

    while (evening->said_count < STATEMENTS) {
        pass(evening);
        if (chance_is(&evening->chance, 5))
            say_in_vain(evening);
        else
            say_some(evening);
        assert_int_equal(story_commit(story), ERR_OK);
        listen(evening);
        evening->unnoticed += expect_waiting(&story->hub->state);
        if (chance_is(&evening->chance, 1))
            reopen(evening, place);
        if (evening->snapshot_seq == 0 &&
                evening->said_count > STATEMENTS / 2) {
            pack(&story->hub->state, &evening->snapshot);
            evening->snapshot_seq = hub_head(story->hub);
        }
    }
}

static void play_seed(uint64_t seed)
{
    struct evening evening = { .chance.seed = seed };
    uint64_t accepted = count_of(COUNT_ACCEPTED);
    uint64_t derived = count_of(COUNT_DERIVED);
    struct reading reading;
    struct place place;

    place_make(&place);
    story_begin(&evening.story, place_file(&place, "journal"));
    evening.story.is_forgetful = true;
    evening.chance.state = &evening.story.hub->state;
    evening.chance.now_ms = evening.story.now_ms;
    buf_init(&evening.snapshot, PACK_BYTES);

    play(&evening, &place);
    reading = read_again(&evening, NULL, 0, false);
    read_again(&evening, &evening.snapshot, evening.snapshot_seq, true);
    assert_int_equal(reading.count, hub_head(evening.story.hub));
    assert_int_equal(count_of(COUNT_ACCEPTED) - accepted, reading.count);
    assert_int_equal(count_of(COUNT_DERIVED) - derived, reading.derived);
    /* Of each there was enough to mean something. */
    assert_true(evening.accepted > STATEMENTS / 10);
    assert_true(evening.refused > STATEMENTS / 10);
    assert_true(evening.undone > 5);
    assert_true(evening.told > STATEMENTS / 10);
    assert_true(evening.closed > 5);
    assert_true(evening.unnoticed > 0);

    for (int i = 0; i < OLD_ONES; i++)
        if (evening.said[i].body)
            body_free(evening.said[i].body);
    buf_finish(&evening.snapshot);
    detach_all(&evening);
    story_end(&evening.story);
    place_remove(&place);
}

static void whatever_is_said_the_journal_tells_it_all(void **state)
{
    const char *seed = getenv("STORY_SEED");

    (void)state;
    play_seed(seed ? strtoull(seed, NULL, 10) : 20260101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_said_the_journal_tells_it_all),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
