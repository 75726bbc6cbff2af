#include "tests/support/paper.h"

#include <assert.h>
#include <iconv.h>
#include <string.h>

#include <utf8proc.h>

#define ESC 0x1B
#define FS  0x1C
#define GS  0x1D

#define HIGH       128
#define BAND_ROWS  256
#define CODE_BYTES 252 /* what a printer draws of one code, with its head */

/* Where in a ticket a command may stand. */
enum part {
    PART_RESET,  /* nothing but the reset */
    PART_SINGLE, /* nothing but "no two-byte characters" */
    PART_NATION, /* nothing but "no nation's own signs" */
    PART_BODY,
    PART_CODE,   /* in the middle of the line: only a code */
    PART_SIZE,   /* of its modules */
    PART_REPAIR, /* how much of it may be lost */
    PART_DATA,
    PART_DRAW,
    PART_LEFT, /* back to the left */
    PART_FED,  /* the paper is behind the cutter: only the cut */
    PART_CUT,  /* nothing but the question */
    PART_END,
};

enum effect {
    DOES_NOTHING,
    SELECTS_PAGE,
    SETS_SIZE,
    SETS_LOOK,
    RINGS,
    CUTS,
    ASKS,
    STARTS_CODE,
    TAKES_CODE,
    TAKES_DOTS,
    TAKES_NUMBER,
};

/*
 * A command that may appear, by its first bytes. With `choices`, one byte
 * follows, which is one of them.
 */
