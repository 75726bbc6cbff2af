#include "devices/port/posix/star_mqtt.h"

#include <stdio.h>
#include <string.h>

#define TO_DEVICE "star/cloudprnt/to-device/"
#define TO_SERVER "star/cloudprnt/to-server/"

/* So long one that has gone may come back and say what became of its job. */
#define GONE_MS 10000

/* Less than a printer takes to start. */
#define AGAIN_MS 5000

#define HTTP_OK        200
#define HTTP_NOT_FOUND 404
#define HTTP_BAD_TYPE  415

bool star_mqtt_init(struct star_mqtt *mqtt, const char *mac, size_t len)
{
    memset(mqtt, 0, sizeof(*mqtt));
    if (!star_mac(mqtt->mac, mac, len))
        return false;
    snprintf(mqtt->hears, sizeof(mqtt->hears), TO_SERVER "%s/+", mqtt->mac);
    return true;
}

void star_mqtt_topic(const struct star_mqtt *mqtt, const char *method,
        char out[STAR_TOPIC_BYTES])
{
    snprintf(out, STAR_TOPIC_BYTES, TO_DEVICE "%s/%s", mqtt->mac, method);
}

static void hear_status(
        struct star_mqtt *mqtt, const struct star_message *message)
{
    if (message->code == 0)
        return;
    star_status(message->code, &mqtt->status);
    mqtt->answered = mqtt->asked;
}

static void hear_result(
        struct star_mqtt *mqtt, const struct star_message *message)
{
    enum print_out_state end = star_result(message->code);

    if (!pull_job_is(&mqtt->job, message->token))
        return;
    /* What it never fetched it has not printed. */
    if (mqtt->job.step == PULL_OFFERED)
        end = end == OUT_WAIT ? OUT_WAIT : OUT_REFUSED;
    if (end == OUT_DONE && message->failed)
        end = OUT_GONE; /* it contradicts itself */
    if (end != OUT_DONE && message->code != 0)
        star_status(message->code, &mqtt->status);
    if (end != OUT_WAIT)
        pull_job_end(&mqtt->job, end);
}

void star_mqtt_hear(struct star_mqtt *mqtt, const char *topic, const char *data,
        size_t len, uint64_t now_ms)
{
    const char *method = strrchr(topic, '/');
    struct star_message message;

    if (!method || !star_read(&message, data, len))
        return;
    mqtt->gone_ms = 0;
    if (strcmp(method, "/client-status") == 0)
        hear_status(mqtt, &message);
    else if (strcmp(method, "/print-result") == 0)
        hear_result(mqtt, &message);
    else if (strcmp(method, "/client-will") == 0)
        mqtt->gone_ms = now_ms ? now_ms : 1;
}

unsigned star_mqtt_fetch(struct star_mqtt *mqtt, const char *token,
        const char *type, bool only_text, uint64_t now_ms, bool *is_text)
{
    struct pull_job *job = &mqtt->job;

    if (!pull_job_is(job, token) ||
            (job->step == PULL_TAKEN && now_ms - job->since_ms >= AGAIN_MS))
        return HTTP_NOT_FOUND;
    if (!star_type(type, only_text, is_text))
        return HTTP_BAD_TYPE;
    pull_job_take(job, now_ms);
    return HTTP_OK;
}

enum print_out_state star_mqtt_look(struct star_mqtt *mqtt, uint64_t now_ms)
{
    if (mqtt->gone_ms && now_ms - mqtt->gone_ms >= GONE_MS)
        pull_job_end(&mqtt->job, OUT_GONE);
    return pull_job_look(&mqtt->job, now_ms);
}
