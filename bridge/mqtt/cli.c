#include "bridge/mqtt/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hub/base/log.h"

#define TOPIC_CHARS  160
#define PATH_CHARS   320
#define STEP_MS      100
#define RETRY_MS     200
#define CONNACK_NONE (-1)
#define HEAD_BYTES   8192 /* of a receipt, as far as its id */

struct cli {
    struct mosquitto *client;
    char site[ID_CHARS + 1];
    char id[ID_CHARS + 1];
    int connack;         /* the broker's answer, or CONNACK_NONE */
    int granted;         /* subscriptions confirmed */
    struct buf *receipt; /* where to put the one for `key`, or NULL */
    const char *key;
    bool has_receipt;
    bool (*on_event)(void *context, const char *json, size_t len);
    void *context;
    bool enough; /* on_event said so */
    int lock;    /* held while connected as an enrolled producer */
};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- what the library tells --- */

static void on_connect(struct mosquitto *client, void *context, int code)
{
    struct cli *cli = context;

    (void)client;
    cli->connack = code;
}

static void on_subscribe(struct mosquitto *client, void *context, int id,
        int count, const int *granted)
{
    struct cli *cli = context;

    (void)client;
    (void)id;
    for (int i = 0; i < count; i++)
        cli->granted += granted[i] < 0x80;
}

static bool begins_with(const char *text, size_t len, const struct buf *head)
{
    return !head->failed && len >= head->len &&
           memcmp(text, head->data, head->len) == 0;
}

bool cli_receipt_is_for(const char *json, size_t len, const char *key)
{
    struct buf head;
    bool found;

    buf_init(&head, HEAD_BYTES);
    buf_puts(&head, "{\"id\":");
    buf_put_json(&head, key);
    found = begins_with(json, len, &head);
    buf_clear(&head);
    buf_puts(&head, "{\"error\":");
    found = found || begins_with(json, len, &head);
    buf_finish(&head);
    return found;
}

static void on_message(struct mosquitto *client, void *context,
        const struct mosquitto_message *message)
{
    struct cli *cli = context;
    size_t len = (size_t)message->payloadlen;

    (void)client;
    if (cli->receipt && !cli->has_receipt) {
        cli->has_receipt = cli_receipt_is_for(message->payload, len, cli->key);
        if (cli->has_receipt)
            buf_put(cli->receipt, message->payload, len);
    } else if (cli->on_event && !cli->enough) {
        cli->enough = !cli->on_event(cli->context, message->payload, len);
    }
}

/* Let the library work until *done (>= wanted), or the deadline. */
static enum err wait_for(
        struct cli *cli, const int *done, int wanted, int64_t deadline_ms)
{
    while (*done < wanted) {
        if (monotonic_ms() >= deadline_ms)
            return ERR_UNAVAILABLE;
        if (mosquitto_loop(cli->client, STEP_MS, 1) != MOSQ_ERR_SUCCESS &&
                *done < wanted)
            return ERR_UNAVAILABLE;
    }
    return ERR_OK;
}

/* --- the connection --- */

static enum err connect_client(
        struct cli *cli, const struct cli_options *options)
{
    /* Anonymous: the library makes up a name, so that two may listen. */
    cli->client = mosquitto_new(options->user, true, cli);
    if (!cli->client)
        return ERR_NO_MEMORY;
    mosquitto_connect_callback_set(cli->client, on_connect);
    mosquitto_subscribe_callback_set(cli->client, on_subscribe);
    mosquitto_message_callback_set(cli->client, on_message);
    if (options->user)
        mosquitto_username_pw_set(
                cli->client, options->user, options->password);
    if (mosquitto_connect(cli->client, options->host, options->port, 30) !=
            MOSQ_ERR_SUCCESS)
        return ERR_UNAVAILABLE;
    if (wait_for(cli, &cli->connack, 0, monotonic_ms() + CLI_DEADLINE_MS) !=
            ERR_OK)
        return ERR_UNAVAILABLE;
    return cli->connack == 0                        ? ERR_OK
           : cli->connack == 4 || cli->connack == 5 ? ERR_UNAUTHORIZED
                                                    : ERR_UNAVAILABLE;
}

enum err cli_open(struct cli **out, const struct cli_options *options)
{
    struct cli *cli = calloc(1, sizeof(*cli));
    enum err err;

    if (!cli)
        return ERR_NO_MEMORY;
    mosquitto_lib_init();
    cli->connack = CONNACK_NONE;
    cli->lock = -1;
    snprintf(cli->site, sizeof(cli->site), "%s", options->site);
    snprintf(cli->id, sizeof(cli->id), "%s", options->id ? options->id : "");
    err = connect_client(cli, options);
    if (err == ERR_OK)
        *out = cli;
    else
        cli_close(cli);
    return err;
}

void cli_close(struct cli *cli)
{
    if (!cli)
        return;
    if (cli->client) {
        mosquitto_disconnect(cli->client);
        mosquitto_loop(cli->client, 0, 1);
        mosquitto_destroy(cli->client);
    }
    if (cli->lock >= 0)
        close(cli->lock);
    free(cli);
    mosquitto_lib_cleanup();
}

static enum err subscribe(struct cli *cli, const char *topic)
{
    int wanted = cli->granted + 1;

    if (mosquitto_subscribe(cli->client, NULL, topic, 1) != MOSQ_ERR_SUCCESS)
        return ERR_UNAVAILABLE;
    return wait_for(
            cli, &cli->granted, wanted, monotonic_ms() + CLI_DEADLINE_MS);
}

