#include "devices/ticket/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "devices/ticket/layout.h"
#include "tests/devices/kinds/orders.h"
#include "tests/devices/ticket/sheet.h"

static struct sheet sheet;
#define ticket sheet.text

/* English on paper for which code pages are enough. */
static struct ticket_paper paper_of(
        uint32_t columns, const struct paper_sink *sink)
{
    return (struct ticket_paper){
        .profile = profile_find("generic-80"), .columns = columns, .sink = sink
    };
}

static void lay_out(const struct some_job *some, uint32_t columns)
{
    const struct paper_sink sink = sheet_sink(&sheet, false);
    const struct ticket_paper paper = paper_of(columns, &sink);

    assert_true(ticket_layout(&paper, &some->job));
    assert_false(sheet.wrong);
}

static void an_order_on_48_columns(void **unused)
{
    struct some_job some;

    (void)unused;
    make_order(&some);
    lay_out(&some, 48);
    assert_string_equal(ticket,
            "BWT|ORDER 41\n"
            "BWT|TABLE 5\n"
            "|grill                           2026-01-31 18:04\n"
            "|------------------------------------------------\n"
            "BT|  2x Crème brûlée à l’ancienne, flambée à table\n"
            "T|     + extra sugar\n"
            "T|     + with a scoop of vanilla ice cream from\n"
            "T|       the good tub\n"
            "BT|     > no mint\n"
            "BT|       birthday: candle\n"
            "BTI|     ! milk, eggs\n"
            "BT| 12x Ristretto\n"
            "|     course 2 seat 3\n"
            "|------------------------------------------------\n"
            "BT|> NOTE all together please\n"
            "|job o41-grill-1\n"
            "QR|dw:order/o41\n");
}

static void an_order_on_42_columns(void **unused)
{
    struct some_job some;

    (void)unused;
    make_order(&some);
    lay_out(&some, 42);
    assert_string_equal(ticket, "BWT|ORDER 41\n"
                                "BWT|TABLE 5\n"
                                "|grill                     2026-01-31 18:04\n"
                                "|------------------------------------------\n"
                                "BT|  2x Crème brûlée à l’ancienne, flambée à\n"
                                "BT|     table\n"
                                "T|     + extra sugar\n"
                                "T|     + with a scoop of vanilla ice cream\n"
                                "T|       from the good tub\n"
                                "BT|     > no mint\n"
                                "BT|       birthday: candle\n"
                                "BTI|     ! milk, eggs\n"
                                "BT| 12x Ristretto\n"
                                "|     course 2 seat 3\n"
                                "|------------------------------------------\n"
                                "BT|> NOTE all together please\n"
                                "|job o41-grill-1\n"
                                "QR|dw:order/o41\n");
}

static void an_added_order_on_32_columns(void **unused)
{
    struct some_job some;

    (void)unused;
    make_order(&some);
    some.job.kind = DW__TICKET_KIND__TICKET_KIND_ADD_ON;
    some.order.has_priority = true;
    some.order.priority = DW__PRIORITY__PRIORITY_VIP;
    lay_out(&some, 32);
    assert_string_equal(ticket, "BWTI| ADD-ON \n"
                                "BWTI| VIP \n"
                                "BWT|ORDER 41\n"
                                "BWT|TABLE 5\n"
                                "|grill           2026-01-31 18:04\n"
                                "|--------------------------------\n"
                                "BT|  2x Crème brûlée à l’ancienne,\n"
                                "BT|     flambée à table\n"
                                "T|     + extra sugar\n"
                                "T|     + with a scoop of vanilla\n"
                                "T|       ice cream from the good\n"
                                "T|       tub\n"
                                "BT|     > no mint\n"
                                "BT|       birthday: candle\n"
                                "BTI|     ! milk, eggs\n"
                                "BT| 12x Ristretto\n"
                                "|     course 2 seat 3\n"
                                "|--------------------------------\n"
                                "BT|> NOTE all together please\n"
                                "|job o41-grill-1\n"
                                "QR|dw:order/o41\n");
}

