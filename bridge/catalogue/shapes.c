/* The payloads of other dialects as types for TypeScript: a type is written
 * where it stands, as shapes have no names that others could use. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bridge/catalogue/parts.h"
#include "bridge/dialect/codec.h"

/* --- what there is to be typed --- */

/* Fields of a shape that stand together, below a part of their names. */
struct group {
    const struct shape_field *shape; /* the whole of it */
    const ProtobufCMessageDescriptor *type;
    uint32_t first, end; /* of the fields */
    size_t skip;         /* bytes of each name that are said already */
};

static const struct codec_type {
    const char *said, *heard;
    const char *about, *about_heard; /* for a comment, or NULL */
} codec_types[AS_COUNT] = {
    [AS_TEXT] = { "string", "string", NULL, NULL },
    [AS_ID] = { "string", "string | number", NULL, NULL },
    [AS_NUMBER_ID] = { "number | string", "number | string", NULL, NULL },
    [AS_NUMBER] = { "number", "number", NULL, NULL },
    [AS_BOOL] = { "boolean", "boolean", NULL, NULL },
    [AS_MOMENT] = { "string", "string | number", "ISO 8601, UTC",
            "ISO 8601, or Unix milliseconds" },
    [AS_MINUTES] = { "number", "number", "minutes", "minutes" },
    [AS_CENTS] = { "number", "number", "cents", "cents" },
    [AS_MONEY] = { "number", "number | string", "12.5 is 1250 cents",
            "12.5 is 1250 cents" },
    [AS_TEXTS] = { "string[]", "string[]", NULL, NULL },
    [AS_HASHED] = { NULL, "string", NULL, "a token" },
    /* The others are put together. */
};

/* Where a dotted path of ours leads. */
struct reach {
    const ProtobufCMessageDescriptor *type; /* that has the field */
    const ProtobufCFieldDescriptor *field;  /* NULL: the whole body */
    bool is_shown;                          /* in every view */
    bool is_held; /* what it stands in is always there */
};

static struct reach reach_of(
        const ProtobufCMessageDescriptor *type, const char *path)
{
    struct reach reach = { .type = type, .is_shown = true, .is_held = true };

    while (*path && strcmp(path, ".") != 0) {
        size_t len = strcspn(path, ".");
        char name[JSON_NAME_CHARS + 1];
        const struct field_rule *rule;

        if (reach.field) {
            reach.is_held &= reach.field->label == PROTOBUF_C_LABEL_REQUIRED;
            reach.type = reach.field->descriptor;
        }
        snprintf(name, sizeof(name), "%.*s", (int)len, path);
        reach.field = protobuf_c_message_descriptor_get_field_by_name(
                reach.type, name);
        rule = field_rule_find(name);
        assert(reach.field && rule); /* tests ask every row for it */
        reach.is_shown &= rule->hide == 0;
        path += len + (path[len] == '.');
    }
    return reach;
}

/* Whoever is heard may also say what is only said: it is ignored. */
static bool is_there(
        const struct typing *typing, const struct shape_field *field)
{
    const struct codec_kind *codec = &codecs[field->as];

    return typing->is_heard ? codec->hear != NULL
                            : !(field->flags & HEARD) && codec->say;
}

static bool is_heard(const struct shape_field *field)
{
    return !(field->flags & SAID) && codecs[field->as].hear;
}

/* Is it said whatever the event and the view are? */
static bool is_always_said(
        const ProtobufCMessageDescriptor *type, const struct shape_field *field)
{
    struct reach reach;

    if (field->flags & OR_NULL || field->as == AS_ALWAYS)
        return true;
    reach = reach_of(type, field->ours);
    return reach.is_shown && reach.is_held &&
           (!reach.field || /* an empty list is said, too */
                   reach.field->label != PROTOBUF_C_LABEL_OPTIONAL);
}

/* Is one of the paths the other, or a part of it? */
static bool overlap(const char *one, const char *other)
{
    size_t len = strlen(one), more = strlen(other);
    size_t common = len < more ? len : more;
    char next = len < more ? other[common] : one[common];

    return strncmp(one, other, common) == 0 && (next == '\0' || next == '.');
}

