#include "bridge/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <jwt.h>

#include "hub/base/log.h"
#include "schemas/roles.h"

#define NOW  1769882645123
#define HOUR (60 * 60 * 1000)

static char folder[] = "/tmp/test_auth_XXXXXX";
static char path[64];
static struct auth auth;
static const struct sites sites = { .names = { "main", "harbour" },
    .count = 2 };

static int make_folder(void **unused)
{
    (void)unused;
    log_set_level(LOG_ERROR);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/key", folder);
    return auth_open(&auth, path, &sites) == ERR_OK ? 0 : -1;
}

static int remove_folder(void **unused)
{
    (void)unused;
    auth_close(&auth);
    unlink(path);
    return rmdir(folder);
}

static struct principal cook(void)
{
    struct principal cook = {
        .roles = ROLE_KITCHEN, .subject = "ana", .expires_at_ms = NOW + HOUR
    };

    return cook;
}

static enum err check_and_free(char *token, struct principal *principal)
{
    const char *site;
    enum err err;

    assert_non_null(token);
    err = auth_check(&auth, token, NOW, principal, &site);
    free(token);
    return err;
}

/* A token as somebody else might make it: any claims, any algorithm. */
static char *forge(jwt_alg_t alg, const char *claims)
{
    jwt_t *jwt = NULL;
    char *token;

    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(
            jwt_set_alg(jwt, alg,
                    alg == JWT_ALG_NONE ? NULL : auth.own[AUTH_NEW].key.bytes,
                    alg == JWT_ALG_NONE ? 0 : KEY_OWN_BYTES),
            0);
    assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
    token = jwt_encode_str(jwt);
    jwt_free(jwt);
    return token;
}

#define GOOD                                                                   \
    "\"iss\":\"dumbwaiter\",\"aud\":\"dumbwaiter\",\"site\":\"main\","         \
    "\"sub\":\"ana\",\"iat\":1769882645,\"exp\":1769886245"

static enum err check_claims(const char *claims, struct principal *principal)
{
    return check_and_free(forge(JWT_ALG_HS256, claims), principal);
}

static void who_got_a_token_is_known_by_it(void **unused)
{
    struct principal principal = cook(), read;

    (void)unused;
    principal.roles |= ROLE_TABLE | ROLE_DEVICE;
    memcpy(principal.table, "5", 2);
    memcpy(principal.device, "kds-1", 6);
    memset(&read, 0xaa, sizeof(read));
    assert_int_equal(
            check_and_free(auth_mint(&auth, "main", &principal, NOW), &read),
            ERR_OK);
    assert_int_equal(read.roles, principal.roles);
    assert_string_equal(read.subject, "ana");
    assert_string_equal(read.table, "5");
    assert_string_equal(read.device, "kds-1");
    assert_int_equal(read.expires_at_ms, (NOW + HOUR) / 1000 * 1000);
}

static void a_token_may_name_one_role_or_a_list(void **unused)
{
    struct principal read;

    (void)unused;
    assert_int_equal(
            check_claims("{" GOOD ",\"role\":\"waiter\"}", &read), ERR_OK);
    assert_int_equal(read.roles, ROLE_WAITER);
    assert_int_equal(
            check_claims("{" GOOD ",\"roles\":[\"pos\",\"admin\"]}", &read),
            ERR_OK);
    assert_int_equal(read.roles, ROLE_POS | ROLE_ADMIN);
}

static void roles_that_nobody_knows_are_ignored(void **unused)
{
    struct principal read;

    (void)unused;
    assert_int_equal(check_claims("{" GOOD ",\"roles\":[\"sommelier\","
                                  "\"kitchen\",\"averyveryverylongrole\"]}",
                             &read),
            ERR_OK);
    assert_int_equal(read.roles, ROLE_KITCHEN);
}

static void nobody_becomes_the_hub_by_a_token(void **unused)
{
    struct principal read, hub = cook();

    (void)unused;
    hub.roles = ROLE_HUB;
    assert_int_equal(check_and_free(auth_mint(&auth, "main", &hub, NOW), &read),
            ERR_UNAUTHORIZED);
    hub.roles |= ROLE_ADMIN;
    assert_int_equal(
            check_and_free(auth_mint(&auth, "main", &hub, NOW), &read), ERR_OK);
    assert_int_equal(read.roles, ROLE_ADMIN);
}

