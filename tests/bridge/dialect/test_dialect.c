#include "bridge/dialect/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/parts.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "schemas/picture.pb-c.h"
#include "tests/support/filled.h"

#define NOW 1769882645123 /* 2026-01-31T18:04:05.123Z */

static struct fault fault;
static struct heard heard;

static enum err hear(const char *name, const char *text)
{
    fault = (struct fault){ 0 };
    return dialect_hear(name, text, strlen(text), &heard, &fault);
}

static enum err hear_message(const char *name, const char *text)
{
    fault = (struct fault){ 0 };
    return dialect_hear_message(
            DIALECT_NATIVE, name, text, strlen(text), &heard, &fault);
}

static void expect_fault(enum err code, const char *field)
{
    assert_int_equal(fault.code, code);
    assert_string_equal(fault.field, field);
    assert_null(heard.body);
}

static void expect_json(
        const ProtobufCMessage *body, enum view view, const char *text)
{
    struct buf out;

    buf_init(&out, 65536);
    dialect_put_json(&out, body, view);
    buf_putc(&out, '\0');
    assert_string_equal(out.data, text);
    buf_finish(&out);
}

/* An event as the hub would have made it, in kitchen and table/5. */
static struct evt *make(const char *name, const char *payload)
{
    struct evt *evt;

    assert_int_equal(hear(name, payload), ERR_OK);
    assert_int_equal(evt_create(heard.what, heard.body, &evt), ERR_OK);
    evt->id = ulid_make(NOW, 0x0102, 0x030405060708090a);
    evt->seq = 4711;
    evt->epoch = 123456789;
    evt->ts_ms = NOW;
    memcpy(evt->src, "till-2", 7);
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &evt->rooms[0]));
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &evt->rooms[1]));
    evt->room_count = 2;
    return evt;
}

static void expect_form(const struct evt_form *form, const char *text)
{
    assert_non_null(form);
    assert_int_equal(form->len, strlen(text));
    assert_memory_equal(form->data, text, form->len);
}

/* --- hearing --- */

static void an_event_that_nobody_knows_is_refused(void **unused)
{
    (void)unused;
    assert_int_equal(hear("order.eaten", "{}"), ERR_UNKNOWN_EVENT);
    expect_fault(ERR_UNKNOWN_EVENT, "event");
    assert_int_equal(hear("", "{}"), ERR_UNKNOWN_EVENT);
    assert_null(strstr(fault.text, "eaten"));
}

static void a_payload_must_be_an_object(void **unused)
{
    static const char *const texts[] = { "[]", "\"x\"", "1", "null", "true" };

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(hear("kitchen.ready", texts[i]), ERR_WRONG_TYPE);
        expect_fault(ERR_WRONG_TYPE, "payload");
    }
}

static void the_gate_stands_before_everything(void **unused)
{
    (void)unused;
    hear("kitchen.ready", "{\"orderId\":\"o-1\",\"orderId\":\"o-2\"}");
    expect_fault(ERR_DUPLICATE_KEY, "orderId");
    hear("kitchen.ready", "{\"orderId\":\"o-1\"} x");
    expect_fault(ERR_BAD_JSON, "");
    hear("kitchen.ready", "{\"orderId\":\"o\\u0000/1\"}");
    expect_fault(ERR_BAD_JSON, "orderId");
}

static void whole_numbers_are_taken_as_they_are_written(void **unused)
{
    static const char *const fractions[] = { "1.0", "1e2", "0.5",
        "0.99999999999999999", "1.0000000000000001", "-0.0", "10E-1" };
    char text[128];

    (void)unused;
    for (size_t i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++) {
        snprintf(text, sizeof(text),
                "{\"pending\":%s,\"preparing\":0,\"ready\":0,\"total\":0}",
                fractions[i]);
        hear("kitchen.stats", text);
        expect_fault(ERR_WRONG_TYPE, "pending");
        assert_string_equal(fault.text, "must be a whole number");
    }
}

/* The text of a string stays as it is, whatever numbers stand in it. */
static void numbers_in_strings_are_not_touched(void **unused)
{
    (void)unused;
    assert_int_equal(
            hear("alert.created", "{\"alert\":{\"type\":\"x\",\"message\":"
                                  "\"1.5 \\\" 2.5e3\"}}"),
            ERR_OK);
    expect_json(heard.body, VIEW_FULL,
            "{\"alert\":{\"type\":\"x\",\"message\":\"1.5 \\\" 2.5e3\"}}");
    body_free(heard.body);
}

