#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "devices/port/posix/out.h"
#include "tests/devices/line.h"
#include "tests/devices/scratch.h"

static void parse(struct out *out, struct print_out *ops, const char *path)
{
    static char text[128];

    snprintf(text, sizeof(text), "usb:%s", path);
    assert_true(out_parse(out, text));
    *ops = out_of(out);
}

static void a_path_is_needed(void **unused)
{
    struct out out;

    (void)unused;
    assert_true(out_parse(&out, "usb:/dev/usb/lp0"));
    assert_string_equal(out.path, "/dev/usb/lp0");
    assert_false(out_parse(&out, "usb:"));
    assert_false(out_parse(&out, "usb:lp0"));
}

static void a_printer_that_is_asked_prints_and_answers(void **unused)
{
    struct print_status status = { 0 };
    struct print_out ops;
    struct line line;
    struct out out;
    char got[16];

    (void)unused;
    line_open(&line);
    parse(&out, &ops, line.path);
    assert_int_equal(ops.open(ops.ctx, "j1"), OUT_DONE);
    assert_int_equal(ops.check(ops.ctx, &status), OUT_WAIT);
    assert_int_equal(read(line.printer, got, sizeof(got)), 9);
    assert_int_equal(write(line.printer, "\x12\x12\x1E", 3), 3);
    assert_int_equal(ops.check(ops.ctx, &status), OUT_DONE);
    assert_true(status.paper_low);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"a\n\x1B", 3), 3);
    assert_int_equal(read(line.printer, got, sizeof(got)), 3);
    assert_memory_equal(got, "a\n\x1B", 3);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_GS_R, 0), OUT_WAIT);
    assert_int_equal(write(line.printer, "\x00", 1), 1);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_GS_R, 0), OUT_DONE);
    ops.close(ops.ctx);
    line_close(&line);
}

/* As the line stays, so does what was said on it: of the job before. */
static void an_answer_of_before_does_not_end_this_job(void **unused)
{
    struct print_out ops;
    struct line line;
    struct out out;

    (void)unused;
    line_open(&line);
    parse(&out, &ops, line.path);
    assert_int_equal(write(line.printer, "\x00\x00", 2), 2);
    assert_int_equal(ops.open(ops.ctx, "j2"), OUT_DONE);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_GS_R, 0), OUT_WAIT);
    ops.close(ops.ctx);
    line_close(&line);
}

static void it_comes_and_goes(void **unused)
{
    struct print_out ops;
    struct line line;
    struct out out;

    (void)unused;
    parse(&out, &ops, "/dev/usb/no-such-printer");
    assert_int_equal(ops.open(ops.ctx, ""), OUT_GONE);
    ops.close(ops.ctx);
    line_open(&line);
    parse(&out, &ops, line.path);
    assert_int_equal(ops.open(ops.ctx, ""), OUT_DONE);
    line_unplug(&line);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_GS_R, 0), OUT_GONE);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_DRAINED, 0), OUT_GONE);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"x", 1), -1);
    ops.close(ops.ctx);
    line_close(&line);
}

/* A pipe is full, and so is the way to the printer, until somebody reads. */
static void it_is_through_when_all_was_taken(void **unused)
{
    static uint8_t much[4096];
    char path[SCRATCH_BYTES], name[SCRATCH_BYTES + 8];
    struct print_out ops;
    struct out out;
    int printer;

    (void)unused;
    scratch_make(path);
    snprintf(name, sizeof(name), "%s/lp0", path);
    assert_int_equal(mkfifo(name, 0600), 0);
    parse(&out, &ops, name);
    assert_int_equal(ops.open(ops.ctx, "j1"), OUT_DONE);
    printer = open(name, O_RDONLY | O_NONBLOCK);
    while (ops.write(ops.ctx, much, sizeof(much)) > 0)
        ;
    assert_true(out.blocked);
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_DRAINED, 0), OUT_WAIT);
    while (read(printer, much, sizeof(much)) > 0)
        ;
    assert_int_equal(ops.finish(ops.ctx, CONFIRM_DRAINED, 0), OUT_DONE);
    ops.close(ops.ctx);
    close(printer);
    scratch_clear(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_needed),
        cmocka_unit_test(a_printer_that_is_asked_prints_and_answers),
        cmocka_unit_test(an_answer_of_before_does_not_end_this_job),
        cmocka_unit_test(it_comes_and_goes),
        cmocka_unit_test(it_is_through_when_all_was_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
