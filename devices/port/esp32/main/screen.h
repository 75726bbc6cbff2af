/*
 * screen: a display of 128 x 64 dots with the controller SSD1306, on I2C. With
 * CONFIG_DW_DISPLAY off, or where none answers, it does nothing.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_SCREEN_H
#define DEVICES_PORT_ESP32_MAIN_SCREEN_H

#include <stdint.h>

void screen_start(void);

/* As device_platform.display. Nothing to show: it is switched off. */
void screen_show(const char *const *lines, uint32_t count);

#endif
