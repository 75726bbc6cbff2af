/* The table of close codes; `test_bridge_ws_closes --print` prints what
 * README.md and the client have of it. */
#include "bridge/ws/closes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/ws/frame.h"
#include "hub/base/buf.h"

#define FILE_BYTES (256 * 1024)

static void each_code_stands_there_once_in_order_with_its_meaning(void **unused)
{
    const struct close_kind *kind;
    uint16_t last = 0;

    (void)unused;
    for (uint32_t i = 0; (kind = close_at(i)) != NULL; i++) {
        assert_true(kind->code > last);
        last = kind->code;
        assert_in_range(kind->action, 0, CLOSE_ACTIONS - 1);
        assert_true(kind->text && kind->text[0]);
        assert_ptr_equal(close_find(kind->code), kind);
    }
    assert_null(close_find(4999));
}

static void every_error_ends_with_a_code_that_is_there(void **unused)
{
    (void)unused;
    for (int why = 0; why < ERR_COUNT; why++) {
        const struct close_kind *kind = close_find(close_code_of(why));

        assert_non_null(kind);
        if (err_kinds[why].close)
            assert_int_equal(kind->code, err_kinds[why].close);
    }
}

/* Who is asked to come later is told when; who may not, is not asked to. */
static void what_may_not_be_tried_again_stops_the_client(void **unused)
{
    (void)unused;
    for (int why = ERR_OK + 1; why < ERR_COUNT; why++) {
        const struct close_kind *kind = close_find(close_code_of(why));

        if (err_kinds[why].retry)
            assert_true(kind->action != CLOSE_STOP);
        if (kind->action == CLOSE_LATER) {
            assert_true(kind->hints);
            assert_true(retry_ms_of((enum err)why) > 0);
        }
    }
}

static void an_answer_says_when_but_a_limit_is_not_for_a_moment(void **unused)
{
    (void)unused;
    for (int why = ERR_OK; why < ERR_COUNT; why++)
        assert_int_equal(retry_ms_answered((enum err)why),
                why == ERR_LIMIT ? 0 : retry_ms_of((enum err)why));
    assert_int_equal(retry_ms_answered(ERR_UNAVAILABLE), RETRY_MS);
    assert_int_equal(retry_ms_answered(ERR_FORBIDDEN), 0);
}

static void each_action_is_asked_for_by_some_code(void **unused)
{
    (void)unused;
    for (int action = 0; action < CLOSE_ACTIONS; action++) {
        const struct close_kind *kind;
        uint32_t i = 0;

        while ((kind = close_at(i)) != NULL && (int)kind->action != action)
            i++;
        assert_non_null(kind);
        assert_non_null(close_actions[action]);
    }
}

static void a_hint_stands_in_the_reason_in_milliseconds(void **unused)
{
    char reason[CLOSE_REASON_CHARS + 1];

    (void)unused;
    assert_string_equal(
            close_print_reason(1012, 1200, reason), "retry-after=1200");
    assert_string_equal(close_print_reason(4429, UINT32_MAX, reason),
            "retry-after=4294967295");
    assert_string_equal(close_print_reason(1012, 0, reason), "");
    assert_string_equal(close_print_reason(4403, 1200, reason), "");
    assert_string_equal(close_print_reason(4999, 1200, reason), "");
    assert_true(CLOSE_REASON_CHARS <= FRAME_REASON_BYTES);
}

/* However they come to lie, no second brings back more than this. */
static void after_a_restart_at_most_500_come_back_in_a_second(void **unused)
{
    uint32_t in_second[64] = { 0 };

    (void)unused;
    for (uint32_t i = 0; i < 5000; i++)
        in_second[retry_ms_after_restart(i) / 1000]++;
    for (size_t i = 0; i < sizeof(in_second) / sizeof(in_second[0]); i++)
        assert_true(in_second[i] <= 500);
    assert_true(retry_ms_after_restart(0) > 0);
}

/* --- what stands elsewhere, too --- */

static void put_readme(struct buf *out)
{
    const struct close_kind *kind;

    buf_puts(out, "| code | means | the client |\n|---|---|---|\n");
    for (uint32_t i = 0; (kind = close_at(i)) != NULL; i++)
        buf_printf(out, "| %u | %s | %s%s |\n", kind->code, kind->text,
                close_actions[kind->action],
                kind->hints ? ", `retry-after`" : "");
}

static void put_client(struct buf *out)
{
    const struct close_kind *kind;

    for (uint32_t i = 0; (kind = close_at(i)) != NULL; i++)
        buf_printf(out, "    %u: '%s', // %s\n", kind->code,
                close_actions[kind->action], kind->text);
}

static void expect_part(const char *path, const char *from, const char *to,
        void (*put)(struct buf *out))
{
    static char text[FILE_BYTES];
    FILE *file = fopen(path, "re");
    const char *start, *end;
    struct buf expected;

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    start = strstr(text, from);
    assert_non_null(start);
    start += strlen(from);
    end = strstr(start, to);
    assert_non_null(end);
    buf_init(&expected, FILE_BYTES);
    put(&expected);
    if ((size_t)(end - start) != expected.len ||
            memcmp(start, expected.data, expected.len) != 0)
        fail_msg("%s should be:\n%.*s", path, (int)expected.len, expected.data);
    buf_finish(&expected);
}

static void the_readme_has_the_same_table(void **unused)
{
    (void)unused;
    expect_part(SOURCE_DIR "/bridge/README.md", "<!-- closes -->\n",
            "<!-- end -->", put_readme);
}

static void the_browsers_client_has_the_same_table(void **unused)
{
    (void)unused;
    expect_part(SOURCE_DIR "/devices/web/client/closes.js", "closes = {\n",
            "};", put_client);
}

static void print(void (*put)(struct buf *out))
{
    struct buf out;

    buf_init(&out, FILE_BYTES);
    put(&out);
    printf("%.*s\n", (int)out.len, out.data);
    buf_finish(&out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_stands_there_once_in_order_with_its_meaning),
        cmocka_unit_test(every_error_ends_with_a_code_that_is_there),
        cmocka_unit_test(what_may_not_be_tried_again_stops_the_client),
        cmocka_unit_test(an_answer_says_when_but_a_limit_is_not_for_a_moment),
        cmocka_unit_test(each_action_is_asked_for_by_some_code),
        cmocka_unit_test(a_hint_stands_in_the_reason_in_milliseconds),
        cmocka_unit_test(after_a_restart_at_most_500_come_back_in_a_second),
        cmocka_unit_test(the_readme_has_the_same_table),
        cmocka_unit_test(the_browsers_client_has_the_same_table),
    };

    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        print(put_readme);
        print(put_client);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
