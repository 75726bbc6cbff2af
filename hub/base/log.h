/*
 * log: one line an event of the program's own life, on stderr.
 *
 * A line is printable ASCII: any other byte is written as \xNN, a backslash
 * as \x5c, so no line can be forged and each can be read back. Never log
 * tokens, payloads, or what a stranger can cause at will (that is counted
 * instead).
 */
#ifndef HUB_BASE_LOG_H
#define HUB_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Say what is written from now on; LOG_INFO at start. */
void log_set_level(enum log_level least);

void log_write(enum log_level level, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/*
 * Words that somebody chose, within a sentence of ours: in quotes, which they
 * cannot end, as theirs become '. What is over LOG_QUOTE_BYTES is cut. Returns
 * `out`.
 */
#define LOG_QUOTE_BYTES 128
const char *log_quote(const char *words, char out[LOG_QUOTE_BYTES]);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
