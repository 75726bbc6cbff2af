#include "bridge/mqtt/claims.h"

#include <ctype.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/mqtt/files.h"
#include "hub/base/log.h"

#define HEAD        "{\"until\":\""
#define STAMP_CHARS 18

/* Makes it dear to try all codes on a file that was stolen, and costs us some
 * milliseconds a try. There is nothing to salt: codes are random. */
#define ROUNDS     4096
#define HASH_BYTES 32
#define SALT       "dumbwaiter claim"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct claim {
    int64_t until_ms;
    struct member member;
};

struct claims {
    struct claim list[CLAIMS_MOST];
    uint32_t count;
};

/* --- codes --- */

/* The ten characters that a person meant. False: there are not ten. */
static bool read_code(const char *text, char code[CODE_CHARS + 1])
{
    int len = 0;

    for (; *text; text++) {
        char c = (char)toupper((unsigned char)*text);

        if (c == '-' || c == ' ')
            continue;
        c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
        if (len == CODE_CHARS || !strchr(alphabet, c))
            return false;
        code[len++] = c;
    }
    code[len] = '\0';
    return len == CODE_CHARS;
}

static enum err hash_code(
        const char code[CODE_CHARS + 1], char hash[PASSWD_HASH_CHARS + 1])
{
    unsigned char bytes[HASH_BYTES], text[HASH_BYTES * 2];

    if (PKCS5_PBKDF2_HMAC(code, CODE_CHARS, (const unsigned char *)SALT,
                sizeof(SALT) - 1, ROUNDS, EVP_sha512(), sizeof(bytes),
                bytes) != 1)
        return ERR_NO_MEMORY;
    EVP_EncodeBlock(text, bytes, sizeof(bytes));
    snprintf(hash, PASSWD_HASH_CHARS + 1, "$c$%s", (const char *)text);
    return ERR_OK;
}

static enum err make_code(
        char text[CODE_TEXT_CHARS + 1], char hash[PASSWD_HASH_CHARS + 1])
{
    char code[CODE_CHARS + 1];
    enum err err = passwd_make_from(alphabet, code, CODE_CHARS);

    if (err != ERR_OK)
        return err;
    snprintf(text, CODE_TEXT_CHARS + 1, "%.5s-%.5s", code, code + 5);
    err = hash_code(code, hash);
    explicit_bzero(code, sizeof(code));
    return err;
}

/* --- the file --- */

/* {"until":"<ms>","id":… as the list has it. */
static bool parse(const char *text, size_t len, struct claim *claim)
{
    char line[MEMBER_BYTES], *rest;
    size_t head = strlen(HEAD);

    if (len < head + 4 || len >= sizeof(line) || memcmp(text, HEAD, head) != 0)
        return false;
    memcpy(line, text, len);
    line[len] = '\0';
    claim->until_ms = (int64_t)strtoll(line + head, &rest, 10);
    if (claim->until_ms <= 0 || strncmp(rest, "\",", 2) != 0)
        return false;
    rest[1] = '{';
    return member_parse(
            rest + 1, len - (size_t)(rest + 1 - line), &claim->member);
}

static void put(const struct claims *claims, struct buf *out)
{
    buf_puts(out, "[\n");
    for (uint32_t i = 0; i < claims->count; i++) {
        struct buf member;

        buf_init(&member, MEMBER_BYTES);
        member_put(&claims->list[i].member, &member);
        buf_printf(out, HEAD "%" PRId64 "\",", claims->list[i].until_ms);
        buf_put(out, member.data + 1, member.len - 1);
        buf_puts(out, i + 1 < claims->count ? ",\n" : "\n");
        buf_finish(&member);
    }
    buf_puts(out, "]\n");
}

/* What is good no longer is left out. */
static enum err parse_all(
        struct claims *claims, const struct buf *text, int64_t now_ms)
{
    const char *at = text->data, *end = at ? at + text->len : at;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        struct claim claim;

        if (len > 1) {
            if (claims->count == CLAIMS_MOST || !parse(at, len, &claim))
                return ERR_CONFIG;
            if (claim.until_ms > now_ms)
                claims->list[claims->count++] = claim;
        }
        at += len + (newline ? 1 : 0);
    }
    return ERR_OK;
}

