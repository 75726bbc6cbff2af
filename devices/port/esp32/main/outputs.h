/*
 * outputs: what a device makes itself noticed with: a motor, a buzzer, a light,
 * as far as its pins are configured. A buzzer with a tone gets it from the PWM;
 * one without is switched.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_OUTPUTS_H
#define DEVICES_PORT_ESP32_MAIN_OUTPUTS_H

#include <stdbool.h>

bool outputs_start(void);

/* Motor and buzzer. While they are on the board does not sleep, as the PWM
 * stands still then. */
void outputs_buzz(bool on);

void outputs_light(bool on);

/* Is the motor or the buzzer on? */
bool outputs_are_loud(void);

#endif
