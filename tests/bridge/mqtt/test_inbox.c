#include "bridge/mqtt/inbox.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "schemas/envelope.pb-c.h"
#include "tests/support/crammed.h"
#include "tests/support/disk.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define ORDER                                                                  \
    "{\"id\":\"%s\",\"payload\":{\"order\":{\"id\":\"o1\",\"table\":{\"id\":"  \
    "\"5\"},\"items\":[{\"id\":\"i1\",\"name\":\"Soup\",\"quantity\":1}]}}}"

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    inbox_settle(owner, ticket, settlement);
}

static void on_wake(void *owner)
{
    (void)owner;
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

struct scene {
    struct place place; /* of a journal on disk */
    struct story story;
    struct inbox inbox;
    struct tongues tongues;
    struct members members;
    struct admit admit;
    char client[ID_CHARS + 1];
    char receipt[RECEIPT_BYTES];
};

static const struct sites sites = { .names = { "main", "harbour" },
    .count = 2 };

static struct scene *begin_in(const char *path, const struct place *place)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    if (place)
        scene->place = *place;
    story_begin(&scene->story, path);
    scene->inbox = (struct inbox){ .hub = scene->story.hub,
        .site = "main",
        .sites = &sites,
        .tongues = &scene->tongues,
        .admit = &scene->admit,
        .outlet = &outlet,
        .owner = &scene->inbox };
    return scene;
}

static int begin(void **state)
{
    *state = begin_in(NULL, NULL);
    return 0;
}

static int begin_on_disk(void **state)
{
    struct place place;

    memset(&disk, 0, sizeof(disk));
    place_make(&place);
    *state = begin_in(place_file(&place, "journal"), &place);
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    tongues_finish(&scene->tongues);
    members_finish(&scene->members);
    memset(&disk, 0, sizeof(disk));
    crammed_end();
    story_end(&scene->story);
    if (scene->place.folder[0])
        place_remove(&scene->place);
    free(scene);
    return 0;
}

static void take(struct scene *scene, const char *topic, const void *data,
        size_t len, bool retained)
{
    char *name = strdup(topic);
    char *copy = malloc(len + 1);
    struct mosquitto_message message = { .topic = name,
        .payload = copy,
        .payloadlen = (int)len,
        .qos = 1,
        .retain = retained };

    memcpy(copy, data, len);
    inbox_take(&scene->inbox, &message, scene->story.now_ms);
    free(copy);
    free(name);
}

static void take_text(struct scene *scene, const char *topic, const char *text)
{
    take(scene, topic, text, strlen(text), false);
}

static void take_order(struct scene *scene, const char *key)
{
    char text[512];

    snprintf(text, sizeof(text), ORDER, key);
    take_text(scene, "dw/1/main/in/pos/order.created", text);
}

static bool next_receipt(struct scene *scene)
{
    struct buf text;
    bool found;

    buf_init(&text, RECEIPT_BYTES - 1);
    found = inbox_next_receipt(&scene->inbox, scene->client, &text);
    assert_false(text.failed);
    if (found)
        memcpy(scene->receipt, text.data, text.len);
    scene->receipt[text.len] = '\0';
    buf_finish(&text);
    return found;
}

static void a_receipt_comes_after_the_commit_and_not_before(void **state)
{
    struct scene *scene = *state;

    take_order(scene, "k1");
    assert_true(hub_is_open(scene->story.hub));
    assert_false(next_receipt(scene));
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    assert_string_equal(scene->client, "pos");
    assert_non_null(strstr(scene->receipt, "{\"id\":\"k1\",\"seq\":1,"));
    assert_non_null(strstr(scene->receipt, "\"duplicate\":false}"));
    assert_false(next_receipt(scene));
}

static void the_same_id_again_is_the_same_answer_again(void **state)
{
    struct scene *scene = *state;

    take_order(scene, "k1");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    take_order(scene, "k1");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "{\"id\":\"k1\",\"seq\":1,"));
    assert_non_null(strstr(scene->receipt, "\"duplicate\":true}"));
}

