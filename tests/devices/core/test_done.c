#include "devices/core/done.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void name(uint8_t id[DEVICE_ID_BYTES], uint8_t number)
{
    memset(id, 0, DEVICE_ID_BYTES);
    id[15] = number;
}

static void the_newest_sixteen_are_known_and_each_takes_one_place(void **unused)
{
    struct done done = { .count = 0 };
    uint8_t id[DEVICE_ID_BYTES];

    (void)unused;
    for (uint8_t i = 0; i <= DEVICE_DONE; i++)
        for (int twice = 0; twice < 2; twice++) {
            name(id, i);
            done_add(&done, id);
        }
    assert_int_equal(done.count, DEVICE_DONE);
    name(id, 0);
    assert_false(done_has(&done, id));
    for (uint8_t i = 1; i <= DEVICE_DONE; i++) {
        name(id, i);
        assert_true(done_has(&done, id));
    }
}

static void only_what_is_new_has_to_be_stored(void **unused)
{
    struct done done = { .count = 0 };
    uint8_t id[DEVICE_ID_BYTES];

    (void)unused;
    name(id, 1);
    done_add(&done, id);
    assert_true(done.is_unkept);
    done.is_unkept = false;
    done_add(&done, id);
    assert_false(done.is_unkept);
}

static void what_was_stored_is_known_again_and_half_an_id_is_not(void **unused)
{
    struct done done = { .count = 0 };
    struct done next = { .count = 0 };
    uint8_t id[DEVICE_ID_BYTES];

    (void)unused;
    name(id, 7);
    done_add(&done, id);
    memcpy(next.ids, done.ids, done_bytes(&done));
    done_loaded(&next, done_bytes(&done) - 1);
    assert_int_equal(next.count, 0);
    done_loaded(&next, done_bytes(&done));
    assert_true(done_has(&next, id));
    done_loaded(&next, sizeof(next.ids) + DEVICE_ID_BYTES);
    assert_int_equal(next.count, 1);
}

static void names_differ_as_what_is_named_does(void **unused)
{
    static const char *const names[] = { "", "p1", "p2", "1p", "p1 ",
        "page-01KAB", "page-01KAC" };
    uint8_t ids[7][DEVICE_ID_BYTES];
    uint8_t again[DEVICE_ID_BYTES];

    (void)unused;
    for (size_t i = 0; i < 7; i++) {
        done_name(ids[i], names[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(ids[i], ids[j], DEVICE_ID_BYTES);
    }
    done_name(again, "p1");
    assert_memory_equal(again, ids[1], DEVICE_ID_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_sixteen_are_known_and_each_takes_one_place),
        cmocka_unit_test(only_what_is_new_has_to_be_stored),
        cmocka_unit_test(what_was_stored_is_known_again_and_half_an_id_is_not),
        cmocka_unit_test(names_differ_as_what_is_named_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
