/*
 * The dialects on Socket.IO, as far as they need no socket: where which is
 * spoken, how one is found out, and the bytes of what is told.
 */
#include "bridge/ws/sio_dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/ws/sio_dialects_parts.h"
#include "hub/evt/body.h"
#include "tests/support/made.h"

#define SPEAKS(id) (1u << DIALECT_##id)
#define SHARED     (SPEAKS(KEBAB) | SPEAKS(KDS))

/* --- where what is spoken --- */

static void each_path_and_namespace_speaks_its_own(void **unused)
{
    (void)unused;
    assert_int_equal(sio_spoken(false, "/"), SHARED);
    assert_int_equal(sio_spoken(false, "/events"), SPEAKS(FLAT));
    assert_int_equal(sio_spoken(true, "/"), SPEAKS(SESSION));
}

static void other_namespaces_are_there_for_nobody(void **unused)
{
    (void)unused;
    assert_int_equal(sio_spoken(false, "/admin"), 0);
    assert_int_equal(sio_spoken(false, "/events/"), 0);
    assert_int_equal(sio_spoken(false, ""), 0);
    assert_int_equal(sio_spoken(true, "/events"), 0);
}

static void a_dialect_is_told_in_its_namespace(void **unused)
{
    (void)unused;
    assert_string_equal(sio_nsp_of(DIALECT_KEBAB), "/");
    assert_string_equal(sio_nsp_of(DIALECT_KDS), "/");
    assert_string_equal(sio_nsp_of(DIALECT_SESSION), "/");
    assert_string_equal(sio_nsp_of(DIALECT_FLAT), "/events");
}

static void where_one_dialect_is_spoken_nobody_need_say_it(void **unused)
{
    enum dialect_id dialect;

    (void)unused;
    assert_true(sio_choose(SPEAKS(FLAT), "", &dialect));
    assert_int_equal(dialect, DIALECT_FLAT);
    assert_true(sio_choose(SPEAKS(SESSION), "session", &dialect));
    assert_int_equal(dialect, DIALECT_SESSION);
}

static void where_two_are_spoken_it_is_open_until_somebody_says(void **unused)
{
    enum dialect_id dialect;

    (void)unused;
    assert_true(sio_choose(SHARED, "", &dialect));
    assert_int_equal(dialect, DIALECT_COUNT);
    assert_true(sio_choose(SHARED, "kds", &dialect));
    assert_int_equal(dialect, DIALECT_KDS);
    assert_true(sio_choose(SHARED, "kebab", &dialect));
    assert_int_equal(dialect, DIALECT_KEBAB);
}

static void a_dialect_that_is_not_spoken_there_cannot_be_had(void **unused)
{
    enum dialect_id dialect;

    (void)unused;
    assert_false(sio_choose(SHARED, "flat", &dialect));
    assert_false(sio_choose(SHARED, "latin", &dialect));
    assert_false(sio_choose(SPEAKS(FLAT), "kds", &dialect));
    assert_false(sio_choose(SHARED, "native", &dialect));
}

/* --- who says what --- */

