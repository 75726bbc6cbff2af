#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/kinds/printer_parts.h"
#include "devices/port/posix/out.h"
#include "devices/port/posix/out_ipp.h"

/* cupsd on loopback, which answers what it is told to. */
struct cupsd {
    struct out out;
    struct print_out ops;
    int listener;
    char text[64];
    uint8_t heard[65536]; /* the newest question */
    size_t heard_len;
};

static struct cupsd cupsd;

static int start(void **state)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(here);

    (void)state;
    cupsd.listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(cupsd.listener, (struct sockaddr *)&here, len) != 0 ||
            listen(cupsd.listener, 4) != 0 ||
            getsockname(cupsd.listener, (struct sockaddr *)&here, &len) != 0)
        return -1;
    snprintf(cupsd.text, sizeof(cupsd.text), "cups://127.0.0.1:%u/kitchen",
            ntohs(here.sin_port));
    if (!out_parse(&cupsd.out, cupsd.text))
        return -1;
    cupsd.ops = out_of(&cupsd.out);
    out_turn(&cupsd.out, 1000);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    out_finish(&cupsd.out);
    close(cupsd.listener);
    return 0;
}

#define HEAD "HTTP/1.0 200 OK\r\n\r\n"
#define OK   HEAD "\x01\x01\x00\x00\x00\x00\x00\x01"
#define NO   HEAD "\x01\x01\x05\x07\x00\x00\x00\x01\x03"
#define WELL                                                                   \
    OK "\x04\x22\x00\x19"                                                      \
       "printer-is-accepting-jobs"                                             \
       "\x00\x01\x01\x03"
#define TAKEN                                                                  \
    OK "\x02\x21\x00\x06"                                                      \
       "job-id"                                                                \
       "\x00\x04\x00\x00\x00\x07\x03"
#define JOB_IN(state)                                                          \
    OK "\x02\x23\x00\x09"                                                      \
       "job-state"                                                             \
       "\x00\x04\x00\x00\x00" state
#define BEGUN                                                                  \
    "\x21\x00\x12"                                                             \
    "time-at-processing"                                                       \
    "\x00\x04\x00\x00\x00\x01\x03"
#define NOT_BEGUN                                                              \
    "\x13\x00\x12"                                                             \
    "time-at-processing"                                                       \
    "\x00\x00\x03"

/* How many bytes a question has, by its head; SIZE_MAX: not known yet. */
static size_t length_of_question(void)
{
    static const char name[] = "Content-Length: ";
    const uint8_t *end = memmem(cupsd.heard, cupsd.heard_len, "\r\n\r\n", 4);
    const char *at =
            memmem(cupsd.heard, cupsd.heard_len, name, sizeof(name) - 1);

    return end && at ? (size_t)(end - cupsd.heard) + 4 +
                               strtoul(at + sizeof(name) - 1, NULL, 10)
                     : SIZE_MAX;
}

static enum print_out_state try(enum ipp_operation operation)
{
    return operation == IPP_GET_PRINTER
                   ? cupsd.ops.open(cupsd.ops.ctx, "o41-kitchen-order")
                   : cupsd.ops.finish(cupsd.ops.ctx, CONFIRM_PROCESS_ID, 1);
}

/* One question is asked and answered so; what the way makes of it. */
static enum print_out_state answer(
        enum ipp_operation operation, const char *text, size_t len)
{
    enum print_out_state state = try(operation);
    int fd = accept(cupsd.listener, NULL, NULL);

    assert_int_equal(state, OUT_WAIT);
    cupsd.heard_len = 0;
    while (cupsd.heard_len < length_of_question()) {
        ssize_t n = recv(fd, cupsd.heard + cupsd.heard_len,
                sizeof(cupsd.heard) - cupsd.heard_len, MSG_DONTWAIT);

        assert_int_not_equal(n, 0);
        if (n > 0)
            cupsd.heard_len += (size_t)n;
        else
            assert_int_equal(try(operation), OUT_WAIT);
    }
    assert_non_null(memmem(cupsd.heard, cupsd.heard_len,
            (const char[]){ 1, 1, 0, (char)operation }, 4));
    assert_int_equal(send(fd, text, len, 0), len);
    close(fd);
    for (int i = 0; i < 1000 && cupsd.out.fd >= 0 && state == OUT_WAIT; i++)
        state = try(operation);
    return state;
}

