/*
 * device_parts: what the files of device.h need of each other; nobody else
 * includes it.
 */
#ifndef DEVICES_CORE_DEVICE_PARTS_H
#define DEVICES_CORE_DEVICE_PARTS_H

#include "devices/core/device.h"
#include "devices/core/receipt.h"

/* What every device hears, and where the hub answers. */
#define COMMANDS "dev/%d/cmd"
#define RECEIPTS "receipt/%d"

/* A topic of ours; device_start has made sure that it fits. */
void device_topic(const struct device *device, const char *pattern,
        char out[DEVICE_TOPIC_BYTES]);

/* Say it on dev/<id>/state, retained: `word` and, if it sleeps, for how long
 * (seconds; 0: it does not). Returns what platform->publish does. */
int device_say_state(struct device *device, const char *word, uint32_t sleep_s);

/* At the end of every call from the port: what is played, whether it sleeps,
 * and when it wants to be called next. */
void device_turn_over(struct device *device);

/* --- device_hear.c --- */

/* The i-th (0 or 1) of the kind's own topics; NULL: there is none, or it is
 * not for this device. */
const char *device_listened(const struct device *device, size_t i);

/* Is it a pattern of rooms? */
bool device_is_room(const char *pattern);

/* --- device_say.c --- */

/* What survived the loss of power: facts, and what was acted on. */
void device_load(struct device *device);

/* Keep a value of the device's own, as far as flash can bear it. */
bool device_keep(
        struct device *device, const char *key, const void *data, size_t len);

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

/* --- device_command.c --- */

/* What the hub wanted of us before the power went. */
void device_load_wishes(struct device *device);

/* Is it one that every kind understands? */
bool device_is_command(const Dw__Notification *note);

/* Do it. False: nothing that can be done. */
bool device_command(struct device *device, const Dw__Notification *note);

/* --- device_signal.c --- */

/* Be found for so many seconds; 0: no longer. */
void device_identify(struct device *device, uint32_t seconds);

/* Make buzzer, light and display agree with what is to be played. */
void device_signal(struct device *device);

/* When that changes by itself; UINT64_MAX: never. */
uint64_t device_signal_due_ms(const struct device *device);

/* Is there anything to be heard? */
bool device_is_ringing(const struct device *device);

/* Silence, for good. */
void device_hush(struct device *device);

/* --- device_tele.c --- */

/* The device is online: it will say how it is. */
void device_plan_telemetry(struct device *device);

/* Look how it is, and say so if that is due. */
void device_watch(struct device *device);

uint64_t device_watch_due_ms(const struct device *device);

/* --- device_sleep.c --- */

/* So long it sleeps at a time, seconds; 0: it does not. */
uint32_t device_sleep_s(const struct device *device);

/* The link stands; it is lost, or once more there was none to be had. */
void device_sleep_linked(struct device *device);
void device_sleep_lost(struct device *device, bool was_up);

/* The hub was heard: with a hint how long to sleep, or 0. */
void device_sleep_heard(struct device *device, uint32_t hint_s);

/* The broker has what was published with this token. */
void device_sleep_published(struct device *device, int token);

/* Somebody or something wants it awake. */
void device_sleep_break(struct device *device);

/* Fall asleep or wake up, if it is time. */
void device_sleep_turn(struct device *device);

uint64_t device_sleep_due_ms(const struct device *device);

#endif
