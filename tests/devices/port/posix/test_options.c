#include "devices/port/posix/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/kinds/kinds.h"

static struct options options;
static char error[256];

#define READ(...) read_line((const char *[]){ "device", __VA_ARGS__, NULL })

static bool read_line(const char **words)
{
    char *argv[32] = { 0 };
    int argc = 0;

    while (words[argc]) {
        argv[argc] = (char *)words[argc]; /* getopt only changes the order */
        argc++;
    }
    error[0] = '\0';
    return options_read(&options, argc, argv, error, sizeof(error));
}

static void defaults_fill_what_is_not_given(void **unused)
{
    (void)unused;
    setenv("XDG_STATE_HOME", "/var/state", 1);
    unsetenv("DUMBWAITER_DEVICE_PASSWORD");
    assert_true(READ("printer", "--id", "pr1"));
    assert_string_equal(options.kind->name, "printer");
    assert_string_equal(options.host, "127.0.0.1");
    assert_int_equal(options.port, 1883);
    assert_string_equal(options.site, "main");
    assert_string_equal(options.state, "/var/state/dumbwaiter/devices/pr1");
    assert_null(options.user);
    assert_null(options.password);
    assert_non_null(options.make);
}

static void what_is_given_holds_wherever_the_kind_stands(void **unused)
{
    (void)unused;
    assert_true(READ("--table", "5", "--port=1884", "pager", "--id", "pg5",
            "--auto-ack", "3", "--quiet"));
    assert_string_equal(options.kind->name, "pager");
    assert_string_equal(options.table, "5");
    assert_int_equal(options.port, 1884);
    assert_int_equal(options.auto_ack_s, 3);
    assert_true(options.quiet);
}

static void a_waiters_pager_has_no_table(void **unused)
{
    (void)unused;
    assert_true(READ("pager", "--waiter", "--id", "pgw"));
    assert_ptr_equal(options.kind, &waiter_kind);
    assert_false(READ("pager", "--waiter", "--table", "5", "--id", "pgw"));
    assert_string_equal(error, "--waiter is for a pager without --table");
    assert_false(READ("buzzer", "--waiter", "--id", "bz"));
}

static void a_pager_without_a_table_is_one_to_be_handed_out(void **unused)
{
    (void)unused;
    assert_true(READ("pager", "--id", "pg", "--sleep", "30", "--battery", "80",
            "--display"));
    assert_ptr_equal(options.kind, &pager_kind);
    assert_null(options.table);
    assert_int_equal(options.sleep_s, 30);
    assert_int_equal(options.battery, 80);
    assert_true(options.display);
    assert_false(READ("pager", "--id", "pg", "--sleep", "3601"));
}

static void a_button_has_a_reason_for_each_press(void **unused)
{
    (void)unused;
    assert_true(READ("button", "--id", "bt", "--table", "5"));
    assert_string_equal(options.reason, "call");
    assert_string_equal(options.reason_double, "bill");
    assert_string_equal(options.reason_long, "help");
    assert_true(READ("button", "--id", "bt", "--table", "5", "--reason",
            "water", "--reason-double", "menu", "--reason-long", "leave"));
    assert_string_equal(options.reason, "water");
    assert_string_equal(options.reason_double, "menu");
    assert_string_equal(options.reason_long, "leave");
}

static void how_tickets_look_can_be_chosen(void **unused)
{
    (void)unused;
    assert_true(READ("printer", "--id", "pr1", "--columns", "42", "--language",
            "es", "--templates", "/etc/tickets", "--font", "a.ttf:b.ttf",
            "--qr-prefix", "https://example.org/", "--buzz"));
    assert_int_equal(options.columns, 42);
    assert_string_equal(options.language, "es");
    assert_string_equal(options.templates, "/etc/tickets");
    assert_string_equal(options.font, "a.ttf:b.ttf");
    assert_string_equal(options.qr_prefix, "https://example.org/");
    assert_true(options.buzz);
    assert_false(READ("printer", "--id", "pr1", "--columns", "23"));
    assert_string_equal(error, "--columns: 24 to 64");
    assert_false(READ("printer", "--id", "pr1", "--columns", "65"));
    assert_false(READ("printer", "--id", "pr1", "--profile", "epson-tm",
            "--columns", "43"));
    assert_string_equal(error, "--columns: 42 at most with --profile epson-tm");
    assert_true(READ(
            "printer", "--id", "pr1", "--profile", "text", "--columns", "64"));
    assert_false(READ("printer", "--id", "pr1", "--language", "tlh"));
}

