#include "hub/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 256

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){ .max = max };
}

void buf_finish(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ .max = buf->max };
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

/* Room for `more` bytes, doubling; false and failed if there is none. */
static bool reserve(struct buf *buf, size_t more)
{
    size_t size = buf->size ? buf->size : FIRST_SIZE;
    char *data;

    if (buf->failed || more > buf->max - buf->len) {
        buf->failed = true;
        return false;
    }
    if (buf->len + more <= buf->size)
        return true;
    while (size < buf->len + more)
        size *= 2;
    if (size > buf->max)
        size = buf->max;
    data = realloc(buf->data, size);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->size = size;
    return true;
}

void buf_put(struct buf *buf, const void *data, size_t len)
{
    if (len == 0 || !reserve(buf, len))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
    buf_put(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    char small[256], *large;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof(small)) {
        buf_put(buf, small, (size_t)len);
        return;
    }
    large = len < 0 ? NULL : malloc((size_t)len + 1);
    if (!large) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(large, (size_t)len + 1, format, args);
    va_end(args);
    buf_put(buf, large, (size_t)len);
    free(large);
}

void buf_put_fault(
        struct buf *buf, const char *file, unsigned line, const char *sentence)
{
    size_t before = buf->len;

    buf_puts(buf, file);
    if (line)
        buf_printf(buf, ":%u", line);
    buf_puts(buf, ": ");
    for (const char *c = sentence; *c; c++)
        buf_putc(buf, *c < 0x20 || *c > 0x7e ? '?' : *c);
    buf_putc(buf, '\n');
    if (buf->failed)
        buf->len = before;
}

/* How far `text` needs no escape. */
static size_t plain_run(const char *text)
{
    size_t len = 0;

    while ((unsigned char)text[len] >= 0x20 && text[len] != '"' &&
            text[len] != '\\' && text[len] != 0x7f)
        len++;
    return len;
}

void buf_put_json(struct buf *buf, const char *text)
{
    buf_putc(buf, '"');
    for (;;) {
        size_t run = plain_run(text);

        buf_put(buf, text, run);
        text += run;
        if (*text == '\0')
            break;
        if (*text == '"' || *text == '\\')
            buf_printf(buf, "\\%c", *text);
        else if (*text == '\n')
            buf_puts(buf, "\\n");
        else
            buf_printf(buf, "\\u%04x", (unsigned)(unsigned char)*text);
        text++;
    }
    buf_putc(buf, '"');
}