static void a_token_without_what_it_needs_is_refused(void **unused)
{
    static const char *const wrong[] = {
        "{" GOOD "}",
        "{" GOOD ",\"roles\":[]}",
        "{" GOOD ",\"roles\":[\"sommelier\"]}",
        "{" GOOD ",\"roles\":[[\"kitchen\"]]}",
        "{" GOOD ",\"roles\":{\"kitchen\":1}}",
        "{" GOOD ",\"roles\":[1,\"kitchen\"]}",
        "{" GOOD ",\"roles\":[\"a\\\"kitchen\"]}",
        "{" GOOD ",\"role\":\"Kitchen\"}",
        "{" GOOD ",\"role\":[\"kitchen\"]}",
        "{" GOOD ",\"role\":\"table\"}",
        "{" GOOD ",\"role\":\"table\",\"table\":5}",
        "{" GOOD ",\"role\":\"table\",\"table\":\"5/6\"}",
        "{" GOOD ",\"role\":\"table\",\"table\":\"\"}",
        "{" GOOD ",\"role\":\"device\"}",
        "{" GOOD ",\"role\":\"device\",\"device\":\"+\"}",
    };
    struct principal read = { 0 };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (check_claims(wrong[i], &read) != ERR_UNAUTHORIZED)
            fail_msg("%s was let in", wrong[i]);
    assert_int_equal(read.roles, 0);
}

/* `claim` replaces the one of its name in an otherwise good token. */
static enum err check_with(const char *name, const char *json)
{
    static const char *const claims[][2] = { { "iss", "\"dumbwaiter\"" },
        { "aud", "\"dumbwaiter\"" }, { "site", "\"main\"" },
        { "sub", "\"ana\"" }, { "iat", "1769882645" }, { "exp", "1769886245" },
        { "role", "\"waiter\"" } };
    char text[1024];
    struct principal read;
    size_t len = 0;

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        const char *value =
                strcmp(claims[i][0], name) == 0 ? json : claims[i][1];

        if (value)
            len += (size_t)snprintf(text + len, sizeof(text) - len,
                    "%c\"%s\":%s", len ? ',' : '{', claims[i][0], value);
    }
    snprintf(text + len, sizeof(text) - len, "}");
    return check_claims(text, &read);
}

static void every_claim_is_needed_and_must_be_ours(void **unused)
{
    static const char *const names[] = { "iss", "aud", "site", "sub", "iat",
        "exp", "role" };

    (void)unused;
    assert_int_equal(check_with("", NULL), ERR_OK);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(check_with(names[i], NULL), ERR_UNAUTHORIZED);
        assert_int_equal(check_with(names[i], "\"\""), ERR_UNAUTHORIZED);
        assert_int_equal(check_with(names[i], "null"), ERR_UNAUTHORIZED);
        assert_int_equal(check_with(names[i], "[\"main\"]"), ERR_UNAUTHORIZED);
    }
    assert_int_equal(check_with("iss", "\"other\""), ERR_UNAUTHORIZED);
    assert_int_equal(check_with("aud", "\"other\""), ERR_UNAUTHORIZED);
    assert_int_equal(check_with("site", "\"other\""), ERR_UNAUTHORIZED);
}

static void a_token_is_good_until_its_last_moment(void **unused)
{
    (void)unused;
    assert_int_equal(check_with("exp", "1769882646"), ERR_OK);
    assert_int_equal(check_with("exp", "1769882645"), ERR_UNAUTHORIZED);
    assert_int_equal(check_with("exp", "0"), ERR_UNAUTHORIZED);
    assert_int_equal(check_with("exp", "-1"), ERR_UNAUTHORIZED);
    assert_int_equal(check_with("exp", "\"1769886245\""), ERR_UNAUTHORIZED);
    assert_int_equal(check_with("exp", "1769886245.5"), ERR_UNAUTHORIZED);
    assert_int_equal(
            check_with("exp", "9223372036854775807"), ERR_UNAUTHORIZED);
}

static void a_token_that_is_not_valid_yet_is_refused(void **unused)
{
    struct principal read;

    (void)unused;
    assert_int_equal(
            check_claims("{" GOOD ",\"role\":\"kitchen\",\"nbf\":1769882675}",
                    &read),
            ERR_OK);
    assert_int_equal(
            check_claims("{" GOOD ",\"role\":\"kitchen\",\"nbf\":1769882676}",
                    &read),
            ERR_UNAUTHORIZED);
    assert_int_equal(
            check_claims(
                    "{" GOOD ",\"role\":\"kitchen\",\"nbf\":\"now\"}", &read),
            ERR_UNAUTHORIZED);
}

