#include "bridge/hook/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/command.h"
#include "hub/evt/body.h"
#include "tests/support/story.h"

#define NOW_MS STORY_START_MS

static struct batch batch;

static int begin(void **state)
{
    (void)state;
    batch = (struct batch){ .count = 0 };
    return 0;
}

static int end(void **state)
{
    (void)state;
    batch_clear(&batch);
    return 0;
}

static struct evt *finish(struct evt *evt, uint64_t seq)
{
    evt->seq = seq;
    evt->epoch = 36;
    evt->ts_ms = NOW_MS;
    evt->exp_ms = NOW_MS + 1000;
    evt->id = ulid_make((int64_t)seq, 0, seq);
    evt->rooms[0] = (struct room){ .kind = ROOM_INDEX_ADMIN };
    evt->room_count = 1;
    return evt;
}

static struct evt *command(uint64_t seq)
{
    struct principal cook = story_principal(ROLE_KITCHEN | ROLE_WAITER, "");
    ProtobufCMessage *stated = story_about(EVT_KITCHEN_READY, "41");
    ProtobufCMessage *body;
    struct evt *evt;

    assert_int_equal(
            dialect_make_command(&cook, EVT_KITCHEN_READY, stated, &body),
            ERR_OK);
    body_free(stated);
    assert_int_equal(evt_create(EVT_COMMAND_REQUESTED, body, &evt), ERR_OK);
    return finish(evt, seq);
}

static struct evt *fact(uint64_t seq)
{
    struct evt *evt;

    assert_int_equal(evt_create(EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "41"), &evt),
            ERR_OK);
    return finish(evt, seq);
}

static void expect_body(const char *text)
{
    struct buf out;

    buf_init(&out, BATCH_BODY_MAX);
    batch_put(&batch, "main", &out);
    assert_false(out.failed);
    buf_putc(&out, '\0');
    assert_string_equal(out.data, text);
    buf_finish(&out);
}

#define COMMAND(id, seq)                                                       \
    "{\"v\":1,\"command\":true,\"id\":\"" id                                   \
    "\",\"epoch\":\"10\",\"seq\":" seq                                         \
    ",\"event\":\"kitchen.ready\",\"ts\":\"2026-01-01T00:00:00.000Z\","        \
    "\"exp\":1767225601000,\"by\":\"tester\","                                 \
    "\"roles\":[\"kitchen\",\"waiter\"],\"payload\":{\"orderId\":\"41\"}}"
#define ID1 "00000000010000000000000001"
#define ID2 "00000000020000000000000002"

static void a_command_is_said_as_what_was_stated(void **state)
{
    (void)state;
    assert_int_equal(batch_add(&batch, command(1)), ERR_OK);
    expect_body("{\"site\":\"main\",\"events\":[" COMMAND(ID1, "1") "]}");
}

static void a_fact_is_said_as_its_envelope(void **state)
{
    (void)state;
    assert_int_equal(batch_add(&batch, command(1)), ERR_OK);
    assert_int_equal(batch_add(&batch, fact(2)), ERR_OK);
    expect_body("{\"site\":\"main\",\"events\":[" COMMAND(ID1,
            "1") ","
                 "{\"v\":1,\"id\":\"" ID2 "\",\"epoch\":\"10\",\"seq\":2,"
                 "\"room\":\"admin\",\"event\":\"kitchen.ready\","
                 "\"ts\":\"2026-01-01T00:00:00.000Z\",\"src\":\"\","
                 "\"replay\":false,\"prio\":\"normal\",\"exp\":1767225601000,"
                 "\"payload\":{\"orderId\":\"41\"}}]}");
}

static void another_event_makes_another_id(void **state)
{
    char id[BATCH_ID_CHARS + 1];

    (void)state;
    batch_add(&batch, command(1));
    batch_print_id(&batch, id);
    assert_string_equal(id, ID1);
    batch_add(&batch, command(2));
    batch_print_id(&batch, id);
    assert_string_equal(id, ID1 "-" ID2);
    assert_null(strchr(id, '.')); /* it would end the signed id early */
}

static void it_is_full_in_number_and_in_bytes(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= BATCH_EVENTS; i++) {
        assert_false(batch_is_full(&batch));
        batch_add(&batch, fact(i));
    }
    assert_true(batch_is_full(&batch));
    batch_clear(&batch);
    assert_false(batch_is_full(&batch));
    batch_add(&batch, fact(1));
    batch.bytes = BATCH_BYTES;
    assert_true(batch_is_full(&batch));
}

static void commands_that_are_late_are_let_go_and_facts_are_not(void **state)
{
    (void)state;
    batch_add(&batch, command(1));
    batch_add(&batch, fact(2));
    batch_add(&batch, command(3));
    batch.events[2]->exp_ms = NOW_MS + 5000;
    assert_int_equal(batch_drop_late(&batch, NOW_MS + 1000), 0);
    assert_int_equal(batch_drop_late(&batch, NOW_MS + 1001), 1);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.events[0]->seq, 2);
    assert_int_equal(batch.events[1]->seq, 3);
    assert_int_equal(batch_drop_late(&batch, NOW_MS + 9000), 1);
    assert_int_equal(batch_drop_late(&batch, NOW_MS + 9000), 0);
    assert_int_equal(batch.count, 1);
}

static void a_batch_of_late_ones_is_as_good_as_new(void **state)
{
    (void)state;
    batch_add(&batch, command(1));
    batch.bytes = BATCH_BYTES;
    assert_int_equal(batch_drop_late(&batch, NOW_MS + 1001), 1);
    assert_int_equal(batch.count, 0);
    assert_false(batch_is_full(&batch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                a_command_is_said_as_what_was_stated, begin, end),
        cmocka_unit_test_setup_teardown(
                a_fact_is_said_as_its_envelope, begin, end),
        cmocka_unit_test_setup_teardown(
                another_event_makes_another_id, begin, end),
        cmocka_unit_test_setup_teardown(
                it_is_full_in_number_and_in_bytes, begin, end),
        cmocka_unit_test_setup_teardown(
                commands_that_are_late_are_let_go_and_facts_are_not, begin,
                end),
        cmocka_unit_test_setup_teardown(
                a_batch_of_late_ones_is_as_good_as_new, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
