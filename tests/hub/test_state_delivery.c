#include "hub/hub_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/device.pb-c.h"
#include "schemas/watch.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define JOB        "41-kitchen-order"
#define PACK_BYTES (64u << 20)
#define KEPT       64 /* of an order */
#define WORDS_KEPT 10 /* of a delivery */
#define CLOSED     1000

static struct story story;
static struct place place;

static void open_story(void)
{
    story_begin(&story, place_file(&place, "journal"));
    story.is_forgetful = true;
}

static void say(uint32_t mask, enum evt_id what, ProtobufCMessage *body)
{
    enum err err = story_say(&story, mask, what, body, NULL);

    if (err != ERR_OK)
        fail_msg("%s: %s %s", evt_kinds[what].name, story.fault.field,
                story.fault.text);
    story.now_ms += 1000;
}

static void say_of(enum evt_id what, const char *field, const char *id)
{
    say(ROLE_HUB, what, made_body(what, field, id, NULL));
}

static void come(const char *kind, const char *id, const char *station)
{
    struct principal device = story_principal(ROLE_DEVICE, id);
    ProtobufCMessage *body = story_online(kind, 1);

    if (station)
        body_complete_text(body, "station", station);
    assert_int_equal(
            story_say_as(&story, &device, EVT_DEVICE_ONLINE, body, NULL),
            ERR_OK);
}

static void order(const char *id)
{
    say(ROLE_BACKEND, EVT_ORDER_CREATED, story_order(id, "5"));
}

static int begin(void **state)
{
    (void)state;
    place_make(&place);
    open_story();
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    story_end(&story);
    place_remove(&place);
    return 0;
}

/* --- what there is --- */

static const Dw__OrderDeliveries *deliveries(const char *order_id)
{
    const Dw__OrderDeliveries *of = NULL;

    assert_true(hub_deliveries(story.hub, order_id, &of));
    return of;
}

static const char *word(Dw__Progress progress)
{
    return dw__progress__descriptor.values[progress].name + strlen("PROGRESS_");
}

static void print_history(const Dw__Delivery *delivery, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < delivery->n_history && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", i ? " " : "",
                word(delivery->history[i]->progress));
}

static const Dw__Delivery *find(const char *id, const char *recipient)
{
    const Dw__OrderDeliveries *of = deliveries("41");

    for (size_t i = 0; of && i < of->n_deliveries; i++) {
        const Dw__Delivery *delivery = of->deliveries[i];

        if (strcmp(delivery->delivery_id, id) == 0 &&
                strcmp(delivery->recipient ? delivery->recipient : "",
                        recipient) == 0)
            return delivery;
    }
    return NULL;
}

/* The word that counts, why, and all that was said. */
static void expect(const char *id, const char *recipient, const char *progress,
        const char *reason, const char *history)
{
    const Dw__Delivery *delivery = find(id, recipient);
    char said[300];

    if (!delivery)
        fail_msg("nothing of %s for %s", id, recipient);
    print_history(delivery, said, sizeof(said));
    assert_string_equal(word(delivery->progress), progress);
    assert_string_equal(delivery->reason ? delivery->reason : "", reason);
    assert_string_equal(said, history);
}

/* --- print jobs --- */

static void a_ticket_is_for_its_printer(void **state)
{
    const Dw__Delivery *delivery;

    (void)state;
    come("printer", "p1", "kitchen");
    order("41");
    expect(JOB, "p1", "QUEUED", "", "QUEUED");
    delivery = find(JOB, "p1");
    assert_int_equal(
            delivery->kind, DW__RECIPIENT_KIND__RECIPIENT_KIND_PRINTER);
    assert_string_equal(delivery->what, "print.requested");
    say_of(EVT_PRINT_SENT, "job_id", JOB);
    expect(JOB, "p1", "SENT", "", "QUEUED SENT");
    say_of(EVT_PRINT_PRINTED, "job_id", JOB);
    expect(JOB, "p1", "PRINTED", "", "QUEUED SENT PRINTED");
    assert_true(find(JOB, "p1")->at_ms > find(JOB, "p1")->history[0]->at_ms);
    assert_int_equal(deliveries("41")->n_deliveries, 1);
}

