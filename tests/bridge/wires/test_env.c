#include "bridge/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "schemas/picture.pb-c.h"

#define NOW 1769882645123 /* 2026-01-31T18:04:05.123Z */

static struct said said;
static struct fault fault;

static const struct wire *wire(void)
{
    return wires[WIRE_ENV];
}

static enum err hear(const char *text)
{
    fault = (struct fault){ 0 };
    memset(&said, 0xaa, sizeof(said)); /* hear sets all of it */
    return wire()->hear((const uint8_t *)text, strlen(text), &said, &fault);
}

static struct buf text_buf(void)
{
    struct buf out;

    buf_init(&out, 65536);
    return out;
}

static void expect_text(struct buf *out, const char *text)
{
    buf_putc(out, '\0');
    assert_false(out->failed);
    assert_string_equal(out->data, text);
    buf_finish(out);
}

static void a_page_raises_an_alert_in_its_own_words(void **unused)
{
    (void)unused;
    assert_int_equal(
            hear("{\"event\":\"alert.created\",\"payload\":{\"tableId\":\"7\","
                 "\"type\":\"llamar_mozo\",\"message\":\"please\"},"
                 "\"ts\":\"2026-01-31T18:04:05.123Z\"}"),
            ERR_OK);
    assert_int_equal(said.verb, VERB_PUBLISH);
    assert_int_equal(said.heard.what, EVT_ALERT_CREATED);
    assert_string_equal(body_text(said.heard.body, "alert.table.id"), "7");
    assert_string_equal(
            body_text(said.heard.body, "alert.type"), "llamar_mozo");
    said_finish(&said);
}

static void what_is_no_envelope_is_refused(void **unused)
{
    (void)unused;
    assert_int_equal(hear("[]"), ERR_BAD_REQUEST);
    assert_int_equal(hear("{\"payload\":{}}"), ERR_MISSING_FIELD);
    assert_int_equal(
            hear("{\"event\":\"join\",\"payload\":{}}"), ERR_UNKNOWN_EVENT);
    assert_int_equal(hear("{"), ERR_BAD_JSON);
    assert_null(said.heard.body);
}

static void ready_has_what_there_is_and_null_for_no_summary(void **unused)
{
    Dw__Picture picture = DW__PICTURE__INIT;
    Dw__Metadata metadata = DW__METADATA__INIT;
    struct wire_ready ready = { .connection_id = "c1",
        .now_ms = NOW,
        .picture = (struct Dw__Picture *)&picture,
        .view = VIEW_FULL };
    struct buf out = text_buf();

    (void)unused;
    metadata.version = 3;
    metadata.updated_at_ms = NOW;
    picture.orders_metadata = &metadata;
    wire()->say_ready(&out, &ready);
    expect_text(&out,
            "{\"event\":\"socket.ready\",\"payload\":{\"connectionId\":\"c1\","
            "\"issuedAt\":\"2026-01-31T18:04:05.123Z\","
            "\"orders\":{\"metadata\":{\"version\":3,"
            "\"updatedAt\":\"2026-01-31T18:04:05.123Z\"},\"summary\":null},"
            "\"tables\":{\"tables\":[]},\"alerts\":{\"active\":[]}},"
            "\"ts\":\"2026-01-31T18:04:05.123Z\"}");
}

/* A page that finds orders there reads their metadata. */
static void ready_has_no_orders_for_who_sees_no_sum_of_them(void **unused)
{
    Dw__Picture picture = DW__PICTURE__INIT;
    Dw__Table table = DW__TABLE__INIT, *tables[] = { &table };
    struct wire_ready ready = { .connection_id = "c1",
        .now_ms = NOW,
        .picture = (struct Dw__Picture *)&picture,
        .view = VIEW_CUSTOMER };
    struct buf out = text_buf();

    (void)unused;
    table.id = (char *)(uintptr_t) "5";
    picture.tables = tables;
    picture.n_tables = 1;
    wire()->say_ready(&out, &ready);
    expect_text(&out,
            "{\"event\":\"socket.ready\",\"payload\":{\"connectionId\":\"c1\","
            "\"issuedAt\":\"2026-01-31T18:04:05.123Z\","
            "\"tables\":{\"tables\":[{\"id\":\"5\"}]},"
            "\"alerts\":{\"active\":[]}},"
            "\"ts\":\"2026-01-31T18:04:05.123Z\"}");
}

