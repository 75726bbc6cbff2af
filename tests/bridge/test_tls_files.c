#include "bridge/tls_files.h"

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
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY (24 * 60 * 60)

/* An authority, a server's certificate of it, and a stranger's key. */
struct world {
    char dir[64];
    EVP_PKEY *ca_key, *key, *other;
    X509 *ca, *cert;
};

static EVP_PKEY *make_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    assert_non_null(key);
    return key;
}

/* For `key`, from `from` to `to` seconds from now, by `issuer` or itself. */
static X509 *make_cert(EVP_PKEY *key, const char *name, long from, long to,
        X509 *issuer, EVP_PKEY *signer, bool is_ca)
{
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);
    X509_EXTENSION *basic = X509V3_EXT_conf_nid(
            NULL, NULL, NID_basic_constraints, is_ca ? "CA:TRUE" : "CA:FALSE");

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 17);
    X509_gmtime_adj(X509_getm_notBefore(cert), from);
    X509_gmtime_adj(X509_getm_notAfter(cert), to);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
            (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(
            cert, issuer ? X509_get_subject_name(issuer) : subject);
    X509_add_ext(cert, basic, -1);
    X509_EXTENSION_free(basic);
    assert_true(X509_sign(cert, signer, EVP_sha256()) > 0);
    return cert;
}

static const char *path_of(const struct world *world, const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", world->dir, name);
    return path;
}

static FILE *create(const struct world *world, const char *name)
{
    FILE *file = fopen(path_of(world, name), "we");

    assert_non_null(file);
    return file;
}

static void put_certs(
        const struct world *world, const char *name, X509 *one, X509 *other)
{
    FILE *file = create(world, name);

    assert_true(PEM_write_X509(file, one));
    if (other)
        assert_true(PEM_write_X509(file, other));
    fclose(file);
}

static void put_key(const struct world *world, const char *name, EVP_PKEY *key,
        const char *passphrase)
{
    FILE *file = create(world, name);

    assert_true(PEM_write_PrivateKey(file, key,
            passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
            (void *)(uintptr_t)passphrase));
    fclose(file);
    assert_int_equal(chmod(path_of(world, name), 0600), 0);
}

static void put_text(
        const struct world *world, const char *name, const char *text)
{
    FILE *file = create(world, name);

    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path_of(world, name), 0600), 0);
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    snprintf(world->dir, sizeof(world->dir), "/tmp/test_tls_files.XXXXXX");
    if (!mkdtemp(world->dir))
        return -1;
    world->ca_key = make_key();
    world->key = make_key();
    world->other = make_key();
    world->ca = make_cert(
            world->ca_key, "house", -DAY, DAY, NULL, world->ca_key, true);
    world->cert = make_cert(
            world->key, "broker", -DAY, DAY, world->ca, world->ca_key, false);
    put_certs(world, "cert", world->cert, NULL);
    put_certs(world, "ca", world->ca, NULL);
    put_key(world, "key", world->key, NULL);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    unlink(path_of(world, "cert"));
    unlink(path_of(world, "key"));
    unlink(path_of(world, "ca"));
    rmdir(world->dir);
    X509_free(world->ca);
    X509_free(world->cert);
    EVP_PKEY_free(world->ca_key);
    EVP_PKEY_free(world->key);
    EVP_PKEY_free(world->other);
    free(world);
    return 0;
}

static enum err check(const struct world *world, struct fault *fault)
{
    *fault = (struct fault){ 0 };
    return tls_files_check(path_of(world, "cert"), path_of(world, "key"),
            path_of(world, "ca"), fault);
}

static void assert_refused(
        const struct world *world, const char *field, const char *word)
{
    struct fault fault;

    assert_int_equal(check(world, &fault), ERR_CONFIG);
    assert_string_equal(fault.field, field);
    if (!strstr(fault.text, word))
        fail_msg("no \"%s\" in: %s", word, fault.text);
}

/* A certificate of its own, with other dates. */
static void put_dated(const struct world *world, const char *name,
        EVP_PKEY *key, long from, long to, bool is_ca)
{
    X509 *cert = make_cert(key, name, from, to, NULL, key, is_ca);

    put_certs(world, name, cert, NULL);
    X509_free(cert);
}

