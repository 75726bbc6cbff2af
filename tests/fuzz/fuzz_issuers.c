/*
 * A file of issuers: read whole or not at all; what was read is within its
 * bounds, and what is wrong with it is said in lines of printable ASCII.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/auth_issuers.h"
#include "schemas/roles.h"

static const char *const samples[] = {
    "- kid: till\n  algorithm: HS256\n  key_file: secret\n",
    ("- kid: shop-2025\n  algorithm: HS256\n  key_file: secret\n"
     "  issuer: https://shop.example\n  audience: dumbwaiter\n  site: main\n"
     "  not_after: 2027-01-01T00:00:00Z\n  max_lifetime: 12h\n  iat: optional\n"
     "  claims: {subject: user.id, role: user.role, roles: scopes,\n"
     "    table: table_no}\n"
     "  roles:\n    kitchen: [cook, chef]\n    waiter: [server]\n"
     "    MANAGER: [boss]\n"),
    "# nobody yet\n",
    ("- {kid: a, algorithm: HS256, key_file: secret, roles: {pos: [till]}}\n"
     "- {kid: b, algorithm: HS256, key_file: secret}\n"),
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

static char folder[] = "/tmp/fuzz_issuers_XXXXXX";
static char secret[64], path[64];

static void remove_folder(void)
{
    unlink(secret);
    rmdir(folder);
}

/* A key for those who find its name. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    FILE *file;

    (void)argc;
    (void)argv;
    assert(mkdtemp(folder));
    snprintf(secret, sizeof(secret), "%s/secret", folder);
    snprintf(path, sizeof(path), "%s/issuers.yml", folder);
    file = fopen(secret, "w");
    assert(file && chmod(secret, 0600) == 0);
    fputs("sixteen bytes or more of it", file);
    fclose(file);
    atexit(remove_folder);
    return 0;
}

static void check_text(const char *text, size_t size)
{
    assert(memchr(text, '\0', size));
}

static void check(const struct issuer *issuer)
{
    check_text(issuer->kid, sizeof(issuer->kid));
    check_text(issuer->issuer, sizeof(issuer->issuer));
    check_text(issuer->audience, sizeof(issuer->audience));
    check_text(issuer->site, sizeof(issuer->site));
    assert(!issuer->site[0] || strcmp(issuer->site, "main") == 0);
    assert(issuer->key.algorithm < KEY_ALGORITHMS);
    assert(issuer->key.bytes && issuer->key.len >= KEY_LEAST);
    for (int i = 0; i < CLAIM_COUNT; i++)
        check_text(issuer->claims[i], sizeof(issuer->claims[i]));
    assert(issuer->word_count <= ISSUER_WORDS);
    for (uint32_t i = 0; i < issuer->word_count; i++) {
        check_text(issuer->words[i].theirs, sizeof(issuer->words[i].theirs));
        assert(issuer->words[i].theirs[0] && issuer->words[i].roles);
        assert(!(issuer->words[i].roles & ROLE_HUB));
    }
}

static void check_faults(const struct buf *faults)
{
    assert(faults->failed || faults->len > 0);
    for (size_t i = 0; i < faults->len; i++)
        assert(faults->data[i] == '\n' ||
                (faults->data[i] >= 0x20 && faults->data[i] < 0x7F));
    assert(faults->failed || faults->data[faults->len - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct issuers issuers;
    const struct sites sites = { .names = { "main" }, .count = 1 };
    struct buf faults;
    enum err err;

    buf_init(&faults, 64 * 1024);
    err = issuers_read_text(
            &issuers, path, (const char *)data, len, &sites, &faults);
    assert(err == ERR_OK || err == ERR_CONFIG);
    assert(issuers.count <= ISSUERS_MAX);
    if (err != ERR_OK) {
        assert(issuers.count == 0);
        check_faults(&faults);
    } else {
        assert(faults.len == 0);
    }
    for (uint32_t i = 0; i < issuers.count; i++)
        check(&issuers.rows[i]);
    issuers_finish(&issuers);
    buf_finish(&faults);
    return 0;
}