static void another_clock_may_be_half_a_minute_ahead(void **unused)
{
    (void)unused;
    assert_int_equal(check_with("iat", "1769882675"), ERR_OK);
    assert_int_equal(check_with("iat", "1769882676"), ERR_UNAUTHORIZED);
}

static void a_subject_is_1_to_63_printable_characters(void **unused)
{
    (void)unused;
    assert_int_equal(check_with("sub", "\"123456789012345678901234567890"
                                       "123456789012345678901234567890123\""),
            ERR_OK);
    assert_int_equal(check_with("sub", "\"123456789012345678901234567890"
                                       "1234567890123456789012345678901234\""),
            ERR_UNAUTHORIZED);
    assert_int_equal(check_with("sub", "\"a\\nb\""), ERR_UNAUTHORIZED);
    assert_int_equal(check_with("sub", "\"\xc3\xa9\""), ERR_UNAUTHORIZED);
}

static void only_our_algorithm_counts_even_with_our_key(void **unused)
{
    static const char claims[] = "{" GOOD ",\"role\":\"admin\"}";
    struct principal read;

    (void)unused;
    assert_int_equal(
            check_and_free(forge(JWT_ALG_HS256, claims), &read), ERR_OK);
    assert_int_equal(check_and_free(forge(JWT_ALG_HS384, claims), &read),
            ERR_UNAUTHORIZED);
    assert_int_equal(check_and_free(forge(JWT_ALG_HS512, claims), &read),
            ERR_UNAUTHORIZED);
    assert_int_equal(check_and_free(forge(JWT_ALG_NONE, claims), &read),
            ERR_UNAUTHORIZED);
}

static void a_token_of_another_key_is_refused(void **unused)
{
    struct principal principal = cook(), read;
    uint8_t *last = &auth.own[AUTH_NEW].key.bytes[KEY_OWN_BYTES - 1];
    char *token;

    (void)unused;
    *last ^= 1;
    token = auth_mint(&auth, "main", &principal, NOW);
    *last ^= 1;
    assert_int_equal(check_and_free(token, &read), ERR_UNAUTHORIZED);
}

static void a_token_with_one_character_changed_is_refused(void **unused)
{
    const char *site;
    struct principal principal = cook(), read;
    char *token = auth_mint(&auth, "main", &principal, NOW);
    size_t len = strlen(token);

    (void)unused;
    assert_int_equal(auth_check(&auth, token, NOW, &read, &site), ERR_OK);
    for (size_t i = 0; i < len; i++) {
        char was = token[i];

        token[i] = was == 'A' ? 'B' : 'A';
        if (auth_check(&auth, token, NOW, &read, &site) != ERR_UNAUTHORIZED)
            fail_msg("character %zu of %zu does not matter", i, len);
        token[i] = was;
    }
    for (size_t i = 0; i < len; i++) {
        char was = token[i];

        token[i] = '\0';
        assert_int_equal(
                auth_check(&auth, token, NOW, &read, &site), ERR_UNAUTHORIZED);
        token[i] = was;
    }
    free(token);
}

static void what_is_no_token_is_refused(void **unused)
{
    const char *site;
    static const char *const wrong[] = { "", ".", "..", "...", "a.b.c", "{}",
        "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9.e30.",
        "eyJhbGciOiJIUzI1NiJ9..", "\xff\xff.\xff.\xff" };
    struct principal read;
    char *longest = malloc(AUTH_TOKEN_CHARS + 2);

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(auth_check(&auth, wrong[i], NOW, &read, &site),
                ERR_UNAUTHORIZED);
    memset(longest, 'a', AUTH_TOKEN_CHARS + 1);
    longest[AUTH_TOKEN_CHARS + 1] = '\0';
    assert_int_equal(
            auth_check(&auth, longest, NOW, &read, &site), ERR_UNAUTHORIZED);
    free(longest);
}

/* A good one, but too long: a claim that nobody reads makes it so. */
static void a_token_over_the_limit_is_refused_though_it_is_good(void **unused)
{
    char claims[4096];
    struct principal read;

    (void)unused;
    snprintf(claims, sizeof(claims),
            "{" GOOD ",\"role\":\"pos\",\"x\":\"%0*d\"}", 1000, 0);
    assert_int_equal(check_claims(claims, &read), ERR_OK);
    snprintf(claims, sizeof(claims),
            "{" GOOD ",\"role\":\"pos\",\"x\":\"%0*d\"}", 1500, 0);
    assert_int_equal(check_claims(claims, &read), ERR_UNAUTHORIZED);
}

