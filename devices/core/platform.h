/*
 * platform: what the core asks of the machine it runs on; nothing else. Twelve
 * functions, all of which a port must have.
 *
 * None of these may call back into the core before it returns. None waits.
 * Time is no function here: every call into the core brings its moment.
 */
#ifndef DEVICES_CORE_PLATFORM_H
#define DEVICES_CORE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A small display, as one of 128 x 64 dots with letters of 6 x 8 has it. */
#define DEVICE_DISPLAY_LINES   4
#define DEVICE_DISPLAY_COLUMNS 21

/* No battery: it hangs on the mains. */
#define DEVICE_NO_BATTERY 255

/* How the machine is. */
struct device_vitals {
    uint32_t battery_percent; /* 0 to 100, or DEVICE_NO_BATTERY */
    bool charging;            /* it stands on its dock */
    int32_t rssi_dbm;         /* below 0; 0: not known */
    uint32_t free_bytes;      /* memory never used so far; 0: not known */
};

struct device_platform {
    void *ctx; /* the first argument of each function */

    /* Unix milliseconds, or 0 where the clock cannot be trusted. */
    uint64_t (*wall_ms)(void *ctx);

    uint32_t (*random)(void *ctx);

    /* Ask the broker for a topic, QoS 1. False: the link is gone. */
    bool (*subscribe)(void *ctx, const char *topic);

    /*
     * Send, QoS 1. Returns a number above 0 that device_on_published gets
     * when the broker has receipted, or 0: not now.
     */
    int (*publish)(void *ctx, const char *topic, const void *data, size_t len,
            bool retain);

    /* Keep a small value through a loss of power; without length, forget it.
     * A key has at most 15 characters. False: not done. */
    bool (*keep)(void *ctx, const char *key, const void *data, size_t len);

    /* Read what was kept; returns its length, 0 if there is nothing. */
    size_t (*load)(void *ctx, const char *key, void *data, size_t cap);

    /* One line for a human: printable UTF-8 without a line feed. */
    void (*show)(void *ctx, const char *line);

    /* Both are called when that changes, as patterns want it: a port plays
     * nothing by itself. */
    void (*buzz)(void *ctx, bool on);
    void (*led)(void *ctx, bool on);

    /*
     * What a small display shows now, in place of what was there: `count`
     * lines, 0 to DEVICE_DISPLAY_LINES, each printable UTF-8 of at most
     * DEVICE_DISPLAY_COLUMNS letters, borrowed for the call. The first is to be
     * read from afar: a port draws it as large as it fits (three times as wide
     * up to 7 letters, twice up to 10), the others small. A letter that it has
     * not is drawn as '?'. A port without a display does nothing.
     */
    void (*display)(void *ctx, const char *const *lines, uint32_t count);

    /* How the machine is, measured not long ago. False: nothing is known. */
    bool (*vitals)(void *ctx, struct device_vitals *out);

    /*
     * Nothing happens here before `until_ms` (on the clock of the calls into
     * the core; UINT64_MAX: never) unless a message or a key comes: the port
     * may sleep lightly until then. Called only when that changes; a moment
     * that has passed asks it to stay awake.
     */
    void (*rest)(void *ctx, uint64_t until_ms);
};

#endif
