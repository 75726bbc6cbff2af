/*
 * head_parts: what the sources of the head share, and nobody else.
 */
#ifndef DEVICES_VIRTUAL_HEAD_PARTS_H
#define DEVICES_VIRTUAL_HEAD_PARTS_H

#include "devices/virtual/head.h"

/* Move the paper; returns the first of these rows. Where the sheet is at its
 * end a new one begins. */
uint32_t head_feed(struct head *head, uint32_t rows);

/* Print the letters that wait, and move the paper `rows` in all, or as many as
 * they are high. */
void head_print_line(struct head *head, uint32_t rows);

/* Where something so wide begins, by alignment and margin. */
uint32_t head_left(const struct head *head, uint32_t width);

/* Dots that are sent as such, head_dots.c. */
void head_begin_raster(
        struct head *head, const uint8_t arguments[READER_ARGUMENTS]);
void head_take_raster(struct head *head, uint8_t byte);
void head_end_columns(
        struct head *head, const uint8_t arguments[READER_ARGUMENTS]);
void head_end_code(struct head *head);
void head_end_graphics(struct head *head);

/* Say in the text that there was a picture, if there was. */
void head_show_picture(struct head *head);

#endif
