#include "devices/paper/bitmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bits[8];

/* Ten dots wide, three high, and a byte behind them that is nobody's. */
static struct bitmap paper(void)
{
    memset(bits, 0, sizeof(bits));
    bits[6] = bits[7] = 0x5A;
    return (struct bitmap){ 10, 3, 2, bits };
}

static void a_dot_is_the_highest_bit_first(void **unused)
{
    struct bitmap bitmap = paper();

    (void)unused;
    bitmap_set(&bitmap, 0, 0);
    bitmap_set(&bitmap, 9, 1);
    bitmap_set(&bitmap, 7, 2);
    assert_memory_equal(bits, "\x80\0\0\x40\x01\0", 6);
    assert_true(bitmap_get(&bitmap, 9, 1));
    assert_false(bitmap_get(&bitmap, 8, 1));
}

static void what_is_outside_is_ignored(void **unused)
{
    static const int32_t outside[][2] = { { -1, 0 }, { 0, -1 }, { 10, 0 },
        { 0, 3 }, { 15, 2 }, { INT32_MIN, 0 }, { INT32_MAX, INT32_MAX } };
    struct bitmap bitmap = paper();

    (void)unused;
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        bitmap_set(&bitmap, outside[i][0], outside[i][1]);
        assert_false(bitmap_get(&bitmap, outside[i][0], outside[i][1]));
    }
    assert_memory_equal(bits, "\0\0\0\0\0\0\x5A\x5A", 8);
}

static void a_box_is_inverted_as_far_as_it_is_inside(void **unused)
{
    struct bitmap bitmap = paper();

    (void)unused;
    bitmap_set(&bitmap, 2, 1);
    bitmap_invert(&bitmap, 1, 1, 3, 1);
    assert_memory_equal(bits, "\0\0\x50\0\0\0", 6);
    bitmap_invert(&bitmap, -5, -5, 7, 6);
    assert_int_equal(bits[0], 0xC0);
    bitmap_invert(&bitmap, 8, 2, UINT32_MAX, UINT32_MAX);
    assert_memory_equal(bits + 4, "\0\xC0\x5A\x5A", 4);
    bitmap_invert(&bitmap, 20, 20, 5, 5);
    bitmap_invert(&bitmap, 0, 0, 0, 0);
    assert_memory_equal(bits, "\xC0\0\x50\0\0\xC0\x5A\x5A", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dot_is_the_highest_bit_first),
        cmocka_unit_test(what_is_outside_is_ignored),
        cmocka_unit_test(a_box_is_inverted_as_far_as_it_is_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
