#include "devices/port/posix/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

static struct credential credential;

/* From memory that ends where the text does, so that ASan sees the end. */
static bool parse(const char *text)
{
    size_t len = strlen(text);
    char *exact = malloc(len ? len : 1);
    bool is_one;

    memcpy(exact, text, len);
    is_one = credential_parse(&credential, exact, len);
    free(exact);
    return is_one;
}

#define WHOLE "{\"client_id\":\"a\",\"username\":\"b\",\"password\":\"c\"}"

static void what_enrol_writes_is_read(void **unused)
{
    (void)unused;
    assert_true(parse("{ \"client_id\": \"pr1\", \"username\": \"pr1\",\n"
                      "  \"password\": \"a\\\"b\\\\c\", \"site\": \"main\",\n"
                      "  \"port\": 1883, \"kind\": \"printer\" }\n"));
    assert_string_equal(credential.client_id, "pr1");
    assert_string_equal(credential.username, "pr1");
    assert_string_equal(credential.password, "a\"b\\c");
    assert_string_equal(credential.site, "main");
}

static void what_a_code_is_answered_with_is_read(void **unused)
{
    (void)unused;
    assert_true(parse("{\"client_id\":\"p5\",\"username\":\"p5\","
                      "\"password\":\"x\",\"site\":\"main\",\"id\":\"p5\","
                      "\"kind\":\"pager\",\"table\":\"5\","
                      "\"mqtt\":{\"host\":\"192.0.2.1\",\"port\":8883,"
                      "\"tls\":true}}"));
    assert_string_equal(credential.kind, "pager");
    assert_string_equal(credential.table, "5");
    assert_string_equal(credential.host, "192.0.2.1");
    assert_string_equal(credential.port, "8883");
    assert_string_equal(credential.tls, "true");
}

static void an_object_within_is_the_brokers_and_one_deep(void **unused)
{
    (void)unused;
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"c\",\"mqtt\":1}"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"c\",\"mqtt\":{\"mqtt\":{\"port\":1}}}"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"c\",\"mqtt\":{\"port\":\"1\"}}"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"c\",\"mqtt\":{\"port\":1}"));
}

static void cut_anywhere_it_is_none(void **unused)
{
    char text[] = WHOLE;

    (void)unused;
    assert_true(parse(text));
    for (size_t len = strlen(text); len-- > 0;) {
        text[len] = '\0';
        assert_false(parse(text));
    }
}

static void what_is_doubtful_is_refused(void **unused)
{
    (void)unused;
    assert_false(parse(WHOLE "x"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\"}"));
    assert_false(parse("{\"client_id\":\"a\",\"client_id\":\"x\","
                       "\"username\":\"b\",\"password\":\"c\"}"));
    assert_false(parse("{\"client_id\":1,\"username\":\"b\","
                       "\"password\":\"c\"}"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"\\u0063\"}"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"c\nd\"}"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"c\",\"more\":{}}"));
    assert_false(parse("{\"client_id\":\"a\",\"username\":\"b\","
                       "\"password\":\"c\",}"));
}

static void a_value_that_is_too_long_is_refused(void **unused)
{
    char text[400];
    char value[CREDENTIAL_TEXT + 1];

    (void)unused;
    memset(value, 'x', sizeof(value));
    for (size_t len = CREDENTIAL_TEXT - 1; len <= CREDENTIAL_TEXT; len++) {
        snprintf(text, sizeof(text),
                "{\"client_id\":\"a\",\"username\":\"b\",\"password\":\"%.*"
                "s\"}",
                (int)len, value);
        assert_int_equal(parse(text), len < CREDENTIAL_TEXT);
    }
}

static void a_password_file_gives_its_first_line(void **unused)
{
    char path[SCRATCH_BYTES];
    char name[SCRATCH_BYTES + 16];
    char password[CREDENTIAL_TEXT];
    FILE *file;

    (void)unused;
    scratch_make(path);
    snprintf(name, sizeof(name), "%s/password", path);
    assert_false(credential_password(password, name));
    file = fopen(name, "w");
    assert_non_null(file);
    fputs("secret\nmore\n", file);
    fclose(file);
    assert_true(credential_password(password, name));
    assert_string_equal(password, "secret");
    scratch_clear(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_enrol_writes_is_read),
        cmocka_unit_test(what_a_code_is_answered_with_is_read),
        cmocka_unit_test(an_object_within_is_the_brokers_and_one_deep),
        cmocka_unit_test(cut_anywhere_it_is_none),
        cmocka_unit_test(what_is_doubtful_is_refused),
        cmocka_unit_test(a_value_that_is_too_long_is_refused),
        cmocka_unit_test(a_password_file_gives_its_first_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
