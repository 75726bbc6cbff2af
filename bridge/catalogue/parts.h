/*
 * parts: what the formats of the catalogue share: types and
 * their members with all that is known about each, the messages that are no
 * events, and a writer of JSON documents. Not for others.
 */
#ifndef BRIDGE_CATALOGUE_PARTS_H
#define BRIDGE_CATALOGUE_PARTS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "bridge/catalogue/catalogue.h"
#include "bridge/dialect/parts.h"
#include "hub/base/buf.h"
#include "hub/evt/body.h"
#include "schemas/catalogue.h"
#include "schemas/dialects.h"
#include "schemas/fields.h"
#include "schemas/roles.h"
#include "schemas/rooms.h"

/* --- types: what bodies and the picture are made of, each once --- */

#define TYPES_MAX 256 /* messages, and as many enums */

struct types {
    const ProtobufCMessageDescriptor *messages[TYPES_MAX];
    bool is_part[TYPES_MAX]; /* the message stands in another one */
    const ProtobufCEnumDescriptor *enums[TYPES_MAX];
    uint32_t message_count;
    uint32_t enum_count;
};

/* Bodies in the order of the catalogue, the picture, then their parts. */
void types_collect(struct types *types);

/* --- members: fields as they are in JSON --- */

enum member_form {
    MEMBER_TEXT,
    MEMBER_MOMENT, /* ISO 8601 in UTC */
    MEMBER_WHOLE,
    MEMBER_FLAG,
    MEMBER_WORD, /* one of the words of an enum */
    MEMBER_PART, /* a message */
};

struct member {
    char name[JSON_NAME_CHARS + 1];
    const ProtobufCFieldDescriptor *field;
    const struct field_rule *rule;
    const struct field_rule *other; /* MEMBER_WORD: the rule of words that are
                                       none of the enum's; NULL: refused */
    enum member_form kind;
    const char *type; /* MEMBER_WORD, MEMBER_PART: the type's name */
    bool required;    /* must be given by whoever states it */
    bool list;
    int64_t min, max; /* MEMBER_WHOLE */
    bool has_default; /* MEMBER_WHOLE: what it is taken for where it is not */
    int64_t value;    /* there */
};

/*
 * Read the member at *at and step behind it; start with *at 0.
 * False: there are no more.
 */
bool member_read(const ProtobufCMessageDescriptor *type, uint32_t *at,
        struct member *member);

/* Is it there in every view of an event that has it? */
bool member_is_shown_to_all(const struct member *member);

/* "1 to 999", "at most 280 bytes"; nothing for what the type says already. */
void put_rule(struct buf *out, const struct member *member);

/* The views that go without it, between commas; nothing if there is none. */
void put_hidden(struct buf *out, const struct member *member);

/* --- columns of the tables, as text --- */

extern const char *const view_names[VIEW_COUNT];

const char *keep_name(enum keep keep);

/* The roles that see the event in this very view. */
uint32_t evt_seen_by(const struct evt_kind *kind, enum view view);

/* May anybody but the hub state it? */
bool evt_is_stated(const struct evt_kind *kind);

/* What a room of the kind is called: "kitchen", "table/<id>". */
void print_room_kind(enum room_index kind, char out[ROOM_CHARS + 1]);

/* What a dialect calls it: "order-<id>", "restaurant:<site>".
 * False: it has no such room, or the dialect is our own. */
bool print_room_alias(enum room_index kind, enum dialect_id dialect,
        char out[ALIAS_CHARS + 1]);

/* --- what others call an event --- */

struct said {
    enum dialect_id dialect;
    const char *name; /* theirs */
    bool is_heard;    /* by the hub; else the hub says it */
    uint32_t rooms;   /* in which it is said; 0: to the connection alone */
    const struct shape_field *shape;
};

/* Zeroed: before the first. */
struct said_at {
    int dialect;
    bool is_heard;
    uint32_t row;
};

/* Read the next one; false: there are no more. Our own words are not among
 * them. */
bool said_read(enum evt_id what, struct said_at *at, struct said *said);

/* As the hub sees it: "in" or "out". */
const char *said_direction(const struct said *said);

/* "Kds", for names of types. */
#define TITLE_CHARS 15
void dialect_title(enum dialect_id dialect, char out[TITLE_CHARS + 1]);

/* --- shapes as types for TypeScript --- */

/* What is being written, in one direction. */
struct typing {
    struct buf *out;
    enum dialect_id dialect;
    bool is_heard;
    uint32_t depth; /* of the line */
};

/* The type of a payload of `type`. Of a shape with one field its value alone
 * is heard, too. */
void put_payload(struct typing *typing, const struct shape_field *shape,
        const ProtobufCMessageDescriptor *type);

/* On to a new line. */
void put_line(struct typing *typing);

