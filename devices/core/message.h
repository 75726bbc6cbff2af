/*
 * message: bytes <-> what a device reads and says.
 *
 * Read is schemas/notification.proto, into an arena. Written is an envelope
 * of schemas/envelope.proto with one body; only the body's own descriptor is
 * needed for that, so a device does not carry the whole vocabulary.
 */
#ifndef DEVICES_CORE_MESSAGE_H
#define DEVICES_CORE_MESSAGE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/arena.h"
#include "devices/core/seen.h"
#include "schemas/notification.pb-c.h"

/*
 * Decode; the result lives in `arena` until it is reset. NULL: not a message
 * of ours, without a 16-byte id, its body not the one its event number
 * says, or larger than the arena. A body that devices do not know is
 * DW__NOTIFICATION__BODY__NOT_SET.
 */
const Dw__Notification *message_decode(
        struct arena *arena, const uint8_t *bytes, size_t len);

/*
 * Write an envelope with `id` and `body`, whose field number in the envelope
 * (DW__ENVELOPE__BODY_…) is `field`. Returns the length; 0: larger than cap.
 */
size_t message_encode(uint8_t *out, size_t cap,
        const uint8_t id[DEVICE_ID_BYTES], uint32_t field,
        const ProtobufCMessage *body);

#endif
