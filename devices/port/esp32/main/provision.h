/*
 * provision: being set up by a person with a telephone or a computer: an access
 * point of its own, over which it is told the Wi-Fi of the house and who it is.
 *
 * The access point is open, but what goes over it is sealed with a number (SRP
 * 6a: security version 2), new each time, which the display shows and the log
 * says. After a quarter of an hour the device gives up and sleeps until it is
 * reset: an open access point is not to stand there for ever.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_PROVISION_H
#define DEVICES_PORT_ESP32_MAIN_PROVISION_H

#include <stdbool.h>

/* Is there a Wi-Fi that it was told? */
bool provision_is_done(void);

/* Be set up. Forgets the Wi-Fi that it was told before. False: it could not
 * begin, or what it was told does not work. */
bool provision_run(void);

#endif