static void a_number_that_a_double_cannot_hold_is_refused(void **unused)
{
    (void)unused;
    hear("order.items_added",
            "{\"orderId\":\"o-1\",\"totals\":{\"taxCents\":9007199254740993}}");
    expect_fault(ERR_OUT_OF_RANGE, "totals.taxCents");
    hear("device.offline", "{\"boot\":4294967296}");
    expect_fault(ERR_OUT_OF_RANGE, "boot");
    assert_string_equal(fault.text, "must be from 0 to 4294967295");
}

static void a_wrong_word_is_answered_with_the_right_ones(void **unused)
{
    (void)unused;
    hear("kitchen.priority_changed",
            "{\"orderId\":\"o-1\",\"priority\":\"urgent\"}");
    expect_fault(ERR_OUT_OF_RANGE, "priority");
    assert_string_equal(fault.text, "must be one of normal, express, vip");
}

/* Where a field can hold it: a status is passed on as it was said. */
static void a_word_that_nobody_knows_is_said_as_it_was_heard(void **unused)
{
    static const char payload[] = "{\"orderId\":\"o-1\",\"status\":\"cooked\"}";

    (void)unused;
    assert_int_equal(hear("order.status_changed", payload), ERR_OK);
    expect_json(heard.body, VIEW_FULL, payload);
    expect_json(heard.body, VIEW_CUSTOMER, payload);
    body_free(heard.body);
}

static void fields_that_nobody_knows_are_counted(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_FIELDS);

    (void)unused;
    assert_int_equal(
            hear("kitchen.ready",
                    "{\"orderId\":\"o-1\",\"x\":1,\"y\":null,"
                    "\"OrderId\":2,\"table\":{\"id\":\"5\",\"z\":[]}}"),
            ERR_OK);
    assert_int_equal(count_of(COUNT_UNKNOWN_FIELDS) - before, 4);
    expect_json(heard.body, VIEW_FULL,
            "{\"orderId\":\"o-1\",\"table\":{\"id\":\"5\"}}");
    body_free(heard.body);
}

static void a_message_names_its_event_and_may_have_a_key(void **unused)
{
    (void)unused;
    assert_int_equal(
            hear_message(NULL, "{\"event\":\"kitchen.ready\",\"id\":\"till:1\","
                               "\"payload\":{\"orderId\":\"o-1\"},\"ts\":1}"),
            ERR_OK);
    assert_int_equal(heard.what, EVT_KITCHEN_READY);
    assert_string_equal(heard.key, "till:1");
    body_free(heard.body);

    hear_message(NULL, "{\"payload\":{\"orderId\":\"o-1\"}}");
    expect_fault(ERR_MISSING_FIELD, "event");
    hear_message(NULL, "{\"event\":7,\"payload\":{}}");
    expect_fault(ERR_WRONG_TYPE, "event");
    hear_message(NULL, "{\"event\":\"kitchen.ready\"}");
    expect_fault(ERR_MISSING_FIELD, "payload");
    hear_message(NULL, "{\"event\":\"kitchen.ready\",\"payload\":[]}");
    expect_fault(ERR_WRONG_TYPE, "payload");
    hear_message(NULL, "[]");
    expect_fault(ERR_BAD_REQUEST, "");
}

static void a_message_for_a_named_event_may_be_the_bare_payload(void **unused)
{
    (void)unused;
    assert_int_equal(
            hear_message("kitchen.ready", "{\"orderId\":\"o-1\"}"), ERR_OK);
    assert_string_equal(heard.key, "");
    body_free(heard.body);
    assert_int_equal(hear_message("kitchen.ready",
                             "{\"id\":\"k\",\"payload\":{\"orderId\":\"o\"}}"),
            ERR_OK);
    assert_string_equal(heard.key, "k");
    body_free(heard.body);
}

static void a_key_is_1_to_64_visible_ascii_characters(void **unused)
{
    static const char *const wrong[] = { "\"\"", "\"a b\"", "\"\xc3\xa9\"",
        "\"a\\n\"",
        ("\"0123456789012345678901234567890123456789012345678901234567890123"
         "4\"") };
    char text[256];

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text),
                "{\"event\":\"kitchen.ready\",\"id\":%s,"
                "\"payload\":{\"orderId\":\"o-1\"}}",
                wrong[i]);
        hear_message(NULL, text);
        expect_fault(ERR_OUT_OF_RANGE, "id");
    }
    hear_message(
            NULL, "{\"event\":\"kitchen.ready\",\"id\":17,\"payload\":{}}");
    expect_fault(ERR_WRONG_TYPE, "id");
    assert_int_equal(
            hear_message(NULL, "{\"event\":\"kitchen.ready\",\"id\":null,"
                               "\"payload\":{\"orderId\":\"o-1\"}}"),
            ERR_OK);
    assert_string_equal(heard.key, "");
    body_free(heard.body);
}

