#include "devices/virtual/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/devices/virtual/bench.h"

#define BEGIN "\x1B@\x1C."
#define CUT                                                                    \
    "\x1B"                                                                     \
    "d\4\x1DVB\0"
#define ASK                                                                    \
    "\x1D(H\6\0\x30\x30"                                                       \
    "ab12"
#define DONE                                                                   \
    "\x37\x22"                                                                 \
    "ab12\0"

/* One whole ticket, and the question whether it is printed. */
#define TICKET                                                                 \
    BEGIN "\x1D!\x11ORDER 41\n\x1D!\0"                                         \
          "2x Soup\n\x1Dv0\0\1\0\2\0\xFF\xFF"                                  \
          "job 41-kitchen-order\n" CUT

#define assert_said(bench, expected)                                           \
    do {                                                                       \
        assert_int_equal((bench)->said_len, sizeof(expected) - 1);             \
        assert_memory_equal((bench)->said, expected, sizeof(expected) - 1);    \
        (bench)->said_len = 0;                                                 \
    } while (0)

static void a_ticket_is_printed_and_then_said_to_be(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    SEND(bench, TICKET ASK);
    assert_int_equal(bench->count, 1);
    assert_true(bench_newest(bench)->is_whole);
    assert_string_equal(bench_newest(bench)->job, "41-kitchen-order");
    assert_string_equal(bench_newest(bench)->text,
            "# ORDER 41\n2x Soup\n[picture 8 x 2]\njob 41-kitchen-order\n");
    assert_int_equal(bench->said_at_sheet, 0);
    assert_said(bench, DONE);
    bench_drop(bench);
}

static void pieces_of_any_size_make_the_same_ticket(void **unused)
{
    static const char all[] = "\x10\4\1" TICKET ASK "\x1Dr\1" TICKET "\x1Bv";
    struct bench *whole = bench_make("epson-tm", 0);

    (void)unused;
    SEND(whole, all);
    assert_int_equal(whole->count, 2);
    for (size_t piece = 1; piece < 40; piece++) {
        struct bench *bench = bench_make("epson-tm", 0);

        bench_send(bench, all, sizeof(all) - 1, piece);
        assert_int_equal(bench->said_len, whole->said_len);
        assert_memory_equal(bench->said, whole->said, whole->said_len);
        assert_int_equal(bench->count, whole->count);
        assert_memory_equal(
                bench->sheets, whole->sheets, sizeof(whole->sheets));
        bench_drop(bench);
    }
    bench_drop(whole);
}

static void how_it_is_is_said_at_once_also_without_paper(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    SEND(bench, "\x10\4\1\x10\4\2\x10\4\3\x10\4\4\x10\4\5");
    assert_said(bench, "\x12\x12\x12\x12");
    bench_fault(bench, FAULT_PAPER_OUT, 0);
    SEND(bench, TICKET "\x10\4\2\x10\4\4");
    assert_said(bench, "\x32\x7E");
    assert_int_equal(bench->count, 0);
    bench_drop(bench);
}

static void a_question_that_waits_for_nothing_takes_no_room(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_COVER_OPEN, 0);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(SEND(bench, "\x10\4\1"), 3);
        assert_said(bench, "\x1A");
    }
    assert_int_equal(bench->machine.count, 0);
    bench_drop(bench);
}

static void it_says_unasked_what_has_changed_if_it_shall(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_PAPER_LOW, 0);
    assert_int_equal(bench->said_len, 0);
    SEND(bench, "\x1D"
                "a\x0F");
    assert_said(bench, "\x10\0\3\x0F");
    bench_fault(bench, FAULT_COVER_OPEN, 0);
    assert_said(bench, "\x38\0\3\x0F");
    bench_mend(bench, FAULT_COVER_OPEN);
    assert_said(bench, "\x10\0\3\x0F");
    bench_mend(bench, FAULT_COVER_OPEN); /* nothing has changed */
    assert_int_equal(bench->said_len, 0);
    bench_drop(bench);
}

static void paper_takes_its_time(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 100); /* 800 rows a second */

    (void)unused;
    SEND(bench, TICKET ASK);
    assert_int_equal(bench->count, 0);
    for (int i = 0; i < 20; i++)
        bench_wait(bench, 10);
    assert_int_equal(bench->count, 0); /* 230 rows: 288 ms */
    for (int i = 0; i < 20; i++)
        bench_wait(bench, 10);
    assert_int_equal(bench->count, 1);
    assert_said(bench, DONE);
    bench_drop(bench);
}

