#include "bridge/wires/wires.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/parts.h"
#include "hub/evt/body.h"
#include "hub/evt/cursor.h"
#include "schemas/native.pb-c.h"

/* Of ServerMessage; a test compares. */
#define SERVER_EVENT  2
#define SERVER_CURSOR 8

/* --- hearing --- */

static enum err take_text(char **from, char **text)
{
    *text = *from;
    *from = NULL;
    return ERR_OK;
}

static enum err hear_rooms(char *const *rooms, size_t count, struct said *said,
        struct fault *fault)
{
    if (count == 0)
        return fault_set(fault, ERR_MISSING_FIELD, "rooms", "is missing");
    for (size_t i = 0; i < count; i++) {
        enum err err = said_add_room(said, rooms[i], strlen(rooms[i]), fault);

        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err hear_auth(Dw__Auth *auth, struct said *said)
{
    said->verb = VERB_AUTH;
    said->receipts = auth->receipts;
    return take_text(&auth->token, &said->token);
}

static enum err hear_join(
        Dw__Join *join, struct said *said, struct fault *fault)
{
    said->verb = VERB_JOIN;
    said->ref = join->ref;
    if (join->after && strlen(join->after) > CURSOR_TEXT_CHARS)
        return fault_set(fault, ERR_OUT_OF_RANGE, "after", "is too long");
    take_text(&join->after, &said->after);
    return hear_rooms(join->rooms, join->n_rooms, said, fault);
}

static enum err hear_leave(
        Dw__Leave *leave, struct said *said, struct fault *fault)
{
    said->verb = VERB_LEAVE;
    said->ref = leave->ref;
    return hear_rooms(leave->rooms, leave->n_rooms, said, fault);
}

static enum err hear_publish(
        Dw__Publish *publish, struct said *said, struct fault *fault)
{
    said->verb = VERB_PUBLISH;
    said->ref = publish->ref;
    return envelope_hear(publish->event, &said->heard, fault);
}

static enum err hear_ack(Dw__Ack *ack, struct said *said, struct fault *fault)
{
    said->verb = VERB_ACK;
    said->seq = ack->seq;
    if (ack->stage && strlen(ack->stage) > STAGE_CHARS)
        return fault_set(fault, ERR_OUT_OF_RANGE, "stage", "is too long");
    return take_text(&ack->stage, &said->stage);
}

static enum err hear_op(
        Dw__ClientMessage *message, struct said *said, struct fault *fault)
{
    switch (message->op_case) {
    case DW__CLIENT_MESSAGE__OP_AUTH:
        return hear_auth(message->auth, said);
    case DW__CLIENT_MESSAGE__OP_JOIN:
        return hear_join(message->join, said, fault);
    case DW__CLIENT_MESSAGE__OP_LEAVE:
        return hear_leave(message->leave, said, fault);
    case DW__CLIENT_MESSAGE__OP_PUBLISH:
        return hear_publish(message->publish, said, fault);
    case DW__CLIENT_MESSAGE__OP_ACK:
        return hear_ack(message->ack, said, fault);
    default:
        return fault_set(fault, ERR_BAD_REQUEST, "op",
                "must be one of auth, join, leave, publish, ack");
    }
}

static enum err hear(
        const uint8_t *data, size_t len, struct said *said, struct fault *fault)
{
    ProtobufCMessage *message =
            body_unpack(&dw__client_message__descriptor, data, len);
    enum err err;

    *said = (struct said){ 0 };
    if (!message)
        return fault_set(fault, ERR_BAD_PROTOBUF, NULL, NULL);
    err = hear_op((Dw__ClientMessage *)message, said, fault);
    body_free(message);
    if (err != ERR_OK)
        said_finish(said);
    return err;
}

/* --- saying --- */

static void put_message(struct buf *out, const Dw__ServerMessage *message)
{
    size_t len = dw__server_message__get_packed_size(message);
    uint8_t *packed = malloc(len ? len : 1);

    if (packed)
        buf_put(out, packed, dw__server_message__pack(message, packed));
    else
        out->failed = true;
    free(packed);
}

static void say_ready(struct buf *out, const struct wire_ready *ready)
{
    Dw__Ready body = DW__READY__INIT;
    Dw__ServerMessage message = DW__SERVER_MESSAGE__INIT;
    char *names[ROLE_COUNT];

    body.connection_id = (char *)(uintptr_t)ready->connection_id;
    body.epoch = ready->epoch;
    body.seq = ready->seq;
    body.time_ms = (uint64_t)ready->now_ms;
    body.roles = names;
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        if (ready->principal->roles & 1u << i)
            names[body.n_roles++] = (char *)(uintptr_t)roles[i].name;
    body.site = (char *)(uintptr_t)ready->site;
    if (ready->principal->table[0])
        body.table = (char *)(uintptr_t)ready->principal->table;
    body.heartbeat_ms = ready->heartbeat_ms;
    message.op_case = DW__SERVER_MESSAGE__OP_READY;
    message.ready = &body;
    put_message(out, &message);
}

static void say_joined(
        struct buf *out, uint32_t ref, const struct wire_joined *joined)
{
    Dw__Joined body = DW__JOINED__INIT;
    Dw__ServerMessage message = DW__SERVER_MESSAGE__INIT;
    char names[WIRE_ROOMS][ROOM_CHARS + 1], *list[WIRE_ROOMS];
    ProtobufCMessage *snapshot = NULL;

    body.has_ref = ref > 0;
    body.ref = ref;
    body.rooms = list;
    for (; body.n_rooms < joined->count && body.n_rooms < WIRE_ROOMS;
            body.n_rooms++) {
        room_print(&joined->rooms[body.n_rooms], names[body.n_rooms]);
        list[body.n_rooms] = names[body.n_rooms];
    }
    body.recovered = joined->recovered;
    body.seq = joined->seq;
    body.epoch = joined->epoch;
    body.cursor = (char *)(uintptr_t)joined->cursor;
    if (joined->picture) {
        snapshot = body_redact(joined->picture, joined->view);
        out->failed |= !snapshot;
        body.snapshot = (Dw__Picture *)snapshot;
    }
    message.op_case = DW__SERVER_MESSAGE__OP_JOINED;
    message.joined = &body;
    put_message(out, &message);
    body_free(snapshot);
}

static void say_published(
        struct buf *out, uint32_t ref, const struct wire_published *published)
{
    Dw__Published body = DW__PUBLISHED__INIT;
    Dw__ServerMessage message = DW__SERVER_MESSAGE__INIT;
    struct ulid id = published->id;

    body.has_ref = ref > 0;
    body.ref = ref;
    body.id = (ProtobufCBinaryData){ sizeof(id.bytes), id.bytes };
    body.seq = published->seq;
    body.epoch = published->epoch;
    body.duplicate = published->duplicate;
    body.has_pending = published->pending;
    body.pending = published->pending;
    message.op_case = DW__SERVER_MESSAGE__OP_PUBLISHED;
    message.published = &body;
    put_message(out, &message);
}

static void say_ok(struct buf *out, uint32_t ref)
{
    Dw__Ok body = DW__OK__INIT;
    Dw__ServerMessage message = DW__SERVER_MESSAGE__INIT;

    body.has_ref = ref > 0;
    body.ref = ref;
    message.op_case = DW__SERVER_MESSAGE__OP_OK;
    message.ok = &body;
    put_message(out, &message);
}

static void say_error(
        struct buf *out, uint32_t ref, const struct wire_error *error)
{
    const struct fault *fault = error->fault;
    Dw__Error body = DW__ERROR__INIT;
    Dw__ServerMessage message = DW__SERVER_MESSAGE__INIT;

    body.has_ref = ref > 0;
    body.ref = ref;
    body.code = (char *)(uintptr_t)err_kinds[fault->code].name;
    body.field = (char *)(uintptr_t)fault->field;
    body.message = (char *)(uintptr_t)fault->text;
    body.has_retry_after_ms = error->retry_ms > 0;
    body.retry_after_ms = error->retry_ms;
    message.op_case = DW__SERVER_MESSAGE__OP_ERROR;
    message.error = &body;
    put_message(out, &message);
}

static void say_heartbeat(struct buf *out, const struct wire_beat *beat)
{
    Dw__Heartbeat body = DW__HEARTBEAT__INIT;
    Dw__ServerMessage message = DW__SERVER_MESSAGE__INIT;
    Dw__RoomTop entries[WIRE_ROOMS], *list[WIRE_ROOMS];
    char names[WIRE_ROOMS][ROOM_CHARS + 1];

    for (uint32_t i = 0; i < beat->count && i < WIRE_ROOMS; i++) {
        room_print(&beat->rooms[i], names[i]);
        dw__room_top__init(&entries[i]);
        entries[i].room = names[i];
        entries[i].seq = beat->tops[i];
        list[i] = &entries[i];
        body.n_rooms++;
    }
    body.rooms = list;
    body.time_ms = (uint64_t)beat->now_ms;
    body.has_events = true;
    body.events = beat->events;
    message.op_case = DW__SERVER_MESSAGE__OP_HEARTBEAT;
    message.heartbeat = &body;
    put_message(out, &message);
}

/* The envelope's bytes as one field of the message, the cursor as another. */
static const struct evt_form *say_event(
        struct evt *evt, enum view view, uint32_t room)
{
    uint32_t key = evt_form_key(FORM_NATIVE_PB, view, room);
    const struct evt_form *form = evt_form_find(evt, key);
    const struct evt_form *envelope;
    char cursor[CURSOR_CHARS + 1];
    struct buf out;

    if (form)
        return form;
    envelope = dialect_say_envelope(evt, view, room);
    if (!envelope)
        return NULL;
    buf_init(&out, FORM_BYTES);
    put_pb_header(&out, SERVER_EVENT, envelope->len);
    buf_put(&out, envelope->data, envelope->len);
    cursor_print(evt->epoch, evt->seq, evt->seal, cursor);
    put_pb_header(&out, SERVER_CURSOR, strlen(cursor));
    buf_puts(&out, cursor);
    if (!out.failed)
        form = evt_form_keep(evt, key, out.data, out.len);
    buf_finish(&out);
    return form;
}

const struct wire wire_native_pb = {
    .name = "native_pb",
    .subprotocol = "dumbwaiter.v1.pb",
    .text = false,
    .hear = hear,
    .say_ready = say_ready,
    .say_joined = say_joined,
    .say_published = say_published,
    .say_ok = say_ok,
    .say_error = say_error,
    .say_heartbeat = say_heartbeat,
    .say_event = say_event,
};
