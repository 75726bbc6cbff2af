/* Paper that nobody needs any more, or that is too late: nothing goes without
 * a word. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/utf8.h"
#include "hub/derive_ticket.h"
#include "hub/evt/body.h"
#include "hub/evt/shelf.h"

#define SUMMARY_BYTES  (23 * 1024) /* of its orders */
#define SUMMARY_ORDERS 100
#define DISHES         100                        /* of an order */
#define DISH_BYTES     96                         /* of a line */
#define DISH_TEXT      (DISH_NOTES + 4 * 80 + 64) /* a name has 80 characters */

/* --- what becomes nobody's --- */

static void expire(const Dw__PrintJob *job, const char *reason,
        derive_emit *emit, void *context)
{
    derive_emit_step(EVT_PRINT_EXPIRED, job, reason, emit, context);
}

/* The order is over. What a printer is about to print it prints. */
void derive_closed(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const char *reason =
            evt->what == EVT_ORDER_CANCELLED ? "cancelled" : "order closed";
    const Dw__Order *order = derive_order(state, evt);
    struct job_walk walk;
    const Dw__PrintJob *job;

    (void)row;
    if (!order)
        return;
    walk = state_walk_jobs(state, order->id);
    while ((job = state_next_job(&walk)))
        if (job->request->kind != DW__TICKET_KIND__TICKET_KIND_VOID &&
                (state_job_waits(job) ||
                        job->stage == DW__JOB_STAGE__JOB_STAGE_UNKNOWN))
            expire(job, reason, emit, context);
}

/* It has failed, and its order is over meanwhile. */
void derive_closed_job(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__PrintJob *job =
            shelf_find(&state->jobs, body_text(evt->body, "job_id"));

    (void)row;
    if (job && !state_job_is_wanted(state, job))
        expire(job, "order closed", emit, context);
}

/* The shelf is full: as many of the oldest as are too many, one by one, as the
 * ones before are still there when this is asked. */
void derive_make_room(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    uint32_t count = shelf_count(&state->jobs);
    const struct shelf_entry *entry = shelf_first(&state->jobs);

    (void)row;
    (void)evt;
    if (count <= STATE_JOBS_MAX)
        return;
    for (uint32_t n = STATE_JOBS_MAX + 1; n < count; n++)
        entry = shelf_next(entry);
    expire(shelf_message(entry), "too many wait", emit, context);
}

/* What stands on the summary comes out where that does. */
static void fold(const Dw__PrintJob *job, const Dw__DeviceOnline *online,
        derive_emit *emit, void *context)
{
    Dw__PrintStep *step = derive_new_body(EVT_PRINT_EXPIRED);

    body_set_string(&step->job_id, job->request->job_id);
    body_set_string(&step->order_id, job->request->order->id);
    body_set_string(&step->printer, online->device_id);
    body_set_string(&step->reason, STATE_IN_SUMMARY);
    emit(context, EVT_PRINT_EXPIRED, &step->base);
}

/* A printer comes up: what it need not print any more. */
void derive_expiries(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const struct shelf_entry *entry = derive_first_job(state, evt);
    Dw__PrintRequested *summary = derive_summary_of(state, evt);

    (void)row;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);
        enum plan plan = derive_plan(state, job, evt);

        if (plan == PLAN_FOLD && summary)
            fold(job, (const void *)evt->body, emit, context);
        else if (plan == PLAN_FOLD || plan == PLAN_CLOSE)
            expire(job, "order closed", emit, context);
    }
    if (summary)
        body_free(&summary->base);
}

/* --- how a dish is said --- */

void derive_cut(char *out, size_t size, const char *text)
{
    size_t len = strlen(text), at = 0;

    while (at < len) {
        size_t next = utf8_char(text + at, len - at);

        if (next == 0 || at + next >= size)
            break;
        at += next;
    }
    memcpy(out, text, at);
    out[at] = '\0';
}

/* Is there room for all of it? */
static bool put(char text[DISH_NOTES + 1], const char *mark, const char *more)
{
    const size_t size = DISH_NOTES + 1;
    size_t len = strlen(text);

    if (!more || more[0] == '\0')
        return true;
    if (len + strlen(mark) + 4 >= size)
        return false;
    len += (size_t)snprintf(
            text + len, size - len, "%s%s", len > 0 ? ", " : "", mark);
    derive_cut(text + len, size - len, more);
    return strlen(text + len) == strlen(more);
}

