#include "bridge/catalogue/parts.h"

static void put_role_list(struct buf *out, uint32_t mask, const char *tail)
{
    const char *between = "";

    for (int i = 0; i < ROLE_COUNT; i++)
        if (mask & 1u << i) {
            buf_printf(out, "%s%s%s", between, roles[i].name, tail);
            between = ", ";
        }
}

/* Roles, and with * those that may only what is their own. */
static void put_rights(struct buf *out, uint32_t all, uint32_t own)
{
    put_role_list(out, all, "");
    if (all && (own & ~all))
        buf_puts(out, ", ");
    put_role_list(out, own & ~all, "*");
}

static void put_room_list(struct buf *out, uint32_t mask)
{
    char name[ROOM_CHARS + 1];
    const char *between = "";

    for (int i = 0; i < ROOM_COUNT; i++)
        if (mask & 1u << i) {
            print_room_kind((enum room_index)i, name);
            buf_printf(out, "%s`%s`", between, name);
            between = ", ";
        }
}

static void put_seconds(struct buf *out, uint32_t seconds)
{
    if (seconds % 3600 == 0)
        buf_printf(out, "%u h", seconds / 3600);
    else if (seconds % 60 == 0)
        buf_printf(out, "%u min", seconds / 60);
    else
        buf_printf(out, "%u s", seconds);
}

/* --- fields --- */

static const char *type_of(const struct member *member)
{
    static const char *const names[] = {
        [MEMBER_TEXT] = "text",
        [MEMBER_MOMENT] = "moment",
        [MEMBER_WHOLE] = "number",
        [MEMBER_FLAG] = "yes or no",
    };

    return member->type ? member->type : names[member->kind];
}

static void put_fields(struct buf *out, const ProtobufCMessageDescriptor *type)
{
    struct member member;

    if (type->n_fields == 0) {
        buf_puts(out, "No fields.\n");
        return;
    }
    buf_puts(out, "| field | type | given | rule | hidden from |\n"
                  "|---|---|---|---|---|\n");
    for (uint32_t at = 0; member_read(type, &at, &member);) {
        buf_printf(out, "| `%s` | %s%s%s | %s | ", member.name,
                member.list ? "list of " : "", type_of(&member),
                member.other ? " or another word" : "",
                member.required ? "always" : "");
        put_rule(out, &member);
        buf_puts(out, " | ");
        put_hidden(out, &member);
        buf_puts(out, " |\n");
    }
}

/* --- events --- */

static void put_events(struct buf *out)
{
    buf_puts(out, "| event | number | stated by | goes to | kept | good for |\n"
                  "|---|---|---|---|---|---|\n");
    for (int i = 0; i < EVT_COUNT; i++) {
        const struct evt_kind *kind = &evt_kinds[i];

        buf_printf(out, "| `%s` | %u | ", kind->name, kind->wire);
        put_rights(out, kind->from, kind->from_own);
        buf_puts(out, " | ");
        put_room_list(out, kind->to);
        buf_printf(out, " | %s | ", keep_name(kind->keep));
        put_seconds(out, kind->ttl_s);
        buf_puts(out, " |\n");
    }
}

/* The event before `i` that has the same body, or `i`. */
static int first_of_body(int i)
{
    int first = 0;

    while (evt_kinds[first].body != evt_kinds[i].body)
        first++;
    return first;
}

/* What others call the event, if anybody does. */
static void put_said(struct buf *out, enum evt_id what)
{
    struct said_at at = { 0 };
    bool is_open = false;
    struct said said;

    while (said_read(what, &at, &said)) {
        if (!is_open)
            buf_puts(out, "\n| dialect | way | name | rooms |\n"
                          "|---|---|---|---|\n");
        is_open = true;
        buf_printf(out, "| %s | %s | `%s` | ", dialects[said.dialect].name,
                said_direction(&said), said.name);
        put_room_list(out, said.rooms);
        buf_puts(out, " |\n");
    }
}