static void a_void_says_so_first_and_last(void **unused)
{
    struct some_job some;

    (void)unused;
    make_empty(&some, DW__TICKET_KIND__TICKET_KIND_VOID);
    some.items[0].name = (char *)"Soup";
    some.items[0].quantity = 1;
    some.order.n_items = 1;
    some.order.number = NULL;
    some.table.has_number = false;
    lay_out(&some, 32);
    assert_string_equal(ticket, "BWTI| VOID \n"
                                "BWT|ORDER o41\n"
                                "BWT|TABLE t5\n"
                                "|grill           2026-01-31 18:04\n"
                                "|--------------------------------\n"
                                "BT|  1x Soup\n"
                                "BTI|DO NOT COOK THE ABOVE\n"
                                "|--------------------------------\n"
                                "|job o41-grill-1\n"
                                "QR|dw:order/o41\n");
}

static void a_change_has_only_what_has_changed(void **unused)
{
    struct some_job some;

    (void)unused;
    make_change(&some);
    lay_out(&some, 32);
    assert_string_equal(ticket, "BWTI| CHANGE \n"
                                "BWT|ORDER 41\n"
                                "BWT|TABLE 5\n"
                                "|grill           2026-01-31 18:04\n"
                                "|--------------------------------\n"
                                "BT|  2x Spaghetti carbonara\n"
                                "BTI|     3x -> 2x\n"
                                "BT|  3x Entrecôte\n"
                                "|     was > rare\n"
                                "BT|     now > well done, pepper\n"
                                "BT|     sauce on the side\n"
                                "BT|  0x Soup\n"
                                "BTI|     3x -> 0x\n"
                                "|     was > no salt\n"
                                "|--------------------------------\n"
                                "|job o41-grill-1\n"
                                "QR|dw:order/o41\n");
}

static void a_note_that_is_gone_says_so(void **unused)
{
    struct some_job some;

    (void)unused;
    make_change(&some);
    some.changes[1].notes = NULL;
    lay_out(&some, 48);
    assert_non_null(strstr(ticket, "BT|  3x Entrecôte\n"
                                   "|     was > rare\n"
                                   "BT|     now > (nothing)\n"));
}

static void lay_out_at(const struct some_job *some, int64_t time_ms)
{
    const struct paper_sink sink = sheet_sink(&sheet, false);
    struct ticket_paper paper = paper_of(32, &sink);

    paper.time_ms = (uint64_t)time_ms;
    assert_true(ticket_layout(&paper, &some->job));
}

static void a_summary_says_how_long_each_order_waits(void **unused)
{
    struct some_job some;

    (void)unused;
    make_summary(&some);
    lay_out_at(&some, some.orders[0].created_at_ms + 70 * 60000);
    assert_string_equal(ticket, "BWTI| CATCH-UP \n"
                                "|grill           2026-01-31 19:14\n"
                                "|--------------------------------\n"
                                "BT|ORDER 41        TABLE 5\n"
                                "B|  1 h 10 min ago\n"
                                "BT|  2 Crème brûlée\n"
                                "BT|  12 Ristretto\n"
                                "|--------------------------------\n"
                                "BT|ORDER o42\n"
                                "B|  9 min ago\n"
                                "BT|  2 Crème brûlée\n"
                                "BTI|AND 3 MORE: SEE THE SCREEN\n"
                                "|--------------------------------\n"
                                "|job summary-pr1-7\n");
}

static void an_age_that_nobody_knows_is_not_invented(void **unused)
{
    struct some_job some;

    (void)unused;
    make_summary(&some);
    lay_out_at(&some, some.orders[0].created_at_ms - 1);
    assert_null(strstr(ticket, "ago"));
    lay_out_at(&some, -1);
    assert_null(strstr(ticket, "ago"));
    some.orders[0].created_at_ms = INT64_MIN;
    some.orders[1].has_created_at_ms = false;
    lay_out_at(&some, INT64_MAX);
    assert_null(strstr(ticket, "ago"));
}

