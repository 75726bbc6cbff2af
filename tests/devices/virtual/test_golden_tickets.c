/*
 * The golden tickets on the paper of the virtual printer: thirty orders and
 * the test page, at 32, 42 and 48 columns, from bytes as they are sent.
 *
 * What it read is compared with the texts in tests/golden/tickets, whatever
 * fonts there are; the dots with a line for each picture in pictures.txt
 * there, if the fonts are the ones that it names.
 *
 * test_devices_virtual_golden_tickets --write DIR  pictures and texts, to look
 *                                                  at
 * test_devices_virtual_golden_tickets --accept     writes pictures.txt anew
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ft2build.h>
#include <hb.h>

#include FT_FREETYPE_H

#include "devices/core/text.h"
#include "devices/paper/qr.h"
#include "devices/port/posix/glyphs.h"
#include "devices/virtual/machine.h"
#include "devices/virtual/picture.h"
#include "tests/devices/ticket/dinner.h"

#define GOLDEN       SOURCE_DIR "/tests/golden/tickets"
#define PRINTS       GOLDEN "/pictures.txt"
#define TICKET_BYTES (256 * 1024)
#define TEXT_BYTES   (32 * 1024)
#define NAME_BYTES   64
#define LINE_BYTES   512

/* The most of a ticket that may be white, in dots: from one line to the next,
 * and at its end, which is to be torn off where there is no cutter. */
#define MOST_GAP  80
#define MOST_TAIL 170

/* Of a golden file: letters of styles in front of the bar. */
#define MARGIN 6

/* How high printed lines are, in dots: of letters, and of dots. */
#define ROWS_LOW   (PROFILE_ROW_DOTS + 6)
#define ROWS_TALL  (2 * PROFILE_ROW_DOTS + 6)
#define QR_DOTS    4 /* a module's */
#define QR_AROUND  8 /* modules of white above and below */
#define PER_METRE  8000
#define TEST_PAGE  DINNER_TICKETS
#define PICTURES   (DINNER_TICKETS + 1)
#define PRINT_ROWS (PICTURES * PAPERS)

/* A printer for each width; one draws QR codes itself. */
static const char *const papers[] = { "generic-58", "epson-tm", "generic-80" };

#define PAPERS (sizeof(papers) / sizeof(papers[0]))

static const char *const fonts[] = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
};

#define FONTS (sizeof(fonts) / sizeof(fonts[0]))

/* What came out of the printer. */
struct paper {
    char text[TEXT_BYTES];
    char print[LINE_BYTES]; /* its line in pictures.txt */
    uint32_t sheets;
    uint32_t gap, tail; /* white rows, at most together, and at its end */
    bool is_whole;
    FILE *png; /* NULL: no picture is wanted */
};

/* --- printing --- */

/* FNV-1a, of 64 bits. */
static uint64_t fingerprint(uint64_t hash, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
    return hash;
}

static const uint64_t no_fingerprint = 0xCBF29CE484222325u;

static uint32_t count_black(const struct bitmap *dots)
{
    uint32_t count = 0;

    for (size_t i = 0; i < (size_t)dots->height * dots->stride; i++)
        count += (uint32_t)__builtin_popcount(dots->bits[i]);
    return count;
}

static bool is_white(const struct bitmap *dots, uint32_t row)
{
    for (uint32_t i = 0; i < dots->stride; i++)
        if (dots->bits[(size_t)row * dots->stride + i])
            return false;
    return true;
}

static void measure_white(struct paper *paper, const struct bitmap *dots)
{
    paper->gap = 0;
    paper->tail = 0;
    for (uint32_t row = 0; row < dots->height; row++) {
        paper->tail++;
        if (is_white(dots, row))
            continue;
        if (paper->tail > paper->gap)
            paper->gap = paper->tail;
        paper->tail = 0;
    }
}

