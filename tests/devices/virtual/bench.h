/*
 * bench: a virtual printer on a bench: what it says and what comes out of it
 * is kept, and time passes only when a test says so. Letters are frames: no
 * test depends on a font.
 */
#ifndef TESTS_DEVICES_VIRTUAL_BENCH_H
#define TESTS_DEVICES_VIRTUAL_BENCH_H

#include <stdlib.h>
#include <string.h>

#include "devices/virtual/machine.h"

#define BENCH_SHEETS 64
#define BENCH_SAID   256
#define BENCH_TEXT   1024

struct bench_sheet {
    enum machine_why why;
    bool is_whole;
    uint32_t rows;
    uint32_t black; /* dots */
    char job[SHEET_JOB];
    char text[BENCH_TEXT]; /* its beginning */
};

struct bench {
    struct machine machine;
    uint64_t now_ms;
    uint8_t said[BENCH_SAID];
    size_t said_len;
    struct bench_sheet sheets[BENCH_SHEETS];
    uint32_t count;
    uint32_t said_at_sheet; /* bytes said when the newest sheet came out */
    uint32_t buzzes, drawers;
};

static inline void bench_on_say(void *ctx, const uint8_t *bytes, size_t len)
{
    struct bench *bench = ctx;

    for (size_t i = 0; i < len && bench->said_len < BENCH_SAID; i++)
        bench->said[bench->said_len++] = bytes[i];
}

static inline uint32_t bench_black(const struct bitmap *dots)
{
    uint32_t count = 0;

    for (uint32_t y = 0; y < dots->height; y++)
        for (uint32_t x = 0; x < dots->width; x++)
            count += bitmap_get(dots, (int32_t)x, (int32_t)y);
    return count;
}

static inline void bench_on_sheet(void *ctx, const struct sheet *sheet,
        enum machine_why why, bool is_whole)
{
    struct bench *bench = ctx;
    struct bench_sheet *kept = &bench->sheets[bench->count % BENCH_SHEETS];
    size_t len =
            sheet->text_len < BENCH_TEXT ? sheet->text_len : BENCH_TEXT - 1;

    *kept = (struct bench_sheet){ .why = why,
        .is_whole = is_whole,
        .rows = sheet->dots.height,
        .black = bench_black(&sheet->dots) };
    sheet_job(sheet, kept->job);
    memcpy(kept->text, sheet->text, len);
    bench->count++;
    bench->said_at_sheet = (uint32_t)bench->said_len;
}

static inline void bench_on_noise(void *ctx, enum head_event event)
{
    struct bench *bench = ctx;

    if (event == HEAD_BUZZ)
        bench->buzzes++;
    else
        bench->drawers++;
}

/* On the heap, connected; bench_drop it. */
static inline struct bench *bench_make(const char *profile, uint32_t speed)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct machine_config config = { .profile = profile_find(profile),
        .speed = speed };
    struct machine_to to = { bench, bench_on_say, bench_on_sheet,
        bench_on_noise };

    if (!bench || !machine_init(&bench->machine, &config, &to))
        abort();
    bench->now_ms = 1000;
    machine_connect(&bench->machine, bench->now_ms);
    return bench;
}

static inline void bench_drop(struct bench *bench)
{
    machine_finish(&bench->machine);
    free(bench);
}

static inline void bench_wait(struct bench *bench, uint64_t ms)
{
    bench->now_ms += ms;
    machine_turn(&bench->machine, bench->now_ms);
}

/* Send in pieces; returns the bytes taken, which may be fewer. */
static inline size_t bench_send(
        struct bench *bench, const void *bytes, size_t len, size_t piece)
{
    size_t sent = 0;

    while (sent < len) {
        size_t some = machine_room(&bench->machine, bench->now_ms);

        some = some < piece ? some : piece;
        some = some < len - sent ? some : len - sent;
        if (some == 0)
            break;
        machine_take(&bench->machine, (const uint8_t *)bytes + sent, some,
                bench->now_ms);
        sent += some;
        bench_wait(bench, 0);
    }
    return sent;
}

/* The connection ends, as the machine wishes or as the sender does, and the
 * next one comes. */
static inline void bench_reconnect(struct bench *bench)
{
    if (bench->machine.connected)
        machine_disconnect(&bench->machine);
    bench_wait(bench, 0);
    machine_connect(&bench->machine, bench->now_ms);
}

static inline void bench_fault(
        struct bench *bench, enum fault_id id, uint32_t number)
{
    machine_fault(&bench->machine, id, number, bench->now_ms);
    bench_wait(bench, 0);
}

static inline void bench_mend(struct bench *bench, enum fault_id id)
{
    machine_mend(&bench->machine, id, bench->now_ms);
    bench_wait(bench, 0);
}

/* The sheet that came out last. */
static inline const struct bench_sheet *bench_newest(const struct bench *bench)
{
    return bench->count ? &bench->sheets[(bench->count - 1) % BENCH_SHEETS]
                        : NULL;
}

#define SEND(bench, bytes) bench_send(bench, bytes, sizeof(bytes) - 1, SIZE_MAX)

#endif
