/*
 * kinds: the kinds of device there are.
 *
 * pager: shows and rings when an order of its table is ready, newest of the
 * highest priority first, until a key acknowledges it, a page is acknowledged
 * anywhere else or cleared, the order is over, or the page's time is. A page
 * rings once, also if the power goes after it was acknowledged, and so does an
 * order whose pages come together; a page that comes when the one before it is
 * over rings anew. Of an order's pages, and of those without an order, only the
 * newest rings. One without a table is handed out: it rings for the order or
 * the table that it was assigned to, until it is back. On its dock it does not
 * ring. Any press acknowledges.
 *
 * buzzer: rings some seconds for each new order (of its station, if it has
 * one; an order without stations is for all), and in a pattern while an
 * escalation is open that asks for it; see ladder.h.
 *
 * button: a press calls the waiter to its table; twice or long it is for
 * something else. Its light blinks until the hub knows.
 *
 * bumpbar: keys for the screen before which it stands: "1" to "9", "bump",
 * "recall", "next", "previous", "up", "down". One that could not be said within
 * 10 s is dropped.
 *
 * waiter: a pager that a waiter carries, without a table: rings while an
 * escalation is open that asks for waiters or above. By its kind it is a pager.
 *
 * printer: see printer.h.
 */
#ifndef DEVICES_KINDS_KINDS_H
#define DEVICES_KINDS_KINDS_H

#include "devices/core/device.h"

#define KIND(name) extern const struct device_kind name##_kind;
#include "devices/kinds/kinds.def"
#undef KIND

extern const struct device_kind waiter_kind;

/* By name, or NULL. */
const struct device_kind *kind_find(const char *name);

/* The kinds, from 0; NULL behind the last. */
const struct device_kind *kind_at(uint32_t index);

#endif
