/*
 * Every row of every dialect is asked: do its paths lead to fields of the
 * event's body, do their types fit the codecs, can its rooms be reached. A
 * new row or dialect is asked, too.
 */
#include "schemas/dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/fields.h"

#define PATH_CHARS 128
#define ANYWHERE   (~0u)
#define FLAGS      (OR_NULL | NEEDED | SAID | HEARD | ROUNDED)

static bool is_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && is_same(text + len - end_len, end);
}

/* Is `path` the part `start`, or in it? */
static bool is_within(const char *path, const char *start)
{
    size_t len = strlen(start);

    return begins_with(path, start) && (path[len] == '.' || path[len] == '\0');
}

/* --- shapes and the bodies that they are of --- */

/* What is asked of each use of a shape: a SAY or HEAR row, or a part of it. */
struct use {
    const char *dialect;
    const char *name; /* of the row */
    bool is_said;
    const ProtobufCMessageDescriptor *type;
    const struct shape_field *shape;
};

typedef void (*ask_use)(const struct use *use);

static void complain(const struct use *use, const struct shape_field *field,
        const char *what)
{
    fail_msg("%s, %s \"%s\": field \"%s\", ours \"%s\": %s", use->dialect,
            use->is_said ? "SAY" : "HEAR", use->name, field->theirs,
            field->ours, what);
}

/* The field of a name of which `len` characters count, or NULL. */
static const ProtobufCFieldDescriptor *field_named(
        const ProtobufCMessageDescriptor *type, const char *name, size_t len)
{
    char text[PATH_CHARS];

    assert_true(len < sizeof(text));
    snprintf(text, sizeof(text), "%.*s", (int)len, name);
    return protobuf_c_message_descriptor_get_field_by_name(type, text);
}

/* Where a path of ours leads to; NULL: nowhere, or through a list. */
static const ProtobufCFieldDescriptor *field_at(
        const ProtobufCMessageDescriptor *type, const char *path)
{
    const char *dot;

    while ((dot = strchr(path, '.')) != NULL) {
        const ProtobufCFieldDescriptor *part =
                field_named(type, path, (size_t)(dot - path));

        if (!part || part->type != PROTOBUF_C_TYPE_MESSAGE ||
                part->label == PROTOBUF_C_LABEL_REPEATED)
            return NULL;
        type = part->descriptor;
        path = dot + 1;
    }
    return field_named(type, path, strlen(path));
}

static void ask_shape(const struct use *use, ask_use ask)
{
    ask(use);
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++) {
        const ProtobufCFieldDescriptor *ours;
        struct use part = *use;

        if (!f->shape)
            continue;
        ours = field_at(use->type, f->ours);
        if (!ours || ours->type != PROTOBUF_C_TYPE_MESSAGE)
            complain(use, f, "is no message");
        part.type = ours->descriptor;
        part.shape = f->shape;
        ask_shape(&part, ask);
    }
}

static void each_said(ask_use ask)
{
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct say_row *row = dialects[d].says; row->name; row++)
            ask_shape(&(struct use){ dialects[d].name, row->name, true,
                              evt_kinds[row->what].body, row->shape },
                    ask);
}

static void each_heard(ask_use ask)
{
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct hear_row *row = dialects[d].hears; row->name; row++)
            ask_shape(&(struct use){ dialects[d].name, row->name, false,
                              evt_kinds[row->what].body, row->shape },
                    ask);
}

static void each_use(ask_use ask)
{
    each_said(ask);
    each_heard(ask);
}

/* --- types --- */

static bool is_whole(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_INT32 ||
           field->type == PROTOBUF_C_TYPE_UINT32 ||
           field->type == PROTOBUF_C_TYPE_INT64 ||
           field->type == PROTOBUF_C_TYPE_UINT64;
}

static bool is_moment(const ProtobufCFieldDescriptor *field)
{
    return is_whole(field) && ends_with(field->name, "_at_ms");
}

static bool is_duration(const ProtobufCFieldDescriptor *field)
{
    return is_whole(field) && ends_with(field->name, "_ms") &&
           !is_moment(field);
}

