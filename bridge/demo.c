#include "bridge/demo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/auth.h"
#include "bridge/command.h"
#include "bridge/config.h"
#include "bridge/demo_evening.h"
#include "bridge/mqtt/enrol.h"
#include "hub/base/log.h"
#include "schemas/roles.h"

#define LINE_BYTES     256
#define PATH_BYTES     (CONFIG_CHARS + 64)
#define KILL_MS        1000
#define TOKEN_MS       ((int64_t)12 * 60 * 60 * 1000)
#define SEED           20240214
#define MOST_ARGUMENTS 32
#define PAPER          "virtual-printer" /* what the printer prints on */
#define PROFILE        "epson-tm-48"

/*
 * Made while processes can still be made, a device waits for a line: one that
 * comes online before the hub listens for the first time is not heard of.
 */
#define WAIT "read -r line && exec \"$0\" \"$@\""

struct device_row {
    const char *id, *kind;
    const char *table;     /* NULL: none */
    const char *option[2]; /* one more option and its value */
};

static const struct device_row rows[] = {
    { "demo-paper", PAPER, NULL, { "--speed", "150" } },
    { "demo-printer", "printer", NULL, { NULL, NULL } },
    { "demo-pager-4", "pager", "4", { "--auto-ack", "6" } },
    { "demo-pager-5", "pager", "5", { "--auto-ack", "6" } },
    { "demo-button-7", "button", "7", { "--press-every", "40" } },
    { "demo-buzzer", "buzzer", NULL, { NULL, NULL } },
};

enum { DEVICE_COUNT = sizeof(rows) / sizeof(rows[0]) };

/* One device's process and what it is saying. */
struct child {
    struct demo *demo;
    const struct device_row *row;
    char password[PASSWORD_CHARS + 1];
    uv_process_t process;
    uv_pipe_t pipe;
    uv_pipe_t go; /* what it waits for */
    bool running;
    bool has_begun;        /* it waits no more; `go` is closed */
    char line[LINE_BYTES]; /* begun, without its end */
    size_t len;
};

struct demo {
    struct demo_options options;
    struct evening evening;
    struct child children[DEVICE_COUNT];
    uv_timer_t killer;
    uint32_t handles; /* not closed yet */
    bool begun;
    bool closing;
    char dir[PATH_BYTES];
    char paper[PATH_BYTES + 8]; /* below it */
    uint16_t paper_port;
    int held; /* a socket bound to it; -1: none */
};

/* --- handles --- */

static void on_closed(uv_handle_t *handle)
{
    struct demo *demo = handle->data;

    demo->handles--;
    if (demo->closing && demo->handles == 0)
        free(demo);
}

static void close_handle(struct demo *demo, uv_handle_t *handle)
{
    if (uv_is_closing(handle))
        return;
    handle->data = demo;
    uv_close(handle, on_closed);
}

/* --- what devices say --- */

static void print_line(struct child *child)
{
    printf("  %-14s %.*s\n", child->row->id, (int)child->len, child->line);
    fflush(stdout);
    child->len = 0;
}

static void take_byte(struct child *child, char c)
{
    if (c == '\n' || child->len == LINE_BYTES)
        print_line(child);
    if (c != '\n')
        child->line[child->len++] = c >= 0x20 && c < 0x7f ? c : '?';
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    static char bytes[4096];

    (void)handle;
    (void)size;
    *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct child *child = stream->data;

    for (ssize_t i = 0; i < len; i++)
        take_byte(child, buf->base[i]);
    if (len < 0)
        close_handle(child->demo, (uv_handle_t *)stream);
}

static bool any_running(const struct demo *demo)
{
    for (int i = 0; i < DEVICE_COUNT; i++)
        if (demo->children[i].running)
            return true;
    return false;
}

static void on_exit_of(uv_process_t *process, int64_t status, int number)
{
    struct child *child = process->data;

    child->running = false;
    if (child->demo->closing) {
        if (!any_running(child->demo))
            close_handle(child->demo, (uv_handle_t *)&child->demo->killer);
    } else if (status != 0 || number != 0) {
        /* With 0 it was asked to: Ctrl-C reaches all of us at once. */
        log_warn("demo: %s ended: status %d, signal %d", child->row->id,
                (int)status, number);
    }
    close_handle(child->demo, (uv_handle_t *)process);
}

