#include "tests/bench/pollers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/base.h"

#define SID_CHARS   64
#define ANSWER_S    10
#define STEP_MS     20
#define ANSWER_SIZE 4096
#define ASK_SIZE    4096

struct poller {
    int fd;
    char sid[SID_CHARS];
};

/* --- one request after the other, on one connection --- */

static void send_ask(const struct pollers *pollers, const struct poller *it,
        const char *body)
{
    char ask[ASK_SIZE];
    int len = snprintf(ask, sizeof(ask),
            "%s /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\n"
            "Host: 127.0.0.1:%u\r\n",
            body ? "POST" : "GET", it->sid[0] ? "&sid=" : "", it->sid,
            pollers->port);

    if (body)
        len += snprintf(ask + len, sizeof(ask) - (size_t)len,
                "Content-Type: text/plain;charset=UTF-8\r\n"
                "Content-Length: %zu\r\n\r\n%s",
                strlen(body), body);
    else
        len += snprintf(ask + len, sizeof(ask) - (size_t)len, "\r\n");
    if (send(it->fd, ask, (size_t)len, MSG_NOSIGNAL) != len)
        bench_fail("a poller cannot write: %s", strerror(errno));
}

/* The body in an answer that is all there, or NULL. */
static const char *find_body(const char *answer, size_t len)
{
    const char *body = strstr(answer, "\r\n\r\n");
    const char *length = strcasestr(answer, "content-length:");

    if (!body || !length)
        return NULL;
    body += strlen("\r\n\r\n");
    return len - (size_t)(body - answer) >=
                           strtoul(length + strlen("content-length:"), NULL, 10)
                   ? body
                   : NULL;
}

/* Wait for the answer; its body. */
static const char *take(const struct poller *it, char answer[ANSWER_SIZE])
{
    const char *body;
    size_t len = 0;
    ssize_t got;

    do {
        got = recv(it->fd, answer + len, ANSWER_SIZE - 1 - len, 0);
        if (got <= 0)
            bench_fail("a poller is not answered: %s",
                    got ? strerror(errno) : "closed");
        len += (size_t)got;
        answer[len] = '\0';
        body = find_body(answer, len);
    } while (!body);
    if (strncmp(answer, "HTTP/1.1 200", strlen("HTTP/1.1 200")) != 0)
        bench_fail("a poller is refused: %s", answer);
    return body;
}

static void say(const struct pollers *pollers, const struct poller *it,
        const char *text)
{
    char answer[ANSWER_SIZE];

    send_ask(pollers, it, text);
    take(it, answer);
}

/* Poll until `word` comes. */
static void await(const struct pollers *pollers, const struct poller *it,
        const char *word, char answer[ANSWER_SIZE])
{
    do
        send_ask(pollers, it, NULL);
    while (!strstr(take(it, answer), word));
}

/* --- all of them --- */

void pollers_init(struct pollers *pollers, uint32_t size, uint16_t port,
        const char *token)
{
    *pollers = (struct pollers){ .size = size, .port = port, .token = token };
    pollers->all = calloc(size, sizeof(*pollers->all));
    if (!pollers->all)
        bench_fail("no room for %u pollers", size);
}

void pollers_finish(struct pollers *pollers)
{
    for (uint32_t i = 0; i < pollers->count; i++)
        close(pollers->all[i].fd);
    free(pollers->all);
}

static void dial(const struct pollers *pollers, struct poller *it)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons(pollers->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = ANSWER_S };
    int on = 1;

    it->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(it->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(it->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        bench_fail("cannot connect: %s", strerror(errno));
}

static void join(const struct pollers *pollers, struct poller *it)
{
    char answer[ANSWER_SIZE], auth[2048];
    const char *sid;

    dial(pollers, it);
    await(pollers, it, "\"sid\":\"", answer);
    sid = strstr(answer, "\"sid\":\"") + strlen("\"sid\":\"");
    snprintf(it->sid, sizeof(it->sid), "%.*s", (int)strcspn(sid, "\""), sid);
    snprintf(auth, sizeof(auth), "40{\"token\":\"%s\"}", pollers->token);
    say(pollers, it, auth);
    await(pollers, it, "40{", answer);
    say(pollers, it, "420[\"join-room\",\"restaurant-kitchen\"]");
    await(pollers, it, "430[true]", answer);
    send_ask(pollers, it, NULL);
}

void pollers_join(struct pollers *pollers, uint32_t count)
{
    while (pollers->count < count && pollers->count < pollers->size) {
        join(pollers, &pollers->all[pollers->count++]);
        pollers_rest(pollers, 0);
    }
}

static void serve(struct pollers *pollers, const struct poller *it)
{
    char answer[ANSWER_SIZE];
    const char *body = take(it, answer);

    if (strcmp(body, "2") == 0) {
        pollers->pings++;
        say(pollers, it, "3");
    } else if (strcmp(body, "6") != 0) {
        bench_fail("a poller hears %s", body);
    }
    send_ask(pollers, it, NULL);
}

void pollers_rest(struct pollers *pollers, int ms)
{
    int64_t until_us = bench_now_us() + ms * 1000ll;
    struct pollfd *waits = calloc(pollers->count, sizeof(*waits));

    if (!waits)
        bench_fail("no memory");
    for (uint32_t i = 0; i < pollers->count; i++)
        waits[i] =
                (struct pollfd){ .fd = pollers->all[i].fd, .events = POLLIN };
    do {
        if (poll(waits, pollers->count, ms ? STEP_MS : 0) <= 0)
            continue;
        for (uint32_t i = 0; i < pollers->count; i++)
            if (waits[i].revents)
                serve(pollers, &pollers->all[i]);
    } while (bench_now_us() < until_us);
    free(waits);
}
