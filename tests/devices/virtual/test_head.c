#include "devices/virtual/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/devices/virtual/bench.h"

#define LINES "\x1B@\x1B\x33\x18" /* 24 rows a line, without a gap */

/* A letter of frames: 10 by 18 dots at 1, 3 of its cell. */
static bool is_dot(const struct bench *bench, int32_t x, int32_t y)
{
    return bitmap_get(&bench->machine.head.sheet.dots, x, y);
}

static uint32_t black(const struct bench *bench)
{
    return bench_black(&bench->machine.head.sheet.dots);
}

static void a_letter_stands_in_its_cell(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, LINES "a b\n");
    assert_true(is_dot(bench, 1, 3));
    assert_false(is_dot(bench, 0, 3));
    assert_false(is_dot(bench, 13, 3)); /* the blank */
    assert_true(is_dot(bench, 25, 3));
    assert_int_equal(bench->machine.head.sheet.dots.height, 24);
    bench_drop(bench);
}

static void size_makes_letters_wider_and_higher(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);
    uint32_t small;

    (void)unused;
    SEND(bench, LINES "a\n");
    small = black(bench);
    SEND(bench, "\x1D!\x12"
                "b\n");
    assert_int_equal(black(bench), small + small * 2 * 3);
    assert_true(is_dot(bench, 2, 24 + 3 * 3));
    assert_true(is_dot(bench, 3, 24 + 3 * 3 + 2));
    assert_int_equal(bench->machine.head.sheet.dots.height, 24 + 72);
    bench_drop(bench);
}

static void letters_of_one_line_stand_on_one_row(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, LINES "a\x1D!\x01"
                      "b\n");
    assert_true(is_dot(bench, 1, 24 + 3)); /* a, below */
    assert_false(is_dot(bench, 1, 3));
    assert_true(is_dot(bench, 13, 6)); /* b, twice as high */
    bench_drop(bench);
}

static void white_on_black_is_the_other_way_round(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, LINES "\x1D"
                      "B\1a \x1D"
                      "B\0a\n");
    assert_true(is_dot(bench, 0, 0));
    assert_false(is_dot(bench, 1, 3));
    assert_true(is_dot(bench, 12, 0)); /* the blank */
    assert_false(is_dot(bench, 24, 0));
    assert_true(is_dot(bench, 25, 3));
    bench_drop(bench);
}

static void a_line_can_be_drawn_below_letters(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, LINES "\x1B-\1 \x1B-\0 \n");
    assert_true(is_dot(bench, 0, 22));
    assert_true(is_dot(bench, 11, 23));
    assert_false(is_dot(bench, 12, 22));
    bench_drop(bench);
}

static void lines_stand_left_in_the_middle_or_right(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, LINES "\x1B"
                      "a\1a\n\x1B"
                      "a\2b\n");
    assert_true(is_dot(bench, (576 - 12) / 2 + 1, 3));
    assert_true(is_dot(bench, 576 - 12 + 1, 24 + 3));
    bench_drop(bench);
}

