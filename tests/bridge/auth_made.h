/*
 * auth_made: keys, key files and tokens as somebody else might make them, for
 * the tests of auth. Keys are made here, anew each time.
 */
#ifndef TESTS_BRIDGE_AUTH_MADE_H
#define TESTS_BRIDGE_AUTH_MADE_H

#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PEM_SIZE 4096

/* A key pair as PEM. */
struct made_pair {
    char secret[PEM_SIZE];
    char public[PEM_SIZE];
};

static inline void made_pem(EVP_PKEY *pkey, struct made_pair *pair)
{
    BIO *secret = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());

    PEM_write_bio_PrivateKey(secret, pkey, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_PUBKEY(public, pkey);
    pair->secret[BIO_read(secret, pair->secret, PEM_SIZE - 1)] = '\0';
    pair->public[BIO_read(public, pair->public, PEM_SIZE - 1)] = '\0';
    BIO_free(secret);
    BIO_free(public);
    EVP_PKEY_free(pkey);
}

static inline void made_rsa(unsigned bits, struct made_pair *pair)
{
    made_pem(EVP_RSA_gen(bits), pair);
}

static inline void made_ec(const char *curve, struct made_pair *pair)
{
    made_pem(EVP_EC_gen(curve), pair);
}

/* A file with these bytes; returns its path, in a buffer of the caller's. */
static inline const char *made_file(char *path, size_t size, const char *folder,
        const char *name, const void *bytes, size_t len, unsigned mode)
{
    FILE *file;

    snprintf(path, size, "%s/%s", folder, name);
    file = fopen(path, "w");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0 ||
            chmod(path, mode) != 0)
        abort();
    return path;
}

/*
 * A token with these claims and further members of its header ({} for none),
 * signed with any algorithm and key; free() it.
 */
static inline char *made_token(jwt_alg_t alg, const void *key, size_t len,
        const char *headers, const char *claims)
{
    jwt_t *jwt = NULL;
    char *token;

    if (jwt_new(&jwt) != 0 ||
            jwt_set_alg(jwt, alg, alg == JWT_ALG_NONE ? NULL : key,
                    alg == JWT_ALG_NONE ? 0 : (int)len) != 0 ||
            jwt_add_headers_json(jwt, headers) != 0 ||
            jwt_add_grants_json(jwt, claims) != 0)
        abort();
    token = jwt_encode_str(jwt);
    jwt_free(jwt);
    if (!token)
        abort();
    return token;
}

#endif