static void what_a_producer_does_wrong_it_is_told_with_its_id(void **state)
{
    struct scene *scene = *state;

    take_text(scene, "dw/1/main/in/pos/order.created",
            "{\"id\":\"k2\",\"payload\":{}}");
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt,
            "{\"id\":\"k2\",\"error\":{\"code\":\"missing_field\",\"field\":"));

    take_text(scene, "dw/1/main/in/pos/order.eaten", "{}");
    assert_true(next_receipt(scene));
    assert_non_null(
            strstr(scene->receipt, "{\"error\":{\"code\":\"unknown_event\""));

    take_text(scene, "dw/1/main/in/pos/order.created", "\x1b[2J");
    assert_true(next_receipt(scene));
    assert_non_null(
            strstr(scene->receipt, "{\"error\":{\"code\":\"bad_json\""));
    assert_false(hub_is_open(scene->story.hub));
}

static void teach(struct scene *scene, const char *text)
{
    struct fault fault;

    assert_int_equal(tongues_read(&scene->tongues, text, &fault), ERR_OK);
}

#define KDS_ORDER                                                              \
    "{\"orderId\":41,\"tableId\":5,\"items\":[{\"itemId\":1,"                  \
    "\"name\":\"Soup\",\"quantity\":1,\"unitPrice\":7.5}]}"

static void a_producer_is_heard_in_its_own_words(void **state)
{
    struct scene *scene = *state;
    struct hub_client *anybody = story_follower(&scene->story);
    struct evt *said;

    teach(scene, "till=kds");
    take_text(scene, "dw/1/main/in/till/order:new", KDS_ORDER);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    assert_string_equal(scene->client, "till");
    assert_non_null(strstr(scene->receipt, "\"seq\":1,"));
    said = story_said(&scene->story, anybody, EVT_ORDER_CREATED);
    assert_non_null(said);
    assert_string_equal(((Dw__OrderCreated *)said->body)->order->id, "41");
    evt_unref(said);
    hub_detach(scene->story.hub, anybody);
}

static void its_message_may_have_an_id_too(void **state)
{
    struct scene *scene = *state;

    teach(scene, "till=kds");
    for (int i = 0; i < 2; i++) {
        take_text(scene, "dw/1/main/in/till/order:new",
                "{\"id\":\"k1\",\"payload\":" KDS_ORDER "}");
        assert_int_equal(story_commit(&scene->story), ERR_OK);
        assert_true(next_receipt(scene));
        assert_non_null(strstr(scene->receipt, "{\"id\":\"k1\",\"seq\":1,"));
        assert_non_null(strstr(scene->receipt,
                i ? "\"duplicate\":true}" : "\"duplicate\":false}"));
    }
}

static void names_that_are_not_in_its_dialect_are_refused(void **state)
{
    static const char *const topics[] = {
        "dw/1/main/in/till/order.created", /* ours */
        "dw/1/main/in/till/newMessage",    /* somebody else's */
        "dw/1/main/in/pos/order:new",      /* who speaks our words */
    };
    struct scene *scene = *state;

    teach(scene, "till=kds, harbour.pos=kds");
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        take_text(scene, topics[i], KDS_ORDER);
        assert_true(next_receipt(scene));
        assert_non_null(strstr(
                scene->receipt, "{\"error\":{\"code\":\"unknown_event\""));
    }
    assert_false(hub_is_open(scene->story.hub));
}

static void what_is_wrong_is_told_in_its_own_words(void **state)
{
    struct scene *scene = *state;

    teach(scene, "till=kds");
    take_text(scene, "dw/1/main/in/till/order:new",
            "{\"orderId\":41,\"items\":[{\"itemId\":1,\"name\":7}]}");
    assert_true(next_receipt(scene));
    assert_non_null(
            strstr(scene->receipt, "{\"error\":{\"code\":\"wrong_type\","
                                   "\"field\":\"items[0].name\","));
}

