#include "bridge/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/picture.pb-c.h"

#define NOW 1769882645123 /* 2026-01-31T18:04:05.123Z */

static struct said said;
static struct fault fault;

static const struct wire *wire(void)
{
    return wires[WIRE_NATIVE_JSON];
}

static enum err hear(const char *text)
{
    fault = (struct fault){ 0 };
    memset(&said, 0xaa, sizeof(said)); /* hear sets all of it */
    return wire()->hear((const uint8_t *)text, strlen(text), &said, &fault);
}

static void expect_fault(enum err code, const char *field, const char *text)
{
    enum err err = hear(text);

    if (err != code || strcmp(fault.field, field) != 0)
        fail_msg("%s: %s, %s: %s", text, err_kinds[err].name, fault.field,
                fault.text);
    assert_null(said.token);
    assert_null(said.after);
    assert_null(said.heard.body);
}

static void expect_text(struct buf *out, const char *text)
{
    buf_putc(out, '\0');
    assert_false(out->failed);
    assert_string_equal(out->data, text);
    buf_finish(out);
}

static struct buf text_buf(void)
{
    struct buf out;

    buf_init(&out, 65536);
    return out;
}

/* --- hearing --- */

static void every_wire_is_found_by_its_subprotocol_or_path(void **unused)
{
    (void)unused;
    for (int i = 0; i < WIRE_COUNT; i++) {
        assert_true(
                (wires[i]->subprotocol != NULL) != (wires[i]->path != NULL));
        if (wires[i]->subprotocol)
            assert_ptr_equal(wire_find(wires[i]->subprotocol), wires[i]);
        else
            assert_ptr_equal(wire_find_path(wires[i]->path), wires[i]);
    }
    assert_null(wire_find_path("/ws"));
    assert_ptr_equal(wire_find("dumbwaiter.v1.json"), wire());
    assert_null(wire_find("dumbwaiter.v2.json"));
    assert_null(wire_find(""));
}

static void a_client_shows_its_token(void **unused)
{
    (void)unused;
    assert_int_equal(hear("{\"op\":\"auth\",\"token\":\"a.b.c\"}"), ERR_OK);
    assert_int_equal(said.verb, VERB_AUTH);
    assert_string_equal(said.token, "a.b.c");
    said_finish(&said);
    assert_null(said.token);
    said_finish(&said);

    expect_fault(ERR_MISSING_FIELD, "token", "{\"op\":\"auth\"}");
    expect_fault(ERR_WRONG_TYPE, "token", "{\"op\":\"auth\",\"token\":1}");
    expect_fault(ERR_WRONG_TYPE, "receipts",
            "{\"op\":\"auth\",\"token\":\"a.b.c\",\"receipts\":1}");
}

static void a_client_joins_rooms_from_a_cursor_on(void **unused)
{
    (void)unused;
    assert_int_equal(hear("{\"op\":\"join\",\"ref\":4294967295,\"rooms\":"
                          "[\"kitchen\",\"table/5\"],\"after\":\"abc.12\"}"),
            ERR_OK);
    assert_int_equal(said.verb, VERB_JOIN);
    assert_int_equal(said.ref, 4294967295);
    assert_int_equal(said.room_count, 2);
    assert_int_equal(said.rooms[0].kind, ROOM_INDEX_KITCHEN);
    assert_int_equal(said.rooms[1].kind, ROOM_INDEX_TABLE);
    assert_string_equal(said.rooms[1].id, "5");
    assert_string_equal(said.after, "abc.12");
    said_finish(&said);

    assert_int_equal(hear("{\"op\":\"join\",\"rooms\":[\"admin\"],"
                          "\"after\":null}"),
            ERR_OK);
    assert_int_equal(said.ref, 0);
    assert_null(said.after);
    said_finish(&said);
}

static void a_join_without_good_rooms_is_refused(void **unused)
{
    (void)unused;
    expect_fault(ERR_MISSING_FIELD, "rooms", "{\"op\":\"join\"}");
    expect_fault(ERR_WRONG_TYPE, "rooms", "{\"op\":\"join\",\"rooms\":[]}");
    expect_fault(
            ERR_WRONG_TYPE, "rooms", "{\"op\":\"join\",\"rooms\":\"kitchen\"}");
    expect_fault(ERR_WRONG_TYPE, "rooms", "{\"op\":\"join\",\"rooms\":[1]}");
    expect_fault(ERR_BAD_ROOM, "rooms[1]",
            "{\"op\":\"join\",\"rooms\":[\"kitchen\",\"table/5/6\"]}");
    expect_fault(ERR_WRONG_TYPE, "after",
            "{\"op\":\"join\",\"rooms\":[\"kitchen\"],\"after\":12}");
    expect_fault(ERR_OUT_OF_RANGE, "after",
            "{\"op\":\"join\",\"rooms\":[\"kitchen\"],\"after\":\""
            "1234567890123456789012345678901234567890123456789012345678901234"
            "\"}");
}

