/* The delivery ledger: who was to get what about an order, and what has become
 * of it. It only listens: what follows from a word is for others. */
#include "hub/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"

#define DELIVERIES_MAX 64    /* of an order */
#define HISTORY_MAX    10    /* words of a delivery */
#define LEDGER_MAX     32768 /* deliveries of all: 20 MB of the snapshot */

/* Short names for the tables. */
#define QUEUED   DW__PROGRESS__PROGRESS_QUEUED
#define SENT     DW__PROGRESS__PROGRESS_SENT
#define RECEIVED DW__PROGRESS__PROGRESS_RECEIVED
#define SHOWN    DW__PROGRESS__PROGRESS_SHOWN
#define PRINTED  DW__PROGRESS__PROGRESS_PRINTED
#define FELT     DW__PROGRESS__PROGRESS_FELT
#define DONE     DW__PROGRESS__PROGRESS_DONE
#define FAILED   DW__PROGRESS__PROGRESS_FAILED
#define EXPIRED  DW__PROGRESS__PROGRESS_EXPIRED
#define UNKNOWN  DW__PROGRESS__PROGRESS_UNKNOWN

#define BIT(word)  (1u << (word))
#define ON_ITS_WAY (BIT(QUEUED) | BIT(SENT))
#define IN_DOUBT   (BIT(FAILED) | BIT(EXPIRED) | BIT(UNKNOWN))
#define NOT_SEEN   (ON_ITS_WAY | BIT(RECEIVED) | IN_DOUBT)
#define SEEN       (BIT(SHOWN) | BIT(PRINTED) | BIT(FELT))
#define ARRIVED    (BIT(RECEIVED) | SEEN | BIT(DONE))

/* A word, and which ones it takes the place of when it is said after them: none
 * that says that it got further. Of what may have been printed, nothing but its
 * failure or success hides that nobody knows. */
static const struct word {
    const char *text;
    uint32_t overtakes;
} words[] = {
    [QUEUED] = { "queued", 0 },
    [SENT] = { "sent", BIT(QUEUED) },
    [RECEIVED] = { "received", ON_ITS_WAY | IN_DOUBT },
    [SHOWN] = { "shown", NOT_SEEN },
    [PRINTED] = { "printed", NOT_SEEN },
    [FELT] = { "felt", NOT_SEEN },
    [DONE] = { "done", NOT_SEEN | SEEN },
    [FAILED] = { "failed", ON_ITS_WAY | BIT(RECEIVED) | BIT(UNKNOWN) },
    [EXPIRED] = { "expired", ON_ITS_WAY },
    [UNKNOWN] = { "unknown", ON_ITS_WAY },
};

/* What is said of a delivery. */
struct said {
    const struct evt *evt;
    const char *id;
    const char *recipient; /* NULL: whoever it is for */
    const char *what;      /* or NULL */
    const char *reason;    /* or NULL */
    Dw__RecipientKind kind;
    Dw__Progress progress;
    uint32_t overtakes; /* besides those of the word: see note_job */
};

/* --- one delivery --- */

static void remember(Dw__Delivery *delivery, const struct said *said)
{
    size_t last = delivery->n_history;
    Dw__ProgressStep *step;

    if (last > 0 && delivery->history[last - 1]->progress == said->progress)
        return;
    if (last == HISTORY_MAX) {
        step = delivery->history[0];
        memmove(delivery->history, delivery->history + 1,
                --last * sizeof(*delivery->history));
    } else {
        step = (void *)body_new(&dw__progress_step__descriptor);
        delivery->history = realloc(
                delivery->history, (last + 1) * sizeof(*delivery->history));
    }
    assert(step && delivery->history);
    step->progress = said->progress;
    step->at_ms = said->evt->ts_ms;
    delivery->history[last] = step;
    delivery->n_history = last + 1;
}

static void set_reason(Dw__Delivery *delivery, const char *reason)
{
    free(delivery->reason);
    delivery->reason = NULL;
    if (reason)
        body_set_string(&delivery->reason, reason);
}

