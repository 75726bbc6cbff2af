#include "tests/devices/suite/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schemas/catalogue.h"
#include "schemas/envelope.pb-c.h"

#define ROOM_BYTES 64

/* Every body that a story can say, side by side. */
struct bodies {
    Dw__TableRef table;
    Dw__Item item;
    Dw__Item *items[1];
    Dw__Order order;
    Dw__OrderCreated created;
    Dw__OrderCancelled cancelled;
    Dw__KitchenReady ready;
    Dw__KitchenCompleted completed;
    Dw__PageSent sent;
    Dw__PageAcked acked;
    Dw__PageStep page;
    Dw__EscalationStep escalation;
    Dw__DeviceAssigned assigned;
    Dw__DeviceIdentify identify;
    Dw__DeviceConfigured configured;
    Dw__ServiceCall call;
    Dw__ServiceCallHandled handled;
};

/* Texts of a message are borrowed and only read. */
static char *text(const char *text)
{
    return (char *)text;
}

static char *some(const char *text)
{
    return (char *)(text ? text : "");
}

static void fill_order(
        struct bodies *bodies, const struct story_message *message)
{
    dw__item__init(&bodies->item);
    bodies->item.name = text("soup");
    bodies->item.station = text(message->station);
    bodies->items[0] = &bodies->item;
    dw__order__init(&bodies->order);
    bodies->order.id = text(message->order);
    bodies->order.number = text(message->number);
    bodies->order.table = message->table ? &bodies->table : NULL;
    bodies->order.n_items = 1;
    bodies->order.items = bodies->items;
}

static void fill_kitchen(struct bodies *bodies, Dw__Envelope *envelope,
        const struct story_message *message)
{
    Dw__TableRef *table = message->table ? &bodies->table : NULL;

    switch (envelope->body_case) {
    case DW__ENVELOPE__BODY_ORDER_CREATED:
        dw__order_created__init(&bodies->created);
        bodies->created.order = &bodies->order;
        envelope->order_created = &bodies->created;
        break;
    case DW__ENVELOPE__BODY_ORDER_CANCELLED:
        dw__order_cancelled__init(&bodies->cancelled);
        bodies->cancelled.order_id = some(message->order);
        bodies->cancelled.order = &bodies->order;
        envelope->order_cancelled = &bodies->cancelled;
        break;
    case DW__ENVELOPE__BODY_KITCHEN_READY:
        dw__kitchen_ready__init(&bodies->ready);
        bodies->ready.order_id = some(message->order);
        bodies->ready.order_number = text(message->number);
        bodies->ready.table = table;
        envelope->kitchen_ready = &bodies->ready;
        break;
    case DW__ENVELOPE__BODY_KITCHEN_COMPLETED:
        dw__kitchen_completed__init(&bodies->completed);
        bodies->completed.order_id = some(message->order);
        bodies->completed.table = table;
        envelope->kitchen_completed = &bodies->completed;
        break;
    default:
        break;
    }
}

static void fill_page(struct bodies *bodies, Dw__Envelope *envelope,
        const struct story_message *message, const char *device)
{
    Dw__TableRef *table = message->table ? &bodies->table : NULL;

    switch (envelope->body_case) {
    case DW__ENVELOPE__BODY_PAGE_SENT:
        dw__page_sent__init(&bodies->sent);
        bodies->sent.page_id = some(message->page);
        bodies->sent.order_id = text(message->order);
        bodies->sent.order_number = text(message->number);
        bodies->sent.table = table;
        bodies->sent.text = text("ready");
        bodies->sent.has_priority = message->priority != 0;
        bodies->sent.priority = (Dw__Priority)message->priority;
        bodies->sent.device_id = table ? NULL : text(device);
        envelope->page_sent = &bodies->sent;
        break;
    case DW__ENVELOPE__BODY_PAGE_ACKED:
        dw__page_acked__init(&bodies->acked);
        bodies->acked.page_id = some(message->page);
        bodies->acked.order_id = text(message->order);
        bodies->acked.table = table;
        envelope->page_acked = &bodies->acked;
        break;
    case DW__ENVELOPE__BODY_PAGE_CLEARED:
        dw__page_step__init(&bodies->page);
        bodies->page.page_id = some(message->page);
        bodies->page.order_id = text(message->order);
        bodies->page.table = table;
        envelope->page_cleared = &bodies->page;
        break;
    default:
        break;
    }
}

