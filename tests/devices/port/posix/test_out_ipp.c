#include "devices/port/posix/out_ipp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_queue_is_a_plain_name(void **unused)
{
    char name[IPP_QUEUE_CHARS + 2];

    (void)unused;
    memset(name, 'q', sizeof(name));
    name[IPP_QUEUE_CHARS + 1] = '\0';
    assert_false(ipp_queue_is_valid(name));
    name[IPP_QUEUE_CHARS] = '\0';
    assert_true(ipp_queue_is_valid(name));
    assert_true(ipp_queue_is_valid("kitchen_1.a-B"));
    assert_false(ipp_queue_is_valid(""));
    assert_false(ipp_queue_is_valid("a b"));
    assert_false(ipp_queue_is_valid("a\r\nX: y"));
    assert_false(ipp_queue_is_valid("../admin"));
    assert_false(ipp_queue_is_valid("a%20"));
}

static void a_job_is_announced_with_its_length(void **unused)
{
    static const char head[] =
            "POST /printers/kitchen HTTP/1.0\r\nHost: localhost\r\n"
            "Content-Type: application/ipp\r\nContent-Length: ";
    const struct ipp_request request = { .operation = IPP_PRINT_JOB,
        .queue = "kitchen",
        .job_name = "o41-kitchen-order",
        .document_bytes = 1000 };
    uint8_t bytes[IPP_REQUEST_BYTES];
    size_t len = ipp_write(&request, bytes);
    const char *body = memmem(bytes, len, "\r\n\r\n", 4);

    (void)unused;
    assert_memory_equal(bytes, head, sizeof(head) - 1);
    assert_non_null(body);
    body += 4;
    assert_int_equal(strtoul((const char *)bytes + sizeof(head) - 1, NULL, 10),
            (size_t)((const char *)bytes + len - body) + 1000);
    assert_memory_equal(body, "\x01\x01\x00\x02\x00\x00\x00\x01\x01\x47", 10);
    assert_non_null(memmem(body, 200,
            "\x45\x00\x0Bprinter-uri\x00\x20ipp://localhost/printers/kitchen",
            48));
    assert_non_null(memmem(
            bytes, len, "\x42\x00\x08job-name\x00\x11o41-kitchen-order", 30));
    assert_non_null(memmem(bytes, len, "application/vnd.cups-raw", 24));
    assert_int_equal(bytes[len - 1], 3);
}

static void the_longest_request_fits(void **unused)
{
    char queue[IPP_QUEUE_CHARS + 1] = "";
    char name[PRINT_JOB_ID_BYTES] = "";
    uint8_t bytes[IPP_REQUEST_BYTES];
    struct ipp_request request = { .queue = queue,
        .job_name = name,
        .job = UINT32_MAX,
        .document_bytes = SIZE_MAX / 2 };
    static const enum ipp_operation all[] = { IPP_PRINT_JOB, IPP_CANCEL_JOB,
        IPP_GET_JOB, IPP_GET_PRINTER };

    (void)unused;
    memset(queue, 'q', sizeof(queue) - 1);
    memset(name, 'n', sizeof(name) - 1);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        request.operation = all[i];
        assert_in_range(ipp_write(&request, bytes), 100, sizeof(bytes));
    }
}

/* --- answers --- */

#define HEAD "HTTP/1.0 200 OK\r\nContent-Type: application/ipp\r\n\r\n"
#define OK   "\x01\x01\x00\x00\x00\x00\x00\x01"

static bool read_answer(struct ipp_answer *answer, const char *text, size_t len)
{
    return ipp_read(answer, (const uint8_t *)text, len);
}

#define READ(answer, text) read_answer(answer, text, sizeof(text) - 1)

