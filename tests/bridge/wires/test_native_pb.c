#include "bridge/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/native.pb-c.h"

#define NOW 1769882645123

static struct said said;
static struct fault fault;

static const struct wire *wire(void)
{
    return wires[WIRE_NATIVE_PB];
}

static enum err hear_bytes(const void *data, size_t len)
{
    fault = (struct fault){ 0 };
    memset(&said, 0xaa, sizeof(said)); /* hear sets all of it */
    return wire()->hear(data, len, &said, &fault);
}

static enum err hear(const Dw__ClientMessage *message)
{
    size_t len = dw__client_message__get_packed_size(message);
    uint8_t packed[4096];

    assert_true(len <= sizeof(packed));
    dw__client_message__pack(message, packed);
    return hear_bytes(packed, len);
}

static void expect_fault(enum err code, const char *field)
{
    assert_int_equal(fault.code, code);
    assert_string_equal(fault.field, field);
    assert_null(said.token);
    assert_null(said.after);
    assert_null(said.heard.body);
}

/* What was written, unpacked; to be freed. */
static Dw__ServerMessage *read_back(struct buf *out)
{
    Dw__ServerMessage *message;

    assert_false(out->failed);
    message = dw__server_message__unpack(
            NULL, out->len, (const uint8_t *)out->data);
    assert_non_null(message);
    buf_finish(out);
    return message;
}

static struct buf bytes_buf(void)
{
    struct buf out;

    buf_init(&out, 65536);
    return out;
}

/* --- hearing --- */

static void a_client_shows_its_token(void **unused)
{
    Dw__ClientMessage message = DW__CLIENT_MESSAGE__INIT;
    Dw__Auth auth = DW__AUTH__INIT;

    (void)unused;
    auth.token = (char[]){ "a.b.c" };
    auth.has_receipts = true;
    auth.receipts = true;
    message.op_case = DW__CLIENT_MESSAGE__OP_AUTH;
    message.auth = &auth;
    assert_int_equal(hear(&message), ERR_OK);
    assert_int_equal(said.verb, VERB_AUTH);
    assert_string_equal(said.token, "a.b.c");
    said_finish(&said);
}

static void a_client_joins_and_leaves_rooms(void **unused)
{
    char *rooms[] = { (char[]){ "kitchen" }, (char[]){ "table/5" } };
    Dw__ClientMessage message = DW__CLIENT_MESSAGE__INIT;
    Dw__Leave leave = DW__LEAVE__INIT;
    Dw__Join join = DW__JOIN__INIT;

    (void)unused;
    join.has_ref = 1;
    join.ref = 9;
    join.n_rooms = 2;
    join.rooms = rooms;
    join.after = (char[]){ "z.7" };
    message.op_case = DW__CLIENT_MESSAGE__OP_JOIN;
    message.join = &join;
    assert_int_equal(hear(&message), ERR_OK);
    assert_int_equal(said.verb, VERB_JOIN);
    assert_int_equal(said.ref, 9);
    assert_int_equal(said.room_count, 2);
    assert_string_equal(said.rooms[1].id, "5");
    assert_string_equal(said.after, "z.7");
    said_finish(&said);

    leave.n_rooms = 1;
    leave.rooms = rooms;
    message.op_case = DW__CLIENT_MESSAGE__OP_LEAVE;
    message.leave = &leave;
    assert_int_equal(hear(&message), ERR_OK);
    assert_int_equal(said.verb, VERB_LEAVE);
    assert_int_equal(said.ref, 0);
    said_finish(&said);

    rooms[1] = (char[]){ "table/" };
    message.op_case = DW__CLIENT_MESSAGE__OP_JOIN;
    message.join = &join;
    assert_int_equal(hear(&message), ERR_BAD_ROOM);
    expect_fault(ERR_BAD_ROOM, "rooms[1]");
    assert_int_equal(said.ref, 9);
    join.n_rooms = 0;
    hear(&message);
    expect_fault(ERR_MISSING_FIELD, "rooms");
}

