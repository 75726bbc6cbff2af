#include "devices/ticket/template.h"

#include <string.h>

#include "devices/core/text.h"
#include "devices/ticket/languages.h"
#include "devices/ticket/template_parts.h"

bool parser_fault(struct parser *parser, const char *at, const char *what)
{
    uint32_t column = 1;

    for (const char *c = parser->line_at; c && c < at; c++)
        column += ((uint8_t)*c & 0xC0) != 0x80; /* letters, not bytes */
    *parser->fault = (struct template_fault){ .name = parser->name,
        .line = parser->line,
        .column = parser->line ? column : 0,
        .what = what };
    return false;
}

struct template_step *parser_step(
        struct parser *parser, enum template_step_kind kind, const char *at)
{
    struct template_step *step;

    if (parser->into->count == TEMPLATE_STEPS) {
        parser_fault(parser, at, "the template is too long");
        return NULL;
    }
    step = &parser->into->steps[parser->into->count++];
    *step = (struct template_step){ .kind = (uint8_t)kind, .scope = SCOPE_JOB };
    for (uint32_t i = parser->depth; i-- > 0 && step->scope == SCOPE_JOB;)
        if (!parser->sections[i].unless &&
                ticket_names[parser->sections[i].name].is_list)
            step->scope = (uint8_t)ticket_names[parser->sections[i].name].opens;
    return step;
}

void piece_trim(struct piece *piece)
{
    while (piece->at < piece->end && *piece->at == ' ')
        piece->at++;
    while (piece->at < piece->end && piece->end[-1] == ' ')
        piece->end--;
}

bool piece_is(const struct piece *piece, const char *text)
{
    size_t len = (size_t)(piece->end - piece->at);

    return strlen(text) == len && memcmp(piece->at, text, len) == 0;
}

/* --- tags --- */

const char *tag_end(const char *at, const char *end)
{
    if (end - at < 4 || at[0] != '{' || at[1] != '{')
        return NULL;
    for (at += 2; end - at >= 2; at++)
        if (at[0] == '}' && at[1] == '}')
            return at + 2;
    return NULL;
}

/* The name as it is known here: of the innermost list that has it. */
static enum ticket_name_id resolve(
        const struct parser *parser, const struct piece *name)
{
    size_t len = (size_t)(name->end - name->at);
    bool in_list = false;
    enum ticket_name_id id;

    for (uint32_t i = parser->depth; i-- > 0;) {
        const struct open_section *open = &parser->sections[i];

        if (open->unless || !ticket_names[open->name].is_list)
            continue;
        in_list = true;
        id = ticket_name_find(ticket_names[open->name].opens, name->at, len);
        if (id != NAME_COUNT)
            return id;
    }
    id = ticket_name_find(SCOPE_JOB, name->at, len);
    return id == NAME_COUNT && in_list
                   ? ticket_name_find(SCOPE_ANY_LIST, name->at, len)
                   : id;
}

static bool open_section(
        struct parser *parser, struct piece name, bool unless, bool in_column)
{
    enum ticket_name_id id = resolve(parser, &name);
    struct template_step *step;

    if (id == NAME_COUNT)
        return parser_fault(parser, name.at, "there is no such name here");
    if (parser->depth == TEMPLATE_SECTIONS)
        return parser_fault(parser, name.at, "too many sections in sections");
    for (uint32_t i = 0; i < parser->depth; i++)
        if (parser->sections[i].name == id && ticket_names[id].is_list)
            return parser_fault(parser, name.at, "the list is open already");
    step = parser_step(parser, unless ? STEP_UNLESS : STEP_SECTION, name.at);
    if (!step)
        return false;
    step->arg = (uint16_t)id;
    parser->has_values = true;
    parser->sections[parser->depth++] =
            (struct open_section){ .step = parser->into->count - 1,
                .name = id,
                .unless = unless,
                .in_column = in_column,
                .at = name.at };
    return true;
}

static bool close_section(
        struct parser *parser, struct piece name, bool in_column)
{
    struct open_section *open;
    struct piece last;

    if (parser->depth == parser->floor)
        return parser_fault(parser, name.at, "no section is open");
    open = &parser->sections[parser->depth - 1];
    last = (struct piece){ open->at, open->at + (name.end - name.at) };
    if (memcmp(last.at, name.at, (size_t)(name.end - name.at)) != 0 ||
            strlen(ticket_names[open->name].name) !=
                    (size_t)(name.end - name.at))
        return parser_fault(parser, name.at, "another section is open");
    if (open->in_column != in_column)
        return parser_fault(parser, name.at,
                "a section ends in the column in which it began, or both ends "
                "stand on lines of their own");
    if (!parser_step(parser, STEP_END, name.at))
        return false;
    parser->into->steps[open->step].len = parser->into->count;
    parser->depth--;
    return true;
}

/* A caption or a value. */
static bool word(struct parser *parser, struct piece name, unsigned style)
{
    static const char lead[] = "caption.";
    size_t len = (size_t)(name.end - name.at);
    size_t at = sizeof(lead) - 1;
    bool is_caption = len > at && memcmp(name.at, lead, at) == 0;
    struct template_step *step = parser_step(
            parser, is_caption ? STEP_CAPTION : STEP_VALUE, name.at);

    if (!step)
        return false;
    step->style = (uint8_t)style;
    parser->has_values |= !is_caption;
    if (is_caption)
        step->arg = (uint16_t)ticket_caption_find(name.at + at, len - at);
    else
        step->arg = (uint16_t)resolve(parser, &name);
    if (step->arg == (is_caption ? (int)CAPTION_COUNT : (int)NAME_COUNT))
        return parser_fault(parser, name.at, "there is no such name here");
    if (!is_caption && ticket_names[step->arg].is_list)
        return parser_fault(parser, name.at, "a list wants a section");
    return true;
}

