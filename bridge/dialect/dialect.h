/*
 * dialect: other people's words into ours and back, by the tables of
 * schemas/dialects.
 *
 * Hearing: a name and a payload become a struct evt's kind and body, through
 * one walk over the body's descriptor, or a fault that says what is wrong and
 * where. Saying: an event becomes the bytes of an envelope, once for each
 * (view, room); the bytes stay with the event. Knows no sockets, no rights.
 */
#ifndef BRIDGE_DIALECT_DIALECT_H
#define BRIDGE_DIALECT_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/gate.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/evt/evt.h"
#include "schemas/dialects.h"

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
 * payload (no object with a key "payload") or {"id"?,"payload"}. Names and
 * payloads are those of the dialect; so are the names of fields in a fault,
 * but for what its words do not reach. ERR_UNKNOWN_EVENT: it has no such name.
 * In a dialect other than ours no payload (len 0 with a name, or null) is an
 * empty one, and a bare value stands for the only field of a shape.
 */
enum err dialect_hear_message(enum dialect_id dialect, const char *name,
        const char *text, size_t len, struct heard *heard, struct fault *fault);

/* A room that a client wants to be in, or in no longer. */
struct wish {
    bool leaves;
    struct room room;
};

/*
 * A client's verb in a dialect: "join:table" and its argument, JSON text or
 * len 0. `site` is what a restaurant's id has to be. ERR_UNKNOWN_EVENT: no
 * verb; ERR_BAD_ROOM: no such room there; ERR_MISSING_FIELD, ERR_WRONG_TYPE:
 * the argument, which the fault calls "room". Whether it may is not asked.
 */
enum err dialect_hear_verb(enum dialect_id dialect, const char *site,
        const char *name, const char *text, size_t len, struct wish *wish,
        struct fault *fault);

/* The id of the room of whoever holds this token: hex digits and a NUL. */
#define SESSION_KEY_CHARS 32
void dialect_hash_token(const char *token, char out[SESSION_KEY_CHARS + 1]);

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

/*
 * The rows by which a dialect says the event to somebody whom it reached by
 * rooms of these kinds (room_bit): none, one, or several names for one fact;
 * but for what the house leaves `unsaid` (UNSAID_… bits).
 */
#define SAY_ROWS 8
uint32_t dialect_rows(enum dialect_id dialect, enum evt_id what, uint32_t in,
        uint32_t unsaid, const struct say_row *rows[SAY_ROWS]);

/* The payload alone in a dialect's words, as one of its rows for the event
 * has it, kept with the event. NULL: out of memory. */
const struct evt_form *dialect_say(
        struct evt *evt, const struct say_row *row, enum view view);

/* The same of a body that is no event of the journal. */
void dialect_put_said(struct buf *out, const struct say_row *row,
        const ProtobufCMessage *body, enum view view);

/* The envelope in JSON with the event's name and payload in a dialect's words;
 * not kept. */
void dialect_put_envelope(struct buf *out, const struct evt *evt,
        const struct say_row *row, enum view view, uint32_t room);

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

/* The same with "retryAfterMs", where it is not 0. */
void dialect_put_fault_until(
        struct buf *out, const struct fault *fault, uint32_t retry_ms);

/* Unix milliseconds as "2026-01-31T18:04:05.123Z" and a NUL. */
#define ISO_CHARS 24
void dialect_print_time(int64_t at_ms, char out[ISO_CHARS + 1]);

/*
 * The string that a JSON object has under `name`, and a NUL. False, and "": it
 * has none, or a longer one, or the text is something else.
 */
bool dialect_read_member(
        const char *text, size_t len, const char *name, char *out, size_t size);

/* Is the text a JSON object that has `true` under `name`? */
bool dialect_read_yes(const char *text, size_t len, const char *name);

#endif
