/*
 * What dialects say: of each row of each of them, from bodies in which
 * everything is there, and of some of them word by word.
 */
#include "bridge/dialect/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/codec.h"
#include "hub/evt/body.h"
#include "tests/support/filled.h"

#define NOW 1769882645123 /* 2026-01-31T18:04:05.123Z */
#define ALL (~0u)

static struct fault fault;

/* --- helpers --- */

static ProtobufCMessage *body_of(enum evt_id what, const char *json)
{
    struct heard heard;

    if (dialect_hear(evt_kinds[what].name, json, strlen(json), &heard,
                &fault) != ERR_OK)
        fail_msg("%s: %s", fault.field, fault.text);
    return heard.body;
}

/* The text, with a NUL; free it. */
static char *said(
        const struct say_row *row, const ProtobufCMessage *body, enum view view)
{
    struct buf out;

    buf_init(&out, FORM_BYTES);
    dialect_put_said(&out, row, body, view);
    buf_putc(&out, '\0');
    assert_false(out.failed);
    return out.data;
}

/* The only row by which it is said to a room of this kind. */
static const struct say_row *row_of(
        enum dialect_id dialect, enum evt_id what, uint32_t room)
{
    const struct say_row *rows[SAY_ROWS];

    assert_int_equal(dialect_rows(dialect, what, room, 0, rows), 1);
    return rows[0];
}

static void expect(const struct say_row *row, const char *payload,
        enum view view, const char *text)
{
    ProtobufCMessage *body = body_of(row->what, payload);
    char *data = said(row, body, view);

    assert_string_equal(data, text);
    free(data);
    body_free(body);
}

static void each_row(void (*on_row)(const struct say_row *row))
{
    for (int i = 0; i < DIALECT_COUNT; i++)
        for (const struct say_row *row = dialects[i].says; row->name; row++)
            on_row(row);
}

/* --- every row --- */

static void forget_word(void *unused, const struct filled_value *value)
{
    char **text = value->at;

    (void)unused;
    if (!is_other_word_field(value->owner->descriptor, value->field))
        return;
    free(*text);
    *text = NULL;
}

/* A body with everything in it; `words` false: no words that nobody knows. */
static ProtobufCMessage *full_body(enum evt_id what, bool words)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    if (!words)
        filled_each(body, forget_word, NULL);
    return body;
}

static void check_json(const struct say_row *row)
{
    for (int view = VIEW_FULL; view < VIEW_COUNT; view++) {
        ProtobufCMessage *body = full_body(row->what, view != VIEW_FULL);
        char *text = said(row, body, (enum view)view);

        if (json_gate(text, strlen(text), &fault) != ERR_OK)
            fail_msg("%s, %s: %s: %s: %s", dialects[row->dialect].name,
                    row->name, text, fault.field, fault.text);
        free(text);
        body_free(body);
    }
}

static void every_row_is_said_as_json_without_a_key_twice(void **unused)
{
    (void)unused;
    each_row(check_json);
}

static void check_empty(const struct say_row *row)
{
    ProtobufCMessage *body = body_new(evt_kinds[row->what].body);
    char *text = said(row, body, VIEW_FULL);

    assert_int_equal(json_gate(text, strlen(text), &fault), ERR_OK);
    if (strcmp(text, "{}") != 0)
        assert_null(strstr(text, "{}"));
    free(text);
    body_free(body);
}

/* Of parts that are not there no empty objects are left. Numbers that are
 * always there are not asked for: they stand in parts. */
static void a_body_without_anything_can_be_said(void **unused)
{
    (void)unused;
    each_row(check_empty);
}

/* --- what a dialect says it understands --- */

static const struct hear_row *hearing_of(const struct say_row *row)
{
    const struct hear_row *hear = dialects[row->dialect].hears;

    while (hear->name && strcmp(hear->name, row->name) != 0)
        hear++;
    return hear->name ? hear : NULL;
}

static const struct shape_field *find_said(
        const struct shape_field *shape, const char *theirs)
{
    for (; shape->theirs; shape++)
        if (strcmp(shape->theirs, theirs) == 0 && !(shape->flags & HEARD) &&
                codecs[shape->as].say)
            return shape;
    return NULL;
}

