/* A printer that speaks Star CloudPRNT at the device's own broker: it is
 * reached over the device's link. Where an address is named it is told to
 * fetch its jobs there: what it has not fetched can be taken back. */
#include "devices/port/posix/out_way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/port/posix/pull.h"
#include "devices/port/posix/star_mqtt.h"

/* The job has its own limits, and these are below it. */
#define FINISH_MS (PULL_TAKE_MS + PULL_PRINT_MS + 5000)

#define URL_BYTES (OUT_HOST_BYTES + OUT_PORT_BYTES + 256)

/* What stands in a URL, and in JSON, as it is. */
#define PLAIN                                                                  \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"

#define ASK "{\"title\":\"request-client-status\"}"

struct own {
    struct star_mqtt mqtt;
    struct pull *pull; /* NULL: jobs are sent whole */
    uint64_t now_ms;
    bool is_open;
    bool is_sent;
};

/* "MAC" or "MAC@ADDRESS:PORT". */
static bool parse_star(struct out *out, const char *rest)
{
    struct own *own = calloc(1, sizeof(*own));
    size_t len = strcspn(rest, "@");

    if (!own || !star_mqtt_init(&own->mqtt, rest, len) ||
            (rest[len] == '@' && !out_parse_host(out, rest + len + 1,
                                         strlen(rest + len + 1)))) {
        free(own);
        return false;
    }
    out->own = own;
    return true;
}

/* --- where it fetches --- */

static void request_comes(void *ctx, const struct pull_request *request,
        struct pull_answer *answer)
{
    const struct out *out = ctx;
    struct own *own = out->own;
    const struct pull_paper *paper = &own->mqtt.job.paper;
    bool is_text;

    if (request->method != PULL_GET)
        return;
    answer->status = star_mqtt_fetch(&own->mqtt, pull_query(request, "token"),
            pull_query(request, "type"), out->with.is_plain, own->now_ms,
            &is_text);
    if (answer->status == 200)
        pull_answer_paper(answer, paper, is_text);
}

static const char *begin_star(struct out *out)
{
    struct own *own = out->own;
    const struct pull_to to = { out, request_comes };
    const char *password = out->with.password;
    const char *host = out->host[0] ? out->host : "127.0.0.1";
    const char *wrong =
            pull_check(host, out->with.profile, password, out->with.is_open);

    if (wrong || !out->host[0])
        return wrong;
    if (password && strspn(password, PLAIN) != strlen(password))
        return "the printer gets the password in a URL: letters, digits and "
               "._~- only";
    own->pull = pull_open(out->host, out->port, password, &to, &wrong);
    return own->pull ? NULL : wrong;
}

static void print_url(const struct out *out, char url[URL_BYTES])
{
    bool is_six = strchr(out->host, ':') != NULL;

    snprintf(url, URL_BYTES, "http://%s%s%s:%s/%s", is_six ? "[" : "",
            out->host, is_six ? "]" : "", out->port,
            out->with.password ? out->with.password : "");
}

static bool publish(struct out *out, const char *method, const char *text)
{
    struct own *own = out->own;
    char topic[STAR_TOPIC_BYTES];

    star_mqtt_topic(&own->mqtt, method, topic);
    return out->link.publish &&
           out->link.publish(out->link.ctx, topic, text, strlen(text));
}

/* --- a job --- */

/* What it said of itself before it was asked may be long ago. */
static enum print_out_state open_star(struct out *out, const char *job_id)
{
    struct own *own = out->own;
    struct star_mqtt *mqtt = &own->mqtt;

    if (!own->is_open)
        pull_job_begin(&mqtt->job, job_id);
    own->is_open = true;
    if (!mqtt->asked)
        mqtt->asked = publish(out, "request-client-status", ASK);
    return mqtt->answered ? OUT_DONE : OUT_WAIT;
}

static enum print_out_state check_star(
        struct out *out, struct print_status *status)
{
    *status = ((struct own *)out->own)->mqtt.status;
    return OUT_DONE;
}

static int write_star(struct out *out, const uint8_t *bytes, size_t len)
{
    return pull_job_write(&((struct own *)out->own)->mqtt.job, bytes, len);
}

/* False: nothing has left. */
static bool send_job(struct out *out)
{
    struct own *own = out->own;
    const struct pull_job *job = &own->mqtt.job;
    const struct pull_paper *paper = &job->paper;
    bool is_text = out->with.is_plain, is_sent;
    char url[URL_BYTES];
    char *payload;

    print_url(out, url);
    payload = own->pull ? star_print_job_at(job->token, is_text, url)
                        : star_print_job(job->token, is_text,
                                  is_text ? paper->text : paper->png,
                                  is_text ? paper->text_len : paper->png_len);
    is_sent = payload && publish(out, "print-job", payload);
    free(payload);
    return is_sent;
}

static enum print_out_state is_through(struct out *out)
{
    struct own *own = out->own;
    struct pull_job *job = &own->mqtt.job;

    pull_job_offer(job, out->with.profile, out->with.glyphs, own->now_ms);
    if (job->step == PULL_OFFERED && !own->is_sent) {
        own->is_sent = true;
        if (!send_job(out))
            pull_job_end(job, OUT_REFUSED);
        else if (!own->pull)
            pull_job_take(job, own->now_ms);
    }
    return star_mqtt_look(&own->mqtt, own->now_ms);
}

static void close_star(struct out *out)
{
    struct own *own = out->own;

    pull_job_close(&own->mqtt.job);
    own->mqtt.asked = false;
    own->mqtt.answered = false;
    own->is_open = false;
    own->is_sent = false;
}

/* --- the loop --- */

static const char *topic_of_star(const struct out *out)
{
    return ((const struct own *)out->own)->mqtt.hears;
}

static void hear_star(
        struct out *out, const char *topic, const void *data, size_t len)
{
    struct own *own = out->own;

    star_mqtt_hear(&own->mqtt, topic, data, len, own->now_ms);
}

static uint32_t watch_star(const struct out *out, struct pollfd *fds)
{
    const struct own *own = out->own;

    return pull_watch(own->pull, fds);
}

static void turn_star(struct out *out, uint64_t now_ms)
{
    struct own *own = out->own;

    own->now_ms = now_ms;
    pull_turn(own->pull);
}

static uint64_t due_ms(const struct out *out)
{
    const struct own *own = out->own;

    return pull_due_ms(own->pull, own->now_ms);
}

static void finish_star(struct out *out)
{
    struct own *own = out->own;

    pull_close(own->pull);
    pull_job_close(&own->mqtt.job);
    free(own);
    out->own = NULL;
}

const struct out_way out_star_mqtt = {
    .prefix = "star-mqtt:",
    .form = "star-mqtt:MAC or star-mqtt:MAC@ADDRESS:PORT",
    .about = "Star CloudPRNT over MQTT: the printer is at the same broker, and "
             "fetches its tickets there, if an address is named",
    .finish_ms = FINISH_MS,
    .parse = parse_star,
    .begin = begin_star,
    .open = open_star,
    .check = check_star,
    .write = write_star,
    .is_through = is_through,
    .close = close_star,
    .watch = watch_star,
    .turn = turn_star,
    .due_ms = due_ms,
    .finish = finish_star,
    .topic = topic_of_star,
    .heard = hear_star,
};
