#include "bridge/dialect/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

/* Milliseconds are minutes x 6 x 10^4; they are said in thousandths. */
#define MINUTES_FACTOR 6
#define MINUTES_SHIFT  4
#define MINUTES_PLACES 3
#define MINUTES_UNIT   (60000 / 1000)

#define CENTS_PLACES 2

/* --- texts and ids --- */

static void say_text(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    (void)field;
    buf_put_json(saying->out, *(const char *const *)spot_at(spot));
}

static enum err hear_text(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    (void)field;
    return read_text(walk, json, spot_at(spot));
}

/* Is it how a whole number below 2^53 is written? */
static bool is_whole_text(const char *text)
{
    struct decimal decimal;

    if (strcmp(text, "-0") == 0 ||
            strspn(text, "-0123456789") != strlen(text) ||
            !decimal_read(text, &decimal))
        return false;
    return decimal.digits >= -JSON_WHOLE_MAX &&
           decimal.digits <= JSON_WHOLE_MAX;
}

static void say_number_id(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    const char *id = *(const char *const *)spot_at(spot);

    if (is_whole_text(id))
        buf_puts(saying->out, id);
    else
        say_text(saying, field, spot);
}

static enum err hear_id(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    char **to = spot_at(spot);
    int64_t number;
    enum err err;

    if (cJSON_IsString(json))
        return hear_text(walk, field, json, spot);
    if (!cJSON_IsNumber(json))
        return walk_refuse(
                walk, ERR_WRONG_TYPE, "must be a string or a whole number");
    err = read_whole(walk, json, -JSON_WHOLE_MAX, JSON_WHOLE_MAX, &number);
    if (err != ERR_OK)
        return err;
    if (asprintf(to, "%lld", (long long)number) < 0) {
        *to = NULL;
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    }
    return ERR_OK;
}

