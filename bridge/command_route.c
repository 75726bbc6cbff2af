#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/command.h"
#include "bridge/dialect/dialect.h"
#include "hub/evt/body.h"
#include "hub/hub.h"
#include "schemas/picture.pb-c.h"

#define FILE_BYTES 65536
#define OUT_BYTES  65536

/* Who listens where: what stands in a kind of room, in words. */
static const struct {
    enum room_index room;
    const char *who;
} listeners[] = {
    { ROOM_INDEX_KITCHEN, "kitchen screens, buzzers" },
    { ROOM_INDEX_STATION, "screens of this station" },
    { ROOM_INDEX_WAITERS, "waiters' screens" },
    { ROOM_INDEX_RESTAURANT, "who follows kitchen and waiters in one" },
    { ROOM_INDEX_ALL, "who follows all that concerns the staff" },
    { ROOM_INDEX_SESSION, "the guests of this sitting" },
    { ROOM_INDEX_GUESTS, "all guests" },
    { ROOM_INDEX_USER, "this user alone" },
    { ROOM_INDEX_POOL, "the pool" },
    { ROOM_INDEX_TABLE, "the table's guests, its pagers" },
    { ROOM_INDEX_ORDER, "who follows this order" },
    { ROOM_INDEX_DEVICE, "this device alone" },
    { ROOM_INDEX_ADMIN, "administrators" },
};

/*
 * A hub in memory: the real walk, and nobody hears of it. It does not know
 * which devices are there, so a printer is put into it.
 */
struct scratch {
    struct hub *hub;
    struct hub_client *client;
    struct principal backend;
    int64_t now_ms;
    struct fault fault;
    struct buf *out;
    bool json;
    bool first;
};

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    (void)owner;
    (void)ticket;
    (void)settlement;
}

static void on_wake(void *owner)
{
    (void)owner;
}

static const struct outlet nobody = { .settled = on_settled, .wake = on_wake };

static const char *who_listens(const struct room *room)
{
    for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++)
        if (listeners[i].room == room->kind)
            return listeners[i].who;
    return "";
}

/* --- printing what came out --- */

static void put_event(struct scratch *scratch, const struct evt *evt)
{
    char room[ROOM_CHARS + 1];

    if (scratch->json)
        buf_printf(scratch->out, "%s{\"event\":\"%s\",\"rooms\":[",
                scratch->first ? "" : ",", evt_kinds[evt->what].name);
    else
        buf_printf(scratch->out, "%s%s\n", evt_kinds[evt->what].name,
                ulid_is_none(&evt->cause) ? "" : "   (follows by itself)");
    scratch->first = false;
    for (uint32_t i = 0; i < evt->room_count; i++) {
        room_print(&evt->rooms[i], room);
        if (scratch->json)
            buf_printf(scratch->out, "%s{\"room\":\"%s\",\"who\":\"%s\"}",
                    i ? "," : "", room, who_listens(&evt->rooms[i]));
        else
            buf_printf(scratch->out, "  %-24s %s\n", room,
                    who_listens(&evt->rooms[i]));
    }
    if (scratch->json)
        buf_puts(scratch->out, "]}");
}

static void put_all(struct scratch *scratch, bool print)
{
    struct delivery delivery;

    while (hub_next(scratch->hub, scratch->client, &delivery)) {
        if (print)
            put_event(scratch, delivery.evt);
        evt_unref(delivery.evt);
    }
}

/* --- submitting --- */

static enum err submit(struct scratch *scratch, const struct principal *from,
        struct heard *heard)
{
    struct submission submission = {
        .from = from, .what = heard->what, .body = heard->body
    };
    enum err err = hub_submit(
            scratch->hub, &submission, scratch->now_ms, &scratch->fault);

    heard->body = NULL;
    scratch->now_ms += 1000;
    return err == ERR_OK ? hub_commit(scratch->hub, scratch->now_ms) : err;
}

static enum err say(struct scratch *scratch, const struct principal *from,
        const char *event, const char *json)
{
    struct heard heard = { 0 };
    enum err err =
            dialect_hear(event, json, strlen(json), &heard, &scratch->fault);

    return err == ERR_OK ? submit(scratch, from, &heard) : err;
}

static enum err put_printer(struct scratch *scratch)
{
    struct principal printer = {
        .roles = ROLE_DEVICE, .subject = "any-printer", .device = "any-printer"
    };
    enum err err = say(scratch, &printer, "device.online",
            "{\"kind\":\"printer\",\"boot\":1}");

