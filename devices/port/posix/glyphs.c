#include "devices/port/posix/glyphs.h"

#include <stdlib.h>
#include <string.h>

#include <fribidi.h>
#include <hb-ft.h>

#include FT_OUTLINE_H

#include "devices/core/text.h"
#include "devices/paper/cells.h"
#include "devices/port/posix/glyphs_fonts.h"

/* In 24ths of the height of a line: how large letters are, those that are two
 * cells wide, and where they stand. */
#define EM_24        20
#define EM_DOUBLE_24 22
#define BASELINE_24  19

/* In 64ths of a dot, as FreeType counts. */
#define UNIT 64

/* A letter with its marks. */
struct letter {
    uint32_t first, count; /* code points */
    uint32_t cells;
    int8_t level;       /* FriBidi's: odd, from right to left */
    bool flows;         /* its width, and its form, are its neighbours' too */
    hb_script_t script; /* of one that flows */
};

/* What is shaped and placed as one: a letter, or a word of those that flow. */
struct piece {
    uint32_t first, count; /* code points */
    uint32_t cells;
    int8_t level;
    bool flows;
    hb_script_t script;
};

struct line {
    FriBidiChar points[GLYPHS_POINTS];
    FriBidiLevel levels[GLYPHS_POINTS];
    struct letter letters[GLYPHS_POINTS];
    struct piece pieces[GLYPHS_POINTS];
    uint32_t point_count, letter_count, piece_count;
    bool from_right;
};

/* Where a piece goes, and how large: UNITs of its em. */
struct place {
    int32_t x, width; /* dots, in the bitmap */
    FT_F26Dot6 em_x, em_y;
    int32_t baseline; /* dots below the box's upper end */
    bool bold;
    struct bitmap *onto;
    const struct glyph_box *box;
};

struct port_glyphs {
    struct glyphs glyphs;
    struct fonts fonts;
    hb_buffer_t *shaped;
    struct line line;
};

/* --- what stands in a line --- */

/* Scripts whose letters stand each for itself, and Common, which is blanks,
 * digits and signs. */
static bool stands_alone(hb_script_t script)
{
    static const hb_script_t alone[] = { HB_SCRIPT_COMMON, HB_SCRIPT_INHERITED,
        HB_SCRIPT_UNKNOWN, HB_SCRIPT_LATIN, HB_SCRIPT_GREEK, HB_SCRIPT_CYRILLIC,
        HB_SCRIPT_HAN, HB_SCRIPT_HIRAGANA, HB_SCRIPT_KATAKANA, HB_SCRIPT_HANGUL,
        HB_SCRIPT_BOPOMOFO, HB_SCRIPT_HEBREW, HB_SCRIPT_ARMENIAN,
        HB_SCRIPT_GEORGIAN };

    for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
        if (alone[i] == script)
            return true;
    return false;
}

static void take_letter(struct line *line, const char *text, size_t len)
{
    struct letter *letter = &line->letters[line->letter_count++];
    const char *at = text;

    *letter = (struct letter){ .first = line->point_count };
    while (at < text + len && line->point_count < GLYPHS_POINTS) {
        uint32_t point = text_next(&at);

        line->points[line->point_count++] = point == TEXT_BAD ? '?' : point;
    }
    letter->count = line->point_count - letter->first;
    letter->script = hb_unicode_script(
            hb_unicode_funcs_get_default(), line->points[letter->first]);
    letter->flows = !stands_alone(letter->script);
}

static void take_letters(struct line *line, const char *text)
{
    uint32_t cells;
    size_t len;

    line->point_count = line->letter_count = line->piece_count = 0;
    while (line->point_count < GLYPHS_POINTS &&
            (len = cells_next(text, &cells)) > 0) {
        take_letter(line, text, len);
        line->letters[line->letter_count - 1].cells = cells;
        text += len;
    }
}

