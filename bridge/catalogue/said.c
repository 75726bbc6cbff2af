#include "bridge/catalogue/parts.h"

/* --- what others call an event --- */

/* The row that is to be looked at; false: the table has no more. */
static bool row_at(
        const struct said_at *at, enum evt_id *what, struct said *said)
{
    const struct dialect *dialect = &dialects[at->dialect];
    const struct say_row *say = &dialect->says[at->row];
    const struct hear_row *hear = &dialect->hears[at->row];

    *said = (struct said){ .dialect = (enum dialect_id)at->dialect,
        .is_heard = at->is_heard };
    if (at->is_heard) {
        *what = hear->what;
        said->name = hear->name;
        said->shape = hear->shape;
    } else {
        *what = say->what;
        said->name = say->name;
        said->shape = say->shape;
        if (say->name)
            said->rooms = say->rooms & evt_kinds[say->what].to;
    }
    return said->name != NULL;
}

bool said_read(enum evt_id what, struct said_at *at, struct said *said)
{
    while (at->dialect < DIALECT_COUNT) {
        enum evt_id found;

        if (row_at(at, &found, said)) {
            at->row++;
            if (found == what)
                return true;
            continue;
        }
        at->row = 0;
        at->dialect += at->is_heard;
        at->is_heard = !at->is_heard;
    }
    return false;
}

const char *said_direction(const struct said *said)
{
    return said->is_heard ? "in" : "out";
}

void dialect_title(enum dialect_id dialect, char out[TITLE_CHARS + 1])
{
    const char *name = dialects[dialect].name;
    size_t len = 0;

    for (; name[len] && len < TITLE_CHARS; len++)
        out[len] = name[len];
    out[len] = '\0';
    if (*out >= 'a' && *out <= 'z')
        *out = (char)(*out - 'a' + 'A');
}

/* --- in JSON --- */

static void doc_one_said(struct doc *doc, const struct said *said)
{
    doc_open_row(doc, NULL, '{');
    doc_text(doc, "dialect", dialects[said->dialect].name);
    doc_text(doc, "direction", said_direction(said));
    doc_text(doc, "name", said->name);
    doc_rooms(doc, "rooms", said->rooms);
    doc_close(doc, '{');
}

void doc_said(
        struct doc *doc, const char *key, enum evt_id what, uint32_t directions)
{
    struct said_at at = { 0 };
    struct said said;

    doc_open(doc, key, '[');
    while (said_read(what, &at, &said))
        if (directions & (said.is_heard ? SAID_IN : SAID_OUT))
            doc_one_said(doc, &said);
    doc_close(doc, '[');
}

void doc_aliases(struct doc *doc, const char *key, enum room_index kind)
{
    char alias[ALIAS_CHARS + 1];

    doc_open_row(doc, key, '{');
    for (int i = 0; i < DIALECT_COUNT; i++)
        if (print_room_alias(kind, (enum dialect_id)i, alias))
            doc_text(doc, dialects[i].name, alias);
    doc_close(doc, '{');
}
