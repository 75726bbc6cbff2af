#include "bridge/submit/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "schemas/watch.pb-c.h"
#include "tests/support/story.h"

static struct story story;
static struct hub_client *admin; /* hears of every command */

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    admin = story_listener(&story, ROLE_ADMIN, "admin");
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    hub_detach(story.hub, admin);
    story_end(&story);
    return 0;
}

static enum err say_in(enum authority mode, const struct principal *from,
        enum evt_id what, ProtobufCMessage *body, const char *key)
{
    struct submission submission = { .from = from,
        .what = what,
        .body = body,
        .key = key,
        .outlet = &story_outlet,
        .owner = &story,
        .ticket = 7 };

    return authority_submit(
            story.hub, mode, &submission, story.now_ms, &story.fault);
}

static enum err say(uint32_t mask, enum evt_id what, ProtobufCMessage *body,
        const char *key)
{
    struct principal from = story_principal(mask, "5");

    return say_in(AUTHORITY_BACKEND, &from, what, body, key);
}

/* An order that the back end has created. */
static void create(const char *id)
{
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, story_order(id, "5"), id),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static struct evt *next_command(void)
{
    struct delivery delivery;

    while (hub_next(story.hub, admin, &delivery)) {
        if (delivery.evt->what == EVT_COMMAND_REQUESTED)
            return delivery.evt;
        evt_unref(delivery.evt);
    }
    return NULL;
}

static bool is_ready(void)
{
    struct room room = { .kind = ROOM_INDEX_KITCHEN };
    struct Dw__Picture *picture = hub_picture(story.hub, ROLE_HUB, &room, 1);
    struct buf text;
    bool found;

    buf_init(&text, 65536);
    dialect_put_json(&text, (const ProtobufCMessage *)picture, VIEW_FULL);
    buf_putc(&text, '\0');
    found = strstr(text.data, "\"status\":\"ready\"") != NULL;
    buf_finish(&text);
    hub_picture_free(picture);
    return found;
}

static void a_command_is_journalled_and_nothing_else_happens(void **state)
{
    const Dw__CommandRequested *command;
    struct evt *evt;

    (void)state;
    create("41");
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "41"), "k1"),
            ERR_OK);
    assert_null(next_command()); /* nobody is told before the commit */
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(story.settled[1].err, ERR_OK);
    assert_int_equal(story.tickets[1], 7);
    assert_false(is_ready());

    evt = next_command();
    assert_non_null(evt);
    command = (const void *)evt->body;
    assert_string_equal(command->command, "kitchen.ready");
    assert_string_equal(command->payload, "{\"orderId\":\"41\"}");
    assert_int_equal(command->n_roles, 1);
    assert_string_equal(command->roles[0], "kitchen");
    assert_string_equal(command->subject, "tester");
    assert_string_equal(evt->src, "tester");
    assert_int_equal(evt->seq, story.settled[1].seq);
    assert_int_equal(evt->exp_ms, story.now_ms + 15 * 60 * 1000);
    evt_unref(evt);
}

static void the_back_ends_fact_then_moves_the_state(void **state)
{
    (void)state;
    create("41");
    say(ROLE_KITCHEN, EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"),
            NULL);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_false(is_ready());
    assert_int_equal(say(ROLE_BACKEND, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "41"), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_true(is_ready());
}

static void a_key_used_again_gets_the_first_command_again(void **state)
{
    struct evt *evt;

    (void)state;
    create("41");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY,
                                 story_about(EVT_KITCHEN_READY, "41"), "k1"),
                ERR_OK);
        story.now_ms += 1000; /* when it is said is no part of it */
    }
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_false(story.settled[1].duplicate);
    assert_true(story.settled[2].duplicate);
    assert_int_equal(story.settled[2].seq, story.settled[1].seq);
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_PREPARING,
                             story_about(EVT_KITCHEN_PREPARING, "41"), "k1"),
            ERR_CONFLICT);
    evt = next_command();
    assert_non_null(evt);
    evt_unref(evt);
    assert_null(next_command());
}

static void what_is_impossible_now_is_for_the_back_end_to_refuse(void **state)
{
    struct evt *evt;

    (void)state;
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "77"), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = next_command();
    assert_non_null(evt);
    evt_unref(evt);
}

static void refusals_are_as_the_hub_makes_them(void **state)
{
    uint64_t refused = count_of(COUNT_REFUSED);
    uint64_t head;
    struct fault fault;

    (void)state;
    create("41");
    head = hub_head(story.hub);
    assert_int_equal(say(ROLE_TABLE, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "41"), NULL),
            ERR_FORBIDDEN);
    fault = story.fault;
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "41"), NULL),
            ERR_FORBIDDEN);
    assert_memory_equal(&fault, &story.fault, sizeof(fault));
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, NULL), NULL),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "orderId");
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "41"), "a key"),
            ERR_BAD_REQUEST);
    assert_int_equal(count_of(COUNT_REFUSED), refused + 4);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(hub_head(story.hub), head);
    assert_null(next_command());
}

/* A table's guests say what is theirs, and no more. */
static void whose_it_is_is_looked_at_before_anybody_is_asked(void **state)
{
    struct principal guests = story_principal(ROLE_TABLE, "6");

    (void)state;
    create("41"); /* of table 5 */
    assert_int_equal(
            say_in(AUTHORITY_BACKEND, &guests, EVT_ORDER_CANCEL_REQUESTED,
                    story_about(EVT_ORDER_CANCEL_REQUESTED, "41"), NULL),
            ERR_FORBIDDEN);
    guests = story_principal(ROLE_TABLE, "5");
    assert_int_equal(
            say_in(AUTHORITY_BACKEND, &guests, EVT_ORDER_CANCEL_REQUESTED,
                    story_about(EVT_ORDER_CANCEL_REQUESTED, "41"), NULL),
            ERR_OK);
}

