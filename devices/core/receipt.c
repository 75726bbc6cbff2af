#include "devices/core/receipt.h"

#include <string.h>

#define ULID_CHARS 26
#define DEPTH_MOST 4
#define MEMBERS    16
#define NEXT_MOST  3600

/* What is left of the text. */
struct scan {
    const uint8_t *at;
    const uint8_t *end;
};

/* A string between its quotes, escapes and all. */
struct word {
    const uint8_t *at;
    size_t len;
};

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end &&
            (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' ||
                    *scan->at == '\r'))
        scan->at++;
}

static bool take(struct scan *scan, char c)
{
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != (uint8_t)c)
        return false;
    scan->at++;
    return true;
}

static bool is(const struct word *word, const char *text)
{
    return word->len == strlen(text) && memcmp(word->at, text, word->len) == 0;
}

static bool take_string(struct scan *scan, struct word *word)
{
    if (!take(scan, '"'))
        return false;
    word->at = scan->at;
    while (scan->at < scan->end && *scan->at != '"') {
        if (*scan->at < 0x20)
            return false;
        if (*scan->at == '\\' && ++scan->at == scan->end)
            return false;
        scan->at++;
    }
    if (scan->at == scan->end)
        return false;
    word->len = (size_t)(scan->at - word->at);
    scan->at++;
    return true;
}

/* A number, true, false or null. */
static bool take_plain(struct scan *scan, struct word *word)
{
    skip_blanks(scan);
    word->at = scan->at;
    while (scan->at < scan->end && *scan->at != '\0' &&
            strchr("abcdefghijklmnopqrstuvwxyz0123456789+-.E", *scan->at))
        scan->at++;
    word->len = (size_t)(scan->at - word->at);
    return word->len > 0;
}

/* Step over an object or array, its brackets counted, not matched. */
static bool skip_nested(struct scan *scan)
{
    struct word word;
    int depth = 0;

    do {
        skip_blanks(scan);
        if (scan->at == scan->end)
            return false;
        if (*scan->at == '"') {
            if (!take_string(scan, &word))
                return false;
            continue;
        }
        if (*scan->at == '{' || *scan->at == '[')
            depth++;
        else if (*scan->at == '}' || *scan->at == ']')
            depth--;
        scan->at++;
    } while (depth > 0 && depth <= DEPTH_MOST);
    return depth == 0;
}

/* Crockford's letters: no I, L, O, U; as the hub writes them, upper case. */
static int digit(uint8_t c)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* 26 digits of 5 bits are 130: the first two bits are none. */
static bool read_ulid(const struct word *word, uint8_t id[DEVICE_ID_BYTES])
{
    uint32_t bits = 0;
    uint32_t have = 0;
    size_t out = 0;

    if (word->len != ULID_CHARS || word->at[0] < '0' || word->at[0] > '7')
        return false;
    for (size_t i = 0; i < ULID_CHARS; i++) {
        int value = digit(word->at[i]);

        if (value < 0)
            return false;
        bits = (bits << 5 | (uint32_t)value) & 0xFFFF;
        have += i == 0 ? 3 : 5;
        if (have >= 8) {
            have -= 8;
            id[out++] = (uint8_t)(bits >> have);
        }
    }
    return true;
}

/* Milliseconds; what is longer than any date is no time. */
static bool read_number(const struct word *word, uint64_t *number)
{
    uint64_t value = 0;

    if (word->len > 15)
        return false;
    for (size_t i = 0; i < word->len; i++) {
        if (word->at[i] < '0' || word->at[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(word->at[i] - '0');
    }
    *number = value;
    return true;
}

/* Seconds; what nobody could sleep says nothing. */
static uint32_t next_of(const struct word *word)
{
    uint64_t number;

    return read_number(word, &number) && number <= NEXT_MOST ? (uint32_t)number
                                                             : 0;
}

static bool take_member(
        struct scan *scan, struct receipt *receipt, bool *has_id)
{
    struct word key;
    struct word value;

    if (!take_string(scan, &key) || !take(scan, ':'))
        return false;
    skip_blanks(scan);
    if (scan->at == scan->end)
        return false;
    if (*scan->at == '{' || *scan->at == '[') {
        receipt->is_refused = receipt->is_refused || is(&key, "error");
        return skip_nested(scan);
    }
    if (*scan->at == '"') {
        if (!take_string(scan, &value))
            return false;
        if (!is(&key, "id"))
            return true;
        if (*has_id)
            return false;
        return *has_id = read_ulid(&value, receipt->id);
    }
    if (!take_plain(scan, &value))
        return false;
    if (is(&key, "retry"))
        receipt->retry = is(&value, "true");
    if (is(&key, "next"))
        receipt->next_s = next_of(&value);
    return !is(&key, "ts") || read_number(&value, &receipt->ts_ms);
}

bool receipt_read(struct receipt *receipt, const uint8_t *bytes, size_t len)
{
    struct scan scan = { bytes, bytes + len };
    struct receipt found = { .ts_ms = 0 };
    bool has_id = false;
    uint32_t members = 0;

    if (len == 0 || !take(&scan, '{'))
        return false;
    do {
        if (++members > MEMBERS || !take_member(&scan, &found, &has_id))
            return false;
    } while (take(&scan, ','));
    if (!take(&scan, '}') || !has_id)
        return false;
    skip_blanks(&scan);
    if (scan.at != scan.end)
        return false;
    *receipt = found;
    return true;
}
