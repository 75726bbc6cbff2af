/*
 * Requests that libwebsockets would misread. Nobody is asked before it reads,
 * but a connection comes with its first request, nearly always in one piece,
 * and that can be looked at. What the library would take for something else,
 * or hang up on without a word, is answered here. Of later requests on the
 * same connection it is only certain that they begin no session.
 */
#include <string.h>
#include <sys/socket.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "bridge/ws/target.h"
#include "hub/base/count.h"

#define LOOK_BYTES   16384 /* at the first line */
#define ANSWER_BYTES 4096
#define DRAINS       16 /* reads of what is left: it would reset the answer */

/* As eio_place_find, of a request that nobody has read. */
static const struct eio_place *find_place(
        const struct ws *ws, const struct target *target)
{
    char path[HTTP_PATH_CHARS + 1];

    if (target->path_len > HTTP_PATH_CHARS)
        return NULL;
    memcpy(path, target->path, target->path_len);
    path[target->path_len] = '\0';
    if (wire_find_path(path) && !eio_is_query(target->query, target->query_len))
        return NULL;
    return eio_place_at(ws, path);
}

/* What is wrong with it; if nothing else, that it cannot be read. */
static enum eio_error find_error(
        const struct ws *ws, const struct target *target)
{
    enum eio_error error = EIO_BAD_REQUEST;
    struct eio_query query;

    if (eio_read_query(target->query, target->query_len, &query, &error) &&
            query.sid[0] && !eio_table_find(&ws->eios, query.sid))
        return EIO_UNKNOWN_SID;
    return error;
}

/* Too long for the library, and wrong already: whatever follows. */
static bool is_hopeless(const struct ws *ws, const struct target *target)
{
    return target->path_len + target->query_len > HTTP_QUERY_MAX &&
           find_place(ws, target) && find_error(ws, target) == EIO_UNKNOWN_SID;
}

static void put_refusal(
        struct buf *out, const struct ws *ws, const struct target *target)
{
    struct fault fault;

    if (find_place(ws, target)) {
        http_put_engine_error(out, find_error(ws, target));
        return;
    }
    fault_set(&fault, ERR_BAD_REQUEST, NULL,
            "an escape in the address is none, or stands for a NUL or a line "
            "end");
    http_put_fault(out, &fault);
}

static void refuse(const struct ws *ws, int fd, const struct target *target)
{
    struct buf answer;

    buf_init(&answer, ANSWER_BYTES);
    put_refusal(&answer, ws, target);
    if (!answer.failed)
        send(fd, answer.data, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    buf_finish(&answer);
    count_add(COUNT_HTTP_REQUESTS, 1);
    shutdown(fd, SHUT_WR);
}

static void drain(int fd, char *text, size_t size)
{
    for (int i = 0; i < DRAINS; i++)
        if (recv(fd, text, size, MSG_DONTWAIT) <= 0)
            return;
}

bool http_refuse_misread(const struct ws *ws, int fd)
{
    char text[LOOK_BYTES];
    struct target target;
    ssize_t len = recv(fd, text, sizeof(text), MSG_PEEK | MSG_DONTWAIT);

    if (len <= 0 || !target_read(text, (size_t)len, &target) ||
            (!target.is_whole && len < LOOK_BYTES))
        return false;
    if (!target_is_misread(&target) && !is_hopeless(ws, &target))
        return false;
    refuse(ws, fd, &target);
    drain(fd, text, sizeof(text));
    return true;
}
