/*
 * Thousands of tokens that are not the one that was given out. Each is refused
 * with the one error and changes nothing; how many of which kind is printed.
 * The tokens that were given out are good before and after each kind.
 */
#include "bridge/auth.h"

#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/log.h"
#include "schemas/roles.h"
#include "tests/bridge/auth_made.h"

#define NOW    1769882645123
#define LEAST  5000 /* variants in all */
#define SECRET "a secret that a back end has"
#define MOST   8192 /* characters of a token made here */

#define TIMES       "\"iat\":1769882645,\"exp\":1769886245"
#define THEIRS      "{\"sub\":\"eva\",\"role\":\"kitchen\"," TIMES "}"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static char folder[] = "/tmp/test_variants_XXXXXX";
static const struct sites sites = { .names = { "main" }, .count = 1 };
static struct made_pair rsa, ec, stranger;
static struct auth auth;

/* Tokens that are good: ours, and those of the three issuers. */
enum { OURS, BY_HS, BY_RS, BY_ES, GOOD_COUNT };
static char *good[GOOD_COUNT];

static uint32_t counted, counted_before;

/* --- the one question --- */

static void assert_refused(const char *token)
{
    static const struct principal nobody = { .subject = "untouched" };
    struct principal who = nobody;
    const char *site = NULL;
    int64_t life_ms = 0;

    for (int i = 0; i < GOOD_COUNT; i++)
        if (strcmp(token, good[i]) == 0)
            fail_msg("this is no variant: %s", token);
    counted++;
    if (auth_check(&auth, token, NOW, &who, &site) != ERR_UNAUTHORIZED)
        fail_msg("let in: %s", token);
    if (auth_check_link(&auth, token, NOW, &who, &site, &life_ms) !=
            ERR_UNAUTHORIZED)
        fail_msg("taken for a link: %s", token);
    assert_memory_equal(&who, &nobody, sizeof(who));
    assert_null(site);
    assert_int_equal(life_ms, 0);
}

static void assert_good(void)
{
    for (int i = 0; i < GOOD_COUNT; i++) {
        struct principal who;
        const char *site;

        assert_int_equal(auth_check(&auth, good[i], NOW, &who, &site), ERR_OK);
        assert_string_equal(who.subject, i == OURS ? "ana" : "eva");
    }
}

static int begin(void **unused)
{
    (void)unused;
    counted_before = counted;
    assert_good();
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    assert_good();
    print_message("[          ] %u variants\n", counted - counted_before);
    return counted == counted_before;
}

/* --- making tokens by hand --- */

static size_t encode(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *from = bytes;
    size_t made = 0;

    for (size_t bit = 0; bit < len * 8; bit += 6) {
        uint32_t pair = (uint32_t)from[bit / 8] << 8;

        if (bit / 8 + 1 < len)
            pair |= from[bit / 8 + 1];
        out[made++] = digits[pair >> (10 - bit % 8) & 63];
    }
    out[made] = '\0';
    return made;
}

static size_t decode(const char *text, size_t len, uint8_t *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t made = 0;
    uint32_t bits = 0, count = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
        count += 6;
        if (count >= 8)
            out[made++] = (uint8_t)(bits >> (count -= 8));
    }
    return made;
}

/* A token of bytes that need be no JSON, and a signature by HMAC. */
static void build(const void *header, size_t header_len, const void *claims,
        size_t claims_len, const void *key, size_t key_len, char out[MOST])
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    size_t len = encode(header, header_len, out);
    unsigned sum_len = 0;

    out[len++] = '.';
    len += encode(claims, claims_len, out + len);
    HMAC(EVP_sha256(), key, (int)key_len, (uint8_t *)out, len, sum, &sum_len);
    out[len++] = '.';
    encode(sum, sum_len, out + len);
}

static void build_text(const char *header, const char *claims, const void *key,
        size_t key_len, char out[MOST])
{
    build(header, strlen(header), claims, strlen(claims), key, key_len, out);
}

static const struct key *own_key(void)
{
    return &auth.own[AUTH_NEW].key;
}

/* Signed as ours are, whatever it says. */
static void build_own(const char *header, const char *claims, char out[MOST])
{
    build_text(header, claims, own_key()->bytes, own_key()->len, out);
}

