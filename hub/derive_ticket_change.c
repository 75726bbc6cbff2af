/* Paper: what has changed of an order that is printed already, or is void. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/derive_ticket.h"
#include "hub/evt/body.h"

/* Gone, or not to be cooked any more. */
static bool is_off(const Dw__Item *item)
{
    return !item || item->status == DW__ITEM_STATUS__ITEM_STATUS_CANCELLED;
}

/* --- taken back --- */

/* What is on paper still as the slip says that it was. */
static void add_what_was(Dw__Order *ticket, const Dw__Slip *slip)
{
    for (size_t i = 0; slip && i < slip->n_changes; i++) {
        const Dw__ItemChange *change = slip->changes[i];
        Dw__Item item = DW__ITEM__INIT;

        item.name = change->name;
        item.quantity = change->was_quantity;
        item.has_quantity = 1;
        item.notes = change->was_notes;
        if (change->has_was_quantity && ticket->n_items < CHANGES)
            derive_add_item(ticket, &item);
    }
}

/* A change that has not come out is void as well, and what it takes back is
 * not: the void slip does that. */
static void add_unchanged(
        state_t *state, Dw__PrintRequested *slip, const char *order_id)
{
    struct job_walk walk = state_walk_jobs(state, order_id);
    const Dw__PrintJob *job;

    while ((job = state_next_job(&walk)))
        if (job->request->kind == DW__TICKET_KIND__TICKET_KIND_CHANGE &&
                strcmp(job->request->station, slip->station) == 0)
            add_what_was(slip->order, job->request->slip);
}

static void emit_void(state_t *state, const Dw__Order *order,
        const struct papers *papers, size_t i, derive_emit *emit, void *context)
{
    const struct paper *paper = &papers->list[i];
    Dw__PrintRequested *job;
    char mark[24] = "void";

    if (i > 0)
        snprintf(mark, sizeof(mark), "void%u", (unsigned)i);
    job = derive_new_job(
            order, DW__TICKET_KIND__TICKET_KIND_VOID, paper->station, mark);
    for (size_t n = 0; n < order->n_items; n++)
        if (!is_off(order->items[n]) &&
                strcmp(derive_ticket_of(papers, state, order->items[n]),
                        paper->station) == 0)
            derive_add_item(job->order, order->items[n]);
    add_unchanged(state, job, order->id);
    if (paper->printer[0])
        body_set_string(&job->printer, paper->printer);
    if (job->order->n_items > 0)
        emit(context, EVT_PRINT_REQUESTED, &job->base);
    else
        body_free(&job->base);
}

/* To each printer that has printed something of it, or may have. */
void derive_void(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);
    struct papers papers;

    (void)row;
    if (!order)
        return;
    derive_find_papers(&papers, state, order);
    for (size_t i = 0; i < papers.count; i++)
        if (papers.list[i].is_out)
            emit_void(state, order, &papers, i, emit, context);
}

/* --- changed --- */

struct changing {
    state_t *state;
    const Dw__Order *order;
    struct papers papers;
    Dw__PrintRequested *jobs[TICKETS];
    size_t count;
};

/* The printer that has the station's ticket, rather one where it is out. */
static const char *printer_of(
        const struct changing *changing, const char *station)
{
    const struct papers *papers = &changing->papers;
    const Dw__Device *printer = state_printer(changing->state, station);
    const char *found = NULL;
    bool is_out = false;

    for (size_t i = 0; i < papers->count; i++) {
        const struct paper *paper = &papers->list[i];

        if (strcmp(paper->station, station) != 0 || paper->printer[0] == '\0' ||
                (is_out && !paper->is_out))
            continue;
        found = paper->printer;
        is_out = paper->is_out;
    }
    return found || !printer ? found : printer->id;
}

/* NULL: a change more than there are tickets. */
static Dw__PrintRequested *change_of(
        struct changing *changing, const char *station)
{
    const char *printer = printer_of(changing, station);
    Dw__PrintRequested *job;
    char mark[24];

