/* Whose right is gone hears and says nothing more: at once, and whatever lay
 * ready for it. */
#include "hub/hub_parts.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "schemas/floor.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/disk.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

static struct story story;
static struct place place;

static int begin(void **state)
{
    (void)state;
    place_make(&place);
    story_begin(&story, place_file(&place, "journal"));
    story.is_forgetful = true;
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    story_end(&story);
    place_remove(&place);
    return 0;
}

/* --- who is there --- */

static struct principal bearer(uint32_t mask, const char *own)
{
    struct principal who = story_principal(mask, own);

    who.issued_at_ms = story.now_ms;
    snprintf(who.token_id, sizeof(who.token_id), "t1");
    return who;
}

static struct hub_client *attach(const struct principal *who)
{
    struct hub_client *client;

    assert_int_equal(
            hub_attach(story.hub, who, &story_outlet, &story, &client), ERR_OK);
    return client;
}

static enum err join_after(
        struct hub_client *client, const char *name, const char *after)
{
    struct joined joined;
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_join(story.hub, client, &room, 1, after, story.now_ms, &joined,
            &story.fault);
}

static enum err join(struct hub_client *client, const char *name)
{
    return join_after(client, name, NULL);
}

static struct hub_client *listener(
        const struct principal *who, const char *name)
{
    struct hub_client *client = attach(who);

    assert_int_equal(join(client, name), ERR_OK);
    return client;
}

static bool is_in(const struct hub_client *client, const char *name)
{
    struct room rooms[CLIENT_ROOMS], room;
    uint64_t tops[CLIENT_ROOMS];
    uint32_t count = hub_client_rooms(client, rooms, tops);

    assert_true(room_parse(name, strlen(name), &room));
    while (count > 0)
        if (room_equal(&rooms[--count], &room))
            return true;
    return false;
}

/* --- what happens --- */

static void say(uint32_t mask, enum evt_id what, ProtobufCMessage *body)
{
    struct principal from = story_principal(mask, "");

    snprintf(from.subject, sizeof(from.subject), "office");
    if (story_say_as(&story, &from, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s %s", evt_kinds[what].name, story.fault.field,
                story.fault.text);
}

static void commit(void)
{
    assert_int_equal(story_commit(&story), ERR_OK);
    story.now_ms += 1000;
}

static void create(const char *id, const char *table)
{
    say(ROLE_BACKEND, EVT_ORDER_CREATED, story_order(id, table));
}

static void revoke_it(void)
{
    say(ROLE_ADMIN, EVT_TOKEN_REVOKED,
            made_body(EVT_TOKEN_REVOKED, "token_id", "t1", NULL));
}

static void check_out(const char *table)
{
    say(ROLE_POS, EVT_TABLE_CHECKOUT_COMPLETED,
            made_body(EVT_TABLE_CHECKOUT_COMPLETED, "table.id", table, NULL));
}

static uint32_t count_told(struct hub_client *client)
{
    uint32_t count = 0;

    while (story_next(&story, client, NULL, NULL) != EVT_NONE)
        count++;
    return count;
}

static void expect_closed(const struct hub_client *client)
{
    assert_int_equal(hub_client_state(client), ERR_UNAUTHORIZED);
    assert_false(hub_has_next(client));
}

/* --- revoked --- */

static void what_lay_ready_is_not_handed_out_after_a_revocation(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client = listener(&who, "waiters");

    (void)state;
    create("41", "5");
    commit();
    assert_true(hub_has_next(client));
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_ORDER_CREATED);
    revoke_it();
    create("42", "5");
    commit();
    story.woken = 0;
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_NONE);
    expect_closed(client);
    hub_tick(story.hub, story.now_ms);
    assert_int_equal(story.woken, 1);
    hub_detach(story.hub, client);
}

static void others_of_the_same_subject_go_on(void **state)
{
    struct principal who = bearer(ROLE_WAITER, ""), other = who;
    struct hub_client *client, *second;

    (void)state;
    snprintf(other.token_id, sizeof(other.token_id), "t2");
    client = listener(&who, "waiters");
    second = listener(&other, "waiters");
    revoke_it();
    create("41", "5");
    commit();
    assert_int_equal(count_told(client), 0);
    assert_true(count_told(second) > 0);
    hub_detach(story.hub, client);
    hub_detach(story.hub, second);
}

/* Also who is told nothing at all. */
static void a_silent_client_is_closed_within_a_second(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client = attach(&who);
    int64_t since_ms;

    (void)state;
    hub_tick(story.hub, story.now_ms);
    revoke_it();
    assert_int_equal(story_commit(&story), ERR_OK);
    since_ms = story.now_ms;
    story.woken = 0;
    while (hub_client_state(client) == ERR_OK) {
        story.now_ms += 100;
        hub_tick(story.hub, story.now_ms);
        assert_true(story.now_ms - since_ms <= 1000);
    }
    expect_closed(client);
    assert_int_equal(story.woken, 1);
    hub_detach(story.hub, client);
}

