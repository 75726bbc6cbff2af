#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/derive_ticket.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/press.h"

static struct press press;

static int begin(void **state)
{
    (void)state;
    press_begin(&press, NULL, false, 0);
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "bar");
    press_up(&press, "p3", "kitchen");
    return 0;
}

static int end(void **state)
{
    (void)state;
    press_end(&press);
    return 0;
}

#define DISHES 3

/* One order with a dish for each of grill, bar and the rest. */
static Dw__Order *fill(Dw__Order *order)
{
    static const char *const rows[DISHES][3] = { { "i1", "Steak", "grill" },
        { "i2", "Beer", "bar" }, { "i3", "Soup", "fish" } };

    body_set_string(&order->id, "41");
    order->items = calloc(DISHES, sizeof(*order->items));
    assert_non_null(order->items);
    for (; order->n_items < DISHES; order->n_items++) {
        Dw__Item *item = (void *)body_new(&dw__item__descriptor);

        order->items[order->n_items] = item;
        body_set_string(&item->id, rows[order->n_items][0]);
        body_set_string(&item->name, rows[order->n_items][1]);
        body_set_string(&item->station, rows[order->n_items][2]);
        item->quantity = 2;
        item->has_quantity = 1;
    }
    return order;
}

static void create(void)
{
    Dw__OrderCreated *created =
            (void *)body_new(&dw__order_created__descriptor);

    created->order = fill((void *)body_new(&dw__order__descriptor));
    assert_int_equal(
            press_say(&press, EVT_ORDER_CREATED, &created->base), ERR_OK);
}

/* The same order, to be changed and stated. */
static Dw__OrderUpdated *changing(void)
{
    Dw__OrderUpdated *updated =
            (void *)body_new(&dw__order_updated__descriptor);

    updated->order = fill((void *)body_new(&dw__order__descriptor));
    return updated;
}

static void state_it(Dw__OrderUpdated *updated)
{
    press_forget(&press);
    assert_int_equal(
            press_say(&press, EVT_ORDER_UPDATED, &updated->base), ERR_OK);
}

static void print(const char *printer, const char *job)
{
    assert_int_equal(
            press_answer(&press, printer, EVT_PRINT_ACCEPTED, job, 1, NULL),
            ERR_OK);
    assert_int_equal(
            press_answer(&press, printer, EVT_PRINT_PRINTED, job, 0, NULL),
            ERR_OK);
}

static void print_all(void)
{
    print("p1", "41-grill-order");
    print("p2", "41-bar-order");
    print("p3", "41-kitchen-order");
}

/* The only job of this kind that was requested since press_forget. */
static const Dw__PrintRequested *only(Dw__TicketKind kind)
{
    const Dw__PrintRequested *found = NULL;

    for (uint32_t i = 0; i < press.count; i++) {
        const Dw__PrintRequested *job = (const void *)press.heard[i]->body;

        if (press.heard[i]->what != EVT_PRINT_REQUESTED || job->kind != kind)
            continue;
        assert_null(found);
        found = job;
    }
    return found;
}

#define KIND(word) DW__TICKET_KIND__TICKET_KIND_##word

/* --- void --- */

static enum err cancel(void)
{
    press_forget(&press);
    return press_say(&press, EVT_ORDER_CANCELLED,
            story_about(EVT_ORDER_CANCELLED, "41"));
}

static void a_void_slip_goes_where_the_ticket_came_out(void **state)
{
    const Dw__PrintRequested *slip;

    (void)state;
    create();
    /* The grill has no paper: its ticket comes out in the kitchen. */
    press_answer(&press, "p1", EVT_PRINT_ACCEPTED, "41-grill-order", 1, NULL);
    press_answer(
            &press, "p1", EVT_PRINT_FAILED, "41-grill-order", 0, "paper_out");
    press_answer(&press, "p3", EVT_PRINT_ACCEPTED, "41-grill-order", 2, NULL);
    press_answer(&press, "p3", EVT_PRINT_PRINTED, "41-grill-order", 0, NULL);
    assert_int_equal(cancel(), ERR_OK);
    slip = only(KIND(VOID));
    assert_non_null(slip);
    assert_string_equal(slip->printer, "p3");
    assert_string_equal(slip->station, "grill");
    assert_string_equal(slip->job_id, "41-grill-void");
    assert_int_equal(slip->order->n_items, 1);
    assert_string_equal(slip->order->items[0]->name, "Steak");
}

