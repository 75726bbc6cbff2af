/*
 * rooms: the one grammar for rooms and ids, and who may listen where.
 *
 * A room is a name, or a name and an id: kitchen, kitchen/<station>, waiters,
 * table/<id>, order/<id>, … The characters of an id are such that a room can
 * be part of a topic as it stands. Raw strings end here: everything inside
 * works with struct room. What a dialect calls a room is its alias.
 */
#ifndef SCHEMAS_ROOMS_H
#define SCHEMAS_ROOMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_CHARS   36                  /* a UUID with its dashes */
#define ROOM_CHARS (10 + 1 + ID_CHARS) /* longest name, slash, longest id */

/* What an id is, for people. */
#define ID_GRAMMAR "1 to 36 characters of A-Z a-z 0-9 _ and -"

enum dialect_id {
#define DIALECT(id, ...) DIALECT_##id,
#include "schemas/dialects.def"
#undef DIALECT
    DIALECT_COUNT
};

enum room_index {
#define ROOM(id, ...) ROOM_INDEX_##id,
#include "schemas/rooms.def"
#undef ROOM
    ROOM_COUNT
};

enum room_bit {
#define ROOM(id, ...) ROOM_##id = 1u << ROOM_INDEX_##id,
#include "schemas/rooms.def"
#undef ROOM
};

struct room_kind {
    const char *name;
    bool has_id;
    uint32_t join;     /* roles that may join any room of the kind */
    uint32_t join_own; /* roles that may join only what is theirs */
    uint32_t scoped;   /* of `join`: if its token names stations or tables,
                          only what is of those */
    const char *alias[DIALECT_COUNT]; /* or NULL */
};

extern const struct room_kind room_kinds[ROOM_COUNT];

/* Comparable with memcmp: unused bytes of `id` are zero. */
struct room {
    enum room_index kind;
    char id[ID_CHARS + 4]; /* "" where the kind has none; no padding after */
};

/* Is text[0..len) an id by the grammar? */
bool id_is_valid(const char *text, size_t len);

/* Read text[0..len). False: no such room by the grammar; *room unchanged. */
bool room_parse(const char *text, size_t len, struct room *room);

/* Make a room of a kind and an id ("" for kinds without). False: bad id. */
bool room_make(enum room_index kind, const char *id, struct room *room);

/* Write the room's text and a NUL, e.g. "table/5"; returns its length. */
size_t room_print(const struct room *room, char out[ROOM_CHARS + 1]);

/*
 * Read a room as a dialect calls it: "order-17", "restaurant:main". For the
 * native dialect as room_parse. Where only the alias has an id (a restaurant's
 * is `site`) it must be that. False: no such room in this dialect.
 */
bool room_parse_alias(enum dialect_id dialect, const char *site,
        const char *text, size_t len, struct room *room);

/* Write what a dialect calls it and a NUL; returns the length, 0: it has no
 * such room. */
#define ALIAS_CHARS 63
size_t room_print_alias(enum dialect_id dialect, const char *site,
        const struct room *room, char out[ALIAS_CHARS + 1]);

bool room_equal(const struct room *a, const struct room *b);

#endif
