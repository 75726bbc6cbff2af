#include "hub/evt/ulid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void it_prints_as_the_specification_says(void **unused)
{
    static const struct {
        int64_t at_ms;
        uint64_t high, low;
        const char *text;
    } cases[] = {
        { 0, 0, 0, "00000000000000000000000000" },
        { 1469918176385, 0, 0, "01ARYZ6S410000000000000000" },
        { 0, 0, 1, "00000000000000000000000001" },
        { 0, 0, 31, "0000000000000000000000000Z" },
        { 0, 0, 32, "00000000000000000000000010" },
        { 0, 0xffff, UINT64_MAX, "0000000000ZZZZZZZZZZZZZZZZ" },
        { ((int64_t)1 << 48) - 1, 0xffff, UINT64_MAX,
                "7ZZZZZZZZZZZZZZZZZZZZZZZZZ" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ulid ulid =
                ulid_make(cases[i].at_ms, cases[i].high, cases[i].low);
        char text[ULID_CHARS + 1];

        ulid_print(&ulid, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void what_is_printed_is_read_again(void **unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 1000; i++) {
        struct ulid ulid =
                ulid_make((int64_t)(i * 0x9e3779b97 & 0xffffffffffff),
                        i * 0x85eb, i * 0x9e3779b97f4a7c15);
        struct ulid again;
        char text[ULID_CHARS + 1];

        ulid_print(&ulid, text);
        assert_true(ulid_parse(text, strlen(text), &again));
        assert_memory_equal(&ulid, &again, sizeof(ulid));
    }
}

static void lower_case_is_read_as_well(void **unused)
{
    struct ulid upper, lower;

    (void)unused;
    assert_true(ulid_parse("01ARZ3NDEKTSV4RRFFQ69G5FAV", 26, &upper));
    assert_true(ulid_parse("01arz3ndektsv4rrffq69g5fav", 26, &lower));
    assert_memory_equal(&upper, &lower, sizeof(upper));
}

static void later_ones_sort_after_earlier_ones(void **unused)
{
    char before[ULID_CHARS + 1], after[ULID_CHARS + 1];

    (void)unused;
    for (int shift = 0; shift < 47; shift++) {
        struct ulid early =
                ulid_make(((int64_t)1 << shift) - 1, 0xffff, UINT64_MAX);
        struct ulid late = ulid_make((int64_t)1 << shift, 0, 0);

        ulid_print(&early, before);
        ulid_print(&late, after);
        assert_true(strcmp(before, after) < 0);
        assert_true(memcmp(&early, &late, sizeof(early)) < 0);
    }
}

static void what_is_no_ulid_is_refused_and_changes_nothing(void **unused)
{
    static const char *const wrong[] = {
        "",
        "01ARZ3NDEKTSV4RRFFQ69G5FA",   /* one short */
        "01ARZ3NDEKTSV4RRFFQ69G5FAVA", /* one long */
        "81ARZ3NDEKTSV4RRFFQ69G5FAV",  /* more than 128 bits */
        "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "01ARZ3NDEKTSV4RRFFQ69G5FAI", /* no I, L, O, U */
        "01ARZ3NDEKTSV4RRFFQ69G5FAL",
        "01ARZ3NDEKTSV4RRFFQ69G5FAO",
        "01ARZ3NDEKTSV4RRFFQ69G5FAU",
        "01ARZ3NDEKTSV4RRFFQ69G5FA-",
        "01ARZ3NDEKTSV4RRFFQ69G5FA ",
        "01ARZ3NDEKTSV4RRFFQ69G5F\xc3\xa9",
    };
    struct ulid ulid = ulid_make(1, 2, 3), before = ulid;

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (ulid_parse(wrong[i], strlen(wrong[i]), &ulid))
            fail_msg("%s", wrong[i]);
    assert_false(ulid_parse("01ARZ3NDEKTSV4RRFFQ69G5FA\0", 26, &ulid));
    assert_memory_equal(&ulid, &before, sizeof(ulid));
}

static void only_all_zero_is_none(void **unused)
{
    struct ulid none = { { 0 } }, one;

    (void)unused;
    assert_true(ulid_is_none(&none));
    for (int i = 0; i < 16; i++) {
        one = none;
        one.bytes[i] = 1;
        assert_false(ulid_is_none(&one));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_prints_as_the_specification_says),
        cmocka_unit_test(what_is_printed_is_read_again),
        cmocka_unit_test(lower_case_is_read_as_well),
        cmocka_unit_test(later_ones_sort_after_earlier_ones),
        cmocka_unit_test(what_is_no_ulid_is_refused_and_changes_nothing),
        cmocka_unit_test(only_all_zero_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
