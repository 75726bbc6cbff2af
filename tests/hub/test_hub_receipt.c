/* What becomes of an event at whoever was handed it: receipts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/picture.pb-c.h"
#include "schemas/watch.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

static struct place place;
static struct story story;
static struct hub_client *follower;

static int begin(void **state)
{
    (void)state;
    place_make(&place);
    story_begin(&story, place_file(&place, "journal"));
    follower = story_follower(&story);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hub_detach(story.hub, follower);
    story_end(&story);
    place_remove(&place);
    return 0;
}

/* As after a kill: what was not committed is gone. Clients are detached. */
static void open_again(void)
{
    char path[PLACE_CHARS + 33];

    hub_detach(story.hub, follower);
    snprintf(path, sizeof(path), "%s", place_file(&place, "journal"));
    journal_rollback(story.hub->journal);
    story.hub->failed = ERR_IO; /* closing writes nothing more */
    hub_close(story.hub);
    assert_int_equal(hub_open(&story.hub,
                             &(struct hub_options){ .path = path, .seed = 1 },
                             story.now_ms),
            ERR_OK);
    follower = story_follower(&story);
}

/* --- who listens --- */

static struct hub_client *attach(uint32_t mask, const char *who)
{
    struct principal principal = story_principal(mask, who);
    struct hub_client *client;

    snprintf(principal.subject, sizeof(principal.subject), "%s", who);
    assert_int_equal(
            hub_attach(story.hub, &principal, &story_outlet, &story, &client),
            ERR_OK);
    return client;
}

static void join(struct hub_client *client, const char *name, const char *after)
{
    struct joined joined;
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    assert_int_equal(hub_join(story.hub, client, &room, 1, after, story.now_ms,
                             &joined, &story.fault),
            ERR_OK);
    assert_int_equal(joined.recovered, after != NULL);
}

static struct hub_client *listen_as(
        uint32_t mask, const char *who, const char *room)
{
    struct hub_client *client = attach(mask, who);

    join(client, room, NULL);
    return client;
}

static struct hub_client *cook(void)
{
    return listen_as(ROLE_KITCHEN, "cook-1", "kitchen");
}

/* --- what happens --- */

/* Its seq. */
static uint64_t create(const char *id)
{
    uint64_t seq;

    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order(id, "5"), NULL),
            ERR_OK);
    seq = story.hub->turn[0]->seq;
    assert_int_equal(story_commit(&story), ERR_OK);
    return seq;
}

/* It is handed all that waits; the last of a kind, or 0. */
static uint64_t take(struct hub_client *client, enum evt_id what)
{
    uint64_t seq, last = 0;
    enum evt_id is;

    while ((is = story_next(&story, client, &seq, NULL)) != EVT_NONE)
        if (is == what)
            last = seq;
    return last;
}

static enum err say(struct hub_client *client, uint64_t seq, const char *word)
{
    return hub_acknowledge(
            story.hub, client, seq, word, NULL, story.now_ms, &story.fault);
}

/* The receipts that everybody has been told since the last time. */
static uint32_t count_receipts(void)
{
    struct evt *evt;
    uint32_t count = 0;

    assert_int_equal(story_commit(&story), ERR_OK);
    while ((evt = story_said(&story, follower, EVT_DELIVERY_RECEIPT))) {
        evt_unref(evt);
        count++;
    }
    return count;
}

