#include "devices/port/posix/star.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_code_is_a_number_whatever_stands_behind_it(void **unused)
{
    static const struct {
        const char *text;
        uint32_t code;
    } rows[] = { { "200 OK", 200 }, { "200%20OK", 200 }, { "OK", 200 },
        { "410", 410 }, { "420 Cover open", 420 }, { "2001", 2001 }, { "", 0 },
        { "OKAY", 0 }, { "20", 0 }, { "20000", 0 }, { "200x", 0 }, { "-1", 0 },
        { "four", 0 } };

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(star_code(rows[i].text), rows[i].code);
}

static void a_code_says_what_the_printer_lacks(void **unused)
{
    struct print_status status;

    (void)unused;
    star_status(200, &status);
    assert_false(status.paper_out || status.paper_low || status.cover_open ||
                 status.failed);
    star_status(211, &status);
    assert_true(status.paper_low && !status.paper_out && !status.failed);
    star_status(410, &status);
    assert_true(status.paper_out && !status.failed);
    star_status(420, &status);
    assert_true(status.cover_open && !status.failed);
    star_status(411, &status); /* a jam */
    assert_true(status.failed && !status.paper_out);
    star_status(510, &status); /* of a job, not of the printer */
    assert_false(status.failed);
}

static void only_what_was_never_printed_is_refused(void **unused)
{
    static const uint32_t refused[] = { 510, 512, 520, 521 };

    (void)unused;
    assert_int_equal(star_result(200), OUT_DONE);
    assert_int_equal(star_result(211), OUT_DONE);
    for (int i = 0; i < 4; i++)
        assert_int_equal(star_result(refused[i]), OUT_REFUSED);
    assert_int_equal(star_result(410), OUT_GONE);
    assert_int_equal(star_result(420), OUT_GONE);
    assert_int_equal(star_result(511), OUT_GONE); /* or half of it */
    assert_int_equal(star_result(540), OUT_WAIT); /* unknown here */
    assert_int_equal(star_result(0), OUT_WAIT);
}

static bool mac_is(const char *text, const char *expected)
{
    char mac[STAR_MAC_BYTES];

    return star_mac(mac, text, strlen(text)) && strcmp(mac, expected) == 0;
}

static void an_address_is_written_in_one_way(void **unused)
{
    char mac[STAR_MAC_BYTES];

    (void)unused;
    assert_true(mac_is("001162AABBCC", "00:11:62:aa:bb:cc"));
    assert_true(mac_is("00:11:62:aa:bb:cc", "00:11:62:aa:bb:cc"));
    assert_true(mac_is("00-11-62-AA-bb-cc", "00:11:62:aa:bb:cc"));
    assert_false(star_mac(mac, "001162aabbc", 11));
    assert_false(star_mac(mac, "001162aabbccd", 13));
    assert_false(star_mac(mac, "00/162aabbcc", 12));
    assert_false(star_mac(mac, "+", 1));
    assert_false(star_mac(mac, "", 0));
}

static void only_the_same_text_is_the_same(void **unused)
{
    (void)unused;
    assert_true(star_is_same("sesame", "sesame"));
    assert_true(star_is_same("", ""));
    assert_false(star_is_same("sesame", "sesam"));
    assert_false(star_is_same("sesam", "sesame"));
    assert_false(star_is_same("Sesame", "sesame"));
    assert_false(star_is_same("", "sesame"));
    assert_false(star_is_same("sesame", ""));
}

static void what_a_printer_posts_is_read(void **unused)
{
    static const char text[] =
            "{\"status\":\"23 6 0 0\",\"printerMAC\":\"00:11:62:AA:BB:CC\","
            "\"uniqueID\":null,\"clientAction\":[{\"request\":\"x\","
            "\"statusCode\":\"999\"}],\"statusCode\":\"211%20Low\","
            "\"jobToken\":\"a-1\",\"printingInProgress\":true}";
    struct star_message message;

    (void)unused;
    assert_true(star_read(&message, text, strlen(text)));
    assert_string_equal(message.mac, "00:11:62:aa:bb:cc");
    assert_string_equal(message.token, "a-1");
    assert_int_equal(message.code, 211);
    assert_true(message.printing);
    assert_false(message.failed);
    assert_string_equal(message.title, "");
}

