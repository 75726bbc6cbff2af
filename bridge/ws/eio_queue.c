/* What waits in a session for its transport: one buffer of records. */
#include <string.h>

#include "bridge/ws/eio_parts.h"

struct record {
    uint32_t len;
    uint8_t kind;
};

void eio_queue_init(struct eio_queue *queue, size_t max)
{
    *queue = (struct eio_queue){ 0 };
    buf_init(&queue->bytes, max);
}

void eio_queue_finish(struct eio_queue *queue)
{
    buf_finish(&queue->bytes);
    queue->at = 0;
}

size_t eio_queue_len(const struct eio_queue *queue)
{
    return queue->bytes.len - queue->at;
}

/* What has left makes room for what comes. */
static void close_up(struct eio_queue *queue)
{
    struct buf *bytes = &queue->bytes;

    if (queue->at <= bytes->len / 2)
        return;
    memmove(bytes->data, bytes->data + queue->at, bytes->len - queue->at);
    bytes->len -= queue->at;
    queue->at = 0;
}

bool eio_queue_put(struct eio_queue *queue, enum eio_queue_kind kind,
        const void *data, size_t len)
{
    struct record record = { .kind = (uint8_t)kind };
    struct buf *bytes = &queue->bytes;
    size_t before;

    close_up(queue);
    before = bytes->len;
    if (len > bytes->max || sizeof(record) + len > bytes->max - before)
        return false;
    record.len = (uint32_t)len;
    buf_put(bytes, &record, sizeof(record));
    buf_put(bytes, data, len);
    if (!bytes->failed)
        return true;
    bytes->failed = false;
    bytes->len = before;
    return false;
}

bool eio_queue_peek(const struct eio_queue *queue, struct eio_queued *first)
{
    struct record record;

    if (queue->at == queue->bytes.len)
        return false;
    memcpy(&record, queue->bytes.data + queue->at, sizeof(record));
    *first = (struct eio_queued){ .kind = (enum eio_queue_kind)record.kind,
        .data = queue->bytes.data + queue->at + sizeof(record),
        .len = record.len };
    return true;
}

void eio_queue_pop(struct eio_queue *queue)
{
    struct eio_queued first;

    if (!eio_queue_peek(queue, &first))
        return;
    queue->at += sizeof(struct record) + first.len;
    if (queue->at < queue->bytes.len)
        return;
    queue->at = 0;
    buf_finish(&queue->bytes);
}

void eio_queue_cut(struct eio_queue *queue, size_t len)
{
    if (len == 0)
        eio_queue_finish(queue);
    else if (len < eio_queue_len(queue))
        queue->bytes.len = queue->at + len;
}