static bool parse_part(struct parser *parser, struct piece name);

bool parse_tag(
        struct parser *parser, struct piece tag, unsigned style, bool in_column)
{
    struct piece name = { tag.at + 2, tag.end - 2 };
    char sign;

    piece_trim(&name);
    sign = name.at < name.end ? *name.at : '\0';
    if (sign == '#' || sign == '^' || sign == '/' || sign == '>') {
        name.at++;
        piece_trim(&name);
    }
    if (name.at == name.end)
        return parser_fault(parser, tag.at, "a tag without a name");
    if (sign == '#' || sign == '^')
        return open_section(parser, name, sign == '^', in_column);
    if (sign == '/')
        return close_section(parser, name, in_column);
    if (sign == '>' && in_column)
        return parser_fault(
                parser, tag.at, "a part stands on a line of its own");
    return sign == '>' ? parse_part(parser, name) : word(parser, name, style);
}

/* --- lines --- */

/* Nothing but these, one at least. */
static bool is_all(const struct piece *line, char c)
{
    for (const char *at = line->at; at < line->end; at++)
        if (*at != c)
            return false;
    return line->at < line->end;
}

/* Is it one tag, and none that stands for text? */
static bool is_block(const struct piece *line)
{
    struct piece name = { line->at + 2, line->end };

    if (tag_end(line->at, line->end) != line->end)
        return false;
    piece_trim(&name);
    return strchr("#^/>", *name.at) != NULL;
}

static bool parse_line(struct parser *parser, struct piece line)
{
    for (const char *at = line.at; at < line.end; at++)
        if ((uint8_t)*at < 0x20 || *at == 0x7F)
            return parser_fault(parser, at, "a control character");
    piece_trim(&line);
    if (is_block(&line))
        return parse_tag(parser, line, 0, false);
    if (line.at < line.end && *line.at == '{' &&
            !(line.end - line.at > 1 && line.at[1] == '{'))
        return parse_property(parser, line);
    if (is_all(&line, '-'))
        return parser_step(parser, STEP_RULE, line.at) != NULL;
    if (is_all(&line, '='))
        return parser_step(parser, STEP_CUT, line.at) != NULL;
    return parse_row(parser, line);
}

static bool parse_lines(struct parser *parser, const char *text)
{
    parser->line = 0;
    while (*text) {
        size_t len = strcspn(text, "\n");
        struct piece line = { text, text + len };

        if (line.at < line.end && line.end[-1] == '\r')
            line.end--;
        parser->line++;
        parser->line_at = text;
        if (!parse_line(parser, line))
            return false;
        text += len;
        text += *text == '\n';
    }
    if (parser->depth > parser->floor)
        return parser_fault(parser, text, "a section has no end");
    return true;
}

/* Another text, in place of the tag. */
static bool parse_part(struct parser *parser, struct piece name)
{
    struct parser outer = *parser;
    const struct template_source *part =
            parser->find(parser->ctx, name.at, (size_t)(name.end - name.at));

    if (!part)
        return parser_fault(
                parser, name.at, "there is no template of this name");
    if (parser->parts == TEMPLATE_PARTS)
        return parser_fault(parser, name.at, "too many parts in parts");
    if (strnlen(part->text, TEMPLATE_BYTES) == TEMPLATE_BYTES) {
        parser->name = part->name;
        parser->line = 0;
        return parser_fault(parser, NULL, "the text is too long");
    }
    parser->name = part->name;
    parser->parts++;
    parser->floor = parser->depth;
    if (!parse_lines(parser, part->text))
        return false;
    parser->name = outer.name;
    parser->line = outer.line;
    parser->line_at = outer.line_at;
    parser->parts = outer.parts;
    parser->floor = outer.floor;
    return true;
}

bool template_read(struct template *into, const char *name, uint32_t columns,
        template_find *find, void *ctx, struct template_fault *fault)
{
    struct parser parser = { .into = into,
        .columns = columns,
        .find = find,
        .ctx = ctx,
        .fault = fault,
        .name = name,
        .format = { .border = 1, .align = ALIGN_CENTER } };

    into->count = 0;
    into->format_count = 0;
    return parse_part(&parser, (struct piece){ name, name + strlen(name) });
}

/* --- columns --- */

bool template_place(const struct template_format *format, uint32_t count,
        uint32_t columns, uint32_t left[LAYOUT_COLUMNS],
        uint32_t width[LAYOUT_COLUMNS])
{
    bool is_given = format->count == count;
    uint32_t used = (count - 1) * format->border;
    uint32_t rests = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        bool is_rest = !is_given || format->widths[i] == TEMPLATE_REST;

        rests += is_rest;
        width[i] = is_rest ? 0 : format->widths[i];
        used += width[i];
    }
    if (used + rests * LAYOUT_MIN_WIDE > columns)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool is_rest = !is_given || format->widths[i] == TEMPLATE_REST;

        if (is_rest) {
            width[i] = (columns - used) / rests--;
            used += width[i];
        }
    }
    at = (columns - used) * format->align / 2;
    for (uint32_t i = 0; i < count; i++) {
        left[i] = at;
        at += width[i] + format->border;
    }
    return true;
}
