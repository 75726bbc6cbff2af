#include "hub/evt/body.h"

#include <stdio.h>
#include <string.h>

#include "schemas/floor.pb-c.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/hub/evt/bodies.h"
#include "tests/support/filled.h"
#include "tests/support/made.h"

/* --- parts and texts, wherever they stand --- */

struct notes {
    char text[256];
};

static void note(struct notes *notes, const char *text)
{
    size_t len = strlen(notes->text);

    snprintf(notes->text + len, sizeof(notes->text) - len, "%s ", text);
}

static enum err on_part(void *context, const struct body_part *part)
{
    note(context, part->path);
    note(context, part->is_required ? "required" : "optional");
    return strcmp(part->path, "tables[1]") == 0 ? ERR_FULL : ERR_OK;
}

static void each_part_is_found_with_its_path(void **unused)
{
    ProtobufCMessage *moved = made_body(
            EVT_TABLE_MOVED, "table.id", "5", "to_table.id", "7", NULL);
    ProtobufCMessage *order =
            made_body(EVT_ORDER_CREATED, "order.table.id", "5", NULL);
    ProtobufCMessage *layout =
            made_body(EVT_TABLE_LAYOUT_UPDATED, "tables[0].id", "5",
                    "tables[1].id", "6", "tables[2].id", "7", NULL);
    struct notes notes = { "" };

    (void)unused;
    assert_int_equal(
            body_each_part(moved, &dw__table_ref__descriptor, on_part, &notes),
            ERR_OK);
    assert_int_equal(
            body_each_part(order, &dw__table_ref__descriptor, on_part, &notes),
            ERR_OK);
    assert_string_equal(notes.text,
            "table required toTable required order.table optional ");
    notes.text[0] = '\0';
    assert_int_equal(
            body_each_part(layout, &dw__table__descriptor, on_part, &notes),
            ERR_FULL);
    assert_string_equal(notes.text, "tables[0] required tables[1] required ");
    body_free(moved);
    body_free(order);
    body_free(layout);
}

static void on_text(void *context, const char *text)
{
    note(context, text);
}

static void each_text_is_found_through_lists(void **unused)
{
    ProtobufCMessage *order = made_body(EVT_ORDER_CREATED,
            "order.items[0].station", "grill", "order.items[1].name", "Beer",
            "order.items[2].station", "bar", NULL);
    struct notes notes = { "" };

    (void)unused;
    assert_true(body_each_text(order, "order.items.station", on_text, &notes));
    assert_string_equal(notes.text, "grill bar ");
    assert_false(body_each_text(order, "order.items", on_text, &notes));
    assert_false(body_each_text(order, "order.id.x", on_text, &notes));
    assert_false(body_each_text(order, "order.table.id", on_text, &notes));
    assert_false(body_each_text(order, "nothing", on_text, &notes));
    assert_string_equal(notes.text, "grill bar ");
    body_free(order);
}

/* --- by name --- */

static void a_text_is_found_by_its_path(void **unused)
{
    ProtobufCMessage *body = filled_body(&dw__order_created__descriptor);
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

    (void)unused;
    assert_ptr_equal(body_text(body, "order.id"), order->id);
    assert_ptr_equal(body_text(body, "order.table.id"), order->table->id);
    assert_null(body_text(body, "id"));
    assert_null(body_text(body, "order"));
    assert_null(body_text(body, "order.nothing.id"));
    assert_null(body_text(body, "order.table.number"));
    assert_null(body_text(body, "order.items.id"));
    assert_null(body_text(body, "order.id.id"));
    assert_null(body_text(body, ""));
    assert_null(body_text(body, "."));
    body_free(&order->table->base);
    order->table = NULL;
    assert_null(body_text(body, "order.table.id"));
    body_free(body);
}

