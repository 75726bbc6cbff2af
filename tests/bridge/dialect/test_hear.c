/*
 * What dialects hear: their payloads by the tables, what is refused and what
 * the fault calls it, and the verbs of clients.
 */
#include "bridge/dialect/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/parts.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"

static struct fault fault;
static struct heard heard;

static enum err hear(
        enum dialect_id dialect, const char *name, const char *text)
{
    fault = (struct fault){ 0 };
    return dialect_hear_message(
            dialect, name, text, strlen(text), &heard, &fault);
}

/* In our words. */
static void expect(enum dialect_id dialect, const char *name, const char *text,
        enum evt_id what, const char *ours)
{
    struct buf out;

    if (hear(dialect, name, text) != ERR_OK)
        fail_msg("%s: %s: %s", text, fault.field, fault.text);
    assert_int_equal(heard.what, what);
    buf_init(&out, 65536);
    dialect_put_json(&out, heard.body, VIEW_FULL);
    buf_putc(&out, '\0');
    assert_string_equal(out.data, ours);
    buf_finish(&out);
    body_free(heard.body);
}

static void refuses(enum dialect_id dialect, const char *name, const char *text,
        enum err code, const char *field)
{
    if (hear(dialect, name, text) == ERR_OK)
        fail_msg("%s was taken", text);
    if (fault.code != code || strcmp(fault.field, field) != 0)
        fail_msg("%s: %s, %s: %s", text, err_kinds[fault.code].name,
                fault.field, fault.text);
    assert_null(heard.body);
    assert_true(fault.text[0]);
}

/* --- shapes --- */

static void dotted_names_are_objects(void **unused)
{
    (void)unused;
    expect(DIALECT_SESSION, "order:created",
            "{\"order\":{\"id\":\"17\",\"items\":[{\"name\":\"Soup\","
            "\"price\":4.5}],\"totalAmount\":\"9.00\",\"status\":\"cooking\"},"
            "\"session\":{\"id\":\"s-1\",\"tableNumber\":5,"
            "\"sessionToken\":\"abc\"}}",
            EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"17\",\"table\":{\"number\":5},"
            "\"status\":\"preparing\",\"items\":[{\"name\":\"Soup\","
            "\"unitPriceCents\":450,\"modifiers\":[],\"allergens\":[]}],"
            "\"totals\":{\"totalCents\":900},\"session\":{\"id\":\"s-1\","
            "\"key\":\"ba7816bf8f01cfea414140de5dae2223\"}}}");
    refuses(DIALECT_SESSION, "order:created",
            "{\"order\":{\"id\":\"17\"},\"session\":\"s-1\"}", ERR_WRONG_TYPE,
            "session");
    refuses(DIALECT_SESSION, "order:created", "{\"order\":[]}", ERR_WRONG_TYPE,
            "order");
}

static void null_is_nothing(void **unused)
{
    (void)unused;
    expect(DIALECT_KDS, "order:status_changed",
            "{\"orderId\":17,\"tableId\":null,\"status\":\"ready\"}",
            EVT_ORDER_STATUS_CHANGED,
            "{\"orderId\":\"17\",\"status\":\"ready\"}");
    expect(DIALECT_SESSION, "order:created",
            "{\"order\":{\"id\":\"17\"},\"session\":null}", EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"17\",\"items\":[]}}");
    refuses(DIALECT_KDS, "order:status_changed",
            "{\"orderId\":null,\"status\":\"ready\"}", ERR_MISSING_FIELD,
            "orderId");
    expect(DIALECT_KEBAB, "heartbeat", "null", EVT_SOCKET_PING, "{}");
}

static void what_is_needed_must_be_there(void **unused)
{
    (void)unused;
    refuses(DIALECT_KDS, "order:status_changed", "{\"orderId\":17}",
            ERR_MISSING_FIELD, "status");
    refuses(DIALECT_SESSION, "order:created", "{\"order\":{}}",
            ERR_MISSING_FIELD, "order.id");
    refuses(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\",\"items\":[{\"name\":\"Soup\"},"
            "{\"quantity\":1}]}}",
            ERR_MISSING_FIELD, "order.items[1].name");
}