static void a_join_has_at_most_64_rooms(void **unused)
{
    struct buf text = text_buf();

    (void)unused;
    buf_puts(&text, "{\"op\":\"leave\",\"ref\":3,\"rooms\":[\"table/0\"");
    for (int i = 1; i < WIRE_ROOMS; i++)
        buf_printf(&text, ",\"table/%d\"", i);
    buf_puts(&text, "]}");
    buf_putc(&text, '\0');
    assert_int_equal(hear(text.data), ERR_OK);
    assert_int_equal(said.verb, VERB_LEAVE);
    assert_int_equal(said.room_count, WIRE_ROOMS);
    said_finish(&said);

    text.len -= 3;
    buf_puts(&text, ",\"waiters\"]}");
    buf_putc(&text, '\0');
    expect_fault(ERR_OUT_OF_RANGE, "rooms", text.data);
    assert_int_equal(said.ref, 3);
    buf_finish(&text);
}

static void a_client_publishes_an_event(void **unused)
{
    (void)unused;
    assert_int_equal(hear("{\"op\":\"publish\",\"ref\":7,\"id\":\"k-1\","
                          "\"event\":\"kitchen.ready\","
                          "\"payload\":{\"orderId\":\"o-1\"}}"),
            ERR_OK);
    assert_int_equal(said.verb, VERB_PUBLISH);
    assert_int_equal(said.heard.what, EVT_KITCHEN_READY);
    assert_string_equal(said.heard.key, "k-1");
    assert_non_null(said.heard.body);
    said_finish(&said);

    expect_fault(ERR_MISSING_FIELD, "event",
            "{\"op\":\"publish\",\"ref\":7,\"payload\":{}}");
    assert_int_equal(said.ref, 7);
    expect_fault(ERR_UNKNOWN_EVENT, "event",
            "{\"op\":\"publish\",\"event\":\"x.y\",\"payload\":{}}");
    expect_fault(ERR_MISSING_FIELD, "payload",
            "{\"op\":\"publish\",\"event\":\"kitchen.ready\"}");
    expect_fault(ERR_MISSING_FIELD, "orderId",
            "{\"op\":\"publish\",\"event\":\"kitchen.ready\",\"payload\":{}}");
}

static void a_client_acknowledges_a_number(void **unused)
{
    (void)unused;
    assert_int_equal(
            hear("{\"op\":\"ack\",\"seq\":9007199254740991,\"stage\":\"x\"}"),
            ERR_OK);
    assert_int_equal(said.verb, VERB_ACK);
    assert_int_equal(said.seq, 9007199254740991);
    assert_string_equal(said.stage, "x");
    said_finish(&said);
    assert_null(said.stage);
    assert_int_equal(hear("{\"op\":\"ack\",\"seq\":1,\"stage\":null}"), ERR_OK);
    assert_null(said.stage);
    assert_int_equal(hear("{\"op\":\"ack\",\"seq\":1}"), ERR_OK);
    assert_null(said.stage);
    expect_fault(
            ERR_WRONG_TYPE, "stage", "{\"op\":\"ack\",\"seq\":1,\"stage\":1}");
    expect_fault(ERR_OUT_OF_RANGE, "stage",
            "{\"op\":\"ack\",\"seq\":1,"
            "\"stage\":\"abcdefghijklmnopqrstuvwxyz0123456\"}");
    expect_fault(ERR_MISSING_FIELD, "seq", "{\"op\":\"ack\"}");
    expect_fault(ERR_WRONG_TYPE, "seq", "{\"op\":\"ack\",\"seq\":\"1\"}");
    expect_fault(ERR_WRONG_TYPE, "seq", "{\"op\":\"ack\",\"seq\":-1}");
    expect_fault(ERR_WRONG_TYPE, "seq", "{\"op\":\"ack\",\"seq\":1.5}");
}

