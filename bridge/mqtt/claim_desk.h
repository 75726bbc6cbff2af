/*
 * claim_desk: where somebody who has nothing but a code fetches a credential.
 * Whatever is wrong with a code, the answer is the same.
 */
#ifndef BRIDGE_MQTT_CLAIM_DESK_H
#define BRIDGE_MQTT_CLAIM_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/base/err.h"

/*
 * Codes that are tried in a minute, of all together; who tries more often than
 * a person does is slowed down before. In the quarter of an hour that a code
 * is mostly good for, one in 10^11 is found out.
 */
#define CLAIM_TRIES 600

struct claim_desk {
    const char *data_dir;
    const char *host; /* where the broker is; "": where the question went */
    uint16_t port;
    bool tls;
    int64_t minute_ms; /* when the tries were counted from */
    uint32_t tries;
};

/*
 * Append {"client_id","username","password","site","id","kind","table"?,
 * "mqtt":{"host"?,"port","tls"}}; the credential is on disk then, and the
 * broker is to be told. ERR_FORBIDDEN: it is no code, or no longer one.
 * ERR_RATE: too many tries. ERR_BUSY: try again. ERR_IO, ERR_CONFIG,
 * ERR_NO_MEMORY: the log says why.
 */
enum err claim_desk_ask(struct claim_desk *desk, const char *code,
        int64_t now_ms, struct buf *answer);

#endif