/* Two restaurants, one id. */
static void a_dialect_belongs_to_a_producer_of_one_restaurant(void **state)
{
    struct scene *scene = *state;

    teach(scene, "harbour.till=kds");
    scene->inbox.site = "harbour";
    take_text(scene, "dw/1/harbour/in/till/order:new", KDS_ORDER);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "\"seq\":1,"));
    scene->inbox.site = "main";
    take_text(scene, "dw/1/main/in/till/order:new", KDS_ORDER);
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "\"unknown_event\""));
}

static void a_message_beyond_its_senders_limit_is_refused(void **state)
{
    struct scene *scene = *state;
    size_t len = role_message_bytes(ROLE_BACKEND) + 1;
    char *text = malloc(len);
    uint64_t before = count_of(COUNT_REFUSED);

    memset(text, ' ', len);
    take(scene, "dw/1/main/in/pos/order.created", text, len, false);
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "\"too_large\""));
    take(scene, "dw/1/main/dev/p1/evt", text, len, false);
    assert_false(next_receipt(scene));
    assert_int_equal(count_of(COUNT_REFUSED), before + 2);
    free(text);
}

static void old_news_is_not_heard_again(void **state)
{
    struct scene *scene = *state;
    char text[512];

    snprintf(text, sizeof(text), ORDER, "k1");
    take(scene, "dw/1/main/in/pos/order.created", text, strlen(text), true);
    assert_false(hub_is_open(scene->story.hub));
    assert_false(next_receipt(scene));
}

static void a_topic_of_nobody_is_counted_and_no_more(void **state)
{
    struct scene *scene = *state;
    uint64_t before = count_of(COUNT_REFUSED);

    take_text(scene, "dw/1/main/in/a/b/c", "{}");
    take_text(scene, "dw/1/main/dev/p1/job", "{}");
    assert_int_equal(count_of(COUNT_REFUSED), before + 2);
    assert_false(next_receipt(scene));
}

/* An envelope as a device packs it; `id`: 16 bytes or NULL. */
static void take_online_as(
        struct scene *scene, const char *topic, const char *id)
{
    Dw__DeviceOnline online = DW__DEVICE_ONLINE__INIT;
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    char kind[] = "printer";
    uint8_t data[256];

    online.kind = kind;
    online.boot = 3;
    envelope.has_id = id != NULL;
    envelope.id.data = (uint8_t *)id;
    envelope.id.len = id ? 16 : 0;
    envelope.has_event = 1;
    envelope.event = evt_kinds[EVT_DEVICE_ONLINE].wire;
    envelope.body_case = DW__ENVELOPE__BODY_DEVICE_ONLINE;
    envelope.device_online = &online;
    take(scene, topic, data, dw__envelope__pack(&envelope, data), false);
}

static void take_online(struct scene *scene, const char *topic)
{
    take_online_as(scene, topic, NULL);
}

static uint32_t devices_online(struct scene *scene)
{
    struct hub_figures figures;

    hub_figures(scene->story.hub, &figures);
    return figures.devices_online;
}

static void a_device_is_who_its_topic_says(void **state)
{
    struct scene *scene = *state;

    take_online(scene, "dw/1/main/dev/p1/info");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_int_equal(devices_online(scene), 1);
    take_online(scene, "dw/1/main/dev/p2/info");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_int_equal(devices_online(scene), 2);
    assert_false(next_receipt(scene));
}

#define ONE_ID   "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20"
#define ONE_ULID "01081G81860W40J2GB1G6GW3RG"

static void what_a_device_says_with_an_id_has_a_receipt_that_tells_the_time(
        void **state)
{
    struct scene *scene = *state;
    char time[64];

    take_online_as(scene, "dw/1/main/dev/p1/info", ONE_ID);
    assert_false(next_receipt(scene));
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    assert_string_equal(scene->client, "p1");
    snprintf(time, sizeof(time), "\"duplicate\":false,\"ts\":%lld}",
            (long long)scene->story.now_ms);
    assert_non_null(strstr(scene->receipt, ONE_ULID));
    assert_non_null(strstr(scene->receipt, time));

    take_online_as(scene, "dw/1/main/dev/p1/info", ONE_ID);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "\"duplicate\":true,\"ts\":"));
}

