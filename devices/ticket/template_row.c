/* template_row: a line of columns, and the text in them. */
#include <string.h>

#include "devices/ticket/template_parts.h"

/* --- text --- */

static bool add_text(
        struct parser *parser, const char *at, size_t len, unsigned style)
{
    struct template_step *step = parser_step(parser, STEP_TEXT, at);

    if (!step)
        return false;
    step->style = (uint8_t)style;
    step->text = at;
    step->len = (uint32_t)len;
    return true;
}

/* What a backslash makes of the sign behind it. */
static bool parse_escape(
        struct parser *parser, struct piece *text, unsigned style)
{
    static const char line_feed[] = "\n";
    const char *at = text->at;

    if (text->end - at < 2 || !strchr("\\|{};-=~_\"`^n", at[1]))
        return parser_fault(parser, at,
                "behind a backslash stands one of \\ | { } ; - = ~ _ \" ` ^ n");
    text->at += 2;
    if (at[1] == 'n')
        return add_text(parser, line_feed, 1, style);
    return add_text(parser, at + 1, 1, style);
}

/* As many ^ as were there end what they began; others begin another size. */
static bool parse_size(
        struct parser *parser, struct piece *text, unsigned *style)
{
    static const unsigned sizes[] = { 0, STYLE_WIDE, STYLE_TALL,
        STYLE_WIDE | STYLE_TALL };
    const unsigned all = STYLE_WIDE | STYLE_TALL;
    const char *at = text->at;
    unsigned size;

    while (text->at < text->end && *text->at == '^')
        text->at++;
    if (text->at - at > 3)
        return parser_fault(parser, at, "no printer has larger letters: ^^^");
    size = sizes[text->at - at];
    *style = (*style & ~all) | ((*style & all) == size ? 0 : size);
    return true;
}

static unsigned style_of(char sign)
{
    switch (sign) {
    case '"':
        return STYLE_BOLD;
    case '`':
        return STYLE_INVERT;
    case '_':
        return STYLE_UNDERLINE;
    default:
        return 0;
    }
}

/* One tag, sign or stretch of letters. */
static bool parse_bit(struct parser *parser, struct piece *text, bool is_code,
        unsigned *style)
{
    static const char blank[] = { LAYOUT_BLANK };
    const char *at = text->at;
    const char *end = tag_end(at, text->end);

    if (end) {
        text->at = end;
        return parse_tag(parser, (struct piece){ at, end }, *style, true);
    }
    if (*at == '\\')
        return parse_escape(parser, text, *style);
    if (*at == '{' || *at == '}')
        return parser_fault(
                parser, at, "a brace as a letter wants a backslash");
    if (!is_code && *at == '^')
        return parse_size(parser, text, style);
    if (!is_code && style_of(*at)) {
        *style ^= style_of(*at);
        text->at++;
        return true;
    }
    if (!is_code && *at == '~') {
        text->at++;
        return add_text(parser, blank, 1, *style);
    }
    text->at++;
    while (text->at < text->end &&
            !strchr(is_code ? "\\{}" : "\\{}^\"`_~", *text->at))
        text->at++;
    return add_text(parser, at, (size_t)(text->at - at), *style);
}

bool parse_text(struct parser *parser, struct piece text, bool is_code)
{
    uint32_t depth = parser->depth;
    unsigned style = 0;

    while (text.at < text.end)
        if (!parse_bit(parser, &text, is_code, &style))
            return false;
    if (parser->depth != depth)
        return parser_fault(parser, parser->sections[parser->depth - 1].at,
                "a section ends in the column in which it began");
    return true;
}

/* --- columns --- */

/* The next | that is no letter, or the end. */
static const char *next_bar(const char *at, const char *end)
{
    while (at < end && *at != '|')
        at += *at == '\\' && end - at > 1 ? 2 : 1;
    return at;
}

/* Text goes to the bar that it touches; a bar at the end of the line may be
 * left out. */
static enum layout_align align_of(
        const struct piece *column, bool is_open_left, bool is_open_right)
{
    bool is_empty = column->at == column->end;
    bool left = !is_empty && *column->at == ' ';
    bool right = !is_empty && column->end[-1] == ' ';

    if (is_open_left)
        left = !right;
    if (is_open_right)
        right = !left;
    if (left == right)
        return ALIGN_CENTER;
    return left ? ALIGN_RIGHT : ALIGN_LEFT;
}

static bool parse_column(
        struct parser *parser, struct piece column, enum layout_align align)
{
    struct template_step *step = parser_step(parser, STEP_COLUMN, column.at);

    if (!step)
        return false;
    step->style = (uint8_t)align;
    piece_trim(&column);
    return parse_text(parser, column, false);
}

/* Among the formats of the template; TEMPLATE_FORMATS: there are too many. */
static uint32_t keep_format(struct parser *parser)
{
    struct template *into = parser->into;
    uint32_t i;

    for (i = 0; i < into->format_count; i++)
        if (memcmp(&into->formats[i], &parser->format,
                    sizeof(parser->format)) == 0)
            return i;
    if (i < TEMPLATE_FORMATS)
        into->formats[into->format_count++] = parser->format;
    return i;
}

/* Can a row of so many columns be laid out? */
static bool check_format(struct parser *parser, const char *at, uint32_t count)
{
    uint32_t left[LAYOUT_COLUMNS];
    uint32_t width[LAYOUT_COLUMNS];

    if (parser->format.count && count > 1 && parser->format.count != count)
        return parser_fault(
                parser, at, "{width: ...} has another number of columns");
    if (!template_place(&parser->format, count, parser->columns, left, width))
        return parser_fault(parser, at, "the columns are wider than the paper");
    return true;
}

bool parse_row(struct parser *parser, struct piece line)
{
    bool has_left = line.at < line.end && *line.at == '|';
    struct piece columns[LAYOUT_COLUMNS];
    bool has_right = false;
    uint32_t format;
    uint32_t count = 0;
    struct template_step *step = parser_step(parser, STEP_ROW, line.at);
    const char *at = line.at + has_left;

    parser->has_values = false;
    do {
        const char *bar = next_bar(at, line.end);

        if (count == LAYOUT_COLUMNS)
            return parser_fault(parser, at, "too many columns");
        columns[count++] = (struct piece){ at, bar };
        has_right = bar + 1 == line.end;
        at = bar + 1;
    } while (at < line.end);
    format = keep_format(parser);
    if (!step || format == TEMPLATE_FORMATS)
        return parser_fault(parser, line.at, "the template is too long");
    step->arg = (uint16_t)format;
    step->len = count;
    if (!check_format(parser, line.at, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!parse_column(parser, columns[i],
                    align_of(&columns[i],
                            i == 0 && !has_left && (count > 1 || has_right),
                            i + 1 == count && !has_right &&
                                    (count > 1 || has_left))))
            return false;
    step = parser_step(parser, STEP_ROW_END, line.end);
    if (!step)
        return false;
    step->arg = parser->has_values;
    return true;
}
