/* The walk: a list of events and a list of moments. */
#include "hub/hub.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/order.pb-c.h"
#include "schemas/picture.pb-c.h"
#include "tests/support/disk.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

static struct story story;

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_end(&story);
    return 0;
}

static void create(const char *id, const char *table)
{
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order(id, table), id),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void say(enum evt_id what, const char *order)
{
    assert_int_equal(story_say(&story, ROLE_BACKEND, what,
                             story_about(what, order), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
}

/* Take events until there are none; how many were of this kind? */
static int drain(struct hub_client *client, enum evt_id what)
{
    enum evt_id next;
    int count = 0;

    while ((next = story_next(&story, client, NULL, NULL)) != EVT_NONE)
        count += next == what;
    return count;
}

static void nobody_is_told_before_the_commit(void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");

    (void)state;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("41", "5"), "k1"),
            ERR_OK);
    assert_int_equal(story.settled_count, 0);
    assert_int_equal(story.woken, 0);
    assert_int_equal(story_next(&story, kitchen, NULL, NULL), EVT_NONE);

    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(story.settled_count, 1);
    assert_int_equal(story.settled[0].err, ERR_OK);
    assert_false(story.settled[0].duplicate);
    assert_int_equal(story.settled[0].seq, 1);
    assert_int_equal(story.woken, 1);
    assert_int_equal(
            story_next(&story, kitchen, NULL, NULL), EVT_ORDER_CREATED);
    hub_detach(story.hub, kitchen);
}

static void a_key_used_again_gets_the_first_answer_again(void **state)
{
    (void)state;
    create("41", "5");
    create("41", "5"); /* the same key and body */
    assert_int_equal(story.settled_count, 2);
    assert_true(story.settled[1].duplicate);
    assert_int_equal(story.settled[1].seq, story.settled[0].seq);
    assert_memory_equal(
            &story.settled[1].id, &story.settled[0].id, sizeof(struct ulid));
}

static void a_key_used_within_the_same_turn_is_seen(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                                 story_order("41", "5"), "k1"),
                ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(story.settled_count, 2);
    assert_false(story.settled[0].duplicate);
    assert_true(story.settled[1].duplicate);
}

static void a_key_with_another_body_is_a_conflict(void **state)
{
    (void)state;
    create("41", "5");
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("42", "5"), "41"),
            ERR_CONFLICT);
    assert_string_equal(story.fault.field, "id");
}

static void a_ulid_as_key_is_the_events_id(void **state)
{
    const char *key = "01BX5ZZKBKACTAV9WEVGEMMVRZ";
    char text[ULID_CHARS + 1];

    (void)state;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("41", "5"), key),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    ulid_print(&story.settled[0].id, text);
    assert_string_equal(text, key);
}

static void a_refusal_changes_nothing(void **state)
{
    uint64_t head;

    (void)state;
    create("41", "5");
    head = hub_head(story.hub);
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "99"), "k2"),
            ERR_NOT_FOUND);
    assert_string_equal(story.fault.field, "orderId");
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(hub_head(story.hub), head);
    assert_int_equal(story.settled_count, 1);
}

static void what_somebody_may_say_is_not_what_is_possible(void **state)
{
    struct principal cook = story_principal(ROLE_KITCHEN, "");
    struct principal guest = story_principal(ROLE_TABLE, "5");
    ProtobufCMessage *ready = story_about(EVT_KITCHEN_READY, "99");
    ProtobufCMessage *empty = story_about(EVT_KITCHEN_READY, NULL);
    uint64_t refused = count_of(COUNT_REFUSED);
    struct fault fault;

    (void)state;
    assert_int_equal(
            hub_may_say(story.hub, &cook, EVT_KITCHEN_READY, ready, &fault),
            ERR_OK);
    assert_int_equal(
            hub_may_say(story.hub, &guest, EVT_KITCHEN_READY, ready, &fault),
            ERR_FORBIDDEN);
    assert_int_equal(fault.code, ERR_FORBIDDEN);
    assert_int_equal(
            hub_may_say(story.hub, &cook, EVT_KITCHEN_READY, empty, &fault),
            ERR_MISSING_FIELD);
    assert_string_equal(fault.field, "orderId");
    assert_false(hub_is_open(story.hub));
    assert_int_equal(count_of(COUNT_REFUSED), refused);
    body_free(ready);
    body_free(empty);
}