static enum err hear_hashed(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    char id[ID_CHARS + 1];
    char **to = spot_at(spot);

    (void)field;
    if (!cJSON_IsString(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be a string");
    if (!json->valuestring[0])
        return walk_refuse(walk, ERR_OUT_OF_RANGE, "must not be empty");
    dialect_hash_token(json->valuestring, id);
    *to = strdup(id);
    return *to ? ERR_OK : walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
}

static void say_always(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    (void)spot;
    buf_put_json(saying->out, field->ours);
}

static void say_texts(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    size_t count = spot_count(spot);
    const char *const *texts = *(const char *const *const *)spot_at(spot);

    (void)field;
    buf_putc(saying->out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_puts(saying->out, i > 0 ? "," : "");
        buf_put_json(saying->out, texts[i]);
    }
    buf_putc(saying->out, ']');
}

/* --- lists --- */

/* Read the element at the walk's path to `to`. */
typedef enum err hear_element(struct walk *walk,
        const struct shape_field *field, const cJSON *json,
        const struct spot *spot, void **to);

/* The count grows with each whole element: a half-made list can be freed. */
static enum err hear_elements(struct walk *walk,
        const struct shape_field *field, const cJSON *json,
        const struct spot *spot, hear_element *hear)
{
    size_t *count = (size_t *)(void *)((uint8_t *)spot->message +
                                       spot->field->quantifier_offset);
    size_t from = strlen(walk->path);
    int length = cJSON_GetArraySize(json);
    enum err err = ERR_OK;
    const cJSON *item;
    void **values;

    if (!cJSON_IsArray(json))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be an array");
    if (length == 0)
        return ERR_OK;
    values = calloc((size_t)length, sizeof(*values));
    if (!values)
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    memcpy(spot_at(spot), &values, sizeof(values));
    cJSON_ArrayForEach(item, json)
    {
        walk_enter(walk, from, "", (int)*count);
        err = hear(walk, field, item, spot, &values[*count]);
        if (err != ERR_OK)
            return err;
        ++*count;
    }
    walk->path[from] = '\0';
    return ERR_OK;
}

static enum err hear_one_text(struct walk *walk,
        const struct shape_field *field, const cJSON *json,
        const struct spot *spot, void **to)
{
    (void)field;
    (void)spot;
    return read_text(walk, json, (char **)to);
}

static enum err hear_texts(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    return hear_elements(walk, field, json, spot, hear_one_text);
}

static enum err hear_one_part(struct walk *walk,
        const struct shape_field *field, const cJSON *json,
        const struct spot *spot, void **to)
{
    ProtobufCMessage *made = body_new(spot->field->descriptor);
    enum err err;

    if (!made)
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    err = hear_shape(walk, field->shape, json, made);
    if (err == ERR_OK)
        *to = made;
    else
        body_free(made);
    return err;
}

static enum err hear_list(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    return hear_elements(walk, field, json, spot, hear_one_part);
}

static void say_list(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    size_t count = spot_count(spot);
    ProtobufCMessage *const *parts =
            *(ProtobufCMessage *const *const *)spot_at(spot);

    buf_putc(saying->out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_puts(saying->out, i > 0 ? "," : "");
        say_shape(saying, field->shape, parts[i]);
    }
    buf_putc(saying->out, ']');
}

static void say_part(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    say_shape(saying, field->shape,
            spot->field ? *spot_part(spot) : spot->message);
}

static enum err hear_part(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    ProtobufCMessage *part = spot->message;

    if (spot->field) {
        if (!*spot_part(spot))
            *spot_part(spot) = body_new(spot->field->descriptor);
        part = *spot_part(spot);
    }
    if (!part)
        return walk_refuse(walk, ERR_NO_MEMORY, "out of memory");
    return hear_shape(walk, field->shape, json, part);
}

/* --- numbers --- */

static void say_number(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    (void)field;
    buf_printf(saying->out, "%lld", (long long)spot_number(spot));
}

/* A number, scaled; a string is one only if `quoted` may be. */
static enum err hear_scaled(struct walk *walk, const cJSON *json, bool quoted,
        int factor, int shift, int64_t *number, bool *near)
{
    struct decimal decimal;

    if (quoted && cJSON_IsString(json)) {
        if (!decimal_read(json->valuestring, &decimal))
            return walk_refuse(walk, ERR_WRONG_TYPE, "must be a number");
    } else if (!cJSON_IsNumber(json) && !cJSON_IsRaw(json)) {
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be a number");
    } else if (!json_decimal(json, &decimal)) {
        return walk_refuse(walk, ERR_OUT_OF_RANGE, "is too large to be exact");
    }
    if (!decimal_scale(&decimal, factor, shift, number, near))
        return walk_refuse(walk, ERR_OUT_OF_RANGE, "is too large to be exact");
    return ERR_OK;
}

static enum err hear_number(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    int64_t number;
    bool near;
    enum err err = hear_scaled(walk, json, true, 1, 0, &number, &near);

    if (err != ERR_OK)
        return err;
    if (!near && !(field->flags & ROUNDED))
        return walk_refuse(walk, ERR_WRONG_TYPE, "must be a whole number");
    return spot_set_number(walk, spot, number);
}

static enum err hear_cents(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    int64_t number;
    enum err err =
            read_whole(walk, json, -JSON_WHOLE_MAX, JSON_WHOLE_MAX, &number);

    (void)field;
    return err == ERR_OK ? spot_set_number(walk, spot, number) : err;
}

static void say_money(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    (void)field;
    put_decimal(saying->out, spot_number(spot), CENTS_PLACES);
}

static enum err hear_money(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    int64_t cents;
    bool near;
    enum err err =
            hear_scaled(walk, json, true, 1, CENTS_PLACES, &cents, &near);

    (void)field;
    if (err != ERR_OK)
        return err;
    if (!near)
        return walk_refuse(
                walk, ERR_OUT_OF_RANGE, "is no whole number of cents");
    return spot_set_number(walk, spot, cents);
}

static void say_minutes(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    int64_t ms = spot_number(spot);

    (void)field;
    put_decimal(saying->out, (ms + MINUTES_UNIT / 2) / MINUTES_UNIT,
            MINUTES_PLACES);
}

static enum err hear_minutes(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    int64_t ms;
    bool near;
    enum err err = hear_scaled(
            walk, json, false, MINUTES_FACTOR, MINUTES_SHIFT, &ms, &near);

    (void)field;
    return err == ERR_OK ? spot_set_number(walk, spot, ms) : err;
}

static void say_moment(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    char text[ISO_CHARS + 1];

    (void)field;
    dialect_print_time(spot_number(spot), text);
    buf_printf(saying->out, "\"%s\"", text);
}

static enum err hear_moment(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    int64_t at_ms;
    enum err err;

    (void)field;
    if (cJSON_IsNumber(json))
        err = read_whole(walk, json, 0, JSON_WHOLE_MAX, &at_ms);
    else
        err = read_moment(walk, json, &at_ms);
    return err == ERR_OK ? spot_set_number(walk, spot, at_ms) : err;
}

static void say_bool(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot)
{
    (void)field;
    buf_puts(saying->out,
            *(const protobuf_c_boolean *)spot_at(spot) ? "true" : "false");
}

static enum err hear_bool(struct walk *walk, const struct shape_field *field,
        const cJSON *json, const struct spot *spot)
{
    enum err err = read_bool(walk, json, spot_at(spot));

    (void)field;
    if (err == ERR_OK)
        mark_there(spot->message, spot->field);
    return err;
}

const struct codec_kind codecs[AS_COUNT] = {
    [AS_TEXT] = { say_text, hear_text },
    [AS_ID] = { say_text, hear_id },
    [AS_NUMBER_ID] = { say_number_id, hear_id },
    [AS_NUMBER] = { say_number, hear_number },
    [AS_BOOL] = { say_bool, hear_bool },
    [AS_MOMENT] = { say_moment, hear_moment },
    [AS_MINUTES] = { say_minutes, hear_minutes },
    [AS_CENTS] = { say_number, hear_cents },
    [AS_MONEY] = { say_money, hear_money },
    [AS_WORD] = { say_word, hear_word },
    [AS_PART] = { say_part, hear_part },
    [AS_LIST] = { say_list, hear_list },
    [AS_TEXTS] = { say_texts, hear_texts },
    [AS_TALLY] = { say_tally, hear_tally },
    [AS_HASHED] = { NULL, hear_hashed },
    [AS_ALWAYS] = { say_always, NULL },
};
