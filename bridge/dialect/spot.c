#include "bridge/dialect/codec.h"

#include <string.h>

#include "hub/evt/body.h"

/* The field of this message that the path begins with; goes behind its dot. */
static bool step(
        ProtobufCMessage *message, const char **path, struct spot *spot)
{
    const char *end = strchrnul(*path, '.');
    char name[JSON_NAME_CHARS + 1];
    size_t len = (size_t)(end - *path);

    if (len >= sizeof(name))
        return false;
    memcpy(name, *path, len);
    name[len] = '\0';
    spot->message = message;
    spot->field = protobuf_c_message_descriptor_get_field_by_name(
            message->descriptor, name);
    *path = *end ? end + 1 : NULL;
    return spot->field != NULL;
}

void *spot_at(const struct spot *spot)
{
    return (uint8_t *)spot->message + spot->field->offset;
}

ProtobufCMessage **spot_part(const struct spot *spot)
{
    return spot_at(spot);
}

bool spot_find(const ProtobufCMessage *body, const char *path, enum view view,
        struct spot *spot)
{
    ProtobufCMessage *message = (ProtobufCMessage *)(uintptr_t)body;

    *spot = (struct spot){ message, NULL };
    if (strcmp(path, ".") == 0)
        return true;
    while (message) {
        if (!step(message, &path, spot) || !body_shows(spot->field->name, view))
            return false;
        if (!path)
            return true;
        message = *spot_part(spot);
    }
    return false;
}

size_t spot_count(const struct spot *spot)
{
    return *(const size_t *)((const uint8_t *)spot->message +
                             spot->field->quantifier_offset);
}

bool spot_make(ProtobufCMessage *body, const char *path, struct spot *spot)
{
    *spot = (struct spot){ body, NULL };
    if (strcmp(path, ".") == 0)
        return true;
    while (step(body, &path, spot) && path) {
        if (!*spot_part(spot))
            *spot_part(spot) = body_new(spot->field->descriptor);
        body = *spot_part(spot);
        if (!body)
            return false;
    }
    return spot->field != NULL;
}

bool spot_is_there(const struct spot *spot)
{
    return !spot->field || field_is_there(spot->message, spot->field) ||
           other_word(spot->message, spot->field);
}

static bool is_wide(const struct spot *spot)
{
    return json_value_size(spot->field->type) == sizeof(int64_t);
}

int64_t spot_number(const struct spot *spot)
{
    int64_t wide;
    uint32_t narrow;

    if (is_wide(spot)) {
        memcpy(&wide, spot_at(spot), sizeof(wide));
        return wide;
    }
    memcpy(&narrow, spot_at(spot), sizeof(narrow));
    return spot->field->type == PROTOBUF_C_TYPE_UINT32 ? (int64_t)narrow
                                                       : (int32_t)narrow;
}

/* A number that the field's type can hold. */
enum err spot_set_number(
        struct walk *walk, const struct spot *spot, int64_t number)
{
    int64_t min = -JSON_WHOLE_MAX, max = JSON_WHOLE_MAX;
    uint32_t narrow = (uint32_t)number;

    if (!is_wide(spot))
        range_of(spot->field->type, &min, &max);
    if (number < min || number > max)
        return walk_refuse(walk, ERR_OUT_OF_RANGE, "must be from %lld to %lld",
                (long long)min, (long long)max);
    if (is_wide(spot))
        memcpy(spot_at(spot), &number, sizeof(number));
    else
        memcpy(spot_at(spot), &narrow, sizeof(narrow));
    mark_there(spot->message, spot->field);
    return ERR_OK;
}
