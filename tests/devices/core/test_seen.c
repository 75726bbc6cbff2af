#include "devices/core/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void add(struct seen *seen, uint8_t number)
{
    uint8_t id[DEVICE_ID_BYTES] = { 0, number };

    seen_add(seen, id);
}

static bool has(const struct seen *seen, uint8_t number)
{
    uint8_t id[DEVICE_ID_BYTES] = { 0, number };

    return seen_has(seen, id);
}

static void an_empty_ring_has_seen_nothing_not_even_zeroes(void **unused)
{
    const struct seen seen = { 0 };

    (void)unused;
    assert_false(has(&seen, 0));
}

static void the_newest_ids_are_known_and_the_oldest_gives_way(void **unused)
{
    struct seen seen = { 0 };

    (void)unused;
    for (uint8_t i = 0; i < DEVICE_SEEN; i++)
        add(&seen, i);
    assert_true(has(&seen, 0));
    assert_true(has(&seen, DEVICE_SEEN - 1));
    add(&seen, DEVICE_SEEN);
    assert_false(has(&seen, 0));
    assert_true(has(&seen, 1));
    assert_true(has(&seen, DEVICE_SEEN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_ring_has_seen_nothing_not_even_zeroes),
        cmocka_unit_test(the_newest_ids_are_known_and_the_oldest_gives_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