/* --- hearing protobuf --- */

static enum err hear_packed(Dw__Envelope *envelope)
{
    uint8_t packed[1024];
    size_t len = dw__envelope__get_packed_size(envelope);

    assert_true(len <= sizeof(packed));
    dw__envelope__pack(envelope, packed);
    fault = (struct fault){ 0 };
    return dialect_hear_envelope(packed, len, &heard, &fault);
}

static Dw__Envelope ready_envelope(Dw__KitchenReady *ready)
{
    static char order_id[] = "o-1";
    Dw__Envelope envelope = DW__ENVELOPE__INIT;

    dw__kitchen_ready__init(ready);
    ready->order_id = order_id;
    envelope.has_event = 1;
    envelope.event = evt_kinds[EVT_KITCHEN_READY].wire;
    envelope.body_case = DW__ENVELOPE__BODY_KITCHEN_READY;
    envelope.kitchen_ready = ready;
    return envelope;
}

static void an_envelope_is_heard_with_its_id_as_key(void **unused)
{
    struct ulid id = ulid_make(NOW, 1, 2);
    Dw__KitchenReady ready;
    Dw__Envelope envelope = ready_envelope(&ready);
    char text[ULID_CHARS + 1];

    (void)unused;
    envelope.has_id = 1;
    envelope.id = (ProtobufCBinaryData){ 16, id.bytes };
    assert_int_equal(hear_packed(&envelope), ERR_OK);
    assert_int_equal(heard.what, EVT_KITCHEN_READY);
    ulid_print(&id, text);
    assert_string_equal(heard.key, text);
    expect_json(heard.body, VIEW_FULL, "{\"orderId\":\"o-1\"}");
    body_free(heard.body);

    memset(id.bytes, 0, sizeof(id.bytes));
    assert_int_equal(hear_packed(&envelope), ERR_OK);
    assert_string_equal(heard.key, "");
    body_free(heard.body);
    envelope.id.len = 15;
    hear_packed(&envelope);
    expect_fault(ERR_WRONG_TYPE, "id");
}

static void event_and_body_of_an_envelope_must_agree(void **unused)
{
    Dw__KitchenReady ready;
    Dw__Envelope envelope = ready_envelope(&ready);

    (void)unused;
    envelope.event = evt_kinds[EVT_KITCHEN_COMPLETED].wire;
    hear_packed(&envelope);
    expect_fault(ERR_BAD_REQUEST, "event");
    envelope.event = 9999;
    hear_packed(&envelope);
    expect_fault(ERR_UNKNOWN_EVENT, "event");
    envelope.has_event = 0;
    hear_packed(&envelope);
    expect_fault(ERR_MISSING_FIELD, "event");
    envelope = ready_envelope(&ready);
    envelope.body_case = DW__ENVELOPE__BODY__NOT_SET;
    hear_packed(&envelope);
    expect_fault(ERR_MISSING_FIELD, "body");
}

static void an_envelope_s_body_keeps_to_the_rules_of_fields(void **unused)
{
    Dw__KitchenReady ready;
    Dw__Envelope envelope = ready_envelope(&ready);

    (void)unused;
    ready.order_id = (char[]){ "o/1" };
    hear_packed(&envelope);
    expect_fault(ERR_BAD_ID, "orderId");
    ready.order_id = (char[]){ "\xff" };
    assert_int_not_equal(hear_packed(&envelope), ERR_OK);
    assert_null(heard.body);
}

static void bytes_that_are_no_envelope_are_refused(void **unused)
{
    static const uint8_t bytes[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f };

    (void)unused;
    fault = (struct fault){ 0 };
    dialect_hear_envelope(bytes, sizeof(bytes), &heard, &fault);
    expect_fault(ERR_BAD_PROTOBUF, "");
    dialect_hear_envelope((const uint8_t *)"", 0, &heard, &fault);
    expect_fault(ERR_MISSING_FIELD, "event");
}

