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

/* Where items without a printer of their own station go: no item goes nowhere.
 */
#define STATE_CATCH_ALL "kitchen"

/* Reasons that a job has of the hub itself. */
#define STATE_NO_PRINTER "no_printer" /* nobody has taken it */
#define STATE_NO_ANSWER  "no answer"  /* somebody has, and says nothing */
#define STATE_IN_SUMMARY "in summary" /* it is a line of a summary */

/* Of what may have been forgotten. */
enum known { KNOWN_NOT, KNOWN_NO, KNOWN_YES };

/* Its printer says that it is out, but was not told to print it: by this id it
 * has printed something else, or nobody knows what. */
#define STATE_ID_USED        "id used before"
#define STATE_PRINTED_BEFORE "printed before"

/* Print jobs that are neither printed nor given up. The shelf has room for
 * those of some more turns, in which the oldest are said to have expired. */
#define STATE_JOBS_MAX 20000

/* As many revocations are kept; one is of no use any more when whatever it was
 * about has expired by itself. */
#define REVOCATIONS_MAX     4096
#define REVOCATIONS_LAST_MS (400ll * 24 * 60 * 60 * 1000)

/* What there is to remember for refusing. */
struct doors {
    struct shelf tokens;     /* Dw__TokenRevoked by token id */
    struct shelf subjects;   /* Dw__TokenRevoked by subject */
    struct shelf sittings;   /* Dw__Sitting by table */
    struct shelf sessions;   /* Dw__Ended by session key */
    struct shelf orders;     /* Dw__Ended by order: of sittings that are over */
    struct shelf calls;      /* the same, by call */
    struct shelf alerts;     /* the same, by alert */
    struct shelf past;       /* Dw__Ended by order: closed when its table was
                                activated again */
    struct shelf enrolments; /* Dw__Enrolment by device or producer */
};

