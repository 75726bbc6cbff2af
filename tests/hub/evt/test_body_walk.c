#include "hub/evt/body_walk.h"

#include <string.h>

#include "schemas/order.pb-c.h"
#include "tests/hub/evt/bodies.h"
#include "tests/support/filled.h"

static void ask_place(void *unused, const struct filled_value *value)
{
    struct body_place place = body_find_place(value->owner, value->field);
    bool found = false;

    (void)unused;
    assert_int_equal(place.size, body_value_size(value->field->type));
    assert_int_equal(place.size, filled_size(value->field));
    assert_int_equal(place.count, filled_count(value->owner, value->field));
    for (size_t i = 0; i < place.count; i++)
        found = found || place.values + i * place.size == (uint8_t *)value->at;
    if (!found)
        fail_msg("%s stands elsewhere", value->path);
}

static void ask_places(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    filled_each(body, ask_place, NULL);
    body_free(body);
}

static void every_value_is_found_where_it_stands(void **unused)
{
    (void)unused;
    for_every_event(ask_places);
}

static bool can_be_absent(const ProtobufCFieldDescriptor *field)
{
    return field->label != PROTOBUF_C_LABEL_REQUIRED || body_is_pointer(field);
}

static void ask_cleared(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];

        if (!can_be_absent(field))
            continue;
        assert_true(body_find_place(body, field).count > 0);
        for (int times = 0; times < 2; times++) {
            body_clear_field(body, field);
            assert_int_equal(body_find_place(body, field).count, 0);
            assert_int_equal(filled_count(body, field), 0);
        }
    }
    body_free(body);
}

static void a_field_that_is_cleared_is_absent_and_may_be_cleared_again(
        void **unused)
{
    (void)unused;
    for_every_event(ask_cleared);
}

static void a_path_is_as_it_stands_in_json(void **unused)
{
    char path[FAULT_FIELD_CHARS + 1] = "";

    (void)unused;
    body_enter(path, 0, "order", 0, false);
    assert_string_equal(path, "order");
    body_enter(path, strlen(path), "items", 12, true);
    assert_string_equal(path, "order.items[12]");
    body_enter(path, strlen("order"), "created_at_ms", 0, false);
    assert_string_equal(path, "order.createdAt");
}

static void a_path_that_is_too_long_is_cut_off(void **unused)
{
    char path[FAULT_FIELD_CHARS + 1] = "";

    (void)unused;
    for (int i = 0; i < FAULT_FIELD_CHARS; i++)
        body_enter(path, strlen(path), "modifiers", 7, true);
    assert_int_equal(strlen(path), FAULT_FIELD_CHARS);
    assert_memory_equal(path, "modifiers[7].modifiers[7].", 26);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_found_where_it_stands),
        cmocka_unit_test(
                a_field_that_is_cleared_is_absent_and_may_be_cleared_again),
        cmocka_unit_test(a_path_is_as_it_stands_in_json),
        cmocka_unit_test(a_path_that_is_too_long_is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
