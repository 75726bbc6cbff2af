/*
 * broker_home: the files that the embedded broker is started with, in
 * <data>/broker.
 */
#ifndef BRIDGE_MQTT_BROKER_HOME_H
#define BRIDGE_MQTT_BROKER_HOME_H

#include "bridge/mqtt/broker.h"
#include "bridge/mqtt/broker_conf.h"
#include "bridge/mqtt/files.h"
#include "bridge/mqtt/passwd.h"
#include "hub/base/err.h"

struct broker_home {
    struct broker_conf conf; /* borrows from the rest of it */
    struct broker_tls tls;
    char dir[BROKER_PATH_BYTES];
    char conf_path[BROKER_PATH_BYTES];
    char user[64];
    char client_id[PASSWORD_CHARS + 1]; /* the hub's own, and secret: whoever
                                           may connect without a name could
                                           else take the hub's session */
    char password[PASSWORD_CHARS + 1];
};

/* The hub's password, which is made where it is missing. ERR_IO. */
enum err broker_home_password(
        const char *dir, char password[PASSWORD_CHARS + 1]);

/*
 * Write them all: the configuration, and the hub among those who may log in.
 * Errors are those of broker_open.
 */
enum err broker_home_prepare(
        struct broker_home *home, const struct broker_options *options);

#endif
