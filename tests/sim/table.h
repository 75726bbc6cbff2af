/*
 * table: numbers by text; grows, forgets nothing until it is finished. Texts
 * are known by 64 bits of their hash.
 */
#ifndef TESTS_SIM_TABLE_H
#define TESTS_SIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_row {
    uint64_t hash; /* 0: free */
    uint64_t number;
};

struct table {
    struct table_row *rows;
    uint32_t count, size;
};

void table_finish(struct table *table);

/* FNV-1a over data[0..len), going on from `hash`; 0: from the start. */
uint64_t table_hash(uint64_t hash, const void *data, size_t len);

/* Of two texts. */
uint64_t table_hash_pair(const char *a, const char *b);

/* NULL: there is none. */
uint64_t *table_find(const struct table *table, uint64_t hash);

/* The one there is, or a new one with 0. */
uint64_t *table_get(struct table *table, uint64_t hash);

#endif
