#include "bridge/dialect/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/buf.h"

static struct fault fault;
static const struct json_limits *limits = &json_strict;

static enum err gate(const char *text)
{
    fault = (struct fault){ 0 };
    return json_gate_within(text, strlen(text), limits, &fault);
}

static void expect(enum err wanted, const char *text)
{
    enum err err = gate(text);

    if (err != wanted)
        fail_msg("%.60s: %s, %s", text, err_kinds[err].name, fault.text);
    assert_int_equal(fault.code, wanted);
}

static void expect_all(enum err wanted, const char *const texts[])
{
    for (; *texts; texts++)
        expect(wanted, *texts);
}

/* `count` times `piece` between `open` and `close`; to be freed. */
static char *repeat(
        const char *open, const char *piece, size_t count, const char *close)
{
    struct buf text;

    buf_init(&text, 1 << 22);
    buf_puts(&text, open);
    for (size_t i = 0; i < count; i++)
        buf_puts(&text, piece);
    buf_puts(&text, close);
    buf_putc(&text, '\0');
    assert_false(text.failed);
    return text.data;
}

static void expect_repeated(enum err wanted, const char *open,
        const char *piece, size_t count, const char *close)
{
    char *text = repeat(open, piece, count, close);

    expect(wanted, text);
    free(text);
}

static void what_json_is_passes(void **unused)
{
    static const char *const good[] = { "{}", "[]", "null", "true", "false",
        "0", "-0", "-1.5e-7", "1E+2", "\"\"", " \t\r\n[ 1 , 2 ]\n",
        "{\"a\":{\"b\":[1,\"x\",null,{}]},\"c\":[]}", "{\"\":1}",
        "\"\\\"\\\\\\/\\n\\r\\t\\u00e9\\ud83c\\udf5d\"", "\"\xc3\xa9\"",
        "{\"a\":1,\"A\":2}", "[0,0]", "\"\x7f\"", NULL };

    (void)unused;
    expect_all(ERR_OK, good);
}

static void what_json_is_not_is_refused(void **unused)
{
    static const char *const bad[] = { "", " ", "{", "[", "]", "[1,]", "[,1]",
        "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
        "{1:1}", "[1]x", "[1][2]", "nul", "nulls", "True", "NaN", "Infinity",
        "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x10", "-a", "\"",
        "\"a", "\"\\\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "//x\n1",
        "[1]//x", "\xef\xbb\xbf{}", "{\"a\":1}}", "\"a\" \"b\"", NULL };

    (void)unused;
    expect_all(ERR_BAD_JSON, bad);
}

static void no_control_character_passes_raw_or_escaped(void **unused)
{
    (void)unused;
    for (int c = 0; c < 0x20; c++) {
        char raw[] = { '"', (char)c, '"' };
        char escaped[16];

        assert_int_equal(json_gate(raw, sizeof(raw), &fault), ERR_BAD_JSON);
        snprintf(escaped, sizeof(escaped), "\"\\u%04x\"", (unsigned)c);
        expect(c == '\n' || c == '\r' || c == '\t' ? ERR_OK : ERR_BAD_JSON,
                escaped);
    }
    expect(ERR_BAD_JSON, "\"\\b\"");
    expect(ERR_BAD_JSON, "\"\\f\"");
    assert_int_equal(json_gate("[1]\0", 4, &fault), ERR_BAD_JSON);
}

static void text_that_is_not_utf8_is_refused(void **unused)
{
    static const char *const bad[] = { "\"\x80\"", "\"\xc3\"", "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xff\"",
        "{\"\xe2\x82\":1}", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
        "\"\\ud800x\"", NULL };

    (void)unused;
    expect_all(ERR_BAD_UTF8, bad);
}

static void a_key_may_stand_once_in_an_object_however_it_is_spelled(
        void **unused)
{
    (void)unused;
    expect(ERR_DUPLICATE_KEY, "{\"a\":1,\"a\":2}");
    expect(ERR_DUPLICATE_KEY, "{\"a\":1,\"b\":2,\"\\u0061\":3}");
    expect(ERR_DUPLICATE_KEY, "{\"x\":{\"\xc3\xa9\":1,\"\\u00E9\":2}}");
    expect(ERR_DUPLICATE_KEY, "{\"\":1,\"\":2}");
    expect(ERR_OK, "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}");
}

