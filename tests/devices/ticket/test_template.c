#include "devices/ticket/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "devices/ticket/templates.h"
#include "devices/ticket/ticket.h"
#include "tests/devices/kinds/orders.h"
#include "tests/devices/ticket/sheet.h"

static struct sheet sheet;
static struct ticket_templates templates;
static struct template_fault fault;

/* Read it as the template of an order, with another text that it may name. */
static bool read_with(const char *text, const char *part)
{
    struct template_source own[2];

    own[0] = (struct template_source){ "order", text };
    own[1] = (struct template_source){ "part", part };
    memset(&fault, 0, sizeof(fault));
    return ticket_templates_read(&templates, own, part ? 2 : 1, 24, &fault);
}

static const char *print(const struct some_job *some, uint32_t columns)
{
    const struct paper_sink sink = sheet_sink(&sheet, false);
    const struct ticket_paper paper = { .profile = profile_find("text"),
        .columns = columns,
        .sink = &sink,
        .templates = &templates };

    assert_true(ticket_layout(&paper, &some->job));
    assert_false(sheet.wrong);
    assert_true(sheet.widest <= columns);
    return sheet.text;
}

/* An order in a template, on 24 columns. */
static const char *fill(const char *text)
{
    struct some_job some;

    if (!read_with(text, NULL))
        fail_msg("%s:%u:%u: %s", fault.name, fault.line, fault.column,
                fault.what);
    make_order(&some);
    some.items[0].name = (char *)"Soup";
    return print(&some, 24);
}

static void assert_refused(
        const char *text, uint32_t line, uint32_t column, const char *what)
{
    assert_false(read_with(text, NULL));
    assert_string_equal(fault.name, "order");
    if (!strstr(fault.what, what) || fault.line != line ||
            fault.column != column)
        fail_msg("%s: %u:%u: %s", text, fault.line, fault.column, fault.what);
}

static void text_goes_to_the_bar_that_it_touches(void **unused)
{
    (void)unused;
    assert_string_equal(fill("middle"), "|         middle\n");
    assert_string_equal(fill("|middle|"), "|         middle\n");
    assert_string_equal(fill("| middle |"), "|         middle\n");
    assert_string_equal(fill("|left"), "|left\n");
    assert_string_equal(fill("|left |"), "|left\n");
    assert_string_equal(fill("left |"), "|left\n");
    assert_string_equal(fill("right|"), "|                   right\n");
    assert_string_equal(fill("| right|"), "|                   right\n");
    assert_string_equal(fill("| right"), "|                   right\n");
    assert_string_equal(
            fill("  left | right  "), "|left               right\n");
    assert_string_equal(fill("a|b"), "|          a b\n");
}

static void columns_have_widths_and_borders(void **unused)
{
    (void)unused;
    assert_string_equal(
            fill("{width: * 6}\na | b"), "|a                      b\n");
    assert_string_equal(fill("{width: *, 6; border: 0}\n|a | b |"),
            "|a                   b\n");
    assert_string_equal(
            fill("{w: 4 4; b: none; a: left}\na | b"), "|a      b\n");
    assert_string_equal(
            fill("{width: 4 4; border: none}\na | b"), "|        a      b\n");
    assert_string_equal(fill("{width: 4 4; align: right; border: 2}\na | b"),
            "|              a        b\n");
    assert_string_equal(fill("{width: 6}\nto and fro|"),
            "|         to and\n|            fro\n");
    assert_string_equal(fill("{width: 3 *}\n{width: auto}\na | b | c"),
            "|a          b           c\n");
    assert_string_equal(fill("{width: 3 *}\n|alone"), "|alone\n");
}

static void signs_make_styles(void **unused)
{
    (void)unused;
    assert_string_equal(fill("|\"a\"b"), "B|ab\n");
    assert_string_equal(fill("|`a`"), "I|a\n");
    assert_string_equal(fill("|_a_"), "U|a\n");
    assert_string_equal(fill("|^a^"), "W|a\n");
    assert_string_equal(fill("|^^a"), "T|a\n");
    assert_string_equal(fill("|^^^a ^^b"), "WT|a b\n");
    assert_string_equal(fill("|\"a | b"), "B|a                      b\n");
    assert_string_equal(fill("|~~a"), "|  a\n");
    assert_string_equal(fill("---"), "|------------------------\n");
    assert_string_equal(fill("-"), "|------------------------\n");
}

