/*
 * dinner: thirty tickets, rows of dinner.def, as jobs. For tests, also of the
 * pictures that a printer makes of them.
 */
#ifndef TESTS_DEVICES_TICKET_DINNER_H
#define TESTS_DEVICES_TICKET_DINNER_H

#include <stdio.h>

#include "devices/paper/escpos.h"
#include "devices/ticket/ticket.h"

#define DINNER_PARTS 8

/* Half past six in the evening of 2026-11-20, by the restaurant's clock. */
#define DINNER_MS     1795199400000
#define DINNER_LATER  (12 * 60 * 1000) /* printed so much later */
#define DINNER_OFFSET 3600             /* seconds, of that clock */

struct dinner_dish {
    uint32_t n; /* how many */
    const char *name;
    const char *modifiers[DINNER_PARTS];
    const char *notes;
    const char *allergens[DINNER_PARTS];
    uint32_t course, seat;
};

struct dinner_change {
    const char *name;
    uint32_t was, now; /* 0: no more */
    const char *was_notes, *notes;
};

struct dinner_order {
    const char *number;
    uint32_t table;
    uint32_t minutes; /* since it was ordered */
    const char *dishes[DINNER_PARTS];
};

struct dinner_ticket {
    const char *name; /* of its files */
    const char *language;
    Dw__TicketKind kind; /* 0: an order */
    const char *number;
    uint32_t table;
    const char *table_id; /* where it has no number */
    const char *source, *station, *notes;
    Dw__Priority priority;
    const char *rerouted_from, *copy_of;
    struct dinner_dish dishes[DINNER_PARTS];
    struct dinner_change changes[DINNER_PARTS];
    struct dinner_order orders[DINNER_PARTS];
    uint32_t left_out;
};

#define ADD_ON  DW__TICKET_KIND__TICKET_KIND_ADD_ON
#define VOID    DW__TICKET_KIND__TICKET_KIND_VOID
#define CHANGE  DW__TICKET_KIND__TICKET_KIND_CHANGE
#define SUMMARY DW__TICKET_KIND__TICKET_KIND_SUMMARY
static const struct dinner_ticket dinner[] = {
#define TICKET(is, ...) { .name = is, __VA_ARGS__ },
#include "tests/devices/ticket/dinner.def"
#undef TICKET
};
#undef ADD_ON
#undef VOID
#undef CHANGE
#undef SUMMARY

#define DINNER_TICKETS (sizeof(dinner) / sizeof(dinner[0]))

/* A job and all that it points to. */
struct dinner_job {
    Dw__PrintRequested job;
    char job_id[64], order_id[64];
    Dw__Order order;
    Dw__TableRef table;
    Dw__Slip slip;
    Dw__Item items[DINNER_PARTS], *item_list[DINNER_PARTS];
    Dw__Modifier modifiers[DINNER_PARTS][DINNER_PARTS];
    Dw__Modifier *modifier_list[DINNER_PARTS][DINNER_PARTS];
    Dw__ItemChange changes[DINNER_PARTS], *change_list[DINNER_PARTS];
    Dw__SummaryOrder orders[DINNER_PARTS], *order_list[DINNER_PARTS];
    Dw__TableRef tables[DINNER_PARTS];
    char order_ids[DINNER_PARTS][64];
};

static inline size_t dinner_count(const char *const list[DINNER_PARTS])
{
    size_t count = 0;

    while (count < DINNER_PARTS && list[count])
        count++;
    return count;
}

static inline void dinner_item(
        struct dinner_job *into, size_t i, const struct dinner_dish *dish)
{
    Dw__Item *item = &into->items[i];

    dw__item__init(item);
    into->item_list[i] = item;
    item->name = (char *)dish->name;
    item->quantity = dish->n;
    item->notes = (char *)dish->notes;
    item->has_course = dish->course > 0;
    item->course = dish->course;
    item->has_seat = dish->seat > 0;
    item->seat = dish->seat;
    item->n_allergens = dinner_count(dish->allergens);
    item->allergens = (char **)dish->allergens;
    item->n_modifiers = dinner_count(dish->modifiers);
    item->modifiers = into->modifier_list[i];
    for (size_t m = 0; m < item->n_modifiers; m++) {
        into->modifier_list[i][m] = &into->modifiers[i][m];
        dw__modifier__init(&into->modifiers[i][m]);
        into->modifiers[i][m].name = (char *)dish->modifiers[m];
    }
}

static inline void dinner_changed(
        struct dinner_job *into, size_t i, const struct dinner_change *from)
{
    Dw__ItemChange *change = &into->changes[i];

