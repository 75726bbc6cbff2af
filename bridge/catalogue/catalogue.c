#include "bridge/catalogue/catalogue.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bridge/catalogue/parts.h"
#include "schemas/picture.pb-c.h"

/* --- types --- */

static void collect_enum(
        struct types *types, const ProtobufCEnumDescriptor *type)
{
    for (uint32_t i = 0; i < types->enum_count; i++)
        if (types->enums[i] == type)
            return;
    assert(types->enum_count < TYPES_MAX);
    types->enums[types->enum_count++] = type;
}

/* Appends only: whoever walks the list comes by what was added meanwhile. */
static void collect_message(struct types *types,
        const ProtobufCMessageDescriptor *type, bool is_part)
{
    uint32_t at = 0;

    while (at < types->message_count && types->messages[at] != type)
        at++;
    if (at == types->message_count) {
        assert(types->message_count < TYPES_MAX);
        types->messages[types->message_count++] = type;
    }
    types->is_part[at] |= is_part;
}

static void collect_parts(
        struct types *types, const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            collect_message(types, field->descriptor, true);
        else if (field->type == PROTOBUF_C_TYPE_ENUM)
            collect_enum(types, field->descriptor);
    }
}

void types_collect(struct types *types)
{
    memset(types, 0, sizeof(*types));
    for (int i = 0; i < EVT_COUNT; i++)
        collect_message(types, evt_kinds[i].body, false);
    collect_message(types, &dw__picture__descriptor, true);
    for (uint32_t i = 0; i < types->message_count; i++)
        collect_parts(types, types->messages[i]);
}

/* --- members --- */

#define OTHER_WORD "_word"

/* The field `status_word` beside an enum `status`: words that the enum does
 * not have, in JSON under the enum's name. */
static const ProtobufCFieldDescriptor *find_other(
        const ProtobufCMessageDescriptor *type,
        const ProtobufCFieldDescriptor *field)
{
    char name[JSON_NAME_CHARS + sizeof(OTHER_WORD)];

    if (field->type != PROTOBUF_C_TYPE_ENUM)
        return NULL;
    snprintf(name, sizeof(name), "%s" OTHER_WORD, field->name);
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static bool is_other(const ProtobufCMessageDescriptor *type,
        const ProtobufCFieldDescriptor *field)
{
    for (unsigned i = 0; i < type->n_fields; i++)
        if (find_other(type, &type->fields[i]) == field)
            return true;
    return false;
}

static const struct field_rule *rule_of(const ProtobufCFieldDescriptor *field)
{
    const struct field_rule *rule = field_rule_find(field->name);

    assert(rule); /* a test sees to it that every field has one */
    return rule;
}

static enum member_form kind_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return MEMBER_PART;
    case PROTOBUF_C_TYPE_ENUM:
        return MEMBER_WORD;
    case PROTOBUF_C_TYPE_BOOL:
        return MEMBER_FLAG;
    case PROTOBUF_C_TYPE_STRING:
        return MEMBER_TEXT;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BYTES:
        assert(false); /* cannot be said in JSON: no body has one */
        return MEMBER_TEXT;
    default:
        return body_is_moment(field->name) ? MEMBER_MOMENT : MEMBER_WHOLE;
    }
}

static const char *type_name(const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *message = field->descriptor;
    const ProtobufCEnumDescriptor *words = field->descriptor;

    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return message->short_name;
    return field->type == PROTOBUF_C_TYPE_ENUM ? words->short_name : NULL;
}

static int64_t within(int64_t number, int64_t min, int64_t max)
{
    return number < min ? min : number > max ? max : number;
}

/* What the rule allows and the type can hold. */
static void set_range(struct member *member)
{
    int64_t min = -JSON_WHOLE_MAX, max = JSON_WHOLE_MAX;

    switch (member->field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        min = 0;
        max = UINT32_MAX;
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        min = INT32_MIN;
        max = INT32_MAX;
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        min = 0;
        break;
    default:
        break;
    }
    member->min = within(member->rule->min, min, max);
    member->max = within(member->rule->max, min, max);
}

/* Fractions have none: they cannot be said. */
static void set_default(struct member *member)
{
    const void *value = member->field->default_value;

    if (member->kind != MEMBER_WHOLE || !value)
        return;
    member->has_default = true;
    if (json_value_size(member->field->type) == sizeof(int64_t))
        memcpy(&member->value, value, sizeof(int64_t));
    else if (member->field->type == PROTOBUF_C_TYPE_UINT32 ||
             member->field->type == PROTOBUF_C_TYPE_FIXED32)
        member->value = *(const uint32_t *)value;
    else
        member->value = *(const int32_t *)value;
}

bool member_read(const ProtobufCMessageDescriptor *type, uint32_t *at,
        struct member *member)
{
    const ProtobufCFieldDescriptor *field, *other;

