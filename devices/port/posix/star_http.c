#include "devices/port/posix/star_http.h"

#include <stdio.h>
#include <string.h>

#define HTTP_OK          200
#define HTTP_BAD_REQUEST 400
#define HTTP_FORBIDDEN   403
#define HTTP_NOT_FOUND   404
#define HTTP_BAD_TYPE    415

#define SILENT_MS 60000 /* then another printer may take its place */

#define NO_JOB "{\"jobReady\":false}"
#define JOB                                                                    \
    "{\"jobReady\":true,\"mediaTypes\":[%s\"text/plain\"],"                    \
    "\"jobToken\":\"%s\",\"deleteMethod\":\"DELETE\"}"

bool star_http_is_there(const struct star_http *http, uint64_t now_ms)
{
    return http->mac[0] && now_ms - http->polled_ms < PULL_CALL_MS;
}

static bool is_ours(const struct star_http *http, const char *mac)
{
    char read[STAR_MAC_BYTES];

    return mac && http->mac[0] && star_mac(read, mac, strlen(mac)) &&
           star_is_same(read, http->mac);
}

static bool adopt(struct star_http *http, const char *mac, uint64_t now_ms)
{
    if (!mac[0])
        return false;
    if (http->mac[0] && !star_is_same(mac, http->mac) &&
            (now_ms - http->polled_ms < SILENT_MS ||
                    http->job.step == PULL_TAKEN))
        return false;
    memcpy(http->mac, mac, STAR_MAC_BYTES);
    return true;
}

static bool is_well(uint32_t code)
{
    return star_result(code) == OUT_DONE;
}

/* What a poll says of the job. */
static void judge(struct star_http *http, const struct star_message *message)
{
    struct pull_job *job = &http->job;

    if (job->step == PULL_OFFERED && !is_well(message->code)) {
        pull_job_end(job, OUT_REFUSED); /* it would not come for it */
        return;
    }
    if (job->step != PULL_TAKEN || message->printing)
        return;
    http->polled_since = true;
    if (!is_well(message->code))
        pull_job_end(job, OUT_GONE);
}

unsigned star_http_poll(
        struct star_http *http, const char *body, size_t len, uint64_t now_ms)
{
    struct star_message message;

    if (!star_read(&message, body, len) || message.code == 0)
        return HTTP_BAD_REQUEST;
    if (!adopt(http, message.mac, now_ms))
        return HTTP_FORBIDDEN;
    http->polled_ms = now_ms;
    star_status(message.code, &http->status);
    judge(http, &message);
    if (http->job.step == PULL_OFFERED && !message.printing)
        snprintf(http->answer, sizeof(http->answer), JOB,
                http->only_text ? "" : "\"image/png\",", http->job.token);
    else
        snprintf(http->answer, sizeof(http->answer), NO_JOB);
    return HTTP_OK;
}

unsigned star_http_fetch(struct star_http *http, const char *mac,
        const char *token, const char *type, uint64_t now_ms, bool *is_text)
{
    struct pull_job *job = &http->job;

    if (!is_ours(http, mac) || !pull_job_is(job, token) ||
            (job->step == PULL_TAKEN && http->polled_since))
        return HTTP_NOT_FOUND;
    if (!star_type(type, http->only_text, is_text))
        return HTTP_BAD_TYPE;
    http->polled_since = false;
    pull_job_take(job, now_ms);
    return HTTP_OK;
}

unsigned star_http_confirm(struct star_http *http, const char *mac,
        const char *token, const char *code)
{
    uint32_t number = code ? star_code(code) : 0;
    enum print_out_state end = star_result(number);

    if (!is_ours(http, mac))
        return HTTP_FORBIDDEN;
    if (!pull_job_is(&http->job, token))
        return HTTP_OK; /* of an earlier one: it is not to ask again */
    if (!is_well(number))
        star_status(number, &http->status);
    /* What was never fetched is not printed, whatever it says. */
    if (http->job.step == PULL_OFFERED)
        end = OUT_REFUSED;
    /* And this was its last word. */
    pull_job_end(&http->job, end == OUT_WAIT ? OUT_GONE : end);
    return HTTP_OK;
}
