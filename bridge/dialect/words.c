#include "bridge/dialect/parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "hub/evt/body.h"

#define OTHER "_word"

/* --- our own --- */

/* How long the prefix of the value's names is: the first is …UNSPECIFIED. */
static size_t prefix_len(const ProtobufCEnumDescriptor *type)
{
    return strlen(type->values[0].name) - strlen("UNSPECIFIED");
}

void print_word(const ProtobufCEnumDescriptor *type, int value,
        char out[WORD_CHARS + 1])
{
    const ProtobufCEnumValue *known =
            protobuf_c_enum_descriptor_get_value(type, value);
    const char *name = (known ? known : type->values)->name + prefix_len(type);
    size_t len = 0;

    for (; name[len] && len < WORD_CHARS; len++)
        out[len] = (char)tolower((unsigned char)name[len]);
    out[len] = '\0';
}

bool parse_word(
        const ProtobufCEnumDescriptor *type, const char *word, int *value)
{
    char known[WORD_CHARS + 1];

    for (unsigned i = 0; i < type->n_values; i++) {
        if (type->values[i].value == 0)
            continue;
        print_word(type, type->values[i].value, known);
        if (strcmp(known, word) == 0) {
            *value = type->values[i].value;
            return true;
        }
    }
    return false;
}

/* --- a dialect's --- */

const char *dialect_word(enum dialect_id dialect,
        const ProtobufCEnumDescriptor *type, int value,
        char own[WORD_CHARS + 1])
{
    for (const struct word_row *row = dialects[dialect].words; row->kind; row++)
        if (row->kind == type && row->value == value)
            return row->word;
    print_word(type, value, own);
    return own;
}

bool dialect_find_word(enum dialect_id dialect,
        const ProtobufCEnumDescriptor *type, const char *word, int *value)
{
    for (const struct word_row *row = dialects[dialect].words; row->kind; row++)
        if (row->kind == type && strcmp(row->word, word) == 0) {
            *value = row->value;
            return true;
        }
    return parse_word(type, word, value);
}

/* --- words that nobody knows --- */

const ProtobufCFieldDescriptor *other_word_field(
        const ProtobufCMessageDescriptor *type,
        const ProtobufCFieldDescriptor *field)
{
    char name[JSON_NAME_CHARS + sizeof(OTHER)];

    if (field->type != PROTOBUF_C_TYPE_ENUM ||
            field->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    snprintf(name, sizeof(name), "%s" OTHER, field->name);
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

bool is_other_word_field(const ProtobufCMessageDescriptor *type,
        const ProtobufCFieldDescriptor *field)
{
    const ProtobufCFieldDescriptor *known;
    char name[JSON_NAME_CHARS + 1];
    size_t len = strlen(field->name);

    if (len <= strlen(OTHER) || len - strlen(OTHER) >= sizeof(name) ||
            strcmp(field->name + len - strlen(OTHER), OTHER) != 0)
        return false;
    memcpy(name, field->name, len - strlen(OTHER));
    name[len - strlen(OTHER)] = '\0';
    known = protobuf_c_message_descriptor_get_field_by_name(type, name);
    return known && other_word_field(type, known) == field;
}

const char *other_word(
        const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCFieldDescriptor *other =
            other_word_field(message->descriptor, field);

    return other ? *(const char *const *)((const uint8_t *)message +
                                          other->offset)
                 : NULL;
}

enum err check_heard(const ProtobufCMessage *body, struct fault *fault)
{
    enum err err = body_check(body, fault);
    size_t len;

    if (err == ERR_OK)
        return ERR_OK;
    len = strlen(fault->field);
    if (len > 4 && strcmp(fault->field + len - 4, "Word") == 0)
        fault->field[len - 4] = '\0';
    return err;
}
