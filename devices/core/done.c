#include "devices/core/done.h"

#include <string.h>

/* FNV-1a, forwards and salted: no secret, only no accident. */
static uint64_t hash(uint64_t salt, const char *text)
{
    uint64_t value = 0xCBF29CE484222325u ^ salt;

    for (; *text; text++)
        value = (value ^ (uint8_t)*text) * 0x100000001B3u;
    return value;
}

void done_name(uint8_t id[DEVICE_ID_BYTES], const char *name)
{
    uint64_t halves[] = { hash(0, name), hash(0x9E3779B97F4A7C15u, name) };

    for (uint32_t i = 0; i < DEVICE_ID_BYTES; i++)
        id[i] = (uint8_t)(halves[i / 8] >> (56 - i % 8 * 8));
}

bool done_has(const struct done *done, const uint8_t id[DEVICE_ID_BYTES])
{
    for (uint32_t i = 0; i < done->count; i++)
        if (memcmp(done->ids[i], id, DEVICE_ID_BYTES) == 0)
            return true;
    return false;
}

void done_add(struct done *done, const uint8_t id[DEVICE_ID_BYTES])
{
    if (done_has(done, id))
        return;
    if (done->count == DEVICE_DONE) {
        done->count--;
        memmove(done->ids[0], done->ids[1], done->count * DEVICE_ID_BYTES);
    }
    memcpy(done->ids[done->count++], id, DEVICE_ID_BYTES);
    done->is_unkept = true;
}

void done_loaded(struct done *done, size_t len)
{
    if (len <= sizeof(done->ids) && len % DEVICE_ID_BYTES == 0)
        done->count = (uint32_t)(len / DEVICE_ID_BYTES);
}

size_t done_bytes(const struct done *done)
{
    return (size_t)done->count * DEVICE_ID_BYTES;
}
