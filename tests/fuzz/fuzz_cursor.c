/*
 * What is read as a sealed cursor is printed as it was written, and nothing
 * else is read as one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const char *text, size_t len)
{
    struct cursor cursor;
    char printed[CURSOR_CHARS + 1];
    size_t epoch_len;

    if (!cursor_parse(text, &cursor))
        return;
    assert(len <= CURSOR_CHARS);
    epoch_len = strlen(cursor.epoch);
    assert(epoch_len >= 1 && epoch_len <= EPOCH_CHARS);
    assert(memcmp(cursor.epoch, text, epoch_len) == 0);
    cursor_print(0, cursor.seq, cursor.seal, printed);
    if (!cursor.is_sealed) /* "0.<seq>.<seal>" */
        printed[strlen(printed) - 1 - SEAL_CHARS] = '\0';
    assert(strcmp(printed + 1, text + epoch_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);

    if (!text)
        return 0;
    if (len > 0)
        memcpy(text, data, len);
    text[len] = '\0';
    check(text, strlen(text));
    free(text);
    return 0;
}
