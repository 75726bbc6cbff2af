#include "devices/virtual/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include <cmocka.h>

/* Read back by the library's other half, a byte a dot, 0 is black. */
static uint8_t *read_back(FILE *file, png_image *image)
{
    uint8_t *dots;

    rewind(file);
    memset(image, 0, sizeof(*image));
    image->version = PNG_IMAGE_VERSION;
    assert_true(png_image_begin_read_from_stdio(image, file));
    image->format = PNG_FORMAT_GRAY;
    dots = malloc(PNG_IMAGE_SIZE(*image));
    assert_non_null(dots);
    assert_true(png_image_finish_read(image, NULL, dots, 0, NULL));
    return dots;
}

static void dots_are_black_where_they_were(void **unused)
{
    uint8_t bits[3 * 2] = { 0x80, 0x40, 0, 0, 0x01, 0 };
    struct bitmap bitmap = {
        .width = 10, .height = 3, .stride = 2, .bits = bits
    };
    FILE *file = tmpfile();
    png_image image;
    uint8_t *dots;

    (void)unused;
    assert_non_null(file);
    assert_true(picture_write(&bitmap, 8000, file));
    dots = read_back(file, &image);
    assert_int_equal(image.width, 10);
    assert_int_equal(image.height, 3);
    for (int32_t y = 0; y < 3; y++)
        for (int32_t x = 0; x < 10; x++)
            assert_int_equal(
                    dots[y * 10 + x], bitmap_get(&bitmap, x, y) ? 0 : 255);
    free(dots);
    fclose(file);
}

static void a_picture_of_nothing_is_none(void **unused)
{
    struct bitmap bitmap = { .width = 10, .stride = 2 };
    FILE *file = tmpfile();

    (void)unused;
    assert_non_null(file);
    assert_false(picture_write(&bitmap, 8000, file));
    fclose(file);
}

static void a_full_disk_is_noticed(void **unused)
{
    uint8_t bits[2] = { 0 };
    struct bitmap bitmap = {
        .width = 10, .height = 1, .stride = 2, .bits = bits
    };
    FILE *file = fopen("/dev/full", "w");

    (void)unused;
    assert_non_null(file);
    assert_false(picture_write(&bitmap, 8000, file));
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_are_black_where_they_were),
        cmocka_unit_test(a_picture_of_nothing_is_none),
        cmocka_unit_test(a_full_disk_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