/* Figures that are due are said, and what is kept in memory is let go. */
static void wait_a_minute(void)
{
    count_receipts(); /* whoever does not read is too slow */
    story.now_ms += 60000;
    hub_tick(story.hub, story.now_ms);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void expect_fault(enum err err, enum err code, const char *field)
{
    assert_int_equal(err, code);
    assert_int_equal(story.fault.code, code);
    assert_string_equal(story.fault.field, field);
    assert_int_equal(count_receipts(), 0);
}

/* --- the receipt --- */

static void a_receipt_says_of_what_at_whom_and_how_far(void **unused)
{
    struct hub_client *client = cook();
    uint64_t seq = create("o1");
    struct evt *cause = story_said(&story, client, EVT_ORDER_CREATED), *evt;
    char delivery[64];

    (void)unused;
    assert_int_equal(cause->seq, seq);
    assert_int_equal(hub_acknowledge(story.hub, client, seq, "failed",
                             "no paper", story.now_ms, &story.fault),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = story_said(&story, follower, EVT_DELIVERY_RECEIPT);
    assert_non_null(evt);
    ulid_print(&cause->id, delivery);
    strncat(delivery, "-cook-1", sizeof(delivery) - strlen(delivery) - 1);
    assert_true(made_is(evt->body, "delivery_id", delivery));
    assert_true(made_is(evt->body, "order_id", "o1"));
    assert_true(made_is(evt->body, "recipient", "cook-1"));
    assert_true(made_is(evt->body, "progress", "failed"));
    assert_true(made_is(evt->body, "reason", "no paper"));
    assert_memory_equal(&evt->cause, &cause->id, sizeof(evt->cause));
    assert_string_equal(evt->src, "hub");
    evt_unref(evt);
    evt_unref(cause);
    hub_detach(story.hub, client);
}

static void it_goes_to_the_order_s_room_and_to_admins_but_not_to_guests(
        void **unused)
{
    struct hub_client *client = cook(), *admin, *waiter, *guest;
    uint64_t seq = create("o1");

    (void)unused;
    admin = listen_as(ROLE_ADMIN, "boss", "admin");
    waiter = listen_as(ROLE_WAITER, "w", "order/o1");
    guest = listen_as(ROLE_TABLE, "5", "order/o1");
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_not_equal(take(admin, EVT_DELIVERY_RECEIPT), 0);
    assert_int_not_equal(take(waiter, EVT_DELIVERY_RECEIPT), 0);
    assert_int_equal(take(guest, EVT_DELIVERY_RECEIPT), 0);
    assert_int_equal(take(client, EVT_DELIVERY_RECEIPT), 0);
    hub_detach(story.hub, client);
    hub_detach(story.hub, admin);
    hub_detach(story.hub, waiter);
    hub_detach(story.hub, guest);
}

static void nothing_follows_from_it(void **unused)
{
    struct hub_client *client = cook();
    uint64_t seq = create("o1");

    (void)unused;
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(story.hub->turn_count, 1);
    assert_int_equal(count_receipts(), 1);
    hub_detach(story.hub, client);
}

static void a_device_is_known_by_its_own_name(void **unused)
{
    struct hub_client *client;
    struct evt *evt;
    struct room room;
    uint64_t seq;

    (void)unused;
    client = attach(ROLE_DEVICE | ROLE_KITCHEN, "printer-1");
    snprintf(client->principal.subject, SUBJECT_CHARS, "somebody");
    assert_true(room_parse("kitchen", 7, &room));
    join(client, "kitchen", NULL);
    seq = create("o1");
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "printed"), ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = story_said(&story, follower, EVT_DELIVERY_RECEIPT);
    assert_true(made_is(evt->body, "recipient", "printer-1"));
    evt_unref(evt);
    hub_detach(story.hub, client);
}

/* The recipient of the receipt that this subject makes. */
static void name_of(const char *subject, uint64_t seq, const char *after,
        char name[SUBJECT_CHARS + 1])
{
    struct hub_client *client = attach(ROLE_KITCHEN, subject);
    struct evt *evt;

    join(client, "kitchen", after);
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = story_said(&story, follower, EVT_DELIVERY_RECEIPT);
    assert_non_null(evt);
    snprintf(name, SUBJECT_CHARS + 1, "%s",
            ((Dw__DeliveryReceipt *)(void *)evt->body)->recipient);
    evt_unref(evt);
    hub_detach(story.hub, client);
}

/* What a device states by itself is of itself. */
static void a_device_says_nothing_in_the_name_of_others(void **unused)
{
    struct principal pager = story_principal(ROLE_DEVICE, "pager-5");

    (void)unused;
    for (int i = 0; i < 2; i++) {
        Dw__DeliveryReceipt *body =
                (void *)body_new(&dw__delivery_receipt__descriptor);

        body_set_string(&body->delivery_id, "ready-o1-pager-5");
        body_set_string(&body->progress, "felt");
        body_set_string(&body->recipient, i ? "pager-5" : "cook-1");
        assert_int_equal(story_say_as(&story, &pager, EVT_DELIVERY_RECEIPT,
                                 &body->base, NULL),
                i ? ERR_OK : ERR_FORBIDDEN);
    }
    assert_int_equal(count_receipts(), 1);
}

static void a_subject_that_is_no_id_has_one_of_its_own(void **unused)
{
    char cursor[CURSOR_CHARS + 1], one[64], other[64], longest[64];
    char subject[SUBJECT_CHARS + 1];
    uint64_t seq;

    (void)unused;
    hub_print_cursor(story.hub, hub_head(story.hub), cursor);
    seq = create("o1");
    name_of("ana@example.com", seq, cursor, one);
    name_of("ana example.com", seq, cursor, other);
    memset(subject, '"', SUBJECT_CHARS);
    subject[SUBJECT_CHARS] = '\0';
    name_of(subject, seq, cursor, longest);
    assert_memory_equal(one, "ana_example_com-", 16);
    assert_memory_equal(other, "ana_example_com-", 16);
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(longest), SUBJECT_CHARS);
    name_of("an_id-1", seq, cursor, one);
    assert_string_equal(one, "an_id-1");
}

