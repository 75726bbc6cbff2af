#include "bridge/mqtt/enrol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "bridge/mqtt/broker.h"
#include "bridge/mqtt/roster.h"

static int begin(void **state)
{
    char *dir = strdup("/tmp/test_enrol.XXXXXX");

    *state = dir;
    return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
    static const char *const names[] = { "broker/credentials.json",
        "broker/claims.json", "broker/passwd", "broker/acl", "broker/lock",
        "broker", "" };
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[i]);
        remove(path);
    }
    free(*state);
    return 0;
}

static const struct sites both = { .names = { "main", "harbour" }, .count = 2 };

static enum err try_at(const char *dir, const struct sites *sites,
        const char *site, const char *kind, const char *id,
        struct credential *made)
{
    const struct enrolment enrolment = {
        .data_dir = dir, .sites = sites, .site = site, .kind = kind, .id = id
    };
    struct fault fault = { 0 };
    enum err err = enrol(&enrolment, made, &fault);

    assert_int_equal(fault.code, err);
    return err;
}

static enum err try(const char *dir, const char *kind, const char *id,
        struct credential *made)
{
    return try_at(dir, &both, "main", kind, id, made);
}

/* The salt of the stored hash and the password make the hash again. */
static void the_password_is_the_one_that_was_stored(void **state)
{
    char hash[PASSWD_HASH_CHARS + 1];
    uint8_t salt[PASSWD_SALT_BYTES];
    struct credential made;
    struct roster roster;
    const struct member *member;

    assert_int_equal(try(*state, "printer", "p1", &made), ERR_OK);
    assert_string_equal(made.client_id, "p1");
    assert_int_equal(strlen(made.password), PASSWORD_CHARS);
    assert_int_equal(roster_open(&roster, *state), ERR_OK);
    member = roster_find(&roster, "p1");
    assert_non_null(member);
    assert_int_equal(member->kind, MEMBER_PRINTER);
    assert_int_equal(
            EVP_DecodeBlock(salt, (const unsigned char *)member->hash + 7, 16),
            PASSWD_SALT_BYTES);
    assert_int_equal(passwd_hash(made.password, salt, hash), ERR_OK);
    assert_string_equal(member->hash, hash);
    roster_close(&roster);
}

static void enrolling_again_makes_a_new_password(void **state)
{
    struct credential one, two;

    assert_int_equal(try(*state, "printer", "p1", &one), ERR_OK);
    assert_int_equal(try(*state, "printer", "p1", &two), ERR_OK);
    assert_string_not_equal(one.password, two.password);
}

static void an_id_keeps_its_kind(void **state)
{
    struct credential made;

    assert_int_equal(try(*state, "printer", "p1", &made), ERR_OK);
    assert_int_equal(try(*state, "pager", "p1", &made), ERR_CONFLICT);
}

/* What the daemon writes when it starts. */
static void start_hub(const char *dir, const char *login, const char *site)
{
    struct member hub = { .kind = MEMBER_HUB, .hash = "$7$x" };
    struct roster roster;

    snprintf(hub.login, sizeof(hub.login), "%s", login);
    snprintf(hub.site, sizeof(hub.site), "%s", site);
    assert_int_equal(roster_open(&roster, dir), ERR_OK);
    assert_int_equal(roster_put(&roster, &hub), ERR_OK);
    assert_int_equal(roster_save(&roster), ERR_OK);
    roster_close(&roster);
}

static void one_id_at_two_sites_is_two_who_log_in(void **state)
{
    struct credential one, other;
    struct roster roster;

    assert_int_equal(try(*state, "printer", "p1", &one), ERR_OK);
    assert_int_equal(
            try_at(*state, &both, "harbour", "pager", "p1", &other), ERR_OK);
    assert_string_equal(one.client_id, "p1");
    assert_string_equal(other.client_id, "harbour.p1");
    assert_int_equal(roster_open(&roster, *state), ERR_OK);
    assert_int_equal(roster_find(&roster, "p1")->kind, MEMBER_PRINTER);
    assert_int_equal(roster_find(&roster, "harbour.p1")->kind, MEMBER_PAGER);
    assert_string_equal(roster_find(&roster, "harbour.p1")->site, "harbour");
    roster_close(&roster);
}

/* Who does not know of the first restaurant takes its own for the first. */
static void nobody_takes_the_login_of_a_restaurant_that_is_served(void **state)
{
    const struct sites wrong = { .names = { "harbour" }, .count = 1 };
    struct credential made;

    start_hub(*state, HUB_CLIENT_ID, "main");
    assert_int_equal(try(*state, "printer", "p1", &made), ERR_OK);
    assert_int_equal(try_at(*state, &wrong, "harbour", "printer", "p1", &made),
            ERR_CONFLICT);
}

static void a_restaurant_may_get_a_new_name(void **state)
{
    const struct sites renamed = { .names = { "harbour" }, .count = 1 };
    struct credential made;

    assert_int_equal(try(*state, "printer", "p1", &made), ERR_OK);
    start_hub(*state, HUB_CLIENT_ID, "harbour");
    assert_int_equal(
            try_at(*state, &renamed, "harbour", "printer", "p1", &made),
            ERR_OK);
    assert_string_equal(made.client_id, "p1");
}

