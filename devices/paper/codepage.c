#include "devices/paper/codepage.h"

#include <string.h>

#include <utf8proc.h>

#include "devices/core/text.h"
#include "devices/paper/glyphs.h"
#include "devices/paper/profile.h"

/* Code points that are composed at once: a letter and its marks. A longer
 * heap of marks is cut into several. */
#define CLUSTER 32

const struct codepage codepages[PAGE_COUNT] = {
#define PAGE(id, ...) [PAGE_##id] = { __VA_ARGS__ },
#include "devices/paper/codepage.def"
#undef PAGE
};

static const struct spelling {
    uint16_t point;
    const char *text;
} spellings[] = {
#define SPELLING(point, text) { point, text },
#include "devices/paper/spellings.def"
#undef SPELLING
};

#define SPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

/* Where text goes. */
struct cleaning {
    const struct profile *profile;
    const struct glyphs *glyphs; /* NULL: none that the printer would take */
    char *out;
    size_t cap;
    size_t len;
    bool full;
};

uint8_t codepage_byte(enum codepage_id page, uint32_t point)
{
    if (point >= 0x20 && point < 0x7F)
        return (uint8_t)point;
    if (point < 0x80)
        return 0;
    for (uint32_t i = 0; i < 128; i++)
        if (codepages[page].high[i] == point)
            return (uint8_t)(0x80 + i);
    return 0;
}

bool codepage_has(const struct profile *profile, uint32_t point)
{
    for (uint32_t i = 0; i < profile->page_count; i++)
        if (codepage_byte(profile->pages[i].id, point))
            return true;
    return false;
}

/* --- what a character is --- */

static const char *spelled(uint32_t point)
{
    size_t low = 0;
    size_t high = SPELLINGS;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (spellings[middle].point == point)
            return spellings[middle].text;
        if (spellings[middle].point < point)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* No character of its own on paper, whatever a code page says. */
static bool is_blank(uint32_t point)
{
    const char *text = spelled(point);

    return text && (text[0] == '\0' || strcmp(text, " ") == 0);
}

/* Nothing is seen of it, though it is a letter or a mark by its sort. Those
 * whose sort says so, all that steers, need no row. */
static bool is_unseen_letter(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } unseen[] = {
        { 0x034F, 0x034F },   /* joins marks */
        { 0x115F, 0x1160 },   /* Hangul that is not there */
        { 0x17B4, 0x17B5 },   /* Khmer */
        { 0x180B, 0x180F },   /* Mongolian forms */
        { 0x2800, 0x2800 },   /* Braille without a dot */
        { 0x3164, 0x3164 },   /* Hangul */
        { 0xFE00, 0xFE0F },   /* forms */
        { 0xFFA0, 0xFFA0 },   /* Hangul */
        { 0xE0100, 0xE01EF }, /* forms */
    };

    for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
        if (point >= unseen[i].first && point <= unseen[i].last)
            return true;
    return false;
}

static utf8proc_category_t sort_of(uint32_t point)
{
    return utf8proc_category((utf8proc_int32_t)point);
}

static bool is_unseen(uint32_t point)
{
    return sort_of(point) == UTF8PROC_CATEGORY_CF || is_unseen_letter(point);
}

static bool is_latin_mark(uint32_t point)
{
    return point >= 0x300 && point <= 0x36F;
}

static bool is_mark(uint32_t point)
{
    utf8proc_category_t sort = sort_of(point);

    return sort == UTF8PROC_CATEGORY_MN || sort == UTF8PROC_CATEGORY_ME;
}

static bool is_letter(uint32_t point)
{
    utf8proc_category_t sort = sort_of(point);

    return sort >= UTF8PROC_CATEGORY_LU && sort <= UTF8PROC_CATEGORY_ME;
}

/* A letter, a digit, a sign: what somebody may want to read. */
static bool is_visible(uint32_t point)
{
    utf8proc_category_t sort = sort_of(point);

    return sort >= UTF8PROC_CATEGORY_LU && sort <= UTF8PROC_CATEGORY_SO;
}

/* May it be drawn, or is it known by any terminal? A mark that makes no letter
 * of Latin is noise, and a sign that can be spelled costs a line of dots. */
static bool is_drawn(const struct cleaning *cleaning, uint32_t point)
{
    if (point < 0xA0 || !is_visible(point) || is_latin_mark(point))
        return false;
    if (cleaning->profile->plain)
        return true;
    return cleaning->glyphs && (is_letter(point) || !spelled(point)) &&
           cleaning->glyphs->has(cleaning->glyphs->ctx, point);
}

static bool is_printable(const struct cleaning *cleaning, uint32_t point)
{
    if (point == TEXT_BAD || point < 0x20 || is_blank(point) ||
            is_unseen(point))
        return false;
    return codepage_has(cleaning->profile, point) || is_drawn(cleaning, point);
}

/* --- cleaning --- */

static void put(struct cleaning *cleaning, const char *text, size_t len)
{
    cleaning->full |= len >= cleaning->cap - cleaning->len;
    if (cleaning->full)
        return;
    memcpy(cleaning->out + cleaning->len, text, len);
    cleaning->len += len;
}