static void whoever_catches_up_is_cut_off_as_well(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client = attach(&who);
    char cursor[CURSOR_CHARS + 1];

    (void)state;
    for (int i = 0; i < 100; i++) {
        char id[8];

        snprintf(id, sizeof(id), "%d", i);
        create(id, "5");
    }
    commit();
    hub_print_cursor(story.hub, 0, cursor);
    assert_int_equal(join_after(client, "waiters", cursor), ERR_OK);
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_ORDER_CREATED);
    revoke_it();
    commit();
    assert_int_equal(count_told(client), 0);
    expect_closed(client);
    hub_detach(story.hub, client);
}

static void nobody_speaks_after_its_revocation_even_in_the_same_turn(
        void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    ProtobufCMessage *body;
    uint64_t refused = count_of(COUNT_REFUSED);
    struct fault fault;

    (void)state;
    create("41", "5");
    revoke_it();
    body = story_about(EVT_ORDER_CONFIRMED, "41");
    assert_int_equal(
            hub_may_say(story.hub, &who, EVT_ORDER_CONFIRMED, body, &fault),
            ERR_UNAUTHORIZED);
    assert_int_equal(
            story_say_as(&story, &who, EVT_ORDER_CONFIRMED, body, NULL),
            ERR_UNAUTHORIZED);
    assert_string_equal(story.fault.text, err_kinds[ERR_UNAUTHORIZED].text);
    assert_int_equal(count_of(COUNT_REFUSED), refused + 1);
}

/* Not even the answer to what it has said before. */
static void a_key_used_before_is_not_answered(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");

    (void)state;
    create("41", "5");
    for (int i = 0; i < 2; i++)
        assert_int_equal(story_say_as(&story, &who, EVT_ORDER_CONFIRMED,
                                 story_about(EVT_ORDER_CONFIRMED, "41"), "k1"),
                ERR_OK);
    revoke_it();
    assert_int_equal(story_say_as(&story, &who, EVT_ORDER_CONFIRMED,
                             story_about(EVT_ORDER_CONFIRMED, "41"), "k1"),
            ERR_UNAUTHORIZED);
}

