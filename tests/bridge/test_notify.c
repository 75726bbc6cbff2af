#include "bridge/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

/* The service manager's end. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    socklen_t size =
            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, name, strlen(name));
    if (*name == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void assert_hears(int fd, const char *want)
{
    char said[64] = "";
    ssize_t len = recv(fd, said, sizeof(said) - 1, 0);

    if (want)
        assert_string_equal(said, want);
    else
        assert_true(len < 0);
}

static void it_is_told_by_a_path_or_by_a_name(void **unused)
{
    const char *const names[] = { path, "@dumbwaiter-test-notify" };
    struct notify notify;

    (void)unused;
    for (int i = 0; i < 2; i++) {
        int fd = listen_at(names[i]);

        notify_open(&notify);
        notify_say(&notify, "READY=1");
        assert_hears(fd, "READY=1");
        notify_close(&notify);
        close(fd);
        unlink(path);
    }
}

static void nobody_that_we_start_can_speak_for_us(void **unused)
{
    struct notify notify;
    int fd = listen_at(path);

    (void)unused;
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    notify_open(&notify);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
    notify_close(&notify);
    close(fd);
    unlink(path);
}

static void a_sign_of_life_comes_twice_as_often_as_it_has_to(void **unused)
{
    struct notify notify;
    int fd = listen_at(path);

    (void)unused;
    setenv("WATCHDOG_USEC", "30000000", 1);
    notify_open(&notify);
    notify_alive(&notify, 1000);
    assert_hears(fd, "WATCHDOG=1");
    notify_alive(&notify, 15999);
    assert_hears(fd, NULL);
    notify_alive(&notify, 16000);
    assert_hears(fd, "WATCHDOG=1");
    notify_close(&notify);
    close(fd);
    unlink(path);
}

static void where_nobody_asks_nothing_happens(void **unused)
{
    struct notify notify;

    (void)unused;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    notify_open(&notify);
    assert_int_equal(notify.fd, -1);
    notify_say(&notify, "READY=1");
    notify_alive(&notify, 1);
    notify_close(&notify);
    setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    notify_open(&notify);
    assert_int_equal(notify.fd, -1);
    notify_close(&notify);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_by_a_path_or_by_a_name),
        cmocka_unit_test(nobody_that_we_start_can_speak_for_us),
        cmocka_unit_test(a_sign_of_life_comes_twice_as_often_as_it_has_to),
        cmocka_unit_test(where_nobody_asks_nothing_happens),
    };

    snprintf(path, sizeof(path), "/tmp/test_notify.%ld", (long)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
