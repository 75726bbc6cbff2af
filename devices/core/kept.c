#include "devices/core/kept.h"

#include <string.h>

#define FORM 1

static void put_u32(uint8_t out[4], uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t in[4])
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < 4; i++)
        value = value << 8 | in[i];
    return value;
}

size_t kept_write(uint8_t out[KEPT_BYTES], const struct outbox_fact *fact,
        uint32_t keep_ms)
{
    out[0] = FORM;
    out[1] = (uint8_t)fact->topic;
    out[2] = (uint8_t)fact->class;
    put_u32(out + 3, fact->field);
    put_u32(out + 7, keep_ms);
    memcpy(out + 11, fact->id, DEVICE_ID_BYTES);
    memcpy(out + KEPT_HEAD, fact->bytes, fact->len);
    return KEPT_HEAD + fact->len;
}

bool kept_read(struct outbox_fact *fact, uint32_t *keep_ms,
        const uint8_t *bytes, size_t len)
{
    if (len <= KEPT_HEAD || len > KEPT_BYTES || bytes[0] != FORM ||
            bytes[1] >= FACT_TOPICS ||
            (bytes[2] != FACT_RESULT && bytes[2] != FACT_CALL))
        return false;
    fact->topic = (enum fact_topic)bytes[1];
    fact->class = (enum fact_class)bytes[2];
    fact->field = get_u32(bytes + 3);
    *keep_ms = get_u32(bytes + 7);
    memcpy(fact->id, bytes + 11, DEVICE_ID_BYTES);
    fact->len = len - KEPT_HEAD;
    memcpy(fact->bytes, bytes + KEPT_HEAD, fact->len);
    return true;
}

uint64_t kept_id_ms(const uint8_t id[DEVICE_ID_BYTES])
{
    uint64_t time_ms = 0;

    for (uint32_t i = 0; i < 6; i++)
        time_ms = time_ms << 8 | id[i];
    return time_ms;
}

bool kept_is_older(
        const uint8_t a[DEVICE_ID_BYTES], const uint8_t b[DEVICE_ID_BYTES])
{
    /* The last five bytes of what device_make_id makes. */
    return memcmp(a + 11, b + 11, DEVICE_ID_BYTES - 11) < 0;
}
