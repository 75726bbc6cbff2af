#include "devices/port/posix/link.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define KEEPALIVE_S  30
#define CONNECT_MS   10000
#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 30000

/* A connection that held so long makes earlier failures forgotten. */
#define STEADY_MS 10000

/* Messages taken in before acknowledgements go out. */
#define TURN_MESSAGES 64
#define TURN_RECORDS  8

void link_init(struct link *link, const struct link_to *to,
        struct device *device, uint64_t now_ms)
{
    *link = (struct link){
        .to = *to, .device = device, .retry_at_ms = now_ms, .now_ms = now_ms
    };
}

/* --- what the library calls --- */

static void on_connect(struct mosquitto *client, void *ctx, int code)
{
    struct link *link = ctx;

    (void)client;
    if (code != 0) {
        if (link->failures == 0)
            fprintf(stderr, "dumbwaiter: the broker refuses %s: %s\n",
                    link->to.client_id, mosquitto_connack_string(code));
        link->drop = true;
        return;
    }
    link->up = true;
    link->since_ms = link->now_ms;
    if (!device_on_link(link->device, link->now_ms))
        link->drop = true;
    if (link->to.also)
        mosquitto_subscribe(link->client, &link->also_asked, link->to.also, 1);
}

static void on_also_subscribed(struct link *link, bool is_granted)
{
    if (!is_granted)
        fprintf(stderr, "dumbwaiter: %s may not listen to %s\n",
                link->to.client_id, link->to.also);
    link->also_up = is_granted;
}

static void on_subscribe(struct mosquitto *client, void *ctx, int mid,
        int count, const int *granted)
{
    struct link *link = ctx;

    (void)client;
    if (link->to.also && mid == link->also_asked) {
        on_also_subscribed(link, count == 1 && granted[0] <= 2);
        return;
    }
    if (count < 1 || granted[0] > 2) {
        fprintf(stderr, "dumbwaiter: %s may not listen to its topic\n",
                link->to.client_id);
        link->drop = true;
        return;
    }
    device_on_subscribed(link->device, link->now_ms);
}

static void on_message(struct mosquitto *client, void *ctx,
        const struct mosquitto_message *message)
{
    struct link *link = ctx;
    const struct part part = { .topic = message->topic,
        .topic_len = strlen(message->topic),
        .data = message->payload,
        .len = (size_t)message->payloadlen,
        .total = (size_t)message->payloadlen,
        .retained = message->retain };

    bool matches = false;

    (void)client;
    if (link->drop) /* what comes after a refused one is refused too */
        return;
    if (link->to.also)
        mosquitto_topic_matches_sub(link->to.also, message->topic, &matches);
    if (matches) {
        if (!message->retain)
            link->to.also_heard(link->to.also_ctx, message->topic,
                    message->payload, (size_t)message->payloadlen);
        return;
    }
    if (device_receive(link->device, &part, link->now_ms) == DEVICE_NOT_NOW)
        link->drop = true;
}

static void on_publish(struct mosquitto *client, void *ctx, int mid)
{
    struct link *link = ctx;

    (void)client;
    link->receipted = mid;
    device_on_published(link->device, mid, link->now_ms);
}

/* --- connecting --- */

static void lose(struct link *link)
{
    const struct device_platform *platform = link->device->platform;
    uint32_t span;

    if (link->up && link->now_ms - link->since_ms >= STEADY_MS)
        link->failures = 0;
    if (!link->up && link->failures == 0)
        fprintf(stderr, "dumbwaiter: no link to %s:%u yet; trying for ever\n",
                link->to.host, (unsigned)link->to.port);
    span = link->failures < 6 ? RETRY_MIN_MS << link->failures : RETRY_MAX_MS;
    link->failures++;
    link->retry_at_ms =
            link->now_ms + 50 + platform->random(platform->ctx) % span;

    mosquitto_destroy(link->client);
    link->client = NULL;
    link->up = false;
    link->also_up = false;
    link->drop = false;
    device_on_link_lost(link->device, link->now_ms);
}

static bool set_up_tls(const struct link *link)
{
    const struct link_to *to = &link->to;
    int rc = MOSQ_ERR_SUCCESS;

    if (!to->tls)
        return true;
    if (!to->cafile)
        return mosquitto_int_option(link->client, MOSQ_OPT_TLS_USE_OS_CERTS,
                       1) == MOSQ_ERR_SUCCESS;
    rc = mosquitto_tls_set(
            link->client, to->cafile, NULL, to->cert, to->key, NULL);
    if (rc != MOSQ_ERR_SUCCESS && link->failures == 0)
        fprintf(stderr, "dumbwaiter: %s: no certificates to use: %s\n",
                to->cafile, mosquitto_strerror(rc));
    return rc == MOSQ_ERR_SUCCESS;
}