static void what_would_break_the_access_list_is_refused(void **state)
{
    struct enrolment enrolment = { .data_dir = *state,
        .sites = &both,
        .site = "main",
        .kind = "pager",
        .id = "g1",
        .table = "#" };
    struct credential made;
    struct fault fault = { 0 };

    assert_int_equal(try(*state, "printer", "a/b", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "printer", "+", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "printer", "harbour.p1", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "printer", "a\nuser b", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "printer", "", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "hub", "h", &made), ERR_BAD_REQUEST);
    assert_int_equal(try(*state, "printer", HUB_CLIENT_ID, &made), ERR_BAD_ID);
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_BAD_ID);
    assert_string_equal(fault.field, "table");
    enrolment.table = "5";
    enrolment.site = "a/b";
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_BAD_ID);
    assert_string_equal(fault.field, "site");
}

static void a_producer_may_have_a_dialect_and_a_device_none(void **state)
{
    struct enrolment enrolment = { .data_dir = *state,
        .sites = &both,
        .site = "main",
        .kind = "producer",
        .id = "till-1",
        .dialect = "kds" };
    struct credential made;
    struct roster roster;
    struct fault fault = { 0 };

    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    assert_int_equal(roster_open(&roster, *state), ERR_OK);
    assert_int_equal(roster_find(&roster, "till-1")->dialect, DIALECT_KDS);
    roster_close(&roster);

    enrolment.dialect = "latin";
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_BAD_REQUEST);
    assert_string_equal(fault.field, "dialect");
    enrolment.dialect = "kds";
    enrolment.kind = "pager";
    enrolment.id = "g1";
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_BAD_REQUEST);
    assert_string_equal(fault.text, "only a producer speaks a dialect");

    assert_int_equal(try(*state, "producer", "till-1", &made), ERR_OK);
    assert_int_equal(roster_open(&roster, *state), ERR_OK);
    assert_int_equal(roster.count, 2); /* with what it was before */
    assert_int_equal(roster_find(&roster, "till-1")->dialect, DIALECT_NATIVE);
    roster_close(&roster);
}

static struct enrolment about(const char *dir, const char *id)
{
    return (struct enrolment){ .data_dir = dir,
        .sites = &both,
        .site = "main",
        .kind = "printer",
        .id = id,
        .by = "Ann B.",
        .now_ms = 1700000000000 };
}

static void who_did_it_and_when_is_written_down(void **state)
{
    const struct enrolment enrolment = about(*state, "p1");
    const struct member *member;
    struct credential made;
    struct fault fault = { 0 };
    struct roster roster;

    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    assert_int_equal(roster_open(&roster, *state), ERR_OK);
    member = roster_find(&roster, "p1");
    assert_string_equal(member->by, "Ann_B_");
    assert_true(member->at_ms == enrolment.now_ms + 1);
    roster_close(&roster);
}

static void who_is_retired_can_come_back_as_anything(void **state)
{
    struct enrolment enrolment = about(*state, "p1");
    const struct member *member;
    struct credential made;
    struct fault fault = { 0 };
    struct roster roster;

    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_NOT_FOUND);
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_OK);
    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_NOT_FOUND);
    assert_int_equal(roster_open(&roster, *state), ERR_OK);
    member = roster_find(&roster, "p1");
    assert_true(member->retired);
    assert_string_equal(member->hash, "");
    roster_close(&roster);

    enrolment.kind = "pager";
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    assert_int_equal(roster_open(&roster, *state), ERR_OK);
    assert_int_equal(roster_find(&roster, "p1")->kind, MEMBER_PAGER);
    assert_false(roster_find(&roster, "p1")->retired);
    roster_close(&roster);
}

static void nobody_retires_the_hub_or_somebody_of_another_restaurant(
        void **state)
{
    struct enrolment enrolment = about(*state, HUB_CLIENT_ID);
    struct credential made;
    struct fault fault = { 0 };

    start_hub(*state, HUB_CLIENT_ID, "main");
    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_BAD_ID);
    enrolment.id = "../x";
    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_BAD_ID);
    enrolment = about(*state, "p1");
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    enrolment.site = "harbour";
    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_NOT_FOUND);
}

static void a_printer_of_stars_has_one_name_and_one_restaurant(void **state)
{
    static const char own[] = "bar-001162aabbcc";
    struct credential made;

    assert_int_equal(try(*state, "star", "bar", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "star", "bar-00:11", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "star", own, &made), ERR_OK);
    assert_int_equal(try(*state, "star", own, &made), ERR_OK);
    assert_int_equal(
            try(*state, "star", "grill-001162aabbcc", &made), ERR_CONFLICT);
    assert_int_equal(
            try_at(*state, &both, "harbour", "star", own, &made), ERR_CONFLICT);
    assert_int_equal(try(*state, "star", "bar-001162aabbcd", &made), ERR_OK);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_password_is_the_one_that_was_stored),
        IN_DIR(enrolling_again_makes_a_new_password),
        IN_DIR(an_id_keeps_its_kind),
        IN_DIR(one_id_at_two_sites_is_two_who_log_in),
        IN_DIR(nobody_takes_the_login_of_a_restaurant_that_is_served),
        IN_DIR(a_restaurant_may_get_a_new_name),
        IN_DIR(what_would_break_the_access_list_is_refused),
        IN_DIR(a_producer_may_have_a_dialect_and_a_device_none),
        IN_DIR(who_did_it_and_when_is_written_down),
        IN_DIR(who_is_retired_can_come_back_as_anything),
        IN_DIR(a_printer_of_stars_has_one_name_and_one_restaurant),
        IN_DIR(nobody_retires_the_hub_or_somebody_of_another_restaurant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
