#include "hub/evt/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body_walk.h"
#include "schemas/fields.h"

/* --- making, copying, releasing --- */

ProtobufCMessage *body_new(const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *body = malloc(type->sizeof_message);

    if (body)
        protobuf_c_message_init(type, body);
    return body;
}

void body_free(ProtobufCMessage *body)
{
    protobuf_c_message_free_unpacked(body, NULL);
}

ProtobufCMessage *body_unpack_own(
        const ProtobufCMessageDescriptor *type, const void *data, size_t len)
{
    return protobuf_c_message_unpack(type, NULL, len, data);
}

ProtobufCMessage *body_copy(const ProtobufCMessage *body)
{
    size_t len = protobuf_c_message_get_packed_size(body);
    uint8_t *packed = malloc(len ? len : 1);
    ProtobufCMessage *copy = NULL;

    if (!packed)
        return NULL;
    protobuf_c_message_pack(body, packed);
    copy = body_unpack_own(body->descriptor, packed, len);
    free(packed);
    return copy;
}

bool body_set_string(char **field, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        return false;
    if (*field != protobuf_c_empty_string)
        free(*field);
    *field = copy;
    return true;
}

/* --- views --- */

bool body_shows(const char *field_name, enum view view)
{
    const struct field_rule *rule;

    if (view == VIEW_FULL)
        return true;
    rule = field_rule_find(field_name);
    return rule && !(rule->hide & 1u << view);
}

/* A required field cannot be absent: hidden, it is emptied. */
static bool hide_required(
        ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    char **text = (char **)(void *)((uint8_t *)body + field->offset);

    assert(field->type == PROTOBUF_C_TYPE_STRING);
    return body_set_string(text, "");
}

static bool redact(ProtobufCMessage *body, enum view view)
{
    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
        struct body_place place = body_find_place(body, field);

        if (!body_shows(field->name, view)) {
            if (field->label != PROTOBUF_C_LABEL_REQUIRED)
                body_clear_field(body, field);
            else if (!hide_required(body, field))
                return false;
            continue;
        }
        for (size_t n = 0; n < place.count; n++) {
            void *part;

            if (field->type != PROTOBUF_C_TYPE_MESSAGE)
                break;
            memcpy(&part, place.values + n * place.size, sizeof(part));
            if (!redact(part, view))
                return false;
        }
    }
    return true;
}

ProtobufCMessage *body_redact(const ProtobufCMessage *body, enum view view)
{
    ProtobufCMessage *copy = body_copy(body);

    if (copy && view != VIEW_FULL && !redact(copy, view)) {
        body_free(copy);
        return NULL;
    }
    return copy;
}

/* --- names --- */

bool body_is_moment(const char *field_name)
{
    size_t len = strlen(field_name);

    return strcmp(field_name, "at_ms") == 0 ||
           (len > 6 && strcmp(field_name + len - 6, "_at_ms") == 0);
}

void body_json_name(const char *field_name, char out[JSON_NAME_CHARS + 1])
{
    size_t end = strlen(field_name) - (body_is_moment(field_name) ? 3 : 0);
    size_t len = 0;

    for (size_t i = 0; i < end && len < JSON_NAME_CHARS; i++) {
        if (field_name[i] != '_')
            out[len++] = field_name[i];
        else if (++i < end)
            out[len++] = (char)(field_name[i] - 'a' + 'A');
    }
    out[len] = '\0';
}