/* False: there is no memory for it. */
static bool find_levels(struct line *line)
{
    FriBidiCharType types[GLYPHS_POINTS];
    FriBidiBracketType brackets[GLYPHS_POINTS];
    FriBidiParType base = FRIBIDI_PAR_ON;
    FriBidiStrIndex count = (FriBidiStrIndex)line->point_count;

    fribidi_get_bidi_types(line->points, count, types);
    fribidi_get_bracket_types(line->points, count, types, brackets);
    if (fribidi_get_par_embedding_levels_ex(
                types, brackets, count, &base, line->levels) == 0)
        return false;
    line->from_right = FRIBIDI_IS_RTL(base);
    for (uint32_t i = 0; i < line->letter_count; i++)
        line->letters[i].level = line->levels[line->letters[i].first];
    /* Blanks at its end follow the line, not the word before them. */
    for (uint32_t i = line->letter_count; i-- > 0;) {
        if (line->points[line->letters[i].first] != ' ')
            break;
        line->letters[i].level = line->from_right ? 1 : 0;
    }
    return true;
}

static bool go_together(const struct letter *a, const struct letter *b)
{
    return a->flows && b->flows && a->level == b->level &&
           a->script == b->script;
}

/* How many letters from `at` on are one piece: those of a script that flows,
 * with single blanks between its words. */
static uint32_t reach(const struct line *line, uint32_t at)
{
    const struct letter *letters = line->letters;
    uint32_t end = at + 1;

    while (end < line->letter_count) {
        bool blank = line->points[letters[end].first] == ' ';

        if (go_together(&letters[at], &letters[end]))
            end++;
        else if (blank && end + 1 < line->letter_count &&
                 letters[end].level == letters[at].level &&
                 go_together(&letters[at], &letters[end + 1]))
            end += 2;
        else
            break;
    }
    return end - at;
}

static void cut_into_pieces(struct line *line)
{
    for (uint32_t at = 0; at < line->letter_count;) {
        uint32_t count = reach(line, at);
        struct piece *piece = &line->pieces[line->piece_count++];

        *piece = (struct piece){ .first = line->letters[at].first,
            .level = line->letters[at].level,
            .flows = line->letters[at].flows,
            .script = line->letters[at].script };
        for (; count > 0; count--, at++) {
            piece->count += line->letters[at].count;
            piece->cells += line->letters[at].cells;
        }
    }
}

static void reverse(struct piece *pieces, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        struct piece other = pieces[i];

        pieces[i] = pieces[count - 1 - i];
        pieces[count - 1 - i] = other;
    }
}

/* From the order in which they are read to that in which they are seen: rule
 * L2 of the bidirectional algorithm. */
static void put_in_order(struct line *line)
{
    int8_t highest = 0;

    for (uint32_t i = 0; i < line->piece_count; i++)
        if (line->pieces[i].level > highest)
            highest = line->pieces[i].level;
    for (int8_t level = highest; level > 0; level--)
        for (uint32_t i = 0; i < line->piece_count; i++) {
            uint32_t end = i;

            while (end < line->piece_count && line->pieces[end].level >= level)
                end++;
            reverse(line->pieces + i, end - i);
            i = end > i ? end - 1 : i;
        }
}

/* --- a piece --- */

static void set_size(struct font *font, const struct place *place)
{
    /* 0 would mean "as the other". */
    FT_Set_Char_Size(font->face, place->em_x > 0 ? place->em_x : 1,
            place->em_y > 0 ? place->em_y : 1, 72, 72);
    hb_ft_font_changed(font->shaper);
}

static void shape(
        struct port_glyphs *port, struct font *font, const struct piece *piece)
{
    hb_buffer_t *shaped = port->shaped;

    hb_buffer_clear_contents(shaped);
    hb_buffer_add_utf32(shaped, port->line.points, (int)port->line.point_count,
            piece->first, (int)piece->count);
    hb_buffer_set_direction(
            shaped, piece->level & 1 ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    hb_buffer_set_script(shaped, piece->script);
    hb_buffer_set_language(shaped, hb_language_from_string("und", -1));
    hb_shape(font->shaper, shaped, NULL, 0);
}

/* Its advance and the heights that its dots reach, in UNITs. */
struct extent {
    FT_Pos advance, top, bottom;
};

static struct extent measure(struct port_glyphs *port, struct font *font)
{
    unsigned count;
    const hb_glyph_info_t *infos =
            hb_buffer_get_glyph_infos(port->shaped, &count);
    const hb_glyph_position_t *at =
            hb_buffer_get_glyph_positions(port->shaped, &count);
    struct extent extent = { 0 };

