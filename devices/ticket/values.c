#include "devices/ticket/values.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "devices/core/text.h"

#define MINUTES_OF_DAY (24 * 60)

/* A day of about the year 3000: later moments are nobody's orders. */
#define MAX_DAY 376200

#define SAMPLE_LETTERS 32

/* --- parts of a job --- */

static bool has_text(const char *text)
{
    return text && text[0];
}

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

/* A catch-up is about no order in particular, though it carries one. */
static bool is_summary(const struct values *values)
{
    return values->job->kind == DW__TICKET_KIND__TICKET_KIND_SUMMARY;
}

static const Dw__Order *order_of(const struct values *values)
{
    static const Dw__Order none = DW__ORDER__INIT;

    return is_summary(values) ? &none : values->job->order;
}

static const Dw__Item *item_of(const struct values *values)
{
    return values->job->order->items[values->index[SCOPE_ITEM]];
}

static const Dw__ItemChange *change_of(const struct values *values)
{
    return values->job->slip->changes[values->index[SCOPE_CHANGE]];
}

static const Dw__SummaryOrder *summary_of(const struct values *values)
{
    return values->job->slip->summary_orders[values->index[SCOPE_ORDER]];
}

static const struct codepage *page_of(const struct values *values)
{
    const struct profile *profile = values->paper->profile;

    return &codepages[profile->pages[values->index[SCOPE_PAGE]].id];
}

/* --- what is made here --- */

static const char *number(struct values *values, uint32_t number)
{
    snprintf(values->made, sizeof(values->made), "%lu", (unsigned long)number);
    return values->made;
}

/* The caption, with `text` in place of its %; returns its length. */
static size_t put_with(const struct values *values, enum ticket_caption caption,
        const char *text, char *out, size_t cap)
{
    const char *pattern = values->words->words[caption];
    size_t lead = strcspn(pattern, "%");
    int len = snprintf(out, cap, "%.*s%s%s", (int)lead, pattern, text,
            pattern[lead] ? pattern + lead + 1 : "");

    assert(len >= 0 && (size_t)len < cap);
    return (size_t)len;
}

static const char *with(
        struct values *values, enum ticket_caption caption, const char *text)
{
    put_with(values, caption, text, values->made, sizeof(values->made));
    return values->made;
}

/* "1 h 10 min" in the language of the captions. */
static void put_age(
        const struct values *values, long long minutes, char *out, size_t cap)
{
    char number[24];
    size_t len = 0;

    if (minutes >= 60) {
        snprintf(number, sizeof(number), "%lld", minutes / 60);
        len = put_with(values, CAPTION_HOURS, number, out, cap);
        out[len++] = ' ';
    }
    snprintf(number, sizeof(number), "%lld", minutes % 60);
    put_with(values, CAPTION_MINUTES, number, out + len, cap - len);
}

static const char *flag(bool is)
{
    return is ? "1" : "";
}

static bool is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* "2026-01-31 18:04". */
static const char *date(struct values *values, int64_t minutes)
{
    static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
        30, 31 };
    int64_t day = minutes / MINUTES_OF_DAY;
    uint32_t year = 1970;
    uint32_t month = 0;

    for (; day >= 365 + is_leap(year); year++)
        day -= 365 + is_leap(year);
    for (; day >= lengths[month] + (month == 1 && is_leap(year)); month++)
        day -= lengths[month] + (month == 1 && is_leap(year));
    snprintf(values->made, sizeof(values->made), "%04u-%02u-%02u %02u:%02u",
            (unsigned)year, (unsigned)month + 1, (unsigned)day + 1,
            (unsigned)(minutes / 60 % 24), (unsigned)(minutes % 60));
    return values->made;
}

/* --- the job --- */

static const char *value_title(struct values *values)
{
    switch ((int)values->job->kind) {
    case DW__TICKET_KIND__TICKET_KIND_ADD_ON:
        return values->words->words[CAPTION_ADD_ON];
    case DW__TICKET_KIND__TICKET_KIND_VOID:
        return values->words->words[CAPTION_VOID];
    case DW__TICKET_KIND__TICKET_KIND_CHANGE:
        return values->words->words[CAPTION_CHANGE];
    case DW__TICKET_KIND__TICKET_KIND_SUMMARY:
        return values->words->words[CAPTION_CATCH_UP];
    default:
        return "";
    }
}

static const char *value_express(struct values *values)
{
    return flag(order_of(values)->priority == DW__PRIORITY__PRIORITY_EXPRESS);
}

static const char *value_vip(struct values *values)
{
    return flag(order_of(values)->priority == DW__PRIORITY__PRIORITY_VIP);
}

