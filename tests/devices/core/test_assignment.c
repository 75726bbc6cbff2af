#include "devices/core/assignment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool of(struct assignment *assignment, const char *table_id,
        const char *order_id, const char *number)
{
    Dw__DeviceAssigned said = DW__DEVICE_ASSIGNED__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;

    table.id = (char *)table_id;
    said.table = table_id ? &table : NULL;
    said.order_id = (char *)order_id;
    said.order_number = (char *)number;
    return assignment_of(assignment, &said);
}

static void what_is_written_is_read_again(void **unused)
{
    static const char *const rows[][3] = { { "5", NULL, NULL },
        { NULL, "o41", "41" }, { "5", "o41", NULL }, { NULL, NULL, NULL } };

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[ASSIGNMENT_BYTES];
        struct assignment made;
        struct assignment read = { .table = "x" };

        assert_true(of(&made, rows[i][0], rows[i][1], rows[i][2]));
        assert_true(
                assignment_read(&read, bytes, assignment_write(bytes, &made)));
        assert_true(assignment_is_same(&made, &read));
        assert_int_equal(assignment_is_free(&read), i == 3);
    }
}

static void an_order_without_a_number_is_called_by_its_id(void **unused)
{
    struct assignment made;

    (void)unused;
    assert_true(of(&made, NULL, "o41", NULL));
    assert_string_equal(made.order, "o41");
    assert_true(of(&made, NULL, "o41", "a number\x1B of more than a line"));
    assert_string_equal(made.order, "a number? of more tha");
}

static void no_table_and_no_order_that_could_be_one_changes_nothing(
        void **unused)
{
    char order_id[98];
    struct assignment made = { .table = "5" };

    (void)unused;
    memset(order_id, 'o', sizeof(order_id) - 1);
    order_id[sizeof(order_id) - 1] = '\0';
    assert_false(of(&made, "5/#", NULL, NULL));
    assert_false(of(&made, NULL, order_id, NULL));
    assert_string_equal(made.table, "5");
    order_id[96] = '\0';
    assert_true(of(&made, NULL, order_id, NULL));
}

static void other_bytes_are_none(void **unused)
{
    static const char *const rows[] = { "", "\1", "\1table", "\2005\0\0",
        "\1005", "\1a/b" };
    struct assignment read = { .table = "5" };
    uint8_t bytes[ASSIGNMENT_BYTES + 1];
    struct assignment made;
    size_t len;

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_false(assignment_read(
                &read, (const uint8_t *)rows[i], strlen(rows[i])));
    assert_true(of(&made, "5", "o41", "41"));
    len = assignment_write(bytes, &made);
    bytes[len] = 0;
    for (size_t cut = 0; cut < len; cut++)
        assert_false(assignment_read(&read, bytes, cut));
    assert_false(assignment_read(&read, bytes, len + 1));
    memset(bytes + 1, 'x', sizeof(bytes) - 1);
    assert_false(assignment_read(&read, bytes, sizeof(bytes)));
    assert_string_equal(read.table, "5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(an_order_without_a_number_is_called_by_its_id),
        cmocka_unit_test(
                no_table_and_no_order_that_could_be_one_changes_nothing),
        cmocka_unit_test(other_bytes_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
