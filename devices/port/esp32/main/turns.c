#include "devices/port/esp32/main/turns.h"

#include <esp_log.h>
#include <esp_random.h>
#include <esp_system.h>

#include "devices/core/device.h"
#include "devices/port/esp32/logic/retry.h"
#include "devices/port/esp32/main/happening.h"
#include "devices/port/esp32/main/keys.h"
#include "devices/port/esp32/main/link_mqtt.h"
#include "devices/port/esp32/main/machine.h"
#include "devices/port/esp32/main/network.h"
#include "devices/port/esp32/main/outputs.h"
#include "devices/port/esp32/main/update.h"

#define TURN_HAPPENINGS 32    /* between two ticks */
#define TRY_MS          60000 /* for an address */
#define FAREWELL_MS     15000
#define AGAIN_MS        50 /* there was no room for an order to the link */

enum net_stage {
    NET_OFF,
    NET_TRYING,  /* until net_retry.at_ms */
    NET_WAITING, /* likewise */
    NET_UP,
};

/* A link is the device's until it is closed, as one that closes may still hand
 * over a message. */
enum link_stage {
    LINK_NONE,
    LINK_OPENING,
    LINK_UP,
    LINK_LOST, /* to be closed */
    LINK_CLOSING,
};

static struct device *device;
static const char *server_ca;
static enum net_stage net;
static struct retry net_retry;
static enum link_stage link;
static struct retry link_retry;
static uint32_t links; /* made so far: the number of the newest */
static struct ota_gate gate;
static uint64_t look_ms; /* for new firmware, then */
static bool has_update;

/* --- what happened --- */

static void link_is_down(uint64_t now_ms)
{
    if (link != LINK_OPENING && link != LINK_UP)
        return;
    link = LINK_LOST;
    retry_lost(&link_retry, now_ms, esp_random());
}

static void net_is_down(uint64_t now_ms)
{
    if (net == NET_OFF)
        return;
    net = NET_WAITING;
    retry_lost(&net_retry, now_ms, esp_random());
    link_is_down(now_ms);
}

static void net_is_up(uint64_t now_ms)
{
    if (net == NET_OFF)
        return;
    net = NET_UP;
    retry_linked(&net_retry, now_ms);
}

static void link_is_up(uint64_t now_ms)
{
    if (link != LINK_OPENING)
        return;
    link = LINK_UP;
    retry_linked(&link_retry, now_ms);
    if (!device_on_link(device, now_ms))
        link_is_down(now_ms);
}

static void link_is_closed(uint64_t now_ms)
{
    link = LINK_NONE;
    device_on_link_lost(device, now_ms);
}

static void take_of_link(const struct happening *happening, uint64_t now_ms)
{
    /* Also of a link that is about to be closed: its handler waits. */
    if (happening->kind == HAPPENED_MESSAGE)
        link_mqtt_dealt(device_receive(device, happening->part, now_ms));
    if (happening->link != links)
        return;
    if (happening->kind == HAPPENED_LINK_UP)
        link_is_up(now_ms);
    else if (happening->kind == HAPPENED_LINK_DOWN)
        link_is_down(now_ms);
    else if (happening->kind == HAPPENED_CLOSED)
        link_is_closed(now_ms);
    else if (happening->kind == HAPPENED_SUBSCRIBED && link == LINK_UP)
        device_on_subscribed(device, now_ms);
    else if (happening->kind == HAPPENED_PUBLISHED && link == LINK_UP)
        device_on_published(device, happening->token, now_ms);
}

static void take(const struct happening *happening, uint64_t now_ms)
{
    switch (happening->kind) {
    case HAPPENED_KEY:
        device_input(device, keys_read() ? INPUT_DOWN : INPUT_UP, now_ms);
        break;
    case HAPPENED_NET_UP:
        net_is_up(now_ms);
        break;
    case HAPPENED_NET_DOWN:
        net_is_down(now_ms);
        break;
    case HAPPENED_UPDATE:
        has_update = true;
        break;
    case HAPPENED_LINK_UP:
    case HAPPENED_LINK_DOWN:
    case HAPPENED_SUBSCRIBED:
    case HAPPENED_PUBLISHED:
    case HAPPENED_MESSAGE:
    case HAPPENED_CLOSED:
        take_of_link(happening, now_ms);
        break;
    }
}

