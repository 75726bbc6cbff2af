#include "devices/virtual/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "devices/paper/profile.h"

#define BAND 512 /* rows at first, then twice as many each time */

#define JOB_LINE "job"
#define JOB_CHARS                                                              \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

bool sheet_init(struct sheet *sheet, uint32_t width)
{
    *sheet = (struct sheet){ .dots = { .width = width,
                                     .stride = (width + 7) / 8 } };
    sheet->text = calloc(1, SHEET_TEXT);
    return sheet->text != NULL;
}

void sheet_finish(struct sheet *sheet)
{
    free(sheet->dots.bits);
    free(sheet->text);
    *sheet = (struct sheet){ 0 };
}

void sheet_clear(struct sheet *sheet)
{
    if (sheet->dots.bits)
        memset(sheet->dots.bits, 0,
                (size_t)sheet->dots.height * sheet->dots.stride);
    sheet->dots.height = 0;
    sheet->inked = false;
    sheet->cut_short = false;
    sheet->text_len = 0;
    sheet->text[0] = '\0';
}

/* For `rows` of them, at most SHEET_ROWS. */
static bool grow(struct sheet *sheet, uint32_t rows)
{
    size_t stride = sheet->dots.stride;
    uint32_t room = sheet->room ? sheet->room : BAND;
    uint8_t *bits;

    while (room < rows)
        room *= 2;
    room = room < SHEET_ROWS ? room : SHEET_ROWS;
    bits = realloc(sheet->dots.bits, room * stride);
    if (!bits)
        return false;
    memset(bits + sheet->room * stride, 0, (room - sheet->room) * stride);
    sheet->dots.bits = bits;
    sheet->room = room;
    return true;
}

bool sheet_feed(struct sheet *sheet, uint32_t rows)
{
    uint32_t height = sheet->dots.height;

    if (rows > SHEET_ROWS - height)
        return false;
    if (height + rows > sheet->room && !grow(sheet, height + rows))
        return false;
    sheet->dots.height = height + rows;
    return true;
}

void sheet_write(struct sheet *sheet, const char *line)
{
    size_t len = strlen(line);

    if (len + 2 > SHEET_TEXT - sheet->text_len) {
        sheet->cut_short = true;
        return;
    }
    memcpy(sheet->text + sheet->text_len, line, len);
    sheet->text_len += len;
    sheet->text[sheet->text_len++] = '\n';
    sheet->text[sheet->text_len] = '\0';
}

/* Letters of the id at the beginning of a line. */
static size_t job_part(const char *line)
{
    return strspn(line, JOB_CHARS);
}

/*
 * Read the id that begins at `at` on `line`. It goes on below where the line
 * is full and the next one has letters of an id and nothing else. `job` is
 * left alone if there is none.
 */
static void read_job(
        const char *line, const char *at, uint32_t columns, char job[SHEET_JOB])
{
    char id[SHEET_JOB];
    size_t len = 0, part;

    while ((part = job_part(at)) > 0) {
        const char *end = at + part;

        if (part >= SHEET_JOB - len)
            return; /* longer than any */
        memcpy(id + len, at, part);
        len += part;
        if (*end != '\n' || (size_t)(end - line) < columns ||
                end[1 + job_part(end + 1)] != '\n')
            break;
        line = at = end + 1;
    }
    if (len == 0)
        return;
    memcpy(job, id, len);
    job[len] = '\0';
}

void sheet_job(const struct sheet *sheet, char job[SHEET_JOB])
{
    uint32_t columns = sheet->dots.width / PROFILE_CELL_DOTS;
    const size_t word = strlen(JOB_LINE);

    job[0] = '\0';
    for (const char *line = sheet->text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, JOB_LINE, word) != 0)
            continue;
        if (line[word] == ' ')
            read_job(line, line + word + 1, columns, job);
        else if (line[word] == '\n') /* too narrow for both */
            read_job(line + word + 1, line + word + 1, columns, job);
    }
}
