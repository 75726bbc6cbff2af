#include "devices/core/parts.h"

#include <string.h>

void parts_init(struct parts *parts, void *memory, size_t size)
{
    *parts = (struct parts){ .bytes = memory, .size = size };
}

static bool begin(struct parts *parts, const struct part *part)
{
    parts->open = false;
    if (part->topic_len == 0 || part->topic_len >= sizeof(parts->topic) ||
            memchr(part->topic, '\0', part->topic_len))
        return false;
    if (part->total > parts->size)
        return false;

    memcpy(parts->topic, part->topic, part->topic_len);
    parts->topic[part->topic_len] = '\0';
    parts->retained = part->retained;
    parts->total = part->total;
    parts->have = 0;
    parts->open = true;
    return true;
}

enum parts_state parts_add(struct parts *parts, const struct part *part)
{
    if (part->offset == 0 && !begin(parts, part))
        return PARTS_REFUSED;
    if (!parts->open || part->offset != parts->have ||
            part->total != parts->total ||
            part->len > parts->total - parts->have) {
        parts->open = false;
        return PARTS_REFUSED;
    }

    if (part->len > 0)
        memcpy(parts->bytes + parts->have, part->data, part->len);
    parts->have += part->len;
    if (parts->have < parts->total)
        return PARTS_MORE;
    parts->open = false;
    return PARTS_WHOLE;
}
