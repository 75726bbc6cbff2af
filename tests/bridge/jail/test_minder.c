/*
 * The broker's part is played by a shell: `sh -c` and the conf, which is a
 * script here.
 */
#include "bridge/jail/minder.h"

#include <errno.h>
#include <linux/landlock.h>
#include <poll.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE_MS 10000

static char root[] = "/tmp/test_minder.XXXXXX";
static char data[64], secret[64];

static void open_minder(struct minder *minder, const char *script, bool jailed)
{
    const struct jail jail = {
        .whom = JAIL_BROKER, .data = data, .program = "/bin/sh"
    };
    const struct minder_options options = {
        .program = "/bin/sh", .conf = script, .jail = jailed ? &jail : NULL
    };

    assert_int_equal(minder_open(minder, &options), ERR_OK);
}

/* The next news, within the deadline. */
static struct minder_news wait_news(const struct minder *minder)
{
    struct pollfd way = { .fd = minder->talk, .events = POLLIN };

    assert_int_equal(poll(&way, 1, DEADLINE_MS), 1);
    return minder_hear(minder);
}

static pid_t start(const struct minder *minder)
{
    struct minder_news news;

    assert_true(minder_order(minder, MINDER_START));
    news = wait_news(minder);
    assert_int_equal(news.what, MINDER_STARTED);
    assert_true(news.pid > 0);
    return news.pid;
}

/* How a script ends, alone. */
static struct minder_news run(const char *script, bool jailed)
{
    struct minder_news news;
    struct minder minder;

    open_minder(&minder, script, jailed);
    start(&minder);
    news = wait_news(&minder);
    assert_int_equal(news.what, MINDER_ENDED);
    minder_close(&minder);
    return news;
}

static void wait_output(const struct minder *minder, const char *want)
{
    struct pollfd way = { .fd = minder->output, .events = POLLIN };
    char said[64] = "";

    assert_int_equal(poll(&way, 1, DEADLINE_MS), 1);
    assert_true(read(minder->output, said, sizeof(said) - 1) > 0);
    assert_string_equal(said, want);
}

static void it_tells_how_the_broker_has_ended(void **unused)
{
    (void)unused;
    assert_int_equal(run("exit 3", false).status, 3);
    assert_int_equal(run("exit 3", false).signal, 0);
    assert_int_equal(run("kill -9 $$", false).signal, SIGKILL);
}

static void it_starts_it_as_often_as_it_is_told(void **unused)
{
    struct minder minder;

    (void)unused;
    open_minder(&minder, "exit 0", false);
    for (int i = 0; i < 3; i++) {
        start(&minder);
        assert_int_equal(wait_news(&minder).what, MINDER_ENDED);
        assert_int_equal(minder_hear(&minder).what, MINDER_NONE);
    }
    minder_close(&minder);
}

static void there_is_one_broker_at_a_time(void **unused)
{
    struct minder minder;

    (void)unused;
    open_minder(&minder, "exec sleep 100", false);
    start(&minder);
    assert_true(minder_order(&minder, MINDER_START));
    assert_true(minder_order(&minder, MINDER_TERM));
    assert_int_equal(wait_news(&minder).what, MINDER_ENDED);
    assert_int_equal(minder_hear(&minder).what, MINDER_NONE);
    minder_close(&minder);
}

static void one_that_does_not_end_is_killed(void **unused)
{
    struct minder minder;

    (void)unused;
    open_minder(&minder, "trap '' TERM; echo up >&2; exec sleep 100", false);
    start(&minder);
    wait_output(&minder, "up\n");
    assert_true(minder_order(&minder, MINDER_TERM));
    assert_true(minder_order(&minder, MINDER_KILL));
    assert_int_equal(wait_news(&minder).signal, SIGKILL);
    minder_close(&minder);
}

static void a_program_that_is_not_there_is_told_about(void **unused)
{
    const struct minder_options options = { .program = "/nowhere/mosquitto",
        .conf = "none" };
    struct minder minder;
    struct minder_news news;

    (void)unused;
    assert_int_equal(minder_open(&minder, &options), ERR_OK);
    start(&minder);
    news = wait_news(&minder);
    assert_int_equal(news.what, MINDER_ENDED);
    assert_int_equal(news.status, 127);
    wait_output(&minder,
            "cannot start /nowhere/mosquitto: No such file or directory\n");
    minder_close(&minder);
}

static void nothing_of_ours_goes_with_the_broker(void **unused)
{
    (void)unused;
    setenv("SECRET", "x", 1);
    assert_int_equal(run("[ -z \"$SECRET\" ]", false).status, 0);
    assert_int_equal(run("[ ! -e /proc/$$/fd/3 ]", false).status, 0);
    assert_int_equal(run("[ -e /proc/$$/fd/2 ]", false).status, 0);
    unsetenv("SECRET");
}

/* Linux before 5.9, and containers that have not heard of it. */
static void forbid_close_range(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (seccomp_rule_add(
                filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(close_range), 0) != 0 ||
            seccomp_load(filter) != 0)
        _exit(2);
    seccomp_release(filter);
}

/* As nothing_of_ours_goes_with_the_broker, but with the exit code. */
static void be_daemon_there(void)
{
    struct minder_news news = { .what = MINDER_NONE };
    struct minder minder;

    forbid_close_range();
    open_minder(&minder, "[ ! -e /proc/$$/fd/3 ]", false);
    if (minder_order(&minder, MINDER_START))
        news = wait_news(&minder);
    if (news.what == MINDER_STARTED)
        news = wait_news(&minder);
    _exit(news.what == MINDER_ENDED && news.status == 0 ? 0 : 1);
}