static const char *value_order_number(struct values *values)
{
    const Dw__Order *order = order_of(values);

    return has_text(order->number) ? order->number : or_nothing(order->id);
}

static const char *value_order_id(struct values *values)
{
    return or_nothing(order_of(values)->id);
}

/* What does not fit is no link; all of it was said in letters above. */
static const char *value_order_link(struct values *values)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";
    const char *prefix = values->paper->qr_prefix ? values->paper->qr_prefix
                                                  : TICKET_QR_PREFIX;
    const char *id = or_nothing(order_of(values)->id);
    size_t len = strlen(prefix);

    if (!prefix[0] || !id[0] || len >= sizeof(values->made))
        return "";
    memcpy(values->made, prefix, len + 1);
    for (; *id; id++) {
        if (len + 4 > sizeof(values->made))
            return "";
        len += (size_t)snprintf(values->made + len, sizeof(values->made) - len,
                strchr(plain, *id) ? "%c" : "%%%02X", (unsigned char)*id);
    }
    return values->made;
}

static const char *value_order_source(struct values *values)
{
    return or_nothing(order_of(values)->source);
}

static const char *value_order_notes(struct values *values)
{
    return or_nothing(order_of(values)->notes);
}

static const char *table_of(struct values *values, const Dw__TableRef *table)
{
    if (!table)
        return "";
    return table->has_number ? number(values, table->number)
                             : or_nothing(table->id);
}

static const char *value_table(struct values *values)
{
    return table_of(values, order_of(values)->table);
}

static const char *value_time(struct values *values)
{
    const Dw__Order *order = order_of(values);
    int64_t time_ms = order->has_created_at_ms
                              ? order->created_at_ms
                              : (int64_t)values->paper->time_ms;
    int64_t minutes = time_ms / 60000 + values->paper->utc_offset_s / 60;

    if (time_ms <= 0 || minutes < 0 || minutes / MINUTES_OF_DAY > MAX_DAY)
        return "";
    return date(values, minutes);
}

static const char *value_station(struct values *values)
{
    return or_nothing(values->job->station);
}

static const char *value_printer(struct values *values)
{
    return or_nothing(values->job->printer);
}

static const char *value_rerouted_from(struct values *values)
{
    return or_nothing(values->job->rerouted_from);
}

static const char *value_copy_of(struct values *values)
{
    return or_nothing(values->job->copy_of);
}

static const char *value_job(struct values *values)
{
    return or_nothing(values->job->job_id);
}

static const char *value_more(struct values *values)
{
    const Dw__Slip *slip = values->job->slip;
    char count[16];

    if (!slip || !slip->has_left_out || slip->left_out == 0)
        return "";
    snprintf(count, sizeof(count), "%lu", (unsigned long)slip->left_out);
    return with(values, CAPTION_MORE, count);
}

static size_t count_items(const struct values *values)
{
    return order_of(values)->n_items;
}

static size_t count_changes(const struct values *values)
{
    return values->job->slip ? values->job->slip->n_changes : 0;
}

static size_t count_orders(const struct values *values)
{
    return values->job->slip ? values->job->slip->n_summary_orders : 0;
}

/* --- a dish --- */

static const char *value_item_quantity(struct values *values)
{
    return number(values, item_of(values)->quantity);
}

static const char *value_item_name(struct values *values)
{
    return or_nothing(item_of(values)->name);
}

static const char *value_item_course(struct values *values)
{
    uint32_t course = item_of(values)->course;

    return course ? number(values, course) : "";
}

static const char *value_item_seat(struct values *values)
{
    uint32_t seat = item_of(values)->seat;

    return seat ? number(values, seat) : "";
}

static const char *value_item_notes(struct values *values)
{
    return or_nothing(item_of(values)->notes);
}

static size_t count_modifiers(const struct values *values)
{
    return item_of(values)->n_modifiers;
}

static size_t count_allergens(const struct values *values)
{
    return item_of(values)->n_allergens;
}

static const char *value_modifier_name(struct values *values)
{
    const Dw__Item *item = item_of(values);

    return or_nothing(item->modifiers[values->index[SCOPE_MODIFIER]]->name);
}

static const char *value_allergen(struct values *values)
{
    return item_of(values)->allergens[values->index[SCOPE_ALLERGEN]];
}

/* --- a change --- */

static const char *value_change_quantity(struct values *values)
{
    const Dw__ItemChange *change = change_of(values);

    return number(values, change->has_quantity ? change->quantity : 0);
}

