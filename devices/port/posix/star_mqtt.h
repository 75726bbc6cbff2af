/*
 * star_mqtt: Star CloudPRNT over MQTT, without the link: before each job a
 * printer is asked how it is, then it is sent the job whole ("Full MQTT") or
 * where to fetch it ("Pass URL"), and says what became of it.
 *
 * What it says of another job than this one ends nothing, nor does what it says
 * twice. One that has gone from the broker, and says nothing for a while, has
 * gone with its job.
 */
#ifndef DEVICES_PORT_POSIX_STAR_MQTT_H
#define DEVICES_PORT_POSIX_STAR_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/port/posix/pull_job.h"
#include "devices/port/posix/star.h"

#define STAR_TOPIC_BYTES 80

struct star_mqtt {
    struct pull_job job;
    char mac[STAR_MAC_BYTES];
    char hears[STAR_TOPIC_BYTES]; /* what is subscribed to */
    bool asked;                   /* how it is */
    bool answered;
    struct print_status status;
    uint64_t gone_ms; /* since then it is not at the broker; 0: it is */
};

/* "001162aabbcc", also with ':'. False: no such address. */
bool star_mqtt_init(struct star_mqtt *mqtt, const char *mac, size_t len);

/* "star/cloudprnt/to-device/<mac>/<method>". */
void star_mqtt_topic(const struct star_mqtt *mqtt, const char *method,
        char out[STAR_TOPIC_BYTES]);

/* A message of the printer's, on a topic that is subscribed to. */
void star_mqtt_hear(struct star_mqtt *mqtt, const char *topic, const char *data,
        size_t len, uint64_t now_ms);

/* It fetches the job that it was told of: the HTTP status, and see
 * star_http_fetch. Once more it may only at once: one that was switched off
 * meanwhile may have printed half of it. */
unsigned star_mqtt_fetch(struct star_mqtt *mqtt, const char *token,
        const char *type, bool only_text, uint64_t now_ms, bool *is_text);

/* As print_out.finish says, once the job was sent. */
enum print_out_state star_mqtt_look(struct star_mqtt *mqtt, uint64_t now_ms);

#endif
