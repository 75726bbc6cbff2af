#include "bridge/ws/rate.h"

#include <stddef.h>

#define TOKEN 1000u

static uint64_t most(const struct rate *rate)
{
    return (uint64_t)rate->per_second * RATE_BURST * TOKEN;
}

void rate_init(struct rate *rate, uint32_t per_second, int64_t now_ms)
{
    *rate = (struct rate){ .per_second = per_second, .at_ms = now_ms };
    rate->milli = most(rate);
}

/* per_second tokens a second are as many thousandths a millisecond. */
static void refill(struct rate *rate, int64_t now_ms)
{
    uint64_t passed =
            now_ms > rate->at_ms ? (uint64_t)(now_ms - rate->at_ms) : 0;
    uint64_t room = most(rate) - rate->milli;

    rate->at_ms = now_ms;
    if (passed < room / rate->per_second) {
        rate->milli += passed * rate->per_second;
        return;
    }
    rate->milli = most(rate);
    rate->strikes = 0;
}

void rate_change(struct rate *rate, uint32_t per_second, int64_t now_ms)
{
    if (rate->per_second == 0 || per_second == 0) {
        rate_init(rate, per_second, now_ms);
        return;
    }
    refill(rate, now_ms);
    rate->per_second = per_second;
    if (rate->milli > most(rate))
        rate->milli = most(rate);
}

bool rate_take(struct rate *rate, int64_t now_ms)
{
    if (rate->per_second == 0)
        return true;
    refill(rate, now_ms);
    if (rate->milli < TOKEN) {
        rate->strikes++;
        return false;
    }
    rate->milli -= TOKEN;
    return true;
}

static uint32_t until(const struct rate *rate, uint64_t milli)
{
    if (rate->per_second == 0 || rate->milli >= milli)
        return 0;
    return (uint32_t)((milli - rate->milli + rate->per_second - 1) /
                      rate->per_second);
}

uint32_t rate_wait_ms(const struct rate *rate)
{
    return until(rate, TOKEN);
}

uint32_t rate_full_ms(const struct rate *rate)
{
    return until(rate, most(rate));
}

/* A bucket that is full again remembers nothing worth keeping. */
static bool is_idle(struct rate *rate, int64_t now_ms)
{
    if (rate->per_second == 0)
        return true;
    refill(rate, now_ms);
    return rate->milli == most(rate);
}

/* There is one for each rate: a test counts them. */
static struct rate_kind *kind_of(struct rate_table *table, uint32_t per_second)
{
    struct rate_kind *kind = table->kinds;

    while (kind < &table->kinds[RATE_KINDS - 1] && kind->per_second &&
            kind->per_second != per_second)
        kind++;
    if (!kind->per_second)
        kind->per_second = per_second;
    return kind;
}

struct rate *rate_of(struct rate_table *table, uint64_t who,
        uint32_t per_second, int64_t now_ms)
{
    struct rate_kind *kind;
    struct rate_slot *slot, *idle = NULL;

    if (per_second == 0)
        return &table->unlimited;
    kind = kind_of(table, per_second);
    who += who == 0;
    for (uint32_t i = 0; i < RATE_PROBES; i++) {
        slot = &kind->slots[(who + i) % RATE_SLOTS];
        if (slot->who == who)
            return &slot->rate;
        if (!idle && (slot->who == 0 || is_idle(&slot->rate, now_ms)))
            idle = slot;
    }
    if (!idle)
        return &kind->slots[who % RATE_SLOTS].rate;
    idle->who = who;
    rate_init(&idle->rate, per_second, now_ms);
    return &idle->rate;
}
