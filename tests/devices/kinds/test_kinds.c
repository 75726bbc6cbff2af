#include "devices/kinds/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/members.h"
#include "schemas/roles.h"
#include "schemas/rooms.h"

static void every_kind_has_what_it_must(void **unused)
{
    const struct device_kind *kind;

    (void)unused;
    assert_non_null(kind_at(0));
    for (uint32_t i = 0; (kind = kind_at(i)); i++) {
        assert_non_null(kind->name);
        assert_non_null(kind->about);
        assert_ptr_equal(kind_find(kind->name), kind);
        assert_true(!kind->listen[0] || kind->on_message);
    }
    assert_null(kind_find("toaster"));
}

/* The broker lets a kind hear what members.def says: that is what it asks
 * for. */
static uint32_t asks_for(const struct device_kind *kind)
{
    uint32_t rooms = 0;

    for (int i = 0; i < 2 && kind->listen[i]; i++) {
        const char *room = kind->listen[i] + strlen("pb/");
        size_t len = strcspn(room, "/");
        bool has_id = room[len] == '/';

        if (strncmp(kind->listen[i], "pb/", 3) != 0)
            continue; /* its own */
        for (int r = 0; r < ROOM_COUNT; r++)
            if (room_kinds[r].has_id == has_id &&
                    strlen(room_kinds[r].name) == len &&
                    strncmp(room_kinds[r].name, room, len) == 0)
                rooms |= 1u << r;
    }
    return rooms;
}

static void every_kind_can_be_enrolled_and_hears_what_it_asks_for(void **unused)
{
    const struct device_kind *kind;
    uint32_t count = 0;

    (void)unused;
    for (; (kind = kind_at(count)); count++) {
        enum member_id id = member_kind_find(kind->name);

        assert_true(id < MEMBER_COUNT);
        assert_int_equal(member_kinds[id].role, ROLE_DEVICE);
        assert_int_equal(member_kinds[id].hears, asks_for(kind));
    }
    for (int i = 0; i < MEMBER_COUNT; i++)
        count -= member_kinds[i].role == ROLE_DEVICE &&
                 !member_kinds[i].foreign;
    assert_int_equal(count, 0); /* nothing else of ours is a device */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_what_it_must),
        cmocka_unit_test(every_kind_can_be_enrolled_and_hears_what_it_asks_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
