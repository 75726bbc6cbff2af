#include "bridge/ws/receipts.h"

#include "hub/base/count.h"
#include "hub/hub.h"

bool receipts_vouch(const struct asked *asked, uint64_t seq,
        const char *progress, const char *reason, int64_t wall_now_ms)
{
    struct fault fault;
    enum err err = hub_vouch(asked->hub, asked->client, seq, progress, reason,
            wall_now_ms, &fault);

    if (err != ERR_OK)
        count_refused(err);
    return !err_kinds[err].retry;
}

void receipts_too_many(
        const struct asked *asked, uint64_t seq, int64_t wall_now_ms)
{
    receipts_vouch(
            asked, seq, "sent", "too many are not acknowledged", wall_now_ms);
}

void receipts_sweep(const struct asked *asked, uint32_t timeout_ms,
        int64_t steady_now_ms, int64_t wall_now_ms)
{
    uint64_t seq;

    while ((seq = asks_due(asked->asks, steady_now_ms, timeout_ms)) != 0) {
        if (!receipts_vouch(asked, seq, "unknown", "no acknowledgement in time",
                    wall_now_ms))
            return;
        asks_take(asked->asks, seq);
    }
}

void receipts_end(const struct asked *asked, int64_t wall_now_ms)
{
    for (uint32_t i = 0; i < asked->asks->count; i++)
        receipts_vouch(asked, asked->asks->all[i].seq, "unknown",
                "connection lost", wall_now_ms);
}
