#include <string.h>

#include "bridge/catalogue/parts.h"
#include "hub/base/err.h"

/* --- types --- */

static void put_words(struct buf *out, const ProtobufCEnumDescriptor *type)
{
    char word[WORD_CHARS + 1];
    const char *between = "";

    buf_printf(out, "export type %s = ", type->short_name);
    for (unsigned i = 0; i < type->n_values; i++)
        if (type->values[i].value != 0) {
            print_word(type, type->values[i].value, word);
            buf_printf(out, "%s\"%s\"", between, word);
            between = " | ";
        }
    buf_puts(out, ";\n\n");
}

static void put_type(struct buf *out, const struct member *member)
{
    static const char *const names[] = {
        [MEMBER_TEXT] = "string",
        [MEMBER_MOMENT] = "string",
        [MEMBER_WHOLE] = "number",
        [MEMBER_FLAG] = "boolean",
    };
    const char *name = member->type ? member->type : names[member->kind];

    /* With the intersection an editor still proposes the known words. */
    if (member->other)
        buf_printf(out, "%s%s | (string & {})%s", member->list ? "(" : "", name,
                member->list ? ")" : "");
    else
        buf_puts(out, name);
    if (member->list)
        buf_puts(out, "[]");
}

/* "  // rule; hidden from views", as far as there is something to say. */
static void put_comment(struct buf *out, const struct member *member)
{
    struct buf text;

    buf_init(&text, 512);
    put_rule(&text, member);
    if (member->rule->hide) {
        buf_puts(&text, text.len ? "; hidden from " : "hidden from ");
        put_hidden(&text, member);
    }
    if (text.len > 0) {
        buf_puts(out, " // ");
        buf_put(out, text.data, text.len);
    }
    out->failed |= text.failed;
    buf_finish(&text);
}

static void put_interface(
        struct buf *out, const ProtobufCMessageDescriptor *type)
{
    struct member member;

    buf_printf(out, "export interface %s {\n", type->short_name);
    for (uint32_t at = 0; member_read(type, &at, &member);) {
        bool there = member.required && member_is_shown_to_all(&member);

        buf_printf(out, "  %s%s: ", member.name, there ? "" : "?");
        put_type(out, &member);
        buf_putc(out, ';');
        put_comment(out, &member);
        buf_putc(out, '\n');
    }
    buf_puts(out, "}\n\n");
}

static void put_types(struct buf *out)
{
    struct types types;

    types_collect(&types);
    for (uint32_t i = 0; i < types.enum_count; i++)
        put_words(out, types.enums[i]);
    for (uint32_t i = 0; i < types.message_count; i++)
        put_interface(out, types.messages[i]);
}

/* --- events --- */

/* "kds order:new, flat order:created" */
static void put_said(struct buf *out, enum evt_id what)
{
    const char *dialect = NULL, *name = NULL, *between = "";
    struct said_at at = { 0 };
    struct said said;

    while (said_read(what, &at, &said)) {
        if (said.is_heard || (name && strcmp(name, said.name) == 0 &&
                                     dialect == dialects[said.dialect].name))
            continue;
        dialect = dialects[said.dialect].name;
        name = said.name;
        buf_printf(out, "%s%s %s", between, dialect, name);
        between = ", ";
    }
}

/* One event, after a comment that says what others call it. */
static void put_event(struct buf *out, enum evt_id what)
{
    const struct evt_kind *kind = &evt_kinds[what];
    struct buf said;

    buf_init(&said, 1024);
    put_said(&said, what);
    if (said.len > 0)
        buf_printf(out, "  /** As %.*s. */\n", (int)said.len, said.data);
    out->failed |= said.failed;
    buf_finish(&said);
    buf_printf(out, "  \"%s\": %s;\n", kind->name, kind->body->short_name);
}

/* The same for whoever states it: what some view hides must be given, too. */
static void put_statement(struct buf *out, const struct evt_kind *kind)
{
    struct member member;
    bool is_open = false;

    buf_printf(out, "  \"%s\": ", kind->name);
    for (uint32_t at = 0; member_read(kind->body, &at, &member);) {
        if (!member.required || member_is_shown_to_all(&member))
            continue;
        if (!is_open)
            buf_printf(out, "Given<%s, \"%s\"", kind->body->short_name,
                    member.name);
        else
            buf_printf(out, " | \"%s\"", member.name);
        is_open = true;
    }
    if (is_open)
        buf_puts(out, ">;\n");
    else
        buf_printf(out, "%s;\n", kind->body->short_name);
}