/* --- starting one --- */

/* The environment, with the password and our id for end_with_parent. */
static char **make_environment(char *password, char *parent)
{
    size_t count = 0;
    char **all;

    while (environ[count])
        count++;
    all = calloc(count + 3, sizeof(*all));
    if (!all)
        return NULL;
    memcpy(all, environ, count * sizeof(*all));
    all[count] = password;
    all[count + 1] = parent;
    return all;
}

static int spawn(struct child *child, char **arguments, char **environment)
{
    uv_stdio_container_t streams[3] = {
        { .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
                .data.stream = (uv_stream_t *)&child->go },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                .data.stream = (uv_stream_t *)&child->pipe },
        { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
    };
    uv_process_options_t options = { .exit_cb = on_exit_of,
        .file = "/bin/sh",
        .args = arguments,
        .env = environment,
        .stdio_count = 3,
        .stdio = streams };

    return uv_spawn(child->demo->options.loop, &child->process, &options);
}

static bool is_paper(const struct device_row *row)
{
    return strcmp(row->kind, PAPER) == 0;
}

/*
 * Find a port of 127.0.0.1 for the paper. It stays bound here, and is never
 * listened at, until the demo ends: so it is nobody else's before the paper
 * takes it, nor when the paper has lost its power.
 */
static void hold_port(struct demo *demo)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    demo->held = fd;
    if (fd >= 0 &&
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
            bind(fd, (struct sockaddr *)&address, len) == 0 &&
            getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        demo->paper_port = ntohs(address.sin_port);
    else
        log_error("demo: no port for the paper: %s", strerror(errno));
}

/* What a child is told, and the texts that this is made of. */
struct command_line {
    char program[PATH_MAX];
    char number[8];
    char state[PATH_BYTES + 64];
    char out[64];
    char *arguments[MOST_ARGUMENTS + 1];
    int count;
};

static void add_word(struct command_line *line, const char *word)
{
    if (line->count == MOST_ARGUMENTS)
        return;
    line->arguments[line->count++] = (char *)word;
    line->arguments[line->count] = NULL;
}

static void add(struct command_line *line, const char *flag, const char *value)
{
    if (!value)
        return;
    add_word(line, flag);
    add_word(line, value);
}

/* It is no client of the broker. */
static void add_paper(struct command_line *line, const struct demo *demo)
{
    snprintf(line->number, sizeof(line->number), "%u", demo->paper_port);
    add_word(line, PAPER);
    add(line, "--port", line->number);
    add(line, "--paper", demo->paper);
    add(line, "--profile", PROFILE);
}

static void add_device(struct command_line *line, const struct demo *demo,
        const struct device_row *row, uint16_t port)
{
    snprintf(line->number, sizeof(line->number), "%u", port);
    snprintf(line->state, sizeof(line->state), "%s/%s", demo->dir, row->id);
    snprintf(line->out, sizeof(line->out), "tcp://127.0.0.1:%u",
            demo->paper_port);
    add(line, "device", row->kind);
    add(line, "--id", row->id);
    add(line, "--host", "127.0.0.1");
    add(line, "--port", line->number);
    add(line, "--site", demo->options.config->site.name);
    add(line, "--state", line->state);
    add(line, "--table", row->table);
    if (strcmp(row->kind, "printer") == 0) {
        add(line, "--out", line->out);
        add(line, "--spool", line->state);
        add(line, "--profile", PROFILE);
    }
}

/* 0, or why not, as libuv says it. */
static int make_line(struct command_line *line, const struct demo *demo,
        const struct device_row *row, uint16_t port)
{
    size_t size = sizeof(line->program);

    line->count = 0;
    add(line, "sh", "-c");
    add(line, WAIT, line->program);
    if (is_paper(row))
        add_paper(line, demo);
    else
        add_device(line, demo, row, port);
    add(line, row->option[0], row->option[1]);
    return uv_exepath(line->program, &size);
}

