/* Bodies from strangers: read within limits, and checked field by field. */
#include "hub/evt/body_walk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/utf8.h"
#include "hub/evt/evt.h"
#include "schemas/fields.h"

#define UNKNOWN_FIELDS 8

/* --- reading --- */

/* What one message may allocate while it is unpacked. */
struct budget {
    size_t left;
};

static void *budget_alloc(void *data, size_t size)
{
    struct budget *budget = data;

    if (size > budget->left)
        return NULL;
    budget->left -= size;
    return malloc(size ? size : 1);
}

static void budget_free(void *data, void *memory)
{
    (void)data;
    free(memory);
}

static ProtobufCMessage *unpack(
        const ProtobufCMessageDescriptor *type, const void *data, size_t len)
{
    struct budget budget = { EVT_HEAP_BYTES };
    ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };

    return protobuf_c_message_unpack(type, &allocator, len, data);
}

/* Are all strings UTF-8, and unknown fields few? */
static bool is_sound(const ProtobufCMessage *body)
{
    if (body->n_unknown_fields > UNKNOWN_FIELDS)
        return false;
    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
        struct body_place place = body_find_place(body, field);

        for (size_t n = 0; n < place.count && body_is_pointer(field); n++) {
            const void *value;

            memcpy(&value, place.values + n * place.size, sizeof(value));
            if (field->type == PROTOBUF_C_TYPE_STRING
                            ? !utf8_is_valid(value, strlen(value))
                            : !is_sound(value))
                return false;
        }
    }
    return true;
}

ProtobufCMessage *body_unpack(
        const ProtobufCMessageDescriptor *type, const void *data, size_t len)
{
    ProtobufCMessage *body = unpack(type, data, len);

    if (body && !is_sound(body)) {
        body_free(body);
        return NULL;
    }
    return body;
}

/* --- checking --- */

struct check {
    struct fault *fault;
    char path[FAULT_FIELD_CHARS + 1];
};

static enum err refuse(struct check *check, enum err code, const char *text)
{
    return fault_set(check->fault, code, check->path, "%s", text);
}

static bool fits_grammar(const struct field_rule *rule, const char *text)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789_.:-";

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (rule->grammar == GRAMMAR_ID && !id_is_valid((char *)&c, 1))
            return false;
        if (rule->grammar == GRAMMAR_WORD && !strchr(word, c))
            return false;
        if ((c < 0x20 && !(c == '\n' && rule->lines)) || c == 0x7f)
            return false;
        /* C1 controls, U+0080 to U+009F */
        if (c == 0xc2 && (unsigned char)text[1] < 0xa0)
            return false;
    }
    return true;
}

static enum err check_string(
        struct check *check, const struct field_rule *rule, const char *text)
{
    char sentence[80];
    size_t len = strlen(text);

    if (rule->grammar == GRAMMAR_ID && (len == 0 || !fits_grammar(rule, text)))
        return refuse(check, ERR_BAD_ID, "an id has A-Z a-z 0-9 _ and - only");
    if (len > rule->max_chars) {
        snprintf(sentence, sizeof(sentence), "is longer than %u bytes",
                rule->max_chars);
        return refuse(check, ERR_OUT_OF_RANGE, sentence);
    }
    if (!utf8_is_valid(text, len))
        return refuse(check, ERR_BAD_UTF8, "is not valid UTF-8");
    if (rule->grammar == GRAMMAR_WORD && len == 0)
        return refuse(check, ERR_OUT_OF_RANGE, "must not be empty");
    if (!fits_grammar(rule, text))
        return refuse(check, ERR_OUT_OF_RANGE,
                "has a character that may not stand here");
    return ERR_OK;
}

static int64_t number_at(
        const ProtobufCFieldDescriptor *field, const uint8_t *value)
{
    int64_t wide;
    int32_t narrow;

    if (field->type == PROTOBUF_C_TYPE_BOOL)
        return *(const protobuf_c_boolean *)(const void *)value;
    if (body_value_size(field->type) == sizeof(wide)) {
        memcpy(&wide, value, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, value, sizeof(narrow));
    if (field->type == PROTOBUF_C_TYPE_UINT32 ||
            field->type == PROTOBUF_C_TYPE_FIXED32)
        return (uint32_t)narrow;
    return narrow;
}

static enum err check_number(struct check *check,
        const ProtobufCFieldDescriptor *field, const struct field_rule *rule,
        const uint8_t *value)
{
    int64_t number = number_at(field, value);
    char sentence[80];

    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        if (number != 0 && protobuf_c_enum_descriptor_get_value(
                                   field->descriptor, (int)number))
            return ERR_OK;
        return refuse(check, ERR_OUT_OF_RANGE, "is not one of the words");
    }
    if (number >= rule->min && number <= rule->max)
        return ERR_OK;
    snprintf(sentence, sizeof(sentence), "must be from %lld to %lld",
            (long long)rule->min, (long long)rule->max);
    return refuse(check, ERR_OUT_OF_RANGE, sentence);
}

static enum err check_message(
        struct check *check, const ProtobufCMessage *body);

static enum err check_value(struct check *check,
        const ProtobufCFieldDescriptor *field, const struct field_rule *rule,
        const uint8_t *value)
{
    const void *pointer;

    if (!body_is_pointer(field))
        return check_number(check, field, rule, value);
    memcpy(&pointer, value, sizeof(pointer));
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return check_string(check, rule, pointer);
    return check_message(check, pointer);
}

static enum err check_field(struct check *check, size_t at,
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    struct body_place place = body_find_place(body, field);
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    const struct field_rule *rule;

    if (place.count == 0 && field->label != PROTOBUF_C_LABEL_REQUIRED)
        return ERR_OK;
    rule = field_rule_find(field->name);
    assert(rule); /* a test sees to it that every field has one */
    body_enter(check->path, at, field->name, 0, false);
    if (field->label == PROTOBUF_C_LABEL_REQUIRED && place.count == 0)
        return refuse(check, ERR_MISSING_FIELD, "is missing");
    if (repeated && place.count > rule->max_items)
        return refuse(check, ERR_OUT_OF_RANGE, "has too many elements");
    for (size_t i = 0; i < place.count; i++) {
        enum err err;

        if (repeated)
            body_enter(check->path, at, field->name, i, repeated);
        err = check_value(check, field, rule, place.values + i * place.size);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err check_message(struct check *check, const ProtobufCMessage *body)
{
    size_t at = strlen(check->path);

    if (body->n_unknown_fields > UNKNOWN_FIELDS)
        return refuse(check, ERR_BAD_PROTOBUF, "has too many unknown fields");
    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        enum err err =
                check_field(check, at, body, &body->descriptor->fields[i]);

        if (err != ERR_OK)
            return err;
    }
    check->path[at] = '\0';
    return ERR_OK;
}

enum err body_check(const ProtobufCMessage *body, struct fault *fault)
{
    struct check check = { .fault = fault };

    return check_message(&check, body);
}