static void it_does_without_close_range(void **unused)
{
    pid_t daemon = fork();
    int status;

    (void)unused;
    if (daemon == 0)
        be_daemon_there();
    assert_int_equal(waitpid(daemon, &status, 0), daemon);
    assert_int_equal(status, 0);
}

static void signals_for_the_daemon_do_not_end_it(void **unused)
{
    struct minder minder;

    (void)unused;
    open_minder(&minder, "exit 0", false);
    start(&minder); /* so it has begun */
    assert_int_equal(kill(minder.pid, SIGTERM), 0);
    assert_int_equal(kill(minder.pid, SIGINT), 0);
    assert_int_equal(kill(minder.pid, SIGHUP), 0);
    assert_int_equal(wait_news(&minder).what, MINDER_ENDED);
    start(&minder);
    minder_close(&minder);
}

static void that_it_is_gone_is_noticed(void **unused)
{
    struct minder minder;

    (void)unused;
    open_minder(&minder, "exit 0", false);
    assert_int_equal(minder_hear(&minder).what, MINDER_NONE);
    assert_int_equal(kill(minder.pid, SIGKILL), 0);
    assert_int_equal(wait_news(&minder).what, MINDER_GONE);
    assert_false(minder_order(&minder, MINDER_START));
    minder_close(&minder);
    minder_close(&minder);
    minder_close(NULL);
}

/* Tells the minder's id, and goes on when it is told to. */
static void be_daemon(int talk)
{
    struct minder minder;
    char byte;

    open_minder(&minder, "exit 0", false);
    if (write(talk, &minder.pid, sizeof(minder.pid)) > 0 &&
            read(talk, &byte, 1) == 1)
        kill(getpid(), SIGKILL);
    _exit(1);
}

static void it_ends_with_the_daemon_however_that_ends(void **unused)
{
    struct pollfd end = { .events = POLLIN };
    int talk[2], status;
    pid_t daemon, minder;

    (void)unused;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, talk), 0);
    daemon = fork();
    if (daemon == 0)
        be_daemon(talk[1]);
    assert_int_equal(read(talk[0], &minder, sizeof(minder)), sizeof(minder));
    end.fd = (int)syscall(SYS_pidfd_open, minder, 0);
    assert_true(end.fd >= 0);
    assert_int_equal(write(talk[0], "", 1), 1);
    assert_int_equal(waitpid(daemon, &status, 0), daemon);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(poll(&end, 1, DEADLINE_MS), 1);
    close(end.fd);
    close(talk[0]);
    close(talk[1]);
}

/* In the jail and out of it, so that the script itself is known to work. */
static void check_script(const char *script, bool works_jailed)
{
    assert_int_equal(run(script, false).status, 0);
    if (works_jailed)
        assert_int_equal(run(script, true).status, 0);
    else
        assert_int_not_equal(run(script, true).status, 0);
}

/* Where the kernel has none, there is nothing to see here. */
static void need_landlock(void)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, 0,
                LANDLOCK_CREATE_RULESET_VERSION) < 1)
        skip();
}

static void jailed_it_has_its_own_folder_and_no_more(void **unused)
{
    char script[256];

    (void)unused;
    need_landlock();
    snprintf(script, sizeof(script), "echo x > %s/file; read y < %s/file", data,
            data);
    check_script(script, true);
    snprintf(script, sizeof(script), "read y < %s", secret);
    check_script(script, false);
    snprintf(script, sizeof(script), "echo x > %s", secret);
    check_script(script, false);
}

static void jailed_it_runs_that_program_and_no_other(void **unused)
{
    (void)unused;
    need_landlock();
    check_script("exec /bin/true", false);
    check_script("exec /bin/sh -c 'exit 0'", true);
}

static int make_places(void **unused)
{
    (void)unused;
    if (!mkdtemp(root))
        return -1;
    snprintf(data, sizeof(data), "%s/data", root);
    snprintf(secret, sizeof(secret), "%s/secret", root);
    return mkdir(data, 0700);
}

static int write_secret(void **unused)
{
    FILE *file = fopen(secret, "we");

    (void)unused;
    return file && fputs("x\n", file) >= 0 && fclose(file) == 0 ? 0 : -1;
}

static int remove_places(void **unused)
{
    char file[80];

    (void)unused;
    snprintf(file, sizeof(file), "%s/file", data);
    remove(file);
    remove(secret);
    remove(data);
    return remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_how_the_broker_has_ended),
        cmocka_unit_test(it_starts_it_as_often_as_it_is_told),
        cmocka_unit_test(there_is_one_broker_at_a_time),
        cmocka_unit_test(one_that_does_not_end_is_killed),
        cmocka_unit_test(a_program_that_is_not_there_is_told_about),
        cmocka_unit_test(nothing_of_ours_goes_with_the_broker),
        cmocka_unit_test(it_does_without_close_range),
        cmocka_unit_test(signals_for_the_daemon_do_not_end_it),
        cmocka_unit_test(that_it_is_gone_is_noticed),
        cmocka_unit_test(it_ends_with_the_daemon_however_that_ends),
        cmocka_unit_test_setup(
                jailed_it_has_its_own_folder_and_no_more, write_secret),
        cmocka_unit_test(jailed_it_runs_that_program_and_no_other),
    };

    return cmocka_run_group_tests(tests, make_places, remove_places);
}