static const char *value_change_was_quantity(struct values *values)
{
    const Dw__ItemChange *change = change_of(values);

    if (!change->has_was_quantity ||
            (change->has_quantity && change->quantity == change->was_quantity))
        return "";
    return number(values, change->was_quantity);
}

static const char *value_change_name(struct values *values)
{
    return or_nothing(change_of(values)->name);
}

static const char *value_change_was_notes(struct values *values)
{
    return or_nothing(change_of(values)->was_notes);
}

static const char *value_change_notes(struct values *values)
{
    const Dw__ItemChange *change = change_of(values);

    if (has_text(change->notes))
        return change->notes;
    return has_text(change->was_notes) && change->has_quantity
                   ? values->words->words[CAPTION_NOTHING]
                   : "";
}

/* --- an order of a catch-up --- */

static const char *value_summary_number(struct values *values)
{
    const Dw__SummaryOrder *order = summary_of(values);

    return has_text(order->number) ? order->number
                                   : or_nothing(order->order_id);
}

static const char *value_summary_table(struct values *values)
{
    return table_of(values, summary_of(values)->table);
}

/* "1 h 10 min ago", or "" where nobody knows. */
static const char *value_summary_age(struct values *values)
{
    const Dw__SummaryOrder *order = summary_of(values);
    uint64_t now_ms = values->paper->time_ms;
    char age[80];

    if (!order->has_created_at_ms || order->created_at_ms <= 0 ||
            now_ms > INT64_MAX || (int64_t)now_ms < order->created_at_ms)
        return "";
    put_age(values, ((int64_t)now_ms - order->created_at_ms) / 60000, age,
            sizeof(age));
    return with(values, CAPTION_AGO, age);
}

static size_t count_dishes(const struct values *values)
{
    return summary_of(values)->n_dishes;
}

static const char *value_dish(struct values *values)
{
    return summary_of(values)->dishes[values->index[SCOPE_DISH]];
}

/* --- the paper --- */

static const char *value_paper_profile(struct values *values)
{
    return values->paper->profile->name;
}

static const char *value_paper_columns(struct values *values)
{
    return number(values, values->paper->columns);
}

static const char *value_paper_ruler(struct values *values)
{
    uint32_t columns = values->paper->columns;

    for (uint32_t i = 0; i < columns; i++)
        values->made[i] = (char)('0' + (i + 1) % 10);
    values->made[columns] = '\0';
    return values->made;
}

static const char *value_paper_language(struct values *values)
{
    return values->words->code;
}

static size_t count_paper_pages(const struct values *values)
{
    return values->paper->profile->page_count;
}

static const char *value_page_name(struct values *values)
{
    return page_of(values)->name;
}

static const char *value_page_sample(struct values *values)
{
    const struct codepage *page = page_of(values);
    uint32_t letters = 0;
    size_t len = 0;

    for (uint32_t i = 0; i < 128 && letters < SAMPLE_LETTERS; i++) {
        if (page->high[i] < 0xA1)
            continue;
        len += text_put(values->made + len, page->high[i]);
        letters++;
    }
    values->made[len] = '\0';
    return values->made;
}

/* --- by name --- */

static const char *value_last(struct values *values)
{
    (void)values;
    return ""; /* depends on the list: see values_text */
}

typedef const char *text_of(struct values *values);
typedef size_t count_of(const struct values *values);

static text_of *const texts[NAME_COUNT] = {
#define TEXT(id, ...) [NAME_##id] = value_##id,
#define LIST(id, ...)
#include "devices/ticket/names.def"
#undef TEXT
#undef LIST
};

static count_of *const counts[NAME_COUNT] = {
#define TEXT(id, ...)
#define LIST(id, ...) [NAME_##id] = count_##id,
#include "devices/ticket/names.def"
#undef TEXT
#undef LIST
};

/* The captions, unless that printer would make question marks of them. */
static const struct ticket_language *words_for(const struct ticket_paper *paper)
{
    const struct ticket_language *words = ticket_language_find(paper->language);
    bool draws =
            paper->profile->plain || (paper->glyphs && paper->profile->raster);

    return words && (draws || !words->dots) ? words : ticket_language_at(0);
}

void values_init(struct values *values, const struct ticket_paper *paper,
        const Dw__PrintRequested *job)
{
    assert(job->order);
    *values = (struct values){
        .paper = paper, .job = job, .words = words_for(paper)
    };
}

const char *values_text(struct values *values, enum ticket_name_id name,
        enum ticket_scope scope)
{
    if (name == NAME_last)
        return flag(values->index[scope] + 1 == values->count[scope]);
    return texts[name](values);
}

size_t values_count(const struct values *values, enum ticket_name_id name)
{
    return counts[name](values);
}