static void on_sheet(void *ctx, const struct sheet *sheet, enum machine_why why,
        bool is_whole)
{
    const struct bitmap *dots = &sheet->dots;
    struct paper *paper = ctx;

    paper->sheets++;
    paper->is_whole = is_whole && why == WHY_CUT && !sheet->cut_short;
    measure_white(paper, dots);
    snprintf(paper->text, TEXT_BYTES, "%s", sheet->text);
    snprintf(paper->print, LINE_BYTES, "%lux%lu %lu %016llx",
            (unsigned long)dots->width, (unsigned long)dots->height,
            (unsigned long)count_black(dots),
            (unsigned long long)fingerprint(no_fingerprint, dots->bits,
                    (size_t)dots->height * dots->stride));
    if (paper->png && !picture_write(dots, PER_METRE, paper->png))
        paper->is_whole = false;
}

static void on_say(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    (void)bytes;
    (void)len;
}

static void on_noise(void *ctx, enum head_event event)
{
    (void)ctx;
    (void)event;
}

static size_t test_page_bytes(const struct profile *profile,
        const struct glyphs *glyphs, uint8_t *out, size_t cap)
{
    struct escpos escpos;
    const struct paper_sink sink = escpos_sink(&escpos);
    const struct ticket_paper paper = { .profile = profile,
        .glyphs = glyphs,
        .sink = &sink,
        .columns = profile->columns,
        .utc_offset_s = DINNER_OFFSET,
        .time_ms = DINNER_MS };

    escpos_begin(&escpos, profile, glyphs, out, cap);
    return ticket_test_page(&paper, "printer-1") ? escpos_end(&escpos, 1) : 0;
}

static void feed(struct machine *machine, const uint8_t *bytes, size_t len)
{
    size_t sent = 0;

    machine_connect(machine, 1000);
    while (sent < len) {
        size_t some = machine_room(machine, 1000);

        some = some < len - sent ? some : len - sent;
        assert_true(some > 0);
        machine_take(machine, bytes + sent, some, 1000);
        machine_turn(machine, 1000);
        sent += some;
    }
}

static void print(struct paper *into, size_t ticket, const char *make,
        const struct glyphs *glyphs)
{
    static uint8_t bytes[TICKET_BYTES];
    static struct machine machine;
    const struct profile *profile = profile_find(make);
    const struct machine_config config = { .profile = profile,
        .glyphs = glyphs };
    const struct machine_to to = { into, on_say, on_sheet, on_noise };
    size_t len = ticket == TEST_PAGE ? test_page_bytes(profile, glyphs, bytes,
                                               sizeof(bytes))
                                     : dinner_bytes(ticket, profile, glyphs,
                                               bytes, sizeof(bytes));

    assert_true(len > 0);
    into->sheets = 0;
    assert_true(machine_init(&machine, &config, &to));
    feed(&machine, bytes, len);
    assert_int_equal(machine.reader.unknown, 0);
    assert_int_equal(machine.drawers, 0);
    machine_finish(&machine);
    if (into->sheets != 1 || !into->is_whole)
        fail_msg("ticket %zu of %s is %lu sheets, or not whole", ticket + 1,
                make, (unsigned long)into->sheets);
}

/* As its files in tests/golden/tickets, without the ending. */
static void name_of(size_t ticket, const char *make, char name[NAME_BYTES])
{
    unsigned columns = profile_find(make)->columns;

    if (ticket == TEST_PAGE)
        snprintf(name, NAME_BYTES, "test-page-%u", columns);
    else
        snprintf(name, NAME_BYTES, "%.2s-%s-%s-%u", dinner[ticket].name,
                dinner[ticket].language, dinner[ticket].name + 3, columns);
}

/* --- what was read --- */

/* A font that has all letters, each of them stripes: so nothing depends on
 * those of a machine. */
