#include "bridge/auth_issuers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/auth.h"
#include "hub/base/log.h"
#include "schemas/roles.h"
#include "tests/bridge/auth_made.h"

#define NOW    1769882645123
#define SECRET "a secret that a back end has"

static char folder[] = "/tmp/test_issuers_XXXXXX";
static const char *const files[] = { "own.key", "one.secret", "two.secret",
    "rsa.pem", "rsa_two.pem", "small.pem", "ec.pem", "wide.pem", "rsa.secret",
    "short.secret", "open.secret", "issuers.yml", "backend-2026.pem",
    "backend-2025.pem", "till.secret" };
static struct made_pair rsa, rsa_two, small, ec, wide;
static struct sites one_site = { .names = { "main" }, .count = 1 };
static struct sites two_sites = { .names = { "main", "harbour" }, .count = 2 };
static struct issuers issuers;
static struct buf faults;

static void put(const char *name, const char *text, unsigned mode)
{
    char path[128];

    made_file(path, sizeof(path), folder, name, text, strlen(text), mode);
}

static int make_folder(void **unused)
{
    (void)unused;
    log_set_level(LOG_ERROR);
    if (!mkdtemp(folder))
        return -1;
    made_rsa(2048, &rsa);
    made_rsa(2048, &rsa_two);
    made_rsa(1024, &small);
    made_ec("P-256", &ec);
    made_ec("P-384", &wide);
    put("one.secret", SECRET "\n", 0600);
    put("two.secret", "another secret of the back end", 0600);
    put("rsa.pem", rsa.public, 0644);
    put("rsa_two.pem", rsa_two.public, 0644);
    put("small.pem", small.public, 0644);
    put("ec.pem", ec.public, 0644);
    put("wide.pem", wide.public, 0644);
    put("rsa.secret", rsa.secret, 0600);
    put("short.secret", "too short", 0600);
    put("open.secret", SECRET, 0640);
    return 0;
}