static void what_is_absent_is_completed_and_what_is_there_stays(void **unused)
{
    Dw__KitchenReady *ready = (void *)body_new(&dw__kitchen_ready__descriptor);
    Dw__TableRef *five = (void *)filled_body(&dw__table_ref__descriptor);
    Dw__Person *person = (void *)filled_body(&dw__person__descriptor);

    (void)unused;
    body_complete_text(&ready->base, "order_id", "o1");
    body_complete_text(&ready->base, "order_id", "o2");
    assert_string_equal(ready->order_id, "o1");
    body_complete_text(&ready->base, "station", NULL);
    assert_null(ready->station);
    body_complete_text(&ready->base, "table", "5");
    body_complete_text(&ready->base, "no_such_field", "5");
    assert_null(ready->table);

    body_complete_part(&ready->base, "table", &person->base);
    assert_null(ready->table);
    body_complete_part(&ready->base, "table", NULL);
    assert_null(ready->table);
    body_complete_part(&ready->base, "table", &five->base);
    assert_string_equal(ready->table->id, FILLED_TEXT);
    assert_ptr_not_equal(ready->table, five);
    assert_true(body_set_string(&five->id, "6"));
    body_complete_part(&ready->base, "table", &five->base);
    assert_string_equal(ready->table->id, FILLED_TEXT);
    body_replace_part(&ready->base, "table", &person->base);
    assert_string_equal(ready->table->id, FILLED_TEXT);
    body_replace_part(&ready->base, "table", &five->base);
    assert_string_equal(ready->table->id, "6");
    body_free(&ready->base);
    body_free(&five->base);
    body_free(&person->base);
}

static void a_text_is_replaced_where_the_message_has_it(void **unused)
{
    Dw__KitchenReady *ready = (void *)body_new(&dw__kitchen_ready__descriptor);
    Dw__Table *table = (void *)body_new(&dw__table__descriptor);

    (void)unused;
    body_replace_text(&ready->base, "kitchen_order_id", "41");
    assert_string_equal(ready->kitchen_order_id, "41");
    body_replace_text(&ready->base, "kitchen_order_id", "9017");
    assert_string_equal(ready->kitchen_order_id, "9017");
    body_replace_text(&ready->base, "no_such_field", "x");
    body_replace_text(&ready->base, "table", "5");
    assert_null(ready->table);
    body_replace_text(&table->base, "number", "5");
    assert_false(table->has_number);
    body_free(&ready->base);
    body_free(&table->base);
}

static void a_list_of_texts_is_not_replaced_by_one(void **unused)
{
    Dw__Item *item = (void *)filled_body(&dw__item__descriptor);

    (void)unused;
    body_replace_text(&item->base, "allergens", "nuts");
    assert_int_equal(item->n_allergens, FILLED_ITEMS);
    assert_string_equal(item->allergens[0], FILLED_TEXT);
    body_free(&item->base);
}

static void a_moment_that_cannot_be_becomes_now(void **unused)
{
    static const struct {
        int64_t given, becomes;
    } cases[] = {
        { 1000, 1000 },
        { 1500, 1500 },
        { 2000, 2000 },
        { 999, 2000 },
        { 2001, 2000 },
        { -5, 2000 },
        { INT64_MAX, 2000 },
    };
    Dw__OrderConfirmed *body =
            (void *)body_new(&dw__order_confirmed__descriptor);
    Dw__Metadata *metadata = (void *)filled_body(&dw__metadata__descriptor);

    (void)unused;
    body_complete_moment(&body->base, "confirmed_at_ms", 1000, 2000);
    assert_true(body->has_confirmed_at_ms);
    assert_int_equal(body->confirmed_at_ms, 2000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        body->confirmed_at_ms = cases[i].given;
        body_complete_moment(&body->base, "confirmed_at_ms", 1000, 2000);
        assert_true(body->confirmed_at_ms == cases[i].becomes);
    }
    body_complete_moment(&body->base, "order_id", 1000, 2000);
    body_complete_moment(&body->base, "no_such_field", 1000, 2000);
    assert_null(body->order_id);

    /* What is required is the publisher's own to say. */
    body_complete_moment(&metadata->base, "updated_at_ms", 1000, 2000);
    assert_int_equal(metadata->updated_at_ms, 1);
    body_free(&body->base);
    body_free(&metadata->base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_is_found_with_its_path),
        cmocka_unit_test(each_text_is_found_through_lists),
        cmocka_unit_test(a_text_is_found_by_its_path),
        cmocka_unit_test(what_is_absent_is_completed_and_what_is_there_stays),
        cmocka_unit_test(a_text_is_replaced_where_the_message_has_it),
        cmocka_unit_test(a_list_of_texts_is_not_replaced_by_one),
        cmocka_unit_test(a_moment_that_cannot_be_becomes_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
