#include "bridge/ws/sio_shelf.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bridge/ws/eio_parts.h"

#define BUCKETS       4096
#define NUMBER_DIGITS 18

/* --- the shelf --- */

struct sio_shelf *sio_shelf_create(uint32_t keep_ms)
{
    struct sio_shelf *shelf = calloc(1, sizeof(*shelf));

    if (!shelf)
        return NULL;
    shelf->keep_ms = keep_ms;
    TAILQ_INIT(&shelf->away);
    shelf->by_pid = calloc(BUCKETS, sizeof(*shelf->by_pid));
    shelf->by_sid = calloc(BUCKETS, sizeof(*shelf->by_sid));
    if (shelf->by_pid && shelf->by_sid &&
            getrandom(&shelf->key, sizeof(shelf->key), 0) ==
                    (ssize_t)sizeof(shelf->key))
        return shelf;
    sio_shelf_destroy(shelf);
    return NULL;
}

void sio_shelf_destroy(struct sio_shelf *shelf)
{
    struct sio_box *box;

    if (!shelf)
        return;
    while ((box = TAILQ_FIRST(&shelf->away)))
        sio_box_forget(box);
    free(shelf->by_pid);
    free(shelf->by_sid);
    free(shelf);
}

static struct sio_box_list *bucket(const struct sio_shelf *shelf,
        struct sio_box_list *buckets, const char *name, size_t len)
{
    return &buckets[hash_sip(shelf->key, name, len) % BUCKETS];
}

static struct sio_box *find_pid(const struct sio_shelf *shelf, struct piece pid)
{
    struct sio_box *box;

    if (pid.len != SIO_PID_CHARS)
        return NULL;
    LIST_FOREACH(
            box, bucket(shelf, shelf->by_pid, pid.text, pid.len), pid_chain)
    if (CRYPTO_memcmp(box->pid, pid.text, pid.len) == 0)
        return box;
    return NULL;
}

static struct sio_box *find_sid(const struct sio_shelf *shelf, const char *sid)
{
    size_t len = strlen(sid);
    struct sio_box *box;

    LIST_FOREACH(box, bucket(shelf, shelf->by_sid, sid, len), sid_chain)
    if (strlen(box->sid) == len && CRYPTO_memcmp(box->sid, sid, len) == 0)
        return box;
    return NULL;
}

/* --- boxes --- */

struct sio_box *sio_box_create(struct sio_shelf *shelf, const char *nsp,
        const char *sid, struct sio_socket *holder)
{
    size_t size = strlen(nsp) + 1;
    struct sio_box *box = calloc(1, sizeof(*box) + size);

    if (!box || !eio_random(box->pid, SIO_PID_CHARS)) {
        free(box);
        return NULL;
    }
    box->shelf = shelf;
    box->holder = holder;
    TAILQ_INIT(&box->packets);
    memcpy(box->nsp, nsp, size);
    memcpy(box->sid, sid, strnlen(sid, SIO_SID_CHARS));
    LIST_INSERT_HEAD(bucket(shelf, shelf->by_pid, box->pid, strlen(box->pid)),
            box, pid_chain);
    LIST_INSERT_HEAD(bucket(shelf, shelf->by_sid, box->sid, strlen(box->sid)),
            box, sid_chain);
    return box;
}

/* The oldest of its packets goes. */
static void drop(struct sio_box *box)
{
    struct sio_kept *kept = TAILQ_FIRST(&box->packets);

    TAILQ_REMOVE(&box->packets, kept, next);
    box->dropped = kept->number;
    box->count--;
    box->bytes -= kept->size;
    box->shelf->bytes -= kept->size;
    free(kept);
}

static void drop_all(struct sio_box *box)
{
    while (box->count > 0)
        drop(box);
    box->dropped = box->said;
}

void sio_box_hold(struct sio_box *box, struct sio_socket *holder)
{
    struct sio_shelf *shelf = box->shelf;

    if (!box->holder) {
        TAILQ_REMOVE(&shelf->away, box, away);
        shelf->away_count--;
    }
    box->holder = holder;
}

void sio_box_let_go(struct sio_box *box, int64_t away_ms)
{
    struct sio_shelf *shelf = box->shelf;
    struct sio_box *next;

    box->holder = NULL;
    box->away_ms = away_ms;
    TAILQ_FOREACH(next, &shelf->away, away)
    if (next->away_ms > away_ms)
        break;
    if (next)
        TAILQ_INSERT_BEFORE(next, box, away);
    else
        TAILQ_INSERT_TAIL(&shelf->away, box, away);
    if (++shelf->away_count > SIO_SHELF_AWAY)
        sio_box_forget(TAILQ_FIRST(&shelf->away));
}

void sio_box_forget(struct sio_box *box)
{
    if (!box)
        return;
    sio_box_hold(box, NULL);
    drop_all(box);
    LIST_REMOVE(box, pid_chain);
    LIST_REMOVE(box, sid_chain);
    free(box);
}

/* --- who comes back --- */

