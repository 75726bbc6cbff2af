/* Two bodies of one type: one put over the other, or held against it. */
#include "hub/evt/body_walk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- one over the other --- */

static void copy_value(
        const ProtobufCFieldDescriptor *field, const void *from, void *to)
{
    void *copy;

    assert(field->type != PROTOBUF_C_TYPE_BYTES);
    if (!body_is_pointer(field)) {
        memcpy(to, from, body_value_size(field->type));
        return;
    }
    memcpy(&copy, from, sizeof(copy));
    copy = field->type == PROTOBUF_C_TYPE_STRING ? (void *)strdup(copy)
                                                 : (void *)body_copy(copy);
    assert(copy);
    memcpy(to, &copy, sizeof(copy));
}

/* The field of `known`, which is empty, gets what was said. */
static void put_values(ProtobufCMessage *known,
        const ProtobufCFieldDescriptor *field, const struct body_place *said)
{
    uint8_t *base = (uint8_t *)known;
    uint8_t *values = base + field->offset;

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        values = malloc(said->count * said->size);
        assert(values);
        memcpy(base + field->offset, &values, sizeof(values));
        memcpy(base + field->quantifier_offset, &said->count,
                sizeof(said->count));
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL &&
               !body_is_pointer(field)) {
        *(protobuf_c_boolean *)(void *)(base + field->quantifier_offset) = 1;
    }
    for (size_t i = 0; i < said->count; i++)
        copy_value(
                field, said->values + i * said->size, values + i * said->size);
}

void body_merge(ProtobufCMessage *known, const ProtobufCMessage *said)
{
    assert(known->descriptor == said->descriptor);
    for (unsigned i = 0; i < known->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &known->descriptor->fields[i];
        struct body_place from = body_find_place(said, field);
        struct body_place to = body_find_place(known, field);

        if (from.count == 0)
            continue;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
                field->label != PROTOBUF_C_LABEL_REPEATED && to.count == 1) {
            body_merge(*(ProtobufCMessage **)(void *)to.values,
                    *(ProtobufCMessage **)(void *)from.values);
            continue;
        }
        if (body_is_pointer(field) || field->label != PROTOBUF_C_LABEL_REQUIRED)
            body_clear_field(known, field);
        put_values(known, field, &from);
    }
}

/* --- one beside the other --- */

struct comparison {
    int64_t window_ms;
    bool more;  /* something is said that is not known */
    bool other; /* something is known otherwise */
};

static void compare(struct comparison *comparison,
        const ProtobufCMessage *known, const ProtobufCMessage *said);

/* What everybody counts for himself. */
static bool is_reckoned(const char *field_name)
{
    return strcmp(field_name, "version") == 0 ||
           strcmp(field_name, "previous") == 0;
}

static void compare_moments(
        struct comparison *comparison, const void *known, const void *said)
{
    int64_t a, b;

    memcpy(&a, known, sizeof(a));
    memcpy(&b, said, sizeof(b));
    if (a != b &&
            (a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a) >
                    (uint64_t)comparison->window_ms)
        comparison->more = true;
}

static bool is_same_bytes(const void *known, const void *said)
{
    ProtobufCBinaryData a, b;

    memcpy(&a, known, sizeof(a));
    memcpy(&b, said, sizeof(b));
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void compare_value(struct comparison *comparison,
        const ProtobufCFieldDescriptor *field, const void *known,
        const void *said)
{
    const void *a, *b;

    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        comparison->other |= !is_same_bytes(known, said);
    } else if (field->type == PROTOBUF_C_TYPE_INT64 &&
               body_is_moment(field->name)) {
        compare_moments(comparison, known, said);
    } else if (!body_is_pointer(field)) {
        comparison->other |=
                memcmp(known, said, body_value_size(field->type)) != 0;
    } else {
        memcpy(&a, known, sizeof(a));
        memcpy(&b, said, sizeof(b));
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            compare(comparison, a, b);
        else
            comparison->other |= strcmp(a, b) != 0;
    }
}

static void compare_field(struct comparison *comparison,
        const ProtobufCFieldDescriptor *field, const struct body_place *known,
        const struct body_place *said)
{
    if (said->count == 0 || is_reckoned(field->name))
        return;
    if (known->count == 0) {
        comparison->more = true;
        return;
    }
    if (known->count != said->count) {
        comparison->other = true;
        return;
    }
    for (size_t i = 0; i < said->count; i++)
        compare_value(comparison, field, known->values + i * known->size,
                said->values + i * said->size);
}

static void compare(struct comparison *comparison,
        const ProtobufCMessage *known, const ProtobufCMessage *said)
{
    assert(known->descriptor == said->descriptor);
    for (unsigned i = 0; i < said->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &said->descriptor->fields[i];
        struct body_place a = body_find_place(known, field);
        struct body_place b = body_find_place(said, field);

        compare_field(comparison, field, &a, &b);
    }
}

bool body_covers(const ProtobufCMessage *known, const ProtobufCMessage *said,
        int64_t window_ms)
{
    struct comparison comparison = { .window_ms = window_ms };

    compare(&comparison, known, said);
    return !comparison.more && !comparison.other;
}

bool body_agrees(const ProtobufCMessage *known, const ProtobufCMessage *said)
{
    struct comparison comparison = { 0 };

    compare(&comparison, known, said);
    return !comparison.other;
}
