#include "tests/bench/crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/base.h"

#define HEAD_BYTES 192 /* of a frame that are looked at */
#define AT_ONCE    32  /* handshakes under way */
#define JOIN_MS    60000
#define EVENTS     256
#define SAID_BYTES 2048 /* most that a client says at once */

enum stage { SHAKING, LISTENING };

struct member {
    int fd;
    enum stage stage;
    uint32_t ends;      /* of "\r\n\r\n", how much was seen */
    uint32_t head_len;  /* bytes in `head` */
    uint32_t head_want; /* before something can be decided */
    uint64_t skip;      /* bytes of this frame that nobody looks at */
    uint8_t head[HEAD_BYTES];
};

static uint8_t input[128 * 1024];

void crowd_init(
        struct crowd *crowd, uint32_t size, uint16_t port, const char *token)
{
    *crowd = (struct crowd){ .size = size, .port = port, .token = token };
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd->members = calloc(size, sizeof(*crowd->members));
    if (crowd->epoll < 0 || !crowd->members)
        bench_fail("no room for %u clients", size);
}

void crowd_finish(struct crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->count; i++)
        close(crowd->members[i].fd);
    close(crowd->epoll);
    free(crowd->members);
}

static struct member *add(struct crowd *crowd, int fd, enum stage stage)
{
    struct epoll_event event = { .events = EPOLLIN };
    struct member *member;

    if (fd < 0 || crowd->count == crowd->size)
        bench_fail("client %u: no socket", crowd->count);
    member = &crowd->members[crowd->count++];
    *member = (struct member){ .fd = fd, .stage = stage, .head_want = 2 };
    event.data.ptr = member;
    if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        bench_fail("client %u: not in epoll", crowd->count);
    return member;
}

void crowd_adopt(struct crowd *crowd, int fd)
{
    add(crowd, fd, LISTENING);
    crowd->joined++;
}

