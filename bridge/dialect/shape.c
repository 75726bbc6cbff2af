#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/codec.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"

#define SHAPE_FIELDS 64 /* most fields of a shape; a test counts them */

/* --- what is there --- */

/* A member by its name, which need not end. */
static const cJSON *member(const cJSON *object, const char *name, size_t len)
{
    char text[JSON_NAME_CHARS + 1];

    assert(len < sizeof(text));
    memcpy(text, name, len);
    text[len] = '\0';
    return cJSON_GetObjectItemCaseSensitive(object, text);
}

/*
 * What stands at a dotted path; NULL: nothing, or null. `blocked`: so many
 * bytes of the path lead to something that is no object; 0: none do.
 */
static const cJSON *find(const cJSON *json, const char *path, size_t *blocked)
{
    const char *name = path;

    for (*blocked = 0;;) {
        size_t len = strcspn(name, ".");

        json = member(json, name, len);
        if (!json || cJSON_IsNull(json))
            return NULL;
        if (!name[len])
            return json;
        name += len;
        if (!cJSON_IsObject(json)) {
            *blocked = (size_t)(name - path);
            return NULL;
        }
        name++;
    }
}

static enum err look_up(struct walk *walk, const cJSON *json, const char *path,
        const cJSON **found)
{
    char name[FAULT_FIELD_CHARS + 1];
    size_t blocked;

    *found = find(json, path, &blocked);
    if (blocked == 0)
        return ERR_OK;
    snprintf(name, sizeof(name), "%.*s", (int)blocked, path);
    walk_enter(walk, strlen(walk->path), name, -1);
    return walk_refuse(walk, ERR_WRONG_TYPE, "must be an object");
}

/* Does the shape know the path `at`.`name`, or something below it? */
static bool knows(const struct shape_field *shape, const char *at,
        const char *name, bool *below)
{
    size_t at_len = strlen(at), len = strlen(name);

    *below = false;
    for (; shape->theirs && !strchr(name, '.'); shape++) {
        const char *theirs = shape->theirs;

        if (strncmp(theirs, at, at_len) != 0 ||
                strncmp(theirs + at_len, name, len) != 0)
            continue;
        *below = theirs[at_len + len] == '.';
        if (*below || theirs[at_len + len] == '\0')
            return true;
    }
    return false;
}

/* Keys of an object, and of those in it that dotted names lead to, of which
 * the shape has nothing; `at` is where it stands, with a dot behind. What is
 * only said may be anything there. */
static uint64_t count_unknown(
        const struct shape_field *shape, const cJSON *json, const char *at)
{
    char path[FAULT_FIELD_CHARS + 1];
    uint64_t unknown = 0;
    const cJSON *item;
    bool below;

    if (!cJSON_IsObject(json))
        return 0;
    cJSON_ArrayForEach(item, json)
    {
        if (!knows(shape, at, item->string, &below)) {
            unknown++;
        } else if (below) {
            snprintf(path, sizeof(path), "%s%s.", at, item->string);
            unknown += count_unknown(shape, item, path);
        }
    }
    return unknown;
}

/* --- one shape --- */

/* Read it and let go of it: a field that was there already under another
 * name, which must be right all the same. */
static enum err hear_aside(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    struct spot aside = { body_new(spot->message->descriptor), spot->field };
    enum err err;

    if (!aside.message)
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    err = codecs[field->as].hear(walk, field, json, &aside);
    body_free(aside.message);
    return err;
}

/* Is there a value at the spot? Of a field that is always there the one who
 * has heard it must know. */
static bool is_taken(const struct shape_field *field, const struct spot *spot)
{
    if (!spot->field || field->as == AS_PART || field->as == AS_TALLY)
        return false; /* adds to what is there */
    if (spot->field->label == PROTOBUF_C_LABEL_REPEATED)
        return spot_count(spot) > 0;
    if (spot->field->label == PROTOBUF_C_LABEL_REQUIRED &&
            spot->field->type != PROTOBUF_C_TYPE_STRING)
        return false;
    return spot_is_there(spot);
}

