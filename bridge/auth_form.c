#include "bridge/auth_form.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bridge/dialect/dialect.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* text[0..len) as bytes; their number, or 0: it is not in base 64. `out` has
 * room for three of four characters. */
static size_t decode(const char *text, size_t len, char *out)
{
    uint32_t bits = 0, count = 0;
    size_t made = 0;

    for (size_t i = 0; i < len; i++) {
        const char *digit = memchr(digits, text[i], sizeof(digits) - 1);

        if (!digit)
            return 0;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        out[made++] = (char)(bits >> count);
        bits &= (1u << count) - 1;
    }
    /* A single character left over is no byte; what is left of two or three
     * must be nothing, or two texts would mean the same. */
    return count < 6 && bits == 0 ? made : 0;
}

static bool is_object(const char *text, size_t len)
{
    struct fault fault;

    return text[0] == '{' && json_gate(text, len, &fault) == ERR_OK;
}

bool token_is_formed(const char *token)
{
    char bytes[AUTH_TOKEN_CHARS];
    const char *part = token;

    if (strnlen(token, AUTH_TOKEN_CHARS + 1) > AUTH_TOKEN_CHARS)
        return false;
    for (int i = 0; i < 3; i++) {
        size_t len = strcspn(part, "."), made = decode(part, len, bytes);

        if (made == 0 || (i < 2 && !is_object(bytes, made)))
            return false;
        part += len;
        if (*part++ != (i < 2 ? '.' : '\0'))
            return false;
    }
    return true;
}