static void a_copy_says_so_first_and_last(void **unused)
{
    struct some_job some;

    (void)unused;
    make_empty(&some, DW__TICKET_KIND__TICKET_KIND_VOID);
    some.items[0].name = (char *)"Soup";
    some.items[0].quantity = 1;
    some.order.n_items = 1;
    some.job.job_id = (char *)"o41-grill-1-r1";
    some.job.copy_of = (char *)"o41-grill-1";
    some.job.rerouted_from = (char *)"grill-printer";
    lay_out(&some, 32);
    assert_string_equal(ticket, "BTI|REPRINT? MAY BE PRINTED ALREADY\n"
                                "BTI|REROUTED FROM grill-printer\n"
                                "BWTI| VOID \n"
                                "BWT|ORDER 41\n"
                                "BWT|TABLE 5\n"
                                "|grill           2026-01-31 18:04\n"
                                "|--------------------------------\n"
                                "BT|  1x Soup\n"
                                "BTI|DO NOT COOK THE ABOVE\n"
                                "|--------------------------------\n"
                                "|job o41-grill-1-r1\n"
                                "|copy of o41-grill-1\n"
                                "BTI|REPRINT? MAY BE PRINTED ALREADY\n"
                                "QR|dw:order/o41\n");
}

static void the_time_is_the_restaurants(void **unused)
{
    struct some_job some;
    const struct paper_sink sink = sheet_sink(&sheet, false);
    struct ticket_paper paper = paper_of(48, &sink);

    (void)unused;
    make_order(&some);
    paper.utc_offset_s = 7 * 60 * 60;
    assert_true(ticket_layout(&paper, &some.job));
    assert_non_null(strstr(ticket, "2026-02-01 01:04\n"));
}

static void assert_time(int64_t created_at_ms, const char *expected)
{
    struct some_job some;

    make_order(&some);
    some.order.created_at_ms = created_at_ms;
    lay_out(&some, 48);
    assert_non_null(strstr(ticket, expected));
}

static void leap_days_and_ends_of_years_are_right(void **unused)
{
    (void)unused;
    assert_time(1582934400000, " 2020-02-29 00:00\n");
    assert_time(1583020799999, " 2020-02-29 23:59\n");
    assert_time(1583020800000, " 2020-03-01 00:00\n");
    assert_time(1677628800000, " 2023-03-01 00:00\n");
    assert_time(1735689599999, " 2024-12-31 23:59\n");
    assert_time(4107542400000, " 2100-03-01 00:00\n"); /* no leap year */
    assert_time(32503593600000, " 2999-12-31 00:00\n");
    assert_time(INT64_MAX, "|grill\n"); /* no time rather than a wrong one */
}

static void a_word_longer_than_the_paper_is_broken_and_complete(void **unused)
{
    struct some_job some;

    (void)unused;
    make_empty(&some, DW__TICKET_KIND__TICKET_KIND_ORDER);
    some.items[0].name =
            (char *)"Donaudampfschifffahrtsgesellschaftskapitänsschnitzel";
    some.items[0].quantity = 1;
    some.order.n_items = 1;
    lay_out(&some, 32);
    assert_non_null(strstr(ticket, "BT|  1x Donaudampfschifffahrtsgesel\n"
                                   "BT|     lschaftskapitänsschnitzel\n"));
}

/* Every text of each kind of ticket is `name`. */
static void assert_fits(char *name, uint32_t columns)
{
    struct some_job some;

    make_order(&some);
    some.items[0].name = name;
    some.order.number = name;
    some.job.station = name;
    some.order.notes = name;
    some.job.copy_of = name;
    some.job.rerouted_from = name;
    lay_out(&some, columns);
    assert_true(sheet.widest <= columns);

    make_change(&some);
    some.changes[0].name = some.changes[0].notes = name;
    some.changes[0].was_quantity = UINT32_MAX;
    lay_out(&some, columns);
    assert_true(sheet.widest <= columns);

    make_summary(&some);
    some.orders[0].number = some.dishes[0] = name;
    some.slip.left_out = UINT32_MAX;
    lay_out(&some, columns);
    assert_true(sheet.widest <= columns);
}

