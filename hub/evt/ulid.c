#include "hub/evt/ulid.h"

#include <string.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct ulid ulid_make(int64_t at_ms, uint64_t high, uint64_t low)
{
    struct ulid ulid;

    for (int i = 0; i < 6; i++)
        ulid.bytes[i] = (uint8_t)((uint64_t)at_ms >> (8 * (5 - i)));
    ulid.bytes[6] = (uint8_t)(high >> 8);
    ulid.bytes[7] = (uint8_t)high;
    for (int i = 0; i < 8; i++)
        ulid.bytes[8 + i] = (uint8_t)(low >> (8 * (7 - i)));
    return ulid;
}

bool ulid_is_none(const struct ulid *ulid)
{
    static const struct ulid none;

    return memcmp(ulid, &none, sizeof(none)) == 0;
}

/* 26 digits are 130 bits: the first digit holds only the top 3 of 128. */
void ulid_print(const struct ulid *ulid, char out[ULID_CHARS + 1])
{
    for (int i = 0; i < ULID_CHARS; i++) {
        unsigned value = 0;

        for (int bit = i * 5 - 2; bit < i * 5 + 3; bit++) {
            value <<= 1;
            if (bit >= 0)
                value |= ulid->bytes[bit / 8] >> (7 - bit % 8) & 1u;
        }
        out[i] = digits[value];
    }
    out[ULID_CHARS] = '\0';
}

static int digit_value(char c)
{
    const char *at;

    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool ulid_parse(const char *text, size_t len, struct ulid *ulid)
{
    struct ulid read = { { 0 } };

    if (len != ULID_CHARS || digit_value(text[0]) > 7)
        return false;
    for (int i = 0; i < ULID_CHARS; i++) {
        int value = digit_value(text[i]);

        if (value < 0)
            return false;
        for (int n = 0; n < 5; n++) {
            int bit = i * 5 - 2 + n;

            if (bit >= 0 && (value >> (4 - n) & 1))
                read.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
        }
    }
    *ulid = read;
    return true;
}
