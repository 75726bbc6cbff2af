#include "hub/evt/body_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t body_value_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    default:
        return sizeof(uint32_t);
    }
}

bool body_is_pointer(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING ||
           field->type == PROTOBUF_C_TYPE_MESSAGE;
}

struct body_place body_find_place(
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    uint8_t *base = (uint8_t *)(uintptr_t)body;
    struct body_place place = { base + field->offset, 1,
        body_value_size(field->type) };
    const uint32_t *quantifier =
            (const uint32_t *)(const void *)(base + field->quantifier_offset);

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        place.count = *(const size_t *)(const void *)quantifier;
        memcpy(&place.values, base + field->offset, sizeof(place.values));
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        place.count = *quantifier == field->id;
    } else if (body_is_pointer(field)) {
        place.count = *(void **)(void *)place.values != NULL;
    } else if (field->label != PROTOBUF_C_LABEL_REQUIRED) {
        place.count = *(const protobuf_c_boolean *)quantifier != 0;
    }
    return place;
}

void body_clear_field(
        ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    struct body_place place = body_find_place(body, field);
    uint8_t *base = (uint8_t *)body;

    for (size_t i = 0; i < place.count && body_is_pointer(field); i++) {
        void *value;

        memcpy(&value, place.values + i * place.size, sizeof(value));
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            body_free(value);
        else if (value != protobuf_c_empty_string)
            free(value);
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        if (place.count > 0)
            free(place.values);
        memset(base + field->quantifier_offset, 0, sizeof(size_t));
        memset(base + field->offset, 0, sizeof(void *));
    } else if (body_is_pointer(field)) {
        memset(base + field->offset, 0, sizeof(void *));
    } else {
        memset(base + field->quantifier_offset, 0, sizeof(protobuf_c_boolean));
    }
}

void body_enter(char path[FAULT_FIELD_CHARS + 1], size_t at, const char *name,
        size_t index, bool repeated)
{
    char json[JSON_NAME_CHARS + 1];
    size_t room = FAULT_FIELD_CHARS + 1 - at;

    body_json_name(name, json);
    if (repeated)
        snprintf(path + at, room, "%s%s[%zu]", at ? "." : "", json, index);
    else
        snprintf(path + at, room, "%s%s", at ? "." : "", json);
}
