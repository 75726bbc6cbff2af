#include "bridge/dialect_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hub/evt/body.h"

#define LAST_MS 253402300799999 /* the end of the year 9999 */

void dialect_print_time(int64_t at_ms, char out[ISO_CHARS + 1])
{
    int64_t clamped = at_ms < 0 ? 0 : at_ms > LAST_MS ? LAST_MS : at_ms;
    time_t seconds = (time_t)(clamped / 1000);
    char text[ISO_CHARS + 40]; /* snprintf is not to fear for its years */
    struct tm tm;

    gmtime_r(&seconds, &tm);
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
            tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
            tm.tm_sec, (int)(clamped % 1000));
    memcpy(out, text, ISO_CHARS);
    out[ISO_CHARS] = '\0';
}

/* --- words of enums --- */

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

/* --- the walk: a message into text --- */

static void put_64(
        struct buf *out, const ProtobufCFieldDescriptor *field, const void *at)
{
    char time[ISO_CHARS + 1];
    int64_t number;

    memcpy(&number, at, sizeof(number));
    if (body_is_moment(field->name)) {
        dialect_print_time(number, time);
        buf_printf(out, "\"%s\"", time);
    } else if (field->type == PROTOBUF_C_TYPE_UINT64 ||
               field->type == PROTOBUF_C_TYPE_FIXED64) {
        buf_printf(out, "%llu", (unsigned long long)number);
    } else {
        buf_printf(out, "%lld", (long long)number);
    }
}

static void put_value(struct buf *out, const ProtobufCFieldDescriptor *field,
        const void *at, enum view view)
{
    char word[WORD_CHARS + 1];

    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        dialect_put_json(out, *(ProtobufCMessage *const *)at, view);
        break;
    case PROTOBUF_C_TYPE_STRING:
        buf_put_json(out, *(const char *const *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        buf_puts(out, *(const protobuf_c_boolean *)at ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM:
        print_word(field->descriptor, *(const int *)at, word);
        buf_put_json(out, word);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        put_64(out, field, at);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        buf_printf(out, "%u", *(const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        buf_printf(out, "%d", *(const int32_t *)at);
        break;
    default: /* fractions and bytes: no message that is said in JSON has them */
        buf_puts(out, "null");
    }
}

size_t json_value_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return sizeof(int64_t);
    default:
        return sizeof(int32_t);
    }
}

static void put_list(struct buf *out, const ProtobufCFieldDescriptor *field,
        const uint8_t *base, enum view view)
{
    size_t count = *(const size_t *)(base + field->quantifier_offset);
    const uint8_t *values = *(uint8_t *const *)(base + field->offset);

    buf_putc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_value(out, field, values + i * json_value_size(field->type), view);
    }
    buf_putc(out, ']');
}

/* Is the field there? An empty list is: whoever reads it need not ask. */
static bool is_there(const ProtobufCFieldDescriptor *field, const uint8_t *base)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return true;
    if (field->type == PROTOBUF_C_TYPE_STRING ||
            field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)(base + field->offset) != NULL;
    return field->label == PROTOBUF_C_LABEL_REQUIRED ||
           *(const protobuf_c_boolean *)(base + field->quantifier_offset);
}

void dialect_put_json(
        struct buf *out, const ProtobufCMessage *message, enum view view)
{
    const uint8_t *base = (const uint8_t *)message;
    char name[JSON_NAME_CHARS + 1];
    bool first = true;

    buf_putc(out, '{');
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

        if (!is_there(field, base) || !body_shows(field->name, view))
            continue;
        body_json_name(field->name, name);
        buf_printf(out, "%s\"%s\":", first ? "" : ",", name);
        first = false;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            put_list(out, field, base, view);
        else
            put_value(out, field, base + field->offset, view);
    }
    buf_putc(out, '}');
}

void dialect_put_fault(struct buf *out, const struct fault *fault)
{
    buf_puts(out, "{\"code\":");
    buf_put_json(out, err_kinds[fault->code].name);
    buf_puts(out, ",\"field\":");
    buf_put_json(out, fault->field);
    buf_puts(out, ",\"message\":");
    buf_put_json(out, fault->text);
    buf_putc(out, '}');
}
