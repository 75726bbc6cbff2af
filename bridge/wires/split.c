#include "bridge/wires/split.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
    while (at < len && is_blank(text[at]))
        at++;
    return at;
}

bool split_is_array(const char *text, size_t len)
{
    size_t at = skip_blanks(text, len, 0);

    return at < len && text[at] == '[';
}

/* From a string's opening quote to behind the closing one. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++)
        if (text[at] == '\\')
            at++;
    return at + 1;
}

/* From an element's first character to the comma or bracket behind it. */
static size_t skip_element(const char *text, size_t len, size_t at)
{
    uint32_t depth = 0;

    while (at < len) {
        char c = text[at];

        if (c == '"') {
            at = skip_string(text, len, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == ']'))
            return at;
        if (c == '[' || c == '{')
            depth++;
        else if (c == ']' || c == '}')
            depth--;
        at++;
    }
    return len;
}

size_t split_array(
        const char *text, size_t len, struct piece *pieces, size_t most)
{
    size_t at = skip_blanks(text, len, 0) + 1, count = 0;

    for (;; at++) {
        size_t start = at = skip_blanks(text, len, at), end;

        if (at >= len || text[at] == ']') /* the end, or an empty array */
            return count;
        end = at = skip_element(text, len, at);
        while (end > start && is_blank(text[end - 1]))
            end--;
        if (count < most)
            pieces[count] = (struct piece){ text + start, end - start };
        count++;
        if (at >= len || text[at] == ']')
            return count;
    }
}