#define OWN_CLAIMS                                                             \
    "{\"iss\":\"dumbwaiter\",\"aud\":\"dumbwaiter\",\"site\":\"main\","        \
    "\"sub\":\"ana\",\"roles\":[\"kitchen\"]," TIMES "}"

/* The parts of a good token, to be put together in another way. */
struct parts {
    char text[3][MOST];
};

static void split(const char *token, struct parts *parts)
{
    for (int i = 0; i < 3; i++) {
        size_t len = strcspn(token, ".");

        memcpy(parts->text[i], token, len);
        parts->text[i][len] = '\0';
        token += len + 1;
    }
}

/* --- bits, ends, insertions --- */

static void each_bit_of_its_text_counts(void **unused)
{
    (void)unused;
    for (int i = 0; i < GOOD_COUNT; i++) {
        char *token = strdup(good[i]);
        size_t len = strlen(token);

        for (size_t bit = 0; bit < len * 8; bit++) {
            token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
            assert_refused(token);
            token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
        }
        free(token);
    }
}

static void each_bit_of_its_three_parts_counts(void **unused)
{
    struct parts parts;
    uint8_t bytes[MOST];
    char token[MOST * 4];

    (void)unused;
    for (int i = 0; i < GOOD_COUNT; i++)
        for (int part = 0; part < 3; part++) {
            size_t len;

            split(good[i], &parts);
            len = decode(parts.text[part], strlen(parts.text[part]), bytes);
            for (size_t bit = 0; bit < len * 8; bit++) {
                bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
                encode(bytes, len, parts.text[part]);
                snprintf(token, sizeof(token), "%s.%s.%s", parts.text[0],
                        parts.text[1], parts.text[2]);
                assert_refused(token);
                bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
            }
        }
}

static void a_part_of_a_token_is_none(void **unused)
{
    (void)unused;
    for (int i = 0; i < GOOD_COUNT; i++) {
        size_t len = strlen(good[i]);

        for (size_t at = 0; at < len; at++) {
            char *token = strndup(good[i], at);

            assert_refused(token);
            assert_refused(good[i] + at + 1);
            free(token);
        }
    }
}

static void nothing_may_stand_in_it_that_does_not_belong_there(void **unused)
{
    static const char *const strange[] = { " ", "\t", "\n", "\r", "=", "+", "/",
        "%20", ".", "A", "\xc2\xa0", "\x01" };
    char token[MOST];

    (void)unused;
    for (int i = OURS; i <= BY_HS; i++)
        for (size_t at = 0; at <= strlen(good[i]); at++)
            for (size_t k = 0; k < COUNT(strange); k++) {
                snprintf(token, sizeof(token), "%.*s%s%s", (int)at, good[i],
                        strange[k], good[i] + at);
                assert_refused(token);
            }
}

static void parts_stand_once_and_in_their_order(void **unused)
{
    static const char *const forms[] = { "001.1.2", "0.0.1.2", "0.1.1.2",
        "0.1.2.2", "0.11.2", "0.1.22", "00.11.22", "0.2.1", "1.0.2", "1.2.0",
        "2.0.1", "2.1.0", "0.1", "0..2", ".1.2", "0.1.", "..2", "0..", "...",
        "0.1.2.", ".0.1.2", "0.1.2.0.1.2", "0.1.2,0.1.2", "0,1,2", "0:1:2",
        "012", "0.0.0", "1.1.1", "2.2.2", "0.1.2 ", "\"0.1.2\"", "Bearer 0.1.2",
        "0.1.2\n", "0..1.2", "0.1..2", "{\"token\":\"0.1.2\"}" };
    struct parts parts;
    char token[MOST * 4];

    (void)unused;
    for (int i = 0; i < GOOD_COUNT; i++) {
        split(good[i], &parts);
        for (size_t k = 0; k < COUNT(forms); k++) {
            size_t len = 0;

            for (const char *c = forms[k]; *c; c++)
                len += (size_t)(*c >= '0' && *c <= '2'
                                        ? snprintf(token + len,
                                                  sizeof(token) - len, "%s",
                                                  parts.text[*c - '0'])
                                        : snprintf(token + len,
                                                  sizeof(token) - len, "%c",
                                                  *c));
            assert_refused(token);
        }
    }
}

