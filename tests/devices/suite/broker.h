/*
 * broker: what stands between a device and the hub: a model of one, with the
 * order of things as the real one has it, or the real one.
 */
#ifndef TESTS_DEVICES_SUITE_BROKER_H
#define TESTS_DEVICES_SUITE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROKER_TOPIC   129
#define BROKER_PAYLOAD 1536
#define BROKER_MOST    32 /* of each that can wait */

struct broker_message {
    char topic[BROKER_TOPIC];
    uint8_t bytes[BROKER_PAYLOAD];
    size_t len;
    bool retained;
};

enum broker_what {
    BROKER_SUBSCRIBED,
    BROKER_PUBLISHED, /* `token` */
    BROKER_MESSAGE,
};

struct broker_event {
    enum broker_what what;
    uint32_t token;
    struct broker_message message;
};

/* All that happened since the last one. */
struct broker_batch {
    struct broker_message heard[BROKER_MOST]; /* by the hub */
    size_t heard_count;
    struct broker_event events[BROKER_MOST]; /* for the device */
    size_t event_count;
};

struct broker_will {
    char topic[BROKER_TOPIC];
    char text[128];
};

/* ctx is the first argument of each. False: it is broken. */
struct broker {
    void *ctx;
    bool (*connect)(void *ctx, const char *device, bool keeps_session,
            const struct broker_will *will);
    /* Politely there is no will. */
    bool (*disconnect)(void *ctx, bool politely);
    bool (*subscribe)(void *ctx, const char *topic);
    /* By the device, and by the hub. */
    bool (*publish)(
            void *ctx, const struct broker_message *message, uint32_t token);
    bool (*say)(void *ctx, const struct broker_message *message);
    bool (*collect)(void *ctx, struct broker_batch *batch);
    /* The device has taken the oldest message given to it. */
    void (*taken)(void *ctx);
    /* It starts anew, and has forgotten all. */
    bool (*forget)(void *ctx);
    void (*close)(void *ctx);
    bool gives_again; /* what was not taken when the power went */
};

bool broker_open_model(struct broker *broker);

/* mosquitto, behind a socket in this folder, which is there. False also where
 * the folder's path is too long for that. */
bool broker_open_real(struct broker *broker, const char *folder);

#endif
