#include "devices/core/outbox.h"

#include <string.h>

struct outbox_fact *outbox_add(struct outbox *outbox)
{
    struct outbox_fact *fact;

    if (outbox->count == DEVICE_FACTS)
        return NULL;
    fact = &outbox->facts[outbox->count++];
    memset(fact, 0, sizeof(*fact));
    return fact;
}

static void forget(struct outbox *outbox, uint32_t index)
{
    outbox->count--;
    memmove(&outbox->facts[index], &outbox->facts[index + 1],
            (outbox->count - index) * sizeof(outbox->facts[0]));
}

struct outbox_fact *outbox_next(struct outbox *outbox, uint64_t now_ms)
{
    for (uint32_t i = 0; i < outbox->count; i++) {
        struct outbox_fact *fact = &outbox->facts[i];

        if (fact->token == 0 || now_ms - fact->sent_ms >= DEVICE_RESEND_MS)
            return fact;
    }
    return NULL;
}

bool outbox_settle(
        struct outbox *outbox, int token, uint8_t id[DEVICE_ID_BYTES])
{
    for (uint32_t i = 0; token != 0 && i < outbox->count; i++) {
        if (outbox->facts[i].token == token) {
            memcpy(id, outbox->facts[i].id, DEVICE_ID_BYTES);
            forget(outbox, i);
            return true;
        }
    }
    return false;
}

void outbox_unsend(struct outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        outbox->facts[i].token = 0;
}

uint32_t outbox_expire(struct outbox *outbox, uint64_t now_ms)
{
    uint32_t gone = 0;

    for (uint32_t i = 0; i < outbox->count;) {
        uint64_t end = outbox->facts[i].give_up_ms;

        if (end != 0 && now_ms >= end) {
            forget(outbox, i);
            gone++;
        } else {
            i++;
        }
    }
    return gone;
}
