#include "devices/port/posix/keys.h"

#include <stdio.h>

#define ESCAPE '\x1B'

static bool take_line(struct keys *keys, char byte)
{
    if (byte == '\n') {
        keys->word[keys->len] = '\0';
        keys->len = 0;
        return true;
    }
    if (byte != '\r' && keys->len < sizeof(keys->word) - 1)
        keys->word[keys->len++] = byte;
    return false;
}

static const char *plain_word(char byte)
{
    static const char *const digits[] = { "1", "2", "3", "4", "5", "6", "7",
        "8", "9" };

    if (byte >= '1' && byte <= '9')
        return digits[byte - '1'];
    if (byte == '\n' || byte == '\r')
        return "bump";
    if (byte == 'r' || byte == '\b' || byte == '\x7F')
        return "recall";
    return NULL;
}

/* The third byte of ESC [ A and its like, or of ESC O A. */
static const char *arrow_word(char byte)
{
    static const char *const arrows[] = { "up", "down", "next", "previous" };

    return byte >= 'A' && byte <= 'D' ? arrows[byte - 'A'] : NULL;
}

static bool take_raw(struct keys *keys, char byte)
{
    const char *word = NULL;

    if (byte == ESCAPE) {
        keys->escape = 1;
        return false;
    }
    if (keys->escape == 1 && (byte == '[' || byte == 'O')) {
        keys->escape = 2;
        return false;
    }
    word = keys->escape == 2 ? arrow_word(byte) : plain_word(byte);
    keys->escape = 0;
    if (!word)
        return false;
    snprintf(keys->word, sizeof(keys->word), "%s", word);
    return true;
}

bool keys_take(struct keys *keys, char byte)
{
    return keys->is_raw ? take_raw(keys, byte) : take_line(keys, byte);
}