static void a_wrong_type_is_named_in_their_words(void **unused)
{
    (void)unused;
    refuses(DIALECT_KDS, "order:new",
            "{\"orderId\":17,\"items\":[{\"name\":\"Soup\",\"modifiers\":["
            "{\"name\":\"hot\",\"price\":\"dear\"}]}]}",
            ERR_WRONG_TYPE, "items[0].modifiers[0].price");
    refuses(DIALECT_ENV, "order.created", "{\"order\":{\"id\":{}}}",
            ERR_WRONG_TYPE, "order.id");
    refuses(DIALECT_ENV, "order.created", "{\"order\":\"17\"}", ERR_WRONG_TYPE,
            "order");
    refuses(DIALECT_KDS, "order:new", "{\"orderId\":17,\"totalAmount\":12.345}",
            ERR_OUT_OF_RANGE, "totalAmount");
    refuses(DIALECT_KDS, "order:new",
            "{\"orderId\":17,\"items\":[{\"name\":\"a\",\"quantity\":1.5}]}",
            ERR_WRONG_TYPE, "items[0].quantity");
}

static void places_on_the_plan_may_be_fractions(void **unused)
{
    (void)unused;
    expect(DIALECT_ENV, "table.layout.updated",
            "{\"layout\":{\"nodes\":[{\"id\":\"n5\",\"x\":10.6,\"y\":-0.4,"
            "\"width\":33.333333333333336}]}}",
            EVT_TABLE_LAYOUT_UPDATED,
            "{\"layout\":{\"zones\":[],\"nodes\":[{\"id\":\"n5\",\"x\":11,"
            "\"y\":0,\"width\":33}]},\"tables\":[]}");
}

static void a_rule_of_ours_is_broken_in_their_words(void **unused)
{
    char text[256];

    (void)unused;
    refuses(DIALECT_KDS, "order:new", "{\"orderId\":\"o/17\"}", ERR_BAD_ID,
            "orderId");
    refuses(DIALECT_KDS, "order:new", "{\"orderId\":17,\"tableId\":\"t 5\"}",
            ERR_BAD_ID, "tableId");
    refuses(DIALECT_KDS, "order:new",
            "{\"orderId\":17,\"items\":[{\"name\":\"a\"},{\"name\":\"b\","
            "\"quantity\":0}]}",
            ERR_OUT_OF_RANGE, "items[1].quantity");
    refuses(DIALECT_SESSION, "order:created",
            "{\"order\":{\"id\":\"17\",\"tableNumber\":100000}}",
            ERR_OUT_OF_RANGE, "order.tableNumber");
    refuses(DIALECT_SESSION, "order:created",
            "{\"order\":{\"id\":\"17\"},\"session\":{\"tableNumber\":100000}}",
            ERR_OUT_OF_RANGE, "session.tableNumber");
    refuses(DIALECT_KDS, "kitchen:order_completed",
            "{\"orderId\":17,\"prepTime\":1441}", ERR_OUT_OF_RANGE, "prepTime");
    refuses(DIALECT_ENV, "order.summary.updated",
            "{\"summary\":{\"total\":1,\"byStatus\":{\"listo\":1000001},"
            "\"byPaymentStatus\":{},\"pendingPayment\":0}}",
            ERR_OUT_OF_RANGE, "summary.byStatus");
    refuses(DIALECT_ENV, "order.summary.updated",
            "{\"summary\":{\"total\":1,\"pendingPayment\":0}}",
            ERR_MISSING_FIELD, "summary.byStatus");
    snprintf(text, sizeof(text), "{\"orderId\":17,\"status\":\"%040d\"}", 1);
    refuses(DIALECT_KDS, "order:status_changed", text, ERR_OUT_OF_RANGE,
            "status");
}

static void of_several_names_the_one_that_was_said_is_blamed(void **unused)
{
    (void)unused;
    refuses(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\",\"total\":1000001}}", ERR_OUT_OF_RANGE,
            "order.total");
    refuses(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\",\"items\":[{\"name\":\"a\"},"
            "{\"name\":\"b\",\"price\":1000001}]}}",
            ERR_OUT_OF_RANGE, "order.items[1].price");
    refuses(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\",\"items\":[{\"name\":\"a\","
            "\"price\":1,\"priceCents\":100000001}]}}",
            ERR_OUT_OF_RANGE, "order.items[0].priceCents");
    refuses(DIALECT_KDS, "order:new",
            "{\"orderId\":17,\"items\":[{\"name\":\"a\",\"id\":\"1/2\"}]}",
            ERR_BAD_ID, "items[0].id");
}