/* Does it say all that it needs to hear? Some rooms are told less. */
static bool says_enough(const struct say_row *row, const struct hear_row *hear)
{
    for (const struct shape_field *f = hear->shape; f->theirs; f++)
        if (f->flags & NEEDED && !find_said(row->shape, f->theirs))
            return false;
    return true;
}

static char *said_field(const struct say_row *row,
        const struct shape_field *field, const ProtobufCMessage *body)
{
    const struct shape_field alone[] = { *field,
        { NULL, NULL, AS_END, NULL, NULL, 0 } };
    const struct say_row one = { .what = row->what,
        .name = row->name,
        .shape = alone,
        .dialect = row->dialect };

    return said(&one, body, VIEW_FULL);
}

/* Does what is heard say what was said? Of parts, what both shapes have: the
 * same table says them. */
static void compare(const struct say_row *row, const struct hear_row *hear,
        const ProtobufCMessage *body, const ProtobufCMessage *again)
{
    for (const struct shape_field *f = hear->shape; f->theirs; f++) {
        const struct shape_field *other = find_said(row->shape, f->theirs);
        char *first, *second;

        if (!other || f->flags & SAID || !codecs[f->as].hear)
            continue;
        assert_int_equal(f->as, other->as);
        assert_string_equal(f->ours, other->ours);
        first = said_field(row, other, body);
        second = said_field(row, other, again);
        if (strcmp(first, second) != 0)
            fail_msg("%s, %s, %s: %s\nis not\n%s", dialects[row->dialect].name,
                    row->name, f->theirs, second, first);
        free(first);
        free(second);
    }
}

static unsigned understood;

static void check_understood(const struct say_row *row, bool words)
{
    const struct hear_row *hear = hearing_of(row);
    ProtobufCMessage *body;
    struct heard heard;
    enum err err;
    char *text;

    if (!hear)
        return;
    body = full_body(row->what, words);
    text = said(row, body, VIEW_FULL);
    err = dialect_hear_message(
            row->dialect, row->name, text, strlen(text), &heard, &fault);
    if (!says_enough(row, hear))
        assert_int_equal(err, ERR_MISSING_FIELD);
    else if (err != ERR_OK)
        fail_msg("%s, %s: %s: %s: %s", dialects[row->dialect].name, row->name,
                text, fault.field, fault.text);
    if (err == ERR_OK && hear->what == row->what) {
        compare(row, hear, body, heard.body);
        understood++;
    }
    body_free(err == ERR_OK ? heard.body : NULL);
    free(text);
    body_free(body);
}

static void check_with_words(const struct say_row *row)
{
    check_understood(row, true);
}

static void check_without_words(const struct say_row *row)
{
    check_understood(row, false);
}

static void what_a_dialect_says_it_understands(void **unused)
{
    (void)unused;
    understood = 0;
    each_row(check_with_words);
    each_row(check_without_words);
    assert_true(understood > 100); /* most rows, twice */
}

/* --- numbers of rows --- */

static void every_row_has_a_number_of_its_own_that_fits_its_key(void **unused)
{
    bool taken[UINT8_MAX + 1] = { false };

    (void)unused;
    for (int i = 0; i < DIALECT_COUNT; i++)
        for (const struct say_row *row = dialects[i].says; row->name; row++) {
            assert_true(row->number <= UINT8_MAX);
            assert_false(taken[row->number]);
            taken[row->number] = true;
            assert_int_equal(row->dialect, i);
        }
}

static unsigned rows_of(int dialect, enum evt_id what)
{
    unsigned count = 0;

    for (const struct say_row *row = dialects[dialect].says; row->name; row++)
        count += row->what == what;
    return count;
}

static void no_event_has_more_rows_than_are_asked_for(void **unused)
{
    (void)unused;
    for (int i = 0; i < DIALECT_COUNT; i++)
        for (int what = 0; what < EVT_COUNT; what++)
            assert_true(rows_of(i, (enum evt_id)what) <= SAY_ROWS);
}

