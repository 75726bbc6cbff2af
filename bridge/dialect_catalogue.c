#include "bridge/dialect_catalogue.h"

#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "hub/evt/body.h"
#include "schemas/catalogue.h"
#include "schemas/roles.h"
#include "schemas/rooms.h"

#define MOST_TYPES 64

/* Every message and enum that some body is made of, each once. */
struct types {
    const ProtobufCMessageDescriptor *messages[MOST_TYPES];
    const ProtobufCEnumDescriptor *enums[MOST_TYPES];
    uint32_t message_count;
    uint32_t enum_count;
};

static void collect_enum(
        struct types *types, const ProtobufCEnumDescriptor *type)
{
    for (uint32_t i = 0; i < types->enum_count; i++)
        if (types->enums[i] == type)
            return;
    if (types->enum_count < MOST_TYPES)
        types->enums[types->enum_count++] = type;
}

/* Appends only: whoever walks the list comes by what was added meanwhile. */
static void collect_message(
        struct types *types, const ProtobufCMessageDescriptor *type)
{
    for (uint32_t i = 0; i < types->message_count; i++)
        if (types->messages[i] == type)
            return;
    if (types->message_count < MOST_TYPES)
        types->messages[types->message_count++] = type;
}

static void collect(struct types *types)
{
    memset(types, 0, sizeof(*types));
    for (int i = 0; i < EVT_COUNT; i++)
        collect_message(types, evt_kinds[i].body);
    for (uint32_t i = 0; i < types->message_count; i++)
        for (unsigned f = 0; f < types->messages[i]->n_fields; f++) {
            const ProtobufCFieldDescriptor *field =
                    &types->messages[i]->fields[f];

            if (field->type == PROTOBUF_C_TYPE_MESSAGE)
                collect_message(types, field->descriptor);
            else if (field->type == PROTOBUF_C_TYPE_ENUM)
                collect_enum(types, field->descriptor);
        }
}

/* An enum's word in JSON: TABLE_STATUS_FREE of TableStatus is "free". */
static void put_word(
        struct buf *out, const ProtobufCEnumDescriptor *type, const char *name)
{
    /* The prefix has the type's letters and one '_' before each capital. */
    for (const char *c = type->short_name; *c; c++)
        name += 1 + (*c >= 'A' && *c <= 'Z' && c != type->short_name);
    name += *name == '_';
    buf_putc(out, '"');
    for (; *name; name++)
        buf_putc(out, *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a')
                                                   : *name);
    buf_putc(out, '"');
}

static void put_words(struct buf *out, const ProtobufCEnumDescriptor *type,
        const char *between)
{
    bool first = true;

    for (unsigned i = 0; i < type->n_values; i++) {
        if (type->values[i].value == 0)
            continue;
        if (!first)
            buf_puts(out, between);
        put_word(out, type, type->values[i].name);
        first = false;
    }
}

static const char *short_name(const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return ((const ProtobufCMessageDescriptor *)field->descriptor)
                ->short_name;
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return ((const ProtobufCEnumDescriptor *)field->descriptor)->short_name;
    return NULL;
}

static void put_role_list(
        struct buf *out, uint32_t mask, const char *quote, const char *between)
{
    bool first = true;

    for (int i = 0; i < ROLE_COUNT; i++)
        if (mask & (1u << i)) {
            buf_printf(out, "%s%s%s%s", first ? "" : between, quote,
                    roles[i].name, quote);
            first = false;
        }
}

static void put_room_list(
        struct buf *out, uint32_t mask, const char *quote, const char *between)
{
    bool first = true;

    for (int i = 0; i < ROOM_COUNT; i++)
        if (mask & (1u << i)) {
            buf_printf(out, "%s%s%s%s%s", first ? "" : between, quote,
                    room_kinds[i].name, room_kinds[i].has_id ? "/<id>" : "",
                    quote);
            first = false;
        }
}

static bool is_required(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REQUIRED;
}

/* --- JSON schema, as asyncapi and json have it --- */

static void put_value_schema(struct buf *out,
        const ProtobufCFieldDescriptor *field, const char *types_at)
{
    const char *type = short_name(field);

    if (type)
        buf_printf(out, "{\"$ref\":\"%s%s\"}", types_at, type);
    else if (body_is_moment(field->name))
        buf_puts(out, "{\"type\":\"string\",\"format\":\"date-time\"}");
    else if (field->type == PROTOBUF_C_TYPE_STRING)
        buf_puts(out, "{\"type\":\"string\"}");
    else if (field->type == PROTOBUF_C_TYPE_BOOL)
        buf_puts(out, "{\"type\":\"boolean\"}");
    else
        buf_puts(out, "{\"type\":\"integer\"}");
}