static int remove_folder(void **unused)
{
    char path[128];

    (void)unused;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static enum err read_for(const struct sites *sites, const char *text)
{
    char path[128];

    issuers_finish(&issuers);
    buf_finish(&faults);
    buf_init(&faults, 16384);
    snprintf(path, sizeof(path), "%s/issuers.yml", folder);
    return issuers_read_text(
            &issuers, path, text, strlen(text), sites, &faults);
}

static enum err read_text(const char *text)
{
    return read_for(&one_site, text);
}

static int finish(void **unused)
{
    (void)unused;
    issuers_finish(&issuers);
    buf_finish(&faults);
    return 0;
}

/* --- the file --- */

static void nothing_is_asked_that_an_entry_does_not_name(void **unused)
{
    const struct issuer *issuer = &issuers.rows[0];

    (void)unused;
    assert_int_equal(read_text("# the back end\n"
                               "- kid: api\n"
                               "  algorithm: HS256\n"
                               "  key_file: one.secret\n"),
            ERR_OK);
    assert_int_equal(issuers.count, 1);
    assert_string_equal(issuer->kid, "api");
    assert_int_equal(issuer->key.algorithm, KEY_HS256);
    assert_int_equal(issuer->key.len, strlen(SECRET));
    assert_string_equal(issuer->issuer, "");
    assert_string_equal(issuer->audience, "");
    assert_string_equal(issuer->site, "main");
    assert_int_equal(issuer->not_after_ms, 0);
    assert_int_equal(issuer->max_life_ms, LIFE_MAX_MS);
    assert_false(issuer->iat_optional);
    assert_string_equal(issuer->claims[CLAIM_SUBJECT], "sub");
    assert_int_equal(issuer->word_count, 0);
    assert_int_equal(faults.len, 0);
}

static void an_entry_says_what_its_issuer_calls_things(void **unused)
{
    const struct issuer *issuer = &issuers.rows[1];

    (void)unused;
    assert_int_equal(
            read_for(&two_sites,
                    "- {kid: a, algorithm: ES256, key_file: ec.pem, site: "
                    "main}\n"
                    "- kid: b\n"
                    "  algorithm: RS256\n"
                    "  key_file: rsa.pem\n"
                    "  issuer: https://id.example.org/\n"
                    "  audience: restaurant\n"
                    "  site: harbour\n"
                    "  not_after: 2026-06-30\n"
                    "  max_lifetime: 30d\n"
                    "  iat: optional\n"
                    "  claims: {subject: user.id, role: type, table: t}\n"
                    "  roles:\n"
                    "    kitchen: [chef, Sous Chef]\n"
                    "    admin: [owner]\n"
                    "    manager: [owner]\n"),
            ERR_OK);
    assert_int_equal(issuers.count, 2);
    assert_int_equal(issuers.rows[0].key.algorithm, KEY_ES256);
    assert_int_equal(issuer->key.algorithm, KEY_RS256);
    assert_string_equal(issuer->issuer, "https://id.example.org/");
    assert_string_equal(issuer->audience, "restaurant");
    assert_string_equal(issuer->site, "harbour");
    assert_int_equal(issuer->not_after_ms, 1782864000000);
    assert_int_equal(issuer->max_life_ms, 30 * LIFE_DAY_MS);
    assert_true(issuer->iat_optional);
    assert_string_equal(issuer->claims[CLAIM_SUBJECT], "user.id");
    assert_string_equal(issuer->claims[CLAIM_ROLE], "type");
    assert_string_equal(issuer->claims[CLAIM_ROLES], "roles");
    assert_string_equal(issuer->claims[CLAIM_TABLE], "t");
    assert_int_equal(issuer->word_count, 3);
    assert_string_equal(issuer->words[1].theirs, "Sous Chef");
    assert_int_equal(issuer->words[1].roles, ROLE_KITCHEN);
    assert_string_equal(issuer->words[2].theirs, "owner");
    assert_int_equal(issuer->words[2].roles, ROLE_ADMIN | ROLE_MANAGER);
}

static void an_empty_file_trusts_nobody(void **unused)
{
    (void)unused;
    assert_int_equal(read_text(""), ERR_OK);
    assert_int_equal(read_text("# nobody yet\n\n"), ERR_OK);
    assert_int_equal(read_text("[]\n"), ERR_OK);
    assert_int_equal(issuers.count, 0);
}

#define ENTRY(more)                                                            \
    "- kid: a\n"                                                               \
    "  algorithm: HS256\n"                                                     \
    "  key_file: one.secret\n" more

static void a_fault_has_its_line_and_lets_nobody_in(void **unused)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *sentence;
    } wrong[] = {
        { "- algorithm: HS256\n  key_file: one.secret\n", 1,
                "kid: is missing" },
        { ENTRY("- kid: a\n  algorithm: ES256\n  key_file: ec.pem\n"), 4,
                "kid: another key is called so" },
        { "- algorithm: HS256\n  key_file: one.secret\n  kid: dw-1\n", 3,
                "kid: our own keys" },
        { "- kid: a\n  algorithm: none\n  key_file: one.secret\n", 2,
                "algorithm: one of" },
        { "- kid: a\n  algorithm: hs256\n  key_file: one.secret\n", 2,
                "algorithm: one of" },
        { "- kid: a\n  algorithm: HS512\n  key_file: one.secret\n", 2,
                "algorithm: one of" },
        { "- kid: a\n  key_file: one.secret\n", 1, "algorithm: one of" },
        { "- kid: a\n  algorithm: HS256\n", 1, "key_file: is missing" },
        { "- kid: a\n  algorithm: HS256\n  key_file: none\n", 3, "No such" },
        { "- kid: a\n  algorithm: HS256\n  key_file: short.secret\n", 3,
                "at least 16" },
        { "- kid: a\n  algorithm: HS256\n  key_file: open.secret\n", 3,
                "mode must be 0600" },
        { "- kid: a\n  algorithm: HS256\n  key_file: rsa.secret\n", 3,
                "PEM is for" },
        { "- kid: a\n  algorithm: RS256\n  key_file: rsa.secret\n", 3,
                "not a public key" },
        { "- kid: a\n  algorithm: RS256\n  key_file: one.secret\n", 3,
                "not a public key" },
        { "- kid: a\n  algorithm: RS256\n  key_file: small.pem\n", 3,
                "2048 bits" },
        { "- kid: a\n  algorithm: RS256\n  key_file: ec.pem\n", 3, "RSA key" },
        { "- kid: a\n  algorithm: ES256\n  key_file: rsa.pem\n", 3, "P-256" },
        { "- kid: a\n  algorithm: ES256\n  key_file: wide.pem\n", 3, "P-256" },
        { ENTRY("  site: kiosk\n"), 4, "site: no restaurant" },
        { ENTRY("  site: main\n  claims: {site: s}\n"), 4, "either site" },
        { ENTRY("  not_after: tomorrow\n"), 4, "not_after: a day" },
        { ENTRY("  max_lifetime: 401d\n"), 4, "max_lifetime: e.g." },
        { ENTRY("  iat: never\n"), 4, "iat: optional or" },
        { ENTRY("  issuer: caf\xc3\xa9\n"), 4, "issuer: too long" },
        { ENTRY("  roles:\n    hub: [root]\n"), 5, "hub: nobody" },
        { ENTRY("  roles:\n    cook: [chef]\n"), 5, "unknown key 'cook'" },
        { ENTRY("  roles: {}\n"), 4, "roles: names nobody" },
        { ENTRY("  roles:\n    kitchen: chef\n"), 5, "SEQUENCE" },
        { ENTRY("  claims:\n    subject: id\n    rolle: x\n"), 6,
                "unknown key 'rolle'" },
        { ENTRY("  alg: HS256\n"), 4, "unknown key 'alg'" },
        { ENTRY("  kid: b\n"), 3, "already seen: kid" },
        { "kid: a\n", 0, "Expecting SEQUENCE" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char where[32];

        snprintf(where, sizeof(where), "issuers.yml:%u: ", wrong[i].line);
        if (wrong[i].line == 0)
            snprintf(where, sizeof(where), "issuers.yml: ");
        if (read_text(wrong[i].text) != ERR_CONFIG)
            fail_msg("%s was taken", wrong[i].text);
        assert_int_equal(issuers.count, 0);
        buf_putc(&faults, '\0');
        if (!strstr(faults.data, where) ||
                !strstr(faults.data, wrong[i].sentence))
            fail_msg("%zu: %s%s is not in: %s", i, where, wrong[i].sentence,
                    faults.data);
    }
}

