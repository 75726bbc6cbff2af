#include "bridge/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/place.h"

static struct place place;

static const char *write_it(const char *text, mode_t mode)
{
    const char *path = place_file(&place, "password");
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void assert_password(const char *text, const char *want)
{
    char password[PASSWORD_BYTES];
    struct fault fault;

    assert_int_equal(
            password_read(write_it(text, 0600), password, &fault), ERR_OK);
    assert_string_equal(password, want);
}

static void assert_refused(const char *path, const char *why)
{
    char password[PASSWORD_BYTES] = "left over";
    struct fault fault;

    assert_int_equal(password_read(path, password, &fault), ERR_CONFIG);
    assert_non_null(strstr(fault.text, why));
    assert_string_equal(password, "");
}

static void it_is_the_first_line(void **unused)
{
    (void)unused;
    assert_password("secret", "secret");
    assert_password("secret\n", "secret");
    assert_password("secret\r\nmore\n", "secret");
    assert_password(" with blanks \n", " with blanks ");
}

static void one_that_others_may_read_is_refused(void **unused)
{
    (void)unused;
    assert_refused(write_it("secret\n", 0604), "others may read it");
    assert_refused(write_it("secret\n", 0620), "others may read it");
}

static void what_is_no_password_is_refused(void **unused)
{
    char text[PASSWORD_BYTES + 1];

    (void)unused;
    assert_refused(write_it("", 0600), "no password");
    assert_refused(write_it("\nsecret\n", 0600), "no password");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_refused(write_it(text, 0600), "too long");
    text[PASSWORD_BYTES - 2] = '\0';
    assert_password(text, text);
    assert_refused("/", "not a file");
    assert_refused("/nowhere/password", "No such file");
}

static int make(void **unused)
{
    (void)unused;
    place_make(&place);
    return 0;
}

static int unmake(void **unused)
{
    (void)unused;
    place_remove(&place);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_first_line),
        cmocka_unit_test(one_that_others_may_read_is_refused),
        cmocka_unit_test(what_is_no_password_is_refused),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
