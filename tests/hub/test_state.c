#include "hub/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/picture.pb-c.h"
#include "tests/support/story.h"

static struct story story;

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("42", "6"),
            NULL);
    story_commit(&story);
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    story_end(&story);
    return 0;
}

static void say(enum evt_id what, const char *order)
{
    assert_int_equal(story_say(&story, ROLE_BACKEND, what,
                             story_about(what, order), NULL),
            ERR_OK);
}

static Dw__Picture *look(const char *name, uint32_t mask)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_picture(story.hub, mask, &room, 1);
}

static void each_room_sees_its_part(void **state)
{
    static const struct {
        const char *room;
        size_t orders, jobs;
        bool stats;
    } cases[] = {
        { "kitchen", 2, 2, true },
        { "waiters", 2, 0, false },
        { "table/5", 1, 0, false },
        { "table/9", 0, 0, false },
        { "order/42", 1, 0, false },
        { "order/99", 0, 0, false },
        { "admin", 0, 0, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Dw__Picture *picture = look(cases[i].room, ROLE_HUB);

        assert_int_equal(picture->n_orders, cases[i].orders);
        assert_int_equal(picture->n_jobs, cases[i].jobs);
        assert_int_equal(picture->stats != NULL, cases[i].stats);
        hub_picture_free(picture);
    }
}

static void an_order_seen_through_two_rooms_is_there_once(void **state)
{
    struct room rooms[2];
    Dw__Picture *picture;

    (void)state;
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &rooms[0]));
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &rooms[1]));
    picture = hub_picture(story.hub, ROLE_HUB, rooms, 2);
    assert_int_equal(picture->n_orders, 2);
    hub_picture_free(picture);
}

/* page.sent is for waiters and pagers. */
static void guests_see_no_pages_in_their_picture(void **state)
{
    Dw__Picture *staff, *guests;

    (void)state;
    say(EVT_KITCHEN_READY, "41");
    staff = look("table/5", ROLE_HUB);
    guests = look("table/5", ROLE_TABLE);
    assert_int_equal(staff->n_pages, 1);
    assert_int_equal(guests->n_pages, 0);
    assert_int_equal(guests->n_orders, 1);
    hub_picture_free(staff);
    hub_picture_free(guests);
}

static void the_kitchen_sees_no_prices(void **state)
{
    Dw__Picture *staff = look("kitchen", ROLE_KITCHEN);
    Dw__Picture *full = look("kitchen", ROLE_HUB);

    (void)state;
    assert_true(full->orders[0]->items[0]->has_unit_price_cents);
    assert_false(staff->orders[0]->items[0]->has_unit_price_cents);
    assert_string_equal(staff->orders[0]->items[0]->name, "Soup");
    hub_picture_free(staff);
    hub_picture_free(full);
}

static void the_figures_follow_the_orders(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_KITCHEN_ACKNOWLEDGED, "41");
    say(EVT_KITCHEN_READY, "42");
    picture = look("kitchen", ROLE_HUB);
    assert_int_equal(picture->stats->pending, 1);
    assert_int_equal(picture->stats->ready, 1);
    assert_int_equal(picture->stats->total, 2);
    hub_picture_free(picture);

    say(EVT_ORDER_COMPLETED, "41");
    say(EVT_ORDER_SERVED, "42");
    picture = look("kitchen", ROLE_HUB);
    assert_int_equal(picture->stats->total, 0);
    assert_int_equal(picture->n_orders, 1); /* served, not yet completed */
    hub_picture_free(picture);
}

static void a_closed_order_is_still_known_in_its_room(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_ORDER_COMPLETED, "41");
    picture = look("order/41", ROLE_HUB);
    assert_int_equal(picture->n_orders, 1);
    assert_int_equal(picture->orders[0]->status,
            DW__ORDER_STATUS__ORDER_STATUS_COMPLETED);
    hub_picture_free(picture);
    picture = look("table/5", ROLE_HUB);
    assert_int_equal(picture->n_orders, 0);
    hub_picture_free(picture);
}

