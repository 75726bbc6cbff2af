#include "devices/port/posix/pull.h"

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

#include "devices/paper/profile.h"

#define TURNS 2000

struct desk {
    struct pull *pull;
    char port[8];
    char said[8192]; /* to the newest request */
    size_t said_len;
    uint32_t asked; /* that came through */
    char body[64];
    char query[64];
};

static struct desk desk;

static void on_request(void *ctx, const struct pull_request *request,
        struct pull_answer *answer)
{
    const char *query = pull_query(request, "q");

    (void)ctx;
    desk.asked++;
    snprintf(desk.body, sizeof(desk.body), "%s", request->body);
    snprintf(desk.query, sizeof(desk.query), "%s", query ? query : "");
    *answer = (struct pull_answer){
        .status = 200, .type = "text/plain", .bytes = "well", .len = 4
    };
}

/* A port that is free now. */
static void find_port(void)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(here);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&here, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &len), 0);
    snprintf(desk.port, sizeof(desk.port), "%u", ntohs(here.sin_port));
    close(fd);
}

static int start_with(const char *password)
{
    const struct pull_to to = { &desk, on_request };
    const char *wrong;

    memset(&desk, 0, sizeof(desk));
    find_port();
    desk.pull = pull_open("127.0.0.1", desk.port, password, &to, &wrong);
    return desk.pull ? 0 : -1;
}

static int start(void **state)
{
    (void)state;
    return start_with(NULL);
}

static int start_locked(void **state)
{
    (void)state;
    return start_with("sesame");
}

static int stop(void **state)
{
    (void)state;
    pull_close(desk.pull);
    return 0;
}

static int dial(void)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(desk.port, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&here, sizeof(here)), 0);
    return fd;
}

/* The HTTP status of what is answered to these bytes; 0: it hung up. */
static unsigned ask(const char *bytes, size_t len)
{
    int fd = dial();
    size_t sent = 0;

    desk.said_len = 0;
    for (int i = 0; i < TURNS; i++) {
        ssize_t n = sent < len ? send(fd, bytes + sent, len - sent,
                                         MSG_DONTWAIT | MSG_NOSIGNAL)
                               : 0;

        sent += n > 0 ? (size_t)n : 0;
        pull_turn(desk.pull);
        n = recv(fd, desk.said + desk.said_len,
                sizeof(desk.said) - 1 - desk.said_len, MSG_DONTWAIT);
        if (n == 0)
            break;
        desk.said_len += n > 0 ? (size_t)n : 0;
        desk.said[desk.said_len] = '\0';
        if (strstr(desk.said, "\r\n\r\n") && sent == len)
            break;
        usleep(500);
    }
    close(fd);
    pull_turn(desk.pull);
    return desk.said_len > 12 ? (unsigned)strtoul(desk.said + 9, NULL, 10) : 0;
}

static unsigned ask_text(const char *text)
{
    return ask(text, strlen(text));
}

static void a_request_is_answered_with_its_query_and_body(void **unused)
{
    (void)unused;
    assert_int_equal(ask_text("POST /x?q=a%3Ab HTTP/1.1\r\nHost: a\r\n"
                              "Content-Length: 5\r\n\r\nhello"),
            200);
    assert_string_equal(desk.body, "hello");
    assert_string_equal(desk.query, "a:b");
    assert_non_null(strstr(desk.said, "Cache-Control: no-store"));
    assert_int_equal(ask_text("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    assert_int_equal(desk.asked, 2);
}

static void what_is_not_of_the_protocols_gets_no_further(void **unused)
{
    (void)unused;
    assert_int_equal(ask_text("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
    assert_int_equal(ask_text("GET /d/cloudprnt-setting.json?mac=1 HTTP/1.1\r\n"
                              "Host: a\r\n\r\n"),
            404);
    ask_text("\x16\x03\x01 nonsense\r\n\r\n");
    assert_int_equal(desk.asked, 0);
}

static void a_body_that_is_too_long_gets_no_further(void **unused)
{
    static char text[PULL_BODY_BYTES + 256];
    int head = snprintf(text, sizeof(text),
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
            PULL_BODY_BYTES + 1);

    (void)unused;
    memset(text + head, 'x', PULL_BODY_BYTES + 1);
    assert_int_equal(ask(text, (size_t)head + PULL_BODY_BYTES + 1), 413);
    assert_int_equal(desk.asked, 0);
}

static void who_says_the_password_is_let_in(void **unused)
{
    (void)unused;
    assert_int_equal(ask_text("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 401);
    assert_non_null(strstr(desk.said, "Basic realm="));
    assert_int_equal(ask_text("GET /Sesame HTTP/1.1\r\nHost: a\r\n\r\n"), 401);
    assert_int_equal(ask_text("GET /sesame2 HTTP/1.1\r\nHost: a\r\n\r\n"), 401);
    assert_int_equal(ask_text("GET / HTTP/1.1\r\nHost: a\r\n"
                              "Authorization: Basic eDpzZXNhbQ==\r\n\r\n"),
            401); /* x:sesam */
    assert_int_equal(desk.asked, 0);
    assert_int_equal(ask_text("GET / HTTP/1.1\r\nHost: a\r\n"
                              "Authorization: Basic eDpzZXNhbWU=\r\n\r\n"),
            200); /* x:sesame */
    assert_int_equal(
            ask_text("GET /a/sesame HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    assert_int_equal(desk.asked, 2);
}

static void only_this_machine_comes_without_a_password(void **unused)
{
    const struct profile *dots = profile_find("generic-80");

    (void)unused;
    assert_null(pull_check("127.0.0.1", dots, NULL, false));
    assert_null(pull_check("::1", dots, NULL, false));
    assert_non_null(pull_check("0.0.0.0", dots, NULL, false));
    assert_non_null(pull_check("127.example.org", dots, NULL, false));
    assert_non_null(pull_check("10.0.0.7", dots, NULL, false));
    assert_null(pull_check("10.0.0.7", dots, "sesame", false));
    assert_null(pull_check("10.0.0.7", dots, NULL, true));
    assert_non_null(pull_check("127.0.0.1", profile_find("text"), NULL, false));
}

static void where_it_cannot_listen_it_says_so(void **unused)
{
    const struct pull_to to = { &desk, on_request };
    const char *wrong = NULL;

    (void)unused;
    assert_null(pull_open("example.org", "80", NULL, &to, &wrong));
    assert_non_null(wrong);
    wrong = NULL;
    assert_null(pull_open("192.0.2.1", "9101", NULL, &to, &wrong));
    assert_non_null(wrong);
}

/* A way that sends its jobs whole has nobody to watch. */
static void where_nobody_listens_there_is_nothing_to_do(void **unused)
{
    struct pollfd fds[1];

    (void)unused;
    assert_int_equal(pull_watch(NULL, fds), 0);
    pull_turn(NULL);
    assert_true(pull_due_ms(NULL, 1000) == UINT64_MAX);
    pull_close(NULL);
}

#define OPEN(test)   cmocka_unit_test_setup_teardown(test, start, stop)
#define LOCKED(test) cmocka_unit_test_setup_teardown(test, start_locked, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(a_request_is_answered_with_its_query_and_body),
        OPEN(what_is_not_of_the_protocols_gets_no_further),
        OPEN(a_body_that_is_too_long_gets_no_further),
        LOCKED(who_says_the_password_is_let_in),
        cmocka_unit_test(only_this_machine_comes_without_a_password),
        cmocka_unit_test(where_it_cannot_listen_it_says_so),
        cmocka_unit_test(where_nobody_listens_there_is_nothing_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
