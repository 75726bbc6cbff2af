#include "bridge/mqtt/tongues.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/mqtt/members.h"

#define NOW_MS 1700000000000

struct world {
    struct tongues tongues;
    struct members members;
    char dir[64]; /* of the data */
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    snprintf(world->dir, sizeof(world->dir), "/tmp/test_tongues.XXXXXX");
    *state = world;
    return mkdtemp(world->dir) ? 0 : -1;
}

static int end(void **state)
{
    static const char *const names[] = { "broker/" ROSTER_FILE, "broker/passwd",
        "broker/acl", "broker/lock", "broker", "" };
    struct world *world = *state;
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", world->dir, names[i]);
        remove(path);
    }
    tongues_finish(&world->tongues);
    members_finish(&world->members);
    free(world);
    return 0;
}

static enum dialect_id find_at(
        struct world *world, const char *login, int64_t now_ms)
{
    return tongues_find(&world->tongues, login, now_ms);
}

static enum dialect_id find(struct world *world, const char *login)
{
    return find_at(world, login, NOW_MS);
}

static void follow(struct world *world)
{
    assert_int_equal(members_follow(&world->members, world->dir), ERR_OK);
    tongues_follow(&world->tongues, &world->members);
}

static void put(struct world *world, const char *login, enum dialect_id dialect)
{
    struct member member = { .kind = MEMBER_PRODUCER,
        .site = "main",
        .dialect = dialect,
        .hash = "$7$x" };
    struct roster roster;

    snprintf(member.login, sizeof(member.login), "%s", login);
    assert_int_equal(roster_open(&roster, world->dir), ERR_OK);
    assert_int_equal(roster_put(&roster, &member), ERR_OK);
    assert_int_equal(roster_save(&roster), ERR_OK);
    roster_close(&roster);
}

/* Put something else where the credentials are. */
static void spoil(struct world *world, const char *text)
{
    char dir[128];

    snprintf(dir, sizeof(dir), "%s/broker", world->dir);
    assert_int_equal(
            files_replace(dir, ROSTER_FILE, text, strlen(text)), ERR_OK);
}

/* --- texts --- */

static void who_is_not_named_speaks_our_words(void **state)
{
    struct world *world = *state;
    struct fault fault;

    assert_int_equal(find(world, "till-1"), DIALECT_NATIVE);
    assert_int_equal(
            tongues_read(&world->tongues, "till-1=kds", &fault), ERR_OK);
    assert_int_equal(find(world, "till-1"), DIALECT_KDS);
    assert_int_equal(find(world, "till-2"), DIALECT_NATIVE);
    assert_int_equal(find(world, "harbour.till-1"), DIALECT_NATIVE);
}

static void a_text_has_commas_or_spaces_between(void **state)
{
    struct world *world = *state;
    struct fault fault;

    assert_int_equal(tongues_read(&world->tongues,
                             " till-1=kds,menu-app=flat  harbour.till-1=env, "
                             "old=native,",
                             &fault),
            ERR_OK);
    assert_int_equal(find(world, "till-1"), DIALECT_KDS);
    assert_int_equal(find(world, "menu-app"), DIALECT_FLAT);
    assert_int_equal(find(world, "harbour.till-1"), DIALECT_ENV);
    assert_int_equal(find(world, "old"), DIALECT_NATIVE);
}

static void a_new_text_stands_for_the_old_one(void **state)
{
    struct world *world = *state;
    struct fault fault;

    assert_int_equal(
            tongues_read(&world->tongues, "a=kds b=kds", &fault), ERR_OK);
    assert_int_equal(tongues_read(&world->tongues, "b=flat", &fault), ERR_OK);
    assert_int_equal(find(world, "a"), DIALECT_NATIVE);
    assert_int_equal(find(world, "b"), DIALECT_FLAT);
    assert_int_equal(tongues_read(&world->tongues, "", &fault), ERR_OK);
    assert_int_equal(find(world, "b"), DIALECT_NATIVE);
}

