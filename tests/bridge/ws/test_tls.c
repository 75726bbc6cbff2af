#include "bridge/ws/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY (24 * 60 * 60)

/* Two files, and who shows what stands in them. */
struct world {
    char dir[64], cert[80], key[80];
    struct tls *tls;
    SSL_CTX *server, *client;
};

/* --- files --- */

static void write_pair(const struct world *world, EVP_PKEY *key, long number)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    FILE *file;

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), number);
    X509_gmtime_adj(X509_getm_notBefore(cert), -DAY);
    X509_gmtime_adj(X509_getm_notAfter(cert), DAY);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
            (const unsigned char *)"hub.example", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    file = fopen(world->cert, "we");
    assert_true(file && PEM_write_X509(file, cert));
    fclose(file);
    X509_free(cert);
    file = fopen(world->key, "we");
    assert_true(
            file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    fclose(file);
    assert_int_equal(chmod(world->key, 0600), 0);
    EVP_PKEY_free(key);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct fault fault;

    snprintf(world->dir, sizeof(world->dir), "/tmp/test_tls.XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    snprintf(world->cert, sizeof(world->cert), "%s/cert.pem", world->dir);
    snprintf(world->key, sizeof(world->key), "%s/key.pem", world->dir);
    write_pair(world, EVP_EC_gen("P-256"), 0x17);
    assert_int_equal(
            tls_open(&world->tls, world->cert, world->key, &fault), ERR_OK);
    world->server = SSL_CTX_new(TLS_server_method());
    world->client = SSL_CTX_new(TLS_client_method());
    assert_int_equal(tls_use(world->tls, world->server), ERR_OK);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    SSL_CTX_free(world->server);
    SSL_CTX_free(world->client);
    tls_close(world->tls);
    unlink(world->cert);
    unlink(world->key);
    rmdir(world->dir);
    free(world);
    ERR_clear_error();
    return 0;
}

/* --- two ends in memory --- */

struct ends {
    SSL *server, *client;
};

static struct ends make_ends(const struct world *world)
{
    struct ends ends = { SSL_new(world->server), SSL_new(world->client) };
    BIO *one, *other;

    assert_int_equal(BIO_new_bio_pair(&one, 0, &other, 0), 1);
    SSL_set_bio(ends.server, one, one);
    SSL_set_bio(ends.client, other, other);
    SSL_set_accept_state(ends.server);
    SSL_set_connect_state(ends.client);
    return ends;
}

static bool shake_hands(const struct ends *ends)
{
    bool done = false;

    for (int i = 0; i < 10 && !done; i++) {
        int client = SSL_do_handshake(ends->client);
        int server = SSL_do_handshake(ends->server);

        done = client == 1 && server == 1;
    }
    ERR_clear_error();
    return done;
}

static void free_ends(struct ends *ends)
{
    SSL_free(ends->server);
    SSL_free(ends->client);
}

static long number_shown(const struct ends *ends)
{
    X509 *cert = SSL_get1_peer_certificate(ends->client);
    long number;

    assert_non_null(cert);
    number = ASN1_INTEGER_get(X509_get0_serialNumber(cert));
    X509_free(cert);
    return number;
}

static void says(SSL *from, SSL *to, const char *text)
{
    char heard[32] = "";

    assert_int_equal(SSL_write(from, text, (int)strlen(text)), strlen(text));
    assert_int_equal(SSL_read(to, heard, sizeof(heard) - 1), strlen(text));
    assert_string_equal(heard, text);
}

/* --- --- */

static void a_handshake_is_shown_the_certificate(void **state)
{
    struct world *world = *state;
    struct ends ends = make_ends(world);

    assert_true(shake_hands(&ends));
    assert_int_equal(number_shown(&ends), 0x17);
    assert_string_equal(tls_serial(world->tls), "17");
    assert_true(tls_ends_s(world->tls) > time(NULL) + DAY - 60);
    assert_true(tls_ends_s(world->tls) < time(NULL) + DAY + 60);
    free_ends(&ends);
}

static void a_new_one_is_shown_from_the_next_handshake_on(void **state)
{
    struct world *world = *state;
    struct ends before = make_ends(world), after;
    struct fault fault;

    assert_true(shake_hands(&before));
    write_pair(world, EVP_EC_gen("P-256"), 0x18);
    assert_int_equal(tls_reload(world->tls, &fault), ERR_OK);
    assert_string_equal(tls_serial(world->tls), "18");
    after = make_ends(world);
    assert_true(shake_hands(&after));
    assert_int_equal(number_shown(&after), 0x18);
    says(before.client, before.server, "still here");
    says(before.server, before.client, "so am I");
    free_ends(&before);
    free_ends(&after);
}

/* A certificate for another kind of key takes the place of the first one, it
 * does not stand beside it. */
static void the_kind_of_key_may_change(void **state)
{
    struct world *world = *state;
    struct fault fault;
    struct ends ends;

    write_pair(world, EVP_RSA_gen(2048), 0x19);
    assert_int_equal(tls_reload(world->tls, &fault), ERR_OK);
    ends = make_ends(world);
    assert_true(shake_hands(&ends));
    assert_int_equal(number_shown(&ends), 0x19);
    free_ends(&ends);
}

static void a_swap_in_the_midst_of_a_handshake_breaks_nothing(void **state)
{
    struct world *world = *state;
    struct ends ends = make_ends(world);
    struct fault fault;

    SSL_do_handshake(ends.client);
    SSL_do_handshake(ends.server); /* has shown the old one */
    ERR_clear_error();
    write_pair(world, EVP_EC_gen("P-256"), 0x1a);
    assert_int_equal(tls_reload(world->tls, &fault), ERR_OK);
    assert_true(shake_hands(&ends));
    assert_int_equal(number_shown(&ends), 0x17);
    free_ends(&ends);
}

static void broken_files_change_nothing(void **state)
{
    struct world *world = *state;
    struct fault fault = { 0 };
    struct ends ends;

    write_text(world->cert, "-----BEGIN CERTIFICATE-----\nno\n");
    assert_int_equal(tls_reload(world->tls, &fault), ERR_CONFIG);
    assert_string_equal(fault.field, "tls_cert");
    unlink(world->cert);
    assert_int_equal(tls_reload(world->tls, &fault), ERR_CONFIG);
    write_pair(world, EVP_EC_gen("P-256"), 0x1b);
    write_text(world->key, "no key");
    assert_int_equal(tls_reload(world->tls, &fault), ERR_CONFIG);
    assert_string_equal(fault.field, "tls_key");
    assert_string_equal(tls_serial(world->tls), "17");
    ends = make_ends(world);
    assert_true(shake_hands(&ends));
    assert_int_equal(number_shown(&ends), 0x17);
    free_ends(&ends);
}

static void files_that_are_not_fit_are_not_begun_with(void **state)
{
    struct world *world = *state;
    struct fault fault = { 0 };
    struct tls *tls;

    assert_int_equal(chmod(world->key, 0644), 0);
    assert_int_equal(
            tls_open(&tls, world->cert, world->key, &fault), ERR_CONFIG);
    assert_null(tls);
    assert_string_equal(fault.field, "tls_key");
    tls_close(NULL);
}

static void old_versions_and_weak_ciphers_are_refused(void **state)
{
    static const char *const weak[] = { "AES128-SHA", "AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384" };
    struct world *world = *state;
    struct ends ends;

    SSL_CTX_set_min_proto_version(world->client, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(world->client, TLS1_1_VERSION);
    SSL_CTX_set_security_level(world->client, 0);
    ends = make_ends(world);
    assert_false(shake_hands(&ends));
    free_ends(&ends);
    SSL_CTX_set_max_proto_version(world->client, TLS1_2_VERSION);
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
        assert_int_equal(SSL_CTX_set_cipher_list(world->client, weak[i]), 1);
        ends = make_ends(world);
        assert_false(shake_hands(&ends));
        free_ends(&ends);
    }
    assert_int_equal(SSL_CTX_set_cipher_list(
                             world->client, "ECDHE-ECDSA-AES128-GCM-SHA256"),
            1);
    ends = make_ends(world);
    assert_true(shake_hands(&ends));
    free_ends(&ends);
}

static void nobody_may_negotiate_again(void **state)
{
    struct world *world = *state;
    struct ends ends;
    char byte;

    SSL_CTX_set_max_proto_version(world->client, TLS1_2_VERSION);
    ends = make_ends(world);
    assert_true(shake_hands(&ends));
    assert_int_equal(SSL_renegotiate(ends.client), 1);
    SSL_do_handshake(ends.client);
    assert_true(SSL_read(ends.server, &byte, 1) <= 0);
    assert_int_equal(SSL_num_renegotiations(ends.server), 0);
    assert_true(SSL_do_handshake(ends.client) != 1);
    free_ends(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(a_handshake_is_shown_the_certificate),
        TEST(a_new_one_is_shown_from_the_next_handshake_on),
        TEST(the_kind_of_key_may_change),
        TEST(a_swap_in_the_midst_of_a_handshake_breaks_nothing),
        TEST(broken_files_change_nothing),
        TEST(files_that_are_not_fit_are_not_begun_with),
        TEST(old_versions_and_weak_ciphers_are_refused),
        TEST(nobody_may_negotiate_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