static const struct command {
    enum part in, then;
    enum effect effect;
    uint8_t value; /* what the effect is about */
    uint8_t len;
    uint8_t bytes[11];
    uint8_t choice_count;
    uint8_t choices[4];
} commands[] = {
    { PART_RESET, PART_SINGLE, DOES_NOTHING, 0, 2, { ESC, '@' }, 0, { 0 } },
    { PART_SINGLE, PART_NATION, DOES_NOTHING, 0, 2, { FS, '.' }, 0, { 0 } },
    { PART_NATION, PART_BODY, DOES_NOTHING, 0, 3, { ESC, 'R', 0 }, 0, { 0 } },
    { PART_BODY, PART_BODY, SELECTS_PAGE, 0, 2, { ESC, 't' }, 0, { 0 } },
    { PART_BODY, PART_BODY, SETS_LOOK, 1, 2, { ESC, 'E' }, 2, { 0, 1 } },
    { PART_BODY, PART_BODY, SETS_LOOK, 2, 2, { GS, 'B' }, 2, { 0, 1 } },
    { PART_BODY, PART_BODY, SETS_LOOK, 4, 2, { ESC, '-' }, 2, { 0, 1 } },
    { PART_BODY, PART_BODY, SETS_SIZE, 0, 2, { GS, '!' }, 4,
            { 0x00, 0x01, 0x10, 0x11 } },
    { PART_BODY, PART_BODY, TAKES_DOTS, 0, 4, { GS, 'v', '0', 0 }, 0, { 0 } },
    { PART_BODY, PART_BODY, RINGS, PAPER_EPSON, 10,
            { ESC, '(', 'A', 5, 0, 97, 100, 2, 2, 1 }, 0, { 0 } },
    { PART_BODY, PART_BODY, RINGS, PAPER_CLONE, 4, { ESC, 'B', 2, 4 }, 0,
            { 0 } },
    { PART_BODY, PART_CODE, STARTS_CODE, 0, 3, { ESC, 'a', 1 }, 0, { 0 } },
    { PART_CODE, PART_SIZE, DOES_NOTHING, 0, 9,
            { GS, '(', 'k', 4, 0, '1', 'A', '2', 0 }, 0, { 0 } },
    { PART_SIZE, PART_REPAIR, DOES_NOTHING, 0, 8,
            { GS, '(', 'k', 3, 0, '1', 'C', 4 }, 0, { 0 } },
    { PART_REPAIR, PART_DATA, DOES_NOTHING, 0, 8,
            { GS, '(', 'k', 3, 0, '1', 'E', '1' }, 0, { 0 } },
    { PART_DATA, PART_DRAW, TAKES_CODE, 0, 3, { GS, '(', 'k' }, 0, { 0 } },
    { PART_DRAW, PART_LEFT, DOES_NOTHING, 0, 8,
            { GS, '(', 'k', 3, 0, '1', 'Q', '0' }, 0, { 0 } },
    { PART_LEFT, PART_BODY, DOES_NOTHING, 0, 3, { ESC, 'a', 0 }, 0, { 0 } },
    { PART_BODY, PART_FED, DOES_NOTHING, 0, 2, { ESC, 'd' }, 2, { 1, 4 } },
    { PART_FED, PART_CUT, CUTS, PAPER_PART, 4, { GS, 'V', 'B', 0 }, 0, { 0 } },
    { PART_FED, PART_CUT, CUTS, PAPER_FULL, 4, { GS, 'V', 'A', 0 }, 0, { 0 } },
    { PART_FED, PART_CUT, CUTS, PAPER_OLD, 2, { ESC, 'm' }, 0, { 0 } },
    { PART_CUT, PART_END, ASKS, PAPER_STATUS, 3, { GS, 'r', 1 }, 0, { 0 } },
    { PART_CUT, PART_END, TAKES_NUMBER, PAPER_NUMBER, 7,
            { GS, '(', 'H', 6, 0, '0', '0' }, 0, { 0 } },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

struct reading {
    struct paper *paper;
    const struct paper_printer *printer;
    const uint8_t *bytes;
    size_t len;
    size_t at;
    enum part part;
    const char *page; /* NULL: nobody knows which */
    uint32_t width;   /* cells of a character: 1 or 2 */
    uint32_t used;    /* cells of the line */
    uint32_t looks;   /* bold, underlined or white on black, each a bit */
    bool large;
    int32_t last, breaks; /* the character before, on a terminal */
    uint32_t last_cells;
};

static bool refuse(struct reading *reading, const char *why)
{
    if (!reading->paper->wrong) {
        reading->paper->wrong = why;
        reading->paper->at = reading->at;
    }
    return false;
}

/* --- code pages --- */

static uint32_t ask_iconv(iconv_t conversion, uint8_t byte)
{
    char *in = (char *)&byte, *out;
    uint32_t point = 0;
    size_t in_left = 1, out_left = sizeof(point);

    out = (char *)&point;
    return iconv(conversion, &in, &in_left, &out, &out_left) == (size_t)-1
                   ? 0
                   : point;
}

/* The character of a byte above 0x7F, 0: there is none. */
static uint32_t character(const char *page, uint8_t byte)
{
    static struct {
        const char *name;
        uint32_t points[HIGH];
    } known[PAPER_PAGES];
    uint32_t at = 0;
    iconv_t conversion;

    while (known[at].name && strcmp(known[at].name, page) != 0)
        assert(++at < PAPER_PAGES);
    if (known[at].name)
        return known[at].points[byte - HIGH];
    conversion = iconv_open("UCS-4LE", page);
    assert(conversion != (iconv_t)-1);
    for (uint32_t n = 0; n < HIGH; n++)
        known[at].points[n] = ask_iconv(conversion, (uint8_t)(HIGH + n));
    iconv_close(conversion);
    known[at].name = page;
    return known[at].points[byte - HIGH];
}

static bool select_page(struct reading *reading, uint8_t number)
{
    for (size_t i = 0; i < PAPER_PAGES; i++) {
        const struct paper_page *page = &reading->printer->pages[i];

        if (!page->name || page->number != number)
            continue;
        reading->page = page->name;
        reading->paper->pages++;
        return true;
    }
    return refuse(reading, "a code page that this printer has not");
}

/* --- commands --- */

static bool starts_with(
        const struct command *command, const uint8_t *bytes, size_t len)
{
    return len >= command->len &&
           memcmp(bytes, command->bytes, command->len) == 0;
}

/* The command that begins here and may stand here, or NULL. */
static const struct command *find(const struct reading *reading)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].in == reading->part &&
                starts_with(&commands[i], reading->bytes + reading->at,
                        reading->len - reading->at))
            return &commands[i];
    return NULL;
}

/* The next byte, which is an argument. */
static bool take_byte(struct reading *reading, uint8_t *byte)
{
    if (reading->at == reading->len)
        return refuse(reading, "a command without an end");
    *byte = reading->bytes[reading->at++];
    return true;
}

static bool take_word(struct reading *reading, uint32_t *word)
{
    uint8_t low, high;

    if (!take_byte(reading, &low) || !take_byte(reading, &high))
        return false;
    *word = low | (uint32_t)high << 8;
    return true;
}

static bool take_dots(struct reading *reading)
{
    uint32_t stride, rows;

    if (!take_word(reading, &stride) || !take_word(reading, &rows))
        return false;
    if (!reading->printer->raster)
        return refuse(reading, "dots that this printer does not take");
    if (reading->used)
        return refuse(reading, "dots within a line");
    if (stride == 0 || rows == 0 || rows > BAND_ROWS ||
            stride > (reading->printer->dots + 7) / 8)
        return refuse(reading, "more dots than the paper is wide");
    if (reading->len - reading->at < (size_t)stride * rows)
        return refuse(reading, "a command without an end");
    reading->at += (size_t)stride * rows;
    reading->paper->bands++;
    return true;
}

