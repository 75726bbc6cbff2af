#include "devices/core/outbox.h"

#include <assert.h>
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

struct outbox_fact *outbox_find(
        struct outbox *outbox, const uint8_t id[DEVICE_ID_BYTES])
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (memcmp(outbox->facts[i].id, id, DEVICE_ID_BYTES) == 0)
            return &outbox->facts[i];
    return NULL;
}

struct outbox_fact *outbox_find_same(
        struct outbox *outbox, enum fact_class class, uint32_t field)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (outbox->facts[i].class == class && outbox->facts[i].field == field)
            return &outbox->facts[i];
    return NULL;
}

struct outbox_fact *outbox_find_state(struct outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (outbox->facts[i].class == FACT_STATE)
            return &outbox->facts[i];
    return NULL;
}

/* How long to wait for a receipt after so many sendings. */
static uint64_t patience_ms(uint32_t sendings)
{
    uint64_t ms = DEVICE_RESEND_MS;

    while (sendings-- > 1 && ms < DEVICE_RESEND_MOST_MS)
        ms *= 2;
    return ms;
}

static uint64_t again_ms(const struct outbox_fact *fact)
{
    return fact->sendings ? fact->sent_ms + patience_ms(fact->sendings) : 0;
}

struct outbox_fact *outbox_next(struct outbox *outbox, uint64_t now_ms)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (now_ms >= again_ms(&outbox->facts[i]))
            return &outbox->facts[i];
    return NULL;
}

struct outbox_fact *outbox_find_over(struct outbox *outbox, uint64_t now_ms)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (now_ms >= outbox->facts[i].give_up_ms)
            return &outbox->facts[i];
    return NULL;
}

uint64_t outbox_due_ms(const struct outbox *outbox)
{
    uint64_t due_ms = UINT64_MAX;

    for (uint32_t i = 0; i < outbox->count; i++) {
        const struct outbox_fact *fact = &outbox->facts[i];

        if (fact->give_up_ms < due_ms)
            due_ms = fact->give_up_ms;
        if (fact->sendings && again_ms(fact) < due_ms)
            due_ms = again_ms(fact);
    }
    return due_ms;
}

bool outbox_is_unsent(const struct outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (outbox->facts[i].sendings == 0)
            return true;
    return false;
}

bool outbox_is_pressing(const struct outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        if (outbox->facts[i].class != FACT_STATE ||
                outbox->facts[i].sendings == 0)
            return true;
    return false;
}

void outbox_remove(struct outbox *outbox, struct outbox_fact *fact)
{
    size_t index = (size_t)(fact - outbox->facts);

    assert(index < outbox->count);
    outbox->count--;
    memmove(fact, fact + 1, (outbox->count - index) * sizeof(*fact));
}

void outbox_unsend(struct outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++)
        outbox->facts[i].sendings = 0;
}

uint32_t outbox_free_place(const struct outbox *outbox)
{
    for (uint32_t place = 1; place <= DEVICE_FACTS; place++) {
        uint32_t i = 0;

        while (i < outbox->count && outbox->facts[i].place != place)
            i++;
        if (i == outbox->count)
            return place;
    }
    return 0;
}
