#include "hub/base/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Health takes the largest for the worst. */
static void there_is_a_word_for_each_and_the_worst_comes_last(void **unused)
{
    (void)unused;
    assert_int_equal(SPACE_COUNT, 3);
    assert_string_equal(space_words[SPACE_OK], "ok");
    assert_string_equal(space_words[SPACE_RESERVE], "reserve");
    assert_string_equal(space_words[SPACE_FULL], "full");
    assert_true(SPACE_OK < SPACE_RESERVE && SPACE_RESERVE < SPACE_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_a_word_for_each_and_the_worst_comes_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
