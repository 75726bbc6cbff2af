/* Listening: joining, catching up, being too slow. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/hub_parts.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

static struct story story;

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_end(&story);
    return 0;
}

static void create(const char *id, const char *table)
{
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order(id, table), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static struct hub_client *attach(uint32_t mask, const char *own)
{
    struct principal principal = story_principal(mask, own);
    struct hub_client *client;

    assert_int_equal(
            hub_attach(story.hub, &principal, &story_outlet, &story, &client),
            ERR_OK);
    return client;
}

static enum err join(struct hub_client *client, const char *name,
        const char *after, struct joined *joined)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_join(story.hub, client, &room, 1, after, story.now_ms, joined,
            &story.fault);
}

/* All that waits, as seqs; returns how many. */
static int take(struct hub_client *client, uint64_t *seqs, int max)
{
    int count = 0;

    while (count < max &&
            story_next(&story, client, &seqs[count], NULL) != EVT_NONE)
        count++;
    return count;
}

static void an_event_in_several_rooms_comes_once(void **state)
{
    struct hub_client *client = attach(ROLE_MANAGER, "");
    struct joined joined;
    uint64_t seqs[16];
    struct room room;

    (void)state;
    assert_int_equal(join(client, "waiters", NULL, &joined), ERR_OK);
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    create("41", "5");
    assert_int_equal(
            story_next(&story, client, &seqs[0], &room), EVT_ORDER_CREATED);
    assert_int_equal(room.kind, ROOM_INDEX_KITCHEN);
    assert_int_equal(
            story_next(&story, client, NULL, NULL), EVT_PRINT_REQUESTED);
    assert_int_equal(take(client, seqs, 16), 0);
    hub_detach(story.hub, client);
}

static void a_cursor_gives_exactly_what_was_missed(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct hub_client *witness = attach(ROLE_KITCHEN, "");
    struct joined joined;
    uint64_t seen[64], missed[64];
    char cursor[CURSOR_CHARS + 1];
    int all, before;

    (void)state;
    assert_int_equal(join(witness, "kitchen", NULL, &joined), ERR_OK);
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    assert_false(joined.recovered);
    create("41", "5");
    before = take(client, seen, 64);
    hub_print_cursor(story.hub, seen[before - 1], cursor);
    hub_detach(story.hub, client);
    create("42", "5");
    create("43", "6");

    client = attach(ROLE_KITCHEN, "");
    assert_int_equal(join(client, "kitchen", cursor, &joined), ERR_OK);
    assert_true(joined.recovered);
    create("44", "6"); /* while it catches up */
    all = take(witness, seen, 64);
    assert_int_equal(take(client, missed, 64), all - before);
    assert_memory_equal(
            missed, seen + before, (size_t)(all - before) * sizeof(uint64_t));
    create("45", "6"); /* and live again */
    assert_true(take(client, missed, 64) > 0);
    hub_detach(story.hub, client);
    hub_detach(story.hub, witness);
}

static void catching_up_in_a_second_room_repeats_nothing(void **state)
{
    struct hub_client *client = attach(ROLE_MANAGER, "");
    struct joined joined;
    uint64_t first[64], second[64];
    char cursor[CURSOR_CHARS + 1];
    int n;

    (void)state;
    hub_print_cursor(story.hub, 0, cursor);
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    create("41", "5");
    n = take(client, first, 64);
    assert_true(n > 0);
    /* Orders went to waiters as well: all known but for what only waiters
     * were told. */
    assert_int_equal(join(client, "waiters", cursor, &joined), ERR_OK);
    assert_true(joined.recovered);
    assert_int_equal(take(client, second, 64), 0);
    create("42", "5");
    assert_int_equal(take(client, second, 64), n);
    hub_detach(story.hub, client);
}

/* Whoever sat there before was at the same table, and may have passed its
 * cursor on. */
