/*
 * sheet: the paper between two cuts: its dots, and what stands on it as text.
 * It grows from the top while it is printed on, up to SHEET_ROWS.
 */
#ifndef DEVICES_VIRTUAL_SHEET_H
#define DEVICES_VIRTUAL_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/paper/bitmap.h"

#define SHEET_DOTS_PER_MM 8
#define SHEET_ROWS        16000 /* 2 m */
#define SHEET_TEXT        (32 * 1024)
#define SHEET_JOB         97

struct sheet {
    struct bitmap dots; /* as high as the paper is long by now */
    uint32_t room;      /* rows that there is memory for */
    bool inked;         /* something was printed, if only a blank */
    bool cut_short;     /* text was left out */
    char *text;         /* UTF-8 lines; what is big begins with "# " */
    size_t text_len;
};

/* False: no memory. Pair with sheet_finish. */
bool sheet_init(struct sheet *sheet, uint32_t width);

void sheet_finish(struct sheet *sheet);

/* White and short again. */
void sheet_clear(struct sheet *sheet);

/* Make it longer; false: it is at its end, or no memory, and as it was. */
bool sheet_feed(struct sheet *sheet, uint32_t rows);

/* One line of text, without its end. */
void sheet_write(struct sheet *sheet, const char *line);

/* The id of the job whose ticket this is, from its last line "job ID"; ""
 * where no such line stands. */
void sheet_job(const struct sheet *sheet, char job[SHEET_JOB]);

#endif
