#include "devices/port/esp32/main/screen.h"

#include <sdkconfig.h>

#if CONFIG_DW_DISPLAY

#include <driver/i2c_master.h>
#include <esp_log.h>
#include <stdbool.h>
#include <string.h>

#include "devices/port/esp32/logic/canvas.h"

#define ADDRESS    0x3C
#define SPEED_HZ   400000
#define TIMEOUT_MS 100

/* The first byte of each transfer: what follows. */
#define COMMANDS 0x00
#define DOTS     0x40

/* Of the controller's data sheet. */
#define SWITCH_OFF 0xAE
#define SWITCH_ON  0xAF

static const uint8_t set_up[] = {
    COMMANDS, SWITCH_OFF,               /* while it is set up */
    0xD5, 0x80,                         /* its clock */
    0xA8, 0x3F,                         /* 64 rows, */
    0xD3, 0x00, 0x40,                   /* from the first on */
    0x8D, 0x14,                         /* it makes its voltage itself */
    0x20, 0x00,                         /* columns first, then pages */
    0xA1, 0xC8,                         /* pins are below */
    0xDA, 0x12,                         /* how rows are wired */
    0x81, 0x7F,                         /* half as bright as it can */
    0xD9, 0xF1, 0xDB, 0x40, 0xA4, 0xA6, /* not inverted */
};

static const uint8_t from_the_first_dot[] = { COMMANDS, 0x21, 0,
    CANVAS_WIDTH - 1, 0x22, 0, CANVAS_PAGES - 1 };

static i2c_master_dev_handle_t display; /* NULL: none */
static struct canvas canvas;

static bool send(const uint8_t *bytes, size_t len)
{
    return i2c_master_transmit(display, bytes, len, TIMEOUT_MS) == ESP_OK;
}

static bool open_display(void)
{
    const i2c_master_bus_config_t bus = { .i2c_port = -1,
        .sda_io_num = (gpio_num_t)CONFIG_DW_GPIO_SDA,
        .scl_io_num = (gpio_num_t)CONFIG_DW_GPIO_SCL,
        .clk_source = I2C_CLK_SRC_DEFAULT,
        .glitch_ignore_cnt = 7,
        .flags.enable_internal_pullup = true };
    const i2c_device_config_t device = { .dev_addr_length = I2C_ADDR_BIT_LEN_7,
        .device_address = ADDRESS,
        .scl_speed_hz = SPEED_HZ };
    i2c_master_bus_handle_t lines;

    return i2c_new_master_bus(&bus, &lines) == ESP_OK &&
           i2c_master_probe(lines, ADDRESS, TIMEOUT_MS) == ESP_OK &&
           i2c_master_bus_add_device(lines, &device, &display) == ESP_OK;
}

void screen_start(void)
{
    if (open_display() && send(set_up, sizeof(set_up)))
        return;
    ESP_LOGW("screen", "no display answers");
    display = NULL;
}

static bool send_canvas(void)
{
    uint8_t page[1 + CANVAS_WIDTH] = { DOTS };

    if (!send(from_the_first_dot, sizeof(from_the_first_dot)))
        return false;
    for (int i = 0; i < CANVAS_PAGES; i++) {
        memcpy(page + 1, canvas.pages[i], CANVAS_WIDTH);
        if (!send(page, sizeof(page)))
            return false;
    }
    return true;
}

void screen_show(const char *const *lines, uint32_t count)
{
    const uint8_t on_or_off[] = { COMMANDS, count ? SWITCH_ON : SWITCH_OFF };

    if (!display)
        return;
    canvas_lines(&canvas, lines, count);
    if (!send_canvas() || !send(on_or_off, sizeof(on_or_off)))
        ESP_LOGW("screen", "the display does not answer");
}

#else

void screen_start(void)
{
}

void screen_show(const char *const *lines, uint32_t count)
{
    (void)lines;
    (void)count;
}

#endif