static void it_takes_no_more_than_its_buffer_holds(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);
    static uint8_t bytes[2 * MACHINE_BUFFER];

    (void)unused;
    memset(bytes, 'a', sizeof(bytes));
    bench_fault(bench, FAULT_PAPER_OUT, 0);
    assert_int_equal(
            bench_send(bench, bytes, sizeof(bytes), SIZE_MAX), MACHINE_BUFFER);
    assert_int_equal(machine_room(&bench->machine, bench->now_ms), 0);
    bench_mend(bench, FAULT_PAPER_OUT);
    assert_int_equal(
            machine_room(&bench->machine, bench->now_ms), MACHINE_BUFFER);
    bench_drop(bench);
}

/* --- paper that ends, covers that open --- */

static void without_paper_a_ticket_is_in_two_pieces(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_PAPER_OUT, 1);
    SEND(bench, TICKET ASK);
    assert_int_equal(bench->count, 1);
    assert_int_equal(bench_newest(bench)->why, WHY_PAPER_OUT);
    assert_false(bench_newest(bench)->is_whole);
    assert_string_equal(bench_newest(bench)->text, "# ORDER 41\n");
    assert_int_equal(bench->said_len, 0);

    bench_mend(bench, FAULT_PAPER_OUT); /* a new roll */
    assert_int_equal(bench->count, 2);
    assert_int_equal(bench_newest(bench)->why, WHY_CUT);
    assert_false(bench_newest(bench)->is_whole);
    assert_said(bench, DONE);
    SEND(bench, TICKET);
    assert_true(bench_newest(bench)->is_whole);
    bench_drop(bench);
}

static void without_paper_nothing_begins_and_all_of_it_comes_later(
        void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_PAPER_OUT, 0);
    SEND(bench, TICKET ASK);
    assert_int_equal(bench->count, 0);
    bench_mend(bench, FAULT_PAPER_OUT);
    assert_int_equal(bench->count, 1);
    assert_true(bench_newest(bench)->is_whole);
    bench_drop(bench);
}

static void an_open_cover_stops_it_in_the_middle(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_COVER_OPEN, 2);
    SEND(bench, TICKET ASK);
    assert_int_equal(bench_newest(bench)->why, WHY_COVER_OPEN);
    SEND(bench, "\x10\4\2");
    assert_said(bench, "\x16");
    bench_mend(bench, FAULT_COVER_OPEN);
    assert_int_equal(bench->count, 2);
    assert_false(bench_newest(bench)->is_whole);
    bench_drop(bench);
}

static void little_paper_and_a_stuck_cutter_are_seen(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_PAPER_LOW, 0);
    SEND(bench, TICKET "\x1Dr\1");
    assert_true(bench_newest(bench)->is_whole);
    assert_said(bench, "\x03");
    bench_fault(bench, FAULT_CUTTER, 0);
    SEND(bench, TICKET "\x10\4\2");
    assert_int_equal(bench->count, 1);
    assert_said(bench, "\x52");
    bench_drop(bench);
}

/* --- connections --- */

static void what_a_connection_leaves_is_torn_off(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    SEND(bench, BEGIN "half a ticket\n\x1Dv0\0\xFF\xFF\xFF\xFF...");
    bench_reconnect(bench);
    assert_int_equal(bench->count, 1);
    assert_int_equal(bench_newest(bench)->why, WHY_LEFT);
    assert_false(bench_newest(bench)->is_whole);
    /* The next one is not read as the rest of the picture. */
    SEND(bench, TICKET);
    assert_int_equal(bench->count, 2);
    assert_true(bench_newest(bench)->is_whole);
    bench_drop(bench);
}

static void without_a_cutter_the_end_of_a_connection_is_the_cut(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);
    struct profile profile = *profile_find("epson-tm");

    (void)unused;
    profile.cutter = CUT_NONE;
    bench->machine.config.profile = &profile;
    SEND(bench, "a ticket\n");
    bench_reconnect(bench);
    assert_true(bench_newest(bench)->is_whole);
    bench_drop(bench);
}

static void a_ticket_is_printed_also_when_its_sender_is_gone(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 10);

    (void)unused;
    SEND(bench, TICKET ASK);
    bench_reconnect(bench);
    SEND(bench, BEGIN "the next\n" CUT);
    for (int i = 0; i < 100; i++)
        bench_wait(bench, 100);
    assert_int_equal(bench->count, 2);
    assert_true(bench->sheets[0].is_whole);
    assert_string_equal(bench->sheets[1].text, "the next\n");
    assert_said(bench, DONE); /* to whom it may concern */
    bench_drop(bench);
}

