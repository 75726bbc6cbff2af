/*
 * What each make of printer is sent for one ticket stands in bytes/ beside
 * this file, command by command. `--print PROFILE` shows what is sent now.
 */
#include "devices/paper/escpos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/paper/cells.h"

#define BEGUN 7 /* bytes before the first line */

static uint8_t bytes[65536];

/* --- glyphs whose dots tell what was asked of them --- */

static struct glyph_box boxes[16];
static uint32_t cells[16];
static bool bolds[16];
static uint32_t box_count;

/* A frame around what a run takes. */
static bool draw_frame(void *ctx, const char *text, bool bold, uint32_t cell,
        struct bitmap *onto, const struct glyph_box *box)
{
    int32_t right = box->x + (int32_t)box->width - 1;
    int32_t bottom = box->y + (int32_t)box->height - 1;

    (void)ctx;
    assert_int_equal(cells_of(text) * cell, box->width);
    assert_true(box_count < 16);
    boxes[box_count] = *box;
    cells[box_count] = cell;
    bolds[box_count++] = bold;
    bitmap_set(onto, box->x, box->y);
    bitmap_set(onto, right, bottom);
    return true;
}

static bool has_all(void *ctx, uint32_t point)
{
    (void)ctx;
    (void)point;
    return true;
}

static const struct glyphs frames = { .draw = draw_frame, .has = has_all };

static void begin(
        struct escpos *escpos, const char *profile, const struct glyphs *glyphs)
{
    box_count = 0;
    escpos_begin(escpos, profile_find(profile), glyphs, bytes, sizeof(bytes));
}

/* The bytes of one line in a style, without what begins and ends a ticket. */
static size_t one_line(const char *profile, unsigned style, const char *text,
        const uint8_t **line)
{
    struct escpos escpos;
    size_t begun;

    begin(&escpos, profile, NULL);
    begun = escpos.len;
    escpos_line(&escpos, style, text);
    *line = bytes + begun;
    return escpos.len - begun;
}

static void assert_line(unsigned style, const char *text, const char *expected,
        size_t expected_len)
{
    const uint8_t *line;
    size_t len = one_line("generic-80", style, text, &line);

    assert_int_equal(len, expected_len);
    assert_memory_equal(line, expected, len);
}

#define ASSERT_LINE(style, text, expected)                                     \
    assert_line(style, text, expected, sizeof(expected) - 1)

/* --- what each make is sent, by name --- */

static const struct command {
    const char *name;
    uint8_t len; /* of what has a name */
    uint8_t bytes[6];
    uint8_t more; /* bytes that follow */
} commands[] = {
    { "ESC @", 2, "\x1B@", 0 },
    { "ESC R", 2, "\x1BR", 1 },
    { "ESC t", 2, "\x1Bt", 1 },
    { "ESC E", 2, "\x1B\x45", 1 },
    { "ESC -", 2, "\x1B-", 1 },
    { "ESC a", 2, "\x1B\x61", 1 },
    { "ESC d", 2, "\x1B\x64", 1 },
    { "ESC m", 2, "\x1Bm", 0 },
    { "ESC p", 2, "\x1Bp", 3 },
    { "ESC B", 2, "\x1B\x42", 2 },
    { "ESC ( A", 3, "\x1B(A", 7 },
    { "FS .", 2, "\x1C.", 0 },
    { "GS !", 2, "\x1D!", 1 },
    { "GS B", 2, "\x1D\x42", 1 },
    { "GS V", 2, "\x1DV", 2 },
    { "GS r", 2, "\x1Dr", 1 },
    { "GS ( H", 3, "\x1D(H", 8 },
    { "GS ( k store", 3, "\x1D(k", 0 },
    { "GS v 0", 3, "\x1Dv0", 0 },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (len >= commands[i].len &&
                memcmp(at, commands[i].bytes, commands[i].len) == 0)
            return &commands[i];
    return NULL;
}

