#include <stdlib.h>

#include "bridge/catalogue/parts.h"
#include "hub/base/err.h"

/* --- types --- */

/* Controls are refused, C0 (but a line feed, where there may be lines), DEL
 * and C1. */
static const char *pattern_of(const struct field_rule *rule)
{
    if (rule->grammar == GRAMMAR_ID)
        return "^[A-Za-z0-9_-]+$";
    if (rule->grammar == GRAMMAR_WORD)
        return "^[a-z0-9_.:-]+$";
    return rule->lines ? "^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]*$"
                       : "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";
}

/* The rule counts bytes; no text has more characters than bytes. */
static void doc_text_schema(
        struct doc *doc, const char *key, const struct field_rule *rule)
{
    doc_open_row(doc, key, '{');
    doc_text(doc, "type", "string");
    doc_number(doc, "maxLength", rule->max_chars);
    doc_text(doc, "pattern", pattern_of(rule));
    doc_close(doc, '{');
}

static void doc_word_schema(
        struct doc *doc, const char *key, const struct member *member)
{
    if (!member->other) {
        doc_ref(doc, key, SCHEMAS_AT, member->type);
        return;
    }
    doc_open_row(doc, key, '{');
    doc_open(doc, "anyOf", '[');
    doc_ref(doc, NULL, SCHEMAS_AT, member->type);
    doc_text_schema(doc, NULL, member->other);
    doc_close(doc, '[');
    doc_close(doc, '{');
}

static void doc_value_schema(
        struct doc *doc, const char *key, const struct member *member)
{
    switch (member->kind) {
    case MEMBER_PART:
        doc_ref(doc, key, SCHEMAS_AT, member->type);
        return;
    case MEMBER_WORD:
        doc_word_schema(doc, key, member);
        return;
    case MEMBER_TEXT:
        doc_text_schema(doc, key, member->rule);
        return;
    default:
        break;
    }
    doc_open_row(doc, key, '{');
    if (member->kind == MEMBER_MOMENT) {
        doc_text(doc, "type", "string");
        doc_text(doc, "format", "date-time");
    } else if (member->kind == MEMBER_FLAG) {
        doc_text(doc, "type", "boolean");
    } else {
        doc_text(doc, "type", "integer");
        doc_number(doc, "minimum", member->min);
        doc_number(doc, "maximum", member->max);
        if (member->has_default)
            doc_number(doc, "default", member->value);
    }
    doc_close(doc, '{');
}

static void doc_member_schema(struct doc *doc, const struct member *member)
{
    if (!member->list) {
        doc_value_schema(doc, member->name, member);
        return;
    }
    doc_open_row(doc, member->name, '{');
    doc_text(doc, "type", "array");
    doc_number(doc, "maxItems", member->rule->max_items);
    doc_value_schema(doc, "items", member);
    doc_close(doc, '{');
}

/* Whoever listens may be shown less than must be stated: required is only
 * what is there in every view. */
static void doc_type_schema(
        struct doc *doc, const ProtobufCMessageDescriptor *type)
{
    struct member member;

    doc_open(doc, type->short_name, '{');
    doc_text(doc, "type", "object");
    doc_open(doc, "properties", '{');
    for (uint32_t at = 0; member_read(type, &at, &member);)
        doc_member_schema(doc, &member);
    doc_close(doc, '{');
    doc_open(doc, "required", '[');
    for (uint32_t at = 0; member_read(type, &at, &member);)
        if (member.required && member_is_shown_to_all(&member))
            doc_text(doc, NULL, member.name);
    doc_close(doc, '[');
    doc_close(doc, '{');
}

/* --- parcels --- */

static void doc_parcel_value(
        struct doc *doc, const char *key, const struct parcel_member *member)
{
    const struct parcel_type *type = &parcel_types[member->value];

    if (type->name) {
        doc_ref(doc, key, SCHEMAS_AT, type->name);
        return;
    }
    doc_open_row(doc, key, '{');
    doc_text(doc, "type", type->json);
    if (member->word && member->value == VALUE_COUNT)
        doc_number(doc, "const", strtoll(member->word, NULL, 10));
    else if (member->word)
        doc_text(doc, "const", member->word);
    if (type->pattern)
        doc_text(doc, "pattern", type->pattern);
    if (type->format)
        doc_text(doc, "format", type->format);
    if (member->value == VALUE_COUNT) {
        doc_number(doc, "minimum", 0);
        doc_number(doc, "maximum", JSON_WHOLE_MAX);
    }
    doc_close(doc, '{');
}

static void doc_parcel_schema(struct doc *doc, const struct parcel *parcel)
{
    doc_open(doc, parcel->name, '{');
    doc_text(doc, "type", "object");
    doc_text(doc, "description", parcel->about);
    doc_open(doc, "properties", '{');
    for (const struct parcel_member *m = parcel->members; m->value; m++) {
        if (!m->list) {
            doc_parcel_value(doc, m->name, m);
            continue;
        }
        doc_open_row(doc, m->name, '{');
        doc_text(doc, "type", "array");
        doc_parcel_value(doc, "items", m);
        doc_close(doc, '{');
    }
    doc_close(doc, '{');
    doc_open(doc, "required", '[');
    for (const struct parcel_member *m = parcel->members; m->value; m++)
        if (!m->optional)
            doc_text(doc, NULL, m->name);
    doc_close(doc, '[');
    doc_close(doc, '{');
}

/* --- lists of names --- */

static void open_names(struct doc *doc, const char *name)
{
    doc_open(doc, name, '{');
    doc_text(doc, "type", "string");
    doc_open(doc, "enum", '[');
}

static void close_names(struct doc *doc)
{
    doc_close(doc, '[');
    doc_close(doc, '{');
}

static void doc_names(struct doc *doc)
{
    open_names(doc, "EventName");
    for (int i = 0; i < EVT_COUNT; i++)
        doc_text(doc, NULL, evt_kinds[i].name);
    close_names(doc);
    open_names(doc, "StatedName");
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_is_stated(&evt_kinds[i]))
            doc_text(doc, NULL, evt_kinds[i].name);
    close_names(doc);
    open_names(doc, "Role");
    for (int i = 0; i < ROLE_COUNT; i++)
        doc_text(doc, NULL, roles[i].name);
    close_names(doc);
    open_names(doc, "ErrorCode");
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++)
        doc_text(doc, NULL, err_kinds[i].name);
    close_names(doc);
}

void doc_schemas(struct doc *doc)
{
    struct types types;

    types_collect(&types);
    doc_names(doc);
    for (uint32_t i = 0; i < parcel_count; i++)
        doc_parcel_schema(doc, &parcels[i]);
    for (uint32_t i = 0; i < types.message_count; i++)
        doc_type_schema(doc, types.messages[i]);
    for (uint32_t i = 0; i < types.enum_count; i++) {
        doc_open(doc, types.enums[i]->short_name, '{');
        doc_text(doc, "type", "string");
        doc_words(doc, "enum", types.enums[i]);
        doc_close(doc, '{');
    }
}