static void many_short_connections_are_remembered_as_few(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_PAPER_OUT, 0);
    for (int i = 0; i < 3 * MACHINE_ENDS; i++) {
        SEND(bench, "a line\n");
        bench_reconnect(bench);
    }
    bench_mend(bench, FAULT_PAPER_OUT);
    assert_int_equal(bench->machine.count, 0);
    assert_int_equal(bench->machine.end_count, 0);
    assert_int_equal(bench->count, MACHINE_ENDS);
    bench_drop(bench);
}

static void who_says_nothing_for_long_is_let_go(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_wait(bench, MACHINE_IDLE_MS - 1);
    assert_int_equal(bench->machine.line, LINE_STAYS);
    bench_wait(bench, 1);
    assert_int_equal(bench->machine.line, LINE_ENDS);
    bench_drop(bench);
}

/* --- what goes wrong on the way --- */

static void a_stall_ends(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_STALL, 3);
    assert_int_equal(SEND(bench, TICKET), 0);
    bench_wait(bench, 2999);
    assert_int_equal(SEND(bench, TICKET), 0);
    bench_wait(bench, 1);
    SEND(bench, TICKET);
    assert_true(bench_newest(bench)->is_whole);
    assert_false(bench->machine.faults[FAULT_STALL].on);
    bench_drop(bench);
}

static void a_slow_one_takes_so_many_bytes_a_second(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);
    size_t taken = 0;

    (void)unused;
    bench_fault(bench, FAULT_SLOW, 100);
    for (int i = 0; i < 50; i++) {
        bench_wait(bench, 20);
        taken += SEND(bench, "0123456789");
    }
    assert_int_equal(taken, 100);
    bench_drop(bench);
}

static void a_reset_comes_after_so_many_bytes_once(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_RESET, 30);
    assert_int_equal(SEND(bench, TICKET), 30);
    assert_int_equal(bench->machine.line, LINE_BREAKS);
    assert_int_equal(machine_room(&bench->machine, bench->now_ms), 0);
    bench_reconnect(bench);
    assert_int_equal(bench->count, 1);
    assert_string_equal(bench_newest(bench)->text, "# ORDER 41\n2x Soup\n");
    assert_false(bench_newest(bench)->is_whole);
    SEND(bench, TICKET);
    assert_int_equal(bench->machine.line, LINE_STAYS);
    assert_true(bench_newest(bench)->is_whole);
    bench_drop(bench);
}

static void over_a_connection_that_breaks_nothing_is_said(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_RESET, sizeof(TICKET ASK) - 1);
    SEND(bench, TICKET ASK);
    assert_true(bench_newest(bench)->is_whole);
    assert_int_equal(bench->said_len, 0);
    bench_drop(bench);
}

static void a_reset_at_once_waits_for_a_connection(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    machine_disconnect(&bench->machine);
    bench_fault(bench, FAULT_RESET, 0);
    assert_int_equal(bench->machine.line, LINE_STAYS);
    machine_connect(&bench->machine, bench->now_ms);
    bench_wait(bench, 0);
    assert_int_equal(bench->machine.line, LINE_BREAKS);
    bench_drop(bench);
}

static void without_power_it_forgets_what_it_has_not_printed(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 10);
    size_t len = sizeof(TICKET) - 1;

    (void)unused;
    bench_fault(bench, FAULT_POWER_CUT, (uint32_t)len);
    assert_int_equal(SEND(bench, TICKET), len); /* it has taken all of it */
    assert_int_equal(bench->machine.line, LINE_BREAKS);
    assert_int_equal(machine_door(&bench->machine, bench->now_ms), DOOR_SHUT);
    machine_disconnect(&bench->machine);
    bench_wait(bench, MACHINE_DARK_MS);
    assert_int_equal(machine_door(&bench->machine, bench->now_ms), DOOR_OPEN);
    assert_int_equal(bench->machine.count, 0);
    assert_int_equal(bench->count, 0);
    bench_drop(bench);
}

static void without_power_half_a_ticket_hangs_out_of_it(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_POWER_CUT, 30);
    assert_int_equal(bench_send(bench, TICKET, sizeof(TICKET) - 1, 1), 30);
    assert_int_equal(bench->count, 1);
    assert_int_equal(bench_newest(bench)->why, WHY_POWER);
    assert_false(bench_newest(bench)->is_whole);
    machine_disconnect(&bench->machine);
    bench_wait(bench, MACHINE_DARK_MS);
    machine_connect(&bench->machine, bench->now_ms);
    SEND(bench, TICKET);
    assert_true(bench_newest(bench)->is_whole);
    bench_drop(bench);
}

