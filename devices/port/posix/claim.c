#include "devices/port/posix/claim.h"

#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS      10000
#define ANSWER_BYTES 8192
#define CODE_CHARS   31
/* It becomes part of a header: nothing that ends one. */
#define HOST_CHARS                                                             \
    "0123456789abcdefghijklmnopqrstuvwxyz"                                     \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:-_%"

/* --- texts --- */

bool claim_split(struct claim_url *url, const char *text)
{
    static const char scheme[] = "http://";
    const char *host = text + sizeof(scheme) - 1, *end;
    size_t digits;

    *url = (struct claim_url){ .port = "80" };
    if (strncmp(text, scheme, sizeof(scheme) - 1) != 0)
        return false;
    end = *host == '[' ? strchr(host, ']') : host + strcspn(host, ":/");
    if (!end || end == host)
        return false;
    host += *host == '[';
    if (end == host || end - host > CLAIM_HOST_CHARS ||
            strspn(host, HOST_CHARS) < (size_t)(end - host))
        return false;
    memcpy(url->host, host, (size_t)(end - host));
    end += *end == ']';
    if (*end == ':') {
        digits = strspn(++end, "0123456789");
        if (digits < 1 || digits > CLAIM_PORT_CHARS)
            return false;
        memcpy(url->port, end, digits);
        url->port[digits] = '\0';
        end += digits;
    }
    return *end == '\0' || strcmp(end, "/") == 0;
}

bool claim_request(char out[CLAIM_REQUEST_BYTES], const struct claim_url *url,
        const char *code)
{
    bool v6 = strchr(url->host, ':') != NULL;
    int len;

    if (strlen(code) > CODE_CHARS)
        return false;
    for (const char *c = code; *c; c++)
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
            return false;
    len = snprintf(out, CLAIM_REQUEST_BYTES,
            "POST /api/enrol HTTP/1.1\r\nHost: %s%s%s:%s\r\n"
            "Content-Type: application/json\r\nContent-Length: %zu\r\n"
            "Connection: close\r\n\r\n{\"code\":\"%s\"}",
            v6 ? "[" : "", url->host, v6 ? "]" : "", url->port,
            strlen(code) + strlen("{\"code\":\"\"}"), code);
    return len > 0 && len < CLAIM_REQUEST_BYTES;
}

/* The number that a header in head[0..len) has, or -1. */
static long header(const char *head, size_t len, const char *name)
{
    size_t name_len = strlen(name);

    for (size_t i = 0; i + name_len < len; i++)
        if (head[i] == '\n' && strncasecmp(head + i + 1, name, name_len) == 0)
            return strtol(head + i + 1 + name_len, NULL, 10);
    return -1;
}

unsigned claim_answer(
        const char *text, size_t len, const char **body, size_t *body_len)
{
    const char *end = memmem(text, len, "\r\n\r\n", 4);
    size_t head = end ? (size_t)(end - text) : 0;
    long wanted;

    if (!end || head < 12 || strncmp(text, "HTTP/1.", 7) != 0 || text[8] != ' ')
        return 0;
    *body = end + 4;
    *body_len = len - head - 4;
    wanted = header(text, head, "Content-Length:");
    if (wanted < 0 || (size_t)wanted > *body_len)
        return 0;
    *body_len = (size_t)wanted;
    return (unsigned)strtoul(text + 9, NULL, 10);
}

/* --- the network --- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, int64_t end_ms)
{
    struct pollfd one = { .fd = fd, .events = events };
    int64_t left_ms = end_ms - now_ms();

    return left_ms > 0 && poll(&one, 1, (int)left_ms) == 1;
}

static int connect_to(const struct claim_url *url, int64_t end_ms)
{
    struct addrinfo wanted = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    int fd = -1, wrong = 0;
    socklen_t size = sizeof(wrong);

    if (getaddrinfo(url->host, url->port, &wanted, &list) != 0)
        return -1;
    for (struct addrinfo *one = list; one && fd < 0; one = one->ai_next) {
        fd = socket(
                one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            continue;
        connect(fd, one->ai_addr, one->ai_addrlen);
        if (!wait_for(fd, POLLOUT, end_ms) ||
                getsockopt(fd, SOL_SOCKET, SO_ERROR, &wrong, &size) != 0 ||
                wrong != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

static bool send_all(int fd, const char *text, int64_t end_ms)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t n;

        if (!wait_for(fd, POLLOUT, end_ms))
            return false;
        n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* The status; the answer stands in `text`. 0: there was none. */
static unsigned receive(int fd, char text[ANSWER_BYTES], const char **body,
        size_t *body_len, int64_t end_ms)
{
    size_t len = 0;
    unsigned status = 0;

    while (status == 0 && len < ANSWER_BYTES && wait_for(fd, POLLIN, end_ms)) {
        ssize_t n = recv(fd, text + len, ANSWER_BYTES - len, 0);

        if (n <= 0)
            return 0;
        len += (size_t)n;
        status = claim_answer(text, len, body, body_len);
    }
    return status;
}

static void explain(unsigned status, char *error, size_t bytes)
{
    if (status == 403)
        snprintf(error, bytes,
                "the code is refused: it is wrong, has been "
                "used, or its time is over");
    else if (status == 429)
        snprintf(error, bytes, "too many tries; wait a minute");
    else
        snprintf(error, bytes, "the hub does not give a credential (%u)",
                status);
}

size_t claim_fetch(const struct claim_url *url, const char *code, char *out,
        size_t cap, char *error, size_t error_bytes)
{
    char request[CLAIM_REQUEST_BYTES], text[ANSWER_BYTES];
    int64_t end_ms = now_ms() + WAIT_MS;
    const char *body = NULL;
    size_t len = 0;
    unsigned status = 0;
    int fd;

    if (!claim_request(request, url, code)) {
        snprintf(error, error_bytes, "this is no code");
        return 0;
    }
    fd = connect_to(url, end_ms);
    if (fd < 0) {
        snprintf(error, error_bytes, "no connection to %s port %s", url->host,
                url->port);
        return 0;
    }
    if (send_all(fd, request, end_ms))
        status = receive(fd, text, &body, &len, end_ms);
    close(fd);
    if (status != 200 || len == 0 || len > cap) {
        explain(status, error, error_bytes);
        len = 0;
    } else {
        memcpy(out, body, len);
    }
    explicit_bzero(text, sizeof(text));
    return len;
}
