#include "bridge/mqtt/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct track track; /* large */

static void an_event_without_messages_is_done_when_handed_over(void **unused)
{
    (void)unused;
    track_reset(&track, 10);
    assert_int_equal(track_position(&track), 10);
    track_handed(&track, 11);
    assert_int_equal(track_position(&track), 11);
}

static void the_position_waits_for_every_message_of_an_event(void **unused)
{
    (void)unused;
    track_reset(&track, 10);
    assert_true(track_sent(&track, 1, 11));
    assert_true(track_sent(&track, 2, 11));
    track_handed(&track, 11);
    assert_int_equal(track_position(&track), 10);
    track_acked(&track, 1);
    assert_int_equal(track_position(&track), 10);
    track_acked(&track, 2);
    assert_int_equal(track_position(&track), 11);
}

static void a_later_acknowledgement_does_not_move_the_position(void **unused)
{
    (void)unused;
    track_reset(&track, 0);
    assert_true(track_sent(&track, 7, 1));
    track_handed(&track, 1);
    assert_true(track_sent(&track, 8, 2));
    track_handed(&track, 2);
    track_acked(&track, 8);
    assert_int_equal(track_position(&track), 0);
    track_acked(&track, 7);
    assert_int_equal(track_position(&track), 2);
    assert_int_equal(track.count, 0);
}

static void a_receipt_between_events_holds_back_only_the_later(void **unused)
{
    (void)unused;
    track_reset(&track, 3);
    assert_true(track_sent(&track, 1, 0));
    assert_int_equal(track_position(&track), 3);
    assert_true(track_sent(&track, 2, 4));
    track_handed(&track, 4);
    track_acked(&track, 2);
    assert_int_equal(track_position(&track), 3);
    track_acked(&track, 1);
    assert_int_equal(track_position(&track), 4);
}

static void an_unknown_message_id_changes_nothing(void **unused)
{
    (void)unused;
    track_reset(&track, 3);
    assert_true(track_sent(&track, 1, 4));
    track_handed(&track, 4);
    track_acked(&track, 99);
    assert_int_equal(track_position(&track), 3);
    assert_int_equal(track.count, 1);
}

static void an_id_that_came_round_again_is_taken_for_the_newer(void **unused)
{
    (void)unused;
    track_reset(&track, 0);
    assert_true(track_sent(&track, 1, 1));
    assert_true(track_sent(&track, 2, 2));
    assert_true(track_sent(&track, 2, 3));
    track_handed(&track, 3);
    track_acked(&track, 2);
    track_acked(&track, 2);
    assert_int_equal(track_position(&track), 0);
    track_acked(&track, 1);
    assert_int_equal(track_position(&track), 3);
}

static void a_full_ring_takes_no_more_and_a_round_trip_makes_room(void **unused)
{
    (void)unused;
    track_reset(&track, 0);
    for (int i = 1; i <= TRACK_SLOTS; i++)
        assert_true(track_sent(&track, i, (uint64_t)i));
    assert_false(track_sent(&track, 1, 5000));
    track_acked(&track, 1);
    assert_true(track_sent(&track, 5000, TRACK_SLOTS + 1));
    assert_int_equal(track_position(&track), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_without_messages_is_done_when_handed_over),
        cmocka_unit_test(the_position_waits_for_every_message_of_an_event),
        cmocka_unit_test(a_later_acknowledgement_does_not_move_the_position),
        cmocka_unit_test(a_receipt_between_events_holds_back_only_the_later),
        cmocka_unit_test(an_unknown_message_id_changes_nothing),
        cmocka_unit_test(an_id_that_came_round_again_is_taken_for_the_newer),
        cmocka_unit_test(a_full_ring_takes_no_more_and_a_round_trip_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
