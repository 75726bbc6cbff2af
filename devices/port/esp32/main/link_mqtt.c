#include "devices/port/esp32/main/link_mqtt.h"

#include <esp_log.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <mqtt_client.h>
#include <string.h>

#include "devices/port/esp32/main/happening.h"

#define TAG "link"

#define KEEPALIVE_S  60
#define TIMEOUT_MS   10000 /* of the network, and of the broker's answers */
#define BUFFER_BYTES 1024  /* a longer message comes in pieces */
#define CLIENT_STACK 6144
#define TASK_STACK   4096
#define TASK_LEVEL   5

/* The device deals with a message in less; NVS may have to tidy up. */
#define DEAL_MS 60000

/* Between starts, when messages cannot be stored. */
#define AGAIN_MS 10000

#define DATA_BYTES (DEVICE_FACT_BYTES + 64)

/* The topics of a device, its facts, an end. */
#define ORDERS 8

enum order_kind { ORDER_OPEN, ORDER_CLOSE, ORDER_SUBSCRIBE, ORDER_PUBLISH };

/* Something to carry out; of ORDER_OPEN topic and data are the will. */
struct order {
    enum order_kind kind;
    uint32_t link;
    int token;
    bool retain;
    bool keep_session;
    size_t len;
    char topic[DEVICE_TOPIC_BYTES];
    char data[DATA_BYTES];
};

enum answer { ANSWER_GIVEN = 1, ANSWER_REFUSED, ANSWER_LOST };

static struct link_mqtt_to broker;
static QueueHandle_t orders;
static SemaphoreHandle_t dealt;
static TaskHandle_t task;
static int tokens;

/* The task's own. */
static esp_mqtt_client_handle_t client; /* NULL: no link */

/* Written by one task, read by another; a word each. */
static volatile uint32_t current;
static volatile bool is_up;
static volatile enum device_take taken;

static void post(enum happening_kind kind, int token, const struct part *part)
{
    const struct happening happening = {
        .kind = kind, .link = current, .token = token, .part = part
    };

    happening_post(&happening);
}

/* --- in the task of esp-mqtt, which holds its lock --- */

/* Returning acknowledges the message. */
static void hand_over(const esp_mqtt_event_t *event)
{
    const struct part part = { .topic = event->topic,
        .topic_len = (size_t)event->topic_len,
        .data = (const uint8_t *)event->data,
        .len = (size_t)event->data_len,
        .offset = (size_t)event->current_data_offset,
        .total = (size_t)event->total_data_len,
        .retained = event->retain };

    xSemaphoreTake(dealt, 0);
    post(HAPPENED_MESSAGE, 0, &part);
    if (xSemaphoreTake(dealt, pdMS_TO_TICKS(DEAL_MS)) == pdTRUE &&
            taken == DEVICE_TAKEN)
        return;
    ESP_LOGE(TAG, "a message could not be stored; starting anew");
    vTaskDelay(pdMS_TO_TICKS(AGAIN_MS));
    esp_restart();
}

static void answer(enum answer answer)
{
    xTaskNotify(task, (uint32_t)answer, eSetValueWithOverwrite);
}

static void on_event(void *ctx, esp_event_base_t base, int32_t id, void *data)
{
    const esp_mqtt_event_t *event = data;

    (void)ctx;
    (void)base;
    switch ((esp_mqtt_event_id_t)id) {
    case MQTT_EVENT_CONNECTED:
        is_up = true;
        post(HAPPENED_LINK_UP, 0, NULL);
        break;
    case MQTT_EVENT_DISCONNECTED: /* also when it never was connected */
        is_up = false;
        answer(ANSWER_LOST);
        post(HAPPENED_LINK_DOWN, 0, NULL);
        break;
    case MQTT_EVENT_SUBSCRIBED:
        answer(event->error_handle->error_type ==
                                MQTT_ERROR_TYPE_SUBSCRIBE_FAILED
                        ? ANSWER_REFUSED
                        : ANSWER_GIVEN);
        break;
    case MQTT_EVENT_PUBLISHED:
        answer(ANSWER_GIVEN);
        break;
    case MQTT_EVENT_DATA:
        hand_over(event);
        break;
    default:
        break;
    }
}

/* --- in the task of the link --- */

static esp_mqtt_client_handle_t make_client(const struct order *order)
{
    const esp_mqtt_client_config_t config = {
        .broker.address = { .hostname = broker.host,
                .transport = broker.tls ? MQTT_TRANSPORT_OVER_SSL
                                        : MQTT_TRANSPORT_OVER_TCP,
                .port = broker.port },
        .broker.verification.certificate = broker.tls ? broker.ca : NULL,
        .credentials = { .username = broker.user,
                .client_id = broker.client_id,
                .authentication.password = broker.password },
        .session = { .last_will = { .topic = order->topic,
                             .msg = order->data,
                             .msg_len = (int)order->len,
                             .qos = 1,
                             .retain = 1 },
                .disable_clean_session = order->keep_session,
                .keepalive = KEEPALIVE_S,
                .protocol_ver = MQTT_PROTOCOL_V_3_1_1,
                .message_retransmit_timeout = 2 * TIMEOUT_MS },
        .network = { .reconnect_timeout_ms = TIMEOUT_MS,
                .timeout_ms = TIMEOUT_MS,
                .disable_auto_reconnect = true },
        .task.stack_size = CLIENT_STACK,
        .buffer = { .size = BUFFER_BYTES, .out_size = BUFFER_BYTES },
    };

    return esp_mqtt_client_init(&config);
}

