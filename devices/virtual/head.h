/*
 * head: what a printer does with letters and commands: it puts dots on paper.
 *
 * Letters of a line wait until it ends, or until no more fit. Then it is
 * drawn, and the paper moves. Beside the dots a copy of the text is kept. It
 * answers nothing and knows no time.
 */
#ifndef DEVICES_VIRTUAL_HEAD_H
#define DEVICES_VIRTUAL_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/paper/profile.h"
#include "devices/virtual/font.h"
#include "devices/virtual/reader.h"
#include "devices/virtual/sheet.h"

#define HEAD_LINE   128         /* letters that wait */
#define HEAD_PARCEL (64 * 1024) /* of a command's data; more is left out */
#define HEAD_CODE   256         /* bytes of a QR code's text */
#define HEAD_ROW    30          /* rows that the paper moves for a line */

enum head_event {
    HEAD_CUT,    /* the sheet is whole; it is cleared after the call */
    HEAD_FULL,   /* there is no more of it; likewise */
    HEAD_TORN,   /* head_tear; likewise */
    HEAD_DRAWER, /* the cash drawer opens */
    HEAD_BUZZ,
};

struct head_to {
    void *ctx;
    void (*happened)(void *ctx, enum head_event event);
};

struct head_style {
    uint8_t wide, tall; /* 1 to 8 */
    bool bold, underline, invert;
    enum font_size font;
};

struct head_letter {
    uint32_t point;
    uint32_t x; /* from the left of the line */
    struct head_style style;
};

/* Dots that come row by row, or kept ones. */
struct head_picture {
    uint32_t width, height; /* dots, each drawn `wide` by `tall` */
    uint32_t stride;
    uint8_t wide, tall;
    uint32_t at; /* bytes of it that came */
};

struct head {
    struct head_to to;
    const struct profile *profile;
    struct sheet sheet;
    struct font font;
    uint64_t moved; /* rows, since the beginning */

    struct head_style style;
    enum codepage_id page;
    uint8_t align; /* 0 left, 1 middle, 2 right */
    uint8_t gap;   /* dots behind each letter */
    uint32_t spacing;
    uint32_t margin, area; /* dots */

    struct head_letter line[HEAD_LINE];
    uint32_t letters;
    uint32_t used;  /* dots of the line */
    uint32_t ahead; /* rows that the paper moved for it already */

    struct head_picture picture;      /* of a command under way */
    uint32_t raster_y;                /* its first row on the sheet */
    uint32_t shown_width, shown_rows; /* pictures not yet in the text */

    uint8_t parcel[HEAD_PARCEL];
    uint32_t parcel_len;
    uint8_t parcel_name;
    uint8_t arguments[READER_ARGUMENTS]; /* of the command it belongs to */
    struct head_picture kept; /* GS ( L: dots that wait to be printed */
    uint8_t graphics[HEAD_PARCEL];
    uint8_t code[HEAD_CODE]; /* QR */
    uint32_t code_len;
    uint8_t code_size; /* dots of a module */
};

/*
 * `profile` has the width of the paper, and its code pages; `glyphs` may be
 * NULL. Both are borrowed for the head's life. False: no memory. Pair with
 * head_finish.
 */
bool head_init(struct head *head, const struct profile *profile,
        const struct glyphs *glyphs, const struct head_to *to);

void head_finish(struct head *head);

/* As after power was lost: what waits for the end of its line is lost. */
void head_reset(struct head *head);

/* What the reader reads, of the commands that are the head's. */
void head_byte(struct head *head, uint8_t byte);
void head_command(struct head *head, enum command_id id,
        const uint8_t arguments[READER_ARGUMENTS]);
void head_data(struct head *head, enum command_id id, uint8_t byte);
void head_end(struct head *head, enum command_id id);

/* The parcel that has just ended: its function and data; see GS (. */
uint8_t head_parcel(
        const struct head *head, const uint8_t **bytes, uint32_t *len);

/* Somebody takes the paper away as it is, and a new sheet begins. */
void head_tear(struct head *head);

#endif
