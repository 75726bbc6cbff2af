#include "devices/core/device.h"

#include "tests/devices/core/wishes.h"

#define TELE   DW__ENVELOPE__BODY_DEVICE_TELEMETRY
#define LOW    DW__ENVELOPE__BODY_DEVICE_BATTERY_LOW
#define SECOND 1000ull

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    desk->has_vitals = true;
    desk->vitals = (struct device_vitals){
        .battery_percent = 80, .rssi_dbm = -61, .free_bytes = 4096
    };
    return desk_start(desk, &wishing, &wishing_config, 1000) ? 0 : -1;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

/* How many sendings of a sort there were since `before`. */
static uint32_t said(
        struct desk *desk, Dw__Envelope__BodyCase body, uint32_t before)
{
    uint32_t count = 0;

    for (uint32_t i = before; i < desk->sent_count; i++) {
        const struct desk_sent *sent = &desk->sent[i % DESK_SENT];
        Dw__Envelope *envelope =
                dw__envelope__unpack(NULL, sent->len, sent->bytes);

        count += envelope && envelope->body_case == body;
        if (envelope)
            dw__envelope__free_unpacked(envelope, NULL);
    }
    return count;
}

/* Tick once a second, and let the hub answer what waits. */
static void pass(struct desk *desk, uint64_t from_ms, uint64_t to_ms)
{
    for (uint64_t at_ms = from_ms; at_ms <= to_ms; at_ms += SECOND) {
        device_tick(&desk->device, at_ms);
        while (desk->device.outbox.count > 0)
            desk_receipt(desk, at_ms);
    }
}

static void soon_after_it_is_online_it_says_how_it_is(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *tele;

    pass(desk, 2000, 9000); /* without a link there is nobody to tell */
    assert_int_equal(desk->sent_count, 0);
    desk_link(desk, 10000);
    pass(desk, 10000, 20000);
    assert_int_equal(said(desk, TELE, 0), 1);
    assert_string_equal(
            desk->sent[desk->sent_count - 1].topic, "dw/1/main/dev/d1/tele");
    tele = last_of(desk, TELE);
    assert_int_equal(tele->device_telemetry->battery_percent, 80);
    assert_true(tele->device_telemetry->has_charging);
    assert_false(tele->device_telemetry->charging);
    assert_int_equal(tele->device_telemetry->rssi_dbm, -61);
    assert_int_equal(tele->device_telemetry->free_bytes, 4096);
    assert_in_range(tele->device_telemetry->uptime_s, 9, 19);
    dw__envelope__free_unpacked(tele, NULL);
}

static void what_is_not_known_is_not_said(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *tele;

    desk->vitals =
            (struct device_vitals){ .battery_percent = DEVICE_NO_BATTERY };
    desk_link(desk, 2000);
    pass(desk, 2000, 12000);
    tele = last_of(desk, TELE);
    assert_non_null(tele);
    assert_false(tele->device_telemetry->has_battery_percent);
    assert_false(tele->device_telemetry->has_charging);
    assert_false(tele->device_telemetry->has_rssi_dbm);
    assert_false(tele->device_telemetry->has_free_bytes);
    dw__envelope__free_unpacked(tele, NULL);
}

static void where_nothing_is_known_it_says_nothing(void **state)
{
    struct desk *desk = *state;

    desk->has_vitals = false;
    assert_true(desk_start(desk, &wishing, &wishing_config, 1000));
    desk_link(desk, 2000);
    pass(desk, 2000, 700000);
    assert_int_equal(said(desk, TELE, 0), 0);
}

static void it_says_it_again_every_five_minutes_or_as_it_was_told(void **state)
{
    struct desk *desk = *state;
    uint32_t before;

    desk_link(desk, 1000);
    pass(desk, 1000, 12 * 300 * SECOND);
    assert_in_range(said(desk, TELE, 0), 11, 14);
    desk->device.settings.telemetry_s = 20;
    pass(desk, 3601 * SECOND, 4000 * SECOND); /* the old one first */
    before = desk->sent_count;
    pass(desk, 4001 * SECOND, 4400 * SECOND);
    assert_in_range(said(desk, TELE, before), 18, 23);
}