/* Its keys are called there as here. */
static void the_example_is_good(void **unused)
{
    static char text[8192];
    FILE *file = fopen(SOURCE_DIR "/deploy/issuers.yml", "re");

    (void)unused;
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    put("backend-2026.pem", rsa.public, 0644);
    put("backend-2025.pem", rsa_two.public, 0644);
    put("till.secret", SECRET, 0600);
    if (read_text(text) != ERR_OK)
        fail_msg("%.*s", (int)faults.len, faults.data);
    assert_int_equal(issuers.count, 3);
    assert_string_equal(issuers.rows[2].claims[CLAIM_TABLES], "sections");
    assert_int_equal(issuers.rows[0].word_count, issuers.rows[1].word_count);
}

static void who_has_several_restaurants_says_which(void **unused)
{
    (void)unused;
    assert_int_equal(read_for(&two_sites, ENTRY("")), ERR_CONFIG);
    assert_int_equal(
            read_for(&two_sites, ENTRY("  claims: {site: branch}\n")), ERR_OK);
    assert_string_equal(issuers.rows[0].site, "");
}

static void more_keys_than_16_are_refused(void **unused)
{
    struct buf text;

    (void)unused;
    buf_init(&text, 8192);
    for (int i = 0; i < 17; i++) {
        if (i == 16) {
            buf_putc(&text, '\0');
            assert_int_equal(read_text(text.data), ERR_OK);
            assert_int_equal(issuers.count, 16);
            text.len--;
        }
        buf_printf(&text,
                "- {kid: k%d, algorithm: HS256, key_file: one.secret}\n", i);
    }
    buf_putc(&text, '\0');
    assert_int_equal(read_text(text.data), ERR_CONFIG);
    assert_int_equal(issuers.count, 0);
    buf_finish(&text);
}

