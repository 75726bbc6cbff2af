/* What each dialect says and hears, as types for TypeScript. */
#include <string.h>

#include "bridge/catalogue/parts.h"

/* --- what is said, and what is heard --- */

/* The rows of one direction, as far as types need them. */
struct row {
    const char *name;
    enum evt_id what;
    const struct shape_field *shape;
    uint32_t rooms;
};

static bool row_at(const struct typing *typing, uint32_t i, struct row *row)
{
    const struct dialect *dialect = &dialects[typing->dialect];

    if (typing->is_heard)
        *row = (struct row){ dialect->hears[i].name, dialect->hears[i].what,
            dialect->hears[i].shape, 0 };
    else
        *row = (struct row){ dialect->says[i].name, dialect->says[i].what,
            dialect->says[i].shape, dialect->says[i].rooms };
    return row->name != NULL;
}

/* Has an earlier row the name, and if asked for, the payload, too? */
static bool is_known(const struct typing *typing, uint32_t i, bool payload)
{
    struct row row, before;

    row_at(typing, i, &row);
    for (uint32_t j = 0; j < i && row_at(typing, j, &before); j++)
        if (strcmp(before.name, row.name) == 0 &&
                (!payload || (before.shape == row.shape &&
                                     evt_kinds[before.what].body ==
                                             evt_kinds[row.what].body)))
            return true;
    return false;
}

/* Which events it is, and where. */
static void put_about(struct typing *typing, uint32_t i)
{
    char room[ROOM_CHARS + 1];
    const char *between = " in ";
    struct row row;

    row_at(typing, i, &row);
    buf_puts(typing->out, evt_kinds[row.what].name);
    for (int kind = 0; kind < ROOM_COUNT; kind++)
        if (row.rooms & evt_kinds[row.what].to & 1u << kind) {
            print_room_kind((enum room_index)kind, room);
            buf_printf(typing->out, "%s%s", between, room);
            between = ", ";
        }
}

/* All rows of the name of row number `first`. */
static void put_name(struct typing *typing, uint32_t first)
{
    const char *between = "";
    struct row row, other;

    row_at(typing, first, &row);
    put_line(typing);
    buf_puts(typing->out, "/** ");
    for (uint32_t i = first; row_at(typing, i, &other); i++)
        if (strcmp(other.name, row.name) == 0) {
            buf_puts(typing->out, between);
            put_about(typing, i);
            between = "; ";
        }
    buf_puts(typing->out, " */");
    put_line(typing);
    buf_printf(typing->out, "\"%s\": ", row.name);
    between = "";
    for (uint32_t i = first; row_at(typing, i, &other); i++)
        if (strcmp(other.name, row.name) == 0 && !is_known(typing, i, true)) {
            buf_puts(typing->out, between);
            put_payload(typing, other.shape, evt_kinds[other.what].body);
            between = " | ";
        }
    buf_putc(typing->out, ';');
}

static void put_direction(
        struct buf *out, enum dialect_id dialect, bool is_heard)
{
    struct typing typing = {
        .out = out, .dialect = dialect, .is_heard = is_heard, .depth = 1
    };
    char title[TITLE_CHARS + 1];
    struct row row;

    if (!row_at(&typing, 0, &row))
        return;
    dialect_title(dialect, title);
    buf_printf(out, "\n/** What %s in %s. */\nexport interface %s%s {",
            is_heard ? "the hub is told" : "the hub says",
            dialects[dialect].name, title, is_heard ? "Statements" : "Events");
    for (uint32_t i = 0; row_at(&typing, i, &row); i++)
        if (!is_known(&typing, i, false))
            put_name(&typing, i);
    buf_puts(out, "\n}\n");
}

/* --- rooms --- */

/* Rooms with an id as a pattern: `table:${string}`. */
static void put_rooms(struct buf *out, enum dialect_id dialect)
{
    const char *between = " =\n  | ";
    char title[TITLE_CHARS + 1], alias[ALIAS_CHARS + 1];

    dialect_title(dialect, title);
    for (int kind = 0; kind < ROOM_COUNT; kind++) {
        const char *id;

        if (!print_room_alias((enum room_index)kind, dialect, alias))
            continue;
        if (*between == ' ')
            buf_printf(out, "\nexport type %sRoom", title);
        id = strchr(alias, '<');
        if (id)
            buf_printf(out, "%s`%.*s${string}`", between, (int)(id - alias),
                    alias);
        else
            buf_printf(out, "%s\"%s\"", between, alias);
        between = "\n  | ";
    }
    if (*between == '\n')
        buf_puts(out, ";\n");
}

void put_dialects(struct buf *out)
{
    for (int i = 0; i < DIALECT_COUNT; i++) {
        put_direction(out, (enum dialect_id)i, false);
        put_direction(out, (enum dialect_id)i, true);
        put_rooms(out, (enum dialect_id)i);
    }
}