static void the_paper_is_cut_where_something_follows(void **unused)
{
    (void)unused;
    assert_string_equal(fill("|a\n===\n|b\n=\n"), "|a\nCUT|\n|b\n");
}

static void a_backslash_makes_a_letter_of_a_sign(void **unused)
{
    (void)unused;
    assert_string_equal(
            fill("|\\|\\\\\\{\\}\\~\\_\\\"\\`\\^\\;"), "||\\{}~_\"`^;\n");
    assert_string_equal(fill("|\\---"), "|---\n");
    assert_string_equal(fill("|\\=="), "|==\n");
    assert_string_equal(fill("|one\\ntwo"), "|one\n|two\n");
}

static void values_stand_in_double_braces(void **unused)
{
    (void)unused;
    assert_string_equal(fill("|{{order.number}} {{ table }}"), "|41 5\n");
    assert_string_equal(fill("|{{caption.order}}"), "|ORDER\n");
    assert_string_equal(fill("|\"{{station}}\" x"), "B|grill x\n");
}

static void lists_are_repeated(void **unused)
{
    (void)unused;
    assert_string_equal(fill("{{#items}}\n{{quantity}} |{{name}}|\n{{/items}}"),
            "|2               Soup\n|12           Ristretto\n");
    assert_string_equal(
            fill("|{{#items}}{{name}}{{^last}}, {{/last}}{{/items}}"),
            "|Soup, Ristretto\n");
    assert_string_equal(fill("{{#items}}\n{{#modifiers}}\n"
                             "|{{quantity}} {{name}}\n"
                             "{{/modifiers}}\n{{/items}}"),
            "|2 extra sugar\n|2 with a scoop of\n"
            "|vanilla ice cream from\n|the good tub\n");
    assert_string_equal(
            fill("{{#items}}\n|{{#allergens}}{{.}} {{/allergens}}\n{{/items}}"),
            "|milk eggs\n");
}

static void sections_are_there_or_not(void **unused)
{
    (void)unused;
    assert_string_equal(fill("{{#vip}}\n|VIP\n{{/vip}}\n{{^vip}}\n|all\n"
                             "{{/vip}}"),
            "|all\n");
    assert_string_equal(fill("|a{{#vip}}b{{/vip}}{{^vip}}c{{/vip}}"), "|ac\n");
    assert_string_equal(fill("{{^items}}\n|none\n{{/items}}\n|x"), "|x\n");
    assert_string_equal(
            fill("{{#changes}}\n|{{name}}\n{{/changes}}\n|x"), "|x\n");
}

static void a_line_to_which_its_tags_give_nothing_is_left_out(void **unused)
{
    (void)unused;
    assert_string_equal(fill("|from {{rerouted_from}}\n|x"), "|x\n");
    assert_string_equal(fill("|{{#vip}}VIP{{/vip}}\n|x"), "|x\n");
    assert_string_equal(fill("|{{^vip}}{{copy_of}}{{/vip}}\n|x"), "|x\n");
    assert_string_equal(fill("|{{^vip}}all{{/vip}}"), "|all\n");
    assert_string_equal(fill("|{{caption.void}}\n\n|x"), "|VOID\n|\n|x\n");
}

static void a_qr_code_says_a_text_with_values(void **unused)
{
    (void)unused;
    assert_string_equal(fill("{code: {{order.link}}; option: qrcode}"),
            "QR|dw:order/o41\n");
    assert_string_equal(
            fill("{option: qrcode; c: a\\;b {{job}}}"), "QR|a;b o41-grill-1\n");
    assert_string_equal(fill("{option: qrcode; code: {{copy_of}}}"), "");
}

static void a_part_stands_in_place_of_its_tag(void **unused)
{
    struct some_job some;

    (void)unused;
    make_order(&some);
    assert_true(read_with("{{#items}}\n{{> part}}\n{{/items}}", "|{{name}}\n"));
    some.items[0].name = (char *)"Soup";
    assert_string_equal(print(&some, 24), "|Soup\n|Ristretto\n");
}