static void a_ticket_without_a_printer_is_for_the_one_that_comes(void **state)
{
    (void)state;
    order("41");
    expect(JOB, "", "QUEUED", "", "QUEUED");
    come("printer", "p1", "kitchen");
    expect(JOB, "p1", "QUEUED", "", "QUEUED");
    assert_int_equal(deliveries("41")->n_deliveries, 1);
}

static void why_a_ticket_was_not_printed_is_said(void **state)
{
    static const struct {
        enum evt_id what;
        const char *given, *progress, *reason;
    } cases[] = {
        { EVT_PRINT_FAILED, "paper_out", "FAILED", "paper_out" },
        { EVT_PRINT_FAILED, "uncertain", "UNKNOWN", "uncertain" },
        { EVT_PRINT_FAILED, "expired", "EXPIRED", "expired" },
        { EVT_PRINT_UNCONFIRMED, "no answer", "UNKNOWN", "no answer" },
        { EVT_PRINT_EXPIRED, "too old", "EXPIRED", "too old" },
    };

    (void)state;
    come("printer", "p1", "kitchen");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const Dw__OrderDeliveries *of;
        char id[8], job[32];

        snprintf(id, sizeof(id), "%zu", i);
        snprintf(job, sizeof(job), "%s-kitchen-order", id);
        order(id);
        say(ROLE_HUB, cases[i].what,
                made_body(cases[i].what, "job_id", job, "reason",
                        cases[i].given, NULL));
        of = deliveries(id);
        assert_string_equal(
                word(of->deliveries[0]->progress), cases[i].progress);
        assert_string_equal(of->deliveries[0]->reason, cases[i].reason);
    }
}

static void reroute(const char *to)
{
    say(ROLE_HUB, EVT_PRINT_REROUTED,
            made_body(EVT_PRINT_REROUTED, "job_id", JOB, "printer", to,
                    "reason", "paper_out", NULL));
}

static void a_ticket_that_is_rerouted_is_asked_of_another(void **state)
{
    (void)state;
    come("printer", "p1", "kitchen");
    order("41");
    reroute("p2");
    expect(JOB, "p1", "EXPIRED", "rerouted", "QUEUED EXPIRED");
    expect(JOB, "p2", "QUEUED", "", "QUEUED");
    say_of(EVT_PRINT_PRINTED, "job_id", JOB);
    expect(JOB, "p2", "PRINTED", "", "QUEUED PRINTED");
}

/* What a printer has is not yet what it prints. */
static void a_ticket_that_a_printer_has_may_still_fail_or_expire(void **state)
{
    static const struct {
        const char *failed, *said, *why, *history;
        enum evt_id what;
    } cases[] = {
        { NULL, "UNKNOWN", "no answer", "QUEUED RECEIVED UNKNOWN",
                EVT_PRINT_UNCONFIRMED },
        { "unknown_job", "UNKNOWN", "unknown_job", "QUEUED RECEIVED UNKNOWN",
                EVT_NONE },
        { NULL, "PRINTED", "", "QUEUED RECEIVED PRINTED", EVT_PRINT_PRINTED },
        { "paper_out", "EXPIRED", "no answer", "QUEUED RECEIVED FAILED EXPIRED",
                EVT_PRINT_EXPIRED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        end(NULL);
        begin(NULL);
        come("printer", "p1", "kitchen");
        order("41");
        say(ROLE_HUB, EVT_PRINT_ACCEPTED,
                made_body(EVT_PRINT_ACCEPTED, "job_id", JOB, "attempt", "1",
                        NULL));
        if (cases[i].failed)
            say(ROLE_HUB, EVT_PRINT_FAILED,
                    made_body(EVT_PRINT_FAILED, "job_id", JOB, "reason",
                            cases[i].failed, NULL));
        if (cases[i].what == EVT_PRINT_PRINTED)
            say_of(EVT_PRINT_PRINTED, "job_id", JOB);
        else if (cases[i].what != EVT_NONE)
            say(ROLE_HUB, cases[i].what,
                    made_body(cases[i].what, "job_id", JOB, "reason",
                            "no answer", NULL));
        expect(JOB, "p1", cases[i].said, cases[i].why, cases[i].history);
    }
}

/* A copy of it may lie there. */
static void that_nobody_knows_is_not_hidden_by_another_printer(void **state)
{
    (void)state;
    come("printer", "p1", "kitchen");
    order("41");
    say(ROLE_HUB, EVT_PRINT_FAILED,
            made_body(EVT_PRINT_FAILED, "job_id", JOB, "reason", "uncertain",
                    NULL));
    reroute("p2");
    expect(JOB, "p1", "UNKNOWN", "uncertain", "QUEUED UNKNOWN");
    say_of(EVT_PRINT_EXPIRED, "job_id", JOB);
    expect(JOB, "p1", "UNKNOWN", "uncertain", "QUEUED UNKNOWN");
    expect(JOB, "p2", "EXPIRED", "", "QUEUED EXPIRED");
}

/* --- pages --- */

static const char *page_of(const char *order_id)
{
    const struct shelf_entry *entry = shelf_first(&story.hub->state.pages);
    static char id[SHELF_ID_CHARS + 1];

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Page *page = shelf_message(entry);

        if (strcmp(page->sent->order_id, order_id) == 0)
            snprintf(id, sizeof(id), "%s", shelf_id(entry));
    }
    return id;
}

