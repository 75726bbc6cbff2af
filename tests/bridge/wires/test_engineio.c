#include "bridge/wires/engineio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 4096

static struct eio_packet packet;

static void expect_data(const char *data, size_t len)
{
    assert_int_equal(packet.len, len);
    assert_non_null(packet.data);
    assert_memory_equal(packet.data, data, len);
}

static void expect_text(enum eio_type type, const char *data)
{
    assert_int_equal(packet.type, type);
    assert_false(packet.binary);
    expect_data(data, strlen(data));
}

static void expect_bytes(const char *data, size_t len)
{
    assert_int_equal(packet.type, EIO_MESSAGE);
    assert_true(packet.binary);
    expect_data(data, len);
}

/* --- frames --- */

static bool read_frame(const char *text)
{
    return eio_read_frame(text, strlen(text), false, &packet);
}

static void the_first_character_is_the_type(void **unused)
{
    static const char *const frames[] = { "0{}", "1", "2probe", "3probe",
        "4hello", "5", "6" };

    (void)unused;
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        assert_true(read_frame(frames[i]));
        expect_text((enum eio_type)('0' + i), frames[i] + 1);
    }
}

static void a_frame_of_bytes_is_a_message_whatever_is_in_it(void **unused)
{
    (void)unused;
    assert_true(eio_read_frame("\0\3772", 3, true, &packet));
    expect_bytes("\0\3772", 3);
    assert_true(eio_read_frame(NULL, 0, true, &packet));
    expect_bytes("", 0);
}

static void a_separator_means_nothing_in_a_frame(void **unused)
{
    (void)unused;
    assert_true(read_frame("4a\0364b"));
    expect_text(EIO_MESSAGE, "a\0364b");
}

