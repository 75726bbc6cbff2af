/* GET /healthz, /readyz, /metrics: for whoever keeps the daemon running. */
#include <inttypes.h>

#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define METRICS_MAX (256 * 1024)
#define WHY_MAX     256

static void answer_status(
        struct conn *conn, bool good, const char *word, struct buf *why)
{
    struct buf body;

    buf_init(&body, 2 * WHY_MAX);
    buf_puts(&body, "{\"status\":");
    buf_put_json(&body, word);
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
    struct hub_figures figures;
    struct buf why;

    buf_init(&why, WHY_MAX);
    hub_figures(conn->ws->hub, &figures);
    if (!figures.writable)
        buf_puts(&why, "the journal cannot be written");
    answer_status(
            conn, figures.writable, figures.writable ? "ok" : "failing", &why);
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

static void put_gauge(
        struct buf *out, const char *name, const char *help, uint64_t value)
{
    buf_printf(out,
            "# HELP dumbwaiter_%s %s\n# TYPE dumbwaiter_%s gauge\n"
            "dumbwaiter_%s %" PRIu64 "\n",
            name, help, name, name, value);
}

static void put_figures(const struct ws *ws, struct buf *out)
{
    struct hub_figures figures;

    hub_figures(ws->hub, &figures);
    put_gauge(out, "journal_head", "Number of the last event.", figures.head);
    put_gauge(out, "journal_bytes", "Size of the journal.",
            figures.journal_bytes);
    put_gauge(
            out, "journal_writable", "Can events be stored?", figures.writable);
    put_gauge(out, "clients", "Listeners of the hub.", figures.clients);
    put_gauge(out, "orders_open", "Orders not finished.", figures.open_orders);
    put_gauge(out, "tables", "Tables known.", figures.tables);
    put_gauge(out, "devices_online", "Devices connected.",
            figures.devices_online);
    put_gauge(out, "print_jobs_waiting", "Neither printed nor failed.",
            figures.jobs_waiting);
    put_gauge(
            out, "connections", "TCP connections to the HTTP port.", ws->count);
    put_gauge(out, "sessions", "WebSockets let in.", ws->sessions);
    put_gauge(out, "answers_waiting_bytes",
            "Answers that their clients have not taken yet.", ws->answers);
}

void metrics_run(struct conn *conn)
{
    const struct ws_options *options = &conn->ws->options;
    struct buf out;

    buf_init(&out, METRICS_MAX);
    count_print(&out);
    put_figures(conn->ws, &out);
    if (options->metrics)
        options->metrics(options->context, &out);
    http_answer(conn, out.failed ? 503 : 200,
            "text/plain; version=0.0.4; charset=utf-8",
            "Cache-Control: no-store\r\n", out.data, out.failed ? 0 : out.len);
    buf_finish(&out);
}
