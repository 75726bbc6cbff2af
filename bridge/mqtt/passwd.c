#include "bridge/mqtt/passwd.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "hub/base/log.h"

/* The broker's own figure. Passwords are ours and have 160 random bits, so
 * that more rounds would slow down every connect and protect nothing. */
#define ROUNDS              101
#define HASH_BYTES          64
#define BASE64_CHARS(bytes) (((bytes) + 2) / 3 * 4)

static enum err random_bytes(void *out, size_t len)
{
    if (getrandom(out, len, 0) == (ssize_t)len)
        return ERR_OK;
    log_error("broker: the system gives no random numbers");
    return ERR_IO;
}

enum err passwd_make_from(const char alphabet[32 + 1], char *out, int len)
{
    for (int i = 0; i < len; i++) {
        uint8_t byte;

        if (random_bytes(&byte, 1) != ERR_OK)
            return ERR_IO;
        out[i] = alphabet[byte % 32];
    }
    out[len] = '\0';
    return ERR_OK;
}

enum err passwd_make(char password[PASSWORD_CHARS + 1])
{
    return passwd_make_from(
            "abcdefghijklmnopqrstuvwxyz234567", password, PASSWORD_CHARS);
}

enum err passwd_hash(const char *password,
        const uint8_t salt[PASSWD_SALT_BYTES], char hash[PASSWD_HASH_CHARS + 1])
{
    uint8_t bytes[HASH_BYTES];
    unsigned char salt_text[BASE64_CHARS(PASSWD_SALT_BYTES) + 1];
    unsigned char hash_text[BASE64_CHARS(HASH_BYTES) + 1];

    if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt,
                PASSWD_SALT_BYTES, ROUNDS, EVP_sha512(), sizeof(bytes),
                bytes) != 1) {
        log_error("broker: cannot hash a password");
        return ERR_NO_MEMORY;
    }
    EVP_EncodeBlock(salt_text, salt, PASSWD_SALT_BYTES);
    EVP_EncodeBlock(hash_text, bytes, sizeof(bytes));
    snprintf(hash, PASSWD_HASH_CHARS + 1, "$7$%d$%s$%s", ROUNDS,
            (const char *)salt_text, (const char *)hash_text);
    return ERR_OK;
}

enum err passwd_hash_new(const char *password, char hash[PASSWD_HASH_CHARS + 1])
{
    uint8_t salt[PASSWD_SALT_BYTES];

    if (random_bytes(salt, sizeof(salt)) != ERR_OK)
        return ERR_IO;
    return passwd_hash(password, salt, hash);
}