static void measure(const struct shape_field *shape)
{
    unsigned count = 0;

    for (; shape->theirs; shape++, count++)
        if (shape->shape)
            measure(shape->shape);
    assert_in_range(count, 1, 64); /* as hear_shape counts them */
}

static void shapes_have_at_most_64_fields(void **unused)
{
    (void)unused;
    for (int i = 0; i < DIALECT_COUNT; i++)
        for (const struct hear_row *row = dialects[i].hears; row->name; row++)
            measure(row->shape);
}

static void rows_are_those_of_the_rooms_it_came_by(void **unused)
{
    const struct say_row *rows[SAY_ROWS];

    (void)unused;
    assert_int_equal(
            dialect_rows(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_KITCHEN, 0, rows),
            1);
    assert_string_equal(rows[0]->name, "kitchen:order_ready");
    assert_int_equal(dialect_rows(DIALECT_KDS, EVT_KITCHEN_READY,
                             ROOM_KITCHEN | ROOM_TABLE, 0, rows),
            2);
    assert_string_equal(rows[1]->name, "kitchen:ready");
    assert_int_equal(
            dialect_rows(DIALECT_KDS, EVT_KITCHEN_STATS, ROOM_ADMIN, 0, rows),
            0);
    assert_int_equal(
            dialect_rows(DIALECT_FLAT, EVT_KITCHEN_READY, ALL, 0, rows), 0);
    assert_int_equal(
            dialect_rows(DIALECT_NATIVE, EVT_KITCHEN_READY, ALL, 0, rows), 0);
    assert_int_equal(
            dialect_rows(DIALECT_ENV, EVT_ORDER_CREATED, ROOM_GUESTS, 0, rows),
            1);
    assert_int_equal(
            dialect_rows(DIALECT_ENV, EVT_ORDER_CREATED, 0, 0, rows), 0);
}

/* The names by which a new order, or more of it, is told there. */
static void expect_names(enum dialect_id dialect, enum evt_id what,
        uint32_t rooms, uint32_t unsaid, const char *wanted)
{
    const struct say_row *rows[SAY_ROWS];
    uint32_t count = dialect_rows(dialect, what, rooms, unsaid, rows);
    char names[128] = "";

    for (uint32_t i = 0; i < count; i++) {
        size_t len = strlen(names);

        snprintf(names + len, sizeof(names) - len, "%s%s", i ? " " : "",
                rows[i]->name);
    }
    assert_string_equal(names, wanted);
}

static void a_house_may_tell_the_kitchen_of_an_order_in_one_word(void **unused)
{
    static const struct {
        uint32_t unsaid;
        const char *kitchen;
    } cases[] = { { 0, "order:new order:created" },
        { UNSAID_KDS_KITCHEN_CREATED, "order:new" },
        { UNSAID_KDS_KITCHEN_NEW, "order:created" },
        { UNSAID_KEBAB_ADDED, "order:new order:created" } };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_names(DIALECT_KDS, EVT_ORDER_CREATED, ROOM_KITCHEN,
                cases[i].unsaid, cases[i].kitchen);
        expect_names(DIALECT_KDS, EVT_ORDER_CREATED, ROOM_WAITERS,
                cases[i].unsaid, "order:created");
        expect_names(DIALECT_KDS, EVT_ORDER_CREATED, ROOM_TABLE,
                cases[i].unsaid, "order:created");
        expect_names(DIALECT_KDS, EVT_ORDER_ITEMS_ADDED, ROOM_KITCHEN,
                cases[i].unsaid, "order:items_added");
    }
    /* Who is a waiter, too, is told what waiters are told: once. */
    expect_names(DIALECT_KDS, EVT_ORDER_CREATED, ROOM_KITCHEN | ROOM_WAITERS,
            UNSAID_KDS_KITCHEN_CREATED, "order:new order:created");
    expect_names(DIALECT_KDS, EVT_ORDER_CREATED, ROOM_KITCHEN | ROOM_WAITERS,
            UNSAID_KDS_KITCHEN_NEW, "order:created");
}