static void put_events(struct buf *out)
{
    buf_puts(out, "/** What is shown of each event; in some views less. */\n"
                  "export interface EventPayloads {\n");
    for (int i = 0; i < EVT_COUNT; i++)
        put_event(out, (enum evt_id)i);
    buf_puts(out, "}\n\n"
                  "export type EventName = keyof EventPayloads;\n\n"
                  "type Given<T, K extends keyof T> = "
                  "T & Required<Pick<T, K>>;\n\n"
                  "/** What must be given by whoever states it. */\n"
                  "export interface EventStatements {\n");
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_is_stated(&evt_kinds[i]))
            put_statement(out, &evt_kinds[i]);
    buf_puts(out, "}\n\n"
                  "export type StatedName = keyof EventStatements;\n\n");
}

/* --- what is around events --- */

static void put_names(struct buf *out)
{
    buf_puts(out, "export type Role = ");
    for (int i = 0; i < ROLE_COUNT; i++)
        buf_printf(out, "%s\"%s\"", i ? " | " : "", roles[i].name);
    buf_puts(out, ";\n\nexport type ErrorCode =");
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++)
        buf_printf(out, "\n  | \"%s\"", err_kinds[i].name);
    buf_puts(out, ";\n\n");
}

static void put_parcel_member(
        struct buf *out, const struct parcel_member *member)
{
    const char *quote = member->value == VALUE_TEXT ? "\"" : "";

    buf_printf(out, "  %s%s: ", member->name, member->optional ? "?" : "");
    if (member->word)
        buf_printf(out, "%s%s%s", quote, member->word, quote);
    else
        buf_puts(out, parcel_types[member->value].ts);
    buf_printf(out, "%s;%s\n", member->list ? "[]" : "",
            member->value == VALUE_MOMENT ? " // ISO 8601, UTC" : "");
}

static void put_parcel(struct buf *out, const struct parcel *parcel)
{
    enum parcel_value subject = parcel_subject(parcel);
    const char *name = subject == VALUE_PAYLOAD ? "EventName" : "StatedName";

    buf_printf(
            out, "/** %s */\nexport interface %s", parcel->about, parcel->name);
    if (subject != VALUE_END)
        buf_printf(out, "<E extends %s = %s>", name, name);
    buf_puts(out, " {\n");
    for (const struct parcel_member *m = parcel->members; m->value; m++)
        put_parcel_member(out, m);
    buf_puts(out, "}\n\n");
}

/* `Any<name>`: told apart by the name of the event. */
static void put_any(struct buf *out, const struct parcel *parcel)
{
    enum parcel_value subject = parcel_subject(parcel);
    const char *name = subject == VALUE_PAYLOAD ? "EventName" : "StatedName";

    if (subject == VALUE_END)
        return;
    buf_printf(out, "export type Any%s = { [E in %s]: %s<E> }[%s];\n\n",
            parcel->name, name, parcel->name, name);
}

static void put_union(struct buf *out, const char *head, enum parcel_use who)
{
    buf_puts(out, head);
    for (uint32_t i = 0; i < parcel_count; i++)
        if (parcels[i].ws == who)
            buf_printf(out, "\n  | %s%s",
                    parcel_subject(&parcels[i]) ? "Any" : "", parcels[i].name);
    buf_puts(out, ";\n");
}

void catalogue_ts(struct buf *out, const struct catalogue_place *place)
{
    (void)place;
    buf_printf(out, "// Printed by `dumbwaiter catalogue --format ts`, %s.\n\n",
            DUMBWAITER_VERSION);
    put_types(out);
    put_events(out);
    put_names(out);
    for (uint32_t i = 0; i < parcel_count; i++) {
        put_parcel(out, &parcels[i]);
        put_any(out, &parcels[i]);
    }
    put_union(out, "export type ClientMessage =", PARCEL_OF_CLIENT);
    put_union(out,
            "\nexport type ServerMessage =\n"
            "  | (AnyEnvelope & { op: \"event\"; cursor: string })",
            PARCEL_OF_SERVER);
    put_dialects(out);
}
