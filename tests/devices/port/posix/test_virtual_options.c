#include "devices/port/posix/virtual_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sysexits.h>

#include <cmocka.h>

static struct virtual_options options;

static int read_words(const char *const *words, int count)
{
    static char text[8][32];
    char *argv[9] = { text[0], NULL };

    snprintf(text[0], sizeof(text[0]), "virtual-printer");
    for (int i = 1; i <= count; i++) {
        snprintf(text[i], sizeof(text[i]), "%s", words[i - 1]);
        argv[i] = text[i];
        argv[i + 1] = NULL;
    }
    return virtual_options_read(&options, count + 1, argv);
}

#define READ(...)                                                              \
    read_words((const char *const[]){ __VA_ARGS__ },                           \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void without_options_it_is_a_wide_printer_of_this_machine(void **unused)
{
    (void)unused;
    assert_int_equal(read_words(NULL, 0), VIRTUAL_GO_ON);
    assert_string_equal(options.address, "127.0.0.1");
    assert_int_equal(options.port, 9100);
    assert_int_equal(options.profile.dots, 576);
    assert_null(options.paper);
}

static void its_paper_may_be_of_any_width_up_to_the_head(void **unused)
{
    (void)unused;
    assert_int_equal(READ("--columns", "32"), VIRTUAL_GO_ON);
    assert_int_equal(options.profile.dots, 384);
    assert_int_equal(READ("--dots", "512"), VIRTUAL_GO_ON);
    assert_int_equal(options.profile.columns, 42);
    assert_int_equal(READ("--dots", "512", "--columns", "40"), VIRTUAL_GO_ON);
    assert_int_equal(options.profile.columns, 40);
    assert_int_equal(READ("--dots", "512", "--columns", "43"), EX_USAGE);
    assert_int_equal(READ("--dots", "11"), EX_USAGE);
    assert_int_equal(READ("--dots", "769"), EX_USAGE);
    assert_int_equal(READ("--columns", "65"), EX_USAGE);
    assert_int_equal(READ("--columns", "0"), EX_USAGE);
    assert_int_equal(READ("--dots", "0"), EX_USAGE);
}

static void several_faults_are_remembered_with_their_numbers(void **unused)
{
    (void)unused;
    assert_int_equal(
            READ("--fault", "silent", "--fault", "reset=9"), VIRTUAL_GO_ON);
    assert_true(options.faults[FAULT_SILENT]);
    assert_true(options.faults[FAULT_RESET]);
    assert_int_equal(options.numbers[FAULT_RESET], 9);
    assert_false(options.faults[FAULT_BUSY]);
}

static void what_it_cannot_be_is_refused(void **unused)
{
    (void)unused;
    assert_int_equal(READ("--fault", "gremlin"), EX_USAGE);
    assert_int_equal(READ("--profile", "text"), EX_USAGE); /* no printer */
    assert_int_equal(READ("--profile", "gremlin"), EX_USAGE);
    assert_int_equal(READ("--port", "65536"), EX_USAGE);
    assert_int_equal(READ("--port", "-1"), EX_USAGE);
    assert_int_equal(READ("--port", ""), EX_USAGE);
    assert_int_equal(READ("--gremlin"), EX_USAGE);
    assert_int_equal(READ("tickets"), EX_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_it_is_a_wide_printer_of_this_machine),
        cmocka_unit_test(its_paper_may_be_of_any_width_up_to_the_head),
        cmocka_unit_test(several_faults_are_remembered_with_their_numbers),
        cmocka_unit_test(what_it_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
