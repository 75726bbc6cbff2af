#include "hub/validate.h"

#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "hub/validate_parts.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"

/* --- allowed --- */

static bool is_same(const char *a, const char *b)
{
    return a && b && a[0] != '\0' && strcmp(a, b) == 0;
}

static bool are_items_of_guests(Dw__Item **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i]->has_status || items[i]->status_word)
            return false;
    return true;
}

/* Guests order; how far it is, whether it is paid and how urgent it is they do
 * not say. */
static bool is_order_of_guests(const Dw__Order *order)
{
    return order && are_items_of_guests(order->items, order->n_items) &&
           !order->cancel_reason && !order->status_word &&
           !order->has_kitchen_completed_at_ms &&
           (!order->has_priority ||
                   order->priority == DW__PRIORITY__PRIORITY_NORMAL) &&
           (!order->has_payment_status ||
                   order->payment_status ==
                           DW__PAYMENT_STATUS__PAYMENT_STATUS_PENDING) &&
           (!order->has_status ||
                   order->status == DW__ORDER_STATUS__ORDER_STATUS_PENDING);
}

/* Nor in whose name they speak, nor what an order costs that is there. */
static bool is_said_by_guests(enum evt_id what, const ProtobufCMessage *body)
{
    const Dw__OrderItemsAdded *added = (const void *)body;

    if (body_text(body, "staff_id") || body_text(body, "actor.id") ||
            body_text(body, "call.by.id"))
        return false;
    if (what == EVT_ORDER_CREATED)
        return is_order_of_guests(
                ((const Dw__OrderCreated *)(const void *)body)->order);
    return what != EVT_ORDER_ITEMS_ADDED ||
           (!added->totals &&
                   are_items_of_guests(added->items, added->n_items));
}

/* Of the same sitting, where both say of which they are; else of the same
 * table. */
static bool is_own_order(const struct principal *from,
        const struct state *state, const Dw__Order *order)
{
    const char *key = order->session ? order->session->key : NULL;

    if (key && from->session[0])
        return is_same(key, from->session);
    return order->table && is_same(order->table->id, from->table) &&
           !state_is_past_order(state, order->id);
}

/* Is what the body names the table's own? New orders name the table, later
 * events name an order that must be of it: one that is not known is refused
 * like somebody else's. Ids of alerts and calls are not for guests to give:
 * they could be those of another table. */
static bool is_own_table(const struct principal *from, enum evt_id what,
        const ProtobufCMessage *body, const struct state *state)
{
    const char *table = about_table(body);
    const char *order_id = about_order(body);
    const Dw__Order *order = order_id ? state_order(state, order_id) : NULL;
    const char *session = body_text(body, "order.session.key");

    if (table && !is_same(table, from->table))
        return false;
    if (!is_said_by_guests(what, body))
        return false;
    if (order && !is_own_order(from, state, order))
        return false;
    if (session && !is_same(session, from->session))
        return false;
    if (what == EVT_ORDER_CREATED)
        return table;
    if (order_id)
        return order != NULL;
    return table && !body_text(body, "alert.id") &&
           !body_text(body, "alert.call_id");
}

/* Is the page another one's, who was handed out, or does the device stand on
 * another table than that of the call or page? One that has not said where it
 * stands may be anywhere. */
static bool is_elsewhere(const struct principal *from,
        const ProtobufCMessage *body, const struct state *state)
{
    const Dw__Device *device = shelf_find(&state->devices, from->device);
    const char *page_id = body_text(body, "page_id");
    const Dw__Page *page = page_id ? shelf_find(&state->pages, page_id) : NULL;
    const char *table = page ? body_text(&page->base, "sent.table.id")
                             : body_text(body, "call.table.id");

    if (page && page->sent->device_id)
        return !is_same(page->sent->device_id, from->device);
    return device && device->table && table &&
           !is_same(device->table->id, table);
}

/* A device speaks for itself: ids in the body must be absent or its own, a job
 * must have been given to it, once, a call or page be of its table. */
