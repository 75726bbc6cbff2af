#include "bridge/dialect/parts.h"

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

bool field_is_there(
        const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *base = (const uint8_t *)message;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return true;
    if (field->type == PROTOBUF_C_TYPE_STRING ||
            field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)(base + field->offset) != NULL;
    return field->label == PROTOBUF_C_LABEL_REQUIRED ||
           *(const protobuf_c_boolean *)(base + field->quantifier_offset);
}

/* A field's value or values; a word that nobody knows in place of its enum. */
static void put_field(struct buf *out, const ProtobufCMessage *message,
        const ProtobufCFieldDescriptor *field, enum view view)
{
    const uint8_t *base = (const uint8_t *)message;
    const char *other = other_word(message, field);

    if (other)
        buf_put_json(out, other);
    else if (field->label == PROTOBUF_C_LABEL_REPEATED)
        put_list(out, field, base, view);
    else
        put_value(out, field, base + field->offset, view);
}

static bool is_said(const ProtobufCMessage *message,
        const ProtobufCFieldDescriptor *field, enum view view)
{
    if (is_other_word_field(message->descriptor, field) ||
            !body_shows(field->name, view))
        return false;
    return field_is_there(message, field) || other_word(message, field);
}

void dialect_put_json(
        struct buf *out, const ProtobufCMessage *message, enum view view)
{
    char name[JSON_NAME_CHARS + 1];
    bool first = true;

    buf_putc(out, '{');
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

        if (!is_said(message, field, view))
            continue;
        body_json_name(field->name, name);
        buf_printf(out, "%s\"%s\":", first ? "" : ",", name);
        first = false;
        put_field(out, message, field, view);
    }
    buf_putc(out, '}');
}

void dialect_put_fault(struct buf *out, const struct fault *fault)
{
    dialect_put_fault_until(out, fault, 0);
}

void dialect_put_fault_until(
        struct buf *out, const struct fault *fault, uint32_t retry_ms)
{
    buf_puts(out, "{\"code\":");
    buf_put_json(out, err_kinds[fault->code].name);
    buf_puts(out, ",\"field\":");
    buf_put_json(out, fault->field);
    buf_puts(out, ",\"message\":");
    buf_put_json(out, fault->text);
    if (retry_ms > 0)
        buf_printf(out, ",\"retryAfterMs\":%u", retry_ms);
    buf_putc(out, '}');
}
