#include "devices/ticket/layout.h"

#include <assert.h>
#include <string.h>

#include "devices/paper/cells.h"

#define LINE_RUNS 128
/* A row's text once, blanks to the left of each column, each run's NUL. */
#define LINE_BYTES (LAYOUT_BYTES + 256 + LINE_RUNS)

struct line {
    struct paper_run runs[LINE_RUNS];
    uint32_t count;
    char text[LINE_BYTES];
    size_t len;
    uint32_t cells;
    bool is_apart; /* what comes next is a run of its own */
};

void layout_begin(struct layout_row *row, bool from_right)
{
    row->from_right = from_right;
    row->count = 0;
    row->len = 0;
    row->full = false;
}

void layout_column(struct layout_row *row, enum layout_align align,
        uint32_t left, uint32_t width)
{
    assert(row->count < LAYOUT_COLUMNS && width >= 2);
    /* A NUL between columns: no mark goes to the letter of another one. */
    if (row->count > 0 && row->len < LAYOUT_BYTES)
        row->len++;
    row->columns[row->count++] = (struct layout_column){ .align = align,
        .left = left,
        .width = width,
        .begin = row->len,
        .end = row->len };
    if (row->len < LAYOUT_BYTES)
        row->text[row->len] = '\0';
    else
        row->full = true;
}

char *layout_room(struct layout_row *row, size_t *cap)
{
    static char none[1];

    *cap = row->full ? 1 : LAYOUT_BYTES - row->len;
    return row->full ? none : row->text + row->len;
}

void layout_add(struct layout_row *row, unsigned style)
{
    struct layout_column *column = &row->columns[row->count - 1];
    size_t len;

    if (row->full)
        return;
    if (column->width < LAYOUT_MIN_WIDE)
        style &= ~(unsigned)STYLE_WIDE;
    len = strlen(row->text + row->len);
    memset(row->styles + row->len, (int)style, len);
    row->len += len;
    column->end = row->len;
}

/* --- where lines end --- */

/* The letter at `at`: its bytes and the cells it takes in its style. */
static size_t letter(const struct layout_row *row, size_t at, uint32_t *cells)
{
    size_t len = 1;

    *cells = 1;
    if (row->text[at] != LAYOUT_BLANK)
        len = cells_next(row->text + at, cells);
    if (row->styles[at] & STYLE_WIDE)
        *cells *= 2;
    return len;
}

static bool is_wide_letter(const struct layout_row *row, size_t at)
{
    uint32_t cells = 0;

    cells_next(row->text + at, &cells);
    return cells > 1;
}

static bool is_one_of(const char *text, const char *const *signs)
{
    for (; *signs; signs++)
        if (strncmp(text, *signs, strlen(*signs)) == 0)
            return true;
    return false;
}

/* What closes never begins a line, what opens never ends one. */
static const char *const closing[] = { "、", "。", "，", "．", "：", "；", "！",
    "？", "）", "」", "』", "】", "》", "”", "’", NULL };
static const char *const opening[] = { "（", "「", "『", "【", "《", "“", "‘",
    NULL };

/* May a line begin with the letter at `at`, which follows the one at `last`? */
static bool may_part(const struct layout_row *row, size_t last, size_t at)
{
    const char *text = row->text + at;

    return row->text[last] != ' ' && row->text[last] != LAYOUT_BLANK &&
           *text != LAYOUT_BLANK && !is_one_of(text, closing) &&
           !is_one_of(row->text + last, opening) &&
           (is_wide_letter(row, last) || is_wide_letter(row, at));
}

static size_t skip_blanks(const struct layout_row *row, size_t at, size_t end)
{
    while (at < end && row->text[at] == ' ')
        at++;
    return at;
}

/*
 * The end of the line that begins at `from`. Where it may break is behind the
 * last blank, or between letters of which one is wide; where there is no such
 * place it breaks at the last letter that fits.
 */
static size_t line_end(const struct layout_row *row,
        const struct layout_column *column, size_t from)
{
    size_t best = from;
    size_t last = from;
    size_t at = from;
    uint32_t used = 0;

    while (at < column->end && row->text[at] != '\n') {
        uint32_t cells;
        size_t len = letter(row, at, &cells);

        if (row->text[at] == ' ' || (at > from && may_part(row, last, at)))
            best = at;
        if (used + cells > column->width && at > from)
            return best > from ? best : at;
        used += cells;
        last = at;
        at += len;
    }
    return at;
}

/* --- a line --- */