static void no_line_is_wider_than_the_paper(void **unused)
{
    char name[81];

    (void)unused;
    for (size_t len = 0; len < sizeof(name); len++) {
        for (size_t i = 0; i < len; i++)
            name[i] = i % 7 == len % 5 ? ' ' : 'x';
        name[len] = '\0';
        for (uint32_t columns = 24; columns <= 64; columns += 8)
            assert_fits(name, columns);
    }
}

/* --- languages, codes, limits --- */

static bool has_all(void *ctx, uint32_t point)
{
    (void)ctx;
    (void)point;
    return true;
}

static const char *lay_out_in(const char *language, const char *make,
        const struct glyphs *glyphs, Dw__TicketKind kind)
{
    const struct paper_sink sink = sheet_sink(&sheet, false);
    struct ticket_paper paper = paper_of(48, &sink);
    struct some_job some;

    make_order(&some);
    some.job.kind = kind;
    paper.profile = profile_find(make);
    paper.glyphs = glyphs;
    paper.language = language;
    assert_true(ticket_layout(&paper, &some.job));
    return ticket;
}

static void captions_are_in_the_language_of_the_house(void **unused)
{
    const Dw__TicketKind order = DW__TICKET_KIND__TICKET_KIND_ORDER;

    (void)unused;
    lay_out_in("de", "generic-80", NULL, order);
    assert_non_null(strstr(ticket, "BWT|BON 41\nBWT|TISCH 5\n"));
    lay_out_in("zh", "text", NULL, order);
    assert_non_null(strstr(ticket, "BWT|订单 41\n"));
    lay_out_in("tlh", "generic-80", NULL, order);
    assert_non_null(strstr(ticket, "BWT|ORDER 41\n"));
}

static void captions_that_the_printer_cannot_print_are_english(void **unused)
{
    const struct glyphs glyphs = { .has = has_all };
    const Dw__TicketKind kind = DW__TICKET_KIND__TICKET_KIND_VOID;

    (void)unused;
    lay_out_in("ar", "generic-80", NULL, kind);
    assert_non_null(strstr(ticket, "BWTI| VOID \n"));
    lay_out_in("zh", "cp437-80", &glyphs, kind);
    assert_non_null(strstr(ticket, "BWTI| VOID \n"));
    lay_out_in("zh", "generic-80", &glyphs, kind);
    assert_non_null(strstr(ticket, "BWTI| 退菜 \n"));
}

static void assert_code(const char *prefix, const char *id, const char *code)
{
    const struct paper_sink sink = sheet_sink(&sheet, false);
    struct ticket_paper paper = paper_of(48, &sink);
    struct some_job some;

    make_order(&some);
    some.order.id = (char *)id;
    paper.qr_prefix = prefix;
    assert_true(ticket_layout(&paper, &some.job));
    if (code)
        assert_non_null(strstr(ticket, code));
    else
        assert_null(strstr(ticket, "QR|"));
}

static void the_code_of_an_order_is_a_prefix_and_its_id(void **unused)
{
    char longest[300];

    (void)unused;
    assert_code(NULL, "o41", "\nQR|dw:order/o41\n");
    assert_code("https://pass.example/o/", "o41",
            "\nQR|https://pass.example/o/o41\n");
    assert_code("", "o41", NULL);
    assert_code("x:", "a/../b?c&\"\x1b\xC3\xA9",
            "\nQR|x:a%2F..%2Fb%3Fc%26%22%1B%C3%A9\n");
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_code("x:", longest, NULL);
    assert_code(longest, "o41", NULL);
    memset(longest, '/', 60);
    longest[60] = '\0';
    assert_code("x:", longest, "\nQR|x:%2F");
    assert_code(
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            longest, NULL);
}