#define ANSWER(operation, text) answer(operation, text, sizeof(text) - 1)

/* However many bytes of dots the printer makes of an order. */
static void the_longest_ticket_is_taken(void **unused)
{
    static uint8_t ticket[TICKET_BYTES];

    (void)unused;
    assert_int_equal(ANSWER(IPP_GET_PRINTER, WELL), OUT_DONE);
    assert_int_equal(cupsd.ops.write(cupsd.ops.ctx, ticket, sizeof(ticket)),
            sizeof(ticket));
}

/* CUPS has the job. */
static void hand_in(void)
{
    static const uint8_t ticket[] = "\x1B@soup\n";

    assert_int_equal(ANSWER(IPP_GET_PRINTER, WELL), OUT_DONE);
    assert_int_equal(
            cupsd.ops.write(cupsd.ops.ctx, ticket, sizeof(ticket) - 1), 7);
    assert_int_equal(ANSWER(IPP_PRINT_JOB, TAKEN), OUT_WAIT);
}

static void a_queue_here_or_on_another_machine(void **unused)
{
    struct out out;

    (void)unused;
    assert_true(out_parse(&out, "cups:kitchen"));
    assert_string_equal(out.path, "kitchen");
    assert_string_equal(out.host, "");
    out_finish(&out);
    assert_true(out_parse(&out, "cups://[::1]:631/kitchen"));
    assert_string_equal(out.path, "kitchen");
    assert_string_equal(out.host, "::1");
    out_finish(&out);
    assert_false(out_parse(&out, "cups:"));
    assert_false(out_parse(&out, "cups:a b"));
    assert_false(out_parse(&out, "cups://printer:631"));
    assert_false(out_parse(&out, "cups://printer/kitchen"));
    assert_false(out_parse(&out, "cups://printer:631/"));
}

static void a_job_is_printed_when_cups_has_completed_it(void **unused)
{
    (void)unused;
    hand_in();
    assert_memory_equal(cupsd.heard + cupsd.heard_len - 7, "\x1B@soup\n", 7);
    assert_non_null(
            memmem(cupsd.heard, cupsd.heard_len, "o41-kitchen-order", 17));
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x05") BEGUN), OUT_WAIT);
    /* It is not asked all the time. */
    assert_int_equal(try(IPP_GET_JOB), OUT_WAIT);
    assert_int_equal(cupsd.out.fd, -1);
    out_turn(&cupsd.out, 1500);
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x09") BEGUN), OUT_DONE);
}

static void what_becomes_of_it_else_is_known_to_nobody(void **unused)
{
    (void)unused;
    hand_in();
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x08") BEGUN), OUT_GONE);
    cupsd.ops.close(cupsd.ops.ctx);
    hand_in();
    assert_int_equal(ANSWER(IPP_GET_JOB, NO), OUT_GONE); /* no such job */
    cupsd.ops.close(cupsd.ops.ctx);
    hand_in();
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x07") "\x03"), OUT_GONE);
    cupsd.ops.close(cupsd.ops.ctx);
    assert_int_equal(ANSWER(IPP_GET_PRINTER, WELL), OUT_DONE);
    cupsd.ops.write(cupsd.ops.ctx, (const uint8_t *)"x", 1);
    assert_int_equal(ANSWER(IPP_PRINT_JOB, ""), OUT_GONE); /* without a word */
}

static void what_cups_never_began_is_not_printed(void **unused)
{
    (void)unused;
    hand_in();
    assert_int_equal(
            ANSWER(IPP_GET_JOB, JOB_IN("\x07") NOT_BEGUN), OUT_REFUSED);
    cupsd.ops.close(cupsd.ops.ctx);
    assert_int_equal(ANSWER(IPP_GET_PRINTER, WELL), OUT_DONE);
    cupsd.ops.write(cupsd.ops.ctx, (const uint8_t *)"x", 1);
    assert_int_equal(ANSWER(IPP_PRINT_JOB, NO), OUT_REFUSED);
}