static uint32_t word(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8;
}

/* All bytes of the command at `at`. */
static size_t whole(const struct command *command, const uint8_t *at)
{
    if (strncmp(command->name, "GS ( k", 6) == 0)
        return 5 + word(at + 3);
    if (strcmp(command->name, "GS v 0") == 0)
        return 8 + (size_t)word(at + 4) * word(at + 6);
    return command->len + command->more;
}

static void show_hex(FILE *to, const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(to, " %02X", at[i]);
}

/* Dots are told by a sum: what they look like is another test's. */
static void show_command(
        FILE *to, const struct command *command, const uint8_t *at, size_t len)
{
    uint32_t sum = 1;

    fprintf(to, "%-9.7s", command->name);
    if (strcmp(command->name, "GS v 0") != 0) {
        show_hex(to, at, len);
        fputc('\n', to);
        return;
    }
    show_hex(to, at, 8);
    for (size_t i = 8; i < len; i++)
        sum = sum * 31 + at[i];
    fprintf(to, " ... %zu bytes, sum %08X\n", len - 8, sum);
}

static size_t show_text(FILE *to, const uint8_t *at, size_t len)
{
    size_t end = 0;

    while (end < len && at[end] >= 0x20)
        end++;
    end += end < len && at[end] == '\n';
    assert_true(end > 0);
    fprintf(to, "text     ");
    for (size_t i = 0; i < end; i++)
        fprintf(to, at[i] > 0x20 && at[i] < 0x7F ? " %c" : " %02X", at[i]);
    fputc('\n', to);
    return end;
}

static void show(FILE *to, const uint8_t *at, size_t len)
{
    while (len > 0) {
        const struct command *command = find(at, len);
        size_t taken = command ? whole(command, at) : show_text(to, at, len);

        assert_true(taken <= len);
        if (command)
            show_command(to, command, at, taken);
        at += taken;
        len -= taken;
    }
}

/* Of everything something. */
static size_t print_all(const char *profile)
{
    static const struct paper_run large[] = {
        { STYLE_WIDE | STYLE_TALL | STYLE_BOLD, "TABLE 5", 14 },
    };
    static const struct paper_run mixed[] = {
        { STYLE_NORMAL, "  2x ", 5 },
        { STYLE_BOLD, "Cr\u00E8me br\u00FBl\u00E9e", 12 },
        { STYLE_UNDERLINE, " 5 \u20AC", 4 },
        { STYLE_INVERT, "! nuts", 6 },
    };
    static const struct paper_run drawn[] = {
        { STYLE_NORMAL, "\u5BFF\u53F8 ", 5 },
        { STYLE_TALL | STYLE_INVERT, "#1", 2 },
    };
    struct escpos escpos;
    struct paper_sink sink;

    begin(&escpos, profile, &frames);
    sink = escpos_sink(&escpos);
    sink.buzz(sink.ctx);
    sink.line(sink.ctx, &(const struct paper_line){ large, 1 });
    sink.line(sink.ctx, &(const struct paper_line){ mixed, 4 });
    if (profile_find(profile)->raster)
        sink.line(sink.ctx, &(const struct paper_line){ drawn, 2 });
    sink.qr(sink.ctx, "dw:order/41");
    return escpos_end(&escpos, 4711);
}

