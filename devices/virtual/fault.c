#include "devices/virtual/fault.h"

#include <stddef.h>
#include <string.h>

const struct fault_kind fault_kinds[FAULT_COUNT] = {
#define FAULT(id, name, number, standard, once, help)                          \
    [FAULT_##id] = { name, number, standard, once, help },
#include "devices/virtual/faults.def"
#undef FAULT
};

static bool read_number(const char *text, uint32_t *number)
{
    uint32_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint32_t)(*text - '0');
        if (value > FAULT_MOST)
            return false;
    }
    *number = value;
    return true;
}

bool fault_read(const char *text, enum fault_id *id, uint32_t *number)
{
    size_t len = strcspn(text, "= ");

    for (int i = 0; i < FAULT_COUNT; i++) {
        const struct fault_kind *kind = &fault_kinds[i];

        if (strlen(kind->name) != len || memcmp(kind->name, text, len) != 0)
            continue;
        *id = (enum fault_id)i;
        *number = kind->standard;
        return text[len] == '\0' ||
               (kind->number && read_number(text + len + 1, number));
    }
    return false;
}