static void put_point(struct cleaning *cleaning, uint32_t point)
{
    char bytes[TEXT_MAX_BYTES];

    put(cleaning, bytes, text_put(bytes, point));
}

static utf8proc_propval_t class_of(int32_t point)
{
    return utf8proc_get_property(point)->combining_class;
}

/* Marks in the order in which they compose. */
static void sort_marks(int32_t *points, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        int32_t point = points[i];
        uint32_t at = i;

        for (; at > 0 && class_of(point) != 0 &&
                class_of(points[at - 1]) > class_of(point);
                at--)
            points[at] = points[at - 1];
        points[at] = point;
    }
}

/* Composed, canonically; the number of code points left. */
static uint32_t compose(int32_t *points, uint32_t count)
{
    utf8proc_ssize_t left = utf8proc_normalize_utf32(
            points, count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);

    return left < 0 ? count : (uint32_t)left;
}

/* What it is made of; 0: of nothing but itself. */
static uint32_t take_apart(uint32_t point, int options, int32_t parts[CLUSTER])
{
    int last = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)point,
            parts, CLUSTER, (utf8proc_option_t)options, &last);

    if (count < 1 || count > CLUSTER ||
            (count == 1 && (uint32_t)parts[0] == point))
        return 0;
    return (uint32_t)count;
}

/* The same letter with as many of its marks as can be printed, or 0. */
static uint32_t with_fewer_marks(
        const struct cleaning *cleaning, uint32_t point)
{
    int32_t parts[CLUSTER];
    uint32_t count = take_apart(point, UTF8PROC_DECOMPOSE, parts);

    while (count-- > 1) {
        int32_t some[CLUSTER];

        memcpy(some, parts, sizeof(some));
        if (compose(some, count) == 1 &&
                is_printable(cleaning, (uint32_t)some[0]))
            return (uint32_t)some[0];
    }
    return 0;
}

/* A form of something plain, as wide letters are; false: it is not. */
static bool put_plainer(struct cleaning *cleaning, uint32_t point)
{
    int32_t parts[CLUSTER];
    uint32_t count =
            take_apart(point, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, parts);

    for (uint32_t i = 0; i < count; i++)
        if (parts[i] < 0x20 || parts[i] > 0x7E)
            return false;
    for (uint32_t i = 0; i < count; i++)
        put_point(cleaning, (uint32_t)parts[i]);
    return count > 0;
}

static void put_reduced(struct cleaning *cleaning, uint32_t point)
{
    uint32_t fewer = with_fewer_marks(cleaning, point);
    const char *text = fewer ? NULL : spelled(point);
    utf8proc_category_t sort = sort_of(point);

    if (fewer)
        put_point(cleaning, fewer);
    else if (text)
        put(cleaning, text, strlen(text));
    else if (is_mark(point) || point == '\r')
        return;
    else if (point == '\t' ||
             (sort >= UTF8PROC_CATEGORY_ZS && sort <= UTF8PROC_CATEGORY_ZP))
        put(cleaning, " ", 1);
    else if (!put_plainer(cleaning, point))
        put(cleaning, "?", 1);
}

static void put_clean(struct cleaning *cleaning, uint32_t point)
{
    if (point == '\n' || is_printable(cleaning, point))
        put_point(cleaning, point);
    else if (point == TEXT_BAD)
        put(cleaning, "?", 1);
    else if (!is_unseen(point))
        put_reduced(cleaning, point);
}

static void put_cluster(
        struct cleaning *cleaning, int32_t *points, uint32_t count)
{
    int32_t apart[CLUSTER * 4];
    utf8proc_ssize_t len = 0;
    int last = 0;

    for (uint32_t i = 0; i < count; i++)
        len += utf8proc_decompose_char(
                points[i], apart + len, 4, UTF8PROC_DECOMPOSE, &last);
    sort_marks(apart, (uint32_t)len);
    count = compose(apart, (uint32_t)len);
    for (uint32_t i = 0; i < count; i++)
        put_clean(cleaning, (uint32_t)apart[i]);
}

/* The next letter with its marks; what is unseen is not among them. */
static uint32_t take_cluster(const char **text, int32_t points[CLUSTER])
{
    utf8proc_int32_t state = 0;
    uint32_t count = 0;
    const char *at = *text;
    uint32_t point;

    while (count < CLUSTER && (point = text_next(&at)) != 0 &&
            point != TEXT_BAD) {
        if (!is_unseen(point)) {
            if (count > 0 && utf8proc_grapheme_break_stateful(points[count - 1],
                                     (utf8proc_int32_t)point, &state))
                break;
            points[count++] = (int32_t)point;
        }
        *text = at;
    }
    return count;
}

void codepage_clean(const struct profile *profile, const struct glyphs *glyphs,
        const char *text, char *out, size_t cap)
{
    struct cleaning cleaning = { .profile = profile,
        .glyphs = profile->raster ? glyphs : NULL,
        .out = out,
        .cap = cap };

    while (*text && !cleaning.full) {
        int32_t points[CLUSTER];
        uint32_t count = take_cluster(&text, points);

        if (count > 0)
            put_cluster(&cleaning, points, count);
        else if (*text && text_next(&text) == TEXT_BAD)
            put_clean(&cleaning, TEXT_BAD);
    }
    out[cleaning.len] = '\0';
}
