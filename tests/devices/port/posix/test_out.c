#include "devices/port/posix/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void each_way_is_found_by_its_form_and_nothing_else(void **unused)
{
    static const char *const none[] = { "", "printer", "--", "tcp:/h:1", "file",
        "lp:/dev/usb/lp0", "cloudprnt:9101", "epson-sdp:h", "star-mqtt:0011",
        "star-mqtt:001162aabbcc@" };
    struct out out;
    const char *form, *about;
    uint32_t count = 0;

    (void)unused;
    for (; (form = out_form(count, &about)); count++)
        assert_true(strlen(form) > 0 && strlen(about) > 0);
    assert_int_equal(count, 9);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_false(out_parse(&out, none[i]));
        assert_null(out.way);
        out_finish(&out);
    }
    assert_true(out_parse(&out, "usb:/dev/usb/lp0"));
    assert_ptr_equal(out.way, &out_usb);
    assert_true(out_parse(&out, "cups:kitchen"));
    assert_ptr_equal(out.way, &out_cups);
    out_finish(&out);
    assert_true(out_parse(&out, "cloudprnt:127.0.0.1:9101"));
    assert_ptr_equal(out.way, &out_cloudprnt);
    out_finish(&out);
    assert_true(out_parse(&out, "star-mqtt:001162aabbcc@127.0.0.1:9101"));
    assert_ptr_equal(out.way, &out_star_mqtt);
    out_finish(&out);
    assert_true(out_parse(&out, "epson-sdp:127.0.0.1:9102"));
    assert_ptr_equal(out.way, &out_epson_sdp);
    out_finish(&out);
    out_finish(&out);
}

/* What stands in the README on a line that begins so, or in one's middle. */
static bool is_in_readme(const char *text)
{
    static char readme[128 * 1024];
    FILE *file = fopen(SOURCE_DIR "/devices/README.md", "r");
    size_t len;

    assert_non_null(file);
    len = fread(readme, 1, sizeof(readme) - 1, file);
    fclose(file);
    readme[len] = '\0';
    return strstr(readme, text) != NULL;
}

static void the_readme_has_each_way_and_each_make(void **unused)
{
    const struct profile *profile;
    const char *form, *about;
    char text[64];

    (void)unused;
    for (uint32_t i = 0; (form = out_form(i, &about)); i++) {
        snprintf(text, sizeof(text), "`%.*s", (int)strcspn(form, " [?"), form);
        assert_true(is_in_readme(text));
    }
    for (uint32_t i = 0; (profile = profile_at(i)); i++) {
        snprintf(text, sizeof(text), "`%s`", profile->name);
        assert_true(is_in_readme(text));
    }
    assert_false(is_in_readme("`no-such-make`"));
}

static void without_a_way_there_is_nothing_to_do(void **unused)
{
    struct out out = { .fd = -1 };
    struct pollfd fds[OUT_FDS];

    (void)unused;
    assert_int_equal(out_watch(&out, fds), 0);
    assert_true(out_due_ms(&out) == UINT64_MAX);
    out_turn(&out, 1000);
    out_finish(&out);
}

/* --- a printer that talks, at the end of a pair of sockets --- */

struct talk {
    struct out out;
    struct print_out ops;
    int printer; /* its end */
};

