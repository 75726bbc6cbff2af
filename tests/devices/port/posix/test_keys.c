#include "devices/port/posix/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The words of a text, each with a comma behind it. */
static const char *words_of(struct keys *keys, const char *text, size_t len)
{
    static char words[256];
    size_t at = 0;

    words[0] = '\0';
    for (size_t i = 0; i < len; i++)
        if (keys_take(keys, text[i]))
            at += (size_t)snprintf(
                    words + at, sizeof(words) - at, "%s,", keys->word);
    return words;
}

#define WORDS(keys, text) words_of(keys, text, sizeof(text) - 1)

static void a_line_is_a_word_and_an_empty_one_the_key(void **unused)
{
    struct keys keys = { .is_raw = false };

    (void)unused;
    assert_string_equal(WORDS(&keys, "\n\ndouble\n"), ",,double,");
    assert_string_equal(WORDS(&keys, "batt"), "");
    assert_string_equal(WORDS(&keys, "ery 20\r\n7"), "battery 20,");
    assert_string_equal(WORDS(&keys, "\n"), "7,");
}

static void a_line_that_is_too_long_is_still_one(void **unused)
{
    struct keys keys = { .is_raw = false };
    char text[100];

    (void)unused;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\n';
    assert_string_equal(words_of(&keys, text, sizeof(text)),
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,");
    assert_string_equal(WORDS(&keys, "\n"), ",");
}

static void on_a_keyboard_each_key_is_a_word(void **unused)
{
    struct keys keys = { .is_raw = true };

    (void)unused;
    assert_string_equal(WORDS(&keys, "19\n\r"), "1,9,bump,bump,");
    assert_string_equal(WORDS(&keys, "r\x7F\b"), "recall,recall,recall,");
    assert_string_equal(WORDS(&keys, "0xq "), "");
    assert_string_equal(
            WORDS(&keys, "\x1B[A\x1B[B\x1B[C\x1B[D"), "up,down,next,previous,");
    assert_string_equal(WORDS(&keys, "\x1BOA"), "up,");
}

static void a_sequence_that_is_no_arrow_is_nothing(void **unused)
{
    struct keys keys = { .is_raw = true };

    (void)unused;
    assert_string_equal(WORDS(&keys, "\x1B[H"), "");
    assert_string_equal(WORDS(&keys, "\x1B\x1B[A"), "up,");
    assert_string_equal(WORDS(&keys, "\x1B"), "");
    assert_string_equal(WORDS(&keys, "5"), "5,");
    assert_string_equal(WORDS(&keys, "[A"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_word_and_an_empty_one_the_key),
        cmocka_unit_test(a_line_that_is_too_long_is_still_one),
        cmocka_unit_test(on_a_keyboard_each_key_is_a_word),
        cmocka_unit_test(a_sequence_that_is_no_arrow_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
