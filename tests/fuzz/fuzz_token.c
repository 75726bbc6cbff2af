/*
 * Tokens, as anybody may send them, and as somebody who has the key may sign
 * them: a back end's claims are read as carefully as a stranger's bytes.
 *
 * The first byte chooses: the rest is a token as it is; or a payload behind a
 * good head, under a good signature; or a head and a payload (a line each).
 */
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bridge/auth.h"
#include "schemas/roles.h"

#define NOW_MS 1769882645123
#define HEAD   "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}"
#define CLAIMS                                                                 \
    "\"iss\":\"dumbwaiter\",\"aud\":\"dumbwaiter\",\"site\":\"main\","         \
    "\"jti\":\"01KGA0000000000000000000AA\",\"iat\":1769882600,"               \
    "\"exp\":1769889900"

static const char *const samples[] = {
    ("1{" CLAIMS ",\"sub\":\"ana\",\"roles\":[\"kitchen\"],"
     "\"stations\":[\"grill\",\"bar\"]}"),
    ("1{" CLAIMS ",\"sub\":\"bo\",\"role\":\"table\",\"table\":\"5\"}"),
    ("1{" CLAIMS ",\"sub\":\"cy\",\"roles\":[\"waiter\",\"device\"],"
     "\"tables\":[\"5\",\"zone:hall\"],\"device\":\"pager-5\"}"),
    ("1{\"iss\":\"dumbwaiter\",\"aud\":[\"a\",\"dumbwaiter\"],\"sub\":\"x\","
     "\"roles\":[\"hub\"],\"exp\":1769889900,\"iat\":1769882600,"
     "\"nbf\":1769882600,\"site\":\"harbour\"}"),
    ("2{\"alg\":\"HS256\",\"typ\":\"JWT\"}\n{" CLAIMS ",\"sub\":\"x\","
     "\"roles\":[\"admin\"]}"),
    ("2{\"alg\":\"none\"}\n{" CLAIMS ",\"sub\":\"x\",\"roles\":[\"admin\"]}"),
    "0eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

static char folder[] = "/tmp/fuzz_token_XXXXXX";
static char path[64];
static struct auth auth;

static void remove_folder(void)
{
    auth_close(&auth);
    unlink(path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct sites sites = { .names = { "main", "harbour" },
        .count = 2 };

    (void)argc;
    (void)argv;
    assert(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/key", folder);
    assert(auth_open(&auth, path, &sites) == ERR_OK);
    atexit(remove_folder);
    return 0;
}

/* Base 64 for addresses, without padding. */
static size_t put_part(char *out, const uint8_t *bytes, size_t len)
{
    size_t made = (size_t)EVP_EncodeBlock((uint8_t *)out, bytes, (int)len);

    while (made > 0 && out[made - 1] == '=')
        made--;
    for (size_t i = 0; i < made; i++)
        out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
    out[made] = '\0';
    return made;
}

static void sign(char *token, const uint8_t *head, size_t head_len,
        const uint8_t *claims, size_t len)
{
    const struct key *key = &auth.own[AUTH_NEW].key;
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned sum_len = 0;
    size_t at = put_part(token, head, head_len);

    token[at++] = '.';
    at += put_part(token + at, claims, len);
    HMAC(EVP_sha256(), key->bytes, (int)key->len, (uint8_t *)token, at, sum,
            &sum_len);
    token[at++] = '.';
    put_part(token + at, sum, sum_len);
}

static bool is_id(const char *text)
{
    return id_is_valid(text, strlen(text));
}

static void check_scope(const char *scope, bool zones)
{
    while (*scope) {
        size_t len = strcspn(scope, " ");
        size_t skip = zones && strncmp(scope, "zone:", 5) == 0 ? 5 : 0;

        assert(len > skip && id_is_valid(scope + skip, len - skip));
        scope += len + (scope[len] == ' ');
    }
}

/* Whoever gets in is somebody by the grammar, and never the hub. */
static void check(const struct principal *who, const char *site)
{
    assert(strcmp(site, "main") == 0 || strcmp(site, "harbour") == 0);
    assert(who->roles && !(who->roles & ROLE_HUB));
    assert(who->expires_at_ms > NOW_MS);
    assert(who->subject[0] && memchr(who->subject, '\0', SUBJECT_CHARS + 1));
    for (const char *c = who->subject; *c; c++)
        assert(*c >= 0x20 && *c < 0x7F);
    assert(!(who->roles & ROLE_TABLE) || is_id(who->table));
    assert(!(who->roles & ROLE_DEVICE) || is_id(who->device));
    assert(!who->session[0] || is_id(who->session));
    assert(!who->token_id[0] || is_id(who->token_id));
    check_scope(who->stations, false);
    check_scope(who->tables, true);
}

static void enter(const char *token, bool is_signed)
{
    struct principal who;
    const char *site = NULL;
    int64_t life_ms;

    if (auth_check(&auth, token, NOW_MS, &who, &site) == ERR_OK) {
        assert(is_signed);
        check(&who, site);
    }
    if (auth_check_link(&auth, token, NOW_MS, &who, &site, &life_ms) ==
            ERR_OK) {
        assert(is_signed && life_ms > 0 && who.token_id[0]);
        check(&who, site);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char token[64 * 1024], head[128];
    const uint8_t *claims;

    if (len < 2 || len > 16 * 1024)
        return 0;
    if (data[0] == '0') {
        memcpy(token, data + 1, len - 1);
        token[len - 1] = '\0';
        enter(token, false);
        return 0;
    }
    claims = data[0] == '2' ? memchr(data, '\n', len) : NULL;
    if (claims) {
        sign(token, data + 1, (size_t)(claims - data - 1), claims + 1,
                len - (size_t)(claims + 1 - data));
    } else {
        snprintf(head, sizeof(head), HEAD, auth.own[AUTH_NEW].kid);
        sign(token, (uint8_t *)head, strlen(head), data + 1, len - 1);
    }
    enter(token, true);
    return 0;
}
