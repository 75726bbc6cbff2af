#include "tests/support/chance.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "schemas/fields.h"
#include "tests/support/filled.h"

#define PICK(chance, list)                                                     \
    ((list)[chance_draw((chance), sizeof(list) / sizeof((list)[0]))])

uint32_t chance_draw(struct chance *chance, uint32_t below)
{
    chance->seed ^= chance->seed << 13;
    chance->seed ^= chance->seed >> 7;
    chance->seed ^= chance->seed << 17;
    return (uint32_t)((chance->seed >> 11) % below);
}

bool chance_is(struct chance *chance, uint32_t percent)
{
    return chance_draw(chance, 100) < percent;
}

/* --- texts --- */

/* Of something that is in the picture; else of nothing. */
static const char *id_on(struct chance *chance, const struct shelf *shelf)
{
    uint32_t count = shelf_count(shelf), n;
    const struct shelf_entry *entry = shelf_first(shelf);

    if (count == 0)
        return "none";
    for (n = chance_draw(chance, count); n > 0; n--)
        entry = shelf_next(entry);
    return shelf_id(entry);
}

/* Fields that name what stands on a shelf. */
static const struct {
    const char *field;
    const char *owner; /* the message that has it; NULL: any */
    size_t shelf;      /* where in struct state */
} shelves[] = {
#define SHELF(name) offsetof(struct state, name)
    { "order_id", NULL, SHELF(orders) },
    { "job_id", NULL, SHELF(jobs) },
    { "page_id", NULL, SHELF(pages) },
    { "alert_id", NULL, SHELF(alerts) },
    { "call_id", NULL, SHELF(calls) },
    { "id", "ServiceCall", SHELF(calls) },
    { "id", "Message", SHELF(messages) },
    { "id", "MessageDeleted", SHELF(messages) },
    { "device_id", NULL, SHELF(devices) },
    { "printer", NULL, SHELF(devices) },
#undef SHELF
};

static const char *id_of(struct chance *chance,
        const ProtobufCMessageDescriptor *owner, const char *field)
{
    static const char *const ids[] = { "1", "2", "3", "4", "5", "6", "7", "8" };
    static char order[8];
    static const char *const stations[] = { "kitchen", "bar", "grill" };
    static const char *const keys[] = { "00000000000000000000000000000001",
        "00000000000000000000000000000002" };
    bool is_known = chance_is(chance, 80);

    order[0] = '\0';
    if (strcmp(field, "station") == 0 ||
            strcmp(owner->short_name, "Station") == 0)
        return PICK(chance, stations);
    if (strcmp(field, "key") == 0)
        return PICK(chance, keys);
    for (size_t i = 0; i < sizeof(shelves) / sizeof(shelves[0]); i++)
        if (is_known && strcmp(field, shelves[i].field) == 0 &&
                (!shelves[i].owner ||
                        strcmp(owner->short_name, shelves[i].owner) == 0))
            return id_on(chance, (const void *)((const char *)chance->state +
                                                shelves[i].shelf));
    if (strcmp(field, "order_id") == 0 ||
            strcmp(owner->short_name, "Order") == 0)
        snprintf(order, sizeof(order), "o%u", chance_draw(chance, 100));
    return order[0] ? order : PICK(chance, ids);
}

static const char *text_of(struct chance *chance,
        const ProtobufCMessageDescriptor *owner, const char *field)
{
    static const char *const words[] = { "kitchen", "waiters", "support",
        "board", "llamar_mozo", "printer", "pager", "offline", "x" };
    static const char *const texts[] = { "Soup", "Bread", "no \"salt\"\\",
        "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\xb7", "</script>", "%s%n" };
    static const char *const odd[] = { "", "not\x01 for anybody",
        "a text that is too long for a word, and for most of the names" };
    static char subject[16];
    const struct field_rule *rule = field_rule_find(field);

    if (chance_is(chance, 1))
        return PICK(chance, odd);
    if (rule->grammar == GRAMMAR_ID)
        return id_of(chance, owner, field);
    if (strcmp(field, "subject") == 0) {
        snprintf(subject, sizeof(subject), "subject-%u",
                chance_draw(chance, 24));
        return subject;
    }
    if (rule->grammar == GRAMMAR_WORD)
        return PICK(chance, words);
    if (rule->max_chars < 16)
        return "EUR";
    return PICK(chance, texts);
}