static void put_event(struct buf *out, int i)
{
    const struct evt_kind *kind = &evt_kinds[i];
    int first = first_of_body(i);

    buf_printf(out, "\n### `%s`\n\n", kind->name);
    for (int view = VIEW_NONE + 1; view < VIEW_COUNT; view++) {
        uint32_t seen_by = evt_seen_by(kind, (enum view)view);

        if (!seen_by)
            continue;
        buf_printf(out, "- %s view: ", view_names[view]);
        put_role_list(out, seen_by, "");
        buf_putc(out, '\n');
    }
    if (kind->command)
        buf_puts(out, "- decided by the back end where that has authority\n");
    if (kind->transient)
        buf_puts(out, "- between one connection and the hub, in no room\n");
    buf_putc(out, '\n');
    if (first != i)
        buf_printf(out, "Fields as `%s`.\n", evt_kinds[first].name);
    else
        put_fields(out, kind->body);
    put_said(out, (enum evt_id)i);
}

/* --- the rest --- */

static void put_words(struct buf *out, const ProtobufCEnumDescriptor *type)
{
    char word[WORD_CHARS + 1];
    const char *between = "";

    buf_printf(out, "| %s | ", type->short_name);
    for (unsigned i = 0; i < type->n_values; i++)
        if (type->values[i].value != 0) {
            print_word(type, type->values[i].value, word);
            buf_printf(out, "%s`%s`", between, word);
            between = ", ";
        }
    buf_puts(out, " |\n");
}

static void put_types(struct buf *out)
{
    struct types types;

    types_collect(&types);
    buf_puts(out, "\n## Parts\n");
    for (uint32_t i = 0; i < types.message_count; i++)
        if (types.is_part[i]) {
            buf_printf(out, "\n### %s\n\n", types.messages[i]->short_name);
            put_fields(out, types.messages[i]);
        }
    buf_puts(out, "\n## Words\n\n| type | words |\n|---|---|\n");
    for (uint32_t i = 0; i < types.enum_count; i++)
        put_words(out, types.enums[i]);
}

static void put_aliases(struct buf *out, enum room_index kind)
{
    char alias[ALIAS_CHARS + 1];
    const char *between = "";

    for (int i = 0; i < DIALECT_COUNT; i++)
        if (print_room_alias(kind, (enum dialect_id)i, alias)) {
            buf_printf(out, "%s`%s` by %s", between, alias, dialects[i].name);
            between = ", ";
        }
}

static void put_rooms(struct buf *out)
{
    char name[ROOM_CHARS + 1];

    buf_puts(out, "\n## Rooms\n\n| room | who may listen | called |\n"
                  "|---|---|---|\n");
    for (int i = 0; i < ROOM_COUNT; i++) {
        const struct room_kind *kind = &room_kinds[i];

        print_room_kind((enum room_index)i, name);
        buf_printf(out, "| `%s` | ", name);
        put_rights(out, kind->join, kind->join_own);
        buf_puts(out, " | ");
        put_aliases(out, (enum room_index)i);
        buf_puts(out, " |\n");
    }
}

static void put_roles(struct buf *out)
{
    buf_puts(out, "\n## Roles\n\n"
                  "| role | largest message | messages a second | view of "
                  "snapshots |\n|---|---|---|---|\n");
    for (int i = 0; i < ROLE_COUNT; i++) {
        buf_printf(out, "| %s | %u bytes | ", roles[i].name,
                roles[i].message_bytes);
        if (roles[i].per_second)
            buf_printf(out, "%u", roles[i].per_second);
        buf_printf(out, " | %s |\n", view_names[roles[i].view]);
    }
}

void catalogue_markdown(struct buf *out, const struct catalogue_place *place)
{
    (void)place;
    buf_printf(out, "# The words of dumbwaiter %s\n\n", DUMBWAITER_VERSION);
    buf_puts(out, "A role with * may do it with what is its own only. "
                  "Kept `all`: a client that cannot follow is closed; `last`: "
                  "a newer one replaces it; `none`: may be dropped. What "
                  "other dialects call an event goes `out` from the hub, in "
                  "these rooms or to the connection alone, or `in` to it.\n\n"
                  "## Events\n\n");
    put_events(out);
    for (int i = 0; i < EVT_COUNT; i++)
        put_event(out, i);
    put_types(out);
    put_rooms(out);
    put_roles(out);
    put_rights_tables(out);
}
