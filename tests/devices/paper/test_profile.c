#include "devices/paper/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_profile_is_found_by_its_name(void **unused)
{
    const struct profile *profile;

    (void)unused;
    assert_non_null(profile_at(0));
    for (uint32_t i = 0; (profile = profile_at(i)); i++)
        assert_ptr_equal(profile_find(profile->name), profile);
    assert_null(profile_find("no-such"));
}

static void every_row_has_what_it_must_have(void **unused)
{
    const struct profile *profile;

    (void)unused;
    for (uint32_t i = 0; (profile = profile_at(i)); i++) {
        assert_non_null(profile->about);
        assert_in_range(strlen(profile->about), 1, 50);
        assert_in_range(profile->columns, 24, 64);
        assert_in_range(profile->dots, profile->columns * PROFILE_CELL_DOTS,
                PROFILE_MAX_DOTS);
        assert_in_range(profile->page_count, 1, PAGE_COUNT);
        /* Who is not asked does not answer, and a terminal does nothing. */
        assert_true(profile->asks == (profile->confirm != CONFIRM_DRAINED));
        assert_false(profile->plain && (profile->raster || profile->qr ||
                                               profile->cutter != CUT_NONE));
    }
}

static void each_number_selects_one_page(void **unused)
{
    const struct profile *profile;

    (void)unused;
    for (uint32_t i = 0; (profile = profile_at(i)); i++)
        for (uint32_t n = 0; n < profile->page_count && !profile->plain; n++)
            assert_int_equal(profile_page(profile, profile->pages[n].select),
                    profile->pages[n].id);
    assert_int_equal(profile_page(profile_find("epson-tm"), 14), PAGE_CP737);
    assert_int_equal(profile_page(profile_find("xprinter-80"), 24), PAGE_CP737);
    assert_int_equal(profile_page(profile_find("xprinter-80"), 14), PAGE_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_found_by_its_name),
        cmocka_unit_test(every_row_has_what_it_must_have),
        cmocka_unit_test(each_number_selects_one_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
