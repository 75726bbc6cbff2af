/*
 * page: tickets as a page for a browser. It needs no scripts, loads itself
 * anew, and has nothing of elsewhere but the pictures and two files beside
 * it. What stands on tickets was written by guests: it is escaped here, and
 * only here.
 */
#ifndef DEVICES_VIRTUAL_PAGE_H
#define DEVICES_VIRTUAL_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_STYLE_FILE "paper.css"
#define PAGE_ICON_FILE  "paper.svg"

struct page_ticket {
    uint32_t number;
    uint32_t width;      /* dots; 0: not known */
    const char *picture; /* the file's name */
    const char *time;    /* as people write it */
    bool is_whole;
    const char *text; /* UTF-8 of any kind */
};

/* What stands in PAGE_STYLE_FILE and PAGE_ICON_FILE. */
extern const char page_style[];
extern const char page_icon[];

void page_begin(FILE *file, uint32_t count);

/* The newest first. */
void page_put(FILE *file, const struct page_ticket *ticket);

void page_end(FILE *file);

#endif
