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
    assert_false(READ("pager", "--id", "pg"));
    assert_string_equal(error, "a pager needs --table");
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
    assert_false(READ("pager", "--id", "x"));
    assert_string_equal(error, "a pager needs --table");
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
        cmocka_unit_test(the_password_may_come_from_the_environment),
        cmocka_unit_test(a_credential_says_who_it_is_at_which_site),
        cmocka_unit_test(wrong_use_gets_a_sentence),
        cmocka_unit_test(help_needs_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
