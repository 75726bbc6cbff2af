/*
 * battery: how full the cell is, measured over a divider at a pin of the first
 * converter, and whether it is charged, by the charger's open drain. As far as
 * the pins are configured.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_BATTERY_H
#define DEVICES_PORT_ESP32_MAIN_BATTERY_H

#include <stdbool.h>
#include <stdint.h>

bool battery_start(void);

/* Measure once. Not while the motor runs: that pulls the voltage down. */
void battery_measure(void);

/* 0 to 100, or DEVICE_NO_BATTERY. */
uint32_t battery_percent(void);

bool battery_is_charging(void);

#endif
