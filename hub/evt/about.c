#include "hub/evt/about.h"

#include <stddef.h>

#include "hub/evt/body.h"

/* The first of several paths that leads to a string. */
static const char *first_text(
        const ProtobufCMessage *body, const char *const *paths)
{
    const char *text = NULL;

    for (; *paths && !text; paths++)
        text = body_text(body, *paths);
    return text;
}

const char *about_order(const ProtobufCMessage *body)
{
    static const char *const paths[] = { "order_id", "order.id", NULL };

    return first_text(body, paths);
}

const char *about_table(const ProtobufCMessage *body)
{
    static const char *const paths[] = { "table.id", "order.table.id",
        "call.table.id", "alert.table.id", NULL };

    return first_text(body, paths);
}
