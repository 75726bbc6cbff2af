/*
 * orders: some orders to print. For tests.
 */
#ifndef TESTS_DEVICES_KINDS_ORDERS_H
#define TESTS_DEVICES_KINDS_ORDERS_H

#include "schemas/device.pb-c.h"

/* A job and all that it points to. Filled in by a make_ function. */
struct some_job {
    Dw__PrintRequested job;
    Dw__Order order;
    Dw__TableRef table;
    Dw__Item items[3];
    Dw__Item *item_list[3];
    Dw__Modifier modifiers[2];
    Dw__Modifier *modifier_list[2];
    char *allergens[2];
    Dw__Slip slip;
    Dw__ItemChange changes[3];
    Dw__ItemChange *change_list[3];
    Dw__SummaryOrder orders[2];
    Dw__SummaryOrder *order_list[2];
    char *dishes[2];
};

static inline void make_empty(struct some_job *some, Dw__TicketKind kind)
{
    dw__print_requested__init(&some->job);
    dw__order__init(&some->order);
    dw__table_ref__init(&some->table);
    for (int i = 0; i < 3; i++) {
        dw__item__init(&some->items[i]);
        some->items[i].id = (char *)"i";
        some->item_list[i] = &some->items[i];
    }
    for (int i = 0; i < 2; i++) {
        dw__modifier__init(&some->modifiers[i]);
        some->modifier_list[i] = &some->modifiers[i];
    }
    dw__slip__init(&some->slip);
    for (int i = 0; i < 3; i++) {
        dw__item_change__init(&some->changes[i]);
        some->change_list[i] = &some->changes[i];
    }
    for (int i = 0; i < 2; i++) {
        dw__summary_order__init(&some->orders[i]);
        some->order_list[i] = &some->orders[i];
    }
    some->slip.changes = some->change_list;
    some->slip.summary_orders = some->order_list;
    some->table.id = (char *)"t5";
    some->table.has_number = true;
    some->table.number = 5;
    some->order.id = (char *)"o41";
    some->order.number = (char *)"41";
    some->order.table = &some->table;
    some->order.items = some->item_list;
    some->order.has_created_at_ms = true;
    some->order.created_at_ms = 1769882645123; /* 2026-01-31T18:04:05Z */
    some->job.job_id = (char *)"o41-grill-1";
    some->job.kind = kind;
    some->job.station = (char *)"grill";
    some->job.order = &some->order;
}

/* Two dishes, with everything a dish can have. */
static inline void make_order(struct some_job *some)
{
    make_empty(some, DW__TICKET_KIND__TICKET_KIND_ORDER);
    some->items[0].name = (char *)"Crème brûlée à l’ancienne, flambée à table";
    some->items[0].quantity = 2;
    some->modifiers[0].name = (char *)"extra sugar";
    some->modifiers[1].name =
            (char *)"with a scoop of vanilla ice cream from the good tub";
    some->items[0].modifiers = some->modifier_list;
    some->items[0].n_modifiers = 2;
    some->items[0].notes = (char *)"no mint\nbirthday: candle";
    some->allergens[0] = (char *)"milk";
    some->allergens[1] = (char *)"eggs";
    some->items[0].allergens = some->allergens;
    some->items[0].n_allergens = 2;
    some->items[1].name = (char *)"Ristretto";
    some->items[1].quantity = 12;
    some->items[1].has_course = true;
    some->items[1].course = 2;
    some->items[1].has_seat = true;
    some->items[1].seat = 3;
    some->order.n_items = 2;
    some->order.notes = (char *)"all together please";
}

/* A dish less, another note, and a dish that is off. */
static inline void make_change(struct some_job *some)
{
    make_order(some);
    some->order.notes = NULL;
    some->job.kind = DW__TICKET_KIND__TICKET_KIND_CHANGE;
    some->job.slip = &some->slip;
    some->slip.n_changes = 3;
    for (int i = 0; i < 3; i++) {
        some->changes[i].has_was_quantity = true;
        some->changes[i].has_quantity = i < 2;
        some->changes[i].was_quantity = 3;
        some->changes[i].quantity = i == 0 ? 2 : 3;
    }
    some->changes[0].name = (char *)"Spaghetti carbonara";
    some->changes[1].name = (char *)"Entrecôte";
    some->changes[1].was_notes = (char *)"rare";
    some->changes[1].notes = (char *)"well done, pepper sauce on the side";
    some->changes[2].name = (char *)"Soup";
    some->changes[2].was_notes = (char *)"no salt";
}

/* Two orders that wait, one for more than an hour, and three that do not fit.
 */
static inline void make_summary(struct some_job *some)
{
    make_order(some);
    some->order.notes = NULL;
    some->job.job_id = (char *)"summary-pr1-7";
    some->job.kind = DW__TICKET_KIND__TICKET_KIND_SUMMARY;
    some->job.slip = &some->slip;
    some->slip.n_summary_orders = 2;
    some->slip.has_left_out = true;
    some->slip.left_out = 3;
    some->dishes[0] = (char *)"2 Crème brûlée";
    some->dishes[1] = (char *)"12 Ristretto";
    for (int i = 0; i < 2; i++) {
        some->orders[i].order_id = (char *)(i ? "o42" : "o41");
        some->orders[i].has_created_at_ms = true;
        some->orders[i].created_at_ms = 1769882645123 + i * 61 * 60000;
        some->orders[i].dishes = some->dishes;
        some->orders[i].n_dishes = i ? 1 : 2;
    }
    some->orders[0].number = (char *)"41";
    some->orders[0].table = &some->table;
}

#endif
