#include "bridge/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "bridge/command.h"
#include "bridge/confine.h"
#include "bridge/demo.h"
#include "bridge/hook/hook.h"
#include "bridge/jail/minder.h"
#include "bridge/loop_parts.h"
#include "bridge/mqtt/mqtt.h"
#include "bridge/notify.h"
#include "bridge/ws/ws.h"
#include "hub/base/log.h"
#include "hub/hub.h"

#define TICK_MS  100
#define READY_MS 5000 /* a broker of others may come later than this */
#define STOP_MS  2000 /* what is not closed by then is left to exit */

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNAL_COUNT };

/* The loop's own handles. Signals are heard before anything is started, and
 * obeyed when all of it is. */
struct handles {
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t tick;
    uv_signal_t signals[SIGNAL_COUNT];
};

struct daemon {
    struct config *config;
    uv_loop_t loop;
    struct handles handles;
    bool has_turns;
    struct minder minder; /* zeroed: the broker is somebody else's */
    struct notify notify;
    struct parts parts;
    uint64_t started_ms; /* of the loop's clock, which never jumps */
    bool is_ready;       /* the line has been printed */
    bool stopping;
};

/* --- a turn --- */

/* False: it could not be stored, and is undone. */
static bool commit(const struct site *site)
{
    enum err err = hub_commit(site->hub, command_now_ms());

    if (err == ERR_OK || err == ERR_UNAVAILABLE)
        return err == ERR_OK;
    /* On disk or not, nobody knows: whoever asked will ask again. */
    log_error("journal of %s: commit failed, outcome unknown; stopping",
            site->name);
    _exit(EX_IOERR);
}

/*
 * Everything this round of callbacks has submitted goes to disk; then, and
 * only then, the world hears of it.
 */
static void end_turn(struct daemon *daemon)
{
    struct parts *parts = &daemon->parts;
    bool is_stored[SITES_MAX];

    for (uint32_t i = 0; i < parts->site_count; i++)
        is_stored[i] = commit(&parts->sites[i]);
    for (uint32_t i = 0; i < parts->site_count; i++)
        if (is_stored[i]) {
            mqtt_flush(parts->sites[i].mqtt);
            hook_flush(parts->sites[i].hook);
        } else {
            mqtt_reject(parts->sites[i].mqtt);
        }
    ws_flush(parts->ws);
}

/* Timers run before the poll, sockets in it: a turn ends after either. */
static void on_prepare(uv_prepare_t *prepare)
{
    end_turn(prepare->data);
}

static void on_check(uv_check_t *check)
{
    end_turn(check->data);
}

static void say_ready(struct daemon *daemon)
{
    const char *address = daemon->config->http.address;
    bool v6 = strchr(address, ':') != NULL;

    daemon->is_ready = true;
    printf("dumbwaiter ready: %s://%s%s%s:%u mqtt://%s:%u data=%s\n",
            config_http_scheme(daemon->config), v6 ? "[" : "", address,
            v6 ? "]" : "", ws_port(daemon->parts.ws), daemon->parts.broker_host,
            daemon->parts.broker_port, daemon->config->data.dir);
    fflush(stdout);
    notify_say(&daemon->notify, "READY=1");
    if (daemon->parts.demo)
        demo_start(daemon->parts.demo, ws_port(daemon->parts.ws),
                daemon->parts.broker_port);
}

/* The first restaurant whose link is down; NULL: none. */
static const struct site *find_unlinked(const struct parts *parts)
{
    for (uint32_t i = 0; i < parts->site_count; i++)
        if (!mqtt_is_connected(parts->sites[i].mqtt))
            return &parts->sites[i];
    return NULL;
}

/* Time since the machine has started, asleep or not. */
static int64_t up_ms(void)
{
    struct timespec up;

    clock_gettime(CLOCK_BOOTTIME, &up);
    return (int64_t)up.tv_sec * 1000 + up.tv_nsec / 1000000;
}