static void a_device_that_is_refused_hears_of_what_and_whether_for_good(
        void **state)
{
    struct scene *scene = *state;

    take_online_as(scene, "dw/1/main/dev/p1/ack", ONE_ID);
    assert_true(next_receipt(scene));
    assert_string_equal(scene->client, "p1");
    assert_non_null(strstr(scene->receipt, "\"retry\":false,\"ts\":"));
    assert_non_null(
            strstr(scene->receipt, "\"error\":{\"code\":\"forbidden\""));
    take_online(scene, "dw/1/main/dev/p1/ack"); /* it would not know of what */
    assert_false(next_receipt(scene));
}

static void each_kind_of_message_has_its_own_topic(void **state)
{
    struct scene *scene = *state;

    take_online(scene, "dw/1/main/dev/p1/ack");
    take_online(scene, "dw/1/main/dev/p1/evt");
    assert_false(hub_is_open(scene->story.hub));
}

static void take_received(struct scene *scene, const char *topic)
{
    Dw__PageStep received = DW__PAGE_STEP__INIT;
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    char page[] = "page-1";
    uint8_t data[256];

    received.page_id = page;
    envelope.has_id = true;
    envelope.id.data = (uint8_t *)ONE_ID;
    envelope.id.len = 16;
    envelope.has_event = 1;
    envelope.event = evt_kinds[EVT_PAGE_RECEIVED].wire;
    envelope.body_case = DW__ENVELOPE__BODY_PAGE_RECEIVED;
    envelope.page_received = &received;
    take(scene, topic, data, dw__envelope__pack(&envelope, data), false);
    assert_true(next_receipt(scene));
}

/* What became of a message, as an acknowledgement is. */
static void that_a_page_has_come_is_said_where_answers_are(void **state)
{
    struct scene *scene = *state;

    take_received(scene, "dw/1/main/dev/p1/ack");
    assert_non_null(strstr(scene->receipt, "\"not_found\""));
    take_received(scene, "dw/1/main/dev/p1/evt");
    assert_non_null(strstr(scene->receipt, "\"forbidden\""));
}

/* With the back end as authority. */
static void a_press_is_a_command_and_what_a_producer_says_is_not(void **state)
{
    struct scene *scene = *state;
    struct hub_client *admin =
            story_listener(&scene->story, ROLE_ADMIN, "admin");
    Dw__ServiceCallCreated *press = (void *)story_call("5", NULL);
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    uint8_t data[256];
    size_t len;

    scene->inbox.authority = AUTHORITY_BACKEND;
    envelope.has_event = 1;
    envelope.event = evt_kinds[EVT_SERVICE_CALL_CREATED].wire;
    envelope.body_case = DW__ENVELOPE__BODY_SERVICE_CALL_CREATED;
    envelope.service_call_created = press;
    len = dw__envelope__pack(&envelope, data);
    body_free(&press->base);
    take(scene, "dw/1/main/dev/b5/evt", data, len, false);
    take_order(scene, "k1");
    take_online(scene, "dw/1/main/dev/p1/info");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_int_equal(story_next(&scene->story, admin, NULL, NULL),
            EVT_COMMAND_REQUESTED);
    assert_int_equal(
            story_next(&scene->story, admin, NULL, NULL), EVT_DEVICE_ONLINE);
    assert_int_equal(devices_online(scene), 1);
    assert_true(next_receipt(scene));
    assert_null(strstr(scene->receipt, "pending"));
    hub_detach(scene->story.hub, admin);
}

