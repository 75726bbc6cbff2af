#include "devices/core/press.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A key that is looked at every 10 ms and whenever it changes; what it tells
 * is written down, a letter each. */
struct finger {
    struct press_key key;
    uint64_t now_ms;
    char told[32];
};

static void look(struct finger *finger)
{
    static const char letters[] = { 0, 's', 'd', 'l', 'v' };
    enum press press;

    while ((press = press_tell(&finger->key, finger->now_ms)) != PRESS_NONE) {
        size_t len = strlen(finger->told);

        assert_true(len + 1 < sizeof(finger->told));
        finger->told[len] = letters[press];
    }
}

static void pass(struct finger *finger, uint64_t ms)
{
    for (uint64_t i = 0; i < ms; i++) {
        finger->now_ms++;
        if (finger->now_ms >= press_due_ms(&finger->key))
            look(finger);
    }
}

static void contact(struct finger *finger, bool is_down)
{
    press_contact(&finger->key, is_down);
    look(finger);
}

static void hold(struct finger *finger, uint64_t ms)
{
    contact(finger, true);
    pass(finger, ms);
    contact(finger, false);
}

static void a_short_press_is_told_when_no_other_can_follow(void **unused)
{
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    hold(&finger, 100);
    pass(&finger, PRESS_DOUBLE_MS - 1);
    assert_string_equal(finger.told, "");
    pass(&finger, 1);
    assert_string_equal(finger.told, "s");
    pass(&finger, 10000);
    assert_string_equal(finger.told, "s");
    assert_int_equal(press_due_ms(&finger.key), UINT64_MAX);
}

static void two_of_them_are_a_double_one(void **unused)
{
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    hold(&finger, 100);
    pass(&finger, 200);
    hold(&finger, 100);
    assert_string_equal(finger.told, "d");
    pass(&finger, 10000);
    assert_string_equal(finger.told, "d");
    hold(&finger, 100);
    pass(&finger, 1000);
    hold(&finger, 100);
    pass(&finger, 1000);
    assert_string_equal(finger.told, "dss");
}

static void a_long_press_is_told_while_it_is_held_and_once(void **unused)
{
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    contact(&finger, true);
    pass(&finger, PRESS_LONG_MS - 1);
    assert_string_equal(finger.told, "");
    pass(&finger, 1);
    assert_string_equal(finger.told, "l");
    pass(&finger, 1000);
    contact(&finger, false);
    pass(&finger, 1000);
    assert_string_equal(finger.told, "l");
}

static void a_very_long_one_is_a_long_one_before(void **unused)
{
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    hold(&finger, PRESS_VERY_LONG_MS);
    assert_string_equal(finger.told, "lv");
    pass(&finger, 60000);
    assert_string_equal(finger.told, "lv");
}

static void a_click_before_a_long_press_counts_too(void **unused)
{
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    hold(&finger, 100);
    pass(&finger, 200);
    hold(&finger, 1000);
    assert_string_equal(finger.told, "sl");
}

static void a_bouncing_contact_is_one_press(void **unused)
{
    static const uint64_t bounces[] = { 2, 5, 1, 9, 3, 4 };
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    contact(&finger, true);
    for (size_t i = 0; i < 6; i++) {
        pass(&finger, bounces[i]);
        contact(&finger, i % 2);
    }
    pass(&finger, 150);
    contact(&finger, false);
    for (size_t i = 0; i < 6; i++) {
        pass(&finger, bounces[i]);
        contact(&finger, i % 2 == 0);
    }
    pass(&finger, 1000);
    assert_string_equal(finger.told, "s");
}

static void a_press_shorter_than_its_bounce_is_a_press(void **unused)
{
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    hold(&finger, 10);
    pass(&finger, 1000);
    assert_string_equal(finger.told, "s");
}

static void one_that_was_looked_at_too_late_is_what_it_was(void **unused)
{
    struct finger finger = { .now_ms = 1000 };

    (void)unused;
    contact(&finger, true);
    finger.now_ms += 1500; /* nobody has looked since */
    contact(&finger, false);
    assert_string_equal(finger.told, "l");
    pass(&finger, 1000);
    assert_string_equal(finger.told, "l");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_press_is_told_when_no_other_can_follow),
        cmocka_unit_test(two_of_them_are_a_double_one),
        cmocka_unit_test(a_long_press_is_told_while_it_is_held_and_once),
        cmocka_unit_test(a_very_long_one_is_a_long_one_before),
        cmocka_unit_test(a_click_before_a_long_press_counts_too),
        cmocka_unit_test(a_bouncing_contact_is_one_press),
        cmocka_unit_test(a_press_shorter_than_its_bounce_is_a_press),
        cmocka_unit_test(one_that_was_looked_at_too_late_is_what_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