static bool draw_stripes(void *ctx, const char *text, bool bold, uint32_t cell,
        struct bitmap *onto, const struct glyph_box *box)
{
    (void)ctx;
    (void)text;
    (void)bold;
    (void)cell;
    for (uint32_t x = 0; x < box->width; x += 2)
        bitmap_invert(onto, box->x + (int32_t)x, box->y, 1, box->height);
    return true;
}

static bool have_all(void *ctx, uint32_t point)
{
    (void)ctx;
    (void)point;
    return true;
}

static const struct glyphs stripes = { .draw = draw_stripes, .has = have_all };

static bool is_sent_as_dots(const struct profile *profile, const char *text)
{
    uint32_t point;

    while ((point = text_next(&text)) != 0)
        if (point >= 0xA0 && !codepage_has(profile, point))
            return true;
    return false;
}

/* Without blanks: what is wide has more of them in a golden file. */
static void squeeze(char *text)
{
    char *to = text;

    for (; *text; text++)
        if (*text != ' ')
            *to++ = *text;
    *to = '\0';
}

/* The next line of *at that is not empty, without its end; false: there is
 * none. */
static bool next_line(const char **at, char line[LINE_BYTES])
{
    size_t len;

    *at += strspn(*at, "\n"); /* white around QR codes */
    len = strcspn(*at, "\n");

    if (!**at)
        return false;
    snprintf(line, LINE_BYTES, "%.*s", (int)len, *at);
    *at += len;
    return true;
}

/* Compares golden lines with what was read, one after the other. */
struct comparison {
    const char *name;
    const struct profile *profile;
    const char *read; /* what is left of it */
    uint32_t rows;    /* of dots that are to be read next, as one picture */
};

static void expect(struct comparison *with, const char *expected, bool is_wide)
{
    char line[LINE_BYTES];
    char own[LINE_BYTES];

    snprintf(own, sizeof(own), "%s", expected);
    if (!next_line(&with->read, line))
        fail_msg("%s: \"%s\" was not printed", with->name, expected);
    if (is_wide) {
        squeeze(line);
        squeeze(own);
    }
    if (strcmp(line, own) != 0)
        fail_msg("%s: \"%s\" was printed as \"%s\"", with->name, own, line);
}

static void expect_picture(struct comparison *with)
{
    char line[LINE_BYTES];
    const char *rows;

    if (with->rows == 0)
        return;
    if (!next_line(&with->read, line) ||
            strncmp(line, "[picture ", strlen("[picture ")) != 0)
        fail_msg("%s: no dots were printed", with->name);
    rows = strstr(line, " x ");
    assert_non_null(rows);
    if (strtoul(rows + 3, NULL, 10) != with->rows)
        fail_msg("%s: %s is not %lu rows", with->name, line,
                (unsigned long)with->rows);
    with->rows = 0;
}

static void compare_qr(struct comparison *with, const char *text)
{
    char expected[LINE_BYTES];
    struct qr qr;

    assert_true(qr_make(&qr, text));
    if (!with->profile->qr) {
        with->rows += (qr.modules + QR_AROUND) * QR_DOTS;
        return;
    }
    expect_picture(with);
    snprintf(expected, sizeof(expected), "[QR %.*s]", LINE_BYTES - 8, text);
    expect(with, expected, false);
}

/* `line` is margin and text. */
static void compare_line(struct comparison *with, const char *line)
{
    char margin[MARGIN] = "";
    char expected[LINE_BYTES];
    const char *text = line + MARGIN;

    assert_true(strlen(line) >= MARGIN && line[MARGIN - 1] == '|');
    memcpy(margin, line, MARGIN - 1);
    if (strcmp(margin, "QR   ") == 0) {
        compare_qr(with, text);
    } else if (is_sent_as_dots(with->profile, text)) {
        with->rows += strpbrk(margin, "Tt") ? ROWS_TALL : ROWS_LOW;
    } else {
        expect_picture(with);
        snprintf(expected, sizeof(expected), "%s%.*s",
                strpbrk(margin, "TtWw") ? "# " : "", LINE_BYTES - 3, text);
        expect(with, expected, strpbrk(margin, "Ww"));
    }
}

