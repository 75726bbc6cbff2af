/*
 * state: the picture of the restaurant, as the events make it.
 *
 * state_apply is the only thing that changes it and cannot fail, so that
 * reading the journal again gives the same picture. validate, derive and
 * route read it and change nothing. What each event does stands in one table
 * in state.c; one file a subject does it.
 */
#ifndef HUB_STATE_H
#define HUB_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/evt/evt.h"
#include "hub/evt/shelf.h"
#include "schemas/doors.pb-c.h"
#include "schemas/picture.pb-c.h"

#define ORDER_STATUSES 9 /* UNSPECIFIED to CANCELLED */

/* The type of alert that stands for a service call, and it for the alert. */
#define ALERT_OF_CALL "llamar_mozo"

/* As many revocations are kept; one is of no use any more when whatever it was
 * about has expired by itself. */
#define REVOCATIONS_MAX     4096
#define REVOCATIONS_LAST_MS (400ll * 24 * 60 * 60 * 1000)

/* What there is to remember for refusing. */
struct doors {
    struct shelf tokens;     /* Dw__TokenRevoked by token id */
    struct shelf subjects;   /* Dw__TokenRevoked by subject */
    struct shelf sittings;   /* Dw__Sitting by table: the last one over */
    struct shelf sessions;   /* Dw__Ended by session key */
    struct shelf orders;     /* Dw__Ended by order: of sittings that are over */
    struct shelf enrolments; /* Dw__Enrolment by device or producer */
};

struct state {
    struct shelf orders;     /* Dw__Order: open */
    struct shelf closed;     /* Dw__Order: the last ones completed, cancelled */
    struct shelf tables;     /* Dw__Table */
    struct shelf calls;      /* Dw__ServiceCall: open */
    struct shelf alerts;     /* Dw__Alert: not acknowledged */
    struct shelf jobs;       /* Dw__PrintJob: not printed */
    struct shelf pages;      /* Dw__Page: not acknowledged */
    struct shelf devices;    /* Dw__Device */
    struct shelf menu;       /* Dw__MenuItem */
    struct shelf messages;   /* Dw__Message */
    struct shelf accounts;   /* Dw__User */
    struct shelf cleared;    /* Dw__Page: what the last event has cleared; not
                                part of the picture */
    struct doors doors;      /* part of the journal's snapshot alone */
    struct shelf ledger;     /* Dw__OrderDeliveries by order; the same */
    uint32_t delivery_count; /* of all orders */
    Dw__Layout *layout;      /* or NULL */
    uint32_t tables_version; /* counts up with each change of a table or of the
                                layout */
    int64_t tables_updated_at_ms;       /* when it last did */
    uint32_t by_status[ORDER_STATUSES]; /* open orders */
    uint32_t orders_version;      /* counts up with each change of an order */
    int64_t orders_updated_at_ms; /* when it last did */
    struct {
        char id[ID_CHARS + 1];
        Dw__OrderStatus status;
    } was; /* before the last event about a status: which order, what */
    bool alerts_new_orders; /* an option: an alert follows from each */
};

/* Open orders are not limited here: validate refuses more. */
void state_init(struct state *state);
void state_finish(struct state *state);

/* Change the picture as the event says. */
void state_apply(struct state *state, const struct evt *evt);

/* Open, or closed not long ago; NULL: unknown. */
const Dw__Order *state_order(const struct state *state, const char *id);
bool state_order_is_open(const Dw__Order *order);

/*
 * The order state machine: what the event makes of an order, or UNSPECIFIED
 * when it may not happen to an order in this status. For order.status_changed
 * see state_order_may_become.
 */
Dw__OrderStatus state_order_next(Dw__OrderStatus status, enum evt_id what);

/* The lattice: a status is only ever raised; cancelled until completed. */
bool state_order_may_become(Dw__OrderStatus from, Dw__OrderStatus to);

/* The status before the event that was applied last, if it was about the
 * order's status; else its status. */
