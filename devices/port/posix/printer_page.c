#include "devices/port/posix/printer_page.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sysexits.h>
#include <time.h>

#include "devices/port/posix/printer_setup.h"

#define PAGE_BYTES (256 * 1024)
#define TURN_MS    50

/* As for tickets. */
#define OPEN_MS  3000
#define ASK_MS   3000
#define STALL_MS 10000
#define DONE_MS  30000

struct page {
    struct printer_setup setup;
    uint8_t bytes[PAGE_BYTES];
    size_t len;
    uint32_t number;
};

static uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until the output is ready, or soon. */
static void rest(struct out *out)
{
    struct pollfd fds[OUT_FDS];

    poll(fds, out_watch(out, fds), TURN_MS);
    out_turn(out, clock_ms());
}

static int say(int code, const char *what)
{
    fprintf(stderr, "dumbwaiter: %s\n", what);
    return code;
}

static int reach(struct page *page)
{
    const struct print_out *out = &page->setup.equipment.out;
    uint64_t end_ms = clock_ms() + (out->call_ms ? out->call_ms : OPEN_MS);
    enum print_out_state state;

    while ((state = out->open(out->ctx, "")) == OUT_WAIT && clock_ms() < end_ms)
        rest(&page->setup.out);
    return state == OUT_DONE
                   ? EX_OK
                   : say(EX_UNAVAILABLE, "the printer cannot be reached");
}

static int find_trouble(const struct print_status *status)
{
    if (status->cover_open)
        return say(EX_UNAVAILABLE, "the printer's cover is open");
    if (status->paper_out)
        return say(EX_UNAVAILABLE, "the printer has no paper");
    if (status->failed)
        return say(EX_UNAVAILABLE, "the printer is off, or has a fault");
    if (status->paper_low)
        say(EX_OK, "the printer's paper is nearly at its end");
    return EX_OK;
}

static int ask(struct page *page)
{
    const struct print_equipment *with = &page->setup.equipment;
    const struct print_out *out = &with->out;
    uint64_t end_ms = clock_ms() + ASK_MS;
    struct print_status status = { 0 };
    enum print_out_state state;

    if (!with->profile->asks && !out->knows)
        return EX_OK;
    while ((state = out->check(out->ctx, &status)) == OUT_WAIT &&
            clock_ms() < end_ms)
        rest(&page->setup.out);
    return state == OUT_DONE
                   ? find_trouble(&status)
                   : say(EX_UNAVAILABLE, "the printer does not say how it is");
}

static int send_page(struct page *page)
{
    const struct print_out *out = &page->setup.equipment.out;
    uint64_t end_ms = clock_ms() + STALL_MS;
    size_t sent = 0;

    while (sent < page->len && clock_ms() < end_ms) {
        int taken = out->write(out->ctx, page->bytes + sent, page->len - sent);

        if (taken < 0)
            break;
        if (taken == 0) {
            rest(&page->setup.out);
            continue;
        }
        sent += (size_t)taken;
        end_ms = clock_ms() + STALL_MS;
    }
    return sent == page->len ? EX_OK
                             : say(EX_IOERR, "the printer takes no more bytes");
}

static int await_end(struct page *page)
{
    const struct print_equipment *with = &page->setup.equipment;
    const struct print_out *out = &with->out;
    uint64_t end_ms = clock_ms() + (out->finish_ms ? out->finish_ms : DONE_MS);
    enum print_out_state state;

    while ((state = out->finish(out->ctx, with->profile->confirm,
                    page->number)) == OUT_WAIT &&
            clock_ms() < end_ms)
        rest(&page->setup.out);
    return state == OUT_DONE ? EX_OK
                             : say(EX_IOERR, "the printer does not say that "
                                             "the page is printed");
}

static int print_page(struct page *page, const char *name)
{
    int code;

    if (getrandom(&page->number, sizeof(page->number), 0) < 0)
        page->number = (uint32_t)clock_ms();
    page->len = printer_test_page(&page->setup.equipment, name, page->number,
            page->bytes, sizeof(page->bytes));
    if (page->len == 0)
        return say(EX_DATAERR, "the test page does not fit");
    out_turn(&page->setup.out, clock_ms());
    code = reach(page);
    if (code == EX_OK)
        code = ask(page);
    if (code == EX_OK)
        code = send_page(page);
    if (code == EX_OK)
        code = await_end(page);
    return code;
}

int printer_page(const struct options *options)
{
    struct page *page = calloc(1, sizeof(*page));
    int code;

    if (!page)
        return EX_OSERR;
    printer_setup_init(&page->setup);
    code = printer_setup_open_paper(&page->setup, options);
    if (code == EX_OK)
        code = print_page(page, options->id);
    printer_setup_close(&page->setup);
    free(page);
    return code;
}
