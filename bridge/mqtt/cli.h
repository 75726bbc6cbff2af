/*
 * cli: one connection of a command to the broker, blocking, with a deadline
 * for everything. For `dumbwaiter publish` and `dumbwaiter listen`; the
 * daemon itself never waits like this.
 */
#ifndef BRIDGE_MQTT_CLI_H
#define BRIDGE_MQTT_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/mqtt/enrol.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "schemas/rooms.h"

#define CLI_DEADLINE_MS 10000

struct cli;

struct cli_options {
    const char *host;
    uint16_t port;
    const char *site;
    const char *id;   /* who we are in topics; NULL: anonymous */
    const char *user; /* also the client id; NULL: anonymous */
    const char *password;
};

/*
 * Connect. ERR_UNAUTHORIZED: the broker does not know us. ERR_UNAVAILABLE:
 * there is none, or it does not answer.
 */
enum err cli_open(struct cli **cli, const struct cli_options *options);

/* Disconnect. NULL is fine. */
void cli_close(struct cli *cli);

/*
 * Publish `message`, whose "id" is `key`, to in/<id>/<event> and wait for
 * its receipt, whose JSON is appended to `receipt`. ERR_UNAVAILABLE: none
 * came.
 */
enum err cli_publish(struct cli *cli, const char *event, const char *key,
        const struct buf *message, struct buf *receipt);

/*
 * Is this receipt for the message of that key? Others may arrive for what an
 * earlier process published and did not wait for. An error without an id is
 * for a message in which none could be read.
 */
bool cli_receipt_is_for(const char *json, size_t len, const char *key);

/*
 * Hand every event of the rooms to `on_event`, until it says false or
 * `timeout_ms` have passed (0: for ever). No rooms: all of them.
 * ERR_UNAVAILABLE: the link was lost.
 */
enum err cli_listen(struct cli *cli, const struct room *rooms, uint32_t count,
        int64_t timeout_ms,
        bool (*on_event)(void *context, const char *json, size_t len),
        void *context);

/*
 * Connect as the producer options->id of the embedded broker, which is
 * enrolled when need be; its password is kept in <data_dir>/cli. options->user
 * and ->password are filled in by this. `sites`: all that the daemon serves.
 * Two processes of the same id at the same site take turns.
 */
enum err cli_open_enrolled(struct cli **cli, const struct cli_options *options,
        const char *data_dir, const struct sites *sites);

#endif