enum err cli_publish(struct cli *cli, const char *event, const char *key,
        const struct buf *message, struct buf *receipt)
{
    int64_t deadline_ms = monotonic_ms() + CLI_DEADLINE_MS;
    char topic[TOPIC_CHARS];
    enum err err;

    snprintf(topic, sizeof(topic), "dw/1/%s/receipt/%s", cli->site, cli->id);
    err = subscribe(cli, topic);
    if (err != ERR_OK)
        return err;
    cli->receipt = receipt;
    cli->key = key;
    snprintf(topic, sizeof(topic), "dw/1/%s/in/%s/%s", cli->site, cli->id,
            event);
    if (mosquitto_publish(cli->client, NULL, topic, (int)message->len,
                message->data, 1, false) != MOSQ_ERR_SUCCESS)
        return ERR_BAD_REQUEST;
    while (!cli->has_receipt)
        if (monotonic_ms() >= deadline_ms ||
                mosquitto_loop(cli->client, STEP_MS, 1) != MOSQ_ERR_SUCCESS)
            return ERR_UNAVAILABLE;
    return receipt->failed ? ERR_TOO_LARGE : ERR_OK;
}

enum err cli_listen(struct cli *cli, const struct room *rooms, uint32_t count,
        int64_t timeout_ms,
        bool (*on_event)(void *context, const char *json, size_t len),
        void *context)
{
    int64_t deadline_ms = timeout_ms ? monotonic_ms() + timeout_ms : INT64_MAX;
    char topic[TOPIC_CHARS], room[ROOM_CHARS + 1];
    enum err err = ERR_OK;

    cli->on_event = on_event;
    cli->context = context;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        room_print(&rooms[i], room);
        snprintf(topic, sizeof(topic), "dw/1/%s/json/%s", cli->site, room);
        err = subscribe(cli, topic);
    }
    if (count == 0) {
        snprintf(topic, sizeof(topic), "dw/1/%s/json/#", cli->site);
        err = subscribe(cli, topic);
    }
    while (err == ERR_OK && !cli->enough && monotonic_ms() < deadline_ms)
        if (mosquitto_loop(cli->client, STEP_MS, 1) != MOSQ_ERR_SUCCESS)
            err = ERR_UNAVAILABLE;
    return err;
}

/* --- as an enrolled producer --- */

static bool pause_until(int64_t deadline_ms)
{
    struct timespec pause = { 0, RETRY_MS * 1000000L };

    if (monotonic_ms() >= deadline_ms)
        return false;
    nanosleep(&pause, NULL);
    return true;
}

/* One process at a time may be `login`: two would kick each other for ever. */
static int take_lock(const char *dir, const char *login)
{
    int64_t deadline_ms = monotonic_ms() + CLI_DEADLINE_MS;
    char path[PATH_CHARS];
    int fd;

    mkdir(dir, 0700);
    snprintf(path, sizeof(path), "%s/%s.lock", dir, login);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
        if (!pause_until(deadline_ms)) {
            close(fd);
            return -1;
        }
    if (fd < 0)
        log_error("%s: %s", path, strerror(errno));
    return fd;
}

static bool read_kept(const char *path, char password[PASSWORD_CHARS + 1])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, password, PASSWORD_CHARS);

    if (fd >= 0)
        close(fd);
    password[len > 0 ? len : 0] = '\0';
    return len == PASSWORD_CHARS;
}

static enum err enrol_anew(const struct enrolment *enrolment, const char *path,
        char password[PASSWORD_CHARS + 1])
{
    struct credential credential;
    struct fault fault = { 0 };
    enum err err = enrol(enrolment, &credential, &fault);
    int fd;

    if (err != ERR_OK) {
        log_error("enrol %s: %s", enrolment->id, fault.text);
        return err;
    }
    memcpy(password, credential.password, PASSWORD_CHARS + 1);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, password, PASSWORD_CHARS) != PASSWORD_CHARS)
        err = ERR_IO;
    if (fd >= 0)
        close(fd);
    return err;
}

/* The broker reads a new password a moment after it was told to. */
static enum err open_patiently(
        struct cli **cli, const struct cli_options *options)
{
    int64_t deadline_ms = monotonic_ms() + CLI_DEADLINE_MS / 2;
    enum err err;

    do
        err = cli_open(cli, options);
    while (err == ERR_UNAUTHORIZED && pause_until(deadline_ms));
    return err;
}

enum err cli_open_enrolled(struct cli **cli, const struct cli_options *options,
        const char *data_dir, const struct sites *sites)
{
    struct cli_options enrolled = *options;
    struct enrolment enrolment = { .data_dir = data_dir,
        .sites = sites,
        .site = options->site,
        .kind = "producer",
        .id = options->id,
        .by = options->id,
        .now_ms = (int64_t)time(NULL) * 1000 };
    char dir[PATH_CHARS / 2 + 64], path[PATH_CHARS], login[LOGIN_CHARS + 1];
    char password[PASSWORD_CHARS + 1];
    enum err err = ERR_UNAUTHORIZED;
    int lock;

    sites_login(sites, options->site, options->id, login);
    snprintf(dir, sizeof(dir), "%.200s/cli", data_dir);
    snprintf(path, sizeof(path), "%s/%s.%s.password", dir, options->site,
            options->id);
    lock = take_lock(dir, login);
    if (lock < 0)
        return ERR_BUSY;
    enrolled.user = login;
    enrolled.password = password;
    if (read_kept(path, password))
        err = cli_open(cli, &enrolled);
    if (err == ERR_UNAUTHORIZED) {
        err = enrol_anew(&enrolment, path, password);
        if (err == ERR_OK)
            err = open_patiently(cli, &enrolled);
    }
    explicit_bzero(password, sizeof(password));
    if (err == ERR_OK)
        (*cli)->lock = lock;
    else
        close(lock);
    return err;
}
