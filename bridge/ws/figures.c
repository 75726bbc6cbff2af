/* GET /healthz, /readyz, /metrics: for whoever keeps the daemon running. */
#include <inttypes.h>

#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "bridge/ws/tls.h"
#include "hub/base/count.h"

#define METRICS_MAX (256 * 1024)
#define WHY_MAX     256

/* What the disks have room for, and what they have lost. */
struct condition {
    enum space space; /* of the worst of them */
    uint64_t lost;
};

static struct condition look_at_journals(const struct ws *ws)
{
    struct condition all = { SPACE_OK, 0 };
    struct hub_figures figures;

    for (uint32_t i = 0; i < ws->site_count; i++) {
        hub_figures(ws->sites[i].hub, &figures);
        if (figures.space > all.space)
            all.space = figures.space;
        all.lost += figures.lost;
    }
    return all;
}

static void answer_status(
        struct conn *conn, bool good, const char *word, struct buf *why)
{
    struct condition condition = look_at_journals(conn->ws);
    struct buf body;

    buf_init(&body, 2 * WHY_MAX);
    buf_puts(&body, "{\"status\":");
    buf_put_json(&body, word);
    buf_puts(&body, ",\"journal\":");
    buf_put_json(&body, space_words[condition.space]);
    if (condition.lost > 0)
        buf_printf(&body, ",\"lost_events\":%" PRIu64, condition.lost);
    if (!good) {
        buf_putc(why, '\0');
        buf_puts(&body, ",\"message\":");
        buf_put_json(&body, why->failed ? "" : why->data);
    }
    buf_putc(&body, '}');
    http_answer_json(conn, good ? 200 : 503, &body);
    buf_finish(&body);
}

void health_run(struct conn *conn)
{
    enum space space = look_at_journals(conn->ws).space;
    bool good = space == SPACE_OK;
    struct buf why;

    buf_init(&why, WHY_MAX);
    if (space == SPACE_RESERVE)
        buf_puts(&why, "the disk is full: only what becomes of orders that are "
                       "there already is stored");
    else if (!good)
        buf_puts(&why, "the journal cannot be written");
    answer_status(conn, good, good ? "ok" : "failing", &why);
    buf_finish(&why);
}

void ready_run(struct conn *conn)
{
    const struct ws_options *options = &conn->ws->options;
    struct buf why;
    bool ready;

    buf_init(&why, WHY_MAX);
    ready = !options->is_ready || options->is_ready(options->context, &why);
    answer_status(conn, ready, ready ? "ready" : "not ready", &why);
    buf_finish(&why);
}

static void put_head(struct buf *out, const char *name, const char *help)
{
    buf_printf(out, "# HELP dumbwaiter_%s %s\n# TYPE dumbwaiter_%s gauge\n",
            name, help, name);
}

static void put_gauge(
        struct buf *out, const char *name, const char *help, uint64_t value)
{
    put_head(out, name, help);
    buf_printf(out, "dumbwaiter_%s %" PRIu64 "\n", name, value);
}

static void put_site(
        struct buf *out, const char *name, const char *site, uint64_t value)
{
    buf_printf(
            out, "dumbwaiter_%s{site=\"%s\"} %" PRIu64 "\n", name, site, value);
}

/* What there is once for each restaurant. */
#define SITE_FIGURES(FIGURE)                                                   \
    FIGURE(journal_head, head, "Number of the last event.")                    \
    FIGURE(journal_bytes, journal_bytes, "Size of the journal.")               \
    FIGURE(journal_writable, writable, "Can events be stored?")                \
    FIGURE(journal_space, space,                                               \
            "What the disk has room for: 0 all, 1 the reserve, 2 nothing.")    \
    FIGURE(clients, clients, "Listeners of the hub.")                          \
    FIGURE(orders_open, open_orders, "Orders not finished.")                   \
    FIGURE(tables, tables, "Tables known.")                                    \
    FIGURE(devices_online, devices_online, "Devices connected.")               \
    FIGURE(print_jobs_waiting, jobs_waiting, "Neither printed nor failed.")

static void put_site_figures(const struct ws *ws, struct buf *out)
{
    struct hub_figures figures[SITES_MAX];

    for (uint32_t i = 0; i < ws->site_count; i++)
        hub_figures(ws->sites[i].hub, &figures[i]);
#define FIGURE(id, member, text)                                               \
    put_head(out, #id, text);                                                  \
    for (uint32_t i = 0; i < ws->site_count; i++)                              \
        put_site(out, #id, ws->sites[i].name, figures[i].member);
    SITE_FIGURES(FIGURE)
#undef FIGURE
}

static void put_figures(const struct ws *ws, struct buf *out)
{
    put_gauge(
            out, "connections", "TCP connections to the HTTP port.", ws->count);
    put_gauge(out, "strangers", "Connections that have not shown a token yet.",
            ws->unknown);
    put_gauge(out, "sessions", "WebSockets let in.", ws->sessions);
    put_gauge(out, "engine_sessions", "Sessions of Engine.IO.", ws->eios.count);
    put_gauge(out, "answers_waiting_bytes",
            "Answers that their clients have not taken yet.", ws->answers);
}

static void put_tls(const struct ws *ws, struct buf *out)
{
    if (!ws->tls)
        return;
    put_gauge(out, "tls_certificate_ends_seconds",
            "When the certificate that is shown ends, Unix time.",
            (uint64_t)tls_ends_s(ws->tls));
    buf_printf(out,
            "# HELP dumbwaiter_tls_reads_total Certificates read, by what "
            "came of it.\n"
            "# TYPE dumbwaiter_tls_reads_total counter\n"
            "dumbwaiter_tls_reads_total{result=\"shown\"} %" PRIu64 "\n"
            "dumbwaiter_tls_reads_total{result=\"refused\"} %" PRIu64 "\n",
            ws->tls_loaded, ws->tls_refused);
}

void metrics_run(struct conn *conn)
{
    const struct ws_options *options = &conn->ws->options;
    struct buf out;

    buf_init(&out, METRICS_MAX);
    count_print(&out);
    put_site_figures(conn->ws, &out);
    put_figures(conn->ws, &out);
    put_tls(conn->ws, &out);
    if (options->metrics)
        options->metrics(options->context, &out);
    http_answer(conn, out.failed ? 503 : 200,
            "text/plain; version=0.0.4; charset=utf-8",
            "Cache-Control: no-store\r\n", out.data, out.failed ? 0 : out.len);
    buf_finish(&out);
}