/* Somebody in the list of credentials, without the file. */
static void know(struct scene *scene, const char *login, enum member_id kind,
        const char *table, bool retired)
{
    struct member member = { .kind = kind, .site = "main", .retired = retired };

    snprintf(member.login, sizeof(member.login), "%s", login);
    snprintf(member.table, sizeof(member.table), "%s", table);
    scene->members.roster.lock = -1;
    scene->members.version = 1;
    scene->admit = (struct admit){ .hub = scene->story.hub,
        .site = "main",
        .members = &scene->members,
        .version = 1 };
    assert_int_equal(roster_put(&scene->members.roster, &member), ERR_OK);
}

static void a_device_is_what_its_credential_was_made_for(void **state)
{
    struct scene *scene = *state;
    struct hub_client *ear = story_follower(&scene->story);
    struct evt *evt;

    know(scene, "p1", MEMBER_PAGER, "5", false);
    take_online(scene, "dw/1/main/dev/p1/info"); /* as a printer, of no table */
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    evt = story_said(&scene->story, ear, EVT_DEVICE_ONLINE);
    assert_non_null(evt);
    assert_string_equal(body_text(evt->body, "kind"), "pager");
    assert_string_equal(body_text(evt->body, "table.id"), "5");
    evt_unref(evt);
    hub_detach(scene->story.hub, ear);
}

static void who_was_retired_or_is_no_device_is_not_heard(void **state)
{
    struct scene *scene = *state;
    uint64_t before = count_of(COUNT_REFUSED);
    char text[512];

    know(scene, "p1", MEMBER_PRINTER, "", true);
    know(scene, "pos", MEMBER_PRODUCER, "", true);
    know(scene, "p2", MEMBER_PRINTER, "", false);
    know(scene, "till", MEMBER_PRODUCER, "", false);
    take_online(scene, "dw/1/main/dev/p1/info");
    take_online(scene, "dw/1/main/dev/till/info");
    take_order(scene, "k1");
    snprintf(text, sizeof(text), ORDER, "k2");
    take_text(scene, "dw/1/main/in/p2/order.created", text);
    assert_false(hub_is_open(scene->story.hub));
    assert_false(next_receipt(scene));
    assert_int_equal(count_of(COUNT_REFUSED), before + 4);
}

static void what_the_broker_keeps_of_the_retired_is_to_be_cleared(void **state)
{
    struct scene *scene = *state;

    know(scene, "p1", MEMBER_PRINTER, "", true);
    take(scene, "dw/1/main/dev/p1/state", "", 0, false);
    assert_false(scene->inbox.is_stale);
    take(scene, "dw/1/main/dev/p1/state", "{}", 2, true);
    assert_true(scene->inbox.is_stale);
}

static void a_last_will_takes_the_device_off_line(void **state)
{
    struct scene *scene = *state;

    take_online(scene, "dw/1/main/dev/p1/info");
    take_text(scene, "dw/1/main/dev/p1/state",
            "{\"s\":\"online\",\"boot\":3,\"ts\":0}");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_int_equal(devices_online(scene), 1);

    take_text(scene, "dw/1/main/dev/p1/state",
            "{\"s\":\"offline\",\"boot\":3,\"ts\":0}");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_int_equal(devices_online(scene), 0);
    take(scene, "dw/1/main/dev/p1/state", "", 0, true);
    assert_false(hub_is_open(scene->story.hub));
}

static void a_turn_has_notes_for_more_than_it_reads(void **state)
{
    struct scene *scene = *state;
    int receipts = 0;

    for (int i = 0; i < 256; i++)
        take_order(scene, "k1");
    assert_false(scene->inbox.must_drop);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    while (next_receipt(scene))
        receipts++;
    assert_int_equal(receipts, 256);
}

static void without_a_free_note_nothing_is_acknowledged(void **state)
{
    struct scene *scene = *state;

    for (int i = 0; i < INBOX_NOTES; i++)
        take_text(scene, "dw/1/main/in/pos/order.eaten", "{}");
    assert_false(scene->inbox.must_drop);
    take_text(scene, "dw/1/main/in/pos/order.eaten", "{}");
    assert_true(scene->inbox.must_drop);
    inbox_discard_receipts(&scene->inbox);
    assert_false(next_receipt(scene));
}

