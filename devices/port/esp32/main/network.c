#include "devices/port/esp32/main/network.h"

#include <esp_event.h>
#include <esp_netif.h>
#include <esp_wifi.h>

#include "devices/port/esp32/main/happening.h"

static volatile bool is_on; /* read by the task of the events */
static bool is_watched;

static void post(enum happening_kind kind)
{
    const struct happening happening = { .kind = kind };

    if (is_on)
        happening_post(&happening);
}

static void on_wifi(void *ctx, esp_event_base_t base, int32_t id, void *data)
{
    (void)ctx;
    (void)base;
    (void)data;
    if (id == WIFI_EVENT_STA_DISCONNECTED ||
            (id == WIFI_EVENT_STA_START && is_on &&
                    esp_wifi_connect() != ESP_OK))
        post(HAPPENED_NET_DOWN);
}

static void on_address(void *ctx, esp_event_base_t base, int32_t id, void *data)
{
    (void)ctx;
    (void)base;
    (void)data;
    if (id == IP_EVENT_STA_GOT_IP)
        post(HAPPENED_NET_UP);
    if (id == IP_EVENT_STA_LOST_IP)
        post(HAPPENED_NET_DOWN);
}

bool network_start(void)
{
    const wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();

    return esp_netif_init() == ESP_OK &&
           esp_event_loop_create_default() == ESP_OK &&
           esp_netif_create_default_wifi_sta() != NULL &&
           esp_netif_create_default_wifi_ap() != NULL &&
           esp_wifi_init(&config) == ESP_OK;
}

/* Only now, as until then the provisioning connects. */
static bool watch(void)
{
    if (is_watched)
        return true;
    is_watched = esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID,
                         on_wifi, NULL) == ESP_OK &&
                 esp_event_handler_register(IP_EVENT, ESP_EVENT_ANY_ID,
                         on_address, NULL) == ESP_OK;
    return is_watched;
}

static bool turn_on(void)
{
    wifi_config_t config;

    if (!watch() || esp_wifi_set_mode(WIFI_MODE_STA) != ESP_OK ||
            esp_wifi_get_config(WIFI_IF_STA, &config) != ESP_OK)
        return false;
    config.sta.listen_interval = CONFIG_DW_LISTEN_INTERVAL;
    return esp_wifi_set_config(WIFI_IF_STA, &config) == ESP_OK &&
           esp_wifi_set_ps(WIFI_PS_MAX_MODEM) == ESP_OK &&
           esp_wifi_start() == ESP_OK;
}

bool network_try(void)
{
    if (is_on)
        return esp_wifi_connect() == ESP_OK;
    is_on = true; /* what it posts counts from now on */
    is_on = turn_on();
    return is_on;
}

void network_give_up(void)
{
    esp_wifi_disconnect();
}

void network_off(void)
{
    is_on = false;
    esp_wifi_stop();
}

int32_t network_rssi(void)
{
    wifi_ap_record_t point;

    return esp_wifi_sta_get_ap_info(&point) == ESP_OK ? point.rssi : 0;
}
