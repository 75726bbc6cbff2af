#include "hub/evt/body.h"

#include <stdio.h>
#include <string.h>

#include "hub/evt/evt.h"
#include "schemas/fields.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/hub/evt/bodies.h"
#include "tests/support/filled.h"

#define UNKNOWN_FIELDS 8 /* the most that a message may have */

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
    static char long_text[65536];

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