static void a_fault_need_not_be_empty_before(void **unused)
{
    (void)unused;
    memset(&fault, 'x', sizeof(fault));
    assert_int_equal(dialect_hear_message(DIALECT_KEBAB, "heartbeat", "{}", 2,
                             &heard, &fault),
            ERR_OK);
    body_free(heard.body);
}

static void what_their_shape_has_no_name_for_keeps_ours(void **unused)
{
    (void)unused;
    refuses(DIALECT_SESSION, "orders/create", "{}", ERR_MISSING_FIELD, "order");
}

static void fields_that_a_shape_does_not_have_are_counted(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_FIELDS);

    (void)unused;
    expect(DIALECT_SESSION, "order:created",
            "{\"order\":{\"id\":\"17\",\"a\":1,\"items\":[{\"name\":\"Soup\","
            "\"b\":{\"c\":2}}]},\"session\":{\"id\":\"s\",\"d\":null},"
            "\"order.id\":3,\"e\":[4]}",
            EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"17\",\"items\":[{\"name\":\"Soup\","
            "\"modifiers\":[],\"allergens\":[]}],\"session\":{\"id\":\"s\"}}}");
    assert_int_equal(count_of(COUNT_UNKNOWN_FIELDS) - before, 5);
}

static void what_is_only_said_is_neither_heard_nor_unknown(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_FIELDS);

    (void)unused;
    expect(DIALECT_FLAT, "order:served",
            "{\"_id\":\"17\",\"total\":\"much\",\"items\":7}", EVT_ORDER_SERVED,
            "{\"orderId\":\"17\"}");
    expect(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\"},\"metadata\":{\"version\":9}}",
            EVT_ORDER_CREATED, "{\"order\":{\"id\":\"17\",\"items\":[]}}");
    expect(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\"},\"metadata\":[[1],{\"version\":9}]}",
            EVT_ORDER_CREATED, "{\"order\":{\"id\":\"17\",\"items\":[]}}");
    expect(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\"},\"metadata\":\"none\"}",
            EVT_ORDER_CREATED, "{\"order\":{\"id\":\"17\",\"items\":[]}}");
    assert_int_equal(count_of(COUNT_UNKNOWN_FIELDS) - before, 0);
}

static void of_two_names_for_one_field_the_first_is_heard(void **unused)
{
    (void)unused;
    expect(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\",\"total\":8,\"totalCents\":805,"
            "\"tax\":1.5}}",
            EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"17\",\"items\":[],\"totals\":{"
            "\"taxCents\":150,\"totalCents\":805}}}");
    expect(DIALECT_KDS, "order:new",
            "{\"orderId\":17,\"items\":[{\"id\":2,\"name\":\"a\"},"
            "{\"itemId\":1,\"id\":\"2\",\"name\":\"b\"}]}",
            EVT_ORDER_CREATED,
            "{\"order\":{\"id\":\"17\",\"items\":[{\"id\":\"2\","
            "\"name\":\"a\",\"modifiers\":[],\"allergens\":[]},{\"id\":\"1\","
            "\"name\":\"b\",\"modifiers\":[],\"allergens\":[]}]}}");
    refuses(DIALECT_ENV, "order.created",
            "{\"order\":{\"id\":\"17\",\"totalCents\":805,\"total\":\"x\"}}",
            ERR_WRONG_TYPE, "order.total");
}

/* The object comes first; what stands beside it fills it up. */
static void an_object_and_names_beside_it_are_one_thing(void **unused)
{
    (void)unused;
    expect(DIALECT_ENV, "alert.created",
            "{\"alert\":{\"type\":\"bill\",\"message\":\"in\"},"
            "\"message\":\"out\",\"tableId\":\"5\"}",
            EVT_ALERT_CREATED,
            "{\"alert\":{\"table\":{\"id\":\"5\"},\"type\":\"bill\","
            "\"message\":\"in\"}}");
    expect(DIALECT_ENV, "alert.created",
            "{\"tableId\":5,\"type\":\"bill\",\"message\":\"out\"}",
            EVT_ALERT_CREATED,
            "{\"alert\":{\"table\":{\"id\":\"5\"},\"type\":\"bill\","
            "\"message\":\"out\"}}");
    refuses(DIALECT_ENV, "alert.created",
            "{\"tableId\":\"5\",\"type\":\"BILL\",\"message\":\"x\"}",
            ERR_OUT_OF_RANGE, "type");
    refuses(DIALECT_ENV, "alert.created",
            "{\"alert\":{\"type\":\"BILL\",\"message\":\"x\"}}",
            ERR_OUT_OF_RANGE, "alert.type");
}

