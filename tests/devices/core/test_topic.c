#include "devices/core/topic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_pattern_takes_the_devices_own_ids(void **unused)
{
    char topic[DEVICE_TOPIC_BYTES];

    (void)unused;
    assert_true(topic_make(topic, "dev/%d/job", "main", "pr-1", NULL));
    assert_string_equal(topic, "dw/1/main/dev/pr-1/job");
    assert_true(topic_make(topic, "pb/table/%t", "main", "pg", "5"));
    assert_string_equal(topic, "dw/1/main/pb/table/5");
}

static void no_id_can_add_a_level_or_a_wildcard(void **unused)
{
    char topic[DEVICE_TOPIC_BYTES];

    (void)unused;
    assert_false(topic_make(topic, "dev/%d/job", "main", "a/b", NULL));
    assert_false(topic_make(topic, "dev/%d/job", "main", "+", NULL));
    assert_false(topic_make(topic, "dev/%d/job", "#", "a", NULL));
    assert_false(topic_make(topic, "dev/%d/job", "", "a", NULL));
    assert_false(topic_make(topic, "pb/table/%t", "main", "a", NULL));
    assert_false(topic_make(topic, "pb/table/%t", "main", "a", "5\n"));
}

static void a_topic_that_is_too_long_is_refused(void **unused)
{
    char topic[DEVICE_TOPIC_BYTES];
    static const char id[] = "abcdefghijklmnopqrstuvwxyz012345";

    (void)unused;
    assert_true(topic_make(topic, "%d/%d", id, id, id));
    assert_false(topic_make(topic, "%d/%d/%d", id, id, id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_takes_the_devices_own_ids),
        cmocka_unit_test(no_id_can_add_a_level_or_a_wildcard),
        cmocka_unit_test(a_topic_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
