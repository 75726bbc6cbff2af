/*
 * hash: SipHash-2-4, for ids that nobody outside may steer, and CRC-32C, for
 * records that a disk may damage.
 */
#ifndef HUB_BASE_HASH_H
#define HUB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t k0, k1;
};

uint64_t hash_sip(struct hash_key key, const void *data, size_t len);

/* Continue from `crc`; start with 0. */
uint32_t hash_crc32c(uint32_t crc, const void *data, size_t len);

#endif
