#include "bridge/wires/socketio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/gate.h"

static const struct json_limits *limits = &json_strict;
static struct sio_packet packet;
static struct sio_event event;
static struct fault fault;

/* The bytes that `packet` borrows: without a NUL, so that reading on is seen */
static char *held;

static enum err read_bytes(const char *text, size_t len)
{
    free(held);
    held = malloc(len ? len : 1);
    assert_non_null(held);
    memcpy(held, text, len);
    fault = (struct fault){ 0 };
    packet.type = (enum sio_type)99;
    return sio_read(held, len, limits, &packet, &fault);
}

static enum err read(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void expect_read(const char *text)
{
    enum err err = read(text);

    if (err != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
}

static void expect_refused(const char *text, enum err why)
{
    enum err err = read(text);

    if (err != why)
        fail_msg("%s: %s instead of %s", text, err_kinds[err].name,
                err_kinds[why].name);
    assert_int_equal(fault.code, why);
    assert_true(fault.text[0]);
    assert_int_equal(packet.type, 99); /* nothing has changed */
}

static void expect_json(const char *json)
{
    assert_int_equal(packet.len, strlen(json));
    assert_memory_equal(packet.json, json, packet.len);
}

static void expect_id(uint64_t id)
{
    assert_true(packet.has_id);
    assert_int_equal(packet.id, id);
}

static void split(const char *text)
{
    expect_read(text);
    memset(&event, 0xaa, sizeof(event));
    assert_int_equal(sio_split(&packet, &event, &fault), ERR_OK);
}

static void expect_arg(uint32_t at, const char *text)
{
    assert_true(at < event.count);
    assert_int_equal(event.args[at].len, strlen(text));
    assert_memory_equal(event.args[at].text, text, strlen(text));
}

/* --- each type --- */

static void connect_asks_for_a_namespace_with_or_without_auth(void **unused)
{
    (void)unused;
    expect_read("0");
    assert_int_equal(packet.type, SIO_CONNECT);
    assert_string_equal(packet.nsp, "/");
    assert_false(packet.has_id);
    assert_int_equal(packet.attachments, 0);
    expect_json("");
    expect_read("0{\"token\":\"a,b\"}");
    expect_json("{\"token\":\"a,b\"}");
    expect_read("0/custom");
    assert_string_equal(packet.nsp, "/custom");
    expect_json("");
    expect_read("0/custom,");
    assert_string_equal(packet.nsp, "/custom");
    expect_json("");
    expect_read("0/custom,{\"sid\":\"x\"}");
    assert_string_equal(packet.nsp, "/custom");
    expect_json("{\"sid\":\"x\"}");
}

static void disconnect_says_nothing_more(void **unused)
{
    (void)unused;
    expect_read("1");
    assert_int_equal(packet.type, SIO_DISCONNECT);
    expect_read("1/custom,");
    assert_string_equal(packet.nsp, "/custom");
    expect_read("1/custom");
    assert_string_equal(packet.nsp, "/custom");
    expect_refused("1{}", ERR_BAD_REQUEST);
    expect_refused("1/custom,[]", ERR_BAD_REQUEST);
    expect_refused("1 ", ERR_BAD_REQUEST);
    expect_refused("12", ERR_BAD_REQUEST);
}

static void an_event_may_have_an_id(void **unused)
{
    (void)unused;
    expect_read("2[\"foo\"]");
    assert_int_equal(packet.type, SIO_EVENT);
    assert_false(packet.has_id);
    expect_json("[\"foo\"]");
    expect_read("212[\"foo\",1]");
    expect_id(12);
    expect_json("[\"foo\",1]");
    expect_read("20[\"foo\"]");
    expect_id(0);
    expect_read("2/admin,456[\"foo\"]");
    assert_string_equal(packet.nsp, "/admin");
    expect_id(456);
    expect_json("[\"foo\"]");
}

static void an_acknowledgement_has_an_id_and_any_array(void **unused)
{
    (void)unused;
    expect_read("312[]");
    assert_int_equal(packet.type, SIO_ACK);
    expect_id(12);
    expect_json("[]");
    expect_read("3/admin,13[\"bar\",{\"a\":1}]");
    assert_string_equal(packet.nsp, "/admin");
    expect_id(13);
    expect_read("30[1]");
    expect_id(0);
    expect_refused("3[]", ERR_BAD_REQUEST);
    expect_refused("3/admin,[]", ERR_BAD_REQUEST);
    expect_refused("312", ERR_BAD_JSON);
    expect_refused("312{}", ERR_BAD_REQUEST);
    expect_refused("312\"a\"", ERR_BAD_REQUEST);
}

static void a_refused_connection_says_why_in_an_object(void **unused)
{
    (void)unused;
    expect_read("4{\"message\":\"Not authorized\"}");
    assert_int_equal(packet.type, SIO_CONNECT_ERROR);
    expect_read("4/custom,{\"message\":\"no\"}");
    assert_string_equal(packet.nsp, "/custom");
    expect_refused("4", ERR_BAD_JSON);
    expect_refused("4[]", ERR_BAD_REQUEST);
}

static void a_binary_event_counts_its_attachments(void **unused)
{
    (void)unused;
    expect_read("51-[\"baz\",{\"_placeholder\":true,\"num\":0}]");
    assert_int_equal(packet.type, SIO_BINARY_EVENT);
    assert_int_equal(packet.attachments, 1);
    assert_false(packet.has_id);
    expect_read("52-/admin,789[\"baz\",{\"_placeholder\":true,\"num\":0},"
                "{\"a\":[{\"num\":1,\"_placeholder\":true}]}]");
    assert_string_equal(packet.nsp, "/admin");
    assert_int_equal(packet.attachments, 2);
    expect_id(789);
    expect_read("50-[\"none\"]");
    assert_int_equal(packet.attachments, 0);
    expect_read("54-[\"most\"]");
    assert_int_equal(packet.attachments, SIO_ATTACHMENTS);
}

static void a_binary_acknowledgement_has_both(void **unused)
{
    (void)unused;
    expect_read("61-15[\"bar\",{\"_placeholder\":true,\"num\":0}]");
    assert_int_equal(packet.type, SIO_BINARY_ACK);
    assert_int_equal(packet.attachments, 1);
    expect_id(15);
    expect_read("61-/admin,1[{\"_placeholder\":true,\"num\":0}]");
    assert_string_equal(packet.nsp, "/admin");
    expect_id(1);
    expect_refused("61-[{\"_placeholder\":true,\"num\":0}]", ERR_BAD_REQUEST);
}

/* --- malformed --- */

static void what_has_no_type_is_no_packet(void **unused)
{
    static const char *const bad[] = { "", "7", "9", "abc", "a", "-1", " 2",
        "[\"foo\"]", "/", "\xff" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_refused(bad[i], ERR_BAD_REQUEST);
    assert_int_equal(read_bytes("\0", 1), ERR_BAD_REQUEST);
}

static void the_number_of_attachments_is_a_number_and_a_dash(void **unused)
{
    static const char *const bad[] = { "5", "51", "51[\"a\"]", "5-[\"a\"]",
        "5[\"a\"]", "5a-[\"a\"]", "5-1-[\"a\"]", "51.0-[\"a\"]", "51 -[\"a\"]",
        "501-[\"a\"]", "500-[\"a\"]", "51/a,[\"a\"]", "6-1[]", "5+1-[\"a\"]" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_refused(bad[i], ERR_BAD_REQUEST);
    expect_refused("55-[\"a\"]", ERR_TOO_LARGE);
    expect_refused("599999999999999999999999999999-[\"a\"]", ERR_TOO_LARGE);
    expect_refused("51-", ERR_BAD_JSON);
    /* Other types count none. */
    expect_refused("21-[\"a\"]", ERR_BAD_JSON);
    expect_refused("01-{}", ERR_BAD_JSON);
}

static void an_id_is_a_number_that_javascript_can_count_to(void **unused)
{
    (void)unused;
    expect_read("29007199254740991[\"a\"]");
    expect_id(9007199254740991);
    expect_refused("29007199254740992[\"a\"]", ERR_TOO_LARGE);
    expect_refused("218446744073709551617[\"a\"]", ERR_TOO_LARGE);
    expect_refused("39999999999999999999999999[]", ERR_TOO_LARGE);
    expect_refused("2007[\"a\"]", ERR_BAD_REQUEST);
    expect_refused("300[]", ERR_BAD_REQUEST);
    expect_refused("2-1[\"a\"]", ERR_BAD_JSON);
    expect_refused("21.5[\"a\"]", ERR_BAD_JSON);
    expect_refused("2abc[\"message\",1]", ERR_BAD_JSON);
    expect_refused("3abc[]", ERR_BAD_REQUEST);
}

static void nobody_else_has_an_id(void **unused)
{
    (void)unused;
    expect_refused("01{}", ERR_BAD_JSON);
    expect_refused("0/custom,1{}", ERR_BAD_JSON);
    expect_refused("012", ERR_BAD_REQUEST);
    expect_refused("11", ERR_BAD_REQUEST);
    expect_refused("41{\"message\":\"a\"}", ERR_BAD_JSON);
}

static void a_namespace_is_short_clean_text(void **unused)
{
    char text[200], nsp[200];

    (void)unused;
    memset(nsp, 'a', sizeof(nsp));
    nsp[0] = '/';
    snprintf(text, sizeof(text), "0%.*s,", SIO_NSP_CHARS, nsp);
    expect_read(text);
    assert_int_equal(strlen(packet.nsp), SIO_NSP_CHARS);
    expect_json("");
    snprintf(text, sizeof(text), "0%.*s,", SIO_NSP_CHARS + 1, nsp);
    expect_refused(text, ERR_TOO_LARGE);
    expect_read("0/\xc3\xa9,");
    assert_string_equal(packet.nsp, "/\xc3\xa9");
    expect_refused("0/\xff,", ERR_BAD_UTF8);
    expect_refused("0/a\n,", ERR_BAD_UTF8);
    expect_refused("0/a\x1e,", ERR_BAD_UTF8);
    expect_refused("0/a\x7f,", ERR_BAD_UTF8);
    assert_int_equal(read_bytes("0/a\0,", 5), ERR_BAD_UTF8);
}

static void the_main_namespace_may_be_named(void **unused)
{
    (void)unused;
    expect_read("0/,{\"a\":1}");
    assert_string_equal(packet.nsp, "/");
    expect_json("{\"a\":1}");
    expect_read("2/,1[\"a\"]");
    assert_string_equal(packet.nsp, "/");
    expect_id(1);
}

static void the_query_of_a_namespace_is_left_out(void **unused)
{
    (void)unused;
    expect_read("0/custom?token=abc&x=%20,{\"a\":1}");
    assert_string_equal(packet.nsp, "/custom");
    expect_json("{\"a\":1}");
    expect_read("0/?a=b");
    assert_string_equal(packet.nsp, "/");
    expect_refused("0/custom?\x01,", ERR_BAD_UTF8);
}

static void a_namespace_without_a_comma_takes_all_that_follows(void **unused)
{
    (void)unused;
    expect_refused("2/admin", ERR_BAD_JSON);
    expect_refused("2/admin[\"a\"]", ERR_BAD_JSON);
    expect_refused("2/admin,", ERR_BAD_JSON);
}

static void connect_takes_an_object_or_nothing(void **unused)
{
    static const char *const bad[] = { "0[]", "0\"a\"", "0null", "0true",
        "0[{}]", "0/custom,[1]", "0/custom,\"a\"" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_refused(bad[i], ERR_BAD_REQUEST);
    expect_refused("0{", ERR_BAD_JSON);
    expect_refused("0 ", ERR_BAD_JSON);
    expect_refused("0abc", ERR_BAD_JSON);
    expect_read("0 \n{} ");
}

static void an_event_is_an_array_with_a_name_first(void **unused)
{
    static const char *const bad[] = { "2{}", "2\"foo\"", "2null", "2[]",
        "2[ ]", "2[1,\"a\"]", "2[null,\"bar\"]", "2[true,\"foo\"]",
        "2[{\"toString\":\"foo\"}]", "2[[\"a\"]]", "50-[]", "50-{}" };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_refused(bad[i], ERR_BAD_REQUEST);
    expect_refused("2", ERR_BAD_JSON);
    expect_read("2 [ \"a\" ] ");
    expect_read("2[\"\"]");
}

static void a_sockets_own_events_are_nobodys_to_send(void **unused)
{
    static const char *const own[] = { "connect", "connect_error", "disconnect",
        "disconnecting", "newListener", "removeListener", "conn\\u0065ct" };
    char text[64];

    (void)unused;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        snprintf(text, sizeof(text), "2[\"%s\",1]", own[i]);
        expect_refused(text, ERR_BAD_REQUEST);
        snprintf(text, sizeof(text), "50-[\"%s\"]", own[i]);
        expect_refused(text, ERR_BAD_REQUEST);
        snprintf(text, sizeof(text), "31[\"%s\"]", own[i]);
        expect_read(text);
    }
    expect_read("2[\"connected\"]");
    expect_read("2[\"a\",\"connect\"]");
}

static void the_json_is_strict(void **unused)
{
    (void)unused;
    expect_refused("2[\"a\"", ERR_BAD_JSON);
    expect_refused("2[\"a\"]x", ERR_BAD_JSON);
    expect_refused("2[\"a\",]", ERR_BAD_JSON);
    expect_refused("2['a']", ERR_BAD_JSON);
    expect_refused("2[\"a\",NaN]", ERR_BAD_JSON);
    expect_refused("2[\"a\\u0000\"]", ERR_BAD_JSON);
    expect_refused("2[\"\\ud800\"]", ERR_BAD_UTF8);
    expect_refused("2[\"\xff\"]", ERR_BAD_UTF8);
    expect_refused("2[\"a\",{\"b\":1,\"b\":2}]", ERR_DUPLICATE_KEY);
    expect_refused("2[\"a\",[[[[[[[[1]]]]]]]]]", ERR_TOO_LARGE);
    assert_int_equal(read_bytes("2[\"a\"]\0", 7), ERR_BAD_JSON);
}

/* Arguments up to a limit, by the limits that are given. */
static void how_much_json_it_takes_is_an_argument(void **unused)
{
    static const struct json_limits own = { 3, 4, 2, 3 };
    static const char *const good[] = { "2[\"a\",[[]]]", "2[\"abcd\"]",
        "2[\"a\",{\"b\":1,\"c\":2}]", "2[\"a\",1,2]", "0{\"a\":[[]]}",
        "31[\"abcd\"]" };
    static const char *const large[] = { "2[\"a\",[[[]]]]", "2[\"abcde\"]",
        "2[\"a\",{\"b\":1,\"c\":2,\"d\":3}]", "2[\"a\",1,2,3]",
        "0{\"a\":[[[]]]}", "31[\"abcde\"]" };

    (void)unused;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        limits = &own;
        expect_read(good[i]);
        expect_refused(large[i], ERR_TOO_LARGE);
        limits = &json_strict;
        expect_read(large[i]);
    }
    expect_refused("2[\"a\",[[[[[[[[]]]]]]]]]", ERR_TOO_LARGE);
    limits = &json_wide;
    expect_read("2[\"a\",[[[[[[[[]]]]]]]]]");
    expect_read("51-[\"a\",[[[[[[[[{\"_placeholder\":true,\"num\":0}]]]]]]]]]");
    limits = &json_strict;
}

static void a_placeholder_names_an_attachment_that_follows(void **unused)
{
    static const char *const bad[] = {
        "51-[\"a\",{\"_placeholder\":true,\"num\":1}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":-1}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]",
        "51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]",
        "51-[\"a\",{\"_placeholder\":true}]",
        "50-[\"a\",{\"_placeholder\":true,\"num\":0}]",
        "52-[\"a\",{\"b\":[1,{\"c\":{\"num\":2,\"_placeholder\":true}}]}]",
        "61-1[[[{\"_placeholder\":true,\"num\":1e3}]]]",
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_refused(bad[i], ERR_BAD_REQUEST);
    /* One that is none, the same one twice, or one in a packet of text. */
    expect_read("51-[\"a\",{\"_placeholder\":false,\"num\":9}]");
    expect_read("51-[\"a\",{\"_placeholder\":1,\"num\":9}]");
    expect_read("51-[\"a\",{\"_placeholder\":true,\"num\":0},"
                "{\"_placeholder\":true,\"num\":0}]");
    expect_read("2[\"a\",{\"_placeholder\":true,\"num\":9}]");
}

/* --- splitting --- */

static void arguments_are_the_very_text_that_was_sent(void **unused)
{
    (void)unused;
    split("2 [ \"message\" ,1.50,\t\"2\\u0041\" , {\"b\" : 1, \"a\":[true ]},"
          "9007199254740993,1E+2, [ ] ] ");
    assert_string_equal(event.name, "message");
    assert_int_equal(event.count, 6);
    expect_arg(0, "1.50");
    expect_arg(1, "\"2\\u0041\"");
    expect_arg(2, "{\"b\" : 1, \"a\":[true ]}");
    expect_arg(3, "9007199254740993");
    expect_arg(4, "1E+2");
    expect_arg(5, "[ ]");
    split("2[\"alone\"]");
    assert_string_equal(event.name, "alone");
    assert_int_equal(event.count, 0);
}

static void a_name_is_told_without_its_escapes(void **unused)
{
    (void)unused;
    split("2[\"\\\"\\\\\\/\\n\\r\\t\"]");
    assert_string_equal(event.name, "\"\\/\n\r\t");
    split("2[\"\\u0041\\u006a\\u006A\\u00e9\\u20AC\\ud83c\\uDF5c.\"]");
    assert_string_equal(event.name, "Ajj\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\x9c.");
    split("2[\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff"
          "\"]");
    assert_string_equal(event.name,
            "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"
            "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    split("2[\"\xc3\xa9,]\\\"\"]");
    assert_string_equal(event.name, "\xc3\xa9,]\"");
    split("2[\"\"]");
    assert_string_equal(event.name, "");
}

static enum err split_name(const char *unit, int times)
{
    struct buf text;

    buf_init(&text, 4096);
    buf_puts(&text, "2[\"");
    for (int i = 0; i < times; i++)
        buf_puts(&text, unit);
    buf_puts(&text, "\",1]");
    assert_int_equal(read_bytes(text.data, text.len), ERR_OK);
    buf_finish(&text);
    return sio_split(&packet, &event, &fault);
}

static void a_name_is_no_longer_than_it_may_be(void **unused)
{
    (void)unused;
    assert_int_equal(split_name("a", SIO_NAME_CHARS), ERR_OK);
    assert_int_equal(strlen(event.name), SIO_NAME_CHARS);
    assert_int_equal(split_name("\\ud83c\\udf5c", SIO_NAME_CHARS / 4), ERR_OK);
    assert_int_equal(strlen(event.name), SIO_NAME_CHARS);
    assert_int_equal(split_name("a", SIO_NAME_CHARS + 1), ERR_TOO_LARGE);
    assert_int_equal(fault.code, ERR_TOO_LARGE);
    assert_string_equal(event.name, "");
    assert_int_equal(
            split_name("\\u20ac", SIO_NAME_CHARS / 3 + 1), ERR_TOO_LARGE);
}

static enum err split_args(int count)
{
    struct buf text;

    buf_init(&text, 4096);
    buf_puts(&text, "2[\"a\"");
    for (int i = 0; i < count; i++)
        buf_printf(&text, ",%d", i);
    buf_putc(&text, ']');
    assert_int_equal(read_bytes(text.data, text.len), ERR_OK);
    buf_finish(&text);
    return sio_split(&packet, &event, &fault);
}

static void an_event_has_no_more_arguments_than_it_may(void **unused)
{
    (void)unused;
    assert_int_equal(split_args(SIO_ARGS), ERR_OK);
    assert_int_equal(event.count, SIO_ARGS);
    expect_arg(SIO_ARGS - 1, "15");
    assert_int_equal(split_args(SIO_ARGS + 1), ERR_TOO_LARGE);
    assert_int_equal(fault.code, ERR_TOO_LARGE);
    assert_int_equal(split_args(200), ERR_TOO_LARGE);
}

/* --- out --- */

static void expect_head(const char *text, enum sio_type type, const char *nsp,
        bool has_id, uint64_t id, uint32_t attachments)
{
    struct buf out;

    buf_init(&out, 256);
    sio_put_head(&out, type, nsp, has_id, id, attachments);
    assert_false(out.failed);
    assert_int_equal(out.len, strlen(text));
    assert_memory_equal(out.data, text, out.len);
    buf_finish(&out);
}

static void a_head_is_written_as_the_protocol_has_it(void **unused)
{
    (void)unused;
    expect_head("0", SIO_CONNECT, "/", false, 0, 0);
    expect_head("0/admin,", SIO_CONNECT, "/admin", false, 0, 0);
    expect_head("1/admin,", SIO_DISCONNECT, "/admin", false, 0, 0);
    expect_head("2", SIO_EVENT, "/", false, 7, 3);
    expect_head("212", SIO_EVENT, "/", true, 12, 0);
    expect_head("3/admin,13", SIO_ACK, "/admin", true, 13, 0);
    expect_head("4/random,", SIO_CONNECT_ERROR, "/random", false, 0, 0);
    expect_head("51-", SIO_BINARY_EVENT, "/", false, 0, 1);
    expect_head("52-/admin,0", SIO_BINARY_EVENT, "/admin", true, 0, 2);
    expect_head("61-9007199254740991", SIO_BINARY_ACK, "/", true,
            9007199254740991, 1);
}

/* Head from what was read, JSON from the pieces. */
static void expect_same_again(const char *text)
{
    struct buf out;

    buf_init(&out, 4096);
    split(text);
    sio_put_head(&out, packet.type, packet.nsp, packet.has_id, packet.id,
            packet.attachments);
    buf_puts(&out, "[");
    buf_put_json(&out, event.name);
    for (uint32_t i = 0; i < event.count; i++) {
        buf_putc(&out, ',');
        buf_put(&out, event.args[i].text, event.args[i].len);
    }
    buf_puts(&out, "]");
    assert_int_equal(out.len, strlen(text));
    assert_memory_equal(out.data, text, out.len);
    buf_finish(&out);
}

static void what_is_spliced_again_is_the_same_byte_by_byte(void **unused)
{
    (void)unused;
    expect_same_again("2[\"message\",1,\"2\",{\"3\":[true]}]");
    expect_same_again("2[\"message\"]");
    expect_same_again("2/admin,77[\"order:new\",{\"b\":1.10,\"a\":\"\\u00e9"
                      "\\/\",\"1\":0,\"0\":-0},null]");
    expect_same_again("52-/x,789[\"m\",{\"_placeholder\":true,\"num\":0},"
                      "{\"num\":1,\"_placeholder\":true}]");
}

static int release(void **unused)
{
    (void)unused;
    free(held);
    held = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_asks_for_a_namespace_with_or_without_auth),
        cmocka_unit_test(disconnect_says_nothing_more),
        cmocka_unit_test(an_event_may_have_an_id),
        cmocka_unit_test(an_acknowledgement_has_an_id_and_any_array),
        cmocka_unit_test(a_refused_connection_says_why_in_an_object),
        cmocka_unit_test(a_binary_event_counts_its_attachments),
        cmocka_unit_test(a_binary_acknowledgement_has_both),
        cmocka_unit_test(what_has_no_type_is_no_packet),
        cmocka_unit_test(the_number_of_attachments_is_a_number_and_a_dash),
        cmocka_unit_test(an_id_is_a_number_that_javascript_can_count_to),
        cmocka_unit_test(nobody_else_has_an_id),
        cmocka_unit_test(a_namespace_is_short_clean_text),
        cmocka_unit_test(the_main_namespace_may_be_named),
        cmocka_unit_test(the_query_of_a_namespace_is_left_out),
        cmocka_unit_test(a_namespace_without_a_comma_takes_all_that_follows),
        cmocka_unit_test(connect_takes_an_object_or_nothing),
        cmocka_unit_test(an_event_is_an_array_with_a_name_first),
        cmocka_unit_test(a_sockets_own_events_are_nobodys_to_send),
        cmocka_unit_test(the_json_is_strict),
        cmocka_unit_test(how_much_json_it_takes_is_an_argument),
        cmocka_unit_test(a_placeholder_names_an_attachment_that_follows),
        cmocka_unit_test(arguments_are_the_very_text_that_was_sent),
        cmocka_unit_test(a_name_is_told_without_its_escapes),
        cmocka_unit_test(a_name_is_no_longer_than_it_may_be),
        cmocka_unit_test(an_event_has_no_more_arguments_than_it_may),
        cmocka_unit_test(a_head_is_written_as_the_protocol_has_it),
        cmocka_unit_test(what_is_spliced_again_is_the_same_byte_by_byte),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
