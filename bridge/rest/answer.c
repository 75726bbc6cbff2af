#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bridge/dialect/codec.h"
#include "bridge/rest/device.h"
#include "bridge/rest/parts.h"
#include "bridge/rest/rest.h"
#include "hub/evt/body.h"
#include "schemas/picture.pb-c.h"

#define FILTER_WORD_CHARS 32 /* longer ones are nobody's */

static void rest_put_device(struct buf *out, const ProtobufCMessage *one,
        const struct Dw__Picture *picture, enum view view)
{
    buf_putc(out, '{');
    device_put(out, (const void *)one, picture, view);
    buf_putc(out, '}');
}

const struct rest_part rest_parts[PART_COUNT] = {
#define PART(id, ...) [PART_##id] = { __VA_ARGS__ },
#include "bridge/rest/rest.def"
};

/* --- which ones --- */

/* Is this word, text[0..len), that of the message's status? */
static bool is_status(const ProtobufCMessage *message,
        const ProtobufCFieldDescriptor *field, enum dialect_id dialect,
        const char *text, size_t len)
{
    const char *other = other_word(message, field);
    const struct spot spot = { (ProtobufCMessage *)(uintptr_t)message, field };
    char word[FILTER_WORD_CHARS + 1];
    int value;

    if (len >= sizeof(word))
        return false;
    memcpy(word, text, len);
    word[len] = '\0';
    if (other)
        return strcmp(other, word) == 0;
    return spot_is_there(&spot) &&
           dialect_find_word(dialect, field->descriptor, word, &value) &&
           *(const int *)spot_at(&spot) == value;
}

/* NULL: it has none. */
static const ProtobufCFieldDescriptor *status_of(
        const ProtobufCMessage *message)
{
    return protobuf_c_message_descriptor_get_field_by_name(
            message->descriptor, "status");
}

/* What has no status passes. */
static bool has_status(const ProtobufCMessage *message, const char *words)
{
    const ProtobufCFieldDescriptor *field = status_of(message);

    if (!field || !*words)
        return true;
    while (*words) {
        size_t len = strcspn(words, ",");

        if (is_status(message, field, OTHER_WORDS, words, len))
            return true;
        words += len;
        words += *words == ',';
    }
    return false;
}

/* What knows of no table passes. */
static bool has_table(const ProtobufCMessage *message, const char *table)
{
    const char *id = body_text(message, "table.id");
    char number[24] = "";
    struct spot spot;

    if (!*table || !protobuf_c_message_descriptor_get_field_by_name(
                           message->descriptor, "table"))
        return true;
    if (spot_find(message, "table.number", VIEW_FULL, &spot) &&
            spot_is_there(&spot))
        snprintf(number, sizeof(number), "%lld", (long long)spot_number(&spot));
    return (id && strcmp(id, table) == 0) || strcmp(number, table) == 0;
}

static bool passes(
        const ProtobufCMessage *message, const struct rest_filter *filter)
{
    return has_status(message, filter->statuses) &&
           has_table(message, filter->table);
}

/* --- parts --- */

/* The part's field in the picture. */
static struct spot part_of(enum part_id part, const struct Dw__Picture *picture)
{
    struct spot spot;
    bool found =
            spot_find(&picture->base, rest_parts[part].list, VIEW_FULL, &spot);

    assert(found); /* a test asks for every part */
    (void)found;
    return spot;
}

static ProtobufCMessage **elements_of(const struct spot *spot)
{
    return *(ProtobufCMessage ***)spot_at(spot);
}

static void put_one(struct buf *out, enum part_id part,
        const ProtobufCMessage *message, const struct Dw__Picture *picture,
        enum view view)
{
    if (rest_parts[part].put)
        rest_parts[part].put(out, message, picture, view);
    else
        dialect_put_json(out, message, view);
}

static void put_elements(struct buf *out, enum part_id part,
        const struct Dw__Picture *picture, const struct spot *spot,
        enum view view, const struct rest_filter *filter)
{
    ProtobufCMessage **elements = elements_of(spot);
    bool first = true;