static char *read_golden(const char *profile)
{
    static char text[16384];
    char path[256];
    FILE *file;
    size_t len;

    snprintf(path, sizeof(path), SOURCE_DIR "/tests/devices/paper/bytes/%s.txt",
            profile);
    file = fopen(path, "r");
    if (!file)
        fail_msg("%s is not there", path);
    len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

static void each_make_is_sent_what_its_file_says(void **unused)
{
    const struct profile *profile;

    (void)unused;
    for (uint32_t i = 0; (profile = profile_at(i)); i++) {
        char *text = NULL;
        size_t text_len;
        FILE *to = open_memstream(&text, &text_len);
        size_t len = print_all(profile->name);

        assert_true(len > 0);
        show(to, bytes, len);
        fclose(to);
        assert_string_equal(text, read_golden(profile->name));
        free(text);
    }
}

/* --- text --- */

static void a_style_is_set_before_the_text_and_only_when_it_changes(
        void **unused)
{
    struct escpos escpos;
    static const char expected[] = "\x1B"
                                   "E\1\x1D!\x11"
                                   "a\nb\n\x1B"
                                   "E\0\x1B-\1\x1D!\0\x1D"
                                   "B\1c\n";

    (void)unused;
    begin(&escpos, "generic-80", NULL);
    escpos_line(&escpos, STYLE_BOLD | STYLE_WIDE | STYLE_TALL, "a");
    escpos_line(&escpos, STYLE_BOLD | STYLE_WIDE | STYLE_TALL, "b");
    escpos_line(&escpos, STYLE_INVERT | STYLE_UNDERLINE, "c");
    assert_int_equal(escpos.len, BEGUN + sizeof(expected) - 1);
    assert_memory_equal(bytes + BEGUN, expected, sizeof(expected) - 1);
}

static void the_page_that_has_most_of_a_run_is_selected(void **unused)
{
    (void)unused;
    ASSERT_LINE(0, "abc", "abc\n");
    ASSERT_LINE(0, "é 5 €", "\x1Bt\x13\x82 5 \xD5\n");     /* CP858 */
    ASSERT_LINE(0, "„é“", "\x1Bt\x10\x84\xE9\x93\n");      /* CP1252 */
    ASSERT_LINE(0, "Борщ", "\x1Bt\x11\x81\xAE\xE0\xE9\n"); /* CP866 */
    ASSERT_LINE(0, "é Ж", "\x1Bt\x13\x82 \x1Bt\x11\x86\n");
    /* CP852 has both, CP858 only the first. */
    ASSERT_LINE(0, "éő", "\x1Bt\x12\x82\x8B\n");
}

static void makes_differ_in_the_numbers_of_their_pages(void **unused)
{
    const uint8_t *line;

    (void)unused;
    assert_int_equal(one_line("epson-tm", 0, "Ψ", &line), 5);
    assert_memory_equal(line, "\x1Bt\x0E\x96\n", 5);
    assert_int_equal(one_line("xprinter-80", 0, "Ψ", &line), 5);
    assert_memory_equal(line, "\x1Bt\x18\x96\n", 5);
}

static void the_page_is_selected_anew_on_every_ticket(void **unused)
{
    (void)unused;
    ASSERT_LINE(0, "é", "\x1Bt\x13\x82\n");
    ASSERT_LINE(0, "é", "\x1Bt\x13\x82\n");
}

static void what_no_page_has_is_a_question_mark_without_glyphs(void **unused)
{
    (void)unused;
    ASSERT_LINE(0, "5 寿司", "5 ??\n");
}

static void plain_text_has_no_commands(void **unused)
{
    const uint8_t *line;
    size_t len = one_line("text", STYLE_BOLD | STYLE_WIDE, "Żurek\x1B@", &line);

    (void)unused;
    assert_int_equal(len, strlen("Żurek?@\n"));
    assert_memory_equal(line, "Żurek?@\n", len);
}

/* --- dots --- */

static bool is_black(const uint8_t *band, int32_t x, int32_t y)
{
    const struct bitmap dots = { word(band + 4) * 8, word(band + 6),
        word(band + 4), (uint8_t *)(uintptr_t)(band + 8) };

    return bitmap_get(&dots, x, y);
}

static size_t draw_runs(const struct paper_run *runs, uint32_t count)
{
    struct escpos escpos;
    struct paper_sink sink;

    begin(&escpos, "generic-80", &frames);
    sink = escpos_sink(&escpos);
    sink.line(sink.ctx, &(const struct paper_line){ runs, count });
    return escpos.len - BEGUN;
}

static void a_line_with_one_letter_of_no_page_is_all_dots(void **unused)
{
    static const struct paper_run runs[] = { { 0, "2x ", 3 },
        { STYLE_BOLD, "寿", 2 }, { STYLE_WIDE, "a", 2 } };
    size_t len = draw_runs(runs, 3);

    (void)unused;
    assert_int_equal(box_count, 3);
    assert_int_equal(boxes[0].x, 0);
    assert_int_equal(boxes[0].width, 36);
    assert_int_equal(boxes[0].height, 24);
    assert_int_equal(boxes[1].x, 36);
    assert_true(bolds[1] && !bolds[0]);
    assert_int_equal(boxes[2].x, 60);
    assert_int_equal(boxes[2].width, 24);
    assert_int_equal(cells[2], 24);
    /* 84 dots, no byte more to the right; 24 rows and the gap. */
    assert_memory_equal(bytes + BEGUN, "\x1Dv0\0\x0B\0\x1E\0", 8);
    assert_int_equal(len, 8 + 11 * 30);
    assert_true(is_black(bytes + BEGUN, 83, 23));
}

static void lines_that_a_page_has_stay_letters_beside_them(void **unused)
{
    static const struct paper_run run = { 0, "Борщ", 4 };

    (void)unused;
    assert_int_equal(draw_runs(&run, 1), 8);
    assert_int_equal(box_count, 0);
}

static void tall_letters_stand_on_the_same_bottom_as_others(void **unused)
{
    static const struct paper_run runs[] = { { STYLE_TALL, "寿", 2 },
        { STYLE_INVERT | STYLE_UNDERLINE, "ab", 2 } };
    size_t len = draw_runs(runs, 2);
    const uint8_t *band = bytes + BEGUN;

    (void)unused;
    assert_int_equal(len, 8 + 6 * (48 + 6));
    assert_int_equal(boxes[0].height, 48);
    assert_int_equal(boxes[1].y, 24);
    assert_int_equal(boxes[1].height, 24);
    /* White on black, and the line below the letters white, too. */
    assert_false(is_black(band, 30, 23));
    assert_false(is_black(band, 24, 24));
    assert_true(is_black(band, 25, 24));
    assert_true(is_black(band, 47, 45));
    assert_false(is_black(band, 30, 46));
    assert_false(is_black(band, 47, 47));
}

/* However long a line is made, no printer gets more than its paper. */
static void dots_are_never_wider_than_the_paper(void **unused)
{
    const struct profile *profile;
    char text[400] = "寿";

    (void)unused;
    memset(text + 3, 'm', sizeof(text) - 4);
    for (uint32_t i = 0; (profile = profile_at(i)); i++) {
        struct escpos escpos;

        if (!profile->raster)
            continue;
        begin(&escpos, profile->name, &frames);
        escpos_line(&escpos, STYLE_WIDE | STYLE_INVERT, text);
        assert_memory_equal(bytes + BEGUN, "\x1Dv0", 3);
        assert_int_equal(word(bytes + BEGUN + 4), (profile->dots + 7) / 8);
        for (int32_t x = (int32_t)profile->dots; x < 800; x++)
            assert_false(is_black(bytes + BEGUN, x, 5));
    }
}

/* What printers obey at once, wherever it stands, as dots: within a row and
 * from the end of one to the next. */
static const uint8_t obeyed[][6] = {
    { 0x10, 0x14, 0x01, 0x00, 0x05, 0x01 }, /* the drawer */
    { 0x10, 0x14, 0x08, 0x01, 0x10, 0x10 }, /* forget all */
    { 0x05, 0x02, 0x10, 0x04, 0x01, 0x10 },
    { 0x14, 0x10, 0x10, 0x05, 0x10, 0x11 },
};

#define OBEYED_ROWS ((int32_t)(sizeof(obeyed) / sizeof(obeyed[0])))

static bool obeyed_dot(int32_t x, int32_t y)
{
    return y < OBEYED_ROWS && obeyed[y][x / 8] & (0x80 >> (x % 8));
}

static bool draw_obeyed(void *ctx, const char *text, bool bold, uint32_t cell,
        struct bitmap *onto, const struct glyph_box *box)
{
    (void)ctx;
    (void)text;
    (void)bold;
    (void)cell;
    for (int32_t y = 0; y < OBEYED_ROWS; y++)
        for (int32_t x = 0; x < (int32_t)box->width; x++)
            if (obeyed_dot(x, y))
                bitmap_set(onto, x, y);
    return true;
}

static void no_dots_whatsoever_open_the_drawer(void **unused)
{
    static const struct glyphs drawers = { .draw = draw_obeyed,
        .has = has_all };
    struct escpos escpos;
    uint32_t more = 0;

    (void)unused;
    begin(&escpos, "generic-80", &drawers);
    escpos_line(&escpos, 0, "寿司");
    assert_memory_equal(bytes + BEGUN, "\x1Dv0\0\6\0", 6);
    for (size_t i = BEGUN; i + 1 < escpos.len; i++)
        assert_false(
                bytes[i] == 0x10 && memchr("\x04\x05\x14", bytes[i + 1], 3));
    for (int32_t y = 0; y < 24; y++)
        for (int32_t x = 0; x < 48; x++) {
            assert_true(is_black(bytes + BEGUN, x, y) || !obeyed_dot(x, y));
            more += is_black(bytes + BEGUN, x, y) && !obeyed_dot(x, y);
        }
    assert_int_equal(more, 6); /* a dot each */
}

static void without_dots_or_glyphs_there_are_none(void **unused)
{
    struct escpos escpos;

    (void)unused;
    begin(&escpos, "cp437-80", &frames);
    escpos_line(&escpos, 0, "寿");
    assert_int_equal(escpos.len, BEGUN + 2);
    assert_memory_equal(bytes + BEGUN, "?\n", 2);
    assert_int_equal(box_count, 0);
}

/* --- codes --- */

static size_t qr(const char *profile, const char *text)
{
    struct escpos escpos;
    struct paper_sink sink;
    size_t begun;

    begin(&escpos, profile, NULL);
    begun = escpos.len;
    sink = escpos_sink(&escpos);
    sink.qr(sink.ctx, text);
    return escpos.len - begun;
}

static void a_code_is_drawn_in_the_middle(void **unused)
{
    const uint8_t *band = bytes + BEGUN;
    int32_t first = 0;
    int32_t last = 0;

    (void)unused;
    assert_true(qr("generic-80", "dw:order/41") > 0);
    assert_memory_equal(band, "\x1Dv0\0", 4);
    for (int32_t x = 0; x < 576; x++)
        if (is_black(band, x, 16)) {
            first = first ? first : x;
            last = x;
        }
    assert_int_equal(first, 575 - last);
    assert_int_equal((last - first + 1) % 4, 0);
    assert_false(is_black(band, first, 15));
}

static void a_code_with_a_control_character_or_too_long_is_left_out(
        void **unused)
{
    static const char *const profiles[] = { "generic-80", "epson-tm", "text",
        "cp437-80" };
    char text[ESCPOS_QR_BYTES + 2];

    (void)unused;
    memset(text, 'x', sizeof(text));
    text[ESCPOS_QR_BYTES + 1] = '\0';
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(qr(profiles[i], "a\x1B@"), 0);
        assert_int_equal(qr(profiles[i], "a\nb"), 0);
        assert_int_equal(qr(profiles[i], "\x7F"), 0);
        assert_int_equal(qr(profiles[i], ""), 0);
        assert_int_equal(qr(profiles[i], text), 0);
    }
    text[ESCPOS_QR_BYTES] = '\0';
    assert_true(qr("generic-80", text) > 0);
    assert_true(qr("epson-tm", text) > 0);
    assert_int_equal(qr("cp437-80", text), 0);
}

