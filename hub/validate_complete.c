/* What was not given is filled in from the picture. */
#include "hub/validate.h"

#include <stdio.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "hub/validate_parts.h"
#include "schemas/order.pb-c.h"

bool validate_is_of_own(const struct statement *statement)
{
    return !(statement->from->roles & evt_kinds[statement->what].from);
}

void validate_make_id(const struct statement *statement,
        const struct shelf *shelf, const char *prefix, char id[ID_CHARS + 1])
{
    unsigned long long seq = statement->seq;
    unsigned more = 0;

    snprintf(id, ID_CHARS + 1, "%s%llu", prefix, seq);
    while (shelf_find(shelf, id))
        snprintf(id, ID_CHARS + 1, "%s%llu-%u", prefix, seq, ++more);
}

void validate_put_table(ProtobufCMessage *body, const Dw__TableRef *table)
{
    const char *given = body_text(body, "table.id");

    if (table && (!given || strcmp(given, table->id) != 0))
        body_replace_part(body, "table", &table->base);
}

/* What the picture knows of the order that the body names. */
static void complete_from_order(ProtobufCMessage *body, const Dw__Order *order)
{
    validate_put_table(body, order->table);
    body_complete_text(body, "kitchen_order_id", order->kitchen_order_id);
    body_complete_text(body, "order_number", order->number);
}

/* What is filled in besides what every body may have; absent: nothing. */
static complete_fn *const completes[EVT_COUNT] = {
    [EVT_ORDER_CREATED] = order_complete_created,
    [EVT_ORDER_UPDATED] = order_complete_updated,
    [EVT_ORDER_STATUS_CHANGED] = order_complete_status,
    [EVT_ORDER_ITEMS_ADDED] = order_complete_items_added,
    [EVT_ORDER_SUMMARY_UPDATED] = order_complete_summary,
    [EVT_ORDER_ITEM_STATUS_CHANGED] = order_complete_item_status,
    [EVT_ORDER_SERVED] = order_complete_whole,
    [EVT_ORDER_COMPLETED] = order_complete_whole,
    [EVT_ORDER_CANCELLED] = order_complete_whole,
    [EVT_KITCHEN_CANCEL_ACCEPTED] = order_complete_accepted,
    [EVT_KITCHEN_COMPLETED] = order_complete_kitchen_completed,
    [EVT_TICKET_RECALLED] = order_complete_recalled,
    [EVT_TABLE_UPDATED] = floor_complete_table,
    [EVT_TABLE_LAYOUT_UPDATED] = floor_complete_layout,
    [EVT_SERVICE_CALL_CREATED] = floor_complete_call,
    [EVT_SERVICE_CALL_HANDLED] = floor_complete_handled,
    [EVT_ALERT_CREATED] = floor_complete_alert,
    [EVT_ALERT_UPDATED] = floor_complete_alert_updated,
    [EVT_ALERT_ACKNOWLEDGED] = floor_complete_acknowledged,
    [EVT_MENU_CREATED] = board_complete_item,
    [EVT_MENU_UPDATED] = board_complete_item,
    [EVT_MENU_DELETED] = board_complete_item_name,
    [EVT_ITEM_AVAILABILITY_CHANGED] = board_complete_item_name,
    [EVT_MESSAGE_CREATED] = board_complete_message,
    [EVT_MESSAGE_UPDATED] = board_complete_message_changed,
    [EVT_MESSAGE_PINNED] = board_complete_message_changed,
    [EVT_MESSAGE_DELETED] = board_complete_message_deleted,
    [EVT_NOTIFICATION] = board_complete_notice,
    [EVT_DELIVERY_RECEIPT] = floor_complete_receipt,
    [EVT_PAGE_ACKED] = floor_complete_page,
    [EVT_PAGE_RECEIVED] = floor_complete_page,
    [EVT_PAGE_CLEARED] = floor_complete_page_over,
    [EVT_PAGE_LOST] = floor_complete_page_over,
    [EVT_PRINT_PRINTED] = job_complete,
    [EVT_PRINT_FAILED] = job_complete,
    [EVT_PRINT_SENT] = job_complete,
    [EVT_PRINT_UNCONFIRMED] = job_complete,
    [EVT_PRINT_EXPIRED] = job_complete,
    [EVT_PRINT_REROUTED] = job_complete,
    [EVT_PRINT_REPRINTED] = job_complete,
    [EVT_PRINT_ACCEPTED] = job_complete,
    [EVT_PRINT_RELEASED] = job_complete,
    [EVT_DEVICE_ONLINE] = floor_complete_device,
    [EVT_DEVICE_OFFLINE] = floor_complete_device,
    [EVT_DEVICE_DEGRADED] = floor_complete_device,
    [EVT_DEVICE_BATTERY_LOW] = floor_complete_device,
    [EVT_DEVICE_PAPER_LOW] = floor_complete_device,
    [EVT_DEVICE_PAPER_OUT] = floor_complete_device,
    [EVT_DEVICE_TELEMETRY] = floor_complete_device,
    [EVT_DEVICE_CONFIGURED] = device_complete_configured,
    [EVT_DEVICE_KEY_PRESSED] = device_complete_key,
    [EVT_TOKEN_REVOKED] = doors_complete_revoked,
    [EVT_SESSION_ENDED] = doors_complete_ended,
};

void validate_complete(
        const struct statement *statement, const struct state *state)
{
    static const char *const moments[] = { "updated_at_ms", "confirmed_at_ms",
        "acknowledged_at_ms", "added_at_ms", "changed_at_ms" };
    ProtobufCMessage *body = statement->body;
    const char *order_id = about_order(body);
    const Dw__Order *order = order_id ? state_order(state, order_id) : NULL;

    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
        body_complete_moment(body, moments[i],
                statement->now_ms - VALIDATE_OLDEST_MS, statement->now_ms);
    if (order)
        complete_from_order(body, order);
    if (completes[statement->what])
        completes[statement->what](statement, state);
}