static void an_order_takes_its_waiting_tickets_and_pages_with_it(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_KITCHEN_READY, "41");
    picture = look("waiters", ROLE_HUB);
    assert_int_equal(picture->n_pages, 1);
    hub_picture_free(picture);
    say(EVT_ORDER_COMPLETED, "41");
    picture = look("waiters", ROLE_HUB);
    assert_int_equal(picture->n_pages, 0);
    hub_picture_free(picture);
    picture = look("kitchen", ROLE_HUB);
    assert_int_equal(picture->n_jobs, 1);
    assert_string_equal(picture->jobs[0]->request->order->id, "42");
    hub_picture_free(picture);
}

static void the_kitchen_is_done_with_an_order_for_good(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_KITCHEN_READY, "41");
    say(EVT_KITCHEN_COMPLETED, "41");
    picture = look("order/41", ROLE_HUB);
    assert_int_equal(picture->orders[0]->kitchen_completed_at_ms, story.now_ms);
    assert_int_equal(
            picture->orders[0]->status, DW__ORDER_STATUS__ORDER_STATUS_READY);
    hub_picture_free(picture);
}

static void a_request_to_cancel_stands_until_it_is_answered(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_ORDER_CANCEL_REQUESTED, "41");
    picture = look("order/41", ROLE_HUB);
    assert_string_equal(picture->orders[0]->cancel_reason, "because");
    hub_picture_free(picture);
    say(EVT_KITCHEN_CANCEL_REJECTED, "41");
    picture = look("order/41", ROLE_HUB);
    assert_null(picture->orders[0]->cancel_reason);
    hub_picture_free(picture);

    say(EVT_ORDER_CANCEL_REQUESTED, "41");
    say(EVT_KITCHEN_CANCEL_ACCEPTED, "41");
    picture = look("order/41", ROLE_HUB);
    assert_int_equal(picture->orders[0]->status,
            DW__ORDER_STATUS__ORDER_STATUS_CANCELLED);
    hub_picture_free(picture);
}

static void the_lattice_has_no_way_down(void **state)
{
    (void)state;
    for (int status = 1; status < ORDER_STATUSES; status++)
        for (int what = 0; what < EVT_COUNT; what++) {
            Dw__OrderStatus next = state_order_next(
                    (Dw__OrderStatus)status, (enum evt_id)what);

            assert_true(next == 0 || next >= (Dw__OrderStatus)status);
        }
    for (int from = 1; from < ORDER_STATUSES; from++)
        for (int to = 1; to < ORDER_STATUSES; to++)
            assert_int_equal(state_order_may_become((Dw__OrderStatus)from,
                                     (Dw__OrderStatus)to),
                    to > from && from < 7);
}

static void packed_and_unpacked_it_is_the_same(void **state)
{
    struct state first, second;
    struct buf a, b;

    (void)state;
    buf_init(&a, 65536);
    buf_init(&b, 65536);
    state_init(&first);
    state_init(&second);
    {
        Dw__Picture *picture = look("kitchen", ROLE_HUB);
        size_t len = protobuf_c_message_get_packed_size(&picture->base);
        uint8_t packed[8192];

        assert_true(len < sizeof(packed));
        protobuf_c_message_pack(&picture->base, packed);
        hub_picture_free(picture);
        assert_int_equal(state_unpack(&first, packed, len), ERR_OK);
    }
    state_pack(&first, &a);
    assert_int_equal(state_unpack(&second, a.data, a.len), ERR_OK);
    state_pack(&second, &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_int_equal(second.by_status[1], 2);
    assert_int_equal(state_unpack(&second, "\xff\xff", 2), ERR_IO);
    state_finish(&first);
    state_finish(&second);
    buf_finish(&a);
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(each_room_sees_its_part),
        T(an_order_seen_through_two_rooms_is_there_once),
        T(guests_see_no_pages_in_their_picture),
        T(the_kitchen_sees_no_prices),
        T(the_figures_follow_the_orders),
        T(a_closed_order_is_still_known_in_its_room),
        T(an_order_takes_its_waiting_tickets_and_pages_with_it),
        T(the_kitchen_is_done_with_an_order_for_good),
        T(a_request_to_cancel_stands_until_it_is_answered),
        T(the_lattice_has_no_way_down),
        T(packed_and_unpacked_it_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
