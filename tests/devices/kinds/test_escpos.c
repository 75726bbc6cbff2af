#include "devices/kinds/escpos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/kinds/ticket.h"

static uint8_t bytes[16384];

/* The bytes of one line in a style, without what begins and ends a ticket. */
static size_t one_line(const char *profile, unsigned style, const char *text,
        const uint8_t **line)
{
    struct escpos escpos;
    size_t begun;

    escpos_begin(&escpos, profile_find(profile), bytes, sizeof(bytes));
    begun = escpos.len;
    escpos_line(&escpos, style, text);
    *line = bytes + begun;
    return escpos.len - begun;
}

static void assert_line(unsigned style, const char *text, const char *expected,
        size_t expected_len)
{
    const uint8_t *line;
    size_t len = one_line("generic-80", style, text, &line);

    assert_int_equal(len, expected_len);
    assert_memory_equal(line, expected, len);
}

#define ASSERT_LINE(style, text, expected)                                     \
    assert_line(style, text, expected, sizeof(expected) - 1)

static void a_ticket_begins_with_a_reset_and_ends_with_a_cut(void **unused)
{
    struct escpos escpos;
    size_t len;

    (void)unused;
    escpos_begin(&escpos, profile_find("generic-80"), bytes, sizeof(bytes));
    escpos_line(&escpos, STYLE_BOLD, "x");
    len = escpos_end(&escpos);
    assert_int_equal(len, 19);
    assert_memory_equal(bytes,
            "\x1B@\x1C.\x1B"
            "E\1x\n\x1B"
            "E\0\x1B"
            "d\4\x1DVB\0",
            19);
}

static void a_printer_that_answers_is_asked(void **unused)
{
    struct escpos escpos;
    size_t len;

    (void)unused;
    escpos_begin(&escpos, profile_find("epson-tm"), bytes, sizeof(bytes));
    len = escpos_end(&escpos);
    assert_memory_equal(bytes + len - 3, "\x1Dr\1", 3);
}

static void a_style_is_set_before_the_text_and_only_when_it_changes(
        void **unused)
{
    struct escpos escpos;
    static const char expected[] = "\x1B@\x1C.\x1B"
                                   "E\1\x1D!\x11"
                                   "a\nb\n\x1B"
                                   "E\0\x1D!\0\x1D"
                                   "B\1c\n";

    (void)unused;
    escpos_begin(&escpos, profile_find("generic-80"), bytes, sizeof(bytes));
    escpos_line(&escpos, STYLE_BOLD | STYLE_WIDE | STYLE_TALL, "a");
    escpos_line(&escpos, STYLE_BOLD | STYLE_WIDE | STYLE_TALL, "b");
    escpos_line(&escpos, STYLE_INVERT, "c");
    assert_int_equal(escpos.len, sizeof(expected) - 1);
    assert_memory_equal(bytes, expected, escpos.len);
}

static void accents_select_the_page_that_has_them(void **unused)
{
    (void)unused;
    ASSERT_LINE(0, "abc", "abc\n");
    ASSERT_LINE(0, "é 5 €", "\x1Bt\x13\x82 5 \xD5\n");     /* CP858 */
    ASSERT_LINE(0, "„é“", "\x1Bt\x10\x84\xE9\x93\n");      /* CP1252 */
    ASSERT_LINE(0, "Борщ", "\x1Bt\x11\x81\xAE\xE0\xE9\n"); /* CP866 */
    ASSERT_LINE(0, "é Ж", "\x1Bt\x13\x82 \x1Bt\x11\x86\n");
}

static void the_page_is_selected_anew_on_every_ticket(void **unused)
{
    (void)unused;
    ASSERT_LINE(0, "é", "\x1Bt\x13\x82\n");
    ASSERT_LINE(0, "é", "\x1Bt\x13\x82\n");
}

static void a_ticket_that_does_not_fit_is_none(void **unused)
{
    struct escpos escpos;
    uint8_t *exact = malloc(12);

    (void)unused;
    escpos_begin(&escpos, profile_find("generic-80"), exact, 12);
    escpos_line(&escpos, 0, "too long for twelve bytes");
    assert_int_equal(escpos_end(&escpos), 0);
    free(exact);
}

static void plain_text_has_no_commands(void **unused)
{
    const uint8_t *line;
    size_t len = one_line("text", STYLE_BOLD | STYLE_WIDE, "Żurek\x1B@", &line);

    (void)unused;
    assert_int_equal(len, strlen("Żurek?@\n"));
    assert_memory_equal(line, "Żurek?@\n", len);
}

/* Random bytes, half of them such as printers listen to. */
static void make_text(char *text, size_t len)
{
    static const char spice[] = "\x1B\x1D\x1C\x10\x04\x05\x07\x0C\x18\x7F@!Etp";

    for (size_t i = 0; i < len; i++) {
        int dice = rand();

        if (dice & 1)
            text[i] = (char)(1 + (dice >> 8) % 255);
        else
            text[i] = spice[(size_t)(dice >> 8) % (sizeof(spice) - 1)];
    }
    text[len] = '\0';
}

/*
 * After taking out the one command that text may cause (select a page, from
 * the profile's own), no byte below 0x20 but the line feed is left.
 */
static void assert_no_command(const uint8_t *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (line[i] == 0x1B && i + 2 < len && line[i + 1] == 't') {
            bool ours = false;

            for (int page = 0; page < PAGE_COUNT; page++)
                ours |= codepages[page].select == line[i + 2];
            assert_true(ours);
            i += 2;
            continue;
        }
        assert_true(line[i] == '\n' ? i == len - 1 : line[i] >= 0x20);
        assert_int_not_equal(line[i], 0x7F);
    }
}

static void no_text_whatsoever_makes_a_command(void **unused)
{
    char text[101];
    char clean[400];

    (void)unused;
    srand(4711);
    for (int round = 0; round < 20000; round++) {
        const char *name = profile_name((uint32_t)round % 4);
        const uint8_t *line;
        size_t len;

        make_text(text, (size_t)rand() % sizeof(text));
        len = one_line(name, 0, text, &line); /* as it came */
        assert_no_command(line, len);
        codepage_clean(profile_find(name), text, clean, sizeof(clean));
        for (char *feed = clean; (feed = strchr(feed, '\n'));)
            *feed = ' ';
        len = one_line(name, 0, clean, &line);
        assert_no_command(line, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_begins_with_a_reset_and_ends_with_a_cut),
        cmocka_unit_test(a_printer_that_answers_is_asked),
        cmocka_unit_test(
                a_style_is_set_before_the_text_and_only_when_it_changes),
        cmocka_unit_test(accents_select_the_page_that_has_them),
        cmocka_unit_test(the_page_is_selected_anew_on_every_ticket),
        cmocka_unit_test(a_ticket_that_does_not_fit_is_none),
        cmocka_unit_test(plain_text_has_no_commands),
        cmocka_unit_test(no_text_whatsoever_makes_a_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
