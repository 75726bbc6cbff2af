#include "schemas/rooms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/err.h"
#include "schemas/roles.h"

static bool parses(const char *text, struct room *room)
{
    return room_parse(text, strlen(text), room);
}

static void every_room_that_is_printed_is_read_again(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++) {
        const char *id = room_kinds[i].has_id ? "A-z_09" : "";
        struct room room, again;
        char text[ROOM_CHARS + 1];
        size_t len;

        assert_true(room_make((enum room_index)i, id, &room));
        len = room_print(&room, text);
        assert_int_equal(len, strlen(text));
        assert_true(parses(text, &again));
        assert_true(room_equal(&room, &again));
        assert_memory_equal(&room, &again, sizeof(room));
    }
}

static void a_station_is_a_room_of_its_own_beside_the_kitchen(void **unused)
{
    struct room kitchen, station;

    (void)unused;
    assert_true(parses("kitchen", &kitchen));
    assert_true(parses("kitchen/grill", &station));
    assert_int_equal(kitchen.kind, ROOM_INDEX_KITCHEN);
    assert_int_equal(station.kind, ROOM_INDEX_STATION);
    assert_string_equal(station.id, "grill");
    assert_false(room_equal(&kitchen, &station));
}

static void what_is_no_room_is_refused_and_changes_nothing(void **unused)
{
    static const char *const wrong[] = { "", "/", "kitchens", "Kitchen",
        "kitchen/", "table", "table/", "table/5/6", "table/5 ", " table/5",
        "table/+", "table/#", "table/..", "table/ü", "waiters/1", "admin/1",
        "order", "device/", "all/1", "session", "user/", "restaurant/main",
        "table//5", "table/1234567890123456789012345678901234567" };
    struct room room = { .kind = ROOM_INDEX_ADMIN, .id = "" };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (parses(wrong[i], &room))
            fail_msg("\"%s\" was taken for a room", wrong[i]);
    assert_int_equal(room.kind, ROOM_INDEX_ADMIN);
    assert_false(room_parse("table/5\0x", 9, &room));
    assert_false(room_parse("kitchen\0", 8, &room));
}

static void an_id_has_1_to_36_characters_of_its_alphabet(void **unused)
{
    static const char longest[] = "abcdefghijklmnopqrstuvwxyz-_01234567";
    struct room room;

    (void)unused;
    assert_int_equal(strlen(longest), ID_CHARS);
    assert_true(id_is_valid(longest, ID_CHARS));
    assert_false(id_is_valid(longest, 0));
    assert_false(
            id_is_valid("abcdefghijklmnopqrstuvwxyz-_012345678", ID_CHARS + 1));
    for (int c = 0; c < 256; c++) {
        char text = (char)c;
        bool valid = c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789_-",
                                  c);

        assert_int_equal(id_is_valid(&text, 1), valid);
    }
    assert_true(room_make(ROOM_INDEX_TABLE, longest, &room));
    assert_false(room_make(ROOM_INDEX_TABLE, "", &room));
    assert_false(room_make(ROOM_INDEX_TABLE, "a/b", &room));
    assert_false(room_make(ROOM_INDEX_KITCHEN, "5", &room));
}

static void a_uuid_is_an_id(void **unused)
{
    static const char uuid[] = "123e4567-e89b-12d3-a456-426614174000";
    char text[ROOM_CHARS + 1];
    struct room room;

    (void)unused;
    assert_true(room_make(ROOM_INDEX_ORDER, uuid, &room));
    assert_string_equal(room.id, uuid);
    assert_int_equal(room_print(&room, text), strlen("order/") + strlen(uuid));
    assert_true(room_parse(text, strlen(text), &room));
    assert_string_equal(room.id, uuid);
}

static void people_are_told_the_same_length(void **unused)
{
    char text[64];

    (void)unused;
    snprintf(text, sizeof(text), "1 to %d characters", ID_CHARS);
    assert_memory_equal(ID_GRAMMAR, text, strlen(text));
    assert_string_equal(err_kinds[ERR_BAD_ID].text, "an id is " ID_GRAMMAR);
}

static void somebody_may_join_every_room(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++) {
        assert_non_null(room_kinds[i].name);
        assert_true((room_kinds[i].join | room_kinds[i].join_own) != 0);
        assert_int_equal(room_kinds[i].join & room_kinds[i].join_own, 0);
    }
}

/* A sitting is for those who hold its token. */
static void an_admin_may_join_every_room_but_a_session(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++)
        if (!(room_kinds[i].join & ROLE_ADMIN) != (i == ROOM_INDEX_SESSION))
            fail_msg("%s", room_kinds[i].name);
}

