#include "bridge/mqtt/broker.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bridge/mqtt/broker_home.h"
#include "bridge/mqtt/child.h"
#include "bridge/mqtt/place.h"
#include "hub/base/count.h"
#include "hub/base/log.h"

#define START_MS     5000
#define TERM_MS      3000
#define STEP_MS      20
#define PAUSE_MIN_MS 200
#define PAUSE_MAX_MS 10000
#define DEAF_MS      1000 /* having run so long, it hears SIGHUP */
#define REREADS      2    /* it forgets a signal that comes while it reads */
#define REREAD_MS    1000 /* between them */
#define HARK_MS      200  /* between looks whether it hears */
#define STABLE_MS                                                              \
    30000 /* having run so long, the next pause is short again                 \
           */
#define LINE_BYTES  512
#define LINES_PER_S 10 /* of the broker's own, into our log */

enum stage {
    STAGE_ENDED,   /* it does not run */
    STAGE_ORDERED, /* it was told to start, and may run already */
    STAGE_RUNS,
};

struct broker {
    uv_loop_t *loop;
    struct minder *minder; /* starts it for us */
    uv_timer_t restart;    /* ticking while it has ended */
    uv_timer_t reread;     /* ticking while `rereads` are to come */
    uv_poll_t news;        /* of the minder */
    uv_poll_t output;      /* of all its runs */
    int open_handles;
    enum stage stage;
    bool is_open; /* else broker_open looks itself */
    pid_t pid;    /* while STAGE_RUNS */
    uint64_t since_ms;
    uint32_t pause_ms; /* before the next start */
    uint32_t rereads;
    struct broker_home home;
    uint64_t second; /* of the log lines counted in `lines` */
    uint32_t lines;
    uint32_t used;
    char line[LINE_BYTES];
};

static void pause_step(void)
{
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

    nanosleep(&step, NULL);
}

/* --- what it says --- */

/* A line that the broker wrote. Strangers can cause some of them. */
static void log_line(struct broker *broker)
{
    uint64_t second = uv_hrtime() / 1000000000u;

    broker->line[broker->used] = '\0';
    broker->used = 0;
    if (second != broker->second)
        broker->lines = 0;
    broker->second = second;
    if (broker->lines++ >= LINES_PER_S)
        return;
    if (strstr(broker->line, "should not be run as root"))
        log_debug("broker: %s", broker->line);
    else if (broker->line[0])
        log_warn("broker: %s", broker->line);
}

static void take_output(struct broker *broker, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\n')
            broker->line[broker->used++] = data[i];
        if (data[i] == '\n' || broker->used == LINE_BYTES - 1)
            log_line(broker);
    }
}

/* A piece of it; false: there is no more for now. */
static bool read_output(struct broker *broker)
{
    char piece[4096];
    ssize_t len = read(broker->minder->output, piece, sizeof(piece));

    if (len == 0) /* the end, when the minder and the broker have ended */
        uv_poll_stop(&broker->output);
    if (len <= 0)
        return false;
    take_output(broker, piece, (size_t)len);
    return true;
}

static void on_output(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status < 0)
        uv_poll_stop(poll);
    else
        read_output(poll->data);
}

/* --- one run --- */

static void schedule_restart(struct broker *broker);

/* Without a minder no broker can be started again: whoever starts us can. The
 * one that runs is found by its file. */
static void lose_minder(struct broker *broker)
{
    uv_poll_stop(&broker->news);
    broker->stage = STAGE_ENDED;
    log_error("broker: the process that starts it is gone; stopping");
    if (broker->is_open)
        kill(getpid(), SIGTERM);
}

static void take_end(struct broker *broker, const struct minder_news *news)
{
    bool had_run = broker->stage == STAGE_RUNS;

    broker->stage = STAGE_ENDED;
    if (had_run)
        child_unnote(broker->home.dir);
    if (!broker->is_open)
        return;
    if (uv_now(broker->loop) - broker->since_ms > STABLE_MS)
        broker->pause_ms = PAUSE_MIN_MS;
    log_warn("broker: ended with status %d, signal %d; starting it again in "
             "%u ms",
            news->status, news->signal, broker->pause_ms);
    schedule_restart(broker);
}

static void take_start(struct broker *broker, const struct minder_news *news)
{
    broker->stage = STAGE_RUNS;
    broker->pid = news->pid;
    broker->since_ms = uv_now(broker->loop);
    count_add(COUNT_BROKER_STARTS, 1);
    child_note(broker->home.dir, news->pid);
}

/* All that the minder has to tell. */
static void hear(struct broker *broker)
{
    for (;;) {
        struct minder_news news = minder_hear(broker->minder);

        switch (news.what) {
        case MINDER_NONE:
            return;
        case MINDER_STARTED:
            take_start(broker, &news);
            break;
        case MINDER_ENDED:
            take_end(broker, &news);
            break;
        case MINDER_GONE:
            lose_minder(broker);
            return;
        }
    }
}

static void on_news(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    hear(poll->data);
}