static void a_job_s_number_and_state_are_read(void **unused)
{
    struct ipp_answer answer;

    (void)unused;
    assert_true(READ(&answer, HEAD OK "\x01\x47\x00\x12"
                                      "attributes-charset"
                                      "\x00\x05"
                                      "utf-8"
                                      "\x02\x21\x00\x06"
                                      "job-id"
                                      "\x00\x04\x00\x00\x01\x02"
                                      "\x23\x00\x09"
                                      "job-state"
                                      "\x00\x04\x00\x00\x00\x09"
                                      "\x21\x00\x12"
                                      "time-at-processing"
                                      "\x00\x04\x00\x00\x00\x09"
                                      "\x03"));
    assert_true(answer.is_ok);
    assert_int_equal(answer.job, 258);
    assert_int_equal(answer.state, IPP_JOB_COMPLETED);
    assert_false(answer.never_processed);
    assert_true(READ(&answer, HEAD OK "\x02\x23\x00\x09"
                                      "job-state"
                                      "\x00\x04\x00\x00\x00\x07"
                                      "\x13\x00\x12"
                                      "time-at-processing"
                                      "\x00\x00\x03"));
    assert_int_equal(answer.state, IPP_JOB_CANCELED);
    assert_true(answer.never_processed);
}

static void what_cups_knows_of_the_printer_is_read(void **unused)
{
    struct ipp_answer answer;

    (void)unused;
    assert_true(READ(&answer, HEAD OK "\x04\x23\x00\x0D"
                                      "printer-state"
                                      "\x00\x04\x00\x00\x00\x03"
                                      "\x44\x00\x15"
                                      "printer-state-reasons"
                                      "\x00\x11"
                                      "media-empty-error"
                                      "\x44\x00\x00\x00\x0A"
                                      "cover-open"
                                      "\x22\x00\x19"
                                      "printer-is-accepting-jobs"
                                      "\x00\x01\x01\x03"));
    assert_true(answer.status.paper_out && answer.status.cover_open);
    assert_false(answer.status.failed || answer.status.paper_low);
    assert_false(answer.refuses_jobs);
    assert_true(READ(&answer, HEAD OK "\x04\x23\x00\x0D"
                                      "printer-state"
                                      "\x00\x04\x00\x00\x00\x05"
                                      "\x44\x00\x15"
                                      "printer-state-reasons"
                                      "\x00\x04"
                                      "none"
                                      "\x22\x00\x19"
                                      "printer-is-accepting-jobs"
                                      "\x00\x01\x00\x03"));
    assert_true(answer.status.failed && answer.refuses_jobs);
    assert_false(answer.status.paper_out);
}

static void what_is_refused_is_not_ok(void **unused)
{
    struct ipp_answer answer;

    (void)unused;
    assert_true(READ(&answer, HEAD "\x01\x01\x04\x06\x00\x00\x00\x01\x01\x03"));
    assert_false(answer.is_ok);
    assert_false(READ(&answer, "HTTP/1.0 404 Not Found\r\n\r\n" OK "\x01\x03"));
    assert_false(READ(&answer, "HTTP/1.0 200 OK\r\n"));
    assert_false(READ(&answer, HEAD "\x01\x01"));
    assert_false(READ(&answer, ""));
}

/* Each piece in memory of its own size, so that a look beyond is seen. */
static void an_answer_cut_off_anywhere_is_read_in_bounds(void **unused)
{
    static const char whole[] = HEAD OK "\x02\x21\x00\x06"
                                        "job-id"
                                        "\x00\x04\x00\x00\x01\x02"
                                        "\x44\x00\x00\x00\x04"
                                        "none"
                                        "\x23\x00\x09"
                                        "job-state"
                                        "\xFF\xFF\x00\x00";
    struct ipp_answer answer;

    (void)unused;
    for (size_t len = 0; len < sizeof(whole); len++) {
        char *piece = malloc(len ? len : 1);

        memcpy(piece, whole, len);
        read_answer(&answer, piece, len);
        assert_int_equal(answer.state, IPP_JOB_UNKNOWN);
        free(piece);
    }
    assert_true(READ(&answer, HEAD OK "\x02\x44\x00\x00\x00\x04none\x03"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_is_a_plain_name),
        cmocka_unit_test(a_job_is_announced_with_its_length),
        cmocka_unit_test(the_longest_request_fits),
        cmocka_unit_test(a_job_s_number_and_state_are_read),
        cmocka_unit_test(what_cups_knows_of_the_printer_is_read),
        cmocka_unit_test(what_is_refused_is_not_ok),
        cmocka_unit_test(an_answer_cut_off_anywhere_is_read_in_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