Dw__OrderStatus state_order_was(
        const struct state *state, const Dw__Order *order);

/* The order's item of this id, or NULL. */
Dw__Item *state_order_item(const Dw__Order *order, const char *id);

/* The status as it stands in JSON: "preparing". */
const char *state_order_status_name(Dw__OrderStatus status);

/* The table of this number, or NULL. */
const Dw__Table *state_table_numbered(
        const struct state *state, uint32_t number);

/* What is known of the table with all that was said put over it, handed over:
 * body_free. */
Dw__Table *state_table_with(const struct state *state, const Dw__Table *said);

/* How often tables have changed, when they last did, and sums over them. */
void state_tables_metadata(const struct state *state,
        Dw__TablesMetadata *metadata, Dw__CoverTotals *totals);

/* Is a dish to be had? One that nobody has spoken of is. */
bool state_is_available(const struct state *state, const char *item_id);

/* The open call of this table for this reason (NULL: none given), or NULL. */
const Dw__ServiceCall *state_open_call(
        const struct state *state, const char *table, const char *reason);

/* The oldest open call of this table, or NULL. */
const Dw__ServiceCall *state_any_call(
        const struct state *state, const char *table);

/* The open alert about this call, or NULL. */
const Dw__Alert *state_alert_of_call(
        const struct state *state, const char *call_id);

/* The printer to use for a station: online before offline; NULL: none. */
const Dw__Device *state_printer(const struct state *state, const char *station);

/* Print jobs neither printed nor failed. */
uint32_t state_jobs_waiting(const struct state *state);

void state_stats(const struct state *state, Dw__KitchenStats *stats);

/* Open orders and those closed not long ago; handed over (body_free). Looks
 * at each of them: not for every event. */
Dw__OrdersSummary *state_summary(const struct state *state);

/* How often orders have changed, and when they last did. */
void state_orders_metadata(const struct state *state, Dw__Metadata *metadata);

/* Do they hear of a table as those who sit there, and by no other right? */
bool state_are_guests(uint32_t mask);

/* Who was to get what about the order, and what has become of it; NULL: nobody
 * yet. It goes with the order. */
const Dw__OrderDeliveries *state_deliveries(
        const struct state *state, const char *order_id);

/* Is its token, or are all of its subject's, worth nothing any more? */
bool state_is_revoked(
        const struct state *state, const struct principal *principal);

/* Is there room for what the event would have to remember at this moment? */
bool state_can_revoke(const struct state *state,
        const Dw__TokenRevoked *revoked, int64_t now_ms);

/* Is the sitting that it is a guest of over? Then *seq is the event that has
 * ended it. */
bool state_is_over(const struct state *state, const struct principal *principal,
        uint64_t *seq);

/* The last sitting of the table that is over, or NULL: none is known. */
const Dw__Sitting *state_sitting(const struct state *state, const char *table);

/* Of a sitting that is over, the order of this id; else NULL. */
const Dw__Ended *state_order_ended(const struct state *state, const char *id);

/*
 * What listeners of these rooms and roles may see: the lists whose events they
 * would hear, redacted for their view; handed over (body_free). Of the lists
 * only those named in `lists`, as in picture.proto, NULL at the end; a NULL
 * `lists` is all. NULL: out of memory.
 */
Dw__Picture *state_picture(const struct state *state, uint32_t mask,
        const struct room *rooms, uint32_t count, const char *const *lists);

/* All of it, as bytes and back, for the journal's snapshot. */
void state_pack(const struct state *state, struct buf *out);
enum err state_unpack(struct state *state, const void *data, size_t len);

/* --- for state_*.c only: what state.c's table calls --- */