/* Whoever reads it knows that it goes on. */
static void end_with_dots(char text[DISH_NOTES + 1])
{
    char head[DISH_NOTES + 1 - 3];

    derive_cut(head, sizeof(head), text);
    snprintf(text, DISH_NOTES + 1, "%s...", head);
}

/* What must not be left out stands in front. */
bool derive_dish_notes(const Dw__Item *item, char text[DISH_NOTES + 1])
{
    bool is_whole = true;

    text[0] = '\0';
    for (size_t i = 0; i < item->n_allergens; i++)
        is_whole = put(text, "! ", item->allergens[i]) && is_whole;
    for (size_t i = 0; i < item->n_modifiers; i++)
        is_whole = put(text, "+ ", item->modifiers[i]->name) && is_whole;
    is_whole = put(text, "", item->notes) && is_whole;
    if (!is_whole)
        end_with_dots(text);
    return text[0] != '\0';
}

/* --- the summary --- */

/* The last one that there may be says that there are more. */
static void add_dish_line(Dw__SummaryOrder *line, const char *text)
{
    char dish[DISH_BYTES + 1];

    if (line->n_dishes >= DISHES)
        return;
    snprintf(dish, sizeof(dish), "%s",
            line->n_dishes == DISHES - 1 ? "... MORE: SEE THE SCREEN" : text);
    for (char *at = dish; *at; at++)
        if (*at == '\n')
            *at = ' ';
    line->dishes =
            realloc(line->dishes, (line->n_dishes + 1) * sizeof(*line->dishes));
    assert(line->dishes);
    line->dishes[line->n_dishes] = NULL;
    body_set_string(&line->dishes[line->n_dishes++], dish);
}

/* On as many lines as it takes: whoever cooks from it has no other ticket. */
static void add_dish(Dw__SummaryOrder *line, const char *text)
{
    char piece[DISH_BYTES + 1];

    for (; *text; text += strspn(text, " ")) {
        char *blank;

        derive_cut(piece, sizeof(piece), text);
        blank = strrchr(piece, ' ');
        if (text[strlen(piece)] != '\0' && blank && blank > piece)
            *blank = '\0';
        if (piece[0] == '\0')
            return;
        add_dish_line(line, piece);
        text += strlen(piece);
    }
}

/* As it is wanted now. */
static void add_item(
        Dw__SummaryOrder *line, const Dw__Order *order, const Dw__Item *printed)
{
    const Dw__Item *item =
            printed->id ? state_order_item(order, printed->id) : printed;
    char notes[DISH_NOTES + 1], text[DISH_TEXT];

    if (!item || item->status == DW__ITEM_STATUS__ITEM_STATUS_CANCELLED)
        return;
    derive_dish_notes(item, notes);
    snprintf(text, sizeof(text), "%u %s%s%s%s", item->quantity, item->name,
            notes[0] ? " (" : "", notes, notes[0] ? ")" : "");
    add_dish(line, text);
}

static void add_change(Dw__SummaryOrder *line, const Dw__ItemChange *change)
{
    char text[DISH_TEXT];

    snprintf(text, sizeof(text), "%s: %u -> %u%s%s%s", change->name,
            change->was_quantity, change->quantity, change->notes ? " (" : "",
            change->notes ? change->notes : "", change->notes ? ")" : "");
    add_dish(line, text);
}

static Dw__SummaryOrder *line_of(struct shelf *lines, const Dw__Order *order)
{
    Dw__SummaryOrder *line = shelf_find(lines, order->id);

    if (line)
        return line;
    line = (void *)body_new(&dw__summary_order__descriptor);
    assert(line);
    body_set_string(&line->order_id, order->id);
    if (order->number)
        body_set_string(&line->number, order->number);
    if (order->table)
        line->table = (void *)body_copy(&order->table->base);
    line->created_at_ms = order->created_at_ms;
    line->has_created_at_ms = order->has_created_at_ms;
    shelf_put(lines, order->id, &line->base);
    return line;
}

/* A change of what is on the summary anyway is in it already. */
static void add_job(
        struct shelf *lines, state_t *state, const Dw__PrintRequested *request)
{
    const Dw__Order *order = shelf_find(&state->orders, request->order->id);
    bool is_there = order && shelf_find(lines, order->id);
    const Dw__Slip *slip = request->slip;

