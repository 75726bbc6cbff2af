#include "devices/virtual/picture.h"

#include <png.h>
#include <setjmp.h>

/* The library's complaints are the caller's false. */
static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_error(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void write_rows(png_structp png, png_infop info,
        const struct bitmap *bitmap, unsigned per_metre)
{
    png_set_IHDR(png, info, bitmap->width, bitmap->height, 1,
            PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
            PNG_FILTER_TYPE_BASE);
    png_set_pHYs(png, info, per_metre, per_metre, PNG_RESOLUTION_METER);
    png_write_info(png, info);
    png_set_invert_mono(png); /* black is 1 here and 0 there */
    for (uint32_t y = 0; y < bitmap->height; y++)
        png_write_row(png, bitmap->bits + (size_t)y * bitmap->stride);
    png_write_end(png, NULL);
}

bool picture_write(const struct bitmap *bitmap, unsigned per_metre, FILE *file)
{
    png_structp png = png_create_write_struct(
            PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool is_written = false;

    if (!info || bitmap->height == 0 || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_init_io(png, file);
    write_rows(png, info, bitmap, per_metre);
    png_destroy_write_struct(&png, &info);
    is_written = fflush(file) == 0;
    return is_written;
}
