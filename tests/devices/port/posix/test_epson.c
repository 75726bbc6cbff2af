#include "devices/port/posix/epson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* By the manual's examples: a printer drops anything else without a word. */
static void a_ticket_is_in_the_very_form_that_is_expected(void **unused)
{
    uint8_t dots[] = { 0x80, 0x00, 0xFF, 0x80 };
    const struct pull_paper paper = { .dots = dots, .width = 9, .height = 2 };
    char *text = epson_ticket("0123456789abcdef-00000001", &paper);

    (void)unused;
    assert_string_equal(text,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
            "<PrintRequestInfo Version=\"2.00\">\n"
            "<ePOSPrint>\n"
            "<Parameter>\n"
            "<devid>local_printer</devid>\n"
            "<timeout>60000</timeout>\n"
            "<printjobid>0123456789abcdef-00000001</printjobid>\n"
            "</Parameter>\n"
            "<PrintData>\n"
            "<epos-print "
            "xmlns=\"http://www.epson-pos.com/schemas/2011/03/epos-print\">\n"
            "<image width=\"9\" height=\"2\" color=\"color_1\" mode=\"mono\">"
            "gAD/gA==</image>\n"
            "<cut type=\"feed\"/>\n"
            "</epos-print>\n"
            "</PrintData>\n"
            "</ePOSPrint>\n"
            "</PrintRequestInfo>\n");
    free(text);
}

static bool form(const char *body, const char *name, char out[16])
{
    return epson_form(body, strlen(body), name, out, 16);
}

static void a_forms_fields_are_decoded(void **unused)
{
    char out[16];

    (void)unused;
    assert_true(form("ConnectionType=GetRequest&ID=", "ConnectionType", out));
    assert_string_equal(out, "GetRequest");
    assert_true(form("ConnectionType=GetRequest&ID=", "ID", out));
    assert_string_equal(out, "");
    assert_true(form("a=1&b=%3Cx%3e+y%00", "b", out));
    assert_string_equal(out, "<x> y?");
    assert_false(form("xID=1&IDx=2", "ID", out));
    assert_false(form("ID=%4", "ID", out));
    assert_false(form("ID=%zz", "ID", out));
    assert_false(form("ID=0123456789abcdefg", "ID", out));
    assert_false(form("", "ID", out));
    assert_false(form("&&", "ID", out));
}

#define RESULT(job, attributes)                                                \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"                           \
    "<PrintResponseInfo Version=\"2.00\"><ePOSPrint><Parameter>"               \
    "<devid>local_printer</devid><printjobid>" job "</printjobid>"             \
    "</Parameter><PrintResponse><response "                                    \
    "xmlns=\"http://www.epson-pos.com/schemas/2011/03/"                        \
    "epos-print\" " attributes                                                 \
    "/></PrintResponse></ePOSPrint></PrintResponseInfo>"

static enum print_out_state end_of(const char *xml)
{
    struct epson_result result;

    assert_true(epson_read_result(&result, xml));
    assert_string_equal(result.token, "ABC123");
    return result.end;
}

static void a_result_says_what_became_of_which_job(void **unused)
{
    (void)unused;
    assert_int_equal(end_of(RESULT("ABC123", "success=\"true\" code=\"\" "
                                             "status=\"251854870\"")),
            OUT_DONE);
    assert_int_equal(end_of(RESULT("ABC123", "success=\"1\"")), OUT_DONE);
    assert_int_equal(end_of(RESULT("ABC123", "success=\"false\" "
                                             "code=\"SchemaError\"")),
            OUT_REFUSED);
    assert_int_equal(end_of(RESULT("ABC123", "success=\"false\" "
                                             "code=\"DeviceNotFound\"")),
            OUT_REFUSED);
    assert_int_equal(end_of(RESULT("ABC123", "success=\"false\" "
                                             "code=\"Printing\"")),
            OUT_WAIT);
}

/* With half of it on paper it says the same. */
static void a_trouble_of_the_printer_leaves_it_unknown(void **unused)
{
    static const char *const codes[] = {
        RESULT("ABC123", "success=\"false\" code=\"EPTR_REC_EMPTY\""),
        RESULT("ABC123", "success=\"false\" code=\"EPTR_COVER_OPEN\""),
        RESULT("ABC123", "success=\"false\" code=\"EX_TIMEOUT\""),
        RESULT("ABC123", "success=\"false\" code=\"EX_BADPORT\""),
        RESULT("ABC123", "success=\"false\""),
        RESULT("ABC123", "success=\"perhaps\" code=\"EX_NEW\""),
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_int_equal(end_of(codes[i]), OUT_GONE);
}

static void its_bits_say_how_it_is(void **unused)
{
    struct epson_result result;

    (void)unused;
    assert_true(epson_read_result(&result,
            RESULT("ABC123", "success=\"true\" code=\"\" "
                             "status=\"251658262\""))); /* 0x0F000016 */
    assert_false(result.status.failed || result.status.paper_out ||
                 result.status.paper_low || result.status.cover_open);
    assert_true(epson_read_result(&result,
            RESULT("ABC123", "success=\"false\" code=\"EPTR_REC_EMPTY\" "
                             "status=\"655368\""))); /* 0x000A0008 */
    assert_true(result.status.paper_out && result.status.paper_low &&
                !result.status.failed);
    assert_true(epson_read_result(
            &result, RESULT("ABC123", "success=\"false\" code=\"EX_BADPORT\" "
                                      "status=\"1\"")));
    assert_true(result.status.failed);
}

static void what_is_no_result_is_none(void **unused)
{
    struct epson_result result;

    (void)unused;
    assert_false(epson_read_result(&result, ""));
    assert_false(epson_read_result(&result, "<printjobid>ABC123</printjobid>"));
    assert_false(epson_read_result(&result, "<printjobid>ABC123<response "));
    assert_false(epson_read_result(&result,
            "<printjobid>ABC123</printjobid></ePOSPrint>"
            "<response success=\"true\"/>"));
    assert_false(epson_read_result(&result,
            "<printjobid>ABC123</printjobid><response unsuccess=\"true\"/>"));
    assert_false(epson_read_result(&result,
            "<printjobid>ABC123</printjobid><response success=true />"));
}

static void a_notification_is_of_the_printer_itself(void **unused)
{
    struct print_status status = { 0 };

    (void)unused;
    assert_true(epson_read_status(&status,
            "<statusmonitor Version=\"1.00\">"
            "<printerstatus devicename=\"kitchen\" asbstatus=\"0x00000001\"/>"
            "<printerstatus devicename=\"local_printer\" asbstatus = "
            "\"0x0F00003C\"/></statusmonitor>"));
    assert_true(status.cover_open && !status.failed);
    assert_false(epson_read_status(&status,
            "<printerstatus devicename=\"kitchen\" asbstatus=\"0x1\"/>"));
    assert_false(epson_read_status(&status, "<printerstatus "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_is_in_the_very_form_that_is_expected),
        cmocka_unit_test(a_forms_fields_are_decoded),
        cmocka_unit_test(a_result_says_what_became_of_which_job),
        cmocka_unit_test(a_trouble_of_the_printer_leaves_it_unknown),
        cmocka_unit_test(its_bits_say_how_it_is),
        cmocka_unit_test(what_is_no_result_is_none),
        cmocka_unit_test(a_notification_is_of_the_printer_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
