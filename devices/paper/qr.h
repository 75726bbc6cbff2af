/*
 * qr: QR codes as dots.
 */
#ifndef DEVICES_PAPER_QR_H
#define DEVICES_PAPER_QR_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/paper/bitmap.h"

#define QR_MAX_MODULES 61

struct qr {
    uint32_t modules;                              /* a side */
    uint8_t dark[QR_MAX_MODULES * QR_MAX_MODULES]; /* row by row, 0 or 1 */
};

/* False, and no modules: `text` is empty or too long, over about 250 bytes. */
bool qr_make(struct qr *qr, const char *text);

/* Draw it with its upper left at x, y, each module `size` dots wide; the
 * white around it, four modules, is the caller's. Dots outside are ignored. */
void qr_draw(const struct qr *qr, uint32_t size, struct bitmap *onto, int32_t x,
        int32_t y);

#endif