/* Every part with the header, claims or signature of another good one. */
static void parts_of_two_tokens_make_no_third(void **unused)
{
    struct parts a, b;
    char token[MOST * 4];

    (void)unused;
    for (int i = 0; i < GOOD_COUNT; i++)
        for (int k = 0; k < GOOD_COUNT; k++)
            for (int which = 1; which < 7 && i != k; which++) {
                split(good[i], &a);
                split(good[k], &b);
                snprintf(token, sizeof(token), "%s.%s.%s",
                        which & 1 ? a.text[0] : b.text[0],
                        which & 2 ? a.text[1] : b.text[1],
                        which & 4 ? a.text[2] : b.text[2]);
                if (strcmp(token, good[i]) != 0 && strcmp(token, good[k]) != 0)
                    assert_refused(token);
            }
}

/* --- base 64 --- */

static void base_64_has_one_form(void **unused)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_+/=";
    struct parts parts;
    char token[MOST * 4];

    (void)unused;
    for (int i = 0; i < GOOD_COUNT; i++)
        for (int part = 0; part < 3; part++) {
            char *last;

            for (int pad = 1; pad < 4; pad++) {
                split(good[i], &parts);
                snprintf(token, sizeof(token), "%s%.*s.%s%.*s.%s%.*s",
                        parts.text[0], part == 0 ? pad : 0,
                        "===", parts.text[1], part == 1 ? pad : 0,
                        "===", parts.text[2], part == 2 ? pad : 0, "===");
                assert_refused(token);
            }
            split(good[i], &parts);
            last = &parts.text[part][strlen(parts.text[part]) - 1];
            for (const char *digit = digits; *digit; digit++) {
                char was = *last;

                *last = *digit;
                snprintf(token, sizeof(token), "%s.%s.%s", parts.text[0],
                        parts.text[1], parts.text[2]);
                if (*digit != was)
                    assert_refused(token);
                *last = was;
            }
        }
}

/* A part's own characters in the other alphabet of base 64. */
static void the_alphabet_is_that_of_addresses(void **unused)
{
    (void)unused;
    for (int i = 0; i < GOOD_COUNT; i++) {
        char *token = strdup(good[i]);

        for (char *c = token; *c; c++) {
            char was = *c;

            if (was != '-' && was != '_')
                continue;
            *c = was == '-' ? '+' : '/';
            assert_refused(token);
            *c = was;
        }
        for (char *c = token; *c; c++) /* none of them may be left out */
            *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
        if (strcmp(token, good[i]) != 0)
            assert_refused(token);
        free(token);
    }
}

/* --- the algorithm --- */

static const char *const algorithms[] = { "\"none\"", "\"None\"", "\"NONE\"",
    "\"nOnE\"", "\"none \"", "\"\"", "\" \"", "null", "true", "false", "0",
    "256", "1.5", "[]", "{}", "[\"HS256\"]", "[\"none\"]",
    "{\"alg\":\"HS256\"}", "\"hs256\"", "\"Hs256\"", "\"HS256 \"", "\" HS256\"",
    "\"HS256,none\"", "\"HS-256\"", "\"HS25\"", "\"HS2560\"", "\"HS384\"",
    "\"HS512\"", "\"RS256\"", "\"RS384\"", "\"RS512\"", "\"ES256\"",
    "\"ES256K\"", "\"ES384\"", "\"ES512\"", "\"PS256\"", "\"PS384\"",
    "\"PS512\"", "\"EdDSA\"", "\"RSA-OAEP\"", "\"dir\"", "\"A128KW\"",
    "\"HS256\\u0000\"", "\"HS256\\n\"", "\"\\u0000none\"", "\"../HS256\"",
    "\"HS256'--\"" };

/* Each with our signature, with none, with that of a good one, and with one by
 * the empty key. */
