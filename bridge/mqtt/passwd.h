/*
 * passwd: passwords as the broker checks them: "$7$", PBKDF2 over SHA-512.
 */
#ifndef BRIDGE_MQTT_PASSWD_H
#define BRIDGE_MQTT_PASSWD_H

#include <stdint.h>

#include "hub/base/err.h"

#define PASSWORD_CHARS    32
#define PASSWD_SALT_BYTES 12
#define PASSWD_HASH_CHARS 112 /* "$7$101$", salt, "$", hash; in base 64 */

/* A new password of 160 random bits. ERR_IO: no random numbers. */
enum err passwd_make(char password[PASSWORD_CHARS + 1]);

/* `len` random characters of an alphabet of 32, and a NUL. ERR_IO. */
enum err passwd_make_from(const char alphabet[32 + 1], char *out, int len);

/* What stands behind the colon in the broker's password file. */
enum err passwd_hash(const char *password,
        const uint8_t salt[PASSWD_SALT_BYTES],
        char hash[PASSWD_HASH_CHARS + 1]);

/* The same with a new random salt. */
enum err passwd_hash_new(
        const char *password, char hash[PASSWD_HASH_CHARS + 1]);

#endif
