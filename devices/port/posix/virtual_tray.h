/*
 * virtual_tray: the folder that a virtual printer's tickets lie in.
 *
 *   paper.log         one line of JSON for each sheet, at once, before anybody
 *                     is told that it is printed
 *   ticket-0001.png   its dots
 *   ticket-0001.txt   what it is, then its text
 *   index.html        the TRAY_SHOWN newest, to look at
 *
 * The TRAY_KEPT newest tickets stay; of paper.log one older file does.
 */
#ifndef DEVICES_PORT_POSIX_VIRTUAL_TRAY_H
#define DEVICES_PORT_POSIX_VIRTUAL_TRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/virtual/machine.h"

#define TRAY_KEPT      200
#define TRAY_SHOWN     40 /* of them, on the page */
#define TRAY_LOG_BYTES (16 * 1024 * 1024)

struct virtual_tray {
    int dir;         /* -1: none */
    uint32_t number; /* of the newest */
};

/* Make the folder if need be, and go on counting where it left off. False:
 * errno says why. Pair with tray_close. */
bool tray_open(struct virtual_tray *tray, const char *path);

/* Put a sheet into it; returns its number. What cannot be written is lost, and
 * `failed` says so. */
uint32_t tray_put(struct virtual_tray *tray, const struct sheet *sheet,
        enum machine_why why, bool is_whole, bool *failed);

void tray_close(struct virtual_tray *tray);

#endif
