/*
 * dialect: other people's words into ours and back.
 *
 * Hearing: a name and a payload become a struct evt's kind and body, through
 * one walk over the body's descriptor, or a fault that says what is wrong and
 * where. Saying: an event becomes the bytes of an envelope, once for each
 * (view, room); the bytes stay with the event. Knows no sockets, no rights.
 */
#ifndef BRIDGE_DIALECT_H
#define BRIDGE_DIALECT_H

#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/evt/evt.h"

/* What somebody said, in our words. */
struct heard {
    enum evt_id what;
    ProtobufCMessage *body;  /* owned; body_free it or hand it on */
    char key[KEY_CHARS + 1]; /* idempotency key, or "" */
};

/*
 * A payload in JSON, e.g. what arrived at in/<client>/<name>, or in a native
 * publish. text[0..len) is the payload alone, and passes json_gate first.
 */
enum err dialect_hear(const char *name, const char *text, size_t len,
        struct heard *heard, struct fault *fault);

/*
 * A whole message in JSON: {"event","payload","id"?}. `name` NULL: the event
 * is in the message; else it is `name`, and the message may be the bare
 * payload (no object with a key "payload") or {"id"?,"payload"}.
 */
enum err dialect_hear_message(const char *name, const char *text, size_t len,
        struct heard *heard, struct fault *fault);

/* A whole protobuf Envelope, e.g. from a device. key: its id's ULID text. */
enum err dialect_hear_envelope(const uint8_t *data, size_t len,
        struct heard *heard, struct fault *fault);

/*
 * The envelope in JSON, {"v":1,…}, as MQTT json/<room> has it. `room` is an
 * index into evt->rooms. Borrowed: lives as long as the event.
 * NULL: out of memory.
 */
const struct evt_form *dialect_say_json(
        struct evt *evt, enum view view, uint32_t room);

/* The envelope in protobuf, as MQTT pb/<room> has it. */
const struct evt_form *dialect_say_envelope(
        struct evt *evt, enum view view, uint32_t room);

/* Form numbers that dialect uses itself (see evt_form_key); transports that
 * keep forms of their own start at FORM_FIRST_FREE. */
enum { FORM_JSON = 1, FORM_ENVELOPE = 2, FORM_FIRST_FREE = 16 };

/* Any message of schemas/ as a JSON object: snapshots, pictures, results. */
void dialect_put_json(
        struct buf *out, const ProtobufCMessage *message, enum view view);

/* A refusal as {"code","field","message"}. */
void dialect_put_fault(struct buf *out, const struct fault *fault);

/* Unix milliseconds as "2026-01-31T18:04:05.123Z" and a NUL. */
#define ISO_CHARS 24
void dialect_print_time(int64_t at_ms, char out[ISO_CHARS + 1]);

/*
 * The strict gate in front of cJSON: RFC 8259 exactly, valid UTF-8, no NUL
 * and no C0 control even escaped (but \n, \t and \r), no key twice in an
 * object, nothing after the value, depth at most 8, 64 keys an object, 256
 * elements an array, strings of 2 KiB, numbers of 17 significant digits, 40
 * characters and less than 1e308. Time is linear in `len`.
 * ERR_BAD_JSON, ERR_BAD_UTF8, ERR_DUPLICATE_KEY; ERR_TOO_LARGE: over a limit.
 */
enum err json_gate(const char *text, size_t len, struct fault *fault);

#endif
