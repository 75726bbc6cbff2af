#include "bridge/mqtt/uplink.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "hub/base/count.h"
#include "hub/base/log.h"

#define KEEPALIVE_S    20
#define UPKEEP_MS      1000
#define ACCEPT_MS      10000 /* from the start of an attempt until CONNACK */
#define STABLE_MS      10000 /* having been up so long, failures count anew */
#define PAUSE_FIRST_MS 500u
#define PAUSE_MOST_MS  30000 /* unless the options say less */
#define IN_FLIGHT      4096  /* QoS 1 messages without an acknowledgement */

static void on_timer(uv_timer_t *timer);

uint32_t uplink_pause_ms(uint32_t failures, uint32_t most_ms, uint32_t dice)
{
    uint32_t bound = most_ms;

    if (failures < 6 && PAUSE_FIRST_MS << failures < most_ms)
        bound = PAUSE_FIRST_MS << failures;
    return dice % (bound + 1);
}

static uint32_t throw_dice(void)
{
    uint32_t dice = 0;

    if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != sizeof(dice))
        dice = (uint32_t)uv_hrtime();
    return dice;
}

/* --- the library's callbacks: make a note, no more --- */

static void on_connect(struct mosquitto *client, void *context, int code)
{
    struct uplink *link = context;

    (void)client;
    if (code != 0) {
        link->is_lost = true;
        link->reason = mosquitto_connack_string(code);
        return;
    }
    link->is_up = true;
    link->generation++;
    link->since_ms = uv_now(link->loop);
    count_add(COUNT_MQTT_CONNECTS, 1);
}

/* The library has no words for this one. */
static const char *explain(int code)
{
    return code == MOSQ_ERR_KEEPALIVE ? "no answer" : mosquitto_strerror(code);
}

static void on_disconnect(struct mosquitto *client, void *context, int code)
{
    struct uplink *link = context;

    (void)client;
    link->is_lost = true;
    if (!link->reason[0])
        link->reason = explain(code);
}

static void on_message(struct mosquitto *client, void *context,
        const struct mosquitto_message *message)
{
    struct uplink *link = context;

    (void)client;
    count_add(COUNT_MQTT_RECEIVED, 1);
    link->calls->heard(link->owner, message);
}

static void on_publish(struct mosquitto *client, void *context, int mid)
{
    struct uplink *link = context;

    (void)client;
    link->calls->acked(link->owner, mid);
}

/* --- the socket --- */

static bool has_input(int fd)
{
    int waiting = 0;

    return ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0;
}

/* loop_read takes one packet a call; errno does not say when to stop. */
static void read_some(struct uplink *link)
{
    int rc, n = 0;

    do
        rc = mosquitto_loop_read(link->client, 1);
    while (rc == MOSQ_ERR_SUCCESS && !link->is_lost && ++n < UPLINK_READS &&
            has_input(mosquitto_socket(link->client)));
    if (rc != MOSQ_ERR_SUCCESS) {
        link->is_lost = true;
        if (!link->reason[0])
            link->reason = explain(rc);
    }
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct uplink *link = poll->data;

    if (status < 0) { /* any error is "bad descriptor" to libuv */
        uplink_drop(link, "the connection failed");
        return;
    }
    if (events & UV_READABLE)
        read_some(link);
    if (link->is_lost) {
        uplink_drop(link, link->reason); /* closes `poll` */
        return;
    }
    link->calls->ready(link->owner); /* may drop the link as well */
}

/*
 * Room to write is asked for only while something waits for it: with a
 * transaction open nobody would write, and the loop would spin. A broker that
 * does not read is not read from either: what it says would only make us say
 * more.
 */
static void watch(struct uplink *link, bool backlog, bool more)
{
    int events =
            (backlog ? 0 : UV_READABLE) | (backlog || more ? UV_WRITABLE : 0);

    if (events == link->events)
        return;
    link->events = events;
    if (uv_poll_start(link->poll, events, on_socket) != 0)
        link->is_lost = true;
}