/* --- the end --- */

static void a_number_has_four_digits_that_can_be_printed(void **unused)
{
    uint8_t digits[ESCPOS_NUMBER_DIGITS];

    (void)unused;
    escpos_number_digits(0, digits);
    assert_memory_equal(digits, "    ", 4);
    escpos_number_digits(95 * 95 + 94, digits);
    assert_memory_equal(digits, " ! ~", 4);
    escpos_number_digits(95 * 95 * 95 * 95 - 1, digits);
    assert_memory_equal(digits, "~~~~", 4);
    escpos_number_digits(95 * 95 * 95 * 95, digits);
    assert_memory_equal(digits, "    ", 4);
    escpos_number_digits(UINT32_MAX, digits);
    for (size_t i = 0; i < sizeof(digits); i++)
        assert_in_range(digits[i], 32, 126);
}

static void what_a_printer_is_asked_last_depends_on_its_make(void **unused)
{
    struct escpos escpos;
    size_t len;

    (void)unused;
    begin(&escpos, "star", NULL);
    len = escpos_end(&escpos, 1);
    assert_memory_equal(bytes + len - 7, "\x1DVB\0\x1Dr\1", 7);
    begin(&escpos, "epson-tm", NULL);
    len = escpos_end(&escpos, 96);
    assert_memory_equal(bytes + len - 15,
            "\x1DVB\0\x1D(H\6\0"
            "00  !!",
            15);
    begin(&escpos, "generic-58", NULL);
    len = escpos_end(&escpos, 1);
    assert_memory_equal(bytes + len - 4, "\x1DVB\0", 4);
}

