/*
 * buf: bytes that grow, up to a size that is said when the buffer is made.
 *
 * Writing past the limit, or running out of memory, writes nothing and makes
 * the buffer `failed`; further writes do nothing. So a writer of many pieces
 * asks once, at the end.
 */
#ifndef HUB_BASE_BUF_H
#define HUB_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data;  /* NULL until something is written; no NUL at the end */
    size_t len;  /* bytes written */
    size_t size; /* bytes allocated */
    size_t max;  /* bytes it may ever hold */
    bool failed;
};

/* Start empty; allocates nothing. Pair with buf_finish. */
void buf_init(struct buf *buf, size_t max);

/* Release the bytes. A zeroed or finished buffer is fine. */
void buf_finish(struct buf *buf);

/* Empty it and forgive a failure; keeps the memory. */
void buf_clear(struct buf *buf);

void buf_put(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* "FILE:LINE: sentence" and a line feed; without the line if it is 0. What is
 * no printable ASCII in the sentence stands there as "?". All of it or none. */
void buf_put_fault(
        struct buf *buf, const char *file, unsigned line, const char *sentence);

/* Write text as a JSON string with its quotes; text is valid UTF-8. */
void buf_put_json(struct buf *buf, const char *text);

#endif
