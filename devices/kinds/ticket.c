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

static const char *heading(Dw__TicketKind kind)
{
    switch ((int)kind) {
    case DW__TICKET_KIND__TICKET_KIND_ADD_ON:
        return "ADD-ON ";
    case DW__TICKET_KIND__TICKET_KIND_VOID:
        return "VOID ";
    case DW__TICKET_KIND__TICKET_KIND_CHANGE:
        return "CHANGE ";
    case DW__TICKET_KIND__TICKET_KIND_SUMMARY:
        return "CATCH-UP ";
    default:
        return NULL;
    }
}

/* First and last on a ticket that there may be twice. */
static void put_copy(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    if (job->copy_of)
        put(paper, STYLE_TALL | STYLE_BOLD | STYLE_INVERT, "",
                "REPRINT? MAY BE PRINTED ALREADY");
}

static void put_heading(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    const unsigned huge = STYLE_WIDE | STYLE_TALL | STYLE_BOLD | STYLE_INVERT;
    const char *title = heading(job->kind);

    put_copy(paper, job);
    if (job->rerouted_from)
        put(paper, STYLE_TALL | STYLE_BOLD | STYLE_INVERT, "REROUTED FROM ",
                job->rerouted_from);
    if (title)
        put(paper, huge, " ", title);
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
    bool is_summary = job->kind == DW__TICKET_KIND__TICKET_KIND_SUMMARY;
    int64_t time_ms = job->order->has_created_at_ms && !is_summary
                              ? job->order->created_at_ms
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

static void put_table(const struct ticket_paper *paper, unsigned style,
        const Dw__TableRef *table)
{
    char number[16];

    if (!table)
        return;
    snprintf(number, sizeof(number), "%lu", (unsigned long)table->number);
    put(paper, style, "TABLE ", table->has_number ? number : table->id);
}

/* An order as people call it. */
static void put_order(const struct ticket_paper *paper, unsigned style,
        const char *number, const char *id)
{
    put(paper, style, "ORDER ", number && number[0] ? number : id);
}

static void put_header(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    const unsigned huge = STYLE_WIDE | STYLE_TALL | STYLE_BOLD;
    const Dw__Order *order = job->order;

    put_heading(paper, job);
    if (job->kind != DW__TICKET_KIND__TICKET_KIND_SUMMARY) {
        put_order(paper, huge, order->number, order->id);
        put_table(paper, huge, order->table);
    }
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

/* --- what stands there in place of the items --- */

static void put_quantity(
        const struct ticket_paper *paper, const Dw__ItemChange *change)
{
    char text[48];

    if (!change->has_was_quantity ||
            (change->has_quantity && change->quantity == change->was_quantity))
        return;
    snprintf(text, sizeof(text), "%lux -> %lux",
            (unsigned long)change->was_quantity,
            (unsigned long)(change->has_quantity ? change->quantity : 0));
    put(paper, STYLE_BOLD | STYLE_INVERT, "     ", text);
}

static bool has_text(const char *text)
{
    return text && text[0];
}

static void put_change(
        const struct ticket_paper *paper, const Dw__ItemChange *change)
{
    char quantity[16];

    snprintf(quantity, sizeof(quantity), "%3lux ",
            (unsigned long)(change->has_quantity ? change->quantity : 0));
    put(paper, STYLE_TALL | STYLE_BOLD, quantity, change->name);
    put_quantity(paper, change);
    if (has_text(change->was_notes))
        put(paper, STYLE_NORMAL, "     was > ", change->was_notes);
    if (has_text(change->notes))
        put(paper, STYLE_BOLD, "     now > ", change->notes);
    else if (has_text(change->was_notes) && change->has_quantity)
        put(paper, STYLE_BOLD, "     now > ", "(nothing)");
}

/* "1 h 10 min ago", or "" where nobody knows. */
static void put_age(const struct ticket_paper *paper,
        const Dw__SummaryOrder *order, char *out, size_t cap)
{
    int64_t minutes;

    out[0] = '\0';
    if (!order->has_created_at_ms || order->created_at_ms <= 0 ||
            paper->time_ms > INT64_MAX ||
            (int64_t)paper->time_ms < order->created_at_ms)
        return;
    minutes = ((int64_t)paper->time_ms - order->created_at_ms) / 60000;
    if (minutes < 60)
        snprintf(out, cap, "%d min ago", (int)minutes);
    else
        snprintf(out, cap, "%lld h %d min ago", (long long)(minutes / 60),
                (int)(minutes % 60));
}

static void put_summary_order(
        const struct ticket_paper *paper, const Dw__SummaryOrder *order)
{
    const unsigned large = STYLE_TALL | STYLE_BOLD;
    char age[48];

    put_order(paper, large, order->number, order->order_id);
    put_table(paper, large, order->table);
    put_age(paper, order, age, sizeof(age));
    if (age[0])
        put(paper, STYLE_BOLD, "     ", age);
    for (size_t i = 0; i < order->n_dishes; i++)
        put(paper, STYLE_NORMAL, "     ", order->dishes[i]);
}

static void put_slip(const struct ticket_paper *paper, const Dw__Slip *slip)
{
    char count[16];

    for (size_t i = 0; i < slip->n_changes; i++)
        put_change(paper, slip->changes[i]);
    for (size_t i = 0; i < slip->n_summary_orders; i++)
        put_summary_order(paper, slip->summary_orders[i]);
    if (!slip->has_left_out || slip->left_out == 0)
        return;
    snprintf(count, sizeof(count), "AND %lu ", (unsigned long)slip->left_out);
    put(paper, STYLE_TALL | STYLE_BOLD | STYLE_INVERT, count,
            "MORE: SEE THE SCREEN");
}

/* Of a change and of a summary only what is in the slip. */
static bool has_items(const Dw__PrintRequested *job)
{
    return job->kind != DW__TICKET_KIND__TICKET_KIND_CHANGE &&
           job->kind != DW__TICKET_KIND__TICKET_KIND_SUMMARY;
}

void ticket_layout(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    const Dw__Order *order = job->order;
    bool is_summary = job->kind == DW__TICKET_KIND__TICKET_KIND_SUMMARY;

    put_header(paper, job);
    for (size_t i = 0; has_items(job) && i < order->n_items; i++)
        put_item(paper, order->items[i]);
    if (!has_items(job) && job->slip)
        put_slip(paper, job->slip);
    put_rule(paper, '-');
    if (!is_summary && has_text(order->notes))
        put(paper, STYLE_BOLD, "NOTE ", order->notes);
    if (job->kind == DW__TICKET_KIND__TICKET_KIND_VOID)
        put(paper, STYLE_BOLD, "", "DO NOT COOK THE ABOVE");
    put(paper, STYLE_NORMAL, "job ", job->job_id);
    if (job->copy_of)
        put(paper, STYLE_NORMAL, "copy of ", job->copy_of);
    put_copy(paper, job);
}
