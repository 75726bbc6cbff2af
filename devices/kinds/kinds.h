/*
 * kinds: the kinds of device there are.
 *
 * pager: shows and rings when an order of its table is ready, newest of the
 * highest priority first, until a key acknowledges it, a page is acknowledged
 * anywhere else or cleared, the order is over, or the page's time is. A page
 * rings once, and so does an order whose pages come together; a page that comes
 * when the one before it is over rings anew.
 *
 * buzzer: rings some seconds for each new order (of its station, if it has
 * one; an order without stations is for all).
 *
 * button: a press calls the waiter to its table.
 *
 * printer: see printer.h.
 */
#ifndef DEVICES_KINDS_KINDS_H
#define DEVICES_KINDS_KINDS_H

#include "devices/core/device.h"

#define KIND(name) extern const struct device_kind name##_kind;
#include "devices/kinds/kinds.def"
#undef KIND

/* By name, or NULL. */
const struct device_kind *kind_find(const char *name);

/* The kinds, from 0; NULL behind the last. */
const struct device_kind *kind_at(uint32_t index);

#endif
