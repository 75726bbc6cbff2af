#include "devices/kinds/ticket.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "devices/core/text.h"

/* The longest text of an order is a note; spelling may lengthen it. */
#define CLEAN_BYTES 1600

/* A day of about the year 3000: later moments are nobody's orders. */
#define MAX_DAY 376200

static uint32_t cells(const char *text)
{
    uint32_t count = 0;

    while (text_next(&text) != 0)
        count++;
    return count;
}

/* Bytes of `text` that go on a line of `width` cells, broken at a blank. */
static size_t fit(const char *text, uint32_t width)
{
    const char *at = text;
    const char *last_blank = NULL;
    uint32_t count = 0;

    while (*at && *at != '\n') {
        if (count == width)
            return (size_t)((*at != ' ' && last_blank ? last_blank : at) -
                            text);
        if (*at == ' ' && count > 0)
            last_blank = at;
        text_next(&at);
        count++;
    }
    return (size_t)(at - text);
}

/* `lead` and the text; further lines are indented as far as `lead` goes. */
static void put(const struct ticket_paper *paper, unsigned style,
        const char *lead, const char *text)
{
    uint32_t columns = paper->columns / (style & STYLE_WIDE ? 2 : 1);
    uint32_t indent = cells(lead);
    char clean[CLEAN_BYTES];
    const char *rest = clean;
    bool first = true;

    assert(indent < columns && columns <= TICKET_MAX_COLUMNS);
    codepage_clean(paper->profile, text, clean, sizeof(clean));
    do {
        char line[TICKET_LINE_BYTES];
        size_t len;

        rest += strspn(rest, " ");
        len = fit(rest, columns - indent);
        snprintf(line, sizeof(line), "%*s%.*s", (int)indent, first ? lead : "",
                (int)len, rest);
        paper->line(paper->ctx, style, line);
        first = false;
        rest += len;
        rest += strspn(rest, " ");
        if (*rest == '\n')
            rest++;
    } while (*rest);
}

static void put_rule(const struct ticket_paper *paper, char of)
{
    char line[TICKET_LINE_BYTES];

    memset(line, of, paper->columns);
    line[paper->columns] = '\0';
    paper->line(paper->ctx, STYLE_NORMAL, line);
}

static void put_heading(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    const unsigned huge = STYLE_WIDE | STYLE_TALL | STYLE_BOLD | STYLE_INVERT;

    if (job->kind == DW__TICKET_KIND__TICKET_KIND_ADD_ON)
        put(paper, huge, " ", "ADD-ON ");
    if (job->kind == DW__TICKET_KIND__TICKET_KIND_VOID)
        put(paper, huge, " ", "VOID ");
    if (job->order->priority == DW__PRIORITY__PRIORITY_EXPRESS)
        put(paper, huge, " ", "EXPRESS ");
    if (job->order->priority == DW__PRIORITY__PRIORITY_VIP)
        put(paper, huge, " ", "VIP ");
}

static bool is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* "2026-01-31 18:04" of the restaurant's clock, or "". */
static void put_time(const struct ticket_paper *paper,
        const Dw__PrintRequested *job, char *out, size_t cap)
{
    static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
        30, 31 };
    int64_t time_ms = job->order->has_created_at_ms ? job->order->created_at_ms
                                                    : (int64_t)paper->time_ms;
    int64_t minutes = time_ms / 60000 + paper->utc_offset_s / 60;
    uint32_t year = 1970;
    uint32_t month = 0;
    int64_t day = minutes / (24 * 60);

    out[0] = '\0';
    if (time_ms <= 0 || minutes < 0 || day > MAX_DAY)
        return;
    for (; day >= 365 + is_leap(year); year++)
        day -= 365 + is_leap(year);
    for (; day >= lengths[month] + (month == 1 && is_leap(year)); month++)
        day -= lengths[month] + (month == 1 && is_leap(year));
    snprintf(out, cap, "%04u-%02u-%02u %02u:%02u", (unsigned)year,
            (unsigned)month + 1, (unsigned)day + 1,
            (unsigned)(minutes / 60 % 24), (unsigned)(minutes % 60));
}

