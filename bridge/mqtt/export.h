/*
 * export: the files with which a Mosquitto of one's own does what the embedded
 * one does: who may log in, and who may do what there.
 */
#ifndef BRIDGE_MQTT_EXPORT_H
#define BRIDGE_MQTT_EXPORT_H

#include "bridge/auth_sites.h"
#include "hub/base/err.h"

/*
 * Write passwd, acl, mosquitto.conf (an example, commented) and hub.password
 * into `dir`, which is made where missing, from the list in <data>/broker.
 * One user, HUB_CLIENT_ID, is the hub of all `sites`. ERR_IO, ERR_BUSY,
 * ERR_CONFIG: the log says why.
 */
enum err export_files(
        const char *data_dir, const struct sites *sites, const char *dir);

#endif
