/*
 * Does the access list grant what the hub itself would? The list is read back
 * as the broker reads it, by code of its own, and compared with validate_join
 * and the catalogue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/mqtt/roster.h"
#include "hub/state.h"
#include "hub/validate.h"
#include "schemas/catalogue.h"

#define OWN   "own1"
#define OTHER "other1"

enum { READ = 1, WRITE = 2 };

/* --- the broker's way of reading the list --- */

/* Does a filter fit a topic? Levels between slashes; + is one, # the rest. */
static bool fits(const char *filter, const char *topic)
{
    for (;;) {
        size_t f = strcspn(filter, "/"), t = strcspn(topic, "/");

        if (f == 1 && *filter == '#')
            return *topic != '$';
        if (!(f == 1 && *filter == '+') &&
                (f != t || memcmp(filter, topic, f) != 0))
            return false;
        if (!filter[f] || !topic[t])
            return !filter[f] && !topic[t];
        filter += f + 1;
        topic += t + 1;
    }
}

static int access_of(const char *word, size_t len)
{
    if (len == 4 && memcmp(word, "read", 4) == 0)
        return READ;
    if (len == 5 && memcmp(word, "write", 5) == 0)
        return WRITE;
    if (len == 9 && memcmp(word, "readwrite", 9) == 0)
        return READ | WRITE;
    return 0; /* deny */
}

/* What `user` ("": nobody's name) may do with a topic. */
static int granted(const char *acl, const char *user, const char *topic)
{
    char line[256];
    bool mine = !*user, denied = false;
    int access = 0;

    for (const char *at = acl; *at; at += strcspn(at, "\n"), at += *at != 0) {
        size_t len = strcspn(at, "\n"), word;

        assert_true(len < sizeof(line));
        memcpy(line, at, len);
        line[len] = '\0';
        if (strncmp(line, "user ", 5) == 0)
            mine = strcmp(line + 5, user) == 0;
        if (!mine || strncmp(line, "topic ", 6) != 0)
            continue;
        word = strcspn(line + 6, " ");
        if (!fits(line + 6 + word + 1, topic))
            continue;
        if (strncmp(line + 6, "deny", 4) == 0)
            denied = true;
        access |= access_of(line + 6, word);
    }
    return denied ? 0 : access;
}

/* --- one member, and what the hub would say of it --- */

struct scene {
    struct roster roster;
    struct state state;
    struct buf acl;
    struct principal who;
    const char *table;
};

static void put(struct scene *scene, const char *login, enum member_id kind,
        const char *table)
{
    struct member member = { .kind = kind, .site = "main", .hash = "$7$x" };

    snprintf(member.login, sizeof(member.login), "%s", login);
    snprintf(member.table, sizeof(member.table), "%s", table);
    assert_int_equal(roster_put(&scene->roster, &member), ERR_OK);
}

static void begin(struct scene *scene, enum member_id kind, const char *table)
{
    bool is_device = member_kinds[kind].role == ROLE_DEVICE;

    *scene = (struct scene){ .roster = { .lock = -1 }, .table = table };
    state_init(&scene->state);
    put(scene, "dumbwaiter-hub", MEMBER_HUB, "");
    put(scene, OTHER, kind, "");
    put(scene, OWN, kind, table);
    buf_init(&scene->acl, 65536);
    roster_put_acl(&scene->roster, &scene->acl);
    buf_putc(&scene->acl, '\0');
    assert_false(scene->acl.failed);
    scene->who.roles = member_kinds[kind].role;
    snprintf(scene->who.subject, sizeof(scene->who.subject), OWN);
    if (is_device)
        snprintf(scene->who.device, sizeof(scene->who.device), OWN);
}

static void finish(struct scene *scene)
{
    buf_finish(&scene->acl);
    state_finish(&scene->state);
    roster_close(&scene->roster);
}

static int may(const struct scene *scene, const char *format, const char *part)
{
    char topic[256];

    snprintf(topic, sizeof(topic), "dw/1/main/%s%s", format, part);
    return granted(scene->acl.data, OWN, topic);
}

/* Every kind of room, with ids of its own and of others. */
static void each_room(
        struct scene *scene, void (*check)(struct scene *scene,
                                     const struct room *room, const char *text))
{
    static const char *const ids[] = { OWN, OTHER, "5", "6" };
    char text[ROOM_CHARS + 1];
    struct room room;

    for (int i = 0; i < ROOM_COUNT; i++)
        for (int j = 0; j < (room_kinds[i].has_id ? 4 : 1); j++) {
            assert_true(room_make((enum room_index)i,
                    room_kinds[i].has_id ? ids[j] : "", &room));
            room_print(&room, text);
            check(scene, &room, text);
        }
}

