/* Thirty tickets as printers are sent them, on the paper of the virtual one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/port/posix/glyphs.h"
#include "devices/virtual/picture.h"
#include "tests/devices/ticket/dinner.h"
#include "tests/devices/virtual/bench.h"

#define TICKET_BYTES (256 * 1024)
#define MOST_MM      400
#define WORD_BYTES   10

static struct port_glyphs *glyphs;

static const char *const profiles[] = { "generic-58", "epson-tm", "epson-tm-48",
    "xprinter-80" };

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

/* Letters beside ASCII may be dots; these stand there as they are. */
static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* Of the first word what no paper is too narrow for. */
static void assert_has_first_word(const char *paper, const char *text)
{
    size_t len = strcspn(text, " ");
    char word[WORD_BYTES + 1];

    len = len < WORD_BYTES ? len : WORD_BYTES;
    snprintf(word, sizeof(word), "%.*s", (int)len, text);
    if (!strstr(paper, word))
        fail_msg("\"%s\" is missing in\n%s", word, paper);
}

/* DINNER_PICTURES names a folder for whoever wants to see them. */
static void keep_picture(const struct machine *machine, size_t ticket)
{
    const char *folder = getenv("DINNER_PICTURES");
    char path[512];
    FILE *file;

    if (!folder)
        return;
    snprintf(path, sizeof(path), "%s/%s-%u.png", folder, dinner[ticket].name,
            machine->config.profile->dots);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(picture_write(&machine->head.sheet.dots, 8000, file));
    fclose(file);
}

static void assert_printed(size_t ticket, const char *profile)
{
    static uint8_t bytes[TICKET_BYTES];
    struct bench *bench = bench_make(profile, 0);
    size_t len = dinner_bytes(ticket, profile_find(profile), glyphs_of(glyphs),
            bytes, sizeof(bytes));
    const struct bench_sheet *sheet;
    size_t cut = len;

    assert_true(len > 0);
    bench->machine.head.font.glyphs = glyphs_of(glyphs);
    while (cut > 0 && !(bytes[cut - 1] == 'V' && bytes[cut - 2] == 0x1D))
        cut--;
    bench_send(bench, bytes, cut - 2, 1000);
    keep_picture(&bench->machine, ticket);
    bench_send(bench, bytes + cut - 2, len - cut + 2, SIZE_MAX);
    sheet = bench_newest(bench);
    assert_int_equal(bench->count, 1);
    assert_true(sheet->is_whole);
    assert_non_null(strstr(sheet->job, dinner[ticket].station));
    assert_int_equal(bench->machine.reader.unknown, 0);
    assert_int_equal(bench->drawers, 0);
    assert_true(sheet->rows < MOST_MM * SHEET_DOTS_PER_MM);
    assert_true(sheet->black > 1000);
    if (dinner[ticket].dishes[0].name &&
            is_ascii(dinner[ticket].dishes[0].name))
        assert_has_first_word(sheet->text, dinner[ticket].dishes[0].name);
    bench_drop(bench);
}

static void every_printer_prints_every_ticket_once_and_whole(void **unused)
{
    (void)unused;
    for (size_t ticket = 0; ticket < DINNER_TICKETS; ticket++)
        for (size_t i = 0; i < PROFILES; i++)
            assert_printed(ticket, profiles[i]);
}

static int open_glyphs(void **unused)
{
    char error[256];

    (void)unused;
    glyphs = glyphs_open(NULL, 0, error, sizeof(error));
    return glyphs ? 0 : -1;
}

static int close_glyphs(void **unused)
{
    (void)unused;
    glyphs_close(glyphs);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_printer_prints_every_ticket_once_and_whole),
    };

    return cmocka_run_group_tests(tests, open_glyphs, close_glyphs);
}
