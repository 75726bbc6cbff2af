#include "devices/kinds/codepage.h"

#include <string.h>

#include "devices/core/text.h"

const struct codepage codepages[PAGE_COUNT] = {
#define PAGE(id, ...) [PAGE_##id] = { __VA_ARGS__ },
#include "devices/kinds/codepage.def"
#undef PAGE
};

static const struct profile profiles[] = {
#define PROFILE(is, ...) { .name = is, __VA_ARGS__ },
#include "devices/kinds/profiles.def"
#undef PROFILE
};

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

static const struct letter {
    uint16_t whole, base, mark;
} letters[] = {
#define LETTER(whole, base, mark) { whole, base, mark },
#include "devices/kinds/letters.def"
#undef LETTER
};

#define LETTERS (sizeof(letters) / sizeof(letters[0]))

static const struct spelling {
    uint16_t point;
    const char *text;
} spellings[] = {
#define SPELLING(point, text) { point, text },
#include "devices/kinds/spellings.def"
#undef SPELLING
};

#define SPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < PROFILES; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

const char *profile_name(uint32_t index)
{
    return index < PROFILES ? profiles[index].name : NULL;
}

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

/* --- cleaning --- */

static bool is_mark(uint32_t point)
{
    return point >= 0x300 && point <= 0x36F;
}

/* `base` with the mark as one letter, or 0. */
static uint32_t compose(uint32_t base, uint32_t mark)
{
    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].base == base && letters[i].mark == mark)
            return letters[i].whole;
    return 0;
}

/* The letter without its mark, or 0. */
static uint32_t without_mark(uint32_t whole)
{
    size_t low = 0;
    size_t high = LETTERS;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (letters[middle].whole == whole)
            return letters[middle].base;
        if (letters[middle].whole < whole)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

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

static bool is_printable(const struct profile *profile, uint32_t point)
{
    if (point == TEXT_BAD || point < 0x20 || is_blank(point))
        return false;
    if (profile->plain && point >= 0xA0 && point < 0x483 && !is_mark(point))
        return true; /* Latin, Greek, Cyrillic: one cell on any terminal */
    for (uint32_t i = 0; i < profile->page_count; i++)
        if (codepage_byte(profile->pages[i], point))
            return true;
    return false;
}

/* Append the printable form of one character; how many bytes that took. */
static size_t reduce(
        const struct profile *profile, uint32_t point, char *out, size_t room)
{
    char bytes[TEXT_MAX_BYTES];
    const char *text = bytes;
    size_t len;

    while (!is_printable(profile, point) && without_mark(point))
        point = without_mark(point);

    if (point == '\n' || is_printable(profile, point)) {
        len = text_put(bytes, point);
    } else if ((text = spelled(point))) {
        len = strlen(text);
    } else if (is_mark(point) || point == '\r') {
        return 0;
    } else {
        text = point == '\t' ? " " : "?";
        len = 1;
    }
    if (len >= room)
        return 0;
    memcpy(out, text, len);
    return len;
}

void codepage_clean(
        const struct profile *profile, const char *text, char *out, size_t cap)
{
    size_t len = 0;
    uint32_t point = text_next(&text);

    while (point != 0) {
        uint32_t next = text_next(&text);
        uint32_t whole = is_mark(next) ? compose(point, next) : 0;

        if (whole) {
            point = whole; /* it may take another mark */
            continue;
        }
        len += reduce(profile, point, out + len, cap - len);
        point = next;
    }
    out[len] = '\0';
}
