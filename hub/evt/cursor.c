#include "hub/evt/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/hex.h"

#define DIGITS     "0123456789"
#define HEX_DIGITS DIGITS "abcdef"
#define ALL_DIGITS HEX_DIGITS "ghijklmnopqrstuvwxyz"

/* Other hashes with the journal's key can be seen from outside: ids, names of
 * receipts. None of them is of a text with a NUL in front. */
struct hash_key cursor_key(struct hash_key journal)
{
    static const char first[] = "\0cursor 0", second[] = "\0cursor 1";

    return (struct hash_key){ hash_sip(journal, first, sizeof(first)),
        hash_sip(journal, second, sizeof(second)) };
}

uint64_t cursor_seal(struct hash_key key, uint32_t epoch, uint64_t seq)
{
    uint8_t place[12];

    for (unsigned i = 0; i < 4; i++)
        place[i] = (uint8_t)(epoch >> 8 * i);
    for (unsigned i = 0; i < 8; i++)
        place[4 + i] = (uint8_t)(seq >> 8 * i);
    return hash_sip(key, place, sizeof(place));
}

void cursor_print(
        uint32_t epoch, uint64_t seq, uint64_t seal, char out[CURSOR_CHARS + 1])
{
    char text[EPOCH_CHARS + 1];

    epoch_print(epoch, text);
    snprintf(out, CURSOR_CHARS + 1, "%s.%" PRIu64 ".%0*" PRIx64, text, seq,
            SEAL_CHARS, seal);
}

/* --- reading; each moves `at` behind what it has read --- */

static bool read_epoch(const char **at, char epoch[EPOCH_CHARS + 1])
{
    size_t len = strspn(*at, ALL_DIGITS);

    if (len == 0 || len > EPOCH_CHARS)
        return false;
    memcpy(epoch, *at, len);
    epoch[len] = '\0';
    *at += len;
    return true;
}

static bool read_seq(const char **at, uint64_t *seq)
{
    size_t len = strspn(*at, DIGITS);

    if (len == 0 || len > SEQ_CHARS || (len > 1 && **at == '0'))
        return false;
    *seq = 0;
    for (; len > 0; len--, (*at)++)
        if (__builtin_mul_overflow(*seq, 10, seq) ||
                __builtin_add_overflow(*seq, (unsigned)(**at - '0'), seq))
            return false;
    return true;
}

static bool read_seal(const char **at, uint64_t *seal)
{
    if (strspn(*at, HEX_DIGITS) != SEAL_CHARS)
        return false;
    *seal = 0;
    for (unsigned i = 0; i < SEAL_CHARS; i++, (*at)++)
        *seal = *seal << 4 | (uint64_t)hex_digit(**at);
    return true;
}

bool cursor_parse(const char *text, struct cursor *cursor)
{
    const char *at = text;

    *cursor = (struct cursor){ 0 };
    if (!read_epoch(&at, cursor->epoch) || *at++ != '.' ||
            !read_seq(&at, &cursor->seq))
        return false;
    if (*at == '.') {
        at++;
        cursor->is_sealed = true;
        if (!read_seal(&at, &cursor->seal))
            return false;
    }
    return *at == '\0';
}