/* What stands in them concerns everybody. */
static void guests_and_devices_join_what_is_theirs_or_for_all_guests(
        void **unused)
{
    const uint32_t strangers = ROLE_TABLE | ROLE_USER | ROLE_DEVICE;

    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++)
        if (i != ROOM_INDEX_GUESTS && (room_kinds[i].join & strangers))
            fail_msg("%s", room_kinds[i].name);
}

/* One's own needs an id to be compared with. */
static void only_rooms_with_an_id_are_somebody_s_own(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++)
        assert_true(room_kinds[i].has_id || room_kinds[i].join_own == 0);
}

/* --- what dialects call them --- */

#define SITE "main"

static bool parses_alias(
        enum dialect_id dialect, const char *text, struct room *room)
{
    return room_parse_alias(dialect, SITE, text, strlen(text), room);
}

static void every_alias_that_is_printed_is_read_again(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (int i = 0; i < ROOM_COUNT; i++) {
            char text[ALIAS_CHARS + 1] = "";
            struct room room, again;
            size_t len;

            assert_true(room_make((enum room_index)i,
                    room_kinds[i].has_id ? "A-z_09" : "", &room));
            len = room_print_alias((enum dialect_id)d, SITE, &room, text);
            assert_int_equal(len, strlen(text));
            if (len == 0) {
                assert_null(room_kinds[i].alias[d]);
                continue;
            }
            if (!parses_alias((enum dialect_id)d, text, &again))
                fail_msg("dialect %d: %s is not read", d, text);
            assert_memory_equal(&room, &again, sizeof(room));
        }
}

static void our_own_words_for_rooms_are_the_native_dialect_s(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++) {
        char name[ROOM_CHARS + 1], alias[ALIAS_CHARS + 1];
        struct room room;

        assert_true(room_make(
                (enum room_index)i, room_kinds[i].has_id ? "17" : "", &room));
        room_print(&room, name);
        assert_int_equal(room_print_alias(DIALECT_NATIVE, SITE, &room, alias),
                strlen(name));
        assert_string_equal(alias, name);
        assert_null(room_kinds[i].alias[DIALECT_NATIVE]);
    }
}