static void ready_has_its_consequences_once_each(void **state)
{
    struct hub_client *waiters = story_listener(&story, ROLE_WAITER, "waiters");
    int counts[EVT_COUNT + 1] = { 0 };
    enum evt_id next;

    (void)state;
    create("41", "5");
    say(EVT_KITCHEN_READY, "41");
    while ((next = story_next(&story, waiters, NULL, NULL)) != EVT_NONE)
        counts[next]++;
    assert_int_equal(counts[EVT_ORDER_CREATED], 1);
    assert_int_equal(counts[EVT_KITCHEN_READY], 1);
    assert_int_equal(counts[EVT_ORDER_STATUS_CHANGED], 1);
    assert_int_equal(counts[EVT_ORDER_UPDATED], 1);
    assert_int_equal(counts[EVT_PAGE_SENT], 1);
    hub_detach(story.hub, waiters);
}

static void consequences_name_their_cause(void **state)
{
    struct hub_client *kitchen = story_listener(&story, ROLE_ADMIN, "kitchen");
    struct delivery first, second;

    (void)state;
    create("41", "5");
    assert_true(hub_next(story.hub, kitchen, &first));
    assert_true(hub_next(story.hub, kitchen, &second));
    assert_int_equal(second.evt->what, EVT_PRINT_REQUESTED);
    assert_memory_equal(
            &second.evt->cause, &first.evt->id, sizeof(struct ulid));
    assert_true(ulid_is_none(&first.evt->cause));
    evt_unref(first.evt);
    evt_unref(second.evt);
    hub_detach(story.hub, kitchen);
}

static void stats_wait_for_a_quiet_moment(void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");

    (void)state;
    create("41", "5");
    create("42", "6");
    hub_tick(story.hub, story.now_ms + 499);
    story_commit(&story);
    assert_int_equal(drain(kitchen, EVT_KITCHEN_STATS), 0);
    hub_tick(story.hub, story.now_ms + 500);
    story_commit(&story);
    assert_int_equal(drain(kitchen, EVT_KITCHEN_STATS), 1);
    hub_tick(story.hub, story.now_ms + 5000);
    story_commit(&story);
    assert_int_equal(drain(kitchen, EVT_KITCHEN_STATS), 0);
    hub_detach(story.hub, kitchen);
}

/* The printer has stored this offer: it is told to print it. */
static void take(
        const struct principal *printer, const char *job, uint32_t attempt)
{
    Dw__PrintStep *step = (void *)body_new(&dw__print_step__descriptor);

    body_set_string(&step->job_id, job);
    step->attempt = attempt;
    step->has_attempt = 1;
    assert_int_equal(story_say_as(&story, printer, EVT_PRINT_ACCEPTED,
                             &step->base, NULL),
            ERR_OK);
}

static void a_printer_that_comes_up_is_offered_what_waits(void **state)
{
    struct principal printer = story_principal(ROLE_DEVICE, "p1");
    struct hub_client *kitchen = story_listener(&story, ROLE_ADMIN, "kitchen");
    struct delivery delivery;
    const Dw__PrintRequested *job;

    (void)state;
    create("41", "5");
    drain(kitchen, EVT_NONE);
    assert_int_equal(story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
                             story_online("printer", 1), NULL),
            ERR_OK);
    story_commit(&story);
    assert_true(hub_next(story.hub, kitchen, &delivery));
    assert_int_equal(delivery.evt->what, EVT_DEVICE_ONLINE);
    evt_unref(delivery.evt);
    assert_true(hub_next(story.hub, kitchen, &delivery));
    assert_int_equal(delivery.evt->what, EVT_PRINT_REQUESTED);
    job = (const void *)delivery.evt->body;
    assert_string_equal(job->printer, "p1");
    assert_string_equal(job->job_id, "41-kitchen-order");
    assert_int_equal(job->attempt, 2);
    evt_unref(delivery.evt);

    /* Printed: nothing more is offered. */
    take(&printer, "41-kitchen-order", 2);
    {
        ProtobufCMessage *printed = body_new(&dw__print_printed__descriptor);

        body_complete_text(printed, "job_id", "41-kitchen-order");
        assert_int_equal(story_say_as(&story, &printer, EVT_PRINT_PRINTED,
                                 printed, NULL),
                ERR_OK);
    }
    story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
            story_online("printer", 2), NULL);
    story_commit(&story);
    assert_int_equal(drain(kitchen, EVT_PRINT_REQUESTED), 0);
    hub_detach(story.hub, kitchen);
}

