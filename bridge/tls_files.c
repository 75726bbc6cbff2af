#include "bridge/tls_files.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/private.h"

#define CERT "tls_cert"
#define KEY  "tls_key"
#define CA   "tls_ca"

static enum err refuse(struct fault *fault, const char *field, const char *path,
        const char *what)
{
    ERR_clear_error();
    return fault_set(fault, ERR_CONFIG, field, "%.100s: %s", path, what);
}

/* An ordinary file of a sensible size; `secret`: of its owner alone. */
static enum err open_file(const char *field, const char *path, bool secret,
        BIO **file, struct fault *fault)
{
    struct stat about;

    if (stat(path, &about) != 0)
        return refuse(fault, field, path, strerror(errno));
    if (!S_ISREG(about.st_mode) || about.st_size > TLS_FILE_BYTES)
        return refuse(fault, field, path, "is no file of PEM");
    if (secret && !private_is(&about, geteuid()))
        return refuse(fault, field, path, "others may read it; mode is 0600");
    *file = BIO_new_file(path, "r");
    return *file ? ERR_OK : refuse(fault, field, path, "cannot be read");
}

/* --- certificates --- */

static void free_chain(X509 *chain[TLS_CHAIN_MOST], int count)
{
    for (int i = 0; i < count; i++)
        X509_free(chain[i]);
}

/* Was the last attempt to read one stopped by the end of the file? */
static bool is_at_end(void)
{
    unsigned long why = ERR_peek_last_error();
    bool end = ERR_GET_LIB(why) == ERR_LIB_PEM &&
               ERR_GET_REASON(why) == PEM_R_NO_START_LINE;

    ERR_clear_error();
    return end;
}

static enum err read_chain(const char *field, const char *path,
        X509 *chain[TLS_CHAIN_MOST], int *count, struct fault *fault)
{
    BIO *file = NULL;
    X509 *one = NULL;
    enum err err = open_file(field, path, false, &file, fault);
    bool ended;

    *count = 0;
    if (err != ERR_OK)
        return err;
    ERR_clear_error();
    while (*count < TLS_CHAIN_MOST &&
            (one = PEM_read_bio_X509(file, NULL, NULL, NULL)))
        chain[(*count)++] = one;
    ended = one || is_at_end();
    BIO_free(file);
    if (!ended || *count == 0)
        return refuse(fault, field, path, "holds no certificate in PEM");
    return ERR_OK;
}

static enum err check_dates(const char *field, const char *path, X509 *chain[],
        int count, struct fault *fault)
{
    for (int i = 0; i < count; i++) {
        if (X509_cmp_current_time(X509_get0_notBefore(chain[i])) >= 0)
            return refuse(fault, field, path, "is not valid yet");
        if (X509_cmp_current_time(X509_get0_notAfter(chain[i])) <= 0)
            return refuse(fault, field, path, "has expired");
    }
    return ERR_OK;
}

/* Does each one vouch for the one before it? */
static enum err check_order(
        const char *path, X509 *chain[], int count, struct fault *fault)
{
    for (int i = 1; i < count; i++)
        if (X509_check_issued(chain[i], chain[i - 1]) != X509_V_OK)
            return refuse(fault, CERT, path,
                    "each certificate must have issued the one before it");
    return ERR_OK;
}

static enum err check_ca(const char *path, struct fault *fault)
{
    X509 *chain[TLS_CHAIN_MOST];
    int count;
    enum err err = read_chain(CA, path, chain, &count, fault);

    if (err == ERR_OK)
        err = check_dates(CA, path, chain, count, fault);
    for (int i = 0; i < count && err == ERR_OK; i++)
        if (!X509_check_ca(chain[i]))
            err = refuse(fault, CA, path, "is no authority's certificate");
    free_chain(chain, count);
    return err;
}

/* --- the key --- */

/* Nobody is there to type a passphrase. */
static int no_passphrase(char *text, int size, int writes, void *context)
{
    (void)text;
    (void)size;
    (void)writes;
    (void)context;
    return -1;
}

static enum err check_pair(const char *key, X509 *leaf, struct fault *fault)
{
    BIO *file = NULL;
    EVP_PKEY *secret;
    enum err err = open_file(KEY, key, true, &file, fault);
    bool fits;

    if (err != ERR_OK)
        return err;
    secret = PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
    BIO_free(file);
    if (!secret)
        return refuse(
                fault, KEY, key, "holds no private key in PEM, unencrypted");
    fits = X509_check_private_key(leaf, secret) == 1;
    EVP_PKEY_free(secret);
    return fits ? ERR_OK
                : refuse(fault, KEY, key,
                          "is not the key of the "
                          "certificate");
}

enum err tls_files_check(
        const char *cert, const char *key, const char *ca, struct fault *fault)
{
    X509 *chain[TLS_CHAIN_MOST];
    int count;
    enum err err = read_chain(CERT, cert, chain, &count, fault);

    if (err == ERR_OK)
        err = check_dates(CERT, cert, chain, count, fault);
    if (err == ERR_OK)
        err = check_order(cert, chain, count, fault);
    if (err == ERR_OK)
        err = check_pair(key, chain[0], fault);
    free_chain(chain, count);
    return err == ERR_OK && ca && *ca ? check_ca(ca, fault) : err;
}
