#include "hub/evt/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/utf8.h"
#include "hub/evt/evt.h"
#include "schemas/fields.h"

#define UNKNOWN_FIELDS 8
#define PATH_CHARS     FAULT_FIELD_CHARS

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

ProtobufCMessage *body_unpack_own(
        const ProtobufCMessageDescriptor *type, const void *data, size_t len)
{
    return protobuf_c_message_unpack(type, NULL, len, data);
}

static ProtobufCMessage *unpack(
        const ProtobufCMessageDescriptor *type, const void *data, size_t len)
{
    struct budget budget = { EVT_HEAP_BYTES };
    ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };

    return protobuf_c_message_unpack(type, &allocator, len, data);
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

/* --- a walk over fields --- */

/* Where a field's value or values stand, and how many there are. */
struct place {
    uint8_t *values; /* of repeated ones the first, else the only one */
    size_t count;
    size_t size; /* bytes from one to the next */
};

static size_t value_size(ProtobufCType type)
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

static bool is_pointer(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING ||
           field->type == PROTOBUF_C_TYPE_MESSAGE;
}

static struct place find_place(
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    uint8_t *base = (uint8_t *)(uintptr_t)body;
    struct place place = { base + field->offset, 1, value_size(field->type) };
    const uint32_t *quantifier =
            (const uint32_t *)(const void *)(base + field->quantifier_offset);

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        place.count = *(const size_t *)(const void *)quantifier;
        memcpy(&place.values, base + field->offset, sizeof(place.values));
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        place.count = *quantifier == field->id;
    } else if (is_pointer(field)) {
        place.count = *(void **)(void *)place.values != NULL;
    } else if (field->label != PROTOBUF_C_LABEL_REQUIRED) {
        place.count = *(const protobuf_c_boolean *)quantifier != 0;
    }
    return place;
}

/* --- checking --- */

struct check {
    struct fault *fault;
    char path[PATH_CHARS + 1];
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
    if (value_size(field->type) == sizeof(wide)) {
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

    if (!is_pointer(field))
        return check_number(check, field, rule, value);
    memcpy(&pointer, value, sizeof(pointer));
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return check_string(check, rule, pointer);
    return check_message(check, pointer);
}

/* Add ".name" or, for one of several, ".name[i]" to the path. */
static void enter(struct check *check, size_t at, const char *name,
        size_t index, bool repeated)
{
    char json[JSON_NAME_CHARS + 1];
    size_t room = sizeof(check->path) - at;

    body_json_name(name, json);
    if (repeated)
        snprintf(check->path + at, room, "%s%s[%zu]", at ? "." : "", json,
                index);
    else
        snprintf(check->path + at, room, "%s%s", at ? "." : "", json);
}

static enum err check_field(struct check *check, size_t at,
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    struct place place = find_place(body, field);
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    const struct field_rule *rule;

    if (place.count == 0 && field->label != PROTOBUF_C_LABEL_REQUIRED)
        return ERR_OK;
    rule = field_rule_find(field->name);
    assert(rule); /* a test sees to it that every field has one */
    enter(check, at, field->name, 0, false);
    if (field->label == PROTOBUF_C_LABEL_REQUIRED && place.count == 0)
        return refuse(check, ERR_MISSING_FIELD, "is missing");
    if (repeated && place.count > rule->max_items)
        return refuse(check, ERR_OUT_OF_RANGE, "has too many elements");
    for (size_t i = 0; i < place.count; i++) {
        enum err err;

        if (repeated)
            enter(check, at, field->name, i, repeated);
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

/* Are all strings UTF-8, and unknown fields few? */
static bool is_sound(const ProtobufCMessage *body)
{
    if (body->n_unknown_fields > UNKNOWN_FIELDS)
        return false;
    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
        struct place place = find_place(body, field);

        for (size_t n = 0; n < place.count && is_pointer(field); n++) {
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

/* --- views --- */

bool body_shows(const char *field_name, enum view view)
{
    const struct field_rule *rule;

    if (view == VIEW_FULL)
        return true;
    rule = field_rule_find(field_name);
    return rule && !(rule->hide & 1u << view);
}

/* Release the values of a hidden field and mark it as absent. */
static void clear_field(
        ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
    struct place place = find_place(body, field);
    uint8_t *base = (uint8_t *)body;

    for (size_t i = 0; i < place.count && is_pointer(field); i++) {
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
    } else if (is_pointer(field)) {
        memset(base + field->offset, 0, sizeof(void *));
    } else {
        memset(base + field->quantifier_offset, 0, sizeof(protobuf_c_boolean));
    }
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
        struct place place = find_place(body, field);

        if (!body_shows(field->name, view)) {
            if (field->label != PROTOBUF_C_LABEL_REQUIRED)
                clear_field(body, field);
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

/* --- by name --- */

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessage *body,
        const char *name, size_t len, ProtobufCType type)
{
    char text[64];
    const ProtobufCFieldDescriptor *field;

    if (len >= sizeof(text))
        return NULL;
    memcpy(text, name, len);
    text[len] = '\0';
    field = protobuf_c_message_descriptor_get_field_by_name(
            body->descriptor, text);
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

/* --- names --- */

bool body_is_moment(const char *field_name)
{
    size_t len = strlen(field_name);

    return len > 6 && strcmp(field_name + len - 6, "_at_ms") == 0;
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
