/*
 * utf8: is it valid UTF-8? No surrogates, nothing overlong, no NUL.
 */
#ifndef HUB_BASE_UTF8_H
#define HUB_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Length in bytes of the valid character that text[0..len) starts with, 1 to
 * 4; 0 if it starts with none.
 */
size_t utf8_char(const char *text, size_t len);

bool utf8_is_valid(const char *text, size_t len);

#endif
