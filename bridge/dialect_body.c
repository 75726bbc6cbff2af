#include "bridge/dialect_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"

/* --- text into a tree --- */

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
           c == 'e' || c == 'E';
}

/* A number with a fraction or exponent has at least the three characters of
 * 0.5; the rest of it becomes space. */
static void blur(char *number, size_t len)
{
    if (!memchr(number, '.', len) && !memchr(number, 'e', len) &&
            !memchr(number, 'E', len))
        return;
    assert(len >= 3);
    memcpy(number, "0.5", 3);
    memset(number + 3, ' ', len - 3);
}

/* Blur each number of a text that has passed the gate. */
static void blur_fractions(char *text, size_t len)
{
    bool quoted = false;
    size_t at = 0;

    while (at < len) {
        size_t end = at;

        if (quoted && text[at] == '\\')
            at++;
        else if (text[at] == '"')
            quoted = !quoted;
        else if (!quoted &&
                 (text[at] == '-' || (text[at] >= '0' && text[at] <= '9'))) {
            while (end < len && is_number_char(text[end]))
                end++;
            blur(text + at, end - at);
            at = end;
            continue;
        }
        at++;
    }
}

cJSON *json_read(const char *text, size_t len, struct fault *fault)
{
    cJSON *json = NULL;
    char *copy;

    if (json_gate(text, len, fault) != ERR_OK)
        return NULL;
    copy = malloc(len);
    if (copy) {
        memcpy(copy, text, len);
        blur_fractions(copy, len);
        json = cJSON_ParseWithLength(copy, len);
        free(copy);
    }
    if (!json)
        fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    return json;
}

/* From JSON_WHOLE_MAX on a double has no fraction. */
static bool is_whole(double value)
{
    if (value < -(double)JSON_WHOLE_MAX || value > (double)JSON_WHOLE_MAX)
        return true;
    return (double)(int64_t)value == value;
}

bool json_whole(const cJSON *item, int64_t *number)
{
    double value;

    if (!cJSON_IsNumber(item))
        return false;
    value = item->valuedouble;
    if (value < -(double)JSON_WHOLE_MAX || value > (double)JSON_WHOLE_MAX ||
            !is_whole(value))
        return false;
    *number = (int64_t)value;
    return true;
}

const char *json_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* --- times --- */

/* Exactly `count` digits, then `end` (0: nothing is asked). */
static bool read_digits(const char **text, int count, char end, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *number = *number * 10 + (**text - '0');
    }
    if (end == '\0')
        return true;
    return *(*text)++ == end;
}

static bool read_date(const char **text, int64_t *days)
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273,
        304, 334, 365 };
    int year, month, day, leap, length, past;

    if (!read_digits(text, 4, '-', &year) ||
            !read_digits(text, 2, '-', &month) ||
            !read_digits(text, 2, 'T', &day))
        return false;
    if (year < 1970 || month < 1 || month > 12)
        return false;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    length = before[month] - before[month - 1] + (month == 2 && leap);
    if (day < 1 || day > length)
        return false;
    past = year - 1; /* leap days up to the end of the year before */
    *days = (int64_t)(year - 1970) * 365 +
            (past / 4 - past / 100 + past / 400) - 477 + before[month - 1] +
            (month > 2 && leap) + day - 1;
    return true;
}

/* ".123", any number of digits from 1 to 9; finer than a millisecond is cut. */
static bool read_fraction(const char **text, int *ms)
{
    int scale = 100, count = 0;

    *ms = 0;
    if (**text != '.')
        return true;
    for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
        *ms += (**text - '0') * scale;
        scale /= 10;
        count++;
    }
    return count >= 1 && count <= 9;
}

static bool read_zone(const char **text, int *minutes)
{
    char sign = *(*text)++;
    int hour, minute;

    *minutes = 0;
    if (sign == 'Z')
        return true;
    if ((sign != '+' && sign != '-') || !read_digits(text, 2, ':', &hour) ||
            !read_digits(text, 2, '\0', &minute) || hour > 14 || minute > 59)
        return false;
    *minutes = (sign == '-' ? -1 : 1) * (hour * 60 + minute);
    return true;
}