static void a_text_with_a_fault_changes_nothing(void **state)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        { "b=flat a", "has the form CLIENT=DIALECT" },
        { "a = kds", "has the form CLIENT=DIALECT" },
        { "=kds", "has the form CLIENT=DIALECT" },
        { "a=", "has the form CLIENT=DIALECT" },
        { "a/b=kds", "has the form CLIENT=DIALECT" },
        { "a.b.c=kds", "has the form CLIENT=DIALECT" },
        { ".a=kds", "has the form CLIENT=DIALECT" },
        { "a.=kds", "has the form CLIENT=DIALECT" },
        { "a=KDS", "KDS is no dialect; there are native, env, kebab, session, "
                   "flat, kds" },
        { "a=kd", "kd is no dialect; " },
        { "a=kds=flat", "kds=flat is no dialect; " },
        { "b=flat a=kds,b=flat", "b is there twice" },
    };
    struct world *world = *state;
    struct fault fault;

    assert_int_equal(tongues_read(&world->tongues, "b=kds", &fault), ERR_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
                tongues_read(&world->tongues, bad[i].text, &fault), ERR_CONFIG);
        assert_int_equal(fault.code, ERR_CONFIG);
        assert_ptr_equal(strstr(fault.text, bad[i].sentence), fault.text);
        assert_int_equal(find(world, "b"), DIALECT_KDS);
    }
}

static void a_restaurant_is_one_that_is_served_and_the_first_unnamed(
        void **state)
{
    const struct sites both = { .names = { "main", "harbour" }, .count = 2 };
    struct world *world = *state;
    struct tongues *tongues = &world->tongues;
    struct fault fault;

    tongues_read(tongues, "till-1=kds harbour.till-1=kds", &fault);
    assert_int_equal(tongues_check(tongues, &both, &fault), ERR_OK);
    tongues_read(tongues, "kiosk.till-1=kds", &fault);
    assert_int_equal(tongues_check(tongues, &both, &fault), ERR_CONFIG);
    assert_string_equal(
            fault.text, "kiosk.till-1: there is no restaurant kiosk");
    tongues_read(tongues, "main.till-1=kds", &fault);
    assert_int_equal(tongues_check(tongues, &both, &fault), ERR_CONFIG);
    assert_string_equal(fault.text,
            "main.till-1 is just till-1, as main is the first restaurant");
}

/* --- credentials --- */

static void whoever_enrols_is_known_with_the_next_word(void **state)
{
    struct world *world = *state;

    follow(world);
    assert_int_equal(find(world, "till-1"), DIALECT_NATIVE);
    put(world, "till-1", DIALECT_KDS);
    assert_int_equal(find(world, "till-1"), DIALECT_KDS);
    put(world, "menu-app", DIALECT_FLAT);
    assert_int_equal(find(world, "menu-app"), DIALECT_FLAT);
    assert_int_equal(find(world, "till-1"), DIALECT_KDS);
    put(world, "till-1", DIALECT_NATIVE);
    assert_int_equal(find(world, "till-1"), DIALECT_NATIVE);
}

static void a_list_that_cannot_be_read_leaves_what_was_known(void **state)
{
    struct world *world = *state;

    follow(world);
    put(world, "till-1", DIALECT_KDS);
    assert_int_equal(find(world, "till-1"), DIALECT_KDS);
    spoil(world, "[\n{\"id\":\"till-1\"}\n]\n");
    assert_int_equal(find(world, "till-1"), DIALECT_KDS);
}

static void such_a_list_is_tried_again_a_second_later(void **state)
{
    struct world *world = *state;

    follow(world);
    spoil(world, "[\n{}\n]\n");
    assert_int_equal(find(world, "till-1"), DIALECT_NATIVE);
    spoil(world, "[\n]\n");
    put(world, "till-1", DIALECT_KDS);
    assert_int_equal(find_at(world, "till-1", NOW_MS + 999), DIALECT_NATIVE);
    assert_int_equal(find_at(world, "till-1", NOW_MS + 1000), DIALECT_KDS);
}

static void a_clock_that_was_put_back_is_not_waited_for(void **state)
{
    struct world *world = *state;

    follow(world);
    spoil(world, "[\n{}\n]\n");
    assert_int_equal(find(world, "till-1"), DIALECT_NATIVE);
    spoil(world, "[\n]\n");
    put(world, "till-1", DIALECT_KDS);
    assert_int_equal(find_at(world, "till-1", NOW_MS - 3600000), DIALECT_KDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_not_named_speaks_our_words),
        TEST(a_text_has_commas_or_spaces_between),
        TEST(a_new_text_stands_for_the_old_one),
        TEST(a_text_with_a_fault_changes_nothing),
        TEST(a_restaurant_is_one_that_is_served_and_the_first_unnamed),
        TEST(whoever_enrols_is_known_with_the_next_word),
        TEST(a_list_that_cannot_be_read_leaves_what_was_known),
        TEST(such_a_list_is_tried_again_a_second_later),
        TEST(a_clock_that_was_put_back_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