/* --- what they sign --- */

static struct auth auth;

static void trust(const struct sites *sites, const char *text)
{
    char path[128], own[128];

    buf_finish(&faults);
    buf_init(&faults, 16384);
    put("issuers.yml", text, 0600);
    snprintf(path, sizeof(path), "%s/issuers.yml", folder);
    snprintf(own, sizeof(own), "%s/own.key", folder);
    auth_close(&auth);
    assert_int_equal(auth_open(&auth, own, sites), ERR_OK);
    assert_int_equal(auth_trust(&auth, path, &faults), ERR_OK);
}

static int close_auth(void **unused)
{
    auth_close(&auth);
    return finish(unused);
}

static enum err check(char *token, struct principal *who, const char **site)
{
    enum err err = auth_check(&auth, token, NOW, who, site);

    free(token);
    return err;
}

static enum err check_hs(
        const char *headers, const char *claims, struct principal *who)
{
    const char *site;

    return check(
            made_token(JWT_ALG_HS256, SECRET, strlen(SECRET), headers, claims),
            who, &site);
}

#define TIMES "\"iat\":1769882645,\"exp\":1769886245"

static void a_back_end_that_signs_already_need_not_change(void **unused)
{
    struct principal who;

    (void)unused;
    trust(&one_site,
            ENTRY("  claims: {subject: userId}\n  roles: {kitchen: [chef]}\n"));
    assert_int_equal(
            check_hs("{}", "{\"userId\":\"u-7\",\"role\":\"chef\"," TIMES "}",
                    &who),
            ERR_OK);
    assert_string_equal(who.subject, "u-7");
    assert_int_equal(who.roles, ROLE_KITCHEN);
    assert_int_equal(who.issued_at_ms, 1769882645000);
    assert_int_equal(who.skew_ms, 30000); /* its clock is not ours */
    assert_int_equal(who.expires_at_ms, 1769886245000);
    assert_string_equal(who.token_id, "");
    assert_int_equal(
            check_hs("{}", "{\"userId\":7,\"role\":\"chef\"," TIMES "}", &who),
            ERR_OK);
    assert_string_equal(who.subject, "7");
    /* A name of ours is none of theirs. */
    assert_int_equal(
            check_hs("{}", "{\"userId\":7,\"role\":\"kitchen\"," TIMES "}",
                    &who),
            ERR_UNAUTHORIZED);
    assert_int_equal(
            check_hs("{}", "{\"userId\":7,\"role\":\"guest\"," TIMES "}", &who),
            ERR_UNAUTHORIZED);
    assert_int_equal(
            check_hs("{}", "{\"sub\":\"7\",\"role\":\"chef\"," TIMES "}", &who),
            ERR_UNAUTHORIZED);
}

static void a_claim_may_stand_inside_of_another(void **unused)
{
    struct principal who;

    (void)unused;
    trust(&one_site, ENTRY("  claims: {subject: user.id, roles: "
                           "realm.access.roles, tables: 'https://x.org/t'}\n"));
    assert_int_equal(
            check_hs("{}",
                    "{\"user\":{\"id\":\"ana\"},\"realm\":{\"access\":{"
                    "\"roles\":[\"waiter\"]}},"
                    "\"https://x.org/t\":[\"1\",\"zone:bar\"]," TIMES "}",
                    &who),
            ERR_OK);
    assert_string_equal(who.subject, "ana");
    assert_int_equal(who.roles, ROLE_WAITER);
    assert_string_equal(who.tables, "1 zone:bar");
    assert_int_equal(check_hs("{}",
                             "{\"user.id\":\"eva\",\"realm.access\":{},"
                             "\"role\":\"waiter\"," TIMES "}",
                             &who),
            ERR_OK);
    assert_string_equal(who.subject, "eva");
    assert_int_equal(
            check_hs("{}", "{\"user\":\"ana\",\"role\":\"waiter\"," TIMES "}",
                    &who),
            ERR_UNAUTHORIZED);
}