void state_order_ticket(struct state *state, const struct evt *evt);
void state_order_created(struct state *state, const struct evt *evt);
void state_order_updated(struct state *state, const struct evt *evt);
void state_order_status(struct state *state, const struct evt *evt);
void state_order_step(struct state *state, const struct evt *evt);
void state_order_items(struct state *state, const struct evt *evt);
void state_order_cancel(struct state *state, const struct evt *evt);
void state_order_recalled(struct state *state, const struct evt *evt);
void state_order_kitchen_completed(struct state *state, const struct evt *evt);
void state_order_item_status(struct state *state, const struct evt *evt);
void state_order_priority(struct state *state, const struct evt *evt);
void state_order_station(struct state *state, const struct evt *evt);
void state_order_course(struct state *state, const struct evt *evt);
void state_table_updated(struct state *state, const struct evt *evt);
void state_table_step(struct state *state, const struct evt *evt);
void state_table_moved(struct state *state, const struct evt *evt);
void state_layout_updated(struct state *state, const struct evt *evt);
void state_call_created(struct state *state, const struct evt *evt);
void state_call_handled(struct state *state, const struct evt *evt);
void state_alert_created(struct state *state, const struct evt *evt);
void state_alert_updated(struct state *state, const struct evt *evt);
void state_alert_acknowledged(struct state *state, const struct evt *evt);
void state_print_requested(struct state *state, const struct evt *evt);
void state_print_done(struct state *state, const struct evt *evt);
void state_print_failed(struct state *state, const struct evt *evt);
void state_print_rerouted(struct state *state, const struct evt *evt);
void state_page_sent(struct state *state, const struct evt *evt);
void state_page_closed(struct state *state, const struct evt *evt);
void state_menu_changed(struct state *state, const struct evt *evt);
void state_menu_deleted(struct state *state, const struct evt *evt);
void state_item_available(struct state *state, const struct evt *evt);
void state_message_written(struct state *state, const struct evt *evt);
void state_message_deleted(struct state *state, const struct evt *evt);
void state_messages_deleted(struct state *state, const struct evt *evt);
void state_user_created(struct state *state, const struct evt *evt);
void state_user_deleted(struct state *state, const struct evt *evt);
void state_device_online(struct state *state, const struct evt *evt);
void state_device_offline(struct state *state, const struct evt *evt);

void state_token_revoked(struct state *state, const struct evt *evt);
void state_session_ended(struct state *state, const struct evt *evt);
void state_device_provisioned(struct state *state, const struct evt *evt);
void state_device_retired(struct state *state, const struct evt *evt);

/* Whoever sits at the table sits there no longer. Is it over for those, too,
 * who are known by the key of their sitting? */
void state_end_sitting(struct state *state, const char *table, bool is_over,
        const struct evt *evt);

void state_doors_init(struct doors *doors);
void state_doors_finish(struct doors *doors);

/* A message that borrows what `doors` has; free its lists with the other. */
void state_doors_list(const struct doors *doors, Dw__Doors *listed);
void state_doors_unlist(Dw__Doors *listed);

/* Copies all that is in `listed`, or nothing if it is NULL. */
void state_doors_restore(struct doors *doors, const Dw__Doors *listed);

/* What the event says of something on its way to somebody; most say nothing of
 * it. */
void state_delivery_said(struct state *state, const struct evt *evt);

/* The picture is about to forget the order. */
void state_delivery_order_gone(struct state *state, const char *order_id);

/* A message that borrows what the ledger has; free its list with the other. */
void state_ledger_list(const struct state *state, Dw__Ledger *listed);
void state_ledger_unlist(Dw__Ledger *listed);

/* Copies all that is in `listed`, or nothing if it is NULL. */
void state_ledger_restore(struct state *state, const Dw__Ledger *listed);

/* The order, one in the picture, has been changed by the event. */
void state_touch_order(
        struct state *state, Dw__Order *order, const struct evt *evt);

/* The order is over: forget its pages, and its jobs but for a void slip. */
void state_delivery_order_closed(struct state *state, const char *order_id);

/* The food has left the kitchen, or is back in it: the order's pages are
 * cleared. */
void state_pages_cleared(struct state *state, const char *order_id);

#endif