bool parse_time(const char *text, int64_t *at_ms)
{
    int hour, minute, second, ms, zone;
    int64_t days, seconds;

    if (!read_date(&text, &days) || !read_digits(&text, 2, ':', &hour) ||
            !read_digits(&text, 2, ':', &minute) ||
            !read_digits(&text, 2, '\0', &second) ||
            !read_fraction(&text, &ms) || !read_zone(&text, &zone) || *text)
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    seconds = days * 86400 + hour * 3600 + (minute - zone) * 60 + second;
    if (seconds < 0)
        return false;
    *at_ms = seconds * 1000 + ms;
    return true;
}

/* --- the walk: a tree into a message --- */

struct walk {
    struct fault *fault;
    char path[FAULT_FIELD_CHARS + 1];
};

static enum err refuse(struct walk *walk, enum err code, const char *what)
{
    return fault_set(walk->fault, code, walk->path, "%s", what);
}

/* Add ".name", and "[index]" if it is not negative, at `at` of the path. */
static void enter(struct walk *walk, size_t at, const char *name, int index)
{
    size_t room = sizeof(walk->path) - at;
    const char *dot = at > 0 ? "." : "";

    if (index < 0)
        snprintf(walk->path + at, room, "%s%s", dot, name);
    else
        snprintf(walk->path + at, room, "%s%s[%d]", dot, name, index);
}

static enum err hear_message(struct walk *walk,
        const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **message);

static enum err hear_moment(
        struct walk *walk, const cJSON *json, int64_t *at_ms)
{
    if (cJSON_IsString(json) && parse_time(json->valuestring, at_ms))
        return ERR_OK;
    return refuse(walk, ERR_WRONG_TYPE,
            "must be a time such as \"2026-01-31T18:04:05.123Z\"");
}

static enum err hear_enum(struct walk *walk,
        const ProtobufCEnumDescriptor *type, const cJSON *json, int *value)
{
    char words[FAULT_TEXT_CHARS + 1] = "", word[WORD_CHARS + 1];
    size_t len = 0;

    if (!cJSON_IsString(json))
        return refuse(walk, ERR_WRONG_TYPE, "must be a word");
    if (parse_word(type, json->valuestring, value))
        return ERR_OK;
    for (unsigned i = 1; i < type->n_values && len < sizeof(words); i++) {
        print_word(type, type->values[i].value, word);
        len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s",
                i > 1 ? ", " : "", word);
    }
    return fault_set(walk->fault, ERR_OUT_OF_RANGE, walk->path,
            "must be one of %s", words);
}

static enum err hear_whole(struct walk *walk, const cJSON *json, int64_t min,
        int64_t max, int64_t *number)
{
    if (!cJSON_IsNumber(json) || !is_whole(json->valuedouble))
        return refuse(walk, ERR_WRONG_TYPE, "must be a whole number");
    if (!json_whole(json, number))
        return refuse(walk, ERR_OUT_OF_RANGE, "is too large to be exact");
    if (*number < min || *number > max)
        return fault_set(walk->fault, ERR_OUT_OF_RANGE, walk->path,
                "must be from %lld to %lld", (long long)min, (long long)max);
    return ERR_OK;
}

static enum err hear_string(struct walk *walk, const cJSON *json, char **text)
{
    if (!cJSON_IsString(json))
        return refuse(walk, ERR_WRONG_TYPE, "must be a string");
    *text = strdup(json->valuestring);
    return *text ? ERR_OK : refuse(walk, ERR_NO_MEMORY, "out of memory");
}

static enum err hear_32(
        struct walk *walk, ProtobufCType type, const cJSON *json, void *to)
{
    bool is_signed = type == PROTOBUF_C_TYPE_INT32 ||
                     type == PROTOBUF_C_TYPE_SINT32 ||
                     type == PROTOBUF_C_TYPE_SFIXED32;
    uint32_t narrow;
    int64_t number;
    enum err err = hear_whole(walk, json, is_signed ? INT32_MIN : 0,
            is_signed ? INT32_MAX : UINT32_MAX, &number);

    if (err == ERR_OK) {
        narrow = (uint32_t)number;
        memcpy(to, &narrow, sizeof(narrow));
    }
    return err;
}

static enum err hear_64(struct walk *walk,
        const ProtobufCFieldDescriptor *field, const cJSON *json, int64_t *to)
{
    bool is_unsigned = field->type == PROTOBUF_C_TYPE_UINT64 ||
                       field->type == PROTOBUF_C_TYPE_FIXED64;

    if (body_is_moment(field->name))
        return hear_moment(walk, json, to);
    return hear_whole(
            walk, json, is_unsigned ? 0 : -JSON_WHOLE_MAX, JSON_WHOLE_MAX, to);
}

