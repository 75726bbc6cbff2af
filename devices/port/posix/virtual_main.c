#include "devices/port/posix/virtual_main.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "devices/port/posix/glyphs.h"
#include "devices/port/posix/virtual_line.h"
#include "devices/port/posix/virtual_options.h"
#include "devices/port/posix/virtual_tray.h"
#include "devices/virtual/machine.h"

#define LINE_BYTES  128
#define ERROR_BYTES 256

struct virtual_app {
    struct virtual_options options;

    struct machine machine;
    struct virtual_line line;
    struct virtual_tray tray;
    struct port_glyphs *glyphs;

    char typed[LINE_BYTES]; /* of the standard input, without its end */
    size_t typed_len;
    bool is_typing; /* the standard input is open */
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

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* --- what the machine does --- */

static void on_sheet(void *ctx, const struct sheet *sheet, enum machine_why why,
        bool is_whole)
{
    struct virtual_app *app = ctx;
    uint32_t number = app->machine.sheets;
    char job[SHEET_JOB];
    bool failed = false;

    sheet_job(sheet, job);
    if (app->options.paper)
        number = tray_put(&app->tray, sheet, why, is_whole, &failed);
    if (failed)
        fprintf(stderr, "dumbwaiter: ticket %u: cannot be written: %s\n",
                number, strerror(errno));
    if (app->options.quiet)
        return;
    if (!app->options.paper)
        fputs(sheet->text, stdout);
    tell("ticket %u %s, %u mm%s%s", number,
            is_whole ? "whole" : machine_why(why),
            sheet->dots.height / SHEET_DOTS_PER_MM, *job ? ", job " : "", job);
}

static void on_noise(void *ctx, enum head_event event)
{
    const struct virtual_app *app = ctx;

    if (!app->options.quiet)
        tell(event == HEAD_BUZZ ? "buzz" : "drawer");
}

static void on_say(void *ctx, const uint8_t *bytes, size_t len)
{
    struct virtual_app *app = ctx;

    line_say(&app->line, bytes, len);
}

/* --- the standard input --- */

static const char *yes(bool is)
{
    return is ? "yes" : "no";
}

static void tell_status(struct virtual_app *app)
{
    const struct machine *machine = &app->machine;
    const struct status *status = &machine->status;

    tell("ok paper=%s cover=%s connected=%s buffered=%u sheets=%u whole=%u "
         "buzzes=%u drawers=%u skipped=%u",
            status->paper_out   ? "out"
            : status->paper_low ? "low"
                                : "ok",
            status->cover_open ? "open" : "closed", yes(machine->connected),
            machine->count, machine->sheets, machine->whole, machine->buzzes,
            machine->drawers, machine->reader.unknown);
}

static void mend(struct virtual_app *app, const char *name, uint64_t now_ms)
{
    enum fault_id id;
    uint32_t number;

    if (strcmp(name, "all") == 0) {
        for (int i = 0; i < FAULT_COUNT; i++)
            machine_mend(&app->machine, (enum fault_id)i, now_ms);
    } else if (fault_read(name, &id, &number)) {
        machine_mend(&app->machine, id, now_ms);
    } else {
        tell("error: no such fault; try help");
        return;
    }
    tell("ok off %s", name);
}

static void tell_commands(void)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        tell("  %s%s%s", fault_kinds[i].name, fault_kinds[i].number ? " " : "",
                fault_kinds[i].number ? fault_kinds[i].number : "");
    tell("ok FAULT, off FAULT, off all, status, help");
}

static void obey(struct virtual_app *app, const char *text, uint64_t now_ms)
{
    enum fault_id id;
    uint32_t number;

    if (strcmp(text, "status") == 0) {
        tell_status(app);
    } else if (strcmp(text, "help") == 0) {
        tell_commands();
    } else if (strncmp(text, "off ", 4) == 0) {
        mend(app, text + 4, now_ms);
    } else if (fault_read(text, &id, &number)) {
        machine_fault(&app->machine, id, number, now_ms);
        tell("ok %s", fault_kinds[id].name);
    } else if (*text) {
        tell("error: no such fault, or not its number; try help");
    }
}

