#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/port/posix/out.h"

static void a_host_and_a_port_are_needed(void **unused)
{
    static const char *const bad[] = { "tcp://", "tcp://printer",
        "tcp://printer:", "tcp://:9100", "tcp://printer:0",
        "tcp://printer:65536", "tcp://printer:91x", "tcp://printer:+91",
        "tcp://[]:9100" };
    struct out out;

    (void)unused;
    assert_true(out_parse(&out, "tcp://10.0.0.7:9100"));
    assert_string_equal(out.host, "10.0.0.7");
    assert_string_equal(out.port, "9100");
    assert_true(out_parse(&out, "tcp://[::1]:9100"));
    assert_string_equal(out.host, "::1");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(out_parse(&out, bad[i]));
}

/* A printer on loopback, and the text of --out for it. */
static int listen_here(char text[64])
{
    struct sockaddr_in here = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(here);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&here, len), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &len), 0);
    snprintf(text, 64, "tcp://127.0.0.1:%u", ntohs(here.sin_port));
    return fd;
}

static enum print_out_state open_in_time(
        struct out *out, const struct print_out *ops)
{
    enum print_out_state state;
    struct pollfd fds[OUT_FDS];

    while ((state = ops->open(ops->ctx, "j1")) == OUT_WAIT)
        assert_true(poll(fds, out_watch(out, fds), 5000) > 0);
    return state;
}

/* Its kernel may say a little later that it has them. */
static enum print_out_state through_in_time(const struct print_out *ops)
{
    enum print_out_state state = OUT_WAIT;

    for (int i = 0; i < 500 && state == OUT_WAIT; i++) {
        state = ops->finish(ops->ctx, CONFIRM_DRAINED, 0);
        if (state == OUT_WAIT)
            poll(NULL, 0, 10);
    }
    return state;
}

static int option(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof(value);

    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static void a_ticket_arrives_and_only_then_is_it_through(void **unused)
{
    struct print_out ops;
    struct out out;
    char text[64], got[8];
    int listener = listen_here(text), printer;

    (void)unused;
    assert_true(out_parse(&out, text));
    ops = out_of(&out);
    assert_int_equal(open_in_time(&out, &ops), OUT_DONE);
    assert_int_equal(ops.open(ops.ctx, "j1"), OUT_DONE);
    printer = accept(listener, NULL, NULL);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"abc", 3), 3);
    assert_int_equal(recv(printer, got, sizeof(got), 0), 3);
    assert_int_equal(through_in_time(&ops), OUT_DONE);
    ops.close(ops.ctx);
    assert_int_equal(recv(printer, got, sizeof(got), 0), 0);
    close(printer);
    close(listener);
    out_finish(&out);
}

/* Or one that was switched off would be waited for. */
static void a_printer_that_has_gone_without_a_word_is_noticed(void **unused)
{
    struct print_out ops;
    struct out out;
    char text[64];
    int listener = listen_here(text);

    (void)unused;
    assert_true(out_parse(&out, text));
    ops = out_of(&out);
    assert_int_equal(open_in_time(&out, &ops), OUT_DONE);
    assert_int_equal(option(out.fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_true(option(out.fd, IPPROTO_TCP, TCP_KEEPIDLE) +
                        option(out.fd, IPPROTO_TCP, TCP_KEEPINTVL) *
                                option(out.fd, IPPROTO_TCP, TCP_KEEPCNT) <
                30);
    out_finish(&out);
    close(listener);
}

/* Or each second ticket would find nobody first. */
static void the_address_that_was_reached_is_taken_again(void **unused)
{
    struct print_out ops;
    struct out out;
    char text[64], named[64];
    int listener;

    (void)unused;
    if (access("/etc/hosts", R_OK) != 0)
        skip(); /* a name server may answer in another order each time */
    listener = listen_here(text);
    snprintf(named, sizeof(named), "tcp://localhost%s", strrchr(text, ':'));
    assert_true(out_parse(&out, named));
    ops = out_of(&out);
    for (int i = 0; i < 4 && open_in_time(&out, &ops) != OUT_DONE; i++)
        ops.close(ops.ctx);
    for (int i = 0; i < 3; i++) {
        uint32_t failures = out.failures;

        ops.close(ops.ctx);
        assert_int_equal(open_in_time(&out, &ops), OUT_DONE);
        assert_int_equal(out.failures, failures);
    }
    out_finish(&out);
    close(listener);
}

static void where_nobody_listens_the_printer_is_gone(void **unused)
{
    struct print_out ops;
    struct out out;
    char text[64];

    (void)unused;
    close(listen_here(text));
    assert_true(out_parse(&out, text));
    ops = out_of(&out);
    assert_int_equal(open_in_time(&out, &ops), OUT_GONE);
    assert_int_equal(out.failures, 1); /* the next address, if it has one */
    out_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_a_port_are_needed),
        cmocka_unit_test(a_ticket_arrives_and_only_then_is_it_through),
        cmocka_unit_test(a_printer_that_has_gone_without_a_word_is_noticed),
        cmocka_unit_test(the_address_that_was_reached_is_taken_again),
        cmocka_unit_test(where_nobody_listens_the_printer_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
