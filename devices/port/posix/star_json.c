#include "devices/port/posix/star_json.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MOST 8
#define NAME_BYTES 64

struct scan {
    const char *at;
    const char *end;
};

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && *scan->at && strchr(" \t\r\n", *scan->at))
        scan->at++;
}

static bool take(struct scan *scan, char c)
{
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    int value = at ? (int)(at - digits) : -1;

    return value > 15 ? value - 6 : value;
}

/* Behind the backslash. Returns the character, or -1. */
static int take_escape(struct scan *scan)
{
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    const char *name;
    int point = 0;

    if (scan->at == scan->end)
        return -1;
    if (*scan->at != 'u') {
        name = *scan->at ? strchr(names, *scan->at++) : NULL;
        return name ? means[name - names] : -1;
    }
    scan->at++;
    for (int i = 0; i < 4; i++) {
        int digit = scan->at < scan->end ? hex_digit(*scan->at) : -1;

        if (digit < 0)
            return -1;
        point = point * 16 + digit;
        scan->at++;
    }
    return point > 0 && point < 0x80 ? point : '?';
}

/* A string into out[0..cap), or only over it if `out` is NULL. */
static bool take_string(struct scan *scan, char *out, size_t cap, bool *fits)
{
    size_t len = 0;

    if (!take(scan, '"'))
        return false;
    while (scan->at < scan->end && *scan->at != '"') {
        int c = (unsigned char)*scan->at++;

        if (c < 0x20)
            return false;
        if (c == '\\' && (c = take_escape(scan)) < 0)
            return false;
        if (out && len + 1 < cap)
            out[len] = (char)c;
        len++;
    }
    if (out)
        out[len < cap ? len : cap - 1] = '\0';
    *fits = len < cap;
    return take(scan, '"');
}

/* A number, true, false, null. */
static bool take_plain(struct scan *scan, char *out, size_t cap, bool *fits)
{
    const char *from;
    size_t len;

    skip_blanks(scan);
    from = scan->at;
    while (scan->at < scan->end && *scan->at &&
            strchr("abcdefghijklmnopqrstuvwxyz0123456789+-.E", *scan->at))
        scan->at++;
    len = (size_t)(scan->at - from);
    *fits = len < cap && !(len == 4 && memcmp(from, "null", 4) == 0);
    if (out && len < cap) {
        memcpy(out, from, len);
        out[len] = '\0';
    }
    return len > 0;
}

/* Step over an object or array, its brackets counted, not matched. */
static bool skip_nested(struct scan *scan)
{
    bool fits;
    int depth = 0;

    do {
        skip_blanks(scan);
        if (scan->at == scan->end)
            return false;
        if (*scan->at == '"') {
            if (!take_string(scan, NULL, 0, &fits))
                return false;
            continue;
        }
        depth += *scan->at == '{' || *scan->at == '[';
        depth -= *scan->at == '}' || *scan->at == ']';
        scan->at++;
    } while (depth > 0 && depth <= DEPTH_MOST);
    return depth == 0;
}

static bool take_value(struct scan *scan, char *out, size_t cap, bool *fits)
{
    *fits = false;
    skip_blanks(scan);
    if (scan->at == scan->end)
        return false;
    if (*scan->at == '"')
        return take_string(scan, out, cap, fits);
    if (*scan->at == '{' || *scan->at == '[')
        return skip_nested(scan);
    return take_plain(scan, out, cap, fits);
}

/* Through all members; `found` where the one with this name was taken. */
static bool walk(
        struct scan scan, const char *name, char *out, size_t cap, bool *found)
{
    char called[NAME_BYTES];
    bool fits, is_it;

    *found = false;
    if (!take(&scan, '{'))
        return false;
    if (take(&scan, '}'))
        return true;
    do {
        if (!take_string(&scan, called, sizeof(called), &fits) ||
                !take(&scan, ':'))
            return false;
        is_it = name && fits && strcmp(called, name) == 0;
        if (!take_value(&scan, is_it ? out : NULL, is_it ? cap : 0, &fits))
            return false;
        if (is_it) {
            *found = fits;
            return true;
        }
    } while (take(&scan, ','));
    if (!take(&scan, '}'))
        return false;
    skip_blanks(&scan);
    return scan.at == scan.end;
}

bool star_json_is_object(const char *text, size_t len)
{
    bool found;

    return walk((struct scan){ text, text + len }, NULL, NULL, 0, &found);
}

bool star_json_get(
        const char *text, size_t len, const char *name, char *out, size_t cap)
{
    bool found;

    return walk((struct scan){ text, text + len }, name, out, cap, &found) &&
           found;
}
