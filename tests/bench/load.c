#include "tests/bench/load.h"

#include <stddef.h>

#include "tests/bench/base.h"

#define PROGRESS_US 20000000 /* without any, something is broken */

static bool serve(const struct source *source, struct crowd *crowd, int ms)
{
    struct pollfd waits[2] = { source->watch(source->self),
        { .fd = crowd ? crowd->epoll : -1, .events = POLLIN } };
    bool any = poll(waits, 2, ms) > 0;

    source->serve(source->self);
    if (crowd)
        crowd_serve(crowd);
    return any;
}

/* Events that have reached every client. */
static uint64_t arrived(const struct crowd *crowd, uint64_t before)
{
    return (crowd->orders - before) / crowd->joined;
}

static uint64_t under_way(const struct source *source,
        const struct crowd *crowd, uint64_t published, uint64_t before)
{
    uint64_t unsettled = source->unsettled(source->self);
    uint64_t missing = crowd ? published - arrived(crowd, before) : 0;

    return unsettled > missing ? unsettled : missing;
}

struct measure load_run(const struct source *source, struct crowd *crowd,
        uint32_t events, uint32_t window)
{
    struct measure measure = { .events = events,
        .wall_us = -bench_now_us(),
        .cpu_us = -bench_cpu_us(source->pid),
        .frames = crowd ? crowd->frames : 0,
        .bytes = crowd ? crowd->bytes : 0 };
    uint64_t before = crowd ? crowd->orders : 0, left, last = 0;
    int64_t moved_us = bench_now_us();
    uint32_t published = 0;

    while ((left = under_way(source, crowd, published, before)) > 0 ||
            published < events) {
        for (; left < window && published < events; left++, published++)
            source->publish(source->self);
        serve(source, crowd, 1000);
        if (left != last)
            moved_us = bench_now_us();
        else if (bench_now_us() - moved_us > PROGRESS_US)
            bench_fail("%llu events do not arrive", (unsigned long long)left);
        last = left;
    }
    measure.wall_us += bench_now_us();
    measure.cpu_us += bench_cpu_us(source->pid);
    measure.frames = crowd ? crowd->frames - measure.frames : 0;
    measure.bytes = crowd ? crowd->bytes - measure.bytes : 0;
    return measure;
}

void load_rest(const struct source *source, struct crowd *crowd, int ms)
{
    int64_t until_us = bench_now_us() + ms * 1000ll;

    while (bench_now_us() < until_us)
        serve(source, crowd, 50);
}

struct measure load_sum(struct measure a, struct measure b)
{
    return (struct measure){ a.events + b.events, a.wall_us + b.wall_us,
        a.cpu_us + b.cpu_us, a.frames + b.frames, a.bytes + b.bytes };
}