    for (size_t i = 0; i < changing->count; i++)
        if (strcmp(changing->jobs[i]->station, station) == 0)
            return changing->jobs[i];
    if (changing->count == TICKETS)
        return NULL;
    snprintf(mark, sizeof(mark), "chg%u", changing->order->version);
    job = derive_new_job(changing->order, DW__TICKET_KIND__TICKET_KIND_CHANGE,
            station, mark);
    if (printer)
        body_set_string(&job->printer, printer);
    job->slip = (void *)body_new(&dw__slip__descriptor);
    assert(job->slip);
    changing->jobs[changing->count++] = job;
    return job;
}

/* `was`: or NULL; `is`: or NULL. */
static void add_change(struct changing *changing, const char *station,
        const Dw__Item *was, const Dw__Item *is)
{
    Dw__PrintRequested *job = change_of(changing, station);
    Dw__ItemChange *change = (void *)body_new(&dw__item_change__descriptor);
    char notes[DISH_NOTES + 1];
    Dw__Slip *slip;

    assert(change);
    body_set_string(&change->name, is ? is->name : was->name);
    change->has_was_quantity = was != NULL;
    change->has_quantity = is != NULL;
    change->was_quantity = was ? was->quantity : 0;
    change->quantity = is ? is->quantity : 0;
    if (was && derive_dish_notes(was, notes))
        body_set_string(&change->was_notes, notes);
    if (is && derive_dish_notes(is, notes))
        body_set_string(&change->notes, notes);
    slip = job ? job->slip : NULL;
    if (!slip || slip->n_changes >= CHANGES) {
        body_free(&change->base);
        return;
    }
    slip->changes = realloc(
            slip->changes, (slip->n_changes + 1) * sizeof(*slip->changes));
    assert(slip->changes);
    slip->changes[slip->n_changes++] = change;
}

/* Of all that derive_dish_notes says, also of what it has no room for. */
static bool has_same_notes(const Dw__Item *a, const Dw__Item *b)
{
    if (a->n_allergens != b->n_allergens || a->n_modifiers != b->n_modifiers)
        return false;
    for (size_t i = 0; i < a->n_allergens; i++)
        if (strcmp(a->allergens[i], b->allergens[i]) != 0)
            return false;
    for (size_t i = 0; i < a->n_modifiers; i++)
        if (strcmp(a->modifiers[i]->name, b->modifiers[i]->name) != 0)
            return false;
    return strcmp(a->notes ? a->notes : "", b->notes ? b->notes : "") == 0;
}

static bool is_same_dish(const Dw__Item *a, const Dw__Item *b)
{
    return strcmp(a->name, b->name) == 0 && a->quantity == b->quantity &&
           has_same_notes(a, b);
}

/* Another dish under the same id, or one for another station, is one less
 * here and one more there. */
static void compare(
        struct changing *changing, const Dw__Item *was, const Dw__Item *is)
{
    const char *from =
            derive_ticket_of(&changing->papers, changing->state, was);
    const char *to;

    if (is_off(was) && is_off(is))
        return;
    if (is_off(is)) {
        add_change(changing, from, was, NULL);
        return;
    }
    to = derive_ticket_of(&changing->papers, changing->state, is);
    if (is_off(was)) {
        add_change(changing, to, NULL, is);
        return;
    }
    if (strcmp(from, to) == 0 && strcmp(was->name, is->name) == 0) {
        if (!is_same_dish(was, is))
            add_change(changing, to, was, is);
        return;
    }
    add_change(changing, from, was, NULL);
    add_change(changing, to, NULL, is);
}

/* Only what is another thing than on paper; what was added has a ticket of its
 * own. */
void derive_change(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    struct changing changing = { .state = state,
        .order = derive_order(state, evt) };
    const Dw__Order *before = state->before;

    (void)row;
    if (!changing.order || !before ||
            strcmp(before->id, changing.order->id) != 0)
        return;
    derive_find_papers(&changing.papers, state, changing.order);
    for (size_t i = 0; i < before->n_items; i++) {
        const Dw__Item *was = before->items[i];

        if (was->id)
            compare(&changing, was, state_order_item(changing.order, was->id));
    }
    for (size_t i = 0; i < changing.count; i++)
        emit(context, EVT_PRINT_REQUESTED, &changing.jobs[i]->base);
}
