#include "devices/paper/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_dark(const struct qr *qr, uint32_t x, uint32_t y)
{
    return qr->dark[y * qr->modules + x];
}

/* A ring of seven by seven, white around a block of three by three. */
static void assert_corner(const struct qr *qr, uint32_t left, uint32_t top)
{
    for (uint32_t y = 0; y < 7; y++)
        for (uint32_t x = 0; x < 7; x++) {
            bool ring = x == 0 || y == 0 || x == 6 || y == 6;
            bool block = x >= 2 && x <= 4 && y >= 2 && y <= 4;

            assert_int_equal(is_dark(qr, left + x, top + y), ring || block);
        }
}

static void three_corners_say_where_it_is(void **unused)
{
    struct qr qr;

    (void)unused;
    assert_true(qr_make(&qr, "dw:order/41"));
    assert_int_equal(qr.modules, 21);
    assert_corner(&qr, 0, 0);
    assert_corner(&qr, qr.modules - 7, 0);
    assert_corner(&qr, 0, qr.modules - 7);
}

static void more_text_makes_it_larger_as_far_as_it_goes(void **unused)
{
    struct qr qr;
    char text[400];

    (void)unused;
    memset(text, 'x', sizeof(text));
    text[250] = '\0';
    assert_true(qr_make(&qr, text));
    assert_int_equal(qr.modules, QR_MAX_MODULES);
    text[250] = 'x';
    text[300] = '\0';
    assert_false(qr_make(&qr, text));
    assert_int_equal(qr.modules, 0);
    assert_false(qr_make(&qr, ""));
}

static void each_module_is_a_square_of_dots(void **unused)
{
    static uint8_t bits[32 * 200];
    struct bitmap bitmap = { 256, 200, 32, bits };
    struct qr qr;

    (void)unused;
    assert_true(qr_make(&qr, "dw:order/41"));
    qr_draw(&qr, 4, &bitmap, 10, 20);
    for (uint32_t y = 0; y < 200; y++)
        for (uint32_t x = 0; x < 256; x++) {
            bool inside = x >= 10 && y >= 20 && x < 10 + 84 && y < 20 + 84;
            bool dark = inside && is_dark(&qr, (x - 10) / 4, (y - 20) / 4);

            assert_int_equal(bitmap_get(&bitmap, (int32_t)x, (int32_t)y), dark);
        }
    qr_draw(&qr, 4, &bitmap, -40, 180); /* as far as there is paper */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_corners_say_where_it_is),
        cmocka_unit_test(more_text_makes_it_larger_as_far_as_it_goes),
        cmocka_unit_test(each_module_is_a_square_of_dots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