static void paper_that_was_just_cut_is_not_cut_again(void **unused)
{
    struct escpos escpos;
    struct paper_sink sink;
    size_t len;

    (void)unused;
    begin(&escpos, "generic-80", NULL);
    sink = escpos_sink(&escpos);
    escpos_line(&escpos, STYLE_BOLD, "a");
    sink.cut(sink.ctx);
    len = escpos.len;
    assert_int_equal(escpos_end(&escpos, 1), len);
    begin(&escpos, "generic-80", NULL);
    escpos_line(&escpos, STYLE_BOLD, "a");
    sink.cut(sink.ctx);
    escpos_line(&escpos, 0, "b");
    assert_int_equal(escpos_end(&escpos, 1), len + 2 + 7);
}

static void a_drawer_opens_only_by_its_own_command(void **unused)
{
    struct escpos escpos;
    const struct profile *profile;

    (void)unused;
    for (uint32_t i = 0; (profile = profile_at(i)); i++) {
        size_t len = print_all(profile->name);

        for (size_t at = 0; !profile->plain && at + 1 < len; at++) {
            assert_false(bytes[at] == 0x1B && bytes[at + 1] == 'p');
            assert_false(bytes[at] == 0x10 && bytes[at + 1] == 0x14);
        }
    }
    begin(&escpos, "generic-80", NULL);
    escpos_drawer(&escpos);
    assert_memory_equal(bytes + BEGUN, "\x1Bp\0\x32\x32", 5);
    begin(&escpos, "text", NULL);
    escpos_drawer(&escpos);
    assert_int_equal(escpos.len, 0);
}

