#include "tests/bench/producer.h"

#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/base.h"

#define ROOT     "dw/1/main/"
#define OPEN_MS  10000
#define REST_MS  1500
#define CLEARING 64 /* completions under way */
#define INFLIGHT 1024
#define TABLES   20

static void on_connect(struct mosquitto *client, void *self, int code)
{
    struct producer *producer = self;
    char topic[128];

    if (code != 0)
        bench_fail("the broker refuses: %s", mosquitto_connack_string(code));
    snprintf(topic, sizeof(topic), ROOT "receipt/%s", producer->user);
    mosquitto_subscribe(client, NULL, topic, 1);
}

static void on_subscribe(struct mosquitto *client, void *self, int mid,
        int count, const int *granted)
{
    (void)client;
    (void)mid;
    if (count != 1 || granted[0] != 1)
        bench_fail("no receipts for this producer");
    ((struct producer *)self)->is_ready = true;
}

static void on_message(struct mosquitto *client, void *self,
        const struct mosquitto_message *message)
{
    struct producer *producer = self;

    (void)client;
    if (memmem(message->payload, (size_t)message->payloadlen, "\"error\"", 7))
        bench_fail("refused: %.*s", message->payloadlen,
                (const char *)message->payload);
    producer->receipts++;
}

static struct pollfd watch(void *self)
{
    struct producer *producer = self;

    return (struct pollfd){ .fd = mosquitto_socket(producer->client),
        .events = (short)(POLLIN |
                          (mosquitto_want_write(producer->client) ? POLLOUT
                                                                  : 0)) };
}

static void serve(void *self)
{
    struct producer *producer = self;
    struct pollfd ready = watch(producer);
    int rc = MOSQ_ERR_SUCCESS;

    while (rc == MOSQ_ERR_SUCCESS && poll(&ready, 1, 0) > 0) {
        if (ready.revents & POLLOUT)
            rc = mosquitto_loop_write(producer->client, 1);
        if (rc == MOSQ_ERR_SUCCESS && (ready.revents & ~POLLOUT))
            rc = mosquitto_loop_read(producer->client, 1);
        ready = watch(producer);
    }
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_loop_misc(producer->client);
    if (rc != MOSQ_ERR_SUCCESS)
        bench_fail("the producer lost the broker: %s", mosquitto_strerror(rc));
}

void producer_open(struct producer *producer, const struct daemon *daemon)
{
    int64_t deadline_us = bench_now_us() + OPEN_MS * 1000ll;
    struct credential credential;

    daemon_enrol(daemon, "bench", &credential);
    *producer = (struct producer){ 0 };
    snprintf(producer->user, sizeof(producer->user), "%s", credential.user);
    mosquitto_lib_init();
    producer->client = mosquitto_new(credential.user, true, producer);
    mosquitto_username_pw_set(
            producer->client, credential.user, credential.password);
    mosquitto_connect_callback_set(producer->client, on_connect);
    mosquitto_subscribe_callback_set(producer->client, on_subscribe);
    mosquitto_message_callback_set(producer->client, on_message);
    mosquitto_max_inflight_messages_set(producer->client, INFLIGHT);
    mosquitto_int_option(producer->client, MOSQ_OPT_TCP_NODELAY, 1);
    if (mosquitto_connect(
                producer->client, "127.0.0.1", daemon->mqtt_port, 60) != 0)
        bench_fail("no broker at port %u", daemon->mqtt_port);
    while (!producer->is_ready) {
        poll(NULL, 0, 10);
        serve(producer);
        if (bench_now_us() > deadline_us)
            bench_fail("the broker does not answer");
    }
}

void producer_close(struct producer *producer)
{
    mosquitto_disconnect(producer->client);
    mosquitto_destroy(producer->client);
    mosquitto_lib_cleanup();
}

static void say(
        struct producer *producer, const char *event, const char *text, int len)
{
    char topic[128];
    int rc;

    snprintf(topic, sizeof(topic), ROOT "in/%s/%s", producer->user, event);
    rc = mosquitto_publish(producer->client, NULL, topic, len, text, 1, false);
    if (rc != MOSQ_ERR_SUCCESS)
        bench_fail("not published: %s", mosquitto_strerror(rc));
    producer->published++;
}

/* Three dishes, as a till would say them. `key` tells repetitions. */
static void say_order(struct producer *producer, const char *event,
        unsigned long long key, unsigned long long number)
{
    unsigned table = (unsigned)(number % TABLES + 1);
    char text[1024];
    int len = snprintf(text, sizeof(text),
            "{\"id\":\"%s-%llu\",\"payload\":{\"order\":{"
            "\"id\":\"o-%llu\",\"number\":\"A-%llu\","
            "\"table\":{\"id\":\"%u\",\"number\":%u},\"items\":["
            "{\"id\":\"1\",\"name\":\"Spaghetti carbonara\",\"quantity\":2,"
            "\"unitPriceCents\":1250,\"notes\":\"no pepper\"},"
            "{\"id\":\"2\",\"name\":\"Insalata mista\",\"quantity\":1,"
            "\"unitPriceCents\":650},"
            "{\"id\":\"3\",\"name\":\"Cr\xc3\xa8me br\xc3\xbbl\xc3\xa9"
            "e\",\"quantity\":1,"
            "\"unitPriceCents\":700}],\"priority\":\"normal\"}}}",
            event, key, number, number, table, table);

    say(producer, event, text, len);
}

static void publish_order(void *self)
{
    struct producer *producer = self;

    producer->orders++;
    say_order(producer, "order.created", producer->orders, producer->orders);
}

static void publish_update(void *self)
{
    struct producer *producer = self;

    producer->updates++;
    say_order(producer, "order.updated", producer->updates,
            producer->updates % producer->orders + 1);
}

static void publish_completed(struct producer *producer)
{
    unsigned long long number = ++producer->closed;
    char text[128];
    int len = snprintf(text, sizeof(text),
            "{\"id\":\"bench-%llu-end\",\"payload\":{\"orderId\":\"o-%llu\"}}",
            number, number);

    say(producer, "order.completed", text, len);
}

static uint64_t unsettled(void *self)
{
    struct producer *producer = self;

    return producer->published - producer->receipts;
}

struct source producer_orders(struct producer *producer, pid_t pid)
{
    return (struct source){ producer, pid, publish_order, unsettled, watch,
        serve };
}

struct source producer_updates(struct producer *producer, pid_t pid)
{
    return (struct source){ producer, pid, publish_update, unsettled, watch,
        serve };
}

void producer_clear(struct producer *producer, struct crowd *crowd)
{
    struct source source = producer_orders(producer, 0);
    int64_t deadline_us = bench_now_us() + 60 * 1000000ll;

    while (producer->closed < producer->orders || unsettled(producer) > 0) {
        while (producer->closed < producer->orders &&
                unsettled(producer) < CLEARING)
            publish_completed(producer);
        load_rest(&source, crowd, 5);
        if (bench_now_us() > deadline_us)
            bench_fail("orders cannot be completed");
    }
    load_rest(&source, crowd, REST_MS);
}
