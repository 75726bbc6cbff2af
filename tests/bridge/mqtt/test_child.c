#include "bridge/mqtt/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/mqtt/files.h"

static const char *own_name; /* an argument that this process really has */

static void a_process_is_ours_by_its_arguments_and_not_by_its_id(void **unused)
{
    (void)unused;
    assert_true(child_is_ours(getpid(), own_name));
    assert_false(child_is_ours(getpid(), "/somewhere/mosquitto.conf"));
    assert_false(child_is_ours(getpid(), ""));
}

static void an_id_that_a_stranger_has_now_finds_nobody(void **unused)
{
    char data[] = "/tmp/test_child.XXXXXX", dir[BROKER_PATH_BYTES];

    (void)unused;
    assert_non_null(mkdtemp(data));
    assert_int_equal(files_make_dir(data, dir), ERR_OK);
    assert_int_equal(child_find(dir), 0);
    assert_int_equal(child_note(dir, getpid()), ERR_OK);
    assert_int_equal(child_find(dir), 0);
    assert_int_equal(child_stop_leftover(dir), ERR_OK);
    assert_int_equal(files_replace(dir, "mosquitto.pid", "-1\n", 3), ERR_OK);
    assert_int_equal(child_find(dir), 0);
    child_unnote(dir);
    assert_int_equal(remove(dir), 0);
    assert_int_equal(remove(data), 0);
}

static void on_signal(int number)
{
    (void)number;
}

static void a_process_that_is_starting_catches_no_signal_yet(void **unused)
{
    (void)unused;
    assert_false(child_catches(getpid(), SIGUSR1));
    signal(SIGUSR1, on_signal);
    assert_true(child_catches(getpid(), SIGUSR1));
    assert_false(child_catches(getpid(), SIGUSR2));
    signal(SIGUSR1, SIG_IGN);
    assert_false(child_catches(getpid(), SIGUSR1));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_ours_by_its_arguments_and_not_by_its_id),
        cmocka_unit_test(an_id_that_a_stranger_has_now_finds_nobody),
        cmocka_unit_test(a_process_that_is_starting_catches_no_signal_yet),
    };

    (void)argc;
    own_name = argv[0];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