static void guests_catch_up_with_their_own_sitting_only(void **state)
{
    struct hub_client *client = attach(ROLE_TABLE, "5");
    struct hub_client *staff = attach(ROLE_WAITER, "");
    struct joined joined;
    char cursor[CURSOR_CHARS + 1];
    uint64_t since, seqs[64];

    (void)state;
    create("41", "5");
    story.now_ms += 1000;
    since = hub_head(story.hub);
    assert_int_equal(
            story_say(&story, ROLE_WAITER, EVT_TABLE_ACTIVATED,
                    made_body(EVT_TABLE_ACTIVATED, "table.id", "5", NULL),
                    NULL),
            ERR_OK);
    create("42", "5");
    hub_print_cursor(story.hub, 0, cursor);
    assert_int_equal(join(client, "table/5", cursor, &joined), ERR_OK);
    assert_true(take(client, seqs, 64) > 1);
    assert_int_equal(seqs[0], since + 1);
    assert_int_equal(join(staff, "table/5", cursor, &joined), ERR_OK);
    assert_true(take(staff, seqs, 64) > 1);
    assert_int_equal(seqs[0], 1);
    hub_detach(story.hub, client);
    hub_detach(story.hub, staff);
}

static void a_foreign_or_future_cursor_gets_a_snapshot(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;
    char cursor[CURSOR_CHARS + 1];

    (void)state;
    create("41", "5");
    assert_int_equal(
            join(client, "kitchen", "zzz.1.0123456789abcdef", &joined), ERR_OK);
    assert_false(joined.recovered);
    assert_int_equal(joined.seq, hub_head(story.hub));
    hub_detach(story.hub, client);

    client = attach(ROLE_KITCHEN, "");
    hub_print_cursor(story.hub, hub_head(story.hub) + 1, cursor);
    assert_int_equal(join(client, "kitchen", cursor, &joined), ERR_OK);
    assert_false(joined.recovered);
    hub_detach(story.hub, client);
}

/* It may come back, but not from there; that is counted if it is of this
 * journal. */
static void expect_not_recovered(const char *cursor, bool is_counted)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    uint64_t bad = count_of(COUNT_BAD_CURSOR);
    struct joined joined;

    if (join(client, "kitchen", cursor, &joined) != ERR_OK || joined.recovered)
        fail_msg("%s is taken", cursor);
    assert_int_equal(joined.seq, hub_head(story.hub));
    assert_int_equal(count_of(COUNT_BAD_CURSOR), bad + is_counted);
    assert_false(hub_has_next(client));
    hub_detach(story.hub, client);
}

static void nobody_makes_a_cursor_of_its_own(void **state)
{
    char epoch[EPOCH_CHARS + 1], cursor[CURSOR_CHARS + 1];
    char forged[CURSOR_CHARS + 8];
    uint64_t head;
    const char *seal;

    (void)state;
    create("41", "5");
    head = hub_head(story.hub);
    assert_true(head >= 2);
    epoch_print(hub_epoch(story.hub), epoch);
    hub_print_cursor(story.hub, head, cursor);
    seal = strrchr(cursor, '.') + 1;

    for (uint64_t seq = 0; seq < head + 2; seq++) {
        if (seq == head)
            continue;
        snprintf(forged, sizeof(forged), "%s.%" PRIu64 ".%s", epoch, seq, seal);
        expect_not_recovered(forged, true);
    }
    snprintf(forged, sizeof(forged), "%s.%" PRIu64, epoch, head);
    expect_not_recovered(forged, true); /* as they were before seals */
    snprintf(forged, sizeof(forged), "zzz.%" PRIu64 ".%s", head, seal);
    expect_not_recovered(forged, false);
}

static void whichever_bit_of_a_cursor_turns_it_is_not_taken(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    char cursor[CURSOR_CHARS + 1];
    struct joined joined;
    size_t len;

    (void)state;
    create("41", "5");
    hub_print_cursor(story.hub, 1, cursor);
    len = strlen(cursor);
    for (size_t bit = 0; bit < len * 8; bit++) {
        enum err err;

        cursor[bit / 8] = (char)(cursor[bit / 8] ^ 1 << bit % 8);
        err = join(client, "kitchen", cursor, &joined);
        if (err != ERR_BAD_REQUEST && (err != ERR_OK || joined.recovered))
            fail_msg("%s is taken", cursor);
        cursor[bit / 8] = (char)(cursor[bit / 8] ^ 1 << bit % 8);
    }
    for (; len > 0; len--) {
        char shorter[CURSOR_CHARS + 1];
        enum err err;

        snprintf(shorter, len, "%s", cursor);
        err = join(client, "kitchen", shorter, &joined);
        if (err != ERR_BAD_REQUEST && (err != ERR_OK || joined.recovered))
            fail_msg("%s is taken", shorter);
    }
    assert_int_equal(join(client, "kitchen", cursor, &joined), ERR_OK);
    assert_true(joined.recovered);
    hub_detach(story.hub, client);
}