static void a_heartbeat_has_the_connection_and_the_time(void **unused)
{
    struct wire_beat beat = { .connection_id = "c1", .now_ms = NOW };
    struct buf out = text_buf();

    (void)unused;
    wire()->say_heartbeat(&out, &beat);
    expect_text(&out,
            "{\"event\":\"socket.heartbeat\",\"payload\":{\"connectionId\":"
            "\"c1\",\"ts\":\"2026-01-31T18:04:05.123Z\"},"
            "\"ts\":\"2026-01-31T18:04:05.123Z\"}");
}

static void a_heartbeat_names_the_last_event_beside_its_payload(void **unused)
{
    struct wire_beat beat = {
        .connection_id = "c1", .now_ms = NOW, .told = 4711
    };
    struct buf out = text_buf();

    (void)unused;
    wire()->say_heartbeat(&out, &beat);
    expect_text(&out,
            "{\"event\":\"socket.heartbeat\",\"payload\":{\"connectionId\":"
            "\"c1\",\"ts\":\"2026-01-31T18:04:05.123Z\"},"
            "\"ts\":\"2026-01-31T18:04:05.123Z\",\"seq\":4711}");
}

static struct evt *make_evt(enum evt_id what, ProtobufCMessage *body)
{
    struct evt *evt = NULL;

    assert_int_equal(evt_create(what, body, &evt), ERR_OK);
    evt->ts_ms = NOW;
    evt->seq = 7;
    assert_true(room_make(ROOM_INDEX_ALL, "", &evt->rooms[0]));
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &evt->rooms[1]));
    evt->room_count = 2;
    return evt;
}

static void an_event_is_said_once_for_all_rooms(void **unused)
{
    Dw__AlertAcknowledged *body =
            (void *)body_new(evt_kinds[EVT_ALERT_ACKNOWLEDGED].body);
    const struct evt_form *form;
    struct buf out = text_buf();
    struct evt *evt;

    (void)unused;
    body_set_string(&body->alert_id, "a-1");
    body->has_acknowledged = body->acknowledged = 1;
    evt = make_evt(EVT_ALERT_ACKNOWLEDGED, &body->base);
    evt->replay = true;
    form = wire()->say_event(evt, VIEW_FULL, 0);
    assert_ptr_equal(wire()->say_event(evt, VIEW_FULL, 1), form);
    buf_put(&out, form->data, form->len);
    expect_text(&out,
            "{\"event\":\"alert.acknowledged\",\"payload\":{\"alertId\":"
            "\"a-1\",\"acknowledged\":true},"
            "\"ts\":\"2026-01-31T18:04:05.123Z\","
            "\"id\":\"00000000000000000000000000\",\"seq\":7,\"replay\":true}");
    evt_unref(evt);
}

static void what_it_has_no_word_for_is_nothing(void **unused)
{
    Dw__OrderConfirmed *body =
            (void *)body_new(evt_kinds[EVT_ORDER_CONFIRMED].body);
    const struct evt_form *form;
    struct evt *evt;

    (void)unused;
    body_set_string(&body->order_id, "1");
    evt = make_evt(EVT_ORDER_CONFIRMED, &body->base);
    form = wire()->say_event(evt, VIEW_FULL, 0);
    assert_non_null(form);
    assert_int_equal(form->len, 0);
    evt_unref(evt);
}

static void answers_are_left_out_but_for_errors(void **unused)
{
    struct wire_published published = { .seq = 1 };
    struct wire_joined joined = { .seq = 1 };
    struct wire_error error = { .fault = &fault, .now_ms = 1769882645123 };
    struct buf out = text_buf();

    (void)unused;
    wire()->say_published(&out, 1, &published);
    wire()->say_joined(&out, 1, &joined);
    wire()->say_ok(&out, 1);
    assert_int_equal(out.len, 0);
    fault_set(&fault, ERR_FORBIDDEN, NULL, NULL);
    wire()->say_error(&out, 0, &error);
    expect_text(&out,
            "{\"event\":\"error\",\"payload\":{\"code\":\"forbidden\","
            "\"field\":\"\",\"message\":\"this is not allowed\"},"
            "\"ts\":\"2026-01-31T18:04:05.123Z\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_raises_an_alert_in_its_own_words),
        cmocka_unit_test(what_is_no_envelope_is_refused),
        cmocka_unit_test(ready_has_what_there_is_and_null_for_no_summary),
        cmocka_unit_test(ready_has_no_orders_for_who_sees_no_sum_of_them),
        cmocka_unit_test(a_heartbeat_has_the_connection_and_the_time),
        cmocka_unit_test(a_heartbeat_names_the_last_event_beside_its_payload),
        cmocka_unit_test(an_event_is_said_once_for_all_rooms),
        cmocka_unit_test(what_it_has_no_word_for_is_nothing),
        cmocka_unit_test(answers_are_left_out_but_for_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
