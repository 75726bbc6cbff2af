#include "devices/paper/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/core/text.h"
#include "devices/paper/codepage.h"

static void letters_of_code_pages_take_one_cell(void **unused)
{
    (void)unused;
    for (int page = 0; page < PAGE_COUNT; page++) {
        for (int i = 0; i < 128; i++) {
            uint16_t point = codepages[page].high[i];
            char text[TEXT_MAX_BYTES + 1];

            if (point < 0xA1 || point == 0xAD)
                continue;
            text[text_put(text, point)] = '\0';
            if (cells_of(text) != 1)
                fail_msg("%s: U+%04X", codepages[page].name, (unsigned)point);
        }
    }
    assert_int_equal(cells_of("Soup of the day"), 15);
    assert_int_equal(cells_of(""), 0);
}

static void letters_of_east_asia_take_two(void **unused)
{
    (void)unused;
    assert_int_equal(cells_of("麻婆豆腐"), 8);
    assert_int_equal(cells_of("ラーメン"), 8);
    assert_int_equal(cells_of("김치"), 4);
    assert_int_equal(cells_of("（辣）"), 6);
    assert_int_equal(cells_of("\xE1\x84\x80\xE1\x85\xB5\xE1\x86\xB7"), 2);
}

static void marks_take_none(void **unused)
{
    (void)unused;
    assert_int_equal(cells_of("e\xCC\x81"), 1);
    assert_int_equal(cells_of("e\xCC\x81\xCC\xA3\xCC\x88"), 1);
    assert_int_equal(cells_of("كَبْسَة"), 4);
    assert_int_equal(cells_of("\xCC\x81"), 0);
}

static void a_picture_of_several_parts_is_one(void **unused)
{
    (void)unused;
    assert_int_equal(cells_of("👨‍🍳"), 2);
    assert_int_equal(cells_of("🇪🇸"), 2);
    assert_int_equal(cells_of("🇪🇸🇫🇷"), 4);
}

static void bytes_that_are_no_utf8_are_a_letter_each(void **unused)
{
    (void)unused;
    assert_int_equal(cells_of("\xFF\xFE"), 2);
    assert_int_equal(cells_of("a\xE9"), 2);
    assert_int_equal(cells_of("\xF0\x9F\x8C"), 3);
}

static void a_letter_and_its_marks_are_not_parted(void **unused)
{
    (void)unused;
    assert_int_equal(cells_fit("e\xCC\x81t", 1), 3);
    assert_int_equal(cells_fit("e\xCC\x81t", 2), 4);
    assert_int_equal(cells_fit("ae\xCC\x81", 1), 1);
    assert_int_equal(cells_fit("豆腐", 3), strlen("豆"));
    assert_int_equal(cells_fit("豆腐", 1), 0);
    assert_int_equal(cells_fit("", 5), 0);
}

static void letters_add_up_to_their_text(void **unused)
{
    static const char text[] = "Pho\xCC\x9B\xCC\x89 🇻🇳 豆腐 \xFF x";
    uint32_t sum = 0;
    size_t at = 0;
    uint32_t cells;
    size_t len;

    (void)unused;
    while ((len = cells_next(text + at, &cells)) > 0) {
        sum += cells;
        at += len;
    }
    assert_int_equal(at, sizeof(text) - 1);
    assert_int_equal(sum, cells_of(text));
    assert_int_equal(sum, 3 + 1 + 2 + 1 + 4 + 1 + 1 + 1 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_code_pages_take_one_cell),
        cmocka_unit_test(letters_of_east_asia_take_two),
        cmocka_unit_test(marks_take_none),
        cmocka_unit_test(a_picture_of_several_parts_is_one),
        cmocka_unit_test(bytes_that_are_no_utf8_are_a_letter_each),
        cmocka_unit_test(a_letter_and_its_marks_are_not_parted),
        cmocka_unit_test(letters_add_up_to_their_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
