#include "tests/support/filled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "schemas/fields.h"

static bool is_part(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE;
}

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

size_t filled_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return 8;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
        return 4;
    default:
        abort(); /* a type that no body has so far: add it here */
    }
}

static void *member(const ProtobufCMessage *body, unsigned offset)
{
    return (uint8_t *)(uintptr_t)body + offset;
}

size_t filled_count(
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    if (is_repeated(field))
        return *(size_t *)member(body, field->quantifier_offset);
    if (is_part(field) || field->type == PROTOBUF_C_TYPE_STRING)
        return *(void **)member(body, field->offset) != NULL;
    return field->label == PROTOBUF_C_LABEL_REQUIRED ||
           *(protobuf_c_boolean *)member(body, field->quantifier_offset);
}

/* 1, or what is nearest to it in the field's range. */
static int64_t number_for(const ProtobufCFieldDescriptor *field)
{
    const struct field_rule *rule = field_rule_find(field->name);

    if (field->type == PROTOBUF_C_TYPE_ENUM ||
            field->type == PROTOBUF_C_TYPE_BOOL || !rule)
        return 1;
    return rule->min > 1 ? rule->min : rule->max < 1 ? rule->max : 1;
}

static void fill_value(const ProtobufCFieldDescriptor *field, void *at)
{
    int64_t number;
    void *made;

    if (is_part(field) || field->type == PROTOBUF_C_TYPE_STRING) {
        made = is_part(field) ? (void *)filled_body(field->descriptor)
                              : (void *)strdup(FILLED_TEXT);
        memcpy(at, &made, sizeof(made));
        return;
    }
    number = number_for(field);
    if (filled_size(field) == sizeof(number))
        memcpy(at, &number, sizeof(number));
    else
        memcpy(at, &(int32_t){ (int32_t)number }, sizeof(int32_t));
}

static void fill(ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    size_t size = filled_size(field);
    uint8_t *values;

    if (!is_repeated(field)) {
        fill_value(field, member(body, field->offset));
        if (field->label != PROTOBUF_C_LABEL_REQUIRED && !is_part(field) &&
                field->type != PROTOBUF_C_TYPE_STRING)
            *(protobuf_c_boolean *)member(body, field->quantifier_offset) = 1;
        return;
    }
    values = malloc(FILLED_ITEMS * size);
    if (!values)
        abort();
    for (size_t i = 0; i < FILLED_ITEMS; i++)
        fill_value(field, values + i * size);
    memcpy(member(body, field->offset), &values, sizeof(values));
    *(size_t *)member(body, field->quantifier_offset) = FILLED_ITEMS;
}

ProtobufCMessage *filled_body(const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *body = body_new(type);

    if (!body)
        abort();
    for (unsigned i = 0; i < type->n_fields; i++)
        fill(body, &type->fields[i]);
    return body;
}

struct evt *filled_evt(enum evt_id what)
{
    struct evt *evt;

    if (evt_create(what, filled_body(evt_kinds[what].body), &evt) != ERR_OK)
        abort();
    return evt;
}

struct walk {
    void (*on_value)(void *context, const struct filled_value *value);
    void *context;
};

static void walk_body(
        const struct walk *walk, ProtobufCMessage *body, const char *path);

static void walk_field(const struct walk *walk, ProtobufCMessage *body,
        const ProtobufCFieldDescriptor *field, const char *path)
{
    struct filled_value value = { .owner = body, .field = field };
    char name[JSON_NAME_CHARS + 1], index[24] = "";
    uint8_t *first = member(body, field->offset);

    if (is_repeated(field))
        first = *(uint8_t **)(void *)first;
    body_json_name(field->name, name);
    for (size_t i = 0; i < filled_count(body, field); i++) {
        if (is_repeated(field))
            snprintf(index, sizeof(index), "[%zu]", i);
        snprintf(value.path, sizeof(value.path), "%s%s%s%s", path,
                path[0] ? "." : "", name, index);
        value.at = first + i * filled_size(field);
        walk->on_value(walk->context, &value);
        if (is_part(field))
            walk_body(walk, *(ProtobufCMessage **)value.at, value.path);
    }
}

static void walk_body(
        const struct walk *walk, ProtobufCMessage *body, const char *path)
{
    for (unsigned i = 0; i < body->descriptor->n_fields; i++)
        walk_field(walk, body, &body->descriptor->fields[i], path);
}

void filled_each(ProtobufCMessage *body,
        void (*on_value)(void *context, const struct filled_value *value),
        void *context)
{
    struct walk walk = { on_value, context };

    walk_body(&walk, body, "");
}
