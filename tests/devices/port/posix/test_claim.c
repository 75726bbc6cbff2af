#include "devices/port/posix/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void an_address_has_a_host_and_perhaps_a_port(void **unused)
{
    struct claim_url url;

    (void)unused;
    assert_true(claim_split(&url, "http://hub.local:8080"));
    assert_string_equal(url.host, "hub.local");
    assert_string_equal(url.port, "8080");
    assert_true(claim_split(&url, "http://192.0.2.1/"));
    assert_string_equal(url.host, "192.0.2.1");
    assert_string_equal(url.port, "80");
    assert_true(claim_split(&url, "http://[2001:db8::1]:81"));
    assert_string_equal(url.host, "2001:db8::1");
    assert_string_equal(url.port, "81");
}

static void what_is_no_address_of_a_hub_is_refused(void **unused)
{
    static const char *const bad[] = { "", "hub", "https://hub", "http://",
        "http://:80", "http://hub:", "http://hub:x", "http://hub:123456",
        "http://hub/path", "http://hub:80x", "http://[::1", "http://[]:1",
        "http://hub\r\nX: y", "http://hub\n", "http://[::1\r\n]",
        "http://h ub", "http://user@hub", "http://hub?x", "http://hub\x7f" };
    struct claim_url url;

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (claim_split(&url, bad[i]))
            fail_msg("taken: %s", bad[i]);
}

static void a_code_cannot_say_more_than_a_code(void **unused)
{
    const struct claim_url url = { .host = "::1", .port = "81" };
    char request[CLAIM_REQUEST_BYTES];

    (void)unused;
    assert_true(claim_request(request, &url, "ABCDE-12345"));
    assert_non_null(strstr(request, "POST /api/enrol HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "Host: [::1]:81\r\n"));
    assert_non_null(strstr(request, "Content-Length: 22\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{\"code\":\"ABCDE-12345\"}"));
    assert_false(claim_request(request, &url, "A\"B"));
    assert_false(claim_request(request, &url, "A\r\nB"));
    assert_false(claim_request(
            request, &url, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

/* From memory that ends where the text does. */
static unsigned answer(const char *text, size_t len, char body[64])
{
    char *exact = malloc(len ? len : 1);
    const char *at = NULL;
    size_t size = 0;
    unsigned status;

    memcpy(exact, text, len);
    status = claim_answer(exact, len, &at, &size);
    if (status)
        snprintf(body, 64, "%.*s", (int)size, at);
    free(exact);
    return status;
}

static void an_answer_is_one_when_it_is_whole(void **unused)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nX: y\r\n"
                               "content-length: 4\r\n\r\n{\"\"}";
    size_t len = sizeof(text) - 1;
    char body[64];

    (void)unused;
    assert_int_equal(answer(text, len, body), 200);
    assert_string_equal(body, "{\"\"}");
    while (len-- > 0)
        assert_int_equal(answer(text, len, body), 0);
}

static void what_is_no_answer_is_none(void **unused)
{
    static const char *const bad[] = { "\r\n\r\n",
        "SSH-2.0-x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" };
    char body[64];

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (answer(bad[i], strlen(bad[i]), body))
            fail_msg("taken: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_host_and_perhaps_a_port),
        cmocka_unit_test(what_is_no_address_of_a_hub_is_refused),
        cmocka_unit_test(a_code_cannot_say_more_than_a_code),
        cmocka_unit_test(an_answer_is_one_when_it_is_whole),
        cmocka_unit_test(what_is_no_answer_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