static enum err load(const char *dir, int64_t now_ms, struct claims **out)
{
    struct claims *claims = calloc(1, sizeof(*claims));
    struct buf text;
    enum err err;

    if (!claims)
        return ERR_NO_MEMORY;
    buf_init(&text, BROKER_FILE_BYTES);
    err = files_read(dir, CLAIMS_FILE, &text);
    if (err == ERR_OK)
        err = parse_all(claims, &text, now_ms);
    else if (err == ERR_NOT_FOUND)
        err = ERR_OK;
    buf_finish(&text);
    if (err == ERR_CONFIG)
        log_error("broker: %s/" CLAIMS_FILE ": not as we wrote it", dir);
    *out = claims;
    if (err != ERR_OK) {
        free(claims);
        *out = NULL;
    }
    return err;
}

static enum err save(const char *dir, const struct claims *claims)
{
    struct buf text;
    enum err err;

    buf_init(&text, BROKER_FILE_BYTES);
    put(claims, &text);
    err = text.failed ? ERR_NO_MEMORY
                      : files_replace(dir, CLAIMS_FILE, text.data, text.len);
    buf_finish(&text);
    return err;
}

static void drop(struct claims *claims, uint32_t at)
{
    claims->count--;
    memmove(&claims->list[at], &claims->list[at + 1],
            (claims->count - at) * sizeof(claims->list[0]));
}

/* True: there was one. */
static bool drop_login(struct claims *claims, const char *login)
{
    for (uint32_t i = 0; i < claims->count; i++)
        if (strcmp(claims->list[i].member.login, login) == 0) {
            drop(claims, i);
            return true;
        }
    return false;
}

/* Every one is compared, and in the same time. Its index, or the count. */
static uint32_t find_hash(
        const struct claims *claims, const char hash[PASSWD_HASH_CHARS + 1])
{
    uint32_t found = claims->count;

    for (uint32_t i = 0; i < claims->count; i++) {
        const char *other = claims->list[i].member.hash;

        if (strlen(other) == strlen(hash) &&
                CRYPTO_memcmp(other, hash, strlen(hash)) == 0)
            found = i;
    }
    return found;
}

/* --- the interface --- */

enum err claims_put(const char *dir, const struct member *member,
        int64_t until_ms, int64_t now_ms, char code[CODE_TEXT_CHARS + 1])
{
    struct claim claim = { .until_ms = until_ms, .member = *member };
    struct claims *claims;
    enum err err = load(dir, now_ms, &claims);

    if (err != ERR_OK)
        return err;
    drop_login(claims, member->login);
    if (claims->count == CLAIMS_MOST)
        err = ERR_FULL;
    if (err == ERR_OK)
        err = make_code(code, claim.member.hash);
    if (err == ERR_OK) {
        claims->list[claims->count++] = claim;
        err = save(dir, claims);
    }
    free(claims);
    return err;
}

enum err claims_drop(const char *dir, const char *login, int64_t now_ms)
{
    struct claims *claims;
    enum err err = load(dir, now_ms, &claims);

    if (err != ERR_OK)
        return err;
    if (drop_login(claims, login))
        err = save(dir, claims);
    free(claims);
    return err;
}

enum err claims_take(const char *dir, const char *text, int64_t now_ms,
        struct member *member)
{
    char code[CODE_CHARS + 1], hash[PASSWD_HASH_CHARS + 1];
    struct claims *claims = NULL;
    uint32_t at;
    enum err err;

    if (!read_code(text, code))
        return ERR_NOT_FOUND;
    err = hash_code(code, hash);
    explicit_bzero(code, sizeof(code));
    if (err == ERR_OK)
        err = load(dir, now_ms, &claims);
    if (err != ERR_OK)
        return err;
    at = find_hash(claims, hash);
    if (at == claims->count) {
        err = ERR_NOT_FOUND;
    } else {
        *member = claims->list[at].member;
        drop(claims, at);
        err = save(dir, claims);
    }
    free(claims);
    return err;
}
