#include "bridge/ws/target.h"

#include <string.h>

#include "hub/base/hex.h"

#define METHOD_CHARS 16 /* longest that is looked for */

static size_t read_method(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && at < METHOD_CHARS && text[at] >= 'A' && text[at] <= 'Z')
        at++;
    return at;
}

static bool is_end(char c)
{
    return c == ' ' || c == '\r' || c == '\n';
}

bool target_read(const char *text, size_t len, struct target *target)
{
    size_t start = read_method(text, len) + 1, end = start;
    const char *mark;

    if (start == 1 || len <= start || text[start - 1] != ' ' ||
            text[start] != '/')
        return false;
    while (end < len && !is_end(text[end]))
        end++;
    mark = memchr(text + start, '?', end - start);
    *target = (struct target){ .path = text + start,
        .path_len = (mark ? (size_t)(mark - text) : end) - start,
        .query = mark ? mark + 1 : text + end,
        .is_whole = end < len };
    target->query_len = (size_t)(text + end - target->query);
    return true;
}

/* `left` bytes from a "%" on. What is cut off may still become an escape. */
static bool is_good_escape(const char *text, size_t left, bool is_whole)
{
    int high, low;

    if (left < 3 && !is_whole)
        return true;
    high = left > 1 ? hex_digit(text[1]) : -1;
    low = left > 2 ? hex_digit(text[2]) : -1;
    if (high < 0 || low < 0)
        return false;
    return !memchr("\0\r\n", high << 4 | low, 3);
}

bool target_is_misread(const struct target *target)
{
    const char *end = target->query + target->query_len;

    for (const char *at = target->path; at < end; at++) {
        if (*at == '\0')
            return true;
        if (*at == '%' &&
                !is_good_escape(at, (size_t)(end - at), target->is_whole))
            return true;
    }
    return false;
}