/* --- what is wanted --- */

static void try_net(uint64_t now_ms)
{
    net = NET_TRYING;
    net_retry.at_ms = now_ms + TRY_MS;
    if (!network_try())
        net_is_down(now_ms);
}

/* The radio is on while a link is wanted, or one is left to be closed. */
static void follow_net(bool is_wanted, uint64_t now_ms)
{
    bool is_due = now_ms >= net_retry.at_ms;

    if (!is_wanted && link == LINK_NONE && net != NET_OFF) {
        network_off();
        net = NET_OFF;
    } else if (is_wanted && net == NET_OFF) {
        retry_ended(&net_retry, now_ms);
        try_net(now_ms);
    } else if (net == NET_TRYING && is_due) {
        network_give_up();
        net_is_down(now_ms);
    } else if (is_wanted && net == NET_WAITING && is_due) {
        try_net(now_ms);
    }
}

static void follow_link(bool is_wanted, uint64_t now_ms)
{
    if (!is_wanted && (link == LINK_OPENING || link == LINK_UP)) {
        link = LINK_LOST;
        retry_ended(&link_retry, now_ms);
    }
    if (link == LINK_LOST && link_mqtt_close(links))
        link = LINK_CLOSING;
    if (link == LINK_NONE && is_wanted && net == NET_UP &&
            now_ms >= link_retry.at_ms && link_mqtt_open(links + 1, device)) {
        links++;
        link = LINK_OPENING;
    }
}

/* Say goodbye, wait until the link is closed, start the new firmware. */
static void start_anew(uint64_t now_ms)
{
    uint64_t end_ms = now_ms + FAREWELL_MS;
    struct happening happening;

    ESP_LOGI("turns", "starting the new firmware");
    device_leave(device, now_ms);
    link = link_mqtt_close(links) ? LINK_CLOSING : LINK_NONE;
    while (link != LINK_NONE && now_ms < end_ms) {
        if (happening_wait(&happening, TURN_MOST_MS))
            take(&happening, now_ms);
        now_ms = machine_now_ms();
    }
    esp_restart();
}

static void follow_updates(uint64_t now_ms)
{
    bool is_online = device->stage == DEVICE_ONLINE;
    bool is_free = !outputs_are_loud() && device->outbox.count == 0;

    update_follow(
            ota_gate_ask(&gate, is_online && device->server_sure, now_ms));
    if (gate.is_on_trial)
        return; /* the slot of the one before it is not free yet */
    if (has_update && is_free)
        start_anew(now_ms);
    if (is_online && !has_update && now_ms >= look_ms && update_look(server_ca))
        look_ms = update_due_ms(now_ms, true, esp_random());
}

/* --- turns --- */

/* When there is something to do here. */
static uint64_t due_ms(uint64_t now_ms)
{
    bool is_wanted = device_wants_link(device);
    uint64_t due_ms = UINT64_MAX;

    if (link == LINK_LOST)
        return now_ms + AGAIN_MS;
    if (net == NET_TRYING || (is_wanted && net == NET_WAITING))
        due_ms = net_retry.at_ms;
    if (is_wanted && net == NET_UP && link == LINK_NONE)
        due_ms = link_retry.at_ms;
    if (gate.is_on_trial && gate.end_ms < due_ms)
        due_ms = gate.end_ms;
    return due_ms;
}

void turns_start(struct device *started, const char *ca)
{
    uint64_t now_ms = machine_now_ms();

    device = started;
    server_ca = ca;
    update_start(&gate, now_ms);
    look_ms = update_due_ms(now_ms, false, esp_random());
}

void turns_take(void)
{
    struct happening happening;
    uint64_t now_ms = machine_now_ms();
    uint32_t ms = turn_wait_ms(
            now_ms, device->wake_ms, due_ms(now_ms), machine_rest_ms());

    for (int i = 0; i < TURN_HAPPENINGS && happening_wait(&happening, ms);
            i++) {
        take(&happening, machine_now_ms());
        ms = 0;
    }
    now_ms = machine_now_ms();
    device_tick(device, now_ms);
    follow_link(device_wants_link(device), now_ms);
    follow_net(device_wants_link(device), now_ms);
    follow_updates(now_ms);
}
