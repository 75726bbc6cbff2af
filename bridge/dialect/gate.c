#include "bridge/dialect/gate.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/utf8.h"

#define FEW_KEYS         512 /* of all open objects: no memory is asked for */
#define DIGITS_MAX       17
#define NUMBER_CHARS     40
#define NUMBER_MAGNITUDE 307 /* of the first digit: well within a double */

const struct json_limits json_strict = {
    .depth = 8, .string_bytes = 2048, .keys = 64, .elements = 256
};

const struct json_limits json_wide = { .depth = JSON_DEPTH_MAX,
    .string_bytes = UINT32_MAX,
    .keys = 1024,
    .elements = UINT32_MAX };

/* An array or object that is being read. */
struct level {
    bool list;
    uint32_t count;         /* elements or keys begun */
    size_t first;           /* of an object's keys in gate->keys */
    size_t key_at, key_len; /* the key that stands last, without quotes */
};

struct gate {
    const char *text;
    size_t len;
    size_t at;
    const struct json_limits *limits;
    struct fault *fault;
    uint32_t depth;
    uint64_t
            *keys; /* hashes, of open objects: the innermost one's stand last */
    size_t key_count, key_room;
    uint64_t *more_keys; /* owned; NULL: they are in few_keys */
    struct level levels[JSON_DEPTH_MAX];
    uint64_t few_keys[FEW_KEYS];
};

/* --- refusing --- */

static void print_path(const struct gate *gate, char path[])
{
    size_t len = 0;

    path[0] = '\0';
    for (uint32_t i = 0; i < gate->depth; i++) {
        const struct level *level = &gate->levels[i];
        size_t room = FAULT_FIELD_CHARS + 1 - len;
        int more = 0;

        if (level->list && level->count > 0)
            more = snprintf(path + len, room, "[%u]", level->count - 1);
        else if (!level->list && level->key_len > 0)
            more = snprintf(path + len, room, "%s%.*s", len ? "." : "",
                    (int)level->key_len, gate->text + level->key_at);
        if (more < 0 || (size_t)more >= room)
            return;
        len += (size_t)more;
    }
}

static enum err refuse(struct gate *gate, enum err code, const char *what)
{
    char path[FAULT_FIELD_CHARS + 1];

    print_path(gate, path);
    return fault_set(gate->fault, code, path, "%s at byte %zu", what, gate->at);
}

static enum err refuse_over(
        struct gate *gate, const char *what, uint32_t limit, const char *unit)
{
    char text[FAULT_TEXT_CHARS + 1];

    snprintf(text, sizeof(text), "%s %u%s", what, limit, unit);
    return refuse(gate, ERR_TOO_LARGE, text);
}

/* --- bytes --- */

/* The byte that stands next; 0 at the end, which is valid nowhere. */
static unsigned char peek(const struct gate *gate)
{
    return gate->at < gate->len ? (unsigned char)gate->text[gate->at] : 0;
}

static bool skip(struct gate *gate, char c)
{
    if (gate->at == gate->len || gate->text[gate->at] != c)
        return false;
    gate->at++;
    return true;
}

static void skip_space(struct gate *gate)
{
    while (skip(gate, ' ') || skip(gate, '\n') || skip(gate, '\t') ||
            skip(gate, '\r'))
        ;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* --- strings --- */

static bool hex4(struct gate *gate, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = peek(gate);

        if (is_digit(c))
            c = (unsigned char)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            c = (unsigned char)((c | 0x20) - 'a' + 10);
        else
            return false;
        *value = *value << 4 | c;
        gate->at++;
    }
    return true;
}

