#include "devices/port/posix/star_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In memory of just its length, so that one byte too far is seen. */
static bool get(const char *text, const char *name, char *out, size_t cap)
{
    size_t len = strlen(text);
    char *copy = malloc(len + 1);
    bool found;

    assert_non_null(copy);
    memmove(copy, text, len);
    copy = realloc(copy, len ? len : 1);
    found = star_json_get(copy, len, name, out, cap);
    if (!star_json_is_object(copy, len))
        assert_false(star_json_get(copy, len, "none", out, cap));
    free(copy);
    return found;
}

static bool is(const char *text, const char *value)
{
    char out[32];

    return get(text, "a", out, sizeof(out)) && strcmp(out, value) == 0;
}

static void a_member_is_found_by_its_name(void **unused)
{
    (void)unused;
    assert_true(is("{\"a\":\"x\"}", "x"));
    assert_true(is(" { \"b\" : [1,{\"a\":\"no\"}] , \"a\" : true } ", "true"));
    assert_true(is("{\"aa\":1,\"a\":-1.5E3}", "-1.5E3"));
    assert_true(is("{\"a\":\"\\u0041\\n\\\"\\u00e9\"}", "A\n\"?"));
    assert_true(is("{\"a\":1,\"a\":2}", "1"));
}

static void what_is_no_value_is_none(void **unused)
{
    static const char *const texts[] = { "{}", "{\"b\":1}", "{\"a\":null}",
        "{\"a\":{}}", "{\"a\":[\"x\"]}",
        "{\"a\":\"0123456789012345678901234567890123456789\"}" };
    char out[32];

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(get(texts[i], "a", out, sizeof(out)));
}

static void what_is_broken_has_no_members(void **unused)
{
    static const char *const texts[] = { "", "{", "[]", "{\"a\"",
        "{\"a\":", "{\"a\":\"x", "{\"a\":\"\\", "{\"a\":\"\\u00",
        "{\"a\":\"\\u00g0\"}", "{\"a\":\"\\x\"}", "{a:1}", "{\"b\":[1,\"a\":2",
        "{\"b\":[[[[[[[[[[1", "{\"a\":\"\n\"}", "{\"b\":1}x", "{\"b\":1,}" };
    char out[32];

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(get(texts[i], "a", out, sizeof(out)));
        assert_false(star_json_is_object(texts[i], strlen(texts[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_found_by_its_name),
        cmocka_unit_test(what_is_no_value_is_none),
        cmocka_unit_test(what_is_broken_has_no_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