/* --- once --- */

static void what_is_said_twice_has_happened_once(void **unused)
{
    struct hub_client *client = cook(), *other;
    uint64_t seq;

    (void)unused;
    other = listen_as(ROLE_KITCHEN, "cook-2", "kitchen");
    seq = create("o1");
    take(client, EVT_ORDER_CREATED);
    take(other, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(say(client, seq, "shown"), ERR_OK); /* in one turn */
    assert_int_equal(count_receipts(), 1);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(count_receipts(), 0);
    assert_int_equal(say(client, seq, "done"), ERR_OK);
    assert_int_equal(say(other, seq, "shown"), ERR_OK);
    assert_int_equal(count_receipts(), 2);
    hub_detach(story.hub, client);
    hub_detach(story.hub, other);
}

static void it_is_once_by_another_connection_and_after_a_restart(void **unused)
{
    char cursor[CURSOR_CHARS + 1];
    struct hub_client *client = cook();
    uint64_t seq;

    (void)unused;
    hub_print_cursor(story.hub, hub_head(story.hub), cursor);
    seq = create("o1");
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(count_receipts(), 1);
    hub_detach(story.hub, client);
    for (int i = 0; i < 2; i++) {
        client = attach(ROLE_KITCHEN, "cook-1");
        join(client, "kitchen", cursor);
        assert_int_equal(take(client, EVT_ORDER_CREATED), seq);
        assert_int_equal(say(client, seq, "shown"), ERR_OK);
        assert_int_equal(count_receipts(), 0);
        hub_detach(story.hub, client);
        open_again();
    }
}

static bool count_one(void *context, const struct record *record)
{
    *(int *)context += record->wire == evt_kinds[EVT_DELIVERY_RECEIPT].wire;
    return true;
}

static void what_is_not_on_disk_was_not_said(void **unused)
{
    char cursor[CURSOR_CHARS + 1];
    struct hub_client *client = cook();
    uint64_t seq;
    int count = 0;

    (void)unused;
    hub_print_cursor(story.hub, hub_head(story.hub), cursor);
    seq = create("o1");
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    hub_detach(story.hub, client);
    open_again();
    client = attach(ROLE_KITCHEN, "cook-1");
    join(client, "kitchen", cursor);
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(count_receipts(), 1);
    assert_int_equal(
            journal_read(story.hub->journal, 0, 1000, count_one, &count),
            ERR_OK);
    assert_int_equal(count, 1);
    hub_detach(story.hub, client);
}

static void pack(struct buf *out, bool with_ledger)
{
    struct buf all;
    Dw__Picture *picture;
    uint8_t *packed;
    size_t len;

    buf_init(&all, 1 << 20);
    state_pack(&story.hub->state, &all);
    picture = dw__picture__unpack(NULL, all.len, (const void *)all.data);
    assert_non_null(picture);
    if (!with_ledger) {
        body_free(&picture->ledger->base);
        picture->ledger = NULL;
    }
    len = dw__picture__get_packed_size(picture);
    packed = malloc(len + 1);
    assert_non_null(packed);
    dw__picture__pack(picture, packed);
    buf_clear(out);
    buf_put(out, packed, len);
    free(packed);
    hub_picture_free(picture);
    buf_finish(&all);
}

static void expect_same(const struct buf *a, const struct buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);
}

/* Of the picture it changes the ledger alone, and that is made of the journal
 * alone. */
