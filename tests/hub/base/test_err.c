#include "hub/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void ok_is_zero(void **unused)
{
    (void)unused;
    assert_int_equal(ERR_OK, 0);
    assert_int_equal(err_kinds[ERR_OK].http, 200);
    assert_int_equal(err_kinds[ERR_OK].close, 0);
}

static void every_error_has_a_name_of_its_own_a_sentence_and_a_status(
        void **unused)
{
    (void)unused;
    for (int i = 0; i < ERR_COUNT; i++) {
        const struct err_kind *kind = &err_kinds[i];

        assert_non_null(kind->name);
        assert_int_equal(strspn(kind->name, "abcdefghijklmnopqrstuvwxyz_0123"
                                            "456789"),
                strlen(kind->name));
        assert_non_null(kind->text);
        assert_true(strlen(kind->text) > 0);
        assert_true(strlen(kind->text) <= FAULT_TEXT_CHARS);
        assert_true(kind->http >= 200 && kind->http <= 599);
        for (int other = 0; other < i; other++)
            assert_string_not_equal(kind->name, err_kinds[other].name);
    }
}

static void close_codes_are_those_a_client_knows_what_to_do_with(void **unused)
{
    static const uint16_t known[] = { 0, 1009, 1012, 1013, 4400, 4401, 4403,
        4408, 4409, 4412, 4429 };

    (void)unused;
    for (int i = 0; i < ERR_COUNT; i++) {
        size_t at = 0;

        while (known[at] != err_kinds[i].close)
            if (++at == sizeof(known) / sizeof(known[0]))
                fail_msg("%s closes with %u", err_kinds[i].name,
                        err_kinds[i].close);
    }
}

static void only_what_may_pass_by_itself_invites_to_try_again(void **unused)
{
    (void)unused;
    for (int i = ERR_OK + 1; i < ERR_COUNT; i++)
        if (err_kinds[i].retry)
            assert_true(err_kinds[i].http == 429 || err_kinds[i].http == 503);
}

static void a_fault_says_code_field_and_sentence(void **unused)
{
    struct fault fault = { 0 };

    (void)unused;
    assert_int_equal(fault_set(&fault, ERR_OUT_OF_RANGE, "items[2].quantity",
                             "must be from %d to %d", 1, 999),
            ERR_OUT_OF_RANGE);
    assert_int_equal(fault.code, ERR_OUT_OF_RANGE);
    assert_string_equal(fault.field, "items[2].quantity");
    assert_string_equal(fault.text, "must be from 1 to 999");
}

static void without_words_of_its_own_a_fault_has_those_of_its_code(
        void **unused)
{
    struct fault fault;

    (void)unused;
    memset(&fault, 'x', sizeof(fault));
    fault_set(&fault, ERR_FORBIDDEN, NULL, NULL);
    assert_string_equal(fault.field, "");
    assert_string_equal(fault.text, err_kinds[ERR_FORBIDDEN].text);
}

static void what_a_peer_wrote_comes_back_as_printable_ascii(void **unused)
{
    struct fault fault;

    (void)unused;
    fault_set(&fault, ERR_BAD_ROOM, "\x1b[2Ja\nb\x7f\xc3\xa9", "no \"%s\"",
            "\r\n\x01\xff~ ");
    assert_string_equal(fault.field, "?[2Ja?b???");
    assert_string_equal(fault.text, "no \"????~ \"");
}

static void too_long_a_text_is_cut(void **unused)
{
    struct fault fault;
    char text[500];

    (void)unused;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    fault_set(&fault, ERR_BAD_ID, text, "%s", text);
    assert_int_equal(strlen(fault.field), FAULT_FIELD_CHARS);
    assert_int_equal(strlen(fault.text), FAULT_TEXT_CHARS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ok_is_zero),
        cmocka_unit_test(
                every_error_has_a_name_of_its_own_a_sentence_and_a_status),
        cmocka_unit_test(close_codes_are_those_a_client_knows_what_to_do_with),
        cmocka_unit_test(only_what_may_pass_by_itself_invites_to_try_again),
        cmocka_unit_test(a_fault_says_code_field_and_sentence),
        cmocka_unit_test(
                without_words_of_its_own_a_fault_has_those_of_its_code),
        cmocka_unit_test(what_a_peer_wrote_comes_back_as_printable_ascii),
        cmocka_unit_test(too_long_a_text_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
