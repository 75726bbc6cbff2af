/*
 * disk: the disk below SQLite, which can be made to fail, and which counts.
 */
#ifndef TESTS_SUPPORT_DISK_H
#define TESTS_SUPPORT_DISK_H

#include <stdint.h>

struct disk {
    int write_error; /* what writing returns: an SQLITE_…; 0: it works */
    int sync_error;
    uint32_t writes, syncs;
    uint32_t unsynced; /* writes since the last sync */
};

extern struct disk disk;

/* A group setup of cmocka: journals opened from now on lie on it. */
int disk_install(void **unused);

#endif
