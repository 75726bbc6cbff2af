#include <stdio.h>
#include <string.h>

#include "devices/core/alert.h"
#include "devices/kinds/kinds.h"
#include "schemas/envelope.pb-c.h"

#define PAGES   8  /* waiting to be acknowledged */
#define SETTLED 32 /* orders and pages that shall not ring again */

/* The hub sends a page for every ready order; only if none comes within this
 * does the ready itself ring. */
#define GRACE_MS 1000

/* An acknowledgement that found the outbox full is tried again. */
#define RETRY_MS 500

/* That a page has come is worth saying while the hub waits for it. Half of the
 * outbox is for what people answer: the hub offers the page again. */
#define RECEIVED_MS   60000
#define RECEIVED_MOST (DEVICE_FACTS / 2)

#define TABLE_LINE (ASSIGNMENT_TABLE + 6)

#define ID_BYTES 97 /* the longest id of the schema, with its NUL */

struct page {
    char page_id[ID_BYTES];       /* "" until the hub's page arrives */
    char order_id[ID_BYTES];      /* "" for a page without an order */
    char table[ASSIGNMENT_TABLE]; /* "" for none */
    char order[ASSIGNMENT_SHOWN]; /* as people call it */
    Dw__Priority priority;
    uint64_t from_ms; /* rings from then on */
    uint64_t end_ms;
    uint8_t ready_id[DEVICE_ID_BYTES]; /* of the kitchen.ready it began with */
    bool has_ready;
    bool is_handed; /* for whom the pager was handed out to */
};

/* A page or order that is over, and who has to be told still. */
struct settled {
    char page_id[ID_BYTES];
    char order_id[ID_BYTES];
    bool owes_ack; /* acknowledged here before the page had an id */
};

struct pager {
    struct page pages[PAGES]; /* oldest first */
    uint32_t count;
    struct settled settled[SETTLED]; /* ring */
    uint32_t settled_next;
    char shown[ID_BYTES];    /* what is on the display, "" for nothing */
    char received[ID_BYTES]; /* the page that was last said to have come */
    uint8_t received_id[DEVICE_ID_BYTES]; /* of that */
};

static void copy(char *out, size_t cap, const char *text)
{
    snprintf(out, cap, "%s", text ? text : "");
}

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool same(const char *a, const char *b)
{
    return a[0] && b && strcmp(a, b) == 0;
}

/* --- finding --- */

static struct page *find(
        struct pager *pager, const char *page_id, const char *order_id)
{
    for (uint32_t i = 0; i < pager->count; i++)
        if (same(pager->pages[i].page_id, page_id) ||
                same(pager->pages[i].order_id, order_id))
            return &pager->pages[i];
    return NULL;
}

/* Of two pages of an order, the end of one is not the end of the other: an
 * order that was recalled becomes ready again. */
static bool is_over(const struct settled *settled, const char *page_id,
        const char *order_id)
{
    bool both_known = settled->page_id[0] && page_id && page_id[0];

    return same(settled->page_id, page_id) ||
           (!both_known && same(settled->order_id, order_id));
}

static struct settled *find_settled(
        struct pager *pager, const char *page_id, const char *order_id)
{
    for (uint32_t i = 0; i < SETTLED; i++)
        if (is_over(&pager->settled[i], page_id, order_id))
            return &pager->settled[i];
    return NULL;
}

/* Which one it takes the place of: its own or its order's, or without an order
 * that of the page without one. */
static struct page *find_older(struct pager *pager, const struct page *wanted)
{
    if (wanted->order_id[0])
        return find(pager, wanted->page_id, wanted->order_id);
    for (uint32_t i = 0; i < pager->count; i++)
        if (!pager->pages[i].order_id[0])
            return &pager->pages[i];
    return find(pager, wanted->page_id, NULL);
}

/* The one to ring for, or NULL. On its dock nobody carries it. */
static struct page *first(struct device *device)
{
    struct pager *pager = device->state;
    struct page *best = NULL;

    for (uint32_t i = 0; i < pager->count && !device_is_docked(device); i++) {
        struct page *page = &pager->pages[i];

        if (page->from_ms <= device->now_ms &&
                (!best || alert_goes_first(page->priority, best->priority)))
            best = page;
    }
    return best;
}

