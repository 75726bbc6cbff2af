/*
 * codec: how a field of ours is written in a dialect's JSON and read
 * back: one pair of functions for each enum codec. Not for transports.
 */
#ifndef BRIDGE_DIALECT_CODEC_H
#define BRIDGE_DIALECT_CODEC_H

#include "bridge/dialect/parts.h"
#include "bridge/dialect/walk.h"

/* A field of a message, or with `field` NULL the whole message. */
struct spot {
    ProtobufCMessage *message;
    const ProtobufCFieldDescriptor *field;
};

/*
 * Follow a dotted path of our names. False: something on the way is absent, or
 * `view` does not see it. The field itself may be absent.
 */
bool spot_find(const ProtobufCMessage *body, const char *path, enum view view,
        struct spot *spot);

/* The same for writing: messages on the way are made. False: out of memory. */
bool spot_make(ProtobufCMessage *body, const char *path, struct spot *spot);

/* Is there anything to say? */
bool spot_is_there(const struct spot *spot);

/* Where the field's value stands, and of a message the message. */
void *spot_at(const struct spot *spot);
ProtobufCMessage **spot_part(const struct spot *spot);

/* How many elements a repeated field has. */
size_t spot_count(const struct spot *spot);

/* The value of a field of whole numbers. */
int64_t spot_number(const struct spot *spot);

/* Set one. ERR_OUT_OF_RANGE: its type cannot hold that. */
enum err spot_set_number(
        struct walk *walk, const struct spot *spot, int64_t number);

struct saying {
    struct buf *out;
    enum dialect_id dialect;
    enum view view;
};

struct codec_kind {
    /* Write what is at the spot, which is there. NULL: it is not said. */
    void (*say)(const struct saying *saying, const struct shape_field *field,
            const struct spot *spot);

    /* Read what stands at the walk's path into the spot, where nothing is
     * yet; but an object into the message that may be there. NULL: it is not
     * heard. */
    enum err (*hear)(struct walk *walk, const struct shape_field *field,
            const cJSON *json, const struct spot *spot);
};

extern const struct codec_kind codecs[AS_COUNT];

/* Two codecs that stand apart (codec_words.c). */
void say_word(const struct saying *saying, const struct shape_field *field,
        const struct spot *spot);
enum err hear_word(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot);
void say_tally(const struct saying *saying, const struct shape_field *field,
        const struct spot *spot);
enum err hear_tally(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot);

/* A message as an object by its shape (say.c). */
void say_shape(const struct saying *saying, const struct shape_field *shape,
        const ProtobufCMessage *message);

/* An object into a message by its shape (shape.c). */
enum err hear_shape(struct walk *walk, const struct shape_field *shape,
        const cJSON *json, ProtobufCMessage *message);

/*
 * A payload into a new body of an event, handed over if all of it is right:
 * the fields by the shape, then body_check. A payload that is no object is
 * taken for the one field of a shape that has but one; null is {}.
 */
enum err hear_by_row(enum dialect_id dialect, const struct hear_row *row,
        const cJSON *payload, ProtobufCMessage **body, struct fault *fault);

#endif