static void a_house_may_not_tell_of_added_items_as_of_an_order(void **unused)
{
    (void)unused;
    expect_names(
            DIALECT_KEBAB, EVT_ORDER_ITEMS_ADDED, ROOM_KITCHEN, 0, "new-order");
    expect_names(DIALECT_KEBAB, EVT_ORDER_ITEMS_ADDED, ROOM_KITCHEN,
            UNSAID_KEBAB_ADDED, "");
    expect_names(DIALECT_KEBAB, EVT_ORDER_CREATED, ROOM_KITCHEN, UNSAID_ALL,
            "new-order");
    expect_names(DIALECT_FLAT, EVT_ORDER_CREATED, ROOM_ALL, UNSAID_ALL,
            "order:created");
}

/* Else it would be told to everybody's connection. */
static void what_is_unsaid_in_all_its_rooms_is_for_no_connection(void **unused)
{
    (void)unused;
    expect_names(DIALECT_KEBAB, EVT_ORDER_ITEMS_ADDED, 0, UNSAID_ALL, "");
    expect_names(DIALECT_ENV, EVT_SOCKET_READY, 0, UNSAID_ALL, "socket.ready");
}

static void a_row_of_no_room_is_for_the_connection_alone(void **unused)
{
    const struct say_row *rows[SAY_ROWS];

    (void)unused;
    assert_int_equal(
            dialect_rows(DIALECT_ENV, EVT_SOCKET_READY, 0, 0, rows), 1);
    assert_string_equal(rows[0]->name, "socket.ready");
    assert_int_equal(
            dialect_rows(DIALECT_ENV, EVT_SOCKET_READY, ROOM_ALL, 0, rows), 0);
}

/* --- word by word --- */

static const char order[] =
        "{\"order\":{\"id\":\"17\",\"number\":\"A-7\",\"table\":{\"id\":\"5\","
        "\"number\":5},\"customer\":{\"name\":\"Ana\"},\"status\":"
        "\"preparing\",\"items\":[{\"id\":\"1\",\"name\":\"Soup\",\"quantity\":"
        "2,\"unitPriceCents\":450,\"modifiers\":[{\"name\":\"hot\","
        "\"priceCents\":-50}]}],\"totals\":{\"totalCents\":800,"
        "\"finalCents\":805},\"createdAt\":\"2026-01-31T18:04:05.123Z\","
        "\"updatedAt\":\"2026-01-31T18:04:06.000Z\",\"version\":3,"
        "\"session\":{\"id\":\"s-1\",\"key\":\"k\"}}}";

static void an_order_in_kds_has_numbers_for_ids(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_KDS, EVT_ORDER_CREATED, ROOM_WAITERS), order,
            VIEW_FULL,
            "{\"orderId\":17,\"tableId\":5,\"orderNumber\":\"A-7\","
            "\"status\":\"preparing\",\"totalAmount\":8,\"finalAmount\":8.05,"
            "\"items\":[{\"itemId\":1,\"name\":\"Soup\",\"quantity\":2,"
            "\"unitPrice\":4.5,\"modifiers\":[{\"name\":\"hot\","
            "\"price\":-0.5}]}]}");
}

static void dotted_names_open_objects_and_close_them(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_SESSION, EVT_ORDER_CREATED, ROOM_RESTAURANT), order,
            VIEW_FULL,
            "{\"order\":{\"id\":\"17\",\"items\":[{\"id\":\"1\","
            "\"name\":\"Soup\",\"quantity\":2,\"price\":4.5,\"modifiers\":["
            "{\"name\":\"hot\",\"price\":-0.5}]}],\"totalAmount\":8,"
            "\"status\":\"cooking\",\"tableNumber\":5,\"customerName\":\"Ana\","
            "\"createdAt\":\"2026-01-31T18:04:05.123Z\"},"
            "\"session\":{\"id\":\"s-1\",\"tableNumber\":5}}");
    expect(row_of(DIALECT_SESSION, EVT_ORDER_CREATED, ROOM_RESTAURANT),
            "{\"order\":{\"id\":\"17\"}}", VIEW_FULL,
            "{\"order\":{\"id\":\"17\",\"items\":[]}}");
}