static void start_child(struct demo *demo, struct child *child, uint16_t port)
{
    const struct device_row *row = child->row;
    struct command_line line;
    char password[80], parent[40];
    char **environment;
    int rc = make_line(&line, demo, row, port);

    snprintf(password, sizeof(password), "DUMBWAITER_DEVICE_PASSWORD=%s",
            child->password);
    snprintf(parent, sizeof(parent), "DUMBWAITER_PARENT=%d", (int)getpid());
    environment = make_environment(password, parent);
    uv_pipe_init(demo->options.loop, &child->pipe, 0);
    uv_pipe_init(demo->options.loop, &child->go, 0);
    demo->handles += 3;
    if (rc == 0)
        rc = environment ? spawn(child, line.arguments, environment)
                         : UV_ENOMEM;
    free(environment);
    explicit_bzero(password, sizeof(password));
    explicit_bzero(child->password, sizeof(child->password));
    child->pipe.data = child;
    child->process.data = child;
    if (rc != 0) {
        log_error("demo: %s: %s", row->id, uv_strerror(rc));
        close_handle(demo, (uv_handle_t *)&child->pipe);
        close_handle(demo, (uv_handle_t *)&child->go);
        close_handle(demo, (uv_handle_t *)&child->process);
        return;
    }
    child->running = true;
}

/* --- the links --- */

static char *mint(const struct demo *demo, uint32_t role, const char *subject)
{
    int64_t now_ms = command_now_ms();
    struct principal principal = { .roles = role,
        .expires_at_ms = now_ms + TOKEN_MS };

    snprintf(principal.subject, sizeof(principal.subject), "%s", subject);
    return auth_mint(demo->options.auth, demo->options.config->site.name,
            &principal, now_ms);
}

static void print_links(
        const struct demo *demo, uint16_t http_port, uint16_t mqtt_port)
{
    const struct config *config = demo->options.config;
    const char *scheme = config_http_scheme(config);
    char *kitchen = mint(demo, ROLE_KITCHEN, "demo-kitchen");
    char *till = mint(demo, ROLE_BACKEND, "demo-curl");

    printf("\nThe kitchen screen (the token is good for 12 hours):\n"
           "  %s://%s:%u/kitchen/#token=%s\n\n",
            scheme, config->http.address, http_port, kitchen ? kitchen : "?");
    if (demo->options.own_broker)
        printf("Everything, as it happens:\n"
               "  mosquitto_sub -h 127.0.0.1 -p %u -v -t 'dw/1/%s/json/#'\n\n",
                mqtt_port, config->site.name);
    printf("An order of your own (see it above, and on the screen):\n"
           "  curl -H 'Authorization: Bearer %s' -d '{\"event\":"
           "\"order.created\",\"payload\":{\"order\":{\"id\":\"mine-1\","
           "\"table\":{\"id\":\"5\",\"number\":5},\"items\":[{\"id\":\"1\","
           "\"name\":\"Soup\",\"quantity\":2}]}}}' "
           "%s://%s:%u/api/events\n\n",
            till ? till : "?", scheme, config->http.address, http_port);
    if (demo->options.own_broker)
        printf("The tickets, as the printer cuts them off:\n"
               "  %s://%s:%u/paper/\n\n",
                scheme, config->http.address, http_port);
    printf("What the devices do (Ctrl-C stops everything):\n");
    fflush(stdout);
    free(kitchen);
    free(till);
}

/* --- the demo --- */

static enum err enrol_all(struct demo *demo)
{
    const struct config *config = demo->options.config;
    struct sites sites;

    config_sites(config, &sites);
    for (int i = 0; i < DEVICE_COUNT; i++) {
        struct child *child = &demo->children[i];
        const struct enrolment enrolment = { .data_dir = config->data.dir,
            .sites = &sites,
            .site = sites.names[0],
            .kind = rows[i].kind,
            .id = rows[i].id,
            .table = rows[i].table,
            .by = "demo",
            .now_ms = command_now_ms() };
        struct credential credential;
        struct fault fault = { 0 };
        enum err err;

        if (is_paper(&rows[i]))
            continue;
        err = enrol(&enrolment, &credential, &fault);
        if (err != ERR_OK) {
            log_error("demo: %s: %s", rows[i].id, fault.text);
            return err;
        }
        memcpy(child->password, credential.password, sizeof(child->password));
        explicit_bzero(&credential, sizeof(credential));
    }
    return ERR_OK;
}