/* Field 15, which nobody knows, in the body and in its table. */
static void unknown_fields_of_a_body_are_dropped_and_counted(void **unused)
{
    static const uint8_t packed[] = { 0x30, 32, 0xa2, 8, 17, 0x0a, 3, 'o', '-',
        '1', 0x12, 6, 0x0a, 1, '5', 0x7a, 1, 'x', 0x7a, 2, 'y', 'z' };
    uint64_t before = count_of(COUNT_UNKNOWN_FIELDS);

    (void)unused;
    fault = (struct fault){ 0 };
    assert_int_equal(
            dialect_hear_envelope(packed, sizeof(packed), &heard, &fault),
            ERR_OK);
    assert_int_equal(count_of(COUNT_UNKNOWN_FIELDS) - before, 2);
    assert_int_equal(protobuf_c_message_get_packed_size(heard.body), 10);
    body_free(heard.body);
}

/* --- saying --- */

static void an_event_is_said_as_one_envelope_a_room(void **unused)
{
    struct evt *evt = make("kitchen.ready", "{\"orderId\":\"o-1\"}");

    (void)unused;
    expect_form(dialect_say_json(evt, VIEW_FULL, 0),
            "{\"v\":1,\"id\":\"01KGAKKWM3041061050R3GG28A\","
            "\"epoch\":\"21i3v9\",\"seq\":4711,\"room\":\"kitchen\","
            "\"event\":\"kitchen.ready\",\"ts\":\"2026-01-31T18:04:05.123Z\","
            "\"src\":\"till-2\",\"replay\":false,\"prio\":\"normal\","
            "\"payload\":{\"orderId\":\"o-1\"}}");
    evt->exp_ms = NOW + 1;
    evt->replay = true;
    evt->cause = ulid_make(NOW, 0, 0);
    expect_form(dialect_say_json(evt, VIEW_FULL, 1),
            "{\"v\":1,\"id\":\"01KGAKKWM3041061050R3GG28A\","
            "\"epoch\":\"21i3v9\",\"seq\":4711,\"room\":\"table/5\","
            "\"event\":\"kitchen.ready\",\"ts\":\"2026-01-31T18:04:05.123Z\","
            "\"src\":\"till-2\",\"cause\":\"01KGAKKWM30000000000000000\","
            "\"replay\":true,\"prio\":\"normal\",\"exp\":1769882645124,"
            "\"payload\":{\"orderId\":\"o-1\"}}");
    evt_unref(evt);
}

static void the_priority_is_that_of_the_order(void **unused)
{
    struct evt *evt = make("order.created",
            "{\"order\":{\"id\":\"o-1\",\"priority\":\"vip\"}}");
    const struct evt_form *form = dialect_say_json(evt, VIEW_FULL, 0);

    (void)unused;
    assert_non_null(memmem(form->data, form->len, "\"prio\":\"vip\"", 12));
    evt_unref(evt);
    evt = make("page.sent", "{\"pageId\":\"p\",\"table\":{\"id\":\"5\"},"
                            "\"text\":\"\",\"priority\":\"express\"}");
    form = dialect_say_json(evt, VIEW_FULL, 0);
    assert_non_null(memmem(form->data, form->len, "\"prio\":\"express\"", 16));
    evt_unref(evt);
}

static void bytes_are_made_once_and_kept_with_the_event(void **unused)
{
    struct evt *evt = make("kitchen.ready", "{\"orderId\":\"o-1\"}");
    const struct evt_form *first = dialect_say_json(evt, VIEW_STAFF, 0);
    const struct evt_form *packed = dialect_say_envelope(evt, VIEW_STAFF, 0);

    (void)unused;
    assert_ptr_equal(dialect_say_json(evt, VIEW_STAFF, 0), first);
    assert_ptr_equal(dialect_say_envelope(evt, VIEW_STAFF, 0), packed);
    assert_ptr_not_equal(dialect_say_json(evt, VIEW_STAFF, 1), first);
    assert_ptr_not_equal(dialect_say_json(evt, VIEW_FULL, 0), first);
    assert_ptr_not_equal(dialect_say_envelope(evt, VIEW_FULL, 0), packed);
    evt_unref(evt);
}

