#include "devices/port/esp32/main/keys.h"

#include <driver/gpio.h>
#include <esp_sleep.h>

#include "devices/port/esp32/main/happening.h"

#define PIN ((gpio_num_t)CONFIG_DW_GPIO_KEY)

#if CONFIG_DW_GPIO_KEY >= 0

static void on_level(void *ctx)
{
    (void)ctx;
    gpio_intr_disable(PIN); /* or it would be called for as long as it lasts */
    happening_post_from_interrupt(HAPPENED_KEY);
}

static bool listen_for(gpio_int_type_t level)
{
    return gpio_wakeup_enable(PIN, level) == ESP_OK &&
           gpio_intr_enable(PIN) == ESP_OK;
}

bool keys_start(void)
{
    const gpio_config_t config = { .pin_bit_mask = 1ULL << PIN,
        .mode = GPIO_MODE_INPUT,
        .pull_up_en = GPIO_PULLUP_ENABLE,
        .intr_type = GPIO_INTR_LOW_LEVEL };

    return gpio_config(&config) == ESP_OK && gpio_intr_disable(PIN) == ESP_OK &&
           gpio_sleep_sel_dis(PIN) == ESP_OK && /* its pull-up stays */
           gpio_install_isr_service(0) == ESP_OK &&
           gpio_isr_handler_add(PIN, on_level, NULL) == ESP_OK &&
           esp_sleep_enable_gpio_wakeup() == ESP_OK &&
           listen_for(GPIO_INTR_LOW_LEVEL);
}

bool keys_read(void)
{
    bool is_down = gpio_get_level(PIN) == 0;

    listen_for(is_down ? GPIO_INTR_HIGH_LEVEL : GPIO_INTR_LOW_LEVEL);
    return is_down;
}

#else

bool keys_start(void)
{
    return true;
}

bool keys_read(void)
{
    return false;
}

#endif
