/*
 * dialect_parts: what dialect's own files and the wires share: parsed JSON
 * and unpacked envelopes on their way to a body. Not for transports.
 */
#ifndef BRIDGE_DIALECT_PARTS_H
#define BRIDGE_DIALECT_PARTS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect.h"
#include "schemas/envelope.pb-c.h"

/* Whole numbers in JSON are exact up to here, in both directions. */
#define JSON_WHOLE_MAX 9007199254740991 /* 2^53 - 1 */

/* Forms that are kept with an event, besides those in dialect.h. */
enum {
    FORM_PAYLOAD = 3,     /* the body in JSON, for a view; room 0 */
    FORM_BODY = 4,        /* the body in protobuf, for a view; room 0 */
    FORM_NATIVE_JSON = 5, /* {"op":"event",…} */
    FORM_NATIVE_PB = 6,   /* ServerMessage{event} */
};

/* Largest form: what an event of EVT_BODY_BYTES can come to in JSON. */
#define FORM_BYTES (1024 * 1024)

/*
 * json_gate, then cJSON. A number that is not written as a whole number comes
 * out as 0.5, whatever it was: none of our fields takes one, and so a
 * fraction that a double would round is not mistaken for a whole number.
 * Handed over to cJSON_Delete; NULL: fault says why.
 */
cJSON *json_read(const char *text, size_t len, struct fault *fault);

/* A whole number within JSON_WHOLE_MAX. False: it is something else. */
bool json_whole(const cJSON *item, int64_t *number);

/* The member's text; NULL: no such member, or no string. */
const char *json_text(const cJSON *object, const char *name);

/* JSON into a message of any type of schemas/; not yet checked for ranges. */
enum err json_to_body(const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **body, struct fault *fault);

/* {"event","payload","id"?} with other members ignored. */
enum err json_hear(
        const cJSON *message, struct heard *heard, struct fault *fault);

/* Takes the body out of `envelope`, which stays the caller's to free. */
enum err envelope_hear(
        Dw__Envelope *envelope, struct heard *heard, struct fault *fault);

/* Bytes from one value of a repeated field to the next. */
size_t json_value_size(ProtobufCType type);

/* A tag and a length as protobuf writes them before a message's bytes. */
void put_pb_header(struct buf *out, uint32_t field, size_t len);

/* An enum's value as its word in JSON, e.g. "add_on"; for an unknown value
 * the word of value 0. */
#define WORD_CHARS 31
void print_word(const ProtobufCEnumDescriptor *type, int value,
        char out[WORD_CHARS + 1]);

/* The value of a word; false: there is no such word, or it is that of 0. */
bool parse_word(
        const ProtobufCEnumDescriptor *type, const char *word, int *value);

/* "2026-01-31T18:04:05[.123][Z|+01:00]" as Unix milliseconds, 1970 to 9999. */
bool parse_time(const char *text, int64_t *at_ms);

#endif