    for (unsigned i = 0; i < count; i++) {
        FT_BBox box;

        extent.advance += at[i].x_advance;
        if (FT_Load_Glyph(font->face, infos[i].codepoint, GLYPHS_LOAD) != 0 ||
                font->face->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
            continue;
        FT_Outline_Get_CBox(&font->face->glyph->outline, &box);
        if (box.yMax + at[i].y_offset > extent.top)
            extent.top = box.yMax + at[i].y_offset;
        if (box.yMin + at[i].y_offset < extent.bottom)
            extent.bottom = box.yMin + at[i].y_offset;
    }
    return extent;
}

/*
 * Make it smaller where it is wider than its cells or higher than the line,
 * and move it up or down so that its tails are on paper, too.
 */
static struct extent fit(struct port_glyphs *port, struct font *font,
        const struct piece *piece, struct place *place)
{
    const FT_Pos width = place->width * UNIT;
    const FT_Pos height = (FT_Pos)place->box->height * UNIT;
    struct extent extent;

    for (int tries = 0; tries < 3; tries++) {
        set_size(font, place);
        shape(port, font, piece);
        extent = measure(port, font);
        if (extent.advance <= width && extent.top - extent.bottom <= height)
            break;
        if (extent.advance > width)
            place->em_x = place->em_x * width / extent.advance;
        if (extent.top - extent.bottom > height)
            place->em_y = place->em_y * height / (extent.top - extent.bottom);
    }
    if (extent.top > place->baseline * UNIT)
        place->baseline = (int32_t)((extent.top + UNIT - 1) / UNIT);
    if (place->baseline * UNIT - extent.bottom > height)
        place->baseline = (int32_t)((height + extent.bottom) / UNIT);
    return extent;
}

static bool is_inside(const struct glyph_box *box, int32_t x, int32_t y)
{
    return x >= box->x && y >= box->y && x < box->x + (int32_t)box->width &&
           y < box->y + (int32_t)box->height;
}

static void copy_dots(
        const FT_Bitmap *from, const struct place *place, int32_t x, int32_t y)
{
    for (uint32_t row = 0; row < from->rows; row++)
        for (uint32_t column = 0; column < from->width; column++) {
            int32_t to_x = x + (int32_t)column;
            int32_t to_y = y + (int32_t)row;
            const uint8_t *bytes = from->buffer + (ptrdiff_t)row * from->pitch;

            if ((bytes[column / 8] & (0x80 >> (column % 8))) &&
                    is_inside(place->box, to_x, to_y))
                bitmap_set(place->onto, to_x, to_y);
        }
}

/* Its origin at x, in UNITs, and y above the baseline. */
static void draw_glyph(struct font *font, uint32_t index,
        const struct place *place, FT_Pos x, FT_Pos y)
{
    FT_GlyphSlot glyph = font->face->glyph;
    FT_Pos thick = place->em_x / 20;

    if (FT_Load_Glyph(font->face, index, GLYPHS_LOAD) != 0 ||
            glyph->format != FT_GLYPH_FORMAT_OUTLINE)
        return;
    if (place->bold && !font->bold) {
        FT_Outline_EmboldenXY(&glyph->outline, thick, 0);
        FT_Outline_Translate(&glyph->outline, -thick / 2, 0);
    }
    if (FT_Render_Glyph(glyph, FT_RENDER_MODE_MONO) != 0 ||
            glyph->bitmap.pixel_mode != FT_PIXEL_MODE_MONO)
        return;
    copy_dots(&glyph->bitmap, place,
            (int32_t)((x + UNIT / 2) / UNIT) + glyph->bitmap_left,
            place->box->y + place->baseline - (int32_t)((y + UNIT / 2) / UNIT) -
                    glyph->bitmap_top);
}

/* What is shaped; false if a letter of it is not in the font. */
static bool draw_shaped(struct port_glyphs *port, struct font *font,
        const struct place *place, FT_Pos x)
{
    unsigned count;
    const hb_glyph_info_t *infos =
            hb_buffer_get_glyph_infos(port->shaped, &count);
    const hb_glyph_position_t *at =
            hb_buffer_get_glyph_positions(port->shaped, &count);
    bool whole = true;

    for (unsigned i = 0; i < count; i++) {
        if (infos[i].codepoint == 0)
            whole = false;
        else
            draw_glyph(font, infos[i].codepoint, place, x + at[i].x_offset,
                    at[i].y_offset);
        x += at[i].x_advance;
    }
    return whole;
}

/* A font for it. Where there is none it becomes a question mark, so that
 * nobody misses what is not there; NULL: not even that. */
static struct font *find_font(
        struct port_glyphs *port, const struct piece *piece, bool bold)
{
    uint32_t *point = &port->line.points[piece->first];
    struct font *font = fonts_find(&port->fonts, *point, bold);

