#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/devices/suite/broker.h"

#define DEADLINE_MS 60000 /* also on a machine that is busy */
#define KEEPALIVE_S 600
#define MOST_FOLDER 80 /* a socket's path is no longer than 107 */

/* Behind what was said before, on either way. */
#define MARK_DOWN "mark/down"
#define MARK_UP   "mark/up"

struct end {
    struct mosquitto *client;
    bool is_connected;
    uint32_t subscribed; /* answers still awaited */
};

struct real {
    char config[128];
    char socket[96]; /* a path; it has no port, so nobody else can have it */
    pid_t pid;
    struct end hub;
    struct end device;
    char own[BROKER_TOPIC]; /* begins all topics of this device */
    char state_topic[BROKER_TOPIC];
    bool will_heard;
    struct broker_batch waiting;
    struct {
        int mid;
        uint32_t token;
    } sent[BROKER_MOST]; /* by the device, not answered yet */
    size_t sent_count;
    char mark[32]; /* the newest */
    uint32_t marks;
    bool mark_up;
    bool mark_down;
    bool overflowed;
};

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- what the library calls --- */

static bool is_mark(const struct real *real,
        const struct mosquitto_message *message, const char *topic, bool *seen)
{
    if (strcmp(message->topic, topic) != 0)
        return false;
    if ((size_t)message->payloadlen == strlen(real->mark) &&
            memcmp(message->payload, real->mark, strlen(real->mark)) == 0)
        *seen = true;
    return true;
}

static void copy(struct real *real, struct broker_message *out,
        const struct mosquitto_message *message)
{
    memset(out, 0, sizeof(*out));
    snprintf(out->topic, sizeof(out->topic), "%s", message->topic);
    out->len = (size_t)message->payloadlen;
    out->retained = message->retain;
    if (out->len > sizeof(out->bytes)) {
        real->overflowed = true;
        out->len = 0;
    }
    if (out->len > 0)
        memcpy(out->bytes, message->payload, out->len);
}

static bool is_of_device(const struct real *real, const char *topic)
{
    size_t len = strlen(real->own);

    return strncmp(topic, real->own, len) == 0 &&
           strcmp(topic + len, "cmd") != 0; /* our own words */
}

static void on_hub_message(struct mosquitto *client, void *ctx,
        const struct mosquitto_message *message)
{
    struct real *real = ctx;
    struct broker_batch *waiting = &real->waiting;

    (void)client;
    if (is_mark(real, message, MARK_UP, &real->mark_up) ||
            !is_of_device(real, message->topic))
        return;
    if (strcmp(message->topic, real->state_topic) == 0 &&
            memmem(message->payload, (size_t)message->payloadlen, "offline", 7))
        real->will_heard = true;
    if (waiting->heard_count == BROKER_MOST)
        real->overflowed = true;
    else
        copy(real, &waiting->heard[waiting->heard_count++], message);
}

static struct broker_event *add_event(struct real *real, enum broker_what what)
{
    struct broker_batch *waiting = &real->waiting;
    struct broker_event *event;

    if (waiting->event_count == BROKER_MOST) {
        real->overflowed = true;
        return &waiting->events[0];
    }
    event = &waiting->events[waiting->event_count++];
    memset(event, 0, sizeof(*event));
    event->what = what;
    return event;
}

static void on_device_message(struct mosquitto *client, void *ctx,
        const struct mosquitto_message *message)
{
    struct real *real = ctx;

    (void)client;
    if (!is_mark(real, message, MARK_DOWN, &real->mark_down))
        copy(real, &add_event(real, BROKER_MESSAGE)->message, message);
}

/* The first is that of the mark. */
static void on_device_subscribe(struct mosquitto *client, void *ctx, int mid,
        int count, const int *granted)
{
    struct real *real = ctx;

    (void)client;
    (void)mid;
    (void)count;
    (void)granted;
    if (real->device.subscribed > 0)
        real->device.subscribed--;
    else
        add_event(real, BROKER_SUBSCRIBED);
}

static void on_hub_subscribe(struct mosquitto *client, void *ctx, int mid,
        int count, const int *granted)
{
    struct real *real = ctx;

    (void)client;
    (void)mid;
    (void)count;
    (void)granted;
    real->hub.subscribed--;
}

static void on_device_publish(struct mosquitto *client, void *ctx, int mid)
{
    struct real *real = ctx;

    (void)client;
    for (size_t i = 0; i < real->sent_count; i++)
        if (real->sent[i].mid == mid) {
            add_event(real, BROKER_PUBLISHED)->token = real->sent[i].token;
            real->sent[i] = real->sent[--real->sent_count];
            return;
        }
}