static void whoever_is_revoked_can_do_nothing_with_its_connection(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client = listener(&who, "waiters");
    struct delivery deliveries[HISTORY];

    (void)state;
    create("41", "5");
    commit();
    assert_int_equal(hub_history(story.hub, client, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            1);
    evt_unref(deliveries[0].evt);
    revoke_it();
    commit();
    assert_int_equal(join(client, "all"), ERR_UNAUTHORIZED);
    assert_int_equal(story.fault.code, ERR_UNAUTHORIZED);
    assert_int_equal(hub_history(story.hub, client, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            0);
    assert_int_equal(hub_note(story.hub, client, EVT_SOCKET_PING,
                             body_new(evt_kinds[EVT_SOCKET_PING].body),
                             story.now_ms, &story.fault),
            ERR_UNAUTHORIZED);
    assert_int_equal(hub_readmit(story.hub, client, &who), ERR_UNAUTHORIZED);
    hub_detach(story.hub, client);
}

static void whoever_comes_back_is_told_nothing(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    int64_t now_ms;

    (void)state;
    revoke_it();
    commit();
    now_ms = story.now_ms;
    for (int i = 0; i < 2; i++) {
        struct hub_client *client = attach(&who);

        assert_int_equal(join(client, "waiters"), ERR_UNAUTHORIZED);
        assert_false(is_in(client, "waiters"));
        expect_closed(client);
        hub_detach(story.hub, client);
        story_end(&story); /* and after a restart as well */
        story_begin(&story, place_file(&place, "journal"));
        story.now_ms = now_ms;
    }
}

/* What the disk has not taken has not been: nobody is cut off by it. */
static void a_revocation_that_was_not_stored_shuts_nobody_out(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client = listener(&who, "waiters");

    (void)state;
    create("41", "5");
    commit();
    revoke_it();
    disk.write_error = SQLITE_FULL;
    assert_int_equal(story_commit(&story), ERR_UNAVAILABLE);
    disk.write_error = 0;
    assert_true(count_told(client) > 0);
    assert_int_equal(hub_may_enter(story.hub, &who), ERR_OK);
    hub_detach(story.hub, client);
}

static void a_retired_device_is_cut_off(void **state)
{
    struct principal who = bearer(ROLE_DEVICE, "p1");
    struct hub_client *client = listener(&who, "device/p1");

    (void)state;
    say(ROLE_HUB, EVT_DEVICE_RETIRED,
            made_body(EVT_DEVICE_RETIRED, "device_id", "p1", "kind", "printer",
                    NULL));
    commit();
    assert_int_equal(count_told(client), 0);
    expect_closed(client);
    hub_detach(story.hub, client);
}

/* --- sittings --- */

static void guests_are_told_that_it_is_over_and_nothing_after(void **state)
{
    struct principal who = bearer(ROLE_TABLE, "5");
    struct hub_client *client = listener(&who, "table/5");
    enum evt_id told, last = EVT_NONE;

    (void)state;
    story.now_ms += 1000;
    create("41", "5");
    check_out("5");
    create("42", "5");
    commit();
    create("43", "5");
    commit();
    while ((told = story_next(&story, client, NULL, NULL)) != EVT_NONE)
        last = told;
    assert_int_equal(last, EVT_TABLE_CHECKOUT_COMPLETED);
    expect_closed(client);
    story.woken = 0;
    hub_tick(story.hub, story.now_ms);
    assert_int_equal(story.woken, 1);
    hub_detach(story.hub, client);
}

static void guests_who_do_not_read_are_closed_within_a_second(void **state)
{
    struct principal who = bearer(ROLE_TABLE, "5");
    struct hub_client *client = listener(&who, "table/5");
    int64_t since_ms;

    (void)state;
    story.now_ms += 1000;
    hub_tick(story.hub, story.now_ms);
    create("41", "5");
    check_out("5");
    assert_int_equal(story_commit(&story), ERR_OK);
    since_ms = story.now_ms;
    while (hub_client_state(client) == ERR_OK) {
        assert_true(hub_has_next(client));
        story.now_ms += 100;
        hub_tick(story.hub, story.now_ms);
        assert_true(story.now_ms - since_ms <= 1000);
    }
    hub_detach(story.hub, client);
}

static void guests_who_leave_can_do_nothing_more(void **state)
{
    struct principal who = bearer(ROLE_TABLE, "5"), again;
    struct hub_client *client = listener(&who, "table/5");

    (void)state;
    story.now_ms += 1000;
    check_out("5");
    commit();
    assert_int_equal(join(client, "guests"), ERR_UNAUTHORIZED);
    again = bearer(ROLE_TABLE, "5"); /* the next ones' */
    assert_int_equal(hub_readmit(story.hub, client, &again), ERR_UNAUTHORIZED);
    assert_int_equal(story_say_as(&story, &who, EVT_SERVICE_CALL_CREATED,
                             story_call("5", NULL), NULL),
            ERR_UNAUTHORIZED);
    hub_detach(story.hub, client);
}

static void other_tables_and_the_staff_go_on(void **state)
{
    struct principal guest = bearer(ROLE_TABLE, "6");
    struct principal staff = bearer(ROLE_WAITER, "");
    struct hub_client *neighbour = listener(&guest, "table/6");
    struct hub_client *waiter = listener(&staff, "table/5");

    (void)state;
    story.now_ms += 1000;
    check_out("5");
    create("41", "5");
    create("42", "6");
    commit();
    assert_true(count_told(neighbour) > 0);
    assert_true(count_told(waiter) > 0);
    assert_true(is_in(neighbour, "table/6"));
    assert_true(is_in(waiter, "table/5"));
    hub_detach(story.hub, neighbour);
    hub_detach(story.hub, waiter);
}

static ProtobufCMessage *order_of(const char *id, const char *key)
{
    Dw__OrderCreated *created = (void *)story_order(id, "5");

    created->order->session = (void *)body_new(&dw__session__descriptor);
    body_set_string(&created->order->session->key, key);
    return &created->base;
}

static void who_has_only_a_key_is_told_what_was_and_closed(void **state)
{
    struct principal who = story_principal(ROLE_TABLE, "");
    struct hub_client *client;

    (void)state;
    snprintf(who.session, sizeof(who.session), "k1");
    client = listener(&who, "session/k1");
    say(ROLE_BACKEND, EVT_ORDER_CREATED, order_of("41", "k1"));
    check_out("5");
    commit();
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_ORDER_CREATED);
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_NONE);
    expect_closed(client);
    hub_detach(story.hub, client);
    client = attach(&who);
    assert_int_equal(join(client, "session/k1"), ERR_UNAUTHORIZED);
    hub_detach(story.hub, client);
}

/* --- those who come after them --- */

