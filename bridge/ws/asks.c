#include "bridge/ws/asks.h"

#include <string.h>

#include "hub/hub.h"

/* Its place; `count`: it is not open. */
static uint32_t find(const struct asks *asks, uint64_t seq)
{
    uint32_t i = 0;

    while (i < asks->count && asks->all[i].seq != seq)
        i++;
    return i;
}

bool asks_has(const struct asks *asks, uint64_t seq)
{
    return find(asks, seq) < asks->count;
}

void asks_take(struct asks *asks, uint64_t seq)
{
    uint32_t i = find(asks, seq);

    if (i == asks->count)
        return;
    asks->count--;
    memmove(&asks->all[i], &asks->all[i + 1],
            (asks->count - i) * sizeof(asks->all[0]));
}

bool asks_add(struct asks *asks, uint64_t seq, int64_t now_ms)
{
    asks_take(asks, seq);
    if (asks->count == ASKS_MAX)
        return false;
    asks->all[asks->count++] = (struct ask){ seq, now_ms };
    return true;
}

uint64_t asks_due(const struct asks *asks, int64_t now_ms, uint32_t timeout_ms)
{
    const struct ask *first = &asks->all[0];

    return asks->count > 0 && now_ms - first->at_ms >= timeout_ms ? first->seq
                                                                  : 0;
}

uint64_t asks_settled(const struct asks *asks)
{
    uint64_t settled = asks->last;

    for (uint32_t i = 0; i < asks->count; i++)
        if (asks->all[i].seq <= settled)
            settled = asks->all[i].seq - 1;
    return settled;
}

/* --- answers --- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text has passed the gate, so that it is JSON; no word of ours needs an
 * escape. */
enum ask_word ask_read(const char *args, size_t len, const char **word)
{
    const char *end;

    while (len > 0 && is_space(*args)) {
        args++;
        len--;
    }
    if (len == 0 || *args != '"')
        return ASK_NOTHING;
    end = memchr(args + 1, '"', len - 1);
    *word = end ? hub_progress(args + 1, (size_t)(end - args - 1)) : NULL;
    return *word ? ASK_KNOWN : ASK_UNKNOWN;
}