static void end_client(void)
{
    if (client)
        esp_mqtt_client_destroy(client); /* disconnects first, if it is up */
    client = NULL;
    is_up = false;
}

static void open_link(const struct order *order)
{
    end_client();
    current = order->link;
    client = make_client(order);
    if (client &&
            esp_mqtt_client_register_event(
                    client, MQTT_EVENT_ANY, on_event, NULL) == ESP_OK &&
            esp_mqtt_client_start(client) == ESP_OK)
        return;
    ESP_LOGE(TAG, "no memory for a link");
    end_client();
    post(HAPPENED_LINK_DOWN, 0, NULL);
}

/* One question is under way at a time, so it is the answer to that. */
static enum answer wait_for_answer(void)
{
    uint32_t value = 0;

    if (xTaskNotifyWait(0, UINT32_MAX, &value, pdMS_TO_TICKS(TIMEOUT_MS)) !=
            pdTRUE)
        return ANSWER_LOST;
    return (enum answer)value;
}

static enum answer ask(const struct order *order)
{
    int mid;

    xTaskNotifyStateClear(NULL);
    if (!client || !is_up || order->link != current)
        return ANSWER_LOST;
    if (order->kind == ORDER_SUBSCRIBE)
        mid = esp_mqtt_client_subscribe_single(client, order->topic, 1);
    else
        mid = esp_mqtt_client_publish(client, order->topic, order->data,
                (int)order->len, 1, order->retain);
    return mid > 0 ? wait_for_answer() : ANSWER_LOST;
}

static void subscribe(const struct order *order)
{
    enum answer answer = ask(order);

    if (answer == ANSWER_REFUSED)
        ESP_LOGE(TAG, "the broker does not let us hear %s", order->topic);
    post(answer == ANSWER_GIVEN ? HAPPENED_SUBSCRIBED : HAPPENED_LINK_DOWN, 0,
            NULL);
}

static void publish(const struct order *order)
{
    if (ask(order) == ANSWER_GIVEN)
        post(HAPPENED_PUBLISHED, order->token, NULL);
    else
        post(HAPPENED_LINK_DOWN, 0, NULL);
}

static void carry_out(const struct order *order)
{
    switch (order->kind) {
    case ORDER_OPEN:
        open_link(order);
        break;
    case ORDER_CLOSE:
        end_client();
        post(HAPPENED_CLOSED, 0, NULL);
        break;
    case ORDER_SUBSCRIBE:
        subscribe(order);
        break;
    case ORDER_PUBLISH:
        publish(order);
        break;
    }
}

static void run(void *ctx)
{
    static struct order order; /* too large for the stack */

    (void)ctx;
    for (;;)
        if (xQueueReceive(orders, &order, portMAX_DELAY) == pdTRUE)
            carry_out(&order);
}

/* --- in the task that runs the device --- */

static struct order next; /* too large for the stack */
static uint32_t wanted;   /* the newest link asked for */

bool link_mqtt_start(const struct link_mqtt_to *to)
{
    broker = *to;
    orders = xQueueCreate(ORDERS, sizeof(struct order));
    dealt = xSemaphoreCreateBinary();
    return orders && dealt &&
           xTaskCreate(run, "link", TASK_STACK, NULL, TASK_LEVEL, &task) ==
                   pdPASS;
}

static bool give(enum order_kind kind)
{
    next.kind = kind;
    next.link = wanted;
    return xQueueSend(orders, &next, 0) == pdTRUE;
}

bool link_mqtt_open(uint32_t link, const struct device *device)
{
    char state[DEVICE_STATE_BYTES];

    next = (struct order){ .keep_session = device_keeps_session(device) };
    device_will(device, next.topic, state);
    next.len = strlen(state);
    memcpy(next.data, state, next.len);
    wanted = link;
    return give(ORDER_OPEN);
}

bool link_mqtt_close(uint32_t link)
{
    next = (struct order){ 0 };
    wanted = link;
    return give(ORDER_CLOSE);
}

static bool address(const char *topic)
{
    size_t len = strlen(topic);

    next = (struct order){ 0 };
    if (len >= sizeof(next.topic))
        return false;
    memcpy(next.topic, topic, len + 1);
    return true;
}

bool link_mqtt_subscribe(const char *topic)
{
    return address(topic) && give(ORDER_SUBSCRIBE);
}

int link_mqtt_publish(
        const char *topic, const void *data, size_t len, bool retain)
{
    if (len > sizeof(next.data) || !address(topic))
        return 0;
    memcpy(next.data, data, len);
    next.len = len;
    next.retain = retain;
    tokens = tokens == INT32_MAX ? 1 : tokens + 1;
    next.token = tokens;
    return give(ORDER_PUBLISH) ? tokens : 0;
}

void link_mqtt_dealt(enum device_take take)
{
    taken = take;
    xSemaphoreGive(dealt);
}
