/*
 * fuzz_ticket: any text on any make of printer, cleaned or as it came: what
 * leaves is what a ticket is made of, and nothing else.
 *
 * The first byte chooses the profile, the second flags: dots or none, cleaned
 * or not, a QR code, the buzzer. Each line of the rest is a line, its first
 * byte the style. It goes through the fonts of this machine where there are
 * any.
 */
#include <sanitizer/lsan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "devices/paper/cells.h"
#include "devices/paper/codepage.h"
#include "devices/paper/escpos.h"
#include "devices/port/posix/glyphs.h"
#include "tests/support/paper.h"

#define TEXT_BYTES  2048
#define LINE_STYLES 32

enum { WITH_DOTS = 1, CLEANED = 2, WITH_CODE = 4, WITH_BELL = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t bytes[4 << 20];
static struct paper paper;

static const struct glyphs *fonts(void)
{
    static struct port_glyphs *glyphs;
    static bool asked;
    char error[200];

    if (!asked) {
        /* fontconfig keeps offsets for pointers, which look lost. */
        __lsan_disable();
        glyphs = glyphs_open(NULL, 0, error, sizeof(error));
        __lsan_enable();
    }
    asked = true;
    return glyphs_of(glyphs);
}

static struct paper_printer printer_of(const struct profile *profile)
{
    static const enum paper_cutter cutters[] = { [CUT_NONE] = PAPER_TORN,
        [CUT_PARTIAL] = PAPER_PART,
        [CUT_FULL] = PAPER_FULL,
        [CUT_OLD] = PAPER_OLD };
    static const enum paper_answer answers[] = { [CONFIRM_DRAINED] =
                                                         PAPER_SILENT,
        [CONFIRM_GS_R] = PAPER_STATUS,
        [CONFIRM_PROCESS_ID] = PAPER_NUMBER };
    static const enum paper_bell bells[] = { [BUZZER_NONE] = PAPER_MUTE,
        [BUZZER_EPSON] = PAPER_EPSON,
        [BUZZER_CLONE] = PAPER_CLONE };
    struct paper_printer printer = { .columns = profile->columns,
        .dots = profile->dots,
        .cutter = cutters[profile->cutter],
        .answer = answers[profile->confirm],
        .bell = bells[profile->buzzer],
        .qr = profile->qr,
        .raster = profile->raster,
        .plain = profile->plain };

    for (uint32_t i = 0; i < profile->page_count; i++)
        printer.pages[i] = (struct paper_page){ profile->pages[i].select,
            codepages[profile->pages[i].id].name };
    return printer;
}

/* As much of the text as goes into a line, as a layout would hand it on. */
static void put_line(const struct paper_sink *sink,
        const struct profile *profile, unsigned style, char *text)
{
    const struct paper_run run = { style, text, 0 };
    uint32_t columns = profile->columns;

    if (style & STYLE_WIDE && !profile->plain)
        columns /= 2;
    text[cells_fit(text, columns)] = '\0';
    sink->line(sink->ctx, &(const struct paper_line){ &run, 1 });
}

/* Its own text is what escpos is promised; without cleaning it may be wider
 * than the paper for bytes that are none of a letter. */
static void print_text(const struct paper_sink *sink,
        const struct profile *profile, const struct glyphs *glyphs, char *text,
        bool cleaned)
{
    static char clean[4 * TEXT_BYTES];
    unsigned style = (uint8_t)text[0] % LINE_STYLES;
    char *from = text;
    char *end;

    if (cleaned) {
        codepage_clean(profile, glyphs, text, clean, sizeof(clean));
        from = clean;
    }
    while ((end = strchr(from, '\n'))) {
        *end = '\0';
        put_line(sink, profile, style, from);
        from = end + 1;
    }
    put_line(sink, profile, style, from);
}

/* Uncleaned text may be anything but a command. */
static void judge(
        const struct profile *profile, size_t len, bool cleaned, bool plain)
{
    struct paper_printer printer = printer_of(profile);

    if (!cleaned && plain)
        return; /* a terminal relies on the cleaning of what steers it */
    if (!cleaned)
        printer.columns = 2 * TEXT_BYTES;
    if (!paper_read(&paper, &printer, bytes, len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_BYTES];
    const struct profile *profile;
    const struct glyphs *glyphs;
    struct escpos escpos;
    struct paper_sink sink;
    uint32_t makes = 0;
    uint8_t flags;
    size_t len;

    if (size < 2)
        return 0;
    while (profile_at(makes))
        makes++;
    profile = profile_at(data[0] % makes);
    flags = data[1];
    glyphs = flags & WITH_DOTS ? fonts() : NULL;
    len = size - 2 < sizeof(text) - 1 ? size - 2 : sizeof(text) - 1;
    memcpy(text, data + 2, len);
    text[len] = '\0';
    escpos_begin(&escpos, profile, glyphs, bytes, sizeof(bytes));
    sink = escpos_sink(&escpos);
    if (flags & WITH_BELL)
        sink.buzz(sink.ctx);
    if (flags & WITH_CODE)
        sink.qr(sink.ctx, text);
    print_text(&sink, profile, glyphs, text, flags & CLEANED);
    len = escpos_end(&escpos, (uint32_t)size);
    if (len == 0)
        abort();
    judge(profile, len, flags & CLEANED, profile->plain);
    return 0;
}