/* One field; `again`: another name for it has been heard. */
static enum err hear_field(struct walk *walk, const struct shape_field *field,
        const cJSON *json, ProtobufCMessage *message, bool again)
{
    struct spot spot;

    if (!spot_make(message, field->ours, &spot))
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    if (again || is_taken(field, &spot))
        return hear_aside(walk, field, json, &spot);
    return codecs[field->as].hear(walk, field, json, &spot);
}

static bool is_heard(const struct shape_field *field)
{
    return !(field->flags & SAID) && codecs[field->as].hear;
}

/* Was a field before number `i` of the shape heard that has the same name in
 * ours? */
static bool is_again(
        const struct shape_field *shape, unsigned i, uint64_t heard)
{
    for (unsigned before = 0; before < i; before++)
        if (heard >> before & 1 &&
                strcmp(shape[before].ours, shape[i].ours) == 0)
            return true;
    return false;
}

/* Field number `i` of a shape out of the object that may have it. */
static enum err hear_one(struct walk *walk, const struct shape_field *shape,
        unsigned i, const cJSON *json, ProtobufCMessage *message,
        uint64_t *heard)
{
    const struct shape_field *field = &shape[i];
    bool again = is_again(shape, i, *heard);
    size_t from = strlen(walk->path);
    const cJSON *item = json;
    enum err err = ERR_OK;

    if (strcmp(field->theirs, ".") != 0) {
        err = look_up(walk, json, field->theirs, &item);
        if (err != ERR_OK)
            return err;
        walk_enter(walk, from, field->theirs, -1);
    }
    if (item) {
        err = hear_field(walk, field, item, message, again);
        *heard |= (uint64_t)1 << i;
    } else if (field->flags & NEEDED && !again) {
        err = walk_refuse(walk, ERR_MISSING_FIELD, "is missing");
    }
    if (err == ERR_OK)
        walk->path[from] = '\0';
    return err;
}