static void begin(struct talk *talk)
{
    int ends[2];

    assert_true(out_parse(&talk->out, "tcp://127.0.0.1:9100"));
    assert_int_equal(
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    talk->out.fd = ends[0];
    talk->printer = ends[1];
    talk->ops = out_of(&talk->out);
}

static void end(struct talk *talk)
{
    talk->ops.close(talk->ops.ctx);
    assert_int_equal(talk->out.fd, -1);
    close(talk->printer);
    out_finish(&talk->out);
}

static void says(struct talk *talk, const char *bytes, size_t len)
{
    assert_int_equal(write(talk->printer, bytes, len), len);
}

static void a_printer_is_asked_once_and_says_how_it_is(void **unused)
{
    struct print_status status = { 0 };
    struct talk talk;
    uint8_t asked[32];

    (void)unused;
    begin(&talk);
    assert_int_equal(talk.ops.check(talk.ops.ctx, &status), OUT_WAIT);
    assert_int_equal(recv(talk.printer, asked, sizeof(asked), 0), 9);
    assert_memory_equal(asked, talk_questions, 9);
    says(&talk, "\x12\x16", 2);
    assert_int_equal(talk.ops.check(talk.ops.ctx, &status), OUT_WAIT);
    says(&talk, "\x12", 1);
    assert_int_equal(talk.ops.check(talk.ops.ctx, &status), OUT_DONE);
    assert_true(status.cover_open);
    assert_int_equal(recv(talk.printer, asked, sizeof(asked), 0), -1);
    end(&talk);
}

static void only_the_ticket_s_own_number_ends_it(void **unused)
{
    struct talk talk;
    char answer[7] = { 0x37, 0x22 };

    (void)unused;
    begin(&talk);
    escpos_number_digits(4711, (uint8_t *)answer + 2);
    assert_int_equal(
            talk.ops.finish(talk.ops.ctx, CONFIRM_PROCESS_ID, 4712), OUT_WAIT);
    says(&talk, answer, sizeof(answer));
    assert_int_equal(
            talk.ops.finish(talk.ops.ctx, CONFIRM_PROCESS_ID, 4712), OUT_WAIT);
    escpos_number_digits(4712, (uint8_t *)answer + 2);
    says(&talk, answer, sizeof(answer));
    assert_int_equal(
            talk.ops.finish(talk.ops.ctx, CONFIRM_PROCESS_ID, 4712), OUT_DONE);
    end(&talk);
}

static void a_printer_that_hangs_up_has_not_answered(void **unused)
{
    struct print_status status;
    struct talk talk;

    (void)unused;
    begin(&talk);
    shutdown(talk.printer, SHUT_RDWR);
    assert_int_equal(talk.ops.finish(talk.ops.ctx, CONFIRM_GS_R, 1), OUT_GONE);
    assert_int_equal(talk.ops.check(talk.ops.ctx, &status), OUT_GONE);
    assert_int_equal(talk.ops.write(talk.ops.ctx, (const uint8_t *)"x", 1), -1);
    end(&talk);
}

/* A socket closed over unread bytes is reset, and with it may go the end of
 * a ticket that the printer has not taken in yet. */
static void what_a_printer_says_does_not_cost_it_the_end_of_the_ticket(
        void **unused)
{
    struct talk talk;
    char text[8];

    (void)unused;
    begin(&talk);
    says(&talk, "\x10\x00\x00\x00", 4);
    assert_int_equal(
            talk.ops.write(talk.ops.ctx, (const uint8_t *)"abc", 3), 3);
    talk.ops.close(talk.ops.ctx);
    assert_int_equal(recv(talk.printer, text, sizeof(text), 0), 3);
    assert_int_equal(recv(talk.printer, text, sizeof(text), 0), 0);
    end(&talk);
}

static void a_printer_that_takes_no_more_is_waited_for(void **unused)
{
    static const uint8_t much[65536];
    struct talk talk;
    struct pollfd fds[OUT_FDS];
    int taken;

    (void)unused;
    begin(&talk);
    assert_int_equal(out_watch(&talk.out, fds), 0);
    while ((taken = talk.ops.write(talk.ops.ctx, much, sizeof(much))) > 0)
        ;
    assert_int_equal(taken, 0);
    assert_int_equal(out_watch(&talk.out, fds), 1);
    assert_int_equal(fds[0].fd, talk.out.fd);
    assert_int_equal(fds[0].events, POLLOUT);
    end(&talk);
}

static void a_printer_that_never_stops_talking_does_not_stop_us(void **unused)
{
    static const char noise[65536];
    struct print_status status = { 0 };
    struct talk talk;
    char left[65536];
    ssize_t sent;

    (void)unused;
    begin(&talk);
    sent = write(talk.printer, noise, sizeof(noise));
    assert_true(sent > 20000);
    assert_int_equal(talk.ops.check(talk.ops.ctx, &status), OUT_WAIT);
    assert_int_equal(
            talk.ops.finish(talk.ops.ctx, CONFIRM_PROCESS_ID, 7), OUT_WAIT);
    assert_in_range(recv(talk.out.fd, left, sizeof(left), 0), 1, sent - 8000);
    end(&talk);
}

/* What is left of an answer is no part of the next one. */
static void each_connection_begins_with_nothing_said(void **unused)
{
    struct print_status status = { 0 };
    struct talk talk;

    (void)unused;
    begin(&talk);
    talk.ops.check(talk.ops.ctx, &status);
    says(&talk, "\x16\x16\x10", 3);
    assert_int_equal(talk.ops.check(talk.ops.ctx, &status), OUT_WAIT);
    end(&talk);
    assert_int_equal(talk.out.talk.answered, 0);
    assert_int_equal(talk.out.talk.skip, 0);
    assert_false(talk.out.talk.asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_is_found_by_its_form_and_nothing_else),
        cmocka_unit_test(the_readme_has_each_way_and_each_make),
        cmocka_unit_test(without_a_way_there_is_nothing_to_do),
        cmocka_unit_test(a_printer_is_asked_once_and_says_how_it_is),
        cmocka_unit_test(only_the_ticket_s_own_number_ends_it),
        cmocka_unit_test(a_printer_that_hangs_up_has_not_answered),
        cmocka_unit_test(
                what_a_printer_says_does_not_cost_it_the_end_of_the_ticket),
        cmocka_unit_test(a_printer_that_takes_no_more_is_waited_for),
        cmocka_unit_test(a_printer_that_never_stops_talking_does_not_stop_us),
        cmocka_unit_test(each_connection_begins_with_nothing_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
