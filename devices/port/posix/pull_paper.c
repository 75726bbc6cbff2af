#include "devices/port/posix/pull_paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/virtual/head.h"
#include "devices/virtual/picture.h"
#include "devices/virtual/reader.h"

struct drawing {
    struct pull_paper *paper;
    struct reader reader;
    struct head head;
    bool is_whole; /* one sheet came out */
    bool broken;   /* more than one, or no memory */
};

/* --- a sheet --- */

static bool copy(uint8_t **out, const void *bytes, size_t len)
{
    *out = malloc(len ? len : 1);
    if (*out)
        memcpy(*out, bytes, len);
    return *out != NULL;
}

static bool keep_png(struct pull_paper *paper, const struct bitmap *dots)
{
    char *png = NULL;
    FILE *file = open_memstream(&png, &paper->png_len);
    bool is_written =
            file && picture_write(dots, SHEET_DOTS_PER_MM * 1000, file);

    if (file && fclose(file) != 0)
        is_written = false;
    paper->png = (uint8_t *)png;
    return is_written;
}

static bool keep_sheet(struct pull_paper *paper, const struct sheet *sheet)
{
    const struct bitmap *dots = &sheet->dots;
    size_t row = (dots->width + 7) / 8;

    paper->width = dots->width;
    paper->height = dots->height;
    paper->text_len = sheet->text_len;
    paper->dots = malloc(row * dots->height + 1);
    if (!paper->dots || !copy(&paper->text, sheet->text, sheet->text_len))
        return false;
    for (uint32_t y = 0; y < dots->height; y++)
        memcpy(paper->dots + y * row, dots->bits + (size_t)y * dots->stride,
                row);
    return keep_png(paper, dots);
}

static void on_head(void *ctx, enum head_event event)
{
    struct drawing *drawing = ctx;

    if (event != HEAD_CUT && event != HEAD_FULL && event != HEAD_TORN)
        return;
    if (!drawing->head.sheet.inked)
        return;
    if (event == HEAD_FULL || drawing->is_whole ||
            !keep_sheet(drawing->paper, &drawing->head.sheet))
        drawing->broken = true;
    drawing->is_whole = true;
}

/* --- what is read --- */

static bool is_drawn(enum command_id id)
{
    return reader_commands[id].owner == OWNER_HEAD;
}

static void on_byte(void *ctx, uint8_t byte)
{
    head_byte(&((struct drawing *)ctx)->head, byte);
}

static void on_command(void *ctx, enum command_id id,
        const uint8_t arguments[READER_ARGUMENTS], uint32_t data)
{
    (void)data;
    if (is_drawn(id))
        head_command(&((struct drawing *)ctx)->head, id, arguments);
}

static void on_data(void *ctx, enum command_id id, uint8_t byte)
{
    if (is_drawn(id))
        head_data(&((struct drawing *)ctx)->head, id, byte);
}

static void on_end(void *ctx, enum command_id id)
{
    if (is_drawn(id))
        head_end(&((struct drawing *)ctx)->head, id);
}

bool pull_paper_draw(struct pull_paper *paper, const struct profile *profile,
        const struct glyphs *glyphs, const uint8_t *bytes, size_t len)
{
    struct drawing *drawing = calloc(1, sizeof(*drawing)); /* too large */
    const struct reader_to reads = { drawing, on_byte, on_command, on_data,
        on_end };
    const struct head_to to = { drawing, on_head };
    bool is_drawn_well;

    memset(paper, 0, sizeof(*paper));
    if (!drawing)
        return false;
    drawing->paper = paper;
    reader_init(&drawing->reader, &reads);
    is_drawn_well = head_init(&drawing->head, profile, glyphs, &to);
    for (size_t i = 0; is_drawn_well && i < len && !drawing->broken; i++)
        reader_feed(&drawing->reader, bytes[i]);
    if (is_drawn_well)
        head_tear(&drawing->head);
    is_drawn_well = is_drawn_well && drawing->is_whole && !drawing->broken;
    head_finish(&drawing->head);
    free(drawing);
    if (!is_drawn_well)
        pull_paper_finish(paper);
    return is_drawn_well;
}

void pull_paper_finish(struct pull_paper *paper)
{
    free(paper->png);
    free(paper->text);
    free(paper->dots);
    memset(paper, 0, sizeof(*paper));
}
