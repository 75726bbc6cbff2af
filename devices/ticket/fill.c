#include "devices/ticket/fill.h"

#include <string.h>

#include "devices/ticket/values.h"

#define CODE_BYTES 241 /* what a QR code says, with its NUL */

/* Bytes that the last sign may have needed when text was cut (codepage.h). */
#define CLEAN_SLACK 16

struct fill {
    const struct template *from;
    const struct ticket_paper *paper;
    const struct template_step *begun; /* the row; NULL: between rows */
    struct values values;
    struct layout_row row;
    bool is_shown;   /* tags have given something to this row */
    uint32_t within; /* sections that began in this row */
    bool full;
    bool is_cut; /* but the paper is cut only if something follows */
    bool in_code;
    bool code_full;
    size_t code_len;
    char code[CODE_BYTES];
};

static void cut_first(struct fill *fill)
{
    const struct paper_sink *sink = fill->paper->sink;

    if (fill->is_cut && sink->cut)
        sink->cut(sink->ctx);
    fill->is_cut = false;
}

/* --- text --- */

/* Of a code nothing is cleaned: it is no text that anybody reads. But what
 * does not fit makes it another one. */
static void add_code(struct fill *fill, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7F)
            continue;
        fill->code_full |= fill->code_len + 1 == CODE_BYTES;
        if (!fill->code_full)
            fill->code[fill->code_len++] = text[i];
    }
}

static void add_text(
        struct fill *fill, const char *text, unsigned style, bool has_lines)
{
    const struct ticket_paper *paper = fill->paper;
    size_t cap;
    char *room;

    if (fill->in_code) {
        add_code(fill, text, strlen(text));
        return;
    }
    room = layout_room(&fill->row, &cap);
    if (text[0] == LAYOUT_BLANK && !text[1] && cap > 1) {
        memcpy(room, text, 2);
    } else {
        codepage_clean(paper->profile, paper->glyphs, text, room, cap);
        if (strlen(room) + CLEAN_SLACK >= cap)
            fill->full = true;
    }
    for (char *c = room; !has_lines && (c = strchr(c, '\n'));)
        *c = ' ';
    layout_add(&fill->row, style);
}

/* Letters of the template itself, which have no NUL behind them. */
static void add_letters(struct fill *fill, const struct template_step *step)
{
    char part[VALUE_BYTES];
    const char *at = step->text;
    const char *end = at + step->len;

    fill->is_shown |= fill->within > 0;
    while (at < end) {
        size_t len = (size_t)(end - at);

        if (len >= sizeof(part)) {
            len = sizeof(part) - 1;
            while (((uint8_t)at[len] & 0xC0) == 0x80 && len > 1)
                len--; /* not in the midst of a letter */
        }
        memcpy(part, at, len);
        part[len] = '\0';
        add_text(fill, part, step->style, true);
        at += len;
    }
}

static void add_value(struct fill *fill, const struct template_step *step)
{
    const char *text = values_text(&fill->values,
            (enum ticket_name_id)step->arg, (enum ticket_scope)step->scope);

    fill->is_shown |= text[0] != '\0';
    add_text(fill, text, step->style, ticket_names[step->arg].lines);
}

/* --- rows --- */

static enum layout_align opposite(enum layout_align align)
{
    return (enum layout_align)(ALIGN_RIGHT - align);
}

/* Where a language is read from right to left, paper is seen in a mirror. */
static void begin_column(struct fill *fill, const struct template_step *step)
{
    const struct template_step *row = fill->begun;
    uint32_t left[LAYOUT_COLUMNS];
    uint32_t width[LAYOUT_COLUMNS];
    uint32_t index = fill->row.count;

    /* Narrower paper than the template was read for: its fault, not ours. */
    if (!template_place(&fill->from->formats[row->arg], row->len,
                fill->paper->columns, left, width)) {
        fill->full = true;
        left[index] = 0;
        width[index] = LAYOUT_MIN_WIDE;
    }
    if (fill->row.from_right)
        layout_column(&fill->row, opposite((enum layout_align)step->style),
                fill->paper->columns - left[index] - width[index],
                width[index]);
    else
        layout_column(&fill->row, (enum layout_align)step->style, left[index],
                width[index]);
}