/* --- the key --- */

static void the_key_is_made_once_and_only_for_us(void **unused)
{
    struct auth again;
    struct stat st;

    (void)unused;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, KEY_OWN_BYTES);
    assert_int_equal(auth_open(&again, path, &sites), ERR_OK);
    assert_memory_equal(again.own[AUTH_NEW].key.bytes,
            auth.own[AUTH_NEW].key.bytes, KEY_OWN_BYTES);
    auth_close(&again);
    for (size_t i = 0; i < sizeof(again); i++)
        assert_int_equal(((const char *)&again)[i], 0);
}

static void a_key_that_others_may_read_is_not_used(void **unused)
{
    struct auth again;

    (void)unused;
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(auth_open(&again, path, &sites), ERR_IO);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(auth_open(&again, path, &sites), ERR_OK);
    auth_close(&again);
}

static void what_is_no_key_is_left_as_it_is(void **unused)
{
    char other[80], link_path[80];
    struct auth again;
    struct stat st;
    FILE *file;

    (void)unused;
    snprintf(other, sizeof(other), "%s/short", folder);
    file = fopen(other, "w");
    fputs("secret", file);
    fclose(file);
    chmod(other, 0600);
    assert_int_equal(auth_open(&again, other, &sites), ERR_IO);
    assert_int_equal(stat(other, &st), 0);
    assert_int_equal(st.st_size, 6);
    unlink(other);

    snprintf(link_path, sizeof(link_path), "%s/link", folder);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(auth_open(&again, link_path, &sites), ERR_IO);
    unlink(link_path);
    assert_int_equal(auth_open(&again, folder, &sites), ERR_IO);
    snprintf(other, sizeof(other), "%s/no/such/key", folder);
    assert_int_equal(auth_open(&again, other, &sites), ERR_IO);
}

static void a_token_is_good_for_the_site_that_it_names(void **unused)
{
    struct principal principal = cook(), read;
    const char *site = NULL;
    char *token;

    (void)unused;
    for (uint32_t i = 0; i < sites.count; i++) {
        token = auth_mint(&auth, sites.names[i], &principal, NOW);
        assert_int_equal(auth_check(&auth, token, NOW, &read, &site), ERR_OK);
        assert_string_equal(site, sites.names[i]);
        free(token);
    }
}

static void a_token_of_a_site_that_is_not_served_is_refused(void **unused)
{
    static const char *const strange[] = { "kiosk", "MAIN", "mai", "main2",
        "main,harbour" };
    struct principal principal = cook(), read = { .roles = 0 };
    const char *site = NULL;

    (void)unused;
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        char *token = auth_mint(&auth, strange[i], &principal, NOW);

        assert_int_equal(
                auth_check(&auth, token, NOW, &read, &site), ERR_UNAUTHORIZED);
        assert_null(site);
        assert_int_equal(read.roles, 0);
        free(token);
    }
}

/* --- ids, scopes, lifetimes --- */

static void a_token_has_an_id_that_says_when_it_was_made(void **unused)
{
    struct principal principal = cook(), read, other;

    (void)unused;
    assert_int_equal(
            check_and_free(auth_mint(&auth, "main", &principal, NOW), &read),
            ERR_OK);
    assert_int_equal(strlen(read.token_id), 26);
    assert_int_equal(read.issued_at_ms, NOW);
    assert_int_equal(read.skew_ms, 0);
    assert_int_equal(
            check_and_free(auth_mint(&auth, "main", &principal, NOW), &other),
            ERR_OK);
    assert_string_not_equal(read.token_id, other.token_id);
    assert_true(auth_make_id(NOW, principal.token_id));
    assert_int_equal(
            check_and_free(auth_mint(&auth, "main", &principal, NOW), &read),
            ERR_OK);
    assert_string_equal(read.token_id, principal.token_id);
}

