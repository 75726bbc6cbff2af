#include "hub/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define LINE_BYTES 1024

static enum log_level least_level = LOG_INFO;
static const char *const level_names[] = { "error", "warn", "info", "debug" };

void log_set_level(enum log_level least)
{
    least_level = least;
}

/* Copy `from`, with what could break the line or a terminal as \xNN; so that
 * nobody can write such a thing himself, a backslash, too. */
static void escape(const char *from, char *to, size_t size)
{
    size_t len = 0;

    for (; *from && len + 5 < size; from++) {
        unsigned char c = (unsigned char)*from;

        if (c >= 0x20 && c != 0x7f && c < 0x80 && c != '\\')
            to[len++] = (char)c;
        else
            len += (size_t)snprintf(to + len, size - len, "\\x%02x", c);
    }
    to[len] = '\0';
}

const char *log_quote(const char *words, char out[LOG_QUOTE_BYTES])
{
    size_t len = 1;

    out[0] = '"';
    for (; *words && len < LOG_QUOTE_BYTES - 2; words++)
        out[len++] = (char)(*words == '"' ? '\'' : *words);
    out[len++] = '"';
    out[len] = '\0';
    return out;
}

void log_write(enum log_level level, const char *format, ...)
{
    char raw[LINE_BYTES], line[LINE_BYTES * 2], stamp[32];
    struct timespec now;
    struct tm utc;
    va_list args;

    if (level > least_level)
        return;
    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    escape(raw, line, sizeof(line));
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
    fprintf(stderr, "%s.%03ldZ %-5s %s\n", stamp, now.tv_nsec / 1000000,
            level_names[level], line);
}
