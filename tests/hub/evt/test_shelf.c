#include "hub/evt/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/common.pb-c.h"

static ProtobufCMessage *table(const char *id)
{
    Dw__TableRef *ref = (void *)body_new(&dw__table_ref__descriptor);

    assert_true(ref && body_set_string(&ref->id, id));
    return &ref->base;
}

static const char *id_of(const void *message)
{
    return ((const Dw__TableRef *)message)->id;
}

/* The ids on the shelf, in order: "a b c ". */
static const char *listed(const struct shelf *shelf)
{
    static char text[256];
    size_t len = 0;

    text[0] = '\0';
    for (struct shelf_entry *entry = shelf_first(shelf); entry;
            entry = shelf_next(entry))
        len += (size_t)snprintf(
                text + len, sizeof(text) - len, "%s ", shelf_id(entry));
    return text;
}

static void what_is_put_is_found_by_its_id_and_nothing_else_is(void **unused)
{
    struct shelf shelf;
    void *message = table("5");

    (void)unused;
    shelf_init(&shelf, 10);
    assert_null(shelf_find(&shelf, "5"));
    shelf_put(&shelf, "5", message);
    assert_ptr_equal(shelf_find(&shelf, "5"), message);
    assert_null(shelf_find(&shelf, ""));
    assert_null(shelf_find(&shelf, "55"));
    assert_int_equal(shelf_count(&shelf), 1);
    shelf_finish(&shelf);
}

static void it_keeps_the_order_in_which_things_came(void **unused)
{
    struct shelf shelf;

    (void)unused;
    shelf_init(&shelf, 10);
    shelf_put(&shelf, "c", table("c"));
    shelf_put(&shelf, "a", table("a"));
    shelf_put(&shelf, "b", table("b"));
    assert_string_equal(listed(&shelf), "c a b ");
    assert_string_equal(id_of(shelf_message(shelf_first(&shelf))), "c");
    shelf_finish(&shelf);
}

static void a_newer_message_takes_the_place_of_the_older(void **unused)
{
    struct shelf shelf;

    (void)unused;
    shelf_init(&shelf, 2);
    shelf_put(&shelf, "a", table("old"));
    shelf_put(&shelf, "b", table("b"));
    shelf_put(&shelf, "a", table("new"));
    assert_string_equal(listed(&shelf), "a b ");
    assert_string_equal(id_of(shelf_find(&shelf, "a")), "new");
    assert_int_equal(shelf.let_go, 0);
    shelf_finish(&shelf);
}

static void a_full_shelf_lets_go_of_its_oldest_and_counts_it(void **unused)
{
    struct shelf shelf;

    (void)unused;
    shelf_init(&shelf, 3);
    shelf_put(&shelf, "a", table("a"));
    shelf_put(&shelf, "b", table("b"));
    shelf_put(&shelf, "c", table("c"));
    shelf_put(&shelf, "d", table("d"));
    assert_string_equal(listed(&shelf), "b c d ");
    assert_int_equal(shelf_count(&shelf), 3);
    assert_int_equal(shelf.let_go, 1);
    assert_null(shelf_find(&shelf, "a"));
    shelf_finish(&shelf);
}

static void taking_hands_over_and_dropping_releases(void **unused)
{
    struct shelf shelf;
    ProtobufCMessage *message = table("a");

    (void)unused;
    shelf_init(&shelf, 3);
    shelf_put(&shelf, "a", message);
    shelf_put(&shelf, "b", table("b"));
    assert_ptr_equal(shelf_take(&shelf, "a"), message);
    assert_null(shelf_take(&shelf, "a"));
    body_free(message);
    shelf_drop(&shelf, "b");
    shelf_drop(&shelf, "b");
    assert_int_equal(shelf_count(&shelf), 0);
    assert_null(shelf_first(&shelf));
    shelf_finish(&shelf);
}

static void an_entry_may_be_dropped_once_the_next_is_known(void **unused)
{
    struct shelf shelf;
    struct shelf_entry *entry, *next;

    (void)unused;
    shelf_init(&shelf, 100);
    for (int i = 0; i < 100; i++) {
        char id[8];

        snprintf(id, sizeof(id), "%d", i);
        shelf_put(&shelf, id, table(id));
    }
    for (entry = shelf_first(&shelf); entry; entry = next) {
        next = shelf_next(entry);
        if (shelf_id(entry)[strlen(shelf_id(entry)) - 1] != '7')
            shelf_drop(&shelf, shelf_id(entry));
    }
    assert_string_equal(listed(&shelf), "7 17 27 37 47 57 67 77 87 97 ");
    shelf_finish(&shelf);
}

static void the_longest_id_is_kept_whole(void **unused)
{
    struct shelf shelf;
    char id[SHELF_ID_CHARS + 1];

    (void)unused;
    memset(id, 'x', SHELF_ID_CHARS);
    id[SHELF_ID_CHARS] = '\0';
    shelf_init(&shelf, 3);
    shelf_put(&shelf, id, table("long"));
    assert_string_equal(id_of(shelf_find(&shelf, id)), "long");
    shelf_finish(&shelf);
    shelf_finish(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_by_its_id_and_nothing_else_is),
        cmocka_unit_test(it_keeps_the_order_in_which_things_came),
        cmocka_unit_test(a_newer_message_takes_the_place_of_the_older),
        cmocka_unit_test(a_full_shelf_lets_go_of_its_oldest_and_counts_it),
        cmocka_unit_test(taking_hands_over_and_dropping_releases),
        cmocka_unit_test(an_entry_may_be_dropped_once_the_next_is_known),
        cmocka_unit_test(the_longest_id_is_kept_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
