/*
 * charge: millivolts of a lithium cell -> how full it is.
 *
 * What is measured jumps: a radio that sends and a motor that turns pull the
 * voltage down for a moment. So each measurement counts for a quarter only.
 */
#ifndef DEVICES_PORT_ESP32_LOGIC_CHARGE_H
#define DEVICES_PORT_ESP32_LOGIC_CHARGE_H

#include <stdint.h>

/* Below this there is no cell: an input that hangs in the air. */
#define CHARGE_NONE_MV 2000

struct charge {
    uint32_t mv; /* smoothed; 0: nothing measured yet */
};

/* One measurement, at the cell. */
void charge_measured(struct charge *charge, uint32_t mv);

/* 0 to 100, or DEVICE_NO_BATTERY (platform.h) where there is none or nothing
 * was measured. */
uint32_t charge_percent(const struct charge *charge);

#endif
