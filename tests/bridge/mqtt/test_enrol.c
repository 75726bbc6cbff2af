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
        "broker/passwd", "broker/acl", "broker/lock", "broker", "" };
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[i]);
        remove(path);
    }
    free(*state);
    return 0;
}

static enum err try(const char *dir, const char *kind, const char *id,
        struct credential *made)
{
    struct fault fault = { 0 };
    enum err err = enrol(dir, "main", kind, id, NULL, made, &fault);

    assert_int_equal(fault.code, err);
    return err;
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
    assert_string_equal(member->kind, "printer");
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

static void what_would_break_the_access_list_is_refused(void **state)
{
    struct credential made;
    struct fault fault = { 0 };

    assert_int_equal(try(*state, "printer", "a/b", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "printer", "+", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "printer", "a\nuser b", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "printer", "", &made), ERR_BAD_ID);
    assert_int_equal(try(*state, "hub", "h", &made), ERR_BAD_REQUEST);
    assert_int_equal(try(*state, "printer", HUB_CLIENT_ID, &made), ERR_BAD_ID);
    assert_int_equal(enrol(*state, "main", "pager", "g1", "#", &made, &fault),
            ERR_BAD_ID);
    assert_string_equal(fault.field, "table");
    assert_int_equal(enrol(*state, "a/b", "pager", "g1", "5", &made, &fault),
            ERR_BAD_ID);
    assert_string_equal(fault.field, "site");
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_password_is_the_one_that_was_stored),
        IN_DIR(enrolling_again_makes_a_new_password),
        IN_DIR(an_id_keeps_its_kind),
        IN_DIR(what_would_break_the_access_list_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