static void text_without_a_type_is_no_frame(void **unused)
{
    static const char *const bad[] = { "", "7", "9", "abc", "bAAAA", " 4", "-1",
        "/", ":", "\036", "\xc3\xa9" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (read_frame(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    assert_false(eio_read_frame(NULL, 0, false, &packet));
    assert_false(eio_read_frame("\0", 1, false, &packet));
}

static void text_is_utf8_without_nul(void **unused)
{
    (void)unused;
    assert_true(read_frame("4\xe2\x82\xac \xf0\x9f\x8d\x9c"));
    expect_text(EIO_MESSAGE, "\xe2\x82\xac \xf0\x9f\x8d\x9c");
    assert_false(read_frame("4\xff"));
    assert_false(read_frame("4\xc0\x80"));
    assert_false(read_frame("4\xed\xa0\x80"));
    assert_false(read_frame("4\xe2\x82"));
    assert_false(eio_read_frame("4a\0b", 4, false, &packet));
}

static void a_client_without_bytes_sends_base64_in_a_frame(void **unused)
{
    struct buf decoded;

    (void)unused;
    buf_init(&decoded, 4);
    assert_true(eio_read_coded("bAQIDBA==", 9, &decoded, &packet));
    expect_bytes("\1\2\3\4", 4);
    assert_true(eio_read_coded("b", 1, &decoded, &packet));
    expect_bytes("", 0);
    assert_true(eio_read_coded("4text", 5, &decoded, &packet));
    expect_text(EIO_MESSAGE, "text");
    assert_false(eio_read_coded("bAQIDBAU=", 9, &decoded, &packet));
    assert_true(eio_read_coded("bAQ==", 5, &decoded, &packet));
    expect_bytes("\1", 1);
    assert_false(eio_read_coded("", 0, &decoded, &packet));
    buf_finish(&decoded);
}

/* --- payloads in --- */

static struct eio_payload payload;

/* The body without a NUL behind it, so that reading on is seen. */
static char *body;

static void start_bytes(const char *text, size_t len, size_t max)
{
    body = malloc(len ? len : 1);
    assert_non_null(body);
    memcpy(body, text, len);
    eio_payload_init(&payload, body, len, max);
}

static void start(const char *text, size_t max)
{
    start_bytes(text, strlen(text), max);
}

static enum eio_next next(void)
{
    return eio_payload_next(&payload, &packet);
}

static void stop(void)
{
    eio_payload_finish(&payload);
    free(body);
}

static void a_payload_of_one_packet_has_no_separator(void **unused)
{
    (void)unused;
    start("4hello", ROOM);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_text(EIO_MESSAGE, "hello");
    assert_int_equal(next(), EIO_NEXT_END);
    assert_int_equal(next(), EIO_NEXT_END);
    stop();
}

static void packets_come_in_order_text_and_bytes(void **unused)
{
    (void)unused;
    start("4test1\0362\036bAQIDBA==\0364\036bBQ==\0364\xc3\xa9", ROOM);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_text(EIO_MESSAGE, "test1");
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_text(EIO_PING, "");
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_bytes("\1\2\3\4", 4);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_text(EIO_MESSAGE, "");
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_bytes("\5", 1);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_text(EIO_MESSAGE, "\xc3\xa9");
    assert_int_equal(next(), EIO_NEXT_END);
    stop();
}

static void no_bytes_are_a_message_too(void **unused)
{
    (void)unused;
    start("b\036b", ROOM);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_bytes("", 0);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    expect_bytes("", 0);
    assert_int_equal(next(), EIO_NEXT_END);
    stop();
}

static void what_is_no_payload_is_bad_and_stays_bad(void **unused)
{
    static const char *const bad[] = { "", "abc", "\036", "\0364a", "7", "bAAA",
        "bAA=A", "b\036\036", "b ", "4\xff", "B", "bAAAA\n" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(bad[i], ROOM);
        for (int tries = 0; next() == EIO_NEXT_PACKET; tries++)
            assert_true(tries < 1);
        assert_int_equal(next(), EIO_NEXT_BAD);
        assert_int_equal(next(), EIO_NEXT_BAD);
        stop();
    }
    start_bytes("4a\0", 3, ROOM);
    assert_int_equal(next(), EIO_NEXT_BAD);
    stop();
}

static void what_stands_before_a_mistake_is_still_read(void **unused)
{
    static const char *const bad[] = { "4a\036", "4a\036\0364b", "4a\036q",
        "4a\036bA", "4a\n\0368" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(bad[i], ROOM);
        assert_int_equal(next(), EIO_NEXT_PACKET);
        assert_int_equal(next(), EIO_NEXT_BAD);
        stop();
    }
}

static void one_packet_has_at_most_so_many_bytes(void **unused)
{
    (void)unused;
    start("4abcd\036bAQIDBA==\0364abcde", 4);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    assert_int_equal(next(), EIO_NEXT_PACKET);
    assert_int_equal(next(), EIO_NEXT_BAD);
    stop();
    start("bAQIDBAU=", 4);
    assert_int_equal(next(), EIO_NEXT_BAD);
    assert_null(payload.decoded.data);
    stop();
}

static void bytes_take_no_more_memory_than_the_largest_packet(void **unused)
{
    struct buf text;
    size_t count = 0;

    (void)unused;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 50000; i++)
        buf_puts(&text, i ? "\036bAQIDBA==" : "bAQIDBA==");
    start_bytes(text.data, text.len, 1000);
    while (next() == EIO_NEXT_PACKET) {
        expect_bytes("\1\2\3\4", 4);
        count++;
    }
    assert_int_equal(next(), EIO_NEXT_END);
    assert_int_equal(count, 50000);
    assert_true(payload.decoded.size <= 1000);
    stop();
    buf_finish(&text);
}

static void a_payload_without_a_body_can_be_finished(void **unused)
{
    (void)unused;
    eio_payload_init(&payload, NULL, 0, ROOM);
    assert_int_equal(next(), EIO_NEXT_BAD);
    eio_payload_finish(&payload);
    eio_payload_finish(&payload);
}

/* --- payloads out --- */

static void put_text(struct buf *out, enum eio_type type, const char *data)
{
    struct eio_packet text = { type, false, data, strlen(data) };
    size_t before = out->len,
           bytes = eio_packet_bytes(out, false, strlen(data));

    eio_put_packet(out, &text);
    assert_false(out->failed);
    assert_int_equal(out->len - before, bytes);
}

static void put_bytes(struct buf *out, const char *data, size_t len)
{
    struct eio_packet bytes = { EIO_MESSAGE, true, data, len };
    size_t before = out->len, more = eio_packet_bytes(out, true, len);

    eio_put_packet(out, &bytes);
    assert_false(out->failed);
    assert_int_equal(out->len - before, more);
}

static void expect_buf(const struct buf *out, const char *text)
{
    assert_int_equal(out->len, strlen(text));
    assert_memory_equal(out->data, text, out->len);
}

static void packets_are_joined_by_separators(void **unused)
{
    struct buf out;

    (void)unused;
    buf_init(&out, ROOM);
    put_text(&out, EIO_MESSAGE, "hello");
    expect_buf(&out, "4hello");
    put_bytes(&out, "\1\2\3\4", 4);
    put_bytes(&out, NULL, 0);
    put_text(&out, EIO_NOOP, "");
    put_text(&out, EIO_PING, "");
    expect_buf(&out, "4hello\036bAQIDBA==\036b\0366\0362");
    buf_finish(&out);
}

static void a_packet_that_does_not_fit_is_left_out_whole(void **unused)
{
    struct eio_packet text = { EIO_MESSAGE, false, "abcd", 4 };
    struct eio_packet bytes = { EIO_MESSAGE, true, "abc", 3 };
    struct buf out;

    (void)unused;
    buf_init(&out, 10);
    eio_put_packet(&out, &text);
    eio_put_packet(&out, &bytes); /* 1 + 1 + 4 more would be 11 */
    assert_true(out.failed);
    expect_buf(&out, "4abcd");
    buf_clear(&out);
    text.len = 3;
    eio_put_packet(&out, &text);
    eio_put_packet(&out, &bytes);
    assert_false(out.failed);
    expect_buf(&out, "4abc\036bYWJj");
    buf_finish(&out);
}

static void what_is_put_is_read_again(void **unused)
{
    char bytes[256];
    struct buf out;

    (void)unused;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i <= sizeof(bytes); i++) {
        put_bytes(&out, bytes, i);
        put_text(
                &out, (enum eio_type)('0' + i % 7), i % 2 ? "\xc3\xa9 \n" : "");
    }
    start_bytes(out.data, out.len, 256);
    for (size_t i = 0; i <= sizeof(bytes); i++) {
        assert_int_equal(next(), EIO_NEXT_PACKET);
        expect_bytes(bytes, i);
        assert_int_equal(next(), EIO_NEXT_PACKET);
        expect_text((enum eio_type)('0' + i % 7), i % 2 ? "\xc3\xa9 \n" : "");
    }
    assert_int_equal(next(), EIO_NEXT_END);
    stop();
    buf_finish(&out);
}

static void the_open_packet_says_all_that_a_client_needs(void **unused)
{
    struct eio_open open = { .sid = "k3f9.x_-Z",
        .may_upgrade = true,
        .ping_interval_ms = 25000,
        .ping_timeout_ms = 20000,
        .max_payload = 1000000 };
    struct buf out;

    (void)unused;
    buf_init(&out, ROOM);
    eio_put_open(&out, &open);
    expect_buf(&out, "{\"sid\":\"k3f9.x_-Z\",\"upgrades\":[\"websocket\"],"
                     "\"pingInterval\":25000,\"pingTimeout\":20000,"
                     "\"maxPayload\":1000000}");
    buf_clear(&out);
    open.may_upgrade = false;
    open.ping_interval_ms = UINT32_MAX;
    eio_put_open(&out, &open);
    expect_buf(&out, "{\"sid\":\"k3f9.x_-Z\",\"upgrades\":[],"
                     "\"pingInterval\":4294967295,\"pingTimeout\":20000,"
                     "\"maxPayload\":1000000}");
    buf_finish(&out);
}

/* --- requests --- */

static struct eio_query query;
static enum eio_error error;

static bool read_query(const char *text)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    bool good;

    assert_non_null(copy);
    memcpy(copy, text, len);
    memset(&query, 0xaa, sizeof(query)); /* all of it is set */
    error = EIO_ERRORS;
    good = eio_read_query(copy, len, &query, &error);
    free(copy);
    return good;
}