static void on_nothing(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    (void)owner;
    (void)ticket;
    (void)settlement;
}

/* The same order over and over, until the turn takes no more. */
static void fill_turn(struct scene *scene)
{
    static const struct outlet deaf = { .settled = on_nothing,
        .wake = on_wake };
    struct principal till = story_principal(ROLE_BACKEND, NULL);
    struct submission submission = {
        .from = &till, .what = EVT_ORDER_CREATED, .key = "k1", .outlet = &deaf
    };
    struct fault fault;
    enum err err = ERR_OK;

    while (err == ERR_OK) {
        submission.body = story_order("o1", "5");
        err = hub_submit(
                scene->story.hub, &submission, scene->story.now_ms, &fault);
    }
    assert_int_equal(err, ERR_BUSY);
}

static void what_a_device_says_in_a_turn_too_full_stays_with_the_broker(
        void **state)
{
    struct scene *scene = *state;

    fill_turn(scene);
    take_online(scene, "dw/1/main/dev/p1/info");
    assert_true(scene->inbox.must_drop);

    scene->inbox.must_drop = false;
    take_order(scene, "k2"); /* a producer is told, and tries again */
    assert_false(scene->inbox.must_drop);
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "\"busy\""));
}

#define CRAMMED (512u * 1024) /* the journal, but no reserve */

/* A turn finds no room: the reserve is given up. */
static void fill_disk(struct scene *scene)
{
    crammed_begin(CRAMMED);
    disk.write_error = SQLITE_FULL;
    take_order(scene, "last");
    assert_int_equal(story_commit(&scene->story), ERR_UNAVAILABLE);
    assert_true(next_receipt(scene));
    disk.write_error = 0;
    assert_true(hub_takes(scene->story.hub, EVT_DEVICE_OFFLINE));
}

#define P1_STATE "dw/1/main/dev/p1/state"
#define P1_GOES  "{\"s\":\"offline\",\"boot\":3,\"ts\":0}"

static void fill_reserve(struct scene *scene)
{
    disk.write_error = SQLITE_FULL;
    take_text(scene, P1_STATE, P1_GOES);
    assert_int_equal(story_commit(&scene->story), ERR_UNAVAILABLE);
    assert_false(hub_takes(scene->story.hub, EVT_DEVICE_OFFLINE));
}

static void what_a_full_disk_does_not_take_drops_no_link(void **state)
{
    struct scene *scene = *state;
    uint64_t before;

    take_online(scene, "dw/1/main/dev/p1/info");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    fill_disk(scene);
    fill_reserve(scene);
    scene->inbox.must_drop = false;
    before = count_of(COUNT_REFUSED);
    take_text(scene, P1_STATE, P1_GOES);
    take_online(scene, "dw/1/main/dev/p2/info"); /* without an id */
    assert_false(scene->inbox.must_drop);
    assert_false(next_receipt(scene));
    assert_int_equal(count_of(COUNT_REFUSED), before + 2);
    assert_int_equal(devices_online(scene), 1);
    assert_true(scene->inbox.has_missed_state);
}

/* The turn that finds the reserve empty is not one that the next would store
 * either; the one that finds the disk full is. */
static void what_the_reserve_is_for_comes_from_the_broker_again(void **state)
{
    struct scene *scene = *state;

    take_online(scene, "dw/1/main/dev/p1/info");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    crammed_begin(CRAMMED);
    disk.write_error = SQLITE_FULL;
    take_text(scene, P1_STATE, P1_GOES);
    assert_int_equal(story_commit(&scene->story), ERR_UNAVAILABLE);
    assert_true(scene->inbox.must_drop);
    assert_false(scene->inbox.has_missed_state);

    scene->inbox.must_drop = false;
    disk.write_error = 0;
    take_text(scene, P1_STATE, P1_GOES);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_int_equal(devices_online(scene), 0);
    take_online(scene, "dw/1/main/dev/p1/info");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    fill_reserve(scene);
    assert_false(scene->inbox.must_drop);
    assert_true(scene->inbox.has_missed_state);
}

