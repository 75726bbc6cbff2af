/*
 * walk: a value of somebody's JSON on its way into a message, and the
 * fault that says where the walk has ended. Not for transports.
 */
#ifndef BRIDGE_DIALECT_WALK_H
#define BRIDGE_DIALECT_WALK_H

#include "bridge/dialect/parts.h"

struct walk {
    enum dialect_id dialect; /* whose words */
    struct fault *fault;
    char path[FAULT_FIELD_CHARS + 1]; /* where it is, in their names */
};

/* Refuse what stands at the path; returns the code. */
enum err walk_refuse(struct walk *walk, enum err code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The path from byte `at` on becomes ".name", and "[index]" if that is not
 * negative. Without a name the index alone. */
void walk_enter(struct walk *walk, size_t at, const char *name, int index);

/* Each reads one value or refuses it. */
enum err read_bool(
        struct walk *walk, const cJSON *json, protobuf_c_boolean *to);
enum err read_whole(struct walk *walk, const cJSON *json, int64_t min,
        int64_t max, int64_t *to);

/* Hands over a copy. */
enum err read_text(struct walk *walk, const cJSON *json, char **to);

/* ISO 8601. */
enum err read_moment(struct walk *walk, const cJSON *json, int64_t *to);

/* The range of a 32-bit field's type. */
void range_of(ProtobufCType type, int64_t *min, int64_t *max);

/*
 * A word into an enum, and where it is nobody's into the string beside it,
 * which is counted; an enum without such a string refuses it.
 */
enum err read_word(struct walk *walk, ProtobufCMessage *message,
        const ProtobufCFieldDescriptor *field, const cJSON *json);

/* Say of an optional field that it is there, where that is not said by a
 * pointer. */
void mark_there(
        ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

#endif
