/*
 * template_parts: what the files of the parser share; see template.h. Nobody
 * else includes it.
 */
#ifndef DEVICES_TICKET_TEMPLATE_PARTS_H
#define DEVICES_TICKET_TEMPLATE_PARTS_H

#include "devices/ticket/names.h"
#include "devices/ticket/template.h"

/* A section that is open. */
struct open_section {
    uint32_t step;
    enum ticket_name_id name;
    bool unless;
    bool in_column; /* it began in the midst of a line, and ends there */
    const char *at;
};

/* A stretch of the text. */
struct piece {
    const char *at;
    const char *end;
};

struct parser {
    struct template *into;
    uint32_t columns;
    template_find *find;
    void *ctx;
    struct template_fault *fault;

    const char *name; /* of the text that is read now */
    const char *line_at;
    uint32_t line;
    uint32_t parts; /* texts that are being read, one within the other */

    struct open_section sections[TEMPLATE_SECTIONS];
    uint32_t depth;
    uint32_t floor; /* sections that were open where this text began */

    struct template_format format;
    bool has_values; /* the line that is read now */
};

/* Say what is wrong, at `at`; always false. */
bool parser_fault(struct parser *parser, const char *at, const char *what);

/* Another step, all zero but for its kind; NULL: there are too many. */
struct template_step *parser_step(
        struct parser *parser, enum template_step_kind kind, const char *at);

void piece_trim(struct piece *piece);
bool piece_is(const struct piece *piece, const char *text);

/* The end of the tag that begins at `at`, behind its braces, or NULL. */
const char *tag_end(const char *at, const char *end);

/* A tag from its braces to its braces, alone on its line or in a column. */
bool parse_tag(struct parser *parser, struct piece tag, unsigned style,
        bool in_column);

/* Text with tags and styles, or, where `is_code`, without styles. */
bool parse_text(struct parser *parser, struct piece text, bool is_code);

/* A line of columns. */
bool parse_row(struct parser *parser, struct piece line);

/* A line in braces. */
bool parse_property(struct parser *parser, struct piece line);

#endif
