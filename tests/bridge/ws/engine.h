/* A port without sockets, for tests of sessions: what they say is read from a
 * sink, what they hear is handed to them. */
#ifndef TESTS_BRIDGE_WS_ENGINE_H
#define TESTS_BRIDGE_WS_ENGINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/server.h"

#define MOST 4 /* sessions */

struct engine {
    uv_loop_t loop;
    struct ws ws;
    struct buf out; /* what a sink got last, with a NUL */
};

static void engine_start(struct engine *engine)
{
    memset(engine, 0, sizeof(*engine));
    assert_int_equal(uv_loop_init(&engine->loop), 0);
    engine->ws.options.loop = &engine->loop;
    assert_true(eio_table_init(&engine->ws.eios, MOST));
    buf_init(&engine->out, 1 << 24);
}

/* Nothing is left, and nothing is counted any more. */
static void engine_stop(struct engine *engine)
{
    assert_int_equal(engine->ws.eios.count, 0);
    assert_int_equal(engine->ws.eios.stranger_count, 0);
    assert_int_equal(engine->ws.answers, 0);
    eio_table_finish(&engine->ws.eios);
    buf_finish(&engine->out);
    assert_int_equal(uv_loop_close(&engine->loop), 0);
}

/* Everything that it has to say, in one payload or in frames. */
static const char *engine_take(
        struct engine *engine, struct eio *eio, bool is_socket)
{
    struct eio_sink sink = { .out = &engine->out, .is_socket = is_socket };

    buf_clear(&engine->out);
    eio_drain(eio, &sink);
    buf_putc(&engine->out, '\0');
    assert_false(engine->out.failed);
    return engine->out.data;
}

/* It hears a message. */
static void engine_say(struct eio *eio, const char *text)
{
    struct eio_packet packet = {
        .type = EIO_MESSAGE, .data = text, .len = strlen(text)
    };

    eio_heard(eio, &packet);
}

static void engine_say_bytes(struct eio *eio, const char *data, size_t len)
{
    struct eio_packet packet = {
        .type = EIO_MESSAGE, .binary = true, .data = data, .len = len
    };

    eio_heard(eio, &packet);
}

#endif