static void a_test_page_needs_no_name_but_a_printer(void **unused)
{
    (void)unused;
    assert_true(READ("printer", "--test-page"));
    assert_true(options.test_page);
    assert_string_equal(options.id, "printer");
    assert_false(READ("pager", "--id", "pg", "--test-page"));
}

static void the_password_may_come_from_the_environment(void **unused)
{
    (void)unused;
    setenv("DUMBWAITER_DEVICE_PASSWORD", "secret", 1);
    assert_true(READ("buzzer", "--id", "bz1"));
    assert_string_equal(options.password, "secret");
    assert_string_equal(options.user, "bz1"); /* who has one needs a name */
    unsetenv("DUMBWAITER_DEVICE_PASSWORD");
}

static void a_credential_says_who_it_is_at_which_site(void **unused)
{
    static const char text[] =
            "{\"client_id\":\"harbour.pg5\",\"username\":\"harbour.pg5\","
            "\"password\":\"x\",\"site\":\"harbour\",\"id\":\"pg5\"}";
    char path[] = "/tmp/test_options_XXXXXX";
    int fd = mkstemp(path);

    (void)unused;
    setenv("XDG_STATE_HOME", "/var/state", 1);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    assert_true(READ("pager", "--table", "5", "--credential", path));
    unlink(path);
    assert_string_equal(options.id, "pg5");
    assert_string_equal(options.site, "harbour");
    assert_string_equal(options.client_id, "harbour.pg5");
    assert_string_equal(options.user, "harbour.pg5");
    /* two sites' devices of one name may run on one machine */
    assert_string_equal(
            options.state, "/var/state/dumbwaiter/devices/harbour.pg5");
}

static void wrong_use_gets_a_sentence(void **unused)
{
    (void)unused;
    assert_false(READ("--id", "x"));
    assert_string_equal(error, "one kind of device is needed");
    assert_false(READ("toaster", "--id", "x"));
    assert_string_equal(error, "toaster: no such kind of device");
    assert_false(READ("buzzer"));
    assert_false(READ("buzzer", "--id", "a/b"));
    assert_false(READ("buzzer", "--id", "x", "--port", "65536"));
    assert_string_equal(error, "--port: a number from 0 to 65535 is needed");
    assert_false(READ("buzzer", "--id", "x", "--port", "-1"));
    assert_false(READ("buzzer", "--id", "x", "--frobnicate"));
    assert_string_not_equal(error, "");
    assert_false(READ("buzzer", "--id"));
    assert_false(READ("buzzer", "--id", "x", "--site", "a b"));
    assert_false(READ("button", "--id", "x"));
    assert_string_equal(error, "a button needs --table");
    assert_false(READ("printer", "--id", "x", "--profile", "typewriter"));
    assert_false(READ("buzzer", "--id", "x", "--credential", "/no/such"));
    assert_false(READ("buzzer", "--id", "x", "--password-file", "/no/such"));
}

static void help_needs_nothing_else(void **unused)
{
    (void)unused;
    assert_true(READ("--help"));
    assert_true(options.help);
    assert_true(READ("printer", "--help"));
    assert_true(options.help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_fill_what_is_not_given),
        cmocka_unit_test(what_is_given_holds_wherever_the_kind_stands),
        cmocka_unit_test(a_waiters_pager_has_no_table),
        cmocka_unit_test(a_pager_without_a_table_is_one_to_be_handed_out),
        cmocka_unit_test(a_button_has_a_reason_for_each_press),
        cmocka_unit_test(how_tickets_look_can_be_chosen),
        cmocka_unit_test(a_test_page_needs_no_name_but_a_printer),
        cmocka_unit_test(the_password_may_come_from_the_environment),
        cmocka_unit_test(a_credential_says_who_it_is_at_which_site),
        cmocka_unit_test(wrong_use_gets_a_sentence),
        cmocka_unit_test(help_needs_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