struct state {
    struct shelf orders;   /* Dw__Order: open */
    struct shelf closed;   /* Dw__Order: the last ones completed, cancelled */
    struct shelf tables;   /* Dw__Table */
    struct shelf calls;    /* Dw__ServiceCall: open */
    struct shelf alerts;   /* Dw__Alert: not acknowledged */
    struct shelf jobs;     /* Dw__PrintJob: not printed, nor given up */
    struct shelf pages;    /* Dw__Page: not acknowledged */
    struct shelf devices;  /* Dw__Device */
    struct shelf menu;     /* Dw__MenuItem */
    struct shelf messages; /* Dw__Message */
    struct shelf accounts; /* Dw__User */
    struct shelf escalations; /* Dw__Escalation: open */
    struct shelf empty_rooms; /* Dw__RoomStep by room */
    struct shelf cleared;     /* Dw__Page: what the last event has cleared; not
                                 part of the picture */
    Dw__Order *before;        /* the order whose items the last event has
                                 changed, as it was, or NULL; not part of it */
    Dw__PrintJob *reprinted;  /* the job in whose place the last event has put a
                                 copy or one of another id, or NULL; the same */
    struct doors doors;       /* part of the journal's snapshot alone */
    struct shelf ledger;      /* Dw__OrderDeliveries by order; the same */
    uint32_t delivery_count;  /* of all orders */
    Dw__Layout *layout;       /* or NULL */
    uint32_t tables_version;  /* counts up with each change of a table or of the
                                 layout */
    int64_t tables_updated_at_ms;       /* when it last did */
    uint32_t by_status[ORDER_STATUSES]; /* open orders */
    uint32_t orders_version;      /* counts up with each change of an order */
    int64_t orders_updated_at_ms; /* when it last did */
    struct {
        char id[ID_CHARS + 1];
        Dw__OrderStatus status;
    } was; /* before the last event about a status: which order, what */
    uint64_t jobs_version;  /* counts up with each change of a job; not part of
                               the picture */
    bool alerts_new_orders; /* an option: an alert follows from each */
    bool print_copies;      /* an option: what may be on paper is printed again,
                               by another printer, without being asked */
    int64_t print_stale_ms; /* an option: a ticket that has waited for longer
                               is a line of a summary */
    int32_t utc_offset_min; /* an option: of the restaurant's clock */
    bool lacks_records;     /* the journal has lost its end: what has happened
                               may not be known here; not part of the picture */
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

/* Is any printer known? */
bool state_has_printers(const struct state *state);

/* Where a job goes that its printer does not take: another one online of its
 * station, then of STATE_CATCH_ALL; none that had it; NULL: there is none. */
const Dw__Device *state_next_printer(
        const struct state *state, const Dw__PrintJob *job);

/* Did it have the job, before the one that has it now? */
bool state_job_was_at(const Dw__PrintJob *job, const char *printer);

/* Is it about this order, and about no other one? */
bool state_job_is_of(const Dw__PrintJob *job, const char *order_id);

/* Is there still something to do for what is on it? */
bool state_job_is_wanted(const struct state *state, const Dw__PrintJob *job);

/* Nothing of it is on paper, and no printer was told to print it. */
bool state_job_waits(const Dw__PrintJob *job);

/* May it be offered to the same printer again? */
bool state_job_may_be_retried(const Dw__PrintJob *job);

/* May this printer, which has stored this offer of it, be told to print? */
bool state_job_takes(
        const Dw__PrintJob *job, const char *printer, uint32_t attempt);

/* A printer was told to print it. */
bool state_job_may_be_on_paper(const Dw__PrintJob *job);

/* Was any printer told to print it, whichever offer that was? */
enum known state_job_was_released(
        const struct state *state, const Dw__PrintJob *job);

/* The job's id without that of the copy which it is: so many characters of it.
 */
size_t state_job_base(const char *job_id);

/* The station that stands in the id of an order's ticket; false: there is none,
 * or it is a void slip. */
bool state_job_station(
        const char *job_id, const char *order_id, char station[ID_CHARS + 1]);

/* A ticket that has come out, as the ledger has it; borrowed. */
struct printed {
    const char *order_id;
    const char *printer;
    char station[ID_CHARS + 1];
};

/* False: nobody has said that a ticket of this id came out, or it is too long
 * ago. Void slips are none. */
bool state_find_printed(
        const struct state *state, const char *job_id, struct printed *printed);

/* Is the pager handed out at all? One that came back has an `assigned` that
 * says so, because it may not have heard. */
bool state_is_handed_out(const Dw__Device *device);

/* Was the pager handed out for this order (NULL: none), or for this table
 * (the same), and for no order? */
bool state_is_assigned(const Dw__Device *device, const char *order_id,
        const Dw__TableRef *table);

/* Is it a pager that rings for this page: its own, or its table's? */
bool state_page_is_for(const Dw__PageSent *sent, const Dw__Device *device);

/* The page for this device that was made last, or NULL. */
const Dw__Page *state_newest_page(
        const struct state *state, const Dw__Device *device);

/* The order's page that is for its table, and so for the waiters, or NULL. */
const Dw__Page *state_page_of_table(
        const struct state *state, const char *order_id);

/* Through the jobs of an order, summaries apart, while none changes. The ledger
 * knows them: only where that had to leave something out are all jobs looked
 * at. */
struct job_walk {
    const struct state *state;
    const Dw__OrderDeliveries *of; /* or NULL: all are looked at */
    size_t at;
    const char *order_id; /* borrowed */
    const struct shelf_entry *entry;
};

struct job_walk state_walk_jobs(
        const struct state *state, const char *order_id);
const Dw__PrintJob *state_next_job(struct job_walk *walk); /* NULL: the end */

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

/* Was this word ever said of what was to be delivered under this id? KNOWN_NOT:
 * the ledger had to leave something out, or has nothing of it. */
enum known state_delivery_was(const struct state *state, const char *order_id,
        const char *id, Dw__Progress progress);

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

/* What is known of the table's sittings, or NULL: nothing. */
const Dw__Sitting *state_sitting(const struct state *state, const char *table);

/* Of a sitting that is over, the order of this id; else NULL. */
const Dw__Ended *state_order_ended(const struct state *state, const char *id);

/* Were they there before the guests who sit at the table now? An order that is
 * still open when its table is activated is theirs. */
bool state_is_past_order(const struct state *state, const char *id);
bool state_is_past_call(const struct state *state, const char *id);
bool state_is_past_alert(const struct state *state, const char *id);

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
void state_print_expired(struct state *state, const struct evt *evt);
void state_print_failed(struct state *state, const struct evt *evt);
void state_print_rerouted(struct state *state, const struct evt *evt);
void state_print_accepted(struct state *state, const struct evt *evt);
void state_print_released(struct state *state, const struct evt *evt);
void state_print_printed(struct state *state, const struct evt *evt);
void state_print_unconfirmed(struct state *state, const struct evt *evt);
void state_print_reprinted(struct state *state, const struct evt *evt);
void state_page_sent(struct state *state, const struct evt *evt);
void state_page_acked(struct state *state, const struct evt *evt);
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
void state_device_telemetry(struct state *state, const struct evt *evt);
void state_device_assigned(struct state *state, const struct evt *evt);
void state_device_configured(struct state *state, const struct evt *evt);
void state_escalation_said(struct state *state, const struct evt *evt);
void state_escalation_over(struct state *state, const struct evt *evt);
void state_room_empty(struct state *state, const struct evt *evt);
void state_room_covered(struct state *state, const struct evt *evt);

void state_token_revoked(struct state *state, const struct evt *evt);
void state_session_ended(struct state *state, const struct evt *evt);
void state_device_provisioned(struct state *state, const struct evt *evt);
void state_device_retired(struct state *state, const struct evt *evt);

/* Guests sit down. What happened before this event is not theirs. */
void state_begin_sitting(
        struct state *state, const char *table, const struct evt *evt);

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

/* A page is over: until the next event `cleared` has it. */
void state_page_cleared(struct state *state, const char *page_id);

/* The food has left the kitchen, or is back in it: the order's pages are
 * cleared. */
void state_pages_cleared(struct state *state, const char *order_id);

#endif