static void objects_of_any_depth_share_what_they_begin_with(void **unused)
{
    static const struct shape_field shape[] = {
        { "a.b.c", "1", AS_ALWAYS, NULL, NULL, 0 },
        { "a.b.d", "2", AS_ALWAYS, NULL, NULL, 0 },
        { "a.bc.d", "3", AS_ALWAYS, NULL, NULL, 0 },
        { "a.bc.e.f", "4", AS_ALWAYS, NULL, NULL, 0 },
        { "ab", "5", AS_ALWAYS, NULL, NULL, 0 },
        { "c.d", "6", AS_ALWAYS, NULL, NULL, 0 },
        { NULL, NULL, AS_END, NULL, NULL, 0 },
    };
    const struct say_row row = {
        .what = EVT_SOCKET_PING, .name = "x", .shape = shape
    };

    (void)unused;
    expect(&row, "{}", VIEW_FULL,
            "{\"a\":{\"b\":{\"c\":\"1\",\"d\":\"2\"},\"bc\":{\"d\":\"3\","
            "\"e\":{\"f\":\"4\"}}},\"ab\":\"5\",\"c\":{\"d\":\"6\"}}");
}

static void what_a_view_does_not_see_is_left_out(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_KDS, EVT_ORDER_CREATED, ROOM_WAITERS), order,
            VIEW_DEVICE,
            "{\"orderId\":17,\"tableId\":5,\"orderNumber\":\"A-7\","
            "\"status\":\"preparing\",\"items\":[{\"itemId\":1,"
            "\"name\":\"Soup\",\"quantity\":2,\"modifiers\":["
            "{\"name\":\"hot\"}]}]}");
}

static void money_stands_in_cents_and_in_units(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_ENV, EVT_ORDER_CREATED, ROOM_ALL), order, VIEW_FULL,
            "{\"order\":{\"id\":\"17\",\"number\":\"A-7\",\"tableId\":\"5\","
            "\"tableNumber\":5,\"customerName\":\"Ana\","
            "\"status\":\"preparando\",\"items\":[{\"id\":\"1\","
            "\"name\":\"Soup\",\"quantity\":2,\"priceCents\":450,"
            "\"price\":4.5,\"modifiers\":[{\"name\":\"hot\","
            "\"priceCents\":-50,\"price\":-0.5}]}],\"totalCents\":800,"
            "\"total\":8,\"createdAt\":\"2026-01-31T18:04:05.123Z\","
            "\"updatedAt\":\"2026-01-31T18:04:06.000Z\"},\"metadata\":{"
            "\"version\":3,\"updatedAt\":\"2026-01-31T18:04:06.000Z\"}}");
}

static void what_is_said_as_null_is_said_where_it_is_not_there(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_ENV, EVT_ORDER_SUMMARY_UPDATED, ROOM_ALL),
            "{\"summary\":{\"total\":4,\"byStatus\":{\"pending\":1,"
            "\"confirmed\":2,\"ready\":0,\"served\":1},\"byPaymentStatus\":{},"
            "\"pendingPayment\":2}}",
            VIEW_FULL,
            "{\"summary\":{\"total\":4,\"byStatus\":{\"abierto\":3,"
            "\"entregado\":1},\"byPaymentStatus\":{},\"oldestOrderAt\":null,"
            "\"latestOrderAt\":null,\"pendingPayment\":2}}");
}

static void a_payload_may_be_the_list_itself(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_KEBAB, EVT_USERS_LIVE, ROOM_ADMIN),
            "{\"users\":[{\"userId\":\"u-1\",\"roles\":[\"pool\"],"
            "\"sinceAt\":\"2026-01-31T18:04:05.123Z\","
            "\"seenAt\":\"2026-01-31T18:04:05.123Z\",\"connections\":1}]}",
            VIEW_FULL,
            "[{\"userId\":\"u-1\",\"roles\":[\"pool\"],"
            "\"since\":\"2026-01-31T18:04:05.123Z\","
            "\"lastSeen\":\"2026-01-31T18:04:05.123Z\",\"connections\":1}]");
    expect(row_of(DIALECT_KEBAB, EVT_USERS_LIVE, ROOM_ADMIN), "{}", VIEW_FULL,
            "[]");
}

