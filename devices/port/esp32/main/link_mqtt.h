/*
 * link_mqtt: the way to the broker, over esp-mqtt: MQTT 3.1.1, QoS 1, a last
 * will, a session that the broker keeps unless the device sleeps.
 *
 * A task of its own carries out what is asked for, one after the other; what
 * comes of it is posted (happening.h), with the number of the link. So the task
 * that runs the device never waits for esp-mqtt, whose lock is held while a
 * message is handed over; and that waits until the device has dealt with it:
 * the acknowledgement leaves when the handler returns, and what the device
 * keeps is on flash by then.
 *
 * Each link is a new client of esp-mqtt, so that nothing unsent is kept there:
 * what must not be lost is in the device's outbox. It does not reconnect by
 * itself, nor send twice on one link.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_LINK_MQTT_H
#define DEVICES_PORT_ESP32_MAIN_LINK_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/device.h"

/* Strings are borrowed for ever. */
struct link_mqtt_to {
    const char *host;
    uint32_t port;
    const char *client_id;
    const char *user;
    const char *password;
    bool tls;
    const char *ca; /* who vouches for the broker, PEM; with tls */
};

/* Once. False: no memory. */
bool link_mqtt_start(const struct link_mqtt_to *to);

/* Connect as link number `link`, above all before it; the will is the device's.
 * Ends in LINK_UP or LINK_DOWN. False: too much is under way. */
bool link_mqtt_open(uint32_t link, const struct device *device);

/* End the link with a disconnect, when all that was asked for before is carried
 * out; up or not. Ends in CLOSED. False: as above. */
bool link_mqtt_close(uint32_t link);

/* For struct device_platform. */
bool link_mqtt_subscribe(const char *topic);
int link_mqtt_publish(
        const char *topic, const void *data, size_t len, bool retain);

/* The piece of HAPPENED_MESSAGE was dealt with. If it could not be stored the
 * board starts anew after a pause, without an acknowledgement. */
void link_mqtt_dealt(enum device_take take);

#endif