static void no_other_algorithm_is_ever_ours(void **unused)
{
    static const char *const types[] = { "", ",\"typ\":\"JWT\"" };
    char header[256], token[MOST];
    struct parts parts;

    (void)unused;
    for (size_t i = 0; i < COUNT(algorithms); i++)
        for (size_t k = 0; k < COUNT(types); k++) {
            snprintf(header, sizeof(header), "{\"alg\":%s,\"kid\":\"%s\"%s}",
                    algorithms[i], auth.own[AUTH_NEW].kid, types[k]);
            build_own(header, OWN_CLAIMS, token);
            assert_refused(token);
            *(strrchr(token, '.') + 1) = '\0';
            assert_refused(token);
            split(good[OURS], &parts);
            strncat(token, parts.text[2], 100);
            assert_refused(token);
            build_text(header, OWN_CLAIMS, "", 0, token);
            assert_refused(token);
        }
}

static void a_token_names_its_algorithm_once(void **unused)
{
    static const char *const headers[] = { "{}", "{\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":\"none\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"alg\":\"none\"}",
        "{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}",
        "{\"\\u0061lg\":\"none\",\"alg\":\"HS256\"}", "{\"Alg\":\"HS256\"}",
        "{\"ALG\":\"HS256\"}", "{\"alg \":\"HS256\"}", "[\"HS256\"]",
        "\"HS256\"", "5", "null", "", " ", "{", "}", "{\"alg\":\"HS256\"",
        "{\"alg\":\"HS256\"}}", "{\"alg\":\"HS256\"} x", "{alg:\"HS256\"}",
        "{'alg':'HS256'}", "{\"alg\":\"HS256\",}",
        "\xef\xbb\xbf{\"alg\":\"HS256\"}", " {\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\"/**/}", "{\"alg\":\"HS256\",\"x\":\"\xff\"}",
        "{\"alg\":\"HS256\",\"x\":\"\\u0000\"}",
        "{\"alg\":\"HS256\",\"x\":[[[[[[[[[[1]]]]]]]]]]}" };
    char token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(headers); i++) {
        build_own(headers[i], OWN_CLAIMS, token);
        assert_refused(token);
    }
}

/* HS256 with a public key as secret, which everybody knows. */
static void a_public_key_signs_nothing(void **unused)
{
    static const char *const kids[] = { "r", "e", "h", "x" };
    const char *const keys[] = { rsa.public, ec.public, stranger.public };
    char header[128], token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(kids); i++)
        for (size_t k = 0; k < COUNT(keys); k++)
            for (size_t a = 0; a < COUNT(algorithms); a++)
                for (size_t cut = 0; cut < 2; cut++) {
                    snprintf(header, sizeof(header),
                            "{\"alg\":%s,\"kid\":\"%s\"}",
                            a ? algorithms[a] : "\"HS256\"", kids[i]);
                    build_text(header, THEIRS, keys[k], strlen(keys[k]) - cut,
                            token);
                    assert_refused(token);
                }
}

/* --- the key --- */

static void a_key_is_named_and_nothing_else(void **unused)
{
    static const char *const kids[] = { "\"\"", "\" \"", "null", "true", "0",
        "1", "-1", "1.5", "[]", "{}", "[\"h\"]", "[\"r\",\"h\"]",
        "{\"kid\":\"h\"}", "\"x\"", "\"H\"", "\"h \"", "\" h\"", "\"h\\u0000\"",
        "\"h\\n\"", "\"hh\"", "\"r\"", "\"e\"", "\"0\"", "\"../../dev/null\"",
        "\"/dev/null\"", "\"/proc/self/environ\"", "\"token.key\"",
        "\"own.key\"", "\"./h\"", "\"h;id\"", "\"`id`\"", "\"$(id)\"",
        "\"h' OR '1'='1\"", "\"x' UNION SELECT 'key\"", "\"' OR 1=1 --\"",
        "\"%00\"", "\"%s%s%s%n\"", "\"http://127.0.0.1/key\"", "\"file:///h\"",
        "\"dw-\"", "\"dw-0000000000000000\"", "\"DW-0000000000000000\"",
        "\"h,r\"", "\"h|r\"", "\"h*\"", "\"*\"", "\"#\"", "\"+\"",
        "\"\\u0068\\u0068\"", "\"\xc3\xa9\"", "\"\xff\"" };
    char header[512], token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(kids); i++) {
        snprintf(header, sizeof(header), "{\"alg\":\"HS256\",\"kid\":%s}",
                kids[i]);
        build_own(header, OWN_CLAIMS, token); /* by our key */
        assert_refused(token);
        build_text(header, THEIRS, SECRET, strlen(SECRET), token);
        assert_refused(token); /* by the back end's, with its claims … */
        build_text(header, OWN_CLAIMS, SECRET, strlen(SECRET), token);
        assert_refused(token); /* … with ours */
        build_text(header, THEIRS, "", 0, token);
        assert_refused(token); /* by what a file without bytes would give */
    }
}