static void ready(const char *order_id)
{
    say(ROLE_KITCHEN, EVT_KITCHEN_READY,
            story_about(EVT_KITCHEN_READY, order_id));
}

static void pager_says(const char *pager, enum evt_id what, const char *page)
{
    struct principal who = story_principal(ROLE_DEVICE, pager);

    assert_int_equal(story_say_as(&story, &who, what,
                             made_body(what, "page_id", page, NULL), NULL),
            ERR_OK);
    story.now_ms += 1000;
}

static void a_page_is_for_each_pager_of_its_table(void **state)
{
    const char *page;

    (void)state;
    come("pager", "g1", NULL);
    come("pager", "g2", NULL);
    order("41");
    ready("41");
    page = page_of("41");
    expect(page, "g1", "SENT", "", "SENT");
    assert_int_equal(
            find(page, "g1")->kind, DW__RECIPIENT_KIND__RECIPIENT_KIND_PAGER);
    assert_string_equal(find(page, "g1")->what, "page.sent");
    pager_says("g1", EVT_PAGE_RECEIVED, page);
    expect(page, "g1", "RECEIVED", "", "SENT RECEIVED");
    pager_says("g1", EVT_PAGE_ACKED, page);
    expect(page, "g1", "DONE", "", "SENT RECEIVED DONE");
    expect(page, "g2", "EXPIRED", "acknowledged elsewhere", "SENT EXPIRED");
}

static void a_page_without_a_pager_is_for_the_one_that_comes(void **state)
{
    const char *page;

    (void)state;
    order("41");
    ready("41");
    page = page_of("41");
    expect(page, "", "QUEUED", "", "QUEUED");
    come("pager", "g1", NULL);
    expect(page, "g1", "SENT", "", "QUEUED SENT");
    assert_null(find(page, ""));
}

static void a_page_waits_for_a_pager_that_is_off(void **state)
{
    struct principal pager = story_principal(ROLE_DEVICE, "g1");

    (void)state;
    come("pager", "g1", NULL);
    assert_int_equal(
            story_say_as(&story, &pager, EVT_DEVICE_OFFLINE,
                    made_body(EVT_DEVICE_OFFLINE, "boot", "1", NULL), NULL),
            ERR_OK);
    order("41");
    ready("41");
    expect(page_of("41"), "g1", "QUEUED", "", "QUEUED");
}

static void what_a_page_came_to_is_said(void **state)
{
    char page[SHELF_ID_CHARS + 1];

    (void)state;
    come("pager", "g1", NULL);
    order("41");
    ready("41");
    snprintf(page, sizeof(page), "%s", page_of("41"));
    pager_says("g1", EVT_PAGE_LOST, page);
    expect(page, "g1", "FAILED", "", "SENT FAILED");
    pager_says("g1", EVT_PAGE_RECEIVED, page);
    expect(page, "g1", "RECEIVED", "", "SENT FAILED RECEIVED");
}

