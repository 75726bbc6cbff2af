#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/port/rv32/divide.h"

static void it_divides_as_the_machine_does(void **unused)
{
    static const uint64_t numbers[] = { 0, 1, 2, 3, 7, 10, 1000, 1440, 30000,
        86400000, UINT32_MAX, UINT32_MAX + 1ull, 1763600000000, INT64_MAX,
        INT64_MAX + 1ull, UINT64_MAX - 1, UINT64_MAX };
    const size_t count = sizeof(numbers) / sizeof(numbers[0]);

    (void)unused;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 1; j < count; j++) {
            uint64_t rest = 0;

            assert_int_equal(divide(numbers[i], numbers[j], &rest),
                    numbers[i] / numbers[j]);
            assert_int_equal(rest, numbers[i] % numbers[j]);
        }
}

static void and_numbers_by_chance(void **unused)
{
    uint64_t chance = 1;

    (void)unused;
    for (int i = 0; i < 20000; i++) {
        uint64_t number;
        uint64_t divisor;
        uint64_t rest = 0;

        chance = chance * 6364136223846793005ull + 1442695040888963407ull;
        number = chance >> (i % 40);
        chance = chance * 6364136223846793005ull + 1442695040888963407ull;
        divisor = (chance >> (i % 61)) | 1;
        assert_int_equal(divide(number, divisor, &rest), number / divisor);
        assert_int_equal(rest, number % divisor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_divides_as_the_machine_does),
        cmocka_unit_test(and_numbers_by_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