/* What a code says is text: a printer that does not know codes prints it. */
static bool take_code(struct reading *reading)
{
    static const uint8_t head[] = { '1', 'P', '0' };
    uint32_t len;

    if (!take_word(reading, &len))
        return false;
    if (len <= sizeof(head) || len > CODE_BYTES ||
            reading->len - reading->at < len ||
            memcmp(reading->bytes + reading->at, head, sizeof(head)) != 0)
        return refuse(reading, "a code that no ticket has");
    reading->at += sizeof(head);
    for (len -= (uint32_t)sizeof(head); len > 0; len--, reading->at++)
        if (reading->bytes[reading->at] < 0x20 ||
                reading->bytes[reading->at] == 0x7F)
            return refuse(reading, "a control character in a code");
    reading->paper->codes++;
    return true;
}

static bool take_number(struct reading *reading)
{
    for (size_t i = 0; i < sizeof(reading->paper->number); i++) {
        uint8_t *digit = &reading->paper->number[i];

        if (!take_byte(reading, digit))
            return false;
        if (*digit < 32 || *digit > 126)
            return refuse(reading, "a number of other digits");
    }
    return true;
}

static bool must_be(struct reading *reading, bool is, const char *why)
{
    return is || refuse(reading, why);
}

static bool apply(
        struct reading *reading, const struct command *command, uint8_t value)
{
    const struct paper_printer *printer = reading->printer;

    switch (command->effect) {
    case SELECTS_PAGE:
        return take_byte(reading, &value) && select_page(reading, value);
    case SETS_SIZE:
        reading->width = value & 0x10 ? 2 : 1;
        reading->large = value != 0;
        break;
    case SETS_LOOK:
        reading->looks = value ? reading->looks | command->value
                               : reading->looks & ~(uint32_t)command->value;
        break;
    case RINGS:
        reading->paper->bells++;
        return must_be(reading, printer->bell == command->value,
                "a bell that this printer has not");
    case CUTS:
        return must_be(reading, printer->cutter == command->value,
                "a cutter that this printer has not");
    case ASKS:
        return must_be(reading, printer->answer == command->value,
                "a question that this printer does not answer");
    case TAKES_NUMBER:
        return must_be(reading, printer->answer == command->value,
                       "a question that this printer does not answer") &&
               take_number(reading);
    case STARTS_CODE:
        return must_be(reading, printer->qr && !reading->used,
                "a code that this printer does not draw");
    case TAKES_CODE:
        return take_code(reading);
    case TAKES_DOTS:
        return take_dots(reading);
    case DOES_NOTHING:
        break;
    }
    return true;
}

static bool take_command(struct reading *reading)
{
    const struct command *command = find(reading);
    uint8_t value = 0;

    if (!command)
        return refuse(reading, "a command that may not stand here");
    reading->at += command->len;
    if (command->choice_count > 0 && !take_byte(reading, &value))
        return false;
    if (command->choice_count > 0 &&
            !memchr(command->choices, value, command->choice_count))
        return refuse(reading, "an argument that the command may not have");
    if (!apply(reading, command, value))
        return false;
    if (command->then == PART_FED &&
            (reading->large || reading->looks || reading->used))
        return refuse(reading, "the ticket ends within a line or a style");
    reading->part = command->then;
    if (reading->part == PART_FED && reading->printer->cutter == PAPER_TORN)
        reading->part = PART_CUT;
    reading->paper->commands++;
    return true;
}

/* --- text --- */

static bool keep(struct reading *reading, uint32_t point)
{
    struct paper *paper = reading->paper;

    if (paper->count == PAPER_TEXT)
        return refuse(reading, "more text than any ticket has");
    paper->text[paper->count++] = point;
    return true;
}

static bool end_line(struct reading *reading)
{
    reading->used = 0;
    reading->last = 0;
    reading->breaks = 0;
    reading->paper->lines++;
    reading->at++;
    return keep(reading, '\n');
}

static bool take_text(struct reading *reading)
{
    uint8_t byte = reading->bytes[reading->at];
    uint32_t point = byte;

    if (reading->part != PART_BODY)
        return refuse(reading, "text that may not stand here");
    if (byte == '\n')
        return end_line(reading);
    if (byte < 0x20 || byte == 0x7F)
        return refuse(reading, "a control character");
    if (byte > 0x7F && !reading->page)
        return refuse(reading, "a character of an unknown code page");
    if (byte > 0x7F)
        point = character(reading->page, byte);
    if (!point)
        return refuse(reading, "a byte that is no character of the page");
    reading->used += reading->width;
    if (reading->used > reading->printer->columns)
        return refuse(reading, "a line that is wider than the paper");
    reading->at++;
    return keep(reading, point);
}