static void what_was_not_printed_needs_no_void(void **state)
{
    (void)state;
    create();
    assert_int_equal(cancel(), ERR_OK);
    assert_null(only(KIND(VOID)));
    assert_int_equal(press_times(&press, EVT_PRINT_EXPIRED, NULL), 3);
    assert_string_equal(
            press_text(&press, EVT_PRINT_EXPIRED, "41-bar-order", "reason"),
            "cancelled");
    assert_int_equal(press_jobs(&press), 0);
    assert_int_equal(press_answer(&press, "p1", EVT_PRINT_ACCEPTED,
                             "41-grill-order", 1, NULL),
            ERR_NOT_FOUND);
}

static void what_may_be_on_paper_is_taken_back(void **state)
{
    static const char *const reasons[] = { NULL, "uncertain" };

    (void)state;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        const Dw__PrintRequested *slip;

        end(NULL);
        begin(NULL);
        create();
        press_answer(&press, "p2", EVT_PRINT_ACCEPTED, "41-bar-order", 1, NULL);
        if (reasons[i])
            press_answer(&press, "p2", EVT_PRINT_FAILED, "41-bar-order", 0,
                    reasons[i]);
        assert_int_equal(cancel(), ERR_OK);
        slip = only(KIND(VOID));
        assert_non_null(slip);
        assert_string_equal(slip->printer, "p2");
        /* What is being printed is waited for. */
        assert_true(!reasons[i] == (press_job(&press, "41-bar-order") != NULL));
    }
}

static void a_void_slip_outlives_its_order_and_its_printer(void **state)
{
    (void)state;
    create();
    print("p1", "41-grill-order");
    press_down(&press, "p1");
    assert_int_equal(cancel(), ERR_OK);
    press_wait(&press, 11000);
    assert_string_equal(
            press_job(&press, "41-grill-void")->request->printer, "p3");
    assert_int_equal(press_answer(&press, "p3", EVT_PRINT_ACCEPTED,
                             "41-grill-void", 2, NULL),
            ERR_OK);
    press_answer(&press, "p3", EVT_PRINT_PRINTED, "41-grill-void", 0, NULL);
    assert_int_equal(press_jobs(&press), 0);
}

/* --- changes --- */

static void a_change_goes_to_the_stations_concerned_with_old_and_new(
        void **state)
{
    Dw__OrderUpdated *updated;
    const Dw__PrintRequested *slip;

    (void)state;
    create();
    print_all();
    updated = changing();
    updated->order->items[0]->quantity = 3;
    body_set_string(&updated->order->items[0]->notes, "rare");
    state_it(updated);
    slip = only(KIND(CHANGE));
    assert_non_null(slip);
    assert_string_equal(slip->printer, "p1");
    assert_string_equal(slip->station, "grill");
    assert_int_equal(slip->order->n_items, 0);
    assert_int_equal(slip->slip->n_changes, 1);
    assert_string_equal(slip->slip->changes[0]->name, "Steak");
    assert_int_equal(slip->slip->changes[0]->was_quantity, 2);
    assert_int_equal(slip->slip->changes[0]->quantity, 3);
    assert_null(slip->slip->changes[0]->was_notes);
    assert_string_equal(slip->slip->changes[0]->notes, "rare");
}

static void a_dish_taken_off_is_said_without_a_number(void **state)
{
    Dw__OrderUpdated *updated;
    const Dw__PrintRequested *slip;

    (void)state;
    create();
    print_all();
    updated = changing();
    body_free(&updated->order->items[2]->base);
    updated->order->n_items = 2;
    state_it(updated);
    slip = only(KIND(CHANGE));
    assert_non_null(slip);
    assert_string_equal(slip->printer, "p3");
    assert_int_equal(slip->slip->changes[0]->was_quantity, 2);
    assert_false(slip->slip->changes[0]->has_quantity);
}

