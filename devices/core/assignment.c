#include "devices/core/assignment.h"

#include <string.h>

#include "devices/core/text.h"
#include "schemas/rooms.h"

#define FORM 1

bool assignment_of(
        struct assignment *assignment, const Dw__DeviceAssigned *said)
{
    struct assignment made = { .table = "" };
    const char *table = said->table && said->table->id ? said->table->id : "";
    const char *order_id = said->order_id ? said->order_id : "";

    if (table[0] && !id_is_valid(table, strlen(table)))
        return false;
    if (strlen(order_id) >= sizeof(made.order_id))
        return false;
    memcpy(made.table, table, strlen(table));
    memcpy(made.order_id, order_id, strlen(order_id));
    if (order_id[0])
        text_printable(made.order, sizeof(made.order),
                said->order_number && said->order_number[0] ? said->order_number
                                                            : order_id);
    *assignment = made;
    return true;
}

bool assignment_is_free(const struct assignment *assignment)
{
    return !assignment->table[0] && !assignment->order_id[0];
}

bool assignment_is_same(const struct assignment *a, const struct assignment *b)
{
    return strcmp(a->table, b->table) == 0 &&
           strcmp(a->order_id, b->order_id) == 0 &&
           strcmp(a->order, b->order) == 0;
}

/* A text and its NUL. */
static uint8_t *put(uint8_t *at, const char *text)
{
    size_t len = strlen(text) + 1;

    memcpy(at, text, len);
    return at + len;
}

static bool get(
        char *out, size_t cap, const uint8_t **at, const uint8_t *bytes_end)
{
    size_t left = (size_t)(bytes_end - *at);
    const uint8_t *end = left ? memchr(*at, '\0', left) : NULL;

    if (!end || (size_t)(end - *at) >= cap)
        return false;
    memcpy(out, *at, (size_t)(end - *at) + 1);
    *at = end + 1;
    return true;
}

size_t assignment_write(
        uint8_t out[ASSIGNMENT_BYTES], const struct assignment *assignment)
{
    uint8_t *at = out;

    *at++ = FORM;
    at = put(at, assignment->table);
    at = put(at, assignment->order_id);
    at = put(at, assignment->order);
    return (size_t)(at - out);
}

bool assignment_read(
        struct assignment *assignment, const uint8_t *bytes, size_t len)
{
    struct assignment found = { .table = "" };
    const uint8_t *end = bytes + len;
    const uint8_t *at = bytes + 1;

    if (len == 0 || bytes[0] != FORM ||
            !get(found.table, sizeof(found.table), &at, end) ||
            !get(found.order_id, sizeof(found.order_id), &at, end) ||
            !get(found.order, sizeof(found.order), &at, end) || at != end ||
            (found.table[0] && !id_is_valid(found.table, strlen(found.table))))
        return false;
    *assignment = found;
    return true;
}
