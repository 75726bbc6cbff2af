#include "devices/kinds/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "devices/core/text.h"
#include "tests/devices/kinds/orders.h"

/* The ticket as one text: a line's style in letters, '|', the line. */
static char ticket[8192];
static unsigned widest;

static uint32_t cells(const char *text)
{
    uint32_t count = 0;

    while (text_next(&text))
        count++;
    return count;
}

static void take_line(void *ctx, unsigned style, const char *text)
{
    size_t len = strlen(ticket);
    uint32_t width = cells(text) * (style & STYLE_WIDE ? 2 : 1);

    (void)ctx;
    if (width > widest)
        widest = width;
    snprintf(ticket + len, sizeof(ticket) - len, "%s%s%s%s|%s\n",
            style & STYLE_BOLD ? "B" : "", style & STYLE_WIDE ? "W" : "",
            style & STYLE_TALL ? "T" : "", style & STYLE_INVERT ? "I" : "",
            text);
}

static void lay_out(const struct some_job *some, uint32_t columns)
{
    const struct ticket_paper paper = {
        .profile = profile_find("generic-80"),
        .columns = columns,
        .line = take_line,
    };

    ticket[0] = '\0';
    widest = 0;
    ticket_layout(&paper, &some->job);
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
            "|================================================\n"
            "BT|  2x Crème brûlée à l’ancienne, flambée à table\n"
            "|     + extra sugar\n"
            "|     + with a scoop of vanilla ice cream from\n"
            "|       the good tub\n"
            "B|     > no mint\n"
            "B|       birthday: candle\n"
            "BI|     ! milk, eggs\n"
            "BT| 12x Ristretto\n"
            "|     course 2 seat 3\n"
            "|------------------------------------------------\n"
            "B|NOTE all together please\n"
            "|job o41-grill-1\n");
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
                                "|==========================================\n"
                                "BT|  2x Crème brûlée à l’ancienne, flambée à\n"
                                "BT|     table\n"
                                "|     + extra sugar\n"
                                "|     + with a scoop of vanilla ice cream\n"
                                "|       from the good tub\n"
                                "B|     > no mint\n"
                                "B|       birthday: candle\n"
                                "BI|     ! milk, eggs\n"
                                "BT| 12x Ristretto\n"
                                "|     course 2 seat 3\n"
                                "|------------------------------------------\n"
                                "B|NOTE all together please\n"
                                "|job o41-grill-1\n");
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
                                "|================================\n"
                                "BT|  2x Crème brûlée à l’ancienne,\n"
                                "BT|     flambée à table\n"
                                "|     + extra sugar\n"
                                "|     + with a scoop of vanilla\n"
                                "|       ice cream from the good\n"
                                "|       tub\n"
                                "B|     > no mint\n"
                                "B|       birthday: candle\n"
                                "BI|     ! milk, eggs\n"
                                "BT| 12x Ristretto\n"
                                "|     course 2 seat 3\n"
                                "|--------------------------------\n"
                                "B|NOTE all together please\n"
                                "|job o41-grill-1\n");
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
                                "|================================\n"
                                "BT|  1x Soup\n"
                                "|--------------------------------\n"
                                "B|DO NOT COOK THE ABOVE\n"
                                "|job o41-grill-1\n");
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
                                "|================================\n"
                                "BT|  2x Spaghetti carbonara\n"
                                "BI|     3x -> 2x\n"
                                "BT|  3x Entrecôte\n"
                                "|     was > rare\n"
                                "B|     now > well done, pepper\n"
                                "B|           sauce on the side\n"
                                "BT|  0x Soup\n"
                                "BI|     3x -> 0x\n"
                                "|     was > no salt\n"
                                "|--------------------------------\n"
                                "|job o41-grill-1\n");
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
                                   "B|     now > (nothing)\n"));
}

static void lay_out_at(const struct some_job *some, int64_t time_ms)
{
    const struct ticket_paper paper = { .profile = profile_find("generic-80"),
        .columns = 32,
        .time_ms = (uint64_t)time_ms,
        .line = take_line };

    ticket[0] = '\0';
    ticket_layout(&paper, &some->job);
}

static void a_summary_says_how_long_each_order_waits(void **unused)
{
    struct some_job some;

    (void)unused;
    make_summary(&some);
    lay_out_at(&some, some.orders[0].created_at_ms + 70 * 60000);
    assert_string_equal(ticket, "BWTI| CATCH-UP \n"
                                "|grill           2026-01-31 19:14\n"
                                "|================================\n"
                                "BT|ORDER 41\n"
                                "BT|TABLE 5\n"
                                "B|     1 h 10 min ago\n"
                                "|     2 Crème brûlée\n"
                                "|     12 Ristretto\n"
                                "BT|ORDER o42\n"
                                "B|     9 min ago\n"
                                "|     2 Crème brûlée\n"
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
                                "|================================\n"
                                "BT|  1x Soup\n"
                                "|--------------------------------\n"
                                "B|DO NOT COOK THE ABOVE\n"
                                "|job o41-grill-1-r1\n"
                                "|copy of o41-grill-1\n"
                                "BTI|REPRINT? MAY BE PRINTED ALREADY\n");
}

static void the_time_is_the_restaurants(void **unused)
{
    struct some_job some;
    const struct ticket_paper paper = { .profile = profile_find("generic-80"),
        .columns = 48,
        .utc_offset_s = 7 * 60 * 60,
        .line = take_line };

    (void)unused;
    make_order(&some);
    ticket[0] = '\0';
    ticket_layout(&paper, &some.job);
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
    assert_time(INT64_MAX, "grill      "); /* no time rather than a wrong one */
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
    assert_true(widest <= columns);

    make_change(&some);
    some.changes[0].name = some.changes[0].notes = name;
    some.changes[0].was_quantity = UINT32_MAX;
    lay_out(&some, columns);
    assert_true(widest <= columns);

    make_summary(&some);
    some.orders[0].number = some.dishes[0] = name;
    some.slip.left_out = UINT32_MAX;
    lay_out(&some, columns);
    assert_true(widest <= columns);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
