#include "schemas/rooms.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "schemas/roles.h"

const struct room_kind room_kinds[ROOM_COUNT] = {
#define ROOM(id, ...) [ROOM_INDEX_##id] = { __VA_ARGS__ },
#include "schemas/rooms.def"
#undef ROOM
};

static bool is_id_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool id_is_valid(const char *text, size_t len)
{
    if (len < 1 || len > ID_CHARS)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_id_char(text[i]))
            return false;
    return true;
}

static void set(
        struct room *room, enum room_index kind, const char *id, size_t len)
{
    memset(room, 0, sizeof(*room));
    room->kind = kind;
    memcpy(room->id, id, len);
}

bool room_parse(const char *text, size_t len, struct room *room)
{
    const char *slash = memchr(text, '/', len);
    size_t name_len = slash ? (size_t)(slash - text) : len;
    const char *id = slash ? slash + 1 : "";
    size_t id_len = slash ? len - name_len - 1 : 0;

    if (slash && !id_is_valid(id, id_len))
        return false;
    for (int i = 0; i < ROOM_COUNT; i++) {
        const struct room_kind *kind = &room_kinds[i];

        if (kind->has_id == (slash != NULL) && strlen(kind->name) == name_len &&
                memcmp(kind->name, text, name_len) == 0) {
            set(room, (enum room_index)i, id, id_len);
            return true;
        }
    }
    return false;
}

bool room_make(enum room_index kind, const char *id, struct room *room)
{
    size_t len = strlen(id);

    if (room_kinds[kind].has_id ? !id_is_valid(id, len) : len != 0)
        return false;
    set(room, kind, id, len);
    return true;
}

size_t room_print(const struct room *room, char out[ROOM_CHARS + 1])
{
    int len = snprintf(out, ROOM_CHARS + 1, "%s%s%s",
            room_kinds[room->kind].name, room->id[0] ? "/" : "", room->id);

    assert(len > 0 && len <= ROOM_CHARS);
    return (size_t)len;
}

/* An alias that ends in a separator is followed by an id. */
static bool takes_id(const char *alias)
{
    char last = alias[strlen(alias) - 1];

    return last == ':' || last == '-';
}

bool room_parse_alias(enum dialect_id dialect, const char *site,
        const char *text, size_t len, struct room *room)
{
    if (dialect == DIALECT_NATIVE)
        return room_parse(text, len, room);
    for (int i = 0; i < ROOM_COUNT; i++) {
        const char *alias = room_kinds[i].alias[dialect];
        size_t start = alias ? strlen(alias) : 0;
        const char *id = text + start;
        size_t id_len = len - start;

        if (!alias || len < start || memcmp(alias, text, start) != 0)
            continue;
        if (!takes_id(alias) ? id_len != 0 : !id_is_valid(id, id_len))
            continue;
        if (!room_kinds[i].has_id) {
            if (id_len != 0 &&
                    (strlen(site) != id_len || memcmp(site, id, id_len) != 0))
                continue;
            id_len = 0;
        }
        set(room, (enum room_index)i, id, id_len);
        return true;
    }
    return false;
}

size_t room_print_alias(enum dialect_id dialect, const char *site,
        const struct room *room, char out[ALIAS_CHARS + 1])
{
    const char *alias = room_kinds[room->kind].alias[dialect];
    const char *id = room->id;
    int len;

    if (dialect == DIALECT_NATIVE)
        return room_print(room, out);
    if (!alias)
        return 0;
    if (!room_kinds[room->kind].has_id && takes_id(alias))
        id = site;
    len = snprintf(out, ALIAS_CHARS + 1, "%s%s", alias, id);
    assert(len > 0 && len <= ALIAS_CHARS);
    return (size_t)len;
}

bool room_equal(const struct room *a, const struct room *b)
{
    return a->kind == b->kind && strcmp(a->id, b->id) == 0;
}
