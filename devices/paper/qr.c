#include "devices/paper/qr.h"

#include <string.h>

#include <qrencode.h>

bool qr_make(struct qr *qr, const char *text)
{
    /* M: a tenth of the dots may be lost to a wet thumb. */
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    bool fits = code && code->width <= QR_MAX_MODULES;

    qr->modules = fits ? (uint32_t)code->width : 0;
    for (uint32_t i = 0; i < qr->modules * qr->modules; i++)
        qr->dark[i] = code->data[i] & 1;
    QRcode_free(code);
    return fits;
}

static void draw_module(
        struct bitmap *onto, uint32_t size, int32_t left, int32_t top)
{
    for (int32_t y = 0; y < (int32_t)size; y++)
        for (int32_t x = 0; x < (int32_t)size; x++)
            bitmap_set(onto, left + x, top + y);
}

void qr_draw(const struct qr *qr, uint32_t size, struct bitmap *onto, int32_t x,
        int32_t y)
{
    for (uint32_t i = 0; i < qr->modules * qr->modules; i++)
        if (qr->dark[i])
            draw_module(onto, size, x + (int32_t)(i % qr->modules * size),
                    y + (int32_t)(i / qr->modules * size));
}