enum err demo_open(struct demo **out, const struct demo_options *options)
{
    struct demo *demo = calloc(1, sizeof(*demo));
    enum err err;

    if (!demo)
        return ERR_NO_MEMORY;
    demo->options = *options;
    demo->held = -1;
    snprintf(
            demo->dir, sizeof(demo->dir), "%s/demo", options->config->data.dir);
    snprintf(demo->paper, sizeof(demo->paper), "%s/paper", demo->dir);
    for (int i = 0; i < DEVICE_COUNT; i++) {
        demo->children[i].demo = demo;
        demo->children[i].row = &rows[i];
    }
    err = command_make_dir(demo->dir);
    if (err == ERR_OK && options->own_broker)
        err = enrol_all(demo);
    if (err != ERR_OK)
        free(demo);
    else
        *out = demo;
    return err;
}

const char *demo_paper(const struct demo *demo)
{
    return demo && demo->options.own_broker ? demo->paper : NULL;
}

void demo_begin(struct demo *demo, uint16_t mqtt_port)
{
    demo->begun = true;
    uv_timer_init(demo->options.loop, &demo->killer);
    demo->killer.data = demo;
    demo->handles++;
    if (!demo->options.own_broker) {
        log_info("demo: no devices; enrol them at your own broker");
        return;
    }
    hold_port(demo);
    for (int i = 0; i < DEVICE_COUNT; i++)
        start_child(demo, &demo->children[i], mqtt_port);
}

static void let_go(struct demo *demo, struct child *child)
{
    uv_buf_t line = uv_buf_init((char *)"\n", 1);

    if (uv_try_write((uv_stream_t *)&child->go, &line, 1) != 1)
        log_error("demo: %s cannot be told to begin", child->row->id);
    child->has_begun = true;
    close_handle(demo, (uv_handle_t *)&child->go);
    uv_read_start((uv_stream_t *)&child->pipe, on_alloc, on_read);
}

void demo_start(struct demo *demo, uint16_t http_port, uint16_t mqtt_port)
{
    evening_init(&demo->evening, demo->options.hub, SEED, command_now_ms());
    print_links(demo, http_port, mqtt_port);
    for (int i = 0; i < DEVICE_COUNT; i++)
        if (demo->children[i].running)
            let_go(demo, &demo->children[i]);
}

void demo_tick(struct demo *demo, int64_t now_ms)
{
    if (!demo->closing)
        evening_tick(&demo->evening, now_ms);
}

static void signal_all(struct demo *demo, int number)
{
    for (int i = 0; i < DEVICE_COUNT; i++)
        if (demo->children[i].running)
            uv_process_kill(&demo->children[i].process, number);
}

static void on_kill(uv_timer_t *timer)
{
    signal_all(timer->data, SIGKILL);
}

/* Those that nobody reads or writes, and that would therefore never end. */
static void close_idle_pipes(struct demo *demo)
{
    for (int i = 0; i < DEVICE_COUNT && demo->options.own_broker; i++) {
        struct child *child = &demo->children[i];

        if (!uv_is_active((uv_handle_t *)&child->pipe))
            close_handle(demo, (uv_handle_t *)&child->pipe);
        if (!child->has_begun)
            close_handle(demo, (uv_handle_t *)&child->go);
    }
}

void demo_close(struct demo *demo)
{
    if (!demo)
        return;
    demo->closing = true;
    if (!demo->begun) {
        free(demo);
        return;
    }
    if (demo->held >= 0)
        close(demo->held);
    close_idle_pipes(demo);
    signal_all(demo, SIGTERM);
    if (any_running(demo))
        uv_timer_start(&demo->killer, on_kill, KILL_MS, 0);
    else
        close_handle(demo, (uv_handle_t *)&demo->killer);
}