static void tick_hubs(const struct parts *parts, int64_t now_ms)
{
    int64_t ahead_ms = now_ms - up_ms();
    int32_t zone_min = command_zone_min(now_ms);

    for (uint32_t i = 0; i < parts->site_count; i++) {
        const struct site *site = &parts->sites[i];

        hub_clock(site->hub, ahead_ms);
        hub_tell_zone(site->hub, zone_min);
        hub_tell_link(site->hub, mqtt_is_connected(site->mqtt));
        hub_tick(site->hub, now_ms);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    int64_t now_ms = command_now_ms();
    bool linked;

    tick_hubs(&daemon->parts, now_ms);
    notify_alive(&daemon->notify, uv_now(&daemon->loop));
    parts_tick(&daemon->parts, now_ms);
    if (daemon->stopping)
        return;
    if (daemon->parts.demo && daemon->is_ready)
        demo_tick(daemon->parts.demo, now_ms);
    if (daemon->is_ready)
        return;
    linked = !find_unlinked(&daemon->parts);
    if (!linked && uv_now(&daemon->loop) - daemon->started_ms < READY_MS)
        return;
    if (!linked)
        log_warn("mqtt: no broker at %s:%u yet; trying for ever",
                daemon->parts.broker_host, daemon->parts.broker_port);
    say_ready(daemon);
}

/* --- signals --- */

/* A bad file changes nothing and says its line. */
static void reload(struct daemon *daemon)
{
    struct config fresh;
    struct buf said;

    buf_init(&said, CONFIG_FAULT_BYTES);
    if (command_configure(&fresh, command_config_path(), &said) != ERR_OK) {
        log_error("configuration unchanged: %.*s",
                (int)strcspn(said.data ? said.data : "", "\n"),
                said.data ? said.data : "");
    } else {
        buf_clear(&said);
        config_reload(daemon->config, &fresh, &said);
        command_set_log(daemon->config);
        parts_reload(&daemon->parts, daemon->config);
        log_info("configuration read again");
        if (!said.failed && said.len > 0)
            log_warn("only a restart changes %.*s", (int)said.len, said.data);
    }
    buf_finish(&said);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;

    /* A demo has no file; its terminal was closed. */
    if (number == SIGHUP && !daemon->parts.demo) {
        reload(daemon);
        return;
    }
    log_info("stopping");
    notify_say(&daemon->notify, "STOPPING=1");
    daemon->stopping = true;
    uv_stop(&daemon->loop);
}

/* --- the loop's own handles --- */

static void start_signals(struct daemon *daemon)
{
    static const int numbers[SIGNAL_COUNT] = { SIGTERM, SIGINT, SIGHUP };
    uv_signal_t *signals = daemon->handles.signals;

    for (int i = 0; i < SIGNAL_COUNT; i++) {
        uv_signal_init(&daemon->loop, &signals[i]);
        signals[i].data = daemon;
        uv_signal_start(&signals[i], on_signal, numbers[i]);
    }
}

static void start_turns(struct daemon *daemon)
{
    struct handles *handles = &daemon->handles;

    uv_prepare_init(&daemon->loop, &handles->prepare);
    uv_check_init(&daemon->loop, &handles->check);
    uv_timer_init(&daemon->loop, &handles->tick);
    handles->prepare.data = daemon;
    handles->check.data = daemon;
    handles->tick.data = daemon;
    uv_prepare_start(&handles->prepare, on_prepare);
    uv_check_start(&handles->check, on_check);
    uv_timer_start(&handles->tick, on_tick, TICK_MS, TICK_MS);
    daemon->has_turns = true;
}

static void stop_turns(struct daemon *daemon)
{
    struct handles *handles = &daemon->handles;

    for (int i = 0; i < SIGNAL_COUNT; i++)
        uv_close((uv_handle_t *)&handles->signals[i], NULL);
    if (!daemon->has_turns)
        return;
    daemon->has_turns = false;
    uv_close((uv_handle_t *)&handles->prepare, NULL);
    uv_close((uv_handle_t *)&handles->check, NULL);
    uv_close((uv_handle_t *)&handles->tick, NULL);
}

/* --- what the HTTP port asks --- */

static const struct site *find_unwritable(const struct parts *parts)
{
    struct hub_figures figures;

    for (uint32_t i = 0; i < parts->site_count; i++) {
        hub_figures(parts->sites[i].hub, &figures);
        if (!figures.writable)
            return &parts->sites[i];
    }
    return NULL;
}

static void put_space(struct buf *why, const struct site *site)
{
    struct hub_figures figures;

    hub_figures(site->hub, &figures);
    if (figures.space == SPACE_RESERVE)
        buf_printf(why,
                "the disk of %s is full: only what becomes of orders that are "
                "there already is stored (reserve)",
                site->name);
    else
        buf_printf(
                why, "the journal of %s cannot be written (full)", site->name);
}

static bool on_is_ready(void *context, struct buf *why)
{
    struct daemon *daemon = context;
    const struct site *failing = find_unwritable(&daemon->parts);
    const struct site *unlinked = find_unlinked(&daemon->parts);

    if (failing)
        put_space(why, failing);
    else if (unlinked)
        buf_printf(why, "%s has no link to the broker", unlinked->name);
    else if (daemon->stopping)
        buf_puts(why, "stopping");
    else
        return true;
    return false;
}

static enum err on_claim(void *context, const char *code, struct buf *answer)
{
    struct daemon *daemon = context;

    return parts_claim(&daemon->parts, code, command_now_ms(), answer);
}

static void on_metrics(void *context, struct buf *out)
{
    struct daemon *daemon = context;

    buf_printf(out,
            "# HELP dumbwaiter_build_info Which version runs.\n"
            "# TYPE dumbwaiter_build_info gauge\n"
            "dumbwaiter_build_info{version=\"%s\"} 1\n"
            "# HELP dumbwaiter_uptime_seconds Since the start.\n"
            "# TYPE dumbwaiter_uptime_seconds gauge\n"
            "dumbwaiter_uptime_seconds %" PRIu64 "\n"
            "# HELP dumbwaiter_mqtt_connected Is the link to the broker up?\n"
            "# TYPE dumbwaiter_mqtt_connected gauge\n",
            DUMBWAITER_VERSION,
            (uv_now(&daemon->loop) - daemon->started_ms) / 1000);
    for (uint32_t i = 0; i < daemon->parts.site_count; i++)
        buf_printf(out, "dumbwaiter_mqtt_connected{site=\"%s\"} %d\n",
                daemon->parts.sites[i].name,
                mqtt_is_connected(daemon->parts.sites[i].mqtt));
}

/* --- closing --- */

static void on_stop_deadline(uv_timer_t *timer)
{
    log_warn("not everything closed in time");
    uv_stop(timer->loop);
}

/* Run until every handle is closed, or the deadline. */
static void drain(struct daemon *daemon)
{
    uv_timer_t deadline;

    uv_timer_init(&daemon->loop, &deadline);
    uv_timer_start(&deadline, on_stop_deadline, STOP_MS, 0);
    uv_unref((uv_handle_t *)&deadline);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&deadline, NULL);
    uv_run(&daemon->loop, UV_RUN_NOWAIT);
}

