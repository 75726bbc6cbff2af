#include "bridge/mqtt/passwd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The expected text was made by mosquitto_passwd with this salt. */
static void a_hash_is_the_one_that_the_broker_would_make(void **unused)
{
    static const uint8_t salt[PASSWD_SALT_BYTES] = { 0xa3, 0x4e, 0xf7, 0x45,
        0x39, 0x2a, 0x86, 0x39, 0x25, 0xeb, 0x61, 0xfe };
    char hash[PASSWD_HASH_CHARS + 1];

    (void)unused;
    assert_int_equal(passwd_hash("aa", salt, hash), ERR_OK);
    assert_string_equal(hash,
            "$7$101$o073RTkqhjkl62H+$Ee+uQYjQ37ZYWaJQRCHmPM3Rqyb0eJ4a0cdaZ2tI"
            "Hi0Y/00r5nrnwhlzHa1BqWJ151WAKodbrUBaxh8YNVzG5g==");
}

static void passwords_and_salts_are_never_the_same_twice(void **unused)
{
    char one[PASSWORD_CHARS + 1], two[PASSWORD_CHARS + 1];
    char hash_one[PASSWD_HASH_CHARS + 1], hash_two[PASSWD_HASH_CHARS + 1];

    (void)unused;
    assert_int_equal(passwd_make(one), ERR_OK);
    assert_int_equal(passwd_make(two), ERR_OK);
    assert_int_equal(strlen(one), PASSWORD_CHARS);
    assert_int_equal(
            strspn(one, "abcdefghijklmnopqrstuvwxyz234567"), PASSWORD_CHARS);
    assert_string_not_equal(one, two);
    assert_int_equal(passwd_hash_new(one, hash_one), ERR_OK);
    assert_int_equal(passwd_hash_new(one, hash_two), ERR_OK);
    assert_string_not_equal(hash_one, hash_two);
    assert_int_equal(strlen(hash_one), PASSWD_HASH_CHARS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_the_one_that_the_broker_would_make),
        cmocka_unit_test(passwords_and_salts_are_never_the_same_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
