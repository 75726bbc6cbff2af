#include "hub/evt/body.h"

#include <string.h>

#include "hub/evt/evt.h"
#include "schemas/order.pb-c.h"
#include "tests/hub/evt/bodies.h"
#include "tests/support/filled.h"
#include "tests/support/made.h"

/* --- one over the other --- */

static void expect_equal(
        const ProtobufCMessage *a, const ProtobufCMessage *b, const char *name)
{
    static uint8_t first[EVT_BODY_BYTES], second[EVT_BODY_BYTES];
    size_t len = protobuf_c_message_get_packed_size(a);

    assert_true(len <= sizeof(first));
    protobuf_c_message_pack(a, first);
    if (protobuf_c_message_get_packed_size(b) != len ||
            protobuf_c_message_pack(b, second) != len ||
            memcmp(first, second, len) != 0)
        fail_msg("%s is another one", name);
}

static void ask_merged(enum evt_id what)
{
    const char *name = evt_kinds[what].name;
    ProtobufCMessage *full = filled_body(evt_kinds[what].body);
    ProtobufCMessage *known = body_copy(full);

    assert_non_null(known);
    body_merge(known, full);
    expect_equal(known, full, name);
    body_free(known);
    known = body_new(evt_kinds[what].body);
    body_merge(known, full);
    expect_equal(known, full, name);
    body_free(known);
    body_free(full);
}

static void what_is_said_of_nothing_is_what_is_known_then(void **unused)
{
    (void)unused;
    for_every_event(ask_merged);
}

static void what_was_not_said_stays(void **unused)
{
    ProtobufCMessage *known =
            made_body(EVT_TABLE_UPDATED, "table.id", "5", "table.seats", "4",
                    "table.zone", "garden", "table.covers.total", "9", NULL);
    ProtobufCMessage *said = made_body(EVT_TABLE_UPDATED, "table.id", "5",
            "table.seats", "0", "table.covers.current", "3", NULL);

    (void)unused;
    body_merge(known, said);
    assert_true(made_is(known, "table.zone", "garden"));
    assert_true(made_is(known, "table.seats", "0"));
    assert_true(made_is(known, "table.covers.total", "9"));
    assert_true(made_is(known, "table.covers.current", "3"));
    assert_true(made_is(known, "metadata", NULL));
    body_free(known);
    body_free(said);
}

static void a_list_is_replaced_as_a_whole(void **unused)
{
    ProtobufCMessage *known = made_body(EVT_ORDER_ITEMS_ADDED, "items[0].name",
            "Soup", "items[1].name", "Beer", NULL);
    ProtobufCMessage *said =
            made_body(EVT_ORDER_ITEMS_ADDED, "items[0].name", "Cake", NULL);

    (void)unused;
    body_merge(known, said);
    assert_true(made_is(known, "items[0].name", "Cake"));
    assert_true(made_is(known, "items[1].name", NULL));
    body_free(known);
    body_free(said);
}

/* --- one beside the other --- */

/* Change what is said there; a second time it is as it was. Wide numbers are
 * two apart. */
static void change(const struct filled_value *value)
{
    if (value->field->type == PROTOBUF_C_TYPE_STRING)
        (*(char **)value->at)[0] ^= 1;
    else if (filled_size(value->field) == sizeof(int64_t))
        *(int64_t *)value->at ^= 2;
    else
        *(int32_t *)value->at ^= 1;
}

static bool is_counted(const char *name)
{
    return strcmp(name, "version") == 0 || strcmp(name, "previous") == 0;
}

struct beside {
    const ProtobufCMessage *known;
    ProtobufCMessage *said;
};

/* Somebody counts otherwise: no difference. A moment: one that is not there.
 * Anything else: a contradiction. */
static void ask_changed(void *context, const struct filled_value *value)
{
    struct beside *beside = context;
    const char *name = value->field->name;
    bool is_moment = body_is_moment(name);
    bool is_same = is_counted(name);

    if (value->field->type == PROTOBUF_C_TYPE_MESSAGE)
        return;
    assert_true(body_covers(beside->known, beside->said, 0));
    change(value);
    if (body_covers(beside->known, beside->said, 1) != is_same ||
            body_covers(beside->known, beside->said, 2) !=
                    (is_same || is_moment) ||
            body_agrees(beside->known, beside->said) != (is_same || is_moment))
        fail_msg("%s: changed", value->path);
    change(value);
}

static void ask_beside(enum evt_id what)
{
    ProtobufCMessage *known = filled_body(evt_kinds[what].body);
    struct beside beside = { known, body_copy(known) };

    filled_each(beside.said, ask_changed, &beside);
    body_free(beside.said);
    body_free(known);
}

static void what_is_said_otherwise_is_neither_covered_nor_agreed(void **unused)
{
    (void)unused;
    for_every_event(ask_beside);
}

static void who_says_less_is_covered_and_who_says_more_only_agrees(
        void **unused)
{
    Dw__Order *known = (void *)filled_body(&dw__order__descriptor);
    Dw__Order *said = (void *)body_copy(&known->base);

    (void)unused;
    free(said->notes);
    said->notes = NULL;
    said->has_priority = 0;
    body_free(&said->items[0]->modifiers[0]->base);
    body_free(&said->items[0]->modifiers[1]->base);
    said->items[0]->n_modifiers = 0;
    assert_true(body_covers(&known->base, &said->base, 0));
    assert_true(body_agrees(&known->base, &said->base));
    assert_false(body_covers(&said->base, &known->base, 0));
    assert_true(body_agrees(&said->base, &known->base));

    /* A list of another length says something else. */
    body_free(&said->items[1]->base);
    said->n_items = 1;
    assert_false(body_covers(&known->base, &said->base, 0));
    assert_false(body_agrees(&known->base, &said->base));
    body_free(&known->base);
    body_free(&said->base);
}

static void moments_apart_by_more_than_can_be_counted_are_apart(void **unused)
{
    Dw__Order *known = (void *)body_new(&dw__order__descriptor);
    Dw__Order *said = (void *)body_new(&dw__order__descriptor);

    (void)unused;
    known->created_at_ms = INT64_MIN;
    known->has_created_at_ms = 1;
    said->created_at_ms = INT64_MAX;
    said->has_created_at_ms = 1;
    assert_false(body_covers(&known->base, &said->base, 10000));
    assert_false(body_covers(&said->base, &known->base, 10000));
    assert_true(body_agrees(&known->base, &said->base));
    body_free(&known->base);
    body_free(&said->base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_otherwise_is_neither_covered_nor_agreed),
        cmocka_unit_test(
                who_says_less_is_covered_and_who_says_more_only_agrees),
        cmocka_unit_test(moments_apart_by_more_than_can_be_counted_are_apart),
        cmocka_unit_test(what_is_said_of_nothing_is_what_is_known_then),
        cmocka_unit_test(what_was_not_said_stays),
        cmocka_unit_test(a_list_is_replaced_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