static void a_handshake_has_a_version_and_a_transport(void **unused)
{
    (void)unused;
    assert_true(read_query("EIO=4&transport=polling"));
    assert_int_equal(query.transport, EIO_POLLING);
    assert_string_equal(query.sid, "");
    assert_false(query.is_base64);
    assert_true(read_query("transport=websocket&t=Pq3x&EIO=4"));
    assert_int_equal(query.transport, EIO_WEBSOCKET);
    assert_true(read_query("&&EIO=4&x&=&transport=polling&token=a%zz&"));
}

static void a_sid_is_read_as_it_was_given(void **unused)
{
    (void)unused;
    assert_true(read_query("EIO=4&transport=polling&sid=k3f9.AZaz09-_"));
    assert_string_equal(query.sid, "k3f9.AZaz09-_");
    assert_true(read_query("EIO=4&transport=polling&sid=k3f9%2eab%5F"));
    assert_string_equal(query.sid, "k3f9.ab_");
    assert_true(read_query("sid=&EIO=4&transport=polling"));
    assert_string_equal(query.sid, "");
    assert_true(read_query("EIO=4&transport=polling&sid="
                           "0123456789012345678901234567890123456789"));
    assert_int_equal(strlen(query.sid), EIO_SID_CHARS);
}

static void a_client_may_say_that_it_takes_no_bytes(void **unused)
{
    (void)unused;
    assert_true(read_query("EIO=4&transport=polling&b64=1"));
    assert_true(query.is_base64);
    assert_true(read_query("EIO=4&transport=polling&b64="));
    assert_false(query.is_base64);
}

