#include "devices/port/esp32/main/machine.h"

#include <esp_log.h>
#include <esp_random.h>
#include <esp_system.h>
#include <esp_timer.h>
#include <sdkconfig.h>

#include "devices/kinds/kinds.h"
#include "devices/port/esp32/main/battery.h"
#include "devices/port/esp32/main/link_mqtt.h"
#include "devices/port/esp32/main/network.h"
#include "devices/port/esp32/main/nvs_store.h"
#include "devices/port/esp32/main/outputs.h"
#include "devices/port/esp32/main/screen.h"

static uint64_t rest_ms;

uint64_t machine_now_ms(void)
{
    return (uint64_t)esp_timer_get_time() / 1000;
}

uint64_t machine_rest_ms(void)
{
    return rest_ms;
}

const struct device_kind *machine_kind(void)
{
#if CONFIG_DW_KIND_WAITER
    return &waiter_kind;
#elif CONFIG_DW_KIND_BUZZER
    return &buzzer_kind;
#elif CONFIG_DW_KIND_BUTTON
    return &button_kind;
#else
    return &pager_kind;
#endif
}

static uint64_t wall_ms(void *ctx)
{
    (void)ctx;
    return 0;
}

static uint32_t random_number(void *ctx)
{
    (void)ctx;
    return esp_random();
}

static bool subscribe(void *ctx, const char *topic)
{
    (void)ctx;
    return link_mqtt_subscribe(topic);
}

static int publish(
        void *ctx, const char *topic, const void *data, size_t len, bool retain)
{
    (void)ctx;
    return link_mqtt_publish(topic, data, len, retain);
}

static bool keep(void *ctx, const char *key, const void *data, size_t len)
{
    (void)ctx;
    return nvs_store_keep(key, data, len);
}

static size_t load(void *ctx, const char *key, void *data, size_t cap)
{
    (void)ctx;
    return nvs_store_load(key, data, cap);
}

static void show(void *ctx, const char *line)
{
    (void)ctx;
    ESP_LOGI("device", "%s", line);
}

static void buzz(void *ctx, bool on)
{
    (void)ctx;
    outputs_buzz(on);
}

static void led(void *ctx, bool on)
{
    (void)ctx;
    outputs_light(on);
}

static void display(void *ctx, const char *const *lines, uint32_t count)
{
    (void)ctx;
    screen_show(lines, count);
}

static bool vitals(void *ctx, struct device_vitals *out)
{
    (void)ctx;
    if (!outputs_are_loud())
        battery_measure();
    *out = (struct device_vitals){ .battery_percent = battery_percent(),
        .charging = battery_is_charging(),
        .rssi_dbm = network_rssi(),
        .free_bytes = esp_get_minimum_free_heap_size() };
    return true;
}

static void rest(void *ctx, uint64_t until_ms)
{
    (void)ctx;
    rest_ms = until_ms;
}

const struct device_platform machine_platform = {
    .wall_ms = wall_ms,
    .random = random_number,
    .subscribe = subscribe,
    .publish = publish,
    .keep = keep,
    .load = load,
    .show = show,
    .buzz = buzz,
    .led = led,
    .display = display,
    .vitals = vitals,
    .rest = rest,
};