static void the_picture_is_the_same_with_it_and_after_a_restart(void **unused)
{
    struct hub_client *client = cook();
    struct buf before, after;
    uint64_t seq = create("o1");

    (void)unused;
    buf_init(&before, 1 << 20);
    buf_init(&after, 1 << 20);
    take(client, EVT_ORDER_CREATED);
    wait_a_minute();
    pack(&before, false);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(count_receipts(), 1);
    pack(&after, false);
    expect_same(&before, &after);
    pack(&before, true);
    hub_detach(story.hub, client);
    open_again();
    pack(&after, true);
    expect_same(&before, &after);
    buf_finish(&before);
    buf_finish(&after);
}

/* --- of which events --- */

static void an_event_that_is_not_in_memory_is_read_from_the_journal(
        void **unused)
{
    struct hub_client *client = cook();
    uint64_t seq = create("o1");
    struct evt *evt;

    (void)unused;
    take(client, EVT_ORDER_CREATED);
    wait_a_minute();
    assert_null(hub_recent(story.hub, seq));
    assert_int_equal(say(client, seq, "done"), ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = story_said(&story, follower, EVT_DELIVERY_RECEIPT);
    assert_true(made_is(evt->body, "order_id", "o1"));
    evt_unref(evt);
    hub_detach(story.hub, client);
}

static void what_it_was_not_handed_it_says_nothing_of(void **unused)
{
    uint64_t before = create("o1");
    struct hub_client *client = cook(), *waiter;
    uint64_t seq;

    (void)unused;
    waiter = listen_as(ROLE_WAITER, "w", "table/6");
    seq = create("o2");
    count_receipts();
    expect_fault(say(client, seq, "shown"), ERR_NOT_FOUND, "seq");
    take(client, EVT_ORDER_CREATED);
    take(waiter, EVT_ORDER_CREATED);
    expect_fault(say(client, before, "shown"), ERR_NOT_FOUND, "seq");
    expect_fault(say(client, 0, "shown"), ERR_NOT_FOUND, "seq");
    expect_fault(say(client, hub_head(story.hub) + 1, "shown"), ERR_NOT_FOUND,
            "seq");
    expect_fault(say(client, UINT64_MAX, "shown"), ERR_NOT_FOUND, "seq");
    expect_fault(say(waiter, seq, "shown"), ERR_NOT_FOUND, "seq");
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    hub_detach(story.hub, client);
    hub_detach(story.hub, waiter);
}

static void of_a_room_that_it_has_left_it_says_nothing(void **unused)
{
    struct hub_client *client = cook();
    uint64_t seq = create("o1");
    struct room room;

    (void)unused;
    take(client, EVT_ORDER_CREATED);
    assert_true(room_parse("kitchen", 7, &room));
    hub_leave(story.hub, client, &room, 1);
    expect_fault(say(client, seq, "shown"), ERR_NOT_FOUND, "seq");
    hub_detach(story.hub, client);
}

static void jobs_figures_and_receipts_have_no_receipts(void **unused)
{
    struct hub_client *client = cook(), *admin;
    uint64_t seq, job, figure, receipt;

    (void)unused;
    admin = listen_as(ROLE_ADMIN, "boss", "admin");
    seq = create("o1");
    job = take(client, EVT_PRINT_REQUESTED);
    assert_int_not_equal(job, 0);
    take(admin, EVT_ORDER_CREATED);
    wait_a_minute();
    figure = take(admin, EVT_KITCHEN_STATS);
    assert_int_not_equal(figure, 0);
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    count_receipts();
    receipt = take(admin, EVT_DELIVERY_RECEIPT);
    assert_int_not_equal(receipt, 0);
    expect_fault(say(client, job, "printed"), ERR_IMPOSSIBLE, "seq");
    expect_fault(say(admin, figure, "shown"), ERR_IMPOSSIBLE, "seq");
    expect_fault(say(admin, receipt, "shown"), ERR_IMPOSSIBLE, "seq");
    hub_detach(story.hub, client);
    hub_detach(story.hub, admin);
}

/* A burst of one room does not take back what was handed out of another. */
static void an_older_event_of_a_room_joined_later_takes_nothing_back(
        void **unused)
{
    char cursor[CURSOR_CHARS + 1];
    struct hub_client *client;
    uint64_t first, second;

    (void)unused;
    hub_print_cursor(story.hub, hub_head(story.hub), cursor);
    first = create("o1");
    client = listen_as(ROLE_WAITER, "w", "waiters");
    second = create("o2");
    take(client, EVT_ORDER_CREATED);
    join(client, "table/5", cursor);
    assert_int_equal(take(client, EVT_ORDER_CREATED), first);
    assert_int_equal(say(client, second, "shown"), ERR_OK);
    assert_int_equal(say(client, first, "shown"), ERR_OK);
    assert_int_equal(count_receipts(), 2);
    hub_detach(story.hub, client);
}

/* --- who, and in which words --- */

static void guests_say_nothing(void **unused)
{
    struct hub_client *table, *user;
    uint64_t seq;

    (void)unused;
    table = listen_as(ROLE_TABLE, "5", "table/5");
    user = listen_as(ROLE_USER, "u-1", "user/u-1");
    seq = create("o1");
    take(table, EVT_ORDER_CREATED);
    expect_fault(say(table, seq, "shown"), ERR_FORBIDDEN, "");
    expect_fault(say(user, seq, "shown"), ERR_FORBIDDEN, "");
    hub_detach(story.hub, table);
    hub_detach(story.hub, user);
}

static void a_listener_has_six_words(void **unused)
{
    static const char *const good[] = { "received", "shown", "printed", "felt",
        "done", "failed" };
    static const char *const bad[] = { "queued", "sent", "expired", "unknown",
        "", "Shown", "shown ", "eaten" };
    struct hub_client *client = cook();
    uint64_t seq = create("o1");

    (void)unused;
    take(client, EVT_ORDER_CREATED);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect_fault(say(client, seq, bad[i]), ERR_OUT_OF_RANGE, "progress");
        assert_null(hub_progress(bad[i], strlen(bad[i])));
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(say(client, seq, good[i]), ERR_OK);
        assert_string_equal(hub_progress(good[i], strlen(good[i])), good[i]);
        assert_int_equal(count_receipts(), 1);
    }
    assert_string_equal(hub_progress("done and more", 4), "done");
    hub_detach(story.hub, client);
}