static void a_cursor_is_good_after_a_restart_and_nowhere_else(void **state)
{
    struct hub_options elsewhere = { .path = ":memory:", .seed = 4711 };
    struct hub_client *client;
    char cursor[CURSOR_CHARS + 1], theirs[CURSOR_CHARS + 1];
    char again[CURSOR_CHARS + 1];
    struct joined joined;
    struct place place;
    struct hub *other;

    (void)state;
    place_make(&place);
    story_end(&story);
    story_begin(&story, place_file(&place, "journal"));
    create("41", "5");
    hub_print_cursor(story.hub, 1, cursor);
    story_end(&story);
    story_begin(&story, place_file(&place, "journal"));
    hub_print_cursor(story.hub, 1, again);
    assert_string_equal(again, cursor);
    client = attach(ROLE_KITCHEN, "");
    assert_int_equal(join(client, "kitchen", cursor, &joined), ERR_OK);
    assert_true(joined.recovered);
    hub_detach(story.hub, client);

    assert_int_equal(hub_open(&other, &elsewhere, story.now_ms), ERR_OK);
    hub_print_cursor(other, 1, theirs);
    hub_close(other);
    expect_not_recovered(theirs, false);
    /* Not even under this one's name. */
    snprintf(strchr(again, '.'), sizeof(again) - strcspn(again, "."), "%s",
            strchr(theirs, '.'));
    expect_not_recovered(again, true);
    story_end(&story);
    story_begin(&story, NULL);
    place_remove(&place);
}

/* Each event says where one is behind it. */
static void an_events_seal_is_its_cursors(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    char cursor[CURSOR_CHARS + 1], from_start[CURSOR_CHARS + 1];
    char printed[CURSOR_CHARS + 1];
    struct delivery delivery;
    struct joined joined;

    (void)state;
    hub_print_cursor(story.hub, 0, from_start);
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    create("41", "5");
    for (int round = 0; round < 2; round++) { /* by its lane; by the journal */
        assert_true(hub_next(story.hub, client, &delivery));
        hub_print_cursor(story.hub, delivery.evt->seq, cursor);
        cursor_print(delivery.evt->epoch, delivery.evt->seq, delivery.evt->seal,
                printed);
        assert_string_equal(printed, cursor);
        evt_unref(delivery.evt);
        hub_detach(story.hub, client);
        client = attach(ROLE_KITCHEN, "");
        assert_int_equal(join(client, "kitchen", from_start, &joined), ERR_OK);
        assert_true(joined.recovered);
    }
    hub_detach(story.hub, client);
}

static void a_malformed_cursor_is_refused(void **state)
{
    static const char *const bad[] = { "", ".", "a.", ".1", "a.b", "a.1x",
        "aaaaaaaaa.1", "a.-1", "a.111111111111111111111111111111111", "a.1.",
        "a.1.0123", "a.1.0123456789ABCDEF" };
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
                join(client, "kitchen", bad[i], &joined), ERR_BAD_REQUEST);
        assert_string_equal(story.fault.field, "after");
    }
    hub_detach(story.hub, client);
}

