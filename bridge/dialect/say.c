#include <assert.h>
#include <string.h>

#include "bridge/dialect/codec.h"
#include "hub/evt/body.h"

/* --- one shape --- */

/* The object that is being written, and those in it that a dotted name has
 * opened. */
struct objects {
    struct buf *out;
    const char *name; /* of the field written last; NULL: none yet */
    size_t open;      /* bytes of it up to the innermost object, with its dot */
    bool comma;       /* something stands in that before */
};

/* The longest beginning of `name` that ends in a dot and that the open objects
 * have in common with it. */
static size_t shared(const struct objects *objects, const char *name)
{
    size_t common = 0;

    for (size_t i = 0; i < objects->open; i++) {
        if (objects->name[i] != name[i])
            break;
        if (name[i] == '.')
            common = i + 1;
    }
    return common;
}

static void close_to(struct objects *objects, size_t open)
{
    for (; objects->open > open; objects->open--)
        if (objects->name[objects->open - 1] == '.') {
            buf_putc(objects->out, '}');
            objects->comma = true;
        }
}

static void put_name(struct objects *objects, const char *name, size_t len)
{
    buf_puts(objects->out, objects->comma ? ",\"" : "\"");
    buf_put(objects->out, name, len);
    buf_puts(objects->out, "\":");
    objects->comma = true;
}

/* Everything up to the value of the field of this dotted name. */
static void open_field(struct objects *objects, const char *name)
{
    const char *dot;

    close_to(objects, shared(objects, name));
    objects->name = name;
    while ((dot = strchr(name + objects->open, '.')) != NULL) {
        put_name(objects, name + objects->open,
                (size_t)(dot - name) - objects->open);
        buf_putc(objects->out, '{');
        objects->comma = false;
        objects->open = (size_t)(dot - name) + 1;
    }
    put_name(objects, name + objects->open, strlen(name + objects->open));
}

static bool find(const struct saying *saying, const struct shape_field *field,
        const ProtobufCMessage *message, struct spot *spot)
{
    if (field->as == AS_ALWAYS)
        return true;
    return spot_find(message, field->ours, saying->view, spot) &&
           spot_is_there(spot);
}

/* Is there a value to write, if only null? */
static bool is_said(const struct saying *saying,
        const struct shape_field *field, const ProtobufCMessage *message,
        struct spot *spot, bool *is_null)
{
    if (field->flags & HEARD || !codecs[field->as].say)
        return false;
    *is_null = !find(saying, field, message, spot);
    return !*is_null || field->flags & OR_NULL;
}

static void say_value(const struct saying *saying,
        const struct shape_field *field, const struct spot *spot, bool is_null)
{
    if (is_null)
        buf_puts(saying->out, "null");
    else
        codecs[field->as].say(saying, field, spot);
}

/* A payload that is no object. */
static void say_bare(const struct saying *saying,
        const struct shape_field *field, const ProtobufCMessage *message)
{
    struct spot spot;
    bool is_null;

    if (!is_said(saying, field, message, &spot, &is_null))
        is_null = true;
    say_value(saying, field, &spot, is_null);
}

void say_shape(const struct saying *saying, const struct shape_field *shape,
        const ProtobufCMessage *message)
{
    struct objects objects = { .out = saying->out };

    if (shape->theirs && strcmp(shape->theirs, ".") == 0) {
        say_bare(saying, shape, message);
        return;
    }
    buf_putc(saying->out, '{');
    for (; shape->theirs; shape++) {
        struct spot spot;
        bool is_null;

        if (!is_said(saying, shape, message, &spot, &is_null))
            continue;
        open_field(&objects, shape->theirs);
        say_value(saying, shape, &spot, is_null);
    }
    close_to(&objects, 0);
    buf_putc(saying->out, '}');
}

/* --- rows --- */

/* A row of no room is for the connection alone. */
static bool is_for(const struct say_row *row, uint32_t in, uint32_t unsaid)
{
    uint32_t rooms = row->rooms;

    if (rooms == 0)
        return in == 0;
    if (row->unless & unsaid)
        rooms &= ~row->unless_rooms;
    return (rooms & in) != 0;
}

uint32_t dialect_rows(enum dialect_id dialect, enum evt_id what, uint32_t in,
        uint32_t unsaid, const struct say_row *rows[SAY_ROWS])
{
    uint32_t count = 0;

    for (const struct say_row *row = dialects[dialect].says; row->name; row++) {
        if (row->what != what || !is_for(row, in, unsaid))
            continue;
        assert(count < SAY_ROWS); /* a test asks for the most there are */
        rows[count++] = row;
    }
    return count;
}

void dialect_put_said(struct buf *out, const struct say_row *row,
        const ProtobufCMessage *body, enum view view)
{
    const struct saying saying = { out, row->dialect, view };

    assert(body->descriptor == evt_kinds[row->what].body);
    say_shape(&saying, row->shape, body);
}

const struct evt_form *dialect_say(
        struct evt *evt, const struct say_row *row, enum view view)
{
    uint32_t key;
    const struct evt_form *form;
    struct buf out;

    assert(row->what == evt->what);
    assert(row->number <= UINT8_MAX); /* has its place in the key */
    key = evt_form_key(FORM_SAID, view, row->number);
    form = evt_form_find(evt, key);
    if (form)
        return form;
    buf_init(&out, FORM_BYTES);
    dialect_put_said(&out, row, evt->body, view);
    return keep_form(evt, key, &out);
}
