#include "devices/virtual/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What was read, as text: letters as they are, "<id arguments data>", a dot
 * for each byte of data, ">" at their end. */
static char story[4096];

static void tell(const char *text)
{
    size_t len = strlen(story);

    snprintf(story + len, sizeof(story) - len, "%s", text);
}

static void on_byte(void *ctx, uint8_t byte)
{
    char text[2] = { (char)byte, '\0' };

    (void)ctx;
    tell(text);
}

static void on_command(void *ctx, enum command_id id,
        const uint8_t arguments[READER_ARGUMENTS], uint32_t data)
{
    char text[64];

    (void)ctx;
    snprintf(text, sizeof(text), "<%d %d %d %u>", (int)id, arguments[0],
            arguments[1], data);
    tell(text);
}

static void on_data(void *ctx, enum command_id id, uint8_t byte)
{
    (void)ctx;
    (void)id;
    (void)byte;
    tell(".");
}

static void on_end(void *ctx, enum command_id id)
{
    (void)ctx;
    (void)id;
    tell(">");
}

static const struct reader_to to = { NULL, on_byte, on_command, on_data,
    on_end };

static struct reader reader;

static void read_all(const void *bytes, size_t len)
{
    story[0] = '\0';
    reader_init(&reader, &to);
    for (size_t i = 0; i < len; i++)
        reader_feed(&reader, ((const uint8_t *)bytes)[i]);
}

#define READ(bytes) read_all(bytes, sizeof(bytes) - 1)

static void letters_and_line_ends_are_handed_on(void **unused)
{
    (void)unused;
    READ("a\x82\n");
    assert_string_equal(story, "a\x82\n");
    assert_int_equal(reader.unknown, 0);
}

/* Each command of the table, with as many bytes as it says, and a letter: if
 * that is read as one, no byte was missed or left over. */
static void every_command_is_as_long_as_it_says(void **unused)
{
    (void)unused;
    for (int id = 0; id < CMD_COUNT; id++) {
        const struct reader_command *command = &reader_commands[id];
        uint8_t bytes[2 + READER_ARGUMENTS] = { command->lead, command->verb };
        size_t len = 2u + command->arguments;
        size_t end;

        if (command->form == FORM_PULSE)
            len += 2;
        read_all(bytes, len);
        if (command->form == FORM_PAIR) /* never without data */
            for (int i = 0; i < 72; i++)
                reader_feed(&reader, 1);
        if (command->form == FORM_ZERO || command->form == FORM_BAR)
            reader_feed(&reader, 0);
        if (command->form == FORM_LETTERS) /* one letter, of no dots */
            reader_feed(&reader, 0);
        assert_int_equal(reader.state, READ_REST);
        assert_int_equal(reader.unknown, 0);
        reader_feed(&reader, 'x');
        end = strlen(story);
        assert_int_equal(story[end - 1], 'x');
    }
}

static void no_command_stands_twice_in_the_table(void **unused)
{
    (void)unused;
    for (int a = 0; a < CMD_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_false(reader_commands[a].lead == reader_commands[b].lead &&
                         reader_commands[a].verb == reader_commands[b].verb);
}

static void dots_are_counted_by_both_sides(void **unused)
{
    char expected[64];

    (void)unused;
    READ("\x1Dv0\0\2\0\3\0ABCDEFx");
    snprintf(
            expected, sizeof(expected), "<%d %d 0 6>......>x", CMD_RASTER, '0');
    assert_string_equal(story, expected);
}

static void columns_have_one_byte_or_three(void **unused)
{
    char expected[64];

    (void)unused;
    READ("\x1B*\0\2\0ABx\x1B*\x21\1\0ABCy");
    snprintf(expected, sizeof(expected), "<%d 0 2 2>..>x<%d 33 1 3>...>y",
            CMD_COLUMNS, CMD_COLUMNS);
    assert_string_equal(story, expected);
}

static void parcels_have_a_size_of_two_or_four_bytes(void **unused)
{
    char expected[64];

    (void)unused;
    READ("\x1D(H\3\0ABCx\x1D"
         "8L\2\0\0\0ABy");
    snprintf(expected, sizeof(expected), "<%d %d 3 3>...>x<%d %d 2 2>..>y",
            CMD_GS_PARCEL, 'H', CMD_GS_LARGE, 'L');
    assert_string_equal(story, expected);
}

static void a_bar_code_ends_at_a_zero_or_by_its_size(void **unused)
{
    (void)unused;
    READ("\x1Dk\4ABC\0x");
    assert_non_null(strstr(story, "...>x"));
    READ("\x1Dk\x49\2ABx");
    assert_non_null(strstr(story, "..>x"));
}

static void letters_that_somebody_draws_are_read_over(void **unused)
{
    (void)unused;
    READ("\x1B&\3AB\1abc\2abcdefx"); /* two letters, 3 and 6 bytes */
    assert_non_null(strstr(story, "1>.........>x"));
    READ("\x1B&\3BAx"); /* from B to A: none */
    assert_non_null(strstr(story, "0>x"));
}

static void pictures_for_later_are_read_over(void **unused)
{
    (void)unused;
    READ("\x1Cq\2\1\0\1\0ABCDEFGH\0\0\0\0x");
    assert_non_null(strstr(story, "1>........>x"));
}

static void a_cut_may_have_a_feed(void **unused)
{
    char expected[64];

    (void)unused;
    READ("\x1DV\1x\x1DVB\3y");
    snprintf(expected, sizeof(expected), "<%d 1 0 0>x<%d 66 3 0>y", CMD_CUT,
            CMD_CUT);
    assert_string_equal(story, expected);
}

static void what_is_not_known_is_counted_and_left_out(void **unused)
{
    (void)unused;
    READ("a\x1B\xFFz\x01"
         "b\x7F");
    assert_string_equal(story, "azb");
    assert_int_equal(reader.unknown, 3);
}

static void a_command_that_was_cut_off_can_be_forgotten(void **unused)
{
    (void)unused;
    READ("\x1Dv0\0\xFF\xFF\xFF\xFF..");
    assert_int_equal(reader.state, READ_DATA);
    story[0] = '\0';
    reader_rest(&reader);
    reader_feed(&reader, 'x');
    assert_string_equal(story, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_and_line_ends_are_handed_on),
        cmocka_unit_test(every_command_is_as_long_as_it_says),
        cmocka_unit_test(no_command_stands_twice_in_the_table),
        cmocka_unit_test(dots_are_counted_by_both_sides),
        cmocka_unit_test(columns_have_one_byte_or_three),
        cmocka_unit_test(parcels_have_a_size_of_two_or_four_bytes),
        cmocka_unit_test(a_bar_code_ends_at_a_zero_or_by_its_size),
        cmocka_unit_test(letters_that_somebody_draws_are_read_over),
        cmocka_unit_test(pictures_for_later_are_read_over),
        cmocka_unit_test(a_cut_may_have_a_feed),
        cmocka_unit_test(what_is_not_known_is_counted_and_left_out),
        cmocka_unit_test(a_command_that_was_cut_off_can_be_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
