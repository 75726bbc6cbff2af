/*
 * store: a directory of small files that survive a loss of power.
 *
 * A file is replaced as a whole (written beside, synced, renamed, directory
 * synced), so a reader finds the old or the new one. One process at a time
 * has a store open.
 */
#ifndef DEVICES_PORT_POSIX_STORE_H
#define DEVICES_PORT_POSIX_STORE_H

#include <stdbool.h>
#include <stddef.h>

struct store {
    int dir;  /* -1: closed */
    int lock; /* -1: none */
};

enum store_open {
    STORE_OPEN,
    STORE_BUSY,   /* another process has it */
    STORE_FAILED, /* errno says why */
};

/* Open `path`, making it and its parents if needed (mode 0700). */
enum store_open store_open(struct store *store, const char *path);

/* The same for a program's start: an exit code of sysexits; if it is not EX_OK
 * the reason was printed. */
int store_enter(struct store *store, const char *path);

/* A closed or half-opened store is fine. */
void store_close(struct store *store);

/* On disk when this returns true. `name` is a plain file name. */
bool store_put(
        struct store *store, const char *name, const void *data, size_t len);

/* Read up to `cap` bytes; returns their number, 0 if there is no such file,
 * it is empty, or longer. */
size_t store_get(struct store *store, const char *name, void *data, size_t cap);

/* A file that is not there is fine. */
void store_remove(struct store *store, const char *name);

#endif