static void an_id_that_does_not_fit_the_time_says_nothing_about_it(
        void **unused)
{
    struct principal read;

    (void)unused;
    assert_int_equal(check_claims("{" GOOD ",\"role\":\"pos\","
                                  "\"jti\":\"7ZZZZZZZZZZZZZZZZZZZZZZZZZ\"}",
                             &read),
            ERR_OK);
    assert_int_equal(read.issued_at_ms, 1769882645000);
    assert_string_equal(read.token_id, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    assert_int_equal(
            check_claims("{" GOOD ",\"role\":\"pos\",\"jti\":\"a b\"}", &read),
            ERR_OK);
    assert_string_equal(read.token_id, "");
}

static void a_token_may_be_for_some_stations_and_tables(void **unused)
{
    struct principal principal = cook(), read;

    (void)unused;
    principal.roles |= ROLE_WAITER;
    memcpy(principal.stations, "grill cold", 11);
    memcpy(principal.tables, "1 2 zone:terrace", 17);
    assert_int_equal(
            check_and_free(auth_mint(&auth, "main", &principal, NOW), &read),
            ERR_OK);
    assert_string_equal(read.stations, "grill cold");
    assert_string_equal(read.tables, "1 2 zone:terrace");
    assert_int_equal(check_claims("{" GOOD ",\"role\":\"kitchen\","
                                  "\"stations\":\"grill\"}",
                             &read),
            ERR_OK);
    assert_string_equal(read.stations, "grill");
}

/* Else it would be for all of them. */
static void a_scope_that_cannot_be_read_refuses_the_token(void **unused)
{
    static const char *const wrong[] = { "[]", "\"\"", "null", "{}", "5", "[5]",
        "[\"grill\",5]", "[[\"grill\"]]", "[\"a/b\"]", "[\"#\"]",
        "[\"zone:terrace\"]", "[\"\"]", "true",
        "[\"123456789012345678901234567890123456\","
        "\"123456789012345678901234567890123456\","
        "\"123456789012345678901234567890123456\"]" };
    char claims[512];
    struct principal read;

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(claims, sizeof(claims),
                "{" GOOD ",\"role\":\"kitchen\",\"stations\":%s}", wrong[i]);
        if (check_claims(claims, &read) != ERR_UNAUTHORIZED)
            fail_msg("%s was let in", wrong[i]);
    }
    assert_int_equal(check_claims("{" GOOD ",\"role\":\"waiter\","
                                  "\"tables\":[\"zone:\"]}",
                             &read),
            ERR_UNAUTHORIZED);
}

static void no_token_is_good_for_more_than_400_days(void **unused)
{
    (void)unused;
    assert_int_equal(check_with("exp", "1804442645"), ERR_OK);
    assert_int_equal(check_with("exp", "1804442646"), ERR_UNAUTHORIZED);
}

/* --- links --- */

static void a_link_opens_nothing_but_can_be_exchanged(void **unused)
{
    struct principal principal = cook(), read;
    const char *site;
    int64_t life_ms;
    char *code = auth_mint_link(&auth, "harbour", &principal, HOUR, NOW);

    (void)unused;
    assert_int_equal(
            auth_check(&auth, code, NOW, &read, &site), ERR_UNAUTHORIZED);
    assert_int_equal(
            auth_check_link(&auth, code, NOW, &read, &site, &life_ms), ERR_OK);
    assert_int_equal(life_ms, HOUR);
    assert_string_equal(site, "harbour");
    assert_string_equal(read.subject, "ana");
    assert_int_equal(strlen(read.token_id), 26);
    assert_int_equal(auth_check_link(&auth, code, NOW + LIFE_LINK_MS - 1000,
                             &read, &site, &life_ms),
            ERR_OK);
    assert_int_equal(auth_check_link(&auth, code, NOW + LIFE_LINK_MS, &read,
                             &site, &life_ms),
            ERR_UNAUTHORIZED);
    free(code);
}

static void a_token_is_no_link(void **unused)
{
    static const char *const wrong[] = {
        "",
        ",\"use\":\"link\"",
        ",\"use\":\"link\",\"ttl\":60",
        ",\"use\":\"link\",\"ttl\":0,\"jti\":\"a\"",
        ",\"use\":\"link\",\"ttl\":-5,\"jti\":\"a\"",
        ",\"use\":\"link\",\"ttl\":\"60\",\"jti\":\"a\"",
        ",\"use\":\"link\",\"ttl\":99999999,\"jti\":\"a\"",
        ",\"use\":[\"link\"],\"ttl\":60,\"jti\":\"a\"",
        ",\"use\":\"\",\"ttl\":60,\"jti\":\"a\"",
    };
    struct principal read;
    const char *site;
    int64_t life_ms;
    char claims[512];

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char *token;

        snprintf(claims, sizeof(claims), "{" GOOD ",\"role\":\"pos\"%s}",
                wrong[i]);
        token = forge(JWT_ALG_HS256, claims);
        if (auth_check_link(&auth, token, NOW, &read, &site, &life_ms) !=
                ERR_UNAUTHORIZED)
            fail_msg("%s is a link", wrong[i]);
        assert_int_equal(auth_check(&auth, token, NOW, &read, &site),
                i == 0 ? ERR_OK : ERR_UNAUTHORIZED);
        free(token);
    }
}

