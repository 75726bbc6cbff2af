#include <string.h>

#include "bridge/dialect/codec.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"

void say_word(const struct saying *saying, const struct shape_field *field,
        const struct spot *spot)
{
    const char *word = other_word(spot->message, spot->field);
    char own[WORD_CHARS + 1];

    (void)field;
    if (!word)
        word = dialect_word(saying->dialect, spot->field->descriptor,
                *(const int *)spot_at(spot), own);
    buf_put_json(saying->out, word);
}

enum err hear_word(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    (void)field;
    return read_word(walk, spot->message, spot->field, json);
}

/* The counter of one of the values, named by our own word for it. */
static bool find_counter(ProtobufCMessage *tally,
        const ProtobufCEnumDescriptor *type, int value, struct spot *spot)
{
    char own[WORD_CHARS + 1];

    if (value == 0)
        return false;
    print_word(type, value, own);
    return spot_find(tally, own, VIEW_FULL, spot);
}

static int64_t counter(const struct saying *saying, ProtobufCMessage *tally,
        const ProtobufCEnumDescriptor *type, int value)
{
    struct spot spot;

    if (!find_counter(tally, type, value, &spot) || !spot_is_there(&spot) ||
            !body_shows(spot.field->name, saying->view))
        return 0;
    return spot_number(&spot);
}

/* The sum of all counters that have the word of value number `first`; 0 where
 * an earlier one has it. */
static int64_t sum(const struct saying *saying, ProtobufCMessage *tally,
        const ProtobufCEnumDescriptor *type, unsigned first, const char *word)
{
    char own[WORD_CHARS + 1];
    int64_t total = 0;

    for (unsigned i = 0; i < type->n_values; i++) {
        int value = type->values[i].value;

        if (strcmp(dialect_word(saying->dialect, type, value, own), word) != 0)
            continue;
        if (i < first)
            return 0;
        total += counter(saying, tally, type, value);
    }
    return total;
}

void say_tally(const struct saying *saying, const struct shape_field *field,
        const struct spot *spot)
{
    const ProtobufCEnumDescriptor *type = field->words;
    const char *comma = "";

    buf_putc(saying->out, '{');
    for (unsigned i = 0; i < type->n_values; i++) {
        char own[WORD_CHARS + 1];
        const char *word =
                dialect_word(saying->dialect, type, type->values[i].value, own);
        int64_t total = sum(saying, *spot_part(spot), type, i, word);

        if (total == 0)
            continue;
        buf_puts(saying->out, comma);
        buf_put_json(saying->out, word);
        buf_printf(saying->out, ":%lld", (long long)total);
        comma = ",";
    }
    buf_putc(saying->out, '}');
}

static enum err hear_count(struct walk *walk, const struct shape_field *field,
        const cJSON *json, ProtobufCMessage *tally)
{
    struct spot spot;
    int64_t number;
    enum err err;
    int value;

    if (!dialect_find_word(walk->dialect, field->words, json->string, &value) ||
            !find_counter(tally, field->words, value, &spot)) {
        count_add(COUNT_UNKNOWN_WORDS, 1);
        return ERR_OK;
    }
    err = read_whole(walk, json, 0, UINT32_MAX, &number);
    if (err != ERR_OK)
        return err;
    if (spot_is_there(&spot)) /* under another word for it */
        number += spot_number(&spot);
    return spot_set_number(walk, &spot, number);
}

enum err hear_tally(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    size_t from = strlen(walk->path);
    const cJSON *item;

    if (!cJSON_IsObject(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be an object");
    if (!*spot_part(spot))
        *spot_part(spot) = body_new(spot->field->descriptor);
    if (!*spot_part(spot))
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    cJSON_ArrayForEach(item, json)
    {
        enum err err = ERR_OK;

        walk_enter(walk, from, item->string, -1);
        if (!cJSON_IsNull(item))
            err = hear_count(walk, field, item, *spot_part(spot));
        if (err != ERR_OK)
            return err;
    }
    walk->path[from] = '\0';
    return ERR_OK;
}