static void doors_are_shut_by_default(void **state)
{
    static const struct {
        uint32_t role;
        const char *room;
        bool may;
    } cases[] = {
        { ROLE_KITCHEN, "kitchen", true },
        { ROLE_KITCHEN, "waiters", false },
        { ROLE_KITCHEN, "admin", false },
        { ROLE_KITCHEN, "table/5", false },
        { ROLE_WAITER, "waiters", true },
        { ROLE_WAITER, "kitchen", false },
        { ROLE_WAITER, "table/5", true },
        { ROLE_TABLE, "table/5", true },
        { ROLE_TABLE, "table/6", false },
        { ROLE_TABLE, "kitchen", false },
        { ROLE_TABLE, "order/41", true },
        { ROLE_TABLE, "order/42", false },
        { ROLE_TABLE, "order/99", false },
        { ROLE_DEVICE, "device/5", true },
        { ROLE_DEVICE, "device/6", false },
        { ROLE_DEVICE, "kitchen", false },
        { ROLE_ADMIN, "admin", true },
        { 0, "kitchen", false },
        { 0, "table/5", false },
    };

    (void)state;
    create("41", "5");
    create("42", "6");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hub_client *client = attach(cases[i].role, "5");
        struct joined joined;

        assert_int_equal(join(client, cases[i].room, NULL, &joined),
                cases[i].may ? ERR_OK : ERR_FORBIDDEN);
        hub_detach(story.hub, client);
    }
}

static void joining_is_all_or_nothing(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct room rooms[2];
    struct joined joined;

    (void)state;
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &rooms[0]));
    assert_true(room_make(ROOM_INDEX_ADMIN, "", &rooms[1]));
    assert_int_equal(hub_join(story.hub, client, rooms, 2, NULL, story.now_ms,
                             &joined, &story.fault),
            ERR_FORBIDDEN);
    create("41", "5");
    assert_false(hub_has_next(client));
    hub_detach(story.hub, client);
}

static void who_left_hears_nothing_more(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;
    struct room room;

    (void)state;
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &room));
    hub_leave(story.hub, client, &room, 1);
    create("41", "5");
    assert_false(hub_has_next(client));
    hub_detach(story.hub, client);
}

/* What waited in a room that it has left is read again when it comes back. */
static void leaving_and_joining_again_repeats_nothing(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;
    char cursor[CURSOR_CHARS + 1];
    uint64_t seqs[16];
    struct room room;

    (void)state;
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    hub_print_cursor(story.hub, joined.seq, cursor);
    create("41", "5");
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &room));
    hub_leave(story.hub, client, &room, 1);
    assert_false(hub_has_next(client));
    assert_int_equal(join(client, "kitchen", cursor, &joined), ERR_OK);
    assert_true(joined.recovered);
    assert_int_equal(take(client, seqs, 16), 2);
    assert_int_equal(seqs[0], 1);
    assert_int_equal(seqs[1], 2);
    hub_detach(story.hub, client);
}

static void what_another_room_told_as_well_survives_leaving_one(void **state)
{
    struct hub_client *client = attach(ROLE_MANAGER, "");
    struct joined joined;
    struct room room;

    (void)state;
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    assert_int_equal(join(client, "table/5", NULL, &joined), ERR_OK);
    create("41", "5");
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &room));
    hub_leave(story.hub, client, &room, 1);
    assert_int_equal(
            story_next(&story, client, NULL, &room), EVT_ORDER_CREATED);
    assert_int_equal(room.kind, ROOM_INDEX_TABLE);
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_NONE);
    hub_detach(story.hub, client);
}

/* A picture is followed by what came after it, by nothing that is in it. */
static void joining_again_without_a_cursor_starts_anew(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;
    uint64_t seqs[16];

    (void)state;
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    create("41", "5");
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    assert_false(joined.recovered);
    create("42", "5");
    assert_int_equal(take(client, seqs, 16), 2);
    assert_int_equal(seqs[0], joined.seq + 1);
    hub_detach(story.hub, client);
}

/* --- any order of joining, leaving, reading and bursts --- */

#define MODEL_EVENTS 4000
#define MODEL_ROOMS  4

/* What one client has to get, kept beside the hub in the plainest way. */
struct model {
    struct hub_client *client, *witness;
    struct room rooms[MODEL_ROOMS];
    bool joined[MODEL_ROOMS];
    uint64_t from[MODEL_ROOMS];
    uint64_t last[MODEL_ROOMS]; /* handed out in this room */
    bool goes_to[MODEL_EVENTS][MODEL_ROOMS];
    bool delivered[MODEL_EVENTS];
    uint32_t random;
    int orders;
};