/* The printer says how the job ended; does it get it again after a restart? */
static int offers_after(const char *reason)
{
    struct principal printer = story_principal(ROLE_DEVICE, "p1");
    ProtobufCMessage *failed = body_new(&dw__print_failed__descriptor);
    struct hub_client *kitchen;
    int offers;

    story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
            story_online("printer", 1), NULL);
    create(reason, "5");
    {
        char job[64];

        snprintf(job, sizeof(job), "%s-kitchen-order", reason);
        take(&printer, job, 1);
        body_complete_text(failed, "job_id", job);
        body_complete_text(failed, "reason", reason);
    }
    assert_int_equal(
            story_say_as(&story, &printer, EVT_PRINT_FAILED, failed, NULL),
            ERR_OK);
    story_commit(&story);
    kitchen = story_listener(&story, ROLE_ADMIN, "kitchen");
    story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
            story_online("printer", 2), NULL);
    story_commit(&story);
    offers = drain(kitchen, EVT_PRINT_REQUESTED);
    hub_detach(story.hub, kitchen);
    return offers;
}

static void only_what_was_certainly_not_printed_is_offered_again(void **state)
{
    (void)state;
    assert_int_equal(offers_after("uncertain"), 0);
    assert_int_equal(offers_after("unreadable"), 0);
    assert_int_equal(offers_after("offline"), 1);
}

static void a_second_press_makes_no_second_call(void **state)
{
    struct principal button = story_principal(ROLE_DEVICE, "b1");
    struct hub_client *waiters = story_listener(&story, ROLE_WAITER, "waiters");
    struct delivery delivery;
    struct room room;
    struct Dw__Picture *picture;

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(story_say_as(&story, &button, EVT_SERVICE_CALL_CREATED,
                                 story_call("7", NULL), NULL),
                ERR_OK);
    story_commit(&story);
    assert_true(hub_next(story.hub, waiters, &delivery));
    assert_int_equal(delivery.evt->what, EVT_SERVICE_CALL_CREATED);
    evt_unref(delivery.evt);
    assert_int_equal(drain(waiters, EVT_ALERT_CREATED), 1);

    assert_true(room_make(ROOM_INDEX_WAITERS, "", &room));
    picture = hub_picture(story.hub, ROLE_HUB, &room, 1);
    assert_int_equal(picture->n_calls, 1);
    assert_int_equal(picture->calls[0]->count, 2);
    assert_int_equal(picture->n_alerts, 1);
    hub_picture_free(picture);
    hub_detach(story.hub, waiters);
}

static void acknowledging_the_alert_handles_the_call(void **state)
{
    struct hub_client *waiters = story_listener(&story, ROLE_WAITER, "waiters");
    ProtobufCMessage *body = body_new(&dw__alert_acknowledged__descriptor);
    struct room room;
    struct Dw__Picture *picture;

    (void)state;
    story_say(&story, ROLE_WAITER, EVT_SERVICE_CALL_CREATED,
            story_call("7", NULL), NULL);
    story_commit(&story);
    assert_true(room_make(ROOM_INDEX_WAITERS, "", &room));
    picture = hub_picture(story.hub, ROLE_HUB, &room, 1);
    body_complete_text(body, "alert_id", picture->alerts[0]->id);
    hub_picture_free(picture);

    assert_int_equal(
            story_say(&story, ROLE_WAITER, EVT_ALERT_ACKNOWLEDGED, body, NULL),
            ERR_OK);
    story_commit(&story);
    assert_int_equal(drain(waiters, EVT_SERVICE_CALL_HANDLED), 1);
    picture = hub_picture(story.hub, ROLE_HUB, &room, 1);
    assert_int_equal(picture->n_calls, 0);
    assert_int_equal(picture->n_alerts, 0);
    hub_picture_free(picture);
    hub_detach(story.hub, waiters);
}

