#include "bridge/mqtt/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_for(const char *json, const char *key)
{
    return cli_receipt_is_for(json, strlen(json), key);
}

static void a_receipt_belongs_to_the_message_of_its_id(void **unused)
{
    (void)unused;
    assert_true(is_for("{\"id\":\"k1\",\"seq\":1}", "k1"));
    assert_true(is_for("{\"id\":\"k1\",\"error\":{}}", "k1"));
    assert_true(is_for("{\"id\":\"k\\\"1\",\"error\":{}}", "k\"1"));
}

static void a_receipt_of_another_message_is_not_taken_for_it(void **unused)
{
    (void)unused;
    assert_false(is_for("{\"id\":\"k1\",\"seq\":1}", "k"));
    assert_false(is_for("{\"id\":\"k1\",\"seq\":1}", "k12"));
    assert_false(is_for("{\"id\":\"k2\",\"error\":{}}", "k1"));
    assert_false(is_for("{\"id\":\"k1", "k1"));
    assert_false(is_for("", "k1"));
}

static void an_error_without_an_id_is_for_who_waits(void **unused)
{
    (void)unused;
    assert_true(is_for("{\"error\":{\"code\":\"bad_json\"}}", "k1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_belongs_to_the_message_of_its_id),
        cmocka_unit_test(a_receipt_of_another_message_is_not_taken_for_it),
        cmocka_unit_test(an_error_without_an_id_is_for_who_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