static void expect_refused(const char *text, enum eio_error why)
{
    if (read_query(text))
        fail_msg("accepted: %s", text);
    if (error != why)
        fail_msg("%s: %d instead of %d", text, error, why);
}

static void another_version_is_not_supported(void **unused)
{
    static const char *const bad[] = { "transport=polling",
        "EIO=abc&transport=polling", "EIO=3&transport=polling",
        "EIO=&transport=polling", "EIO&transport=polling",
        "EIO=44&transport=polling", "EIO=5&transport=websocket",
        "EIO=4&EIO=4&transport=polling", "eio=4&transport=polling",
        "XEIO=4&transport=polling", "EIO=4%00&transport=polling",
        "EIO=%4&transport=polling" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_refused(bad[i], EIO_UNSUPPORTED_VERSION);
}

static void another_transport_is_unknown(void **unused)
{
    static const char *const bad[] = { "", "EIO=4",
        "EIO=4&transport=", "EIO=4&transport", "EIO=4&transport=abc",
        "EIO=4&transport=Polling", "EIO=4&transport=webtransport",
        "EIO=4&transport=polling2", "EIO=4&transport=polling&transport=polling",
        "EIO=4&transport=polling%00",
        ("EIO=4&transport=pollingpollingpollingpolling"
         "pollingpollingpollingpollingpolling") };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_refused(bad[i], EIO_UNKNOWN_TRANSPORT);
    /* Before the version, as other servers do. */
    expect_refused("EIO=3&transport=abc", EIO_UNKNOWN_TRANSPORT);
    expect_refused("EIO=3&transport=polling&sid=!", EIO_UNSUPPORTED_VERSION);
}

static void a_sid_that_is_nobodys_is_unknown(void **unused)
{
    static const char *const bad[] = { "a b", "a%20b", "a/b", "../x", "a%00",
        "a%", "a%2", "a%2g", "a+b", "\xc3\xa9", "a\"b", "%22", "a=b",
        "01234567890123456789012345678901234567890",
        ("0123456789012345678901234567890123456789"
         "0123456789012345678901234567890123456789") };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf text;

        buf_init(&text, ROOM);
        buf_printf(&text, "EIO=4&transport=polling&sid=%s", bad[i]);
        buf_putc(&text, '\0');
        expect_refused(text.data, EIO_UNKNOWN_SID);
        buf_finish(&text);
    }
    expect_refused("EIO=4&transport=polling&sid=a&sid=a", EIO_UNKNOWN_SID);
    expect_refused("EIO=4&transport=polling&sid=a&sid=", EIO_UNKNOWN_SID);
}

