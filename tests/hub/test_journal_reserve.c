#include "hub/journal_reserve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/crammed.h"
#include "tests/support/place.h"

struct desk {
    struct place place;
    struct reserve reserve;
};

static int begin(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    assert_non_null(desk);
    desk->reserve.fd = -1;
    place_make(&desk->place);
    *state = desk;
    return 0;
}

static int end(void **state)
{
    struct desk *desk = *state;

    crammed_end();
    reserve_close(&desk->reserve);
    place_remove(&desk->place);
    free(desk);
    return 0;
}

static enum err open_it(struct desk *desk)
{
    return reserve_open(&desk->reserve, place_file(&desk->place, "journal"));
}

static struct stat look(struct desk *desk)
{
    struct stat info;

    assert_int_equal(
            stat(place_file(&desk->place, "journal-reserve"), &info), 0);
    return info;
}

static uint64_t wanted_bytes(struct desk *desk)
{
    struct statvfs disk;
    uint64_t eighth;

    assert_int_equal(statvfs(desk->place.folder, &disk), 0);
    eighth = (uint64_t)disk.f_blocks * disk.f_frsize / 8;
    return eighth < RESERVE_BYTES ? eighth : RESERVE_BYTES;
}

static void what_is_held_is_taken_from_the_disk_and_of_nobody_else(void **state)
{
    struct desk *desk = *state;
    struct stat info;

    assert_int_equal(open_it(desk), ERR_OK);
    info = look(desk);
    assert_int_equal(info.st_size, wanted_bytes(desk));
    assert_true((uint64_t)info.st_blocks * 512 >= wanted_bytes(desk));
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void what_is_given_up_is_the_disks_again_until_it_is_held(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(open_it(desk), ERR_OK);
    reserve_give_up(&desk->reserve);
    assert_int_equal(look(desk).st_size, 0);
    assert_int_equal(look(desk).st_blocks, 0);
    assert_int_equal(reserve_hold(&desk->reserve), ERR_OK);
    assert_int_equal(look(desk).st_size, wanted_bytes(desk));
    assert_true((uint64_t)look(desk).st_blocks * 512 >= wanted_bytes(desk));
}

static void one_that_does_not_fit_takes_nothing(void **state)
{
    struct desk *desk = *state;

    crammed_begin(0);
    assert_int_equal(open_it(desk), ERR_FULL);
    assert_true(reserve_is_there(&desk->reserve));
    assert_int_equal(look(desk).st_blocks, 0);
    assert_false(reserve_has_some(&desk->reserve));
    assert_int_equal(reserve_hold(&desk->reserve), ERR_FULL);
    assert_int_equal(look(desk).st_blocks, 0);
    crammed_end();
    assert_int_equal(reserve_hold(&desk->reserve), ERR_OK);
}

/* Or the next event would need it at once. */
static void room_for_it_alone_is_not_enough_but_some_is_seen(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(open_it(desk), ERR_OK);
    reserve_give_up(&desk->reserve);
    crammed_begin(wanted_bytes(desk));
    assert_int_equal(reserve_hold(&desk->reserve), ERR_FULL);
    assert_true(reserve_has_some(&desk->reserve));
    assert_int_equal(look(desk).st_blocks, 0);
}

static void one_that_the_last_process_held_is_held(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(open_it(desk), ERR_OK);
    reserve_close(&desk->reserve);
    crammed_begin(0); /* nothing is taken for it */
    assert_int_equal(open_it(desk), ERR_OK);
    assert_int_equal(look(desk).st_size, wanted_bytes(desk));
}

static void in_memory_there_is_none_and_nothing_to_give_up(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(reserve_open(&desk->reserve, ":memory:"), ERR_NOT_FOUND);
    assert_false(reserve_is_there(&desk->reserve));
    assert_false(reserve_is_the_last(&desk->reserve));
    reserve_give_up(&desk->reserve);
    reserve_close(&desk->reserve);
    assert_int_equal(reserve_open(&desk->reserve, "/nowhere/at/all/journal"),
            ERR_NOT_FOUND);
    assert_false(reserve_is_there(&desk->reserve));
}

static void a_disk_with_room_is_not_at_its_end(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(open_it(desk), ERR_OK);
    assert_false(reserve_is_the_last(&desk->reserve));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_held_is_taken_from_the_disk_and_of_nobody_else),
        TEST(what_is_given_up_is_the_disks_again_until_it_is_held),
        TEST(one_that_does_not_fit_takes_nothing),
        TEST(room_for_it_alone_is_not_enough_but_some_is_seen),
        TEST(one_that_the_last_process_held_is_held),
        TEST(in_memory_there_is_none_and_nothing_to_give_up),
        TEST(a_disk_with_room_is_not_at_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
