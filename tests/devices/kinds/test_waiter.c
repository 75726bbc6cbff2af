#include "devices/kinds/kinds.h"

#include "tests/devices/desk.h"
#include "tests/devices/kinds/steps.h"

#define ROOM      "pb/waiters"
#define STEP(...) (&(struct said){ __VA_ARGS__ })

static const struct device_config config = { .id = "pgw", .site = "main" };

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    assert_true(desk_start(desk, &waiter_kind, &config, 1000));
    desk_link(desk, 1000);
    desk->line_count = 0;
    return 0;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static void it_is_a_pager_and_hears_the_waiters(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *info;

    assert_string_equal(desk->asked[0], "dw/1/main/pb/waiters");
    desk->sent_count = 1;
    info = desk_last(desk);
    assert_string_equal(info->device_online->kind, "pager");
    assert_null(info->device_online->table);
    dw__envelope__free_unpacked(info, NULL);
}

static void it_rings_when_waiters_are_asked_for_and_not_before(void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.target = "station"), 1000);
    say_step(desk, ROOM, STEP(.target = "kitchen", .step = 1), 2000);
    assert_false(desk->buzzing);
    say_step(desk, ROOM, STEP(.target = "waiters", .step = 2), 3000);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "ring escalation=e1");
    say_step(desk, ROOM, STEP(.id = "e1"), 4000);
    assert_false(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "silent");
}

static void the_key_says_so_and_silences_it_until_the_next_step(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *said;

    say_step(desk, ROOM, STEP(.target = "waiters", .step = 2), 1000);
    device_input(&desk->device, INPUT_KEY, 2000);
    assert_false(desk->buzzing);
    said = desk_last(desk);
    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_PAGE_ACKED);
    assert_string_equal(said->page_acked->page_id, "e1");
    dw__envelope__free_unpacked(said, NULL);

    say_step(desk, ROOM, STEP(.target = "waiters", .step = 2), 3000);
    assert_false(desk->buzzing);
    say_step(desk, ROOM, STEP(.target = "manager", .step = 3), 4000);
    assert_true(desk->buzzing);
}

static void a_key_that_the_hub_refuses_has_silenced_nothing(void **state)
{
    struct desk *desk = *state;
    uint8_t id[DEVICE_ID_BYTES];

    say_step(desk, ROOM, STEP(.target = "waiters"), 1000);
    device_input(&desk->device, INPUT_KEY, 2000);
    memcpy(id, desk->device.outbox.facts[0].id, sizeof(id));
    desk_answer(desk, id, ",\"retry\":true,\"error\":{}", 2100);
    assert_false(desk->buzzing);
    desk_answer(desk, id, ",\"retry\":false,\"error\":{}", 2200);
    assert_true(desk->buzzing);
    device_input(&desk->device, INPUT_KEY, 3000);
    desk_receipt(desk, 3100);
    assert_false(desk->buzzing);
}

static void a_key_without_an_escalation_says_nothing(void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    device_input(&desk->device, INPUT_KEY, 2000);
    assert_int_equal(desk->sent_count, before);
}

static void the_newest_is_shown_and_then_the_one_before(void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.id = "e1", .target = "waiters"), 1000);
    say_step(desk, ROOM, STEP(.id = "e2", .target = "waiters"), 1100);
    assert_string_equal(desk_last_line(desk), "ring escalation=e2");
    device_input(&desk->device, INPUT_KEY, 1200);
    assert_string_equal(desk_last_line(desk), "ring escalation=e1");
    assert_true(desk->buzzing);
    device_tick(&desk->device, 1000 + 5 * 60 * 1000);
    assert_false(desk->buzzing);
}

#define CROWD 30

/* One acknowledges; the hub says so to all. */
static void one_acknowledgement_silences_all(void **unused)
{
    struct desk *desks[CROWD];

    (void)unused;
    for (int i = 0; i < CROWD; i++) {
        bool waiter = i % 3 == 0;

        desks[i] = desk_make();
        assert_true(desk_start(
                desks[i], waiter ? &waiter_kind : &buzzer_kind, &config, 1000));
        say_step(desks[i], waiter ? ROOM : "pb/kitchen",
                STEP(.target = "waiters", .step = 2), 1000);
        assert_true(desks[i]->buzzing);
    }
    device_input(&desks[0]->device, INPUT_KEY, 1100);
    for (int i = 0; i < CROWD; i++) {
        say_step(desks[i], i % 3 == 0 ? ROOM : "pb/kitchen", STEP(.id = "e1"),
                1200);
        assert_false(desks[i]->buzzing);
        desk_clear(desks[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(it_is_a_pager_and_hears_the_waiters),
        TEST(it_rings_when_waiters_are_asked_for_and_not_before),
        TEST(the_key_says_so_and_silences_it_until_the_next_step),
        TEST(a_key_that_the_hub_refuses_has_silenced_nothing),
        TEST(a_key_without_an_escalation_says_nothing),
        TEST(the_newest_is_shown_and_then_the_one_before),
        cmocka_unit_test(one_acknowledgement_silences_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
