#include "bridge/mqtt/broker.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
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
#define STABLE_MS                                                              \
    30000 /* having run so long, the next pause is short again                 \
           */
#define LINE_BYTES  512
#define LINES_PER_S 10 /* of the broker's own, into our log */

/* One start of mosquitto; freed when both handles have closed. */
struct run {
    uv_process_t process;
    uv_pipe_t output;
    struct broker *broker; /* NULL once nobody cares */
    int open_handles;
    uint64_t since_ms;
    uint64_t second; /* of the log lines counted in `lines` */
    uint32_t lines;
    uint32_t used;
    char line[LINE_BYTES];
};

struct broker {
    uv_loop_t *loop;
    uv_timer_t restart;
    struct run *run; /* NULL: not running, `restart` is ticking */
    uint32_t pause_ms;
    struct broker_home home;
    char program[BROKER_PATH_BYTES];
};

static void pause_step(void)
{
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

    nanosleep(&step, NULL);
}

/* --- one run --- */

static void on_run_closed(uv_handle_t *handle)
{
    struct run *run = handle->data;

    if (--run->open_handles == 0)
        free(run);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_run_closed);
}

/* A line that the broker wrote. Strangers can cause some of them. */
static void log_line(struct run *run)
{
    uint64_t second = uv_hrtime() / 1000000000u;

    run->line[run->used] = '\0';
    run->used = 0;
    if (second != run->second)
        run->lines = 0;
    run->second = second;
    if (run->lines++ >= LINES_PER_S)
        return;
    if (strstr(run->line, "should not be run as root"))
        log_debug("broker: %s", run->line);
    else if (run->line[0])
        log_warn("broker: %s", run->line);
}

static void take_output(struct run *run, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\n')
            run->line[run->used++] = data[i];
        if (data[i] == '\n' || run->used == LINE_BYTES - 1)
            log_line(run);
    }
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    static char memory[4096]; /* emptied by on_output before the next read */

    (void)handle;
    (void)wanted;
    *buf = uv_buf_init(memory, sizeof(memory));
}

static void on_output(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    if (len > 0)
        take_output(stream->data, buf->base, (size_t)len);
    else if (len < 0)
        close_handle((uv_handle_t *)stream);
}

/* What it said before it died, while the loop does not run. */
static void drain_output(struct run *run)
{
    char piece[1024];
    uv_os_fd_t fd;
    ssize_t len;

    if (uv_fileno((uv_handle_t *)&run->output, &fd) != 0)
        return;
    while ((len = read(fd, piece, sizeof(piece))) > 0)
        take_output(run, piece, (size_t)len);
}

static void schedule_restart(struct broker *broker);

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    struct run *run = process->data;
    struct broker *broker = run->broker;

    close_handle((uv_handle_t *)process);
    if (!broker)
        return;
    broker->run = NULL;
    child_unnote(broker->home.dir);
    if (uv_now(broker->loop) - run->since_ms > STABLE_MS)
        broker->pause_ms = PAUSE_MIN_MS;
    log_warn("broker: ended with status %d, signal %d; starting it again in "
             "%u ms",
            (int)status, signal, broker->pause_ms);
    schedule_restart(broker);
}

static struct run *run_create(struct broker *broker)
{
    struct run *run = calloc(1, sizeof(*run));

    if (!run)
        return NULL;
    run->broker = broker;
    run->since_ms = uv_now(broker->loop);
    run->process.data = run;
    run->output.data = run;
    uv_pipe_init(broker->loop, &run->output, 0);
    run->open_handles = 1;
    return run;
}

/* Detached: a Ctrl-C in the terminal is for us, and we stop the broker. */
static enum err spawn(struct broker *broker)
{
    static char flag[] = "-c";
    struct run *run = run_create(broker);
    char *args[] = { broker->program, flag, broker->home.conf_path, NULL };
    uv_stdio_container_t stdio[3] = { { .flags = UV_IGNORE },
        { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE } };
    uv_process_options_t options = { .file = broker->program,
        .args = args,
        .exit_cb = on_ended,
        .flags = UV_PROCESS_DETACHED,
        .stdio = stdio,
        .stdio_count = 3 };
    int rc;