static void a_pager_that_comes_up_gets_its_tables_open_pages(void **state)
{
    struct principal pager = story_principal(ROLE_DEVICE, "g1");
    struct hub_client *table = story_listener(&story, ROLE_WAITER, "table/5");
    ProtobufCMessage *acked = body_new(&dw__page_acked__descriptor);

    (void)state;
    create("41", "5");
    create("42", "6");
    say(EVT_KITCHEN_READY, "41");
    say(EVT_KITCHEN_READY, "42");
    drain(table, EVT_NONE);
    story_say_as(
            &story, &pager, EVT_DEVICE_ONLINE, story_online("pager", 1), NULL);
    story_commit(&story);
    assert_int_equal(drain(table, EVT_PAGE_SENT), 1);

    story.now_ms += 10 * 60 * 1000 + 1; /* nobody comes for it any more */
    story_say_as(
            &story, &pager, EVT_DEVICE_ONLINE, story_online("pager", 2), NULL);
    story_commit(&story);
    assert_int_equal(drain(table, EVT_PAGE_SENT), 0);

    body_complete_text(acked, "page_id", "41-ready-2");
    assert_int_equal(
            story_say_as(&story, &pager, EVT_PAGE_ACKED, acked, NULL), ERR_OK);
    hub_detach(story.hub, table);
}

static void a_late_will_does_not_put_the_next_boot_offline(void **state)
{
    struct principal pager = story_principal(ROLE_DEVICE, "g1");
    Dw__DeviceOffline *late = (void *)body_new(&dw__device_offline__descriptor);

    (void)state;
    story_say_as(
            &story, &pager, EVT_DEVICE_ONLINE, story_online("pager", 8), NULL);
    late->boot = 7;
    assert_int_equal(
            story_say_as(&story, &pager, EVT_DEVICE_OFFLINE, &late->base, NULL),
            ERR_IMPOSSIBLE);
    story_commit(&story);
}

static void a_device_cannot_speak_for_another(void **state)
{
    struct principal printer = story_principal(ROLE_DEVICE, "p2");
    struct principal owner = story_principal(ROLE_DEVICE, "p1");
    ProtobufCMessage *printed = body_new(&dw__print_printed__descriptor);

    (void)state;
    story_say_as(&story, &owner, EVT_DEVICE_ONLINE, story_online("printer", 1),
            NULL);
    create("41", "5");
    body_complete_text(printed, "job_id", "41-kitchen-order");
    assert_int_equal(
            story_say_as(&story, &printer, EVT_PRINT_PRINTED, printed, NULL),
            ERR_FORBIDDEN);
}

static void the_picture_is_the_same_after_a_restart(void **state)
{
    char path[] = "/tmp/dumbwaiter-test-XXXXXX";
    char file[64];
    struct story evening;
    struct room room;
    struct Dw__Picture *before, *after;
    uint32_t epoch;
    uint8_t a[4096], b[4096];
    size_t len;

    (void)state;
    assert_non_null(mkdtemp(path));
    snprintf(file, sizeof(file), "%s/journal", path);
    story_begin(&evening, file);
    story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            "a");
    story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("42", "6"),
            "b");
    story_say(&evening, ROLE_KITCHEN, EVT_KITCHEN_PREPARING,
            story_about(EVT_KITCHEN_PREPARING, "41"), "c");
    story_commit(&evening);
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &room));
    before = hub_picture(evening.hub, ROLE_HUB, &room, 1);
    epoch = hub_epoch(evening.hub);
    story_end(&evening); /* writes a snapshot */

    story_begin(&evening, file);
    after = hub_picture(evening.hub, ROLE_HUB, &room, 1);
    len = protobuf_c_message_get_packed_size(&before->base);
    assert_true(len > 50 && len < sizeof(a));
    assert_int_equal(len, protobuf_c_message_get_packed_size(&after->base));
    protobuf_c_message_pack(&before->base, a);
    protobuf_c_message_pack(&after->base, b);
    assert_memory_equal(a, b, len);
    assert_int_equal(hub_epoch(evening.hub), epoch);

    /* And a key of before is still known. */
    story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            "a");
    story_commit(&evening);
    assert_true(evening.settled[0].duplicate);
    hub_picture_free(before);
    hub_picture_free(after);
    story_end(&evening);
    unlink(file);
    rmdir(path);
}

