/* sio_echo: what the conformance tests talk to, and the smallest app of sio. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/ws/sio_shelf.h"
#include "bridge/ws/ws.h"

static const char help[] =
        "usage: sio_echo [options]\n\n"
        "Engine.IO 4 on /engine.io/: each message is sent back. Socket.IO 4\n"
        "on /socket.io/, namespaces / and /custom: a socket is sent \"auth\"\n"
        "with the payload of its CONNECT; \"message\" comes back as\n"
        "\"message-back\", \"message-with-ack\" as its acknowledgement. Pages\n"
        "of every origin may connect. Listens on 127.0.0.1 until SIGTERM.\n\n"
        "  --port N (0: a free one)   --max-payload BYTES (1000000)\n"
        "  --ping-interval MS (300)   --ping-timeout MS (200)\n"
        "  --connect-timeout MS, to the first CONNECT (1000)\n"
        "  --recovery on|off|MS (off): who is cut off and comes back within\n"
        "    two minutes, or MS, is given what it missed, and no \"auth\"";

/* Engine.IO: the owner of a session is the session. */
static void *begin(void *app, struct eio *eio, struct conn *conn)
{
    (void)app, (void)conn;
    eio_trust(eio);
    return eio;
}

static enum err hear(void *owner, const char *data, size_t len, bool binary)
{
    eio_send(owner, data, len, binary);
    return ERR_OK;
}

static const struct eio_calls engine = { .open = begin, .hear = hear };

/* Socket.IO: the owner of a socket is the socket. */
static void say(struct sio_socket *socket, const char *name, const char *args,
        size_t len, const struct piece *bytes, uint32_t count)
{
    struct buf text;

    buf_init(&text, SIZE_MAX / 2);
    buf_printf(&text, "\"%s\"%s%.*s", name, len ? "," : "", (int)len, args);
    sio_emit(socket, text.data, text.len, bytes, count);
    buf_finish(&text);
}

static enum err let_in(void *context, struct sio_socket *socket,
        const char *auth, size_t len, void **owner, char *refusal)
{
    const char *nsp = sio_nsp(*owner = socket);

    (void)context;
    snprintf(refusal, SIO_REFUSAL_CHARS, "Invalid namespace");
    if (strcmp(nsp, "/") != 0 && strcmp(nsp, "/custom") != 0)
        return ERR_NOT_FOUND;
    eio_trust(sio_eio(socket));
    if (!sio_is_recovered(socket))
        say(socket, "auth", len ? auth : "{}", len ? len : 2, NULL, 0);
    return ERR_OK;
}

/* The arguments, from the first to the last, are one piece of what it said. */
static void answer(void *owner, const struct sio_event *event, int64_t ack,
        const struct piece *bytes, uint32_t count)
{
    const struct piece *args = event->args;
    const struct piece *end = args + (event->count ? event->count - 1 : 0);
    size_t len = event->count ? (size_t)(end->text - args->text) + end->len : 0;

    if (strcmp(event->name, "message-with-ack") == 0)
        sio_ack(owner, ack, args->text, len, bytes, count);
    else if (strcmp(event->name, "message") == 0)
        say(owner, "message-back", args->text, len, bytes, count);
}

static const struct sio_app echo = { .connect = let_in, .event = answer };

enum { PORT, PING, PONG, PAYLOAD, CONNECT, RECOVERY, OPTIONS };
static const char *const names[OPTIONS] = { "--port", "--ping-interval",
    "--ping-timeout", "--max-payload", "--connect-timeout", "--recovery" };
static uint32_t given[OPTIONS] = { 0, 300, 200, 1000000, 1000, 0 };

static void read_option(const char *name, const char *value)
{
    for (int i = 0; value && i < OPTIONS; i++)
        if (strcmp(names[i], name) == 0 &&
                strspn(value, "0123456789onf") == strlen(value)) {
            given[i] = (uint32_t)strtoul(value, NULL, 10);
            if (strcmp(value, "on") == 0)
                given[i] = SIO_SHELF_KEEP_MS;
            return;
        }
    puts(help);
    exit(strcmp(name, "--help") == 0 ? 0 : 64);
}

static void on_turn(uv_prepare_t *turn)
{
    ws_flush(turn->data);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    uv_stop(signal->loop);
}

static int run(uv_loop_t *loop)
{
    struct sio_service service = { &echo, NULL, given[CONNECT], &json_wide,
        given[RECOVERY] ? sio_shelf_create(given[RECOVERY]) : NULL };
    struct eio_options times = { given[PING], given[PONG], given[PAYLOAD],
        0 };
    struct ws_options server = { .loop = loop,
        .address = "127.0.0.1",
        .port = (uint16_t)given[PORT],
        .max_clients = 10000,
        .places = (struct eio_place[]){ { "/engine.io/", &engine, NULL, times },
                { "/socket.io/", &sio_calls, &service, times } },
        .place_count = 2,
        .any_origin = true };
    uv_prepare_t turn;
    uv_signal_t signal;
    struct ws *ws;

    if (ws_open(&ws, &server) != ERR_OK)
        exit(1);
    uv_prepare_init(loop, &turn);
    turn.data = ws;
    uv_prepare_start(&turn, on_turn);
    uv_signal_init(loop, &signal);
    uv_signal_start(&signal, on_signal, SIGTERM);
    dprintf(1, "sio_echo ready: http://127.0.0.1:%u\n", ws_port(ws));
    uv_run(loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&turn, NULL);
    uv_close((uv_handle_t *)&signal, NULL);
    ws_close(ws);
    sio_shelf_destroy(service.shelf);
    return uv_run(loop, UV_RUN_DEFAULT);
}

int main(int count, char **words)
{
    for (int i = 1; i < count; i += 2)
        read_option(words[i], words[i + 1]); /* the last one is NULL */
    return run(uv_default_loop());
}