static bool counts(const Dw__Delivery *delivery, const struct said *said)
{
    return (words[said->progress].overtakes | said->overtakes) &
           BIT(delivery->progress);
}

static void hear(Dw__Delivery *delivery, const struct said *said)
{
    remember(delivery, said);
    if (!counts(delivery, said))
        return;
    delivery->progress = said->progress;
    delivery->at_ms = said->evt->ts_ms;
    set_reason(delivery, said->reason);
}

static Dw__Delivery *new_delivery(const struct said *said)
{
    Dw__Delivery *delivery = (void *)body_new(&dw__delivery__descriptor);

    assert(delivery);
    body_set_string(&delivery->delivery_id, said->id);
    if (said->recipient)
        body_set_string(&delivery->recipient, said->recipient);
    if (said->what)
        body_set_string(&delivery->what, said->what);
    delivery->kind = said->kind;
    delivery->progress = said->progress;
    delivery->at_ms = said->evt->ts_ms;
    set_reason(delivery, said->reason);
    remember(delivery, said);
    return delivery;
}

/* --- those of an order --- */

static bool is_for(const Dw__Delivery *delivery, const char *recipient)
{
    if (!delivery->recipient || !recipient)
        return delivery->recipient == recipient;
    return strcmp(delivery->recipient, recipient) == 0;
}

static Dw__Delivery *find(
        const Dw__OrderDeliveries *of, const char *id, const char *recipient)
{
    for (size_t i = 0; i < of->n_deliveries; i++)
        if (strcmp(of->deliveries[i]->delivery_id, id) == 0 &&
                is_for(of->deliveries[i], recipient))
            return of->deliveries[i];
    return NULL;
}

/* Who has not got it is what is asked for: the oldest that has arrived goes.
 * Nobody's own costs others theirs. */
static size_t choose_to_leave_out(
        const Dw__OrderDeliveries *of, const char *recipient)
{
    for (size_t i = 0; i < of->n_deliveries; i++)
        if (ARRIVED & BIT(of->deliveries[i]->progress))
            return i;
    for (size_t i = 0; i < of->n_deliveries; i++)
        if (is_for(of->deliveries[i], recipient))
            return i;
    return 0;
}

static void leave_out(struct state *state, Dw__OrderDeliveries *of, size_t i)
{
    body_free(&of->deliveries[i]->base);
    of->n_deliveries--;
    memmove(of->deliveries + i, of->deliveries + i + 1,
            (of->n_deliveries - i) * sizeof(*of->deliveries));
    of->left_out++;
    of->has_left_out = 1;
    state->delivery_count--;
}

/* What the oldest order had is left out. It goes to the end: those in front
 * are the ones that may have something. */
static void thin_out(struct state *state)
{
    Dw__OrderDeliveries *of = shelf_message(shelf_first(&state->ledger));

    while (of->n_deliveries > 0)
        leave_out(state, of, of->n_deliveries - 1);
    shelf_take(&state->ledger, of->order_id);
    shelf_put(&state->ledger, of->order_id, &of->base);
}

static void add(
        struct state *state, Dw__OrderDeliveries *of, const struct said *said)
{
    if (of->n_deliveries == DELIVERIES_MAX)
        leave_out(state, of, choose_to_leave_out(of, said->recipient));
    while (state->delivery_count >= LEDGER_MAX)
        thin_out(state);
    of->deliveries = realloc(
            of->deliveries, (of->n_deliveries + 1) * sizeof(*of->deliveries));
    assert(of->deliveries);
    of->deliveries[of->n_deliveries++] = new_delivery(said);
    state->delivery_count++;
}

/* NULL: there is no such order, or not any more. */
static Dw__OrderDeliveries *of_order(struct state *state, const char *order_id)
{
    Dw__OrderDeliveries *of = shelf_find(&state->ledger, order_id);

    if (of || !state_order(state, order_id))
        return of;
    of = (void *)body_new(&dw__order_deliveries__descriptor);
    assert(of);
    body_set_string(&of->order_id, order_id);
    shelf_put(&state->ledger, order_id, &of->base);
    return of;
}