/* Whatever else they are that opens no table. */
static void cannot_look_back(uint32_t mask)
{
    struct principal who;
    struct hub_client *client;
    struct delivery deliveries[HISTORY];
    char cursor[CURSOR_CHARS + 1];
    uint64_t ended, seq;

    create("41", "5");
    commit();
    check_out("5");
    commit();
    ended = state_sitting(&story.hub->state, "5")->ended_seq;
    who = bearer(mask, "5");
    create("42", "5");
    commit();
    client = attach(&who);
    hub_print_cursor(story.hub, 0, cursor);
    assert_int_equal(join_after(client, "table/5", cursor), ERR_OK);
    while (story_next(&story, client, &seq, NULL) != EVT_NONE)
        assert_true(seq > ended);
    assert_int_equal(hub_history(story.hub, client, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            1);
    assert_true(deliveries[0].evt->seq > ended);
    evt_unref(deliveries[0].evt);
    assert_int_equal(join(client, "order/41"), ERR_FORBIDDEN);
    assert_int_equal(join(client, "order/42"), ERR_OK);
    hub_detach(story.hub, client);
}

static void new_guests_cannot_look_back(void **state)
{
    (void)state;
    cannot_look_back(ROLE_TABLE);
}

static void nor_can_those_who_care_for_the_pool_besides(void **state)
{
    (void)state;
    cannot_look_back(ROLE_TABLE | ROLE_POOL);
}

/* The till closes it when they have gone; the next guests sit there by now. */
static void new_guests_hear_nothing_of_an_order_of_those_before(void **state)
{
    struct principal guest, staff = bearer(ROLE_WAITER, "");
    struct hub_client *client;
    struct hub_client *waiter = listener(&staff, "table/5");
    char cursor[CURSOR_CHARS + 1];

    (void)state;
    create("41", "5");
    commit();
    check_out("5");
    commit();
    guest = bearer(ROLE_TABLE, "5");
    client = listener(&guest, "table/5");
    hub_print_cursor(story.hub, hub_head(story.hub), cursor);
    count_told(waiter);
    say(ROLE_BACKEND, EVT_ORDER_COMPLETED,
            story_about(EVT_ORDER_COMPLETED, "41"));
    commit();
    assert_int_equal(count_told(client), 0);
    assert_true(count_told(waiter) > 0);
    hub_detach(story.hub, client);
    client = attach(&guest); /* nor by a cursor */
    assert_int_equal(join_after(client, "table/5", cursor), ERR_OK);
    assert_int_equal(count_told(client), 0);
    hub_detach(story.hub, client);
    hub_detach(story.hub, waiter);
}

static void guests_say_nothing_of_an_order_of_those_before(void **state)
{
    struct principal guest;
    struct fault unknown;

    (void)state;
    create("41", "5");
    check_out("5");
    commit();
    guest = bearer(ROLE_TABLE, "5");
    assert_int_equal(
            story_say_as(&story, &guest, EVT_ORDER_CANCEL_REQUESTED,
                    story_about(EVT_ORDER_CANCEL_REQUESTED, "99"), NULL),
            ERR_FORBIDDEN);
    unknown = story.fault;
    assert_int_equal(
            story_say_as(&story, &guest, EVT_ORDER_CANCEL_REQUESTED,
                    story_about(EVT_ORDER_CANCEL_REQUESTED, "41"), NULL),
            ERR_FORBIDDEN);
    assert_memory_equal(&unknown, &story.fault, sizeof(unknown));
}

/* --- rooms --- */

static void put_table(const char *id, const char *zone)
{
    say(ROLE_BACKEND, EVT_TABLE_UPDATED,
            made_body(EVT_TABLE_UPDATED, "table.id", id, "table.zone", zone,
                    NULL));
}

static void a_room_that_is_closed_is_left_without_a_word(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client;
    struct room room = { 0 };

    (void)state;
    put_table("5", "terrace");
    commit();
    snprintf(who.tables, sizeof(who.tables), "zone:terrace");
    client = listener(&who, "table/5");
    assert_int_equal(join(client, "waiters"), ERR_OK);
    say(ROLE_WAITER, EVT_TABLE_ACTIVATED,
            made_body(EVT_TABLE_ACTIVATED, "table.id", "5", NULL));
    put_table("5", "inside");
    commit();
    assert_int_equal(
            story_next(&story, client, NULL, &room), EVT_TABLE_ACTIVATED);
    assert_int_equal(room.kind, ROOM_INDEX_WAITERS);
    assert_false(is_in(client, "table/5"));
    assert_true(is_in(client, "waiters"));
    assert_int_equal(hub_client_state(client), ERR_OK);
    hub_detach(story.hub, client);
}

/* Without being told anything: it would be in it for ever. */
static void a_silent_client_leaves_as_well(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client;

    (void)state;
    create("41", "5");
    commit();
    snprintf(who.tables, sizeof(who.tables), "5");
    client = listener(&who, "order/41");
    say(ROLE_WAITER, EVT_TABLE_MOVED,
            made_body(EVT_TABLE_MOVED, "table.id", "5", "to_table.id", "6",
                    NULL));
    commit();
    hub_tick(story.hub, story.now_ms);
    assert_false(is_in(client, "order/41"));
    assert_int_equal(count_told(client), 0);
    hub_detach(story.hub, client);
}

/* Each kind of event that may take a right of listening, and where to. */
static void rooms_are_looked_at_again_after_whatever_may_close_one(void **state)
{
    static const struct {
        const char *room;
        enum evt_id what;
        const char *path, *value, *path2, *value2;
    } cases[] = {
        { "table/5", EVT_TABLE_UPDATED, "table.id", "5", "table.zone", "x" },
        { "table/5", EVT_TABLE_LAYOUT_UPDATED, "tables[0].id", "5",
                "tables[0].zone", "x" },
        { "order/41", EVT_TABLE_MOVED, "table.id", "5", "to_table.id", "6" },
        { "order/41", EVT_TABLE_MERGED, "table.id", "5", "to_table.id", "6" },
        { "order/41", EVT_ORDER_UPDATED, "order.id", "41", "order.table.id",
                "6" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = bearer(ROLE_WAITER, "");
        ProtobufCMessage *body = made_body(cases[i].what, cases[i].path,
                cases[i].value, cases[i].path2, cases[i].value2, NULL);
        struct hub_client *client;

        end(NULL);
        begin(NULL);
        if (cases[i].what == EVT_TABLE_LAYOUT_UPDATED)
            ((Dw__TableLayoutUpdated *)(void *)body)->layout =
                    (void *)body_new(&dw__layout__descriptor);
        put_table("5", "terrace");
        create("41", "5");
        commit();
        snprintf(who.tables, sizeof(who.tables), "zone:terrace");
        client = listener(&who, cases[i].room);
        say(ROLE_BACKEND, cases[i].what, body);
        commit();
        hub_tick(story.hub, story.now_ms);
        if (is_in(client, cases[i].room))
            fail_msg("case %zu: %s", i, cases[i].room);
        hub_detach(story.hub, client);
    }
}

/* Else each event would have everybody looked at. */
static void what_follows_takes_nothing_that_its_cause_has_not(void **state)
{
    uint64_t taken;

    (void)state;
    create("41", "5");
    check_out("6");
    commit();
    taken = story.hub->taken;
    assert_true(taken > 0);
    say(ROLE_KITCHEN, EVT_KITCHEN_PREPARING,
            story_about(EVT_KITCHEN_PREPARING, "41"));
    commit();
    assert_true(evt_kinds[EVT_ORDER_UPDATED].takes);
    assert_int_equal(story.hub->taken, taken);
}

/* A room that does not exist, one of others and one that is forbidden. */
static void a_room_is_refused_without_a_reason(void **state)
{
    static const char *const rooms[] = { "order/99", "order/42", "table/99",
        "table/6", "kitchen", "session/k9", "user/anna", "device/p1" };
    struct principal guest = bearer(ROLE_TABLE, "5");
    struct hub_client *client = attach(&guest);
    struct fault first = { 0 };

    (void)state;
    create("42", "6");
    commit();
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        assert_int_equal(join(client, rooms[i]), ERR_FORBIDDEN);
        if (i == 0)
            first = story.fault;
        assert_memory_equal(&first, &story.fault, sizeof(first));
    }
    hub_detach(story.hub, client);
}

/* --- the same one with another token --- */

static void a_new_token_takes_the_place_of_the_old_one(void **state)
{
    struct principal who = bearer(ROLE_WAITER, ""), again = who;
    struct hub_client *client;

    (void)state;
    who.expires_at_ms = story.now_ms + 500;
    client = listener(&who, "waiters");
    snprintf(again.token_id, sizeof(again.token_id), "t2");
    assert_int_equal(hub_readmit(story.hub, client, &again), ERR_OK);
    revoke_it(); /* the one that it came with */
    create("41", "5");
    commit();
    hub_tick(story.hub, story.now_ms);
    assert_true(count_told(client) > 0);
    assert_int_equal(hub_client_state(client), ERR_OK);
    hub_detach(story.hub, client);
}

static void fewer_roles_open_fewer_rooms(void **state)
{
    struct principal who = bearer(ROLE_WAITER | ROLE_KITCHEN, ""), less = who;
    struct hub_client *client = listener(&who, "waiters");
    struct delivery delivery;

    (void)state;
    assert_int_equal(join(client, "kitchen"), ERR_OK);
    create("41", "5");
    say(ROLE_BACKEND, EVT_TABLE_ACTIVATED,
            made_body(EVT_TABLE_ACTIVATED, "table.id", "5", NULL));
    commit();
    less.roles = ROLE_KITCHEN;
    assert_int_equal(hub_readmit(story.hub, client, &less), ERR_OK);
    assert_false(is_in(client, "waiters"));
    assert_true(is_in(client, "kitchen"));
    while (hub_next(story.hub, client, &delivery)) {
        assert_int_equal(delivery.view, VIEW_STAFF);
        assert_int_equal(
                delivery.evt->rooms[delivery.room].kind, ROOM_INDEX_KITCHEN);
        evt_unref(delivery.evt);
    }
    hub_detach(story.hub, client);
}

/* In a room that both may be in, not all is for both. */
static void what_the_new_roles_do_not_see_is_not_handed_out(void **state)
{
    struct principal who = bearer(ROLE_MANAGER, ""), less = who;
    struct hub_client *client = listener(&who, "kitchen");
    struct delivery delivery;
    int told = 0;

    (void)state;
    create("41", "5");
    commit();
    less.roles = ROLE_POS;
    assert_int_equal(hub_readmit(story.hub, client, &less), ERR_OK);
    for (; hub_next(story.hub, client, &delivery); told++) {
        assert_int_not_equal(delivery.view, VIEW_NONE);
        evt_unref(delivery.evt);
    }
    assert_true(told > 0);
    hub_detach(story.hub, client);
}

static void more_roles_open_more_rooms(void **state)
{
    struct principal who = bearer(ROLE_KITCHEN, ""), more = who;
    struct hub_client *client = listener(&who, "kitchen");

    (void)state;
    assert_int_equal(join(client, "waiters"), ERR_FORBIDDEN);
    more.roles |= ROLE_WAITER;
    assert_int_equal(hub_readmit(story.hub, client, &more), ERR_OK);
    assert_int_equal(join(client, "waiters"), ERR_OK);
    hub_detach(story.hub, client);
}

static void nobody_becomes_somebody_else(void **state)
{
    struct principal who = bearer(ROLE_WAITER, ""), other = who, late = who;
    struct hub_client *client = listener(&who, "waiters");

    (void)state;
    snprintf(other.subject, sizeof(other.subject), "somebody");
    other.roles = ROLE_ADMIN;
    assert_int_equal(hub_readmit(story.hub, client, &other), ERR_FORBIDDEN);
    assert_int_equal(join(client, "admin"), ERR_FORBIDDEN);
    late.expires_at_ms = story.now_ms;
    assert_int_equal(hub_readmit(story.hub, client, &late), ERR_UNAUTHORIZED);
    assert_int_equal(hub_client_state(client), ERR_OK);
    assert_true(is_in(client, "waiters"));
    hub_detach(story.hub, client);
}

static void an_expired_client_does_nothing_more(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client;

    (void)state;
    who.expires_at_ms = story.now_ms + 1000;
    client = listener(&who, "waiters");
    story.now_ms += 1000;
    assert_int_equal(join(client, "all"), ERR_UNAUTHORIZED);
    expect_closed(client);
    assert_int_equal(story_say_as(&story, &who, EVT_SERVICE_CALL_CREATED,
                             story_call("5", NULL), NULL),
            ERR_UNAUTHORIZED);
    hub_detach(story.hub, client);
}

static int64_t ahead_ms = 1000000; /* of a clock that nobody sets */

/* Somebody does, between two ticks. */
static void set_clock(int64_t by_ms)
{
    hub_clock(story.hub, ahead_ms += by_ms);
    hub_tick(story.hub, story.now_ms += by_ms);
}

/* What is left of its time passes, whatever the clock says. */
static void a_clock_set_back_lets_nobody_stay_longer(void **state)
{
    const int64_t back_ms = 60 * 60 * 1000;
    struct principal who = bearer(ROLE_WAITER, ""), ever = who;
    struct hub_client *client, *stays;

    (void)state;
    who.expires_at_ms = story.now_ms + 10000;
    client = listener(&who, "waiters");
    stays = listener(&ever, "waiters");
    hub_clock(story.hub, ahead_ms);
    hub_tick(story.hub, story.now_ms += 4000);
    set_clock(-back_ms);
    hub_tick(story.hub, story.now_ms += 5000);
    assert_int_equal(hub_client_state(client), ERR_OK);
    hub_tick(story.hub, story.now_ms += 1100);
    expect_closed(client);
    set_clock(1000 - story.now_ms);
    assert_int_equal(hub_client_state(stays), ERR_OK);
    hub_detach(story.hub, client);
    hub_detach(story.hub, stays);
}

/* Its token says that it was made after the end, but it was here before. */
static void guests_leave_with_their_sitting_though_the_clock_was_set_back(
        void **state)
{
    struct principal who = bearer(ROLE_TABLE, "5");
    struct hub_client *client = listener(&who, "table/5");

    (void)state;
    hub_clock(story.hub, ahead_ms);
    hub_tick(story.hub, story.now_ms += 4000);
    set_clock(-60 * 60 * 1000);
    check_out("5");
    commit();
    count_told(client);
    expect_closed(client);
    hub_detach(story.hub, client);
}

/* Forward and back again, as often as may be: in the end nothing has passed. */
static void a_clock_put_right_takes_nobodys_time(void **state)
{
    const int64_t hour_ms = 60 * 60 * 1000;
    struct principal who = bearer(ROLE_WAITER, "");
    struct hub_client *client;

    (void)state;
    who.expires_at_ms = story.now_ms + 12 * hour_ms;
    client = listener(&who, "waiters");
    hub_clock(story.hub, ahead_ms);
    for (int i = 0; i < 4; i++) {
        set_clock(5 * hour_ms);
        set_clock(-5 * hour_ms);
    }
    hub_tick(story.hub, story.now_ms += 1000);
    assert_int_equal(hub_client_state(client), ERR_OK);
    set_clock(12 * hour_ms);
    expect_closed(client);
    hub_detach(story.hub, client);
}

static void activate(const char *table)
{
    say(ROLE_WAITER, EVT_TABLE_ACTIVATED,
            made_body(EVT_TABLE_ACTIVATED, "table.id", table, NULL));
}

/* Which orders a guest of table 5 is told of who has heard of all up to `seq`;
 * as an old number and as the last of history. */
static void expect_orders_after(
        uint64_t seq, const char *const *ids, uint32_t count)
{
    struct principal who = bearer(ROLE_TABLE, "5");
    struct hub_client *client = attach(&who);
    struct delivery deliveries[HISTORY];
    char cursor[CURSOR_CHARS + 1];
    uint32_t told = 0;
    struct evt *evt;

    hub_print_cursor(story.hub, seq, cursor);
    assert_int_equal(join_after(client, "table/5", cursor), ERR_OK);
    while ((evt = story_said(&story, client, EVT_ORDER_CREATED))) {
        assert_true(told < count);
        assert_true(made_is(evt->body, "order.id", ids[told++]));
        evt_unref(evt);
    }
    assert_int_equal(told, count);
    assert_int_equal(hub_history(story.hub, client, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            count);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(made_is(deliveries[i].evt->body, "order.id", ids[i]));
        evt_unref(deliveries[i].evt);
    }
    hub_detach(story.hub, client);
}

/* Whatever the clock says of when they sat down, and whatever a back end. */
static void guests_miss_nothing_though_the_clock_was_set_back(void **state)
{
    static const char *const orders[] = { "42", "43" };
    uint64_t seq;

    (void)state;
    create("41", "5");
    activate("5");
    commit();
    seq = hub_head(story.hub);
    story.now_ms -= 3 * 60 * 60 * 1000;
    create("42", "5");
    say(ROLE_BACKEND, EVT_TABLE_UPDATED,
            made_body(EVT_TABLE_UPDATED, "table.id", "5",
                    "table.covers.last_session_at_ms", "1767229200000", NULL));
    create("43", "5");
    commit();
    expect_orders_after(seq, orders, 2);
    expect_orders_after(0, orders, 2);
}

static void new_guests_cannot_look_back_though_the_clock_was_set_ahead(
        void **state)
{
    static const char *const orders[] = { "42" };

    (void)state;
    story.now_ms += 3 * 60 * 60 * 1000;
    create("41", "5");
    commit();
    story.now_ms -= 3 * 60 * 60 * 1000;
    activate("5");
    create("42", "5");
    commit();
    expect_orders_after(0, orders, 1);
}

/* Over under another clock than the one by which its guests sat down. */
static void guests_stay_with_their_order_though_the_clock_was_set_back(
        void **state)
{
    struct principal who;
    struct hub_client *client;

    (void)state;
    activate("5");
    create("41", "5");
    commit();
    who = bearer(ROLE_TABLE, "5");
    client = listener(&who, "order/41");
    story.now_ms -= 60 * 60 * 1000;
    say(ROLE_BACKEND, EVT_ORDER_COMPLETED,
            story_about(EVT_ORDER_COMPLETED, "41"));
    put_table("6", "terrace"); /* who may listen where is looked at again */
    commit();
    count_told(client);
    assert_true(is_in(client, "order/41"));
    activate("5");
    put_table("6", "inside");
    commit();
    count_told(client);
    assert_false(is_in(client, "order/41"));
    hub_detach(story.hub, client);
}

/* --- in the log --- */

/* What is logged while `what` is done, into `out`. */
static void catch_log(void (*what)(void), char *out, size_t size)
{
    FILE *file = tmpfile();
    int stderr_was = dup(2);
    size_t len;

    assert_non_null(file);
    assert_true(stderr_was >= 0);
    fflush(stderr);
    assert_true(dup2(fileno(file), 2) >= 0);
    what();
    fflush(stderr);
    assert_true(dup2(stderr_was, 2) >= 0);
    close(stderr_was);
    rewind(file);
    len = fread(out, 1, size - 1, file);
    out[len] = '\0';
    fclose(file);
}

static void be_refused(void)
{
    struct principal who = bearer(ROLE_KITCHEN, "");
    struct hub_client *client;

    snprintf(who.subject, sizeof(who.subject), "grill\n2026 forged");
    story_say_as(&story, &who, EVT_ORDER_CONFIRMED,
            story_about(EVT_ORDER_CONFIRMED, "41"), NULL);
    client = attach(&who);
    join(client, "waiters");
    hub_detach(story.hub, client);
}

static void be_refused_often(void)
{
    for (int i = 0; i < 1000; i++)
        be_refused();
    story.now_ms += 10000;
    be_refused();
}

static int count_lines(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void a_refusal_is_in_the_log_with_who_it_was(void **state)
{
    char log[4096];

    (void)state;
    catch_log(be_refused, log, sizeof(log));
    assert_int_equal(count_lines(log), 2);
    assert_non_null(strstr(log, "\"grill\\x0a2026 forged\" may not say "
                                "order.confirmed: this is not allowed"));
    assert_non_null(strstr(log, "\"grill\\x0a2026 forged\" may not join "
                                "waiters: this is not allowed"));
}

static void whoever_is_refused_often_does_not_fill_the_log(void **state)
{
    char log[8192];

    (void)state;
    catch_log(be_refused_often, log, sizeof(log));
    assert_int_equal(count_lines(log), 10 + 1 + 2);
    assert_non_null(strstr(log, "1990 more refusals are not in the log"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(what_lay_ready_is_not_handed_out_after_a_revocation),
        T(others_of_the_same_subject_go_on),
        T(a_silent_client_is_closed_within_a_second),
        T(whoever_catches_up_is_cut_off_as_well),
        T(nobody_speaks_after_its_revocation_even_in_the_same_turn),
        T(a_key_used_before_is_not_answered),
        T(whoever_is_revoked_can_do_nothing_with_its_connection),
        T(whoever_comes_back_is_told_nothing),
        T(a_revocation_that_was_not_stored_shuts_nobody_out),
        T(a_retired_device_is_cut_off),
        T(guests_are_told_that_it_is_over_and_nothing_after),
        T(guests_who_do_not_read_are_closed_within_a_second),
        T(guests_who_leave_can_do_nothing_more),
        T(other_tables_and_the_staff_go_on),
        T(who_has_only_a_key_is_told_what_was_and_closed),
        T(new_guests_cannot_look_back),
        T(nor_can_those_who_care_for_the_pool_besides),
        T(new_guests_hear_nothing_of_an_order_of_those_before),
        T(guests_say_nothing_of_an_order_of_those_before),
        T(a_room_that_is_closed_is_left_without_a_word),
        T(a_silent_client_leaves_as_well),
        T(rooms_are_looked_at_again_after_whatever_may_close_one),
        T(what_follows_takes_nothing_that_its_cause_has_not),
        T(a_room_is_refused_without_a_reason),
        T(a_new_token_takes_the_place_of_the_old_one),
        T(fewer_roles_open_fewer_rooms),
        T(what_the_new_roles_do_not_see_is_not_handed_out),
        T(more_roles_open_more_rooms),
        T(nobody_becomes_somebody_else),
        T(an_expired_client_does_nothing_more),
        T(a_clock_set_back_lets_nobody_stay_longer),
        T(guests_leave_with_their_sitting_though_the_clock_was_set_back),
        T(a_clock_put_right_takes_nobodys_time),
        T(guests_miss_nothing_though_the_clock_was_set_back),
        T(new_guests_cannot_look_back_though_the_clock_was_set_ahead),
        T(guests_stay_with_their_order_though_the_clock_was_set_back),
        T(a_refusal_is_in_the_log_with_who_it_was),
        T(whoever_is_refused_often_does_not_fill_the_log),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