/* --- the key is changed --- */

static void what_the_key_before_has_signed_stays_good(void **unused)
{
    struct principal principal = cook(), read;
    char old[80], *before = auth_mint(&auth, "main", &principal, NOW), *after;
    struct buf faults;
    const char *site;

    (void)unused;
    buf_init(&faults, 4096);
    snprintf(old, sizeof(old), "%s.old", path);
    assert_int_equal(rename(path, old), 0);
    assert_int_equal(auth_reload(&auth, path, "", &faults), ERR_OK);
    after = auth_mint(&auth, "main", &principal, NOW);
    assert_int_equal(auth_check(&auth, before, NOW, &read, &site), ERR_OK);
    assert_int_equal(auth_check(&auth, after, NOW, &read, &site), ERR_OK);

    /* One that does not say by which it was signed might be of either. */
    assert_int_equal(check_claims("{" GOOD ",\"role\":\"pos\"}", &read),
            ERR_UNAUTHORIZED);
    assert_int_equal(unlink(old), 0);
    assert_int_equal(auth_reload(&auth, path, "", &faults), ERR_OK);
    assert_int_equal(
            auth_check(&auth, before, NOW, &read, &site), ERR_UNAUTHORIZED);
    assert_int_equal(auth_check(&auth, after, NOW, &read, &site), ERR_OK);
    assert_int_equal(
            check_claims("{" GOOD ",\"role\":\"pos\"}", &read), ERR_OK);
    buf_finish(&faults);
    free(before);
    free(after);
}

static void a_reload_that_fails_changes_nothing(void **unused)
{
    struct principal principal = cook(), read;
    char *token = auth_mint(&auth, "main", &principal, NOW);
    struct buf faults;
    const char *site;

    (void)unused;
    buf_init(&faults, 4096);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(auth_reload(&auth, path, "", &faults), ERR_IO);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(
            auth_reload(&auth, path, "/no/such/file", &faults), ERR_IO);
    assert_non_null(memmem(faults.data, faults.len, "/no/such/file: ", 15));
    assert_int_equal(auth_check(&auth, token, NOW, &read, &site), ERR_OK);
    buf_finish(&faults);
    free(token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_got_a_token_is_known_by_it),
        cmocka_unit_test(a_token_may_name_one_role_or_a_list),
        cmocka_unit_test(roles_that_nobody_knows_are_ignored),
        cmocka_unit_test(nobody_becomes_the_hub_by_a_token),
        cmocka_unit_test(a_token_without_what_it_needs_is_refused),
        cmocka_unit_test(every_claim_is_needed_and_must_be_ours),
        cmocka_unit_test(a_token_is_good_until_its_last_moment),
        cmocka_unit_test(a_token_that_is_not_valid_yet_is_refused),
        cmocka_unit_test(another_clock_may_be_half_a_minute_ahead),
        cmocka_unit_test(a_subject_is_1_to_63_printable_characters),
        cmocka_unit_test(only_our_algorithm_counts_even_with_our_key),
        cmocka_unit_test(a_token_of_another_key_is_refused),
        cmocka_unit_test(a_token_with_one_character_changed_is_refused),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(a_token_over_the_limit_is_refused_though_it_is_good),
        cmocka_unit_test(the_key_is_made_once_and_only_for_us),
        cmocka_unit_test(a_key_that_others_may_read_is_not_used),
        cmocka_unit_test(what_is_no_key_is_left_as_it_is),
        cmocka_unit_test(a_token_is_good_for_the_site_that_it_names),
        cmocka_unit_test(a_token_of_a_site_that_is_not_served_is_refused),
        cmocka_unit_test(a_token_has_an_id_that_says_when_it_was_made),
        cmocka_unit_test(
                an_id_that_does_not_fit_the_time_says_nothing_about_it),
        cmocka_unit_test(a_token_may_be_for_some_stations_and_tables),
        cmocka_unit_test(a_scope_that_cannot_be_read_refuses_the_token),
        cmocka_unit_test(no_token_is_good_for_more_than_400_days),
        cmocka_unit_test(a_link_opens_nothing_but_can_be_exchanged),
        cmocka_unit_test(a_token_is_no_link),
        cmocka_unit_test(what_the_key_before_has_signed_stays_good),
        cmocka_unit_test(a_reload_that_fails_changes_nothing),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