/* --- showing --- */

static const char *key_of(const struct page *page)
{
    return page->order_id[0] ? page->order_id : page->page_id;
}

static const char *or_dash(const char *text)
{
    return text[0] ? text : "-";
}

static uint64_t max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The next moment at which something changes by itself. */
static void wake(struct device *device)
{
    struct pager *pager = device->state;
    uint32_t auto_ack_ms = device->config.auto_ack_ms;

    for (uint32_t i = 0; i < pager->count; i++) {
        struct page *page = &pager->pages[i];

        device_wake(device, page->end_ms);
        if (page->from_ms > device->now_ms)
            device_wake(device, page->from_ms);
        else if (auto_ack_ms)
            device_wake(device, max(page->from_ms + auto_ack_ms,
                                        device->now_ms + RETRY_MS));
    }
}

/* The table as a line of the display. */
static const char *table_line(char line[TABLE_LINE], const char *table)
{
    snprintf(line, TABLE_LINE, "%s%s", table && table[0] ? "table " : "",
            table ? table : "");
    return line;
}

/* What is read from afar, and what stands below it. */
static void draw_page(struct device *device, const struct page *page)
{
    const struct pager *pager = device->state;
    char table[TABLE_LINE];
    char more[24] = "";
    const char *lines[] = { page->order, table_line(table, page->table), more,
        device_is_low(device) ? "battery low" : "" };

    if (!page->order[0]) {
        lines[0] = table[0] ? table : "ready";
        lines[1] = "";
    }
    if (pager->count > 1)
        snprintf(more, sizeof(more), "%lu more",
                (unsigned long)pager->count - 1);
    device_display(device, lines, 4);
}

static void draw_idle(struct device *device)
{
    const struct assignment *assigned = &device->assigned;
    char table[TABLE_LINE];
    const char *lines[] = { "free", device->config.id, "",
        device_is_low(device) ? "battery low" : "" };

    table_line(
            table, assigned->table[0] ? assigned->table : device->config.table);
    if (table[0])
        lines[0] = table;
    if (assigned->order[0]) {
        lines[0] = assigned->order;
        lines[2] = table;
    }
    if (device_is_docked(device))
        lines[0] = "charging";
    device_display(device, lines, 4);
}

/* Make display and buzzer agree with what waits. */
static void refresh(struct device *device)
{
    struct pager *pager = device->state;
    struct page *page = first(device);

    wake(device);
    if (!page) {
        if (pager->shown[0])
            device_show(device, "silent");
        pager->shown[0] = '\0';
        device_play(device, PATTERN_NONE);
        draw_idle(device);
        return;
    }
    draw_page(device, page);
    if (!same(pager->shown, key_of(page))) {
        copy(pager->shown, sizeof(pager->shown), key_of(page));
        device_show(device, "ring table=%s order=%s page=%s",
                or_dash(page->table), or_dash(page->order),
                or_dash(page->page_id));
        device_play(device, PATTERN_NONE); /* it begins anew */
    }
    device_play(device, alert_pattern(page->priority));
}

/* --- beginning and ending --- */

static void remove_page(struct pager *pager, struct page *page)
{
    size_t index = (size_t)(page - pager->pages);

    pager->count--;
    memmove(page, page + 1, (pager->count - index) * sizeof(*page));
}

static struct settled *remember(
        struct pager *pager, const char *page_id, const char *order_id)
{
    struct settled *settled = &pager->settled[pager->settled_next];

    pager->settled_next = (pager->settled_next + 1) % SETTLED;
    memset(settled, 0, sizeof(*settled));
    copy(settled->page_id, sizeof(settled->page_id), page_id);
    copy(settled->order_id, sizeof(settled->order_id), order_id);
    return settled;
}

/* It is over: forget it, and remember that it shall not ring again. */
static struct settled *settle(struct pager *pager, struct page *page)
{
    struct settled *settled = remember(pager, page->page_id, page->order_id);

    remove_page(pager, page);
    return settled;
}