/* One that names no key is of no issuer that has several; and our own claims
 * ask for our own key. */
static void who_names_no_key_is_not_tried_with_each(void **unused)
{
    static const char *const headers[] = { "{\"alg\":\"HS256\"}",
        "{\"alg\":\"RS256\"}", "{\"alg\":\"ES256\"}",
        "{\"alg\":\"HS256\",\"kid\":\"h\",\"kid\":\"r\"}",
        "{\"alg\":\"HS256\",\"KID\":\"h\"}" };
    static const char *const claims[] = { THEIRS, OWN_CLAIMS,
        "{\"iss\":\"\",\"sub\":\"eva\",\"role\":\"kitchen\"," TIMES "}",
        "{\"iss\":null,\"sub\":\"eva\",\"role\":\"kitchen\"," TIMES "}",
        "{\"iss\":[\"x\"],\"sub\":\"eva\",\"role\":\"kitchen\"," TIMES "}",
        "{\"iss\":\"x\",\"sub\":\"eva\",\"role\":\"kitchen\"," TIMES "}" };
    char token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(headers); i++)
        for (size_t k = 0; k < COUNT(claims); k++) {
            build_text(headers[i], claims[k], SECRET, strlen(SECRET), token);
            assert_refused(token);
            build_text(headers[i], claims[k], rsa.public, strlen(rsa.public),
                    token);
            assert_refused(token);
        }
}

/* Whoever brings a key or a rule of its own along is not heard, not even with
 * a good signature. */
static void a_header_brings_nothing_along(void **unused)
{
    static const char *const names[] = { "jwk", "jku", "x5u", "x5c", "crit",
        "b64", "zip", "enc" };
    static const char *const values[] = { "null", "true", "false", "0", "\"\"",
        "[]", "{}", "[\"exp\"]", "[\"b64\"]", "\"http://127.0.0.1/k\"",
        "{\"kty\":\"oct\",\"k\":\"AAAA\"}", "\"DEF\"", "\"A128GCM\"" };
    static const char *const types[] = { "null", "true", "5", "[]", "{}",
        "\"\"", "\"JWE\"", "\"JOSE\"", "\"at+jwt\"", "[\"JWT\"]", "\"JWT \"",
        "\"JWT\\u0000\"" };
    char header[512], token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t k = 0; k < COUNT(values); k++) {
            snprintf(header, sizeof(header),
                    "{\"alg\":\"HS256\",\"kid\":\"%s\",\"%s\":%s}",
                    auth.own[AUTH_NEW].kid, names[i], values[k]);
            build_own(header, OWN_CLAIMS, token);
            assert_refused(token);
        }
    for (size_t i = 0; i < COUNT(types); i++) {
        snprintf(header, sizeof(header),
                "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":%s}",
                auth.own[AUTH_NEW].kid, types[i]);
        build_own(header, OWN_CLAIMS, token);
        assert_refused(token);
    }
}

/* Signed well, by keys that nobody trusts. */
static void strangers_keys_sign_nothing(void **unused)
{
    static const char *const headers[] = { "{}", "{\"kid\":\"h\"}",
        "{\"kid\":\"r\"}", "{\"kid\":\"e\"}", "{\"kid\":\"s\"}",
        "{\"kid\":\"r\",\"jku\":\"http://127.0.0.1/\"}" };
    const struct {
        jwt_alg_t algorithm;
        const char *key;
    } signers[] = { { JWT_ALG_RS256, stranger.secret },
        { JWT_ALG_RS384, rsa.secret }, { JWT_ALG_RS512, rsa.secret },
        { JWT_ALG_HS256, "a secret of somebody else" },
        { JWT_ALG_HS384, SECRET }, { JWT_ALG_HS512, SECRET },
        { JWT_ALG_NONE, NULL } };
    static const char *const claims[] = { THEIRS, OWN_CLAIMS };

    (void)unused;
    for (size_t i = 0; i < COUNT(headers); i++)
        for (size_t k = 0; k < COUNT(signers); k++)
            for (size_t c = 0; c < COUNT(claims); c++) {
                const char *key = signers[k].key;
                char *token = made_token(signers[k].algorithm, key,
                        key ? strlen(key) : 0, headers[i], claims[c]);

                assert_refused(token);
                free(token);
            }
}

