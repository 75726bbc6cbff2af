/*
 * nvs_store: small values that survive a loss of power, in the partition "nvs".
 *
 * Two name spaces: what the core keeps (outbox, boots, settings), and who the
 * device is, which is written when it is set up and by nobody else.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_NVS_STORE_H
#define DEVICES_PORT_ESP32_MAIN_NVS_STORE_H

#include <stdbool.h>
#include <stddef.h>

/* Before anything else, Wi-Fi too. False: the partition cannot be used. One
 * that another layout has written is not erased: it may hold facts. */
bool nvs_store_start(void);

/* On flash when this returns true. Without length: forget it. */
bool nvs_store_keep(const char *key, const void *data, size_t len);

/* Returns the length; 0: there is none, or it is longer than `cap`. */
size_t nvs_store_load(const char *key, void *data, size_t cap);

/* A text of who the device is, with its NUL. False: none, or too long. */
bool nvs_store_get_text(const char *key, char *out, size_t cap);

/* On flash when this returns true. NULL: forget it. */
bool nvs_store_put_text(const char *key, const char *text);

#endif
