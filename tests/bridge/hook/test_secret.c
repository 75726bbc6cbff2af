#include "bridge/hook/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/place.h"

/* One byte too many: 65. */
#define LONG                                                                   \
    "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"                       \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* The example that the libraries of Standard Webhooks are tested with. */
#define SECRET    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID        "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define BODY      "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static void the_signature_is_that_of_standard_webhooks(void **unused)
{
    char out[SIGNATURE_CHARS + 1];
    struct secret secret;

    (void)unused;
    assert_int_equal(secret_parse(&secret, SECRET), ERR_OK);
    assert_int_equal(secret.len, 24);
    assert_int_equal(
            secret_sign(&secret, ID, 1614265330, BODY, strlen(BODY), out),
            ERR_OK);
    assert_string_equal(out, SIGNATURE);
    secret_close(&secret);
}

static void id_moment_and_body_are_all_signed(void **unused)
{
    char out[SIGNATURE_CHARS + 1];
    struct secret secret;

    (void)unused;
    assert_int_equal(secret_parse(&secret, SECRET), ERR_OK);
    secret_sign(&secret, "msg_2", 1614265330, BODY, strlen(BODY), out);
    assert_string_not_equal(out, SIGNATURE);
    secret_sign(&secret, ID, 1614265331, BODY, strlen(BODY), out);
    assert_string_not_equal(out, SIGNATURE);
    secret_sign(&secret, ID, 1614265330, BODY, strlen(BODY) - 1, out);
    assert_string_not_equal(out, SIGNATURE);
    secret.bytes[0] ^= 1;
    secret_sign(&secret, ID, 1614265330, BODY, strlen(BODY), out);
    assert_string_not_equal(out, SIGNATURE);
}

static void what_is_no_secret_is_refused(void **unused)
{
    static const char *const texts[] = { "", "whsec_", "secret",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",       /* without its prefix */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",  /* no whole group */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==", /* 22 bytes, cut off */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==", /* 22 bytes */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI o2LaLaSw", "whsec_====",
        "whsec_MfKQ=r8GKYqrTwjUPD8ILPZIo2LaLaSw", /* padding inside */
        LONG };
    struct secret secret;

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(secret_parse(&secret, texts[i]), ERR_CONFIG);
        assert_int_equal(secret.len, 0);
    }
}

static void padding_is_not_part_of_it(void **unused)
{
    struct secret secret;

    (void)unused;
    assert_int_equal(
            secret_parse(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAQ=="),
            ERR_OK);
    assert_int_equal(secret.len, 25);
    assert_int_equal(
            secret_parse(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAQI="),
            ERR_OK);
    assert_int_equal(secret.len, 26);
}

/* --- the file --- */

static int begin(void **state)
{
    static struct place place;

    place_make(&place);
    *state = &place;
    return 0;
}

static int end(void **state)
{
    place_remove(*state);
    return 0;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_file_that_is_not_there_is_made_for_its_owner_only(void **state)
{
    struct place *place = *state;
    struct secret made, read;
    struct stat about;
    const char *path;

    path = place_file(place, "webhook.secret");
    assert_int_equal(secret_open(&made, path), ERR_OK);
    assert_int_equal(made.len, 32);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(secret_open(&read, path), ERR_OK);
    assert_int_equal(read.len, made.len);
    assert_memory_equal(read.bytes, made.bytes, made.len);
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    struct place *place = *state;
    struct secret secret;
    const char *path;

    path = place_file(place, "open");
    write_file(path, SECRET "\n", 0644);
    assert_int_equal(secret_open(&secret, path), ERR_CONFIG);
    write_file(path, SECRET "\n", 0600);
    assert_int_equal(secret_open(&secret, path), ERR_OK);
    assert_int_equal(secret.len, 24);
}

static void a_file_of_something_else_is_refused(void **state)
{
    struct place *place = *state;
    struct secret secret;
    const char *path;

    path = place_file(place, "other");
    write_file(path, "", 0600);
    assert_int_equal(secret_open(&secret, path), ERR_CONFIG);
    write_file(path, "hunter2\n", 0600);
    assert_int_equal(secret_open(&secret, path), ERR_CONFIG);
    assert_int_equal(secret_open(&secret, "/dev/null"), ERR_CONFIG);
    path = place_file(place, "no/such/folder");
    assert_int_equal(secret_open(&secret, path), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signature_is_that_of_standard_webhooks),
        cmocka_unit_test(id_moment_and_body_are_all_signed),
        cmocka_unit_test(what_is_no_secret_is_refused),
        cmocka_unit_test(padding_is_not_part_of_it),
        cmocka_unit_test_setup_teardown(
                a_file_that_is_not_there_is_made_for_its_owner_only, begin,
                end),
        cmocka_unit_test_setup_teardown(
                a_file_that_others_may_read_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
                a_file_of_something_else_is_refused, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