/* … nor after a loss of power. */
static struct settled *finish(struct device *device, struct page *page)
{
    uint8_t name[DEVICE_ID_BYTES];

    done_name(name, page->page_id);
    device_done(device, page->has_ready ? page->ready_id : NULL,
            page->page_id[0] ? name : NULL);
    return settle(device->state, page);
}

/* Full: the oldest of the lowest priority makes room. */
static void make_room(struct pager *pager)
{
    struct page *worst = &pager->pages[0];

    if (pager->count < PAGES)
        return;
    for (uint32_t i = 1; i < pager->count; i++)
        if (!alert_goes_first(pager->pages[i].priority, worst->priority))
            worst = &pager->pages[i];
    settle(pager, worst);
}

static bool say_acked(struct device *device, const struct page *page)
{
    Dw__PageAcked body = DW__PAGE_ACKED__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    const struct fact fact = { .topic = FACT_ACK,
        .field = DW__ENVELOPE__BODY_PAGE_ACKED,
        .body = &body.base };

    table.id = (char *)page->table; /* these are only read */
    body.page_id = (char *)page->page_id;
    body.order_id = page->order_id[0] ? (char *)page->order_id : NULL;
    body.table = page->table[0] ? &table : NULL;
    if (!device_say(device, &fact))
        return false;
    device_show(device, "acked page=%s", page->page_id);
    return true;
}

static void acknowledge(struct device *device, struct page *page)
{
    /* Rung by kitchen.ready alone: the page's id follows, and so does the
     * answer to it. */
    if (!page->page_id[0])
        finish(device, page)->owes_ack = true;
    else if (say_acked(device, page))
        finish(device, page);
    refresh(device);
}

/* What waits already does not ring twice. Of another page of its order it
 * takes the place. */
static void learn(
        struct pager *pager, struct page *page, const struct page *wanted)
{
    if (wanted->has_ready) {
        memcpy(page->ready_id, wanted->ready_id, sizeof(page->ready_id));
        page->has_ready = true;
    }
    if (!wanted->page_id[0])
        return;
    if (!same(page->page_id, wanted->page_id)) {
        if (page->page_id[0])
            remember(pager, page->page_id, NULL);
        /* Nor is a ready's time the page's. */
        page->end_ms = wanted->end_ms;
    }
    copy(page->page_id, sizeof(page->page_id), wanted->page_id);
    memcpy(page->table, wanted->table, sizeof(page->table));
    page->is_handed = wanted->is_handed;
    page->priority = wanted->priority;
    page->from_ms = min(page->from_ms, wanted->from_ms);
}

/* A page that comes when it is over: it is the one that was answered, or
 * ended, before it had an id. */
static void answer(struct device *device, struct settled *settled,
        const struct page *wanted)
{
    if (!wanted->page_id[0])
        return;
    copy(settled->page_id, sizeof(settled->page_id), wanted->page_id);
    if (settled->owes_ack && say_acked(device, wanted))
        settled->owes_ack = false;
}

static void begin(struct device *device, const struct page *wanted)
{
    struct pager *pager = device->state;
    struct page *page = find_older(pager, wanted);
    struct settled *settled =
            find_settled(pager, wanted->page_id, wanted->order_id);

    if (settled && (!page || same(settled->page_id, wanted->page_id))) {
        answer(device, settled, wanted);
        return;
    }
    if (page && !wanted->order_id[0] && !same(page->page_id, wanted->page_id)) {
        settle(pager, page); /* nothing but the table is common to them */
        page = NULL;
    }
    if (page) {
        learn(pager, page, wanted);
    } else {
        make_room(pager);
        pager->pages[pager->count++] = *wanted;
    }
    refresh(device);
}

static void end(
        struct device *device, const char *page_id, const char *order_id)
{
    struct pager *pager = device->state;
    struct page *page = find(pager, page_id, order_id);

    if (page)
        finish(device, page);
    else if (!find_settled(pager, page_id, order_id))
        remember(pager, page_id, order_id); /* its page may come late */
    refresh(device);
}

/* It was over before the power went: it does not ring, nor does a ready that
 * came before it. */
