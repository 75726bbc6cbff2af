/*
 * derive_ticket: what the files that make print jobs share, and nobody else:
 * derive_ticket.c (what is printed of an order), derive_ticket_change.c (of one
 * that is printed already), derive_ticket_offer.c (who prints it) and
 * derive_ticket_late.c (what is too late).
 */
#ifndef HUB_DERIVE_TICKET_H
#define HUB_DERIVE_TICKET_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/derive_parts.h"
#include "hub/state.h"
#include "schemas/rooms.h"

#define TICKETS    (EVT_STATIONS + 1) /* an order is split into */
#define PAPERS     32  /* tickets of an order that are told apart */
#define CHANGES    100 /* on one slip */
#define DISH_NOTES 280 /* bytes of text that say how a dish is wanted */

/* A station's ticket at a printer. */
struct paper {
    char station[ID_CHARS + 1];
    char printer[ID_CHARS + 1]; /* "": none has it yet */
    bool is_out;                /* it is printed, or may be */
};

struct papers {
    struct paper list[PAPERS];
    size_t count;
};

/* The first offer of a job about this order, without its items and to no
 * printer; handed over. Its id is made of order, station and `mark`, which has
 * no dash. */
Dw__PrintRequested *derive_new_job(const Dw__Order *order, Dw__TicketKind kind,
        const char *station, const char *mark);

/* The station's part of the order as it is now, likewise. */
Dw__PrintRequested *derive_new_ticket(
        state_t *state, const Dw__Order *order, const char *station);

/* Copies the item. */
void derive_add_item(Dw__Order *ticket, const Dw__Item *item);

/* Where tickets of this order are, void slips apart. */
void derive_find_papers(
        struct papers *papers, state_t *state, const Dw__Order *order);

/* The station on whose ticket the item stands: printers come and go, what was
 * printed stays. */
const char *derive_ticket_of(
        const struct papers *papers, state_t *state, const Dw__Item *item);

/* Notes, and all else by which one dish is not like another of its name;
 * false: there is none, and the text is empty. */
bool derive_dish_notes(const Dw__Item *item, char text[DISH_NOTES + 1]);

/* Copies `text`, without the character that does not fit as a whole. */
void derive_cut(char *out, size_t size, const char *text);

/* Where to begin looking through the jobs for a device that comes up; NULL: it
 * is no printer. */
const struct shelf_entry *derive_first_job(state_t *state, evt_t *online);

/* What is to be done with a job when this printer comes up. */
enum plan {
    PLAN_KEEP,    /* nothing */
    PLAN_OFFER,   /* offer it (again) */
    PLAN_MOVE,    /* offer it there, as nobody else takes it */
    PLAN_RELEASE, /* tell it once more to print */
    PLAN_CLOSE,   /* nobody wants it any more */
    PLAN_FOLD,    /* make it a line of a summary */
};

enum plan derive_plan(state_t *state, const Dw__PrintJob *job, evt_t *online);

/* The summary of what is late for this printer, handed over; NULL: nothing
 * is. */
Dw__PrintRequested *derive_summary_of(state_t *state, evt_t *online);

/* PrintStep, filled in from the job, handed over. */
void derive_emit_step(enum evt_id what, const Dw__PrintJob *job,
        const char *reason, derive_emit *emit, void *context);

#endif