static size_t put_utf8(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

/* After "\u". */
static enum err unicode_escape(struct gate *gate, char out[4], size_t *size)
{
    uint32_t point, low;

    if (!hex4(gate, &point))
        return refuse(gate, ERR_BAD_JSON, "an escape is not four hex digits");
    if (point < 0x20 && point != '\n' && point != '\r' && point != '\t')
        return refuse(gate, ERR_BAD_JSON, "a control character");
    if (point >= 0xd800 && point <= 0xdfff) {
        if (point > 0xdbff || !skip(gate, '\\') || !skip(gate, 'u') ||
                !hex4(gate, &low) || low < 0xdc00 || low > 0xdfff)
            return refuse(gate, ERR_BAD_UTF8, "half of a surrogate pair");
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    *size = put_utf8(point, out);
    return ERR_OK;
}

/* After the backslash. */
static enum err escape(struct gate *gate, char out[4], size_t *size)
{
    static const char from[] = "\"\\/nrt", to[] = "\"\\/\n\r\t";
    unsigned char c = peek(gate);
    const char *at = c ? strchr(from, c) : NULL;

    if (c == 'b' || c == 'f')
        return refuse(gate, ERR_BAD_JSON, "a control character");
    if (!at && c != 'u')
        return refuse(gate, ERR_BAD_JSON, "an unknown escape");
    gate->at++;
    if (c == 'u')
        return unicode_escape(gate, out, size);
    out[0] = to[at - from];
    *size = 1;
    return ERR_OK;
}

/* One character, as UTF-8. */
static enum err character(struct gate *gate, char out[4], size_t *size)
{
    if (gate->at == gate->len)
        return refuse(gate, ERR_BAD_JSON, "a string without an end");
    if (skip(gate, '\\'))
        return escape(gate, out, size);
    if (peek(gate) < 0x20)
        return refuse(gate, ERR_BAD_JSON, "a control character");
    *size = utf8_char(gate->text + gate->at, gate->len - gate->at);
    if (*size == 0)
        return refuse(gate, ERR_BAD_UTF8, "invalid UTF-8");
    memcpy(out, gate->text + gate->at, *size);
    gate->at += *size;
    return ERR_OK;
}

/* FNV-1a over the string's characters, escapes resolved. */
static enum err string(struct gate *gate, uint64_t *hash)
{
    size_t total = 0;

    *hash = 0xcbf29ce484222325u;
    gate->at++;
    while (!skip(gate, '"')) {
        char bytes[4];
        size_t size = 0;
        enum err err = character(gate, bytes, &size);

        if (err != ERR_OK)
            return err;
        total += size;
        if (total > gate->limits->string_bytes)
            return refuse_over(gate, "a string over",
                    gate->limits->string_bytes, " bytes");
        for (size_t i = 0; i < size; i++)
            *hash = (*hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    }
    return ERR_OK;
}

/* --- numbers --- */

struct number {
    unsigned digits;   /* significant ones: from the first that is not 0 */
    int magnitude;     /* power of ten of the first of them */
    bool negative_exp; /* of the exponent */
    unsigned exponent;
};

static void significant(struct number *number, unsigned char c, int power)
{
    if (number->digits == 0 && c != '0')
        number->magnitude = power;
    if (number->digits > 0 || c != '0')
        number->digits++;
}

static bool fraction(struct gate *gate, struct number *number)
{
    int power = -1;

    if (!is_digit(peek(gate)))
        return false;
    for (; is_digit(peek(gate)); gate->at++)
        significant(number, peek(gate), power--);
    return true;
}

static bool exponent(struct gate *gate, struct number *number)
{
    number->negative_exp = skip(gate, '-');
    if (!number->negative_exp)
        skip(gate, '+');
    if (!is_digit(peek(gate)))
        return false;
    for (; is_digit(peek(gate)); gate->at++)
        if (number->exponent < 100000)
            number->exponent =
                    number->exponent * 10 + (unsigned)(peek(gate) - '0');
    return true;
}

static bool number_fits(const struct number *number, size_t chars)
{
    int shift = (int)number->exponent;

    if (chars > NUMBER_CHARS || number->digits > DIGITS_MAX)
        return false;
    if (number->negative_exp)
        shift = -shift;
    return number->digits == 0 || number->magnitude + shift <= NUMBER_MAGNITUDE;
}

static enum err number(struct gate *gate)
{
    struct number number = { 0 };
    size_t start = gate->at, end;
    bool well = true;

    skip(gate, '-');
    if (!is_digit(peek(gate)))
        return refuse(gate, ERR_BAD_JSON, "a number without digits");
    if (!skip(gate, '0')) {
        for (end = gate->at; end < gate->len; end++)
            if (!is_digit((unsigned char)gate->text[end]))
                break;
        for (; gate->at < end; gate->at++)
            significant(&number, peek(gate), (int)(end - gate->at) - 1);
    }
    if (skip(gate, '.'))
        well = fraction(gate, &number);
    if (well && (skip(gate, 'e') || skip(gate, 'E')))
        well = exponent(gate, &number);
    if (!well)
        return refuse(gate, ERR_BAD_JSON, "an unfinished number");
    if (!number_fits(&number, gate->at - start))
        return refuse(
                gate, ERR_TOO_LARGE, "a number of over 17 digits or too large");
    return ERR_OK;
}

/* --- values --- */

static enum err value(struct gate *gate);

static enum err literal(struct gate *gate)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);

        if (gate->len - gate->at >= len &&
                memcmp(gate->text + gate->at, words[i], len) == 0) {
            gate->at += len;
            return ERR_OK;
        }
    }
    if (gate->at == gate->len)
        return refuse(gate, ERR_BAD_JSON, "the text ends too early");
    return refuse(gate, ERR_BAD_JSON, "an unexpected character");
}

