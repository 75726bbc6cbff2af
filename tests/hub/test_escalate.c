/* Ladders as they are written, names, and what waits in a picture. */
#include "hub/escalate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ladder read(const char *text)
{
    struct ladder ladder = { 0 };
    struct fault fault;

    if (ladder_read(&ladder, text, &fault) != ERR_OK)
        fail_msg("%s: %s", text, fault.text);
    return ladder;
}

static void a_ladder_is_read_as_it_is_said(void **state)
{
    struct ladder ladder =
            read(" station 20,kitchen 45.5 , waiters 90, manager 150.125");

    (void)state;
    assert_int_equal(ladder.count, 4);
    assert_int_equal(ladder.rungs[0].target, TARGET_STATION);
    assert_int_equal(ladder.rungs[0].after_ms, 20000);
    assert_int_equal(ladder.rungs[1].target, TARGET_KITCHEN);
    assert_int_equal(ladder.rungs[1].after_ms, 45500);
    assert_int_equal(ladder.rungs[2].target, TARGET_WAITERS);
    assert_int_equal(ladder.rungs[2].after_ms, 90000);
    assert_int_equal(ladder.rungs[3].target, TARGET_MANAGER);
    assert_int_equal(ladder.rungs[3].after_ms, 150125);
}

static void one_step_is_a_ladder_and_none_is_one_too(void **state)
{
    (void)state;
    assert_int_equal(read("manager 0").count, 1);
    assert_int_equal(read("none").count, 0);
    assert_int_equal(
            read("screens 0, manager 86400").rungs[1].after_ms, 86400000);
}

static void what_is_no_ladder_is_refused_with_a_sentence(void **state)
{
    static const char *const texts[] = { "", " ", "station", "station x",
        "station 20 kitchen 30", "chef 20", "station 20,", ",station 20",
        "station -1", "station 20.", "station .5", "station 20.1234",
        "kitchen 20, station 30", "station 20, kitchen 20",
        "station 20, station 30", "station 30, kitchen 20", "station 86401",
        "station 999999", "none, station 20", "station 20, none", "stations 20",
        "station 20s", "station20" };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ladder ladder = { .count = 77 };
        struct fault fault = { 0 };

        if (ladder_read(&ladder, texts[i], &fault) != ERR_CONFIG)
            fail_msg("\"%s\" is a ladder", texts[i]);
        assert_int_equal(ladder.count, 77);
        assert_non_null(strstr(fault.text, "station 20, kitchen 45.5"));
        assert_non_null(strstr(fault.text, "or is none"));
    }
}

static void each_class_has_a_ladder_that_ends_with_the_manager(void **state)
{
    struct ladders ladders;

    (void)state;
    ladders_init(&ladders);
    for (int i = 0; i < ESCALATE_COUNT; i++) {
        const struct ladder *ladder = &ladders.of[i];

        assert_true(ladder->count > 0);
        assert_int_equal(
                ladder->rungs[ladder->count - 1].target, TARGET_MANAGER);
        assert_int_equal(escalate_class_find(escalate_classes[i]), i);
    }
    assert_int_equal(escalate_class_find("weather"), ESCALATE_COUNT);
}

static void a_name_is_an_id_and_always_the_same(void **state)
{
    struct subject subject = { ESCALATE_ORDER, "41" };
    char name[ID_CHARS + 1], other[ID_CHARS + 1];

    (void)state;
    escalate_name(&subject, name);
    assert_string_equal(name, "order-41");

    snprintf(subject.id, sizeof(subject.id),
            "0f8fad5b-d9cb-469f-a165-70867728950e");
    escalate_name(&subject, name);
    escalate_name(&subject, other);
    assert_string_equal(name, other);
    assert_true(id_is_valid(name, strlen(name)));
    assert_int_equal(strlen(name), ID_CHARS);
    assert_int_equal(strncmp(name, "order-0f8fad5b-", 15), 0);

    subject.id[35] = 'f';
    escalate_name(&subject, other);
    assert_string_not_equal(name, other);
}

static void names_of_classes_are_ids_whatever_they_are_of(void **state)
{
    (void)state;
    for (int i = 0; i < ESCALATE_COUNT; i++) {
        struct subject subject = { .about = (enum escalate_class)i };
        char name[ID_CHARS + 1];

        memset(subject.id, 'x', SHELF_ID_CHARS);
        escalate_name(&subject, name);
        assert_true(id_is_valid(name, strlen(name)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ladder_is_read_as_it_is_said),
        cmocka_unit_test(one_step_is_a_ladder_and_none_is_one_too),
        cmocka_unit_test(what_is_no_ladder_is_refused_with_a_sentence),
        cmocka_unit_test(each_class_has_a_ladder_that_ends_with_the_manager),
        cmocka_unit_test(a_name_is_an_id_and_always_the_same),
        cmocka_unit_test(names_of_classes_are_ids_whatever_they_are_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
