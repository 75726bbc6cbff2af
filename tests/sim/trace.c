#include "tests/sim/trace.h"

#include <stdarg.h>
#include <string.h>

#include "hub/base/log.h"

#define WORD_BYTES 120

struct line {
    int64_t at_ms;
    const char *format;
    char word[WORD_BYTES];
    unsigned long long a, b, c;
};

static struct {
    FILE *text;
    int64_t now_ms;
    uint64_t hash, steps;
    uint64_t count; /* lines in the ring so far, those of the log as well */
    struct line last[TRACE_LINES];
} trace;

void trace_begin(FILE *text)
{
    memset(&trace, 0, sizeof(trace));
    trace.text = text;
    trace.hash = 0xcbf29ce484222325u;
}

void trace_at(int64_t now_ms)
{
    trace.now_ms = now_ms;
}

static void hash_text(const char *text)
{
    for (; *text; text++)
        trace.hash = (trace.hash ^ (unsigned char)*text) * 0x100000001b3u;
}

static void hash_number(uint64_t number)
{
    trace.hash = (trace.hash ^ number) * 0x9e3779b97f4a7c15u;
    trace.hash ^= trace.hash >> 29;
}

static void print(FILE *out, const struct line *line)
{
    fprintf(out, "%9lld  ", (long long)line->at_ms);
    fprintf(out, line->format, line->word, line->a, line->b, line->c);
    fputc('\n', out);
}

static void keep(const char *format, const char *word, uint64_t a, uint64_t b,
        uint64_t c)
{
    struct line *line = &trace.last[trace.count++ % TRACE_LINES];
    size_t len = strnlen(word, WORD_BYTES - 1);

    line->at_ms = trace.now_ms;
    line->format = format;
    memcpy(line->word, word, len);
    line->word[len] = '\0';
    line->a = a;
    line->b = b;
    line->c = c;
    if (trace.text)
        print(trace.text, line);
}

void trace_note(const char *format, const char *word, uint64_t a, uint64_t b,
        uint64_t c)
{
    hash_text(format);
    hash_text(word);
    hash_number(a);
    hash_number(b);
    hash_number(c);
    hash_number((uint64_t)trace.now_ms);
    trace.steps++;
    keep(format, word, a, b, c);
}

uint64_t trace_hash(void)
{
    return trace.hash;
}

uint64_t trace_steps(void)
{
    return trace.steps;
}

void trace_print_last(FILE *out)
{
    uint64_t from = trace.count > TRACE_LINES ? trace.count - TRACE_LINES : 0;

    for (uint64_t i = from; i < trace.count; i++)
        print(out, &trace.last[i % TRACE_LINES]);
}

/* --- in place of hub/base/log.c: what it offers, all of it --- */

void log_set_level(enum log_level least)
{
    (void)least;
}

const char *log_quote(const char *words, char out[LOG_QUOTE_BYTES])
{
    snprintf(out, LOG_QUOTE_BYTES, "\"%.*s\"", LOG_QUOTE_BYTES - 3, words);
    return out;
}

void log_write(enum log_level level, const char *format, ...)
{
    char raw[WORD_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    keep(level == LOG_ERROR ? "log: error: %s" : "log: %s", raw, 0, 0, 0);
}
