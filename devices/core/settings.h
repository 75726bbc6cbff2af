/*
 * settings: how the hub wants a device to behave (device.configured), as it
 * lies in the device's store. What a store gives back is read like what a
 * stranger sends.
 */
#ifndef DEVICES_CORE_SETTINGS_H
#define DEVICES_CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/notification.pb-c.h"

#define SETTINGS_BYTES       25
#define SETTINGS_SLEEP_MOST  3600  /* seconds */
#define SETTINGS_TELE_LEAST  10    /* seconds */
#define SETTINGS_TELE_MOST   86400 /* seconds */
#define SETTINGS_OFFSET_MOST 840   /* minutes, either way */

/* Zeroed: as it was built. */
struct device_settings {
    uint64_t rev;           /* 0: never configured */
    uint32_t mute_from_min; /* minutes of the restaurant's day, 0 to 1439 */
    uint32_t mute_to_min;   /* the same as from: never */
    int32_t utc_offset_min;
    uint32_t sleep_s;     /* 0: listens all the time */
    uint32_t telemetry_s; /* 0: as it was built */
};

/* Make them of a message. False: something is out of its range; unchanged. */
bool settings_of(
        struct device_settings *settings, const Dw__DeviceConfigured *said);

/* Write them; returns the length. */
size_t settings_write(
        uint8_t out[SETTINGS_BYTES], const struct device_settings *settings);

/* False: nothing that settings_write writes; unchanged. */
bool settings_read(
        struct device_settings *settings, const uint8_t *bytes, size_t len);

/* Shall it be silent at this moment, Unix milliseconds? Where nobody knows the
 * time (0) it shall not. */
bool settings_are_mute(
        const struct device_settings *settings, uint64_t wall_ms);

#endif