static void a_waiter_who_answers_a_page_is_no_pager(void **state)
{
    char page[SHELF_ID_CHARS + 1];

    (void)state;
    come("pager", "g1", NULL);
    order("41");
    ready("41");
    snprintf(page, sizeof(page), "%s", page_of("41"));
    say(ROLE_WAITER, EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", page, NULL));
    expect(page, "g1", "EXPIRED", "acknowledged elsewhere", "SENT EXPIRED");
}

static void a_page_that_is_cleared_was_not_answered(void **state)
{
    char page[SHELF_ID_CHARS + 1];

    (void)state;
    come("pager", "g1", NULL);
    order("41");
    ready("41");
    snprintf(page, sizeof(page), "%s", page_of("41"));
    say(ROLE_WAITER, EVT_ORDER_SERVED, story_about(EVT_ORDER_SERVED, "41"));
    expect(page, "g1", "EXPIRED", "order.served", "SENT EXPIRED");
}

static void send_page(const char *page_id, const char *order_id)
{
    say(ROLE_HUB, EVT_PAGE_SENT,
            made_body(EVT_PAGE_SENT, "page_id", page_id, "order_id", order_id,
                    "table.id", "5", "text", "Ready", NULL));
}

/* The pager rings for the newest and says nothing of the others. */
static void a_page_that_a_newer_one_has_replaced_is_over(void **state)
{
    (void)state;
    come("pager", "g1", NULL);
    order("41");
    order("42");
    send_page("p0", "42");
    send_page("p1", "41");
    pager_says("g1", EVT_PAGE_RECEIVED, "p1");
    send_page("p2", "41");
    expect("p1", "g1", "EXPIRED", "replaced", "SENT RECEIVED EXPIRED");
    expect("p2", "g1", "SENT", "", "SENT");
    send_page("p2", "41"); /* offered again it is the same */
    expect("p2", "g1", "SENT", "", "SENT");
    pager_says("g1", EVT_PAGE_ACKED, "p2");
    send_page("p3", "41");
    expect("p2", "g1", "DONE", "", "SENT DONE");
    assert_int_equal(deliveries("42")->deliveries[0]->progress,
            DW__PROGRESS__PROGRESS_QUEUED); /* its ticket */
    for (size_t i = 0; i < deliveries("42")->n_deliveries; i++)
        assert_int_not_equal(deliveries("42")->deliveries[i]->progress,
                DW__PROGRESS__PROGRESS_EXPIRED);
}

static void a_page_that_waited_for_a_pager_is_replaced_too(void **state)
{
    (void)state;
    order("41");
    send_page("p1", "41");
    send_page("p2", "41");
    expect("p1", "", "EXPIRED", "replaced", "QUEUED EXPIRED");
    come("pager", "g1", NULL);
    expect("p2", "g1", "SENT", "", "QUEUED SENT");
    expect("p1", "", "EXPIRED", "replaced", "QUEUED EXPIRED");
}

/* --- receipts --- */

static enum err receipt(const char *device, const char *id,
        const char *progress, const char *reason)
{
    struct principal who = story_principal(ROLE_DEVICE, device);
    enum err err = story_say_as(&story, &who, EVT_DELIVERY_RECEIPT,
            made_body(EVT_DELIVERY_RECEIPT, "delivery_id", id, "order_id", "41",
                    "progress", progress, reason ? "reason" : NULL, reason,
                    NULL),
            NULL);

    story.now_ms += 1000;
    return err;
}

static void a_screen_is_known_by_its_receipts(void **state)
{
    struct hub_client *screen = story_listener(&story, ROLE_KITCHEN, "kitchen");
    const Dw__Delivery *delivery;
    struct fault fault;
    uint64_t seq = 0;

    (void)state;
    order("41");
    assert_int_equal(story_commit(&story), ERR_OK);
    while (story_next(&story, screen, &seq, NULL) != EVT_ORDER_CREATED)
        ;
    assert_int_equal(hub_acknowledge(story.hub, screen, seq, "shown", NULL,
                             story.now_ms, &fault),
            ERR_OK);
    delivery = deliveries("41")->deliveries[1]; /* after the ticket */
    assert_int_equal(delivery->kind, DW__RECIPIENT_KIND__RECIPIENT_KIND_SCREEN);
    assert_string_equal(delivery->recipient, screen->principal.subject);
    assert_string_equal(delivery->what, "order.created");
    assert_string_equal(word(delivery->progress), "SHOWN");
    assert_int_equal(story_commit(&story), ERR_OK);
    hub_detach(story.hub, screen);
}

static void a_receipt_of_a_device_is_of_its_kind(void **state)
{
    (void)state;
    order("41");
    come("buzzer", "b1", NULL);
    assert_int_equal(receipt("b1", "x", "felt", NULL), ERR_OK);
    assert_int_equal(receipt("gone", "y", "received", NULL), ERR_OK);
    expect("x", "b1", "FELT", "", "FELT");
    assert_int_equal(
            find("x", "b1")->kind, DW__RECIPIENT_KIND__RECIPIENT_KIND_BUZZER);
    assert_int_equal(
            find("y", "gone")->kind, DW__RECIPIENT_KIND__RECIPIENT_KIND_DEVICE);
}

static void a_receipt_says_nothing_of_somebody_else_s(void **state)
{
    (void)state;
    come("printer", "p1", "kitchen");
    order("41");
    assert_int_equal(receipt("p9", JOB, "printed", NULL), ERR_OK);
    expect(JOB, "p1", "QUEUED", "", "QUEUED");
    expect(JOB, "p9", "PRINTED", "", "PRINTED");
}

static void a_receipt_in_words_of_its_own_says_nothing(void **state)
{
    (void)state;
    order("41");
    assert_int_equal(receipt("b1", "x", "eaten", NULL), ERR_OK);
    assert_null(find("x", "b1"));
}

static void receipts_of_no_order_or_one_unknown_are_not_kept(void **state)
{
    const Dw__OrderDeliveries *of;

    (void)state;
    assert_int_equal(receipt("b1", "x", "felt", NULL), ERR_OK);
    assert_false(hub_deliveries(story.hub, "41", &of));
    assert_int_equal(shelf_count(&story.hub->state.ledger), 0);
}

/* As journals of long ago may have it. */
static void a_receipt_of_nobody_says_nothing(void **state)
{
    struct evt *evt;

    (void)state;
    order("41");
    assert_int_equal(
            evt_create(EVT_DELIVERY_RECEIPT,
                    made_body(EVT_DELIVERY_RECEIPT, "delivery_id", "x",
                            "order_id", "41", "progress", "felt", NULL),
                    &evt),
            ERR_OK);
    state_apply(&story.hub->state, evt);
    evt_unref(evt);
    assert_int_equal(deliveries("41")->n_deliveries, 1); /* the ticket */
}

/* --- words --- */

/* A row is of a word; X: the one that is said after it takes its place. */
static void no_word_is_ever_lowered(void **state)
{
    static const char *const said[] = { "queued", "sent", "received", "shown",
        "printed", "felt", "done", "failed", "expired", "unknown" };
    static const struct {
        const char *first;
        const char *overtaken; /* X, for each of the words above */
    } rows[] = {
        { "queued", ".XXXXXXXXX" },
        { "sent", "..XXXXXXXX" },
        { "received", "...XXXXX.." },
        { "shown", "......X..." },
        { "printed", "......X..." },
        { "felt", "......X..." },
        { "done", ".........." },
        { "failed", "..XXXXX..." },
        { "expired", "..XXXXX..." },
        { "unknown", "..XXXXXX.." },
    };

    (void)state;
    order("41");
    for (size_t r = 0; r < 10; r++)
        for (size_t i = 0; i < 10; i++) {
            const Dw__Delivery *delivery;
            char id[8];

            snprintf(id, sizeof(id), "%zu-%zu", r, i);
            assert_int_equal(receipt("b1", id, rows[r].first, "a"), ERR_OK);
            assert_int_equal(receipt("b1", id, said[i], "b"), ERR_OK);
            delivery = find(id, "b1");
            assert_non_null(delivery);
            if ((strcmp(delivery->reason, "b") == 0) !=
                    (rows[r].overtaken[i] == 'X'))
                fail_msg("%s then %s", rows[r].first, said[i]);
        }
}

/* As watch.proto and those have them who say them. */
static void the_words_are_those_of_receipts(void **state)
{
    (void)state;
    order("41");
    for (unsigned i = 1; i < dw__progress__descriptor.n_values; i++) {
        char text[32];
        size_t len = 0;

        for (const char *at = word((Dw__Progress)i); *at; at++)
            text[len++] = (char)(*at | 0x20);
        text[len] = '\0';
        assert_int_equal(receipt("b1", text, text, NULL), ERR_OK);
        assert_int_equal(find(text, "b1")->progress, i);
        assert_int_equal(hub_progress(text, len) != NULL,
                i >= DW__PROGRESS__PROGRESS_RECEIVED &&
                        i <= DW__PROGRESS__PROGRESS_FAILED);
    }
}

/* --- limits --- */

static void the_last_words_are_kept(void **state)
{
    (void)state;
    order("41");
    assert_int_equal(receipt("b1", "x", "queued", NULL), ERR_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(receipt("b1", "x", "sent", NULL), ERR_OK);
        story.now_ms += 20000;
        assert_int_equal(receipt("b1", "x", "queued", NULL), ERR_OK);
        story.now_ms += 20000;
    }
    assert_int_equal(receipt("b1", "x", "done", NULL), ERR_OK);
    assert_int_equal(find("x", "b1")->n_history, WORDS_KEPT);
    expect("x", "b1", "DONE", "",
            "QUEUED SENT QUEUED SENT QUEUED SENT QUEUED SENT QUEUED DONE");
}

static void what_has_arrived_is_left_out_first(void **state)
{
    char id[16];

    (void)state;
    come("printer", "p1", "kitchen");
    order("41");
    for (int i = 0; i < KEPT - 2; i++) {
        snprintf(id, sizeof(id), "n%d", i);
        assert_int_equal(receipt("b1", id, "failed", NULL), ERR_OK);
    }
    assert_int_equal(receipt("b0", "seen", "shown", NULL), ERR_OK);
    assert_int_equal(deliveries("41")->n_deliveries, KEPT);
    assert_int_equal(deliveries("41")->left_out, 0);
    assert_int_equal(receipt("b1", "more", "failed", NULL), ERR_OK);
    assert_null(find("seen", "b0"));
    assert_non_null(find("n0", "b1"));
    /* Nobody's costs the printer its own. */
    assert_int_equal(receipt("b1", "again", "failed", NULL), ERR_OK);
    assert_null(find("n0", "b1"));
    expect(JOB, "p1", "QUEUED", "", "QUEUED");
    assert_int_equal(deliveries("41")->n_deliveries, KEPT);
    assert_int_equal(deliveries("41")->left_out, 2);
    assert_int_equal(story.hub->state.delivery_count, KEPT);
}

static void a_delivery_goes_with_its_order(void **state)
{
    char id[16];
    const Dw__OrderDeliveries *of;

    (void)state;
    for (int i = 0; i <= CLOSED; i++) {
        snprintf(id, sizeof(id), "o%d", i);
        order(id);
        say(ROLE_BACKEND, EVT_ORDER_COMPLETED,
                story_about(EVT_ORDER_COMPLETED, id));
        if (i % 100 == 0)
            assert_int_equal(story_commit(&story), ERR_OK);
    }
    assert_false(hub_deliveries(story.hub, "o0", &of));
    assert_null(of);
    assert_non_null(deliveries("o1"));
    assert_int_equal(shelf_count(&story.hub->state.ledger), CLOSED);
    assert_int_equal(story.hub->state.delivery_count, CLOSED);
}

/* So the journal's snapshot has a limit, too. */
static void of_all_orders_the_oldest_are_thinned_out(void **state)
{
    struct state made;
    Dw__OrderDeliveries *of;
    char id[16];

    (void)state;
    state_init(&made);
    for (int i = 0; i < 600; i++) {
        struct evt *evt;
        ProtobufCMessage *body;

        snprintf(id, sizeof(id), "o%d", i);
        body = story_order(id, "5");
        assert_int_equal(evt_create(EVT_ORDER_CREATED, body, &evt), ERR_OK);
        state_apply(&made, evt);
        evt_unref(evt);
        for (int n = 0; n < KEPT; n++) {
            char delivery[16];

            snprintf(delivery, sizeof(delivery), "d%d", n);
            body = made_body(EVT_DELIVERY_RECEIPT, "delivery_id", delivery,
                    "order_id", id, "recipient", "r", "progress", "sent", NULL);
            assert_int_equal(
                    evt_create(EVT_DELIVERY_RECEIPT, body, &evt), ERR_OK);
            state_apply(&made, evt);
            evt_unref(evt);
        }
    }
    assert_int_equal(made.delivery_count, 32768);
    of = shelf_find(&made.ledger, "o0");
    assert_int_equal(of->n_deliveries, 0);
    assert_int_equal(of->left_out, KEPT);
    of = shelf_find(&made.ledger, "o599");
    assert_int_equal(of->n_deliveries, KEPT);
    state_finish(&made);
}

/* --- over restarts --- */

static void expect_same_after(void (*again)(struct state *, struct buf *))
{
    struct buf before, after;
    struct state made;

    buf_init(&before, PACK_BYTES);
    buf_init(&after, PACK_BYTES);
    state_pack(&story.hub->state, &before);
    state_init(&made);
    again(&made, &before);
    state_pack(&made, &after);
    assert_int_equal(made.delivery_count, story.hub->state.delivery_count);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, before.len);
    state_finish(&made);
    buf_finish(&before);
    buf_finish(&after);
}

