#include "bridge/hook/batch.h"

#include <assert.h>

#include "bridge/dialect/dialect.h"
#include "bridge/dialect/command.h"

/* Kept with the event: asking again costs nothing. */
static const struct evt_form *say(struct evt *evt)
{
    if (evt->what == EVT_COMMAND_REQUESTED)
        return dialect_say_command(evt);
    return dialect_say_json(evt, VIEW_FULL, 0);
}

enum err batch_add(struct batch *batch, struct evt *evt)
{
    const struct evt_form *form = say(evt);

    assert(!batch_is_full(batch));
    if (!form)
        return ERR_NO_MEMORY;
    batch->events[batch->count++] = evt;
    batch->bytes += form->len;
    return ERR_OK;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->count == BATCH_EVENTS || batch->bytes >= BATCH_BYTES;
}

static bool is_late(const struct evt *evt, int64_t now_ms)
{
    return evt->what == EVT_COMMAND_REQUESTED && evt->exp_ms < now_ms;
}

uint32_t batch_drop_late(struct batch *batch, int64_t now_ms)
{
    uint32_t count = batch->count;

    batch->count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (is_late(batch->events[i], now_ms))
            evt_unref(batch->events[i]);
        else
            batch->events[batch->count++] = batch->events[i];
    if (batch->count == 0)
        batch->bytes = 0;
    return count - batch->count;
}

void batch_clear(struct batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++)
        evt_unref(batch->events[i]);
    *batch = (struct batch){ .count = 0 };
}

void batch_put(const struct batch *batch, const char *site, struct buf *out)
{
    buf_puts(out, "{\"site\":");
    buf_put_json(out, site);
    buf_puts(out, ",\"events\":[");
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct evt_form *form = say(batch->events[i]);

        if (i > 0)
            buf_putc(out, ',');
        if (form)
            buf_put(out, form->data, form->len);
        else
            out->failed = true;
    }
    buf_puts(out, "]}");
}

void batch_print_id(const struct batch *batch, char out[BATCH_ID_CHARS + 1])
{
    assert(batch->count > 0);
    ulid_print(&batch->events[0]->id, out);
    if (batch->count == 1)
        return;
    out[ULID_CHARS] = '-';
    ulid_print(&batch->events[batch->count - 1]->id, out + ULID_CHARS + 1);
}