static void a_job_that_was_not_taken_whole_is_not_printed(void **unused)
{
    static const uint8_t much[65536];
    int fd, small = 4096;

    (void)unused;
    assert_int_equal(ANSWER(IPP_GET_PRINTER, WELL), OUT_DONE);
    for (int i = 0; i < 32; i++)
        assert_int_equal(cupsd.ops.write(cupsd.ops.ctx, much, sizeof(much)),
                sizeof(much));
    assert_int_equal(cupsd.ops.write(cupsd.ops.ctx, much, 1), -1);
    assert_int_equal(try(IPP_PRINT_JOB), OUT_WAIT);
    assert_int_equal(setsockopt(cupsd.out.fd, SOL_SOCKET, SO_SNDBUF, &small,
                             sizeof(small)),
            0);
    fd = accept(cupsd.listener, NULL, NULL);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    for (int i = 0; i < 10; i++)
        assert_int_equal(try(IPP_PRINT_JOB), OUT_WAIT);
    close(fd);
    assert_int_equal(try(IPP_PRINT_JOB), OUT_REFUSED);
    cupsd.ops.close(cupsd.ops.ctx);
}

/* Or it would come out tomorrow. */
static void a_job_that_waits_too_long_is_taken_back(void **unused)
{
    (void)unused;
    hand_in();
    out_turn(&cupsd.out, 20999);
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x03") NOT_BEGUN), OUT_WAIT);
    out_turn(&cupsd.out, 21500);
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x03") NOT_BEGUN), OUT_WAIT);
    assert_int_equal(ANSWER(IPP_CANCEL_JOB, OK "\x03"), OUT_WAIT);
    assert_int_equal(
            ANSWER(IPP_GET_JOB, JOB_IN("\x07") NOT_BEGUN), OUT_REFUSED);
    cupsd.ops.close(cupsd.ops.ctx);

    /* It came too late for that. */
    out_turn(&cupsd.out, 30000);
    hand_in();
    out_turn(&cupsd.out, 50000);
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x05") BEGUN), OUT_WAIT);
    assert_int_equal(ANSWER(IPP_CANCEL_JOB, NO), OUT_WAIT);
    assert_int_equal(ANSWER(IPP_GET_JOB, JOB_IN("\x09") BEGUN), OUT_DONE);
}

static void a_queue_that_takes_no_jobs_is_gone(void **unused)
{
    struct print_status status = { 0 };

    (void)unused;
    assert_true(cupsd.ops.knows);
    assert_int_equal(ANSWER(IPP_GET_PRINTER, NO), OUT_GONE);
    cupsd.ops.close(cupsd.ops.ctx);
    assert_int_equal(ANSWER(IPP_GET_PRINTER, OK "\x04\x22\x00\x19"
                                                "printer-is-accepting-jobs"
                                                "\x00\x01\x00\x03"),
            OUT_GONE);
    cupsd.ops.close(cupsd.ops.ctx);
    assert_int_equal(ANSWER(IPP_GET_PRINTER, OK "\x04\x44\x00\x15"
                                                "printer-state-reasons"
                                                "\x00\x0B"
                                                "media-empty"
                                                "\x03"),
            OUT_DONE);
    assert_int_equal(cupsd.ops.check(cupsd.ops.ctx, &status), OUT_DONE);
    assert_true(status.paper_out);
}

static void an_answer_that_never_ends_is_none(void **unused)
{
    static char much[16384];

    (void)unused;
    memset(much, 'x', sizeof(much));
    assert_int_equal(answer(IPP_GET_PRINTER, much, sizeof(much)), OUT_GONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_queue_here_or_on_another_machine),
        TEST(a_job_is_printed_when_cups_has_completed_it),
        TEST(what_becomes_of_it_else_is_known_to_nobody),
        TEST(what_cups_never_began_is_not_printed),
        TEST(a_job_that_was_not_taken_whole_is_not_printed),
        TEST(a_job_that_waits_too_long_is_taken_back),
        TEST(a_queue_that_takes_no_jobs_is_gone),
        TEST(the_longest_ticket_is_taken),
        TEST(an_answer_that_never_ends_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
