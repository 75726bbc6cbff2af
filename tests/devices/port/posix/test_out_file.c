#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/port/posix/out.h"
#include "tests/devices/scratch.h"

static void a_file_has_a_name_and_the_standard_output_none(void **unused)
{
    struct out out;

    (void)unused;
    assert_true(out_parse(&out, "file:/tmp/tickets"));
    assert_string_equal(out.path, "/tmp/tickets");
    assert_false(out_parse(&out, "file:"));
    assert_true(out_parse(&out, "-"));
    assert_ptr_equal(out.way, &out_stdout);
    assert_false(out_parse(&out, "-x"));
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
        assert_int_equal(ops.open(ops.ctx, ""), OUT_DONE);
        assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"abc", 3), 3);
        assert_int_equal(ops.finish(ops.ctx, CONFIRM_PROCESS_ID, 1), OUT_DONE);
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
    assert_int_equal(ops.open(ops.ctx, ""), OUT_GONE);
    ops.close(ops.ctx);
}

static void a_full_disk_breaks_the_output(void **unused)
{
    struct out out;
    struct print_out ops;

    (void)unused;
    assert_true(out_parse(&out, "file:/dev/full"));
    ops = out_of(&out);
    assert_int_equal(ops.open(ops.ctx, ""), OUT_DONE);
    assert_int_equal(ops.write(ops.ctx, (const uint8_t *)"abc", 3), -1);
    ops.close(ops.ctx);
}

static void a_file_is_not_asked_how_it_is(void **unused)
{
    struct print_status status = { 0 };
    struct out out;
    struct print_out ops;

    (void)unused;
    assert_true(out_parse(&out, "file:/dev/null"));
    ops = out_of(&out);
    assert_false(ops.knows);
    assert_int_equal(ops.open(ops.ctx, ""), OUT_DONE);
    assert_int_equal(ops.check(ops.ctx, &status), OUT_DONE);
    ops.close(ops.ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_a_name_and_the_standard_output_none),
        cmocka_unit_test(a_file_is_appended_to),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_gone),
        cmocka_unit_test(a_full_disk_breaks_the_output),
        cmocka_unit_test(a_file_is_not_asked_how_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