static void start(struct broker *broker)
{
    broker->stage = STAGE_ORDERED;
    if (!minder_order(broker->minder, MINDER_START))
        lose_minder(broker);
}

static void on_restart(uv_timer_t *timer)
{
    start(timer->data);
}

static void schedule_restart(struct broker *broker)
{
    uv_timer_start(&broker->restart, on_restart, broker->pause_ms, 0);
    broker->pause_ms *= 2;
    if (broker->pause_ms > PAUSE_MAX_MS)
        broker->pause_ms = PAUSE_MAX_MS;
}

static bool accepts(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = fd >= 0 &&
                connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        close(fd);
    return connected;
}

static enum err wait_until_up(struct broker *broker)
{
    for (int ms = 0; ms < START_MS; ms += STEP_MS) {
        hear(broker);
        if (broker->stage == STAGE_ENDED) {
            while (read_output(broker))
                ;
            log_error("broker: it did not start");
            return ERR_UNAVAILABLE;
        }
        if (broker->stage == STAGE_RUNS && accepts(broker->home.conf.port))
            return ERR_OK;
        pause_step();
    }
    log_error("broker: it does not accept connections");
    return ERR_UNAVAILABLE;
}

static void init(struct broker *broker, const struct broker_options *options)
{
    broker->loop = options->loop;
    broker->minder = options->minder;
    broker->pause_ms = PAUSE_MIN_MS;
    broker->restart.data = broker;
    broker->reread.data = broker;
    broker->news.data = broker;
    broker->output.data = broker;
    uv_timer_init(options->loop, &broker->restart);
    uv_timer_init(options->loop, &broker->reread);
    uv_poll_init(options->loop, &broker->news, options->minder->talk);
    uv_poll_init(options->loop, &broker->output, options->minder->output);
    broker->open_handles = 4;
}

enum err broker_open(struct broker **out, const struct broker_options *options)
{
    struct broker *broker = calloc(1, sizeof(*broker));
    enum err err;

    if (!broker)
        return ERR_NO_MEMORY;
    init(broker, options);
    err = broker_home_prepare(&broker->home, options);
    if (err == ERR_OK)
        err = child_stop_leftover(broker->home.dir);
    if (err == ERR_OK)
        err = place_check_ports(&broker->home.conf);
    if (err == ERR_OK) {
        start(broker);
        err = wait_until_up(broker);
    }
    if (err != ERR_OK) {
        broker_close(broker);
        return err;
    }
    broker->is_open = true;
    uv_poll_start(&broker->news, UV_READABLE, on_news);
    uv_poll_start(&broker->output, UV_READABLE, on_output);
    *out = broker;
    return ERR_OK;
}

/* Order it to end, then wait; true when it has. */
static bool end_it(
        struct broker *broker, enum minder_order order, int deadline_ms)
{
    if (!minder_order(broker->minder, order))
        return false;
    for (int ms = 0; ms < deadline_ms; ms += STEP_MS) {
        hear(broker);
        if (broker->stage == STAGE_ENDED)
            return true;
        pause_step();
    }
    return false;
}

static void on_closed(uv_handle_t *handle)
{
    struct broker *broker = handle->data;

    if (--broker->open_handles > 0)
        return;
    explicit_bzero(broker, sizeof(*broker)); /* the hub's password */
    free(broker);
}

void broker_close(struct broker *broker)
{
    if (!broker)
        return;
    broker->is_open = false;
    if (broker->stage != STAGE_ENDED && !end_it(broker, MINDER_TERM, TERM_MS))
        end_it(broker, MINDER_KILL, TERM_MS);
    while (read_output(broker))
        ;
    uv_close((uv_handle_t *)&broker->restart, on_closed);
    uv_close((uv_handle_t *)&broker->reread, on_closed);
    uv_close((uv_handle_t *)&broker->news, on_closed);
    uv_close((uv_handle_t *)&broker->output, on_closed);
}

/* A signal before it listens to it would end it. */
static bool hears(const struct broker *broker)
{
    return broker->stage == STAGE_RUNS &&
           uv_now(broker->loop) - broker->since_ms >= DEAF_MS;
}

static void on_reread(uv_timer_t *timer)
{
    struct broker *broker = timer->data;

    if (!hears(broker)) {
        uv_timer_start(timer, on_reread, HARK_MS, 0);
        return;
    }
    if (kill(broker->pid, SIGHUP) != 0)
        log_warn("broker: cannot be told to read its files again");
    if (--broker->rereads > 0)
        uv_timer_start(timer, on_reread, REREAD_MS, 0);
}

void broker_reload(struct broker *broker)
{
    uv_timer_stop(&broker->reread);
    broker->rereads = REREADS;
    on_reread(&broker->reread);
}

enum err broker_renew(struct broker *broker, struct fault *fault)
{
    return broker_tls_take(&broker->home.tls, broker->home.dir, fault);
}

const char *broker_hub_password(const struct broker *broker)
{
    return broker->home.password;
}

const char *broker_hub_client_id(const struct broker *broker)
{
    return broker->home.client_id;
}