static bool is_own_device(const struct principal *from,
        const ProtobufCMessage *body, const struct state *state)
{
    const char *device = body_text(body, "device_id");
    const char *printer = body_text(body, "printer");
    const char *recipient = body_text(body, "recipient"); /* of a receipt */
    const char *job_id = body_text(body, "job_id");
    const Dw__PrintJob *job = job_id ? shelf_find(&state->jobs, job_id) : NULL;

    if ((device && !is_same(device, from->device)) ||
            (printer && !is_same(printer, from->device)) ||
            (recipient && !is_same(recipient, from->device)) ||
            is_elsewhere(from, body, state))
        return false;
    return !job || is_same(job->request->printer, from->device) ||
           state_job_was_at(job, from->device);
}

/* What is a waiter's to say only in part: that a dish is served, that an order
 * is urgent. */
static bool is_for_waiters(const struct statement *statement)
{
    const void *body = statement->body;

    switch (statement->what) {
    case EVT_ORDER_ITEM_STATUS_CHANGED:
        return ((const Dw__OrderItemStatusChanged *)body)->status ==
               DW__ITEM_STATUS__ITEM_STATUS_SERVED;
    case EVT_KITCHEN_PRIORITY_CHANGED:
        return ((const Dw__KitchenPriorityChanged *)body)->priority <=
               DW__PRIORITY__PRIORITY_EXPRESS;
    default:
        return true;
    }
}

enum err validate_right(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const struct evt_kind *kind = &evt_kinds[statement->what];
    const struct principal *from = statement->from;
    uint32_t own = kind->from_own & from->roles;
    uint32_t any = kind->from & from->roles;

    if (!validate_is_in_own_name(statement))
        return fault_set(fault, ERR_FORBIDDEN, NULL, NULL);
    if ((any & ROLE_WAITER) && !is_for_waiters(statement))
        any &= ~(uint32_t)ROLE_WAITER;
    if (any & ~validate_out_of_scope(statement, state))
        return ERR_OK;
    if ((own & ROLE_TABLE) &&
            is_own_table(from, statement->what, statement->body, state))
        return ERR_OK;
    if ((own & ROLE_DEVICE) && is_own_device(from, statement->body, state))
        return ERR_OK;
    if ((own & ROLE_USER) && board_is_own_message(from, statement->body))
        return ERR_OK;
    return fault_set(fault, ERR_FORBIDDEN, NULL, NULL);
}

bool validate_join(const struct principal *principal, const struct room *room,
        const struct state *state)
{
    const struct room_kind *kind = &room_kinds[room->kind];
    uint32_t own = kind->join_own & principal->roles;
    const Dw__Order *order;

    if (kind->join & principal->roles &
            ~validate_room_out_of_scope(principal, room, state))
        return true;
    if (!own)
        return false;
    switch (room->kind) {
    case ROOM_INDEX_TABLE:
        return is_same(room->id, principal->table);
    case ROOM_INDEX_DEVICE:
        return is_same(room->id, principal->device);
    case ROOM_INDEX_SESSION:
        return is_same(room->id, principal->session);
    case ROOM_INDEX_USER:
        return is_same(room->id, principal->subject);
    case ROOM_INDEX_ORDER:
        order = state_order(state, room->id);
        return order && is_own_order(principal, state, order);
    default:
        return false;
    }
}

/* --- possible --- */

