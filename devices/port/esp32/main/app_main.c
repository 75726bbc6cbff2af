/*
 * app_main: sets the board up: who it is, where its broker is; then runs the
 * device. This task, and no other, calls the core; see happening.h.
 */
#include <esp_log.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <sdkconfig.h>
#include <stdlib.h>

#include "devices/core/device.h"
#include "devices/port/esp32/logic/retry.h"
#include "devices/port/esp32/main/battery.h"
#include "devices/port/esp32/main/happening.h"
#include "devices/port/esp32/main/identity.h"
#include "devices/port/esp32/main/keys.h"
#include "devices/port/esp32/main/link_mqtt.h"
#include "devices/port/esp32/main/machine.h"
#include "devices/port/esp32/main/network.h"
#include "devices/port/esp32/main/nvs_store.h"
#include "devices/port/esp32/main/outputs.h"
#include "devices/port/esp32/main/power.h"
#include "devices/port/esp32/main/provision.h"
#include "devices/port/esp32/main/screen.h"
#include "devices/port/esp32/main/turns.h"
#include "devices/port/esp32/main/update.h"

#define TAG "dumbwaiter"

#define FAILED_MS  60000 /* between two starts that lead nowhere */
#define ADDRESS_MS 60000 /* for the network, when a code is claimed */
#define FORGET_MS  3000  /* the key is held so long at the start */
#define LOOK_MS    50    /* at it, meanwhile */

/* Too large for the stack. */
static struct identity identity;
static struct device device;
static uint8_t message[DEVICE_MESSAGE_BYTES];
static uint8_t arena[DEVICE_ARENA_BYTES];

static void fail(const char *what)
{
    ESP_LOGE(TAG, "%s; starting anew in a minute", what);
    vTaskDelay(pdMS_TO_TICKS(FAILED_MS));
    esp_restart();
}

static void start_board(void)
{
    if (!happening_start() || !nvs_store_start())
        fail("flash: the partition nvs cannot be used");
    screen_start();
    if (!outputs_start() || !keys_start() || !battery_start())
        fail("pins: one of them cannot be used so");
    if (!network_start())
        fail("Wi-Fi: the driver does not start");
}

/* Is the key held from the start on? Then it is set up anew. */
static bool is_to_forget(void)
{
    for (uint32_t ms = 0; ms < FORGET_MS; ms += LOOK_MS) {
        if (!keys_read())
            return false;
        vTaskDelay(pdMS_TO_TICKS(LOOK_MS));
    }
    return true;
}

/* Try until there is an address. */
static bool wait_for_address(void)
{
    uint64_t end_ms = machine_now_ms() + ADDRESS_MS;
    struct happening happening;

    network_try();
    while (machine_now_ms() < end_ms) {
        if (!happening_wait(&happening, TURN_MOST_MS))
            continue;
        if (happening.kind == HAPPENED_NET_UP)
            return true;
        if (happening.kind == HAPPENED_NET_DOWN)
            network_try();
        if (happening.kind == HAPPENED_KEY)
            keys_read(); /* or it stays deaf */
    }
    return false;
}

static void claim(void)
{
    if (!wait_for_address() || !identity_claim(&identity))
        fail("the hub gives no credential");
    esp_restart(); /* with it */
}

static void find_identity(void)
{
    enum identity_state state = identity_load(&identity);

    if (is_to_forget() || state == IDENTITY_NONE || !provision_is_done()) {
        if (!provision_run())
            fail("it was not set up");
        esp_restart(); /* with what it was told */
    }
    if (state == IDENTITY_CLAIMED)
        claim();
}

static bool start_link(void)
{
    const struct credential *credential = &identity.credential;
    const struct link_mqtt_to to = { .host = credential->host,
        .port = identity.port,
        .client_id = credential->client_id,
        .user = credential->username,
        .password = credential->password,
        .tls = identity.tls,
        .ca = identity.ca };

    return link_mqtt_start(&to);
}

static const char *or_none(const char *text)
{
    return text[0] ? text : NULL;
}

static bool start_device(void)
{
    const struct credential *credential = &identity.credential;
    const struct device_kind *kind = machine_kind();
    const struct device_config config = { .id = credential->id,
        .site = credential->site,
        .table = or_none(credential->table),
        .station = or_none(CONFIG_DW_STATION),
        .firmware = update_version(),
        .reason = or_none(CONFIG_DW_REASON),
        .reason_double = or_none(CONFIG_DW_REASON_DOUBLE),
        .reason_long = or_none(CONFIG_DW_REASON_LONG),
        .sleep_s = CONFIG_DW_SLEEP_S };
    const struct device_memory memory = { .message = message,
        .message_bytes = sizeof(message),
        .arena = arena,
        .arena_bytes = sizeof(arena),
        .state = calloc(1, kind->state_bytes) }; /* for ever */

    return memory.state &&
           device_start(&device, kind, &config, &machine_platform, &memory,
                   machine_now_ms());
}

void app_main(void)
{
    start_board();
    find_identity();
    power_start();
    if (!start_link() || !start_device())
        fail("the device does not start");
    turns_start(&device, identity.ca);
    for (;;)
        turns_take();
}
