/*
 * body: what can be done to any message of schemas/ through its descriptor.
 *
 * The only place besides schemas/, bridge/dialect and devices/core that talks
 * to protobuf-c. Nothing here knows any particular event.
 */
#ifndef HUB_EVT_BODY_H
#define HUB_EVT_BODY_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "schemas/roles.h"

/* An empty message on the heap, handed over; NULL: out of memory. */
ProtobufCMessage *body_new(const ProtobufCMessageDescriptor *type);

/* NULL is fine. */
void body_free(ProtobufCMessage *body);

/* A deep copy, handed over; NULL: out of memory. */
ProtobufCMessage *body_copy(const ProtobufCMessage *body);

/*
 * Decode; the memory it takes is limited, its strings are valid UTF-8, it has
 * at most 8 unknown fields a message. NULL otherwise. Handed over.
 */
ProtobufCMessage *body_unpack(
        const ProtobufCMessageDescriptor *type, const void *data, size_t len);

/* Decode what we packed ourselves: without that limit. NULL: damaged. */
ProtobufCMessage *body_unpack_own(
        const ProtobufCMessageDescriptor *type, const void *data, size_t len);

/* Replace an optional string: frees the old one. False: out of memory. */
bool body_set_string(char **field, const char *text);

/*
 * Check every field against schemas/fields.def: ranges, lengths, grammar,
 * required messages and strings. fault->field is the JSON path.
 */
enum err body_check(const ProtobufCMessage *body, struct fault *fault);

/* Does `view` see the field named so? The one question of all encoders. */
bool body_shows(const char *field_name, enum view view);

/* A copy with only what `view` sees, handed over; NULL: out of memory. */
ProtobufCMessage *body_redact(const ProtobufCMessage *body, enum view view);

/*
 * Is everything that `said` says in `known` as well, with the same value?
 * Both are of one type. Lists are compared element by element; an empty one
 * says nothing. Moments are the same when they lie within window_ms of each
 * other. `version` and `previous` are not compared: everybody counts for
 * himself.
 */
bool body_covers(const ProtobufCMessage *known, const ProtobufCMessage *said,
        int64_t window_ms);

/* Does nothing of what `said` says contradict `known`? It may say more;
 * another moment is no contradiction, a list of another length is one. */
bool body_agrees(const ProtobufCMessage *known, const ProtobufCMessage *said);

/*
 * The string at a dotted path of field names ("order.table.id"), borrowed;
 * NULL when something on the way is absent or the message has no such field.
 */
const char *body_text(const ProtobufCMessage *body, const char *path);

/*
 * Show each string at a dotted path, through every element of lists on the
 * way ("order.items.station"). Was there one?
 */
bool body_each_text(const ProtobufCMessage *body, const char *path,
        void (*on_text)(void *context, const char *text), void *context);

/* A message within a body. */
struct body_part {
    ProtobufCMessage **at; /* where it stands: may be changed in place; if it
                              is optional, freed and set to NULL */
    bool is_required;      /* or an element of a list */
    char path[FAULT_FIELD_CHARS + 1]; /* as body_check names it */
};

/*
 * Show each part of this type, wherever in the body it stands; what is within
 * it is not looked at. Ends with the first answer that is not ERR_OK.
 */
enum err body_each_part(ProtobufCMessage *body,
        const ProtobufCMessageDescriptor *type,
        enum err (*on_part)(void *context, const struct body_part *part),
        void *context);

/*
 * What `said` has replaces what `known`, of the same type, has: parts field by
 * field, lists as a whole. No memory: the process stops.
 */
void body_merge(ProtobufCMessage *known, const ProtobufCMessage *said);

/* Set a string field of this name if the message has one and it is absent. */
void body_complete_text(
        ProtobufCMessage *body, const char *field, const char *text);

/* Set a string field of this name if the message has one. */
void body_replace_text(
        ProtobufCMessage *body, const char *field, const char *text);

/* Put a copy of `part` into a message field of this name and type, if the
 * message has one and it is absent. */
void body_complete_part(ProtobufCMessage *body, const char *field,
        const ProtobufCMessage *part);

/* Put a copy of `part` there, whatever was there. */
void body_replace_part(ProtobufCMessage *body, const char *field,
        const ProtobufCMessage *part);

/* Set an int64 field of this name if there is one; an absent value, or one
 * outside of from_ms to now_ms, becomes now_ms. */
void body_complete_moment(ProtobufCMessage *body, const char *field,
        int64_t from_ms, int64_t now_ms);

#define JSON_NAME_CHARS 47

/*
 * The field's name in JSON: order_id -> orderId; created_at_ms -> createdAt.
 */
void body_json_name(const char *field_name, char out[JSON_NAME_CHARS + 1]);

/* Is it a moment, i.e. is it at_ms, or does its name end in _at_ms? */
bool body_is_moment(const char *field_name);

#endif