static void a_bare_value_stands_for_the_only_field(void **unused)
{
    (void)unused;
    expect(DIALECT_KEBAB, "page:navigate", "\"/menu\"", EVT_USER_NAVIGATED,
            "{\"path\":\"/menu\"}");
    expect(DIALECT_FLAT, "menu.deleted", "17", EVT_MENU_DELETED,
            "{\"id\":\"17\"}");
    expect(DIALECT_FLAT, "table:activated", "5", EVT_TABLE_ACTIVATED,
            "{\"table\":{\"number\":5}}");
    refuses(DIALECT_KEBAB, "page:navigate", "[]", ERR_WRONG_TYPE, "path");
    refuses(DIALECT_FLAT, "menu.created", "\"17\"", ERR_WRONG_TYPE, "payload");
    refuses(DIALECT_KEBAB, "heartbeat", "\"x\"", ERR_WRONG_TYPE, "payload");
}

static void no_payload_is_an_empty_one(void **unused)
{
    (void)unused;
    expect(DIALECT_KEBAB, "heartbeat", "", EVT_SOCKET_PING, "{}");
    expect(DIALECT_KEBAB, NULL, "{\"event\":\"heartbeat\"}", EVT_SOCKET_PING,
            "{}");
    expect(DIALECT_FLAT, "allMessagesDeleted", "{}", EVT_MESSAGE_ALL_DELETED,
            "{}");
    refuses(DIALECT_KEBAB, "page:navigate", "", ERR_MISSING_FIELD, "path");
    refuses(DIALECT_NATIVE, "socket.ping", "", ERR_BAD_JSON, "");
}

/* --- words --- */

static void words_are_the_dialect_s(void **unused)
{
    (void)unused;
    expect(DIALECT_SESSION, "order:status:updated",
            "{\"orderId\":\"17\",\"status\":\"cooking\"}",
            EVT_ORDER_STATUS_CHANGED,
            "{\"orderId\":\"17\",\"status\":\"preparing\"}");
    expect(DIALECT_KDS, "kitchen:priority_changed",
            "{\"orderId\":17,\"priority\":\"vip\"}",
            EVT_KITCHEN_PRIORITY_CHANGED,
            "{\"orderId\":\"17\",\"priority\":\"vip\"}");
    refuses(DIALECT_KDS, "kitchen:priority_changed",
            "{\"orderId\":17,\"priority\":\"urgent\"}", ERR_OUT_OF_RANGE,
            "priority");
    assert_string_equal(fault.text, "must be one of normal, express, vip");
}

static void a_word_that_nobody_knows_is_kept_as_it_is(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_WORDS);

    (void)unused;
    expect(DIALECT_SESSION, "order:status:updated",
            "{\"orderId\":\"17\",\"status\":\"plating\"}",
            EVT_ORDER_STATUS_CHANGED,
            "{\"orderId\":\"17\",\"status\":\"plating\"}");
    expect(DIALECT_NATIVE, "order.status_changed",
            "{\"orderId\":\"17\",\"status\":\"plating\"}",
            EVT_ORDER_STATUS_CHANGED,
            "{\"orderId\":\"17\",\"status\":\"plating\"}");
    /* A word of another dialect is one of them. */
    expect(DIALECT_KDS, "order:status",
            "{\"orderId\":17,\"status\":\"cooking\"}", EVT_ORDER_STATUS_CHANGED,
            "{\"orderId\":\"17\",\"status\":\"cooking\"}");
    assert_int_equal(count_of(COUNT_UNKNOWN_WORDS) - before, 3);
}

static void such_a_word_has_no_name_of_its_own(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_FIELDS);
    char text[256];

    (void)unused;
    expect(DIALECT_NATIVE, "order.status_changed",
            "{\"orderId\":\"17\",\"statusWord\":\"plating\"}",
            EVT_ORDER_STATUS_CHANGED, "{\"orderId\":\"17\"}");
    assert_int_equal(count_of(COUNT_UNKNOWN_FIELDS) - before, 1);
    snprintf(
            text, sizeof(text), "{\"orderId\":\"17\",\"status\":\"%040d\"}", 1);
    refuses(DIALECT_NATIVE, "order.status_changed", text, ERR_OUT_OF_RANGE,
            "status");
}

/* --- messages --- */