static void each_dialect_calls_its_rooms_as_its_contract_does(void **unused)
{
    static const struct {
        enum dialect_id dialect;
        const char *alias, *room;
    } known[] = {
        { DIALECT_KEBAB, "restaurant-kitchen", "kitchen" },
        { DIALECT_KEBAB, "order-o_17", "order/o_17" },
        { DIALECT_KEBAB, "user-u-40", "user/u-40" },
        { DIALECT_KEBAB, "pool-staff", "pool" },
        { DIALECT_KEBAB, "admin-dashboard", "admin" },
        { DIALECT_SESSION, "restaurant:main", "restaurant" },
        { DIALECT_SESSION, "session:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "session/0f1e2d3c4b5a69788796a5b4c3d2e1f0" },
        { DIALECT_KDS, "kitchen", "kitchen" },
        { DIALECT_KDS, "waiters", "waiters" },
        { DIALECT_KDS, "table:5", "table/5" },
        { DIALECT_KDS, "order:17", "order/17" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        char text[ALIAS_CHARS + 1];
        struct room room, ours;

        assert_true(parses(known[i].room, &ours));
        if (!parses_alias(known[i].dialect, known[i].alias, &room))
            fail_msg("%s is no room", known[i].alias);
        assert_true(room_equal(&room, &ours));
        room_print_alias(known[i].dialect, SITE, &ours, text);
        assert_string_equal(text, known[i].alias);
    }
}

static void what_a_dialect_does_not_call_a_room_is_refused(void **unused)
{
    static const struct {
        enum dialect_id dialect;
        const char *text;
    } wrong[] = {
        /* another restaurant, or none */
        { DIALECT_SESSION, "restaurant:other" },
        { DIALECT_SESSION, "restaurant:mai" },
        { DIALECT_SESSION, "restaurant:main2" },
        { DIALECT_SESSION, "restaurant:" },
        { DIALECT_SESSION, "restaurant" },
        /* no id, or more than one */
        { DIALECT_SESSION, "session:" },
        { DIALECT_KEBAB, "order-" },
        { DIALECT_KEBAB, "order" },
        { DIALECT_KEBAB, "user-" },
        { DIALECT_KDS, "table:" },
        { DIALECT_KDS, "table" },
        { DIALECT_KDS, "kitchen:1" },
        { DIALECT_KEBAB, "pool-staff-1" },
        { DIALECT_KEBAB, "restaurant-kitchen2" },
        { DIALECT_KEBAB, "restaurant-kitche" },
        { DIALECT_KEBAB, "pool-staff" SITE },
        { DIALECT_KDS, "kitchen" SITE },
        /* characters that no id has */
        { DIALECT_KEBAB, "order-a/b" },
        { DIALECT_KEBAB, "order-1 7" },
        { DIALECT_KEBAB, " order-17" },
        { DIALECT_KDS, "table:#" },
        { DIALECT_KDS, "table:5:6" },
        { DIALECT_KDS, "Kitchen" },
        { DIALECT_KDS, "order:1234567890123456789012345678901234567" },
        /* what others call a room */
        { DIALECT_KDS, "order-17" },
        { DIALECT_KDS, "restaurant-kitchen" },
        { DIALECT_KDS, "table/5" },
        { DIALECT_KEBAB, "order:17" },
        { DIALECT_KEBAB, "kitchen" },
        { DIALECT_KEBAB, "restaurant:main" },
        { DIALECT_SESSION, "kitchen" },
        { DIALECT_SESSION, "table:5" },
        { DIALECT_NATIVE, "order-17" },
        { DIALECT_NATIVE, "restaurant:main" },
        /* rooms that are not joined by name */
        { DIALECT_ENV, "all" },
        { DIALECT_ENV, "kitchen" },
        { DIALECT_FLAT, "all" },
        { DIALECT_FLAT, "order/17" },
    };
    struct room room = { .kind = ROOM_INDEX_ADMIN, .id = "" };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (parses_alias(wrong[i].dialect, wrong[i].text, &room))
            fail_msg("\"%s\" was taken for a room", wrong[i].text);
    for (int d = 0; d < DIALECT_COUNT; d++)
        assert_false(parses_alias((enum dialect_id)d, "", &room));
    assert_false(room_parse_alias(DIALECT_KDS, SITE, "order:1\0", 8, &room));
    assert_false(room_parse_alias(DIALECT_KDS, SITE, "kitchen\0", 8, &room));
    assert_int_equal(room.kind, ROOM_INDEX_ADMIN);
}

static void only_as_much_is_read_as_there_is(void **unused)
{
    struct room room;

    (void)unused;
    assert_true(room_parse_alias(DIALECT_KDS, SITE, "order:1789", 8, &room));
    assert_string_equal(room.id, "17");
    assert_true(room_parse_alias(
            DIALECT_SESSION, "m", "restaurant:main", 12, &room));
    assert_int_equal(room.kind, ROOM_INDEX_RESTAURANT);
    assert_string_equal(room.id, "");
    assert_false(room_parse_alias(DIALECT_KDS, SITE, "kitchen", 6, &room));
}

static void the_longest_ids_fit_into_an_alias(void **unused)
{
    static const char longest[] = "abcdefghijklmnopqrstuvwxyz-_0189";

    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (int i = 0; i < ROOM_COUNT; i++) {
            char text[ALIAS_CHARS + 1];
            struct room room;

            assert_true(room_make((enum room_index)i,
                    room_kinds[i].has_id ? longest : "", &room));
            assert_true(room_print_alias((enum dialect_id)d, longest, &room,
                                text) <= ALIAS_CHARS);
        }
}

/* Else no text would name the room, or any. */
static void an_alias_asks_for_an_id_where_its_room_has_one(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (int i = 0; i < ROOM_COUNT; i++) {
            const char *alias = room_kinds[i].alias[d];

            if (!alias)
                continue;
            assert_true(alias[0] != '\0');
            if (room_kinds[i].has_id && !strchr(":-", alias[strlen(alias) - 1]))
                fail_msg("%s", alias);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_room_that_is_printed_is_read_again),
        cmocka_unit_test(a_station_is_a_room_of_its_own_beside_the_kitchen),
        cmocka_unit_test(what_is_no_room_is_refused_and_changes_nothing),
        cmocka_unit_test(an_id_has_1_to_36_characters_of_its_alphabet),
        cmocka_unit_test(a_uuid_is_an_id),
        cmocka_unit_test(people_are_told_the_same_length),
        cmocka_unit_test(somebody_may_join_every_room),
        cmocka_unit_test(an_admin_may_join_every_room_but_a_session),
        cmocka_unit_test(
                guests_and_devices_join_what_is_theirs_or_for_all_guests),
        cmocka_unit_test(only_rooms_with_an_id_are_somebody_s_own),
        cmocka_unit_test(every_alias_that_is_printed_is_read_again),
        cmocka_unit_test(our_own_words_for_rooms_are_the_native_dialect_s),
        cmocka_unit_test(each_dialect_calls_its_rooms_as_its_contract_does),
        cmocka_unit_test(what_a_dialect_does_not_call_a_room_is_refused),
        cmocka_unit_test(only_as_much_is_read_as_there_is),
        cmocka_unit_test(the_longest_ids_fit_into_an_alias),
        cmocka_unit_test(an_alias_asks_for_an_id_where_its_room_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