static void by_snapshot(struct state *made, struct buf *packed)
{
    assert_int_equal(state_unpack(made, packed->data, packed->len), ERR_OK);
}

static bool apply(void *context, const struct record *record)
{
    struct evt *evt = hub_evt_of(story.hub, record);

    assert_non_null(evt);
    state_apply(context, evt);
    evt_unref(evt);
    return true;
}

static void by_journal(struct state *made, struct buf *packed)
{
    (void)packed;
    assert_int_equal(
            journal_read(story.hub->journal, 0, UINT32_MAX, apply, made),
            ERR_OK);
}

static void it_is_the_same_from_the_snapshot_and_the_journal(void **state)
{
    (void)state;
    come("printer", "p1", "kitchen");
    come("pager", "g1", NULL);
    order("41");
    order("42");
    ready("41");
    reroute("p2");
    assert_int_equal(receipt("b1", "x", "failed", "no battery"), ERR_OK);
    pager_says("g1", EVT_PAGE_ACKED, page_of("41"));
    say(ROLE_BACKEND, EVT_ORDER_COMPLETED,
            story_about(EVT_ORDER_COMPLETED, "42"));
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(story.hub->state.delivery_count, 5);
    expect_same_after(by_snapshot);
    expect_same_after(by_journal);
}

static void nobody_is_shown_it_in_a_picture(void **state)
{
    struct room room;
    Dw__Picture *picture;

    (void)state;
    order("41");
    assert_true(room_make(ROOM_INDEX_ORDER, "41", &room));
    picture = hub_picture(story.hub, ROLE_HUB, &room, 1);
    assert_non_null(picture);
    assert_null(picture->ledger);
    hub_picture_free(picture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ticket_is_for_its_printer),
        TEST(a_ticket_without_a_printer_is_for_the_one_that_comes),
        TEST(why_a_ticket_was_not_printed_is_said),
        TEST(a_ticket_that_is_rerouted_is_asked_of_another),
        TEST(a_ticket_that_a_printer_has_may_still_fail_or_expire),
        TEST(that_nobody_knows_is_not_hidden_by_another_printer),
        TEST(a_page_is_for_each_pager_of_its_table),
        TEST(a_page_without_a_pager_is_for_the_one_that_comes),
        TEST(a_page_waits_for_a_pager_that_is_off),
        TEST(what_a_page_came_to_is_said),
        TEST(a_waiter_who_answers_a_page_is_no_pager),
        TEST(a_page_that_is_cleared_was_not_answered),
        TEST(a_page_that_a_newer_one_has_replaced_is_over),
        TEST(a_page_that_waited_for_a_pager_is_replaced_too),
        TEST(a_screen_is_known_by_its_receipts),
        TEST(a_receipt_of_a_device_is_of_its_kind),
        TEST(a_receipt_says_nothing_of_somebody_else_s),
        TEST(a_receipt_in_words_of_its_own_says_nothing),
        TEST(receipts_of_no_order_or_one_unknown_are_not_kept),
        TEST(a_receipt_of_nobody_says_nothing),
        TEST(no_word_is_ever_lowered),
        TEST(the_words_are_those_of_receipts),
        TEST(the_last_words_are_kept),
        TEST(what_has_arrived_is_left_out_first),
        TEST(a_delivery_goes_with_its_order),
        TEST(of_all_orders_the_oldest_are_thinned_out),
        TEST(it_is_the_same_from_the_snapshot_and_the_journal),
        TEST(nobody_is_shown_it_in_a_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