/* For one more key. */
static bool make_room(struct gate *gate)
{
    size_t room = 2 * gate->key_room;
    uint64_t *keys;

    if (gate->key_count < gate->key_room)
        return true;
    keys = realloc(gate->more_keys, room * sizeof(*keys));
    if (!keys)
        return false;
    if (!gate->more_keys)
        memcpy(keys, gate->few_keys, sizeof(gate->few_keys));
    gate->keys = gate->more_keys = keys;
    gate->key_room = room;
    return true;
}

/* Equal keys have equal hashes: none gets through twice. */
static enum err add_key(struct gate *gate, struct level *level, uint64_t hash)
{
    for (size_t i = level->first; i < gate->key_count; i++)
        if (gate->keys[i] == hash)
            return refuse(gate, ERR_DUPLICATE_KEY, "a key stands twice");
    if (level->count == gate->limits->keys)
        return refuse_over(
                gate, "an object of over", gate->limits->keys, " keys");
    if (!make_room(gate))
        return fault_set(gate->fault, ERR_NO_MEMORY, NULL, NULL);
    gate->keys[gate->key_count++] = hash;
    level->count++;
    return ERR_OK;
}

static enum err member(struct gate *gate, struct level *level)
{
    uint64_t hash;
    enum err err;

    skip_space(gate);
    level->key_len = 0;
    if (peek(gate) != '"')
        return refuse(gate, ERR_BAD_JSON, "a key is expected");
    level->key_at = gate->at + 1;
    err = string(gate, &hash);
    if (err != ERR_OK)
        return err;
    level->key_len = gate->at - 1 - level->key_at;
    err = add_key(gate, level, hash);
    if (err != ERR_OK)
        return err;
    skip_space(gate);
    if (!skip(gate, ':'))
        return refuse(gate, ERR_BAD_JSON, "a colon is expected");
    return value(gate);
}

static enum err element(struct gate *gate, struct level *level)
{
    if (level->count == gate->limits->elements)
        return refuse_over(
                gate, "an array of over", gate->limits->elements, " elements");
    level->count++;
    return value(gate);
}

static enum err members(struct gate *gate, struct level *level)
{
    char close = level->list ? ']' : '}';

    skip_space(gate);
    if (skip(gate, close))
        return ERR_OK;
    for (;;) {
        enum err err = level->list ? element(gate, level) : member(gate, level);

        if (err != ERR_OK)
            return err;
        skip_space(gate);
        if (skip(gate, close))
            return ERR_OK;
        if (!skip(gate, ','))
            return refuse(gate, ERR_BAD_JSON,
                    level->list ? "a comma or ] is expected"
                                : "a comma or } is expected");
    }
}

static enum err container(struct gate *gate)
{
    struct level *level;
    enum err err;

    if (gate->depth == gate->limits->depth)
        return refuse_over(gate, "nesting deeper than", gate->depth, "");
    level = &gate->levels[gate->depth];
    level->list = peek(gate) == '[';
    level->count = 0;
    level->first = gate->key_count;
    level->key_len = 0;
    gate->at++;
    gate->depth++;
    err = members(gate, level);
    gate->depth--;
    gate->key_count = level->first;
    return err;
}

/* Recursion ends at the limit of depth. */
static enum err value(struct gate *gate)
{
    uint64_t hash;
    unsigned char c;

    skip_space(gate);
    c = peek(gate);
    if (c == '{' || c == '[')
        return container(gate);
    if (c == '"')
        return string(gate, &hash);
    if (c == '-' || is_digit(c))
        return number(gate);
    return literal(gate);
}

static enum err whole(struct gate *gate)
{
    enum err err = value(gate);

    if (err != ERR_OK)
        return err;
    skip_space(gate);
    if (gate->at < gate->len)
        return refuse(gate, ERR_BAD_JSON, "something after the value");
    return ERR_OK;
}

enum err json_gate_within(const char *text, size_t len,
        const struct json_limits *limits, struct fault *fault)
{
    struct gate gate;
    enum err err;

    assert(limits->depth <= JSON_DEPTH_MAX);
    /* Levels and keys are set when they are entered: 6 KiB need no clearing. */
    gate.text = text;
    gate.len = len;
    gate.at = 0;
    gate.limits = limits;
    gate.fault = fault;
    gate.depth = 0;
    gate.keys = gate.few_keys;
    gate.key_count = 0;
    gate.key_room = FEW_KEYS;
    gate.more_keys = NULL;
    err = whole(&gate);
    free(gate.more_keys);
    return err;
}

enum err json_gate(const char *text, size_t len, struct fault *fault)
{
    return json_gate_within(text, len, &json_strict, fault);
}
