#include "devices/port/esp32/logic/setup.h"

#include <stdio.h>
#include <string.h>

#define PATH "/api/enrol"

/* Nothing that could end a line, a string or an address. */
#define CODE_CHARS                                                             \
    "0123456789-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HOST_CHARS CODE_CHARS ".:_"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank((*text)[0])) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && is_blank((*text)[*len - 1]))
        (*len)--;
}

/* text[0..len) without its end; false: too long, or other characters. */
static bool take(char *out, size_t cap, const char *text, size_t len,
        const char *allowed)
{
    if (len == 0 || len >= cap)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return strspn(out, allowed) == len;
}

/* What stands in address[0..len) before the port, without brackets. */
static bool read_host(
        char out[SETUP_URL_BYTES], const char *address, size_t len)
{
    const char *end = memchr(address, ':', len);

    if (len > 0 && address[0] == '[') {
        end = memchr(address, ']', len);
        address++;
        len--;
        if (!end)
            return false;
    }
    return take(out, SETUP_URL_BYTES, address,
            end ? (size_t)(end - address) : len, HOST_CHARS);
}

/* http://host:port or https://host:port; the path is ours. */
static bool read_url(struct setup_claim *claim, const char *text, size_t len)
{
    char address[SETUP_URL_BYTES - sizeof("https://" PATH)];
    const char *scheme = NULL;
    int printed;

    if (len > 7 && memcmp(text, "http://", 7) == 0)
        scheme = "http://";
    else if (len > 8 && memcmp(text, "https://", 8) == 0)
        scheme = "https://";
    if (!scheme)
        return false;
    text += strlen(scheme);
    len -= strlen(scheme);
    if (text[len - 1] == '/')
        len--;
    if (!take(address, sizeof(address), text, len, HOST_CHARS "[]") ||
            !read_host(claim->host, text, len))
        return false;
    printed = snprintf(
            claim->url, sizeof(claim->url), "%s%s%s", scheme, address, PATH);
    return printed > 0 && printed < SETUP_URL_BYTES;
}

size_t setup_certificate(const char *text, size_t len)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    const char *found = memmem(text, len, begin, sizeof(begin) - 1);

    return found ? (size_t)(found - text) : len;
}

enum setup_kind setup_read(
        struct setup_claim *claim, const char *text, size_t len)
{
    struct setup_claim read = { 0 };
    char code[SETUP_CODE_BYTES];
    size_t url_len = 0;

    trim(&text, &len);
    if (len > 0 && text[0] == '{')
        return SETUP_CREDENTIAL;
    while (url_len < len && !is_blank(text[url_len]))
        url_len++;
    if (!read_url(&read, text, url_len))
        return SETUP_NONE;
    text += url_len;
    len -= url_len;
    trim(&text, &len);
    if (!take(code, sizeof(code), text, len, CODE_CHARS))
        return SETUP_NONE;
    snprintf(read.body, sizeof(read.body), "{\"code\":\"%s\"}", code);
    *claim = read;
    return SETUP_CLAIM;
}
