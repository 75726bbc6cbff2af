/*
 * canvas: what a display of 128 x 64 dots shows, as the controller SSD1306
 * wants it: pages of eight rows, a byte a column, the lowest bit on top.
 *
 * Letters are five dots wide and seven high, in cells of six by eight. Of what
 * is not ASCII a Latin letter with an accent is drawn without it, anything
 * else as '?'.
 */
#ifndef DEVICES_PORT_ESP32_LOGIC_CANVAS_H
#define DEVICES_PORT_ESP32_LOGIC_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#define CANVAS_WIDTH  128
#define CANVAS_HEIGHT 64
#define CANVAS_PAGES  (CANVAS_HEIGHT / 8)

struct canvas {
    uint8_t pages[CANVAS_PAGES][CANVAS_WIDTH];
};

/*
 * Draw lines[0..count) in place of what was there, as
 * device_platform.display has it: the first as large as it fits, up to three
 * times, the others below it in letters of one cell. What does not fit is cut.
 */
void canvas_lines(
        struct canvas *canvas, const char *const *lines, uint32_t count);

/* Is the dot lit? False outside. */
bool canvas_dot(const struct canvas *canvas, uint32_t x, uint32_t y);

#endif
