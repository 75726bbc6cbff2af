#include "devices/core/topic.h"

#include <stdio.h>
#include <string.h>

#include "schemas/rooms.h"

static bool is_id(const char *text)
{
    return text && id_is_valid(text, strlen(text));
}

bool topic_make(char out[DEVICE_TOPIC_BYTES], const char *pattern,
        const char *site, const char *device, const char *table)
{
    size_t len;

    if (!is_id(site))
        return false;
    len = (size_t)snprintf(out, DEVICE_TOPIC_BYTES, TOPIC_ROOT "%s/", site);

    for (const char *p = pattern; *p; p++) {
        const char *id = NULL;

        if (p[0] == '%' && (p[1] == 'd' || p[1] == 't')) {
            id = *++p == 'd' ? device : table;
            if (!is_id(id))
                return false;
        }
        if (len + (id ? strlen(id) : 1) >= DEVICE_TOPIC_BYTES)
            return false;
        if (id) {
            memcpy(out + len, id, strlen(id));
            len += strlen(id);
        } else {
            out[len++] = *p;
        }
    }
    out[len] = '\0';
    return true;
}