static void an_end_is_always_asked_for_and_a_beginning_mostly(void **unused)
{
    struct principal who;

    (void)unused;
    trust(&one_site, ENTRY("  max_lifetime: 1h\n"));
    assert_int_equal(
            check_hs("{}", "{\"sub\":\"a\",\"role\":\"pos\"," TIMES "}", &who),
            ERR_OK);
    assert_int_equal(check_hs("{}",
                             "{\"sub\":\"a\",\"role\":\"pos\",\"iat\":"
                             "1769882645,\"exp\":1769886246}",
                             &who),
            ERR_UNAUTHORIZED);
    assert_int_equal(check_hs("{}",
                             "{\"sub\":\"a\",\"role\":\"pos\",\"exp\":"
                             "1769886245}",
                             &who),
            ERR_UNAUTHORIZED);
    trust(&one_site, ENTRY("  max_lifetime: 1h\n  iat: optional\n"));
    assert_int_equal(check_hs("{}",
                             "{\"sub\":\"a\",\"role\":\"pos\",\"exp\":"
                             "1769886245}",
                             &who),
            ERR_OK);
    assert_int_equal(who.issued_at_ms, 1); /* anything taken back hits it */
    assert_int_equal(check_hs("{}",
                             "{\"sub\":\"a\",\"role\":\"pos\",\"exp\":"
                             "1769886246}",
                             &who),
            ERR_UNAUTHORIZED);
    assert_int_equal(check_hs("{}", "{\"sub\":\"a\",\"role\":\"pos\"}", &who),
            ERR_UNAUTHORIZED);
    assert_int_equal(check_hs("{}",
                             "{\"sub\":\"a\",\"role\":\"pos\",\"iat\":\"x\","
                             "\"exp\":1769886245}",
                             &who),
            ERR_UNAUTHORIZED);
}

static void what_an_entry_names_is_asked(void **unused)
{
    struct principal who;

    (void)unused;
    trust(&one_site, ENTRY("  issuer: https://a.example\n  audience: "
                           "dumb\n"));
    assert_int_equal(
            check_hs("{}",
                    "{\"iss\":\"https:\\/\\/a.example\",\"aud\":\"dumb\","
                    "\"sub\":\"a\",\"role\":\"pos\"," TIMES "}",
                    &who),
            ERR_OK);
    assert_int_equal(
            check_hs("{\"kid\":\"a\"}",
                    "{\"iss\":\"https://a.example\",\"aud\":[\"x\","
                    "\"dumb\"],\"sub\":\"a\",\"role\":\"pos\"," TIMES "}",
                    &who),
            ERR_OK);
    assert_int_equal(check_hs("{\"kid\":\"a\"}",
                             "{\"iss\":\"https://b.example\",\"aud\":\"dumb\","
                             "\"sub\":\"a\",\"role\":\"pos\"," TIMES "}",
                             &who),
            ERR_UNAUTHORIZED);
    assert_int_equal(check_hs("{\"kid\":\"a\"}",
                             "{\"iss\":\"https://a.example\",\"aud\":\"d\","
                             "\"sub\":\"a\",\"role\":\"pos\"," TIMES "}",
                             &who),
            ERR_UNAUTHORIZED);
    assert_int_equal(
            check_hs("{\"kid\":\"a\"}",
                    "{\"sub\":\"a\",\"role\":\"pos\"," TIMES "}", &who),
            ERR_UNAUTHORIZED);
}

static void a_restaurant_may_be_the_keys_or_a_claims(void **unused)
{
    struct principal who;
    const char *site;

    (void)unused;
    trust(&two_sites,
            "- {kid: a, algorithm: HS256, key_file: one.secret, site: "
            "harbour}\n"
            "- {kid: b, algorithm: HS256, key_file: two.secret, claims: "
            "{site: branch}}\n");
    assert_int_equal(check(made_token(JWT_ALG_HS256, SECRET, strlen(SECRET),
                                   "{\"kid\":\"a\"}",
                                   "{\"sub\":\"a\",\"role\":\"pos\",\"site\":"
                                   "\"main\"," TIMES "}"),
                             &who, &site),
            ERR_OK);
    assert_string_equal(site, "harbour");
    assert_int_equal(
            check(made_token(JWT_ALG_HS256, "another secret of the back end",
                          30, "{\"kid\":\"b\"}",
                          "{\"sub\":\"a\",\"role\":\"pos\","
                          "\"branch\":\"main\"," TIMES "}"),
                    &who, &site),
            ERR_OK);
    assert_string_equal(site, "main");
    assert_int_equal(
            check(made_token(JWT_ALG_HS256, "another secret of the back end",
                          30, "{\"kid\":\"b\"}",
                          "{\"sub\":\"a\",\"role\":\"pos\"," TIMES "}"),
                    &who, &site),
            ERR_UNAUTHORIZED);
}