static uint32_t chance(struct model *model, uint32_t below)
{
    model->random = model->random * 1664525 + 1013904223;
    return (model->random >> 8) % below;
}

static bool is_covered(const struct model *model, uint64_t seq)
{
    for (int i = 0; i < MODEL_ROOMS; i++)
        if (model->joined[i] && model->goes_to[seq][i] && seq > model->from[i])
            return true;
    return false;
}

/* The witness follows everything and is asked which rooms there were. */
static void witness(struct model *model)
{
    struct delivery delivery;

    while (hub_next(story.hub, model->witness, &delivery)) {
        assert_true(delivery.evt->seq < MODEL_EVENTS);
        for (int i = 0; i < MODEL_ROOMS; i++)
            model->goes_to[delivery.evt->seq][i] =
                    evt_room_index(delivery.evt, &model->rooms[i]) >= 0;
        evt_unref(delivery.evt);
    }
}

static void model_orders(struct model *model, uint32_t count)
{
    struct principal from = story_principal(ROLE_BACKEND, "");

    for (uint32_t i = 0; i < count; i++) {
        struct submission submission = { .from = &from,
            .what = EVT_ORDER_CREATED };
        char id[16];

        snprintf(id, sizeof(id), "o%d", model->orders++);
        submission.body = story_order(id, chance(model, 2) ? "5" : "6");
        assert_int_equal(
                hub_submit(story.hub, &submission, story.now_ms, &story.fault),
                ERR_OK);
    }
    assert_int_equal(story_commit(&story), ERR_OK);
    witness(model);
}

static void model_join(struct model *model, int i)
{
    char cursor[CURSOR_CHARS + 1];
    uint64_t head = hub_head(story.hub);
    struct joined joined;
    uint64_t after = model->last[i];

    if (model->joined[i])
        return;
    if (chance(model, 3) == 0)
        after = chance(model, (uint32_t)head + 1);
    hub_print_cursor(story.hub, after, cursor);
    assert_int_equal(hub_join(story.hub, model->client, &model->rooms[i], 1,
                             chance(model, 4) ? cursor : NULL, story.now_ms,
                             &joined, &story.fault),
            ERR_OK);
    assert_int_equal(joined.seq, joined.recovered ? after : head);
    /* It asks for them again, unless it has them by a room it is in. */
    for (uint64_t seq = joined.seq + 1; seq <= head; seq++)
        if (model->goes_to[seq][i] && !is_covered(model, seq))
            model->delivered[seq] = false;
    model->joined[i] = true;
    model->from[i] = model->last[i] = joined.seq;
}

/* Not while it reads older events for another room: those that this room has
 * told already would come once more, by the other. */
static void model_leave(struct model *model, int i)
{
    if (!model->client->is_live)
        return;
    hub_leave(story.hub, model->client, &model->rooms[i], 1);
    model->joined[i] = false;
}

/* Each that comes is due, and later than what its rooms have had. */
static void model_read(struct model *model, uint32_t most)
{
    uint64_t seq;

    for (uint32_t n = 0; n < most; n++) {
        if (story_next(&story, model->client, &seq, NULL) == EVT_NONE)
            return;
        assert_true(is_covered(model, seq));
        assert_false(model->delivered[seq]);
        model->delivered[seq] = true;
        for (int i = 0; i < MODEL_ROOMS; i++) {
            if (!model->joined[i] || !model->goes_to[seq][i] ||
                    seq <= model->from[i])
                continue;
            assert_true(seq > model->last[i]);
            model->last[i] = seq;
        }
    }
}

static void model_step(struct model *model)
{
    int i = (int)chance(model, MODEL_ROOMS);

    switch (chance(model, 8)) {
    case 0:
    case 1:
        model_join(model, i);
        break;
    case 2:
        model_leave(model, i);
        break;
    case 3:
    case 4:
        model_orders(model, 1 + chance(model, 4));
        break;
    case 5:
        if (chance(model, 6) == 0 && model->orders < 600)
            model_orders(model, LANE_SLOTS / 2 + 50);
        break;
    default:
        model_read(model, chance(model, 40));
        break;
    }
}

