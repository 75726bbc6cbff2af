/* template_property: a line in braces. */
#include <string.h>

#include "devices/ticket/template_parts.h"

/* The next word of a list of words, or false. */
static bool next_word(struct piece *list, struct piece *word)
{
    while (list->at < list->end && strchr(" ,", *list->at))
        list->at++;
    word->at = list->at;
    while (list->at < list->end && !strchr(" ,", *list->at))
        list->at++;
    word->end = list->at;
    return word->at < word->end;
}

/* A number up to `most`, or -1. */
static int number_of(const struct piece *word, int most)
{
    int number = 0;

    for (const char *at = word->at; at < word->end; at++) {
        if (*at < '0' || *at > '9')
            return -1;
        number = number * 10 + *at - '0';
        if (number > most)
            return -1;
    }
    return number;
}

static bool take_width(struct parser *parser, struct piece value)
{
    struct template_format *format = &parser->format;
    struct piece word;

    format->count = 0;
    memset(format->widths, 0, sizeof(format->widths));
    if (piece_is(&value, "auto"))
        return true;
    while (next_word(&value, &word)) {
        int width = number_of(&word, TEMPLATE_REST - 1);

        if (piece_is(&word, "*"))
            width = TEMPLATE_REST;
        if (width < 2)
            return parser_fault(parser, word.at,
                    "a width is auto, or of each column * or a number from 2");
        if (format->count == LAYOUT_COLUMNS)
            return parser_fault(parser, word.at, "too many columns");
        format->widths[format->count++] = (uint8_t)width;
    }
    return true;
}

static bool take_border(struct parser *parser, struct piece value)
{
    int width = number_of(&value, 2);

    if (piece_is(&value, "space"))
        width = 1;
    if (piece_is(&value, "none"))
        width = 0;
    if (width < 0 || value.at == value.end)
        return parser_fault(parser, value.at,
                "a border is space, none, 0, 1 or 2; no lines are drawn");
    parser->format.border = (uint8_t)width;
    return true;
}

static bool take_align(struct parser *parser, struct piece value)
{
    static const struct {
        const char *name;
        enum layout_align align;
    } aligns[] = { { "left", ALIGN_LEFT }, { "center", ALIGN_CENTER },
        { "right", ALIGN_RIGHT } };

    for (size_t i = 0; i < sizeof(aligns) / sizeof(aligns[0]); i++) {
        if (!piece_is(&value, aligns[i].name))
            continue;
        parser->format.align = (uint8_t)aligns[i].align;
        return true;
    }
    return parser_fault(parser, value.at, "align is left, center or right");
}

static bool take_text(struct parser *parser, struct piece value)
{
    return piece_is(&value, "wrap") ||
           parser_fault(parser, value.at,
                   "text is wrap: nothing of an order is left out");
}

static bool take_option(struct parser *parser, struct piece value)
{
    return piece_is(&value, "qrcode") ||
           parser_fault(parser, value.at,
                   "the option is qrcode; its size is the printer's");
}

static bool take_code(struct parser *parser, struct piece value)
{
    return parser_step(parser, STEP_CODE, value.at) &&
           parse_text(parser, value, true) &&
           parser_step(parser, STEP_CODE_END, value.end);
}

static bool code_later(struct parser *parser, struct piece value)
{
    (void)parser;
    (void)value;
    return true; /* once it is known that its option is there */
}

static bool take_comment(struct parser *parser, struct piece value)
{
    (void)parser;
    (void)value;
    return true;
}

static const struct property {
    const char *name;
    const char *brief;
    bool (*take)(struct parser *parser, struct piece value);
} properties[] = {
    { "width", "w", take_width },
    { "border", "b", take_border },
    { "align", "a", take_align },
    { "text", "t", take_text },
    { "option", "o", take_option },
    { "code", "c", code_later },
    { "comment", "_", take_comment },
};

/* The end of a member: a semicolon or the end, not within a tag. */
static const char *member_end(const char *at, const char *end)
{
    while (at < end && *at != ';') {
        const char *tag = tag_end(at, end);

        if (tag)
            at = tag;
        else
            at += *at == '\\' && end - at > 1 ? 2 : 1;
    }
    return at;
}

static const struct property *property_find(const struct piece *key)
{
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        if (piece_is(key, properties[i].name) ||
                piece_is(key, properties[i].brief))
            return &properties[i];
    return NULL;
}

/* A line of them; where there is a code it comes last. */
struct members {
    struct piece code; /* NULL: none */
    bool has_option;
};

static bool parse_member(
        struct parser *parser, struct piece member, struct members *members)
{
    const struct property *property;
    struct piece key = member;
    struct piece value = member;

    piece_trim(&member);
    if (member.at == member.end)
        return true;
    key.end = memchr(member.at, ':', (size_t)(member.end - member.at));
    if (!key.end)
        return parser_fault(parser, member.at, "a property is key: value");
    value.at = key.end + 1;
    piece_trim(&key);
    piece_trim(&value);
    property = property_find(&key);
    if (!property)
        return parser_fault(parser, key.at, "there is no such property here");
    if (property->take == code_later)
        members->code = value;
    members->has_option |= property->take == take_option;
    return property->take(parser, value);
}

bool parse_property(struct parser *parser, struct piece line)
{
    struct piece all = { line.at + 1, line.end - 1 };
    struct members members = { 0 };

    if (line.end - line.at < 2 || *all.end != '}')
        return parser_fault(parser, line.at,
                "a line that begins with a brace ends with one");
    while (all.at < all.end) {
        struct piece member = { all.at, member_end(all.at, all.end) };

        if (!parse_member(parser, member, &members))
            return false;
        all.at = member.end + 1;
    }
    if (members.code.at && !members.has_option)
        return parser_fault(
                parser, members.code.at, "a code wants its option: qrcode");
    return !members.code.at || take_code(parser, members.code);
}