    put_all(scratch, false);
    return err;
}

/* The kitchen's steps up to ready, for what pagers get. */
static enum err cook(struct scratch *scratch)
{
    static const char *const steps[] = { "kitchen.acknowledged",
        "kitchen.preparing", "kitchen.ready" };
    struct room kitchen = { .kind = ROOM_INDEX_KITCHEN };
    Dw__Picture *picture = hub_picture(scratch->hub, ROLE_HUB, &kitchen, 1);
    char json[128] = "";
    enum err err = ERR_OK;

    if (picture && picture->n_orders > 0)
        snprintf(json, sizeof(json), "{\"orderId\":\"%s\"}",
                picture->orders[0]->id);
    hub_picture_free(picture);
    for (int i = 0; *json && i < 3 && err == ERR_OK; i++) {
        err = say(scratch, &scratch->backend, steps[i], json);
        if (!scratch->json && i == 2)
            buf_puts(scratch->out, "\nand when it is ready:\n\n");
        put_all(scratch, i == 2);
    }
    return err;
}

static enum err route(struct scratch *scratch, const char *text, size_t len)
{
    struct heard heard = { 0 };
    enum err err = dialect_hear_message(DIALECT_NATIVE, "order.created", text,
            len, &heard, &scratch->fault);

    if (err == ERR_OK)
        err = put_printer(scratch);
    if (err == ERR_OK)
        err = submit(scratch, &scratch->backend, &heard);
    body_free(heard.body);
    if (err != ERR_OK)
        return err;
    put_all(scratch, true);
    return cook(scratch);
}

static enum err open_scratch(struct scratch *scratch)
{
    struct hub_options options = { .path = ":memory:", .seed = 1 };
    struct principal hub = { .roles = ROLE_HUB, .subject = "route" };
    enum err err = hub_open(&scratch->hub, &options, scratch->now_ms);

    if (err == ERR_OK)
        err = hub_attach(
                scratch->hub, &hub, &nobody, scratch, &scratch->client);
    return err == ERR_OK ? hub_join_all(scratch->hub, scratch->client, 0) : err;
}

static int dry_run(const char *text, size_t len, bool json)
{
    struct buf out;
    struct scratch scratch = { .now_ms = command_now_ms(),
        .backend = { .roles = ROLE_BACKEND, .subject = "route" },
        .out = &out,
        .json = json,
        .first = true };
    enum err err;

    buf_init(&out, OUT_BYTES);
    if (json)
        buf_puts(&out, "{\"events\":[");
    err = open_scratch(&scratch);
    if (err == ERR_OK)
        err = route(&scratch, text, len);
    if (scratch.client)
        hub_detach(scratch.hub, scratch.client);
    hub_close(scratch.hub);
    if (err != ERR_OK) {
        buf_finish(&out);
        fprintf(stderr, "dumbwaiter route: %s%s%s (%s)\n", scratch.fault.field,
                *scratch.fault.field ? ": " : "",
                *scratch.fault.text ? scratch.fault.text : err_kinds[err].text,
                err_kinds[err].name);
        return EX_DATAERR;
    }
    if (json)
        buf_puts(&out, "]}\n");
    return command_print(&out);
}

int command_route(int argc, char **argv)
{
    struct config config;
    const char *path = NULL;
    bool json = false;
    const struct command_option own[] = {
        { "dry-run", "FILE", "the order.created: payload, or {\"payload\"}",
                NULL, &path },
        { "json", NULL, "print {\"events\":[{\"event\",\"rooms\"}]}", &json,
                NULL },
    };
    static char text[FILE_BYTES + 1];
    int first,
            code = command_read("route", argc, argv, own, 2, &config, &first);
    FILE *file;
    size_t len;

    if (code != COMMAND_GO_ON)
        return code;
    if (!path || first < argc)
        return command_usage("route", "wants --dry-run FILE and nothing else");
    file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file) {
        fprintf(stderr, "dumbwaiter route: cannot read %s\n", path);
        return EX_NOINPUT;
    }
    len = fread(text, 1, sizeof(text), file);
    if (file != stdin)
        fclose(file);
    if (len > FILE_BYTES)
        return command_usage("route", "FILE is longer than 64 KiB");
    return dry_run(text, len, json);
}