static void what_is_wrong_is_told_with_its_place(void **unused)
{
    (void)unused;
    assert_refused("|a\n|é {{nobody}}", 2, 6, "no such name");
    assert_refused("|{{name}}", 1, 4, "no such name");
    assert_refused("|{{last}}", 1, 4, "no such name");
    assert_refused("|{{caption.nothing_at_all}}", 1, 4, "no such name");
    assert_refused("|{{items}}", 1, 4, "a list wants a section");
    assert_refused("{{#items}}\n|x", 2, 3, "no end");
    assert_refused("{{/items}}", 1, 4, "no section is open");
    assert_refused("{{#items}}\n{{/changes}}", 2, 4, "another section");
    assert_refused("{{#items}}\n|a{{/items}}", 2, 6, "lines of their own");
    assert_refused("|{{#vip}}a | b{{/vip}}", 1, 5, "the column");
    assert_refused("{{#items}}\n{{#items}}\n", 2, 4, "open already");
    assert_refused("{{> nobody}}", 1, 5, "no template of this name");
    assert_refused("{{> order}}", 1, 5, "too many parts");
    assert_refused("|a {{> foot}}", 1, 4, "a line of its own");
    assert_refused("|{{ }}", 1, 2, "without a name");
    assert_refused("|a { b", 1, 4, "backslash");
    assert_refused("|a } b", 1, 4, "backslash");
    assert_refused("|{{order.number", 1, 2, "backslash");
    assert_refused("|a\\x41", 1, 3, "behind a backslash");
    assert_refused("|a\\", 1, 3, "behind a backslash");
    assert_refused("|^^^^a", 1, 2, "larger");
    assert_refused("|a\x1b@", 1, 3, "control");
    assert_refused("|a\tb", 1, 3, "control");
    assert_refused("|1|2|3|4|5|6|7|8|9", 1, 18, "too many columns");
    assert_refused("{width: 4 4}\na|b|c", 2, 1, "another number");
    assert_refused("{width: 20 *}\na|b", 2, 1, "wider than the paper");
    assert_refused("{width: 1 *}", 1, 9, "from 2");
    assert_refused("{width: 0 *}", 1, 9, "from 2");
    assert_refused("{width: x}", 1, 9, "from 2");
    assert_refused("{border: line}", 1, 10, "no lines are drawn");
    assert_refused("{align: up}", 1, 9, "left, center or right");
    assert_refused("{text: nowrap}", 1, 8, "nothing of an order");
    assert_refused("{image: AAAA}", 1, 2, "no such property");
    assert_refused("{command: x}", 1, 2, "no such property");
    assert_refused("{width}", 1, 2, "key: value");
    assert_refused("{width: 4", 1, 1, "ends with one");
    assert_refused("{code: 1}", 1, 8, "option");
    assert_refused("{code: 1; option: code128}", 1, 19, "qrcode");
    assert_refused("{code: 1; option: qrcode, 4, m}", 1, 19, "qrcode");
}

static void a_fault_in_a_part_is_told_as_the_parts(void **unused)
{
    (void)unused;
    assert_false(read_with("{{> part}}", "|ok\n|{{nobody}}"));
    assert_string_equal(fault.name, "part");
    assert_int_equal(fault.line, 2);
    assert_int_equal(fault.column, 4);
    assert_false(read_with("|x", "|y"));
    assert_string_equal(fault.name, "part");
    assert_non_null(strstr(fault.what, "no ticket uses it"));
}

static void a_template_has_limits(void **unused)
{
    static char text[3 * TEMPLATE_BYTES];
    size_t len = 0;

    (void)unused;
    memset(text, ' ', TEMPLATE_BYTES);
    assert_false(read_with(text, NULL));
    assert_non_null(strstr(fault.what, "too long"));
    text[TEMPLATE_BYTES - 1] = '\0';
    assert_true(read_with(text, NULL));
    for (int i = 0; i < TEMPLATE_STEPS; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "-\n");
    assert_true(read_with(text, NULL));
    snprintf(text + len, sizeof(text) - len, "-\n");
    assert_false(read_with(text, NULL));
    assert_int_equal(fault.line, TEMPLATE_STEPS + 1);
    len = 0;
    for (int i = 2; i < TEMPLATE_FORMATS + 3; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                "{width: %d}\n|x\n", 2 + i % 20);
    assert_true(read_with(text, NULL)); /* the same ones again are no more */
    len = 0;
    for (int i = 0; i <= TEMPLATE_FORMATS; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                "{width: %d; border: %d}\n|x\n", 2 + i % 20, i / 20);
    assert_false(read_with(text, NULL));
    assert_non_null(strstr(fault.what, "too long"));
}

