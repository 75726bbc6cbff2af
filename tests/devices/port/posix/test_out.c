#include "devices/port/posix/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

static void the_three_forms_are_read_and_no_other(void **unused)
{
    struct out out;

    (void)unused;
    assert_true(out_parse(&out, "-"));
    assert_int_equal(out.kind, OUT_STDOUT);
    assert_true(out_parse(&out, "file:/dev/usb/lp0"));
    assert_string_equal(out.path, "/dev/usb/lp0");
    assert_true(out_parse(&out, "tcp://10.0.0.7:9100"));
    assert_string_equal(out.host, "10.0.0.7");
    assert_string_equal(out.port, "9100");
    assert_true(out_parse(&out, "tcp://[::1]:9100"));
    assert_string_equal(out.host, "::1");
    assert_false(out_parse(&out, "tcp://printer"));
    assert_false(out_parse(&out, "tcp://printer:"));
    assert_false(out_parse(&out, "tcp://:9100"));
    assert_false(out_parse(&out, "tcp://printer:0"));
    assert_false(out_parse(&out, "tcp://printer:65536"));
    assert_false(out_parse(&out, "tcp://printer:91x"));
    assert_false(out_parse(&out, "file:"));
    assert_false(out_parse(&out, "printer"));
    assert_false(out_parse(&out, ""));
}

static void a_file_is_appended_to(void **unused)
{
    char path[SCRATCH_BYTES];
    char text[SCRATCH_BYTES + 16];
    char read_back[16] = "";
    struct out out;
    struct print_out ops;
    FILE *file;

    (void)unused;
    scratch_make(path);
    snprintf(text, sizeof(text), "file:%s/paper", path);
    assert_true(out_parse(&out, text));
    ops = out_of(&out);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ops.open(ops.ctx), OUT_DONE);
        assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"abc", 3), 3);
        assert_int_equal(ops.finish(ops.ctx, false), OUT_DONE);
        ops.close(ops.ctx);
    }
    file = fopen(text + strlen("file:"), "r");
    assert_non_null(file);
    assert_non_null(fgets(read_back, sizeof(read_back), file));
    fclose(file);
    assert_string_equal(read_back, "abcabc");
    scratch_clear(path);
}

static void a_file_that_cannot_be_opened_is_gone(void **unused)
{
    struct out out;
    struct print_out ops;

    (void)unused;
    assert_true(out_parse(&out, "file:/no/such/place"));
    ops = out_of(&out);
    assert_int_equal(ops.open(ops.ctx), OUT_GONE);
    ops.close(ops.ctx);
}

static void a_full_disk_breaks_the_output(void **unused)
{
    struct out out;
    struct print_out ops;

    (void)unused;
    assert_true(out_parse(&out, "file:/dev/full"));
    ops = out_of(&out);
    assert_int_equal(ops.open(ops.ctx), OUT_DONE);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"abc", 3), -1);
    ops.close(ops.ctx);
}

/* What a printer sends back, and what that means for the ticket. */
static enum print_out_state answer(const char *bytes, size_t len)
{
    struct out out;
    struct print_out ops;
    int ends[2];
    enum print_out_state state;

    assert_true(out_parse(&out, "tcp://127.0.0.1:9100"));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    out.fd = ends[0];
    ops = out_of(&out);
    assert_int_equal(write(ends[1], bytes, len), len);
    state = ops.finish(ops.ctx, true);
    ops.close(ops.ctx);
    close(ends[1]);
    return state;
}

static void only_the_answer_counts_as_one(void **unused)
{
    (void)unused;
    assert_int_equal(answer("", 0), OUT_WAIT);
    assert_int_equal(answer("\x00", 1), OUT_DONE);
    assert_int_equal(answer("\x03", 1), OUT_DONE); /* paper near its end */
    assert_int_equal(answer("\x0C", 1), OUT_GONE); /* at its end */
    assert_int_equal(answer("\x12", 1), OUT_WAIT); /* said unasked */
    assert_int_equal(answer("\x12\x00", 2), OUT_DONE);
    /* A record of four bytes said unasked: only its first looks different. */
    assert_int_equal(answer("\x10\x00\x00\x00", 4), OUT_WAIT);
    assert_int_equal(answer("\x18\x00\x0C\x00\x00", 5), OUT_DONE);
}

