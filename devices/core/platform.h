/*
 * platform: what the core asks of the machine it runs on; nothing else.
 *
 * None of these may call back into the core before it returns. None waits.
 * Time is no function here: every call into the core brings its moment.
 */
#ifndef DEVICES_CORE_PLATFORM_H
#define DEVICES_CORE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

    void (*buzz)(void *ctx, bool on);
    void (*led)(void *ctx, bool on);
};

#endif
