/*
 * place: what must be there before the embedded broker can start: the program
 * itself, and ports that nobody has.
 */
#ifndef BRIDGE_MQTT_PLACE_H
#define BRIDGE_MQTT_PLACE_H

#include "bridge/mqtt/broker_conf.h"
#include "bridge/mqtt/files.h"
#include "hub/base/err.h"

/*
 * The first `mosquitto` of PATH and of where packages put daemons, or exactly
 * `wanted` if that is not NULL. ERR_UNAVAILABLE: none; the log says so.
 */
enum err place_find_program(
        const char *wanted, char program[BROKER_PATH_BYTES]);

/* Could its listeners be opened now? ERR_UNAVAILABLE: the log says which. */
enum err place_check_ports(const struct broker_conf *conf);

#endif
