#include "bridge/mqtt/states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void touch(struct states *states, enum room_index kind, const char *id)
{
    struct room room;

    assert_true(room_make(kind, id, &room));
    states_touch(states, &room);
}

static void a_room_that_changes_often_is_published_once(void **unused)
{
    struct states states = { 0 };
    struct room room;

    (void)unused;
    for (int i = 0; i < 5; i++)
        touch(&states, ROOM_INDEX_TABLE, "5");
    assert_true(states_next(&states, &room));
    assert_string_equal(room.id, "5");
    assert_false(states_next(&states, &room));
}

static void rooms_of_devices_and_admins_have_no_picture(void **unused)
{
    struct states states = { 0 };
    struct room room;

    (void)unused;
    touch(&states, ROOM_INDEX_DEVICE, "p1");
    touch(&states, ROOM_INDEX_ADMIN, "");
    touch(&states, ROOM_INDEX_STATION, "bar");
    assert_false(states_next(&states, &room));
}

static void pictures_are_due_four_times_a_second_and_not_before(void **unused)
{
    struct states states = { .swept_ms = 1000 };

    (void)unused;
    assert_false(states_are_due(&states, 5000));
    touch(&states, ROOM_INDEX_KITCHEN, "");
    assert_false(states_are_due(&states, 1000 + STATES_PAUSE_MS - 1));
    assert_true(states_are_due(&states, 1000 + STATES_PAUSE_MS));
}

static void what_takes_long_is_done_less_often(void **unused)
{
    struct states states = { 0 };

    (void)unused;
    touch(&states, ROOM_INDEX_KITCHEN, "");
    states_swept(&states, 10000, 10100);
    assert_false(states_are_due(&states, 11099));
    assert_true(states_are_due(&states, 11100));
    states_swept(&states, 20000, 20001);
    assert_true(states_are_due(&states, 20001 + STATES_PAUSE_MS));
    states_swept(&states, 20000, 90000);
    assert_true(states_are_due(&states, 90000 + STATES_PAUSE_MOST_MS));
}

static void a_clock_that_jumps_back_delays_nothing(void **unused)
{
    struct states states = { .swept_ms = 1000000 };

    (void)unused;
    touch(&states, ROOM_INDEX_KITCHEN, "");
    assert_true(states_are_due(&states, 5000));
}

static void when_there_is_room_no_touch_is_lost(void **unused)
{
    struct states states = { 0 };
    char id[16];
    uint32_t touched = 0;

    (void)unused;
    while (states_has_room(&states)) {
        snprintf(id, sizeof(id), "o%u", touched++);
        touch(&states, ROOM_INDEX_ORDER, id);
    }
    assert_true(touched > STATES_ROOMS / 2);
    assert_int_equal(states.count, touched);
}

static struct track track; /* large */

/* Event `seq` changes order/<seq> and is published as message `mid`. */
static void hand_over(struct states *states, uint64_t seq, int mid)
{
    char id[16];

    snprintf(id, sizeof(id), "o%u", (unsigned)seq);
    assert_true(track_sent(&track, mid, seq));
    touch(states, ROOM_INDEX_ORDER, id);
    track_handed(&track, seq);
}

/* The one picture that waits is published as message `mid`. */
static void sweep(struct states *states, int mid)
{
    struct room room;

    assert_true(states_next(states, &room));
    assert_true(track_sent(&track, mid, 0));
}

static void an_event_is_not_done_before_its_picture_has_arrived(void **unused)
{
    struct states states = { 0 };

    (void)unused;
    track_reset(&track, 10);
    states_reset(&states, 10);
    assert_int_equal(states_position(&states, &track), 10);
    hand_over(&states, 11, 1);
    track_acked(&track, 1);
    assert_int_equal(states_position(&states, &track), 10);
    sweep(&states, 2);
    assert_int_equal(states_position(&states, &track), 10);
    track_acked(&track, 2);
    assert_int_equal(states_position(&states, &track), 11);
}

static void under_constant_load_the_position_follows_the_sweeps(void **unused)
{
    struct states states = { 0 };

    (void)unused;
    track_reset(&track, 0);
    states_reset(&states, 0);
    hand_over(&states, 1, 1);
    sweep(&states, 2);
    assert_int_equal(states_position(&states, &track), 0);
    hand_over(&states, 2, 3);
    hand_over(&states, 3, 4);
    track_acked(&track, 1);
    track_acked(&track, 2);
    track_acked(&track, 3);
    assert_int_equal(track_position(&track), 2);
    assert_int_equal(states_position(&states, &track), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_that_changes_often_is_published_once),
        cmocka_unit_test(rooms_of_devices_and_admins_have_no_picture),
        cmocka_unit_test(pictures_are_due_four_times_a_second_and_not_before),
        cmocka_unit_test(what_takes_long_is_done_less_often),
        cmocka_unit_test(a_clock_that_jumps_back_delays_nothing),
        cmocka_unit_test(when_there_is_room_no_touch_is_lost),
        cmocka_unit_test(an_event_is_not_done_before_its_picture_has_arrived),
        cmocka_unit_test(under_constant_load_the_position_follows_the_sweeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
