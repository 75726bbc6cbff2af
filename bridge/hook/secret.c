#include "bridge/hook/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/log.h"
#include "hub/base/private.h"

#define PREFIX      "whsec_"
#define PREFIX_LEN  (sizeof(PREFIX) - 1)
#define BASE64_MAX  ((SECRET_BYTES_MAX + 2) / 3 * 4)
#define NEW_BYTES   32
#define DIGEST_SIZE 32

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* --- the written form --- */

/* Whole groups of four, one or two '=' at the very end. */
static bool is_base64(const char *text, size_t len)
{
    size_t plain = strspn(text, base64);

    return len > 0 && len % 4 == 0 && len - plain <= 2 &&
           strspn(text + plain, "=") == len - plain;
}

enum err secret_parse(struct secret *secret, const char *text)
{
    uint8_t bytes[BASE64_MAX / 4 * 3];
    const char *coded = text + PREFIX_LEN;
    size_t len, padding;
    int decoded;

    secret_close(secret);
    if (strncmp(text, PREFIX, PREFIX_LEN) != 0)
        return ERR_CONFIG;
    len = strlen(coded);
    if (len > BASE64_MAX || !is_base64(coded, len))
        return ERR_CONFIG;
    decoded = EVP_DecodeBlock(bytes, (const unsigned char *)coded, (int)len);
    padding = len - strspn(coded, base64); /* it counts as bytes there */
    if (decoded >= SECRET_BYTES_MIN + (int)padding &&
            decoded <= SECRET_BYTES_MAX + (int)padding) {
        secret->len = (size_t)decoded - padding;
        memcpy(secret->bytes, bytes, secret->len);
    }
    explicit_bzero(bytes, sizeof(bytes));
    return secret->len > 0 ? ERR_OK : ERR_CONFIG;
}

/* --- its file --- */

static enum err read_file(struct secret *secret, int fd, const char *path)
{
    char text[PREFIX_LEN + BASE64_MAX + 3] = "";
    struct stat about;
    enum err err = ERR_CONFIG;
    ssize_t len;

    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        log_error("webhook: %s: not a file", path);
        return ERR_CONFIG;
    }
    if (!private_is(&about, geteuid())) {
        log_error("webhook: %s: others may read or write it; mode must be "
                  "0600",
                path);
        return ERR_CONFIG;
    }
    len = read(fd, text, sizeof(text) - 1);
    if (len > 0) {
        text[strcspn(text, "\r\n")] = '\0';
        err = secret_parse(secret, text);
    }
    explicit_bzero(text, sizeof(text));
    if (err != ERR_OK)
        log_error("webhook: %s: not " PREFIX " and base64 of %d to %d bytes",
                path, SECRET_BYTES_MIN, SECRET_BYTES_MAX);
    return err;
}

/* The text of a new secret, with its newline. False: no randomness. */
static bool make_text(char out[PREFIX_LEN + BASE64_MAX + 2], int *len)
{
    uint8_t fresh[NEW_BYTES];
    char coded[BASE64_MAX + 1];

    if (getrandom(fresh, sizeof(fresh), 0) != (ssize_t)sizeof(fresh))
        return false;
    EVP_EncodeBlock((unsigned char *)coded, fresh, sizeof(fresh));
    *len = snprintf(out, PREFIX_LEN + BASE64_MAX + 2, "%s%s\n", PREFIX, coded);
    explicit_bzero(fresh, sizeof(fresh));
    explicit_bzero(coded, sizeof(coded));
    return true;
}

static enum err make_file(struct secret *secret, const char *path)
{
    char text[PREFIX_LEN + BASE64_MAX + 2];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int len = 0;
    bool done = fd >= 0 && make_text(text, &len) &&
                write(fd, text, (size_t)len) == len && fsync(fd) == 0;

    if (!done)
        log_error("webhook: %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!done) {
        if (fd >= 0)
            unlink(path); /* a part of a secret would stop the next start */
        explicit_bzero(text, sizeof(text));
        return ERR_IO;
    }
    text[len - 1] = '\0';
    secret_parse(secret, text);
    explicit_bzero(text, sizeof(text));
    log_info("webhook: made a secret: %s", path);
    return ERR_OK;
}

enum err secret_open(struct secret *secret, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum err err = ERR_IO;

    *secret = (struct secret){ .len = 0 };
    if (fd < 0 && errno == ENOENT)
        return make_file(secret, path);
    if (fd < 0)
        log_error("webhook: %s: %s", path, strerror(errno));
    else
        err = read_file(secret, fd, path);
    if (fd >= 0)
        close(fd);
    return err;
}

void secret_close(struct secret *secret)
{
    explicit_bzero(secret, sizeof(*secret));
}

/* --- the signature --- */

static bool digest(EVP_MAC_CTX *mac, const struct secret *secret,
        const char *head, const void *body, size_t len,
        uint8_t out[DIGEST_SIZE])
{
    char name[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", name, 0),
        OSSL_PARAM_construct_end(),
    };
    size_t size;

    return EVP_MAC_init(mac, secret->bytes, secret->len, params) == 1 &&
           EVP_MAC_update(mac, (const void *)head, strlen(head)) == 1 &&
           EVP_MAC_update(mac, body, len) == 1 &&
           EVP_MAC_final(mac, out, &size, DIGEST_SIZE) == 1;
}

enum err secret_sign(const struct secret *secret, const char *id, int64_t at_s,
        const void *body, size_t len, char out[SIGNATURE_CHARS + 1])
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    uint8_t sum[DIGEST_SIZE];
    char head[160];
    int chars = snprintf(head, sizeof(head), "%s.%" PRId64 ".", id, at_s);
    bool done = mac && chars > 0 && (size_t)chars < sizeof(head) &&
                digest(mac, secret, head, body, len, sum);

    EVP_MAC_CTX_free(mac);
    EVP_MAC_free(hmac);
    if (!done)
        return ERR_NO_MEMORY;
    memcpy(out, "v1,", 3);
    EVP_EncodeBlock((unsigned char *)out + 3, sum, DIGEST_SIZE);
    return ERR_OK;
}