/* Has our message to have what the field gives it? */
static bool is_required(
        const ProtobufCMessageDescriptor *type, const struct shape_field *field)
{
    struct reach reach = reach_of(type, field->ours);

    return reach.is_held && reach.field &&
           reach.field->label == PROTOBUF_C_LABEL_REQUIRED;
}

/* Is it refused without the field? Not if another one can stand for it: for
 * one that is NEEDED that is one before it. */
static bool is_always_asked(const struct group *group, uint32_t i)
{
    const struct shape_field *field = &group->shape[i];
    bool needed = field->flags & NEEDED;

    if (!is_heard(field) || (!needed && !is_required(group->type, field)))
        return false;
    for (uint32_t j = 0; needed ? j < i : group->shape[j].theirs != NULL; j++)
        if (j != i && is_heard(&group->shape[j]) &&
                (needed ? strcmp(group->shape[j].ours, field->ours) == 0
                        : overlap(group->shape[j].ours, field->ours)))
            return false;
    return true;
}

/* --- values --- */

void put_line(struct typing *typing)
{
    buf_printf(typing->out, "\n%*s", (int)(2 * typing->depth), "");
}

static void put_shape(struct typing *typing, const struct shape_field *shape,
        const ProtobufCMessageDescriptor *type);

/*
 * Word number `i` of an enum: what the dialect says for each value; and where
 * it is heard, what else it has, and our own words. "": none; NULL: no more.
 */
static const char *word_at(const struct typing *typing,
        const ProtobufCEnumDescriptor *type, unsigned i,
        char own[WORD_CHARS + 1])
{
    const struct word_row *rows = dialects[typing->dialect].words;
    unsigned count = type->n_values;

    if (i >= (typing->is_heard ? 2 * count : count)) {
        if (!typing->is_heard || !rows[i - 2 * count].kind)
            return NULL;
        return rows[i - 2 * count].kind == type ? rows[i - 2 * count].word : "";
    }
    if (type->values[i % count].value == 0)
        return "";
    if (i < count)
        return dialect_word(typing->dialect, type, type->values[i].value, own);
    print_word(type, type->values[i - count].value, own);
    return own;
}

/* Was the word there before number `i`? */
static bool is_old_word(const struct typing *typing,
        const ProtobufCEnumDescriptor *type, unsigned i, const char *word)
{
    char own[WORD_CHARS + 1];

    while (i-- > 0)
        if (strcmp(word_at(typing, type, i, own), word) == 0)
            return true;
    return false;
}

/* Each of an enum's words, with `between` them and `tail` behind each. */
static void put_words(struct typing *typing,
        const ProtobufCEnumDescriptor *type, const char *between,
        const char *tail)
{
    char own[WORD_CHARS + 1];
    const char *gap = "", *word;

    for (unsigned i = 0; (word = word_at(typing, type, i, own)); i++) {
        if (!*word || is_old_word(typing, type, i, word))
            continue;
        buf_printf(typing->out, "%s\"%s\"%s", gap, word, tail);
        gap = between;
    }
}

static void put_word_type(struct typing *typing, const struct reach *reach)
{
    put_words(typing, reach->field->descriptor, " | ", "");
    if (other_word_field(reach->type, reach->field))
        buf_puts(typing->out, " | (string & {})");
}

static void put_tally(struct typing *typing, const struct shape_field *field)
{
    buf_puts(typing->out, "{ ");
    put_words(typing, field->words, "; ", "?: number");
    buf_puts(typing->out, " }");
}

static void put_value(struct typing *typing, const struct shape_field *field,
        const ProtobufCMessageDescriptor *type)
{
    const struct codec_type *plain = &codec_types[field->as];
    struct reach reach = { .type = type };

    if (field->as != AS_ALWAYS)
        reach = reach_of(type, field->ours);
    if (field->as == AS_ALWAYS)
        buf_put_json(typing->out, field->ours);
    else if (field->as == AS_WORD)
        put_word_type(typing, &reach);
    else if (field->as == AS_TALLY)
        put_tally(typing, field);
    else if (field->as == AS_PART || field->as == AS_LIST)
        put_shape(typing, field->shape,
                reach.field ? reach.field->descriptor : reach.type);
    else
        buf_puts(typing->out, typing->is_heard ? plain->heard : plain->said);
    if (field->as == AS_LIST)
        buf_puts(typing->out, "[]");
    if (field->flags & OR_NULL)
        buf_puts(typing->out, " | null");
}