    dw__item_change__init(change);
    into->change_list[i] = change;
    change->name = (char *)from->name;
    change->has_was_quantity = true;
    change->was_quantity = from->was;
    change->has_quantity = from->now > 0;
    change->quantity = from->now;
    change->was_notes = (char *)from->was_notes;
    change->notes = (char *)from->notes;
}

static inline void dinner_open(
        struct dinner_job *into, size_t i, const struct dinner_order *from)
{
    Dw__SummaryOrder *order = &into->orders[i];

    dw__summary_order__init(order);
    dw__table_ref__init(&into->tables[i]);
    into->order_list[i] = order;
    snprintf(into->order_ids[i], sizeof(into->order_ids[i]), "o%s",
            from->number);
    order->order_id = into->order_ids[i];
    order->number = (char *)from->number;
    into->tables[i].has_number = true;
    into->tables[i].number = from->table;
    order->table = from->table ? &into->tables[i] : NULL;
    order->has_created_at_ms = true;
    order->created_at_ms =
            DINNER_MS + DINNER_LATER - (int64_t)from->minutes * 60000;
    order->n_dishes = dinner_count(from->dishes);
    order->dishes = (char **)from->dishes;
}

static inline void dinner_order(
        struct dinner_job *into, const struct dinner_ticket *from)
{
    Dw__Order *order = &into->order;

    dw__order__init(order);
    dw__table_ref__init(&into->table);
    order->id = into->order_id;
    order->number = (char *)from->number;
    order->source = (char *)from->source;
    order->notes = (char *)from->notes;
    order->has_priority = true;
    order->priority = from->priority;
    order->has_created_at_ms = true;
    order->created_at_ms = DINNER_MS;
    order->items = into->item_list;
    into->table.id = (char *)from->table_id;
    into->table.has_number = from->table > 0;
    into->table.number = from->table;
    order->table = from->table || from->table_id ? &into->table : NULL;
}

/* The job of a ticket, from 0 to DINNER_TICKETS - 1. */
static inline void dinner_make(struct dinner_job *into, size_t index)
{
    const struct dinner_ticket *from = &dinner[index];

    snprintf(into->order_id, sizeof(into->order_id), "o%.2s", from->name);
    snprintf(into->job_id, sizeof(into->job_id), "o%.2s-%s-1", from->name,
            from->station);
    dinner_order(into, from);
    dw__slip__init(&into->slip);
    into->slip.changes = into->change_list;
    into->slip.summary_orders = into->order_list;
    into->slip.has_left_out = from->left_out > 0;
    into->slip.left_out = from->left_out;
    for (size_t i = 0; i < DINNER_PARTS && from->dishes[i].name; i++)
        dinner_item(into, into->order.n_items++, &from->dishes[i]);
    for (size_t i = 0; i < DINNER_PARTS && from->changes[i].name; i++)
        dinner_changed(into, into->slip.n_changes++, &from->changes[i]);
    for (size_t i = 0; i < DINNER_PARTS && from->orders[i].number; i++)
        dinner_open(into, into->slip.n_summary_orders++, &from->orders[i]);
    dw__print_requested__init(&into->job);
    into->job.job_id = into->job_id;
    into->job.kind =
            from->kind ? from->kind : DW__TICKET_KIND__TICKET_KIND_ORDER;
    into->job.station = (char *)from->station;
    into->job.order = &into->order;
    into->job.slip = &into->slip;
    into->job.rerouted_from = (char *)from->rerouted_from;
    into->job.copy_of = (char *)from->copy_of;
}

/* On paper of so many columns, line by line to the sink. */
static inline bool dinner_print(size_t index, const struct profile *profile,
        const struct glyphs *glyphs, uint32_t columns,
        const struct paper_sink *sink)
{
    const struct ticket_paper paper = { .profile = profile,
        .glyphs = glyphs,
        .sink = sink,
        .language = dinner[index].language,
        .columns = columns,
        .utc_offset_s = DINNER_OFFSET,
        .time_ms = DINNER_MS + DINNER_LATER };
    struct dinner_job job;

    dinner_make(&job, index);
    return ticket_layout(&paper, &job.job);
}

/* As bytes for a printer; 0: they do not fit. */
static inline size_t dinner_bytes(size_t index, const struct profile *profile,
        const struct glyphs *glyphs, uint8_t *out, size_t cap)
{
    struct escpos escpos;
    const struct paper_sink sink = escpos_sink(&escpos);

    escpos_begin(&escpos, profile, glyphs, out, cap);
    if (!dinner_print(index, profile, glyphs, profile->columns, &sink))
        return 0;
    return escpos_end(&escpos, (uint32_t)index + 1);
}

#endif