/* A snapshot that cannot be read must not be replaced by an empty one. */
static void a_start_that_fails_leaves_the_journal_as_it_was(void **state)
{
    char path[] = "/tmp/dumbwaiter-test-XXXXXX";
    char file[64];
    struct hub_options options = { .path = file, .seed = 1 };
    struct story evening;
    struct journal *journal;
    struct hub *hub;

    (void)state;
    assert_non_null(mkdtemp(path));
    snprintf(file, sizeof(file), "%s/journal", path);
    story_begin(&evening, file);
    story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            "a");
    story_commit(&evening);
    story_end(&evening);

    assert_int_equal(journal_open(&journal, file, 1), ERR_OK);
    assert_int_equal(journal_save_snapshot(journal, "\xff\xff", 2, 1), ERR_OK);
    assert_int_equal(journal_commit(journal), ERR_OK);
    journal_close(journal);
    for (int i = 0; i < 2; i++)
        assert_int_equal(hub_open(&hub, &options, STORY_START_MS), ERR_IO);
    unlink(file);
    rmdir(path);
}

/* Whatever is missing behind the snapshot, or up to it at the end. */
static void a_journal_with_a_hole_is_not_opened(void **state)
{
    static const char *const holes[] = {
        "DELETE FROM record WHERE seq = (SELECT max(seq) FROM record)",
        "DELETE FROM kept WHERE name = 'snapshot';"
        "DELETE FROM record WHERE seq = 1",
        "DELETE FROM kept WHERE name = 'snapshot';"
        "DELETE FROM record WHERE seq = 3",
        "DELETE FROM record",
    };
    uint64_t bad = count_of(COUNT_BAD_RECORD);

    (void)state;
    for (size_t i = 0; i < sizeof(holes) / sizeof(*holes); i++) {
        struct hub_options options = { .seed = 1 };
        struct story evening;
        struct place place;
        struct hub *hub;
        sqlite3 *db;

        place_make(&place);
        options.path = place_file(&place, "journal");
        story_begin(&evening, options.path);
        for (int n = 0; n < 3; n++)
            story_say(&evening, ROLE_WAITER, EVT_SERVICE_CALL_CREATED,
                    story_call("7", NULL), NULL);
        story_end(&evening);
        assert_int_equal(hub_open(&hub, &options, STORY_START_MS), ERR_OK);
        hub_close(hub);

        assert_int_equal(sqlite3_open(options.path, &db), SQLITE_OK);
        assert_int_equal(
                sqlite3_exec(db, holes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_true(sqlite3_changes(db) > 0);
        sqlite3_close(db);
        for (int n = 0; n < 2; n++)
            assert_int_equal(hub_open(&hub, &options, STORY_START_MS), ERR_IO);
        bad += 2;
        assert_int_equal(count_of(COUNT_BAD_RECORD), bad);
        place_remove(&place);
    }
}

static void the_same_story_gives_the_same_events(void **state)
{
    struct ulid ids[2][8];
    uint64_t heads[2];

    (void)state;
    for (int run = 0; run < 2; run++) {
        struct story told;

        story_begin(&told, NULL);
        for (int i = 0; i < 8; i++) {
            char id[8];

            snprintf(id, sizeof(id), "o%d", i);
            story_say(&told, ROLE_BACKEND, EVT_ORDER_CREATED,
                    story_order(id, "5"), NULL);
        }
        story_commit(&told);
        for (int i = 0; i < 8; i++)
            ids[run][i] = told.settled[i].id;
        heads[run] = hub_head(told.hub);
        story_end(&told);
    }
    assert_memory_equal(ids[0], ids[1], sizeof(ids[0]));
    assert_int_equal(heads[0], heads[1]);
    assert_memory_not_equal(&ids[0][0], &ids[0][1], sizeof(struct ulid));
}

static void who_has_gone_is_not_told(void **state)
{
    (void)state;
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    hub_forget(story.hub, &story);
    story_commit(&story);
    assert_int_equal(story.settled_count, 0);
}

static void a_position_is_kept_with_the_next_commit(void **state)
{
    (void)state;
    assert_int_equal(hub_recall(story.hub, "mqtt"), 0);
    hub_remember(story.hub, "mqtt", 7);
    create("41", "5");
    assert_int_equal(hub_recall(story.hub, "mqtt"), 7);
}

/* --- a full disk --- */

/* An order so large that a turn of them does not fit into SQLite's memory. */
static ProtobufCMessage *large_order(const char *id)
{
    ProtobufCMessage *body = story_order(id, "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    Dw__Item *item = order->items[0];
    char notes[281], number[16];

    memset(notes, 'x', 280);
    notes[280] = '\0';
    body_set_string(&item->notes, notes);
    order->items = realloc(order->items, 50 * sizeof(*order->items));
    assert_non_null(order->items);
    for (int i = 1; i < 50; i++) {
        snprintf(number, sizeof(number), "n%d", i);
        order->items[i] = (void *)body_copy(&item->base);
        body_set_string(&order->items[i]->id, number);
    }
    order->n_items = 50;
    return body;
}

/* Submit until the disk says no; how many were taken before that? */
static uint32_t fill_disk(struct story *evening, int fillers)
{
    uint32_t taken = 0;
    enum err err;
    char id[16];

    for (int i = 0; i < fillers; i++)
        taken += story_say(evening, ROLE_WAITER, EVT_SERVICE_CALL_CREATED,
                         story_call("7", NULL), NULL) == ERR_OK;
    do {
        snprintf(id, sizeof(id), "o%u", taken);
        err = story_say(evening, ROLE_BACKEND, EVT_ORDER_CREATED,
                large_order(id), NULL);
        taken += err == ERR_OK;
    } while (err == ERR_OK);
    assert_int_equal(err, ERR_UNAVAILABLE);
    return taken;
}

/* Whichever append of the last submission it is that fails: its own or that
 * of what follows from it. */
static void a_full_disk_undoes_the_turn_and_tells_each_submitter_once(
        void **state)
{
    struct hub_figures figures;
    struct story evening;
    struct place place;

    (void)state;
    for (int fillers = 0; fillers < 4; fillers++) {
        uint32_t taken;
        uint64_t head;

        place_make(&place);
        story_begin(&evening, place_file(&place, "journal"));
        evening.is_forgetful = true;
        story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED,
                story_order("41", "5"), "a");
        assert_int_equal(story_commit(&evening), ERR_OK);
        head = hub_head(evening.hub);
        evening.settled_count = 0;

        disk.write_error = SQLITE_FULL;
        taken = fill_disk(&evening, fillers);
        assert_int_equal(evening.settled_count, 0);
        assert_int_equal(story_commit(&evening), ERR_UNAVAILABLE);
        assert_int_equal(evening.settled_count, taken);
        assert_int_equal(evening.settled[0].err, ERR_UNAVAILABLE);
        assert_int_equal(hub_head(evening.hub), head);
        hub_figures(evening.hub, &figures);
        assert_int_equal(figures.open_orders, 1);
        assert_false(figures.writable);

        disk.write_error = 0;
        evening.now_ms += 1000; /* so often the disk is looked at */
        hub_tick(evening.hub, evening.now_ms);
        assert_int_equal(story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED,
                                 story_order("o0", "5"), NULL),
                ERR_OK);
        assert_int_equal(story_commit(&evening), ERR_OK);
        assert_int_equal(hub_head(evening.hub), head + 2);
        story_end(&evening);
        place_remove(&place);
    }
}

/* Those of an earlier turn are waiting for a quiet moment when the disk is
 * full. */
static void figures_that_are_owed_outlive_a_turn_that_is_undone(void **state)
{
    struct story evening;
    struct place place;

    (void)state;
    place_make(&place);
    story_begin(&evening, place_file(&place, "journal"));
    story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    assert_int_equal(story_commit(&evening), ERR_OK);
    disk.write_error = SQLITE_FULL;
    story_say(&evening, ROLE_WAITER, EVT_SERVICE_CALL_CREATED,
            story_call("7", NULL), NULL);
    assert_int_equal(story_commit(&evening), ERR_UNAVAILABLE);
    disk.write_error = 0;
    assert_int_not_equal(evening.hub->due[EVT_KITCHEN_STATS].at_ms, 0);
    assert_int_not_equal(evening.hub->due[EVT_ORDER_SUMMARY_UPDATED].at_ms, 0);
    evening.now_ms += 1000; /* there is room again */
    hub_tick(evening.hub, evening.now_ms);
    hub_tick(evening.hub, evening.now_ms);
    assert_int_equal(story_commit(&evening), ERR_OK);
    assert_int_equal(hub_head(evening.hub), 4);
    assert_int_equal(evening.hub->due[EVT_KITCHEN_STATS].at_ms, 0);
    story_end(&evening);
    place_remove(&place);
}

static void figures_that_are_owed_at_the_end_are_told_before_it(void **state)
{
    struct story evening;
    struct place place;

    (void)state;
    place_make(&place);
    story_begin(&evening, place_file(&place, "journal"));
    story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    assert_int_equal(story_commit(&evening), ERR_OK);
    assert_int_equal(hub_head(evening.hub), 2);
    story_end(&evening);
    story_begin(&evening, place_file(&place, "journal"));
    assert_int_equal(hub_head(evening.hub), 4);
    story_end(&evening);
    place_remove(&place);
}

/* --- clocks --- */

static void a_clock_that_is_set_back_stops_neither_figures_nor_upkeep(
        void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");

    (void)state;
    create("41", "5");
    story.now_ms -= 3600 * 1000;
    hub_tick(story.hub, story.now_ms);
    story_commit(&story);
    hub_tick(story.hub, story.now_ms + 500);
    story_commit(&story);
    assert_true(story.hub->upkeep_at_ms <= story.now_ms + 2000);
    assert_int_equal(drain(kitchen, EVT_KITCHEN_STATS), 1);
    hub_detach(story.hub, kitchen);
}

/* --- ids --- */

/* It would make what follows look as if nothing had caused it. */
static void an_id_of_zeros_is_only_a_key(void **state)
{
    (void)state;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                    story_order("41", "5"), "00000000000000000000000000"),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_false(ulid_is_none(&story.settled[0].id));
}