/* Said of all of this id but the recipient named, as far as it counts for them.
 * Is there any? */
static bool note_others(const Dw__OrderDeliveries *of, const struct said *said)
{
    bool any = false;

    for (size_t i = 0; i < of->n_deliveries; i++) {
        Dw__Delivery *delivery = of->deliveries[i];

        if (strcmp(delivery->delivery_id, said->id) != 0 ||
                (said->recipient && is_for(delivery, said->recipient)))
            continue;
        any = true;
        if (counts(delivery, said))
            hear(delivery, said);
    }
    return any;
}

/* One that nobody was named for is for the first that is. */
static void note(
        struct state *state, Dw__OrderDeliveries *of, const struct said *said)
{
    Dw__Delivery *delivery;

    if (!said->recipient) {
        if (!note_others(of, said))
            add(state, of, said);
        return;
    }
    delivery = find(of, said->id, said->recipient);
    if (!delivery) {
        delivery = find(of, said->id, NULL);
        if (delivery)
            body_set_string(&delivery->recipient, said->recipient);
    }
    if (delivery)
        hear(delivery, said);
    else
        add(state, of, said);
}

/* --- print jobs --- */

/* A reason that is a word of its own. */
static Dw__Progress job_progress(Dw__Progress progress, const char *reason)
{
    if (!reason || progress != FAILED)
        return progress;
    return strcmp(reason, "uncertain") == 0 ||
                           strcmp(reason, "unknown_job") == 0
                   ? UNKNOWN
           : strcmp(reason, "expired") == 0 ? EXPIRED
                                            : FAILED;
}

/* That a printer has a job is not yet that it prints it, and one that has
 * failed is over when nobody is to try it any more. */
static uint32_t job_overtakes(enum evt_id what, Dw__Progress progress)
{
    if (what == EVT_PRINT_EXPIRED)
        return BIT(RECEIVED) | BIT(FAILED);
    return progress == UNKNOWN || progress == EXPIRED ? BIT(RECEIVED) : 0;
}

/* It is given to this printer: another one that had it is asked no more. */
static void job_given(
        struct state *state, Dw__OrderDeliveries *of, const struct said *said)
{
    struct said others = *said, given = *said;

    others.progress = EXPIRED;
    others.overtakes = BIT(RECEIVED);
    others.reason = "rerouted";
    given.reason = NULL; /* it is why the other one has it no more */
    if (said->recipient && !find(of, said->id, NULL))
        note_others(of, &others);
    note(state, of, &given);
}

static void note_job(struct state *state, Dw__OrderDeliveries *of,
        Dw__Progress progress, const struct evt *evt)
{
    const char *printer = body_text(evt->body, "printer");
    const char *reason = body_text(evt->body, "reason");
    struct said said = { .evt = evt,
        .id = body_text(evt->body, "job_id"),
        .recipient = printer && printer[0] ? printer : NULL,
        .what = evt_kinds[EVT_PRINT_REQUESTED].name,
        .reason = reason,
        .kind = DW__RECIPIENT_KIND__RECIPIENT_KIND_PRINTER,
        .progress = job_progress(progress, reason) };

    said.overtakes = job_overtakes(evt->what, said.progress);
    if (progress == QUEUED)
        job_given(state, of, &said);
    else
        note(state, of, &said);
}

/* --- pages --- */

/* A page that no pager has yet is for whichever comes to the table: that one
 * was handed out does not replace it. */
static bool is_replaced(const Dw__Delivery *delivery, const struct said *newer)
{
    const Dw__PageSent *sent = (const void *)newer->evt->body;

    if (!delivery->recipient)
        return !sent->device_id;
    return is_for(delivery, newer->recipient);
}

/* Of an order's pages a pager rings for the newest: to the others nobody
 * answers any more. */
