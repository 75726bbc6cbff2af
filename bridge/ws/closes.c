#include "bridge/ws/closes.h"

#include <stddef.h>
#include <stdio.h>

static const struct close_kind kinds[] = {
#define CLOSE(...) { __VA_ARGS__ },
#include "bridge/ws/closes.def"
#undef CLOSE
};

const char *const close_actions[CLOSE_ACTIONS] = {
    [CLOSE_STOP] = "stop",
    [CLOSE_TOKEN] = "token",
    [CLOSE_RESUME] = "resume",
    [CLOSE_LATER] = "later",
    [CLOSE_SNAPSHOT] = "snapshot",
};

const struct close_kind *close_at(uint32_t index)
{
    return index < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[index] : NULL;
}

const struct close_kind *close_find(uint16_t code)
{
    const struct close_kind *kind;

    for (uint32_t i = 0; (kind = close_at(i)) != NULL; i++)
        if (kind->code == code)
            return kind;
    return NULL;
}

uint16_t close_code_of(enum err why)
{
    return err_kinds[why].close ? err_kinds[why].close : CLOSE_INTERNAL;
}

uint32_t retry_ms_of(enum err why)
{
    return err_kinds[why].retry ? RETRY_MS : 0;
}

uint32_t retry_ms_answered(enum err why)
{
    return why == ERR_LIMIT ? 0 : retry_ms_of(why);
}

uint32_t retry_ms_after_restart(uint32_t index)
{
    return RESTART_FIRST_MS + index * RESTART_EACH_MS;
}

const char *close_print_reason(
        uint16_t code, uint32_t retry_ms, char out[CLOSE_REASON_CHARS + 1])
{
    const struct close_kind *kind = close_find(code);

    out[0] = '\0';
    if (kind && kind->hints && retry_ms > 0)
        snprintf(out, CLOSE_REASON_CHARS + 1, "retry-after=%u", retry_ms);
    return out;
}
