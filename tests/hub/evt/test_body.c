#include "hub/evt/body.h"

#include <string.h>

#include "schemas/fields.h"
#include "schemas/order.pb-c.h"
#include "tests/hub/evt/bodies.h"
#include "tests/support/filled.h"

/* --- views --- */

struct seen {
    enum view view;
    const char *event;
};

static bool is_hidden(
        const struct seen *seen, const ProtobufCFieldDescriptor *field)
{
    return seen->view != VIEW_FULL &&
           (field_rule_find(field->name)->hide & 1u << seen->view) != 0;
}

static void *value_at(const ProtobufCMessage *body,
        const ProtobufCFieldDescriptor *field, size_t i)
{
    uint8_t *first = (uint8_t *)(uintptr_t)body + field->offset;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        first = *(uint8_t **)(void *)first;
    return first + i * filled_size(field);
}

static void compare(const struct seen *seen, const ProtobufCMessage *full,
        const ProtobufCMessage *part);

static void compare_field(const struct seen *seen, const ProtobufCMessage *full,
        const ProtobufCMessage *part, const ProtobufCFieldDescriptor *field)
{
    size_t count = filled_count(part, field);

    if (is_hidden(seen, field)) {
        if (field->label == PROTOBUF_C_LABEL_REQUIRED)
            assert_string_equal(*(char **)value_at(part, field, 0), "");
        else if (count != 0)
            fail_msg("%s shows %s in view %d", seen->event, field->name,
                    seen->view);
        return;
    }
    if (count != filled_count(full, field))
        fail_msg(
                "%s lacks %s in view %d", seen->event, field->name, seen->view);
    for (size_t i = 0; i < count; i++) {
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            compare(seen, *(ProtobufCMessage **)value_at(full, field, i),
                    *(ProtobufCMessage **)value_at(part, field, i));
        else if (field->type == PROTOBUF_C_TYPE_STRING)
            assert_string_equal(*(char **)value_at(part, field, i),
                    *(char **)value_at(full, field, i));
        else
            assert_memory_equal(value_at(part, field, i),
                    value_at(full, field, i), filled_size(field));
    }
}

static void compare(const struct seen *seen, const ProtobufCMessage *full,
        const ProtobufCMessage *part)
{
    for (unsigned i = 0; i < full->descriptor->n_fields; i++)
        compare_field(seen, full, part, &full->descriptor->fields[i]);
}

static void ask_views(enum evt_id what)
{
    ProtobufCMessage *full = filled_body(evt_kinds[what].body);

    for (int view = VIEW_FULL; view < VIEW_COUNT; view++) {
        struct seen seen = { (enum view)view, evt_kinds[what].name };
        ProtobufCMessage *part = body_redact(full, (enum view)view);
        size_t len;
        uint8_t *data;

        assert_non_null(part);
        compare(&seen, full, part);
        data = pack(part, &len);
        assert_true(reads(evt_kinds[what].body, data, len));
        free(data);
        body_free(part);
    }
    expect_ok(full, "the original is as it was");
    body_free(full);
}

static void each_view_shows_its_fields_and_hides_the_others(void **unused)
{
    (void)unused;
    for_every_event(ask_views);
}

static void a_cook_sees_no_prices_and_a_guest_no_staff(void **unused)
{
    ProtobufCMessage *body = filled_body(&dw__order_created__descriptor);
    Dw__OrderCreated *cook = (void *)body_redact(body, VIEW_STAFF);
    Dw__OrderCreated *guest = (void *)body_redact(body, VIEW_CUSTOMER);
    Dw__OrderCreated *machine = (void *)body_redact(body, VIEW_DEVICE);

    (void)unused;
    assert_null(cook->order->totals);
    assert_false(cook->order->items[1]->has_unit_price_cents);
    assert_false(cook->order->items[1]->modifiers[0]->has_price_cents);
    assert_string_equal(cook->order->items[1]->notes, FILLED_TEXT);
    assert_string_equal(cook->order->cancel_reason, FILLED_TEXT);

    assert_non_null(guest->order->totals);
    assert_true(guest->order->items[1]->has_unit_price_cents);
    assert_null(guest->order->cancel_reason);

    assert_null(machine->order->customer);
    assert_null(machine->order->totals);
    assert_int_equal(machine->order->n_items, FILLED_ITEMS);
    body_free(body);
    body_free(&cook->base);
    body_free(&guest->base);
    body_free(&machine->base);
}

static void a_field_without_a_rule_is_shown_to_nobody_but_the_full_view(
        void **unused)
{
    (void)unused;
    assert_true(body_shows("no_such_field", VIEW_FULL));
    assert_false(body_shows("no_such_field", VIEW_STAFF));
    assert_false(body_shows("no_such_field", VIEW_CUSTOMER));
    assert_false(body_shows("no_such_field", VIEW_DEVICE));
    assert_true(body_shows("items", VIEW_DEVICE));
}

/* --- copies --- */

static void ask_copy(enum evt_id what)
{
    struct seen all = { VIEW_FULL, evt_kinds[what].name };
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);
    ProtobufCMessage *copy = body_copy(body);

    assert_non_null(copy);
    compare(&all, body, copy);
    body_free(body);
    expect_ok(copy, "a copy lives by itself");
    body_free(copy);
}

static void a_copy_is_equal_and_shares_nothing(void **unused)
{
    (void)unused;
    for_every_event(ask_copy);
    body_free(NULL);
}

/* --- names --- */

static void a_name_in_json_is_in_camel_case_and_a_moment_loses_its_unit(
        void **unused)
{
    static const struct {
        const char *field, *json;
        bool is_moment;
    } cases[] = {
        { "id", "id", false },
        { "order_id", "orderId", false },
        { "kitchen_order_id", "kitchenOrderId", false },
        { "unit_price_cents", "unitPriceCents", false },
        { "created_at_ms", "createdAt", true },
        { "last_session_at_ms", "lastSessionAt", true },
        { "prep_time_ms", "prepTimeMs", false },
        { "_at_ms", "AtMs", false },
        { "ms", "ms", false },
    };
    char json[JSON_NAME_CHARS + 1];

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        body_json_name(cases[i].field, json);
        assert_string_equal(json, cases[i].json);
        assert_int_equal(body_is_moment(cases[i].field), cases[i].is_moment);
    }
}

static void ask_name(void *unused, const struct filled_value *value)
{
    char json[JSON_NAME_CHARS + 1];
    size_t len;

    (void)unused;
    body_json_name(value->field->name, json);
    len = strlen(json);
    assert_true(len > 0 && len < JSON_NAME_CHARS);
    assert_int_equal(strspn(json, "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            len);
    if (body_is_moment(value->field->name))
        assert_int_equal(value->field->type, PROTOBUF_C_TYPE_INT64);
}

static void ask_names(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    filled_each(body, ask_name, NULL);
    body_free(body);
}

static void every_field_has_a_plain_name_in_json(void **unused)
{
    (void)unused;
    for_every_event(ask_names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_view_shows_its_fields_and_hides_the_others),
        cmocka_unit_test(a_cook_sees_no_prices_and_a_guest_no_staff),
        cmocka_unit_test(
                a_field_without_a_rule_is_shown_to_nobody_but_the_full_view),
        cmocka_unit_test(a_copy_is_equal_and_shares_nothing),
        cmocka_unit_test(
                a_name_in_json_is_in_camel_case_and_a_moment_loses_its_unit),
        cmocka_unit_test(every_field_has_a_plain_name_in_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
