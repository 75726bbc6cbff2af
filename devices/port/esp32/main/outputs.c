#include "devices/port/esp32/main/outputs.h"

#include <driver/gpio.h>
#include <driver/ledc.h>
#include <esp_pm.h>

#define MOTOR  CONFIG_DW_GPIO_MOTOR
#define BUZZER CONFIG_DW_GPIO_BUZZER
#define LIGHT  CONFIG_DW_GPIO_LIGHT
#define TONE   CONFIG_DW_BUZZER_HZ /* 0: it has its own */

#define DUTY_BITS LEDC_TIMER_10_BIT
#define DUTY_HALF 512

static esp_pm_lock_handle_t awake; /* NULL: power management is off */
static bool is_loud;

static bool start_pin(int pin)
{
    const gpio_config_t config = { .pin_bit_mask = 1ULL << (pin < 0 ? 0 : pin),
        .mode = GPIO_MODE_OUTPUT };

    if (pin < 0)
        return true;
    return gpio_set_level((gpio_num_t)pin, 0) == ESP_OK &&
           gpio_config(&config) == ESP_OK &&
           gpio_sleep_sel_dis((gpio_num_t)pin) == ESP_OK; /* keeps its level */
}

static void set_pin(int pin, bool on)
{
    if (pin >= 0)
        gpio_set_level((gpio_num_t)pin, on);
}

#if CONFIG_DW_GPIO_BUZZER >= 0 && CONFIG_DW_BUZZER_HZ > 0

static bool start_buzzer(void)
{
    const ledc_timer_config_t timer = { .speed_mode = LEDC_LOW_SPEED_MODE,
        .duty_resolution = DUTY_BITS,
        .timer_num = LEDC_TIMER_0,
        .freq_hz = TONE,
        .clk_cfg = LEDC_AUTO_CLK };
    const ledc_channel_config_t channel = { .gpio_num = BUZZER,
        .speed_mode = LEDC_LOW_SPEED_MODE,
        .channel = LEDC_CHANNEL_0,
        .timer_sel = LEDC_TIMER_0 };

    return ledc_timer_config(&timer) == ESP_OK &&
           ledc_channel_config(&channel) == ESP_OK;
}

static void sound(bool on)
{
    ledc_set_duty(LEDC_LOW_SPEED_MODE, LEDC_CHANNEL_0, on ? DUTY_HALF : 0);
    ledc_update_duty(LEDC_LOW_SPEED_MODE, LEDC_CHANNEL_0);
}

#else

static bool start_buzzer(void)
{
    return start_pin(BUZZER);
}

static void sound(bool on)
{
    set_pin(BUZZER, on);
}

#endif

bool outputs_start(void)
{
    if (esp_pm_lock_create(ESP_PM_NO_LIGHT_SLEEP, 0, "loud", &awake) != ESP_OK)
        awake = NULL;
    return start_pin(MOTOR) && start_pin(LIGHT) && start_buzzer();
}

void outputs_buzz(bool on)
{
    if (on == is_loud)
        return;
    is_loud = on;
    if (awake && on)
        esp_pm_lock_acquire(awake);
    set_pin(MOTOR, on);
    sound(on);
    if (awake && !on)
        esp_pm_lock_release(awake);
}

void outputs_light(bool on)
{
    set_pin(LIGHT, on);
}

bool outputs_are_loud(void)
{
    return is_loud;
}
