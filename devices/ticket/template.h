/*
 * template: what stands where on a ticket, written by people.
 *
 * Markup is a subset of ReceiptLine's, values and repetition are written as
 * in Mustache: README.md has all of it. A template is read when the program
 * starts, and refused there with line and column; later only values are put
 * in, so nothing in them is markup.
 */
#ifndef DEVICES_TICKET_TEMPLATE_H
#define DEVICES_TICKET_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/ticket/layout.h"

#define TEMPLATE_BYTES    8192 /* of one text, with its NUL */
#define TEMPLATE_STEPS    1024
#define TEMPLATE_FORMATS  48
#define TEMPLATE_SECTIONS 8 /* within each other */
#define TEMPLATE_PARTS    4 /* likewise */
#define TEMPLATE_REST     0xFF

enum template_step_kind {
    STEP_ROW,     /* begins a line; .arg: its format */
    STEP_COLUMN,  /* .style: how it is aligned */
    STEP_TEXT,    /* .text[0..len) */
    STEP_VALUE,   /* .arg: a name */
    STEP_CAPTION, /* .arg: a caption */
    STEP_ROW_END, /* .arg: it has values */
    STEP_RULE,    /* across the paper */
    STEP_CUT,
    STEP_CODE, /* begins what a QR code says */
    STEP_CODE_END,
    STEP_SECTION, /* .arg: a name; .len: the step behind its end */
    STEP_UNLESS,  /* likewise, if there is none of it */
    STEP_END,     /* of a section */
};

struct template_step {
    uint8_t kind;  /* enum template_step_kind */
    uint8_t style; /* of enum paper_style */
    uint8_t scope; /* of the list that is open innermost */
    uint16_t arg;
    uint32_t len;
    const char *text;
};

/* How the columns of a row lie. */
struct template_format {
    uint8_t count;  /* 0: as many as the row has, equally wide */
    uint8_t border; /* cells between two */
    uint8_t align;  /* enum layout_align, of all of it on the paper */
    uint8_t widths[LAYOUT_COLUMNS]; /* cells; TEMPLATE_REST: what is left */
};

struct template
{
    struct template_step steps[TEMPLATE_STEPS];
    uint32_t count;
    struct template_format formats[TEMPLATE_FORMATS];
    uint32_t format_count;
};

/* A text by its name, which is its file's without ".receipt". */
struct template_source {
    const char *name;
    const char *text;
};

/* What is wrong with one, and where; line and column count from 1. */
struct template_fault {
    const char *name;
    uint32_t line, column; /* 0: it is not a matter of one place */
    const char *what;
};

/* Where a parser looks for a text; NULL if there is none of that name. */
typedef const struct template_source *template_find(
        void *ctx, const char *name, size_t len);

/*
 * Read the template of this name, for paper of `columns` or more. Its texts
 * are borrowed for its life, and what `fault` points to is a constant or one
 * of their names. False: `fault` says why.
 */
bool template_read(struct template *into, const char *name, uint32_t columns,
        template_find *find, void *ctx, struct template_fault *fault);

/*
 * Where the columns of a row stand that has `count` of them, in a format that
 * template_read has let pass. False: they do not fit.
 */
bool template_place(const struct template_format *format, uint32_t count,
        uint32_t columns, uint32_t left[LAYOUT_COLUMNS],
        uint32_t width[LAYOUT_COLUMNS]);

#endif