    buf_putc(out, '[');
    for (size_t i = 0; i < spot_count(spot); i++) {
        if (!passes(elements[i], filter))
            continue;
        if (!first)
            buf_putc(out, ',');
        first = false;
        put_one(out, part, elements[i], picture, view);
    }
    buf_putc(out, ']');
}

void rest_put_list(struct buf *out, enum part_id part,
        const struct Dw__Picture *picture, enum view view,
        const struct rest_filter *filter)
{
    struct spot spot = part_of(part, picture);

    buf_printf(out, "\"%s\":", rest_parts[part].list);
    if (spot.field->label == PROTOBUF_C_LABEL_REPEATED)
        put_elements(out, part, picture, &spot, view, filter);
    else if (spot_is_there(&spot))
        dialect_put_json(out, *spot_part(&spot), view);
    else
        buf_puts(out, "null");
}

/* NULL: there is none of this id. */
static const ProtobufCMessage *find_element(
        const struct spot *list, const char *id)
{
    for (size_t i = 0; i < spot_count(list); i++) {
        const ProtobufCMessage *message = elements_of(list)[i];
        const char *known = body_text(message, "id");

        if (known && strcmp(known, id) == 0)
            return message;
    }
    return NULL;
}

static bool put_named(struct buf *out, enum part_id part,
        const ProtobufCMessage *message, const struct Dw__Picture *picture,
        enum view view)
{
    buf_printf(out, "\"%s\":", rest_parts[part].one);
    put_one(out, part, message, picture, view);
    return true;
}

bool rest_put_one(struct buf *out, enum part_id part,
        const struct Dw__Picture *picture, enum view view, const char *id)
{
    struct spot spot = part_of(part, picture);
    const ProtobufCMessage *message;

    if (spot.field->label != PROTOBUF_C_LABEL_REPEATED)
        message = spot_is_there(&spot) ? *spot_part(&spot) : NULL;
    else
        message = find_element(&spot, id);
    return message && put_named(out, part, message, picture, view);
}

void rest_put_deliveries(struct buf *out, const char *order_id,
        const struct Dw__OrderDeliveries *of, enum view view)
{
    buf_puts(out, "\"orderId\":");
    buf_put_json(out, order_id);
    buf_puts(out, ",\"deliveries\":[");
    for (size_t i = 0; of && i < of->n_deliveries; i++) {
        if (i > 0)
            buf_putc(out, ',');
        dialect_put_json(out, &of->deliveries[i]->base, view);
    }
    buf_printf(out, "],\"leftOut\":%u", of ? of->left_out : 0u);
}

/* Does the request only bring an order to a status? Not if it says more. */
static bool is_step(const struct rest_asked *asked)
{
    struct fault fault = { 0 };
    struct heard heard;

    if (asked->what != REST_ORDER_CHANGE ||
            rest_hear(asked, &heard, &fault) != ERR_OK)
        return false;
    body_free(heard.body);
    return heard.what != EVT_ORDER_UPDATED;
}

bool rest_is_so(
        const struct rest_asked *asked, const struct Dw__Picture *picture)
{
    const struct spot orders = part_of(PART_ORDERS, picture);
    const ProtobufCMessage *order = find_element(&orders, asked->id);
    enum dialect_id dialect =
            asked->dialect == DIALECT_NATIVE ? OTHER_WORDS : asked->dialect;
    struct fault fault = { 0 };
    const char *word;
    cJSON *json;
    bool is_so;

    if (!order || !is_step(asked))
        return false;
    json = json_read(asked->text, asked->len, &fault);
    word = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(json, "status"));
    is_so = word &&
            is_status(order, status_of(order), dialect, word, strlen(word));
    cJSON_Delete(json);
    return is_so;
}

const char *rest_subject(enum part_id part, const struct evt *evt)
{
    char path[JSON_NAME_CHARS + 1];

    snprintf(path, sizeof(path), "%s.id", rest_parts[part].one);
    return body_text(evt->body, path);
}