static void a_shape_of_nothing_is_an_empty_object(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_FLAT, EVT_MESSAGE_ALL_DELETED, ROOM_ALL),
            "{\"channel\":\"board\"}", VIEW_FULL, "{}");
}

static void what_a_shape_always_says_it_says(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_KEBAB, EVT_ALERT_CREATED, ROOM_ADMIN),
            "{\"alert\":{\"type\":\"bill\",\"message\":\"Table 5\"}}",
            VIEW_FULL,
            "{\"title\":\"bill\",\"message\":\"Table 5\","
            "\"level\":\"warning\"}");
}

static void a_word_that_nobody_knows_is_said_in_its_place(void **unused)
{
    (void)unused;
    expect(row_of(DIALECT_SESSION, EVT_ORDER_STATUS_CHANGED, ROOM_SESSION),
            "{\"orderId\":\"17\",\"status\":\"plating\"}", VIEW_FULL,
            "{\"orderId\":\"17\",\"status\":\"plating\"}");
}

/* --- forms --- */

static void what_was_said_is_kept_with_the_event(void **unused)
{
    const struct say_row *kitchen =
            row_of(DIALECT_SESSION, EVT_ORDER_STATUS_CHANGED, ROOM_RESTAURANT);
    const struct say_row *guests =
            row_of(DIALECT_SESSION, EVT_ORDER_STATUS_CHANGED, ROOM_SESSION);
    static const char text[] =
            "{\"orderId\":\"17\",\"status\":\"ready\",\"tableNumber\":5}";
    const struct evt_form *form;
    struct evt *evt;

    (void)unused;
    assert_int_equal(evt_create(EVT_ORDER_STATUS_CHANGED,
                             body_of(EVT_ORDER_STATUS_CHANGED,
                                     "{\"orderId\":\"17\",\"status\":"
                                     "\"ready\",\"table\":{\"number\":5}}"),
                             &evt),
            ERR_OK);
    form = dialect_say(evt, kitchen, VIEW_FULL);
    assert_non_null(form);
    assert_int_equal(form->len, sizeof(text) - 1);
    assert_memory_equal(form->data, text, form->len);
    assert_ptr_equal(dialect_say(evt, kitchen, VIEW_FULL), form);
    assert_ptr_not_equal(dialect_say(evt, kitchen, VIEW_STAFF), form);
    assert_ptr_not_equal(dialect_say(evt, guests, VIEW_FULL), form);
    evt_unref(evt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_said_as_json_without_a_key_twice),
        cmocka_unit_test(a_body_without_anything_can_be_said),
        cmocka_unit_test(what_a_dialect_says_it_understands),
        cmocka_unit_test(every_row_has_a_number_of_its_own_that_fits_its_key),
        cmocka_unit_test(no_event_has_more_rows_than_are_asked_for),
        cmocka_unit_test(shapes_have_at_most_64_fields),
        cmocka_unit_test(rows_are_those_of_the_rooms_it_came_by),
        cmocka_unit_test(a_house_may_tell_the_kitchen_of_an_order_in_one_word),
        cmocka_unit_test(a_house_may_not_tell_of_added_items_as_of_an_order),
        cmocka_unit_test(what_is_unsaid_in_all_its_rooms_is_for_no_connection),
        cmocka_unit_test(a_row_of_no_room_is_for_the_connection_alone),
        cmocka_unit_test(an_order_in_kds_has_numbers_for_ids),
        cmocka_unit_test(dotted_names_open_objects_and_close_them),
        cmocka_unit_test(objects_of_any_depth_share_what_they_begin_with),
        cmocka_unit_test(what_a_view_does_not_see_is_left_out),
        cmocka_unit_test(money_stands_in_cents_and_in_units),
        cmocka_unit_test(what_is_said_as_null_is_said_where_it_is_not_there),
        cmocka_unit_test(a_payload_may_be_the_list_itself),
        cmocka_unit_test(a_shape_of_nothing_is_an_empty_object),
        cmocka_unit_test(what_a_shape_always_says_it_says),
        cmocka_unit_test(a_word_that_nobody_knows_is_said_in_its_place),
        cmocka_unit_test(what_was_said_is_kept_with_the_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