static void whatever_it_joins_and_leaves_each_event_comes_once(void **state)
{
    static const char *const names[MODEL_ROOMS] = { "kitchen", "waiters",
        "table/5", "table/6" };
    static struct model model;

    (void)state;
    for (uint32_t round = 0; round < 60; round++) {
        model = (struct model){ .random = round };
        story_end(&story);
        story_begin(&story, NULL);
        for (int i = 0; i < MODEL_ROOMS; i++)
            assert_true(
                    room_parse(names[i], strlen(names[i]), &model.rooms[i]));
        model.client = attach(ROLE_MANAGER, "");
        model.witness = attach(ROLE_HUB, "");
        assert_int_equal(hub_join_all(story.hub, model.witness, 0), ERR_OK);
        for (int n = 0; n < 80; n++)
            model_step(&model);
        model_read(&model, MODEL_EVENTS);
        for (uint64_t seq = 1; seq <= hub_head(story.hub); seq++)
            if (is_covered(&model, seq) && !model.delivered[seq])
                fail_msg("round %u: %d never came", round, (int)seq);
        hub_detach(story.hub, model.client);
        hub_detach(story.hub, model.witness);
    }
}

static void a_client_that_does_not_read_is_closed_by_age(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;

    (void)state;
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    create("41", "5");
    hub_tick(story.hub, story.now_ms + LANE_AGE_MS);
    assert_int_equal(hub_client_state(client), ERR_OK);
    story.woken = 0;
    hub_tick(story.hub, story.now_ms + LANE_AGE_MS + HUB_CHECK_MS);
    assert_int_equal(hub_client_state(client), ERR_TOO_SLOW);
    assert_int_equal(story.woken, 1);
    hub_detach(story.hub, client);
}

/* More orders in one turn than a lane holds; returns how many. */
static int burst(void)
{
    int count = LANE_SLOTS + 100;

    for (int i = 0; i < count; i++) {
        struct principal from = story_principal(ROLE_BACKEND, "");
        struct submission submission = { .from = &from,
            .what = EVT_ORDER_CREATED };
        char id[16];

        snprintf(id, sizeof(id), "o%d", i);
        submission.body = story_order(id, "5");
        assert_int_equal(
                hub_submit(story.hub, &submission, story.now_ms, &story.fault),
                ERR_OK);
    }
    assert_int_equal(story_commit(&story), ERR_OK);
    return count;
}

static void a_burst_closes_nobody_who_reads(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;
    uint64_t expected = 1, seq;
    int count;

    (void)state;
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    count = burst();
    hub_tick(story.hub, story.now_ms + LANE_AGE_MS / 2);
    assert_int_equal(hub_client_state(client), ERR_OK);
    while (story_next(&story, client, &seq, NULL) != EVT_NONE)
        assert_int_equal(seq, expected++);
    assert_int_equal(expected, 2 * count + 1); /* and its print.requested */
    story_commit(&story);                      /* the figures of the tick */
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_KITCHEN_STATS);
    hub_detach(story.hub, client);
}

static void whoever_stays_behind_a_burst_is_closed(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;
    int64_t moment = story.now_ms;
    uint64_t seq;

    (void)state;
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    burst();
    /* It reads, so that nothing in its lane is old, but too little. */
    for (int i = 0; i < 11; i++) {
        assert_int_equal(hub_client_state(client), ERR_OK);
        for (int n = 0; n < 64; n++)
            story_next(&story, client, &seq, NULL);
        moment += LANE_AGE_MS / 10;
        hub_tick(story.hub, moment);
    }
    assert_int_equal(hub_client_state(client), ERR_TOO_SLOW);
    hub_detach(story.hub, client);
}

static void a_token_that_expires_closes_its_connection(void **state)
{
    struct principal principal = story_principal(ROLE_KITCHEN, "");
    struct hub_client *client;

    (void)state;
    principal.expires_at_ms = story.now_ms + 1000;
    assert_int_equal(
            hub_attach(story.hub, &principal, &story_outlet, &story, &client),
            ERR_OK);
    hub_tick(story.hub, story.now_ms + 999 - HUB_CHECK_MS);
    assert_int_equal(hub_client_state(client), ERR_OK);
    hub_tick(story.hub, story.now_ms + 1000);
    assert_int_equal(hub_client_state(client), ERR_UNAUTHORIZED);
    hub_detach(story.hub, client);
}