static void a_client_publishes_an_envelope(void **unused)
{
    Dw__ClientMessage message = DW__CLIENT_MESSAGE__INIT;
    Dw__KitchenReady ready = DW__KITCHEN_READY__INIT;
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    Dw__Publish publish = DW__PUBLISH__INIT;

    (void)unused;
    ready.order_id = (char[]){ "o-1" };
    envelope.has_event = 1;
    envelope.event = evt_kinds[EVT_KITCHEN_READY].wire;
    envelope.body_case = DW__ENVELOPE__BODY_KITCHEN_READY;
    envelope.kitchen_ready = &ready;
    publish.has_ref = 1;
    publish.ref = 5;
    publish.event = &envelope;
    message.op_case = DW__CLIENT_MESSAGE__OP_PUBLISH;
    message.publish = &publish;
    assert_int_equal(hear(&message), ERR_OK);
    assert_int_equal(said.verb, VERB_PUBLISH);
    assert_int_equal(said.heard.what, EVT_KITCHEN_READY);
    assert_ptr_equal(
            said.heard.body->descriptor, &dw__kitchen_ready__descriptor);
    said_finish(&said);

    ready.order_id = (char[]){ "o/1" };
    hear(&message);
    expect_fault(ERR_BAD_ID, "orderId");
    assert_int_equal(said.ref, 5);
}

static void a_client_acknowledges_a_number(void **unused)
{
    Dw__ClientMessage message = DW__CLIENT_MESSAGE__INIT;
    Dw__Ack ack = DW__ACK__INIT;

    (void)unused;
    ack.seq = UINT64_MAX;
    message.op_case = DW__CLIENT_MESSAGE__OP_ACK;
    message.ack = &ack;
    assert_int_equal(hear(&message), ERR_OK);
    assert_int_equal(said.verb, VERB_ACK);
    assert_true(said.seq == UINT64_MAX);
    assert_null(said.stage);
    ack.stage = (char *)(uintptr_t) "shown";
    assert_int_equal(hear(&message), ERR_OK);
    assert_string_equal(said.stage, "shown");
    said_finish(&said);
    ack.stage = (char *)(uintptr_t) "abcdefghijklmnopqrstuvwxyz0123456";
    hear(&message);
    expect_fault(ERR_OUT_OF_RANGE, "stage");
}

static void what_is_no_operation_is_refused(void **unused)
{
    (void)unused;
    hear_bytes("", 0);
    expect_fault(ERR_BAD_REQUEST, "op");
    hear_bytes("\x7a\x01x", 3); /* field 15 */
    expect_fault(ERR_BAD_REQUEST, "op");
    hear_bytes("\xff\xff", 2);
    expect_fault(ERR_BAD_PROTOBUF, "");
    hear_bytes("{\"op\":\"ack\"}", 12);
    expect_fault(ERR_BAD_PROTOBUF, "");
    hear_bytes("\x0a\x03\x0a\x01\xff", 5); /* a token that is not UTF-8 */
    expect_fault(ERR_BAD_PROTOBUF, "");
    hear_bytes("\x0a\x00", 2); /* a token that is not there */
    expect_fault(ERR_BAD_PROTOBUF, "");
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
    struct buf out = bytes_buf();
    Dw__ServerMessage *message;

    (void)unused;
    wire()->say_ready(&out, &ready);
    message = read_back(&out);
    assert_int_equal(message->op_case, DW__SERVER_MESSAGE__OP_READY);
    assert_string_equal(message->ready->connection_id, "c-1");
    assert_int_equal(message->ready->epoch, 35);
    assert_int_equal(message->ready->seq, 7);
    assert_int_equal(message->ready->time_ms, NOW);
    assert_int_equal(message->ready->n_roles, 2);
    assert_string_equal(message->ready->roles[0], "kitchen");
    assert_string_equal(message->ready->roles[1], "table");
    assert_string_equal(message->ready->table, "5");
    dw__server_message__free_unpacked(message, NULL);
}

static void a_snapshot_has_only_what_the_view_sees(void **unused)
{
    Dw__Picture picture = DW__PICTURE__INIT;
    Dw__Order order = DW__ORDER__INIT, *orders[] = { &order };
    struct room room;
    struct wire_joined joined = { .rooms = &room,
        .count = 1,
        .seq = 7,
        .epoch = 35,
        .cursor = "z.7",
        .picture = &picture.base,
        .view = VIEW_CUSTOMER };
    struct buf out = bytes_buf();
    Dw__ServerMessage *message;

    (void)unused;
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &room));
    order.id = (char[]){ "o-1" };
    order.cancel_reason = (char[]){ "rude" };
    picture.n_orders = 1;
    picture.orders = orders;
    wire()->say_joined(&out, 2, &joined);
    message = read_back(&out);
    assert_int_equal(message->op_case, DW__SERVER_MESSAGE__OP_JOINED);
    assert_int_equal(message->joined->ref, 2);
    assert_string_equal(message->joined->rooms[0], "table/5");
    assert_string_equal(message->joined->cursor, "z.7");
    assert_string_equal(message->joined->snapshot->orders[0]->id, "o-1");
    assert_null(message->joined->snapshot->orders[0]->cancel_reason);
    assert_string_equal(order.cancel_reason, "rude");
    dw__server_message__free_unpacked(message, NULL);
}

