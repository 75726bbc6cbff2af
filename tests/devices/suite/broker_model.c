#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/devices/suite/broker.h"

#define SUBSCRIPTIONS 8

struct model {
    char device[32]; /* whose session it is */
    bool is_connected;
    bool has_session;
    bool keeps_session;
    char topics[SUBSCRIPTIONS][BROKER_TOPIC];
    size_t topic_count;
    struct broker_will will;
    struct broker_batch waiting; /* for the next collect */
    /* Of the session: given to the device, then those to be given. */
    struct broker_message queue[BROKER_MOST];
    size_t queue_count;
    size_t given;
    struct broker_message retained[BROKER_MOST];
    size_t retained_count;
};

static bool hear(struct model *model, const struct broker_message *message)
{
    struct broker_batch *waiting = &model->waiting;

    if (waiting->heard_count == BROKER_MOST)
        return false;
    waiting->heard[waiting->heard_count++] = *message;
    return true;
}

static struct broker_event *add_event(
        struct model *model, enum broker_what what)
{
    struct broker_batch *waiting = &model->waiting;
    struct broker_event *event;

    if (waiting->event_count == BROKER_MOST)
        return NULL;
    event = &waiting->events[waiting->event_count++];
    memset(event, 0, sizeof(*event));
    event->what = what;
    return event;
}

/* As far as it is connected, all of the queue is on its way. */
static bool give(struct model *model)
{
    for (; model->is_connected && model->given < model->queue_count;
            model->given++) {
        struct broker_event *event = add_event(model, BROKER_MESSAGE);

        if (!event)
            return false;
        event->message = model->queue[model->given];
    }
    return true;
}

static bool enqueue(struct model *model, const struct broker_message *message)
{
    if (model->queue_count == BROKER_MOST)
        return false;
    model->queue[model->queue_count++] = *message;
    return give(model);
}

static void end_session(struct model *model)
{
    model->has_session = false;
    model->topic_count = 0;
    model->queue_count = 0;
    model->given = 0;
}

static bool connect_device(void *ctx, const char *device, bool keeps_session,
        const struct broker_will *will)
{
    struct model *model = ctx;

    if (!keeps_session || strcmp(model->device, device) != 0)
        end_session(model);
    snprintf(model->device, sizeof(model->device), "%s", device);
    model->is_connected = true;
    model->has_session = true;
    model->keeps_session = keeps_session;
    model->will = *will;
    return give(model);
}

static bool disconnect_device(void *ctx, bool politely)
{
    struct model *model = ctx;
    struct broker_message will = { .retained = true };

    if (!model->is_connected)
        return true;
    model->is_connected = false;
    model->given = 0;
    model->waiting.event_count = 0;
    if (!model->keeps_session)
        end_session(model);
    if (politely)
        return true;
    memcpy(will.topic, model->will.topic, sizeof(will.topic));
    will.len = strlen(model->will.text);
    memcpy(will.bytes, model->will.text, will.len);
    return hear(model, &will);
}

static bool is_subscribed(const struct model *model, const char *topic)
{
    for (size_t i = 0; i < model->topic_count; i++)
        if (strcmp(model->topics[i], topic) == 0)
            return true;
    return false;
}

static bool subscribe(void *ctx, const char *topic)
{
    struct model *model = ctx;

    if (!model->is_connected)
        return true;
    if (!is_subscribed(model, topic)) {
        if (model->topic_count == SUBSCRIPTIONS)
            return false;
        snprintf(
                model->topics[model->topic_count++], BROKER_TOPIC, "%s", topic);
    }
    for (size_t i = 0; i < model->retained_count; i++)
        if (strcmp(model->retained[i].topic, topic) == 0 &&
                !enqueue(model, &model->retained[i]))
            return false;
    return add_event(model, BROKER_SUBSCRIBED) != NULL;
}

static bool publish(
        void *ctx, const struct broker_message *message, uint32_t token)
{
    struct model *model = ctx;
    struct broker_event *event;

    if (!model->is_connected)
        return true;
    event = add_event(model, BROKER_PUBLISHED);
    if (!event)
        return false;
    event->token = token;
    return hear(model, message);
}

static bool say(void *ctx, const struct broker_message *message)
{
    struct model *model = ctx;
    struct broker_message live = *message;

    if (message->retained && model->retained_count == BROKER_MOST)
        return false;
    if (message->retained)
        model->retained[model->retained_count++] = *message;
    if (!model->has_session || !is_subscribed(model, message->topic))
        return true;
    live.retained = false;
    return enqueue(model, &live);
}

static bool collect(void *ctx, struct broker_batch *batch)
{
    struct model *model = ctx;

    *batch = model->waiting;
    model->waiting.heard_count = 0;
    model->waiting.event_count = 0;
    return true;
}

static void taken(void *ctx)
{
    struct model *model = ctx;

    if (model->given == 0)
        return;
    model->given--;
    model->queue_count--;
    memmove(&model->queue[0], &model->queue[1],
            model->queue_count * sizeof(model->queue[0]));
}

static bool forget(void *ctx)
{
    struct model *model = ctx;
    bool good = disconnect_device(model, true); /* nobody is left to say it */

    end_session(model);
    model->retained_count = 0;
    return good;
}

bool broker_open_model(struct broker *broker)
{
    struct model *model = calloc(1, sizeof(*model));

    *broker = (struct broker){ .ctx = model,
        .connect = connect_device,
        .disconnect = disconnect_device,
        .subscribe = subscribe,
        .publish = publish,
        .say = say,
        .collect = collect,
        .taken = taken,
        .forget = forget,
        .close = free,
        .gives_again = true };
    return model != NULL;
}