static void names_are_those_of_the_dialect(void **unused)
{
    (void)unused;
    refuses(DIALECT_KDS, "order.created", "{}", ERR_UNKNOWN_EVENT, "event");
    refuses(DIALECT_KDS, "new-order", "{}", ERR_UNKNOWN_EVENT, "event");
    refuses(DIALECT_NATIVE, "order:created", "{}", ERR_UNKNOWN_EVENT, "event");
    refuses(DIALECT_FLAT, "serviceCalled", "{}", ERR_UNKNOWN_EVENT, "event");
}

static void a_message_of_a_dialect_has_event_key_and_payload(void **unused)
{
    (void)unused;
    expect(DIALECT_ENV, NULL,
            "{\"event\":\"alert.acknowledged\",\"id\":\"k-1\",\"payload\":"
            "{\"alertId\":7},\"ts\":\"x\"}",
            EVT_ALERT_ACKNOWLEDGED, "{\"alertId\":\"7\"}");
    assert_string_equal(heard.key, "k-1");
    expect(DIALECT_KDS, "order:cancelled",
            "{\"id\":\"k-2\",\"payload\":{\"orderId\":17}}",
            EVT_ORDER_CANCELLED, "{\"orderId\":\"17\"}");
    assert_string_equal(heard.key, "k-2");
    refuses(DIALECT_ENV, NULL, "[]", ERR_BAD_REQUEST, "");
    refuses(DIALECT_ENV, NULL, "{\"payload\":{}}", ERR_MISSING_FIELD, "event");
    refuses(DIALECT_ENV, NULL, "{\"event\":\"alert.updated\",\"payload\":[]}",
            ERR_WRONG_TYPE, "payload");
}

static void the_gate_stands_before_every_dialect(void **unused)
{
    (void)unused;
    for (int i = 0; i < DIALECT_COUNT; i++) {
        refuses((enum dialect_id)i, "x", "{\"a\":1,\"a\":2}", ERR_DUPLICATE_KEY,
                "a");
        refuses((enum dialect_id)i, "x", "{\"a\":01}", ERR_BAD_JSON, "a");
    }
}

/* --- numbers --- */

/* A fraction is neither a string nor a number to whoever asks for one. */
static void a_decimal_is_mistaken_for_nothing_else(void **unused)
{
    (void)unused;
    refuses(DIALECT_NATIVE, "kitchen.ready", "{\"orderId\":12.5}",
            ERR_WRONG_TYPE, "orderId");
    refuses(DIALECT_KDS, "order:status",
            "{\"orderId\":12.5,\"status\":\"ready\"}", ERR_WRONG_TYPE,
            "orderId");
    refuses(DIALECT_KDS, "order:status", "{\"orderId\":12,\"status\":1e2}",
            ERR_WRONG_TYPE, "status");
    refuses(DIALECT_ENV, "order.summary.updated",
            "{\"summary\":{\"total\":1,\"byStatus\":{\"listo\":0.5}}}",
            ERR_WRONG_TYPE, "summary.byStatus.listo");
    refuses(DIALECT_NATIVE, "kitchen.ready",
            "{\"id\":1.5,\"payload\":{\"orderId\":\"1\"}}", ERR_WRONG_TYPE,
            "id");
}

static void a_tree_keeps_the_text_of_a_decimal(void **unused)
{
    static const char text[] =
            "{\"1.5\":[12.50,-1e-7,\"1.5 \\\" 2e3\",true,false,null,10,-0]}";
    cJSON *json = json_read(text, strlen(text), &fault);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "1.5");
    int64_t number;

    (void)unused;
    assert_int_equal(cJSON_GetArraySize(list), 8);
    assert_true(cJSON_IsRaw(cJSON_GetArrayItem(list, 0)));
    assert_string_equal(cJSON_GetArrayItem(list, 0)->valuestring, "12.50");
    assert_false(json_whole(cJSON_GetArrayItem(list, 0), &number));
    assert_null(cJSON_GetStringValue(cJSON_GetArrayItem(list, 0)));
    assert_string_equal(cJSON_GetArrayItem(list, 1)->valuestring, "-1e-7");
    assert_string_equal(cJSON_GetArrayItem(list, 2)->valuestring, "1.5 \" 2e3");
    assert_true(json_whole(cJSON_GetArrayItem(list, 6), &number));
    assert_int_equal(number, 10);
    assert_true(json_whole(cJSON_GetArrayItem(list, 7), &number));
    assert_int_equal(number, 0);
    cJSON_Delete(json);
}