static void read_golden(const char *name, char text[TEXT_BYTES])
{
    char path[LINE_BYTES];
    FILE *file;
    size_t len;

    snprintf(path, sizeof(path), GOLDEN "/%s.txt", name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("%s has no text", name);
    len = fread(text, 1, TEXT_BYTES - 1, file);
    text[len] = '\0';
    fclose(file);
}

static void compare_text(size_t ticket, const char *make)
{
    static char golden[TEXT_BYTES];
    static struct paper paper;
    char name[NAME_BYTES];
    char line[LINE_BYTES];
    const char *at = golden;
    struct comparison with = {
        .name = name, .profile = profile_find(make), .read = paper.text
    };

    name_of(ticket, make, name);
    read_golden(name, golden);
    print(&paper, ticket, make, &stripes);
    while (next_line(&at, line))
        compare_line(&with, line);
    expect_picture(&with);
    if (next_line(&with.read, line))
        fail_msg("%s: it goes on with \"%s\"", name, line);
}

static void what_is_read_back_is_the_golden_text(void **unused)
{
    (void)unused;
    for (size_t ticket = 0; ticket < DINNER_TICKETS; ticket++)
        for (size_t i = 0; i < PAPERS; i++)
            compare_text(ticket, papers[i]);
}

static void no_ticket_wastes_paper(void **unused)
{
    static struct paper paper;

    (void)unused;
    for (size_t ticket = 0; ticket < PICTURES; ticket++)
        for (size_t i = 0; i < PAPERS; i++) {
            print(&paper, ticket, papers[i], &stripes);
            if (paper.gap > MOST_GAP || paper.tail > MOST_TAIL)
                fail_msg("ticket %zu of %s: %lu white rows, %lu at its end",
                        ticket + 1, papers[i], (unsigned long)paper.gap,
                        (unsigned long)paper.tail);
        }
}

/* --- dots --- */

static struct port_glyphs *glyphs;

/* Its line in pictures.txt; false: it is not there. */
static bool font_line(size_t font, char line[LINE_BYTES])
{
    static uint8_t bytes[64 * 1024];
    uint64_t hash = no_fingerprint;
    FILE *file = fopen(fonts[font], "rb");
    size_t len;

    if (!file)
        return false;
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        hash = fingerprint(hash, bytes, len);
    fclose(file);
    snprintf(line, LINE_BYTES, "font %s %016llx", strrchr(fonts[font], '/') + 1,
            (unsigned long long)hash);
    return true;
}

/* Likewise: how the same font is drawn depends on them. */
static bool libraries_line(char line[LINE_BYTES])
{
    FT_Library library;
    FT_Int major, minor, patch;

    if (FT_Init_FreeType(&library) != 0)
        return false;
    FT_Library_Version(library, &major, &minor, &patch);
    FT_Done_FreeType(library);
    snprintf(line, LINE_BYTES, "freetype %d.%d harfbuzz %.3s", major, minor,
            hb_version_string());
    return true;
}

static bool has_line(const char *text, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, len) == 0 && (!at[len] || at[len] == '\n'))
            return true;
    }
    return false;
}

static bool fonts_are(const char *prints)
{
    char line[LINE_BYTES];
    bool same = true;

    for (size_t i = 0; i < FONTS; i++) {
        if (!font_line(i, line))
            print_message("%s is not there\n", fonts[i]);
        else if (!has_line(prints, line))
            print_message("%s is of another version\n", fonts[i]);
        else
            continue;
        same = false;
    }
    if (!libraries_line(line) || !has_line(prints, line)) {
        print_message("the pictures were not made with %s\n", line);
        same = false;
    }
    return same;
}