static void what_goes_together_is_taken_with_its_chain_or_without(void **state)
{
    struct world *world = *state;
    struct fault fault = { 0 };

    assert_int_equal(check(world, &fault), ERR_OK);
    put_certs(world, "cert", world->cert, world->ca);
    assert_int_equal(check(world, &fault), ERR_OK);
    assert_int_equal(tls_files_check(path_of(world, "cert"),
                             path_of(world, "key"), NULL, &fault),
            ERR_OK);
    assert_int_equal(tls_files_check(path_of(world, "cert"),
                             path_of(world, "key"), "", &fault),
            ERR_OK);
}

static void the_key_of_somebody_else_is_refused(void **state)
{
    struct world *world = *state;

    put_key(world, "key", world->other, NULL);
    assert_refused(world, "tls_key", "not the key of the certificate");
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    struct world *world = *state;

    assert_int_equal(chmod(path_of(world, "key"), 0640), 0);
    assert_refused(world, "tls_key", "others may read");
}

static void a_key_with_a_passphrase_is_refused_and_nobody_asked(void **state)
{
    struct world *world = *state;

    put_key(world, "key", world->key, "sesame");
    assert_refused(world, "tls_key", "unencrypted");
}

static void dates_are_those_of_the_whole_chain(void **state)
{
    struct world *world = *state;
    X509 *late = make_cert(
            world->ca_key, "house", DAY, 2 * DAY, NULL, world->ca_key, true);

    put_certs(world, "cert", world->cert, late);
    assert_refused(world, "tls_cert", "not valid yet");
    X509_free(late);
    put_dated(world, "cert", world->key, -2 * DAY, -DAY, false);
    assert_refused(world, "tls_cert", "expired");
    put_certs(world, "cert", world->cert, NULL);
    put_dated(world, "ca", world->ca_key, -2 * DAY, -DAY, true);
    assert_refused(world, "tls_ca", "expired");
}

static void a_chain_leads_from_each_to_its_issuer(void **state)
{
    struct world *world = *state;
    X509 *stranger = make_cert(
            world->other, "stranger", -DAY, DAY, NULL, world->other, true);

    put_certs(world, "cert", world->cert, stranger);
    assert_refused(world, "tls_cert", "issued");
    X509_free(stranger);
}

static void only_an_authority_vouches_for_clients(void **state)
{
    struct world *world = *state;

    put_certs(world, "ca", world->cert, NULL);
    assert_refused(world, "tls_ca", "authority");
}

static void what_is_no_pem_or_not_there_is_refused(void **state)
{
    static const char *const fields[] = { "tls_cert", "tls_key", "tls_ca" };
    static const char *const texts[] = { "", "x",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA" };
    struct world *world = *state;

    for (size_t f = 0; f < 3; f++) {
        const char *name = fields[f] + strlen("tls_");

        for (size_t t = 0; t < 4; t++) {
            put_text(world, name, texts[t]);
            assert_refused(world, fields[f], "holds no ");
        }
        unlink(path_of(world, name));
        assert_refused(world, fields[f], "No such file");
        put_certs(world, "cert", world->cert, NULL);
        put_key(world, "key", world->key, NULL);
        put_certs(world, "ca", world->ca, NULL);
    }
}

/* A good certificate does not make up for rubbish behind it. */
static void what_stands_behind_the_certificate_is_read_too(void **state)
{
    struct world *world = *state;
    FILE *file = create(world, "cert");

    PEM_write_X509(file, world->cert);
    fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            file);
    fclose(file);
    assert_refused(world, "tls_cert", "holds no certificate");
}

static void a_folder_is_no_certificate(void **state)
{
    struct world *world = *state;
    struct fault fault = { 0 };

    assert_int_equal(
            tls_files_check(world->dir, path_of(world, "key"), NULL, &fault),
            ERR_CONFIG);
    assert_string_equal(fault.field, "tls_cert");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(what_goes_together_is_taken_with_its_chain_or_without),
        IN_WORLD(the_key_of_somebody_else_is_refused),
        IN_WORLD(a_key_that_others_may_read_is_refused),
        IN_WORLD(a_key_with_a_passphrase_is_refused_and_nobody_asked),
        IN_WORLD(dates_are_those_of_the_whole_chain),
        IN_WORLD(a_chain_leads_from_each_to_its_issuer),
        IN_WORLD(only_an_authority_vouches_for_clients),
        IN_WORLD(what_is_no_pem_or_not_there_is_refused),
        IN_WORLD(what_stands_behind_the_certificate_is_read_too),
        IN_WORLD(a_folder_is_no_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
