#include "bridge/dialect/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/count.h"

enum err walk_refuse(struct walk *walk, enum err code, const char *format, ...)
{
    char sentence[FAULT_TEXT_CHARS + 1];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    return fault_set(walk->fault, code, walk->path, "%s", sentence);
}

void walk_enter(struct walk *walk, size_t at, const char *name, int index)
{
    size_t room = sizeof(walk->path) - at;
    const char *dot = at > 0 && *name ? "." : "";

    if (index < 0)
        snprintf(walk->path + at, room, "%s%s", dot, name);
    else
        snprintf(walk->path + at, room, "%s%s[%d]", dot, name, index);
}

enum err read_bool(struct walk *walk, const cJSON *json, protobuf_c_boolean *to)
{
    if (!cJSON_IsBool(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be true or false");
    *to = cJSON_IsTrue(json);
    return ERR_OK;
}

enum err read_whole(struct walk *walk, const cJSON *json, int64_t min,
        int64_t max, int64_t *to)
{
    int64_t number;

    if (!cJSON_IsNumber(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be a whole number");
    if (!json_whole(json, &number))
        return walk_refuse(walk, ERR_OUT_OF_RANGE, "is too large to be exact");
    if (number < min || number > max)
        return walk_refuse(walk, ERR_OUT_OF_RANGE, "must be from %lld to %lld",
                (long long)min, (long long)max);
    *to = number;
    return ERR_OK;
}

enum err read_text(struct walk *walk, const cJSON *json, char **to)
{
    if (!cJSON_IsString(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be a string");
    *to = strdup(json->valuestring);
    return *to ? ERR_OK : walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
}

enum err read_moment(struct walk *walk, const cJSON *json, int64_t *to)
{
    if (cJSON_IsString(json) && parse_time(json->valuestring, to))
        return ERR_OK;
    return walk_refuse(walk, ERR_WRONG_TYPE,
            "must be a time such as \"2026-01-31T18:04:05.123Z\"");
}

void range_of(ProtobufCType type, int64_t *min, int64_t *max)
{
    bool is_signed = type == PROTOBUF_C_TYPE_INT32 ||
                     type == PROTOBUF_C_TYPE_SINT32 ||
                     type == PROTOBUF_C_TYPE_SFIXED32;

    *min = is_signed ? INT32_MIN : 0;
    *max = is_signed ? INT32_MAX : UINT32_MAX;
}

void mark_there(
        ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL &&
            field->type != PROTOBUF_C_TYPE_STRING &&
            field->type != PROTOBUF_C_TYPE_MESSAGE)
        *(protobuf_c_boolean *)((uint8_t *)message + field->quantifier_offset) =
                1;
}

static enum err refuse_word(
        struct walk *walk, const ProtobufCEnumDescriptor *type)
{
    char words[FAULT_TEXT_CHARS + 1] = "", own[WORD_CHARS + 1];
    const char *word, *last = "";
    size_t len = 0;

    for (unsigned i = 0; i < type->n_values && len < sizeof(words); i++) {
        if (type->values[i].value == 0)
            continue;
        word = dialect_word(walk->dialect, type, type->values[i].value, own);
        if (strcmp(word, last) == 0) /* several values share one */
            continue;
        len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s",
                len > 0 ? ", " : "", word);
        last = word == own ? "" : word;
    }
    return walk_refuse(walk, ERR_OUT_OF_RANGE, "must be one of %s", words);
}

enum err read_word(struct walk *walk, ProtobufCMessage *message,
        const ProtobufCFieldDescriptor *field, const cJSON *json)
{
    const ProtobufCFieldDescriptor *other =
            other_word_field(message->descriptor, field);
    uint8_t *base = (uint8_t *)message;
    int value;

    if (!cJSON_IsString(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be a word");
    if (dialect_find_word(
                walk->dialect, field->descriptor, json->valuestring, &value)) {
        memcpy(base + field->offset, &value, sizeof(value));
        mark_there(message, field);
        return ERR_OK;
    }
    if (!other || !json->valuestring[0])
        return refuse_word(walk, field->descriptor);
    count_add(COUNT_UNKNOWN_WORDS, 1);
    return read_text(walk, json, (char **)(void *)(base + other->offset));
}