    while (*at < type->n_fields && is_other(type, &type->fields[*at]))
        ++*at;
    if (*at >= type->n_fields)
        return false;
    field = &type->fields[(*at)++];
    other = find_other(type, field);
    *member = (struct member){
        .field = field,
        .rule = rule_of(field),
        .other = other ? rule_of(other) : NULL,
        .kind = kind_of(field),
        .type = type_name(field),
        .required = field->label == PROTOBUF_C_LABEL_REQUIRED,
        .list = field->label == PROTOBUF_C_LABEL_REPEATED,
    };
    body_json_name(field->name, member->name);
    set_range(member);
    set_default(member);
    return true;
}

bool member_is_shown_to_all(const struct member *member)
{
    return member->rule->hide == 0;
}

static void put_text_rule(struct buf *out, const struct field_rule *rule)
{
    static const char *const grammars[] = {
        [GRAMMAR_TEXT] = "",
        [GRAMMAR_ID] = "A-Z a-z 0-9 _ -, ",
        [GRAMMAR_WORD] = "a-z 0-9 _ . : -, ",
    };

    buf_printf(out, "%s%s%u bytes%s", grammars[rule->grammar],
            rule->grammar == GRAMMAR_TEXT ? "at most " : "1 to ",
            rule->max_chars, rule->lines ? ", may have lines" : "");
}

static void put_range(struct buf *out, const struct member *member)
{
    buf_printf(out, "%lld to %lld", (long long)member->min,
            (long long)member->max);
    if (member->has_default)
        buf_printf(out, ", else %lld", (long long)member->value);
}

void put_rule(struct buf *out, const struct member *member)
{
    if (member->list)
        buf_printf(out, "at most %u", member->rule->max_items);
    if (member->list &&
            (member->kind == MEMBER_TEXT || member->kind == MEMBER_WHOLE))
        buf_puts(out, ", each ");
    if (member->kind == MEMBER_TEXT)
        put_text_rule(out, member->rule);
    else if (member->kind == MEMBER_WHOLE)
        put_range(out, member);
    else if (member->kind == MEMBER_MOMENT)
        buf_puts(out, "ISO 8601, UTC");
}

void put_hidden(struct buf *out, const struct member *member)
{
    const char *between = "";

    for (int view = VIEW_NONE + 1; view < VIEW_COUNT; view++)
        if (member->rule->hide & 1u << view) {
            buf_printf(out, "%s%s", between, view_names[view]);
            between = ", ";
        }
}

/* --- columns --- */

const char *const view_names[VIEW_COUNT] = {
    [VIEW_NONE] = "none",
    [VIEW_FULL] = "full",
    [VIEW_STAFF] = "staff",
    [VIEW_CUSTOMER] = "customer",
    [VIEW_DEVICE] = "device",
};

const char *keep_name(enum keep keep)
{
    static const char *const names[] = {
        [KEEP_UNSET] = "",
        [KEEP_ALL] = "all",
        [KEEP_LAST] = "last",
        [KEEP_NONE] = "none",
    };

    return names[keep];
}

uint32_t evt_seen_by(const struct evt_kind *kind, enum view view)
{
    switch (view) {
    case VIEW_FULL:
        return kind->full;
    case VIEW_STAFF:
        return kind->staff;
    case VIEW_CUSTOMER:
        return kind->customer;
    case VIEW_DEVICE:
        return kind->device;
    default:
        return 0;
    }
}

bool evt_is_stated(const struct evt_kind *kind)
{
    return ((kind->from | kind->from_own) & ~(uint32_t)ROLE_HUB) != 0;
}

void print_room_kind(enum room_index kind, char out[ROOM_CHARS + 1])
{
    snprintf(out, ROOM_CHARS + 1, "%s%s", room_kinds[kind].name,
            room_kinds[kind].has_id ? "/<id>" : "");
}

bool print_room_alias(enum room_index kind, enum dialect_id dialect,
        char out[ALIAS_CHARS + 1])
{
    struct room room = { .kind = kind };

    if (room_kinds[kind].has_id)
        memcpy(room.id, "<id>", sizeof("<id>"));
    return dialect != DIALECT_NATIVE &&
           room_print_alias(dialect, "<site>", &room, out) > 0;
}

/* --- formats --- */

static const struct {
    const char *name;
    void (*print)(struct buf *out, const struct catalogue_place *place);
} formats[] = {
    { "json", catalogue_json },
    { "markdown", catalogue_markdown },
    { "ts", catalogue_ts },
    { "asyncapi", catalogue_asyncapi },
};

bool dialect_catalogue(struct buf *out, const char *format,
        const struct catalogue_place *place)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, format) == 0) {
            formats[i].print(out, place);
            return true;
        }
    return false;
}
