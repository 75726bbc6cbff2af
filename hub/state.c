#include "hub/state.h"

#include "hub/evt/body.h"

#define CLOSED_ORDERS 1000
#define SHELF_MAX     1000
#define EMPTY_ROOMS   64
#define MENU_MAX      2000
#define JOBS_ROOM     1000 /* see STATE_JOBS_MAX */

/* What each event does to the picture; absent: nothing. */
static void (*const applies[EVT_COUNT])(
        struct state *state, const struct evt *evt) = {
    [EVT_ORDER_CREATED] = state_order_created,
    [EVT_ORDER_UPDATED] = state_order_updated,
    [EVT_ORDER_STATUS_CHANGED] = state_order_status,
    [EVT_ORDER_CONFIRMED] = state_order_step,
    [EVT_ORDER_ITEMS_ADDED] = state_order_items,
    [EVT_ORDER_CANCEL_REQUESTED] = state_order_cancel,
    [EVT_ORDER_CANCELLED] = state_order_step,
    [EVT_ORDER_SERVED] = state_order_step,
    [EVT_ORDER_COMPLETED] = state_order_step,
    [EVT_KITCHEN_ACKNOWLEDGED] = state_order_step,
    [EVT_KITCHEN_PREPARING] = state_order_step,
    [EVT_KITCHEN_READY] = state_order_step,
    [EVT_KITCHEN_COMPLETED] = state_order_kitchen_completed,
    [EVT_KITCHEN_CANCEL_ACCEPTED] = state_order_cancel,
    [EVT_KITCHEN_CANCEL_REJECTED] = state_order_cancel,
    [EVT_ORDER_ITEM_STATUS_CHANGED] = state_order_item_status,
    [EVT_KITCHEN_PRIORITY_CHANGED] = state_order_priority,
    [EVT_KITCHEN_STATION_ASSIGNED] = state_order_station,
    [EVT_TICKET_RECALLED] = state_order_recalled,
    [EVT_COURSE_FIRED] = state_order_course,
    [EVT_TABLE_UPDATED] = state_table_updated,
    [EVT_TABLE_LAYOUT_UPDATED] = state_layout_updated,
    [EVT_TABLE_ACTIVATED] = state_table_step,
    [EVT_TABLE_CHECKOUT_STARTED] = state_table_step,
    [EVT_TABLE_CHECKOUT_COMPLETED] = state_table_step,
    [EVT_TABLE_FORCE_RESET] = state_table_step,
    [EVT_TABLE_MOVED] = state_table_moved,
    [EVT_TABLE_MERGED] = state_table_moved,
    [EVT_ALERT_CREATED] = state_alert_created,
    [EVT_ALERT_UPDATED] = state_alert_updated,
    [EVT_ALERT_ACKNOWLEDGED] = state_alert_acknowledged,
    [EVT_SERVICE_CALL_CREATED] = state_call_created,
    [EVT_SERVICE_CALL_HANDLED] = state_call_handled,
    [EVT_MENU_CREATED] = state_menu_changed,
    [EVT_MENU_UPDATED] = state_menu_changed,
    [EVT_MENU_DELETED] = state_menu_deleted,
    [EVT_ITEM_AVAILABILITY_CHANGED] = state_item_available,
    [EVT_USER_CREATED] = state_user_created,
    [EVT_USER_DELETED] = state_user_deleted,
    [EVT_MESSAGE_CREATED] = state_message_written,
    [EVT_MESSAGE_UPDATED] = state_message_written,
    [EVT_MESSAGE_PINNED] = state_message_written,
    [EVT_MESSAGE_DELETED] = state_message_deleted,
    [EVT_MESSAGE_ALL_DELETED] = state_messages_deleted,
    [EVT_PRINT_REQUESTED] = state_print_requested,
    [EVT_PRINT_ACCEPTED] = state_print_accepted,
    [EVT_PRINT_RELEASED] = state_print_released,
    [EVT_PRINT_PRINTED] = state_print_printed,
    [EVT_PRINT_FAILED] = state_print_failed,
    [EVT_PRINT_UNCONFIRMED] = state_print_unconfirmed,
    [EVT_PRINT_EXPIRED] = state_print_expired,
    [EVT_PRINT_REROUTED] = state_print_rerouted,
    [EVT_PRINT_REPRINTED] = state_print_reprinted,
    [EVT_PAGE_SENT] = state_page_sent,
    [EVT_PAGE_ACKED] = state_page_acked,
    [EVT_PAGE_CLEARED] = state_page_closed,
    [EVT_DEVICE_ONLINE] = state_device_online,
    [EVT_DEVICE_OFFLINE] = state_device_offline,
    [EVT_DEVICE_TELEMETRY] = state_device_telemetry,
    [EVT_DEVICE_ASSIGNED] = state_device_assigned,
    [EVT_DEVICE_CONFIGURED] = state_device_configured,
    [EVT_ESCALATION_RAISED] = state_escalation_said,
    [EVT_ESCALATION_STEPPED] = state_escalation_said,
    [EVT_ESCALATION_RESOLVED] = state_escalation_over,
    [EVT_ROOM_EMPTY] = state_room_empty,
    [EVT_ROOM_COVERED] = state_room_covered,
    [EVT_TOKEN_REVOKED] = state_token_revoked,
    [EVT_SESSION_ENDED] = state_session_ended,
    [EVT_DEVICE_PROVISIONED] = state_device_provisioned,
    [EVT_DEVICE_RETIRED] = state_device_retired,
};

