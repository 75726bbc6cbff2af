#include "bridge/wires/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648, section 10. */
static const struct {
    const char *plain, *coded;
} known[] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
    { "\xff\xef\xbe", "/+++" },
};

static void the_known_examples_go_both_ways(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t len = strlen(known[i].plain), coded = strlen(known[i].coded);
        struct buf out;

        buf_init(&out, 64);
        base64_put(&out, known[i].plain, len);
        assert_int_equal(out.len, coded);
        assert_int_equal(base64_chars(len), coded);
        if (coded)
            assert_memory_equal(out.data, known[i].coded, coded);
        buf_clear(&out);
        assert_true(base64_decode(&out, known[i].coded, coded));
        assert_int_equal(out.len, len);
        if (len)
            assert_memory_equal(out.data, known[i].plain, len);
        buf_finish(&out);
    }
}

static void all_bytes_of_all_lengths_come_back(void **unused)
{
    uint8_t bytes[2000];
    struct buf coded, plain;

    (void)unused;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    buf_init(&coded, 4000);
    buf_init(&plain, sizeof(bytes));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        buf_clear(&coded);
        buf_clear(&plain);
        base64_put(&coded, bytes, len);
        assert_int_equal(coded.len, base64_chars(len));
        assert_true(base64_decode(&plain, coded.data, coded.len));
        assert_int_equal(plain.len, len);
        if (len)
            assert_memory_equal(plain.data, bytes, len);
    }
    buf_finish(&coded);
    buf_finish(&plain);
}

static void what_no_encoder_writes_is_refused_and_leaves_no_trace(void **unused)
{
    static const char *const bad[] = {
        "A", "AA", "AAA", "AAAAA",                   /* no whole groups */
        "=", "====", "A===", "=AAA", "A=AA", "AA=A", /* padding elsewhere */
        "AA==AAAA", "AAA=AAAA", "AAAA====", "AAAA=", /* or in the middle */
        "AAA AAA=", "AAAA\nAAA", " AAA", "AAA\n",    /* blanks */
        "AA-_", "AA.A", "AA*A", "AA\x80\x80", "AA@A", "AA[A", "AA`A", "AA{A",
        "Zh==", "Zm9=", "Zm+=", /* bits behind the last byte */
    };
    struct buf out;

    (void)unused;
    buf_init(&out, 64);
    buf_puts(&out, "kept");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (base64_decode(&out, bad[i], strlen(bad[i])))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(out.len, 4);
        assert_memory_equal(out.data, "kept", 4);
        assert_false(out.failed);
    }
    assert_false(base64_decode(&out, "AA\0A", 4));
    buf_finish(&out);
}

static void what_does_not_fit_is_not_even_begun(void **unused)
{
    struct buf out;

    (void)unused;
    buf_init(&out, 3);
    assert_true(base64_decode(&out, "AAAA", 4));
    buf_clear(&out);
    assert_false(base64_decode(&out, "AAAAAA==", 8));
    assert_true(out.failed);
    assert_int_equal(out.len, 0);
    buf_clear(&out);
    assert_true(base64_decode(&out, "AAA=", 4));
    assert_false(base64_decode(&out, "AAA=", 4)); /* one byte is left */
    assert_true(out.failed);
    assert_int_equal(out.len, 2);
    buf_finish(&out);
}

static void a_late_mistake_takes_back_what_was_decoded(void **unused)
{
    char text[4000];
    struct buf out;

    (void)unused;
    memset(text, 'A', sizeof(text));
    text[sizeof(text) - 2] = '!';
    buf_init(&out, 4000);
    assert_false(base64_decode(&out, text, sizeof(text)));
    assert_int_equal(out.len, 0);
    assert_false(out.failed);
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_examples_go_both_ways),
        cmocka_unit_test(all_bytes_of_all_lengths_come_back),
        cmocka_unit_test(what_no_encoder_writes_is_refused_and_leaves_no_trace),
        cmocka_unit_test(what_does_not_fit_is_not_even_begun),
        cmocka_unit_test(a_late_mistake_takes_back_what_was_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
