#include "bridge/ws/head.h"

#include <string.h>
#include <strings.h>

#include "bridge/ws/http.h"
#include "bridge/ws/server.h"

#define LEN_DIGITS 15

/* The length of what stands there, and whether anything does, are told apart by
 * a copy into nearly nothing. */
bool head_has(struct lws *wsi, enum lws_token_indexes which)
{
    char text[1];

    return lws_hdr_total_length(wsi, which) > 0 ||
           lws_hdr_copy_fragment(wsi, text, sizeof(text), which, 0) == 0;
}

static bool is_twice(struct lws *wsi, enum lws_token_indexes which)
{
    char text[1];

    /* The first says it of one that is empty, too, the second of a long one. */
    return lws_hdr_copy_fragment(wsi, text, sizeof(text), which, 1) >= 0 ||
           lws_hdr_fragment_length(wsi, which, 1) > 0;
}

/* Visible characters, blanks and nothing else: no NUL, no lone CR. */
static bool is_plain(struct lws *wsi, enum lws_token_indexes which)
{
    char text[HTTP_QUERY_MAX];
    int len = lws_hdr_copy_fragment(wsi, text, sizeof(text), which, 0);

    for (int i = 0; i < len; i++)
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') ||
                text[i] == 0x7f)
            return false;
    return true;
}

static bool is_version(struct lws *wsi, const char *version)
{
    char text[16];

    return lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP) > 0 &&
           strcmp(text, version) == 0;
}

bool head_is_old(struct conn *conn)
{
    return !is_version(conn->wsi, "HTTP/1.1");
}

bool head_waits(struct conn *conn)
{
    char text[16];

    return !head_is_old(conn) &&
           lws_hdr_copy(conn->wsi, text, sizeof(text), WSI_TOKEN_HTTP_EXPECT) >
                   0 &&
           strcasecmp(text, "100-continue") == 0;
}

/*
 * Headers that libwebsockets has no number for. Its functions for those walk a
 * list in the header block, and read past the block's end where an entry
 * begins in its last bytes. In HTTP/1.1 an entry gets into the list only once
 * its whole name stands in the block, so that the walk stays inside.
 */
static int unknown_len(struct lws *wsi, const char *name, int len)
{
    return lws_hdr_custom_length(wsi, name, len);
}

bool head_key(struct conn *conn, char out[KEY_CHARS + 1])
{
    static const char name[] = "idempotency-key:";
    int len = unknown_len(conn->wsi, name, sizeof(name) - 1);
    const char *at = out;

    out[0] = '\0';
    if (len <= 0)
        return true;
    if (len > KEY_CHARS || lws_hdr_custom_copy(conn->wsi, out, KEY_CHARS + 1,
                                   name, sizeof(name) - 1) != len)
        return false;
    for (; *at > ' ' && *at <= '~'; at++)
        len--;
    return len == 0;
}

/* Names that mean a body's length to who overlooks a stray character, and
 * nothing to who does not. */
static bool has_disguised(struct lws *wsi, const char *name)
{
    static const char strays[] = { ' ', '\t', '\v', '\f', '\r', '\0' };
    char text[32];
    int len = (int)strlen(name);

    for (size_t i = 0; i < sizeof(strays); i++) {
        memcpy(text, name, (size_t)len);
        text[len] = strays[i];
        text[len + 1] = ':';
        if (unknown_len(wsi, text, len + 2) >= 0)
            return true;
        text[0] = strays[i];
        memcpy(text + 1, name, (size_t)len);
        text[len + 1] = ':';
        if (unknown_len(wsi, text, len + 2) >= 0)
            return true;
    }
    return false;
}

static const struct {
    enum lws_token_indexes which;
    const char *name;
} lone[] = {
    { WSI_TOKEN_HOST, "Host" },
    { WSI_TOKEN_HTTP_CONTENT_LENGTH, "Content-Length" },
    { WSI_TOKEN_HTTP_TRANSFER_ENCODING, "Transfer-Encoding" },
    { WSI_TOKEN_HTTP_AUTHORIZATION, "Authorization" },
    { WSI_TOKEN_ORIGIN, "Origin" },
    { WSI_TOKEN_HTTP_CONTENT_TYPE, "Content-Type" },
};

const char *head_fault(struct conn *conn, const char **field)
{
    struct lws *wsi = conn->wsi;

    *field = NULL;
    if (!is_version(wsi, "HTTP/1.1") && !is_version(wsi, "HTTP/1.0"))
        return "this is neither HTTP/1.1 nor HTTP/1.0";
    for (size_t i = 0; i < sizeof(lone) / sizeof(lone[0]); i++) {
        *field = lone[i].name;
        if (is_twice(wsi, lone[i].which))
            return "this header may stand there once";
        if (!is_plain(wsi, lone[i].which))
            return "this header has bytes that are no text";
    }
    *field = "Host";
    if (!lws_hdr_total_length(wsi, WSI_TOKEN_HOST) && !head_is_old(conn))
        return "a request names its host";
    *field = "Content-Length";
    if (has_disguised(wsi, "content-length"))
        return "this header's name is written in another way";
    *field = "Transfer-Encoding";
    if (has_disguised(wsi, "transfer-encoding"))
        return "this header's name is written in another way";
    if (head_has(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) &&
            head_has(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH))
        return "a body has one length";
    *field = NULL;
    return NULL;
}

/* Of these the library expects a body, of unknown length if none is given. */
static bool is_written(int method)
{
    return method == LWSHUMETH_POST || method == LWSHUMETH_PUT ||
           method == LWSHUMETH_PATCH;
}

static bool is_number(const char *text, size_t len)
{
    return len > 0 && len <= LEN_DIGITS && strspn(text, "0123456789") == len;
}

bool head_length(
        struct conn *conn, size_t *len, unsigned *status, const char **why)
{
    char text[LEN_DIGITS + 2];
    int got = lws_hdr_copy(
            conn->wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH);
    bool is_given = head_has(conn->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);

    *len = 0;
    *status = 411;
    *why = "send a Content-Length instead";
    if (head_has(conn->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING))
        return false;
    *why = "a length is needed";
    if (!is_given)
        return !is_written(conn->request->method);
    *status = 400;
    *why = "this is not the length of a body";
    if (got < 0 || !is_number(text, (size_t)got))
        return false;
    for (const char *digit = text; *digit; digit++)
        *len = *len * 10 + (size_t)(*digit - '0');
    return true;
}
