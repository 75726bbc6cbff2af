#include "devices/port/esp32/logic/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct setup_claim claim;

/* From memory that ends where the text does, so that ASan sees the end. */
static enum setup_kind read_text(const char *text)
{
    size_t len = strlen(text);
    char *exact = malloc(len ? len : 1);
    enum setup_kind kind;

    memcpy(exact, text, len);
    kind = setup_read(&claim, exact, len);
    free(exact);
    return kind;
}

static void an_address_and_a_code_are_a_claim(void **unused)
{
    (void)unused;
    assert_int_equal(
            read_text("http://192.0.2.10:8080 ABCD-EFGH"), SETUP_CLAIM);
    assert_string_equal(claim.url, "http://192.0.2.10:8080/api/enrol");
    assert_string_equal(claim.host, "192.0.2.10");
    assert_string_equal(claim.body, "{\"code\":\"ABCD-EFGH\"}");
    assert_int_equal(read_text(" https://hub.example/ \t7K2M\n"), SETUP_CLAIM);
    assert_string_equal(claim.url, "https://hub.example/api/enrol");
    assert_string_equal(claim.host, "hub.example");
    assert_string_equal(claim.body, "{\"code\":\"7K2M\"}");
}

static void an_address_of_six_has_brackets(void **unused)
{
    (void)unused;
    assert_int_equal(read_text("http://[2001:db8::7]:8080 A"), SETUP_CLAIM);
    assert_string_equal(claim.url, "http://[2001:db8::7]:8080/api/enrol");
    assert_string_equal(claim.host, "2001:db8::7");
    assert_int_equal(read_text("http://[2001:db8::7 A"), SETUP_NONE);
    assert_int_equal(read_text("http://[] A"), SETUP_NONE);
}

static void an_object_is_a_credential(void **unused)
{
    (void)unused;
    assert_int_equal(read_text("\n {\"client_id\":\"a\"}"), SETUP_CREDENTIAL);
}

static void anything_else_is_nothing_and_changes_nothing(void **unused)
{
    static const char *const texts[] = { "", " ", "ABCD", "http://", "http:///",
        "http:// ABCD", "ftp://host ABCD", "http://host", "http://host ",
        "http://host AB\"CD", "http://host AB CD", "http://host\\ ABCD",
        "http://ho\"st ABCD", "http://host/path ABCD", "http://host?a=b ABCD",
        "http://user@host ABCD",
        "http://host 01234567890123456789012345678901" };

    (void)unused;
    memset(&claim, 7, sizeof(claim));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(read_text(texts[i]), SETUP_NONE);
    for (size_t i = 0; i < sizeof(claim); i++)
        assert_int_equal(((const char *)&claim)[i], 7);
}

static void an_address_that_is_too_long_is_refused(void **unused)
{
    char text[SETUP_URL_BYTES + 32] = "http://";
    size_t fits = SETUP_URL_BYTES - sizeof("https:///api/enrol") - 1;

    (void)unused;
    memset(text + 7, 'a', fits);
    memcpy(text + 7 + fits, " A", 3);
    assert_int_equal(read_text(text), SETUP_CLAIM);
    memset(text + 7, 'a', fits + 1);
    memcpy(text + 7 + fits + 1, " A", 3);
    assert_int_equal(read_text(text), SETUP_NONE);
}

static void a_certificate_may_stand_behind_it(void **unused)
{
    static const char with[] = "http://hub A\n-----BEGIN CERTIFICATE-----\nMII";

    (void)unused;
    assert_int_equal(setup_certificate(with, sizeof(with) - 1), 13);
    assert_int_equal(setup_certificate(with, 20), 20); /* cut: none */
    assert_int_equal(setup_certificate("", 0), 0);
    assert_int_equal(setup_read(&claim, with, 13), SETUP_CLAIM);
    assert_string_equal(claim.body, "{\"code\":\"A\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_and_a_code_are_a_claim),
        cmocka_unit_test(an_address_of_six_has_brackets),
        cmocka_unit_test(an_object_is_a_credential),
        cmocka_unit_test(anything_else_is_nothing_and_changes_nothing),
        cmocka_unit_test(an_address_that_is_too_long_is_refused),
        cmocka_unit_test(a_certificate_may_stand_behind_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
