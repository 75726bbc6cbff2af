/*
 * power: light sleep by itself, whenever all tasks wait: the processor stops,
 * memory stays, Wi-Fi wakes for beacons, the key wakes at once.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_POWER_H
#define DEVICES_PORT_ESP32_MAIN_POWER_H

/* Without CONFIG_PM_ENABLE, or where the chip cannot, it stays awake. */
void power_start(void);

#endif