/* The interfaces and rooms of all dialects. */
void put_dialects(struct buf *out);

/* --- parcels: messages around events, and those that are no events --- */

enum parcel_value {
    VALUE_END, /* behind a parcel's last member */
    VALUE_ULID,
    VALUE_EPOCH,
    VALUE_CURSOR,
    VALUE_KEY,
    VALUE_COUNT,
    VALUE_MOMENT,
    VALUE_TEXT,
    VALUE_FLAG,
    VALUE_TOPS, /* an object: room to number */
    VALUE_ROLE,
    VALUE_CODE,
    VALUE_FAULT,
    VALUE_PRIORITY,
    VALUE_PICTURE,
    VALUE_EVENT,     /* the name of an event */
    VALUE_PAYLOAD,   /* and its payload */
    VALUE_STATED,    /* the name of an event that others may state */
    VALUE_STATEMENT, /* and its payload */
};

struct parcel_member {
    const char *name;
    enum parcel_value value;
    const char *word; /* the one text or number that it may be, or NULL */
    bool optional;
    bool list;
};

enum parcel_use { PARCEL_OF_ANYBODY, PARCEL_OF_CLIENT, PARCEL_OF_SERVER };

#define PARCEL_MEMBERS 16

struct parcel {
    const char *name;
    const char *about;
    enum parcel_use ws; /* native protocol: who says it; else anybody */
    struct parcel_member members[PARCEL_MEMBERS];
};

/* What a value is in both languages. */
struct parcel_type {
    const char *ts;
    const char *json; /* type of JSON Schema; NULL: a named schema */
    const char *name; /* that schema's name */
    const char *pattern;
    const char *format;
};

extern const struct parcel parcels[];
extern const uint32_t parcel_count;
extern const struct parcel_type parcel_types[];

/* The value of the parcel that makes it generic, or VALUE_END. */
enum parcel_value parcel_subject(const struct parcel *parcel);

/* --- doc: a JSON document that is written from front to back --- */

/*
 * Members go on lines of their own, but for those of a row and for texts in
 * lists. `key` is NULL in lists.
 */
struct doc {
    struct buf *out;
    uint32_t depth;
    uint32_t row; /* the depth at which a row began; 0: none is open */
};

/* `bracket` is '{' or '['; pair with doc_close and the same bracket. */
void doc_open(struct doc *doc, const char *key, char bracket);
void doc_open_row(struct doc *doc, const char *key, char bracket);
void doc_close(struct doc *doc, char bracket);

void doc_text(struct doc *doc, const char *key, const char *text);
void doc_number(struct doc *doc, const char *key, int64_t number);
void doc_flag(struct doc *doc, const char *key, bool flag);

/* [{"dialect","direction","name","rooms"}], of one direction or both. */
#define SAID_OUT 1u
#define SAID_IN  2u
void doc_said(struct doc *doc, const char *key, enum evt_id what,
        uint32_t directions);

/* {"<dialect>":"<what it calls the room>"} */
void doc_aliases(struct doc *doc, const char *key, enum room_index kind);

/* {"$ref":"<where><name>"} */
void doc_ref(
        struct doc *doc, const char *key, const char *where, const char *name);

void doc_roles(struct doc *doc, const char *key, uint32_t mask);
void doc_rooms(struct doc *doc, const char *key, uint32_t mask);

/* An enum's words, as a list. */
void doc_words(
        struct doc *doc, const char *key, const ProtobufCEnumDescriptor *type);

/* --- JSON Schema --- */

#define SCHEMAS_AT "#/components/schemas/"

/*
 * The members of an object that has all types, enums, parcels and lists of
 * names under their names, referring to each other as SCHEMAS_AT<name>.
 */
void doc_schemas(struct doc *doc);

/* --- parts of the AsyncAPI document --- */

#define MESSAGES_AT "#/components/messages/"
#define STATED      ".stated" /* <event>.stated: what is said to state it */
#define NAME_CHARS  127

/* Messages that are neither an event nor a parcel. */
#define MESSAGE_PICTURE  "Picture"
#define MESSAGE_PROTOBUF "ProtobufEnvelope"

void doc_channels(struct doc *doc);
void doc_operations(struct doc *doc);
void doc_parameters(struct doc *doc, const char *site);

/* --- rights --- */

/* The member "rights": all that decides who may enter, say and see what. */
void doc_rights(struct doc *doc);

/* The same as tables in Markdown. */
void put_rights_tables(struct buf *out);

/* --- the formats --- */

void catalogue_json(struct buf *out, const struct catalogue_place *place);
void catalogue_markdown(struct buf *out, const struct catalogue_place *place);
void catalogue_ts(struct buf *out, const struct catalogue_place *place);
void catalogue_asyncapi(struct buf *out, const struct catalogue_place *place);

#endif
