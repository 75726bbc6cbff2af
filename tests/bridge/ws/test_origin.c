#include "bridge/ws/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool is_same(const char *a, const char *b)
{
    struct origin first, second;

    return origin_read(a, &first) && origin_read(b, &second) &&
           origin_equal(&first, &second);
}

static bool is_own(const char *text, const char *scheme, const char *host)
{
    struct origin page, own;

    return origin_read(text, &page) && origin_of_host(scheme, host, &own) &&
           origin_equal(&page, &own);
}

static void a_page_of_the_same_host_scheme_and_port_is_our_own(void **unused)
{
    (void)unused;
    assert_true(is_own("http://10.0.0.7:8080", "http", "10.0.0.7:8080"));
    assert_true(is_own("https://Hub.example", "https", "hub.EXAMPLE"));
    assert_true(is_own("http://hub.example", "http", "hub.example:80"));
    assert_true(is_own("https://hub.example:443", "https", "hub.example"));
    assert_true(is_own("http://[::1]:8080", "http", "[::1]:8080"));
}

/* What a page of somebody else may try, against https://orders.example. */
static void no_other_origin_is_taken_for_it(void **unused)
{
    static const char *const others[] = {
        "http://orders.example",               /* another scheme */
        "wss://orders.example",                /* likewise */
        "https://orders.example:8443",         /* another port */
        "https://orders.example:80",           /* that of another scheme */
        "https://orders.example:0443",         /* no port is written so */
        "https://orders.example:65979",        /* 443, had it 16 bits */
        "https://orders.example:",             /* no port */
        "https://orders.example.evil.example", /* ours as a prefix */
        "https://evil-orders.example",         /* ours as a suffix */
        "https://evil.example/orders.example", /* a path */
        "https://evil.example?orders.example",
        "https://evil.example#orders.example",
        "https://orders.example@evil.example", /* a user */
        "https://evil.example:443@orders.example",
        "https://orders.example/",       /* no origin ends so */
        "https://orders.example.",       /* another name for browsers */
        "https://.orders.example",       /* a label is missing */
        "https://sub.orders.example",    /* below ours */
        "https://example",               /* above ours */
        "https://orders.exampl\xc3\xa9", /* not as browsers write it */
        "https://xn--orders-example",    /* punycode of something else */
        "https://orders%2eexample",      /* escaped */
        "https://orders.example\t",      /* with blanks */
        " https://orders.example",
        "https://orders.example,https://orders.example", /* two */
        "https://orders.example https://evil.example",
        "//orders.example", /* without a scheme */
        "orders.example",
        "https:orders.example",
        "https:///orders.example",
        "https://[::ffff:7f00:1]",
        "https://",
        "https://:443",
        "https://[]",
        "https://[::1",
        "null", /* whatever it is, it is not ours */
        "Null",
        "*",
        "",
        "file://",
        "about:blank",
        "data:text/html,x",
        "javascript://orders.example",
        "chrome-extension://orders.example",
    };

    (void)unused;
    assert_true(is_same("https://orders.example", "https://orders.example"));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (is_same(others[i], "https://orders.example"))
            fail_msg("%s passes", others[i]);
}

static void capital_letters_and_the_schemes_own_port_make_no_difference(
        void **unused)
{
    (void)unused;
    assert_true(is_same("HTTPS://Orders.Example", "https://orders.example"));
    assert_true(
            is_same("https://orders.example:443", "https://orders.example"));
    assert_true(is_same("http://a:80", "http://A"));
    assert_true(is_same("http://[FE80::1]:80", "http://[fe80::1]"));
}

static void other_schemes_have_no_port_of_their_own(void **unused)
{
    (void)unused;
    assert_true(is_same("capacitor://localhost", "capacitor://localhost"));
    assert_false(is_same("capacitor://localhost", "capacitor://localhost:80"));
    assert_true(
            is_same("chrome-extension://abcdef", "chrome-extension://abcdef"));
}

static void punycode_is_a_name_like_any_other(void **unused)
{
    (void)unused;
    assert_true(is_same(
            "https://xn--kche-0ra.example", "https://XN--kche-0ra.example"));
    assert_false(is_same("https://xn--kche-0ra.example", "https://k\xc3\xbc"
                                                         "che.example"));
}

static void what_is_too_long_is_none(void **unused)
{
    char text[ORIGIN_CHARS + 64] = "https://";
    struct origin origin;

    (void)unused;
    memset(text + 8, 'a', ORIGIN_HOST_CHARS);
    assert_true(origin_read(text, &origin));
    assert_int_equal(strlen(origin.host), ORIGIN_HOST_CHARS);
    text[8 + ORIGIN_HOST_CHARS] = 'a';
    assert_false(origin_read(text, &origin));
    memset(text, 'a', ORIGIN_SCHEME_CHARS + 1);
    snprintf(text + ORIGIN_SCHEME_CHARS + 1, 8, "://b");
    assert_false(origin_read(text, &origin));
}

static void nothing_equals_what_is_none(void **unused)
{
    struct origin a, b;

    (void)unused;
    assert_false(origin_read("null", &a));
    assert_false(origin_read("null", &b));
    assert_false(origin_equal(&a, &b));
    assert_false(origin_of_host("http", "", &a));
    assert_false(origin_of_host("http", "a b", &a));
    assert_false(origin_of_host("http", "user@a", &a));
    assert_false(origin_equal(&a, &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_the_same_host_scheme_and_port_is_our_own),
        cmocka_unit_test(no_other_origin_is_taken_for_it),
        cmocka_unit_test(
                capital_letters_and_the_schemes_own_port_make_no_difference),
        cmocka_unit_test(other_schemes_have_no_port_of_their_own),
        cmocka_unit_test(punycode_is_a_name_like_any_other),
        cmocka_unit_test(what_is_too_long_is_none),
        cmocka_unit_test(nothing_equals_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
