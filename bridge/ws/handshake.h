/*
 * handshake: may this request become a WebSocket?
 *
 * libwebsockets lets through what RFC 6455 forbids, so everything is checked
 * here before it upgrades: method, version, key, host, origin, path,
 * subprotocol.
 */
#ifndef BRIDGE_WS_HANDSHAKE_H
#define BRIDGE_WS_HANDSHAKE_H

#include <stdbool.h>

struct conn;

/*
 * What the library wants to hear: 0 upgrade, 1 an answer has been written,
 * -1 hang up.
 */
int handshake(struct conn *conn);

/* Does the list "a, b" name a subprotocol we speak? */
bool protocols_have_ours(const char *list);

#endif