/* --- a terminal --- */

/* The length of the well-formed UTF-8 sequence here, by table 3-7 of the
 * Unicode standard; 0: none. */
static size_t sequence(const uint8_t *b, size_t len)
{
    uint8_t low = 0x80, high = 0xBF;
    size_t size = b[0] < 0x80                    ? 1
                  : b[0] >= 0xC2 && b[0] <= 0xDF ? 2
                  : (b[0] & 0xF0) == 0xE0        ? 3
                  : b[0] >= 0xF0 && b[0] <= 0xF4 ? 4
                                                 : 0;

    low = b[0] == 0xE0 ? 0xA0 : b[0] == 0xF0 ? 0x90 : low;
    high = b[0] == 0xED ? 0x9F : b[0] == 0xF4 ? 0x8F : high;
    if (size == 0 || size > len || (size > 1 && (b[1] < low || b[1] > high)))
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((b[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

/* Steers a terminal, or what stands beside it: the controls, the marks that
 * turn the direction of writing round, and what ends a line or is unseen. */
static bool is_steering(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD ||
           point == 0x61C || (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
           (point >= 0xE0000 && point <= 0xE0FFF);
}

/* Cells of one more character; one that joins the last adds what it is wider
 * than that. */
static uint32_t more_cells(struct reading *reading, uint32_t point)
{
    uint32_t cells = (uint32_t)utf8proc_charwidth((int32_t)point);
    uint32_t more = cells;

    if (point >= 0x1F1E6 && point <= 0x1F1FF)
        more = cells = 2; /* half a flag */
    if (reading->last && !utf8proc_grapheme_break_stateful(reading->last,
                                 (int32_t)point, &reading->breaks)) {
        more = cells > reading->last_cells ? cells - reading->last_cells : 0;
        cells = reading->last_cells + more;
    }
    reading->last = (int32_t)point;
    reading->last_cells = cells;
    return more;
}

static bool take_plain(struct reading *reading)
{
    const uint8_t *b = reading->bytes + reading->at;
    size_t size = sequence(b, reading->len - reading->at);
    uint32_t point = size > 1 ? b[0] & (0x7Fu >> size) : b[0];

    if (size == 0)
        return refuse(reading, "no UTF-8");
    if (b[0] == '\n')
        return end_line(reading);
    for (size_t i = 1; i < size; i++)
        point = point << 6 | (b[i] & 0x3Fu);
    if (is_steering(point))
        return refuse(reading, "a character that steers a terminal");
    reading->used += more_cells(reading, point);
    if (reading->used > reading->printer->columns)
        return refuse(reading, "a line that is wider than the paper");
    reading->at += size;
    return keep(reading, point);
}

/* --- the whole --- */

/* A printer obeys a DLE and one of these at once, also among dots. */
static bool is_obeyed_at_once(const uint8_t *b, size_t len)
{
    return len > 1 && b[0] == 0x10 &&
           (b[1] == 0x04 || b[1] == 0x05 || b[1] == 0x14);
}

static bool has_nothing_obeyed(struct reading *reading)
{
    for (size_t i = 0; i < reading->len; i++)
        if (is_obeyed_at_once(reading->bytes + i, reading->len - i)) {
            reading->at = i;
            return refuse(reading, "a command in real time");
        }
    return true;
}

static bool take_token(struct reading *reading)
{
    uint8_t byte = reading->bytes[reading->at];

    if (reading->printer->plain)
        return take_plain(reading);
    return byte == ESC || byte == GS || byte == FS ? take_command(reading)
                                                   : take_text(reading);
}

bool paper_read(struct paper *paper, const struct paper_printer *printer,
        const uint8_t *bytes, size_t len)
{
    struct reading reading = { .paper = paper,
        .printer = printer,
        .bytes = bytes,
        .len = len,
        .width = 1 };
    enum part end = printer->answer == PAPER_SILENT ? PART_CUT : PART_END;

    paper->wrong = NULL;
    paper->at = 0;
    paper->commands = paper->pages = paper->lines = paper->count = 0;
    paper->bands = paper->codes = paper->bells = 0;
    if (!printer->plain && !has_nothing_obeyed(&reading))
        return false;
    while (reading.at < len)
        if (!take_token(&reading))
            return false;
    if (printer->plain ? reading.used != 0 : reading.part != end)
        return refuse(&reading, "a ticket without its end");
    return true;
}