static void answers_repeat_the_ref(void **unused)
{
    struct wire_published published = { .seq = 9, .duplicate = true };
    struct buf out = bytes_buf();
    struct fault refusal;
    struct wire_error error = { .fault = &refusal };
    Dw__ServerMessage *message;

    (void)unused;
    wire()->say_published(&out, 3, &published);
    message = read_back(&out);
    assert_int_equal(message->published->ref, 3);
    assert_int_equal(message->published->id.len, 16);
    assert_true(message->published->duplicate);
    assert_false(message->published->has_pending);
    dw__server_message__free_unpacked(message, NULL);

    published.pending = true;
    out = bytes_buf();
    wire()->say_published(&out, 3, &published);
    message = read_back(&out);
    assert_true(message->published->pending);
    dw__server_message__free_unpacked(message, NULL);

    fault_set(&refusal, ERR_FORBIDDEN, "event", NULL);
    out = bytes_buf();
    wire()->say_error(&out, 4, &error);
    message = read_back(&out);
    assert_int_equal(message->error->ref, 4);
    assert_string_equal(message->error->code, "forbidden");
    assert_string_equal(message->error->field, "event");
    assert_string_equal(message->error->message, "this is not allowed");
    assert_false(message->error->has_retry_after_ms);
    dw__server_message__free_unpacked(message, NULL);

    error.retry_ms = 1200;
    out = bytes_buf();
    wire()->say_error(&out, 4, &error);
    message = read_back(&out);
    assert_int_equal(message->error->retry_after_ms, 1200);
    dw__server_message__free_unpacked(message, NULL);

    out = bytes_buf();
    wire()->say_ok(&out, 5);
    message = read_back(&out);
    assert_int_equal(message->op_case, DW__SERVER_MESSAGE__OP_OK);
    assert_int_equal(message->ok->ref, 5);
    dw__server_message__free_unpacked(message, NULL);
}

static void a_heartbeat_has_the_newest_number_of_each_room(void **unused)
{
    struct room rooms[2];
    uint64_t tops[] = { 4711, 12 };
    struct buf out = bytes_buf();
    Dw__ServerMessage *message;

    (void)unused;
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &rooms[0]));
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &rooms[1]));
    wire()->say_heartbeat(
            &out, &(struct wire_beat){ "c1", NOW, rooms, tops, 2, 0, 99 });
    message = read_back(&out);
    assert_int_equal(message->heartbeat->time_ms, NOW);
    assert_int_equal(message->heartbeat->n_rooms, 2);
    assert_string_equal(message->heartbeat->rooms[1]->room, "table/5");
    assert_int_equal(message->heartbeat->rooms[0]->seq, 4711);
    assert_int_equal(message->heartbeat->events, 99);
    dw__server_message__free_unpacked(message, NULL);
}

static void an_event_is_its_envelope_in_a_server_message(void **unused)
{
    static const char payload[] = "{\"orderId\":\"o-1\"}";
    const struct evt_form *form;
    Dw__ServerMessage *message;
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
    form = wire()->say_event(evt, VIEW_FULL, 0);
    assert_non_null(form);
    message = dw__server_message__unpack(NULL, form->len, form->data);
    assert_non_null(message);
    assert_int_equal(message->op_case, DW__SERVER_MESSAGE__OP_EVENT);
    assert_string_equal(message->event->kitchen_ready->order_id, "o-1");
    assert_string_equal(message->event->room, "kitchen");
    assert_string_equal(message->cursor, "z.7.00000000000000ab");
    dw__server_message__free_unpacked(message, NULL);
    assert_ptr_equal(wire()->say_event(evt, VIEW_FULL, 0), form);
    evt_unref(evt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_shows_its_token),
        cmocka_unit_test(a_client_joins_and_leaves_rooms),
        cmocka_unit_test(a_client_publishes_an_envelope),
        cmocka_unit_test(a_client_acknowledges_a_number),
        cmocka_unit_test(what_is_no_operation_is_refused),
        cmocka_unit_test(a_client_is_told_who_it_is),
        cmocka_unit_test(a_snapshot_has_only_what_the_view_sees),
        cmocka_unit_test(answers_repeat_the_ref),
        cmocka_unit_test(a_heartbeat_has_the_newest_number_of_each_room),
        cmocka_unit_test(an_event_is_its_envelope_in_a_server_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