static bool is_money(const ProtobufCFieldDescriptor *field)
{
    return is_whole(field) && ends_with(field->name, "_cents");
}

static bool is_text(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING;
}

static bool is_id(const ProtobufCFieldDescriptor *field)
{
    return is_text(field) &&
           field_rule_find(field->name)->grammar == GRAMMAR_ID;
}

/* A counter for each word of the enum, and none besides. */
static bool counts(const ProtobufCMessageDescriptor *tally,
        const ProtobufCEnumDescriptor *words)
{
    size_t prefix =
            strlen(words->values[0].name) - strlen("UNSPECIFIED"); /* value 0 */

    if (tally->n_fields != words->n_values - 1)
        return false;
    for (unsigned i = 1; i < words->n_values; i++) {
        const ProtobufCFieldDescriptor *counter;
        char name[PATH_CHARS];
        size_t len = 0;

        for (const char *c = words->values[i].name + prefix; *c; c++)
            name[len++] = (char)(*c == '_' ? *c : *c | 0x20);
        counter = field_named(tally, name, len);
        if (!counter || counter->type != PROTOBUF_C_TYPE_UINT32 ||
                counter->label == PROTOBUF_C_LABEL_REPEATED)
            return false;
    }
    return true;
}

static bool fits(
        const struct shape_field *f, const ProtobufCFieldDescriptor *ours)
{
    bool several = ours->label == PROTOBUF_C_LABEL_REPEATED;

    if (several != (f->as == AS_LIST || f->as == AS_TEXTS))
        return false;
    switch (f->as) {
    case AS_TEXT:
    case AS_TEXTS:
        return is_text(ours);
    case AS_ID:
    case AS_NUMBER_ID:
    case AS_HASHED:
        return is_id(ours);
    case AS_NUMBER:
        return is_whole(ours) && !is_moment(ours) && !is_duration(ours) &&
               !is_money(ours);
    case AS_BOOL:
        return ours->type == PROTOBUF_C_TYPE_BOOL;
    case AS_MOMENT:
        return is_moment(ours);
    case AS_MINUTES:
        return is_duration(ours);
    case AS_CENTS:
    case AS_MONEY:
        return is_money(ours);
    case AS_WORD:
        return ours->type == PROTOBUF_C_TYPE_ENUM;
    case AS_PART:
    case AS_LIST:
        return ours->type == PROTOBUF_C_TYPE_MESSAGE && f->shape;
    case AS_TALLY:
        return ours->type == PROTOBUF_C_TYPE_MESSAGE && f->words &&
               counts(ours->descriptor, f->words);
    default:
        return false;
    }
}

static void ask_types(const struct use *use)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++) {
        const ProtobufCFieldDescriptor *ours;

        assert_non_null(f->theirs);
        assert_non_null(f->ours);
        if (f->as == AS_ALWAYS || is_same(f->ours, "."))
            continue;
        ours = field_at(use->type, f->ours);
        if (!ours)
            complain(use, f, "leads nowhere");
        if (!fits(f, ours))
            complain(use, f, "has not the type of its codec");
    }
}

static void every_path_of_ours_leads_to_a_field_that_its_codec_fits(
        void **unused)
{
    (void)unused;
    each_use(ask_types);
}

static void ask_extras(const struct use *use)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++) {
        if ((f->as == AS_PART || f->as == AS_LIST) != (f->shape != NULL))
            complain(use, f, "a shape is for a part or list");
        if ((f->as == AS_TALLY) != (f->words != NULL))
            complain(use, f, "words are for a tally");
        if (f->flags & ~(unsigned)FLAGS)
            complain(use, f, "has a flag that nobody knows");
        if ((f->flags & SAID) && (f->flags & (HEARD | NEEDED)))
            complain(use, f, "is only said, and heard as well");
        if ((f->flags & ROUNDED) && f->as != AS_NUMBER)
            complain(use, f, "is rounded, and no number");
        if ((f->flags & HEARD) && (f->flags & OR_NULL))
            complain(use, f, "is never said, and null as well");
    }
}

static void shapes_words_and_flags_stand_where_they_mean_something(
        void **unused)
{
    (void)unused;
    each_use(ask_extras);
}