static void a_dish_that_is_cancelled_is_said_too(void **state)
{
    const Dw__PrintRequested *slip;

    (void)state;
    create();
    print_all();
    press_forget(&press);
    for (int i = 0; i < 2; i++)
        press_say(&press, EVT_ORDER_ITEM_STATUS_CHANGED,
                made_body(EVT_ORDER_ITEM_STATUS_CHANGED, "order_id", "41",
                        "item_id", "i2", "status", i ? "5" : "2", NULL));
    slip = only(KIND(CHANGE));
    assert_non_null(slip);
    assert_string_equal(slip->printer, "p2");
    assert_false(slip->slip->changes[0]->has_quantity);
    assert_int_equal(cancel(), ERR_OK);
    assert_int_equal(
            press_times(&press, EVT_PRINT_REQUESTED, "41-bar-void"), 0);
    assert_int_equal(
            press_times(&press, EVT_PRINT_REQUESTED, "41-grill-void"), 1);
}

static void a_dish_for_another_station_is_one_less_here_one_more_there(
        void **state)
{
    Dw__OrderUpdated *updated;
    uint32_t slips = 0;

    (void)state;
    create();
    print_all();
    updated = changing();
    body_set_string(&updated->order->items[0]->station, "bar");
    state_it(updated);
    for (uint32_t i = 0; i < press.count; i++) {
        const Dw__PrintRequested *job = (const void *)press.heard[i]->body;

        if (press.heard[i]->what != EVT_PRINT_REQUESTED)
            continue;
        slips++;
        assert_int_equal(job->slip->n_changes, 1);
        if (strcmp(job->station, "grill") == 0)
            assert_false(job->slip->changes[0]->has_quantity);
        else
            assert_false(job->slip->changes[0]->has_was_quantity);
    }
    assert_int_equal(slips, 2);
}

static void set_allergen(Dw__Item *item, const char *allergen)
{
    item->allergens = calloc(1, sizeof(char *));
    assert_non_null(item->allergens);
    item->n_allergens = 1;
    body_set_string(&item->allergens[0], allergen);
}

static void an_allergen_that_is_added_is_a_change(void **state)
{
    Dw__OrderUpdated *updated;
    const Dw__PrintRequested *slip;
    Dw__Item *item;

    (void)state;
    create();
    print_all();
    updated = changing();
    item = updated->order->items[0];
    set_allergen(item, "nuts");
    body_set_string(&item->notes, "rare");
    state_it(updated);
    slip = only(KIND(CHANGE));
    assert_non_null(slip);
    assert_string_equal(slip->slip->changes[0]->notes, "! nuts, rare");
}

/* Of 280 bytes the slip has room; a dish may have more to be said of it. */
static void a_change_behind_what_there_is_room_for_is_one(void **state)
{
    char notes[281];
    Dw__OrderUpdated *updated;
    const Dw__PrintRequested *slip;
    const char *end;

    (void)state;
    create();
    print_all();
    memset(notes, 'x', 280);
    notes[280] = '\0';
    updated = changing();
    set_allergen(updated->order->items[0], "nuts");
    body_set_string(&updated->order->items[0]->notes, notes);
    state_it(updated);
    memcpy(notes + 275, "salty", 5);
    updated = changing();
    set_allergen(updated->order->items[0], "nuts");
    body_set_string(&updated->order->items[0]->notes, notes);
    state_it(updated);
    slip = only(KIND(CHANGE));
    assert_non_null(slip);
    end = slip->slip->changes[0]->notes + DISH_NOTES - 3;
    assert_string_equal(end, "...");
}

static void what_is_not_on_paper_changes_no_paper(void **state)
{
    Dw__OrderUpdated *updated;

    (void)state;
    create();
    print_all();
    updated = changing();
    body_set_string(&updated->order->notes, "birthday");
    updated->order->items[0]->status = DW__ITEM_STATUS__ITEM_STATUS_READY;
    updated->order->items[0]->has_status = 1;
    state_it(updated);
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_void_slip_goes_where_the_ticket_came_out),
        TEST(what_was_not_printed_needs_no_void),
        TEST(what_may_be_on_paper_is_taken_back),
        TEST(a_void_slip_outlives_its_order_and_its_printer),
        TEST(a_change_goes_to_the_stations_concerned_with_old_and_new),
        TEST(a_dish_taken_off_is_said_without_a_number),
        TEST(a_dish_that_is_cancelled_is_said_too),
        TEST(a_dish_for_another_station_is_one_less_here_one_more_there),
        TEST(an_allergen_that_is_added_is_a_change),
        TEST(a_change_behind_what_there_is_room_for_is_one),
        TEST(what_is_not_on_paper_changes_no_paper),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
