/*
 * network: Wi-Fi as a station. Who it is told to be stands in flash, where the
 * provisioning has put it (provision.h).
 *
 * It posts NET_UP with each address and NET_DOWN with each loss, also of an
 * attempt, and tries nothing by itself: when to is the caller's business.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_NETWORK_H
#define DEVICES_PORT_ESP32_MAIN_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* Once, before provisioning: the driver and the interfaces. */
bool network_start(void);

/* The radio on, if it is off, and one attempt to connect; the access point
 * keeps what comes until each CONFIG_DW_LISTEN_INTERVAL-th beacon. False: it
 * could not even begin. */
bool network_try(void);

/* End an attempt that leads nowhere. */
void network_give_up(void);

/* The radio off. Posts nothing. */
void network_off(void);

/* dBm, or 0: not connected. */
int32_t network_rssi(void);

#endif
