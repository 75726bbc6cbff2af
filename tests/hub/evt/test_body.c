#include "hub/evt/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/evt.h"
#include "schemas/catalogue.h"
#include "schemas/fields.h"
#include "schemas/floor.pb-c.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/filled.h"

#define UNKNOWN_FIELDS 8 /* the most that a message may have */

static void for_every_event(void (*ask)(enum evt_id what))
{
    for (int what = 0; what < EVT_COUNT; what++)
        ask((enum evt_id)what);
}

/* The body is refused with this code and path, and says why. */
static void expect(
        const ProtobufCMessage *body, enum err code, const char *path)
{
    struct fault fault = { 0 };
    enum err err = body_check(body, &fault);

    if (err != code || fault.code != code || strcmp(fault.field, path) != 0)
        fail_msg("%s at %s, not %s at %s", err_kinds[err].name, fault.field,
                err_kinds[code].name, path);
    assert_true(strlen(fault.text) > 0);
}

static void expect_ok(const ProtobufCMessage *body, const char *path)
{
    struct fault fault = { 0 };

    if (body_check(body, &fault) != ERR_OK)
        fail_msg("%s: %s %s", path, fault.field, fault.text);
    assert_int_equal(fault.code, ERR_OK);
}

/* --- limits of every field of every event --- */

static void ask_filled(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    expect_ok(body, evt_kinds[what].name);
    body_free(body);
}

static void a_body_within_all_limits_is_fine(void **unused)
{
    (void)unused;
    for_every_event(ask_filled);
}

/* Put `text` there for a moment. */
static void try_text(ProtobufCMessage *body, const struct filled_value *value,
        const char *text, enum err code)
{
    const char *before;

    memcpy(&before, value->at, sizeof(before));
    memcpy(value->at, &text, sizeof(text));
    if (code == ERR_OK)
        expect_ok(body, value->path);
    else
        expect(body, code, value->path);
    memcpy(value->at, &before, sizeof(before));
}

static void ask_text(void *body, const struct filled_value *value)
{
    const struct field_rule *rule = field_rule_find(value->field->name);
    enum err odd = rule->grammar == GRAMMAR_ID ? ERR_BAD_ID : ERR_OUT_OF_RANGE;
    char long_text[1024];

    if (value->field->type != PROTOBUF_C_TYPE_STRING)
        return;
    assert_in_range(rule->max_chars, 1, sizeof(long_text) - 2);
    memset(long_text, 'a', sizeof(long_text));
    long_text[rule->max_chars] = '\0';
    try_text(body, value, long_text, ERR_OK);
    long_text[rule->max_chars] = 'a';
    long_text[rule->max_chars + 1] = '\0';
    try_text(body, value, long_text, ERR_OUT_OF_RANGE);

    try_text(body, value, "", rule->grammar == GRAMMAR_TEXT ? ERR_OK : odd);
    try_text(body, value, "\x1b@", odd);
    try_text(body, value, "a\t", odd);
    try_text(body, value, "a\r", odd);
    try_text(body, value, "\x7f", odd);
    try_text(body, value, "a\n", rule->lines ? ERR_OK : odd);
    try_text(body, value, "\xc2\x9b", odd); /* a control of one byte in C1 */
    try_text(body, value, "a\xff", odd == ERR_BAD_ID ? odd : ERR_BAD_UTF8);
    try_text(body, value, "\xc3\xa9",
            rule->grammar == GRAMMAR_TEXT ? ERR_OK : odd);
    try_text(body, value, "a/b", rule->grammar == GRAMMAR_TEXT ? ERR_OK : odd);
    try_text(body, value, "Az", rule->grammar == GRAMMAR_WORD ? odd : ERR_OK);
}

static void ask_texts(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    filled_each(body, ask_text, body);
    expect_ok(body, evt_kinds[what].name);
    body_free(body);
}

static void every_text_is_held_to_its_length_and_grammar(void **unused)
{
    (void)unused;
    for_every_event(ask_texts);
}

static void try_number(ProtobufCMessage *body, const struct filled_value *value,
        int64_t number, enum err code)
{
    size_t size = filled_size(value->field);
    int32_t narrow = (int32_t)number;
    const void *from = size == sizeof(narrow) ? (const void *)&narrow : &number;
    uint8_t before[8];

    memcpy(before, value->at, size);
    memcpy(value->at, from, size);
    if (code == ERR_OK)
        expect_ok(body, value->path);
    else
        expect(body, code, value->path);
    memcpy(value->at, before, size);
}