static void on_poll_closed(uv_handle_t *poll)
{
    free(poll);
}

static void unwatch(struct uplink *link)
{
    if (!link->poll)
        return;
    uv_poll_stop(link->poll);
    uv_close((uv_handle_t *)link->poll, on_poll_closed);
    link->poll = NULL;
    link->events = 0;
}

static enum err start_watch(struct uplink *link)
{
    int fd = mosquitto_socket(link->client);
    uv_poll_t *poll = malloc(sizeof(*poll));

    if (!poll || uv_poll_init(link->loop, poll, fd) != 0) {
        free(poll);
        return ERR_NO_MEMORY;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC); /* the embedded broker is our child */
    poll->data = link;
    link->poll = poll;
    watch(link, false, true);
    return ERR_OK;
}

/* --- attempts --- */

static struct mosquitto *new_client(struct uplink *link)
{
    struct mosquitto *client = mosquitto_new(link->client_id, false, link);

    if (!client)
        return NULL;
    /* The write barrier: from here on the library only queues. */
    mosquitto_threaded_set(client, true);
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311);
    mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, IN_FLIGHT);
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_disconnect_callback_set(client, on_disconnect);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_publish_callback_set(client, on_publish);
    if (mosquitto_username_pw_set(client, link->user, link->password) == 0 &&
            mosquitto_will_set(client, link->will_topic,
                    (int)strlen(link->will), link->will, 1, true) == 0)
        return client;
    mosquitto_destroy(client);
    return NULL;
}

/* A new client each time: what the old one still held comes from the journal
 * again, and so its memory is bounded. */
static void attempt(struct uplink *link)
{
    int rc = MOSQ_ERR_NOMEM;

    link->is_lost = false;
    link->reason = "";
    link->since_ms = uv_now(link->loop);
    link->client = new_client(link);
    if (link->client)
        rc = mosquitto_connect_async(
                link->client, link->host, link->port, KEEPALIVE_S);
    if (rc == MOSQ_ERR_SUCCESS && start_watch(link) != ERR_OK)
        rc = MOSQ_ERR_NOMEM;
    if (rc != MOSQ_ERR_SUCCESS) {
        uplink_drop(link, explain(rc));
        return;
    }
    uv_timer_start(&link->timer, on_timer, UPKEEP_MS, UPKEEP_MS);
}

/* Pings and their answers, and a broker that accepts but says nothing. */
static void upkeep(struct uplink *link)
{
    uint64_t age_ms = uv_now(link->loop) - link->since_ms;
    int rc = mosquitto_loop_misc(link->client);

    if (rc != MOSQ_ERR_SUCCESS || link->is_lost)
        uplink_drop(link, rc ? explain(rc) : link->reason);
    else if (!link->is_up && age_ms > ACCEPT_MS)
        uplink_drop(link, "no answer");
    else
        link->calls->ready(link->owner);
}

static void on_timer(uv_timer_t *timer)
{
    struct uplink *link = timer->data;

    if (link->client)
        upkeep(link);
    else
        attempt(link);
}

/* --- the interface --- */

static enum err resolve(struct uplink *link, const char *host)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);

    if (rc == 0)
        rc = getnameinfo(found->ai_addr, found->ai_addrlen, link->host,
                sizeof(link->host), NULL, 0, NI_NUMERICHOST);
    if (found)
        freeaddrinfo(found);
    if (rc == 0)
        return ERR_OK;
    log_error("mqtt: %s: %s", host, gai_strerror(rc));
    return ERR_CONFIG;
}

/* NULL stays NULL; false: out of memory. */
static bool keep(char **copy, const char *text)
{
    *copy = text ? strdup(text) : NULL;
    return !text || *copy;
}

enum err uplink_open(struct uplink *link, const struct uplink_options *options)
{
    enum err err;