static bool set_up(struct link *link)
{
    struct mosquitto *client = link->client;
    char topic[DEVICE_TOPIC_BYTES];
    char state[DEVICE_STATE_BYTES];

    device_will(link->device, topic, state);
    mosquitto_threaded_set(client, true); /* writes only when we say so */
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_publish_callback_set(client, on_publish);
    return mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1) ==
                   MOSQ_ERR_SUCCESS &&
           set_up_tls(link) &&
           mosquitto_username_pw_set(client, link->to.user,
                   link->to.password) == MOSQ_ERR_SUCCESS &&
           mosquitto_will_set(client, topic, (int)strlen(state), state, 1,
                   true) == MOSQ_ERR_SUCCESS;
}

static void connect_broker(struct link *link)
{
    link->client = mosquitto_new(
            link->to.client_id, !device_keeps_session(link->device), link);
    link->since_ms = link->now_ms;
    if (!link->client)
        return; /* no memory: the next turn tries again */
    if (!set_up(link) ||
            mosquitto_connect_async(link->client, link->to.host,
                    (int)link->to.port, KEEPALIVE_S) != MOSQ_ERR_SUCCESS)
        lose(link);
}

/* --- a turn --- */

static bool has_more(struct link *link)
{
    int waiting = 0;

    return ioctl(mosquitto_socket(link->client), FIONREAD, &waiting) == 0 &&
           waiting > 0;
}

static int read_some(struct link *link)
{
    /* What TLS has read but not yet given out is not seen at the socket. */
    int most = link->to.tls ? TURN_RECORDS : 0;
    int rc = mosquitto_loop_read(link->client, 1);

    for (int i = 1; rc == MOSQ_ERR_SUCCESS && !link->drop &&
                    i < TURN_MESSAGES && (has_more(link) || i < most);
            i++)
        rc = mosquitto_loop_read(link->client, 1);
    return rc;
}

int link_watch(struct link *link, short *events)
{
    *events = POLLIN;
    if (!link->client)
        return -1;
    if (mosquitto_want_write(link->client))
        *events |= POLLOUT;
    return mosquitto_socket(link->client);
}

uint64_t link_due_ms(const struct link *link)
{
    if (!device_wants_link(link->device))
        return link->client ? link->now_ms : UINT64_MAX;
    if (!link->client)
        return link->retry_at_ms;
    return link->up ? UINT64_MAX : link->since_ms + CONNECT_MS;
}

/* It wants none: the next one is made as soon as it does. */
static void let_go(struct link *link)
{
    if (!link->client)
        return;
    link_close(link);
    link->failures = 0;
    link->retry_at_ms = link->now_ms;
    device_on_link_lost(link->device, link->now_ms);
}

void link_turn(struct link *link, short ready, uint64_t now_ms)
{
    int rc = MOSQ_ERR_SUCCESS;

    link->now_ms = now_ms;
    if (!device_wants_link(link->device)) {
        let_go(link);
        return;
    }
    if (!link->client) {
        if (now_ms >= link->retry_at_ms)
            connect_broker(link);
        return;
    }
    if (ready & (POLLIN | POLLERR | POLLHUP))
        rc = read_some(link);
    if (rc == MOSQ_ERR_SUCCESS && !link->drop)
        rc = mosquitto_loop_misc(link->client);
    if (!link->up && now_ms - link->since_ms >= CONNECT_MS)
        link->drop = true;
    /* All that came in is dealt with and stored: now it may be said. */
    if (rc == MOSQ_ERR_SUCCESS && !link->drop &&
            mosquitto_want_write(link->client))
        rc = mosquitto_loop_write(link->client, 1);
    if (rc != MOSQ_ERR_SUCCESS || link->drop)
        lose(link);
}

bool link_subscribe(struct link *link, const char *topic)
{
    return link->client && mosquitto_subscribe(link->client, NULL, topic, 1) ==
                                   MOSQ_ERR_SUCCESS;
}

int link_publish(struct link *link, const char *topic, const void *data,
        size_t len, bool retain)
{
    int mid = 0;

    if (!link->client || !link->up ||
            mosquitto_publish(link->client, &mid, topic, (int)len, data, 1,
                    retain) != MOSQ_ERR_SUCCESS)
        return 0;
    return mid;
}

void link_close(struct link *link)
{
    if (!link->client)
        return;
    if (link->up && mosquitto_disconnect(link->client) == MOSQ_ERR_SUCCESS)
        mosquitto_loop_write(link->client, 1);
    mosquitto_destroy(link->client);
    link->client = NULL;
    link->up = false;
}