/* --- their paths --- */

/* Is the field part of what the row says or hears? */
static bool counts_for(const struct use *use, const struct shape_field *f)
{
    return !(f->flags & (unsigned)(use->is_said ? HEARD : SAID));
}

/* How many characters of the objects around them two paths share. */
static size_t shared(const char *a, const char *b)
{
    size_t len = 0;

    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '.')
            len = i + 1;
    return len;
}

static void ask_order(const struct use *use)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++)
        for (const struct shape_field *g = f + 1; g->as != AS_END; g++) {
            size_t len = shared(f->theirs, g->theirs);

            for (const struct shape_field *mid = f + 1; mid < g; mid++)
                if (strncmp(f->theirs, mid->theirs, len) != 0)
                    complain(use, mid, "stands between parts of one object");
        }
}

static void fields_of_one_object_stand_together(void **unused)
{
    (void)unused;
    each_use(ask_order);
}

static void ask_twice(const struct use *use)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++)
        for (const struct shape_field *g = use->shape; g->as != AS_END; g++)
            if (f != g && counts_for(use, f) && counts_for(use, g) &&
                    is_within(g->theirs, f->theirs))
                complain(use, g, "its name stands twice");
}

static void no_name_stands_twice_in_what_is_said_or_heard(void **unused)
{
    (void)unused;
    each_use(ask_twice);
}

static bool is_name(const char *path)
{
    size_t len = strlen(path);

    return len > 0 && len < PATH_CHARS && path[0] != '.' &&
           path[len - 1] != '.' && !strstr(path, "..");
}

/* A shape needs a field: that of an empty one has no names. "." alone is a
 * payload that is no object. */
static void ask_names(const struct use *use)
{
    const struct shape_field *first = use->shape;
    bool is_alone = first->as != AS_END && first[1].as == AS_END;

    for (const struct shape_field *f = first; f->as != AS_END; f++) {
        bool is_nothing = f->as == AS_ALWAYS && is_same(f->ours, "");

        if (is_same(f->theirs, ".") ? !is_alone
                : is_nothing        ? !is_alone || f->theirs[0] != '\0'
                                    : !is_name(f->theirs))
            complain(use, f, "is no name");
    }
}

static void every_field_of_theirs_has_a_name(void **unused)
{
    (void)unused;
    each_use(ask_names);
}

/* --- saying --- */

static void ask_said(const struct use *use)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++)
        if (f->as == AS_HASHED && counts_for(use, f))
            complain(use, f, "a token is never said");
}

static void no_token_is_ever_said(void **unused)
{
    (void)unused;
    each_said(ask_said);
}

/* Only that of an empty shape, which is not there. */
static void ask_constants(const struct use *use)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++)
        if (f->as == AS_ALWAYS && f->ours[0] && counts_for(use, f))
            complain(use, f, "a constant text is not heard");
}

static void no_constant_is_listened_for(void **unused)
{
    (void)unused;
    each_heard(ask_constants);
}

static void what_is_said_has_an_event_and_a_number_of_its_own(void **unused)
{
    uint32_t next = 0;

    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct say_row *row = dialects[d].says; row->name; row++) {
            assert_true(row->what >= 0 && row->what < EVT_COUNT);
            assert_true(row->name[0] != '\0');
            assert_non_null(row->shape);
            assert_int_equal(row->dialect, d);
            if (next > 0)
                assert_int_equal(row->number, next);
            next = row->number + 1;
        }
    assert_true(next > 0);
}

static void an_event_is_said_in_rooms_that_it_goes_to(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct say_row *row = dialects[d].says; row->name; row++) {
            const struct evt_kind *kind = &evt_kinds[row->what];
            bool fits_rooms = row->rooms != 0 && (row->rooms & ~kind->to) == 0;

            if (kind->transient ? row->rooms != 0
                                : row->rooms != ANYWHERE && !fits_rooms)
                fail_msg("%s: \"%s\" is said in rooms %#x, %s goes to %#x",
                        dialects[d].name, row->name, row->rooms, kind->name,
                        kind->to);
        }
}