    if (font)
        return font;
    *point = '?';
    return fonts_find(&port->fonts, *point, bold);
}

static bool draw_piece(struct port_glyphs *port, const struct piece *piece,
        struct place *place)
{
    const uint32_t point = port->line.points[piece->first];
    struct font *font;
    FT_Pos x = place->x * UNIT;
    FT_Pos left;

    if (place->width == 0)
        return true; /* a mark without a letter */
    font = find_font(port, piece, place->bold);
    if (!font)
        return false;
    left = place->width * UNIT - fit(port, font, piece, place).advance;
    if (!piece->flows)
        x += left / 2;
    else if (piece->level & 1)
        x += left;
    return draw_shaped(port, font, place, x) &&
           port->line.points[piece->first] == point;
}

/* --- the whole --- */

static bool draw_pieces(struct port_glyphs *port, bool bold, uint32_t cell,
        struct bitmap *onto, const struct glyph_box *box)
{
    const struct line *line = &port->line;
    const int32_t height = (int32_t)box->height;
    bool whole = true;
    int32_t x = 0;

    for (uint32_t i = 0; line->from_right && i < line->piece_count; i++)
        x -= (int32_t)(line->pieces[i].cells * cell);
    x += box->x + (line->from_right ? (int32_t)box->width : 0);
    for (uint32_t i = 0; i < line->piece_count; i++) {
        const struct piece *piece = &line->pieces[i];
        int32_t em = !piece->flows && piece->cells > 1 ? EM_DOUBLE_24 : EM_24;
        struct place place = { .x = x,
            .width = (int32_t)(piece->cells * cell),
            .em_x = (FT_F26Dot6)(cell * UNIT / 12) * em,
            .em_y = (FT_F26Dot6)height * UNIT * em / 24,
            .baseline = height * BASELINE_24 / 24,
            .bold = bold,
            .onto = onto,
            .box = box };

        if (line->points[piece->first] != ' ')
            whole &= draw_piece(port, piece, &place);
        x += place.width;
    }
    return whole;
}

static bool draw(void *ctx, const char *text, bool bold, uint32_t cell,
        struct bitmap *onto, const struct glyph_box *box)
{
    struct port_glyphs *port = ctx;

    take_letters(&port->line, text);
    if (port->line.letter_count == 0)
        return true;
    if (!find_levels(&port->line))
        return false;
    cut_into_pieces(&port->line);
    put_in_order(&port->line);
    return draw_pieces(port, bold, cell, onto, box);
}

static bool has(void *ctx, uint32_t point)
{
    struct port_glyphs *port = ctx;

    return fonts_find(&port->fonts, point, false) != NULL;
}

struct port_glyphs *glyphs_open(const char *const *files, uint32_t count,
        char *error, size_t error_bytes)
{
    struct port_glyphs *port = calloc(1, sizeof(*port));

    if (!port)
        return NULL;
    port->shaped = hb_buffer_create();
    port->glyphs = (struct glyphs){ .ctx = port, .draw = draw, .has = has };
    if (fonts_open(&port->fonts, files, count, error, error_bytes))
        return port;
    glyphs_close(port);
    return NULL;
}

const struct glyphs *glyphs_of(const struct port_glyphs *glyphs)
{
    return glyphs ? &glyphs->glyphs : NULL;
}

void glyphs_close(struct port_glyphs *glyphs)
{
    if (!glyphs)
        return;
    fonts_close(&glyphs->fonts);
    hb_buffer_destroy(glyphs->shaped);
    free(glyphs);
}
