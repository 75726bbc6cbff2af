#include "devices/ticket/languages.h"

#include <string.h>

static const struct ticket_language languages[] = {
#define LANGUAGE(is, ...) { .code = is, __VA_ARGS__ },
#include "devices/ticket/languages.def"
#undef LANGUAGE
};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

static const char *const names[CAPTION_COUNT] = {
#define CAPTION(id, name) [CAPTION_##id] = name,
#include "devices/ticket/captions.def"
#undef CAPTION
};

const struct ticket_language *ticket_language_at(uint32_t index)
{
    return index < LANGUAGES ? &languages[index] : NULL;
}

const struct ticket_language *ticket_language_find(const char *code)
{
    for (size_t i = 0; code && i < LANGUAGES; i++)
        if (strcmp(languages[i].code, code) == 0)
            return &languages[i];
    return NULL;
}

enum ticket_caption ticket_caption_find(const char *name, size_t len)
{
    for (int i = 0; i < CAPTION_COUNT; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return (enum ticket_caption)i;
    return CAPTION_COUNT;
}

const char *ticket_caption_name(enum ticket_caption caption)
{
    return names[caption];
}
