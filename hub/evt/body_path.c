/* Parts and texts of a body by name and path: found, shown, filled in. */
#include "hub/evt/body_walk.h"

#include <string.h>

/* --- parts --- */

struct search {
    const ProtobufCMessageDescriptor *type;
    enum err (*on_part)(void *context, const struct body_part *part);
    void *context;
    char path[FAULT_FIELD_CHARS + 1];
};

static enum err search_body(struct search *search, ProtobufCMessage *body);

static enum err search_field(struct search *search, size_t at,
        ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    struct body_place place = body_find_place(body, field);
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    enum err err = ERR_OK;

    for (size_t i = 0; i < place.count && err == ERR_OK; i++) {
        struct body_part part = {
            .at = (ProtobufCMessage **)(void *)(place.values + i * place.size),
            .is_required = field->label != PROTOBUF_C_LABEL_OPTIONAL,
        };

        body_enter(search->path, at, field->name, i, repeated);
        memcpy(part.path, search->path, sizeof(part.path));
        err = (*part.at)->descriptor == search->type
                      ? search->on_part(search->context, &part)
                      : search_body(search, *part.at);
    }
    search->path[at] = '\0';
    return err;
}

static enum err search_body(struct search *search, ProtobufCMessage *body)
{
    size_t at = strlen(search->path);
    enum err err = ERR_OK;

    for (unsigned i = 0; i < body->descriptor->n_fields && err == ERR_OK; i++)
        if (body->descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            err = search_field(search, at, body, &body->descriptor->fields[i]);
    return err;
}

enum err body_each_part(ProtobufCMessage *body,
        const ProtobufCMessageDescriptor *type,
        enum err (*on_part)(void *context, const struct body_part *part),
        void *context)
{
    struct search search = { type, on_part, context, { 0 } };

    return search_body(&search, body);
}

/* --- by name --- */

static const ProtobufCFieldDescriptor *find_named(
        const ProtobufCMessage *body, const char *name, size_t len)
{
    char text[64];

    if (len >= sizeof(text))
        return NULL;
    memcpy(text, name, len);
    text[len] = '\0';
    return protobuf_c_message_descriptor_get_field_by_name(
            body->descriptor, text);
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessage *body,
        const char *name, size_t len, ProtobufCType type)
{
    const ProtobufCFieldDescriptor *field = find_named(body, name, len);

    return field && field->type == type &&
                           field->label != PROTOBUF_C_LABEL_REPEATED
                   ? field
                   : NULL;
}

static void **pointer_at(
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    return (void **)(void *)((uint8_t *)(uintptr_t)body + field->offset);
}

const char *body_text(const ProtobufCMessage *body, const char *path)
{
    const ProtobufCFieldDescriptor *field;
    const char *dot;

    while (body && (dot = strchr(path, '.')) != NULL) {
        field = find_field(
                body, path, (size_t)(dot - path), PROTOBUF_C_TYPE_MESSAGE);
        body = field ? *pointer_at(body, field) : NULL;
        path = dot + 1;
    }
    field = body ? find_field(body, path, strlen(path), PROTOBUF_C_TYPE_STRING)
                 : NULL;
    return field ? *pointer_at(body, field) : NULL;
}

bool body_each_text(const ProtobufCMessage *body, const char *path,
        void (*on_text)(void *context, const char *text), void *context)
{
    size_t len = strcspn(path, ".");
    bool is_last = path[len] == '\0';
    const ProtobufCFieldDescriptor *field = find_named(body, path, len);
    struct body_place place;
    bool any = false;

    if (!field || field->type != (is_last ? PROTOBUF_C_TYPE_STRING
                                          : PROTOBUF_C_TYPE_MESSAGE))
        return false;
    place = body_find_place(body, field);
    for (size_t i = 0; i < place.count; i++) {
        const void *value;

        memcpy(&value, place.values + i * place.size, sizeof(value));
        if (is_last)
            on_text(context, value);
        any = is_last ||
              body_each_text(value, path + len + 1, on_text, context) || any;
    }
    return any;
}

void body_complete_text(
        ProtobufCMessage *body, const char *name, const char *text)
{
    const ProtobufCFieldDescriptor *field =
            find_field(body, name, strlen(name), PROTOBUF_C_TYPE_STRING);

    if (field && text && !*pointer_at(body, field))
        body_set_string((char **)pointer_at(body, field), text);
}

static void put_part(ProtobufCMessage *body, const char *name,
        const ProtobufCMessage *part, bool replace)
{
    const ProtobufCFieldDescriptor *field =
            find_field(body, name, strlen(name), PROTOBUF_C_TYPE_MESSAGE);
    void **at = field ? pointer_at(body, field) : NULL;

    if (!at || !part || field->descriptor != part->descriptor ||
            (*at && !replace))
        return;
    body_free(*at);
    *at = body_copy(part);
}

void body_complete_part(
        ProtobufCMessage *body, const char *name, const ProtobufCMessage *part)
{
    put_part(body, name, part, false);
}

void body_replace_text(
        ProtobufCMessage *body, const char *name, const char *text)
{
    const ProtobufCFieldDescriptor *field =
            find_field(body, name, strlen(name), PROTOBUF_C_TYPE_STRING);

    if (field && field->label != PROTOBUF_C_LABEL_REPEATED)
        body_set_string(
                (char **)(void *)((uint8_t *)body + field->offset), text);
}

void body_replace_part(
        ProtobufCMessage *body, const char *name, const ProtobufCMessage *part)
{
    put_part(body, name, part, true);
}

void body_complete_moment(ProtobufCMessage *body, const char *name,
        int64_t from_ms, int64_t now_ms)
{
    const ProtobufCFieldDescriptor *field =
            find_field(body, name, strlen(name), PROTOBUF_C_TYPE_INT64);
    protobuf_c_boolean *has;
    int64_t value;

    if (!field || field->label == PROTOBUF_C_LABEL_REQUIRED)
        return;
    has = (protobuf_c_boolean *)(void *)((uint8_t *)body +
                                         field->quantifier_offset);
    memcpy(&value, (uint8_t *)body + field->offset, sizeof(value));
    if (!*has || value < from_ms || value > now_ms)
        memcpy((uint8_t *)body + field->offset, &now_ms, sizeof(now_ms));
    *has = 1;
}
