#include "bridge/dialect/parts.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17
#define POWER_MAX  100000 /* whatever is beyond is as good as this */

/* In front of a number's text while cJSON reads it as a string: the gate lets
 * no such character into any string. */
#define MARK '\x01'

/* --- text into a tree --- */

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
           c == 'e' || c == 'E';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* How long the number is that begins here; 0: none does. */
static size_t number_len(const char *text, size_t len)
{
    size_t end = 0;

    if (text[0] != '-' && !is_digit(text[0]))
        return 0;
    while (end < len && is_number_char(text[end]))
        end++;
    return end;
}

static size_t put_number(char *out, const char *number, size_t len)
{
    if (!memchr(number, '.', len) && !memchr(number, 'e', len) &&
            !memchr(number, 'E', len)) {
        memcpy(out, number, len);
        return len;
    }
    out[0] = '"';
    out[1] = MARK;
    memcpy(out + 2, number, len);
    out[len + 2] = '"';
    return len + 3;
}

/*
 * Copy a text that has passed the gate, with each number that is not written
 * as a whole one as a marked string. Such a number has at least three
 * characters, so the copy has at most twice the length.
 */
static size_t mark_fractions(const char *text, size_t len, char *out)
{
    bool quoted = false;
    size_t at = 0, to = 0;

    while (at < len) {
        size_t number = quoted ? 0 : number_len(text + at, len - at);

        if (number > 0) {
            to += put_number(out + to, text + at, number);
            at += number;
            continue;
        }
        if (quoted && text[at] == '\\')
            out[to++] = text[at++];
        else if (text[at] == '"')
            quoted = !quoted;
        out[to++] = text[at++];
    }
    return to;
}

/* Depth is what the gate allows. */
static void unmark(cJSON *item)
{
    char *text = cJSON_GetStringValue(item);
    cJSON *child;

    if (text && text[0] == MARK) {
        memmove(text, text + 1, strlen(text));
        item->type = cJSON_Raw;
    }
    cJSON_ArrayForEach(child, item) unmark(child);
}

cJSON *json_read(const char *text, size_t len, struct fault *fault)
{
    cJSON *json = NULL;
    char *copy;

    if (json_gate(text, len, fault) != ERR_OK)
        return NULL;
    copy = malloc(2 * len);
    if (copy)
        json = cJSON_ParseWithLength(copy, mark_fractions(text, len, copy));
    free(copy);
    if (json)
        unmark(json);
    else
        fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    return json;
}

bool json_whole(const cJSON *item, int64_t *number)
{
    double value;

    if (!cJSON_IsNumber(item))
        return false;
    value = item->valuedouble;
    if (value < -(double)JSON_WHOLE_MAX || value > (double)JSON_WHOLE_MAX)
        return false;
    *number = (int64_t)value;
    return true;
}

const char *json_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool dialect_read_member(
        const char *text, size_t len, const char *name, char *out, size_t size)
{
    struct fault fault;
    cJSON *json = len > 0 ? json_read(text, len, &fault) : NULL;
    const char *member = json ? json_text(json, name) : NULL;
    size_t chars = member ? strlen(member) : size;

    out[0] = '\0';
    if (chars < size)
        memcpy(out, member, chars + 1);
    cJSON_Delete(json);
    return chars < size;
}

bool dialect_read_yes(const char *text, size_t len, const char *name)
{
    struct fault fault;
    cJSON *json = len > 0 ? json_read(text, len, &fault) : NULL;
    bool yes =
            json && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, name));

    cJSON_Delete(json);
    return yes;
}

/* --- decimals --- */

/* One or more digits onto the number. False: none, or too many. */
static bool read_digits(
        const char **text, struct decimal *decimal, int *significant)
{
    if (!is_digit(**text))
        return false;
    for (; is_digit(**text); (*text)++) {
        *significant += *significant > 0 || **text != '0';
        if (*significant > DIGITS_MAX)
            return false;
        decimal->digits = decimal->digits * 10 + (**text - '0');
    }
    return true;
}

static bool read_exponent(const char **text, int *power)
{
    bool negative = **text == '-';
    int exponent = 0;

    if (**text == '-' || **text == '+')
        (*text)++;
    if (!is_digit(**text))
        return false;
    for (; is_digit(**text); (*text)++)
        if (exponent < POWER_MAX)
            exponent = exponent * 10 + (**text - '0');
    *power += negative ? -exponent : exponent;
    return true;
}

bool decimal_read(const char *text, struct decimal *decimal)
{
    bool negative = *text == '-';
    int significant = 0;
    const char *start;

    *decimal = (struct decimal){ 0 };
    if (negative)
        text++;
    if (text[0] == '0' && is_digit(text[1]))
        return false;
    if (!read_digits(&text, decimal, &significant))
        return false;
    if (*text == '.') {
        start = ++text;
        if (!read_digits(&text, decimal, &significant))
            return false;
        decimal->power = -(int)(text - start);
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        if (!read_exponent(&text, &decimal->power))
            return false;
    }
    if (negative)
        decimal->digits = -decimal->digits;
    return *text == '\0';
}

bool json_decimal(const cJSON *item, struct decimal *decimal)
{
    if (cJSON_IsRaw(item))
        return decimal_read(item->valuestring, decimal);
    decimal->power = 0;
    return json_whole(item, &decimal->digits);
}

static int64_t power_of_ten(int power) /* 0 to 18 */
{
    int64_t value = 1;

    for (; power > 0; power--)
        value *= 10;
    return value;
}

/* value / 10^places to the nearest; value is less than 10^18. */
static int64_t divide(int64_t value, int places, bool *near)
{
    int64_t unit, rest, away, dust;

    dust = places < 6         ? 0
           : places - 6 <= 18 ? power_of_ten(places - 6)
                              : INT64_MAX;
    if (places > 18) { /* less than a tenth */
        *near = value <= dust;
        return 0;
    }
    unit = power_of_ten(places);
    rest = value % unit;
    away = rest < unit - rest ? rest : unit - rest;
    *near = away <= dust;
    return value / unit + (rest >= unit - rest);
}

bool decimal_scale(const struct decimal *decimal, int factor, int shift,
        int64_t *whole, bool *near)
{
    bool negative = decimal->digits < 0;
    int64_t value = (negative ? -decimal->digits : decimal->digits) * factor;
    int power = decimal->power + shift;

    *near = true;
    if (power < 0)
        value = divide(value, -power, near);
    for (; power > 0 && value > 0 && value <= JSON_WHOLE_MAX; power--)
        value *= 10;
    if (value > JSON_WHOLE_MAX)
        return false;
    *whole = negative ? -value : value;
    return true;
}

void put_decimal(struct buf *out, int64_t whole, int places)
{
    uint64_t size = whole < 0 ? -(uint64_t)whole : (uint64_t)whole;
    uint64_t unit = (uint64_t)power_of_ten(places);
    uint64_t rest = size % unit;

    buf_printf(out, "%s%llu", whole < 0 ? "-" : "",
            (unsigned long long)(size / unit));
    if (rest == 0)
        return;
    for (; rest % 10 == 0; places--)
        rest /= 10;
    buf_printf(out, ".%0*llu", places, (unsigned long long)rest);
}