static void each_limit_is_exact(void **unused)
{
    (void)unused;
    expect_repeated(ERR_OK, "", "[", 8, "]]]]]]]]");
    expect_repeated(ERR_TOO_LARGE, "", "[", 9, "]]]]]]]]]");
    expect_repeated(ERR_OK, "[0", ",0", 255, "]");
    expect_repeated(ERR_TOO_LARGE, "[0", ",0", 256, "]");
    expect_repeated(ERR_OK, "\"", "a", 2048, "\"");
    expect_repeated(ERR_TOO_LARGE, "\"", "a", 2049, "\"");
    expect_repeated(ERR_OK, "\"", "\\u00e9", 1024, "\"");
    expect_repeated(ERR_TOO_LARGE, "\"", "\\u00e9", 1025, "\"");
    expect_repeated(ERR_OK, "", "1", 17, "");
    expect_repeated(ERR_TOO_LARGE, "", "1", 18, "");
    expect_repeated(ERR_OK, "0.", "0", 37, "1");
    expect_repeated(ERR_TOO_LARGE, "0.", "0", 38, "1");
    expect(ERR_OK, "9.9e307");
    expect(ERR_TOO_LARGE, "1e308");
    expect(ERR_TOO_LARGE, "-10e307");
    expect(ERR_TOO_LARGE, "1e99999999999999999999");
    expect(ERR_OK, "1e-99999999999999999999");
    expect(ERR_OK, "0e99999999999999999999");
}

/* An object of so many keys, in another one; to be freed. */
static char *object_of(unsigned keys)
{
    struct buf text;

    buf_init(&text, 1 << 20);
    buf_puts(&text, "{\"k1\":");
    for (unsigned i = 0; i < keys; i++)
        buf_printf(&text, "%c\"k%u\":%u", i ? ',' : '{', i, i);
    buf_puts(&text, keys ? "},\"k0\":1}" : "{},\"k0\":1}");
    buf_putc(&text, '\0');
    assert_false(text.failed);
    return text.data;
}

static void expect_keys(enum err wanted, unsigned keys)
{
    char *text = object_of(keys);

    expect(wanted, text);
    free(text);
}

static void an_object_has_at_most_64_keys(void **unused)
{
    (void)unused;
    expect_keys(ERR_OK, 64);
    expect_keys(ERR_TOO_LARGE, 65);
}

static void expect_depth(enum err wanted, unsigned depth)
{
    char *close = repeat("", "]", depth, "");

    expect_repeated(wanted, "", "[", depth, close);
    free(close);
}

/* Each limit of `own`, the others being wide, and what it says beyond it. */
static void expect_exact(const struct json_limits *own)
{
    struct json_limits one = json_wide;

    limits = &one;
    one.depth = own->depth;
    expect_depth(ERR_OK, own->depth);
    expect_depth(ERR_TOO_LARGE, own->depth + 1);
    one = json_wide;
    one.string_bytes = own->string_bytes;
    expect_repeated(ERR_OK, "[\"", "a", own->string_bytes, "\"]");
    expect_repeated(ERR_TOO_LARGE, "[\"", "a", own->string_bytes + 1, "\"]");
    expect_repeated(ERR_OK, "{\"", "a", own->string_bytes, "\":1}");
    expect_repeated(ERR_TOO_LARGE, "{\"", "a", own->string_bytes + 1, "\":1}");
    one = json_wide;
    one.keys = own->keys;
    expect_keys(ERR_OK, own->keys);
    expect_keys(ERR_TOO_LARGE, own->keys + 1);
    one = json_wide;
    one.elements = own->elements;
    expect_repeated(ERR_OK, "[0", ",0", own->elements - 1, "]");
    expect_repeated(ERR_TOO_LARGE, "[0", ",0", own->elements, "]");
}

static void limits_are_an_argument_and_each_is_exact(void **unused)
{
    static const struct json_limits some[] = { { 8, 2048, 64, 256 },
        { JSON_DEPTH_MAX, 100000, 1024, 5000 }, { 2, 3, 2, 1 } };

    (void)unused;
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
        expect_exact(&some[i]);
}

static void the_fault_names_the_limit_that_was_given(void **unused)
{
    static const struct json_limits own = { 3, 4, 5, 6 };

    (void)unused;
    limits = &own;
    expect(ERR_TOO_LARGE, "[[[[]]]]");
    assert_string_equal(fault.text, "nesting deeper than 3 at byte 3");
    expect(ERR_TOO_LARGE, "\"abcde\"");
    assert_string_equal(fault.text, "a string over 4 bytes at byte 6");
    expect(ERR_TOO_LARGE, "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1}");
    assert_string_equal(fault.text, "an object of over 5 keys at byte 34");
    expect(ERR_TOO_LARGE, "[0,0,0,0,0,0,0]");
    assert_string_equal(fault.text, "an array of over 6 elements at byte 13");
}

