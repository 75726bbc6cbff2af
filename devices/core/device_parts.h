/*
 * device_parts: what the files of device.h need of each other; nobody else
 * includes it.
 */
#ifndef DEVICES_CORE_DEVICE_PARTS_H
#define DEVICES_CORE_DEVICE_PARTS_H

#include "devices/core/device.h"
#include "devices/core/receipt.h"

/* A topic of ours; device_start has made sure that it fits. */
void device_topic(const struct device *device, const char *pattern,
        char out[DEVICE_TOPIC_BYTES]);

/* --- device_say.c --- */

/* What survived the loss of power: facts, and what was acted on. */
void device_load(struct device *device);

/* Send what waits, as far as the platform takes it. */
void device_flush(struct device *device);

/* The hub has answered one of our facts. */
void device_settle(struct device *device, const struct receipt *receipt);

/* Give up what is over its time; store what could not be stored before. */
void device_keep_up(struct device *device);

/* --- device_time.c --- */

/* A message says when the hub took it in: it is that late at least. */
void device_learn_time(struct device *device, const Dw__Notification *note);

/* The hub says what time it is; 0: it does not. */
void device_set_time(struct device *device, uint64_t ts_ms);

/* Unix milliseconds, or 0 while nobody has told us the time. */
uint64_t device_wall_ms(const struct device *device);

#endif
