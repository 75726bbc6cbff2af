#include "hub/derive.h"

#include <assert.h>

#include "hub/derive_parts.h"
#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/order.pb-c.h"

void *derive_new_body(enum evt_id what)
{
    ProtobufCMessage *body = body_new(evt_kinds[what].body);

    assert(body);
    return body;
}

const Dw__Order *derive_order(state_t *state, evt_t *evt)
{
    const char *id = about_order(evt->body);

    return id ? state_order(state, id) : NULL;
}

/* --- the table --- */

#define IS(status) DW__ORDER_STATUS__ORDER_STATUS_##status

const struct derive_row derive_rows[] = {
    /* What a back end says with the whole order. */
    { EVT_ORDER_UPDATED, GIVEN, 0, EVT_ORDER_ITEMS_ADDED, 0, derive_new_items },
    { EVT_ORDER_UPDATED, GIVEN, 0, EVT_ORDER_STATUS_CHANGED, 0,
            derive_new_status },

    /* A status that was raised is told in the word of its own, too. */
    { EVT_ORDER_STATUS_CHANGED, ANY, IS(CONFIRMED), EVT_ORDER_CONFIRMED, 0,
            derive_word },
    { EVT_ORDER_STATUS_CHANGED, ANY, IS(ACKNOWLEDGED), EVT_KITCHEN_ACKNOWLEDGED,
            0, derive_word },
    { EVT_ORDER_STATUS_CHANGED, ANY, IS(PREPARING), EVT_KITCHEN_PREPARING, 0,
            derive_word },
    { EVT_ORDER_STATUS_CHANGED, ANY, IS(READY), EVT_KITCHEN_READY, 0,
            derive_word },
    { EVT_ORDER_STATUS_CHANGED, ANY, IS(SERVED), EVT_ORDER_SERVED, 0,
            derive_word },
    { EVT_ORDER_STATUS_CHANGED, ANY, IS(COMPLETED), EVT_ORDER_COMPLETED, 0,
            derive_word },
    { EVT_ORDER_STATUS_CHANGED, ANY, IS(CANCELLED), EVT_ORDER_CANCELLED, 0,
            derive_word },
    { EVT_KITCHEN_CANCEL_ACCEPTED, ANY, 0, EVT_ORDER_CANCELLED, 0,
            derive_cancelled },

    /* And the other way round. */
    { EVT_ORDER_CONFIRMED, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0, derive_status },
    { EVT_KITCHEN_ACKNOWLEDGED, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0,
            derive_status },
    { EVT_KITCHEN_PREPARING, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0,
            derive_status },
    { EVT_KITCHEN_READY, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0, derive_status },
    { EVT_ORDER_SERVED, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0, derive_status },
    { EVT_ORDER_COMPLETED, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0, derive_status },
    { EVT_ORDER_CANCELLED, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0, derive_status },
    { EVT_TICKET_RECALLED, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0, derive_status },

    /* Which stations have something to do. */
    { EVT_ORDER_CREATED, ANY, 0, EVT_KITCHEN_STATION_ASSIGNED, 0,
            derive_stations },
    { EVT_ORDER_ITEMS_ADDED, ANY, 0, EVT_KITCHEN_STATION_ASSIGNED, 0,
            derive_stations },

    /* The whole order after each change of it. */
    { EVT_ORDER_STATUS_CHANGED, ANY, 0, EVT_ORDER_UPDATED, 0, derive_updated },
    { EVT_ORDER_ITEMS_ADDED, ANY, 0, EVT_ORDER_UPDATED, 0, derive_updated },
    { EVT_ORDER_ITEM_STATUS_CHANGED, ANY, 0, EVT_ORDER_UPDATED, 0,
            derive_updated },
    { EVT_ORDER_CANCEL_REQUESTED, ANY, 0, EVT_ORDER_UPDATED, 0,
            derive_updated },
    { EVT_KITCHEN_CANCEL_REJECTED, ANY, 0, EVT_ORDER_UPDATED, 0,
            derive_updated },
    { EVT_KITCHEN_PRIORITY_CHANGED, ANY, 0, EVT_ORDER_UPDATED, 0,
            derive_updated },
    { EVT_KITCHEN_STATION_ASSIGNED, GIVEN, 0, EVT_ORDER_UPDATED, 0,
            derive_updated },
    { EVT_COURSE_FIRED, ANY, 0, EVT_ORDER_UPDATED, 0, derive_updated },

    /* Paper: what is printed. */
    { EVT_ORDER_CREATED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_ticket },
    { EVT_ORDER_ITEMS_ADDED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_add_on },
    { EVT_ORDER_UPDATED, GIVEN, 0, EVT_PRINT_REQUESTED, 0, derive_change },
    { EVT_ORDER_ITEM_STATUS_CHANGED, ANY, 0, EVT_PRINT_REQUESTED, 0,
            derive_change },
    { EVT_ORDER_CANCELLED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_void },
    { EVT_ORDER_CANCELLED, ANY, 0, EVT_PRINT_EXPIRED, 0, derive_closed },
    { EVT_ORDER_COMPLETED, ANY, 0, EVT_PRINT_EXPIRED, 0, derive_closed },

    /* Who prints it: once a printer has it, it is told to; it goes to another
     * one, if nothing of it is out; a copy is asked for. */
    { EVT_PRINT_ACCEPTED, ANY, 0, EVT_PRINT_RELEASED, 0, derive_release },
    { EVT_PRINT_FAILED, ANY, 0, EVT_PRINT_REROUTED, 0, derive_reroute },
    { EVT_PRINT_FAILED, ANY, 0, EVT_PRINT_EXPIRED, 0, derive_closed_job },
    { EVT_PRINT_FAILED, ANY, 0, EVT_PRINT_REPRINTED, 0, derive_copy },
    { EVT_PRINT_UNCONFIRMED, ANY, 0, EVT_PRINT_REPRINTED, 0, derive_copy },
    { EVT_PRINT_REROUTED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_reoffer },
    { EVT_PRINT_REPRINTED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_reprint },
    { EVT_PRINT_EXPIRED, GIVEN, 0, EVT_PRINT_REQUESTED, 0, derive_anew },
    { EVT_PRINT_REQUESTED, ANY, 0, EVT_PRINT_EXPIRED, 0, derive_make_room },

    /* A printer comes up. */
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_PRINT_EXPIRED, 0, derive_expiries },
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_PRINT_RELEASED, 0, derive_releases },
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_offers },
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_PRINT_REROUTED, 0, derive_moves },

    /* Devices are told again what they may not know: whose a pager is before
     * it is paged, or it would let go of that page. */
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_DEVICE_CONFIGURED, 0, derive_configured },
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_DEVICE_ASSIGNED, 0, derive_assigned },

    /* People. */
    { EVT_KITCHEN_READY, ANY, 0, EVT_PAGE_SENT, 0, derive_page },
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_PAGE_SENT, 0, derive_pages },
    { EVT_PAGE_ACKED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_answered },
    { EVT_SERVICE_CALL_CREATED, GIVEN, 0, EVT_ALERT_CREATED, 0, derive_alert },
    { EVT_ALERT_CREATED, GIVEN, 0, EVT_SERVICE_CALL_CREATED, 0, derive_call },
    { EVT_SERVICE_CALL_HANDLED, GIVEN, 0, EVT_ALERT_ACKNOWLEDGED, 0,
            derive_acknowledged },
    { EVT_ALERT_UPDATED, GIVEN, 0, EVT_ALERT_ACKNOWLEDGED, 0,
            derive_acknowledged_too },
    { EVT_ALERT_ACKNOWLEDGED, ANY, 0, EVT_SERVICE_CALL_HANDLED, 0,
            derive_handled },
    { EVT_ALERT_ACKNOWLEDGED, GIVEN, 0, EVT_ALERT_UPDATED, 0,
            derive_alerts_closed },

    /* Whatever takes the food away takes its pages with it. */
    { EVT_ORDER_STATUS_CHANGED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_cleared },
    { EVT_ORDER_SERVED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_cleared },
    { EVT_ORDER_COMPLETED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_cleared },
    { EVT_ORDER_CANCELLED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_cleared },
    { EVT_KITCHEN_COMPLETED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_cleared },
    { EVT_TICKET_RECALLED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_cleared },

    /* The whole table after each step of its sitting. Reset, nothing is open
     * there any more. */
    { EVT_TABLE_ACTIVATED, ANY, 0, EVT_TABLE_UPDATED, 0, derive_table },
    { EVT_TABLE_CHECKOUT_STARTED, ANY, 0, EVT_TABLE_UPDATED, 0, derive_table },
    { EVT_TABLE_CHECKOUT_COMPLETED, ANY, 0, EVT_TABLE_UPDATED, 0,
            derive_table },
    { EVT_TABLE_FORCE_RESET, ANY, 0, EVT_TABLE_UPDATED, 0, derive_table },
    { EVT_TABLE_FORCE_RESET, ANY, 0, EVT_SERVICE_CALL_HANDLED, 0,
            derive_calls_ended },
    { EVT_TABLE_FORCE_RESET, ANY, 0, EVT_ALERT_ACKNOWLEDGED, 0,
            derive_alerts_ended },
    { EVT_TABLE_FORCE_RESET, ANY, 0, EVT_PAGE_CLEARED, 0, derive_pages_ended },
    { EVT_TABLE_MOVED, ANY, 0, EVT_TABLE_UPDATED, 0, derive_both_tables },
    { EVT_TABLE_MOVED, ANY, 0, EVT_ORDER_UPDATED, 0, derive_orders_there },
    { EVT_TABLE_MERGED, ANY, 0, EVT_TABLE_UPDATED, 0, derive_both_tables },
    { EVT_TABLE_MERGED, ANY, 0, EVT_ORDER_UPDATED, 0, derive_orders_there },

    /* A pager that was handed out is free once what it was for is over, and
     * lets go of its pages. */
    { EVT_ORDER_COMPLETED, ANY, 0, EVT_DEVICE_ASSIGNED, 0, derive_returned },
    { EVT_ORDER_CANCELLED, ANY, 0, EVT_DEVICE_ASSIGNED, 0, derive_returned },
    { EVT_TABLE_CHECKOUT_COMPLETED, ANY, 0, EVT_DEVICE_ASSIGNED, 0,
            derive_returned_at },
    { EVT_TABLE_FORCE_RESET, ANY, 0, EVT_DEVICE_ASSIGNED, 0,
            derive_returned_at },
    { EVT_TABLE_MOVED, ANY, 0, EVT_DEVICE_ASSIGNED, 0, derive_moved },
    { EVT_TABLE_MERGED, ANY, 0, EVT_DEVICE_ASSIGNED, 0, derive_moved },
    { EVT_DEVICE_ASSIGNED, ANY, 0, EVT_PAGE_CLEARED, 0, derive_cleared },

    /* The menu. */
    { EVT_MENU_UPDATED, GIVEN, 0, EVT_ITEM_AVAILABILITY_CHANGED, 0,
            derive_availability },

    /* Optional. */
    { EVT_ORDER_CREATED, ANY, 0, EVT_ALERT_CREATED, 0, derive_order_alert },

    /* Figures, once the kitchen has calmed down for a moment. */
    { EVT_ORDER_CREATED, ANY, 0, EVT_KITCHEN_STATS, 500, derive_stats },
    { EVT_ORDER_STATUS_CHANGED, ANY, 0, EVT_KITCHEN_STATS, 500, derive_stats },
    { EVT_KITCHEN_COMPLETED, ANY, 0, EVT_KITCHEN_STATS, 500, derive_stats },
    { EVT_ORDER_CREATED, ANY, 0, EVT_ORDER_SUMMARY_UPDATED, 500,
            derive_summary },
    { EVT_ORDER_UPDATED, ANY, 0, EVT_ORDER_SUMMARY_UPDATED, 500,
            derive_summary },
    { EVT_KITCHEN_COMPLETED, ANY, 0, EVT_ORDER_SUMMARY_UPDATED, 500,
            derive_summary },
};

const uint32_t derive_row_count = sizeof(derive_rows) / sizeof(derive_rows[0]);

bool derive_applies(const struct derive_row *row, const struct evt *evt)
{
    enum evt_origin origin = ulid_is_none(&evt->cause) ? GIVEN : DERIVED;

    if (row->when != evt->what || !(row->of & origin))
        return false;
    return row->status == DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED ||
           ((const Dw__OrderStatusChanged *)(const void *)evt->body)->status ==
                   row->status;
}
