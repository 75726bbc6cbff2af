#include "devices/port/posix/printer_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "devices/port/posix/glyphs.h"
#include "devices/port/posix/printer_templates.h"

void printer_setup_init(struct printer_setup *setup)
{
    *setup = (struct printer_setup){ .store = { -1, -1 }, .out = { .fd = -1 } };
}

void printer_setup_close(struct printer_setup *setup)
{
    out_finish(&setup->out);
    spool_close(&setup->spool);
    store_close(&setup->store);
    glyphs_close(setup->glyphs);
    printer_templates_close(setup->templates);
    printer_setup_init(setup);
}

void printer_setup_set_clock(struct printer_setup *setup)
{
    time_t now = time(NULL);
    struct tm tm;

    if (localtime_r(&now, &tm))
        setup->equipment.utc_offset_s = (int32_t)tm.tm_gmtoff;
}

/* --- what it prints with --- */

static int open_out(struct printer_setup *setup, const struct options *options)
{
    const char *form, *about;

    if (out_parse(&setup->out, options->out)) {
        setup->equipment.out = out_of(&setup->out);
        return EX_OK;
    }
    fprintf(stderr, "dumbwaiter: --out is one of\n");
    for (uint32_t i = 0; (form = out_form(i, &about)); i++)
        fprintf(stderr, "  %s\n", form);
    return EX_USAGE;
}

/* "FILE[:FILE...]", cut in place. */
static uint32_t split(char *text, const char *files[GLYPHS_FILES + 1])
{
    uint32_t count = 0;

    while (text && count <= GLYPHS_FILES) {
        files[count] = strsep(&text, ":");
        count += files[count][0] != '\0';
    }
    return count;
}

/* Without any font a printer has the letters that it has; but one that was
 * named must be one. */
static int open_glyphs(
        struct printer_setup *setup, const struct options *options)
{
    const char *files[GLYPHS_FILES + 1];
    char *names = strdup(options->font ? options->font : "");
    char error[256] = "no memory";

    if (names)
        setup->glyphs =
                glyphs_open(files, split(names, files), error, sizeof(error));
    free(names);
    if (!setup->glyphs && options->font) {
        fprintf(stderr, "dumbwaiter: --font: %s\n", error);
        return EX_USAGE;
    }
    setup->equipment.glyphs = glyphs_of(setup->glyphs);
    return EX_OK;
}

static int open_templates(
        struct printer_setup *setup, const struct options *options)
{
    struct print_equipment *with = &setup->equipment;
    char error[256];

    if (!options->templates)
        return EX_OK;
    setup->templates = printer_templates_open(options->templates,
            with->columns ? with->columns : with->profile->columns, error,
            sizeof(error));
    if (!setup->templates) {
        fprintf(stderr, "dumbwaiter: --templates: %s\n", error);
        return EX_USAGE;
    }
    with->templates = printer_templates_of(setup->templates);
    return EX_OK;
}

static int open_looks(
        struct printer_setup *setup, const struct options *options)
{
    struct print_equipment *with = &setup->equipment;
    int code;

    with->profile = options->make;
    with->language = options->language;
    with->qr_prefix = options->qr_prefix;
    with->columns = options->columns;
    with->buzz = options->buzz;
    with->give_up_ms = options->give_up_s * 1000;
    printer_setup_set_clock(setup);
    code = open_glyphs(setup, options);
    return code == EX_OK ? open_templates(setup, options) : code;
}

/* What a way needs of all that. */
static int begin_out(struct printer_setup *setup, const struct options *options)
{
    const struct out_with with = { .profile = setup->equipment.profile,
        .glyphs = setup->equipment.glyphs,
        .password = options->pull_password,
        .is_open = options->pull_open,
        .is_plain = options->pull_text };
    const char *wrong = out_begin(&setup->out, &with);

    if (!wrong)
        return EX_OK;
    fprintf(stderr, "dumbwaiter: --out %s: %s\n", options->out, wrong);
    return EX_USAGE;
}

/* --- what it remembers --- */

static int open_spool(
        struct printer_setup *setup, const struct options *options)
{
    const char *path = options->spool ? options->spool : options->state;
    const char *wrong;
    int code = EX_OK;

    if (strcmp(path, options->state) != 0)
        code = store_enter(&setup->store, path);
    if (code != EX_OK)
        return code;
    wrong = spool_open(&setup->spool, path);
    if (wrong) {
        fprintf(stderr, "dumbwaiter: %s/" SPOOL_FILE ": %s\n", path, wrong);
        return EX_IOERR;
    }
    setup->equipment.spool = spool_of(&setup->spool);
    return EX_OK;
}

int printer_setup_open_paper(
        struct printer_setup *setup, const struct options *options)
{
    int code = open_out(setup, options);

    if (code == EX_OK)
        code = open_looks(setup, options);
    return code == EX_OK ? begin_out(setup, options) : code;
}

int printer_setup_open(
        struct printer_setup *setup, const struct options *options)
{
    int code = printer_setup_open_paper(setup, options);

    return code == EX_OK ? open_spool(setup, options) : code;
}