static void a_follower_of_everything_starts_where_it_stopped(void **state)
{
    struct hub_client *client = attach(ROLE_HUB, "");
    uint64_t seqs[64];
    uint64_t expected;
    int count;

    (void)state;
    create("41", "5");
    create("42", "5");
    assert_int_equal(hub_join_all(story.hub, client, 1), ERR_OK);
    create("43", "5");
    count = take(client, seqs, 64);
    expected = 2;
    for (int i = 0; i < count; i++)
        assert_int_equal(seqs[i], expected++);
    assert_int_equal(expected, hub_head(story.hub) + 1);
    hub_detach(story.hub, client);
}

static void nothing_uncommitted_is_read_back(void **state)
{
    struct hub_client *client = attach(ROLE_HUB, "");
    uint64_t seqs[64];

    (void)state;
    create("41", "5");
    assert_int_equal(hub_join_all(story.hub, client, 0), ERR_OK);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("42", "5"),
            NULL);
    assert_int_equal(take(client, seqs, 64), 2);
    story_commit(&story);
    assert_int_equal(take(client, seqs, 64), 2);
    hub_detach(story.hub, client);
}

static void a_join_commits_first_and_shows_what_is_on_disk(void **state)
{
    struct hub_client *client = attach(ROLE_KITCHEN, "");
    struct joined joined;

    (void)state;
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    assert_int_equal(join(client, "kitchen", NULL, &joined), ERR_OK);
    assert_int_equal(story.settled_count, 1);
    assert_int_equal(joined.seq, hub_head(story.hub));
    assert_false(hub_has_next(client));
    hub_detach(story.hub, client);
}

static void the_tops_name_the_last_event_of_each_room(void **state)
{
    struct hub_client *client = attach(ROLE_MANAGER, "");
    struct room rooms[CLIENT_ROOMS];
    uint64_t tops[CLIENT_ROOMS], seqs[16];
    struct joined joined;

    (void)state;
    assert_int_equal(join(client, "table/5", NULL, &joined), ERR_OK);
    assert_int_equal(join(client, "table/6", NULL, &joined), ERR_OK);
    create("41", "5");
    assert_int_equal(take(client, seqs, 16), 1);
    assert_int_equal(hub_client_rooms(client, rooms, tops), 2);
    assert_int_equal(tops[0], seqs[0]);
    assert_int_equal(tops[1], 0);
    hub_detach(story.hub, client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(an_event_in_several_rooms_comes_once),
        T(a_cursor_gives_exactly_what_was_missed),
        T(guests_catch_up_with_their_own_sitting_only),
        T(catching_up_in_a_second_room_repeats_nothing),
        T(a_foreign_or_future_cursor_gets_a_snapshot),
        T(nobody_makes_a_cursor_of_its_own),
        T(whichever_bit_of_a_cursor_turns_it_is_not_taken),
        T(a_cursor_is_good_after_a_restart_and_nowhere_else),
        T(an_events_seal_is_its_cursors),
        T(a_malformed_cursor_is_refused),
        T(doors_are_shut_by_default),
        T(joining_is_all_or_nothing),
        T(who_left_hears_nothing_more),
        T(leaving_and_joining_again_repeats_nothing),
        T(joining_again_without_a_cursor_starts_anew),
        T(what_another_room_told_as_well_survives_leaving_one),
        T(whatever_it_joins_and_leaves_each_event_comes_once),
        T(a_client_that_does_not_read_is_closed_by_age),
        T(a_burst_closes_nobody_who_reads),
        T(whoever_stays_behind_a_burst_is_closed),
        T(a_token_that_expires_closes_its_connection),
        T(a_follower_of_everything_starts_where_it_stopped),
        T(nothing_uncommitted_is_read_back),
        T(a_join_commits_first_and_shows_what_is_on_disk),
        T(the_tops_name_the_last_event_of_each_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