static void a_catch_up_is_about_no_order_in_particular(void **unused)
{
    struct some_job some;

    (void)unused;
    make_summary(&some);
    some.order.notes = (char *)"no nuts";
    some.order.has_priority = true;
    some.order.priority = DW__PRIORITY__PRIORITY_VIP;
    lay_out(&some, 48);
    assert_null(strstr(ticket, "no nuts"));
    assert_null(strstr(ticket, "VIP"));
    assert_null(strstr(ticket, "QR|"));
}

static void an_order_without_a_table_says_where_it_came_from(void **unused)
{
    struct some_job some;

    (void)unused;
    make_order(&some);
    some.order.source = (char *)"takeaway";
    lay_out(&some, 48);
    assert_null(strstr(ticket, "takeaway"));
    some.order.table = NULL;
    lay_out(&some, 48);
    assert_non_null(strstr(ticket, "BWT|ORDER 41\nBWT|takeaway\n"));
}

static void what_cannot_be_laid_out_whole_is_not_laid_out(void **unused)
{
    static char note[LAYOUT_BYTES + 1];
    const struct paper_sink sink = sheet_sink(&sheet, false);
    const struct ticket_paper paper = paper_of(48, &sink);
    struct some_job some;

    (void)unused;
    make_order(&some);
    memset(note, 'x', sizeof(note) - 1);
    some.items[0].notes = note;
    assert_false(ticket_layout(&paper, &some.job));
    note[LAYOUT_BYTES - 100] = '\0';
    assert_true(ticket_layout(&paper, &some.job));
    memset(note, 1, LAYOUT_BYTES - 100);
    assert_true(ticket_layout(&paper, &some.job));
}

static void the_test_page_has_the_printers_letters_and_styles(void **unused)
{
    const struct profile *profile = profile_find("generic-58");
    const struct paper_sink sink = sheet_sink(&sheet, false);
    struct ticket_paper paper = paper_of(32, &sink);

    (void)unused;
    paper.profile = profile;
    assert_true(ticket_test_page(&paper, "pr-1"));
    assert_true(sheet.widest <= 32);
    assert_non_null(strstr(ticket, "BWT|TEST PAGE\nBT|pr-1\n"));
    assert_non_null(strstr(ticket, "|profile   generic-58\n"));
    assert_non_null(strstr(ticket, "|12345678901234567890123456789012\n"));
    for (uint32_t i = 0; i < profile->page_count; i++)
        assert_non_null(strstr(ticket, codepages[profile->pages[i].id].name));
    assert_non_null(strstr(ticket, "QR|dumbwaiter test page pr-1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_on_48_columns),
        cmocka_unit_test(an_order_on_42_columns),
        cmocka_unit_test(an_added_order_on_32_columns),
        cmocka_unit_test(a_void_says_so_first_and_last),
        cmocka_unit_test(a_change_has_only_what_has_changed),
        cmocka_unit_test(a_note_that_is_gone_says_so),
        cmocka_unit_test(a_summary_says_how_long_each_order_waits),
        cmocka_unit_test(an_age_that_nobody_knows_is_not_invented),
        cmocka_unit_test(a_copy_says_so_first_and_last),
        cmocka_unit_test(the_time_is_the_restaurants),
        cmocka_unit_test(leap_days_and_ends_of_years_are_right),
        cmocka_unit_test(a_word_longer_than_the_paper_is_broken_and_complete),
        cmocka_unit_test(no_line_is_wider_than_the_paper),
        cmocka_unit_test(captions_are_in_the_language_of_the_house),
        cmocka_unit_test(captions_that_the_printer_cannot_print_are_english),
        cmocka_unit_test(the_code_of_an_order_is_a_prefix_and_its_id),
        cmocka_unit_test(a_catch_up_is_about_no_order_in_particular),
        cmocka_unit_test(an_order_without_a_table_says_where_it_came_from),
        cmocka_unit_test(what_cannot_be_laid_out_whole_is_not_laid_out),
        cmocka_unit_test(the_test_page_has_the_printers_letters_and_styles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
