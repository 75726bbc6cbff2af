#include "bridge/ws/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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
        cmocka_unit_test(one_known_subprotocol_in_the_list_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
