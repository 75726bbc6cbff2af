/*
 * cells: how wide text is on paper, in cells of a fixed width: most letters
 * take one, those of East Asia two, marks none. A letter and its marks are one
 * and are never parted.
 */
#ifndef DEVICES_PAPER_CELLS_H
#define DEVICES_PAPER_CELLS_H

#include <stddef.h>
#include <stdint.h>

/* Cells of the text in normal width. */
uint32_t cells_of(const char *text);

/* Bytes of the letter at `text` with its marks, and the cells it takes; 0 at
 * the NUL. A byte that is no UTF-8 is one letter. */
size_t cells_next(const char *text, uint32_t *cells);

/*
 * Bytes of `text` that go into `width` cells: never part of a letter and its
 * marks, and at least one letter as long as `width` is at least 2.
 */
size_t cells_fit(const char *text, uint32_t width);

#endif
