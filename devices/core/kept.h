/*
 * kept: a fact as it lies in the device's store.
 *
 * A byte of form, its topic, its class, its field, how long it matters in
 * milliseconds, then its id and the message. What a store gives back is read
 * like what a stranger sends.
 */
#ifndef DEVICES_CORE_KEPT_H
#define DEVICES_CORE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/outbox.h"

#define KEPT_HEAD  (11 + DEVICE_ID_BYTES)
#define KEPT_BYTES (KEPT_HEAD + DEVICE_FACT_BYTES)

/* Write `fact`; returns its length. */
size_t kept_write(uint8_t out[KEPT_BYTES], const struct outbox_fact *fact,
        uint32_t keep_ms);

/* Fill topic, class, field, id and bytes of a zeroed fact. False: nothing that
 * kept_write writes; the fact is unchanged. */
bool kept_read(struct outbox_fact *fact, uint32_t *keep_ms,
        const uint8_t *bytes, size_t len);

/* The time in an id, Unix milliseconds, or 0: made without a clock. */
uint64_t kept_id_ms(const uint8_t id[DEVICE_ID_BYTES]);

/* Was `a` said before `b`? By the starts and the facts counted in ids. */
bool kept_is_older(
        const uint8_t a[DEVICE_ID_BYTES], const uint8_t b[DEVICE_ID_BYTES]);

#endif
