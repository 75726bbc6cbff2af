#include "devices/port/posix/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

static char path[SCRATCH_BYTES];
static struct store store;

static int start(void **state)
{
    (void)state;
    scratch_make(path);
    return store_open(&store, path) == STORE_OPEN ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    store_close(&store);
    scratch_clear(path);
    return 0;
}

static void what_was_put_is_read_back_and_replaced_as_a_whole(void **unused)
{
    char out[16];

    (void)unused;
    assert_true(store_put(&store, "boot", "longer", 6));
    assert_true(store_put(&store, "boot", "new", 3));
    assert_int_equal(store_get(&store, "boot", out, sizeof(out)), 3);
    assert_memory_equal(out, "new", 3);
}

static void what_is_missing_or_longer_than_asked_is_nothing(void **unused)
{
    char out[4];

    (void)unused;
    assert_int_equal(store_get(&store, "boot", out, sizeof(out)), 0);
    assert_true(store_put(&store, "boot", "12345", 5));
    assert_int_equal(store_get(&store, "boot", out, sizeof(out)), 0);
    assert_true(store_put(&store, "boot", "1234", 4));
    assert_int_equal(store_get(&store, "boot", out, sizeof(out)), 4);
}

static void a_second_one_is_told_that_it_is_in_use(void **unused)
{
    struct store second;

    (void)unused;
    assert_int_equal(store_open(&second, path), STORE_BUSY);
    store_close(&store);
    assert_int_equal(store_open(&second, path), STORE_OPEN);
    store_close(&second);
}

static void missing_directories_are_made(void **unused)
{
    char deep[SCRATCH_BYTES + 16];
    struct store second;

    (void)unused;
    snprintf(deep, sizeof(deep), "%s/a/b", path);
    assert_int_equal(store_open(&second, deep), STORE_OPEN);
    store_close(&second);
    snprintf(deep, sizeof(deep), "%s/lock/b", path); /* a file in the way */
    assert_int_equal(store_open(&second, deep), STORE_FAILED);
    assert_int_equal(second.dir, -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(what_was_put_is_read_back_and_replaced_as_a_whole),
        TEST(what_is_missing_or_longer_than_asked_is_nothing),
        TEST(a_second_one_is_told_that_it_is_in_use),
        TEST(missing_directories_are_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