static void a_ticket_that_does_not_fit_is_none(void **unused)
{
    const struct paper_run run = { 0, "寿", 2 };
    struct escpos escpos;
    struct paper_sink sink;

    (void)unused;
    for (size_t room = 0; room < 190; room++) {
        uint8_t *exact = malloc(room + 1);

        box_count = 0;
        escpos_begin(&escpos, profile_find("epson-tm"), &frames, exact, room);
        sink = escpos_sink(&escpos);
        sink.line(sink.ctx, &(const struct paper_line){ &run, 1 });
        sink.qr(sink.ctx, "dw:order/41");
        escpos_line(&escpos, 0, "too long for it");
        assert_int_equal(escpos_end(&escpos, 1), 0);
        free(exact);
    }
}

/* --- nobody's text is a command --- */

/* Random bytes, half of them such as printers listen to. */
static void make_text(char *text, size_t len)
{
    static const char spice[] = "\x1B\x1D\x1C\x10\x04\x05\x07\x0C\x18\x7F@!Etp";

    for (size_t i = 0; i < len; i++) {
        int dice = rand();

        if (dice & 1)
            text[i] = (char)(1 + (dice >> 8) % 255);
        else
            text[i] = spice[(size_t)(dice >> 8) % (sizeof(spice) - 1)];
    }
    text[len] = '\0';
}

