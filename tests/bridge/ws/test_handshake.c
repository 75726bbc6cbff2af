#include "bridge/ws/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_page_of_the_same_host_may_connect(void **unused)
{
    (void)unused;
    assert_true(origin_is_host("http://10.0.0.7:8080", "10.0.0.7:8080"));
    assert_true(origin_is_host("https://Hub.example", "hub.EXAMPLE"));
}

static void a_page_of_another_host_may_not(void **unused)
{
    (void)unused;
    assert_false(origin_is_host("http://evil.example", "hub.example"));
    assert_false(origin_is_host("http://hub.example.evil", "hub.example"));
    assert_false(origin_is_host("http://hub.example:81", "hub.example"));
    assert_false(origin_is_host("http://hub.example", "hub.example:8080"));
    assert_false(origin_is_host("null", "hub.example"));
    assert_false(origin_is_host("hub.example", "hub.example"));
    assert_false(origin_is_host("http://", ""));
}

static void one_known_subprotocol_in_the_list_is_enough(void **unused)
{
    (void)unused;
    assert_true(protocols_have_ours("dumbwaiter.v1.json"));
    assert_true(protocols_have_ours("mqtt,\tdumbwaiter.v1.pb"));
    assert_false(protocols_have_ours("mqtt, http"));
    assert_false(protocols_have_ours("dumbwaiter.v1.jsonx"));
    assert_false(protocols_have_ours(" , "));
    assert_false(protocols_have_ours(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_the_same_host_may_connect),
        cmocka_unit_test(a_page_of_another_host_may_not),
        cmocka_unit_test(one_known_subprotocol_in_the_list_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