static void put_required(
        struct buf *out, const ProtobufCMessageDescriptor *type)
{
    char name[JSON_NAME_CHARS + 1];
    bool first = true;

    for (unsigned i = 0; i < type->n_fields; i++) {
        if (!is_required(&type->fields[i]))
            continue;
        body_json_name(type->fields[i].name, name);
        buf_printf(out, "%s\"%s\"", first ? ",\"required\":[" : ",", name);
        first = false;
    }
    if (!first)
        buf_putc(out, ']');
}

static void put_message_schema(struct buf *out,
        const ProtobufCMessageDescriptor *type, const char *types_at)
{
    char name[JSON_NAME_CHARS + 1];

    buf_puts(out, "{\"type\":\"object\",\"properties\":{");
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool list = field->label == PROTOBUF_C_LABEL_REPEATED;

        body_json_name(field->name, name);
        buf_printf(out, "%s\"%s\":%s", i ? "," : "", name,
                list ? "{\"type\":\"array\",\"items\":" : "");
        put_value_schema(out, field, types_at);
        if (list)
            buf_putc(out, '}');
    }
    buf_putc(out, '}');
    put_required(out, type);
    buf_putc(out, '}');
}

/* All types by name, as an object. */
static void put_schemas(struct buf *out, const char *types_at)
{
    struct types types;

    collect(&types);
    buf_putc(out, '{');
    for (uint32_t i = 0; i < types.message_count; i++) {
        buf_printf(out, "%s\n\"%s\":", i ? "," : "",
                types.messages[i]->short_name);
        put_message_schema(out, types.messages[i], types_at);
    }
    for (uint32_t i = 0; i < types.enum_count; i++) {
        buf_printf(out, ",\n\"%s\":{\"type\":\"string\",\"enum\":[",
                types.enums[i]->short_name);
        put_words(out, types.enums[i], ",");
        buf_puts(out, "]}");
    }
    buf_puts(out, "\n}");
}

/* --- json --- */

static void print_json(struct buf *out, const char *site)
{
    static const char *const keeps[] = { "", "all", "last", "none" };

    (void)site;
    buf_puts(out, "{\"version\":1,\"events\":[");
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];

        buf_printf(out, "%s\n{\"name\":\"%s\",\"number\":%u,\"payload\":\"%s\"",
                i ? "," : "", kind->name, kind->wire, kind->body->short_name);
        buf_puts(out, ",\"from\":[");
        put_role_list(out, kind->from & ~(uint32_t)ROLE_HUB, "\"", ",");
        buf_puts(out, "],\"fromOwn\":[");
        put_role_list(out, kind->from_own, "\"", ",");
        buf_puts(out, "],\"rooms\":[");
        put_room_list(out, kind->to, "\"", ",");
        buf_printf(out, "],\"keep\":\"%s\",\"ttlSeconds\":%u}",
                keeps[kind->keep], kind->ttl_s);
    }
    buf_puts(out, "\n],\"types\":");
    put_schemas(out, "#/types/");
    buf_puts(out, "}\n");
}

/* --- markdown --- */

static void put_field_names(
        struct buf *out, const ProtobufCMessageDescriptor *type)
{
    char name[JSON_NAME_CHARS + 1];

    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        body_json_name(field->name, name);
        buf_printf(out, "%s%s%s%s", i ? ", " : "", name,
                field->label == PROTOBUF_C_LABEL_REPEATED ? "[]" : "",
                is_required(field) ? "" : "?");
    }
}

static void print_markdown(struct buf *out, const char *site)
{
    (void)site;
    buf_puts(out, "| event | number | payload | stated by | goes to |\n"
                  "|---|---|---|---|---|\n");
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];

        buf_printf(out, "| `%s` | %u | ", kind->name, kind->wire);
        put_field_names(out, kind->body);
        buf_puts(out, " | ");
        put_role_list(out, kind->from | kind->from_own, "", ", ");
        buf_puts(out, " | ");
        put_room_list(out, kind->to, "`", ", ");
        buf_puts(out, " |\n");
    }
}

/* --- TypeScript --- */

static const char *ts_type(const ProtobufCFieldDescriptor *field)
{
    const char *type = short_name(field);

    if (type)
        return type;
    if (field->type == PROTOBUF_C_TYPE_STRING || body_is_moment(field->name))
        return "string";
    return field->type == PROTOBUF_C_TYPE_BOOL ? "boolean" : "number";
}

static void put_interface(
        struct buf *out, const ProtobufCMessageDescriptor *type)
{
    char name[JSON_NAME_CHARS + 1];

