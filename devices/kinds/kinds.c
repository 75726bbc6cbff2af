#include "devices/kinds/kinds.h"

#include <string.h>

static const struct device_kind *const kinds[] = {
#define KIND(name) &name##_kind,
#include "devices/kinds/kinds.def"
#undef KIND
};

const struct device_kind *kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

const struct device_kind *kind_at(uint32_t index)
{
    return index < sizeof(kinds) / sizeof(kinds[0]) ? kinds[index] : NULL;
}
