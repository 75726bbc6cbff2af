#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/cursor.h"

static const struct hash_key journal = { 1, 2 };

static void a_cursor_reads_as_it_was_printed(void **unused)
{
    static const uint64_t seqs[] = { 0, 1, 9, 10, 4711, UINT32_MAX,
        UINT64_MAX };
    static const uint32_t epochs[] = { 0, 35, 36, UINT32_MAX };
    char text[CURSOR_CHARS + 1], epoch[EPOCH_CHARS + 1];
    struct cursor cursor;

    (void)unused;
    for (size_t i = 0; i < sizeof(seqs) / sizeof(*seqs); i++)
        for (size_t j = 0; j < sizeof(epochs) / sizeof(*epochs); j++) {
            uint64_t seal = cursor_seal(journal, epochs[j], seqs[i]);

            cursor_print(epochs[j], seqs[i], seal, text);
            assert_true(cursor_parse(text, &cursor));
            epoch_print(epochs[j], epoch);
            assert_string_equal(cursor.epoch, epoch);
            assert_true(cursor.seq == seqs[i]);
            assert_true(cursor.is_sealed && cursor.seal == seal);
        }
    cursor_print(UINT32_MAX, UINT64_MAX, 0xa, text);
    assert_string_equal(text, "1z141z3.18446744073709551615.000000000000000a");
    assert_int_equal(strlen(text), CURSOR_CHARS);
}

static void a_seal_is_of_the_key_the_epoch_and_the_number(void **unused)
{
    struct hash_key key = cursor_key(journal);
    uint64_t seal = cursor_seal(key, 7, 42);

    (void)unused;
    assert_true(cursor_seal(key, 7, 42) == seal);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct hash_key other = { key.k0 ^ 1ull << bit, key.k1 };

        assert_true(cursor_seal(other, 7, 42) != seal);
        other = (struct hash_key){ key.k0, key.k1 ^ 1ull << bit };
        assert_true(cursor_seal(other, 7, 42) != seal);
        assert_true(cursor_seal(key, 7, 42 ^ 1ull << bit) != seal);
        if (bit < 32)
            assert_true(cursor_seal(key, 7 ^ 1u << bit, 42) != seal);
    }
    assert_true(key.k0 != key.k1);
    assert_true(key.k0 != journal.k0 && key.k1 != journal.k1);
}

/* They stay good: who has one from before an update comes back with it. */
static void seals_stay_what_they_are(void **unused)
{
    char text[CURSOR_CHARS + 1];

    (void)unused;
    cursor_print(35, 4711, cursor_seal(cursor_key(journal), 35, 4711), text);
    assert_string_equal(text, "z.4711.05135a6ad9d067bc");
}

static void what_was_never_given_is_no_cursor(void **unused)
{
    static const char *const bad[] = { "", ".", "z", "z.", ".1", "z.b", "z.1x",
        "aaaaaaaa.1", "Z.1", "z.-1", "z.+1", "z. 1", " z.1", "z.1 ", "z.01",
        "z.00", "z.18446744073709551616", "z.99999999999999999999",
        "z.111111111111111111111", "z.1.", "z.1.0", "z.1.0123456789abcde",
        "z.1.0123456789abcdef0", "z.1.0123456789ABCDEF", "z.1.0123456789abcdeg",
        "z.1.0123456789abcdef.", "z.1.0123456789abcdef\n",
        "z..0123456789abcdef", "z.1.0x23456789abcdef" };
    struct cursor cursor;

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (cursor_parse(bad[i], &cursor))
            fail_msg("\"%s\" is read as a cursor", bad[i]);
    assert_true(cursor_parse("z.1", &cursor)); /* as they were before seals */
    assert_false(cursor.is_sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_reads_as_it_was_printed),
        cmocka_unit_test(a_seal_is_of_the_key_the_epoch_and_the_number),
        cmocka_unit_test(seals_stay_what_they_are),
        cmocka_unit_test(what_was_never_given_is_no_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