/* What came in is settled first; then the ways in close, then the journal. */
static void close_all(struct daemon *daemon)
{
    bool complete = daemon->has_turns;

    if (complete)
        end_turn(daemon);
    stop_turns(daemon);
    parts_close_ways(&daemon->parts);
    drain(daemon);
    parts_close_core(&daemon->parts);
    minder_close(&daemon->minder);
    notify_close(&daemon->notify);
    if (uv_loop_close(&daemon->loop) != 0 && complete)
        log_debug("a handle was still open");
}

/* Before there is anything that the minder should not have. */
static enum err begin(struct daemon *daemon)
{
    enum err err = confine_begin(daemon->config);

    notify_open(&daemon->notify);
    if (err == ERR_OK)
        err = confine_minder(daemon->config, &daemon->minder);
    return err;
}

/* All is open that has to be; what follows is done with less. */
static enum err run(struct daemon *daemon)
{
    enum err err = confine_enter(daemon->config, &daemon->parts.auth.others);

    if (err != ERR_OK)
        return err;
    start_turns(daemon);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    return ERR_OK;
}

int loop_run(struct config *config, bool demo)
{
    struct daemon daemon = { .config = config };
    struct parts_options options = { .loop = &daemon.loop,
        .config = config,
        .minder = &daemon.minder,
        .now_ms = command_now_ms(),
        .demo = demo,
        .is_ready = on_is_ready,
        .metrics = on_metrics,
        .claim = on_claim,
        .context = &daemon };
    enum err err = begin(&daemon);

    if (err != ERR_OK)
        return command_exit(err);
    if (uv_loop_init(&daemon.loop) != 0)
        return EX_OSERR;
    daemon.started_ms = uv_now(&daemon.loop);
    start_signals(&daemon);
    err = parts_open(&daemon.parts, &options);
    if (err == ERR_OK)
        err = run(&daemon);
    close_all(&daemon);
    return command_exit(err);
}
