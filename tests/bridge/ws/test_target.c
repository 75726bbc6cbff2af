#include "bridge/ws/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct target target;

/* The bytes that `target` borrows: without a NUL, so that reading on is seen */
static char *held;

static bool read_bytes(const char *text, size_t len)
{
    free(held);
    held = malloc(len ? len : 1);
    assert_non_null(held);
    memcpy(held, text, len);
    memset(&target, 0xaa, sizeof(target));
    return target_read(held, len, &target);
}

static void expect(const char *text, const char *path, const char *query)
{
    assert_true(read_bytes(text, strlen(text)));
    assert_int_equal(target.path_len, strlen(path));
    assert_memory_equal(target.path, path, target.path_len);
    assert_int_equal(target.query_len, strlen(query));
    assert_memory_equal(target.query, query, target.query_len);
}

static void path_and_query_are_those_of_the_first_line(void **unused)
{
    (void)unused;
    expect("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "/", "");
    assert_true(target.is_whole);
    expect("POST /a/b?c=d&e=%20 HTTP/1.1\r\n", "/a/b", "c=d&e=%20");
    expect("OPTIONS /a??b?c HTTP/1.1\r\n", "/a", "?b?c");
    expect("GET /a? HTTP/1.1\r\n", "/a", "");
    expect("GET /a\r\nb", "/a", "");
    expect("GET /a?b\nc", "/a", "b");
    assert_true(target.is_whole);
}

static void an_address_whose_end_has_not_arrived_is_not_whole(void **unused)
{
    (void)unused;
    expect("GET /", "/", "");
    assert_false(target.is_whole);
    expect("GET /a?b=%0", "/a", "b=%0");
    assert_false(target.is_whole);
    expect("GET /a?b ", "/a", "b");
    assert_true(target.is_whole);
}

static void what_is_no_request_has_no_address(void **unused)
{
    static const char *const none[] = { "", "G", "GET", "GET ", " /",
        "get / HTTP/1.1", "GET  / HTTP/1.1", "GET a HTTP/1.1", "GET\t/",
        "\r\nGET / HTTP/1.1", "GET * HTTP/1.1", "{\"a\":1}", "\x16\x03\x01 /",
        "AVERYVERYVERYLONGMETHOD / HTTP/1.1" };

    (void)unused;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(read_bytes(none[i], strlen(none[i])));
}

static bool is_misread(const char *text)
{
    assert_true(read_bytes(text, strlen(text)));
    return target_is_misread(&target);
}

static void an_escape_of_nul_or_a_line_end_is_misread_wherever(void **unused)
{
    static const char *const bad[] = { "GET /%00 H", "GET /a%0d/b H",
        "GET /%0A?x H", "GET /?%00 H", "GET /a?b=c%00d&e H", "GET /a?b=%0D H",
        "GET /a?b=%0a H", "GET /a?b=%0a" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_true(is_misread(bad[i]));
    assert_true(read_bytes("GET /a\0b H", 10));
    assert_true(target_is_misread(&target));
}

static void an_escape_that_is_none_is_misread(void **unused)
{
    (void)unused;
    assert_true(is_misread("GET /% H"));
    assert_true(is_misread("GET /%4 H"));
    assert_true(is_misread("GET /%zz H"));
    assert_true(is_misread("GET /?a=%4g&b H"));
    assert_true(is_misread("GET /?a=%% H"));
    assert_true(is_misread("GET /?a=%zz&b"));
}

static void what_is_cut_off_may_still_become_an_escape(void **unused)
{
    (void)unused;
    assert_false(is_misread("GET /?a=%"));
    assert_false(is_misread("GET /?a=%4"));
    assert_true(is_misread("GET /?a=%0a"));
}

static void all_other_addresses_are_read_as_they_are(void **unused)
{
    (void)unused;
    assert_false(is_misread("GET / HTTP/1.1\r\nX: %00%zz\r\n"));
    assert_false(is_misread("GET /a%2Fb?c=%26%25%3d%fF%01%7f HTTP/1.1\r\n"));
    assert_false(is_misread("GET /?a=b+c;d#e HTTP/1.1\r\n"));
}

static int release(void **unused)
{
    (void)unused;
    free(held);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_and_query_are_those_of_the_first_line),
        cmocka_unit_test(an_address_whose_end_has_not_arrived_is_not_whole),
        cmocka_unit_test(what_is_no_request_has_no_address),
        cmocka_unit_test(an_escape_of_nul_or_a_line_end_is_misread_wherever),
        cmocka_unit_test(an_escape_that_is_none_is_misread),
        cmocka_unit_test(what_is_cut_off_may_still_become_an_escape),
        cmocka_unit_test(all_other_addresses_are_read_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
