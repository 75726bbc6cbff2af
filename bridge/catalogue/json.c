#include "bridge/catalogue/parts.h"

static const char *type_of(const struct member *member)
{
    static const char *const names[] = {
        [MEMBER_TEXT] = "string",
        [MEMBER_MOMENT] = "moment",
        [MEMBER_WHOLE] = "integer",
        [MEMBER_FLAG] = "boolean",
    };

    return member->type ? member->type : names[member->kind];
}

static const char *grammar_of(const struct field_rule *rule)
{
    return rule->grammar == GRAMMAR_ID     ? "id"
           : rule->grammar == GRAMMAR_WORD ? "word"
                                           : "text";
}

static void doc_text_rule(struct doc *doc, const struct field_rule *rule)
{
    doc_text(doc, "grammar", grammar_of(rule));
    doc_number(doc, "maxBytes", rule->max_chars);
    if (rule->lines)
        doc_flag(doc, "lines", true);
}

static void doc_hidden(struct doc *doc, const struct field_rule *rule)
{
    if (!rule->hide)
        return;
    doc_open(doc, "hiddenFrom", '[');
    for (int view = VIEW_NONE + 1; view < VIEW_COUNT; view++)
        if (rule->hide & 1u << view)
            doc_text(doc, NULL, view_names[view]);
    doc_close(doc, '[');
}

static void doc_field(struct doc *doc, const struct member *member)
{
    doc_open_row(doc, NULL, '{');
    doc_text(doc, "name", member->name);
    doc_number(doc, "number", member->field->id);
    doc_text(doc, "type", type_of(member));
    doc_flag(doc, "required", member->required);
    if (member->list)
        doc_number(doc, "maxItems", member->rule->max_items);
    if (member->kind == MEMBER_TEXT)
        doc_text_rule(doc, member->rule);
    if (member->kind == MEMBER_WHOLE) {
        doc_number(doc, "minimum", member->min);
        doc_number(doc, "maximum", member->max);
        if (member->has_default)
            doc_number(doc, "default", member->value);
    }
    if (member->other)
        doc_flag(doc, "otherWords", true);
    doc_hidden(doc, member->rule);
    doc_close(doc, '{');
}

static void doc_fields(struct doc *doc, const ProtobufCMessageDescriptor *type)
{
    struct member member;

    doc_open(doc, "fields", '[');
    for (uint32_t at = 0; member_read(type, &at, &member);)
        doc_field(doc, &member);
    doc_close(doc, '[');
}

static void doc_event(struct doc *doc, enum evt_id what)
{
    const struct evt_kind *kind = &evt_kinds[what];

    doc_open(doc, NULL, '{');
    doc_text(doc, "name", kind->name);
    doc_number(doc, "number", kind->wire);
    doc_text(doc, "payload", kind->body->short_name);
    doc_fields(doc, kind->body);
    doc_roles(doc, "from", kind->from & ~(uint32_t)ROLE_HUB);
    doc_roles(doc, "fromOwn", kind->from_own);
    doc_rooms(doc, "rooms", kind->to);
    doc_open(doc, "views", '{');
    for (int view = VIEW_NONE + 1; view < VIEW_COUNT; view++)
        doc_roles(doc, view_names[view], evt_seen_by(kind, (enum view)view));
    doc_close(doc, '{');
    doc_text(doc, "keep", keep_name(kind->keep));
    doc_number(doc, "ttlSeconds", kind->ttl_s);
    doc_flag(doc, "command", kind->command);
    doc_flag(doc, "transient", kind->transient);
    doc_said(doc, "saidAs", what, SAID_OUT | SAID_IN);
    doc_close(doc, '{');
}

static void doc_types(struct doc *doc)
{
    struct types types;

    types_collect(&types);
    doc_open(doc, "types", '[');
    for (uint32_t i = 0; i < types.message_count; i++) {
        if (!types.is_part[i])
            continue;
        doc_open(doc, NULL, '{');
        doc_text(doc, "name", types.messages[i]->short_name);
        doc_fields(doc, types.messages[i]);
        doc_close(doc, '{');
    }
    doc_close(doc, '[');
    doc_open(doc, "words", '[');
    for (uint32_t i = 0; i < types.enum_count; i++) {
        doc_open_row(doc, NULL, '{');
        doc_text(doc, "name", types.enums[i]->short_name);
        doc_words(doc, "words", types.enums[i]);
        doc_close(doc, '{');
    }
    doc_close(doc, '[');
}

static void doc_room(struct doc *doc, enum room_index kind)
{
    char name[ROOM_CHARS + 1];

    print_room_kind(kind, name);
    doc_open(doc, NULL, '{');
    doc_text(doc, "name", name);
    doc_roles(doc, "join", room_kinds[kind].join);
    doc_roles(doc, "joinOwn", room_kinds[kind].join_own);
    doc_aliases(doc, "aliases", kind);
    doc_close(doc, '{');
}

static void doc_role(struct doc *doc, const struct role *role)
{
    doc_open_row(doc, NULL, '{');
    doc_text(doc, "name", role->name);
    doc_number(doc, "messageBytes", role->message_bytes);
    doc_number(doc, "perSecond", role->per_second);
    doc_text(doc, "view", view_names[role->view]);
    doc_close(doc, '{');
}

void catalogue_json(struct buf *out, const struct catalogue_place *place)
{
    struct doc doc = { .out = out };

    (void)place;
    doc_open(&doc, NULL, '{');
    doc_number(&doc, "version", 1);
    doc_text(&doc, "dumbwaiter", DUMBWAITER_VERSION);
    doc_open(&doc, "events", '[');
    for (int i = 0; i < EVT_COUNT; i++)
        doc_event(&doc, (enum evt_id)i);
    doc_close(&doc, '[');
    doc_types(&doc);
    doc_open(&doc, "rooms", '[');
    for (int i = 0; i < ROOM_COUNT; i++)
        doc_room(&doc, (enum room_index)i);
    doc_close(&doc, '[');
    doc_open(&doc, "roles", '[');
    for (int i = 0; i < ROLE_COUNT; i++)
        doc_role(&doc, &roles[i]);
    doc_close(&doc, '[');
    doc_rights(&doc);
    doc_close(&doc, '{');
    buf_putc(out, '\n');
}