static void end_row(struct fill *fill, bool has_values)
{
    fill->full |= fill->row.full;
    if (fill->full || (has_values && !fill->is_shown))
        return;
    cut_first(fill);
    layout_end(&fill->row, fill->paper->sink);
}

static void put_rule(struct fill *fill)
{
    char dashes[TICKET_MAX_COLUMNS + 1];
    const struct paper_run run = { .text = dashes,
        .cells = fill->paper->columns };
    const struct paper_line line = { .runs = &run, .count = 1 };

    memset(dashes, '-', fill->paper->columns);
    dashes[fill->paper->columns] = '\0';
    cut_first(fill);
    fill->paper->sink->line(fill->paper->sink->ctx, &line);
}

static void end_code(struct fill *fill)
{
    const struct paper_sink *sink = fill->paper->sink;

    fill->in_code = false;
    if (!sink->qr || fill->code_full || fill->code_len == 0)
        return;
    fill->code[fill->code_len] = '\0';
    cut_first(fill);
    sink->qr(sink->ctx, fill->code);
}

/* --- steps --- */

static void run(struct fill *fill, uint32_t at, uint32_t end);

static void run_list(struct fill *fill, uint32_t at)
{
    const struct template_step *step = &fill->from->steps[at];
    const struct ticket_name *name = &ticket_names[step->arg];
    size_t count = values_count(&fill->values, (enum ticket_name_id)step->arg);

    fill->values.count[name->opens] = count;
    for (size_t i = 0; i < count; i++) {
        fill->values.index[name->opens] = i;
        run(fill, at + 1, step->len);
    }
}

static bool is_there(struct fill *fill, const struct template_step *step)
{
    enum ticket_name_id name = (enum ticket_name_id)step->arg;

    if (ticket_names[name].is_list)
        return values_count(&fill->values, name) > 0;
    return values_text(&fill->values, name,
                   (enum ticket_scope)step->scope)[0] != '\0';
}

/* Returns the step behind the section. */
static uint32_t run_section(struct fill *fill, uint32_t at, bool in_row)
{
    const struct template_step *step = &fill->from->steps[at];
    bool is_list = ticket_names[step->arg].is_list;

    fill->within += in_row;
    if (step->kind == STEP_SECTION && is_list) {
        run_list(fill, at);
    } else if (is_there(fill, step) == (step->kind == STEP_SECTION)) {
        run(fill, at + 1, step->len);
    }
    fill->within -= in_row;
    return step->len;
}

static void run_step(struct fill *fill, const struct template_step *step)
{
    switch ((enum template_step_kind)step->kind) {
    case STEP_ROW:
        fill->begun = step;
        fill->is_shown = false;
        layout_begin(&fill->row, fill->values.words->from_right);
        break;
    case STEP_COLUMN:
        begin_column(fill, step);
        break;
    case STEP_TEXT:
        add_letters(fill, step);
        break;
    case STEP_VALUE:
        add_value(fill, step);
        break;
    case STEP_CAPTION:
        fill->is_shown |= fill->within > 0;
        add_text(fill, fill->values.words->words[step->arg], step->style, true);
        break;
    case STEP_ROW_END:
        end_row(fill, step->arg);
        fill->begun = NULL;
        break;
    case STEP_RULE:
        put_rule(fill);
        break;
    case STEP_CUT:
        fill->is_cut = true;
        break;
    case STEP_CODE:
        fill->in_code = true;
        fill->code_full = false;
        fill->code_len = 0;
        break;
    case STEP_CODE_END:
        end_code(fill);
        break;
    case STEP_SECTION:
    case STEP_UNLESS:
    case STEP_END:
        break;
    }
}

static void run(struct fill *fill, uint32_t at, uint32_t end)
{
    while (at < end && !fill->full) {
        const struct template_step *step = &fill->from->steps[at];

        if (step->kind == STEP_SECTION || step->kind == STEP_UNLESS) {
            at = run_section(fill, at, fill->begun);
            continue;
        }
        run_step(fill, step);
        at++;
    }
}

bool fill_template(const struct template *from,
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    struct fill fill;

    fill.from = from;
    fill.paper = paper;
    fill.full = false;
    fill.begun = NULL;
    fill.within = 0;
    fill.is_shown = false;
    fill.is_cut = false;
    fill.in_code = false;
    values_init(&fill.values, paper, job);
    run(&fill, 0, from->count);
    return !fill.full;
}