static void what_is_wide_carries_what_others_say(void **unused)
{
    (void)unused;
    limits = &json_wide;
    expect_depth(ERR_OK, 64);
    expect_depth(ERR_TOO_LARGE, 65);
    expect_keys(ERR_OK, 1024);
    expect_keys(ERR_TOO_LARGE, 1025);
    expect_repeated(ERR_OK, "\"", "a", 1 << 20, "\"");
    expect_repeated(ERR_OK, "[0", ",0", 1 << 20, "]");
}

/* Keys of as many open objects as there may be, each object full. */
static void no_key_stands_twice_among_however_many(void **unused)
{
    struct buf text;

    (void)unused;
    limits = &json_wide;
    buf_init(&text, 1 << 22);
    for (unsigned depth = 0; depth < 64; depth++)
        for (unsigned key = 0; key < 1024; key++)
            buf_printf(&text, "%c\"%u\":%s", key ? ',' : '{', key,
                    key == 1023 ? "" : "0");
    buf_puts(&text, "0");
    for (unsigned depth = 0; depth < 64; depth++)
        buf_putc(&text, '}');
    buf_putc(&text, '\0');
    assert_false(text.failed);
    expect(ERR_OK, text.data);
    /* The innermost one's last key is now its 24th again. */
    memcpy(strstr(strstr(text.data, ":0}") - 5, "1023"), "0023", 4);
    expect(ERR_OK, text.data);
    memcpy(strstr(text.data, "\"0023\""), " \"23\" ", 6);
    expect(ERR_DUPLICATE_KEY, text.data);
    buf_finish(&text);
}

static void a_fault_says_where(void **unused)
{
    (void)unused;
    gate("{\"order\":{\"id\":\"a\",\"items\":[{},{\"name\":\"x\x01\"}]}}");
    assert_string_equal(fault.field, "order.items[1].name");
    assert_string_equal(fault.text, "a control character at byte 41");
    gate("[1,2,");
    assert_string_equal(fault.field, "[2]");
    assert_string_equal(fault.text, "the text ends too early at byte 5");
}

/* Neither the field nor the sentence repeats what could harm a terminal. */
static void a_fault_is_plain_text_however_the_keys_look(void **unused)
{
    (void)unused;
    expect(ERR_BAD_JSON, "{\"\xc2\x9b"
                         "31m\":tru}");
    for (const char *c = fault.field; *c; c++)
        assert_true(*c >= 0x20 && *c <= 0x7e);
    expect_repeated(ERR_BAD_JSON, "{\"", "k", 2000, "\":x}");
    assert_true(strlen(fault.field) <= FAULT_FIELD_CHARS);
}

/* Bytes behind the length do not count; ASan watches over the rest. */
static void nothing_behind_the_end_is_read(void **unused)
{
    static const char text[] = "{\"a\":[tru\\u00e9e,-1.5e3]}";

    (void)unused;
    for (size_t len = 0; len < sizeof(text); len++) {
        char *copy = malloc(len + 1);

        memcpy(copy, text, len);
        copy = realloc(copy, len ? len : 1);
        assert_int_not_equal(json_gate(copy, len, &fault), ERR_OK);
        free(copy);
    }
    assert_int_equal(json_gate("12", 1, &fault), ERR_OK);
}

static int begin(void **unused)
{
    (void)unused;
    limits = &json_strict;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_json_is_passes, begin),
        cmocka_unit_test_setup(what_json_is_not_is_refused, begin),
        cmocka_unit_test_setup(
                no_control_character_passes_raw_or_escaped, begin),
        cmocka_unit_test_setup(text_that_is_not_utf8_is_refused, begin),
        cmocka_unit_test_setup(
                a_key_may_stand_once_in_an_object_however_it_is_spelled, begin),
        cmocka_unit_test_setup(each_limit_is_exact, begin),
        cmocka_unit_test_setup(an_object_has_at_most_64_keys, begin),
        cmocka_unit_test_setup(limits_are_an_argument_and_each_is_exact, begin),
        cmocka_unit_test_setup(the_fault_names_the_limit_that_was_given, begin),
        cmocka_unit_test_setup(what_is_wide_carries_what_others_say, begin),
        cmocka_unit_test_setup(no_key_stands_twice_among_however_many, begin),
        cmocka_unit_test_setup(a_fault_says_where, begin),
        cmocka_unit_test_setup(
                a_fault_is_plain_text_however_the_keys_look, begin),
        cmocka_unit_test_setup(nothing_behind_the_end_is_read, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
