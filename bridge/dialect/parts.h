/*
 * parts: what dialect's own files and the wires share: parsed JSON
 * and unpacked envelopes on their way to a body. Not for transports.
 */
#ifndef BRIDGE_DIALECT_PARTS_H
#define BRIDGE_DIALECT_PARTS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/dialect.h"
#include "schemas/envelope.pb-c.h"

/* Whole numbers in JSON are exact up to here, in both directions. */
#define JSON_WHOLE_MAX 9007199254740991 /* 2^53 - 1 */

/* Forms that are kept with an event, besides those in dialect.h. */
enum {
    FORM_PAYLOAD = 3,     /* the body in JSON, for a view; room 0 */
    FORM_BODY = 4,        /* the body in protobuf, for a view; room 0 */
    FORM_NATIVE_JSON = 5, /* {"op":"event",…} */
    FORM_NATIVE_PB = 6,   /* ServerMessage{event} */
    FORM_COMMAND = 7,     /* a command, as the back end is told; room 0 */
    FORM_SAID = 8,        /* in a dialect; the say_row's number as room */
    FORM_ENV = 12,        /* {"event","payload","ts"}; room 0 */
};

/* Largest form: what an event of EVT_BODY_BYTES can come to in JSON. */
#define FORM_BYTES (1024 * 1024)

/*
 * json_gate, then cJSON. A number that is written with a fraction or an
 * exponent comes out as a cJSON_Raw item that has its text: no double has
 * rounded it, and who asks for a number or a string does not take it for one.
 * Handed over to cJSON_Delete; NULL: fault says why.
 */
cJSON *json_read(const char *text, size_t len, struct fault *fault);

/* A whole number within JSON_WHOLE_MAX. False: it is something else. */
bool json_whole(const cJSON *item, int64_t *number);

/* A number in decimal: digits x 10^power, as it was written. */
struct decimal {
    int64_t digits; /* at most 17 of them, with the sign */
    int power;
};

/* Read a number by the grammar of JSON, all of the text. */
bool decimal_read(const char *text, struct decimal *decimal);

/* Any number of a tree. False: it is none, or a whole one that was too large
 * to be exact. */
bool json_decimal(const cJSON *item, struct decimal *decimal);

/*
 * digits x factor x 10^(power + shift), rounded to a whole number; factor is
 * 1 to 9. `near`: it was one but for a millionth, the dust of a double. False:
 * it is over JSON_WHOLE_MAX.
 */
bool decimal_scale(const struct decimal *decimal, int factor, int shift,
        int64_t *whole, bool *near);

/* Write whole / 10^places with no zero at the end: 1250, 2 is 12.5. */
void put_decimal(struct buf *out, int64_t whole, int places);

/* The member's text; NULL: no such member, or no string. */
const char *json_text(const cJSON *object, const char *name);

/* JSON into a message of any type of schemas/; not yet checked for ranges. */
enum err json_to_body(const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **body, struct fault *fault);

/* body_check, for a body that was heard in JSON: the fault names a word of an
 * enum's own by the enum. */
enum err check_heard(const ProtobufCMessage *body, struct fault *fault);

/* {"event","payload","id"?} in a dialect, with other members ignored. */
enum err json_hear(enum dialect_id dialect, const cJSON *message,
        struct heard *heard, struct fault *fault);

/* Takes the body out of `envelope`, which stays the caller's to free. */
enum err envelope_hear(
        Dw__Envelope *envelope, struct heard *heard, struct fault *fault);

/* Write a form and keep it with the event, unless it failed; releases the
 * buffer. NULL: it did, or there is no memory. */
const struct evt_form *keep_form(
        struct evt *evt, uint32_t key, struct buf *written);

/* Is the field there? A list always is, an empty one, too: whoever reads it
 * need not ask. */
bool field_is_there(
        const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

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

/* The same as a dialect has it: its first row for the value, or our own word,
 * which is written to `own`. */
const char *dialect_word(enum dialect_id dialect,
        const ProtobufCEnumDescriptor *type, int value,
        char own[WORD_CHARS + 1]);

/* The value of its first row for the word, or of our own word. */
bool dialect_find_word(enum dialect_id dialect,
        const ProtobufCEnumDescriptor *type, const char *word, int *value);

/* The string x_word beside an enum x: in JSON it stands in x's place. NULL:
 * the enum has none. */
const ProtobufCFieldDescriptor *other_word_field(
        const ProtobufCMessageDescriptor *type,
        const ProtobufCFieldDescriptor *field);

/* Is the field such a string? It has no name of its own in JSON. */
bool is_other_word_field(const ProtobufCMessageDescriptor *type,
        const ProtobufCFieldDescriptor *field);

/* What stands there in place of the enum `field`; borrowed, or NULL. */
const char *other_word(
        const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* "2026-01-31T18:04:05[.123][Z|+01:00]" as Unix milliseconds, 1970 to 9999. */
bool parse_time(const char *text, int64_t *at_ms);

#endif