/*
 * After taking out the one command that text may cause (select a page, from
 * the profile's own), no byte below 0x20 but the line feed is left.
 */
static void assert_no_command(
        const struct profile *profile, const uint8_t *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (line[i] == 0x1B && i + 2 < len && line[i + 1] == 't') {
            assert_int_not_equal(
                    profile_page(profile, line[i + 2]), PAGE_COUNT);
            i += 2;
            continue;
        }
        assert_true(line[i] == '\n' ? i == len - 1 : line[i] >= 0x20);
        assert_int_not_equal(line[i], 0x7F);
    }
}

static void no_text_whatsoever_makes_a_command(void **unused)
{
    char text[101];
    char clean[400];
    uint32_t makes = 0;

    (void)unused;
    while (profile_at(makes))
        makes++;
    srand(4711);
    for (uint32_t round = 0; round < 20000; round++) {
        const struct profile *profile = profile_at(round % makes);
        const uint8_t *line;
        size_t len;

        make_text(text, (size_t)rand() % sizeof(text));
        len = one_line(profile->name, 0, text, &line); /* as it came */
        assert_no_command(profile, line, len);
        codepage_clean(profile, NULL, text, clean, sizeof(clean));
        for (char *feed = clean; (feed = strchr(feed, '\n'));)
            *feed = ' ';
        len = one_line(profile->name, 0, clean, &line);
        assert_no_command(profile, line, len);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_make_is_sent_what_its_file_says),
        cmocka_unit_test(
                a_style_is_set_before_the_text_and_only_when_it_changes),
        cmocka_unit_test(the_page_that_has_most_of_a_run_is_selected),
        cmocka_unit_test(makes_differ_in_the_numbers_of_their_pages),
        cmocka_unit_test(the_page_is_selected_anew_on_every_ticket),
        cmocka_unit_test(what_no_page_has_is_a_question_mark_without_glyphs),
        cmocka_unit_test(plain_text_has_no_commands),
        cmocka_unit_test(a_line_with_one_letter_of_no_page_is_all_dots),
        cmocka_unit_test(lines_that_a_page_has_stay_letters_beside_them),
        cmocka_unit_test(tall_letters_stand_on_the_same_bottom_as_others),
        cmocka_unit_test(dots_are_never_wider_than_the_paper),
        cmocka_unit_test(no_dots_whatsoever_open_the_drawer),
        cmocka_unit_test(without_dots_or_glyphs_there_are_none),
        cmocka_unit_test(a_code_is_drawn_in_the_middle),
        cmocka_unit_test(
                a_code_with_a_control_character_or_too_long_is_left_out),
        cmocka_unit_test(a_number_has_four_digits_that_can_be_printed),
        cmocka_unit_test(what_a_printer_is_asked_last_depends_on_its_make),
        cmocka_unit_test(paper_that_was_just_cut_is_not_cut_again),
        cmocka_unit_test(a_drawer_opens_only_by_its_own_command),
        cmocka_unit_test(a_ticket_that_does_not_fit_is_none),
        cmocka_unit_test(no_text_whatsoever_makes_a_command),
    };

    if (argc == 3 && strcmp(argv[1], "--print") == 0 && profile_find(argv[2])) {
        show(stdout, bytes, print_all(argv[2]));
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