static void a_silent_one_prints_and_says_nothing(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_SILENT, 0);
    SEND(bench, "\x10\4\1\x1DI\1\x1D"
                "a\xFF" TICKET ASK "\x1Dr\1\x1Bv");
    assert_true(bench_newest(bench)->is_whole);
    assert_int_equal(bench->said_len, 0);
    bench_drop(bench);
}

static void one_that_stutters_says_twice_that_it_is_through(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_DUPLICATE, 0);
    SEND(bench, TICKET ASK);
    assert_said(bench, DONE DONE);
    SEND(bench, "\x1Dr\1");
    assert_said(bench, "\0\0");
    bench_drop(bench);
}

static void a_wrong_number_is_another_one_that_may_be(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_WRONG_NUMBER, 0);
    SEND(bench, ASK);
    assert_said(bench, "\x37\x22"
                       "ab13\0");
    SEND(bench, "\x1D(H\6\0\x30\x30"
                "abc~");
    assert_said(bench, "\x37\x22"
                       "abc \0");
    bench_drop(bench);
}

static void it_may_say_how_it_is_and_never_that_it_is_through(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_MUTE_DONE, 0);
    SEND(bench, TICKET ASK "\x1Dr\1\x10\4\1");
    assert_said(bench, "\x12");
    bench_drop(bench);
}

static void a_half_open_one_takes_nothing(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_HALF_OPEN, 0);
    assert_int_equal(machine_door(&bench->machine, bench->now_ms), DOOR_OPEN);
    assert_int_equal(SEND(bench, TICKET), 0);
    bench_mend(bench, FAULT_HALF_OPEN);
    SEND(bench, TICKET);
    assert_int_equal(bench->count, 1);
    bench_drop(bench);
}

static void it_can_be_busy_or_away(void **unused)
{
    struct bench *bench = bench_make("epson-tm", 0);

    (void)unused;
    bench_fault(bench, FAULT_BUSY, 0);
    assert_int_equal(machine_door(&bench->machine, bench->now_ms), DOOR_BUSY);
    bench_fault(bench, FAULT_REFUSE, 0);
    assert_int_equal(machine_door(&bench->machine, bench->now_ms), DOOR_SHUT);
    bench_mend(bench, FAULT_BUSY);
    bench_mend(bench, FAULT_REFUSE);
    assert_int_equal(machine_door(&bench->machine, bench->now_ms), DOOR_OPEN);
    bench_drop(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_is_printed_and_then_said_to_be),
        cmocka_unit_test(pieces_of_any_size_make_the_same_ticket),
        cmocka_unit_test(how_it_is_is_said_at_once_also_without_paper),
        cmocka_unit_test(a_question_that_waits_for_nothing_takes_no_room),
        cmocka_unit_test(it_says_unasked_what_has_changed_if_it_shall),
        cmocka_unit_test(paper_takes_its_time),
        cmocka_unit_test(it_takes_no_more_than_its_buffer_holds),
        cmocka_unit_test(without_paper_a_ticket_is_in_two_pieces),
        cmocka_unit_test(
                without_paper_nothing_begins_and_all_of_it_comes_later),
        cmocka_unit_test(an_open_cover_stops_it_in_the_middle),
        cmocka_unit_test(little_paper_and_a_stuck_cutter_are_seen),
        cmocka_unit_test(what_a_connection_leaves_is_torn_off),
        cmocka_unit_test(without_a_cutter_the_end_of_a_connection_is_the_cut),
        cmocka_unit_test(a_ticket_is_printed_also_when_its_sender_is_gone),
        cmocka_unit_test(many_short_connections_are_remembered_as_few),
        cmocka_unit_test(who_says_nothing_for_long_is_let_go),
        cmocka_unit_test(a_stall_ends),
        cmocka_unit_test(a_slow_one_takes_so_many_bytes_a_second),
        cmocka_unit_test(a_reset_comes_after_so_many_bytes_once),
        cmocka_unit_test(over_a_connection_that_breaks_nothing_is_said),
        cmocka_unit_test(a_reset_at_once_waits_for_a_connection),
        cmocka_unit_test(without_power_it_forgets_what_it_has_not_printed),
        cmocka_unit_test(without_power_half_a_ticket_hangs_out_of_it),
        cmocka_unit_test(a_silent_one_prints_and_says_nothing),
        cmocka_unit_test(one_that_stutters_says_twice_that_it_is_through),
        cmocka_unit_test(a_wrong_number_is_another_one_that_may_be),
        cmocka_unit_test(it_may_say_how_it_is_and_never_that_it_is_through),
        cmocka_unit_test(a_half_open_one_takes_nothing),
        cmocka_unit_test(it_can_be_busy_or_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