    *link = (struct uplink){ .loop = options->loop,
        .calls = options->calls,
        .owner = options->owner,
        .port = options->port,
        .most_pause_ms =
                options->most_pause_ms ? options->most_pause_ms : PAUSE_MOST_MS,
        .reason = "" };
    mosquitto_lib_init();
    uv_timer_init(link->loop, &link->timer);
    link->timer.data = link;
    if (!keep(&link->client_id, options->client_id) ||
            !keep(&link->user, options->user) ||
            !keep(&link->password, options->password) ||
            !keep(&link->will_topic, options->will_topic) ||
            !keep(&link->will, options->will))
        return ERR_NO_MEMORY;
    err = resolve(link, options->host);
    if (err == ERR_OK)
        attempt(link);
    return err;
}

static void let_go(struct uplink *link)
{
    unwatch(link); /* before the library closes the descriptor */
    if (link->client)
        mosquitto_destroy(link->client);
    link->client = NULL;
    link->is_up = false;
    link->is_lost = false;
}

void uplink_drop(struct uplink *link, const char *reason)
{
    uint32_t pause_ms;

    if (link->is_up && uv_now(link->loop) - link->since_ms > STABLE_MS)
        link->failures = 0;
    pause_ms =
            uplink_pause_ms(link->failures, link->most_pause_ms, throw_dice());
    if (link->is_up || link->failures == 0)
        log_warn("mqtt: no link to %s port %u: %s; trying again", link->host,
                link->port, reason);
    link->failures++;
    let_go(link);
    uv_timer_start(&link->timer, on_timer, pause_ms, 0);
}

static void on_closed(uv_handle_t *timer)
{
    struct uplink *link = timer->data;

    free(link->client_id);
    free(link->user);
    if (link->password)
        explicit_bzero(link->password, strlen(link->password));
    free(link->password);
    free(link->will_topic);
    free(link->will);
    mosquitto_lib_cleanup();
    link->closed(link->owner);
}

void uplink_close(struct uplink *link, void (*closed)(void *owner))
{
    let_go(link);
    link->closed = closed;
    uv_close((uv_handle_t *)&link->timer, on_closed);
}

int uplink_publish(struct uplink *link, const char *topic, const void *data,
        size_t len, int qos, bool retain)
{
    int mid = 0;
    int rc = mosquitto_publish(
            link->client, &mid, topic, (int)len, data, qos, retain);

    if (rc == MOSQ_ERR_SUCCESS)
        return mid;
    if (!link->is_lost)
        link->reason = explain(rc);
    link->is_lost = true;
    return 0;
}

void uplink_subscribe(struct uplink *link, const char *filter)
{
    int rc = mosquitto_subscribe(link->client, NULL, filter, 1);

    if (rc != MOSQ_ERR_SUCCESS) {
        link->is_lost = true;
        link->reason = explain(rc);
    }
}

/* Many small packets leave in few segments. */
static void cork(int fd, int on)
{
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

bool uplink_write(struct uplink *link, bool more)
{
    bool waits = false;
    int rc = MOSQ_ERR_SUCCESS;

    if (!link->client)
        return false;
    if (!link->is_lost && mosquitto_want_write(link->client)) {
        cork(mosquitto_socket(link->client), 1);
        rc = mosquitto_loop_write(link->client, 1);
        cork(mosquitto_socket(link->client), 0);
        waits = mosquitto_want_write(link->client);
    }
    if (rc != MOSQ_ERR_SUCCESS || link->is_lost) {
        uplink_drop(link, link->reason[0] ? link->reason : explain(rc));
        return false;
    }
    watch(link, waits, more);
    return !waits;
}

void uplink_bye(struct uplink *link)
{
    if (!link->client || !link->is_up)
        return;
    mosquitto_disconnect(link->client);
    mosquitto_loop_write(link->client, 1);
}