/* Where nobody asks for rooms, everybody is put into theirs. */
static void a_room_in_which_something_is_said_can_be_joined(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct say_row *row = dialects[d].says; row->name; row++)
            for (int room = 0; room < ROOM_COUNT; room++)
                if (dialects[d].verbs->name && row->rooms != ANYWHERE &&
                        (row->rooms & 1u << room) && !room_kinds[room].alias[d])
                    fail_msg(
                            "%s: \"%s\" is said in %s, which has no name there",
                            dialects[d].name, row->name, room_kinds[room].name);
}

static void no_event_is_said_twice_under_one_name_in_a_room(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct say_row *a = dialects[d].says; a->name; a++)
            for (const struct say_row *b = a + 1; b->name; b++)
                if (a->what == b->what && is_same(a->name, b->name) &&
                        ((a->rooms & b->rooms) || a->rooms == b->rooms))
                    fail_msg("%s: \"%s\"", dialects[d].name, a->name);
}

static void a_switch_is_one_bit_and_takes_rooms_from_rows(void **unused)
{
    uint32_t used = 0;

    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct say_row *row = dialects[d].says; row->name; row++) {
            assert_int_equal(row->unless & (row->unless - 1), 0);
            assert_int_equal(row->unless == 0, row->unless_rooms == 0);
            assert_int_equal(row->unless_rooms & ~row->rooms, 0);
            used |= row->unless;
        }
    assert_int_equal(used, UNSAID_ALL);
}

static void what_is_said_somebody_sees(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct say_row *row = dialects[d].says; row->name; row++)
            if (evt_view(row->what, ~(uint32_t)ROLE_HUB) == VIEW_NONE)
                fail_msg("%s: \"%s\"", dialects[d].name, row->name);
}

/* --- hearing --- */

static void a_name_is_heard_as_one_event(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct hear_row *a = dialects[d].hears; a->name; a++) {
            assert_true(a->what >= 0 && a->what < EVT_COUNT);
            assert_true(a->name[0] != '\0');
            assert_non_null(a->shape);
            for (const struct hear_row *b = a + 1; b->name; b++)
                if (is_same(a->name, b->name))
                    fail_msg("%s: \"%s\"", dialects[d].name, a->name);
        }
}

static void what_is_heard_somebody_may_say(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct hear_row *row = dialects[d].hears; row->name; row++) {
            const struct evt_kind *kind = &evt_kinds[row->what];

            if (!((kind->from | kind->from_own) & ~(uint32_t)ROLE_HUB))
                fail_msg("%s: \"%s\"", dialects[d].name, row->name);
        }
}

/* What the shape hears of the part at `path`, "" for the whole body. */
static bool hears(const struct use *use, const char *path)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++)
        if (counts_for(use, f) && f->as != AS_ALWAYS &&
                is_within(f->ours, path))
            return true;
    return false;
}

static bool hears_into(const struct use *use, const char *path)
{
    for (const struct shape_field *f = use->shape; f->as != AS_END; f++)
        if (counts_for(use, f) && f->as != AS_ALWAYS &&
                is_within(f->ours, path) && !is_same(f->ours, path))
            return true;
    return false;
}

/* The message at `path` comes into being, so it needs what it requires. */
static void ask_required_of(const struct use *use,
        const ProtobufCMessageDescriptor *type, const char *path)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        char name[PATH_CHARS];

        snprintf(name, sizeof(name), "%s%s%s", path, path[0] ? "." : "",
                field->name);
        if (field->label == PROTOBUF_C_LABEL_REQUIRED && !hears(use, name))
            fail_msg("%s, HEAR \"%s\": nothing gives %s its \"%s\"",
                    use->dialect, use->name, type->short_name, name);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
                field->label != PROTOBUF_C_LABEL_REPEATED &&
                hears_into(use, name))
            ask_required_of(use, field->descriptor, name);
    }
}

static void ask_required(const struct use *use)
{
    ask_required_of(use, use->type, "");
}

static void everything_that_a_body_requires_can_be_heard(void **unused)
{
    (void)unused;
    each_heard(ask_required);
}

/* --- words --- */