static void say(const struct member *member, const void *data, size_t len)
{
    if (send(member->fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
        bench_fail("a client cannot write: %s", strerror(errno));
}

/* A masked frame, as clients must; a mask of zeros changes nothing. */
static void say_frame(const struct member *member, uint8_t opcode,
        const void *data, size_t len)
{
    uint8_t frame[8 + SAID_BYTES] = { 0x80 | opcode, 0x80 | (uint8_t)len };
    size_t head = 6;

    if (len > SAID_BYTES)
        bench_fail("a client has too much to say");
    if (len > 125) {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(len >> 8);
        frame[3] = (uint8_t)len;
        head = 8;
    }
    memcpy(frame + head, data, len);
    say(member, frame, head + len);
}

static void say_text(const struct member *member, const char *text)
{
    say_frame(member, 1, text, strlen(text));
}

/* --- frames --- */

static bool starts(const char *text, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static void hear_text(struct crowd *crowd, struct member *member,
        const char *text, size_t len, uint64_t whole)
{
    static const char join[] =
            "{\"op\":\"join\",\"ref\":1,\"rooms\":[\"kitchen\"]}";
    static const char order[] = "\"event\":\"order.created\"";

    if (starts(text, len, "{\"op\":\"event\"")) {
        crowd->frames++;
        crowd->bytes += whole;
        crowd->orders += memmem(text, len, order, sizeof(order) - 1) != NULL;
    } else if (starts(text, len, "{\"op\":\"ready\"")) {
        say_frame(member, 1, join, sizeof(join) - 1);
    } else if (starts(text, len, "{\"op\":\"ok\"")) {
        crowd->joined++;
    } else if (!starts(text, len, "{\"op\":\"heartbeat\"")) {
        bench_fail("a client hears %.*s", (int)len, text);
    }
}

static void hear_packet(struct crowd *crowd, struct member *member,
        const char *text, size_t len, uint64_t whole)
{
    static const char order[] = "42[\"new-order\"";
    char auth[SAID_BYTES];

    if (starts(text, len, "42[")) {
        crowd->frames++;
        crowd->bytes += whole;
        crowd->orders += starts(text, len, order);
    } else if (starts(text, len, "0{")) {
        snprintf(auth, sizeof(auth), "40{\"token\":\"%s\"}", crowd->token);
        say_text(member, auth);
    } else if (starts(text, len, "40{")) {
        say_text(member, "420[\"join-room\",\"restaurant-kitchen\"]");
    } else if (starts(text, len, "430[true]")) {
        crowd->joined++;
    } else if (len == 1 && text[0] == '2') {
        crowd->pings++;
        say_text(member, "3");
    } else {
        bench_fail("a client hears %.*s", (int)len, text);
    }
}

/* All of the head is here that is looked at. */
static void hear_frame(struct crowd *crowd, struct member *member,
        uint32_t before, uint64_t payload)
{
    const uint8_t *data = member->head + before;
    uint32_t len = member->head_len - before;

    switch (member->head[0] & 0x0f) {
    case 1:
        if (crowd->is_socketio)
            hear_packet(
                    crowd, member, (const char *)data, len, before + payload);
        else
            hear_text(crowd, member, (const char *)data, len, before + payload);
        return;
    case 9:
        crowd->pings++;
        say_frame(member, 10, data, len);
        return;
    default:
        bench_fail("a client was closed with %u",
                len >= 2 ? data[0] << 8 | data[1] : 0);
    }
}

/*
 * Enough bytes for the next step: two tell how long the length is, then the
 * length how much there is to see.
 */
static void step(struct crowd *crowd, struct member *member)
{
    const uint8_t *head = member->head;
    uint32_t before = 2;
    uint64_t payload = head[1] & 0x7f;

    if (payload == 126)
        before = 4;
    else if (payload == 127)
        before = 10;
    if (member->head_len < before) {
        member->head_want = before;
        return;
    }
    payload = before > 2 ? 0 : payload;
    for (uint32_t i = 2; i < before; i++)
        payload = payload << 8 | head[i];
    member->head_want = before + payload < HEAD_BYTES
                                ? before + (uint32_t)payload
                                : HEAD_BYTES;
    if (member->head_len < member->head_want)
        return;
    hear_frame(crowd, member, before, payload);
    member->skip = before + payload - member->head_len;
    member->head_len = 0;
    member->head_want = 2;
}

static void hear_frames(struct crowd *crowd, struct member *member,
        const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t take = member->skip ? member->skip
                                   : member->head_want - member->head_len;

        if (take > len)
            take = len;
        if (member->skip) {
            member->skip -= take;
        } else {
            memcpy(member->head + member->head_len, data, take);
            member->head_len += (uint32_t)take;
            if (member->head_len == member->head_want)
                step(crowd, member);
        }
        data += take;
        len -= take;
    }
}

/* --- the handshake --- */

/* Returns how many bytes of `data` belong to the answer. */
static size_t hear_answer(
        struct member *member, const uint8_t *data, size_t len)
{
    static const char good[] = "HTTP/1.1 101";
    size_t i;

    for (i = 0; i < len && member->ends < 4; i++) {
        member->ends = data[i] == "\r\n\r\n"[member->ends] ? member->ends + 1
                       : data[i] == '\r'                   ? 1
                                                           : 0;
        if (member->head_len < sizeof(good) - 1)
            member->head[member->head_len++] = data[i];
    }
    if (member->ends < 4)
        return i;
    if (memcmp(member->head, good, sizeof(good) - 1) != 0)
        bench_fail("refused: %.*s", (int)member->head_len, member->head);
    member->stage = LISTENING;
    member->head_len = 0;
    return i;
}

/* What the handshake asks for. */
static void put_request(const struct crowd *crowd, char *out, size_t size)
{
    if (crowd->is_socketio)
        snprintf(out, size, "/socket.io/?EIO=4&transport=websocket");
    else
        snprintf(out, size, "/ws?token=%s", crowd->token);
}

static void begin(struct crowd *crowd)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons(crowd->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char request[1536], ask[2048];
    int len;

    put_request(crowd, request, sizeof(request));
    len = snprintf(ask, sizeof(ask),
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n",
            request, crowd->port,
            crowd->is_socketio
                    ? ""
                    : "Sec-WebSocket-Protocol: dumbwaiter.v1.json\r\n");
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        bench_fail("cannot connect: %s", strerror(errno));
    say(add(crowd, fd, SHAKING), ask, (size_t)len);
}

void crowd_join(struct crowd *crowd, uint32_t count)
{
    int64_t deadline_us = bench_now_us() + JOIN_MS * 1000ll;
    struct pollfd wait = { .fd = crowd->epoll, .events = POLLIN };

    while (crowd->joined < count) {
        while (crowd->count < count && crowd->count - crowd->joined < AT_ONCE)
            begin(crowd);
        poll(&wait, 1, 100);
        crowd_serve(crowd);
        if (bench_now_us() > deadline_us)
            bench_fail("only %u of %u have joined", crowd->joined, count);
    }
}

/* --- reading --- */

static void hear(struct crowd *crowd, struct member *member)
{
    ssize_t got = recv(member->fd, input, sizeof(input), MSG_DONTWAIT);
    size_t used = 0;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        bench_fail("a client was closed");
    if (member->stage == SHAKING)
        used = hear_answer(member, input, (size_t)got);
    if (member->stage == LISTENING)
        hear_frames(crowd, member, input + used, (size_t)got - used);
}

void crowd_serve(struct crowd *crowd)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(crowd->epoll, events, EVENTS, 0);

    for (int i = 0; i < count; i++)
        hear(crowd, events[i].data.ptr);
}