    if (!run)
        return ERR_NO_MEMORY;
    stdio[2].data.stream = (uv_stream_t *)&run->output;
    rc = uv_spawn(broker->loop, &run->process, &options);
    run->open_handles = 2; /* uv_spawn makes the handle even if it fails */
    if (rc != 0) {
        log_error("broker: cannot start %s: %s", broker->program,
                uv_strerror(rc));
        close_handle((uv_handle_t *)&run->process);
        close_handle((uv_handle_t *)&run->output);
        return ERR_UNAVAILABLE;
    }
    uv_read_start((uv_stream_t *)&run->output, on_alloc, on_output);
    broker->run = run;
    count_add(COUNT_BROKER_STARTS, 1);
    return child_note(broker->home.dir, run->process.pid);
}

static void on_restart(uv_timer_t *timer)
{
    struct broker *broker = timer->data;

    if (spawn(broker) != ERR_OK && !broker->run)
        schedule_restart(broker);
}

static void schedule_restart(struct broker *broker)
{
    uv_timer_start(&broker->restart, on_restart, broker->pause_ms, 0);
    broker->pause_ms *= 2;
    if (broker->pause_ms > PAUSE_MAX_MS)
        broker->pause_ms = PAUSE_MAX_MS;
}

/* Has our child ended? Leaves it to libuv to reap. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid == pid;
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
        if (has_ended(broker->run->process.pid)) {
            drain_output(broker->run);
            log_error("broker: %s did not start", broker->program);
            return ERR_UNAVAILABLE;
        }
        if (accepts(broker->home.conf.port))
            return ERR_OK;
        pause_step();
    }
    log_error("broker: %s does not accept connections", broker->program);
    return ERR_UNAVAILABLE;
}

enum err broker_open(struct broker **out, const struct broker_options *options)
{
    struct broker *broker = calloc(1, sizeof(*broker));
    enum err err;

    if (!broker)
        return ERR_NO_MEMORY;
    broker->loop = options->loop;
    broker->pause_ms = PAUSE_MIN_MS;
    broker->restart.data = broker;
    uv_timer_init(options->loop, &broker->restart);

    err = broker_home_prepare(&broker->home, options);
    if (err == ERR_OK)
        err = place_find_program(options->program, broker->program);
    if (err == ERR_OK)
        err = child_stop_leftover(broker->home.dir);
    if (err == ERR_OK)
        err = place_check_ports(&broker->home.conf);
    if (err == ERR_OK)
        err = spawn(broker);
    if (err == ERR_OK)
        err = wait_until_up(broker);
    if (err != ERR_OK) {
        broker_close(broker);
        return err;
    }
    *out = broker;
    return ERR_OK;
}

/* Signal, then wait; true when it is gone and reaped. */
static bool end_child(pid_t pid, int signal, int deadline_ms)
{
    kill(pid, signal);
    for (int ms = 0; ms < deadline_ms; ms += STEP_MS) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return true;
        pause_step();
    }
    return false;
}

static void on_broker_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void broker_close(struct broker *broker)
{
    if (!broker)
        return;
    if (broker->run) {
        struct run *run = broker->run;
        pid_t pid = run->process.pid;

        /* Closed first: from here on nobody but us reaps it. */
        run->broker = NULL;
        close_handle((uv_handle_t *)&run->process);
        if (!end_child(pid, SIGTERM, TERM_MS))
            end_child(pid, SIGKILL, TERM_MS);
        drain_output(run);
        close_handle((uv_handle_t *)&run->output);
        child_unnote(broker->home.dir);
        broker->run = NULL;
    }
    uv_close((uv_handle_t *)&broker->restart, on_broker_closed);
}

const char *broker_hub_password(const struct broker *broker)
{
    return broker->home.password;
}

const char *broker_hub_client_id(const struct broker *broker)
{
    return broker->home.client_id;
}