static void take_typed(struct virtual_app *app, char c, uint64_t now_ms)
{
    if (c != '\n') {
        if (app->typed_len < LINE_BYTES - 1)
            app->typed[app->typed_len++] = c;
        return;
    }
    app->typed[app->typed_len] = '\0';
    app->typed_len = 0;
    obey(app, app->typed, now_ms);
}

static void read_typed(struct virtual_app *app, uint64_t now_ms)
{
    char text[256];
    ssize_t n = read(STDIN_FILENO, text, sizeof(text));

    if (n <= 0)
        app->is_typing = n < 0 && errno == EINTR;
    for (ssize_t i = 0; i < n; i++)
        take_typed(app, text[i], now_ms);
}

/* --- the loop --- */

static int wait_ms(uint64_t due_ms, uint64_t now_ms)
{
    return due_ms > now_ms ? (int)(due_ms - now_ms) : 0;
}

static void turn(struct virtual_app *app, const sigset_t *awake)
{
    struct pollfd fds[3] = { { .fd = app->is_typing ? STDIN_FILENO : -1,
                                     .events = POLLIN },
        { .events = POLLIN }, { .fd = -1 } };
    uint64_t now_ms = monotonic_ms();
    int ms = wait_ms(machine_turn(&app->machine, now_ms), now_ms);
    const struct timespec timeout = { .tv_sec = ms / 1000,
        .tv_nsec = ms % 1000 * 1000000L };

    line_follow(&app->line, now_ms);
    line_watch(&app->line, now_ms, &fds[1].fd, &fds[2].fd, &fds[2].events);
    if (ppoll(fds, 3, &timeout, awake) < 0)
        for (int i = 0; i < 3; i++)
            fds[i].revents = 0;
    now_ms = monotonic_ms();
    if (fds[0].revents)
        read_typed(app, now_ms);
    line_turn(&app->line, fds[2].revents, now_ms);
}

static void run(struct virtual_app *app)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked, before;

    stop_asked = 0;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &before); /* they come only in ppoll */
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTTIN, SIG_IGN); /* in the background nobody types */
    app->is_typing = true;
    while (!stop_asked)
        turn(app, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* --- setting up --- */

static void open_glyphs(struct virtual_app *app)
{
    char error[ERROR_BYTES] = "";

    app->glyphs = glyphs_open(NULL, 0, error, sizeof(error));
    if (!app->glyphs)
        fprintf(stderr, "dumbwaiter: no letters, only frames: %s\n", error);
}

static int set_up(struct virtual_app *app)
{
    const struct machine_to to = { app, on_say, on_sheet, on_noise };
    struct machine_config config = { .profile = &app->options.profile,
        .speed = app->options.speed };

    open_glyphs(app);
    config.glyphs = glyphs_of(app->glyphs);
    if (!machine_init(&app->machine, &config, &to))
        return EX_OSERR;
    if (app->options.paper && !tray_open(&app->tray, app->options.paper)) {
        fprintf(stderr, "dumbwaiter: %s: %s\n", app->options.paper,
                strerror(errno));
        return EX_CANTCREAT;
    }
    for (int i = 0; i < FAULT_COUNT; i++)
        if (app->options.faults[i])
            machine_fault(&app->machine, (enum fault_id)i,
                    app->options.numbers[i], monotonic_ms());
    if (!line_open(&app->line, app->options.address,
                (uint16_t)app->options.port, &app->machine)) {
        fprintf(stderr, "dumbwaiter: %s port %u: %s\n", app->options.address,
                app->options.port, strerror(errno));
        return EX_UNAVAILABLE;
    }
    tell("listening %s:%u, %s, %u dots", app->options.address,
            line_port(&app->line), app->options.profile.name,
            app->options.profile.dots);
    return EX_OK;
}

int virtual_main(int argc, char **argv)
{
    static struct virtual_app app; /* too large for the stack */
    int code;

    memset(&app, 0, sizeof(app));
    app.tray.dir = -1;
    app.line.listener = -1;
    app.line.fd = -1;
    code = virtual_options_read(&app.options, argc, argv);
    if (code != VIRTUAL_GO_ON)
        return code;
    code = set_up(&app);
    if (code == EX_OK)
        run(&app);
    line_close(&app.line);
    tray_close(&app.tray);
    machine_finish(&app.machine);
    glyphs_close(app.glyphs);
    return code;
}
