/*
 * dialects: how each front end's contract says and hears our events.
 *
 * A dialect is four tables, in dialects/<name>.def:
 *
 *   SHAPE(id, FIELD(theirs, ours, as), …)   a payload, field by field
 *   SAY(event, "their name", rooms, shape)  one of our events in their words
 *   SAY_UNLESS(switch, where, …)            the same, but for these rooms where
 *                                           the house has switched it off
 *   HEAR("their name", event, shape)        what a back end that speaks them
 *                                           says, in ours
 *   WORD(kind, "their word", OURS)          a state's word
 *   VERB("their name", verb, room, arg)     what a client asks for
 *
 * A shape works in both directions. `theirs` and `ours` are dotted paths:
 * "session.tableNumber" is a field in an object. Fields whose paths share a
 * beginning stand together. Ours are names of the .proto files; "." is the
 * whole body. The tables know no sockets and include nothing of the bridge;
 * what each codec does is in bridge/dialect/codec.c.
 *
 * Rules of saying: an event is said once for each row that has it and one of
 * the rooms by which it reached the client. A field that is not there, or that
 * the listener may not see, is left out, unless it is OR_NULL.
 *
 * Rules of hearing: null is nothing; what a shape does not have is ignored and
 * counted; of several fields for one of ours the first that is there is heard,
 * the others must be right all the same. A fault names the field in their
 * words.
 */
#ifndef SCHEMAS_DIALECTS_H
#define SCHEMAS_DIALECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/catalogue.h"
#include "schemas/rooms.h"

/* enum dialect_id stands in rooms.h, which the aliases need. */

/* How a field of ours is written in their JSON, and read back. */
enum codec {
    AS_END,
    AS_TEXT,      /* string <-> string */
    AS_ID,        /* string <-> string; a number is heard as its digits */
    AS_NUMBER_ID, /* the same, but said as a number if it is a whole one */
    AS_NUMBER,    /* whole number; heard in a string, too */
    AS_BOOL,
    AS_MOMENT,  /* milliseconds <-> ISO 8601; heard as milliseconds, too */
    AS_MINUTES, /* milliseconds <-> minutes, with up to three places */
    AS_CENTS,   /* whole cents */
    AS_MONEY,   /* cents <-> decimal units, exactly; heard in a string, too */
    AS_WORD,    /* enum <-> the dialect's word for it, see WORD */
    AS_PART,    /* message <-> object, by `shape` */
    AS_LIST,    /* messages <-> array of objects, by `shape` */
    AS_TEXTS,   /* strings <-> array of strings */
    AS_TALLY,   /* message of counters <-> object keyed by the words of the
                   enum `words`; counters of the same word are added up */
    AS_HASHED,  /* heard only: a token, of which ours is the room's id */
    AS_ALWAYS,  /* said only: the text `ours` itself, as a string */
    AS_COUNT
};

enum {
    OR_NULL = 1,  /* said as null where it is not there */
    NEEDED = 2,   /* heard: must be there */
    SAID = 4,     /* only said: ignored when heard */
    HEARD = 8,    /* only heard */
    ROUNDED = 16, /* AS_NUMBER: a fraction is heard as the nearest one */
};

struct shape_field {
    const char *theirs;
    const char *ours;
    enum codec as;
    const struct shape_field *shape;      /* AS_PART, AS_LIST */
    const ProtobufCEnumDescriptor *words; /* AS_TALLY */
    unsigned flags;
};

/* Words on which a contract, or its users, say two things: a house may leave
 * them out. Bits of a mask. Numbers of rows do not depend on them. */
enum {
    UNSAID_KDS_KITCHEN_NEW = 1 << 0,     /* order:new, to the kitchen */
    UNSAID_KDS_KITCHEN_CREATED = 1 << 1, /* order:created, to the kitchen */
    UNSAID_KEBAB_ADDED = 1 << 2,         /* added items as a new-order */
    UNSAID_ALL = (1 << 3) - 1,
};

struct say_row {
    enum evt_id what;
    const char *name; /* theirs; NULL ends a table */
    uint32_t rooms;   /* room_bit; 0: the connection alone */
    const struct shape_field *shape;
    uint32_t number; /* of all rows of all dialects: a key for its form */
    enum dialect_id dialect;
    uint32_t unless;       /* UNSAID_… bit; 0: it is always said */
    uint32_t unless_rooms; /* of `rooms`: those it is not said in then */
};

struct hear_row {
    const char *name; /* theirs; NULL ends a table */
    enum evt_id what;
    const struct shape_field *shape;
};

struct word_row {
    const ProtobufCEnumDescriptor *kind; /* NULL ends a table */
    const char *word;                    /* theirs */
    int value; /* ours; for several rows of one value the first is said */
};

enum verb_arg {
    ARG_NONE,
    ARG_ID,    /* the room's id, a string or a number */
    ARG_ROOM,  /* a room by its alias, bare or as {"room": …} */
    ARG_SITE,  /* the restaurant's id: the site's name */
    ARG_TOKEN, /* a session's token */
};

struct verb_row {
    const char *name;     /* theirs; NULL ends a table */
    bool leaves;          /* else it joins */
    enum room_index room; /* not for ARG_ROOM */
    enum verb_arg arg;
};

struct dialect {
    const char *name;
    const char *auth_error; /* what a connection without right is told */
    const struct say_row *says;
    const struct hear_row *hears;
    const struct word_row *words;
    const struct verb_row *verbs;
};

extern const struct dialect dialects[DIALECT_COUNT];

/* By name, or DIALECT_COUNT. */
enum dialect_id dialect_find(const char *name);

#endif
