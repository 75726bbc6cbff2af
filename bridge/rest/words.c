#include "bridge/rest/parts.h"

#include <stdio.h>
#include <string.h>

#include "bridge/dialect/parts.h"
#include "hub/evt/body.h"

/* --- in ours --- */

const ProtobufCFieldDescriptor *find_json_field(
        const ProtobufCMessageDescriptor *type, const char *name)
{
    char known[JSON_NAME_CHARS + 1];

    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        body_json_name(field->name, known);
        if (strcmp(known, name) == 0 && !is_other_word_field(type, field))
            return field;
    }
    return NULL;
}

uint32_t count_strange(
        const ProtobufCMessageDescriptor *type, const cJSON *json)
{
    uint32_t strange = 0;
    const cJSON *item;

    if (cJSON_IsArray(json)) {
        cJSON_ArrayForEach(item, json) strange += count_strange(type, item);
        return strange;
    }
    if (!cJSON_IsObject(json))
        return 0;
    cJSON_ArrayForEach(item, json)
    {
        const ProtobufCFieldDescriptor *field =
                find_json_field(type, item->string);

        if (!field)
            strange++;
        else if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            strange += count_strange(field->descriptor, item);
    }
    return strange;
}

/* --- in theirs --- */

static uint32_t strange_to(
        const struct shape_field *shape, const char *at, const cJSON *json);

/* What stands under a dotted path of theirs. */
static uint32_t strange_at(
        const struct shape_field *shape, const char *path, const cJSON *item)
{
    char below[FAULT_FIELD_CHARS + 1];
    size_t len = strlen(path);

    for (; shape->theirs; shape++) {
        if (strncmp(shape->theirs, path, len) != 0)
            continue;
        if (shape->theirs[len] == '\0')
            return shape->shape ? strange_to(shape->shape, "", item) : 0;
        if (shape->theirs[len] == '.' && cJSON_IsObject(item)) {
            snprintf(below, sizeof(below), "%s.", path);
            return strange_to(shape, below, item);
        }
    }
    return 1;
}

static uint32_t strange_to(
        const struct shape_field *shape, const char *at, const cJSON *json)
{
    uint32_t strange = 0;
    const cJSON *item;

    if (cJSON_IsArray(json)) {
        cJSON_ArrayForEach(item, json) strange += strange_to(shape, at, item);
        return strange;
    }
    if (!cJSON_IsObject(json))
        return 0;
    cJSON_ArrayForEach(item, json)
    {
        char path[FAULT_FIELD_CHARS + 1];
        int len = snprintf(path, sizeof(path), "%s%s", at, item->string);

        strange += len < (int)sizeof(path) ? strange_at(shape, path, item) : 1;
    }
    return strange;
}

const struct hear_row *find_hear_row(enum dialect_id dialect, enum evt_id what,
        const cJSON *json, uint32_t *strange)
{
    const struct hear_row *best = NULL;

    *strange = 0;
    for (const struct hear_row *row = dialects[dialect].hears; row->name;
            row++) {
        uint32_t count;

        if (row->what != what)
            continue;
        count = strange_to(row->shape, "", json);
        if (best && count > *strange)
            continue;
        best = row;
        *strange = count;
    }
    return best;
}
