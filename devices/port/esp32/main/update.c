#include "devices/port/esp32/main/update.h"

#include <esp_app_desc.h>
#include <esp_http_client.h>
#include <esp_https_ota.h>
#include <esp_log.h>
#include <esp_ota_ops.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <sdkconfig.h>

#include "devices/port/esp32/main/happening.h"

#define TAG "update"

#define TIMEOUT_MS 10000
#define TASK_STACK 8192
#define TASK_LEVEL 2 /* below all else */

#define HOUR_MS  (60 * 60 * 1000ULL)
#define FIRST_MS (10 * 60 * 1000ULL) /* after the start */

/* Longest fetch, in pieces that are read; a server that drips has an end. */
#define MOST_MS (30 * 60 * 1000)

static volatile bool is_looking;
static const char *server_ca;

const char *update_version(void)
{
    return esp_app_get_description()->version;
}

void update_start(struct ota_gate *gate, uint64_t now_ms)
{
    esp_ota_img_states_t state = ESP_OTA_IMG_UNDEFINED;
    const esp_partition_t *running = esp_ota_get_running_partition();
    bool is_new = esp_ota_get_state_partition(running, &state) == ESP_OK &&
                  state == ESP_OTA_IMG_PENDING_VERIFY;

    if (is_new)
        ESP_LOGW(TAG, "%s is on trial", update_version());
    ota_gate_start(gate, is_new, now_ms);
}

void update_follow(enum ota_verdict verdict)
{
    if (verdict == OTA_KEEP) {
        ESP_LOGI(TAG, "%s stays", update_version());
        esp_ota_mark_app_valid_cancel_rollback();
    } else if (verdict == OTA_BACK) {
        ESP_LOGE(TAG, "%s has not reached the hub", update_version());
        esp_ota_mark_app_invalid_rollback_and_reboot();
    }
}

/* --- in a task of its own --- */

static bool is_wanted(esp_https_ota_handle_t ota)
{
    const esp_partition_t *slot = esp_ota_get_last_invalid_partition();
    esp_app_desc_t offered;
    esp_app_desc_t refused;
    const char *no = NULL;

    if (esp_https_ota_get_img_desc(ota, &offered) != ESP_OK)
        return false;
    if (slot && esp_ota_get_partition_description(slot, &refused) == ESP_OK)
        no = refused.version;
    return ota_is_wanted(update_version(), offered.version, no);
}

static bool fetch(esp_https_ota_handle_t ota)
{
    TickType_t begun = xTaskGetTickCount();
    esp_err_t err = ESP_ERR_HTTPS_OTA_IN_PROGRESS;

    while (err == ESP_ERR_HTTPS_OTA_IN_PROGRESS &&
            xTaskGetTickCount() - begun < pdMS_TO_TICKS(MOST_MS))
        err = esp_https_ota_perform(ota);
    return err == ESP_OK && esp_https_ota_is_complete_data_received(ota);
}

static bool look(void)
{
    const esp_http_client_config_t http = { .url = CONFIG_DW_OTA_URL,
        .cert_pem = server_ca,
        .timeout_ms = TIMEOUT_MS,
        .keep_alive_enable = true };
    const esp_https_ota_config_t config = { .http_config = &http };
    esp_https_ota_handle_t ota = NULL;

    if (esp_https_ota_begin(&config, &ota) != ESP_OK)
        return false;
    if (is_wanted(ota) && fetch(ota))
        return esp_https_ota_finish(ota) == ESP_OK;
    esp_https_ota_abort(ota);
    return false;
}

static void run(void *ctx)
{
    const struct happening stored = { .kind = HAPPENED_UPDATE };

    (void)ctx;
    if (look())
        happening_post(&stored);
    is_looking = false;
    vTaskDelete(NULL);
}

bool update_look(const char *ca)
{
    if (is_looking || !ca[0])
        return false;
    is_looking = true;
    server_ca = ca;
    if (xTaskCreate(run, "update", TASK_STACK, NULL, TASK_LEVEL, NULL) ==
            pdPASS)
        return true;
    is_looking = false;
    return false;
}

uint64_t update_due_ms(uint64_t now_ms, bool has_looked, uint32_t random)
{
    uint64_t pause_ms = has_looked ? CONFIG_DW_OTA_HOURS * HOUR_MS : FIRST_MS;

    if (sizeof(CONFIG_DW_OTA_URL) == 1) /* "" */
        return UINT64_MAX;
    return now_ms + pause_ms + random % HOUR_MS; /* not all at once */
}
