#include "bridge/auth_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/log.h"
#include "hub/base/private.h"

#define RSA_BITS   2048 /* at least */
#define GROUP_SIZE 80

const char *const key_algorithms[KEY_ALGORITHMS] = {
    [KEY_HS256] = "HS256",
    [KEY_RS256] = "RS256",
    [KEY_ES256] = "ES256",
};

enum key_algorithm key_algorithm_find(const char *name)
{
    int i = 0;

    while (i < KEY_ALGORITHMS && strcmp(key_algorithms[i], name) != 0)
        i++;
    return (enum key_algorithm)i;
}

/* --- files --- */

/* All of a regular file that nobody else may read, if it is a secret, nor
 * write. NULL, or what is wrong; then `key` has nothing. */
static const char *read_all(struct key *key, int fd, bool secret)
{
    struct stat about;
    ssize_t got;

    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return "not a file";
    if (secret && !private_is(&about, geteuid()))
        return "others may read or write it; mode must be 0600";
    if (about.st_mode & 022)
        return "others may write it; mode must be 0644";
    if (about.st_size < 1 || about.st_size > KEY_FILE_MAX)
        return "empty, or too large for a key";
    key->bytes = malloc((size_t)about.st_size);
    if (!key->bytes)
        return "no memory";
    key->len = (size_t)about.st_size;
    got = read(fd, key->bytes, key->len);
    if (got == about.st_size)
        return NULL;
    key_close(key);
    return "cannot be read";
}

static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* --- keys of others --- */

static bool is_text(const struct key *key)
{
    for (size_t i = 0; i < key->len; i++)
        if ((key->bytes[i] < 0x20 && key->bytes[i] != '\n' &&
                    key->bytes[i] != '\r') ||
                key->bytes[i] > 0x7e)
            return false;
    return true;
}

/* An editor ends a text with a line end that nobody means. A public key for a
 * secret would let everybody sign. */
static const char *check_secret(struct key *key)
{
    static const char pem[] = "-----BEGIN";

    if (key->len >= sizeof(pem) - 1 &&
            memcmp(key->bytes, pem, sizeof(pem) - 1) == 0)
        return "PEM is for RS256 and ES256, not a secret";
    while (is_text(key) && key->len > 0 &&
            (key->bytes[key->len - 1] == '\n' ||
                    key->bytes[key->len - 1] == '\r'))
        key->len--;
    return key->len < KEY_LEAST ? "a secret has at least 16 bytes" : NULL;
}

static const char *check_type(EVP_PKEY *pkey, enum key_algorithm algorithm)
{
    char group[GROUP_SIZE] = "";

    if (algorithm == KEY_RS256)
        return EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= RSA_BITS
                       ? NULL
                       : "RS256 wants an RSA key of at least 2048 bits";
    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
    return EVP_PKEY_is_a(pkey, "EC") && strcmp(group, "prime256v1") == 0
                   ? NULL
                   : "ES256 wants a key on the curve P-256 (prime256v1)";
}

static const char *check_pem(const struct key *key)
{
    BIO *in = BIO_new_mem_buf(key->bytes, (int)key->len);
    EVP_PKEY *pkey = in ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
    const char *wrong = "not a public key as PEM (BEGIN PUBLIC KEY)";

    if (pkey)
        wrong = check_type(pkey, key->algorithm);
    EVP_PKEY_free(pkey);
    BIO_free(in);
    return wrong;
}

enum err key_read(struct key *key, const char *path,
        enum key_algorithm algorithm, struct fault *fault)
{
    bool secret = algorithm == KEY_HS256;
    int fd = open_file(path);
    const char *wrong;

    *key = (struct key){ .algorithm = algorithm };
    if (fd < 0)
        return fault_set(
                fault, ERR_CONFIG, NULL, "%s: %s", path, strerror(errno));
    wrong = read_all(key, fd, secret);
    close(fd);
    if (!wrong)
        wrong = secret ? check_secret(key) : check_pem(key);
    if (!wrong)
        return ERR_OK;
    key_close(key);
    return fault_set(fault, ERR_CONFIG, NULL, "%s: %s", path, wrong);
}

/* --- our own --- */

static enum err read_own(struct key *key, int fd, const char *path)
{
    const char *wrong = read_all(key, fd, true);

    if (!wrong && key->len == KEY_OWN_BYTES)
        return ERR_OK;
    if (wrong)
        log_error("auth: %s: %s", path, wrong);
    else
        log_error("auth: %s: not a key of %d bytes", path, KEY_OWN_BYTES);
    key_close(key);
    return ERR_IO;
}

static enum err make_own(struct key *key, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        log_error("auth: %s: %s", path, strerror(errno));
        return ERR_IO;
    }
    key->bytes = malloc(KEY_OWN_BYTES);
    key->len = KEY_OWN_BYTES;
    if (key->bytes &&
            getrandom(key->bytes, KEY_OWN_BYTES, 0) == KEY_OWN_BYTES &&
            write(fd, key->bytes, KEY_OWN_BYTES) == KEY_OWN_BYTES &&
            fsync(fd) == 0) {
        close(fd);
        return ERR_OK;
    }
    log_error("auth: %s: %s", path, strerror(errno));
    close(fd);
    unlink(path); /* a part of a key would stop the next start */
    key_close(key);
    return ERR_IO;
}

enum err key_open_own(struct key *key, const char *path, bool may_make)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    enum err err = ERR_OK;

    *key = (struct key){ .algorithm = KEY_HS256 };
    if (fd >= 0) {
        err = read_own(key, fd, path);
        close(fd);
    } else if (errno != ENOENT) {
        log_error("auth: %s: %s", path, strerror(errno));
        err = ERR_IO;
    } else if (may_make) {
        err = make_own(key, path);
    }
    return err;
}

void key_close(struct key *key)
{
    if (key->bytes)
        explicit_bzero(key->bytes, key->len);
    free(key->bytes);
    key->bytes = NULL;
    key->len = 0;
}

/* 64 bits of a hash of 256 random ones. */
void key_name(const struct key *key, char out[KEY_NAME_CHARS + 1])
{
    uint8_t text[sizeof("key ") - 1 + KEY_OWN_BYTES] = "key ";
    uint8_t hash[EVP_MAX_MD_SIZE] = { 0 };
    int len;

    memcpy(text + sizeof("key ") - 1, key->bytes, KEY_OWN_BYTES);
    EVP_Digest(text, sizeof(text), hash, NULL, EVP_sha256(), NULL);
    explicit_bzero(text, sizeof(text));
    len = snprintf(out, KEY_NAME_CHARS + 1, KEY_NAME_PREFIX);
    for (int i = 0; len < KEY_NAME_CHARS; i++, len += 2)
        snprintf(out + len, 3, "%02x", hash[i]);
}