static void on_hub_connect(struct mosquitto *client, void *ctx, int code)
{
    (void)client;
    ((struct real *)ctx)->hub.is_connected = code == 0;
}

static void on_device_connect(struct mosquitto *client, void *ctx, int code)
{
    (void)client;
    ((struct real *)ctx)->device.is_connected = code == 0;
}

/* --- waiting --- */

static bool turn(struct end *end)
{
    return !end->client ||
           mosquitto_loop(end->client, 2, 1) == MOSQ_ERR_SUCCESS;
}

static bool connected(const struct real *real)
{
    return real->hub.is_connected &&
           (!real->device.client || real->device.is_connected) &&
           real->hub.subscribed == 0 && real->device.subscribed == 0;
}

static bool will_heard(const struct real *real)
{
    return real->will_heard;
}

static bool all_there(const struct real *real)
{
    return real->sent_count == 0 && real->mark_up &&
           (real->mark_down || !real->device.client);
}

static bool wait_until(
        struct real *real, bool (*is_so)(const struct real *real))
{
    long long end_ms = now_ms() + DEADLINE_MS;

    while (!is_so(real) && !real->overflowed) {
        if (now_ms() > end_ms || !turn(&real->hub) || !turn(&real->device))
            return false;
    }
    return !real->overflowed;
}

/* --- the broker's process --- */

static bool write_config(const struct real *real)
{
    FILE *file = fopen(real->config, "w");

    if (!file)
        return false;
    /* Another user than root could not use a folder of root's. */
    fprintf(file,
            "listener 0 %s\nallow_anonymous true\nuser root\n"
            "persistence false\nmax_inflight_messages 0\n"
            "log_type error\n",
            real->socket);
    return fclose(file) == 0;
}

static void stop_broker(struct real *real)
{
    if (real->pid <= 0)
        return;
    kill(real->pid, SIGKILL);
    waitpid(real->pid, NULL, 0);
    real->pid = 0;
}

static bool connect_end(struct real *real, struct end *end)
{
    long long end_ms = now_ms() + DEADLINE_MS;

    while (mosquitto_connect(end->client, real->socket, 0, KEEPALIVE_S) !=
            MOSQ_ERR_SUCCESS) {
        if (now_ms() > end_ms)
            return false;
        poll(NULL, 0, 20); /* it has yet to listen */
    }
    return true;
}

static bool subscribe_end(struct end *end, const char *topic)
{
    end->subscribed++;
    return mosquitto_subscribe(end->client, NULL, topic, 1) == MOSQ_ERR_SUCCESS;
}

static bool start_hub(struct real *real)
{
    real->hub = (struct end){ .client = mosquitto_new("hub", true, real) };
    if (!real->hub.client)
        return false;
    mosquitto_connect_callback_set(real->hub.client, on_hub_connect);
    mosquitto_message_callback_set(real->hub.client, on_hub_message);
    mosquitto_subscribe_callback_set(real->hub.client, on_hub_subscribe);
    return connect_end(real, &real->hub) && wait_until(real, connected) &&
           subscribe_end(&real->hub, "dw/1/+/dev/+/+") &&
           subscribe_end(&real->hub, MARK_UP) && wait_until(real, connected);
}

static bool start_broker(struct real *real)
{
    pid_t self = getpid();
    int quiet;

    if (!write_config(real))
        return false;
    unlink(real->socket); /* of the one before it */
    real->pid = fork();
    if (real->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever stops us stops it */
        if (getppid() != self)
            _exit(127); /* … and has done so already */
        quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
        dup2(quiet, STDIN_FILENO);
        dup2(quiet, STDOUT_FILENO);
        execlp("mosquitto", "mosquitto", "-c", real->config, (char *)NULL);
        execl("/usr/sbin/mosquitto", "mosquitto", "-c", real->config,
                (char *)NULL);
        perror("mosquitto");
        _exit(127);
    }
    return real->pid > 0 && start_hub(real);
}

/* --- the device's end --- */

static void begin_device(struct real *real, const struct broker_will *will)
{
    const char *last = strrchr(will->topic, '/');
    size_t len = last ? (size_t)(last - will->topic) + 1 : 0;

    memcpy(real->state_topic, will->topic, sizeof(real->state_topic));
    memcpy(real->own, will->topic, len);
    real->own[len] = '\0';
    real->will_heard = false;
}