static void ask_number(void *body, const struct filled_value *value)
{
    const struct field_rule *rule = field_rule_find(value->field->name);
    bool is_wide = value->field->type == PROTOBUF_C_TYPE_INT64;

    if (!is_wide && value->field->type != PROTOBUF_C_TYPE_UINT32)
        return;
    assert_true(rule->min < rule->max);
    try_number(body, value, rule->min, ERR_OK);
    try_number(body, value, rule->max, ERR_OK);
    if (is_wide || rule->max < UINT32_MAX)
        try_number(body, value, rule->max + 1, ERR_OUT_OF_RANGE);
    if (is_wide || rule->min > 0)
        try_number(body, value, rule->min - 1, ERR_OUT_OF_RANGE);
    if (is_wide) {
        try_number(body, value, INT64_MAX, ERR_OUT_OF_RANGE);
        try_number(body, value, INT64_MIN, ERR_OUT_OF_RANGE);
    }
}

static void ask_word(void *body, const struct filled_value *value)
{
    const ProtobufCEnumDescriptor *words = value->field->descriptor;

    if (value->field->type != PROTOBUF_C_TYPE_ENUM)
        return;
    for (unsigned i = 0; i < words->n_values; i++)
        try_number(body, value, words->values[i].value,
                words->values[i].value == 0 ? ERR_OUT_OF_RANGE : ERR_OK);
    try_number(body, value, 99, ERR_OUT_OF_RANGE);
    try_number(body, value, -1, ERR_OUT_OF_RANGE);
}

static void ask_numbers(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    filled_each(body, ask_number, body);
    filled_each(body, ask_word, body);
    expect_ok(body, evt_kinds[what].name);
    body_free(body);
}

static void every_number_and_word_is_held_to_its_range(void **unused)
{
    (void)unused;
    for_every_event(ask_numbers);
}

static void ask_required(void *body, const struct filled_value *value)
{
    bool is_pointer = value->field->type == PROTOBUF_C_TYPE_STRING ||
                      value->field->type == PROTOBUF_C_TYPE_MESSAGE;
    void *before;

    if (!is_pointer || value->field->label == PROTOBUF_C_LABEL_REPEATED)
        return;
    memcpy(&before, value->at, sizeof(before));
    memset(value->at, 0, sizeof(before));
    if (value->field->label == PROTOBUF_C_LABEL_REQUIRED)
        expect(body, ERR_MISSING_FIELD, value->path);
    else
        expect_ok(body, value->path);
    memcpy(value->at, &before, sizeof(before));
}

static void ask_requireds(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    filled_each(body, ask_required, body);
    body_free(body);
}

static void only_what_is_required_is_missed(void **unused)
{
    (void)unused;
    for_every_event(ask_requireds);
}

/* Make the first element stand there `count` times, for a moment. */
static void try_count(ProtobufCMessage *body, const struct filled_value *value,
        size_t count, bool is_fine)
{
    uint8_t *owner = (uint8_t *)value->owner;
    size_t *n = (size_t *)(void *)(owner + value->field->quantifier_offset);
    void **values = calloc(count, sizeof(void *)), *before;
    char path[128];

    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        memcpy(&values[i], value->at, sizeof(void *));
    memcpy(&before, owner + value->field->offset, sizeof(before));
    memcpy(owner + value->field->offset, &values, sizeof(values));
    *n = count;
    snprintf(path, sizeof(path), "%.*s", (int)strlen(value->path) - 3,
            value->path); /* without the [0] */
    if (is_fine)
        expect_ok(body, path);
    else
        expect(body, ERR_OUT_OF_RANGE, path);
    memcpy(owner + value->field->offset, &before, sizeof(before));
    *n = FILLED_ITEMS;
    free(values);
}

static void ask_count(void *body, const struct filled_value *value)
{
    const struct field_rule *rule = field_rule_find(value->field->name);

    if (value->field->label != PROTOBUF_C_LABEL_REPEATED ||
            strcmp(value->path + strlen(value->path) - 3, "[0]") != 0)
        return;
    assert_true(rule->max_items >= FILLED_ITEMS);
    try_count(body, value, rule->max_items, true);
    try_count(body, value, rule->max_items + 1, false);
}

static void ask_counts(enum evt_id what)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    filled_each(body, ask_count, body);
    body_free(body);
}

static void every_list_is_held_to_its_length(void **unused)
{
    (void)unused;
    for_every_event(ask_counts);
}

