#include "bridge/catalogue/parts.h"

/* On to the next member or element: comma, line, key. */
static void next(struct doc *doc, const char *key, bool is_line)
{
    char last = doc->out->len ? doc->out->data[doc->out->len - 1] : '{';
    bool is_first = last == '{' || last == '[';

    if (!is_first)
        buf_putc(doc->out, ',');
    if (doc->depth > 0 && doc->row == 0 && (key || is_line))
        buf_printf(doc->out, "\n%*s", (int)(2 * doc->depth), "");
    else if (!is_first)
        buf_putc(doc->out, ' ');
    if (key) {
        buf_put_json(doc->out, key);
        buf_puts(doc->out, ": ");
    }
}

void doc_open(struct doc *doc, const char *key, char bracket)
{
    next(doc, key, true);
    buf_putc(doc->out, bracket);
    doc->depth++;
}

void doc_open_row(struct doc *doc, const char *key, char bracket)
{
    doc_open(doc, key, bracket);
    if (doc->row == 0)
        doc->row = doc->depth;
}

void doc_close(struct doc *doc, char bracket)
{
    char last = doc->out->len ? doc->out->data[doc->out->len - 1] : '\0';
    bool is_texts = bracket == '[' && last != '}';

    if (doc->row == 0 && last != bracket && !is_texts)
        buf_printf(doc->out, "\n%*s", (int)(2 * (doc->depth - 1)), "");
    if (doc->row == doc->depth)
        doc->row = 0;
    doc->depth--;
    buf_putc(doc->out, bracket == '{' ? '}' : ']');
}

void doc_text(struct doc *doc, const char *key, const char *text)
{
    next(doc, key, false);
    buf_put_json(doc->out, text);
}

void doc_number(struct doc *doc, const char *key, int64_t number)
{
    next(doc, key, false);
    buf_printf(doc->out, "%lld", (long long)number);
}

void doc_flag(struct doc *doc, const char *key, bool flag)
{
    next(doc, key, false);
    buf_puts(doc->out, flag ? "true" : "false");
}

void doc_ref(
        struct doc *doc, const char *key, const char *where, const char *name)
{
    struct buf text;

    buf_init(&text, 256);
    buf_printf(&text, "%s%s", where, name);
    buf_putc(&text, '\0');
    doc_open_row(doc, key, '{');
    doc_text(doc, "$ref", text.failed ? "" : text.data);
    doc_close(doc, '{');
    doc->out->failed |= text.failed;
    buf_finish(&text);
}

void doc_roles(struct doc *doc, const char *key, uint32_t mask)
{
    doc_open(doc, key, '[');
    for (int i = 0; i < ROLE_COUNT; i++)
        if (mask & 1u << i)
            doc_text(doc, NULL, roles[i].name);
    doc_close(doc, '[');
}

void doc_rooms(struct doc *doc, const char *key, uint32_t mask)
{
    char name[ROOM_CHARS + 1];

    doc_open(doc, key, '[');
    for (int i = 0; i < ROOM_COUNT; i++)
        if (mask & 1u << i) {
            print_room_kind((enum room_index)i, name);
            doc_text(doc, NULL, name);
        }
    doc_close(doc, '[');
}

void doc_words(
        struct doc *doc, const char *key, const ProtobufCEnumDescriptor *type)
{
    char word[WORD_CHARS + 1];

    doc_open(doc, key, '[');
    for (unsigned i = 0; i < type->n_values; i++)
        if (type->values[i].value != 0) {
            print_word(type, type->values[i].value, word);
            doc_text(doc, NULL, word);
        }
    doc_close(doc, '[');
}