    buf_printf(out, "export interface %s {\n", type->short_name);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        body_json_name(field->name, name);
        buf_printf(out, "  %s%s: %s%s;\n", name, is_required(field) ? "" : "?",
                ts_type(field),
                field->label == PROTOBUF_C_LABEL_REPEATED ? "[]" : "");
    }
    buf_puts(out, "}\n\n");
}

static void print_ts(struct buf *out, const char *site)
{
    struct types types;

    (void)site;
    collect(&types);
    buf_puts(out, "// Printed by `dumbwaiter catalogue --format ts`.\n\n");
    for (uint32_t i = 0; i < types.enum_count; i++) {
        buf_printf(out, "export type %s = ", types.enums[i]->short_name);
        put_words(out, types.enums[i], " | ");
        buf_puts(out, ";\n\n");
    }
    for (uint32_t i = 0; i < types.message_count; i++)
        put_interface(out, types.messages[i]);
    buf_puts(out, "export interface Events {\n");
    for (int i = 0; i < EVT_COUNT; i++)
        buf_printf(out, "  \"%s\": %s;\n", evt_kinds[i].name,
                evt_kinds[i].body->short_name);
    buf_puts(out, "}\n\n"
                  "export interface Envelope<E extends keyof Events = "
                  "keyof Events> {\n"
                  "  v: 1;\n  id: string;\n  epoch: string;\n  seq: number;\n"
                  "  room: string;\n  event: E;\n  ts: string;\n"
                  "  src: string;\n  cause?: string;\n  replay: boolean;\n"
                  "  prio: Priority;\n  exp?: number;\n  payload: Events[E];\n"
                  "}\n");
}

/* --- AsyncAPI --- */

static void put_messages(struct buf *out)
{
    buf_puts(out, "{");
    for (int i = 0; i < EVT_COUNT; i++)
        buf_printf(out,
                "%s\n\"%s\":{\"name\":\"%s\",\"payload\":{\"type\":"
                "\"object\",\"properties\":{\"event\":{\"const\":\"%s\"},"
                "\"payload\":{\"$ref\":\"#/components/schemas/%s\"}}}}",
                i ? "," : "", evt_kinds[i].name, evt_kinds[i].name,
                evt_kinds[i].name, evt_kinds[i].body->short_name);
    buf_puts(out, "\n}");
}

/* References to the messages that `from` may state, or to all for 0. */
static void put_references(struct buf *out, uint32_t from)
{
    bool first = true;

    buf_puts(out, "{");
    for (int i = 0; i < EVT_COUNT; i++) {
        if (from && !(evt_kinds[i].from & from))
            continue;
        buf_printf(out, "%s\"%s\":{\"$ref\":\"#/components/messages/%s\"}",
                first ? "" : ",", evt_kinds[i].name, evt_kinds[i].name);
        first = false;
    }
    buf_puts(out, "}");
}

static void print_asyncapi(struct buf *out, const char *site)
{
    buf_printf(out,
            "{\"asyncapi\":\"3.0.0\",\"info\":{\"title\":\"dumbwaiter\","
            "\"version\":\"%s\",\"description\":\"Envelopes in JSON on "
            "json/<room>; in/<client>/<event> takes the payload, or "
            "{id,payload}.\"},\n\"channels\":{\n"
            "\"events\":{\"address\":\"dw/1/%s/json/{room}\","
            "\"parameters\":{\"room\":{\"description\":\"kitchen, waiters, "
            "table/5, order/41, admin, ...\"}},\"messages\":",
            DUMBWAITER_VERSION, site);
    put_references(out, 0);
    buf_printf(out,
            "},\n\"publish\":{\"address\":\"dw/1/%s/in/{client}/{event}\","
            "\"parameters\":{\"client\":{},\"event\":{}},\"messages\":",
            site);
    put_references(out, ROLE_BACKEND);
    buf_puts(out, "}},\n\"operations\":{"
                  "\"follow\":{\"action\":\"receive\",\"channel\":{\"$ref\":"
                  "\"#/channels/events\"}},"
                  "\"state\":{\"action\":\"send\",\"channel\":{\"$ref\":"
                  "\"#/channels/publish\"}}},\n"
                  "\"components\":{\"messages\":");
    put_messages(out);
    buf_puts(out, ",\n\"schemas\":");
    put_schemas(out, "#/components/schemas/");
    buf_puts(out, "}}\n");
}

static const struct {
    const char *name;
    void (*print)(struct buf *out, const char *site);
} formats[] = {
    { "json", print_json },
    { "markdown", print_markdown },
    { "ts", print_ts },
    { "asyncapi", print_asyncapi },
};

bool dialect_catalogue(struct buf *out, const char *format, const char *site)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, format) == 0) {
            formats[i].print(out, site);
            return true;
        }
    return false;
}