static bool is_query(const char *text)
{
    return eio_is_query(text, strlen(text));
}

static void a_request_is_engine_ios_if_it_names_a_version(void **unused)
{
    (void)unused;
    assert_true(is_query("EIO=4"));
    assert_true(is_query("a=b&EIO=4&c"));
    assert_true(is_query("&EIO=3"));
    assert_true(is_query("EIO="));
    assert_false(is_query(""));
    assert_false(is_query("EIO"));
    assert_false(is_query("xEIO=4"));
    assert_false(is_query("token=EIO=4"));
    assert_false(is_query("a&EIO"));
    assert_false(is_query("eio=4&transport=polling"));
    assert_false(eio_is_query(NULL, 0));
}

static void each_refusal_has_its_status_code_and_message(void **unused)
{
    static const struct {
        unsigned status;
        const char *body;
    } expected[EIO_ERRORS] = {
        { 400, "{\"code\":0,\"message\":\"Transport unknown\"}" },
        { 400, "{\"code\":1,\"message\":\"Session ID unknown\"}" },
        { 400, "{\"code\":2,\"message\":\"Bad handshake method\"}" },
        { 400, "{\"code\":3,\"message\":\"Bad request\"}" },
        { 403, "{\"code\":4,\"message\":\"Forbidden\"}" },
        { 400, "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
    };

    (void)unused;
    for (int i = 0; i < EIO_ERRORS; i++) {
        assert_int_equal(
                eio_error_status((enum eio_error)i), expected[i].status);
        assert_string_equal(
                eio_error_body((enum eio_error)i), expected[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_character_is_the_type),
        cmocka_unit_test(a_frame_of_bytes_is_a_message_whatever_is_in_it),
        cmocka_unit_test(a_separator_means_nothing_in_a_frame),
        cmocka_unit_test(text_without_a_type_is_no_frame),
        cmocka_unit_test(text_is_utf8_without_nul),
        cmocka_unit_test(a_client_without_bytes_sends_base64_in_a_frame),
        cmocka_unit_test(a_payload_of_one_packet_has_no_separator),
        cmocka_unit_test(packets_come_in_order_text_and_bytes),
        cmocka_unit_test(no_bytes_are_a_message_too),
        cmocka_unit_test(what_is_no_payload_is_bad_and_stays_bad),
        cmocka_unit_test(what_stands_before_a_mistake_is_still_read),
        cmocka_unit_test(one_packet_has_at_most_so_many_bytes),
        cmocka_unit_test(bytes_take_no_more_memory_than_the_largest_packet),
        cmocka_unit_test(a_payload_without_a_body_can_be_finished),
        cmocka_unit_test(packets_are_joined_by_separators),
        cmocka_unit_test(a_packet_that_does_not_fit_is_left_out_whole),
        cmocka_unit_test(what_is_put_is_read_again),
        cmocka_unit_test(the_open_packet_says_all_that_a_client_needs),
        cmocka_unit_test(a_handshake_has_a_version_and_a_transport),
        cmocka_unit_test(a_sid_is_read_as_it_was_given),
        cmocka_unit_test(a_client_may_say_that_it_takes_no_bytes),
        cmocka_unit_test(another_version_is_not_supported),
        cmocka_unit_test(another_transport_is_unknown),
        cmocka_unit_test(a_sid_that_is_nobodys_is_unknown),
        cmocka_unit_test(a_request_is_engine_ios_if_it_names_a_version),
        cmocka_unit_test(each_refusal_has_its_status_code_and_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