static void fail_at(const struct scene *scene, const char *what,
        const char *room, int access, bool right)
{
    fail_msg("%s as %s: %s%s may %d, hub says %d", OWN,
            scene->who.device[0] ? "a device" : "a producer", what, room,
            access, right);
}

/* --- what is heard as JSON: what the role may join --- */

static void check_json(
        struct scene *scene, const struct room *room, const char *text)
{
    bool right = validate_join(&scene->who, room, &scene->state);
    static const char *const heads[] = { "json/", "state/" };

    /* Its own room is a device's own topics. */
    if (room->kind == ROOM_INDEX_DEVICE)
        right = false;
    for (int i = 0; i < 2; i++) {
        int access = may(scene, heads[i], text);

        if (access != (right ? READ : 0))
            fail_at(scene, heads[i], text, access, right);
    }
}

/* The hub has all of its site; of what is foreign see test_roster.c. */
static bool has_rights_of_a_role(int kind)
{
    return kind != MEMBER_HUB && !member_kinds[kind].foreign;
}

static void everybody_hears_the_rooms_that_its_role_may_join(void **unused)
{
    struct scene scene;

    (void)unused;
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        if (!has_rights_of_a_role(kind))
            continue;
        begin(&scene, (enum member_id)kind, "5");
        each_room(&scene, check_json);
        finish(&scene);
    }
}

/* What goes to a room that a producer hears, it may see: topics have one view
 * for all. */
static void a_producer_hears_no_event_that_is_not_for_it(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++) {
        if (!(room_kinds[i].join & ROLE_BACKEND))
            continue;
        for (int what = 0; what < EVT_COUNT; what++)
            if (evt_kinds[what].to & 1u << i)
                assert_int_equal(
                        evt_view((enum evt_id)what, ROLE_BACKEND), VIEW_FULL);
    }
}

/* --- what is heard as protobuf: what rings here --- */

/* Written down here once more: what a machine on a table, and in the kitchen,
 * has to hear. */
static bool rings(enum member_id kind, const char *table, const char *room)
{
    if (kind == MEMBER_BUZZER)
        return strcmp(room, "kitchen") == 0;
    if (kind != MEMBER_PAGER)
        return false;
    if (strncmp(room, "table/", 6) == 0)
        return !*table || strcmp(room + 6, table) == 0;
    return !*table && strcmp(room, "waiters") == 0;
}

static enum member_id checked;

static void check_pb(
        struct scene *scene, const struct room *room, const char *text)
{
    bool right = rings(checked, scene->table, text);
    int access = may(scene, "pb/", text);

    (void)room;
    if (access != (right ? READ : 0))
        fail_at(scene, "pb/", text, access, right);
}

static void a_device_hears_what_rings_where_it_stands(void **unused)
{
    static const char *const tables[] = { "5", "" };
    struct scene scene;

    (void)unused;
    for (int kind = 0; kind < MEMBER_COUNT; kind++)
        for (int t = 0; t < 2 && kind != MEMBER_HUB; t++) {
            checked = (enum member_id)kind;
            begin(&scene, checked, tables[t]);
            each_room(&scene, check_pb);
            finish(&scene);
        }
}

/* Where a kind listens, something is said that machines may see. */
static void no_kind_listens_where_nothing_is_for_devices(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < MEMBER_COUNT; kind++)
        for (int i = 0; i < ROOM_COUNT; i++) {
            bool found = false;

            if (!((member_kinds[kind].hears | member_kinds[kind].roams) &
                        1u << i))
                continue;
            for (int what = 0; what < EVT_COUNT; what++)
                found = found || (evt_kinds[what].device & ROLE_DEVICE &&
                                         evt_kinds[what].to & 1u << i);
            assert_true(found);
        }
}

/* --- what is said, and one's own --- */

static bool any_from(uint32_t role)
{
    for (int what = 0; what < EVT_COUNT; what++)
        if ((evt_kinds[what].from | evt_kinds[what].from_own) & role)
            return true;
    return false;
}

static void who_may_state_something_may_publish_it_as_itself(void **unused)
{
    static const char *const leaves[] = { "info", "ack", "evt", "state", "tele",
        "log" };
    static const char *const told[] = { "cmd", "cfg", "job" };
    struct scene scene;

    (void)unused;
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        uint32_t role = member_kinds[kind].role;
        struct room own;

        if (!has_rights_of_a_role(kind))
            continue;
        begin(&scene, (enum member_id)kind, "5");
        assert_true(any_from(role));
        assert_true(room_make(ROOM_INDEX_DEVICE, OWN, &own));
        for (int i = 0; i < 6; i++) {
            assert_int_equal(may(&scene, "dev/" OWN "/", leaves[i]),
                    role == ROLE_DEVICE ? WRITE : 0);
            assert_int_equal(may(&scene, "dev/" OTHER "/", leaves[i]), 0);
        }
        for (int i = 0; i < 3; i++) {
            assert_int_equal(may(&scene, "dev/" OWN "/", told[i]),
                    validate_join(&scene.who, &own, &scene.state) ? READ : 0);
            assert_int_equal(may(&scene, "dev/" OTHER "/", told[i]), 0);
        }
        assert_int_equal(may(&scene, "in/" OWN "/", "order.created"),
                role == ROLE_BACKEND ? WRITE : 0);
        assert_int_equal(may(&scene, "in/" OTHER "/", "order.created"), 0);
        assert_int_equal(may(&scene, "in/" OWN "/a/", "b"), 0);
        assert_int_equal(may(&scene, "receipt/", OWN), READ);
        assert_int_equal(may(&scene, "receipt/", OTHER), 0);
        assert_int_equal(may(&scene, "cmd/", "order.created"),
                role == ROLE_BACKEND ? READ : 0);
        assert_int_equal(may(&scene, "hub/", "state"), READ);
        finish(&scene);
    }
}