static void a_view_has_no_more_in_protobuf_than_in_json(void **unused)
{
    struct evt *evt = make(
            "kitchen.completed", "{\"orderId\":\"o-1\",\"prepTimeMs\":754000}");

    (void)unused;
    for (int view = VIEW_FULL; view < VIEW_COUNT; view++) {
        const struct evt_form *form =
                dialect_say_envelope(evt, (enum view)view, 0);
        bool sees = view == VIEW_FULL || view == VIEW_STAFF;

        assert_int_equal(
                dialect_hear_envelope(form->data, form->len, &heard, &fault),
                ERR_OK);
        expect_json(heard.body, VIEW_FULL,
                sees ? "{\"orderId\":\"o-1\",\"prepTimeMs\":754000}"
                     : "{\"orderId\":\"o-1\"}");
        body_free(heard.body);
    }
    evt_unref(evt);
}

static void an_envelope_in_protobuf_has_the_header_of_the_event(void **unused)
{
    struct evt *evt = make("kitchen.ready", "{\"orderId\":\"o-1\"}");
    const struct evt_form *form;
    Dw__Envelope *envelope;

    (void)unused;
    evt->exp_ms = NOW + 1;
    form = dialect_say_envelope(evt, VIEW_FULL, 1);
    envelope = dw__envelope__unpack(NULL, form->len, form->data);
    assert_non_null(envelope);
    assert_int_equal(envelope->v, 1);
    assert_int_equal(envelope->id.len, 16);
    assert_memory_equal(envelope->id.data, evt->id.bytes, 16);
    assert_int_equal(envelope->epoch, evt->epoch);
    assert_int_equal(envelope->seq, 4711);
    assert_string_equal(envelope->room, "table/5");
    assert_int_equal(envelope->event, 32);
    assert_int_equal(envelope->ts_ms, NOW);
    assert_int_equal(envelope->exp_ms, NOW + 1);
    assert_string_equal(envelope->src, "till-2");
    assert_false(envelope->has_cause || envelope->has_replay);
    assert_int_equal(envelope->prio, DW__PRIORITY__PRIORITY_NORMAL);
    assert_string_equal(envelope->kitchen_ready->order_id, "o-1");
    dw__envelope__free_unpacked(envelope, NULL);
    evt_unref(evt);
}

static void a_picture_is_said_with_all_its_lists(void **unused)
{
    Dw__Picture picture = DW__PICTURE__INIT;
    Dw__Device device = DW__DEVICE__INIT, *devices[] = { &device };

    (void)unused;
    device.id = (char[]){ "prn-1" };
    device.kind = (char[]){ "printer" };
    device.online = 1;
    device.boot = 3;
    device.changed_at_ms = NOW;
    picture.n_devices = 1;
    picture.devices = devices;
    expect_json(&picture.base, VIEW_STAFF,
            "{\"orders\":[],\"tables\":[],\"calls\":[],\"alerts\":[],"
            "\"jobs\":[],\"pages\":[],\"devices\":[{\"id\":\"prn-1\","
            "\"kind\":\"printer\",\"online\":true,\"boot\":3,"
            "\"changedAt\":\"2026-01-31T18:04:05.123Z\"}],"
            "\"menu\":[],\"messages\":[],\"accounts\":[],"
            "\"escalations\":[],\"emptyRooms\":[]}");
}

/* --- times --- */

static void times_are_printed_in_utc_with_milliseconds(void **unused)
{
    static const struct {
        int64_t at_ms;
        const char *text;
    } times[] = { { 0, "1970-01-01T00:00:00.000Z" },
        { NOW, "2026-01-31T18:04:05.123Z" },
        { 951782399999, "2000-02-28T23:59:59.999Z" },
        { 951782400000, "2000-02-29T00:00:00.000Z" },
        { -1, "1970-01-01T00:00:00.000Z" },
        { INT64_MIN, "1970-01-01T00:00:00.000Z" },
        { 253402300799999, "9999-12-31T23:59:59.999Z" },
        { INT64_MAX, "9999-12-31T23:59:59.999Z" } };
    char text[ISO_CHARS + 1];

    (void)unused;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        dialect_print_time(times[i].at_ms, text);
        assert_string_equal(text, times[i].text);
    }
}

static void every_day_that_is_printed_is_read_again(void **unused)
{
    (void)unused;
    for (int64_t day = 0; day < 47847; day++) { /* to the end of 2100 */
        int64_t at_ms = day * 86400000 + 45296789, read = -1;
        char text[ISO_CHARS + 1];

        dialect_print_time(at_ms, text);
        assert_true(parse_time(text, &read));
        assert_int_equal(read, at_ms);
    }
}