static void many_that_come_back_together_do_not_speak_together(void **state)
{
    struct desk *desk = *state;
    uint32_t busy[11] = { 0 };
    uint32_t most = 0;

    for (uint32_t i = 0; i < 300; i++) {
        desk->random = i * 2654435761u;
        assert_true(desk_start(desk, &wishing, &wishing_config, 1000));
        desk_link(desk, 1000);
        assert_in_range(desk->device.telemetry.due_ms, 1000, 11000);
        busy[(desk->device.telemetry.due_ms - 1000) / SECOND]++;
    }
    for (uint32_t i = 0; i < 11; i++)
        most = busy[i] > most ? busy[i] : most;
    assert_in_range(most, 30, 60);
}

static void the_dock_is_news_but_a_bad_contact_is_not_news_all_the_time(
        void **state)
{
    struct desk *desk = *state;
    uint32_t before;

    desk_link(desk, 1000);
    pass(desk, 1000, 30000);
    before = desk->sent_count;
    desk->vitals.charging = true;
    pass(desk, 31000, 31000);
    assert_int_equal(said(desk, TELE, before), 1);
    for (uint64_t at_ms = 32000; at_ms < 62000; at_ms += SECOND) {
        desk->vitals.charging = !desk->vitals.charging;
        pass(desk, at_ms, at_ms);
    }
    assert_in_range(said(desk, TELE, before), 2, 5);
}

/* --- the battery --- */

static void it_complains_at_a_fifth_and_at_a_tenth_once_each(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *low;
    uint32_t before;

    desk_link(desk, 1000);
    pass(desk, 1000, 30000);
    before = desk->sent_count;
    desk->vitals.battery_percent = 21;
    pass(desk, 31000, 40000);
    assert_int_equal(said(desk, LOW, before), 0);
    desk->vitals.battery_percent = 20;
    pass(desk, 41000, 41000);
    assert_int_equal(said(desk, LOW, before), 1);
    assert_int_equal(said(desk, TELE, before), 1); /* not in five minutes */
    desk->vitals.battery_percent = 22;             /* it wavers */
    pass(desk, 42000, 42000);
    desk->vitals.battery_percent = 19;
    pass(desk, 43000, 60000);
    assert_int_equal(said(desk, LOW, before), 1);
    desk->vitals.battery_percent = 10;
    pass(desk, 61000, 80000);
    assert_int_equal(said(desk, LOW, before), 2);
    low = last_of(desk, LOW);
    assert_int_equal(low->device_battery_low->percent, 10);
    dw__envelope__free_unpacked(low, NULL);
}

static void well_again_or_on_its_dock_it_complains_anew(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    desk->vitals.battery_percent = 9;
    pass(desk, 1000, 5000);
    assert_int_equal(said(desk, LOW, 0), 1); /* both in one */
    desk->vitals.battery_percent = 31;
    pass(desk, 6000, 6000);
    desk->vitals.battery_percent = 15;
    pass(desk, 7000, 7000);
    assert_int_equal(said(desk, LOW, 0), 2);
    desk->vitals.charging = true;
    pass(desk, 8000, 8000);
    desk->vitals.charging = false;
    pass(desk, 9000, 9000);
    assert_int_equal(said(desk, LOW, 0), 3);
}

static void what_is_low_without_a_link_is_said_on_the_next(void **state)
{
    struct desk *desk = *state;

    desk->vitals.battery_percent = 15;
    device_tick(&desk->device, 2000);
    assert_int_equal(desk->device.outbox.count, 1);
    desk_link(desk, 3000);
    assert_int_equal(said(desk, LOW, 0), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(soon_after_it_is_online_it_says_how_it_is),
        TEST(what_is_not_known_is_not_said),
        TEST(where_nothing_is_known_it_says_nothing),
        TEST(it_says_it_again_every_five_minutes_or_as_it_was_told),
        TEST(many_that_come_back_together_do_not_speak_together),
        TEST(the_dock_is_news_but_a_bad_contact_is_not_news_all_the_time),
        TEST(it_complains_at_a_fifth_and_at_a_tenth_once_each),
        TEST(well_again_or_on_its_dock_it_complains_anew),
        TEST(what_is_low_without_a_link_is_said_on_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
