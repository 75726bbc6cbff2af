#include "bridge/ws/origin.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SMALL     "abcdefghijklmnopqrstuvwxyz"
#define LARGE     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS    "0123456789"
#define NAME      SMALL LARGE DIGITS "-._"
#define ADDRESS   DIGITS "abcdefABCDEF:."
#define PORT_MOST 5 /* digits */

/* Copy `len` characters in small letters; the caller has looked at them. */
static void put_small(char *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 'a' - 'A'
                                                         : text[i]);
    out[len] = '\0';
}

/* How long the host is that `text` begins with; 0: it is none. */
static size_t host_len(const char *text)
{
    size_t len;

    if (*text != '[')
        return strspn(text, NAME);
    len = strspn(text + 1, ADDRESS);
    return len > 1 && text[1 + len] == ']' ? len + 2 : 0;
}

static uint16_t own_port(const char *scheme)
{
    if (strcmp(scheme, "http") == 0)
        return 80;
    return strcmp(scheme, "https") == 0 ? 443 : 0;
}

/* What stands behind the host: nothing, or ":8080". */
static bool read_port(const char *text, struct origin *origin)
{
    size_t len;
    uint32_t port = 0;

    origin->port = own_port(origin->scheme);
    if (*text == '\0')
        return true;
    if (*text++ != ':' || *text == '0')
        return false;
    len = strspn(text, DIGITS);
    if (len == 0 || len > PORT_MOST || text[len] != '\0')
        return false;
    for (; *text; text++)
        port = port * 10 + (uint32_t)(*text - '0');
    origin->port = (uint16_t)port;
    return port <= UINT16_MAX;
}

static bool read_place(const char *text, struct origin *origin)
{
    size_t len = host_len(text);

    if (len == 0 || len > ORIGIN_HOST_CHARS)
        return false;
    put_small(origin->host, text, len);
    return read_port(text + len, origin);
}

static bool read_all(const char *text, struct origin *origin)
{
    size_t len = strspn(text, SMALL LARGE DIGITS "+-.");

    if (len == 0 || len > ORIGIN_SCHEME_CHARS ||
            strncmp(text + len, "://", 3) != 0)
        return false;
    put_small(origin->scheme, text, len);
    return read_place(text + len + 3, origin);
}

bool origin_read(const char *text, struct origin *origin)
{
    *origin = (struct origin){ 0 };
    if (read_all(text, origin))
        return true;
    *origin = (struct origin){ 0 };
    return false;
}

bool origin_of_host(const char *scheme, const char *host, struct origin *origin)
{
    *origin = (struct origin){ 0 };
    snprintf(origin->scheme, sizeof(origin->scheme), "%s", scheme);
    if (read_place(host, origin))
        return true;
    *origin = (struct origin){ 0 };
    return false;
}

bool origin_equal(const struct origin *a, const struct origin *b)
{
    return a->host[0] && a->port == b->port &&
           strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0;
}
