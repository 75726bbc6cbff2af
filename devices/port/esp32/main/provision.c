#include "devices/port/esp32/main/provision.h"

#include <esp_log.h>
#include <esp_mac.h>
#include <esp_random.h>
#include <esp_sleep.h>
#include <esp_srp.h>
#include <esp_timer.h>
#include <esp_wifi.h>
#include <inttypes.h>
#include <network_provisioning/manager.h>
#include <network_provisioning/scheme_softap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/port/esp32/main/identity.h"
#include "devices/port/esp32/main/screen.h"

#define TAG "provision"

#define USER       "dumbwaiter"
#define ENDPOINT   "custom-data" /* as the provisioning tools call it */
#define SALT_BYTES 16
#define PIN_BYTES  9
#define NAME_BYTES 16
#define GIVE_UP_US (15 * 60 * 1000000ULL)

/* They are used until the manager has ended. */
struct secret {
    char *salt;
    char *verifier;
    network_prov_security2_params_t params;
};

static bool init_manager(void)
{
    const network_prov_mgr_config_t config = {
        .scheme = network_prov_scheme_softap,
        .scheme_event_handler = NETWORK_PROV_EVENT_HANDLER_NONE,
        .network_prov_wifi_conn_cfg.wifi_conn_attempts = 5,
    };

    return network_prov_mgr_init(config) == ESP_OK;
}

bool provision_is_done(void)
{
    bool is_done = false;

    if (!init_manager())
        return false;
    if (network_prov_mgr_is_wifi_provisioned(&is_done) != ESP_OK)
        is_done = false;
    network_prov_mgr_deinit();
    return is_done;
}

/* --- what is said to it besides the Wi-Fi --- */

static esp_err_t on_said(uint32_t session, const uint8_t *in, ssize_t in_len,
        uint8_t **out, ssize_t *out_len, void *ctx)
{
    bool is_taken = in && in_len > 0 &&
                    identity_set_up((const char *)in, (size_t)in_len);
    const char *word = is_taken ? "OK" : "REFUSED";

    (void)session;
    (void)ctx;
    *out_len = (ssize_t)strlen(word) + 1;
    *out = malloc((size_t)*out_len); /* whoever calls frees it */
    if (!*out)
        return ESP_ERR_NO_MEM;
    memcpy(*out, word, (size_t)*out_len);
    return ESP_OK;
}

/* --- the number --- */

static bool make_secret(struct secret *secret, const char *pin)
{
    int len = 0;

    if (esp_srp_gen_salt_verifier(USER, (int)strlen(USER), pin,
                (int)strlen(pin), &secret->salt, SALT_BYTES, &secret->verifier,
                &len) != ESP_OK)
        return false;
    secret->params = (network_prov_security2_params_t){ .salt = secret->salt,
        .salt_len = SALT_BYTES,
        .verifier = secret->verifier,
        .verifier_len = (uint16_t)len };
    return true;
}

/* Numbers of chance are its noise: without it they could be told before. */
static bool start_radio(void)
{
    return esp_wifi_set_mode(WIFI_MODE_STA) == ESP_OK &&
           esp_wifi_start() == ESP_OK;
}

static void make_names(char name[NAME_BYTES], char pin[PIN_BYTES])
{
    uint8_t mac[6] = { 0 };

    esp_read_mac(mac, ESP_MAC_WIFI_STA);
    snprintf(name, NAME_BYTES, "DW-%02x%02x%02x", mac[3], mac[4], mac[5]);
    snprintf(pin, PIN_BYTES, "%08" PRIu32, esp_random() % 100000000);
}

static void tell(const char *name, const char *pin)
{
    const char *const lines[] = { "set up", name, "user " USER, pin };

    screen_show(lines, 4);
    ESP_LOGI(TAG, "access point %s, user " USER ", password %s", name, pin);
}

/* --- from beginning to end --- */

static void on_too_long(void *ctx)
{
    (void)ctx;
    ESP_LOGW(TAG, "nobody has come; asleep until reset");
    screen_show(NULL, 0);
    esp_deep_sleep_start();
}

static esp_timer_handle_t start_clock(void)
{
    const esp_timer_create_args_t args = { .callback = on_too_long,
        .name = "set up" };
    esp_timer_handle_t clock = NULL;

    if (esp_timer_create(&args, &clock) == ESP_OK)
        esp_timer_start_once(clock, GIVE_UP_US);
    return clock;
}

static void stop_clock(esp_timer_handle_t clock)
{
    if (!clock)
        return;
    esp_timer_stop(clock);
    esp_timer_delete(clock);
}

static bool serve(struct secret *secret)
{
    char name[NAME_BYTES];
    char pin[PIN_BYTES];

    make_names(name, pin);
    if (!make_secret(secret, pin) ||
            network_prov_mgr_endpoint_create(ENDPOINT) != ESP_OK ||
            network_prov_mgr_start_provisioning(NETWORK_PROV_SECURITY_2,
                    &secret->params, name, NULL) != ESP_OK ||
            network_prov_mgr_endpoint_register(ENDPOINT, on_said, NULL) !=
                    ESP_OK)
        return false;
    tell(name, pin);
    network_prov_mgr_wait(); /* ends, or the clock does */
    return true;
}

bool provision_run(void)
{
    esp_timer_handle_t clock = start_clock();
    struct secret secret = { 0 };
    bool is_done = false;

    if (clock && init_manager()) {
        network_prov_mgr_reset_wifi_provisioning();
        is_done = start_radio() && serve(&secret);
        network_prov_mgr_deinit();
    }
    stop_clock(clock);
    free(secret.salt);
    free(secret.verifier);
    return is_done;
}