/* False: it is not one that this box has given out. */
static bool read_offset(
        const struct sio_box *box, struct piece offset, uint64_t *number)
{
    static const size_t head = SIO_OFFSET_SID + 1;

    *number = 0;
    if (offset.len == 0)
        return true;
    if (offset.len <= head || offset.len > head + NUMBER_DIGITS ||
            CRYPTO_memcmp(offset.text, box->sid, SIO_OFFSET_SID) != 0 ||
            offset.text[SIO_OFFSET_SID] != '.' || offset.text[head] == '0')
        return false;
    for (size_t i = head; i < offset.len; i++) {
        if (offset.text[i] < '0' || offset.text[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(offset.text[i] - '0');
    }
    return true;
}

struct sio_box *sio_shelf_find(struct sio_shelf *shelf, const char *nsp,
        struct piece pid, struct piece offset, int64_t now_ms, uint64_t *heard)
{
    struct sio_box *box;

    sio_shelf_sweep(shelf, now_ms);
    box = find_pid(shelf, pid);
    if (!box || strcmp(box->nsp, nsp) != 0 ||
            !read_offset(box, offset, heard) || *heard < box->dropped ||
            *heard > box->said)
        return NULL;
    return box;
}

const struct sio_kept *sio_box_after(const struct sio_box *box, uint64_t number)
{
    const struct sio_kept *kept;

    TAILQ_FOREACH(kept, &box->packets, next)
    if (kept->number > number)
        break;
    return kept;
}

/* --- what is said --- */

static size_t size_of(
        const struct buf *packet, const struct piece *bytes, uint32_t count)
{
    size_t size = sizeof(struct sio_kept) + packet->len +
                  (1 + (size_t)count) * sizeof(struct piece);

    for (uint32_t i = 0; i < count; i++)
        size += bytes[i].len;
    return size;
}

/* False: even then it is too large. */
static bool make_room(struct sio_box *box, size_t size)
{
    struct sio_shelf *shelf = box->shelf;
    struct sio_box *oldest;

    while (box->count > 0 && (box->count >= SIO_SHELF_PACKETS ||
                                     box->bytes + size > SIO_SHELF_BYTES))
        drop(box);
    while (shelf->bytes + size > SIO_SHELF_BYTES_ALL &&
            (oldest = TAILQ_FIRST(&shelf->away)) && oldest != box)
        sio_box_forget(oldest);
    return size <= SIO_SHELF_BYTES &&
           shelf->bytes + size <= SIO_SHELF_BYTES_ALL;
}

static struct sio_kept *copy(const struct buf *packet,
        const struct piece *bytes, uint32_t count, size_t size)
{
    struct sio_kept *kept = malloc(size);
    char *at;

    if (!kept)
        return NULL;
    *kept = (struct sio_kept){ .size = size, .count = count };
    at = (char *)&kept->parts[1 + count];
    kept->parts[0] = (struct piece){ at, packet->len };
    memcpy(at, packet->data, packet->len);
    at += packet->len;
    for (uint32_t i = 0; i < count; i++) {
        kept->parts[1 + i] = (struct piece){ at, bytes[i].len };
        if (bytes[i].len > 0)
            memcpy(at, bytes[i].text, bytes[i].len);
        at += bytes[i].len;
    }
    return kept;
}

static void keep(struct sio_box *box, const struct buf *packet,
        const struct piece *bytes, uint32_t count, int64_t now_ms)
{
    size_t size = size_of(packet, bytes, count);
    struct sio_kept *kept = NULL;

    if (!packet->failed && make_room(box, size))
        kept = copy(packet, bytes, count, size);
    if (!kept) {
        drop_all(box);
        return;
    }
    kept->number = box->said;
    kept->said_ms = now_ms;
    TAILQ_INSERT_TAIL(&box->packets, kept, next);
    box->count++;
    box->bytes += size;
    box->shelf->bytes += size;
}

void sio_box_say(struct sio_box *box, struct buf *out, const char *args,
        size_t len, const struct piece *bytes, uint32_t count, int64_t now_ms)
{
    box->said++;
    sio_put_head(out, count ? SIO_BINARY_EVENT : SIO_EVENT, box->nsp, false, 0,
            count);
    buf_putc(out, '[');
    buf_put(out, args, len);
    buf_printf(
            out, ",\"%.*s.%" PRIu64 "\"]", SIO_OFFSET_SID, box->sid, box->said);
    keep(box, out, bytes, count, now_ms);
}

void sio_box_unsay(struct sio_box *box, uint64_t number)
{
    struct sio_kept *last;

    while ((last = TAILQ_LAST(&box->packets, sio_kept_list)) &&
            last->number > number) {
        TAILQ_REMOVE(&box->packets, last, next);
        box->count--;
        box->bytes -= last->size;
        box->shelf->bytes -= last->size;
        free(last);
    }
    box->said = number > box->dropped ? number : box->dropped;
}

bool sio_shelf_say(struct sio_shelf *shelf, const char *sid, const char *args,
        size_t len, const struct piece *bytes, uint32_t count, int64_t now_ms)
{
    struct sio_box *box;
    struct buf packet;

    sio_shelf_sweep(shelf, now_ms);
    box = find_sid(shelf, sid);
    if (!box || box->holder)
        return false;
    buf_init(&packet, SIZE_MAX / 2);
    sio_box_say(box, &packet, args, len, bytes, count, now_ms);
    buf_finish(&packet);
    return true;
}

/* --- as time goes by --- */

void sio_box_sweep(struct sio_box *box, int64_t now_ms)
{
    struct sio_kept *first;

    while ((first = TAILQ_FIRST(&box->packets)) &&
            now_ms - first->said_ms >= box->shelf->keep_ms)
        drop(box);
}

void sio_shelf_sweep(struct sio_shelf *shelf, int64_t now_ms)
{
    struct sio_box *first;

    while ((first = TAILQ_FIRST(&shelf->away)) &&
            now_ms - first->away_ms >= shelf->keep_ms)
        sio_box_forget(first);
}