/* What is asked of an event besides its form; absent: nothing. */
static possible_fn *const possibles[EVT_COUNT] = {
    [EVT_ORDER_CREATED] = order_may_be_created,
    [EVT_ORDER_UPDATED] = order_may_be_updated,
    [EVT_ORDER_STATUS_CHANGED] = order_may_change_status,
    [EVT_ORDER_CONFIRMED] = order_may_step,
    [EVT_ORDER_ITEMS_ADDED] = order_may_get_items,
    [EVT_ORDER_CANCEL_REQUESTED] = order_may_be_asked_to_cancel,
    [EVT_ORDER_CANCELLED] = order_may_step,
    [EVT_ORDER_SERVED] = order_may_step,
    [EVT_ORDER_COMPLETED] = order_may_step,
    [EVT_KITCHEN_ACKNOWLEDGED] = order_may_step,
    [EVT_KITCHEN_PREPARING] = order_may_step,
    [EVT_KITCHEN_READY] = order_may_step,
    [EVT_KITCHEN_COMPLETED] = order_may_step,
    [EVT_KITCHEN_CANCEL_ACCEPTED] = order_may_be_answered,
    [EVT_KITCHEN_CANCEL_REJECTED] = order_may_be_answered,
    [EVT_ORDER_ITEM_STATUS_CHANGED] = order_may_change_item,
    [EVT_KITCHEN_PRIORITY_CHANGED] = order_may_step,
    [EVT_KITCHEN_STATION_ASSIGNED] = order_may_get_station,
    [EVT_TICKET_RECALLED] = order_may_be_recalled,
    [EVT_COURSE_FIRED] = order_may_step,
    [EVT_TABLE_MOVED] = floor_may_move,
    [EVT_TABLE_MERGED] = floor_may_move,
    [EVT_SERVICE_CALL_CREATED] = floor_may_call,
    [EVT_SERVICE_CALL_HANDLED] = floor_may_handle_call,
    [EVT_ALERT_CREATED] = floor_may_alert,
    [EVT_ALERT_UPDATED] = floor_may_change_alert,
    [EVT_ALERT_ACKNOWLEDGED] = floor_may_change_alert,
    [EVT_MESSAGE_CREATED] = board_may_write,
    [EVT_MESSAGE_UPDATED] = board_may_change_message,
    [EVT_MESSAGE_PINNED] = board_may_change_message,
    [EVT_MESSAGE_DELETED] = board_may_delete_message,
    [EVT_MESSAGE_ALL_DELETED] = board_may_delete_messages,
    [EVT_NOTIFICATION] = board_may_notify,
    [EVT_PRINT_PRINTED] = job_may_be_answered,
    [EVT_PRINT_FAILED] = job_may_have_failed,
    [EVT_PRINT_SENT] = job_may_be_answered,
    [EVT_PRINT_UNCONFIRMED] = job_may_be_answered,
    [EVT_PRINT_EXPIRED] = job_may_expire,
    [EVT_PRINT_REROUTED] = job_may_be_answered,
    [EVT_PRINT_ACCEPTED] = job_may_be_accepted,
    [EVT_PRINT_RELEASED] = job_may_be_answered,
    [EVT_PRINT_REPRINTED] = job_may_be_reprinted,
    [EVT_PAGE_SENT] = floor_may_page,
    [EVT_PAGE_ACKED] = floor_may_answer_page,
    [EVT_PAGE_RECEIVED] = floor_may_answer_page,
    [EVT_PAGE_CLEARED] = floor_may_answer_page,
    [EVT_PAGE_LOST] = floor_may_answer_page,
    [EVT_DEVICE_ONLINE] = floor_may_go_online,
    [EVT_DEVICE_OFFLINE] = floor_may_go_offline,
    [EVT_DEVICE_DEGRADED] = floor_may_be_in_trouble,
    [EVT_DEVICE_BATTERY_LOW] = floor_may_be_in_trouble,
    [EVT_DEVICE_PAPER_LOW] = floor_may_be_in_trouble,
    [EVT_DEVICE_PAPER_OUT] = floor_may_be_in_trouble,
    [EVT_DEVICE_TELEMETRY] = floor_may_be_in_trouble,
    [EVT_DEVICE_ASSIGNED] = device_may_be_assigned,
    [EVT_DEVICE_IDENTIFY_REQUESTED] = floor_may_be_in_trouble,
    [EVT_DEVICE_CONFIGURED] = device_may_be_configured,
    [EVT_DEVICE_KEY_PRESSED] = device_may_press,
    [EVT_TOKEN_REVOKED] = doors_may_revoke,
};

enum err validate_body(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    enum err err = body_check(statement->body, fault);

    if (err != ERR_OK)
        return err;
    validate_complete(statement, state);
    return statement->is_derived || !possibles[statement->what]
                   ? ERR_OK
                   : possibles[statement->what](statement, state, fault);
}