/* --- what it says --- */

static const char *const claims[][2] = { { "iss", "\"dumbwaiter\"" },
    { "aud", "\"dumbwaiter\"" }, { "site", "\"main\"" }, { "sub", "\"ana\"" },
    { "iat", "1769882645" }, { "exp", "1769886245" },
    { "roles", "[\"kitchen\"]" } };

/* Claims of ours with one of them another, or left out (NULL). */
static void build_claim(const char *name, const char *json, char token[MOST])
{
    char header[128], text[1024];
    size_t len = 0;

    for (size_t i = 0; i < COUNT(claims); i++) {
        const char *value =
                strcmp(claims[i][0], name) == 0 ? json : claims[i][1];

        if (value)
            len += (size_t)snprintf(text + len, sizeof(text) - len,
                    "%c\"%s\":%s", len ? ',' : '{', claims[i][0], value);
    }
    snprintf(text + len, sizeof(text) - len, "}");
    snprintf(header, sizeof(header), "{\"alg\":\"HS256\",\"kid\":\"%s\"}",
            auth.own[AUTH_NEW].kid);
    build_own(header, text, token);
}

/* Ours to the letter, but for the id: else this tests nothing. */
static void the_token_that_is_varied_is_good(void **unused)
{
    struct principal who;
    char token[MOST];
    const char *site;

    (void)unused;
    build_claim("", NULL, token);
    assert_int_equal(auth_check(&auth, token, NOW, &who, &site), ERR_OK);
    build_text("{\"alg\":\"HS256\",\"kid\":\"h\"}", THEIRS, SECRET,
            strlen(SECRET), token);
    assert_int_equal(auth_check(&auth, token, NOW, &who, &site), ERR_OK);
}

static void claims_have_their_type(void **unused)
{
    static const char *const values[] = { "null", "true", "false", "0", "-0",
        "1", "-1", "1.5", "-1.5", "1e3", "1e-3", "0.0", "\"\"", "\" \"",
        "\"null\"", "\"0\"", "[]", "{}", "[[]]", "[{}]", "[0]", "[null]",
        "[true]", "[\"\"]", "{\"a\":1}", "{\"kitchen\":true}",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "99999999999999999999", "1e308", "\"\\u0000\"", "\"kitchen\\u0000\"" };
    char token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(claims); i++) {
        build_claim(claims[i][0], NULL, token);
        assert_refused(token);
        for (size_t k = 0; k < COUNT(values); k++) {
            /* A subject may be called so. */
            if (strcmp(claims[i][0], "sub") == 0 && values[k][0] == '"' &&
                    strlen(values[k]) > 2 && !strchr(values[k], '\\'))
                continue;
            build_claim(claims[i][0], values[k], token);
            assert_refused(token);
        }
    }
}

static void times_are_whole_seconds_of_this_world(void **unused)
{
    static const char *const ends[] = { "\"1769886245\"", "1769886245.0",
        "1769886245.5", "1.769886245e9", "1769882645", "1769882644",
        "1769886245000", "253402300800", "-1769886245", "[1769886245]",
        "{\"at\":1769886245}", "1804442646", "2147483648", "4294967295",
        "0x7fffffff", "01769886245", "+1769886245", "1769886245 1", "NaN",
        "Infinity", "\"tomorrow\"", "\"2026-12-31\"" };
    static const char *const begins[] = { "\"1769882645\"", "1769882645.0",
        "1769882645.5", "1769882676", "1769882645000", "1769886245",
        "[1769882645]", "-1769882645", "1735322644", "1", "\"now\"" };
    char token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(ends); i++) {
        build_claim("exp", ends[i], token);
        assert_refused(token);
    }
    for (size_t i = 0; i < COUNT(begins); i++) {
        build_claim("iat", begins[i], token);
        assert_refused(token);
    }
}