static void page_replaced(
        const Dw__OrderDeliveries *of, const struct said *newer)
{
    struct said older = *newer;

    older.progress = EXPIRED;
    older.overtakes = BIT(RECEIVED);
    older.reason = "replaced";
    for (size_t i = 0; i < of->n_deliveries; i++) {
        Dw__Delivery *delivery = of->deliveries[i];

        if (strcmp(delivery->delivery_id, newer->id) != 0 && delivery->what &&
                strcmp(delivery->what, newer->what) == 0 &&
                is_replaced(delivery, newer) && counts(delivery, &older))
            hear(delivery, &older);
    }
}

/* For the pager that was handed out, or each one of the table; as long as there
 * is none, for whichever comes. */
static void page_sent(
        struct state *state, Dw__OrderDeliveries *of, struct said *said)
{
    const Dw__PageSent *sent = (const void *)said->evt->body;
    const struct shelf_entry *entry = shelf_first(&state->devices);
    bool is_for_any = true;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (!state_page_is_for(sent, device))
            continue;
        is_for_any = false;
        said->recipient = device->id;
        said->progress = device->online ? SENT : QUEUED;
        page_replaced(of, said);
        note(state, of, said);
    }
    if (is_for_any) {
        said->progress = QUEUED;
        page_replaced(of, said);
        note(state, of, said);
    }
}

/* Where one has acknowledged it, the others need not. */
static void page_answered(
        struct state *state, Dw__OrderDeliveries *of, const struct said *said)
{
    struct said others = *said;

    others.progress = EXPIRED;
    others.reason = "acknowledged elsewhere";
    if (said->recipient || said->progress != DONE)
        note(state, of, said);
    if (said->progress == DONE)
        note_others(of, &others);
}

static void note_page(struct state *state, Dw__OrderDeliveries *of,
        Dw__Progress progress, const struct evt *evt)
{
    struct said said = { .evt = evt,
        .id = body_text(evt->body, "page_id"),
        .recipient = body_text(evt->body, "device_id"),
        .what = evt_kinds[EVT_PAGE_SENT].name,
        .reason = body_text(evt->body, "reason"),
        .kind = DW__RECIPIENT_KIND__RECIPIENT_KIND_PAGER,
        .progress = progress };

    if (evt->what == EVT_PAGE_SENT)
        page_sent(state, of, &said);
    else
        page_answered(state, of, &said);
}

/* --- receipts --- */

static Dw__Progress find_word(const char *text)
{
    Dw__Progress word = QUEUED;

    while (word < sizeof(words) / sizeof(words[0]) &&
            strcmp(words[word].text, text) != 0)
        word++;
    return word;
}

/* Of what a device says by itself the hub does not know the cause. */
static Dw__RecipientKind kind_of(
        const struct state *state, const char *id, const struct evt *evt)
{
    static const struct {
        const char *name;
        Dw__RecipientKind kind;
    } kinds[] = {
        { "printer", DW__RECIPIENT_KIND__RECIPIENT_KIND_PRINTER },
        { "pager", DW__RECIPIENT_KIND__RECIPIENT_KIND_PAGER },
        { "buzzer", DW__RECIPIENT_KIND__RECIPIENT_KIND_BUZZER },
    };
    const Dw__Device *device = shelf_find(&state->devices, id);

    for (size_t i = 0; device && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, device->kind) == 0)
            return kinds[i].kind;
    return device || ulid_is_none(&evt->cause)
                   ? DW__RECIPIENT_KIND__RECIPIENT_KIND_DEVICE
                   : DW__RECIPIENT_KIND__RECIPIENT_KIND_SCREEN;
}

/* A word that nobody knows says nothing. */
static void note_receipt(struct state *state, Dw__OrderDeliveries *of,
        Dw__Progress progress, const struct evt *evt)
{
    const Dw__DeliveryReceipt *receipt = (const void *)evt->body;
    struct said said = { .evt = evt,
        .id = receipt->delivery_id,
        .recipient = receipt->recipient,
        .what = receipt->what,
        .reason = receipt->reason };

    (void)progress;
    said.progress = find_word(receipt->progress);
    if (said.progress >= sizeof(words) / sizeof(words[0]) || !said.recipient)
        return;
    said.kind = kind_of(state, said.recipient, evt);
    note(state, of, &said);
}

/* --- what each event says --- */

