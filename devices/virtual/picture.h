/*
 * picture: dots as a PNG of one bit a dot, as large as they are.
 */
#ifndef DEVICES_VIRTUAL_PICTURE_H
#define DEVICES_VIRTUAL_PICTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "devices/paper/bitmap.h"

/* `per_metre` dots are a metre. False: not all of it could be written, or it
 * is empty. */
bool picture_write(const struct bitmap *bitmap, unsigned per_metre, FILE *file);

#endif