/* What a printer says to the questions, and how it is then. */
static enum print_out_state ask(
        const char *bytes, size_t len, struct print_status *status)
{
    static const uint8_t questions[] = { 16, 4, 1, 16, 4, 2, 16, 4, 4 };
    uint8_t asked[32];
    struct out out;
    struct print_out ops;
    int ends[2];
    enum print_out_state state;

    memset(status, 0, sizeof(*status));
    assert_true(out_parse(&out, "tcp://127.0.0.1:9100"));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    out.fd = ends[0];
    ops = out_of(&out);
    assert_int_equal(ops.check(ops.ctx, status), OUT_WAIT);
    assert_int_equal(recv(ends[1], asked, sizeof(asked), 0), 9);
    assert_memory_equal(asked, questions, 9);
    assert_int_equal(write(ends[1], bytes, len), len);
    state = ops.check(ops.ctx, status);
    assert_int_equal(recv(ends[1], asked, sizeof(asked), MSG_DONTWAIT), -1);
    ops.close(ops.ctx);
    close(ends[1]);
    return state;
}

static void a_printer_says_how_it_is(void **unused)
{
    struct print_status status;

    (void)unused;
    assert_int_equal(ask("\x12\x12", 2, &status), OUT_WAIT);
    assert_int_equal(ask("\x12\x12\x12", 3, &status), OUT_DONE);
    assert_false(status.paper_out || status.paper_low || status.cover_open ||
                 status.failed);
    assert_int_equal(ask("\x1A\x16\x12", 3, &status), OUT_DONE);
    assert_true(status.cover_open && status.failed && !status.paper_out);
    assert_int_equal(ask("\x1A\x32\x72", 3, &status), OUT_DONE);
    assert_true(status.paper_out && !status.cover_open);
    assert_int_equal(ask("\x12\x12\x1E", 3, &status), OUT_DONE);
    assert_true(status.paper_low && !status.paper_out && !status.failed);
    assert_int_equal(ask("\x12\x52\x12", 3, &status), OUT_DONE);
    assert_true(status.failed);
    /* Between them what nobody asked for: flow control, a record of four. */
    assert_int_equal(
            ask("\x11\x12\x10\x12\x12\x12\x16\x13\x12", 9, &status), OUT_DONE);
    assert_true(status.cover_open);
}

static void a_file_is_not_asked_how_it_is(void **unused)
{
    struct print_status status = { 0 };
    struct out out;
    struct print_out ops;

    (void)unused;
    assert_true(out_parse(&out, "file:/dev/null"));
    ops = out_of(&out);
    assert_int_equal(ops.open(ops.ctx), OUT_DONE);
    assert_int_equal(ops.check(ops.ctx, &status), OUT_DONE);
    ops.close(ops.ctx);
}

/* A socket closed over unread bytes is reset, and with it may go the end of
 * a ticket that the printer has not taken in yet. */
static void what_a_printer_says_does_not_cost_it_the_end_of_the_ticket(
        void **unused)
{
    struct out out;
    struct print_out ops;
    char text[8];
    int ends[2];

    (void)unused;
    assert_true(out_parse(&out, "tcp://127.0.0.1:9100"));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    out.fd = ends[0];
    ops = out_of(&out);
    assert_int_equal(write(ends[1], "\x10\x00\x00\x00", 4), 4);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"abc", 3), 3);
    ops.close(ops.ctx);
    assert_int_equal(recv(ends[1], text, sizeof(text), 0), 3);
    assert_int_equal(recv(ends[1], text, sizeof(text), 0), 0);
    close(ends[1]);
}

static void a_printer_that_hangs_up_has_not_answered(void **unused)
{
    struct out out;
    struct print_out ops;
    int ends[2];

    (void)unused;
    assert_true(out_parse(&out, "tcp://127.0.0.1:9100"));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    out.fd = ends[0];
    ops = out_of(&out);
    close(ends[1]);
    assert_int_equal(ops.finish(ops.ctx, true), OUT_GONE);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"x", 1), -1);
    ops.close(ops.ctx);
    assert_int_equal(out.fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_forms_are_read_and_no_other),
        cmocka_unit_test(a_file_is_appended_to),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_gone),
        cmocka_unit_test(a_full_disk_breaks_the_output),
        cmocka_unit_test(only_the_answer_counts_as_one),
        cmocka_unit_test(a_printer_says_how_it_is),
        cmocka_unit_test(a_file_is_not_asked_how_it_is),
        cmocka_unit_test(
                what_a_printer_says_does_not_cost_it_the_end_of_the_ticket),
        cmocka_unit_test(a_printer_that_hangs_up_has_not_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