static const char *own_word(const struct word_row *row, char out[PATH_CHARS])
{
    const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(row->kind, row->value);
    size_t len = 0;

    for (const char *c = value->name + strlen(row->kind->values[0].name) -
                         strlen("UNSPECIFIED");
            *c; c++)
        out[len++] = (char)(*c == '_' ? *c : *c | 0x20);
    out[len] = '\0';
    return out;
}

static void every_word_stands_for_a_value_of_its_enum(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct word_row *row = dialects[d].words; row->kind; row++)
            if (row->value == 0 || !row->word[0] || strlen(row->word) > 31 ||
                    !protobuf_c_enum_descriptor_get_value(
                            row->kind, row->value))
                fail_msg("%s: %s %d", dialects[d].name, row->word, row->value);
}

static void no_value_has_the_same_word_twice(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct word_row *a = dialects[d].words; a->kind; a++)
            for (const struct word_row *b = a + 1; b->kind; b++)
                if (a->kind == b->kind && a->value == b->value &&
                        is_same(a->word, b->word))
                    fail_msg("%s: %s", dialects[d].name, a->word);
}

static const struct word_row *first_of(
        enum dialect_id dialect, const struct word_row *like, bool by_word)
{
    const struct word_row *row = dialects[dialect].words;

    while (row->kind != like->kind || (by_word ? !is_same(row->word, like->word)
                                               : row->value != like->value))
        row++;
    return row;
}

/* A value may have further words, which are heard but never said. */
static void what_is_said_by_a_word_is_said_by_it_again_when_it_was_heard(
        void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct word_row *row = dialects[d].words; row->kind; row++) {
            enum dialect_id dialect = (enum dialect_id)d;
            const struct word_row *said = first_of(dialect, row, false);
            const struct word_row *heard = first_of(dialect, said, true);
            const struct word_row *again = first_of(dialect, heard, false);

            if (!is_same(again->word, said->word))
                fail_msg("%s: %s comes back as %s", dialects[d].name,
                        said->word, again->word);
        }
}

/* A value without rows is said by our word: a row that takes this word for
 * another value would turn it into that when it is heard. */
static void no_word_is_ours_for_a_value_that_has_no_row(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct word_row *row = dialects[d].words; row->kind; row++)
            for (unsigned i = 1; i < row->kind->n_values; i++) {
                struct word_row other = { row->kind, row->word,
                    row->kind->values[i].value };
                const struct word_row *has = dialects[d].words;
                char ours[PATH_CHARS];

                while (has->kind &&
                        (has->kind != other.kind || has->value != other.value))
                    has++;
                if (!has->kind && is_same(own_word(&other, ours), row->word))
                    fail_msg("%s: %s", dialects[d].name, row->word);
            }
}

/* --- what clients ask for --- */

static bool takes_site(const char *alias)
{
    return ends_with(alias, ":") || ends_with(alias, "-");
}

static bool is_reachable(
        const struct room_kind *kind, const char *alias, enum verb_arg arg)
{
    if (!alias)
        return false;
    switch (arg) {
    case ARG_NONE:
        return !kind->has_id && !takes_site(alias);
    case ARG_SITE:
        return !kind->has_id && takes_site(alias);
    case ARG_ID:
    case ARG_TOKEN:
        return kind->has_id;
    default:
        return false;
    }
}

static void a_verb_names_a_room_that_its_argument_leads_to(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct verb_row *row = dialects[d].verbs; row->name; row++) {
            const struct room_kind *kind = &room_kinds[row->room];

            if (row->arg != ARG_ROOM &&
                    !is_reachable(kind, kind->alias[d], row->arg))
                fail_msg("%s: \"%s\" and %s", dialects[d].name, row->name,
                        kind->name);
        }
}

static void a_verb_with_a_room_in_it_is_for_a_dialect_that_has_rooms(
        void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++) {
        bool asks = dialects[d].verbs->name != NULL, has = false;

        for (int room = 0; room < ROOM_COUNT; room++)
            has = has || room_kinds[room].alias[d];
        if (asks != has)
            fail_msg("%s: %s", dialects[d].name,
                    asks ? "no room has a name" : "nobody can ask for a room");
    }
}

