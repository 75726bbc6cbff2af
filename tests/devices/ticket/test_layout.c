#include "devices/ticket/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/ticket/sheet.h"

static struct sheet sheet;
static struct paper_sink sink;
static struct layout_row row;

static void begin(void)
{
    sink = sheet_sink(&sheet, false);
    layout_begin(&row, false);
}

static void add(unsigned style, const char *text)
{
    size_t cap;
    char *room = layout_room(&row, &cap);

    assert_true(strlen(text) < cap);
    memcpy(room, text, strlen(text) + 1);
    layout_add(&row, style);
}

static const char *end(void)
{
    layout_end(&row, &sink);
    assert_false(sheet.wrong);
    return sheet.text;
}

/* One column from the left edge. */
static const char *lay_out(enum layout_align align, uint32_t width,
        unsigned style, const char *text)
{
    begin();
    layout_column(&row, align, 0, width);
    add(style, text);
    return end();
}

static void lines_break_at_blanks(void **unused)
{
    (void)unused;
    assert_string_equal(lay_out(ALIGN_LEFT, 10, 0, "one two three four"),
            "|one two\n|three four\n");
    assert_string_equal(
            lay_out(ALIGN_LEFT, 7, 0, "one two   three"), "|one two\n|three\n");
    assert_string_equal(lay_out(ALIGN_LEFT, 10, 0, "  a  b  "), "|a  b\n");
    assert_string_equal(lay_out(ALIGN_LEFT, 10, 0, ""), "|\n");
}

static void a_line_feed_begins_a_line(void **unused)
{
    (void)unused;
    assert_string_equal(
            lay_out(ALIGN_LEFT, 10, 0, "a\n b\n\nc\n"), "|a\n|b\n|\n|c\n");
}

static void a_word_that_is_too_long_is_broken(void **unused)
{
    (void)unused;
    assert_string_equal(
            lay_out(ALIGN_LEFT, 4, 0, "ab cdefghij"), "|ab\n|cdef\n|ghij\n");
}

static void letters_of_east_asia_part_anywhere_but_at_closing_signs(
        void **unused)
{
    (void)unused;
    assert_string_equal(
            lay_out(ALIGN_LEFT, 7, 0, "麻婆豆腐"), "|麻婆豆\n|腐\n");
    assert_string_equal(
            lay_out(ALIGN_LEFT, 6, 0, "麻婆豆，腐"), "|麻婆\n|豆，腐\n");
    assert_string_equal(
            lay_out(ALIGN_LEFT, 6, 0, "麻婆（辣）"), "|麻婆\n|（辣）\n");
    assert_string_equal(
            lay_out(ALIGN_LEFT, 6, 0, "ab麻婆 cde"), "|ab麻婆\n|cde\n");
}

static void wide_letters_take_twice_their_cells(void **unused)
{
    (void)unused;
    assert_string_equal(
            lay_out(ALIGN_LEFT, 8, STYLE_WIDE, "abcd efg"), "W|abcd\nW|efg\n");
    assert_int_equal(sheet.widest, 8);
    assert_string_equal(
            lay_out(ALIGN_LEFT, 5, STYLE_WIDE, "豆腐"), "W|豆\nW|腐\n");
    assert_int_equal(sheet.widest, 4);
}

static void in_a_narrow_column_nothing_is_wide(void **unused)
{
    (void)unused;
    assert_string_equal(lay_out(ALIGN_LEFT, 3, STYLE_WIDE | STYLE_TALL, "豆腐"),
            "T|豆\nT|腐\n");
}

static void text_stands_left_or_right_or_in_the_middle(void **unused)
{
    (void)unused;
    assert_string_equal(
            lay_out(ALIGN_RIGHT, 6, 0, "ab abcde"), "|    ab\n| abcde\n");
    assert_string_equal(lay_out(ALIGN_CENTER, 6, 0, "ab abc"), "|ab abc\n");
    assert_string_equal(lay_out(ALIGN_CENTER, 7, 0, "ab"), "|  ab\n");
}

static void columns_wrap_beside_each_other(void **unused)
{
    (void)unused;
    begin();
    layout_column(&row, ALIGN_RIGHT, 0, 4);
    add(STYLE_BOLD, "2x");
    layout_column(&row, ALIGN_LEFT, 5, 8);
    add(STYLE_TALL, "Soup of the day");
    layout_column(&row, ALIGN_RIGHT, 14, 5);
    add(0, "1.50 2.50");
    assert_string_equal(end(), "BT|  2x Soup of   1.50\n"
                               "T|     the day   2.50\n");
}

static void a_blank_that_stays_is_kept_with_its_style(void **unused)
{
    (void)unused;
    assert_string_equal(
            lay_out(ALIGN_LEFT, 8, STYLE_INVERT, "\x01VOID\x01"), "I| VOID \n");
    assert_string_equal(lay_out(ALIGN_LEFT, 5, 0,
                                "ab\x01"
                                "cd ef"),
            "|ab cd\n|ef\n");
}