    if (!order)
        return;
    for (size_t i = 0; i < request->order->n_items; i++)
        add_item(line_of(lines, order), order, request->order->items[i]);
    if (request->kind == DW__TICKET_KIND__TICKET_KIND_CHANGE && !is_there)
        for (size_t i = 0; slip && i < slip->n_changes; i++)
            add_change(line_of(lines, order), slip->changes[i]);
}

/* One that nobody has printed: its orders, as far as they are not done. */
static void add_summary(
        struct shelf *lines, state_t *state, const Dw__Slip *slip)
{
    for (size_t i = 0; slip && i < slip->n_summary_orders; i++) {
        const Dw__SummaryOrder *line = slip->summary_orders[i];
        const Dw__Order *order = shelf_find(&state->orders, line->order_id);
        Dw__SummaryOrder *now;

        if (!order || order->status >= DW__ORDER_STATUS__ORDER_STATUS_SERVED)
            continue;
        now = line_of(lines, order);
        for (size_t n = 0; n < line->n_dishes; n++)
            add_dish(now, line->dishes[n]);
    }
}

static int by_age(const void *a, const void *b)
{
    const Dw__SummaryOrder *first = *(Dw__SummaryOrder *const *)a;
    const Dw__SummaryOrder *second = *(Dw__SummaryOrder *const *)b;

    if (first->created_at_ms != second->created_at_ms)
        return first->created_at_ms < second->created_at_ms ? -1 : 1;
    return strcmp(first->order_id, second->order_id);
}

/* Oldest first, as many as there is room for. Takes the lines. */
static void fill(Dw__Slip *slip, struct shelf *lines)
{
    size_t count = shelf_count(lines), bytes = 0, kept = 0;
    struct shelf_entry *entry = shelf_first(lines);

    slip->summary_orders = calloc(count, sizeof(*slip->summary_orders));
    assert(slip->summary_orders);
    for (size_t i = 0; i < count; i++) {
        const char *id = shelf_id(entry);

        slip->summary_orders[i] = shelf_message(entry);
        entry = shelf_next(entry);
        shelf_take(lines, id);
    }
    qsort(slip->summary_orders, count, sizeof(*slip->summary_orders), by_age);
    for (; kept < count && kept < SUMMARY_ORDERS; kept++) {
        bytes += protobuf_c_message_get_packed_size(
                         &slip->summary_orders[kept]->base) +
                 4;
        if (bytes > SUMMARY_BYTES)
            break;
    }
    for (size_t i = kept; i < count; i++)
        body_free(&slip->summary_orders[i]->base);
    slip->n_summary_orders = kept;
    slip->left_out = (uint32_t)(count - kept);
    slip->has_left_out = 1;
}

static void collect(struct shelf *lines, state_t *state, evt_t *evt)
{
    const struct shelf_entry *entry = derive_first_job(state, evt);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);

        if (derive_plan(state, job, evt) != PLAN_FOLD)
            continue;
        if (job->request->kind == DW__TICKET_KIND__TICKET_KIND_SUMMARY)
            add_summary(lines, state, job->request->slip);
        else
            add_job(lines, state, job->request);
    }
}

/* It is about no order, but a job must have one. */
static Dw__PrintRequested *make_summary(
        const Dw__DeviceOnline *online, uint64_t seq)
{
    Dw__PrintRequested *job = derive_new_body(EVT_PRINT_REQUESTED);
    char id[SHELF_ID_CHARS + 1];

    snprintf(id, sizeof(id), "summary-%s-%llu", online->device_id,
            (unsigned long long)seq);
    body_set_string(&job->job_id, id);
    body_set_string(&job->printer, online->device_id);
    body_set_string(
            &job->station, online->station ? online->station : STATE_CATCH_ALL);
    job->kind = DW__TICKET_KIND__TICKET_KIND_SUMMARY;
    job->order = (void *)body_new(&dw__order__descriptor);
    job->slip = (void *)body_new(&dw__slip__descriptor);
    assert(job->order && job->slip);
    body_set_string(&job->order->id, "summary");
    job->attempt = 1;
    job->has_attempt = 1;
    return job;
}

Dw__PrintRequested *derive_summary_of(state_t *state, evt_t *evt)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    Dw__PrintRequested *job = NULL;
    struct shelf lines;

    shelf_init(&lines, UINT32_MAX);
    collect(&lines, state, evt);
    if (shelf_count(&lines) > 0) {
        job = make_summary(online, evt->seq);
        fill(job->slip, &lines);
    }
    shelf_finish(&lines);
    return job;
}