static void roles_are_a_list_of_ours(void **unused)
{
    static const char *const values[] = { "\"kitchen\"", "{\"kitchen\":1}",
        "{\"0\":\"kitchen\"}", "[\"hub\"]", "[\"Kitchen\"]", "[\"kitchen \"]",
        "[\" kitchen\"]", "[\"kitchen\\n\"]", "[\"kitchen,admin\"]",
        "[\"kitchen admin\"]", "[\"*\"]", "[\"root\"]", "[[\"kitchen\"]]",
        "[\"kitchen\",5]", "[\"kitchen\",null]", "[\"kitchen\",[]]",
        "[\"kitchen\",{\"a\":\"admin\"}]", "[\"a\\\"\",\"kitchen\"]",
        "[\"table\"]", "[\"device\"]", "[\"kitchen\",\"table\"]",
        "[\"kitchen\",\"device\"]", "4", "7", "-1", "4294967295",
        "[\"kitchen\"" };
    char token[MOST];

    (void)unused;
    for (size_t i = 0; i < COUNT(values); i++) {
        build_claim("roles", values[i], token);
        assert_refused(token);
    }
}

/* Further claims, each of which refuses a token that would be good. */
static void a_claim_that_cannot_be_meant_refuses_the_token(void **unused)
{
    static const char *const more[] = { "\"use\":\"link\"", "\"use\":\"\"",
        "\"use\":null", "\"use\":1", "\"use\":[]", "\"use\":\"bearer\"",
        "\"nbf\":1769882676", "\"nbf\":\"now\"", "\"nbf\":null", "\"nbf\":0",
        "\"nbf\":-1", "\"nbf\":1.5", "\"nbf\":[]", "\"nbf\":99999999999999",
        "\"stations\":[]", "\"stations\":\"\"", "\"stations\":null",
        "\"stations\":{}", "\"stations\":5", "\"stations\":[5]",
        "\"stations\":[\"a/b\"]", "\"stations\":[\"+\"]",
        "\"stations\":[\"zone:a\"]", "\"tables\":[]", "\"tables\":null",
        "\"tables\":true", "\"tables\":[\"zone:\"]", "\"tables\":[\"#\"]",
        "\"tables\":[[]]", "\"sub\":\"eva\"", "\"exp\":1769886245",
        "\"roles\":[\"admin\"]", "\"\\u0072oles\":[\"admin\"]",
        "\"s\\u0075b\":\"eva\"" };
    char header[128], text[1024], token[MOST];

    (void)unused;
    snprintf(header, sizeof(header), "{\"alg\":\"HS256\",\"kid\":\"%s\"}",
            auth.own[AUTH_NEW].kid);
    for (size_t i = 0; i < COUNT(more); i++)
        for (int first = 0; first < 2; first++) {
            if (first)
                snprintf(text, sizeof(text), "{%s,%s", more[i], &OWN_CLAIMS[1]);
            else
                snprintf(text, sizeof(text), "%.*s,%s}",
                        (int)strlen(OWN_CLAIMS) - 1, OWN_CLAIMS, more[i]);
            build_own(header, text, token);
            assert_refused(token);
        }
}

static void what_it_says_is_one_object_of_strict_json(void **unused)
{
    static const char *const texts[] = { "", " ", "null", "true", "0", "\"\"",
        "[]", "{}", "[" OWN_CLAIMS "]", OWN_CLAIMS OWN_CLAIMS, OWN_CLAIMS " x",
        " " OWN_CLAIMS, OWN_CLAIMS ",", "\xef\xbb\xbf" OWN_CLAIMS,
        "{\"claims\":" OWN_CLAIMS "}", "{", "}", "{\"sub\"}", "{sub:1}" };
    char header[128], token[MOST];

    (void)unused;
    snprintf(header, sizeof(header), "{\"alg\":\"HS256\",\"kid\":\"%s\"}",
            auth.own[AUTH_NEW].kid);
    for (size_t i = 0; i < COUNT(texts); i++) {
        build_own(header, texts[i], token);
        assert_refused(token);
    }
    /* With its NUL; and each byte from outside of ASCII at its end. */
    build(header, strlen(header), OWN_CLAIMS, sizeof(OWN_CLAIMS),
            own_key()->bytes, own_key()->len, token);
    assert_refused(token);
    for (int byte = 0x80; byte <= 0xff; byte++) {
        char text[sizeof(OWN_CLAIMS) + 1];

        snprintf(text, sizeof(text), "%s%c", OWN_CLAIMS, byte);
        build_own(header, text, token);
        assert_refused(token);
    }
}

