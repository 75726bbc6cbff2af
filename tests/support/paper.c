#include "tests/support/paper.h"

#include <assert.h>
#include <iconv.h>
#include <string.h>

#define ESC 0x1B
#define FS  0x1C
#define GS  0x1D

#define ANY_PAGE 255
#define HIGH     128

/* Where in a ticket a command may stand. */
enum part {
    PART_RESET,  /* nothing but the reset */
    PART_SINGLE, /* nothing but "no two-byte characters" */
    PART_BODY,
    PART_FED, /* the paper is behind the cutter: only the cut */
    PART_CUT, /* nothing but the question */
    PART_END,
};

/* ESC t n, as the command reference numbers the pages. */
static const struct page_number {
    uint8_t number;
    const char *name;
} numbers[] = {
    { 0, "CP437" },
    { 2, "CP850" },
    { 16, "CP1252" },
    { 17, "CP866" },
    { 18, "CP852" },
    { 19, "CP858" },
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

enum effect { DOES_NOTHING, SELECTS_PAGE, SETS_SIZE, SETS_LOOK };

/* A command that may appear; with `arguments`, exactly these bytes follow, but
 * with an effect one byte, which is one of them. */
static const struct command {
    uint8_t lead, verb;
    enum part in, then;
    enum effect effect;
    uint8_t argument_count;
    uint8_t arguments[6];
} commands[] = {
    { ESC, '@', PART_RESET, PART_SINGLE, DOES_NOTHING, 0, { 0 } },
    { FS, '.', PART_SINGLE, PART_BODY, DOES_NOTHING, 0, { 0 } },
    { ESC, 't', PART_BODY, PART_BODY, SELECTS_PAGE, 6,
            { 0, 2, 16, 17, 18, 19 } },
    { ESC, 'E', PART_BODY, PART_BODY, SETS_LOOK, 2, { 0, 1 } },
    { GS, 'B', PART_BODY, PART_BODY, SETS_LOOK, 2, { 0, 1 } },
    { GS, '!', PART_BODY, PART_BODY, SETS_SIZE, 4, { 0x00, 0x01, 0x10, 0x11 } },
    { ESC, 'd', PART_BODY, PART_FED, DOES_NOTHING, 1, { 4 } },
    { GS, 'V', PART_FED, PART_CUT, DOES_NOTHING, 2, { 'B', 0 } },
    { GS, 'r', PART_CUT, PART_END, DOES_NOTHING, 1, { 1 } },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

struct reading {
    struct paper *paper;
    const struct paper_printer *printer;
    const uint8_t *bytes;
    size_t len;
    size_t at;
    enum part part;
    uint8_t page;   /* ANY_PAGE: nobody knows which */
    uint32_t width; /* cells of a character: 1 or 2 */
    uint32_t used;  /* cells of the line */
    uint32_t looks; /* bold or white on black, each a bit */
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
static uint32_t character(size_t page, uint8_t byte)
{
    static uint32_t points[NUMBERS][HIGH];
    static bool asked;

    for (size_t i = 0; i < NUMBERS && !asked; i++) {
        iconv_t conversion = iconv_open("UCS-4LE", numbers[i].name);

        assert(conversion != (iconv_t)-1);
        for (uint32_t n = 0; n < HIGH; n++)
            points[i][n] = ask_iconv(conversion, (uint8_t)(HIGH + n));
        iconv_close(conversion);
    }
    asked = true;
    return points[page][byte - HIGH];
}

static bool has_page(const struct paper_printer *printer, const char *name)
{
    for (const char *const *page = printer->pages; *page; page++)
        if (strcasecmp(*page, name) == 0)
            return true;
    return false;
}

static bool select_page(struct reading *reading, uint8_t number)
{
    for (size_t i = 0; i < NUMBERS; i++)
        if (numbers[i].number == number) {
            reading->page = (uint8_t)i;
            reading->paper->pages++;
            return has_page(reading->printer, numbers[i].name) ||
                   refuse(reading, "a code page that this printer has not");
        }
    return refuse(reading, "a code page that nobody knows");
}

/* --- commands --- */

static const struct command *find(uint8_t lead, uint8_t verb)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].lead == lead && commands[i].verb == verb)
            return &commands[i];
    return NULL;
}

static bool apply(
        struct reading *reading, const struct command *command, uint8_t value)
{
    uint32_t look = command->verb == 'E' ? 1 : 2;

    if (!memchr(command->arguments, value, command->argument_count))
        return refuse(reading, "an argument that the command may not have");
    switch (command->effect) {
    case SELECTS_PAGE:
        return select_page(reading, value);
    case SETS_SIZE:
        reading->width = value & 0x10 ? 2 : 1;
        break;
    case SETS_LOOK:
        reading->looks = value ? reading->looks | look : reading->looks & ~look;
        break;
    case DOES_NOTHING:
        break;
    }
    return true;
}

/* Its bytes behind lead and verb. */
static bool take_arguments(
        struct reading *reading, const struct command *command)
{
    size_t left = reading->len - reading->at - 2;
    size_t count = command->effect ? 1 : command->argument_count;
    const uint8_t *values = reading->bytes + reading->at + 2;

    if (left < count)
        return refuse(reading, "a command without an end");
    if (command->effect)
        return apply(reading, command, values[0]);
    return memcmp(values, command->arguments, count) == 0 ||
           refuse(reading, "other arguments than the command may have");
}

static bool take_command(struct reading *reading)
{
    const uint8_t *bytes = reading->bytes + reading->at;
    const struct command *command =
            reading->len - reading->at < 2 ? NULL : find(bytes[0], bytes[1]);

    if (!command)
        return refuse(reading, "a command that no ticket is made of");
    if (command->in != reading->part)
        return refuse(reading, "a command that may not stand here");
    if (!take_arguments(reading, command))
        return false;
    if (command->then == PART_FED &&
            (reading->width != 1 || reading->looks || reading->used))
        return refuse(reading, "the ticket ends within a line or a style");
    reading->part = command->then;
    reading->paper->commands++;
    reading->at += 2u + (command->effect ? 1u : command->argument_count);
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
    if (byte > 0x7F && reading->page == ANY_PAGE)
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
    if (++reading->used > reading->printer->columns)
        return refuse(reading, "a line that is wider than the paper");
    reading->at += size;
    return keep(reading, point);
}

/* --- the whole --- */

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
        .page = ANY_PAGE,
        .width = 1 };
    enum part end = printer->answers ? PART_END : PART_CUT;

    paper->wrong = NULL;
    paper->at = 0;
    paper->commands = paper->pages = paper->lines = paper->count = 0;
    while (reading.at < len)
        if (!take_token(&reading))
            return false;
    if (printer->plain ? reading.used != 0 : reading.part != end)
        return refuse(&reading, "a ticket without its end");
    return true;
}
