#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/port/posix/out.h"
#include "tests/devices/line.h"

static void what_is_not_said_is_19200_with_rts_and_cts(void **unused)
{
    struct out out;

    (void)unused;
    assert_true(out_parse(&out, "serial:/dev/ttyUSB0"));
    assert_string_equal(out.host, "/dev/ttyUSB0");
    assert_int_equal(out.baud, 19200);
    assert_int_equal(out.flow, FLOW_RTS_CTS);
    assert_true(out_parse(&out, "serial:/dev/ttyS0?baud=9600&flow=dsrdtr"));
    assert_string_equal(out.host, "/dev/ttyS0");
    assert_int_equal(out.baud, 9600);
    assert_int_equal(out.flow, FLOW_DSR_DTR);
    assert_true(out_parse(&out, "serial:/dev/ttyS0?flow=none"));
    assert_int_equal(out.flow, FLOW_NONE);
}

static void a_line_that_there_is_not_is_refused(void **unused)
{
    static const char *const bad[] = { "serial:", "serial:ttyS0",
        "serial:/dev/ttyS0?baud=19201",
        "serial:/dev/ttyS0?baud=", "serial:/dev/ttyS0?baud=9600x",
        "serial:/dev/ttyS0?flow=", "serial:/dev/ttyS0?flow=xonxoff",
        "serial:/dev/ttyS0?", "serial:/dev/ttyS0?baud=9600&",
        "serial:/dev/ttyS0?parity=even" };
    struct out out;

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(out_parse(&out, bad[i]));
}

static void parse(struct out *out, struct print_out *ops,
        const struct line *line, const char *words)
{
    static char text[128];

    snprintf(text, sizeof(text), "serial:%s%s", line->path, words);
    assert_true(out_parse(out, text));
    *ops = out_of(out);
}

static void the_line_is_set_as_was_said_and_no_byte_is_changed(void **unused)
{
    struct termios set;
    struct print_out ops;
    struct line line;
    struct out out;
    char got[8];

    (void)unused;
    line_open(&line);
    parse(&out, &ops, &line, "?baud=38400&flow=rtscts");
    assert_int_equal(write(line.printer, "\x00", 1), 1); /* of before */
    assert_int_equal(ops.open(ops.ctx, "j1"), OUT_DONE);
    assert_int_equal(tcgetattr(line.kept, &set), 0);
    assert_int_equal(cfgetospeed(&set), B38400);
    assert_true(set.c_cflag & CRTSCTS);
    assert_false(set.c_cflag & (CSTOPB | HUPCL | PARENB));
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"\n\r\x11\x03", 4), 4);
    assert_int_equal(read(line.printer, got, sizeof(got)), 4);
    assert_memory_equal(got, "\n\r\x11\x03", 4);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_DRAINED, 0), OUT_DONE);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_GS_R, 0), OUT_WAIT);
    assert_int_equal(write(line.printer, "\r", 1), 1); /* no newline of it */
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_GS_R, 0), OUT_GONE);
    ops.close(ops.ctx);
    line_close(&line);
}

static void a_line_belongs_to_one_process(void **unused)
{
    struct print_out one_ops, other_ops;
    struct line line;
    struct out one, other;

    (void)unused;
    line_open(&line);
    parse(&one, &one_ops, &line, "?flow=none");
    parse(&other, &other_ops, &line, "?flow=none");
    assert_int_equal(one_ops.open(one_ops.ctx, "j1"), OUT_DONE);
    assert_int_equal(other_ops.open(other_ops.ctx, "j1"), OUT_GONE);
    other_ops.close(other_ops.ctx);
    one_ops.close(one_ops.ctx);
    assert_int_equal(other_ops.open(other_ops.ctx, "j1"), OUT_DONE);
    other_ops.close(other_ops.ctx);
    line_close(&line);
}

static void a_line_without_dsr_cannot_wait_for_it(void **unused)
{
    struct print_out ops;
    struct line line;
    struct out out;

    (void)unused;
    line_open(&line);
    parse(&out, &ops, &line, "?flow=dsrdtr");
    assert_int_equal(ops.open(ops.ctx, "j1"), OUT_GONE);
    ops.close(ops.ctx);
    line_close(&line);
}

static void a_line_that_is_unplugged_is_gone(void **unused)
{
    struct print_out ops;
    struct line line;
    struct out out;

    (void)unused;
    line_open(&line);
    parse(&out, &ops, &line, "");
    assert_int_equal(ops.open(ops.ctx, "j1"), OUT_DONE);
    line_unplug(&line);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"x", 1), -1);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_GS_R, 0), OUT_GONE);
    ops.close(ops.ctx);
    line_close(&line);
    assert_int_equal(ops.open(ops.ctx, "j1"), OUT_GONE);
    ops.close(ops.ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_is_19200_with_rts_and_cts),
        cmocka_unit_test(a_line_that_there_is_not_is_refused),
        cmocka_unit_test(the_line_is_set_as_was_said_and_no_byte_is_changed),
        cmocka_unit_test(a_line_belongs_to_one_process),
        cmocka_unit_test(a_line_without_dsr_cannot_wait_for_it),
        cmocka_unit_test(a_line_that_is_unplugged_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
