#include "devices/core/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void pieces_are_aligned_and_do_not_overlap(void **unused)
{
    uint8_t memory[256];
    struct arena arena;
    uint8_t *a;
    uint8_t *b;

    (void)unused;
    arena_init(&arena, memory + 1, sizeof(memory) - 1);
    a = arena_take(&arena, 3);
    b = arena_take(&arena, 5);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal((uintptr_t)a % alignof(max_align_t), 0);
    assert_int_equal((uintptr_t)b % alignof(max_align_t), 0);
    assert_true(b >= a + 3);
}

static void what_does_not_fit_is_refused_and_costs_nothing(void **unused)
{
    alignas(max_align_t) uint8_t memory[64];
    struct arena arena;

    (void)unused;
    arena_init(&arena, memory, sizeof(memory));
    assert_null(arena_take(&arena, 65));
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_int_equal(arena.refused, 2);
    assert_non_null(arena_take(&arena, 64));
    assert_null(arena_take(&arena, 1));
}

static void a_reset_gives_all_back(void **unused)
{
    alignas(max_align_t) uint8_t memory[64];
    struct arena arena;
    void *first;

    (void)unused;
    arena_init(&arena, memory, sizeof(memory));
    first = arena_take(&arena, 64);
    arena_reset(&arena);
    assert_ptr_equal(arena_take(&arena, 64), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
        cmocka_unit_test(what_does_not_fit_is_refused_and_costs_nothing),
        cmocka_unit_test(a_reset_gives_all_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
