#include "devices/core/seen.h"

#include <string.h>

bool seen_has(const struct seen *seen, const uint8_t id[DEVICE_ID_BYTES])
{
    for (uint32_t i = 0; i < seen->count; i++)
        if (memcmp(seen->ids[i], id, DEVICE_ID_BYTES) == 0)
            return true;
    return false;
}

void seen_add(struct seen *seen, const uint8_t id[DEVICE_ID_BYTES])
{
    memcpy(seen->ids[seen->next], id, DEVICE_ID_BYTES);
    seen->next = (seen->next + 1) % DEVICE_SEEN;
    if (seen->count < DEVICE_SEEN)
        seen->count++;
}
