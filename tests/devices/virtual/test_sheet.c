#include "devices/virtual/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_sheet_grows_up_to_its_end(void **unused)
{
    struct sheet sheet;

    (void)unused;
    assert_true(sheet_init(&sheet, 384));
    assert_true(sheet_feed(&sheet, SHEET_ROWS - 1));
    assert_false(sheet_feed(&sheet, 2));
    assert_int_equal(sheet.dots.height, SHEET_ROWS - 1);
    assert_true(sheet_feed(&sheet, 1));
    assert_false(sheet_feed(&sheet, UINT32_MAX));
    sheet_finish(&sheet);
}

static void a_new_sheet_is_white(void **unused)
{
    struct sheet sheet;

    (void)unused;
    assert_true(sheet_init(&sheet, 384));
    assert_true(sheet_feed(&sheet, 100));
    bitmap_set(&sheet.dots, 383, 99);
    sheet_write(&sheet, "text");
    sheet_clear(&sheet);
    assert_int_equal(sheet.text_len, 0);
    assert_true(sheet_feed(&sheet, 100));
    assert_false(bitmap_get(&sheet.dots, 383, 99));
    sheet_finish(&sheet);
}

static void the_job_is_the_last_that_a_line_names(void **unused)
{
    struct sheet sheet;
    char job[SHEET_JOB];

    (void)unused;
    assert_true(sheet_init(&sheet, 384));
    sheet_job(&sheet, job);
    assert_string_equal(job, "");
    sheet_write(&sheet, "job \"}");
    sheet_write(&sheet, "a job of-ours");
    sheet_job(&sheet, job);
    assert_string_equal(job, "");
    sheet_write(&sheet, "job 41-kitchen-order");
    sheet_write(&sheet, "job 42-bar_order and more");
    sheet_write(&sheet, "");
    sheet_job(&sheet, job);
    assert_string_equal(job, "42-bar_order");
    sheet_finish(&sheet);
}

static void on_narrow_paper_the_job_has_several_lines(void **unused)
{
    struct sheet sheet;
    char job[SHEET_JOB];

    (void)unused;
    assert_true(sheet_init(&sheet, 10 * 12)); /* ten columns */
    sheet_write(&sheet, "job");
    sheet_write(&sheet, "1234567890");
    sheet_write(&sheet, "kitchen");
    sheet_write(&sheet, "other");
    sheet_job(&sheet, job);
    assert_string_equal(job, "1234567890kitchen");
    sheet_write(&sheet, "job 123456");
    sheet_write(&sheet, "copy of it");
    sheet_job(&sheet, job);
    assert_string_equal(job, "123456");
    sheet_write(&sheet, "job 12345");
    sheet_write(&sheet, "other");
    sheet_job(&sheet, job);
    assert_string_equal(job, "12345");
    sheet_write(&sheet, "job");
    sheet_job(&sheet, job);
    assert_string_equal(job, "12345");
    sheet_finish(&sheet);
}

static void a_name_that_no_job_has_is_none(void **unused)
{
    struct sheet sheet;
    char job[SHEET_JOB], line[SHEET_JOB + 8] = "job ";

    (void)unused;
    assert_true(sheet_init(&sheet, 384));
    memset(line + 4, 'a', SHEET_JOB);
    sheet_write(&sheet, line);
    sheet_job(&sheet, job);
    assert_string_equal(job, "");
    sheet_finish(&sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sheet_grows_up_to_its_end),
        cmocka_unit_test(a_new_sheet_is_white),
        cmocka_unit_test(the_job_is_the_last_that_a_line_names),
        cmocka_unit_test(on_narrow_paper_the_job_has_several_lines),
        cmocka_unit_test(a_name_that_no_job_has_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
