/* All sessions, by their ids. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bridge/ws/crowd.h"
#include "bridge/ws/eio_parts.h"

#define RANDOM_CHARS 22 /* of 6 bits each: 128 bits and more */
#define TRIES        4

bool eio_random(char *out, size_t chars)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789_-";

    out[0] = '\0';
    if (getrandom(out, chars, 0) != (ssize_t)chars)
        return false;
    for (size_t i = 0; i < chars; i++)
        out[i] = alphabet[(unsigned char)out[i] % 64];
    out[chars] = '\0';
    return true;
}

bool eio_table_init(struct eio_table *table, uint32_t max)
{
    uint32_t buckets = 64;

    *table = (struct eio_table){ .max = max };
    LIST_INIT(&table->all);
    LIST_INIT(&table->awake);
    LIST_INIT(&table->paused);
    LIST_INIT(&table->strangers);
    buf_init(&table->packet, SIZE_MAX / 2);
    while (buckets < max && buckets < 1u << 20)
        buckets *= 2;
    if (getrandom(&table->key, sizeof(table->key), 0) !=
                    (ssize_t)sizeof(table->key) ||
            !eio_random(table->instance, EIO_INSTANCE_CHARS))
        return false;
    table->buckets = calloc(buckets, sizeof(*table->buckets));
    table->mask = buckets - 1;
    return table->buckets != NULL;
}

void eio_table_finish(struct eio_table *table)
{
    free(table->buckets);
    table->buckets = NULL;
    buf_finish(&table->packet);
}

static struct eio_list *bucket(const struct eio_table *table, const char *sid)
{
    return &table->buckets[hash_sip(table->key, sid, strlen(sid)) &
                           table->mask];
}

struct eio *eio_table_find(const struct eio_table *table, const char *sid)
{
    size_t len = strlen(sid);
    struct eio *eio;

    /* Whoever knows it is taken for whom it belongs to. */
    LIST_FOREACH(eio, bucket(table, sid), chain)
    if (strlen(eio->sid) == len && CRYPTO_memcmp(eio->sid, sid, len) == 0)
        return eio;
    return NULL;
}

static bool make_sid(const struct eio_table *table, char out[EIO_SID_CHARS + 1])
{
    char text[RANDOM_CHARS + 1];

    for (int i = 0; i < TRIES; i++) {
        if (!eio_random(text, RANDOM_CHARS))
            return false;
        snprintf(out, EIO_SID_CHARS + 1, "%s.%s", table->instance, text);
        if (!eio_table_find(table, out))
            return true;
    }
    return false;
}

bool eio_table_add(struct eio_table *table, struct eio *eio)
{
    if (table->count >= table->max || !make_sid(table, eio->sid))
        return false;
    LIST_INSERT_HEAD(&table->all, eio, all);
    LIST_INSERT_HEAD(bucket(table, eio->sid), eio, chain);
    LIST_INSERT_HEAD(&table->strangers, eio, stranger);
    table->count++;
    table->stranger_count++;
    return true;
}

void eio_table_trust(struct eio_table *table, struct eio *eio)
{
    if (eio->is_trusted)
        return;
    eio->is_trusted = true;
    LIST_REMOVE(eio, stranger);
    table->stranger_count--;
}

void eio_table_remove(struct eio_table *table, struct eio *eio)
{
    eio_table_trust(table, eio);
    if (eio->is_awake)
        LIST_REMOVE(eio, awake);
    eio->is_awake = false;
    LIST_REMOVE(eio, chain);
    LIST_REMOVE(eio, all);
    table->count--;
}

uint32_t eio_table_strangers(
        const struct eio_table *table, const struct in6_addr *address)
{
    const struct eio *eio;
    uint32_t count = 0;

    LIST_FOREACH(eio, &table->strangers, stranger)
    count += crowd_is_same(&eio->address, address);
    return count;
}