void state_init(struct state *state)
{
    *state = (struct state){ 0 };
    shelf_init(&state->orders, UINT32_MAX);
    shelf_init(&state->closed, CLOSED_ORDERS);
    shelf_init(&state->tables, SHELF_MAX);
    shelf_init(&state->calls, SHELF_MAX);
    shelf_init(&state->alerts, SHELF_MAX);
    shelf_init(&state->jobs, STATE_JOBS_MAX + JOBS_ROOM);
    shelf_init(&state->pages, SHELF_MAX);
    shelf_init(&state->devices, SHELF_MAX);
    shelf_init(&state->menu, MENU_MAX);
    shelf_init(&state->messages, SHELF_MAX);
    shelf_init(&state->accounts, SHELF_MAX);
    shelf_init(&state->escalations, SHELF_MAX);
    shelf_init(&state->empty_rooms, EMPTY_ROOMS);
    shelf_init(&state->cleared, SHELF_MAX);
    state_doors_init(&state->doors);
    shelf_init(&state->ledger, UINT32_MAX); /* orders are limited */
}

/* What is of no use after the event that it was kept for. */
static void forget_last(struct state *state)
{
    shelf_finish(&state->cleared);
    if (state->before)
        body_free(&state->before->base);
    if (state->reprinted)
        body_free(&state->reprinted->base);
    state->before = NULL;
    state->reprinted = NULL;
}

void state_finish(struct state *state)
{
    forget_last(state);
    shelf_finish(&state->orders);
    shelf_finish(&state->closed);
    shelf_finish(&state->tables);
    shelf_finish(&state->calls);
    shelf_finish(&state->alerts);
    shelf_finish(&state->jobs);
    shelf_finish(&state->pages);
    shelf_finish(&state->devices);
    shelf_finish(&state->menu);
    shelf_finish(&state->messages);
    shelf_finish(&state->accounts);
    shelf_finish(&state->escalations);
    shelf_finish(&state->empty_rooms);
    state_doors_finish(&state->doors);
    shelf_finish(&state->ledger);
    state->delivery_count = 0;
    if (state->layout)
        body_free(&state->layout->base);
    state->layout = NULL;
}

void state_apply(struct state *state, const struct evt *evt)
{
    forget_last(state);
    if (applies[evt->what])
        applies[evt->what](state, evt);
    state_order_ticket(state, evt);
    state_delivery_said(state, evt);
}