static void a_verb_is_no_event_and_stands_once(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct verb_row *a = dialects[d].verbs; a->name; a++) {
            for (const struct verb_row *b = a + 1; b->name; b++)
                if (is_same(a->name, b->name))
                    fail_msg("%s: \"%s\"", dialects[d].name, a->name);
            for (const struct hear_row *b = dialects[d].hears; b->name; b++)
                if (is_same(a->name, b->name))
                    fail_msg("%s: \"%s\"", dialects[d].name, a->name);
        }
}

static void what_can_be_left_can_be_joined(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++)
        for (const struct verb_row *a = dialects[d].verbs; a->name; a++) {
            const struct verb_row *b = dialects[d].verbs;

            while (b->name &&
                    (b->leaves || b->arg != a->arg || b->room != a->room))
                b++;
            if (!b->name)
                fail_msg("%s: \"%s\"", dialects[d].name, a->name);
        }
}

/* --- the dialects themselves --- */

static void every_dialect_is_found_by_its_name(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++) {
        assert_non_null(dialects[d].name);
        assert_int_equal(dialect_find(dialects[d].name), d);
    }
    assert_int_equal(dialect_find("native"), DIALECT_NATIVE);
    assert_int_equal(dialect_find("Native"), DIALECT_COUNT);
    assert_int_equal(dialect_find("html"), DIALECT_COUNT);
    assert_int_equal(dialect_find(""), DIALECT_COUNT);
}

static void every_dialect_but_our_own_says_and_hears_by_its_table(void **unused)
{
    (void)unused;
    for (int d = 0; d < DIALECT_COUNT; d++) {
        bool is_native = d == DIALECT_NATIVE;

        assert_int_equal(!dialects[d].says->name, is_native);
        assert_int_equal(!dialects[d].hears->name, is_native);
    }
    assert_null(dialects[DIALECT_NATIVE].words->kind);
    assert_null(dialects[DIALECT_NATIVE].verbs->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
                every_path_of_ours_leads_to_a_field_that_its_codec_fits),
        cmocka_unit_test(
                shapes_words_and_flags_stand_where_they_mean_something),
        cmocka_unit_test(fields_of_one_object_stand_together),
        cmocka_unit_test(no_name_stands_twice_in_what_is_said_or_heard),
        cmocka_unit_test(every_field_of_theirs_has_a_name),
        cmocka_unit_test(no_token_is_ever_said),
        cmocka_unit_test(no_constant_is_listened_for),
        cmocka_unit_test(what_is_said_has_an_event_and_a_number_of_its_own),
        cmocka_unit_test(an_event_is_said_in_rooms_that_it_goes_to),
        cmocka_unit_test(a_room_in_which_something_is_said_can_be_joined),
        cmocka_unit_test(no_event_is_said_twice_under_one_name_in_a_room),
        cmocka_unit_test(a_switch_is_one_bit_and_takes_rooms_from_rows),
        cmocka_unit_test(what_is_said_somebody_sees),
        cmocka_unit_test(a_name_is_heard_as_one_event),
        cmocka_unit_test(what_is_heard_somebody_may_say),
        cmocka_unit_test(everything_that_a_body_requires_can_be_heard),
        cmocka_unit_test(every_word_stands_for_a_value_of_its_enum),
        cmocka_unit_test(no_value_has_the_same_word_twice),
        cmocka_unit_test(
                what_is_said_by_a_word_is_said_by_it_again_when_it_was_heard),
        cmocka_unit_test(no_word_is_ours_for_a_value_that_has_no_row),
        cmocka_unit_test(a_verb_names_a_room_that_its_argument_leads_to),
        cmocka_unit_test(
                a_verb_with_a_room_in_it_is_for_a_dialect_that_has_rooms),
        cmocka_unit_test(a_verb_is_no_event_and_stands_once),
        cmocka_unit_test(what_can_be_left_can_be_joined),
        cmocka_unit_test(every_dialect_is_found_by_its_name),
        cmocka_unit_test(every_dialect_but_our_own_says_and_hears_by_its_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