/* A run of `cells`; NUL and all of it fits, see LINE_BYTES. */
static void put_letter(struct line *line, unsigned style, const char *text,
        size_t len, uint32_t cells)
{
    struct paper_run *run = line->count ? &line->runs[line->count - 1] : NULL;

    if (!run || ((line->is_apart || run->style != style) &&
                        line->count < LINE_RUNS)) {
        if (run)
            line->len++; /* its NUL */
        run = &line->runs[line->count++];
        *run = (struct paper_run){ .style = style,
            .text = line->text + line->len };
    }
    line->is_apart = false;
    assert(line->len + len < sizeof(line->text));
    memcpy(line->text + line->len, text, len);
    line->len += len;
    line->text[line->len] = '\0';
    run->cells += cells;
    line->cells += cells;
}

static void put_letters(
        struct line *line, const struct layout_row *row, size_t from, size_t to)
{
    while (from < to) {
        uint32_t cells;
        size_t len = letter(row, from, &cells);

        put_letter(line, row->styles[from],
                row->text[from] == LAYOUT_BLANK ? " " : row->text + from, len,
                cells);
        from += len;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == LAYOUT_BLANK;
}

/* Text of one style in a row from right to left: a blank behind it stands to
 * the left of it. */
static void put_turned(
        struct line *line, const struct layout_row *row, size_t from, size_t to)
{
    size_t begin = from;
    size_t end = to;

    while (begin < to && is_blank(row->text[begin]))
        begin++;
    while (end > begin && is_blank(row->text[end - 1]))
        end--;
    line->is_apart = true;
    put_letters(line, row, end, to);
    line->is_apart = true;
    put_letters(line, row, begin, end);
    line->is_apart = true;
    put_letters(line, row, from, begin);
}

/* The sink turns text round within a run; the order of runs is ours. */
static void put_text(
        struct line *line, const struct layout_row *row, size_t from, size_t to)
{
    while (row->from_right && from < to) {
        size_t begin = to - 1;

        while (begin > from && row->styles[begin - 1] == row->styles[to - 1])
            begin--;
        put_turned(line, row, begin, to);
        to = begin;
    }
    put_letters(line, row, from, to);
}

/* Blanks and columns are runs of their own: text from right to left turns only
 * itself round. */
static void put_part(struct line *line, const struct layout_row *row,
        const struct layout_column *column, size_t from, size_t to)
{
    uint32_t used = 0;
    uint32_t cells;

    while (to > from && row->text[to - 1] == ' ')
        to--;
    for (size_t at = from; at < to; used += cells)
        at += letter(row, at, &cells);
    line->is_apart = true;
    if (from < to)
        for (uint32_t left = column->left + (column->width - used) *
                                                    (uint32_t)column->align / 2;
                line->cells < left;)
            put_letter(line, STYLE_NORMAL, " ", 1, 1);
    line->is_apart = true;
    put_text(line, row, from, to);
}

/* Take from each column what goes on the next line; false if all are through.
 */
static bool put_line(const struct layout_row *row,
        const struct paper_sink *sink, size_t at[LAYOUT_COLUMNS], bool is_first)
{
    struct line line;
    struct paper_line handed;
    bool more = is_first;

    line.count = 0;
    line.len = 0;
    line.cells = 0;
    line.is_apart = false;
    for (uint32_t i = 0; i < row->count; i++) {
        uint32_t n = row->from_right ? row->count - 1 - i : i;
        const struct layout_column *column = &row->columns[n];
        size_t from = skip_blanks(row, at[n], column->end);
        size_t to = line_end(row, column, from);

        more |= at[n] < column->end;
        put_part(&line, row, column, from, to);
        at[n] = skip_blanks(row, to, column->end);
        if (at[n] < column->end && row->text[at[n]] == '\n')
            at[n]++;
    }
    if (!more)
        return false;
    if (line.count == 0)
        put_letter(&line, STYLE_NORMAL, "", 0, 0);
    handed = (struct paper_line){ .runs = line.runs, .count = line.count };
    sink->line(sink->ctx, &handed);
    return true;
}

/* Ids and names of machines, which programs look for at the left edge, too. */
static bool is_technical(const struct layout_row *row)
{
    for (size_t i = 0; i < row->len; i++)
        if ((uint8_t)row->text[i] >= 0x80 || row->styles[i] != STYLE_NORMAL)
            return false;
    return row->count == 1;
}

void layout_end(struct layout_row *row, const struct paper_sink *sink)
{
    size_t at[LAYOUT_COLUMNS];
    bool is_first = true;

    if (row->full)
        return;
    if (row->from_right && is_technical(row)) {
        row->from_right = false;
        row->columns[0].align =
                (enum layout_align)(ALIGN_RIGHT - row->columns[0].align);
    }
    for (uint32_t i = 0; i < row->count; i++)
        at[i] = row->columns[i].begin;
    while (put_line(row, sink, at, is_first))
        is_first = false;
}
