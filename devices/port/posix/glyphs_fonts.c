#include "devices/port/posix/glyphs_fonts.h"

#include <stdio.h>
#include <string.h>

#include <hb-ft.h>

/* --- one font --- */

static void close_font(struct font *font)
{
    hb_font_destroy(font->shaper);
    FT_Done_Face(font->face); /* refuses NULL */
    *font = (struct font){ 0 };
}

/* False: it cannot be read, or not drawn in any size. */
static bool open_font(
        struct fonts *fonts, struct font *font, const char *file, int index)
{
    *font = (struct font){ 0 };
    if (FT_New_Face(fonts->library, file, index, &font->face) != 0) {
        font->face = NULL;
        return false;
    }
    if (!FT_IS_SCALABLE(font->face) ||
            FT_Select_Charmap(font->face, FT_ENCODING_UNICODE) != 0)
        goto fail;
    font->shaper = hb_ft_font_create_referenced(font->face);
    hb_ft_font_set_load_flags(font->shaper, GLYPHS_LOAD);
    font->bold = font->face->style_flags & FT_STYLE_FLAG_BOLD;
    return true;

fail:
    close_font(font);
    return false;
}

/* --- those that are known --- */

/*
 * All fonts, the best first. The language is named so that the order does not
 * depend on the locale of whoever starts this.
 */
static FcFontSet *sort_fonts(FcConfig *config, int weight)
{
    FcPattern *pattern = FcPatternBuild(NULL, FC_FAMILY, FcTypeString,
            "DejaVu Sans Mono", FC_LANG, FcTypeString, "en", FC_SCALABLE,
            FcTypeBool, FcTrue, FC_WEIGHT, FcTypeInteger, weight, (char *)NULL);
    FcFontSet *known;
    FcResult result;

    if (!pattern)
        return NULL;
    FcConfigSubstitute(config, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    known = FcFontSort(config, pattern, FcFalse, NULL, &result);
    FcPatternDestroy(pattern);
    return known;
}

/* May it have the character, as fontconfig knows? */
static bool may_have(const FcPattern *font, uint32_t point)
{
    FcCharSet *set;
    FcBool scalable = FcFalse;
    FcBool color = FcFalse;

    FcPatternGetBool(font, FC_COLOR, 0, &color);
    return FcPatternGetBool(font, FC_SCALABLE, 0, &scalable) == FcResultMatch &&
           scalable && !color &&
           FcPatternGetCharSet(font, FC_CHARSET, 0, &set) == FcResultMatch &&
           FcCharSetHasChar(set, point);
}

/* The place for one more: a free one, or that of the least used. */
static struct font *make_room(struct fonts *fonts)
{
    struct font *oldest = &fonts->open[0];

    for (uint32_t i = 0; i < GLYPHS_FONTS; i++) {
        if (!fonts->open[i].face)
            return &fonts->open[i];
        if (fonts->open[i].used < oldest->used)
            oldest = &fonts->open[i];
    }
    close_font(oldest);
    return oldest;
}

static struct font *open_known(struct fonts *fonts, const FcPattern *known)
{
    struct font *font;
    FcChar8 *file;
    int index = 0;

    for (uint32_t i = 0; i < GLYPHS_FONTS; i++)
        if (fonts->open[i].known == known)
            return &fonts->open[i];
    if (FcPatternGetString(known, FC_FILE, 0, &file) != FcResultMatch)
        return NULL;
    FcPatternGetInteger(known, FC_INDEX, 0, &index);
    font = make_room(fonts);
    if (!open_font(fonts, font, (const char *)file, index))
        return NULL;
    font->known = known;
    return font;
}

static bool has(const struct font *font, uint32_t point)
{
    return font && FT_Get_Char_Index(font->face, point) != 0;
}

struct font *fonts_find(struct fonts *fonts, uint32_t point, bool bold)
{
    const FcFontSet *known = bold ? fonts->bold : fonts->regular;

    for (uint32_t i = 0; i < fonts->named_count; i++)
        if (has(&fonts->named[i], point))
            return &fonts->named[i];
    for (int i = 0; i < known->nfont; i++) {
        struct font *font;

        if (!may_have(known->fonts[i], point))
            continue;
        font = open_known(fonts, known->fonts[i]);
        if (!has(font, point))
            continue; /* gone, or broken since fontconfig has looked */
        font->used = ++fonts->uses;
        return font;
    }
    return NULL;
}

/* False, and why: one of them is none. */
static bool open_named(struct fonts *fonts, const char *const *files,
        uint32_t count, char *error, size_t error_bytes)
{
    if (count > GLYPHS_FILES) {
        snprintf(error, error_bytes, "more fonts than may be named");
        return false;
    }
    for (; fonts->named_count < count; fonts->named_count++) {
        const char *file = files[fonts->named_count];

        if (!open_font(fonts, &fonts->named[fonts->named_count], file, 0)) {
            snprintf(error, error_bytes, "%s: no font that can be drawn", file);
            return false;
        }
    }
    return true;
}

bool fonts_open(struct fonts *fonts, const char *const *files, uint32_t count,
        char *error, size_t error_bytes)
{
    *fonts = (struct fonts){ 0 };
    snprintf(error, error_bytes, "the libraries for fonts do not start");
    if (FT_Init_FreeType(&fonts->library) != 0) {
        fonts->library = NULL;
        return false;
    }
    if (!open_named(fonts, files, count, error, error_bytes))
        return false;
    snprintf(error, error_bytes, "there is no font");
    fonts->config = FcInitLoadConfigAndFonts();
    if (!fonts->config)
        return false;
    fonts->regular = sort_fonts(fonts->config, FC_WEIGHT_REGULAR);
    fonts->bold = sort_fonts(fonts->config, FC_WEIGHT_BOLD);
    return fonts->regular && fonts->bold &&
           fonts->regular->nfont + (int)fonts->named_count > 0;
}

void fonts_close(struct fonts *fonts)
{
    for (uint32_t i = 0; i < GLYPHS_FILES; i++)
        if (fonts->named[i].face)
            close_font(&fonts->named[i]);
    for (uint32_t i = 0; i < GLYPHS_FONTS; i++)
        if (fonts->open[i].face)
            close_font(&fonts->open[i]);
    if (fonts->regular)
        FcFontSetSortDestroy(fonts->regular);
    if (fonts->bold)
        FcFontSetSortDestroy(fonts->bold);
    if (fonts->config)
        FcConfigDestroy(fonts->config);
    if (fonts->library)
        FT_Done_FreeType(fonts->library);
    *fonts = (struct fonts){ 0 };
}