static void what_is_no_operation_is_refused(void **unused)
{
    (void)unused;
    expect_fault(ERR_BAD_JSON, "", "");
    expect_fault(ERR_BAD_JSON, "op", "{\"op\":}");
    expect_fault(ERR_DUPLICATE_KEY, "op", "{\"op\":1,\"op\":2}");
    expect_fault(ERR_BAD_REQUEST, "", "[]");
    expect_fault(ERR_BAD_REQUEST, "op", "{}");
    expect_fault(ERR_BAD_REQUEST, "op", "{\"op\":\"JOIN\"}");
    expect_fault(ERR_BAD_REQUEST, "op", "{\"op\":5}");
    expect_fault(ERR_BAD_REQUEST, "op", "{\"op\":\"event\"}");
}

static void a_ref_is_a_whole_number_of_32_bits(void **unused)
{
    static const char *const wrong[] = { "-1", "4294967296", "1.0", "\"1\"",
        "true", "[]" };
    char text[64];

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text), "{\"op\":\"ack\",\"seq\":1,\"ref\":%s}",
                wrong[i]);
        expect_fault(ERR_BAD_REQUEST, "ref", text);
    }
    expect_fault(ERR_BAD_REQUEST, "op", "{\"op\":\"x\",\"ref\":12}");
    assert_int_equal(said.ref, 12);
}

/* --- saying --- */

static void a_client_is_told_who_it_is(void **unused)
{
    struct principal principal = { .roles = ROLE_TABLE | ROLE_KITCHEN,
        .table = "5" };
    struct wire_ready ready = { .connection_id = "c-1",
        .epoch = 35,
        .seq = 7,
        .now_ms = NOW,
        .principal = &principal,
        .site = "main",
        .heartbeat_ms = 25000 };
    struct buf out = text_buf();

    (void)unused;
    wire()->say_ready(&out, &ready);
    expect_text(&out, "{\"op\":\"ready\",\"connectionId\":\"c-1\",\"seq\":7,"
                      "\"epoch\":\"z\",\"time\":\"2026-01-31T18:04:05.123Z\","
                      "\"roles\":[\"kitchen\",\"table\"],\"site\":\"main\","
                      "\"table\":\"5\",\"heartbeatMs\":25000}");
}

static void a_join_is_answered_with_or_without_a_snapshot(void **unused)
{
    Dw__Picture picture = DW__PICTURE__INIT;
    struct room rooms[2];
    struct wire_joined joined = { .rooms = rooms,
        .count = 2,
        .recovered = true,
        .seq = 7,
        .epoch = 35,
        .cursor = "z.7",
        .view = VIEW_STAFF };
    struct buf out = text_buf();

    (void)unused;
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &rooms[0]));
    assert_true(room_make(ROOM_INDEX_ORDER, "o-1", &rooms[1]));
    wire()->say_joined(&out, 2, &joined);
    expect_text(&out, "{\"op\":\"ok\",\"ref\":2,\"rooms\":[\"kitchen\","
                      "\"order/o-1\"],\"recovered\":true,\"seq\":7,"
                      "\"epoch\":\"z\",\"cursor\":\"z.7\"}");

    joined.recovered = false;
    joined.picture = &picture.base;
    out = text_buf();
    wire()->say_joined(&out, 0, &joined);
    expect_text(&out, "{\"op\":\"ok\",\"rooms\":[\"kitchen\",\"order/o-1\"],"
                      "\"recovered\":false,\"seq\":7,\"epoch\":\"z\","
                      "\"cursor\":\"z.7\",\"snapshot\":{\"orders\":[],"
                      "\"tables\":[],\"calls\":[],\"alerts\":[],\"jobs\":[],"
                      "\"pages\":[],\"devices\":[],"
                      "\"menu\":[],\"messages\":[],"
                      "\"accounts\":[],\"escalations\":[],"
                      "\"emptyRooms\":[]}}");
}