static void the_first_word_shows_the_dialect(void **unused)
{
    static const struct {
        const char *word;
        enum dialect_id dialect;
    } words[] = {
        { "join-room", DIALECT_KEBAB },
        { "leave-room", DIALECT_KEBAB },
        { "heartbeat", DIALECT_KEBAB },
        { "page:navigate", DIALECT_KEBAB },
        { "user:update", DIALECT_KEBAB },
        { "join:kitchen", DIALECT_KDS },
        { "join:waiters", DIALECT_KDS },
        { "join:table", DIALECT_KDS },
        { "join:order", DIALECT_KDS },
        { "leave:waiters", DIALECT_KDS },
        { "kitchen:order_ready", DIALECT_KDS },
        { "join:restaurant", DIALECT_COUNT },
        { "join:session", DIALECT_COUNT },
        { "hello", DIALECT_COUNT },
        { "", DIALECT_COUNT },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_int_equal(sio_detect(SHARED, words[i].word), words[i].dialect);
}

/* Else the first one in the table would be taken for the other. */
static void no_word_is_of_two_dialects_that_share_a_namespace(void **unused)
{
    (void)unused;
    for (int i = 0; i < DIALECT_COUNT; i++) {
        uint32_t others = SHARED & ~(1u << i);

        if (others == SHARED)
            continue;
        for (const struct verb_row *row = dialects[i].verbs; row->name; row++)
            assert_int_equal(sio_detect(others, row->name), DIALECT_COUNT);
        for (const struct hear_row *row = dialects[i].hears; row->name; row++)
            assert_int_equal(sio_detect(others, row->name), DIALECT_COUNT);
    }
}

static void only_what_asks_for_a_room_is_a_verb(void **unused)
{
    (void)unused;
    assert_true(sio_is_verb(SHARED, "join-room"));
    assert_true(sio_is_verb(SHARED, "leave:table"));
    assert_true(sio_is_verb(SPEAKS(SESSION), "join:session"));
    assert_false(sio_is_verb(SHARED, "join:session"));
    assert_false(sio_is_verb(SHARED, "heartbeat"));
    assert_false(sio_is_verb(SPEAKS(FLAT), "join-room"));
}

/* --- what is told --- */

static struct evt *make_evt(enum evt_id what, ProtobufCMessage *body)
{
    struct evt *evt;

    assert_int_equal(evt_create(what, body, &evt), ERR_OK);
    assert_true(ulid_parse("01JB0000000000000000000000", 26, &evt->id));
    evt->seq = 4711;
    evt->epoch = 35; /* "z" */
    return evt;
}

static struct evt *ready(void)
{
    return make_evt(EVT_KITCHEN_READY,
            made_body(EVT_KITCHEN_READY, "order_id", "17", "kitchen_order_id",
                    "3", "table.id", "5", NULL));
}

static const struct say_row *row_of(
        enum dialect_id dialect, enum evt_id what, uint32_t rooms)
{
    const struct say_row *rows[SAY_ROWS];

    assert_int_equal(dialect_rows(dialect, what, rooms, 0, rows), 1);
    return rows[0];
}

#define MARK                                                                   \
    "\"_dw\":{\"id\":\"01JB0000000000000000000000\",\"seq\":4711,"             \
    "\"epoch\":\"z\",\"replay\":false}"

static const struct sio_dialects plain = { .recovery_ms = 0 };
static const struct sio_dialects strict = { .strict_payload = true };
static const struct sio_dialects recovering = { .recovery_ms = 1000 };

static void expect_said(const struct evt_form *frame, const char *text)
{
    const uint8_t *packet;
    char said[512];
    size_t len;

    assert_non_null(frame);
    packet = sio_packet_in(frame, &len);
    assert_true(len < sizeof(said));
    memcpy(said, packet, len);
    said[len] = '\0';
    assert_string_equal(said, text);
}

static void expect_packet(struct evt *evt, const struct say_row *row,
        enum view view, const struct sio_dialects *house, const char *text)
{
    expect_said(sio_frame(evt, row, view, house), text);
}

static void an_event_is_one_packet_with_its_mark(void **unused)
{
    struct evt *evt = ready();

    (void)unused;
    expect_packet(evt, row_of(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_WAITERS),
            VIEW_FULL, &plain,
            "42[\"kitchen:order_ready\",{\"kitchenOrderId\":3,\"orderId\":17,"
            "\"tableId\":5," MARK "}]");
    evt_unref(evt);
}

static void a_strict_payload_is_the_contract_s_and_nothing_else(void **unused)
{
    struct evt *evt = ready();

    (void)unused;
    expect_packet(evt, row_of(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_WAITERS),
            VIEW_FULL, &strict,
            "42[\"kitchen:order_ready\",{\"kitchenOrderId\":3,\"orderId\":17,"
            "\"tableId\":5}]");
    evt_unref(evt);
}

static void flat_is_told_in_its_namespace(void **unused)
{
    struct evt *evt = make_evt(
            EVT_TABLE_ACTIVATED, made_body(EVT_TABLE_ACTIVATED, "table.id", "5",
                                         "table.number", "5", NULL));

    (void)unused;
    expect_packet(evt, row_of(DIALECT_FLAT, EVT_TABLE_ACTIVATED, ROOM_ALL),
            VIEW_FULL, &plain,
            "42/events,[\"table:activated\",{\"tableNumber\":5," MARK "}]");
    evt_unref(evt);
}

static void an_empty_payload_has_the_mark_alone(void **unused)
{
    struct evt *evt = make_evt(
            EVT_MESSAGE_ALL_DELETED, made_body(EVT_MESSAGE_ALL_DELETED, NULL));

    (void)unused;
    expect_packet(evt, row_of(DIALECT_FLAT, EVT_MESSAGE_ALL_DELETED, ROOM_ALL),
            VIEW_FULL, &plain, "42/events,[\"allMessagesDeleted\",{" MARK "}]");
    evt_unref(evt);
}

static void a_list_has_no_place_for_a_mark(void **unused)
{
    struct evt *evt = make_evt(EVT_USERS_LIVE, made_body(EVT_USERS_LIVE, NULL));

    (void)unused;
    expect_packet(evt, row_of(DIALECT_KEBAB, EVT_USERS_LIVE, ROOM_ADMIN),
            VIEW_FULL, &plain, "42[\"live-users-update\",[]]");
    evt_unref(evt);
}

static void an_event_from_the_journal_says_so(void **unused)
{
    struct evt *evt = make_evt(
            EVT_MENU_DELETED, made_body(EVT_MENU_DELETED, "id", "m1", NULL));

    (void)unused;
    evt->replay = true;
    expect_packet(evt, row_of(DIALECT_FLAT, EVT_MENU_DELETED, ROOM_ALL),
            VIEW_FULL, &plain,
            "42/events,[\"menu.deleted\",{\"id\":\"m1\",\"_dw\":{\"id\":"
            "\"01JB0000000000000000000000\",\"seq\":4711,\"epoch\":\"z\","
            "\"replay\":true}}]");
    evt_unref(evt);
}

static void the_bytes_are_made_once_for_all_who_see_them_so(void **unused)
{
    struct evt *evt = ready();
    const struct say_row *row =
            row_of(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_WAITERS);
    const struct evt_form *first = sio_frame(evt, row, VIEW_FULL, &plain);

    (void)unused;
    assert_non_null(first);
    assert_ptr_equal(sio_frame(evt, row, VIEW_FULL, &plain), first);
    assert_ptr_not_equal(sio_frame(evt, row, VIEW_CUSTOMER, &plain), first);
    evt_unref(evt);
}

/* Two spellings of one fact are two packets, which carry the same id. */
static void a_second_spelling_has_bytes_of_its_own(void **unused)
{
    struct evt *evt = ready();
    const struct say_row *rows[SAY_ROWS];
    const struct evt_form *first, *second;

    (void)unused;
    assert_int_equal(
            dialect_rows(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_TABLE, 0, rows),
            2);
    first = sio_frame(evt, rows[0], VIEW_FULL, &plain);
    second = sio_frame(evt, rows[1], VIEW_FULL, &plain);
    assert_ptr_not_equal(first, second);
    expect_packet(evt, rows[0], VIEW_FULL, &plain,
            "42[\"kitchen:order_ready\",{\"kitchenOrderId\":3,\"orderId\":17,"
            "\"tableId\":5," MARK "}]");
    expect_packet(evt, rows[1], VIEW_FULL, &plain,
            "42[\"kitchen:ready\",{\"kitchenOrderId\":3,\"orderId\":17,"
            "\"tableId\":5," MARK "}]");
    evt_unref(evt);
}

static void where_it_stands_is_the_last_element(void **unused)
{
    struct evt *live =
            make_evt(EVT_USERS_LIVE, made_body(EVT_USERS_LIVE, NULL));

    (void)unused;
    expect_packet(live, row_of(DIALECT_KEBAB, EVT_USERS_LIVE, ROOM_ADMIN),
            VIEW_FULL, &recovering, "42[\"live-users-update\",[],\"z.4711\"]");
    evt_unref(live);
}

/* Else who has heard the first alone would never hear the second. */
static void only_the_last_way_to_say_it_is_all_of_it(void **unused)
{
    struct evt *evt = ready();
    const struct say_row *rows[SAY_ROWS];

    (void)unused;
    assert_int_equal(
            dialect_rows(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_TABLE, 0, rows),
            2);
    assert_int_equal(sio_part(rows[0]), 1);
    assert_int_equal(sio_part(rows[1]), 0);
    expect_packet(evt, rows[0], VIEW_FULL, &recovering,
            "42[\"kitchen:order_ready\",{\"kitchenOrderId\":3,\"orderId\":17,"
            "\"tableId\":5," MARK "},\"z.4711.1\"]");
    evt_unref(evt);
    evt = ready();
    expect_packet(evt, rows[1], VIEW_FULL, &recovering,
            "42[\"kitchen:ready\",{\"kitchenOrderId\":3,\"orderId\":17,"
            "\"tableId\":5," MARK "},\"z.4711\"]");
    evt_unref(evt);
}

/* A question is the same for all who are asked; where it stands follows, as
 * its last argument is the callback. */
static void a_question_has_the_event_s_number_and_its_offset_behind_it(
        void **unused)
{
    struct evt *evt = ready();
    const struct say_row *rows[SAY_ROWS];

    (void)unused;
    assert_int_equal(
            dialect_rows(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_TABLE, 0, rows),
            2);
    expect_said(sio_frame_asked(evt, rows[0], VIEW_FULL, &recovering),
            "424711[\"kitchen:order_ready\",{\"kitchenOrderId\":3,"
            "\"orderId\":17,\"tableId\":5," MARK "}]");
    expect_said(sio_frame_offset(evt, rows[0]), "42[\"_dw\",\"z.4711.1\"]");
    expect_said(sio_frame_offset(evt, rows[1]), "42[\"_dw\",\"z.4711\"]");
    assert_ptr_equal(sio_frame_asked(evt, rows[0], VIEW_FULL, &recovering),
            sio_frame_asked(evt, rows[0], VIEW_FULL, &recovering));
    assert_ptr_not_equal(sio_frame_asked(evt, rows[0], VIEW_FULL, &recovering),
            sio_frame(evt, rows[0], VIEW_FULL, &recovering));
    evt_unref(evt);
}

static void a_question_in_flat_is_one_in_its_namespace(void **unused)
{
    struct evt *evt = make_evt(
            EVT_MENU_DELETED, made_body(EVT_MENU_DELETED, "id", "m1", NULL));
    const struct say_row *row =
            row_of(DIALECT_FLAT, EVT_MENU_DELETED, ROOM_ALL);

    (void)unused;
    expect_said(sio_frame_asked(evt, row, VIEW_FULL, &strict),
            "42/events,4711[\"menu.deleted\",{\"id\":\"m1\"}]");
    expect_said(sio_frame_offset(evt, row), "42/events,[\"_dw\",\"z.4711\"]");
    evt_unref(evt);
}

static void the_frame_is_a_whole_one_of_text(void **unused)
{
    struct evt *evt = ready();
    const struct evt_form *frame =
            sio_frame(evt, row_of(DIALECT_KDS, EVT_KITCHEN_READY, ROOM_WAITERS),
                    VIEW_FULL, &plain);
    size_t len;

    (void)unused;
    sio_packet_in(frame, &len);
    assert_int_equal(frame->data[0], 0x81);
    assert_int_equal(frame->data[1], 126);
    assert_int_equal(frame->data[2] << 8 | frame->data[3], len);
    assert_int_equal(frame->len, len + 4);
    evt_unref(evt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_and_namespace_speaks_its_own),
        cmocka_unit_test(other_namespaces_are_there_for_nobody),
        cmocka_unit_test(a_dialect_is_told_in_its_namespace),
        cmocka_unit_test(where_one_dialect_is_spoken_nobody_need_say_it),
        cmocka_unit_test(where_two_are_spoken_it_is_open_until_somebody_says),
        cmocka_unit_test(a_dialect_that_is_not_spoken_there_cannot_be_had),
        cmocka_unit_test(the_first_word_shows_the_dialect),
        cmocka_unit_test(no_word_is_of_two_dialects_that_share_a_namespace),
        cmocka_unit_test(only_what_asks_for_a_room_is_a_verb),
        cmocka_unit_test(an_event_is_one_packet_with_its_mark),
        cmocka_unit_test(a_strict_payload_is_the_contract_s_and_nothing_else),
        cmocka_unit_test(flat_is_told_in_its_namespace),
        cmocka_unit_test(an_empty_payload_has_the_mark_alone),
        cmocka_unit_test(a_list_has_no_place_for_a_mark),
        cmocka_unit_test(an_event_from_the_journal_says_so),
        cmocka_unit_test(the_bytes_are_made_once_for_all_who_see_them_so),
        cmocka_unit_test(a_second_spelling_has_bytes_of_its_own),
        cmocka_unit_test(where_it_stands_is_the_last_element),
        cmocka_unit_test(only_the_last_way_to_say_it_is_all_of_it),
        cmocka_unit_test(
                a_question_has_the_event_s_number_and_its_offset_behind_it),
        cmocka_unit_test(a_question_in_flat_is_one_in_its_namespace),
        cmocka_unit_test(the_frame_is_a_whole_one_of_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
