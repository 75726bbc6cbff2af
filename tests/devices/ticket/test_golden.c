/*
 * Thirty tickets in eight languages at 32, 42 and 48 columns, as text: the
 * files in tests/golden/tickets, byte by byte. Besides:
 *
 * test_devices_ticket_golden --write          writes the files anew
 * test_devices_ticket_golden --print N COLS   ticket N (from 1) on stdout
 * test_devices_ticket_golden --bytes N MAKE   likewise, for a make of printer
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/port/posix/glyphs.h"
#include "devices/ticket/languages.h"
#include "tests/devices/ticket/dinner.h"
#include "tests/devices/ticket/sheet.h"

#define FOLDER SOURCE_DIR "/tests/golden/tickets"

static const uint32_t widths[] = { 32, 42, 48 };

#define WIDTHS (sizeof(widths) / sizeof(widths[0]))

static struct sheet sheet;

/* The profile that has every letter, so no font decides what stands there. */
static void draw(size_t index, uint32_t columns)
{
    const struct paper_sink sink = sheet_sink(&sheet, true);

    if (!dinner_print(index, profile_find("text"), NULL, columns, &sink))
        fail_msg("%s is too long", dinner[index].name);
    assert_false(sheet.wrong);
    assert_true(sheet.widest <= columns);
}

static FILE *open_file(size_t index, uint32_t columns, const char *mode)
{
    char path[512];

    snprintf(path, sizeof(path), FOLDER "/%.2s-%s-%s-%u.txt",
            dinner[index].name, dinner[index].language, dinner[index].name + 3,
            columns);
    return fopen(path, mode);
}

static void compare(size_t index, uint32_t columns)
{
    static char expected[SHEET_BYTES];
    FILE *file = open_file(index, columns, "rb");
    size_t len;

    draw(index, columns);
    if (!file)
        fail_msg("%s at %u columns has no file", dinner[index].name, columns);
    len = fread(expected, 1, sizeof(expected) - 1, file);
    expected[len] = '\0';
    fclose(file);
    assert_string_equal(sheet.text, expected);
}

static void tickets_stand_as_they_stood(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < DINNER_TICKETS; i++)
        for (size_t w = 0; w < WIDTHS; w++)
            compare(i, widths[w]);
}

static void every_language_has_tickets(void **unused)
{
    const struct ticket_language *language;

    (void)unused;
    assert_int_equal(DINNER_TICKETS, 30);
    for (uint32_t i = 0; (language = ticket_language_at(i)); i++) {
        int count = 0;

        for (size_t n = 0; n < DINNER_TICKETS; n++)
            count += strcmp(dinner[n].language, language->code) == 0;
        if (count < 3)
            fail_msg("%s has %d", language->code, count);
    }
}

/* Is each letter of `text` in `all`, in this order? Not blanks and line
 * feeds: lines may break there. Nor what no paper shows. */
static bool has_letters(const char *all, const char *text)
{
    while (*text) {
        uint32_t cells;
        size_t len = cells_next(text, &cells);

        if (len == 1 && (uint8_t)*text <= ' ') {
            text += len;
            continue;
        }
        while (*all && strncmp(all, text, len) != 0)
            all++;
        if (!*all)
            return false;
        text += len;
    }
    return true;
}

static void assert_has(const char *text)
{
    if (text && !has_letters(sheet.text, text))
        fail_msg("\"%s\" is not on\n%s", text, sheet.text);
}

static void assert_complete(const struct dinner_ticket *ticket)
{
    assert_has(ticket->number);
    assert_has(ticket->notes);
    assert_has(ticket->rerouted_from);
    assert_has(ticket->copy_of);
    for (size_t i = 0; i < DINNER_PARTS; i++) {
        assert_has(ticket->dishes[i].name);
        assert_has(ticket->dishes[i].notes);
        assert_has(ticket->changes[i].name);
        assert_has(ticket->changes[i].notes);
        assert_has(ticket->changes[i].was_notes);
        for (size_t n = 0; n < DINNER_PARTS; n++) {
            assert_has(ticket->dishes[i].modifiers[n]);
            assert_has(ticket->dishes[i].allergens[n]);
            assert_has(ticket->orders[i].dishes[n]);
        }
    }
}

static void nothing_of_an_order_is_left_out(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < DINNER_TICKETS; i++) {
        if (strcmp(dinner[i].name, "06-markup") == 0)
            continue; /* has what no paper shows, on purpose */
        for (size_t w = 0; w < WIDTHS; w++) {
            draw(i, widths[w]);
            assert_complete(&dinner[i]);
        }
    }
}

static void each_make_of_printer_takes_them(void **unused)
{
    static uint8_t bytes[1024 * 1024];
    const struct profile *profile;

    (void)unused;
    for (uint32_t p = 0; (profile = profile_at(p)); p++)
        for (size_t i = 0; i < DINNER_TICKETS; i++)
            assert_true(
                    dinner_bytes(i, profile, NULL, bytes, sizeof(bytes)) > 0);
}

/* --- the tool --- */

static int write_files(void)
{
    for (size_t i = 0; i < DINNER_TICKETS; i++) {
        for (size_t w = 0; w < WIDTHS; w++) {
            FILE *file = open_file(i, widths[w], "wb");

            if (!file)
                return 1;
            draw(i, widths[w]);
            fwrite(sheet.text, 1, sheet.len, file);
            if (fclose(file) != 0)
                return 1;
        }
    }
    return 0;
}

/* With the fonts of this machine, as the program prints. */
static int write_bytes(size_t index, const char *make)
{
    static uint8_t bytes[1024 * 1024];
    const struct profile *profile = profile_find(make);
    char error[256];
    struct port_glyphs *glyphs = glyphs_open(NULL, 0, error, sizeof(error));
    size_t len = 0;

    if (profile)
        len = dinner_bytes(
                index, profile, glyphs_of(glyphs), bytes, sizeof(bytes));
    glyphs_close(glyphs);
    fwrite(bytes, 1, len, stdout);
    return len > 0 ? 0 : 1;
}

static int run_tool(int argc, char **argv)
{
    long number = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    long columns = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    bool is_there = number >= 1 && number <= (long)DINNER_TICKETS;

    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return write_files();
    if (argc == 4 && is_there && strcmp(argv[1], "--bytes") == 0)
        return write_bytes((size_t)number - 1, argv[3]);
    if (argc == 4 && is_there && strcmp(argv[1], "--print") == 0 &&
            columns >= TICKET_MIN_COLUMNS && columns <= TICKET_MAX_COLUMNS) {
        draw((size_t)number - 1, (uint32_t)columns);
        fputs(sheet.text, stdout);
        return 0;
    }
    fprintf(stderr, "see the head of test_golden.c\n");
    return 2;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tickets_stand_as_they_stood),
        cmocka_unit_test(every_language_has_tickets),
        cmocka_unit_test(nothing_of_an_order_is_left_out),
        cmocka_unit_test(each_make_of_printer_takes_them),
    };

    if (argc > 1)
        return run_tool(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
