#include "devices/paper/profile.h"

#include <string.h>

static const struct profile profiles[] = {
#define PROFILE(is, ...) { .name = is, __VA_ARGS__ },
#include "devices/paper/profiles.def"
#undef PROFILE
};

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < PROFILES; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

enum codepage_id profile_page(const struct profile *profile, uint8_t select)
{
    for (uint32_t i = 0; i < profile->page_count; i++)
        if (profile->pages[i].select == select)
            return profile->pages[i].id;
    return PAGE_COUNT;
}

const struct profile *profile_at(uint32_t index)
{
    return index < PROFILES ? &profiles[index] : NULL;
}