/* --- numbers --- */

static int64_t number_of(struct chance *chance, const char *field)
{
    const struct field_rule *rule = field_rule_find(field);

    if (body_is_moment(field))
        return chance->now_ms - (int64_t)chance_draw(chance, 40000) + 20000;
    if (chance_draw(chance, 300) == 0)
        return rule->max;
    if (chance_draw(chance, 300) == 0)
        return rule->min - 1;
    return (rule->min > 0 ? rule->min : 0) + chance_draw(chance, 5);
}

/* The first of them says that nothing is said. */
static int32_t word_of(
        struct chance *chance, const ProtobufCEnumDescriptor *words)
{
    if (chance_draw(chance, 300) == 0)
        return 77;
    if (chance_draw(chance, 300) == 0)
        return words->values[0].value;
    return words->values[1 + chance_draw(chance, words->n_values - 1)].value;
}

/* --- bodies --- */

static ProtobufCMessage *make(
        struct chance *chance, const ProtobufCMessageDescriptor *type);

static void put_value(struct chance *chance, const ProtobufCMessage *body,
        const ProtobufCFieldDescriptor *field, uint8_t *at)
{
    int64_t number;
    int32_t narrow;
    void *made = NULL;

    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        made = make(chance, field->descriptor);
    else if (field->type == PROTOBUF_C_TYPE_STRING)
        made = strdup(text_of(chance, body->descriptor, field->name));
    if (made) {
        memcpy(at, &made, sizeof(made));
        return;
    }
    number = field->type == PROTOBUF_C_TYPE_ENUM
                     ? word_of(chance, field->descriptor)
             : field->type == PROTOBUF_C_TYPE_BOOL
                     ? (int64_t)chance_draw(chance, 2)
                     : number_of(chance, field->name);
    narrow = (int32_t)number;
    if (filled_size(field) == sizeof(number))
        memcpy(at, &number, sizeof(number));
    else
        memcpy(at, &narrow, sizeof(narrow));
}

static void put_list(struct chance *chance, ProtobufCMessage *body,
        const ProtobufCFieldDescriptor *field)
{
    size_t count = strcmp(field->name, "items") == 0
                           ? 1 + chance_draw(chance, 3)
                           : chance_draw(chance, 6) / 3;
    size_t size = filled_size(field);
    uint8_t *values;

    if (count == 0)
        return;
    values = malloc(count * size);
    if (!values)
        abort();
    for (size_t i = 0; i < count; i++)
        put_value(chance, body, field, values + i * size);
    memcpy((uint8_t *)body + field->offset, &values, sizeof(values));
    memcpy((uint8_t *)body + field->quantifier_offset, &count, sizeof(count));
}

/* What names something is there more often than not. */
static bool is_given(struct chance *chance, const ProtobufCMessage *body,
        const ProtobufCFieldDescriptor *field)
{
    const char *owner = body->descriptor->short_name;
    bool is_row = strcmp(owner, "Order") == 0 || strcmp(owner, "Item") == 0;

    if (field->label == PROTOBUF_C_LABEL_REQUIRED)
        return chance_draw(chance, 300) != 0;
    if (strcmp(field->name, "id") == 0)
        return chance_is(chance, strcmp(owner, "Item") == 0 ? 20 : 80);
    if (strcmp(field->name, "table") == 0 ||
            strcmp(field->name, "order") == 0 ||
            strcmp(field->name, "text") == 0 ||
            (strcmp(field->name, "status") == 0 && !is_row))
        return chance_is(chance, 80);
    return chance_is(chance, 15);
}

static ProtobufCMessage *make(
        struct chance *chance, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *body = body_new(type);

    if (!body)
        abort();
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool is_pointer = field->type == PROTOBUF_C_TYPE_STRING ||
                          field->type == PROTOBUF_C_TYPE_MESSAGE;

        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            put_list(chance, body, field);
        } else if (is_given(chance, body, field)) {
            put_value(chance, body, field, (uint8_t *)body + field->offset);
            if (field->label == PROTOBUF_C_LABEL_OPTIONAL && !is_pointer)
                *(protobuf_c_boolean *)(void *)((uint8_t *)body +
                                                field->quantifier_offset) = 1;
        }
    }
    return body;
}

ProtobufCMessage *chance_body(struct chance *chance, enum evt_id what)
{
    return make(chance, evt_kinds[what].body);
}