/* Every text of the job is this; what is printed must be, too. */
static void assert_is_text(const char *text, const char *printed)
{
    struct some_job some;
    char expected[256];

    assert_true(read_with("|[{{order.notes}}]\n{{#items}}\n|[{{name}}]\n"
                          "{{#allergens}}\n|[{{.}}]\n{{/allergens}}\n"
                          "{{/items}}",
            NULL));
    make_order(&some);
    some.order.n_items = 1;
    some.order.notes = some.items[0].name = (char *)text;
    some.allergens[0] = some.allergens[1] = (char *)text;
    snprintf(expected, sizeof(expected), "|[%s]\n|[%s]\n|[%s]\n|[%s]\n",
            printed, printed, printed, printed);
    assert_string_equal(print(&some, 48), expected);
}

static void no_guest_can_write_markup(void **unused)
{
    (void)unused;
    assert_is_text("a|b", "a|b");
    assert_is_text("^^^big", "^^^big");
    assert_is_text("\"`_~", "\"`_~");
    assert_is_text("{{order.number}}", "{{order.number}}");
    assert_is_text("{{#vip}}", "{{#vip}}");
    assert_is_text("{code: x; option: qrcode}", "{code: x; option: qrcode}");
    assert_is_text("\\n\\|", "\\n\\|");
    assert_is_text("===", "===");
    assert_is_text("---", "---");
    assert_is_text("\x1b@\x1dV", "?@?V");
    assert_is_text("a\x01"
                   "b",
            "a?b");
    assert_is_text("\x7f\xC2\x9B", "??");
    assert_is_text("\xE2\x80\xAEtun on\xE2\x80\xAC", "tun on");
    assert_is_text("\xE2\x81\xA6x\xE2\x81\xA9\xE2\x80\x8F", "x");
    assert_is_text("a\xFF", "a?");
}

static void what_follows_a_line_feed_of_a_guest_stays_in_its_column(
        void **unused)
{
    struct some_job some;

    (void)unused;
    make_order(&some);
    some.order.n_items = 1;
    some.items[0].notes = (char *)"no nuts\n---\n===\n12x Lobster";
    some.items[0].name = (char *)"Soup\n---";
    assert_true(read_with("{width: 5 *; border: none}\n{{#items}}\n"
                          "{{quantity}}x~|{{name}} |\n"
                          "{{quantity}}x~|{{notes}} |\n{{/items}}",
            NULL));
    assert_string_equal(print(&some, 24), "|  2x Soup ---\n"
                                          "|  2x no nuts\n"
                                          "|     ---\n"
                                          "|     ===\n"
                                          "|     12x Lobster\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_goes_to_the_bar_that_it_touches),
        cmocka_unit_test(columns_have_widths_and_borders),
        cmocka_unit_test(signs_make_styles),
        cmocka_unit_test(the_paper_is_cut_where_something_follows),
        cmocka_unit_test(a_backslash_makes_a_letter_of_a_sign),
        cmocka_unit_test(values_stand_in_double_braces),
        cmocka_unit_test(lists_are_repeated),
        cmocka_unit_test(sections_are_there_or_not),
        cmocka_unit_test(a_line_to_which_its_tags_give_nothing_is_left_out),
        cmocka_unit_test(a_qr_code_says_a_text_with_values),
        cmocka_unit_test(a_part_stands_in_place_of_its_tag),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(a_fault_in_a_part_is_told_as_the_parts),
        cmocka_unit_test(a_template_has_limits),
        cmocka_unit_test(no_guest_can_write_markup),
        cmocka_unit_test(
                what_follows_a_line_feed_of_a_guest_stays_in_its_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