/* Each word of the schema is one for hub_vouch, too, and no other is. */
static void the_words_are_those_of_the_schema(void **unused)
{
    const ProtobufCEnumDescriptor *all = &dw__progress__descriptor;
    struct hub_client *client = cook();
    uint64_t seq = create("o1");

    (void)unused;
    assert_int_equal(all->n_values, 11);
    for (unsigned i = 1; i < all->n_values; i++) {
        const char *name = all->values[i].name + strlen("PROGRESS_");
        char text[16] = "";

        assert_true(strlen(name) < sizeof(text));
        for (size_t n = 0; name[n]; n++)
            text[n] = (char)(name[n] | 0x20);
        assert_int_equal(hub_vouch(story.hub, client, seq, text, NULL,
                                 story.now_ms, &story.fault),
                ERR_OK);
        assert_int_equal(count_receipts(), 1);
    }
    hub_detach(story.hub, client);
}

static void a_reason_that_is_none_is_refused(void **unused)
{
    char reason[300];
    struct hub_client *client = cook();
    uint64_t seq = create("o1");

    (void)unused;
    take(client, EVT_ORDER_CREATED);
    memset(reason, 'x', sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    expect_fault(hub_acknowledge(story.hub, client, seq, "failed", reason,
                         story.now_ms, &story.fault),
            ERR_OUT_OF_RANGE, "reason");
    hub_detach(story.hub, client);
}

static void while_nothing_can_be_stored_it_is_for_later(void **unused)
{
    struct hub_client *client = cook();
    uint64_t seq = create("o1");

    (void)unused;
    take(client, EVT_ORDER_CREATED);
    story.hub->failed = ERR_FULL;
    assert_int_equal(say(client, seq, "shown"), ERR_UNAVAILABLE);
    story.hub->failed = ERR_OK;
    assert_int_equal(say(client, seq, "shown"), ERR_OK);
    assert_int_equal(count_receipts(), 1);
    hub_detach(story.hub, client);
}

/* --- what the transport knows --- */

static void the_transport_speaks_for_one_that_has_left(void **unused)
{
    struct hub_client *client = cook();
    uint64_t seq = create("o1");
    struct room room;

    (void)unused;
    take(client, EVT_ORDER_CREATED);
    assert_true(room_parse("kitchen", 7, &room));
    hub_leave(story.hub, client, &room, 1);
    assert_int_equal(hub_vouch(story.hub, client, seq, "unknown",
                             "connection lost", story.now_ms, &story.fault),
            ERR_OK);
    assert_int_equal(count_receipts(), 1);
    hub_detach(story.hub, client);
}

static void who_comes_back_speaks_of_what_it_was_handed_before(void **unused)
{
    char cursor[CURSOR_CHARS + 1];
    struct hub_client *client = cook();
    struct room room;
    uint64_t from, before, seq;

    (void)unused;
    assert_true(room_parse("kitchen", 7, &room));
    before = create("o1");
    take(client, EVT_ORDER_CREATED);
    from = hub_head(story.hub);
    hub_detach(story.hub, client);
    client = attach(ROLE_KITCHEN, "cook-1");
    hub_print_cursor(story.hub, from, cursor);
    join(client, "kitchen", cursor);
    expect_fault(say(client, before, "done"), ERR_NOT_FOUND, "seq");
    hub_was_handed(client, &room, before - 1);
    assert_int_equal(hub_handed_from(client, &room), before - 1);
    hub_was_handed(client, &room, before + 10); /* it never becomes less */
    assert_int_equal(say(client, before, "done"), ERR_OK);
    seq = create("o2"); /* this waits, and was not handed out yet */
    count_receipts();
    expect_fault(say(client, seq, "done"), ERR_NOT_FOUND, "seq");
    hub_detach(story.hub, client);
}

static uint32_t unheard(struct hub_client *client, uint64_t after,
        uint64_t upto, uint64_t *seqs, uint32_t max)
{
    struct delivery deliveries[8];
    uint32_t count =
            hub_unheard(story.hub, client, after, upto, deliveries, max);

    for (uint32_t i = 0; i < count; i++) {
        seqs[i] = deliveries[i].evt->seq;
        evt_unref(deliveries[i].evt);
    }
    return count;
}

static void what_nobody_has_said_anything_of_is_found(void **unused)
{
    struct hub_client *client = cook();
    uint64_t start = hub_head(story.hub), made[4], seqs[8];

    (void)unused;
    made[0] = create("o1");
    made[1] = create("o2");
    made[2] = create("o3");
    take(client, EVT_ORDER_CREATED);
    made[3] = create("o4"); /* waits */
    assert_int_equal(say(client, made[1], "felt"), ERR_OK);
    assert_int_equal(hub_vouch(story.hub, client, made[0], "unknown", NULL,
                             story.now_ms, &story.fault),
            ERR_OK);
    assert_int_equal(count_receipts(), 2);
    assert_int_equal(unheard(client, start, UINT64_MAX, seqs, 8), 1);
    assert_int_equal(seqs[0], made[2]);
    assert_int_equal(unheard(client, start, made[2] - 1, seqs, 8), 0);
    assert_int_equal(unheard(client, made[2], UINT64_MAX, seqs, 8), 0);
    take(client, EVT_ORDER_CREATED);
    assert_int_equal(unheard(client, start, UINT64_MAX, seqs, 8), 2);
    assert_int_equal(seqs[1], made[3]);
    assert_int_equal(unheard(client, start, UINT64_MAX, seqs, 1), 1);
    assert_int_equal(unheard(client, start, UINT64_MAX, seqs, 0), 0);
    hub_detach(story.hub, client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_receipt_says_of_what_at_whom_and_how_far),
        TEST(it_goes_to_the_order_s_room_and_to_admins_but_not_to_guests),
        TEST(nothing_follows_from_it),
        TEST(a_device_is_known_by_its_own_name),
        TEST(a_device_says_nothing_in_the_name_of_others),
        TEST(a_subject_that_is_no_id_has_one_of_its_own),
        TEST(what_is_said_twice_has_happened_once),
        TEST(it_is_once_by_another_connection_and_after_a_restart),
        TEST(what_is_not_on_disk_was_not_said),
        TEST(the_picture_is_the_same_with_it_and_after_a_restart),
        TEST(an_event_that_is_not_in_memory_is_read_from_the_journal),
        TEST(what_it_was_not_handed_it_says_nothing_of),
        TEST(of_a_room_that_it_has_left_it_says_nothing),
        TEST(jobs_figures_and_receipts_have_no_receipts),
        TEST(an_older_event_of_a_room_joined_later_takes_nothing_back),
        TEST(guests_say_nothing),
        TEST(a_listener_has_six_words),
        TEST(the_words_are_those_of_the_schema),
        TEST(a_reason_that_is_none_is_refused),
        TEST(while_nothing_can_be_stored_it_is_for_later),
        TEST(the_transport_speaks_for_one_that_has_left),
        TEST(who_comes_back_speaks_of_what_it_was_handed_before),
        TEST(what_nobody_has_said_anything_of_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
