#include "hub/base/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct stat file(uid_t owner, gid_t group, mode_t mode)
{
    return (struct stat){
        .st_mode = S_IFREG | mode, .st_uid = owner, .st_gid = group
    };
}

static bool is_private(uid_t owner, gid_t group, mode_t mode)
{
    const struct stat about = file(owner, group, mode);

    return private_is(&about, 1000);
}

static void a_private_file_is_shut_to_group_and_others(void **unused)
{
    (void)unused;
    assert_true(is_private(1000, 1000, 0600));
    assert_true(is_private(1000, 1000, 0400));
    for (mode_t bit = 1; bit <= 040; bit <<= 1)
        assert_false(is_private(1000, 1000, 0600 | bit));
}

static void roots_group_may_read_what_root_has_handed_over(void **unused)
{
    (void)unused;
    assert_true(is_private(0, 0, 0440));
    for (mode_t bit = 1; bit <= 020; bit <<= 1)
        assert_false(is_private(0, 0, 0400 | bit));
    assert_false(is_private(0, 1000, 0440));
    assert_false(is_private(1000, 0, 0440));
}

static void root_itself_has_no_use_for_that(void **unused)
{
    const struct stat about = file(0, 0, 0440);

    (void)unused;
    assert_false(private_is(&about, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_file_is_shut_to_group_and_others),
        cmocka_unit_test(roots_group_may_read_what_root_has_handed_over),
        cmocka_unit_test(root_itself_has_no_use_for_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
