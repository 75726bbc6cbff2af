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

#endif