static void a_fault_names_the_field_as_the_sender_wrote_it(void **unused)
{
    ProtobufCMessage *body = filled_body(&dw__order_created__descriptor);
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

    (void)unused;
    order->items[1]->quantity = 0;
    expect(body, ERR_OUT_OF_RANGE, "order.items[1].quantity");
    order->items[1]->quantity = 1;
    order->items[0]->modifiers[1]->price_cents = 100000001;
    expect(body, ERR_OUT_OF_RANGE, "order.items[0].modifiers[1].priceCents");
    order->items[0]->modifiers[1]->price_cents = 0;
    order->created_at_ms = -1;
    expect(body, ERR_OUT_OF_RANGE, "order.createdAt");
    body_free(body);
}

/* --- bytes from strangers --- */

static uint8_t *pack(const ProtobufCMessage *body, size_t *len)
{
    uint8_t *data = malloc(protobuf_c_message_get_packed_size(body) + 1);

    assert_non_null(data);
    *len = protobuf_c_message_pack(body, data);
    return data;
}

/* Can it be read, and is what was read safe to look at? */
static bool reads(
        const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len)
{
    ProtobufCMessage *body = body_unpack(type, data, len);
    struct fault fault;

    if (!body)
        return false;
    body_check(body, &fault);
    body_free(body);
    return true;
}

static void ask_cut(enum evt_id what)
{
    const ProtobufCMessageDescriptor *type = evt_kinds[what].body;
    ProtobufCMessage *body = filled_body(type);
    size_t len;
    uint8_t *data = pack(body, &len);

    assert_true(reads(type, data, len));
    for (size_t cut = 0; cut < len; cut++)
        reads(type, data, cut);
    assert_false(reads(type, data, len - 1));
    for (size_t at = 0; at < len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            data[at] ^= (uint8_t)(1 << bit);
            reads(type, data, len);
            data[at] ^= (uint8_t)(1 << bit);
        }
    }
    free(data);
    body_free(body);
}

static void bytes_cut_short_or_flipped_do_no_harm(void **unused)
{
    (void)unused;
    for_every_event(ask_cut);
}

static void what_is_not_the_message_is_not_read(void **unused)
{
    static const uint8_t wrong_type[] = { 0x08, 0x01 }; /* a number for an id */
    static const uint8_t group[] = { 0x0b, 0x0c };
    static const uint8_t endless[] = { 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f };

    (void)unused;
    assert_false(reads(&dw__kitchen_ready__descriptor, wrong_type, 2));
    assert_false(reads(&dw__kitchen_ready__descriptor, group, 2));
    assert_false(reads(&dw__kitchen_ready__descriptor, endless, 6));
    assert_false(reads(&dw__kitchen_ready__descriptor, NULL, 0));
}

static void text_that_is_not_utf_8_is_not_read_wherever_it_stands(void **unused)
{
    static const uint8_t top[] = "\x0a\x02\xc3(";
    static const uint8_t part[] = "\x0a\x01"
                                  "a\x12\x03\x0a\x01\xff";
    static const uint8_t good[] = "\x0a\x01"
                                  "a\x12\x04\x0a\x02\xc3\xa9";
    ProtobufCMessage *body = filled_body(&dw__order_updated__descriptor);
    size_t len;
    uint8_t *data;

    (void)unused;
    assert_false(reads(&dw__kitchen_ready__descriptor, top, 4));
    assert_false(reads(&dw__kitchen_ready__descriptor, part, 8));
    assert_true(reads(&dw__kitchen_ready__descriptor, good, 9));

    /* In the last element of a list. */
    ((Dw__OrderUpdated *)(void *)body)->changed[1][2] = (char)0x80;
    data = pack(body, &len);
    assert_false(reads(body->descriptor, data, len));
    free(data);
    body_free(body);
}

static void eight_unknown_fields_are_passed_over_and_nine_are_not(void **unused)
{
    uint8_t data[64] = "\x0a\x01"
                       "a";
    size_t len = 3;

    (void)unused;
    for (int i = 0; i < UNKNOWN_FIELDS; i++) {
        data[len++] = 0x78; /* field 15, a varint */
        data[len++] = 1;
        assert_true(reads(&dw__kitchen_ready__descriptor, data, len));
    }
    data[len++] = 0x78;
    data[len++] = 1;
    assert_false(reads(&dw__kitchen_ready__descriptor, data, len));
}

