#include "schemas/rooms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
        "order", "device/", "all", "table//5",
        "table/123456789012345678901234567890123" };
    struct room room = { .kind = ROOM_INDEX_ADMIN, .id = "" };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (parses(wrong[i], &room))
            fail_msg("\"%s\" was taken for a room", wrong[i]);
    assert_int_equal(room.kind, ROOM_INDEX_ADMIN);
    assert_false(room_parse("table/5\0x", 9, &room));
    assert_false(room_parse("kitchen\0", 8, &room));
}

static void an_id_has_1_to_32_characters_of_its_alphabet(void **unused)
{
    static const char longest[] = "abcdefghijklmnopqrstuvwxyz-_0189";
    struct room room;

    (void)unused;
    assert_int_equal(strlen(longest), ID_CHARS);
    assert_true(id_is_valid(longest, ID_CHARS));
    assert_false(id_is_valid(longest, 0));
    assert_false(id_is_valid("abcdefghijklmnopqrstuvwxyz-_01890", 33));
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

static void somebody_may_join_every_room(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++) {
        assert_non_null(room_kinds[i].name);
        assert_true(room_kinds[i].join != 0);
        assert_int_equal(room_kinds[i].join & room_kinds[i].join_own, 0);
        assert_true(room_kinds[i].join & ROLE_ADMIN);
    }
}

/* One's own needs an id to be compared with. */
static void only_rooms_with_an_id_are_somebody_s_own(void **unused)
{
    (void)unused;
    for (int i = 0; i < ROOM_COUNT; i++)
        assert_true(room_kinds[i].has_id || room_kinds[i].join_own == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_room_that_is_printed_is_read_again),
        cmocka_unit_test(a_station_is_a_room_of_its_own_beside_the_kitchen),
        cmocka_unit_test(what_is_no_room_is_refused_and_changes_nothing),
        cmocka_unit_test(an_id_has_1_to_32_characters_of_its_alphabet),
        cmocka_unit_test(somebody_may_join_every_room),
        cmocka_unit_test(only_rooms_with_an_id_are_somebody_s_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