static void what_does_not_fit_goes_to_the_next_line(void **unused)
{
    struct bench *bench = bench_make("generic-58", 0);
    char line[33];

    (void)unused;
    memset(line, 'a', sizeof(line));
    SEND(bench, LINES);
    bench_send(bench, line, sizeof(line), SIZE_MAX);
    SEND(bench, "\n");
    assert_int_equal(bench->machine.head.sheet.dots.height, 48);
    assert_string_equal(bench->machine.head.sheet.text,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\na\n");
    bench_drop(bench);
}

static void letters_are_those_of_the_code_page(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x82\x1Bt\x13\xD5\x1Bt\x11\x80\x1Bt\xFE\x80\n");
    assert_string_equal(bench->machine.head.sheet.text, "é€АА\n");
    bench_drop(bench);
}

static void the_reset_forgets_style_page_and_the_line(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1D!\x11\x1Bt\x11gone\x1B@\x80\n");
    assert_string_equal(bench->machine.head.sheet.text, "Ç\n");
    bench_drop(bench);
}

static void the_text_says_what_is_big_and_keeps_places(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1D!\x11TABLE 5\n\x1D!\0a  b   \n\nx\x1B$\x78\0y\n");
    assert_string_equal(
            bench->machine.head.sheet.text, "# TABLE 5\na  b\n\nx         y\n");
    bench_drop(bench);
}

static void raster_dots_stand_where_they_should(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1Dv0\0\2\0\3\0\x80\1\0\0\0\1z\n");
    assert_true(is_dot(bench, 0, 0));
    assert_true(is_dot(bench, 15, 0));
    assert_true(is_dot(bench, 15, 2));
    assert_false(is_dot(bench, 0, 1));
    assert_true(is_dot(bench, 1, 3 + 3)); /* the letter behind it */
    assert_string_equal(
            bench->machine.head.sheet.text, "[picture 16 x 3]\nz\n");
    bench_drop(bench);
}

static void raster_dots_may_be_twice_as_large(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1Dv0\3\1\0\1\0\x80");
    assert_int_equal(black(bench), 4);
    assert_true(is_dot(bench, 1, 1));
    bench_drop(bench);
}

static void dots_beside_the_paper_are_lost(void **unused)
{
    struct bench *bench = bench_make("generic-58", 0);
    uint8_t row[100];

    (void)unused;
    memset(row, 0xFF, sizeof(row));
    SEND(bench, "\x1Dv0\0\x64\0\1\0");
    bench_send(bench, row, sizeof(row), SIZE_MAX);
    assert_int_equal(black(bench), 384);
    bench_drop(bench);
}

static void columns_of_dots_stand_upright(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1B\x33\x18\x1B*\x21\2\0\x80\0\0\0\0\1\nx\n");
    assert_true(is_dot(bench, 0, 0));
    assert_true(is_dot(bench, 1, 23));
    /* The end of their line moves the paper no further. */
    assert_true(is_dot(bench, 1, 24 + 3));
    bench_drop(bench);
}

static void graphics_are_kept_and_then_printed(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1D(L\x0B\0\x30\x70\x30\1\1\x31\x08\0\1\0\xFF");
    assert_int_equal(black(bench), 0);
    SEND(bench, "\x1D(L\2\0\x30\x32");
    assert_int_equal(black(bench), 8);
    SEND(bench, "\x1D(L\2\0\x30\x32"); /* they are gone */
    assert_int_equal(black(bench), 8);
    bench_drop(bench);
}

static void graphics_that_say_too_much_are_none(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1D(L\x0B\0\x30\x70\x30\1\1\x31\xFF\xFF\xFF\xFF\xFF");
    SEND(bench, "\x1D(L\2\0\x30\x32");
    assert_int_equal(bench->machine.head.sheet.dots.height, 0);
    bench_drop(bench);
}

static void a_qr_code_is_drawn_with_modules_of_its_size(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1D(k\3\0\x31\x43\4\x1D(k\5\0\x31\x50\x30hi\x1D(k\3\0\x31"
                "\x51\x30");
    assert_int_equal(bench->machine.head.sheet.dots.height, 21 * 4);
    assert_true(is_dot(bench, 0, 0));
    assert_true(is_dot(bench, 21 * 4 - 1, 0));
    assert_string_equal(bench->machine.head.sheet.text, "[QR hi]\n");
    bench_drop(bench);
}

static void what_stands_in_a_qr_code_steers_no_terminal(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1D(k\6\0\x31\x50\x30\x1B[m\x1D(k\3\0\x31\x51\x30");
    assert_string_equal(bench->machine.head.sheet.text, "[QR ?[m]\n");
    bench_drop(bench);
}

static void a_cut_hands_the_sheet_out_and_begins_a_new_one(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "one\n\x1DVB\0two\n\x1Bm");
    assert_int_equal(bench->count, 2);
    assert_string_equal(bench->sheets[0].text, "one\n");
    assert_string_equal(bench->sheets[1].text, "two\n");
    assert_int_equal(black(bench), 0);
    bench_drop(bench);
}

static void the_line_that_waits_is_printed_before_the_cut(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "one\x1Bi");
    assert_string_equal(bench_newest(bench)->text, "one\n");
    bench_drop(bench);
}

static void blank_paper_is_no_ticket(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\n\n\x1B"
                "d\5\x1DVB\0");
    assert_int_equal(bench->count, 0);
    bench_drop(bench);
}

static void paper_has_an_end(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "endless\n");
    for (int i = 0; i < 10; i++)
        SEND(bench, "\x1B"
                    "d\xFF");
    assert_int_equal(bench->count, 1);
    assert_int_equal(bench_newest(bench)->why, WHY_LONG);
    assert_false(bench_newest(bench)->is_whole);
    assert_true(bench->machine.head.sheet.dots.height <= SHEET_ROWS);
    SEND(bench, "more\n\x1DVB\0");
    assert_false(bench_newest(bench)->is_whole); /* only its second half */
    bench_drop(bench);
}

static void text_has_an_end(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);
    struct sheet *sheet = &bench->machine.head.sheet;
    char line[48];

    (void)unused;
    memset(line, 'a', sizeof(line));
    SEND(bench, "\x1B\x33\x00"
                "first\n\x1BM\1");
    for (int i = 0; i < 900; i++)
        bench_send(bench, line, sizeof(line), SIZE_MAX);
    assert_true(sheet->cut_short);
    assert_true(sheet->text_len < SHEET_TEXT);
    assert_memory_equal(sheet->text, "first\n", 6);
    bench_drop(bench);
}

static void drawer_and_buzzer_are_counted(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, "\x1Bp\0\x19\xFA\x1B"
                "B\2\3\x1B(A\4\0\x61\1\1\1");
    assert_int_equal(bench->drawers, 1);
    assert_int_equal(bench->buzzes, 2);
    assert_int_equal(bench->machine.head.sheet.dots.height, 0);
    bench_drop(bench);
}

static void margin_and_width_bound_a_line(void **unused)
{
    struct bench *bench = bench_make("generic-80", 0);

    (void)unused;
    SEND(bench, LINES "\x1DL\x30\0\x1DW\x18\0abc\n");
    assert_true(is_dot(bench, 48 + 1, 3));
    assert_true(is_dot(bench, 48 + 1, 24 + 3)); /* c */
    assert_string_equal(bench->machine.head.sheet.text, "ab\nc\n");
    bench_drop(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_stands_in_its_cell),
        cmocka_unit_test(size_makes_letters_wider_and_higher),
        cmocka_unit_test(letters_of_one_line_stand_on_one_row),
        cmocka_unit_test(white_on_black_is_the_other_way_round),
        cmocka_unit_test(a_line_can_be_drawn_below_letters),
        cmocka_unit_test(lines_stand_left_in_the_middle_or_right),
        cmocka_unit_test(what_does_not_fit_goes_to_the_next_line),
        cmocka_unit_test(letters_are_those_of_the_code_page),
        cmocka_unit_test(the_reset_forgets_style_page_and_the_line),
        cmocka_unit_test(the_text_says_what_is_big_and_keeps_places),
        cmocka_unit_test(raster_dots_stand_where_they_should),
        cmocka_unit_test(raster_dots_may_be_twice_as_large),
        cmocka_unit_test(dots_beside_the_paper_are_lost),
        cmocka_unit_test(columns_of_dots_stand_upright),
        cmocka_unit_test(graphics_are_kept_and_then_printed),
        cmocka_unit_test(graphics_that_say_too_much_are_none),
        cmocka_unit_test(a_qr_code_is_drawn_with_modules_of_its_size),
        cmocka_unit_test(what_stands_in_a_qr_code_steers_no_terminal),
        cmocka_unit_test(a_cut_hands_the_sheet_out_and_begins_a_new_one),
        cmocka_unit_test(the_line_that_waits_is_printed_before_the_cut),
        cmocka_unit_test(blank_paper_is_no_ticket),
        cmocka_unit_test(paper_has_an_end),
        cmocka_unit_test(text_has_an_end),
        cmocka_unit_test(drawer_and_buzzer_are_counted),
        cmocka_unit_test(margin_and_width_bound_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
