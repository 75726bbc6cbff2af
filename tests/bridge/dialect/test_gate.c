#include "bridge/dialect/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fault fault;

static enum err gate(const char *text)
{
    fault = (struct fault){ 0 };
    return json_gate(text, strlen(text), &fault);
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

static char *object_of(unsigned keys)
{
    struct buf text;

    buf_init(&text, 8192);
    for (unsigned i = 0; i < keys; i++)
        buf_printf(&text, "%c\"k%u\":%u", i ? ',' : '{', i, i);
    buf_puts(&text, "}");
    buf_putc(&text, '\0');
    return text.data;
}

static void an_object_has_at_most_64_keys(void **unused)
{
    char *text = object_of(64);

    (void)unused;
    expect(ERR_OK, text);
    free(text);
    text = object_of(65);
    expect(ERR_TOO_LARGE, text);
    free(text);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_json_is_passes),
        cmocka_unit_test(what_json_is_not_is_refused),
        cmocka_unit_test(no_control_character_passes_raw_or_escaped),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(
                a_key_may_stand_once_in_an_object_however_it_is_spelled),
        cmocka_unit_test(each_limit_is_exact),
        cmocka_unit_test(an_object_has_at_most_64_keys),
        cmocka_unit_test(a_fault_says_where),
        cmocka_unit_test(a_fault_is_plain_text_however_the_keys_look),
        cmocka_unit_test(nothing_behind_the_end_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