static void fill_escalation(struct bodies *bodies, Dw__Envelope *envelope,
        const struct story_message *message)
{
    Dw__EscalationStep *step = &bodies->escalation;

    dw__escalation_step__init(step);
    step->id = some(message->escalation);
    step->order_id = text(message->order);
    step->about = text(message->about);
    step->target = text(message->target);
    step->station = text(message->station);
    step->has_step = true;
    step->step = message->step;
    switch (envelope->body_case) {
    case DW__ENVELOPE__BODY_ESCALATION_RAISED:
        envelope->escalation_raised = step;
        break;
    case DW__ENVELOPE__BODY_ESCALATION_STEPPED:
        envelope->escalation_stepped = step;
        break;
    case DW__ENVELOPE__BODY_ESCALATION_RESOLVED:
        envelope->escalation_resolved = step;
        break;
    default:
        break;
    }
}

static void fill_configured(
        struct bodies *bodies, const struct story_message *message)
{
    Dw__DeviceConfigured *configured = &bodies->configured;

    dw__device_configured__init(configured);
    configured->has_rev = true;
    configured->rev = message->rev;
    configured->has_mute_from_min = true;
    configured->mute_from_min = message->mute_from_min;
    configured->has_mute_to_min = true;
    configured->mute_to_min = message->mute_to_min;
    configured->has_sleep_s = true;
    configured->sleep_s = message->sleep_s;
    configured->has_telemetry_s = true;
    configured->telemetry_s = message->telemetry_s;
}

static void fill_device(struct bodies *bodies, Dw__Envelope *envelope,
        const struct story_message *message, const char *device)
{
    switch (envelope->body_case) {
    case DW__ENVELOPE__BODY_DEVICE_ASSIGNED:
        dw__device_assigned__init(&bodies->assigned);
        bodies->assigned.device_id = text(device);
        bodies->assigned.table = message->table ? &bodies->table : NULL;
        bodies->assigned.order_id = text(message->order);
        bodies->assigned.order_number = text(message->number);
        envelope->device_assigned = &bodies->assigned;
        break;
    case DW__ENVELOPE__BODY_DEVICE_IDENTIFY_REQUESTED:
        dw__device_identify__init(&bodies->identify);
        bodies->identify.device_id = text(device);
        bodies->identify.has_seconds = true;
        bodies->identify.seconds = message->seconds;
        envelope->device_identify_requested = &bodies->identify;
        break;
    case DW__ENVELOPE__BODY_DEVICE_CONFIGURED:
        fill_configured(bodies, message);
        bodies->configured.device_id = text(device);
        envelope->device_configured = &bodies->configured;
        break;
    default:
        break;
    }
}

static bool is_filled(const Dw__Envelope *envelope)
{
    return envelope->page_sent != NULL; /* any of the union */
}

/* A field that nobody knows, of so many bytes. */
static size_t pad(uint8_t *out, size_t cap, uint32_t count)
{
    const uint32_t field = 900;
    size_t len = 0;

    if (count == 0 || cap < count + 4u || count >= 1u << 14)
        return 0;
    out[len++] = (uint8_t)((field << 3 | 2) | 0x80);
    out[len++] = (uint8_t)((field << 3 | 2) >> 7);
    out[len++] = (uint8_t)(count | 0x80);
    out[len++] = (uint8_t)(count >> 7);
    memset(out + len, 'x', count);
    return len + count;
}

static void name_room(char room[ROOM_BYTES],
        const struct story_message *message, const char *device)
{
    if (message->room)
        snprintf(room, ROOM_BYTES, "%s", message->room);
    else if (strncmp(message->topic, "pb/", 3) == 0)
        snprintf(room, ROOM_BYTES, "%s", message->topic + 3);
    else
        snprintf(room, ROOM_BYTES, "device/%s", device);
}

static void fill_head(Dw__Envelope *envelope,
        const struct story_message *message, uint8_t id[16], uint64_t wall_ms)
{
    envelope->has_v = true;
    envelope->v = 1;
    envelope->has_id = true;
    envelope->id.data = id;
    envelope->id.len = 16;
    envelope->has_ts_ms = true;
    envelope->ts_ms =
            message->said_ms ? STORY_EPOCH_MS + message->said_ms : wall_ms;
    envelope->has_exp_ms = message->lives_ms != 0;
    envelope->exp_ms = envelope->ts_ms + message->lives_ms;
    if (message->priority) {
        envelope->has_prio = true;
        envelope->prio = (Dw__Priority)message->priority;
    }
}

