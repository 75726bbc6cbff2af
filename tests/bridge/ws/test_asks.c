/* What a socket was asked and has not answered, and what its answers say. */
#include "bridge/ws/asks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT 1000

static void what_was_asked_is_open_until_it_is_taken(void **unused)
{
    struct asks asks = { 0 };

    (void)unused;
    assert_false(asks_has(&asks, 7));
    asks_take(&asks, 7);
    assert_true(asks_add(&asks, 7, 0));
    assert_true(asks_add(&asks, 9, 0));
    assert_true(asks_has(&asks, 7));
    asks_take(&asks, 7);
    assert_false(asks_has(&asks, 7));
    assert_true(asks_has(&asks, 9));
    assert_int_equal(asks.count, 1);
}

static void it_is_due_to_the_millisecond_and_the_oldest_first(void **unused)
{
    struct asks asks = { 0 };

    (void)unused;
    assert_int_equal(asks_due(&asks, 1 << 30, TIMEOUT), 0);
    asks_add(&asks, 8, 500);
    asks_add(&asks, 7, 600);
    assert_int_equal(asks_due(&asks, 500 + TIMEOUT - 1, TIMEOUT), 0);
    assert_int_equal(asks_due(&asks, 500 + TIMEOUT, TIMEOUT), 8);
    asks_take(&asks, 8);
    assert_int_equal(asks_due(&asks, 500 + TIMEOUT, TIMEOUT), 0);
    assert_int_equal(asks_due(&asks, 600 + TIMEOUT, TIMEOUT), 7);
}

static void what_is_asked_again_has_its_time_again_and_is_one(void **unused)
{
    struct asks asks = { 0 };

    (void)unused;
    asks_add(&asks, 7, 0);
    asks_add(&asks, 8, 100);
    asks_add(&asks, 7, 200);
    assert_int_equal(asks.count, 2);
    assert_int_equal(asks_due(&asks, 100 + TIMEOUT, TIMEOUT), 8);
    asks_take(&asks, 8);
    assert_int_equal(asks_due(&asks, 200 + TIMEOUT - 1, TIMEOUT), 0);
    assert_int_equal(asks_due(&asks, 200 + TIMEOUT, TIMEOUT), 7);
}

static void so_many_are_open_and_no_more(void **unused)
{
    struct asks asks = { 0 };

    (void)unused;
    for (uint64_t seq = 1; seq <= ASKS_MAX; seq++)
        assert_true(asks_add(&asks, seq, 0));
    assert_false(asks_add(&asks, ASKS_MAX + 1, 0));
    assert_false(asks_has(&asks, ASKS_MAX + 1));
    assert_true(asks_add(&asks, 5, 1)); /* that is no further one */
    asks_take(&asks, 3);
    assert_true(asks_add(&asks, ASKS_MAX + 1, 0));
    assert_int_equal(asks.count, ASKS_MAX);
}

static void everything_before_the_oldest_question_is_settled(void **unused)
{
    struct asks asks = { .last = 20 };

    (void)unused;
    assert_int_equal(asks_settled(&asks), 20);
    asks_add(&asks, 22, 0);
    assert_int_equal(asks_settled(&asks), 20);
    asks.last = 30;
    assert_int_equal(asks_settled(&asks), 21);
    asks_add(&asks, 12, 0);
    assert_int_equal(asks_settled(&asks), 11);
    asks_take(&asks, 12);
    asks_take(&asks, 22);
    assert_int_equal(asks_settled(&asks), 30);
}

/* --- answers --- */

static enum ask_word read(const char *args, const char **word)
{
    *word = NULL;
    return ask_read(args, strlen(args), word);
}

static void a_callback_without_a_text_says_nothing_more(void **unused)
{
    static const char *const args[] = { "", " ", "true", "null", "1",
        "{\"shown\":true}", "[\"shown\"]", "null,\"shown\"" };
    const char *word;

    (void)unused;
    for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
        assert_int_equal(read(args[i], &word), ASK_NOTHING);
}

static void the_first_text_is_the_word(void **unused)
{
    const char *word;

    (void)unused;
    assert_int_equal(read("\"shown\"", &word), ASK_KNOWN);
    assert_string_equal(word, "shown");
    assert_int_equal(read(" \t\n\r\"done\" , 1", &word), ASK_KNOWN);
    assert_string_equal(word, "done");
    assert_int_equal(read("\"failed\",\"no paper\"", &word), ASK_KNOWN);
    assert_string_equal(word, "failed");
}

static void other_words_are_not_known(void **unused)
{
    static const char *const args[] = { "\"\"", "\"eaten\"", "\"unknown\"",
        "\"sent\"", "\"Shown\"", "\"sh\\u006fwn\"", "\"\\\"shown\\\"\"" };
    const char *word;

    (void)unused;
    for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
        assert_int_equal(read(args[i], &word), ASK_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_is_open_until_it_is_taken),
        cmocka_unit_test(it_is_due_to_the_millisecond_and_the_oldest_first),
        cmocka_unit_test(what_is_asked_again_has_its_time_again_and_is_one),
        cmocka_unit_test(so_many_are_open_and_no_more),
        cmocka_unit_test(everything_before_the_oldest_question_is_settled),
        cmocka_unit_test(a_callback_without_a_text_says_nothing_more),
        cmocka_unit_test(the_first_text_is_the_word),
        cmocka_unit_test(other_words_are_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
