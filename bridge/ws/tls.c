#include "bridge/ws/tls.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/tls_files.h"

/* Of TLS 1.2; all that 1.3 has are as good. */
#define CIPHERS                                                                \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"               \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"               \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

/* What a handshake shows. */
struct shown {
    X509 *leaf;
    EVP_PKEY *key;
    STACK_OF(X509) * chain; /* what leads to its authority */
    char serial[TLS_SERIAL_CHARS + 1];
    int64_t ends_s;
};

struct tls {
    char *cert_path, *key_path;
    struct shown shown;
};

static void forget(struct shown *shown)
{
    X509_free(shown->leaf);
    EVP_PKEY_free(shown->key);
    sk_X509_pop_free(shown->chain, X509_free);
    *shown = (struct shown){ 0 };
}

/* --- from files --- */

static bool read_chain(const char *path, struct shown *shown)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *next;

    if (file)
        shown->leaf = PEM_read_bio_X509(file, NULL, NULL, NULL);
    shown->chain = sk_X509_new_null();
    while (shown->leaf && shown->chain &&
            (next = PEM_read_bio_X509(file, NULL, NULL, NULL)))
        if (sk_X509_push(shown->chain, next) <= 0)
            X509_free(next);
    BIO_free(file);
    ERR_clear_error(); /* the end of the file is one */
    return shown->leaf && shown->chain;
}

static bool read_key(const char *path, struct shown *shown)
{
    BIO *file = BIO_new_file(path, "r");

    if (file)
        shown->key = PEM_read_bio_PrivateKey(file, NULL, NULL, (void *)"");
    BIO_free(file);
    ERR_clear_error();
    return shown->key && X509_check_private_key(shown->leaf, shown->key) == 1;
}

static bool describe(struct shown *shown)
{
    BIGNUM *number =
            ASN1_INTEGER_to_BN(X509_get0_serialNumber(shown->leaf), NULL);
    char *text = number ? BN_bn2hex(number) : NULL;
    struct tm end;
    bool ok =
            text && ASN1_TIME_to_tm(X509_get0_notAfter(shown->leaf), &end) == 1;

    if (ok) {
        snprintf(shown->serial, sizeof(shown->serial), "%s", text);
        shown->ends_s = (int64_t)timegm(&end);
    }
    OPENSSL_free(text);
    BN_free(number);
    return ok;
}

/* They may have changed since they were looked at: whatever is wrong now is
 * said in one sentence. */
static enum err load(
        const struct tls *tls, struct shown *shown, struct fault *fault)
{
    enum err err = tls_files_check(tls->cert_path, tls->key_path, NULL, fault);

    *shown = (struct shown){ 0 };
    if (err != ERR_OK)
        return err;
    if (read_chain(tls->cert_path, shown) && read_key(tls->key_path, shown) &&
            describe(shown))
        return ERR_OK;
    ERR_clear_error();
    forget(shown);
    return fault_set(fault, ERR_CONFIG, "tls_cert",
            "%.100s: it or its key changed while it was read", tls->cert_path);
}

enum err tls_open(struct tls **out, const char *cert, const char *key,
        struct fault *fault)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    enum err err;

    *out = NULL;
    if (!tls)
        return fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    tls->cert_path = strdup(cert);
    tls->key_path = strdup(key);
    err = tls->cert_path && tls->key_path
                  ? load(tls, &tls->shown, fault)
                  : fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    if (err == ERR_OK)
        *out = tls;
    else
        tls_close(tls);
    return err;
}

void tls_close(struct tls *tls)
{
    if (!tls)
        return;
    forget(&tls->shown);
    free(tls->cert_path);
    free(tls->key_path);
    free(tls);
}

enum err tls_reload(struct tls *tls, struct fault *fault)
{
    struct shown fresh;
    enum err err = load(tls, &fresh, fault);

    if (err != ERR_OK)
        return err;
    forget(&tls->shown); /* handshakes under way hold their own references */
    tls->shown = fresh;
    return ERR_OK;
}

/* --- into handshakes --- */

/* A client has said hello; nothing has been shown yet. */
static int on_hello(SSL *ssl, void *arg)
{
    const struct tls *tls = arg;

    SSL_certs_clear(ssl);
    return SSL_use_cert_and_key(ssl, tls->shown.leaf, tls->shown.key,
                   tls->shown.chain, 1) == 1;
}

enum err tls_use(struct tls *tls, SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION |
                                         SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
    /* Tickets are enough, and cost no memory here. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
            SSL_CTX_set_cipher_list(context, CIPHERS) != 1) {
        ERR_clear_error();
        return ERR_IO;
    }
    SSL_CTX_set_cert_cb(context, on_hello, tls);
    return ERR_OK;
}

const char *tls_serial(const struct tls *tls)
{
    return tls->shown.serial;
}

int64_t tls_ends_s(const struct tls *tls)
{
    return tls->shown.ends_s;
}