/* --- verbs --- */

static struct wish wish;

static enum err ask(enum dialect_id dialect, const char *name, const char *text)
{
    fault = (struct fault){ 0 };
    wish = (struct wish){ 0 };
    return dialect_hear_verb(
            dialect, "main", name, text, strlen(text), &wish, &fault);
}

static void expect_room(enum dialect_id dialect, const char *name,
        const char *text, bool leaves, const char *room)
{
    char printed[ROOM_CHARS + 1];

    if (ask(dialect, name, text) != ERR_OK)
        fail_msg("%s %s: %s", name, text, fault.text);
    room_print(&wish.room, printed);
    assert_string_equal(printed, room);
    assert_int_equal(wish.leaves, leaves);
}

static void expect_no_room(enum dialect_id dialect, const char *name,
        const char *text, enum err code, const char *field)
{
    assert_int_equal(ask(dialect, name, text), code);
    assert_int_equal(fault.code, code);
    assert_string_equal(fault.field, field);
}

static void a_verb_without_an_argument_ignores_one(void **unused)
{
    (void)unused;
    expect_room(DIALECT_KDS, "join:kitchen", "", false, "kitchen");
    expect_room(DIALECT_KDS, "leave:waiters", "null", true, "waiters");
    expect_room(DIALECT_KDS, "join:kitchen", "{\"a\":1}", false, "kitchen");
}

static void an_id_is_a_string_or_a_number(void **unused)
{
    (void)unused;
    expect_room(DIALECT_KDS, "join:table", "5", false, "table/5");
    expect_room(DIALECT_KDS, "join:table", "\"t-5\"", false, "table/t-5");
    expect_room(DIALECT_KDS, "leave:order", "17", true, "order/17");
    expect_no_room(DIALECT_KDS, "join:table", "\"t/5\"", ERR_BAD_ROOM, "room");
    expect_no_room(DIALECT_KDS, "join:table", "\"\"", ERR_BAD_ROOM, "room");
    expect_no_room(DIALECT_KDS, "join:table", "5.5", ERR_WRONG_TYPE, "room");
    expect_no_room(DIALECT_KDS, "join:table", "{}", ERR_WRONG_TYPE, "room");
    expect_no_room(DIALECT_KDS, "join:table", "", ERR_MISSING_FIELD, "room");
    expect_no_room(
            DIALECT_KDS, "join:table", "null", ERR_MISSING_FIELD, "room");
    expect_no_room(DIALECT_KDS, "join:table", "5 5", ERR_BAD_JSON, "");
}

static void a_room_is_named_bare_or_in_an_object(void **unused)
{
    (void)unused;
    expect_room(DIALECT_KEBAB, "join-room", "\"restaurant-kitchen\"", false,
            "kitchen");
    expect_room(DIALECT_KEBAB, "join-room", "{\"room\":\"order-17\"}", false,
            "order/17");
    expect_room(DIALECT_KEBAB, "leave-room", "\"user-u-1\"", true, "user/u-1");
    expect_no_room(
            DIALECT_KEBAB, "join-room", "\"kitchen\"", ERR_BAD_ROOM, "room");
    expect_no_room(
            DIALECT_KEBAB, "join-room", "\"order-\"", ERR_BAD_ROOM, "room");
    expect_no_room(
            DIALECT_KEBAB, "join-room", "\"session:x\"", ERR_BAD_ROOM, "room");
    expect_no_room(DIALECT_KEBAB, "join-room", "{}", ERR_MISSING_FIELD, "room");
    expect_no_room(
            DIALECT_KEBAB, "join-room", "[\"x\"]", ERR_WRONG_TYPE, "room");
}

static void a_restaurant_is_the_site(void **unused)
{
    (void)unused;
    expect_room(DIALECT_SESSION, "join:restaurant", "\"main\"", false,
            "restaurant");
    expect_no_room(DIALECT_SESSION, "join:restaurant", "\"other\"",
            ERR_BAD_ROOM, "room");
    expect_no_room(
            DIALECT_SESSION, "join:restaurant", "17", ERR_BAD_ROOM, "room");
}