/* --- devices that sleep, and how they are --- */

#define G1_STATE "dw/1/main/dev/g1/state"

static void take_pager(struct scene *scene, const char *id)
{
    Dw__DeviceOnline online = DW__DEVICE_ONLINE__INIT;
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    char kind[] = "pager";
    uint8_t data[256];

    online.kind = kind;
    online.boot = 3;
    online.has_sleep_s = 1;
    online.sleep_s = 30;
    envelope.has_id = 1;
    envelope.id.data = (uint8_t *)id;
    envelope.id.len = 16;
    envelope.has_event = 1;
    envelope.event = evt_kinds[EVT_DEVICE_ONLINE].wire;
    envelope.body_case = DW__ENVELOPE__BODY_DEVICE_ONLINE;
    envelope.device_online = &online;
    take(scene, "dw/1/main/dev/g1/info", data,
            dw__envelope__pack(&envelope, data), false);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
}

static void one_that_sleeps_is_told_when_to_wake(void **state)
{
    struct scene *scene = *state;

    take_pager(scene, "0123456789abcdef");
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "\"next\":30}"));
    take_online_as(scene, "dw/1/main/dev/p1/info", "0123456789abcdeg");
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_true(next_receipt(scene));
    assert_null(strstr(scene->receipt, "\"next\""));
}

static void that_it_is_back_is_answered_and_no_news(void **state)
{
    struct scene *scene = *state;
    uint64_t head;

    take_pager(scene, "0123456789abcdef");
    assert_true(next_receipt(scene));
    head = hub_head(scene->story.hub);
    take_text(scene, G1_STATE,
            "{\"s\":\"asleep\",\"boot\":3,\"ts\":0,\"wake\":30}");
    take_pager(scene, "0123456789abcdeg");
    assert_true(next_receipt(scene));
    assert_non_null(strstr(scene->receipt, "\"duplicate\":true,\"ts\":"));
    assert_non_null(strstr(scene->receipt, "\"next\":30}"));
    assert_int_equal(hub_head(scene->story.hub), head);
}

static void pass(struct scene *scene, int64_t ms)
{
    for (; ms > 0; ms -= 1000) {
        scene->story.now_ms += 1000;
        hub_tick(scene->story.hub, scene->story.now_ms);
        assert_int_equal(story_commit(&scene->story), ERR_OK);
    }
}

/* However it is written, what cannot be so included. */
static void one_that_sleeps_is_gone_when_it_has_not_woken(void **state)
{
    static const struct {
        const char *state;
        int64_t gone_ms;
    } cases[] = {
        { "{\"s\":\"asleep\",\"boot\":3,\"ts\":0,\"wake\":30}", 90000 },
        { "{\"s\":\"asleep\",\"wake\":2,\"boot\":3}", 34000 },
        { "{\"s\":\"asleep\",\"boot\":3}", 30000 },
        { "{\"s\":\"asleep\",\"boot\":3,\"wake\":-1}", 30000 },
        { "{\"s\":\"asleep\",\"boot\":3,\"wake\":99999999}", 7230000 },
    };
    struct scene *scene = *state;
    char id[] = "0123456789abcdea";

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        id[15]++;
        take_pager(scene, id);
        next_receipt(scene);
        take_text(scene, G1_STATE, cases[i].state);
        pass(scene, cases[i].gone_ms - 1000);
        if (devices_online(scene) != 1)
            fail_msg("too early: %s", cases[i].state);
        pass(scene, 2000);
        if (devices_online(scene) != 0)
            fail_msg("too late: %s", cases[i].state);
        scene->story.settled_count = 0;
    }
}

static void what_is_no_state_of_one_that_sleeps_changes_nothing(void **state)
{
    struct scene *scene = *state;

    take_pager(scene, "0123456789abcdef");
    take_text(scene, G1_STATE, "\"asleep\"");
    take_text(scene, G1_STATE, "{\"s\":\"asleep\"}");
    take_text(scene, G1_STATE, "{\"s\":\"asleep\",\"boot\":2,\"wake\":1}");
    pass(scene, 60000);
    assert_int_equal(devices_online(scene), 1);
}

