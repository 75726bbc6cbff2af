#include "tests/support/made.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

/* Where one value stands; `has` is NULL where the value itself says it. */
struct spot {
    const ProtobufCFieldDescriptor *field;
    void *value;
    protobuf_c_boolean *has;
};

static void *member(const ProtobufCMessage *body, unsigned offset)
{
    return (uint8_t *)(uintptr_t)body + offset;
}

/* The element of a list of messages; made if it is the next one. */
static void *element(const ProtobufCMessage *body,
        const ProtobufCFieldDescriptor *field, size_t index, bool make)
{
    size_t *count = member(body, field->quantifier_offset);
    void ***list = member(body, field->offset);
    void **grown;

    if (index < *count)
        return &(*list)[index];
    if (!make)
        return NULL;
    assert(index == *count && field->type == PROTOBUF_C_TYPE_MESSAGE);
    grown = realloc(*list, (index + 1) * sizeof(*grown));
    assert(grown);
    *list = grown;
    grown[(*count)++] = body_new(field->descriptor);
    assert(grown[index]);
    return &grown[index];
}

static struct spot find_here(
        const ProtobufCMessage *body, const char *name, size_t len, bool make)
{
    const char *bracket = memchr(name, '[', len);
    size_t name_len = bracket ? (size_t)(bracket - name) : len;
    struct spot spot = { 0 };
    char text[64];

    assert(name_len < sizeof(text));
    memcpy(text, name, name_len);
    text[name_len] = '\0';
    spot.field = protobuf_c_message_descriptor_get_field_by_name(
            body->descriptor, text);
    if (!spot.field) {
        fprintf(stderr, "%s has no %s\n", body->descriptor->name, text);
        abort();
    }
    spot.value = member(body, spot.field->offset);
    if (bracket)
        spot.value =
                element(body, spot.field, strtoul(bracket + 1, NULL, 10), make);
    else if (spot.field->label == PROTOBUF_C_LABEL_OPTIONAL &&
             spot.field->type != PROTOBUF_C_TYPE_STRING &&
             spot.field->type != PROTOBUF_C_TYPE_MESSAGE)
        spot.has = member(body, spot.field->quantifier_offset);
    return spot;
}

/* False: something on the way is not there. */
static bool find(const ProtobufCMessage *body, const char *path, bool make,
        struct spot *spot)
{
    size_t len = strcspn(path, ".");
    void **part;

    *spot = find_here(body, path, len, make);
    if (!spot->value)
        return false;
    if (spot->field->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    part = spot->value;
    if (!*part && make)
        *part = body_new(spot->field->descriptor);
    if (!path[len] || !*part)
        return *part != NULL;
    return find(*part, path + len + 1, make, spot);
}

static void set(const struct spot *spot, const char *text)
{
    int64_t number = strtoll(text, NULL, 10);
    int32_t narrow = (int32_t)(uint32_t)number;

    switch (spot->field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    case PROTOBUF_C_TYPE_STRING:
        body_set_string(spot->value, text);
        break;
    case PROTOBUF_C_TYPE_INT64:
        memcpy(spot->value, &number, sizeof(number));
        break;
    default:
        memcpy(spot->value, &narrow, sizeof(narrow));
    }
    if (spot->has)
        *spot->has = 1;
}

ProtobufCMessage *made_body(enum evt_id what, ...)
{
    ProtobufCMessage *body = body_new(evt_kinds[what].body);
    const char *path, *text;
    struct spot spot;
    va_list list;

    assert(body);
    va_start(list, what);
    while ((path = va_arg(list, const char *)) != NULL) {
        text = va_arg(list, const char *);
        find(body, path, true, &spot);
        set(&spot, text);
    }
    va_end(list);
    return body;
}

/* What stands there, in digits or as it is. */
static void print(const struct spot *spot, char *out, size_t size)
{
    int64_t number;
    int32_t narrow;

    memcpy(&narrow, spot->value, sizeof(narrow));
    number = narrow;
    switch (spot->field->type) {
    case PROTOBUF_C_TYPE_STRING:
        snprintf(out, size, "%s", *(char **)spot->value);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        out[0] = '\0';
        return;
    case PROTOBUF_C_TYPE_INT64:
        memcpy(&number, spot->value, sizeof(number));
        break;
    case PROTOBUF_C_TYPE_UINT32:
        number = (uint32_t)narrow;
        break;
    default:
        break;
    }
    snprintf(out, size, "%" PRId64, number);
}

bool made_is(const ProtobufCMessage *body, const char *path, const char *value)
{
    char text[1024];
    struct spot spot;
    bool is_there = find(body, path, false, &spot) &&
                    (!spot.has || *spot.has) &&
                    (spot.field->type != PROTOBUF_C_TYPE_STRING ||
                            *(char **)spot.value);

    if (!is_there || !value)
        return !is_there && !value;
    print(&spot, text, sizeof(text));
    if (strcmp(text, value) != 0)
        fprintf(stderr, "%s is %s, not %s\n", path, text, value);
    return strcmp(text, value) == 0;
}