/* --- fewer orders allowed than there are --- */

static void a_lower_limit_loses_no_open_order(void **state)
{
    struct hub_options options = { .seed = 1, .max_orders = 2 };
    struct hub_figures figures;
    struct Dw__Picture *picture;
    struct story evening;
    struct place place;
    struct room room;

    (void)state;
    place_make(&place);
    options.path = place_file(&place, "journal");
    story_begin(&evening, options.path);
    for (int i = 0; i < 4; i++) {
        char id[8];

        snprintf(id, sizeof(id), "o%d", i);
        story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED,
                story_order(id, "5"), NULL);
    }
    story_commit(&evening);
    story_end(&evening);

    assert_int_equal(hub_open(&evening.hub, &options, evening.now_ms), ERR_OK);
    hub_figures(evening.hub, &figures);
    assert_int_equal(figures.open_orders, 4);
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &room));
    picture = hub_picture(evening.hub, ROLE_HUB, &room, 1);
    assert_int_equal(picture->stats->total, 4);
    hub_picture_free(picture);
    assert_int_equal(story_say(&evening, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("o9", "5"), NULL),
            ERR_BUSY);
    story_end(&evening);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(nobody_is_told_before_the_commit),
        T(a_key_used_again_gets_the_first_answer_again),
        T(a_key_used_within_the_same_turn_is_seen),
        T(a_key_with_another_body_is_a_conflict),
        T(a_ulid_as_key_is_the_events_id),
        T(a_refusal_changes_nothing),
        T(what_somebody_may_say_is_not_what_is_possible),
        T(ready_has_its_consequences_once_each),
        T(consequences_name_their_cause),
        T(stats_wait_for_a_quiet_moment),
        T(a_printer_that_comes_up_is_offered_what_waits),
        T(only_what_was_certainly_not_printed_is_offered_again),
        T(a_second_press_makes_no_second_call),
        T(acknowledging_the_alert_handles_the_call),
        T(a_pager_that_comes_up_gets_its_tables_open_pages),
        T(a_late_will_does_not_put_the_next_boot_offline),
        T(a_device_cannot_speak_for_another),
        T(the_picture_is_the_same_after_a_restart),
        T(a_start_that_fails_leaves_the_journal_as_it_was),
        T(a_journal_with_a_hole_is_not_opened),
        T(the_same_story_gives_the_same_events),
        T(who_has_gone_is_not_told),
        T(a_position_is_kept_with_the_next_commit),
        T(a_full_disk_undoes_the_turn_and_tells_each_submitter_once),
        T(figures_that_are_owed_outlive_a_turn_that_is_undone),
        T(figures_that_are_owed_at_the_end_are_told_before_it),
        T(a_clock_that_is_set_back_stops_neither_figures_nor_upkeep),
        T(an_id_of_zeros_is_only_a_key),
        T(a_lower_limit_loses_no_open_order),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