/* Programs of the house read what the hub says of devices; devices do not. */
static void what_is_known_of_devices_is_for_producers(void **unused)
{
    static const char *const discovery[] = { "ha/device/main/p1/config",
        "other/device/main/p1/config" };
    static const char *const others[] = { "ha/device/harbour/p1/config",
        "ha/sensor/main/p1/config", "ha/device/main/p1/state", "ha/status" };
    struct scene scene;

    (void)unused;
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        int right = member_kinds[kind].role == ROLE_BACKEND ? READ : 0;

        if (kind == MEMBER_HUB)
            continue;
        begin(&scene, (enum member_id)kind, "5");
        assert_int_equal(may(&scene, "dev/" OWN "/", "about"), right);
        assert_int_equal(may(&scene, "dev/" OTHER "/", "about"), right);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(granted(scene.acl.data, OWN, discovery[i]), right);
            assert_int_equal(
                    granted(scene.acl.data, "dumbwaiter-hub", discovery[i]),
                    READ | WRITE);
            assert_int_equal(granted(scene.acl.data, "", discovery[i]), 0);
        }
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(granted(scene.acl.data, OWN, others[i]), 0);
            assert_int_equal(
                    granted(scene.acl.data, "dumbwaiter-hub", others[i]), 0);
        }
        finish(&scene);
    }
}

static void nobody_controls_the_broker_nor_another_restaurant(void **unused)
{
    static const char *const topics[] = { "$CONTROL/dynamic-security/v1",
        "$SYS/broker/clients/total", "dw/1/harbour/json/kitchen",
        "dw/1/harbour/in/" OWN "/order.created", "dw/1/harbour/pb/table/5",
        "dw/2/main/json/kitchen", "other/topic", "dw/1/main" };
    static const char *const users[] = { OWN, "dumbwaiter-hub", "" };
    struct scene scene;

    (void)unused;
    for (int kind = 0; kind < MEMBER_COUNT; kind++) {
        begin(&scene, (enum member_id)kind, "");
        for (size_t u = 0; u < 3; u++)
            for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
                if (granted(scene.acl.data, users[u], topics[i]) != 0)
                    fail_msg("%s: %s", users[u], topics[i]);
        finish(&scene);
    }
}

static void who_has_no_name_only_reads_what_is_for_debugging(void **unused)
{
    struct scene scene;

    (void)unused;
    begin(&scene, MEMBER_PAGER, "");
    assert_int_equal(granted(scene.acl.data, "", "dw/1/main/json/admin"), READ);
    assert_int_equal(
            granted(scene.acl.data, "", "dw/1/main/state/kitchen"), READ);
    assert_int_equal(granted(scene.acl.data, "", "dw/1/main/hub/state"), READ);
    assert_int_equal(granted(scene.acl.data, "", "dw/1/main/pb/kitchen"), 0);
    assert_int_equal(granted(scene.acl.data, "", "dw/1/main/cmd/x"), 0);
    assert_int_equal(granted(scene.acl.data, "", "dw/1/main/receipt/x"), 0);
    assert_int_equal(
            granted(scene.acl.data, "", "dw/1/main/dev/" OWN "/cmd"), 0);
    assert_int_equal(
            granted(scene.acl.data, "", "dw/1/main/dev/" OWN "/state"), 0);
    finish(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_hears_the_rooms_that_its_role_may_join),
        cmocka_unit_test(a_producer_hears_no_event_that_is_not_for_it),
        cmocka_unit_test(a_device_hears_what_rings_where_it_stands),
        cmocka_unit_test(no_kind_listens_where_nothing_is_for_devices),
        cmocka_unit_test(who_may_state_something_may_publish_it_as_itself),
        cmocka_unit_test(what_is_known_of_devices_is_for_producers),
        cmocka_unit_test(nobody_controls_the_broker_nor_another_restaurant),
        cmocka_unit_test(who_has_no_name_only_reads_what_is_for_debugging),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