static void a_publish_is_answered_with_id_and_number(void **unused)
{
    struct wire_published published = { .seq = 9, .epoch = 35 };
    struct fault refusal;
    struct wire_error error = { .fault = &refusal };
    struct buf out = text_buf();

    (void)unused;
    wire()->say_published(&out, 3, &published);
    expect_text(&out, "{\"op\":\"ok\",\"ref\":3,"
                      "\"id\":\"00000000000000000000000000\",\"seq\":9,"
                      "\"epoch\":\"z\",\"duplicate\":false}");
    published.pending = true;
    out = text_buf();
    wire()->say_published(&out, 0, &published);
    expect_text(&out, "{\"op\":\"ok\","
                      "\"id\":\"00000000000000000000000000\",\"seq\":9,"
                      "\"epoch\":\"z\",\"duplicate\":false,"
                      "\"pending\":true}");
    fault_set(&refusal, ERR_WRONG_TYPE, "order.items[2].quantity",
            "must be a \"whole\" number");
    out = text_buf();
    wire()->say_error(&out, 3, &error);
    expect_text(&out, "{\"op\":\"error\",\"ref\":3,\"code\":\"wrong_type\","
                      "\"field\":\"order.items[2].quantity\","
                      "\"message\":\"must be a \\\"whole\\\" number\"}");
    fault_set(&refusal, ERR_RATE, NULL, "slower");
    error.retry_ms = 250;
    out = text_buf();
    wire()->say_error(&out, 0, &error);
    expect_text(&out, "{\"op\":\"error\",\"code\":\"rate\",\"field\":\"\","
                      "\"message\":\"slower\",\"retryAfterMs\":250}");
    out = text_buf();
    wire()->say_ok(&out, 3);
    expect_text(&out, "{\"op\":\"ok\",\"ref\":3}");
}

static void a_heartbeat_has_the_newest_number_of_each_room(void **unused)
{
    struct room rooms[2];
    uint64_t tops[] = { 4711, 0 };
    struct buf out = text_buf();

    (void)unused;
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &rooms[0]));
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &rooms[1]));
    wire()->say_heartbeat(
            &out, &(struct wire_beat){ "c1", NOW, rooms, tops, 2, 0, 99 });
    expect_text(&out, "{\"op\":\"heartbeat\","
                      "\"ts\":\"2026-01-31T18:04:05.123Z\","
                      "\"rooms\":{\"kitchen\":4711,\"table/5\":0},"
                      "\"events\":99}");
    out = text_buf();
    wire()->say_heartbeat(&out, &(struct wire_beat){ .now_ms = NOW });
    expect_text(&out, "{\"op\":\"heartbeat\","
                      "\"ts\":\"2026-01-31T18:04:05.123Z\",\"rooms\":{},"
                      "\"events\":0}");
}

static void an_event_is_its_envelope_after_op_and_cursor(void **unused)
{
    static const char head[] =
            "{\"op\":\"event\",\"cursor\":\"z.7.00000000000000ab\",";
    static const char payload[] = "{\"orderId\":\"o-1\"}";
    const struct evt_form *form, *envelope;
    struct heard heard;
    struct evt *evt;

    (void)unused;
    assert_int_equal(dialect_hear("kitchen.ready", payload, strlen(payload),
                             &heard, &fault),
            ERR_OK);
    assert_int_equal(evt_create(heard.what, heard.body, &evt), ERR_OK);
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &evt->rooms[0]));
    evt->room_count = 1;
    evt->epoch = 35;
    evt->seq = 7;
    evt->seal = 0xab;
    form = wire()->say_event(evt, VIEW_STAFF, 0);
    assert_non_null(form);
    assert_memory_equal(form->data, head, strlen(head));
    envelope = dialect_say_json(evt, VIEW_STAFF, 0);
    assert_int_equal(form->len, envelope->len - 1 + strlen(head));
    assert_memory_equal(
            form->data + strlen(head), envelope->data + 1, envelope->len - 1);
    assert_ptr_equal(wire()->say_event(evt, VIEW_STAFF, 0), form);
    evt_unref(evt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wire_is_found_by_its_subprotocol_or_path),
        cmocka_unit_test(a_client_shows_its_token),
        cmocka_unit_test(a_client_joins_rooms_from_a_cursor_on),
        cmocka_unit_test(a_join_without_good_rooms_is_refused),
        cmocka_unit_test(a_join_has_at_most_64_rooms),
        cmocka_unit_test(a_client_publishes_an_event),
        cmocka_unit_test(a_client_acknowledges_a_number),
        cmocka_unit_test(what_is_no_operation_is_refused),
        cmocka_unit_test(a_ref_is_a_whole_number_of_32_bits),
        cmocka_unit_test(a_client_is_told_who_it_is),
        cmocka_unit_test(a_join_is_answered_with_or_without_a_snapshot),
        cmocka_unit_test(a_publish_is_answered_with_id_and_number),
        cmocka_unit_test(a_heartbeat_has_the_newest_number_of_each_room),
        cmocka_unit_test(an_event_is_its_envelope_after_op_and_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