#define CLAIMS "{\"sub\":\"a\",\"role\":\"pos\"," TIMES "}"

static void two_keys_of_an_issuer_overlap(void **unused)
{
    struct principal who;
    const char *site;

    (void)unused;
    trust(&one_site, "- {kid: old, algorithm: RS256, key_file: rsa.pem}\n"
                     "- {kid: new, algorithm: RS256, key_file: rsa_two.pem}\n");
    for (int i = 0; i < 4; i++) {
        const char *secret = i & 1 ? rsa.secret : rsa_two.secret;
        enum err err =
                check(made_token(JWT_ALG_RS256, secret, strlen(secret),
                              i & 2 ? "{\"kid\":\"old\"}" : "{\"kid\":\"new\"}",
                              CLAIMS),
                        &who, &site);

        assert_int_equal(err, (i & 1) == i >> 1 ? ERR_OK : ERR_UNAUTHORIZED);
    }
    /* Without a name it may be of either, and none is tried. */
    assert_int_equal(check(made_token(JWT_ALG_RS256, rsa.secret,
                                   strlen(rsa.secret), "{}", CLAIMS),
                             &who, &site),
            ERR_UNAUTHORIZED);
    trust(&one_site,
            "- {kid: old, algorithm: RS256, key_file: rsa.pem, not_after: "
            "2026-01-01}\n"
            "- {kid: new, algorithm: RS256, key_file: rsa_two.pem}\n");
    assert_int_equal(check(made_token(JWT_ALG_RS256, rsa_two.secret,
                                   strlen(rsa_two.secret), "{}", CLAIMS),
                             &who, &site),
            ERR_OK);
    assert_int_equal(
            check(made_token(JWT_ALG_RS256, rsa.secret, strlen(rsa.secret),
                          "{\"kid\":\"old\"}", CLAIMS),
                    &who, &site),
            ERR_UNAUTHORIZED);
}

static void a_token_ends_with_its_key(void **unused)
{
    struct principal who;

    (void)unused;
    trust(&one_site, ENTRY("  not_after: 2026-01-31T18:10:00Z\n"));
    assert_int_equal(check_hs("{}", CLAIMS, &who), ERR_OK);
    assert_int_equal(who.expires_at_ms, 1769883000000);
    trust(&one_site, ENTRY("  not_after: 2026-01-31T18:04:05Z\n"));
    assert_int_equal(check_hs("{}", CLAIMS, &who), ERR_UNAUTHORIZED);
}

static void each_algorithm_verifies_its_own_and_no_other(void **unused)
{
    static const jwt_alg_t algorithms[] = { JWT_ALG_HS256, JWT_ALG_RS256,
        JWT_ALG_ES256 };
    static const char *const kids[] = { "{\"kid\":\"h\"}", "{\"kid\":\"r\"}",
        "{\"kid\":\"e\"}" };
    const char *keys[] = { SECRET, rsa.secret, ec.secret };
    struct principal who;
    const char *site;

    (void)unused;
    trust(&one_site, "- {kid: h, algorithm: HS256, key_file: one.secret}\n"
                     "- {kid: r, algorithm: RS256, key_file: rsa.pem}\n"
                     "- {kid: e, algorithm: ES256, key_file: ec.pem}\n");
    for (int key = 0; key < 3; key++)
        for (int kid = 0; kid < 3; kid++)
            assert_int_equal(
                    check(made_token(algorithms[key], keys[key],
                                  strlen(keys[key]), kids[kid], CLAIMS),
                            &who, &site),
                    key == kid ? ERR_OK : ERR_UNAUTHORIZED);
    /* A public key is no secret, whatever the token says. */
    assert_int_equal(check(made_token(JWT_ALG_HS256, rsa.public,
                                   strlen(rsa.public), kids[1], CLAIMS),
                             &who, &site),
            ERR_UNAUTHORIZED);
    assert_int_equal(check(made_token(JWT_ALG_HS256, ec.public,
                                   strlen(ec.public), kids[2], CLAIMS),
                             &who, &site),
            ERR_UNAUTHORIZED);
}