static void stay_silent(struct device *device, const struct page *wanted)
{
    struct pager *pager = device->state;
    struct page *page = find(pager, wanted->page_id, wanted->order_id);

    if (page && !page->page_id[0])
        remove_page(pager, page);
    remember(pager, wanted->page_id, wanted->order_id);
    refresh(device);
}

/* What is over for the order is forgotten; its pages' ids are not. */
static void forget_order(struct pager *pager, const char *order_id)
{
    for (uint32_t i = 0; i < SETTLED; i++)
        if (same(pager->settled[i].order_id, order_id)) {
            pager->settled[i].order_id[0] = '\0';
            pager->settled[i].owes_ack = false;
        }
}

/* The hub has let go of this page: it does not ring any more, the order's
 * next one will. */
static void clear(
        struct device *device, const char *page_id, const char *order_id)
{
    struct pager *pager = device->state;
    struct page *page = find(pager, page_id, order_id);

    if (page && (!page->page_id[0] || same(page->page_id, page_id)))
        finish(device, page);
    forget_order(pager, order_id);
    if (!find_settled(pager, page_id, NULL))
        remember(pager, page_id, NULL);
    refresh(device);
}

/* --- messages --- */

/* The page is here, also if it is over: the hub asks until it knows. What waits
 * to be said is not said twice. */
static void say_received(struct device *device, const char *page_id)
{
    struct pager *pager = device->state;
    Dw__PageStep body = DW__PAGE_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    const struct fact fact = { .topic = FACT_ACK,
        .field = DW__ENVELOPE__BODY_PAGE_RECEIVED,
        .body = &body.base,
        .keep_ms = RECEIVED_MS,
        .id = id };

    if (device->outbox.count >= RECEIVED_MOST ||
            (same(pager->received, page_id) &&
                    outbox_find(&device->outbox, pager->received_id)))
        return;
    body.page_id = (char *)page_id; /* these are only read */
    body.device_id = (char *)device->config.id;
    device_make_id(device, id);
    if (!device_say(device, &fact))
        return;
    copy(pager->received, sizeof(pager->received), page_id);
    memcpy(pager->received_id, id, sizeof(id));
}

/* Was it handed out to whom this page is for? */
static bool is_handed(const struct device *device, const Dw__PageSent *sent)
{
    const struct assignment *assigned = &device->assigned;

    if (sent->device_id && sent->device_id[0])
        return strcmp(sent->device_id, device->config.id) == 0;
    return same(assigned->order_id, sent->order_id) ||
           (sent->table && same(assigned->table, sent->table->id));
}

/* Pages for all of a table are for the pagers that stand there. */
static bool is_of_table(const struct device *device, const Dw__PageSent *sent)
{
    return !(sent->device_id && sent->device_id[0]) && sent->table &&
           device->config.table && same(device->config.table, sent->table->id);
}

static bool is_ours(const struct device *device, const Dw__PageSent *sent)
{
    return is_handed(device, sent) || is_of_table(device, sent);
}

static void on_page(struct device *device, const Dw__Notification *note)
{
    const Dw__PageSent *sent = note->page_sent;
    uint8_t name[DEVICE_ID_BYTES];
    struct page page = { .priority = alert_priority(sent->priority),
        .from_ms = device->now_ms,
        .end_ms = device_end_ms(device, note),
        .is_handed = is_handed(device, sent) };

    if (!is_ours(device, sent)) {
        device->counts.bad++;
        return;
    }
    copy(page.table, sizeof(page.table), sent->table ? sent->table->id : NULL);
    copy(page.page_id, sizeof(page.page_id), sent->page_id);
    copy(page.order_id, sizeof(page.order_id), sent->order_id);
    copy(page.order, sizeof(page.order),
            sent->order_number ? sent->order_number : sent->order_id);
    say_received(device, page.page_id); /* before an answer to it */
    done_name(name, page.page_id);
    if (done_has(&device->done, name) &&
            !find_settled(device->state, page.page_id, NULL))
        stay_silent(device, &page);
    else
        begin(device, &page);
}