/* --- --- */

static void they_were_thousands(void **unused)
{
    (void)unused;
    print_message("[          ] %u variants in all\n", counted);
    assert_true(counted >= LEAST);
}

static void put(const char *name, const char *text, unsigned mode)
{
    char path[128];

    made_file(path, sizeof(path), folder, name, text, strlen(text), mode);
}

static int make_all(void **unused)
{
    struct principal ana = {
        .roles = ROLE_KITCHEN, .subject = "ana", .expires_at_ms = NOW + 3600000
    };
    struct buf faults;
    char path[128];
    enum err err;

    (void)unused;
    log_set_level(LOG_ERROR);
    if (!mkdtemp(folder))
        return -1;
    made_rsa(2048, &rsa);
    made_rsa(2048, &stranger);
    made_ec("P-256", &ec);
    put("h", SECRET, 0600);
    put("r", rsa.public, 0644);
    put("e", ec.public, 0644);
    put("issuers.yml",
            "- {kid: h, algorithm: HS256, key_file: h}\n"
            "- {kid: r, algorithm: RS256, key_file: r}\n"
            "- {kid: e, algorithm: ES256, key_file: e}\n",
            0600);
    snprintf(path, sizeof(path), "%s/own.key", folder);
    if (auth_open(&auth, path, &sites) != ERR_OK)
        return -1;
    buf_init(&faults, 4096);
    snprintf(path, sizeof(path), "%s/issuers.yml", folder);
    err = auth_trust(&auth, path, &faults);
    buf_finish(&faults);
    good[OURS] = auth_mint(&auth, "main", &ana, NOW);
    good[BY_HS] = made_token(
            JWT_ALG_HS256, SECRET, strlen(SECRET), "{\"kid\":\"h\"}", THEIRS);
    good[BY_RS] = made_token(JWT_ALG_RS256, rsa.secret, strlen(rsa.secret),
            "{\"kid\":\"r\"}", THEIRS);
    good[BY_ES] = made_token(JWT_ALG_ES256, ec.secret, strlen(ec.secret),
            "{\"kid\":\"e\"}", THEIRS);
    return err == ERR_OK ? 0 : -1;
}

static int remove_all(void **unused)
{
    static const char *const names[] = { "h", "r", "e", "issuers.yml",
        "own.key" };
    char path[128];

    (void)unused;
    auth_close(&auth);
    for (int i = 0; i < GOOD_COUNT; i++)
        free(good[i]);
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

#define VARIANTS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_that_is_varied_is_good),
        VARIANTS(each_bit_of_its_text_counts),
        VARIANTS(each_bit_of_its_three_parts_counts),
        VARIANTS(a_part_of_a_token_is_none),
        VARIANTS(nothing_may_stand_in_it_that_does_not_belong_there),
        VARIANTS(parts_stand_once_and_in_their_order),
        VARIANTS(parts_of_two_tokens_make_no_third),
        VARIANTS(base_64_has_one_form),
        VARIANTS(the_alphabet_is_that_of_addresses),
        VARIANTS(no_other_algorithm_is_ever_ours),
        VARIANTS(a_token_names_its_algorithm_once),
        VARIANTS(a_public_key_signs_nothing),
        VARIANTS(a_key_is_named_and_nothing_else),
        VARIANTS(who_names_no_key_is_not_tried_with_each),
        VARIANTS(a_header_brings_nothing_along),
        VARIANTS(strangers_keys_sign_nothing),
        VARIANTS(claims_have_their_type),
        VARIANTS(times_are_whole_seconds_of_this_world),
        VARIANTS(roles_are_a_list_of_ours),
        VARIANTS(a_claim_that_cannot_be_meant_refuses_the_token),
        VARIANTS(what_it_says_is_one_object_of_strict_json),
        cmocka_unit_test(they_were_thousands),
    };

    return cmocka_run_group_tests(tests, make_all, remove_all);
}
