#include "bridge/wires/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static size_t split(const char *text, struct piece *pieces, size_t most)
{
    return split_array(text, strlen(text), pieces, most);
}

static void assert_piece(const struct piece *piece, const char *expected)
{
    assert_int_equal(piece->len, strlen(expected));
    assert_memory_equal(piece->text, expected, piece->len);
}

static void each_element_is_a_piece_without_the_blanks_around_it(void **unused)
{
    struct piece pieces[4];

    (void)unused;
    assert_int_equal(split(" [ {\"a\":1} ,\n2,[3, 4] ] ", pieces, 4), 3);
    assert_piece(&pieces[0], "{\"a\":1}");
    assert_piece(&pieces[1], "2");
    assert_piece(&pieces[2], "[3, 4]");
}

static void commas_and_brackets_inside_of_strings_do_not_count(void **unused)
{
    struct piece pieces[4];

    (void)unused;
    assert_int_equal(split("[\"],\\\"[{\",{\"}\":\"\\\\\"}]", pieces, 4), 2);
    assert_piece(&pieces[0], "\"],\\\"[{\"");
    assert_piece(&pieces[1], "{\"}\":\"\\\\\"}");
}

static void an_empty_array_has_no_pieces(void **unused)
{
    struct piece pieces[1];

    (void)unused;
    assert_int_equal(split("[]", pieces, 1), 0);
    assert_int_equal(split(" [ ] ", pieces, 1), 0);
}

static void what_does_not_fit_is_counted_but_not_written(void **unused)
{
    struct piece pieces[3] = { { NULL, 0 } };

    (void)unused;
    assert_int_equal(split("[1,2,3,4]", pieces, 2), 4);
    assert_piece(&pieces[1], "2");
    assert_null(pieces[2].text);
}

static void a_text_that_ends_early_is_not_read_beyond(void **unused)
{
    const char *texts[] = { "[", "[1", "[\"a", "[\"a\\", "[{\"a\":[", "[1," };
    struct piece pieces[4];

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t count = split(texts[i], pieces, 4);

        assert_true(count <= 1);
        if (count)
            assert_true(pieces[0].text + pieces[0].len <=
                        texts[i] + strlen(texts[i]));
    }
}

static void only_an_opening_bracket_begins_an_array(void **unused)
{
    (void)unused;
    assert_true(split_is_array(" \n[1]", 5));
    assert_false(split_is_array("{\"a\":[]}", 8));
    assert_false(split_is_array("  ", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_is_a_piece_without_the_blanks_around_it),
        cmocka_unit_test(commas_and_brackets_inside_of_strings_do_not_count),
        cmocka_unit_test(an_empty_array_has_no_pieces),
        cmocka_unit_test(what_does_not_fit_is_counted_but_not_written),
        cmocka_unit_test(a_text_that_ends_early_is_not_read_beyond),
        cmocka_unit_test(only_an_opening_bracket_begins_an_array),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
