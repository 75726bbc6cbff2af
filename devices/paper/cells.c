#include "devices/paper/cells.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

/* The code point at `text`; returns its bytes. */
static size_t point_at(const char *text, size_t len, utf8proc_int32_t *point)
{
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text,
            (utf8proc_ssize_t)(len < 4 ? len : 4), point);

    if (n > 0)
        return (size_t)n;
    *point = '?';
    return 1;
}

/* Two of these make a flag, which is as wide as a picture. */
static bool is_half_flag(utf8proc_int32_t point)
{
    return point >= 0x1F1E6 && point <= 0x1F1FF;
}

static uint32_t width_of(utf8proc_int32_t point)
{
    return is_half_flag(point) ? 2 : (uint32_t)utf8proc_charwidth(point);
}

static bool is_plain(char byte)
{
    return byte >= 0x20 && byte < 0x7F;
}

size_t cells_next(const char *text, uint32_t *cells)
{
    size_t left = strnlen(text, 4);
    utf8proc_int32_t state = 0;
    utf8proc_int32_t last;
    utf8proc_int32_t point;
    size_t len;

    *cells = 0;
    if (left == 0)
        return 0;
    if (is_plain(text[0]) && (left == 1 || is_plain(text[1]))) {
        *cells = 1; /* most letters, without looking anything up */
        return 1;
    }
    len = point_at(text, left, &last);
    *cells = width_of(last);
    while ((left = strnlen(text + len, 4)) > 0) {
        size_t n = point_at(text + len, left, &point);

        if (utf8proc_grapheme_break_stateful(last, point, &state))
            break;
        if (width_of(point) > *cells)
            *cells = width_of(point);
        len += n;
        last = point;
    }
    return len;
}

uint32_t cells_of(const char *text)
{
    uint32_t sum = 0;
    uint32_t cells;
    size_t len;

    while ((len = cells_next(text, &cells)) > 0) {
        sum += cells;
        text += len;
    }
    return sum;
}

size_t cells_fit(const char *text, uint32_t width)
{
    size_t fit = 0;
    uint32_t cells;
    size_t len;

    while ((len = cells_next(text + fit, &cells)) > 0 && cells <= width) {
        width -= cells;
        fit += len;
    }
    return fit;
}