/* One value, to where the message has it. */
static enum err hear_value(struct walk *walk,
        const ProtobufCFieldDescriptor *field, const cJSON *json, void *to)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return hear_message(walk, field->descriptor, json, to);
    case PROTOBUF_C_TYPE_STRING:
        return hear_string(walk, json, to);
    case PROTOBUF_C_TYPE_ENUM:
        return hear_enum(walk, field->descriptor, json, to);
    case PROTOBUF_C_TYPE_BOOL:
        if (!cJSON_IsBool(json))
            return refuse(walk, ERR_WRONG_TYPE, "must be true or false");
        *(protobuf_c_boolean *)to = cJSON_IsTrue(json);
        return ERR_OK;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return hear_64(walk, field, json, to);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BYTES: /* no body has one */
        return refuse(walk, ERR_WRONG_TYPE, "cannot be said in JSON");
    default:
        return hear_32(walk, field->type, json, to);
    }
}

/* The count grows with each whole element: a half-made list can be freed. */
static enum err hear_list(struct walk *walk, size_t at, const char *name,
        const ProtobufCFieldDescriptor *field, const cJSON *json, void *list,
        size_t *count)
{
    size_t size = json_value_size(field->type);
    int length = cJSON_GetArraySize(json);
    const cJSON *item;
    uint8_t *values;

    if (!cJSON_IsArray(json))
        return refuse(walk, ERR_WRONG_TYPE, "must be an array");
    if (length == 0)
        return ERR_OK;
    values = calloc((size_t)length, size);
    if (!values)
        return refuse(walk, ERR_NO_MEMORY, "out of memory");
    memcpy(list, &values, sizeof(values));
    cJSON_ArrayForEach(item, json)
    {
        enum err err;

        enter(walk, at, name, (int)*count);
        err = hear_value(walk, field, item, values + *count * size);
        if (err != ERR_OK)
            return err;
        ++*count;
    }
    return ERR_OK;
}

static enum err hear_field(struct walk *walk, size_t at, const char *name,
        const ProtobufCFieldDescriptor *field, const cJSON *json,
        ProtobufCMessage *message)
{
    uint8_t *base = (uint8_t *)message;
    void *quantifier = base + field->quantifier_offset;
    enum err err;

    assert(!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)); /* in no body */
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return hear_list(
                walk, at, name, field, json, base + field->offset, quantifier);
    err = hear_value(walk, field, json, base + field->offset);
    if (err == ERR_OK && field->label == PROTOBUF_C_LABEL_OPTIONAL &&
            field->type != PROTOBUF_C_TYPE_STRING &&
            field->type != PROTOBUF_C_TYPE_MESSAGE)
        *(protobuf_c_boolean *)quantifier = 1;
    return err;
}

static enum err hear_fields(
        struct walk *walk, const cJSON *json, ProtobufCMessage *message)
{
    int unknown = cJSON_GetArraySize(json);
    size_t at = strlen(walk->path);

    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char name[JSON_NAME_CHARS + 1];
        const cJSON *item;
        enum err err;

        body_json_name(field->name, name);
        item = cJSON_GetObjectItemCaseSensitive(json, name);
        unknown -= item != NULL;
        enter(walk, at, name, -1);
        if (item && !cJSON_IsNull(item))
            err = hear_field(walk, at, name, field, item, message);
        else if (field->label == PROTOBUF_C_LABEL_REQUIRED)
            err = refuse(walk, ERR_MISSING_FIELD, "is missing");
        else
            err = ERR_OK;
        if (err != ERR_OK)
            return err;
        walk->path[at] = '\0';
    }
    count_add(COUNT_UNKNOWN_FIELDS, (uint64_t)unknown);
    return ERR_OK;
}

static enum err hear_message(struct walk *walk,
        const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **message)
{
    ProtobufCMessage *made;
    enum err err;

    if (!cJSON_IsObject(json))
        return refuse(walk, ERR_WRONG_TYPE, "must be an object");
    made = body_new(type);
    if (!made)
        return refuse(walk, ERR_NO_MEMORY, "out of memory");
    err = hear_fields(walk, json, made);
    if (err != ERR_OK)
        body_free(made);
    else
        *message = made;
    return err;
}

enum err json_to_body(const ProtobufCMessageDescriptor *type, const cJSON *json,
        ProtobufCMessage **body, struct fault *fault)
{
    struct walk walk = { .fault = fault };

    return hear_message(&walk, type, json, body);
}