static void what_it_does_not_say_is_left_out(void **unused)
{
    struct star_message message;

    (void)unused;
    assert_true(star_read(&message, "{}", 2));
    assert_int_equal(message.code, 0);
    assert_string_equal(message.mac, "");
    assert_false(star_read(&message, "[]", 2));
    assert_false(star_read(&message, "", 0));
}

static void a_token_is_another_each_time(void **unused)
{
    char one[STAR_TOKEN_BYTES], two[STAR_TOKEN_BYTES], other[STAR_TOKEN_BYTES];

    (void)unused;
    star_token(one, "o41-kitchen-order", 7);
    star_token(two, "o41-kitchen-order", 8);
    star_token(other, "o42-kitchen-order", 7);
    assert_string_not_equal(one, two);
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(one), 25);
    assert_int_equal(strspn(one, "0123456789abcdef-"), 25);
}

static void base64_is_as_everybody_writes_it(void **unused)
{
    char out[STAR_BASE64_BYTES(6)];

    (void)unused;
    star_base64(out, (const uint8_t *)"foobar", 6);
    assert_string_equal(out, "Zm9vYmFy");
    star_base64(out, (const uint8_t *)"fooba", 5);
    assert_string_equal(out, "Zm9vYmE=");
    star_base64(out, (const uint8_t *)"foob", 4);
    assert_string_equal(out, "Zm9vYg==");
    star_base64(out, NULL, 0);
    assert_string_equal(out, "");
}

static void a_job_goes_as_its_maker_says(void **unused)
{
    char *picture = star_print_job("a-1", false, (const uint8_t *)"\x89PN", 3);
    char *text =
            star_print_job("a-2", true, (const uint8_t *)"1\"\\\n\xC3\xA9", 6);

    (void)unused;
    assert_string_equal(picture,
            "{\"title\":\"print-job\",\"jobToken\":\"a-1\",\"jobType\":\"raw\","
            "\"mediaTypes\":[\"image/png\"],\"printData\":\"iVBO\"}");
    assert_string_equal(text,
            "{\"title\":\"print-job\",\"jobToken\":\"a-2\",\"jobType\":\"raw\","
            "\"mediaTypes\":[\"text/plain\"],"
            "\"printData\":\"1\\u0022\\u005c\\u000a\xC3\xA9\"}");
    free(picture);
    free(text);
    text = star_print_job_at("a-3", false, "http://10.0.0.2:9101/s");
    assert_string_equal(text,
            "{\"title\":\"print-job\",\"jobToken\":\"a-3\",\"jobType\":\"url\","
            "\"mediaTypes\":[\"image/png\"],"
            "\"printData\":\"http://10.0.0.2:9101/s\"}");
    free(text);
}

static void a_printer_gets_the_type_that_it_asks_for_or_none(void **unused)
{
    bool is_text;

    (void)unused;
    assert_true(star_type("image/png", false, &is_text) && !is_text);
    assert_true(star_type("text/plain", false, &is_text) && is_text);
    assert_true(star_type(NULL, false, &is_text) && !is_text);
    assert_true(star_type("", true, &is_text) && is_text);
    assert_false(star_type("image/png", true, &is_text));
    assert_false(star_type("image/jpeg", false, &is_text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_a_number_whatever_stands_behind_it),
        cmocka_unit_test(a_code_says_what_the_printer_lacks),
        cmocka_unit_test(only_what_was_never_printed_is_refused),
        cmocka_unit_test(an_address_is_written_in_one_way),
        cmocka_unit_test(only_the_same_text_is_the_same),
        cmocka_unit_test(what_a_printer_posts_is_read),
        cmocka_unit_test(what_it_does_not_say_is_left_out),
        cmocka_unit_test(a_token_is_another_each_time),
        cmocka_unit_test(base64_is_as_everybody_writes_it),
        cmocka_unit_test(a_job_goes_as_its_maker_says),
        cmocka_unit_test(a_printer_gets_the_type_that_it_asks_for_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
