/*
 * profile: the makes of printer, as far as they differ in what they are sent:
 * rows of profiles.def.
 */
#ifndef DEVICES_PAPER_PROFILE_H
#define DEVICES_PAPER_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/paper/codepage.h"

#define PROFILE_CELL_DOTS 12 /* a letter of normal size is so wide */
#define PROFILE_ROW_DOTS  24 /* and so high */
#define PROFILE_MAX_DOTS  768

/* How it is known that a ticket is on paper. */
enum print_confirm {
    CONFIRM_DRAINED,    /* it took all bytes: as much as such a one says */
    CONFIRM_GS_R,       /* GS r 1, answered once all before it was processed */
    CONFIRM_PROCESS_ID, /* GS ( H: answered with a number once it is printed */
};

enum print_cutter {
    CUT_NONE,    /* the paper is torn off */
    CUT_PARTIAL, /* GS V B */
    CUT_FULL,    /* GS V A */
    CUT_OLD,     /* ESC m */
};

/* A Star has its buzzer where others have their cash drawer, and one command
 * for both: it is not made to sound. */
enum print_buzzer {
    BUZZER_NONE,
    BUZZER_EPSON, /* ESC ( A */
    BUZZER_CLONE, /* ESC B */
};

/* A code page that it has, and n of its ESC t n: makes differ. */
struct profile_page {
    enum codepage_id id;
    uint8_t select;
};

struct profile {
    const char *name;
    const char *about; /* a line of help */
    uint32_t columns;  /* of normal width */
    uint32_t dots;     /* of a line; columns * 12 at least */
    struct profile_page pages[PAGE_COUNT]; /* tried in this order */
    uint32_t page_count;
    enum print_confirm confirm;
    bool asks; /* answers DLE EOT */
    enum print_cutter cutter;
    bool feeds; /* its cut feeds the paper, too, up to the cutter */
    enum print_buzzer buzzer;
    bool qr;     /* GS ( k draws QR codes; if not they are sent as dots */
    bool raster; /* takes dots: GS v 0 */
    bool plain;  /* no commands, text in UTF-8 */
};

/* By name, or NULL. */
const struct profile *profile_find(const char *name);

/* The page that ESC t `select` is, or PAGE_COUNT. */
enum codepage_id profile_page(const struct profile *profile, uint8_t select);

/* The rows, from 0; NULL behind the last. */
const struct profile *profile_at(uint32_t index);

#endif