static void what_devices_report_is_a_fact(void **state)
{
    struct principal pager = story_principal(ROLE_DEVICE, "pager-5");
    struct hub_figures figures;

    (void)state;
    assert_int_equal(say_in(AUTHORITY_BACKEND, &pager, EVT_DEVICE_ONLINE,
                             story_online("pager", 1), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_null(next_command());
    hub_figures(story.hub, &figures);
    assert_int_equal(figures.devices_online, 1);
}

static void a_press_of_a_button_is_a_command(void **state)
{
    struct principal button = story_principal(ROLE_DEVICE, "button-5");
    const Dw__CommandRequested *command;
    struct evt *evt;

    (void)state;
    assert_int_equal(
            say_in(AUTHORITY_BACKEND, &button, EVT_SERVICE_CALL_CREATED,
                    story_call("5", "bill"), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = next_command();
    assert_non_null(evt);
    command = (const void *)evt->body;
    assert_string_equal(command->command, "service_call.created");
    assert_string_equal(command->subject, "button-5");
    evt_unref(evt);
}

static void with_the_hub_as_authority_everything_is_a_fact(void **state)
{
    struct principal cook = story_principal(ROLE_KITCHEN, "");

    (void)state;
    create("41");
    assert_int_equal(say_in(AUTHORITY_HUB, &cook, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "41"), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_true(is_ready());
    assert_null(next_command());
}

static void only_others_than_the_back_end_give_commands(void **state)
{
    struct principal cook = story_principal(ROLE_KITCHEN, "");
    struct principal both = story_principal(ROLE_KITCHEN | ROLE_BACKEND, "");
    struct principal till = story_principal(ROLE_POS, "");
    enum evt_id what = EVT_KITCHEN_READY;

    (void)state;
    assert_true(authority_is_command(AUTHORITY_BACKEND, &cook, what));
    assert_false(authority_is_command(AUTHORITY_HUB, &cook, what));
    assert_false(authority_is_command(AUTHORITY_BACKEND, &both, what));
    assert_false(authority_is_command(AUTHORITY_BACKEND, &till, what));
    assert_false(
            authority_is_command(AUTHORITY_BACKEND, &cook, EVT_PRINT_PRINTED));
    assert_int_equal(authority_find("backend"), AUTHORITY_BACKEND);
    assert_int_equal(authority_find("hub"), AUTHORITY_HUB);
}

/* Each item is some 400 bytes in JSON. */
static ProtobufCMessage *large_order(size_t items)
{
    Dw__OrderCreated *created = (void *)story_order("51", "5");
    Dw__Order *order = created->order;
    Dw__Item *first = order->items[0];
    char note[281], id[16];

    memset(note, 'x', sizeof(note) - 1);
    note[sizeof(note) - 1] = '\0';
    free(order->items);
    order->items = calloc(items, sizeof(*order->items));
    order->items[0] = first;
    for (order->n_items = 1; order->n_items < items; order->n_items++) {
        Dw__Item *item = (void *)body_copy(&first->base);

        snprintf(id, sizeof(id), "i%zu", order->n_items + 1);
        body_set_string(&item->id, id);
        body_set_string(&item->notes, note);
        order->items[order->n_items] = item;
    }
    return &created->base;
}

static void a_large_command_comes_whole_or_not_at_all(void **state)
{
    const char *payload;
    struct heard heard;
    struct fault fault;
    struct evt *evt;

    (void)state;
    assert_int_equal(
            say(ROLE_WAITER, EVT_ORDER_CREATED, large_order(60), NULL), ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = next_command();
    assert_non_null(evt);
    payload = ((const Dw__CommandRequested *)(const void *)evt->body)->payload;
    assert_int_equal(dialect_hear("order.created", payload, strlen(payload),
                             &heard, &fault),
            ERR_OK);
    assert_int_equal(
            ((Dw__OrderCreated *)(void *)heard.body)->order->n_items, 60);
    body_free(heard.body);
    evt_unref(evt);

    assert_int_equal(
            say(ROLE_WAITER, EVT_ORDER_CREATED, large_order(100), NULL),
            ERR_TOO_LARGE);
    assert_int_equal(story.fault.code, ERR_TOO_LARGE);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_null(next_command());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                a_command_is_journalled_and_nothing_else_happens, begin, end),
        cmocka_unit_test_setup_teardown(
                the_back_ends_fact_then_moves_the_state, begin, end),
        cmocka_unit_test_setup_teardown(
                a_key_used_again_gets_the_first_command_again, begin, end),
        cmocka_unit_test_setup_teardown(
                what_is_impossible_now_is_for_the_back_end_to_refuse, begin,
                end),
        cmocka_unit_test_setup_teardown(
                refusals_are_as_the_hub_makes_them, begin, end),
        cmocka_unit_test_setup_teardown(
                whose_it_is_is_looked_at_before_anybody_is_asked, begin, end),
        cmocka_unit_test_setup_teardown(
                what_devices_report_is_a_fact, begin, end),
        cmocka_unit_test_setup_teardown(
                a_press_of_a_button_is_a_command, begin, end),
        cmocka_unit_test_setup_teardown(
                with_the_hub_as_authority_everything_is_a_fact, begin, end),
        cmocka_unit_test_setup_teardown(
                only_others_than_the_back_end_give_commands, begin, end),
        cmocka_unit_test_setup_teardown(
                a_large_command_comes_whole_or_not_at_all, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