static void unknown_fields_are_counted_in_each_part(void **unused)
{
    uint8_t data[64] = "\x0a\x01"
                       "a\x12";
    size_t len = 5;

    (void)unused;
    data[len++] = 0x0a;
    data[len++] = 1;
    data[len++] = '5';
    for (int i = 0; i <= UNKNOWN_FIELDS; i++) {
        data[4] = (uint8_t)(len - 5);
        assert_true(reads(&dw__kitchen_ready__descriptor, data, len));
        data[len++] = 0x78;
        data[len++] = 1;
    }
    data[4] = (uint8_t)(len - 5);
    assert_false(reads(&dw__kitchen_ready__descriptor, data, len));
}

/* A few bytes can ask for much memory: each empty text needs a pointer. */
static void a_message_that_would_take_too_much_memory_is_not_read(void **unused)
{
    enum { PAIRS = 16000 };
    uint8_t *data = malloc(2 * PAIRS);

    (void)unused;
    assert_non_null(data);
    for (size_t i = 0; i < PAIRS; i++) {
        data[2 * i] = 0x52; /* allergens of an item */
        data[2 * i + 1] = 0;
    }
    memcpy(data,
            "\x0a\x01"
            "a\x12\x01"
            "b\x18\x01",
            8);
    assert_true(reads(&dw__item__descriptor, data, 108));
    assert_false(reads(&dw__item__descriptor, data, 2 * PAIRS));
    free(data);
}

/* Let `list` hold `count` times what stands first in it. */
static void *repeat(void *list, size_t count)
{
    void **values = malloc(count * sizeof(*values));

    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        memcpy(&values[i], list, sizeof(void *));
    return values;
}

/* What was accepted once must be readable when the journal is read back. */
static void the_order_of_the_most_parts_can_be_read_again(void **unused)
{
    ProtobufCMessage *body = filled_body(&dw__order_created__descriptor);
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    Dw__Item item = *order->items[0], *same = &item;
    Dw__Order whole = *order;
    Dw__OrderCreated created = *(Dw__OrderCreated *)(void *)body;
    struct evt *evt;

    (void)unused;
    created.order = &whole;
    item.n_modifiers = item.n_allergens = 16;
    item.modifiers = repeat(order->items[0]->modifiers, 16);
    item.allergens = repeat(order->items[0]->allergens, 16);
    whole.n_items = 100;
    whole.items = repeat(&same, 100);
    expect_ok(&created.base, "as much as there may be");

    assert_int_equal(
            evt_create(EVT_ORDER_CREATED, body_copy(&created.base), &evt),
            ERR_OK);
    assert_true(reads(body->descriptor, evt->packed, evt->packed_len));
    evt_unref(evt);
    free(item.modifiers);
    free(item.allergens);
    free(whole.items);
    body_free(body);
}

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

/* --- copies, and fields by name --- */

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
        cmocka_unit_test(a_body_within_all_limits_is_fine),
        cmocka_unit_test(every_text_is_held_to_its_length_and_grammar),
        cmocka_unit_test(every_number_and_word_is_held_to_its_range),
        cmocka_unit_test(only_what_is_required_is_missed),
        cmocka_unit_test(every_list_is_held_to_its_length),
        cmocka_unit_test(a_fault_names_the_field_as_the_sender_wrote_it),
        cmocka_unit_test(bytes_cut_short_or_flipped_do_no_harm),
        cmocka_unit_test(what_is_not_the_message_is_not_read),
        cmocka_unit_test(text_that_is_not_utf_8_is_not_read_wherever_it_stands),
        cmocka_unit_test(eight_unknown_fields_are_passed_over_and_nine_are_not),
        cmocka_unit_test(unknown_fields_are_counted_in_each_part),
        cmocka_unit_test(a_message_that_would_take_too_much_memory_is_not_read),
        cmocka_unit_test(the_order_of_the_most_parts_can_be_read_again),
        cmocka_unit_test(each_view_shows_its_fields_and_hides_the_others),
        cmocka_unit_test(a_cook_sees_no_prices_and_a_guest_no_staff),
        cmocka_unit_test(
                a_field_without_a_rule_is_shown_to_nobody_but_the_full_view),
        cmocka_unit_test(a_copy_is_equal_and_shares_nothing),
        cmocka_unit_test(a_text_is_found_by_its_path),
        cmocka_unit_test(what_is_absent_is_completed_and_what_is_there_stays),
        cmocka_unit_test(a_moment_that_cannot_be_becomes_now),
        cmocka_unit_test(
                a_name_in_json_is_in_camel_case_and_a_moment_loses_its_unit),
        cmocka_unit_test(every_field_has_a_plain_name_in_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