static void a_session_is_found_by_its_token_alone(void **unused)
{
    (void)unused;
    expect_room(DIALECT_SESSION, "join:session", "\"abc\"", false,
            "session/ba7816bf8f01cfea414140de5dae2223");
    /* Its room's id is not its token. */
    assert_int_equal(ask(DIALECT_SESSION, "join:session",
                             "\"ba7816bf8f01cfea414140de5dae2223\""),
            ERR_OK);
    assert_string_not_equal(wish.room.id, "ba7816bf8f01cfea414140de5dae2223");
    expect_no_room(
            DIALECT_SESSION, "join:session", "\"\"", ERR_BAD_ROOM, "room");
}

static void a_verb_that_nobody_knows_is_refused(void **unused)
{
    (void)unused;
    expect_no_room(DIALECT_KDS, "join:bar", "", ERR_UNKNOWN_EVENT, "event");
    expect_no_room(
            DIALECT_KEBAB, "join:kitchen", "", ERR_UNKNOWN_EVENT, "event");
    expect_no_room(
            DIALECT_NATIVE, "join", "\"kitchen\"", ERR_UNKNOWN_EVENT, "event");
    expect_no_room(DIALECT_FLAT, "join:table", "5", ERR_UNKNOWN_EVENT, "event");
}

/* --- members --- */

static bool has_member(const char *text, const char *name, const char *value)
{
    char out[8];
    bool there =
            dialect_read_member(text, strlen(text), name, out, sizeof(out));

    assert_int_equal(there, *value != '\0');
    return strcmp(out, value) == 0;
}

static void a_member_is_read_if_it_is_a_string_that_fits(void **unused)
{
    (void)unused;
    assert_true(has_member("{\"token\":\"abc\"}", "token", "abc"));
    assert_true(has_member("{\"a\":1,\"b\":\"x\\u00e9\"}", "b", "x\xc3\xa9"));
    assert_true(has_member("{\"a\":\"1234567\"}", "a", "1234567"));
    assert_true(has_member("{\"a\":\"12345678\"}", "a", ""));
    assert_true(has_member("{\"a\":null}", "a", ""));
    assert_true(has_member("{\"a\":7}", "a", ""));
    assert_true(has_member("{\"A\":\"b\"}", "a", ""));
    assert_true(has_member("[\"a\",\"b\"]", "a", ""));
    assert_true(has_member("{\"a\":\"b\"", "a", ""));
    assert_true(has_member("", "a", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dotted_names_are_objects),
        cmocka_unit_test(null_is_nothing),
        cmocka_unit_test(what_is_needed_must_be_there),
        cmocka_unit_test(a_wrong_type_is_named_in_their_words),
        cmocka_unit_test(places_on_the_plan_may_be_fractions),
        cmocka_unit_test(a_rule_of_ours_is_broken_in_their_words),
        cmocka_unit_test(of_several_names_the_one_that_was_said_is_blamed),
        cmocka_unit_test(a_fault_need_not_be_empty_before),
        cmocka_unit_test(what_their_shape_has_no_name_for_keeps_ours),
        cmocka_unit_test(fields_that_a_shape_does_not_have_are_counted),
        cmocka_unit_test(what_is_only_said_is_neither_heard_nor_unknown),
        cmocka_unit_test(of_two_names_for_one_field_the_first_is_heard),
        cmocka_unit_test(an_object_and_names_beside_it_are_one_thing),
        cmocka_unit_test(a_bare_value_stands_for_the_only_field),
        cmocka_unit_test(no_payload_is_an_empty_one),
        cmocka_unit_test(words_are_the_dialect_s),
        cmocka_unit_test(a_word_that_nobody_knows_is_kept_as_it_is),
        cmocka_unit_test(such_a_word_has_no_name_of_its_own),
        cmocka_unit_test(names_are_those_of_the_dialect),
        cmocka_unit_test(a_message_of_a_dialect_has_event_key_and_payload),
        cmocka_unit_test(the_gate_stands_before_every_dialect),
        cmocka_unit_test(a_decimal_is_mistaken_for_nothing_else),
        cmocka_unit_test(a_tree_keeps_the_text_of_a_decimal),
        cmocka_unit_test(a_verb_without_an_argument_ignores_one),
        cmocka_unit_test(an_id_is_a_string_or_a_number),
        cmocka_unit_test(a_room_is_named_bare_or_in_an_object),
        cmocka_unit_test(a_restaurant_is_the_site),
        cmocka_unit_test(a_session_is_found_by_its_token_alone),
        cmocka_unit_test(a_verb_that_nobody_knows_is_refused),
        cmocka_unit_test(a_member_is_read_if_it_is_a_string_that_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
