#include "devices/core/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ULID "01081G81860W40J2GB1G6GW3RG"

static const uint8_t one[DEVICE_ID_BYTES] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15, 16 };

static bool read(struct receipt *receipt, const char *text)
{
    return receipt_read(receipt, (const uint8_t *)text, strlen(text));
}

static void what_the_hub_writes_is_read(void **unused)
{
    struct receipt receipt;

    (void)unused;
    assert_true(read(&receipt, "{\"id\":\"" ULID "\",\"seq\":4711,"
                               "\"epoch\":\"k3f9x2a\",\"duplicate\":true,"
                               "\"ts\":1769882645123}"));
    assert_memory_equal(receipt.id, one, sizeof(one));
    assert_false(receipt.is_refused);
    assert_false(receipt.retry);
    assert_int_equal(receipt.ts_ms, 1769882645123);
}

static void a_refusal_says_whether_to_try_again(void **unused)
{
    struct receipt receipt;

    (void)unused;
    assert_true(read(&receipt,
            "{\"id\":\"" ULID "\",\"retry\":true,\"ts\":9,\"error\":{"
            "\"code\":\"busy\",\"field\":\"\",\"message\":\"\\\"}]\"}}"));
    assert_true(receipt.is_refused);
    assert_true(receipt.retry);
    assert_true(read(&receipt, "{\"error\":{\"code\":\"x\",\"id\":3},"
                               "\"retry\":false,\"id\":\"" ULID "\"}"));
    assert_true(receipt.is_refused);
    assert_false(receipt.retry);
    assert_int_equal(receipt.ts_ms, 0);
}

static void the_first_and_the_last_id_are_read(void **unused)
{
    struct receipt receipt;
    uint8_t all[DEVICE_ID_BYTES];

    (void)unused;
    memset(all, 0xFF, sizeof(all));
    assert_true(read(&receipt, "{\"id\":\"7ZZZZZZZZZZZZZZZZZZZZZZZZZ\"}"));
    assert_memory_equal(receipt.id, all, sizeof(all));
    memset(all, 0, sizeof(all));
    assert_true(
            read(&receipt, " { \"id\" : \"00000000000000000000000000\" } "));
    assert_memory_equal(receipt.id, all, sizeof(all));
}

static void it_may_say_when_to_ask_again(void **unused)
{
    static const struct {
        const char *next;
        uint32_t next_s;
    } rows[] = { { "1", 1 }, { "3600", 3600 }, { "3601", 0 }, { "0", 0 },
        { "-5", 0 }, { "2.5", 0 }, { "99999999999999999999", 0 },
        { "null", 0 } };
    struct receipt receipt;
    char text[128];

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(text, sizeof(text), "{\"id\":\"" ULID "\",\"next\":%s}",
                rows[i].next);
        assert_true(read(&receipt, text)); /* a receipt all the same */
        assert_int_equal(receipt.next_s, rows[i].next_s);
    }
    assert_true(read(&receipt, "{\"id\":\"" ULID "\"}"));
    assert_int_equal(receipt.next_s, 0);
}

static void what_is_no_receipt_changes_nothing(void **unused)
{
    static const char *const texts[] = { "", "{}", "[]", "x", "{\"id\":1}",
        "{\"id\":\"\"}", "{\"id\":\"8ZZZZZZZZZZZZZZZZZZZZZZZZZ\"}",
        "{\"id\":\"0108IG81860W40J2GB1G6GW3RG\"}",
        "{\"id\":\"0108ug81860w40j2gb1g6gw3rg\"}", "{\"id\":\"" ULID "0\"}",
        "{\"id\":\"" ULID "\"", "{\"id\":\"" ULID "\"}}",
        "{\"id\":\"" ULID "\"} x", "{\"id\":\"" ULID "\",}",
        "{\"id\":\"" ULID "\" \"seq\":1}",
        "{\"id\":\"" ULID "\",\"id\":\"" ULID "\"}",
        "{\"id\":\"" ULID "\",\"ts\":-1}", "{\"id\":\"" ULID "\",\"ts\":1e9}",
        "{\"id\":\"" ULID "\",\"ts\":1234567890123456}",
        "{\"id\":\"" ULID "\",\"a\":[[[[[1]]]]]}",
        "{\"id\":\"" ULID "\",\"a\":[1}", "{\"id\":\"" ULID "\\",
        "{\"id\":\"" ULID "\",\"a\":\"\n\"}", "{\"id\":\"" ULID,
        "{\"wide\":{\"id\":\"" ULID "\"}}", "{\"id\":\"" ULID "\",\"a\":",
        "{\"id\":\"" ULID "\",\"b\":0,\"b\":0,\"b\":0,\"b\":0,\"b\":0,"
        "\"b\":0,\"b\":0,\"b\":0,\"b\":0,\"b\":0,\"b\":0,\"b\":0,\"b\":0,"
        "\"b\":0,\"b\":0,\"b\":0}" };
    struct receipt receipt = { .ts_ms = 4711 };

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (read(&receipt, texts[i]))
            fail_msg("taken for a receipt: %s", texts[i]);
    assert_false(receipt_read(&receipt, (const uint8_t *)"{\0}", 3));
    assert_int_equal(receipt.ts_ms, 4711);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_hub_writes_is_read),
        cmocka_unit_test(a_refusal_says_whether_to_try_again),
        cmocka_unit_test(the_first_and_the_last_id_are_read),
        cmocka_unit_test(it_may_say_when_to_ask_again),
        cmocka_unit_test(what_is_no_receipt_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
