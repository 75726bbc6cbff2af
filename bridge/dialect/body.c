#include "bridge/dialect/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/walk.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"

static enum err hear_message(struct walk *walk,
        const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **message);

static enum err hear_32(
        struct walk *walk, ProtobufCType type, const cJSON *json, void *to)
{
    int64_t min, max, number;
    uint32_t narrow;
    enum err err;

    range_of(type, &min, &max);
    err = read_whole(walk, json, min, max, &number);
    if (err == ERR_OK) {
        narrow = (uint32_t)number;
        memcpy(to, &narrow, sizeof(narrow));
    }
    return err;
}

static enum err hear_64(struct walk *walk,
        const ProtobufCFieldDescriptor *field, const cJSON *json, int64_t *to)
{
    bool is_unsigned = field->type == PROTOBUF_C_TYPE_UINT64 ||
                       field->type == PROTOBUF_C_TYPE_FIXED64;

    if (body_is_moment(field->name))
        return read_moment(walk, json, to);
    return read_whole(
            walk, json, is_unsigned ? 0 : -JSON_WHOLE_MAX, JSON_WHOLE_MAX, to);
}

/* One value, to where the message has it. */
static enum err hear_value(struct walk *walk,
        const ProtobufCFieldDescriptor *field, const cJSON *json, void *to)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return hear_message(walk, field->descriptor, json, to);
    case PROTOBUF_C_TYPE_STRING:
        return read_text(walk, json, to);
    case PROTOBUF_C_TYPE_BOOL:
        return read_bool(walk, json, to);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return hear_64(walk, field, json, to);
    case PROTOBUF_C_TYPE_ENUM: /* repeated ones; no body has one */
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BYTES: /* no body has one */
        return walk_refuse(walk, ERR_WRONG_TYPE, "cannot be said in JSON");
    default:
        return hear_32(walk, field->type, json, to);
    }
}

/* The count grows with each whole element: a half-made list can be freed. */
static enum err hear_list(struct walk *walk, size_t at, const char *name,
        const ProtobufCFieldDescriptor *field, const cJSON *json, void *list,
        size_t *count)
{
    size_t size = json_value_size(field->type);
    int length = cJSON_GetArraySize(json);
    const cJSON *item;
    uint8_t *values;

    if (!cJSON_IsArray(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be an array");
    if (length == 0)
        return ERR_OK;
    values = calloc((size_t)length, size);
    if (!values)
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    memcpy(list, &values, sizeof(values));
    cJSON_ArrayForEach(item, json)
    {
        enum err err;

        walk_enter(walk, at, name, (int)*count);
        err = hear_value(walk, field, item, values + *count * size);
        if (err != ERR_OK)
            return err;
        ++*count;
    }
    return ERR_OK;
}

static enum err hear_field(struct walk *walk, size_t at, const char *name,
        const ProtobufCFieldDescriptor *field, const cJSON *json,
        ProtobufCMessage *message)
{
    uint8_t *base = (uint8_t *)message;
    void *quantifier = base + field->quantifier_offset;
    enum err err;

    assert(!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)); /* in no body */
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return hear_list(
                walk, at, name, field, json, base + field->offset, quantifier);
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return read_word(walk, message, field, json);
    err = hear_value(walk, field, json, base + field->offset);
    if (err == ERR_OK)
        mark_there(message, field);
    return err;
}

static enum err hear_fields(
        struct walk *walk, const cJSON *json, ProtobufCMessage *message)
{
    int unknown = cJSON_GetArraySize(json);
    size_t at = strlen(walk->path);

    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char name[JSON_NAME_CHARS + 1];
        const cJSON *item;
        enum err err;

        if (is_other_word_field(message->descriptor, field))
            continue;
        body_json_name(field->name, name);
        item = cJSON_GetObjectItemCaseSensitive(json, name);
        unknown -= item != NULL;
        walk_enter(walk, at, name, -1);
        if (item && !cJSON_IsNull(item))
            err = hear_field(walk, at, name, field, item, message);
        else if (field->label == PROTOBUF_C_LABEL_REQUIRED)
            err = walk_refuse(walk, ERR_MISSING_FIELD, "is missing");
        else
            err = ERR_OK;
        if (err != ERR_OK)
            return err;
        walk->path[at] = '\0';
    }
    count_add(COUNT_UNKNOWN_FIELDS, (uint64_t)unknown);
    return ERR_OK;
}

static enum err hear_message(struct walk *walk,
        const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **message)
{
    ProtobufCMessage *made;
    enum err err;

    if (!cJSON_IsObject(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be an object");
    made = body_new(type);
    if (!made)
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    err = hear_fields(walk, json, made);
    if (err != ERR_OK)
        body_free(made);
    else
        *message = made;
    return err;
}

enum err json_to_body(const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **body, struct fault *fault)
{
    struct walk walk = { .dialect = DIALECT_NATIVE, .fault = fault };

    return hear_message(&walk, type, json, body);
}