static void from_right_to_left_columns_and_blanks_change_sides(void **unused)
{
    (void)unused;
    begin();
    row.from_right = true;
    layout_column(&row, ALIGN_LEFT, 11, 4);
    add(STYLE_BOLD, "2x\x01");
    layout_column(&row, ALIGN_RIGHT, 0, 10);
    add(0, "طلب 19 والصنوبر");
    assert_string_equal(end(), "B|    طلب 19  2x\n"
                               "|  والصنوبر\n");
    begin();
    row.from_right = true;
    layout_column(&row, ALIGN_LEFT, 0, 10);
    add(STYLE_INVERT, "\x01طلب\x01\x01");
    assert_string_equal(end(), "I|  طلب \n");
    begin();
    row.from_right = true;
    layout_column(&row, ALIGN_RIGHT, 0, 10);
    add(0, "a ");
    add(STYLE_BOLD, "b\x01");
    add(0, "c d");
    assert_string_equal(end(), "B|   c d b a\n");
    begin();
    row.from_right = true;
    layout_column(&row, ALIGN_RIGHT, 0, 10);
    add(0, "job 1");
    assert_string_equal(end(), "|job 1\n");
    begin();
    row.from_right = true;
    layout_column(&row, ALIGN_RIGHT, 0, 10);
    add(STYLE_BOLD, "delivery");
    assert_string_equal(end(), "B|  delivery\n");
}

static void each_style_is_a_run(void **unused)
{
    (void)unused;
    begin();
    layout_column(&row, ALIGN_LEFT, 0, 12);
    add(0, "no ");
    add(STYLE_BOLD, "nuts");
    add(STYLE_WIDE, " or");
    assert_string_equal(end(), "B|no nuts\nW|or\n");
}

static void a_mark_does_not_cross_into_another_column(void **unused)
{
    (void)unused;
    begin();
    layout_column(&row, ALIGN_LEFT, 0, 4);
    add(0, "e");
    layout_column(&row, ALIGN_LEFT, 4, 4);
    add(0, "\xCC\x81x");
    assert_string_equal(end(), "|e   \xCC\x81x\n");
}

static void count_runs(void *ctx, const struct paper_line *line)
{
    char *all = ctx;
    size_t len = 0;

    for (uint32_t i = 0; i < line->count; i++)
        len += (size_t)snprintf(all + len, 100 - len, "[%s:%u]",
                line->runs[i].text, (unsigned)line->runs[i].cells);
}

static void a_column_and_what_is_left_of_it_are_runs_of_their_own(void **unused)
{
    char runs[100];
    const struct paper_sink to = { .ctx = runs, .line = count_runs };

    (void)unused;
    begin();
    layout_column(&row, ALIGN_RIGHT, 0, 4);
    add(0, "+");
    layout_column(&row, ALIGN_LEFT, 5, 9);
    add(0, "بدون ");
    add(0, "بصل");
    layout_column(&row, ALIGN_RIGHT, 14, 3);
    add(0, "x");
    layout_end(&row, &to);
    assert_string_equal(runs, "[   :3][+:1][ :1][بدون بصل:8][   :3][x:1]");
}

static void what_does_not_fit_is_not_laid_out_at_all(void **unused)
{
    size_t cap;
    char *room;

    (void)unused;
    begin();
    layout_column(&row, ALIGN_LEFT, 0, 10);
    room = layout_room(&row, &cap);
    memset(room, 'x', cap - 1);
    room[cap - 1] = '\0';
    layout_add(&row, 0);
    layout_column(&row, ALIGN_LEFT, 10, 10);
    assert_true(row.full);
    room = layout_room(&row, &cap);
    assert_int_equal(cap, 1);
    room[0] = '\0';
    layout_add(&row, 0);
    assert_string_equal(end(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_break_at_blanks),
        cmocka_unit_test(a_line_feed_begins_a_line),
        cmocka_unit_test(a_word_that_is_too_long_is_broken),
        cmocka_unit_test(
                letters_of_east_asia_part_anywhere_but_at_closing_signs),
        cmocka_unit_test(wide_letters_take_twice_their_cells),
        cmocka_unit_test(in_a_narrow_column_nothing_is_wide),
        cmocka_unit_test(text_stands_left_or_right_or_in_the_middle),
        cmocka_unit_test(columns_wrap_beside_each_other),
        cmocka_unit_test(a_blank_that_stays_is_kept_with_its_style),
        cmocka_unit_test(from_right_to_left_columns_and_blanks_change_sides),
        cmocka_unit_test(each_style_is_a_run),
        cmocka_unit_test(a_mark_does_not_cross_into_another_column),
        cmocka_unit_test(a_column_and_what_is_left_of_it_are_runs_of_their_own),
        cmocka_unit_test(what_does_not_fit_is_not_laid_out_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
