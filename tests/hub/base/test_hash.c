#include "hub/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The key and the input of the published vectors: 0, 1, 2, ... */
static const struct hash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

static void sip_gives_the_published_values(void **unused)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } vectors[] = {
        { 0, 0x726fdb47dd0e0e31 },
        { 1, 0x74f839c593dc67fd },
        { 7, 0xab0200f58b01d137 },
        { 8, 0x93f5f5799a932462 },
        { 15, 0xa129ca6149be45e5 },
    };
    unsigned char input[16];

    (void)unused;
    for (size_t i = 0; i < sizeof(input); i++)
        input[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        assert_true(hash_sip(key, input, vectors[i].len) == vectors[i].hash);
}

static void sip_depends_on_both_halves_of_the_key(void **unused)
{
    struct hash_key first = { key.k0 ^ 1, key.k1 };
    struct hash_key second = { key.k0, key.k1 ^ 1 };

    (void)unused;
    assert_true(hash_sip(key, "a", 1) != hash_sip(first, "a", 1));
    assert_true(hash_sip(key, "a", 1) != hash_sip(second, "a", 1));
}

static void sip_tells_a_nul_from_nothing(void **unused)
{
    (void)unused;
    assert_true(hash_sip(key, "a\0", 2) != hash_sip(key, "a", 1));
    assert_true(hash_sip(key, "\0", 1) != hash_sip(key, "", 0));
}

static void crc_gives_the_published_values(void **unused)
{
    unsigned char block[32];

    (void)unused;
    assert_int_equal(hash_crc32c(0, "", 0), 0);
    assert_int_equal(hash_crc32c(0, "123456789", 9), 0xe3069283);
    memset(block, 0, sizeof(block));
    assert_int_equal(hash_crc32c(0, block, sizeof(block)), 0x8a9136aa);
    memset(block, 0xff, sizeof(block));
    assert_int_equal(hash_crc32c(0, block, sizeof(block)), 0x62a8ab43);
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (unsigned char)i;
    assert_int_equal(hash_crc32c(0, block, sizeof(block)), 0x46dd794e);
}

static void crc_of_the_parts_is_crc_of_the_whole(void **unused)
{
    const char text[] = "orders down, ready up";
    uint32_t whole = hash_crc32c(0, text, sizeof(text));

    (void)unused;
    for (size_t cut = 0; cut <= sizeof(text); cut++)
        assert_int_equal(hash_crc32c(hash_crc32c(0, text, cut), text + cut,
                                 sizeof(text) - cut),
                whole);
}

static void crc_notices_every_single_flipped_bit(void **unused)
{
    unsigned char bytes[64] = "a record";
    uint32_t crc = hash_crc32c(0, bytes, sizeof(bytes));

    (void)unused;
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_not_equal(hash_crc32c(0, bytes, sizeof(bytes)), crc);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sip_gives_the_published_values),
        cmocka_unit_test(sip_depends_on_both_halves_of_the_key),
        cmocka_unit_test(sip_tells_a_nul_from_nothing),
        cmocka_unit_test(crc_gives_the_published_values),
        cmocka_unit_test(crc_of_the_parts_is_crc_of_the_whole),
        cmocka_unit_test(crc_notices_every_single_flipped_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
