#include "tests/sim/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void table_finish(struct table *table)
{
    free(table->rows);
    *table = (struct table){ 0 };
}

uint64_t table_hash(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    if (hash == 0)
        hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash ? hash : 1;
}

uint64_t table_hash_pair(const char *a, const char *b)
{
    return table_hash(table_hash(0, a, strlen(a) + 1), b, strlen(b));
}

static struct table_row *find(const struct table *table, uint64_t hash)
{
    uint32_t at = (uint32_t)(hash >> 20) & (table->size - 1);

    while (table->rows[at].hash != 0 && table->rows[at].hash != hash)
        at = (at + 1) & (table->size - 1);
    return &table->rows[at];
}

static void grow(struct table *table)
{
    struct table old = *table;

    table->size = old.size ? old.size * 2 : 256;
    table->rows = calloc(table->size, sizeof(*table->rows));
    assert(table->rows);
    for (uint32_t i = 0; i < old.size; i++)
        if (old.rows[i].hash != 0)
            *find(table, old.rows[i].hash) = old.rows[i];
    free(old.rows);
}

uint64_t *table_find(const struct table *table, uint64_t hash)
{
    struct table_row *row = table->size ? find(table, hash) : NULL;

    return row && row->hash ? &row->number : NULL;
}

uint64_t *table_get(struct table *table, uint64_t hash)
{
    struct table_row *row;

    if (table->count * 2 >= table->size)
        grow(table);
    row = find(table, hash);
    if (row->hash == 0) {
        row->hash = hash;
        table->count++;
    }
    return &row->number;
}