size_t words_say(uint8_t *out, size_t cap, const struct story_message *message,
        uint32_t number, uint64_t wall_ms, const char *device)
{
    enum evt_id event = evt_find(message->event);
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    struct bodies bodies;
    uint8_t id[16] = { 0x01, 0x9A };
    char room[ROOM_BYTES];
    size_t len;

    if (event == EVT_NONE)
        return 0;
    dw__table_ref__init(&bodies.table);
    bodies.table.id = text(message->table);
    id[14] = message->id ? 0 : (uint8_t)(1 + (number >> 8));
    id[15] = message->id ? message->id : (uint8_t)number;
    fill_head(&envelope, message, id, wall_ms);
    name_room(room, message, device);
    envelope.room = room;
    envelope.has_event = true;
    envelope.event = evt_kinds[event].wire;
    envelope.body_case =
            (Dw__Envelope__BodyCase)EVT_FIELD(evt_kinds[event].wire);
    fill_order(&bodies, message);
    fill_kitchen(&bodies, &envelope, message);
    fill_page(&bodies, &envelope, message, device);
    fill_escalation(&bodies, &envelope, message);
    fill_device(&bodies, &envelope, message, device);
    if (!is_filled(&envelope))
        return 0;
    len = dw__envelope__get_packed_size(&envelope);
    if (len > cap)
        return 0;
    dw__envelope__pack(&envelope, out);
    return len + pad(out + len, cap - len, message->padding);
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

/* What of it a story may ask for. */
static void tell(char *out, size_t cap, const Dw__Envelope *envelope)
{
    switch (envelope->body_case) {
    case DW__ENVELOPE__BODY_PAGE_ACKED:
        snprintf(out, cap, " page=%s", envelope->page_acked->page_id);
        break;
    case DW__ENVELOPE__BODY_PAGE_RECEIVED:
        snprintf(out, cap, " page=%s", envelope->page_received->page_id);
        break;
    case DW__ENVELOPE__BODY_SERVICE_CALL_CREATED:
        snprintf(out, cap, " reason=%s",
                or_dash(envelope->service_call_created->call->reason));
        break;
    case DW__ENVELOPE__BODY_DEVICE_ONLINE:
        snprintf(out, cap, " boot=%" PRIu32 " rev=%" PRIu64 " sleep=%" PRIu32,
                envelope->device_online->boot,
                envelope->device_online->config_rev,
                envelope->device_online->sleep_s);
        break;
    case DW__ENVELOPE__BODY_DEVICE_TELEMETRY:
        snprintf(out, cap, " battery=%" PRIu32 " charging=%d",
                envelope->device_telemetry->battery_percent,
                envelope->device_telemetry->charging);
        break;
    case DW__ENVELOPE__BODY_DEVICE_BATTERY_LOW:
        snprintf(out, cap, " percent=%" PRIu32,
                envelope->device_battery_low->percent);
        break;
    case DW__ENVELOPE__BODY_DEVICE_KEY_PRESSED:
        snprintf(out, cap, " key=%s", envelope->device_key_pressed->key_name);
        break;
    default:
        break;
    }
}

bool words_read(
        char *out, size_t cap, uint8_t id[16], const uint8_t *bytes, size_t len)
{
    Dw__Envelope *envelope = dw__envelope__unpack(NULL, len, bytes);
    enum evt_id event = EVT_NONE;
    char more[96] = "";

    if (envelope && envelope->has_id && envelope->id.len == 16)
        event = evt_find_wire(envelope->event);
    if (event != EVT_NONE) {
        memcpy(id, envelope->id.data, 16);
        tell(more, sizeof(more), envelope);
        snprintf(out, cap, "%s%s", evt_kinds[event].name, more);
    }
    if (envelope)
        dw__envelope__free_unpacked(envelope, NULL);
    return event != EVT_NONE;
}

static void put_ulid(char out[27], const uint8_t id[16])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    for (int i = 0; i < 26; i++) {
        unsigned value = 0;

        for (int bit = i * 5 - 2; bit < i * 5 + 3; bit++)
            value = value << 1 |
                    (bit < 0 ? 0u : (unsigned)id[bit / 8] >> (7 - bit % 8) & 1);
        out[i] = digits[value];
    }
    out[26] = '\0';
}

size_t words_receipt(char *out, size_t cap, const uint8_t id[16], uint32_t seq,
        bool duplicate, uint64_t wall_ms, uint32_t next_s)
{
    char ulid[27];
    char next[24] = "";
    int len;

    put_ulid(ulid, id);
    if (next_s)
        snprintf(next, sizeof(next), ",\"next\":%" PRIu32, next_s);
    len = snprintf(out, cap,
            "{\"id\":\"%s\",\"seq\":%" PRIu32 ",\"epoch\":\"k\","
            "\"duplicate\":%s,\"ts\":%" PRIu64 "%s}",
            ulid, seq, duplicate ? "true" : "false", wall_ms, next);
    return len > 0 && (size_t)len < cap ? (size_t)len : 0;
}