/* --- objects --- */

static bool is_always(
        const struct typing *typing, const struct group *group, uint32_t i)
{
    if (!is_there(typing, &group->shape[i]))
        return false;
    return typing->is_heard ? is_always_asked(group, i)
                            : is_always_said(group->type, &group->shape[i]);
}

/* The name of field number `i`, as far as it is not said yet. */
static const char *name_of(const struct group *group, uint32_t i)
{
    return group->shape[i].theirs + group->skip;
}

/* The fields from number `i` on that begin with the same name as it does. */
static struct group group_at(const struct group *group, uint32_t i)
{
    size_t len = strcspn(name_of(group, i), ".") + 1;
    struct group inner = *group;

    inner.first = i;
    inner.skip += len;
    for (inner.end = i + 1; inner.end < group->end; inner.end++)
        if (strncmp(name_of(group, inner.end), name_of(group, i), len) != 0)
            break;
    return inner;
}

static void put_group(struct typing *typing, const struct group *group);

/* What a comment says of a field, or NULL. */
static const char *about_of(
        const struct typing *typing, const struct shape_field *field)
{
    if (!typing->is_heard)
        return codec_types[field->as].about;
    return is_heard(field) ? codec_types[field->as].about_heard : "ignored";
}

/* One that is a value, not an object of several fields. */
static void put_field(
        struct typing *typing, const struct group *group, uint32_t i)
{
    const struct shape_field *field = &group->shape[i];
    const char *about = about_of(typing, field);

    if (!is_there(typing, field))
        return;
    put_line(typing);
    buf_printf(typing->out, "%s%s: ", name_of(group, i),
            is_always(typing, group, i) ? "" : "?");
    put_value(typing, field, group->type);
    buf_puts(typing->out, ";");
    if (about)
        buf_printf(typing->out, " // %s", about);
}

/* The object that field number `i` stands in; returns the number of the first
 * field behind it. */
static uint32_t put_object(
        struct typing *typing, const struct group *group, uint32_t i)
{
    const char *name = name_of(group, i);
    struct group inner = group_at(group, i);
    bool there = false, always = false;

    for (; i < inner.end; i++) {
        there |= is_there(typing, &inner.shape[i]);
        always |= is_always(typing, &inner, i);
    }
    if (there) {
        put_line(typing);
        buf_printf(typing->out, "%.*s%s: ", (int)strcspn(name, "."), name,
                always ? "" : "?");
        put_group(typing, &inner);
        buf_putc(typing->out, ';');
    }
    return inner.end;
}

static void put_group(struct typing *typing, const struct group *group)
{
    buf_putc(typing->out, '{');
    typing->depth++;
    for (uint32_t i = group->first; i < group->end;) {
        if (strchr(name_of(group, i), '.'))
            i = put_object(typing, group, i);
        else
            put_field(typing, group, i++);
    }
    typing->depth--;
    put_line(typing);
    buf_putc(typing->out, '}');
}

static void put_shape(struct typing *typing, const struct shape_field *shape,
        const ProtobufCMessageDescriptor *type)
{
    struct group group = { .shape = shape, .type = type };
    bool is_empty = true;

    for (; shape[group.end].theirs; group.end++)
        is_empty &= !is_there(typing, &shape[group.end]);
    if (is_empty)
        buf_puts(typing->out, "Record<string, never>");
    else if (strcmp(shape->theirs, ".") == 0)
        put_value(typing, shape, type);
    else
        put_group(typing, &group);
}

void put_payload(struct typing *typing, const struct shape_field *shape,
        const ProtobufCMessageDescriptor *type)
{
    put_shape(typing, shape, type);
    if (!typing->is_heard || shape[1].theirs || strchr(shape->theirs, '.') ||
            !is_heard(shape))
        return;
    buf_puts(typing->out, " | ");
    put_value(typing, shape, type);
}