/* Only we make links; what another calls "use" is its own affair. */
static void another_issuer_makes_no_links(void **unused)
{
    static const char claims[] = "{\"sub\":\"a\",\"role\":\"pos\",\"use\":"
                                 "\"link\",\"ttl\":60,\"jti\":\"a\"," TIMES "}";
    struct principal who;
    const char *site;
    int64_t life_ms;
    char *token;

    (void)unused;
    trust(&one_site, ENTRY(""));
    token = made_token(JWT_ALG_HS256, SECRET, strlen(SECRET), "{}", claims);
    assert_int_equal(auth_check_link(&auth, token, NOW, &who, &site, &life_ms),
            ERR_UNAUTHORIZED);
    assert_int_equal(auth_check(&auth, token, NOW, &who, &site), ERR_OK);
    free(token);
}

static void a_bad_file_keeps_those_trusted_before(void **unused)
{
    struct principal who;
    char path[128];

    (void)unused;
    trust(&one_site, ENTRY(""));
    put("issuers.yml", "- kid: a\n  algorithm: HS257\n", 0600);
    snprintf(path, sizeof(path), "%s/issuers.yml", folder);
    assert_int_equal(auth_trust(&auth, path, &faults), ERR_CONFIG);
    buf_putc(&faults, '\0');
    assert_non_null(strstr(faults.data, "issuers.yml:2: algorithm: "));
    assert_int_equal(check_hs("{}", CLAIMS, &who), ERR_OK);
    put("issuers.yml", ENTRY(""), 0666);
    assert_int_equal(auth_trust(&auth, path, &faults), ERR_IO);
    assert_int_equal(auth_trust(&auth, "", &faults), ERR_OK);
    assert_int_equal(check_hs("{}", CLAIMS, &who), ERR_UNAUTHORIZED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
                nothing_is_asked_that_an_entry_does_not_name, finish),
        cmocka_unit_test_teardown(
                an_entry_says_what_its_issuer_calls_things, finish),
        cmocka_unit_test_teardown(an_empty_file_trusts_nobody, finish),
        cmocka_unit_test_teardown(
                a_fault_has_its_line_and_lets_nobody_in, finish),
        cmocka_unit_test_teardown(the_example_is_good, finish),
        cmocka_unit_test_teardown(
                who_has_several_restaurants_says_which, finish),
        cmocka_unit_test_teardown(more_keys_than_16_are_refused, finish),
        cmocka_unit_test_teardown(
                a_back_end_that_signs_already_need_not_change, close_auth),
        cmocka_unit_test_teardown(
                a_claim_may_stand_inside_of_another, close_auth),
        cmocka_unit_test_teardown(
                an_end_is_always_asked_for_and_a_beginning_mostly, close_auth),
        cmocka_unit_test_teardown(what_an_entry_names_is_asked, close_auth),
        cmocka_unit_test_teardown(
                a_restaurant_may_be_the_keys_or_a_claims, close_auth),
        cmocka_unit_test_teardown(two_keys_of_an_issuer_overlap, close_auth),
        cmocka_unit_test_teardown(a_token_ends_with_its_key, close_auth),
        cmocka_unit_test_teardown(
                each_algorithm_verifies_its_own_and_no_other, close_auth),
        cmocka_unit_test_teardown(another_issuer_makes_no_links, close_auth),
        cmocka_unit_test_teardown(
                a_bad_file_keeps_those_trusted_before, close_auth),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