static void on_ready(struct device *device, const Dw__Notification *note)
{
    const Dw__KitchenReady *ready = note->kitchen_ready;
    struct page page = { .priority = alert_priority(note->prio),
        .from_ms = device->now_ms + GRACE_MS,
        .end_ms = device_end_ms(device, note),
        .has_ready = true };

    memcpy(page.ready_id, note->id.data, sizeof(page.ready_id));
    copy(page.table, sizeof(page.table), device->config.table);
    copy(page.order_id, sizeof(page.order_id), ready->order_id);
    copy(page.order, sizeof(page.order),
            ready->order_number ? ready->order_number : ready->order_id);
    begin(device, &page);
}

static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    const Dw__Notification *note = message->note;

    switch (note->body_case) {
    case DW__NOTIFICATION__BODY_PAGE_SENT:
        on_page(device, note);
        break;
    case DW__NOTIFICATION__BODY_KITCHEN_READY:
        on_ready(device, note);
        break;
    case DW__NOTIFICATION__BODY_PAGE_ACKED:
        end(device, note->page_acked->page_id, note->page_acked->order_id);
        break;
    case DW__NOTIFICATION__BODY_PAGE_CLEARED:
        clear(device, note->page_cleared->page_id,
                note->page_cleared->order_id);
        break;
    case DW__NOTIFICATION__BODY_KITCHEN_COMPLETED:
        end(device, NULL, note->kitchen_completed->order_id);
        break;
    case DW__NOTIFICATION__BODY_ORDER_CANCELLED:
        end(device, NULL, note->order_cancelled->order_id);
        break;
    default:
        break;
    }
    return DEVICE_TAKEN;
}

static void on_copy(struct device *device, const struct device_message *message)
{
    const Dw__Notification *note = message->note;

    if (note->body_case == DW__NOTIFICATION__BODY_PAGE_SENT &&
            is_ours(device, note->page_sent))
        say_received(device, note->page_sent->page_id);
}

static void on_input(struct device *device, enum device_input input)
{
    struct page *page = first(device);

    (void)input; /* any press is an answer */
    if (page)
        acknowledge(device, page);
}

/* It is back, or somebody else's: what it was handed out for is over. */
static void on_assigned(struct device *device)
{
    const struct assignment *assigned = &device->assigned;
    struct pager *pager = device->state;

    for (uint32_t i = pager->count; i-- > 0;) {
        struct page *page = &pager->pages[i];

        if (page->is_handed && !same(assigned->order_id, page->order_id) &&
                !same(assigned->table, page->table))
            finish(device, page);
    }
    refresh(device);
}

/* What was answered before the power went is over, also if it went before that
 * was stored: its answer was. */
static void on_start(struct device *device)
{
    const struct outbox *outbox = &device->outbox;
    uint8_t name[DEVICE_ID_BYTES];

    for (uint32_t i = 0; i < outbox->count; i++) {
        const Dw__Notification *said = device_decode(
                device, outbox->facts[i].bytes, outbox->facts[i].len);

        if (!said || said->body_case != DW__NOTIFICATION__BODY_PAGE_ACKED)
            continue;
        done_name(name, said->page_acked->page_id);
        if (!done_has(&device->done, name))
            device_done(device, NULL, name);
    }
    refresh(device);
}

static void on_tick(struct device *device)
{
    struct pager *pager = device->state;
    struct page *page;

    for (uint32_t i = pager->count; i-- > 0;)
        if (pager->pages[i].end_ms <= device->now_ms)
            settle(pager, &pager->pages[i]);
    page = first(device);
    if (page && device->config.auto_ack_ms &&
            device->now_ms - page->from_ms >= device->config.auto_ack_ms)
        acknowledge(device, page);
    refresh(device);
}

const struct device_kind pager_kind = {
    .name = "pager",
    .about = "rings when an order of its table is ready, or of whom it was "
             "handed out to",
    .listen = { "pb/table/%t" },
    .commands_once = true,
    .keeps_light = true,
    .state_bytes = sizeof(struct pager),
    .on_start = on_start,
    .on_message = on_message,
    .on_copy = on_copy,
    .on_input = on_input,
    .on_tick = on_tick,
    .on_assigned = on_assigned,
};