static void times_may_have_an_offset_and_a_fraction(void **unused)
{
    static const char *const same[] = { "2026-01-31T18:04:05.123Z",
        "2026-01-31T19:04:05.123+01:00", "2026-01-31T15:34:05.123-02:30",
        "2026-02-01T00:04:05.123456789+06:00" };
    int64_t at_ms;

    (void)unused;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_true(parse_time(same[i], &at_ms));
        assert_int_equal(at_ms, NOW);
    }
    assert_true(parse_time("2026-01-31T18:04:05Z", &at_ms));
    assert_int_equal(at_ms, NOW - 123);
}

static void what_is_no_time_is_refused(void **unused)
{
    static const char *const wrong[] = { "", "2026-01-31", "2026-01-31T18:04Z",
        "2026-01-31T18:04:05", "2026-1-31T18:04:05Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T23:60:00Z", "2026-01-31T23:59:60Z", "2026-01-31T18:04:05.Z",
        "2026-01-31T18:04:05.1234567890Z", "2026-01-31T18:04:05Zx",
        "2026-01-31T18:04:05+0100", "2026-01-31T18:04:05+15:00",
        "2026-01-31T18:04:05+01:60", "2026-01-31 18:04:05Z",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
        "+026-01-31T18:04:05Z", "2026-01-31T18:04:05z" };
    int64_t at_ms;

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (parse_time(wrong[i], &at_ms))
            fail_msg("\"%s\" was taken for a time", wrong[i]);
}

static void an_envelope_may_have_the_words_of_a_dialect(void **unused)
{
    struct evt *evt = filled_evt(EVT_KITCHEN_READY);
    const struct say_row *rows[SAY_ROWS];
    struct buf out;

    (void)unused;
    evt->seq = 7;
    evt->ts_ms = NOW;
    evt->room_count = 1;
    room_make(ROOM_INDEX_KITCHEN, "", &evt->rooms[0]);
    assert_int_equal(
            dialect_rows(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_KITCHEN, 0, rows),
            1);
    buf_init(&out, 4096);
    dialect_put_envelope(&out, evt, rows[0], VIEW_FULL, 0);
    buf_putc(&out, '\0');
    assert_non_null(strstr(out.data, "\"seq\":7,\"room\":\"kitchen\","
                                     "\"event\":\"kitchen:order_ready\","));
    assert_non_null(strstr(out.data, ",\"payload\":{\"kitchenOrderId\":"));
    assert_int_equal(json_gate(out.data, out.len - 1, &fault), ERR_OK);
    buf_finish(&out);
    evt_unref(evt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_that_nobody_knows_is_refused),
        cmocka_unit_test(a_payload_must_be_an_object),
        cmocka_unit_test(the_gate_stands_before_everything),
        cmocka_unit_test(whole_numbers_are_taken_as_they_are_written),
        cmocka_unit_test(numbers_in_strings_are_not_touched),
        cmocka_unit_test(a_number_that_a_double_cannot_hold_is_refused),
        cmocka_unit_test(a_wrong_word_is_answered_with_the_right_ones),
        cmocka_unit_test(a_word_that_nobody_knows_is_said_as_it_was_heard),
        cmocka_unit_test(fields_that_nobody_knows_are_counted),
        cmocka_unit_test(a_message_names_its_event_and_may_have_a_key),
        cmocka_unit_test(a_message_for_a_named_event_may_be_the_bare_payload),
        cmocka_unit_test(a_key_is_1_to_64_visible_ascii_characters),
        cmocka_unit_test(an_envelope_is_heard_with_its_id_as_key),
        cmocka_unit_test(event_and_body_of_an_envelope_must_agree),
        cmocka_unit_test(an_envelope_s_body_keeps_to_the_rules_of_fields),
        cmocka_unit_test(bytes_that_are_no_envelope_are_refused),
        cmocka_unit_test(unknown_fields_of_a_body_are_dropped_and_counted),
        cmocka_unit_test(an_event_is_said_as_one_envelope_a_room),
        cmocka_unit_test(the_priority_is_that_of_the_order),
        cmocka_unit_test(bytes_are_made_once_and_kept_with_the_event),
        cmocka_unit_test(a_view_has_no_more_in_protobuf_than_in_json),
        cmocka_unit_test(an_envelope_in_protobuf_has_the_header_of_the_event),
        cmocka_unit_test(a_picture_is_said_with_all_its_lists),
        cmocka_unit_test(times_are_printed_in_utc_with_milliseconds),
        cmocka_unit_test(every_day_that_is_printed_is_read_again),
        cmocka_unit_test(times_may_have_an_offset_and_a_fraction),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(an_envelope_may_have_the_words_of_a_dialect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