enum err hear_shape(struct walk *walk, const struct shape_field *shape,
        const cJSON *json, ProtobufCMessage *message)
{
    bool is_bare = shape->theirs && strcmp(shape->theirs, ".") == 0;
    uint64_t heard = 0;

    if (!is_bare && !cJSON_IsObject(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be an object");
    for (unsigned i = 0; shape[i].theirs; i++) {
        enum err err = ERR_OK;

        assert(i < SHAPE_FIELDS);
        if (is_heard(&shape[i]))
            err = hear_one(walk, shape, i, json, message, &heard);
        if (err != ERR_OK)
            return err;
    }
    if (!is_bare)
        count_add(COUNT_UNKNOWN_FIELDS, count_unknown(shape, json, ""));
    return ERR_OK;
}

/* --- a whole payload --- */

/* The path in JSON that body_check would give a field. */
static size_t print_path(const char *ours, char out[FAULT_FIELD_CHARS + 1])
{
    size_t len = 0;

    out[0] = '\0';
    while (*ours && len <= FAULT_FIELD_CHARS) {
        char name[JSON_NAME_CHARS + 1], json[JSON_NAME_CHARS + 1];
        size_t part = strcspn(ours, ".");

        snprintf(name, sizeof(name), "%.*s", (int)part, ours);
        body_json_name(name, json);
        len += (size_t)snprintf(out + len, FAULT_FIELD_CHARS + 1 - len, "%s%s",
                len > 0 ? "." : "", json);
        ours += part + (ours[part] == '.');
    }
    return len <= FAULT_FIELD_CHARS ? len : FAULT_FIELD_CHARS;
}

/* If `ours` is the field's path or goes on from it, what is behind that. */
static const char *behind(const struct shape_field *field, const char *ours)
{
    char path[FAULT_FIELD_CHARS + 1];
    size_t len = print_path(field->ours, path);
    const char *rest = ours + len;

    if (!is_heard(field) || strncmp(path, ours, len) != 0)
        return NULL;
    return *rest == '.' || *rest == '[' || *rest == '\0' ? rest : NULL;
}

/* A path on its way from our names to theirs. */
struct renaming {
    bool is_said; /* only to what stands in the payload */
    char theirs[FAULT_FIELD_CHARS + 1];
};

static bool translate(struct renaming *renaming,
        const struct shape_field *shape, const cJSON *json, const char *ours,
        size_t at);

/* What the field is in its object, or NULL. */
static const cJSON *item_of(const struct shape_field *field, const cJSON *json)
{
    size_t blocked;

    return strcmp(field->theirs, ".") == 0
                   ? json
                   : find(json, field->theirs, &blocked);
}

/* The same for one field of the shape. */
static bool translate_field(struct renaming *renaming,
        const struct shape_field *field, const cJSON *json, const char *ours,
        size_t at)
{
    const char *rest = behind(field, ours);
    const char *name = strcmp(field->theirs, ".") == 0 ? "" : field->theirs;
    size_t index = rest ? strcspn(rest, ".") : 0; /* "[2]", or nothing */
    const cJSON *item = item_of(field, json);
    size_t room = FAULT_FIELD_CHARS + 1 - at;
    int more;

    if (!rest || (renaming->is_said && !item))
        return false;
    more = snprintf(renaming->theirs + at, room, "%s%s%.*s",
            at > 0 && *name ? "." : "", name, (int)index, rest);
    if (more < 0 || (size_t)more >= room)
        return false;
    if (!rest[index] || field->as == AS_TALLY)
        return true;
    if (rest[0] == '[')
        item = cJSON_GetArrayItem(item, (int)strtol(rest + 1, NULL, 10));
    return field->shape && translate(renaming, field->shape, item,
                                   rest + index + 1, at + (size_t)more);
}

/* Write at `at` of `theirs` what the shape calls a path of ours; `json` is
 * what the shape hears. False: it has no name for it. */
static bool translate(struct renaming *renaming,
        const struct shape_field *shape, const cJSON *json, const char *ours,
        size_t at)
{
    while (shape->theirs && !translate_field(renaming, shape, json, ours, at))
        shape++;
    return shape->theirs != NULL;
}

/*
 * A fault of body_check, in the names of who was heard: of several for one
 * field, the one that stands in the payload.
 */
static void blame(const struct shape_field *shape, const cJSON *payload,
        struct fault *fault)
{
    struct renaming said = { .is_said = true }, any = { .is_said = false };

    if (translate(&said, shape, payload, fault->field, 0))
        memcpy(fault->field, said.theirs, sizeof(said.theirs));
    else if (translate(&any, shape, payload, fault->field, 0))
        memcpy(fault->field, any.theirs, sizeof(any.theirs));
}

/* The one field of a shape that a bare value can stand for, or NULL. */
static const struct shape_field *only_field(const struct shape_field *shape)
{
    bool is_one = shape[0].theirs && !shape[1].theirs && is_heard(shape) &&
                  !strchr(shape->theirs, '.');

    return is_one ? shape : NULL;
}

static enum err hear_payload(struct walk *walk, const struct shape_field *shape,
        const cJSON *payload, ProtobufCMessage *body)
{
    const struct shape_field *only = only_field(shape);
    cJSON nothing = { .type = cJSON_Object };
    bool is_bare = shape->theirs && strcmp(shape->theirs, ".") == 0;

    if (!payload || cJSON_IsNull(payload))
        payload = &nothing;
    if (is_bare || cJSON_IsObject(payload))
        return hear_shape(walk, shape, payload, body);
    walk_enter(walk, 0, only ? only->theirs : "payload", -1);
    if (only)
        return hear_field(walk, only, payload, body, false);
    return walk_refuse(walk, ERR_WRONG_TYPE, "must be an object");
}

enum err hear_by_row(enum dialect_id dialect, const struct hear_row *row,
        const cJSON *payload, ProtobufCMessage **body, struct fault *fault)
{
    ProtobufCMessage *made = body_new(evt_kinds[row->what].body);
    struct walk walk = { .dialect = dialect, .fault = fault };
    enum err err;

    if (!made)
        return fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    err = hear_payload(&walk, row->shape, payload, made);
    if (err == ERR_OK) {
        err = check_heard(made, fault);
        if (err != ERR_OK)
            blame(row->shape, payload, fault);
    }
    if (err == ERR_OK)
        *body = made;
    else
        body_free(made);
    return err;
}