static bool connect_device(void *ctx, const char *device, bool keeps_session,
        const struct broker_will *will)
{
    struct real *real = ctx;
    struct mosquitto *client = mosquitto_new(device, !keeps_session, real);

    if (!client)
        return false;
    begin_device(real, will);
    real->device = (struct end){ .client = client };
    real->sent_count = 0;
    mosquitto_connect_callback_set(client, on_device_connect);
    mosquitto_message_callback_set(client, on_device_message);
    mosquitto_subscribe_callback_set(client, on_device_subscribe);
    mosquitto_publish_callback_set(client, on_device_publish);
    return mosquitto_will_set(client, will->topic, (int)strlen(will->text),
                   will->text, 1, true) == MOSQ_ERR_SUCCESS &&
           connect_end(real, &real->device) && wait_until(real, connected) &&
           subscribe_end(&real->device, MARK_DOWN) &&
           wait_until(real, connected);
}

/* Rudely: the socket is closed without a word. */
static bool disconnect_device(void *ctx, bool politely)
{
    struct real *real = ctx;

    if (!real->device.client)
        return true;
    real->will_heard = false;
    if (politely) {
        mosquitto_disconnect(real->device.client);
        mosquitto_loop_write(real->device.client, 1);
    }
    mosquitto_destroy(real->device.client);
    real->device = (struct end){ 0 };
    real->sent_count = 0;
    real->waiting.event_count = 0;
    return politely || wait_until(real, will_heard);
}

static bool subscribe(void *ctx, const char *topic)
{
    struct real *real = ctx;

    return !real->device.client || mosquitto_subscribe(real->device.client,
                                           NULL, topic, 1) == MOSQ_ERR_SUCCESS;
}

static bool publish(
        void *ctx, const struct broker_message *message, uint32_t token)
{
    struct real *real = ctx;
    int mid;

    if (!real->device.client)
        return true;
    if (real->sent_count == BROKER_MOST ||
            mosquitto_publish(real->device.client, &mid, message->topic,
                    (int)message->len, message->bytes, 1,
                    message->retained) != MOSQ_ERR_SUCCESS)
        return false;
    real->sent[real->sent_count].mid = mid;
    real->sent[real->sent_count++].token = token;
    return true;
}

static bool say(void *ctx, const struct broker_message *message)
{
    struct real *real = ctx;

    return mosquitto_publish(real->hub.client, NULL, message->topic,
                   (int)message->len, message->bytes, 1,
                   message->retained) == MOSQ_ERR_SUCCESS;
}

static bool mark(struct real *real, struct end *from, const char *topic)
{
    return mosquitto_publish(from->client, NULL, topic, (int)strlen(real->mark),
                   real->mark, 1, false) == MOSQ_ERR_SUCCESS;
}

/* All that was said before has come when a mark has, either way. */
static bool collect(void *ctx, struct broker_batch *batch)
{
    struct real *real = ctx;
    struct end *up = real->device.client ? &real->device : &real->hub;

    snprintf(real->mark, sizeof(real->mark), "%u", (unsigned)++real->marks);
    real->mark_up = real->mark_down = false;
    if (!mark(real, up, MARK_UP) ||
            (real->device.client && !mark(real, &real->hub, MARK_DOWN)) ||
            !wait_until(real, all_there))
        return false;
    *batch = real->waiting;
    real->waiting.heard_count = 0;
    real->waiting.event_count = 0;
    return true;
}

static void taken(void *ctx)
{
    (void)ctx; /* the library has said so already */
}

static bool forget(void *ctx)
{
    struct real *real = ctx;

    disconnect_device(real, true);
    stop_broker(real);
    mosquitto_destroy(real->hub.client);
    real->hub.client = NULL;
    return start_broker(real);
}

static void close_broker(void *ctx)
{
    struct real *real = ctx;

    if (!real)
        return;
    if (real->device.client)
        mosquitto_destroy(real->device.client);
    if (real->hub.client)
        mosquitto_destroy(real->hub.client);
    stop_broker(real);
    free(real);
    mosquitto_lib_cleanup();
}

bool broker_open_real(struct broker *broker, const char *folder)
{
    struct real *real = calloc(1, sizeof(*real));

    *broker = (struct broker){ .ctx = real,
        .connect = connect_device,
        .disconnect = disconnect_device,
        .subscribe = subscribe,
        .publish = publish,
        .say = say,
        .collect = collect,
        .taken = taken,
        .forget = forget,
        .close = close_broker };
    mosquitto_lib_init();
    if (!real)
        return false;
    snprintf(real->config, sizeof(real->config), "%s/suite.conf", folder);
    snprintf(real->socket, sizeof(real->socket), "%s/suite.sock", folder);
    return strlen(folder) < MOST_FOLDER && start_broker(real);
}
