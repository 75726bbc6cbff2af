#include "hub/base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void digits_have_their_value_and_nothing_else_has_one(void **unused)
{
    static const char lower[] = "0123456789abcdef", upper[] = "ABCDEF";

    (void)unused;
    for (int c = -128; c < 128; c++) {
        const char *low = c ? strchr(lower, c) : NULL;
        const char *high = c ? strchr(upper, c) : NULL;
        int value = low    ? (int)(low - lower)
                    : high ? (int)(high - upper) + 10
                           : -1;

        assert_int_equal(hex_digit((char)c), value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_have_their_value_and_nothing_else_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