static void how_a_device_is_it_says_on_a_topic_of_its_own(void **state)
{
    static const char *const leaves[] = { "tele", "evt", "ack", "info" };
    struct scene *scene = *state;
    Dw__DeviceTelemetry telemetry = DW__DEVICE_TELEMETRY__INIT;
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    char topic[64];
    uint8_t data[256];
    uint64_t head;

    take_pager(scene, "0123456789abcdef");
    telemetry.has_battery_percent = 1;
    telemetry.battery_percent = 74;
    envelope.has_event = 1;
    envelope.event = evt_kinds[EVT_DEVICE_TELEMETRY].wire;
    envelope.body_case = DW__ENVELOPE__BODY_DEVICE_TELEMETRY;
    envelope.device_telemetry = &telemetry;
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        head = hub_head(scene->story.hub);
        scene->story.now_ms += 20000;
        snprintf(topic, sizeof(topic), "dw/1/main/dev/g1/%s", leaves[i]);
        take(scene, topic, data, dw__envelope__pack(&envelope, data), false);
        assert_int_equal(story_commit(&scene->story), ERR_OK);
        assert_int_equal(hub_head(scene->story.hub) - head, i == 0);
    }
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define ON_DISK(test)  cmocka_unit_test_setup_teardown(test, begin_on_disk, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(a_receipt_comes_after_the_commit_and_not_before),
        IN_SCENE(the_same_id_again_is_the_same_answer_again),
        IN_SCENE(what_a_producer_does_wrong_it_is_told_with_its_id),
        IN_SCENE(a_producer_is_heard_in_its_own_words),
        IN_SCENE(its_message_may_have_an_id_too),
        IN_SCENE(names_that_are_not_in_its_dialect_are_refused),
        IN_SCENE(what_is_wrong_is_told_in_its_own_words),
        IN_SCENE(a_dialect_belongs_to_a_producer_of_one_restaurant),
        IN_SCENE(a_message_beyond_its_senders_limit_is_refused),
        IN_SCENE(old_news_is_not_heard_again),
        IN_SCENE(a_topic_of_nobody_is_counted_and_no_more),
        IN_SCENE(a_device_is_who_its_topic_says),
        IN_SCENE(a_device_is_what_its_credential_was_made_for),
        IN_SCENE(who_was_retired_or_is_no_device_is_not_heard),
        IN_SCENE(what_the_broker_keeps_of_the_retired_is_to_be_cleared),
        IN_SCENE(
                what_a_device_says_with_an_id_has_a_receipt_that_tells_the_time),
        IN_SCENE(a_device_that_is_refused_hears_of_what_and_whether_for_good),
        IN_SCENE(each_kind_of_message_has_its_own_topic),
        IN_SCENE(that_a_page_has_come_is_said_where_answers_are),
        IN_SCENE(a_press_is_a_command_and_what_a_producer_says_is_not),
        IN_SCENE(a_last_will_takes_the_device_off_line),
        IN_SCENE(one_that_sleeps_is_told_when_to_wake),
        IN_SCENE(that_it_is_back_is_answered_and_no_news),
        IN_SCENE(one_that_sleeps_is_gone_when_it_has_not_woken),
        IN_SCENE(what_is_no_state_of_one_that_sleeps_changes_nothing),
        IN_SCENE(how_a_device_is_it_says_on_a_topic_of_its_own),
        IN_SCENE(a_turn_has_notes_for_more_than_it_reads),
        IN_SCENE(without_a_free_note_nothing_is_acknowledged),
        IN_SCENE(what_a_device_says_in_a_turn_too_full_stays_with_the_broker),
        ON_DISK(what_a_full_disk_does_not_take_drops_no_link),
        ON_DISK(what_the_reserve_is_for_comes_from_the_broker_again),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
