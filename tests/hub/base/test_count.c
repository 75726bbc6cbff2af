#include "hub/base/count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/buf.h"

/* All that is printed, with a NUL; free it. */
static char *printed(void)
{
    struct buf out;

    buf_init(&out, 65536);
    count_print(&out);
    buf_putc(&out, '\0');
    assert_false(out.failed);
    return out.data;
}

static void what_is_added_is_counted(void **unused)
{
    uint64_t before = count_of(COUNT_ACCEPTED);

    (void)unused;
    count_add(COUNT_ACCEPTED, 3);
    count_add(COUNT_ACCEPTED, 0);
    count_add(COUNT_ACCEPTED, 1);
    assert_int_equal(count_of(COUNT_ACCEPTED), before + 4);
    count_add(COUNT_UNKNOWN_FIELDS, (uint64_t)1 << 40);
    assert_true(count_of(COUNT_UNKNOWN_FIELDS) >= (uint64_t)1 << 40);
}

static void a_refusal_counts_in_total_and_under_its_code(void **unused)
{
    uint64_t before = count_of(COUNT_REFUSED);
    char *text;

    (void)unused;
    count_refused(ERR_BAD_ID);
    count_refused(ERR_BAD_ID);
    count_refused(ERR_FORBIDDEN);
    assert_int_equal(count_of(COUNT_REFUSED), before + 3);
    text = printed();
    assert_non_null(
            strstr(text, "\ndumbwaiter_refusals_total{code=\"bad_id\"} 2\n"));
    assert_non_null(strstr(
            text, "\ndumbwaiter_refusals_total{code=\"forbidden\"} 1\n"));
    assert_null(strstr(text, "code=\"expired\""));
    free(text);
}

static void every_counter_is_printed_with_its_value(void **unused)
{
    static const char *const lines[] = {
#define COUNT(id, name, labels, help)                                          \
    "\ndumbwaiter_" name, labels[0] ? "{" labels "} " : " ",
#include "hub/base/count.def"
#undef COUNT
    };
    char *text;

    (void)unused;
    for (int i = 0; i < COUNT_COUNT; i++)
        count_add((enum count)i, 1000u + (unsigned)i - count_of((enum count)i));
    text = printed();
    for (int i = 0; i < COUNT_COUNT; i++) {
        char line[200];

        snprintf(line, sizeof(line), "%s%s%d\n", lines[2 * i], lines[2 * i + 1],
                1000 + i);
        if (!strstr(text, line))
            fail_msg("not printed: %s", line);
    }
    free(text);
}

/* Prometheus refuses a page that names a family twice. */
static void every_family_is_introduced_once_before_its_rows(void **unused)
{
    char seen[COUNT_COUNT + 2][80] = { 0 };
    char *text = printed(), *rest = text, *line;
    int families = 0;

    (void)unused;
    while ((line = strsep(&rest, "\n")) != NULL && *line) {
        char name[80] = "", kind[16] = "";

        if (sscanf(line, "# HELP %79s", name) == 1) {
            for (int i = 0; i < families; i++)
                assert_string_not_equal(seen[i], name);
            assert_true(strlen(line) > strlen("# HELP  ") + strlen(name));
            snprintf(seen[families++], sizeof(seen[0]), "%s", name);
        } else if (sscanf(line, "# TYPE %79s %15s", name, kind) == 2) {
            assert_string_equal(kind, "counter");
            assert_string_equal(name, seen[families - 1]);
        } else {
            size_t len = strcspn(line, "{ ");

            assert_true(families > 0);
            assert_int_equal(len, strlen(seen[families - 1]));
            assert_memory_equal(line, seen[families - 1], len);
        }
    }
    assert_true(families > 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_counted),
        cmocka_unit_test(a_refusal_counts_in_total_and_under_its_code),
        cmocka_unit_test(every_counter_is_printed_with_its_value),
        cmocka_unit_test(every_family_is_introduced_once_before_its_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
