#include "bridge/dialect/command.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/parts.h"
#include "hub/evt/body.h"
#include "schemas/roles.h"
#include "schemas/watch.pb-c.h"

/* --- hearing --- */

/* What is stated, as text. */
static enum err set_payload(
        Dw__CommandRequested *command, const ProtobufCMessage *stated)
{
    enum err err = ERR_OK;
    struct buf text;

    buf_init(&text, EVT_BODY_BYTES);
    dialect_put_json(&text, stated, VIEW_FULL);
    buf_putc(&text, '\0');
    if (text.failed)
        err = ERR_TOO_LARGE;
    else if (!body_set_string(&command->payload, text.data))
        err = ERR_NO_MEMORY;
    buf_finish(&text);
    return err;
}

static enum err set_roles(Dw__CommandRequested *command, uint32_t mask)
{
    command->roles = calloc(ROLE_COUNT, sizeof(char *));
    if (!command->roles)
        return ERR_NO_MEMORY;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (!(mask & 1u << i))
            continue;
        if (!body_set_string(&command->roles[command->n_roles], roles[i].name))
            return ERR_NO_MEMORY;
        command->n_roles++;
    }
    return ERR_OK;
}

enum err dialect_make_command(const struct principal *from, enum evt_id what,
        const ProtobufCMessage *stated, ProtobufCMessage **command)
{
    Dw__CommandRequested *made =
            (void *)body_new(&dw__command_requested__descriptor);
    enum err err = ERR_NO_MEMORY;

    if (made && body_set_string(&made->command, evt_kinds[what].name) &&
            body_set_string(&made->subject, from->subject))
        err = set_roles(made, from->roles);
    if (err == ERR_OK)
        err = set_payload(made, stated);
    if (err == ERR_OK)
        *command = &made->base;
    else if (made)
        body_free(&made->base);
    return err;
}

/* --- saying --- */

static const Dw__CommandRequested *command_of(const struct evt *evt)
{
    assert(evt->what == EVT_COMMAND_REQUESTED);
    return (const void *)evt->body;
}

const char *dialect_command_name(const struct evt *evt)
{
    return command_of(evt)->command;
}

static void put_position(struct buf *out, const struct evt *evt)
{
    char id[ULID_CHARS + 1], epoch[EPOCH_CHARS + 1], ts[ISO_CHARS + 1];

    ulid_print(&evt->id, id);
    epoch_print(evt->epoch, epoch);
    dialect_print_time(evt->ts_ms, ts);
    buf_printf(out,
            "{\"v\":1,\"command\":true,\"id\":\"%s\",\"epoch\":\"%s\","
            "\"seq\":%llu,\"event\":\"%s\",\"ts\":\"%s\",\"exp\":%lld",
            id, epoch, (unsigned long long)evt->seq, dialect_command_name(evt),
            ts, (long long)evt->exp_ms);
}

static void put_command(struct buf *out, const struct evt *evt)
{
    const Dw__CommandRequested *command = command_of(evt);

    put_position(out, evt);
    buf_puts(out, ",\"by\":");
    buf_put_json(out, command->subject ? command->subject : "");
    buf_puts(out, ",\"roles\":[");
    for (size_t i = 0; i < command->n_roles; i++) {
        buf_puts(out, i > 0 ? "," : "");
        buf_put_json(out, command->roles[i]);
    }
    /* It was written by dialect_put_json, and only the hub may say it. */
    buf_printf(out, "],\"payload\":%s}", command->payload);
}

const struct evt_form *dialect_say_command(struct evt *evt)
{
    uint32_t key = evt_form_key(FORM_COMMAND, VIEW_FULL, 0);
    const struct evt_form *form = evt_form_find(evt, key);
    struct buf out;

    if (form)
        return form;
    buf_init(&out, FORM_BYTES);
    put_command(&out, evt);
    if (!out.failed)
        form = evt_form_keep(evt, key, out.data, out.len);
    buf_finish(&out);
    return form;
}