static void compare_pictures(const char *prints)
{
    static struct paper paper;
    char line[NAME_BYTES + LINE_BYTES];
    unsigned others = 0;

    for (size_t ticket = 0; ticket < PICTURES; ticket++)
        for (size_t i = 0; i < PAPERS; i++) {
            char name[NAME_BYTES];

            name_of(ticket, papers[i], name);
            print(&paper, ticket, papers[i], glyphs_of(glyphs));
            snprintf(line, sizeof(line), "%s %s", name, paper.print);
            if (has_line(prints, line))
                continue;
            print_message("%s looks different now: %s\n", name, paper.print);
            others++;
        }
    if (others > 0)
        fail_msg("%u pictures differ: look at them (--write DIR), and if they "
                 "are right say --accept",
                others);
}

static void tickets_look_as_they_looked(void **unused)
{
    static char prints[TEXT_BYTES];
    FILE *file = fopen(PRINTS, "rb");
    size_t len;

    (void)unused;
    assert_non_null(file);
    len = fread(prints, 1, sizeof(prints) - 1, file);
    prints[len] = '\0';
    fclose(file);
    if (!fonts_are(prints)) {
        print_message("so dots are not compared\n");
        skip();
    }
    compare_pictures(prints);
}

/* --- the tool --- */

static int write_prints(void)
{
    static struct paper paper;
    FILE *file = fopen(PRINTS, "wb");
    char line[LINE_BYTES];

    if (!file)
        return 1;
    for (size_t i = 0; i < FONTS; i++)
        if (font_line(i, line))
            fprintf(file, "%s\n", line);
    if (libraries_line(line))
        fprintf(file, "%s\n", line);
    for (size_t ticket = 0; ticket < PICTURES; ticket++)
        for (size_t i = 0; i < PAPERS; i++) {
            char name[NAME_BYTES];

            name_of(ticket, papers[i], name);
            print(&paper, ticket, papers[i], glyphs_of(glyphs));
            fprintf(file, "%s %s\n", name, paper.print);
        }
    return fclose(file) == 0 ? 0 : 1;
}

static FILE *open_in(const char *folder, const char *name, const char *ending)
{
    char path[LINE_BYTES * 2];

    snprintf(path, sizeof(path), "%s/%s.%s", folder, name, ending);
    return fopen(path, "wb");
}

static bool write_one(const char *folder, size_t ticket, const char *make)
{
    static struct paper paper;
    char name[NAME_BYTES];
    FILE *text;
    bool good;

    name_of(ticket, make, name);
    text = open_in(folder, name, "txt");
    paper.png = open_in(folder, name, "png");
    good = text && paper.png;
    if (good) {
        print(&paper, ticket, make, glyphs_of(glyphs));
        good = fputs(paper.text, text) >= 0;
    }
    if (text)
        good &= fclose(text) == 0;
    if (paper.png)
        good &= fclose(paper.png) == 0;
    paper.png = NULL;
    return good;
}

static int write_pictures(const char *folder)
{
    for (size_t ticket = 0; ticket < PICTURES; ticket++)
        for (size_t i = 0; i < PAPERS; i++)
            if (!write_one(folder, ticket, papers[i])) {
                perror(folder);
                return 1;
            }
    return 0;
}

static int run_tool(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_pictures(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--accept") == 0)
        return write_prints();
    fprintf(stderr, "see the head of test_golden_tickets.c\n");
    return 2;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_back_is_the_golden_text),
        cmocka_unit_test(no_ticket_wastes_paper),
        cmocka_unit_test(tickets_look_as_they_looked),
    };
    char error[256];
    int code;

    setenv("FONTCONFIG_FILE", SOURCE_DIR "/tests/devices/virtual/fonts.conf",
            1);
    glyphs = glyphs_open(NULL, 0, error, sizeof(error));
    if (!glyphs)
        fprintf(stderr, "%s\n", error);
    code = argc > 1 ? run_tool(argc, argv)
                    : cmocka_run_group_tests(tests, NULL, NULL);
    glyphs_close(glyphs);
    return code;
}
