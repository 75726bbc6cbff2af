#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/port/posix/virtual_line.h"

static struct machine machine;

static void on_say(void *ctx, const uint8_t *bytes, size_t len)
{
    line_say(ctx, bytes, len);
}

static void on_sheet(void *ctx, const struct sheet *sheet, enum machine_why why,
        bool is_whole)
{
    (void)ctx;
    (void)sheet;
    (void)why;
    (void)is_whole;
}

static void on_noise(void *ctx, enum head_event event)
{
    (void)ctx;
    (void)event;
}

static void set_up(struct virtual_line *line)
{
    const struct machine_config config = { .profile = profile_at(0) };
    const struct machine_to to = { line, on_say, on_sheet, on_noise };

    assert_true(machine_init(&machine, &config, &to));
}

static void tear_down(struct virtual_line *line)
{
    line_close(line);
    machine_finish(&machine);
}

/* A socket of loopback, bound to `port`, 0: any; -1: it is somebody's. */
static int hold(uint16_t *port, int shared)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
        .sin_port = htons(*port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(here);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &shared, sizeof(shared));
    if (bind(fd, (struct sockaddr *)&here, len) != 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &len), 0);
    *port = ntohs(here.sin_port);
    return fd;
}

static void any_port_is_one_that_it_can_be_reached_at(void **unused)
{
    struct virtual_line line;
    struct sockaddr_in there = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)unused;
    set_up(&line);
    assert_true(line_open(&line, "127.0.0.1", 0, &machine));
    there.sin_port = htons(line_port(&line));
    assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof(there)), 0);
    line_turn(&line, 0, 1000);
    assert_true(machine.connected);
    close(fd);
    tear_down(&line);
}

/* As the demo does it, so that nobody takes it in between. */
static void a_port_that_is_held_for_it_is_its_own(void **unused)
{
    struct virtual_line line;
    uint16_t port = 0;
    int held = hold(&port, 1);

    (void)unused;
    assert_true(held >= 0);
    assert_int_equal(hold(&port, 0), -1);
    set_up(&line);
    assert_true(line_open(&line, "127.0.0.1", port, &machine));
    assert_int_equal(line_port(&line), port);
    tear_down(&line);
    close(held);
}

static void a_port_of_somebody_else_is_refused(void **unused)
{
    struct virtual_line line;
    uint16_t port = 0;
    int fd = hold(&port, 1);

    (void)unused;
    assert_int_equal(listen(fd, 1), 0);
    set_up(&line);
    assert_false(line_open(&line, "127.0.0.1", port, &machine));
    assert_int_equal(errno, EADDRINUSE);
    tear_down(&line);
    close(fd);
}

static void an_address_is_a_number(void **unused)
{
    struct virtual_line line;

    (void)unused;
    set_up(&line);
    assert_false(line_open(&line, "localhost", 0, &machine));
    assert_int_equal(errno, EINVAL);
    tear_down(&line);
}

/* Gone while there is no power, and then at the same port as before. */
static void after_a_loss_of_power_it_is_at_the_same_port(void **unused)
{
    struct virtual_line line;
    uint16_t port;

    (void)unused;
    set_up(&line);
    assert_true(line_open(&line, "127.0.0.1", 0, &machine));
    port = line_port(&line);
    machine_fault(&machine, FAULT_POWER_CUT, 0, 1000);
    machine_turn(&machine, 1000);
    line_follow(&line, 1000);
    assert_int_equal(line.listener, -1);
    machine_turn(&machine, 1000 + MACHINE_DARK_MS);
    line_follow(&line, 1000 + MACHINE_DARK_MS);
    assert_true(line.listener >= 0);
    assert_int_equal(line_port(&line), port);
    tear_down(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_port_is_one_that_it_can_be_reached_at),
        cmocka_unit_test(a_port_that_is_held_for_it_is_its_own),
        cmocka_unit_test(a_port_of_somebody_else_is_refused),
        cmocka_unit_test(an_address_is_a_number),
        cmocka_unit_test(after_a_loss_of_power_it_is_at_the_same_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
