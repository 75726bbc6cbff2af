#include "bridge/hook/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define HEADER_BYTES 4096

static size_t on_bytes(char *data, size_t size, size_t count, void *context)
{
    struct buf *out = context;

    buf_put(out, data, size * count);
    return out->failed ? 0 : size * count;
}

static bool set_up(
        CURL *easy, const struct fetch_options *options, struct buf *out)
{
    return curl_easy_setopt(easy, CURLOPT_URL, options->url) == 0 &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == 0 &&
           curl_easy_setopt(
                   easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == 0 &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == 0 &&
           curl_easy_setopt(
                   easy, CURLOPT_TIMEOUT_MS, (long)FETCH_DEADLINE_MS) == 0 &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == 0 &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT,
                   "dumbwaiter/" DUMBWAITER_VERSION) == 0 &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes) == 0 &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, out) == 0;
}

/* It is known by its certificate, and may be asked by any of its addresses. */
static bool set_up_cert(CURL *easy, const char *cert)
{
    return !cert ||
           (curl_easy_setopt(easy, CURLOPT_CAINFO, cert) == 0 &&
                   curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) == 0);
}

static enum err err_of(CURLcode result)
{
    return result == CURLE_OK              ? ERR_OK
           : result == CURLE_OUT_OF_MEMORY ? ERR_NO_MEMORY
                                           : ERR_UNAVAILABLE;
}

static enum err run(CURL *easy, const struct fetch_options *options,
        struct buf *out, struct fetch_answer *answer)
{
    char bearer[HEADER_BYTES];
    int len = snprintf(
            bearer, sizeof(bearer), "Authorization: Bearer %s", options->token);
    struct curl_slist *headers = NULL;
    CURLcode result = CURLE_OUT_OF_MEMORY;

    if (len < 0 || len >= HEADER_BYTES)
        return ERR_TOO_LARGE;
    headers = curl_slist_append(NULL, bearer);
    if (headers && set_up(easy, options, out) &&
            set_up_cert(easy, options->cert) &&
            curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == 0)
        result = curl_easy_perform(easy);
    if (result == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    else
        answer->reason = curl_easy_strerror(result);
    curl_slist_free_all(headers);
    explicit_bzero(bearer, sizeof(bearer));
    return err_of(result);
}

enum err fetch(const struct fetch_options *options, struct buf *out,
        struct fetch_answer *answer)
{
    CURL *easy = NULL;
    enum err err = ERR_NO_MEMORY;

    *answer = (struct fetch_answer){ .reason = "" };
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        easy = curl_easy_init();
    if (easy)
        err = run(easy, options, out, answer);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    return err;
}