static const struct {
    void (*note)(struct state *state, Dw__OrderDeliveries *of,
            Dw__Progress progress, const struct evt *evt);
    Dw__Progress progress;
} says[EVT_COUNT] = {
    [EVT_PRINT_REQUESTED] = { note_job, QUEUED },
    [EVT_PRINT_SENT] = { note_job, SENT },
    [EVT_PRINT_ACCEPTED] = { note_job, RECEIVED },
    [EVT_PRINT_PRINTED] = { note_job, PRINTED },
    [EVT_PRINT_FAILED] = { note_job, FAILED },
    [EVT_PRINT_UNCONFIRMED] = { note_job, UNKNOWN },
    [EVT_PRINT_EXPIRED] = { note_job, EXPIRED },
    [EVT_PRINT_REROUTED] = { note_job, QUEUED },
    [EVT_PAGE_SENT] = { note_page, SENT },
    [EVT_PAGE_RECEIVED] = { note_page, RECEIVED },
    [EVT_PAGE_ACKED] = { note_page, DONE },
    [EVT_PAGE_CLEARED] = { note_page, EXPIRED },
    [EVT_PAGE_LOST] = { note_page, FAILED },
    [EVT_DELIVERY_RECEIPT] = { note_receipt, UNKNOWN },
};

void state_delivery_said(struct state *state, const struct evt *evt)
{
    const char *order = says[evt->what].note ? about_order(evt->body) : NULL;
    Dw__OrderDeliveries *of = order ? of_order(state, order) : NULL;

    if (of)
        says[evt->what].note(state, of, says[evt->what].progress, evt);
}

const Dw__OrderDeliveries *state_deliveries(
        const struct state *state, const char *order_id)
{
    return shelf_find(&state->ledger, order_id);
}

static enum known was(const Dw__Delivery *delivery, Dw__Progress progress)
{
    for (size_t i = 0; i < delivery->n_history; i++)
        if (delivery->history[i]->progress == progress)
            return KNOWN_YES;
    return delivery->n_history < HISTORY_MAX ? KNOWN_NO : KNOWN_NOT;
}

enum known state_delivery_was(const struct state *state, const char *order_id,
        const char *id, Dw__Progress progress)
{
    const Dw__OrderDeliveries *of = state_deliveries(state, order_id);
    bool is_there = false, is_whole = of && of->left_out == 0;

    for (size_t i = 0; of && i < of->n_deliveries; i++) {
        enum known known;

        if (strcmp(of->deliveries[i]->delivery_id, id) != 0)
            continue;
        known = was(of->deliveries[i], progress);
        if (known == KNOWN_YES)
            return KNOWN_YES;
        is_there = true;
        is_whole = is_whole && known == KNOWN_NO;
    }
    return is_there && is_whole ? KNOWN_NO : KNOWN_NOT;
}

void state_delivery_order_gone(struct state *state, const char *order_id)
{
    const Dw__OrderDeliveries *of = state_deliveries(state, order_id);

    if (!of)
        return;
    state->delivery_count -= (uint32_t)of->n_deliveries;
    shelf_drop(&state->ledger, order_id);
}

/* --- in the journal's snapshot --- */

void state_ledger_list(const struct state *state, Dw__Ledger *listed)
{
    const struct shelf_entry *entry = shelf_first(&state->ledger);

    listed->by_order = malloc(
            (shelf_count(&state->ledger) + 1) * sizeof(*listed->by_order));
    assert(listed->by_order);
    for (; entry; entry = shelf_next(entry))
        listed->by_order[listed->n_by_order++] = shelf_message(entry);
}

void state_ledger_unlist(Dw__Ledger *listed)
{
    free(listed->by_order);
}

void state_ledger_restore(struct state *state, const Dw__Ledger *listed)
{
    for (size_t i = 0; listed && i < listed->n_by_order; i++) {
        const Dw__OrderDeliveries *of = listed->by_order[i];

        shelf_put(&state->ledger, of->order_id, body_copy(&of->base));
        state->delivery_count += (uint32_t)of->n_deliveries;
    }
}
