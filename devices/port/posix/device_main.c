#include "devices/port/posix/device_main.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "devices/kinds/kinds.h"
#include "devices/port/posix/keys.h"
#include "devices/port/posix/link.h"
#include "devices/port/posix/options.h"
#include "devices/port/posix/printer_page.h"
#include "devices/port/posix/printer_setup.h"
#include "devices/port/posix/store.h"

#define FAREWELL_MS 2000
#define TURN_MS     1000 /* longest sleep */

struct app {
    struct options options;
    struct store store;
    struct printer_setup printer;
    struct device_platform platform;
    struct device device;
    struct link link;
    void *state;
    FILE *say;
    bool is_read; /* the standard input is still open */
    struct keys keys;
    struct termios terminal; /* as it was, if keys.is_raw */
    uint32_t battery;        /* percent; 0: none */
    bool is_docked;
    uint64_t press_at_ms;
    uint8_t message[DEVICE_MESSAGE_BYTES];
    uint8_t arena[DEVICE_ARENA_BYTES];
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static uint64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- the platform --- */

static uint64_t wall_ms(void *ctx)
{
    struct timespec now;

    (void)ctx;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t random_number(void *ctx)
{
    uint32_t number = 0;

    (void)ctx;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        number = (uint32_t)monotonic_ms() ^ (uint32_t)getpid();
    return number;
}

static bool subscribe(void *ctx, const char *topic)
{
    struct app *app = ctx;

    return link_subscribe(&app->link, topic);
}

static int publish(
        void *ctx, const char *topic, const void *data, size_t len, bool retain)
{
    struct app *app = ctx;

    return link_publish(&app->link, topic, data, len, retain);
}

/* For a printer that hangs on the same broker. */
static bool publish_also(
        void *ctx, const char *topic, const void *data, size_t len)
{
    struct app *app = ctx;

    return app->link.also_up &&
           link_publish(&app->link, topic, data, len, false) != 0;
}

static void hear_also(
        void *ctx, const char *topic, const void *data, size_t len)
{
    struct app *app = ctx;

    out_heard(&app->printer.out, topic, data, len);
}

static bool keep(void *ctx, const char *key, const void *data, size_t len)
{
    struct app *app = ctx;

    if (len > 0)
        return store_put(&app->store, key, data, len);
    store_remove(&app->store, key);
    return true;
}

static size_t load(void *ctx, const char *key, void *data, size_t cap)
{
    struct app *app = ctx;

    return store_get(&app->store, key, data, cap);
}

static void show(void *ctx, const char *line)
{
    struct app *app = ctx;

    if (app->options.quiet)
        return;
    fprintf(app->say, "%s\n", line);
    fflush(app->say);
}

static void buzz(void *ctx, bool on)
{
    (void)ctx;
    if (on && isatty(STDERR_FILENO))
        (void)!write(STDERR_FILENO, "\a", 1);
}

static void led(void *ctx, bool on)
{
    (void)ctx; /* a terminal has none; "online" and "offline" are printed */
    (void)on;
}

static void display(void *ctx, const char *const *lines, uint32_t count)
{
    struct app *app = ctx;

    if (!app->options.display)
        return;
    fprintf(app->say, "display");
    for (uint32_t i = 0; i < count; i++)
        fprintf(app->say, "%s%s", i ? " | " : " ", lines[i]);
    fprintf(app->say, "\n");
    fflush(app->say);
}

static bool vitals(void *ctx, struct device_vitals *out)
{
    const struct app *app = ctx;

    *out = (struct device_vitals){
        .battery_percent = app->battery ? app->battery : DEVICE_NO_BATTERY,
        .charging = app->is_docked,
    };
    return true;
}

static void rest(void *ctx, uint64_t until_ms)
{
    (void)ctx; /* poll rests anyway */
    (void)until_ms;
}

/* --- setting up --- */

static bool is_printer(const struct app *app)
{
    return app->options.kind == &printer_kind;
}

static bool start_device(struct app *app)
{
    const struct options *options = &app->options;
    const struct device_config config = { .id = options->id,
        .site = options->site,
        .table = options->table,
        .station = options->station,
        .firmware = "posix " DUMBWAITER_VERSION,
        .reason = options->reason,
        .reason_double = options->reason_double,
        .reason_long = options->reason_long,
        .sleep_s = options->sleep_s,
        .auto_ack_ms = options->auto_ack_s * 1000,
        .equipment = &app->printer.equipment };
    const struct device_memory memory = { .message = app->message,
        .message_bytes = sizeof(app->message),
        .arena = app->arena,
        .arena_bytes = sizeof(app->arena),
        .state = app->state };

    return device_start(&app->device, options->kind, &config, &app->platform,
            &memory, monotonic_ms());
}

static int set_up(struct app *app)
{
    struct options *options = &app->options;
    int code = store_enter(&app->store, options->state);

    if (code == EX_OK && is_printer(app))
        code = printer_setup_open(&app->printer, options);
    if (code != EX_OK)
        return code;
    if (app->printer.out.way == &out_stdout)
        app->say = stderr;
    app->state = calloc(1, options->kind->state_bytes + 1);
    if (!app->state || !start_device(app)) {
        fprintf(stderr, "dumbwaiter: %s: cannot be written\n", options->state);
        return EX_IOERR;
    }
    return EX_OK;
}

static void tear_down(struct app *app)
{
    printer_setup_close(&app->printer);
    store_close(&app->store);
    free(app->state);
    app->state = NULL;
}

/* --- the loop --- */

enum { WATCH_LINK, WATCH_KEYS, WATCH_OUT, WATCH_COUNT = WATCH_OUT + OUT_FDS };

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static int sleep_ms(const struct app *app, uint64_t now_ms)
{
    uint64_t due = now_ms + TURN_MS;

    due = earlier(due, app->device.wake_ms);
    due = earlier(due, link_due_ms(&app->link));
    due = earlier(due, out_due_ms(&app->printer.out));
    if (app->options.press_every_s)
        due = earlier(due, app->press_at_ms);
    return due <= now_ms ? 0 : (int)(due - now_ms);
}

static void watch(struct app *app, struct pollfd fds[WATCH_COUNT])
{
    for (int i = 0; i < WATCH_COUNT; i++)
        fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
    fds[WATCH_LINK].fd = link_watch(&app->link, &fds[WATCH_LINK].events);
    if (app->is_read)
        fds[WATCH_KEYS].fd = STDIN_FILENO;
    out_watch(&app->printer.out, fds + WATCH_OUT);
}

/* What happens to the machine itself. */
static bool act_on_machine(struct app *app, const char *word)
{
    unsigned percent;

    if (strcmp(word, "dock") == 0)
        app->is_docked = true;
    else if (strcmp(word, "undock") == 0)
        app->is_docked = false;
    else if (sscanf(word, "battery %u", &percent) == 1 && percent <= 100)
        app->battery = percent;
    else
        return false;
    return true;
}

static void act_on_word(struct app *app, const char *word, uint64_t now_ms)
{
    enum device_input input = INPUT_KEY;

    if (act_on_machine(app, word))
        return;
    if (app->options.kind->on_word) {
        device_word(&app->device, word[0] ? word : "bump", now_ms);
        return;
    }
    if (strcmp(word, "double") == 0)
        input = INPUT_DOUBLE;
    else if (strcmp(word, "long") == 0)
        input = INPUT_LONG;
    device_input(&app->device, input, now_ms);
}

/* Single keys, not lines, where a keyboard is the bump bar. */
static void take_terminal(struct app *app)
{
    struct termios raw;

    app->is_read = app->options.kind->on_input || app->options.kind->on_word;
    if (!app->options.kind->on_word || !isatty(STDIN_FILENO) ||
            tcgetattr(STDIN_FILENO, &app->terminal) != 0)
        return;
    raw = app->terminal;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    app->keys.is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void give_terminal(const struct app *app)
{
    if (app->keys.is_raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &app->terminal);
}

static void read_keys(struct app *app, uint64_t now_ms)
{
    char text[256];
    ssize_t n = read(STDIN_FILENO, text, sizeof(text));

    if (n <= 0) {
        app->is_read = n < 0 && errno == EINTR;
        return;
    }
    for (ssize_t i = 0; i < n; i++)
        if (keys_take(&app->keys, text[i]))
            act_on_word(app, app->keys.word, now_ms);
}

static void press_by_itself(struct app *app, uint64_t now_ms)
{
    if (!app->options.press_every_s || now_ms < app->press_at_ms)
        return;
    app->press_at_ms = now_ms + app->options.press_every_s * 1000;
    device_input(&app->device, INPUT_KEY, now_ms);
}

static void turn(struct app *app, const sigset_t *awake)
{
    struct pollfd fds[WATCH_COUNT];
    uint64_t now_ms = monotonic_ms();
    int ms = sleep_ms(app, now_ms);
    const struct timespec timeout = { .tv_sec = ms / 1000,
        .tv_nsec = ms % 1000 * 1000000L };

    watch(app, fds);
    if (ppoll(fds, WATCH_COUNT, &timeout, awake) < 0)
        for (int i = 0; i < WATCH_COUNT; i++)
            fds[i].revents = 0;
    now_ms = monotonic_ms();
    if (fds[WATCH_KEYS].revents)
        read_keys(app, now_ms);
    press_by_itself(app, now_ms);
    printer_setup_set_clock(&app->printer);
    out_turn(&app->printer.out, now_ms);
    link_turn(&app->link, fds[WATCH_LINK].revents, now_ms);
    device_tick(&app->device, now_ms);
}

/* Say goodbye, and wait a little until the broker has heard it. */
static void farewell(struct app *app)
{
    uint64_t end_ms = monotonic_ms() + FAREWELL_MS;
    int token = device_leave(&app->device, monotonic_ms());

    while (token && app->link.up && app->link.receipted != token &&
            monotonic_ms() < end_ms) {
        struct pollfd fd = { .fd = -1 };

        fd.fd = link_watch(&app->link, &fd.events);
        poll(&fd, 1, 100);
        link_turn(&app->link, fd.revents, monotonic_ms());
    }
    link_close(&app->link);
}

static void run(struct app *app)
{
    const struct options *options = &app->options;
    const struct link_to to = { .host = options->host,
        .port = options->port,
        .client_id = options->client_id,
        .user = options->user,
        .password = options->password,
        .tls = options->tls,
        .cafile = options->cafile,
        .cert = options->cert,
        .key = options->key,
        .also = out_topic(&app->printer.out),
        .also_ctx = app,
        .also_heard = hear_also };
    const struct out_link for_out = { app, publish_also };
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked;
    sigset_t before;

    stop_asked = 0;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &before); /* they come only in ppoll */
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTTIN, SIG_IGN); /* in the background there are no keys */

    out_join(&app->printer.out, &for_out);
    link_init(&app->link, &to, &app->device, monotonic_ms());
    take_terminal(app);
    app->press_at_ms = monotonic_ms() + options->press_every_s * 1000;
    while (!stop_asked)
        turn(app, &before);
    farewell(app);
    give_terminal(app);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

int device_main(int argc, char **argv)
{
    static struct app app; /* too large for the stack */
    char error[256];
    int code;

    app = (struct app){ .store = { -1, -1 }, .say = stdout };
    printer_setup_init(&app.printer);
    app.platform = (struct device_platform){ .ctx = &app,
        .wall_ms = wall_ms,
        .random = random_number,
        .subscribe = subscribe,
        .publish = publish,
        .keep = keep,
        .load = load,
        .show = show,
        .buzz = buzz,
        .led = led,
        .display = display,
        .vitals = vitals,
        .rest = rest };

    if (!options_read(&app.options, argc, argv, error, sizeof(error))) {
        fprintf(stderr, "dumbwaiter: %s\n", error);
        return EX_USAGE;
    }
    if (app.options.help) {
        options_help(stdout);
        return EX_OK;
    }
    if (app.options.test_page)
        return printer_page(&app.options);
    app.battery = app.options.battery;
    mosquitto_lib_init();
    code = set_up(&app);
    if (code == EX_OK)
        run(&app);
    tear_down(&app);
    mosquitto_lib_cleanup();
    return code;
}
