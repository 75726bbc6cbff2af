/* What is never asked; how a server is, tests/e2e ask a daemon. */
#include "bridge/hook/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void only_web_servers_are_asked(void **unused)
{
    static const char *const bad[] = { "file:///etc/passwd", "ftp://127.0.0.1/",
        "gopher://127.0.0.1:1/", "", "http://" };
    struct fetch_answer answer;
    struct buf out;

    (void)unused;
    buf_init(&out, 65536);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct fetch_options options = { .url = bad[i], .token = "x" };

        assert_int_equal(fetch(&options, &out, &answer), ERR_UNAVAILABLE);
        assert_int_equal(answer.status, 0);
        assert_string_not_equal(answer.reason, "");
    }
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

static void a_token_that_fits_no_header_is_not_sent(void **unused)
{
    static char token[8192];
    const struct fetch_options options = { .url = "http://127.0.0.1:1/",
        .token = token };
    struct fetch_answer answer;
    struct buf out;

    (void)unused;
    memset(token, 'x', sizeof(token) - 1);
    buf_init(&out, 65536);
    assert_int_equal(fetch(&options, &out, &answer), ERR_TOO_LARGE);
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_web_servers_are_asked),
        cmocka_unit_test(a_token_that_fits_no_header_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
