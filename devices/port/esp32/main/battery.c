#include "devices/port/esp32/main/battery.h"

#include <driver/gpio.h>
#include <sdkconfig.h>

#include "devices/core/platform.h"
#include "devices/port/esp32/logic/charge.h"

static struct charge charge;

#if CONFIG_DW_GPIO_BATTERY >= 0

#include <esp_adc/adc_cali.h>
#include <esp_adc/adc_cali_scheme.h>
#include <esp_adc/adc_oneshot.h>

#define ATTENUATION ADC_ATTEN_DB_12
#define SAMPLES     8

static adc_oneshot_unit_handle_t unit;
static adc_channel_t channel;
static adc_cali_handle_t calibration;

/* What the chip was measured to be when it was made, in its eFuses. */
static bool calibrate(adc_unit_t which)
{
#if ADC_CALI_SCHEME_CURVE_FITTING_SUPPORTED
    const adc_cali_curve_fitting_config_t config = { .unit_id = which,
        .chan = channel,
        .atten = ATTENUATION,
        .bitwidth = ADC_BITWIDTH_DEFAULT };

    return adc_cali_create_scheme_curve_fitting(&config, &calibration) ==
           ESP_OK;
#else
    const adc_cali_line_fitting_config_t config = {
        .unit_id = which, .atten = ATTENUATION, .bitwidth = ADC_BITWIDTH_DEFAULT
    };

    return adc_cali_create_scheme_line_fitting(&config, &calibration) == ESP_OK;
#endif
}

static bool start_converter(void)
{
    const adc_oneshot_chan_cfg_t config = { .atten = ATTENUATION,
        .bitwidth = ADC_BITWIDTH_DEFAULT };
    adc_oneshot_unit_init_cfg_t init = { .ulp_mode = ADC_ULP_MODE_DISABLE };

    return adc_oneshot_io_to_channel(
                   CONFIG_DW_GPIO_BATTERY, &init.unit_id, &channel) == ESP_OK &&
           init.unit_id == ADC_UNIT_1 && /* the second is the radio's */
           adc_oneshot_new_unit(&init, &unit) == ESP_OK &&
           adc_oneshot_config_channel(unit, channel, &config) == ESP_OK &&
           calibrate(init.unit_id);
}

void battery_measure(void)
{
    uint32_t sum = 0;

    for (int i = 0; i < SAMPLES; i++) {
        int mv = 0;

        if (adc_oneshot_get_calibrated_result(
                    unit, calibration, channel, &mv) != ESP_OK)
            return;
        sum += mv > 0 ? (uint32_t)mv : 0;
    }
    charge_measured(
            &charge, sum / SAMPLES * CONFIG_DW_BATTERY_DIVIDER_PERCENT / 100);
}

#else

static bool start_converter(void)
{
    return true;
}

void battery_measure(void)
{
}

#endif

#if CONFIG_DW_GPIO_CHARGING >= 0

static bool start_charging(void)
{
    const gpio_config_t config = { .pin_bit_mask = 1ULL
                                                   << CONFIG_DW_GPIO_CHARGING,
        .mode = GPIO_MODE_INPUT,
        .pull_up_en = GPIO_PULLUP_ENABLE };

    return gpio_config(&config) == ESP_OK;
}

bool battery_is_charging(void)
{
    return gpio_get_level((gpio_num_t)CONFIG_DW_GPIO_CHARGING) == 0;
}

#else

static bool start_charging(void)
{
    return true;
}

bool battery_is_charging(void)
{
    return false;
}

#endif

bool battery_start(void)
{
    if (!start_converter() || !start_charging())
        return false;
    battery_measure();
    return true;
}

uint32_t battery_percent(void)
{
    return charge_percent(&charge);
}
