#include "hub/evt/evt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "tests/support/filled.h"

static void every_event_can_be_made_and_holds_its_body_packed(void **unused)
{
    (void)unused;
    for (int what = 0; what < EVT_COUNT; what++) {
        struct evt *evt = filled_evt((enum evt_id)what);
        ProtobufCMessage *again =
                body_unpack(evt_kinds[what].body, evt->packed, evt->packed_len);

        assert_int_equal(evt->what, what);
        assert_int_equal(evt->refs, 1);
        assert_int_equal(evt->seq, 0);
        assert_non_null(again);
        assert_int_equal(
                protobuf_c_message_get_packed_size(again), evt->packed_len);
        body_free(again);
        evt_unref(evt);
    }
}

/* An order.updated of about `len` bytes: one long list of words. */
static ProtobufCMessage *body_of_size(size_t len)
{
    Dw__OrderUpdated *body =
            (void *)filled_body(&dw__order_updated__descriptor);
    size_t now = protobuf_c_message_get_packed_size(&body->base);
    /* Up to 3 bytes say how long the text is, where it was 1. */
    char *text = malloc(len - now + 4);

    assert_non_null(text);
    assert_true(len - now > 20000);
    memset(text, 'x', len - now + 1);
    text[len - now + 1] = '\0';
    free(body->changed[0]);
    body->changed[0] = text;
    assert_int_equal(protobuf_c_message_get_packed_size(&body->base), len);
    return &body->base;
}

static void the_largest_body_is_taken_and_one_byte_more_is_not(void **unused)
{
    struct evt *evt = NULL;

    (void)unused;
    assert_int_equal(
            evt_create(EVT_ORDER_UPDATED, body_of_size(EVT_BODY_BYTES), &evt),
            ERR_OK);
    assert_int_equal(evt->packed_len, EVT_BODY_BYTES);
    evt_unref(evt);

    evt = NULL;
    assert_int_equal(evt_create(EVT_ORDER_UPDATED,
                             body_of_size(EVT_BODY_BYTES + 1), &evt),
            ERR_TOO_LARGE);
    assert_null(evt);
}

static void it_lives_until_the_last_reference_goes(void **unused)
{
    struct evt *evt = filled_evt(EVT_KITCHEN_READY);

    (void)unused;
    assert_ptr_equal(evt_ref(evt), evt);
    evt_ref(evt);
    evt_unref(evt);
    evt_unref(evt);
    assert_int_equal(evt->refs, 1);
    assert_string_equal(body_text(evt->body, "order_id"), FILLED_TEXT);
    evt_unref(evt);
    evt_unref(NULL);
}

static void a_form_is_made_once_for_each_format_view_and_room(void **unused)
{
    struct evt *evt = filled_evt(EVT_KITCHEN_READY);
    const struct evt_form *form;

    (void)unused;
    assert_null(evt_form_find(evt, evt_form_key(1, VIEW_FULL, 0)));
    form = evt_form_keep(evt, evt_form_key(1, VIEW_FULL, 0), "full", 4);
    assert_non_null(form);
    evt_form_keep(evt, evt_form_key(1, VIEW_CUSTOMER, 0), "guest", 5);
    evt_form_keep(evt, evt_form_key(1, VIEW_FULL, 1), "", 0);

    assert_ptr_equal(evt_form_find(evt, evt_form_key(1, VIEW_FULL, 0)), form);
    assert_int_equal(form->len, 4);
    assert_memory_equal(form->data, "full", 4);
    assert_int_equal(
            evt_form_find(evt, evt_form_key(1, VIEW_CUSTOMER, 0))->len, 5);
    assert_int_equal(evt_form_find(evt, evt_form_key(1, VIEW_FULL, 1))->len, 0);
    assert_null(evt_form_find(evt, evt_form_key(0, VIEW_FULL, 0)));
    evt_unref(evt);
}

static void no_two_forms_share_a_key(void **unused)
{
    uint32_t last = 0;

    (void)unused;
    for (uint32_t format = 0; format < 256; format += 51)
        for (int view = 0; view < VIEW_COUNT; view++)
            for (uint32_t room = 0; room < EVT_ROOMS; room++) {
                uint32_t key = evt_form_key(format, (enum view)view, room);

                assert_true(key > last || (format | room) == 0);
                last = key;
            }
}

static void it_knows_which_of_its_rooms_a_room_is(void **unused)
{
    struct evt *evt = filled_evt(EVT_KITCHEN_READY);
    struct room room;

    (void)unused;
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &evt->rooms[0]));
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &evt->rooms[1]));
    assert_true(room_make(ROOM_INDEX_ADMIN, "", &evt->rooms[2]));
    evt->room_count = 2;
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &room));
    assert_int_equal(evt_room_index(evt, &room), 1);
    assert_true(room_make(ROOM_INDEX_TABLE, "55", &room));
    assert_int_equal(evt_room_index(evt, &room), -1);
    assert_true(room_make(ROOM_INDEX_ORDER, "5", &room));
    assert_int_equal(evt_room_index(evt, &room), -1);
    assert_int_equal(evt_room_index(evt, &evt->rooms[2]), -1);
    evt_unref(evt);
}

static void a_queued_event_counts_for_more_than_its_packed_bytes(void **unused)
{
    struct evt *small = filled_evt(EVT_KITCHEN_STATS);
    struct evt *large = filled_evt(EVT_ORDER_CREATED);

    (void)unused;
    assert_true(evt_bytes(small) > small->packed_len);
    assert_true(evt_bytes(large) - evt_bytes(small) >=
                large->packed_len - small->packed_len);
    evt_unref(small);
    evt_unref(large);
}

static void an_epoch_is_written_in_base_36(void **unused)
{
    char text[EPOCH_CHARS + 1];

    (void)unused;
    epoch_print(0, text);
    assert_string_equal(text, "0");
    epoch_print(35, text);
    assert_string_equal(text, "z");
    epoch_print(36, text);
    assert_string_equal(text, "10");
    epoch_print(UINT32_MAX, text);
    assert_string_equal(text, "1z141z3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_can_be_made_and_holds_its_body_packed),
        cmocka_unit_test(the_largest_body_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(it_lives_until_the_last_reference_goes),
        cmocka_unit_test(a_form_is_made_once_for_each_format_view_and_room),
        cmocka_unit_test(no_two_forms_share_a_key),
        cmocka_unit_test(it_knows_which_of_its_rooms_a_room_is),
        cmocka_unit_test(a_queued_event_counts_for_more_than_its_packed_bytes),
        cmocka_unit_test(an_epoch_is_written_in_base_36),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
