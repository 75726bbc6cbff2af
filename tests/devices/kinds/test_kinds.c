#include "devices/kinds/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_kind_has_what_it_must(void **unused)
{
    const struct device_kind *kind;

    (void)unused;
    assert_non_null(kind_at(0));
    for (uint32_t i = 0; (kind = kind_at(i)); i++) {
        assert_non_null(kind->name);
        assert_non_null(kind->about);
        assert_ptr_equal(kind_find(kind->name), kind);
        assert_true(!kind->listen[0] || kind->on_message);
        for (int j = 0; j < 2 && kind->listen[j]; j++)
            if (strstr(kind->listen[j], "%t"))
                assert_true(kind->needs_table);
    }
    assert_null(kind_find("toaster"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_what_it_must),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