/* The station left, the time right. */
static void put_origin(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    char time[24];
    char station[TICKET_LINE_BYTES];
    char line[TICKET_LINE_BYTES * 2];
    int gap;

    put_time(paper, job, time, sizeof(time));
    codepage_clean(paper->profile, job->station, station, sizeof(station));
    gap = (int)paper->columns - (int)cells(station) - (int)strlen(time);
    if (gap < 1) {
        put(paper, STYLE_NORMAL, "", station);
        put(paper, STYLE_NORMAL, "", time);
        return;
    }
    snprintf(line, sizeof(line), "%s%*s%s", station, gap, "", time);
    paper->line(paper->ctx, STYLE_NORMAL, line);
}

static void put_table(const struct ticket_paper *paper, const Dw__Order *order)
{
    const unsigned huge = STYLE_WIDE | STYLE_TALL | STYLE_BOLD;
    char number[16];

    if (!order->table)
        return;
    snprintf(
            number, sizeof(number), "%lu", (unsigned long)order->table->number);
    put(paper, huge, "TABLE ",
            order->table->has_number ? number : order->table->id);
}

static void put_header(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    const unsigned huge = STYLE_WIDE | STYLE_TALL | STYLE_BOLD;
    const Dw__Order *order = job->order;

    put_heading(paper, job);
    put(paper, huge, "ORDER ",
            order->number && order->number[0] ? order->number : order->id);
    put_table(paper, order);
    put_origin(paper, job);
    put_rule(paper, '=');
}

static void put_allergens(
        const struct ticket_paper *paper, const Dw__Item *item)
{
    char all[CLEAN_BYTES];
    size_t len = 0;

    all[0] = '\0';
    for (size_t i = 0; i < item->n_allergens; i++) {
        int n = snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "",
                item->allergens[i]);

        if ((size_t)n >= sizeof(all) - len) {
            /* Never leave one out: what does not fit gets its own line. */
            all[len] = '\0';
            put(paper, STYLE_INVERT | STYLE_BOLD, "     ! ", all);
            len = 0;
            n = snprintf(all, sizeof(all), "%.*s", CLEAN_BYTES / 4,
                    item->allergens[i]);
        }
        len += (size_t)n;
    }
    if (len > 0)
        put(paper, STYLE_INVERT | STYLE_BOLD, "     ! ", all);
}

static void put_place(const struct ticket_paper *paper, const Dw__Item *item)
{
    char text[40] = "";
    size_t len = 0;

    if (item->has_course && item->course)
        len = (size_t)snprintf(
                text, sizeof(text), "course %lu ", (unsigned long)item->course);
    if (item->has_seat && item->seat)
        snprintf(text + len, sizeof(text) - len, "seat %lu",
                (unsigned long)item->seat);
    if (text[0])
        put(paper, STYLE_NORMAL, "     ", text);
}

static void put_item(const struct ticket_paper *paper, const Dw__Item *item)
{
    char quantity[16];

    snprintf(quantity, sizeof(quantity), "%3lux ",
            (unsigned long)item->quantity);
    put(paper, STYLE_TALL | STYLE_BOLD, quantity, item->name);
    put_place(paper, item);
    for (size_t i = 0; i < item->n_modifiers; i++)
        put(paper, STYLE_NORMAL, "     + ", item->modifiers[i]->name);
    if (item->notes && item->notes[0])
        put(paper, STYLE_BOLD, "     > ", item->notes);
    put_allergens(paper, item);
}

void ticket_layout(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    const Dw__Order *order = job->order;

    put_header(paper, job);
    for (size_t i = 0; i < order->n_items; i++)
        put_item(paper, order->items[i]);
    put_rule(paper, '-');
    if (order->notes && order->notes[0])
        put(paper, STYLE_BOLD, "NOTE ", order->notes);
    if (job->kind == DW__TICKET_KIND__TICKET_KIND_VOID)
        put(paper, STYLE_BOLD, "", "DO NOT COOK THE ABOVE");
    put(paper, STYLE_NORMAL, "job ", job->job_id);
}
