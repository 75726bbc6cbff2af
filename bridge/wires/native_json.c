#include "bridge/wires/wires.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/parts.h"
#include "hub/evt/cursor.h"

/* --- hearing --- */

/* A member that must be a string; a copy of it, handed over. */
static enum err hear_text(const cJSON *message, const char *name, size_t max,
        char **text, struct fault *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(message, name);

    if (!item || cJSON_IsNull(item))
        return fault_set(fault, ERR_MISSING_FIELD, name, "is missing");
    if (!cJSON_IsString(item))
        return fault_set(fault, ERR_WRONG_TYPE, name, "must be a string");
    if (strlen(item->valuestring) > max)
        return fault_set(fault, ERR_OUT_OF_RANGE, name, "is too long");
    *text = strdup(item->valuestring);
    return *text ? ERR_OK : fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
}

static enum err hear_auth(
        const cJSON *message, struct said *said, struct fault *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(message, "receipts");

    if (item && !cJSON_IsNull(item) && !cJSON_IsBool(item))
        return fault_set(
                fault, ERR_WRONG_TYPE, "receipts", "must be true or false");
    said->receipts = cJSON_IsTrue(item);
    return hear_text(message, "token", SIZE_MAX, &said->token, fault);
}

static enum err hear_leave(
        const cJSON *message, struct said *said, struct fault *fault)
{
    const cJSON *rooms = cJSON_GetObjectItemCaseSensitive(message, "rooms");
    const cJSON *item;

    if (!rooms)
        return fault_set(fault, ERR_MISSING_FIELD, "rooms", "is missing");
    if (!cJSON_IsArray(rooms) || cJSON_GetArraySize(rooms) == 0)
        return fault_set(
                fault, ERR_WRONG_TYPE, "rooms", "must be an array of rooms");
    cJSON_ArrayForEach(item, rooms)
    {
        const char *text = cJSON_GetStringValue(item);
        enum err err;

        if (!text)
            return fault_set(fault, ERR_WRONG_TYPE, "rooms",
                    "must be an array of strings");
        err = said_add_room(said, text, strlen(text), fault);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err hear_join(
        const cJSON *message, struct said *said, struct fault *fault)
{
    const cJSON *after = cJSON_GetObjectItemCaseSensitive(message, "after");
    enum err err = hear_leave(message, said, fault);

    if (err != ERR_OK || !after || cJSON_IsNull(after))
        return err;
    return hear_text(message, "after", CURSOR_TEXT_CHARS, &said->after, fault);
}

static enum err hear_publish(
        const cJSON *message, struct said *said, struct fault *fault)
{
    return json_hear(DIALECT_NATIVE, message, &said->heard, fault);
}

static enum err hear_ack(
        const cJSON *message, struct said *said, struct fault *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(message, "seq");
    int64_t seq;

    if (!item)
        return fault_set(fault, ERR_MISSING_FIELD, "seq", "is missing");
    if (!json_whole(item, &seq) || seq < 0)
        return fault_set(
                fault, ERR_WRONG_TYPE, "seq", "must be a whole number");
    said->seq = (uint64_t)seq;
    item = cJSON_GetObjectItemCaseSensitive(message, "stage");
    if (!item || cJSON_IsNull(item))
        return ERR_OK;
    return hear_text(message, "stage", STAGE_CHARS, &said->stage, fault);
}

static const struct op {
    const char *name;
    enum verb verb;
    enum err (*hear)(
            const cJSON *message, struct said *said, struct fault *fault);
} ops[] = {
    { "auth", VERB_AUTH, hear_auth },
    { "join", VERB_JOIN, hear_join },
    { "leave", VERB_LEAVE, hear_leave },
    { "publish", VERB_PUBLISH, hear_publish },
    { "ack", VERB_ACK, hear_ack },
};

static const struct op *find_op(const char *name)
{
    for (size_t i = 0; name && i < sizeof(ops) / sizeof(ops[0]); i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}

static enum err hear_ref(
        const cJSON *message, struct said *said, struct fault *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(message, "ref");
    int64_t ref;

    if (!item || cJSON_IsNull(item))
        return ERR_OK;
    if (!json_whole(item, &ref) || ref < 0 || ref > UINT32_MAX)
        return fault_set(fault, ERR_BAD_REQUEST, "ref",
                "must be a whole number from 0 to 4294967295");
    said->ref = (uint32_t)ref;
    return ERR_OK;
}

static enum err hear_op(
        const cJSON *message, struct said *said, struct fault *fault)
{
    const struct op *op;
    enum err err;

    if (!cJSON_IsObject(message))
        return fault_set(fault, ERR_BAD_REQUEST, NULL,
                "a message must be an object {\"op\",\"ref\"}");
    err = hear_ref(message, said, fault);
    if (err != ERR_OK)
        return err;
    op = find_op(json_text(message, "op"));
    if (!op)
        return fault_set(fault, ERR_BAD_REQUEST, "op",
                "must be one of auth, join, leave, publish, ack");
    said->verb = op->verb;
    return op->hear(message, said, fault);
}

static enum err hear(
        const uint8_t *data, size_t len, struct said *said, struct fault *fault)
{
    cJSON *message = json_read((const char *)data, len, fault);
    enum err err;

    *said = (struct said){ 0 };
    if (!message)
        return fault->code;
    err = hear_op(message, said, fault);
    cJSON_Delete(message);
    if (err != ERR_OK)
        said_finish(said);
    return err;
}

/* --- saying --- */

static void put_op(struct buf *out, const char *op, uint32_t ref)
{
    buf_printf(out, "{\"op\":\"%s\"", op);
    if (ref > 0)
        buf_printf(out, ",\"ref\":%u", ref);
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    buf_put_json(out, text);
}

static void put_position(struct buf *out, uint32_t epoch, uint64_t seq)
{
    char text[EPOCH_CHARS + 1];

    epoch_print(epoch, text);
    buf_printf(out, ",\"seq\":%llu,\"epoch\":\"%s\"", (unsigned long long)seq,
            text);
}

static void put_time(struct buf *out, const char *name, int64_t at_ms)
{
    char text[ISO_CHARS + 1];

    dialect_print_time(at_ms, text);
    put_text(out, name, text);
}

static void put_roles(struct buf *out, uint32_t mask)
{
    const char *comma = "";

    buf_puts(out, ",\"roles\":[");
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (!(mask & 1u << i))
            continue;
        buf_printf(out, "%s\"%s\"", comma, roles[i].name);
        comma = ",";
    }
    buf_putc(out, ']');
}

static void say_ready(struct buf *out, const struct wire_ready *ready)
{
    put_op(out, "ready", 0);
    put_text(out, "connectionId", ready->connection_id);
    put_position(out, ready->epoch, ready->seq);
    put_time(out, "time", ready->now_ms);
    put_roles(out, ready->principal->roles);
    put_text(out, "site", ready->site);
    if (ready->principal->table[0])
        put_text(out, "table", ready->principal->table);
    buf_printf(out, ",\"heartbeatMs\":%u}", ready->heartbeat_ms);
}

static void say_joined(
        struct buf *out, uint32_t ref, const struct wire_joined *joined)
{
    char name[ROOM_CHARS + 1];

    put_op(out, "ok", ref);
    buf_puts(out, ",\"rooms\":[");
    for (uint32_t i = 0; i < joined->count; i++) {
        room_print(&joined->rooms[i], name);
        buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", name);
    }
    buf_printf(out, "],\"recovered\":%s", joined->recovered ? "true" : "false");
    put_position(out, joined->epoch, joined->seq);
    put_text(out, "cursor", joined->cursor);
    if (joined->picture) {
        buf_puts(out, ",\"snapshot\":");
        dialect_put_json(out, joined->picture, joined->view);
    }
    buf_putc(out, '}');
}

static void say_published(
        struct buf *out, uint32_t ref, const struct wire_published *published)
{
    char id[ULID_CHARS + 1];

    ulid_print(&published->id, id);
    put_op(out, "ok", ref);
    put_text(out, "id", id);
    put_position(out, published->epoch, published->seq);
    buf_printf(out, ",\"duplicate\":%s%s}",
            published->duplicate ? "true" : "false",
            published->pending ? ",\"pending\":true" : "");
}

static void say_ok(struct buf *out, uint32_t ref)
{
    put_op(out, "ok", ref);
    buf_putc(out, '}');
}

static void say_error(
        struct buf *out, uint32_t ref, const struct wire_error *error)
{
    const struct fault *fault = error->fault;

    put_op(out, "error", ref);
    put_text(out, "code", err_kinds[fault->code].name);
    put_text(out, "field", fault->field);
    put_text(out, "message", fault->text);
    if (error->retry_ms > 0)
        buf_printf(out, ",\"retryAfterMs\":%u", error->retry_ms);
    buf_putc(out, '}');
}

static void say_heartbeat(struct buf *out, const struct wire_beat *beat)
{
    char name[ROOM_CHARS + 1];

    put_op(out, "heartbeat", 0);
    put_time(out, "ts", beat->now_ms);
    buf_puts(out, ",\"rooms\":{");
    for (uint32_t i = 0; i < beat->count; i++) {
        room_print(&beat->rooms[i], name);
        buf_printf(out, "%s\"%s\":%llu", i > 0 ? "," : "", name,
                (unsigned long long)beat->tops[i]);
    }
    buf_printf(out, "},\"events\":%llu}", (unsigned long long)beat->events);
}

/* The envelope with "op" and the cursor before its first member. */
static const struct evt_form *say_event(
        struct evt *evt, enum view view, uint32_t room)
{
    uint32_t key = evt_form_key(FORM_NATIVE_JSON, view, room);
    const struct evt_form *form = evt_form_find(evt, key);
    const struct evt_form *envelope;
    char cursor[CURSOR_CHARS + 1];
    struct buf out;

    if (form)
        return form;
    envelope = dialect_say_json(evt, view, room);
    if (!envelope)
        return NULL;
    buf_init(&out, FORM_BYTES);
    cursor_print(evt->epoch, evt->seq, evt->seal, cursor);
    buf_printf(&out, "{\"op\":\"event\",\"cursor\":\"%s\",", cursor);
    buf_put(&out, envelope->data + 1, envelope->len - 1);
    if (!out.failed)
        form = evt_form_keep(evt, key, out.data, out.len);
    buf_finish(&out);
    return form;
}

const struct wire wire_native_json = {
    .name = "native_json",
    .subprotocol = "dumbwaiter.v1.json",
    .text = true,
    .hear = hear,
    .say_ready = say_ready,
    .say_joined = say_joined,
    .say_published = say_published,
    .say_ok = say_ok,
    .say_error = say_error,
    .say_heartbeat = say_heartbeat,
    .say_event = say_event,
};
