#include "devices/port/esp32/main/power.h"

#include <esp_log.h>
#include <esp_pm.h>
#include <sdkconfig.h>

#define MOST_MHZ  80 /* enough, also for TLS; Wi-Fi asks for no more */
#define LEAST_MHZ 40 /* the crystal's */

void power_start(void)
{
    const esp_pm_config_t config = { .max_freq_mhz = MOST_MHZ,
        .min_freq_mhz = LEAST_MHZ,
        .light_sleep_enable = true };

    if (esp_pm_configure(&config) != ESP_OK)
        ESP_LOGW("power", "no light sleep");
}
