/* Which dialects a path and a namespace speak, and how a socket that has not
 * said which is found out. */
#include <string.h>

#include "bridge/ws/sio_dialects_parts.h"

#define SPEAKS(id) (1u << DIALECT_##id)

static const struct place {
    const char *nsp;
    bool is_session_path;
    uint32_t spoken;
} places[] = {
    { "/", true, SPEAKS(SESSION) },
    { "/", false, SPEAKS(KEBAB) | SPEAKS(KDS) },
    { "/events", false, SPEAKS(FLAT) },
};

#define PLACES (sizeof(places) / sizeof(places[0]))

uint32_t sio_spoken(bool is_session_path, const char *nsp)
{
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].is_session_path == is_session_path &&
                strcmp(places[i].nsp, nsp) == 0)
            return places[i].spoken;
    return 0;
}

const char *sio_nsp_of(enum dialect_id dialect)
{
    size_t i = 0;

    while (i < PLACES - 1 && !(places[i].spoken & 1u << dialect))
        i++;
    return places[i].nsp;
}

bool sio_choose(uint32_t spoken, const char *asked, enum dialect_id *dialect)
{
    bool is_one = (spoken & (spoken - 1)) == 0;
    int i = 0;

    *dialect = DIALECT_COUNT;
    if (*asked) {
        *dialect = dialect_find(asked);
        return *dialect != DIALECT_COUNT && (spoken & 1u << *dialect);
    }
    if (!is_one)
        return true;
    while (i < DIALECT_COUNT && !(spoken & 1u << i))
        i++;
    *dialect = (enum dialect_id)i;
    return true;
}

static bool has_verb(const struct dialect *dialect, const char *name)
{
    for (const struct verb_row *row = dialect->verbs; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return true;
    return false;
}

static bool has_word(const struct dialect *dialect, const char *name)
{
    for (const struct hear_row *row = dialect->hears; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return true;
    return has_verb(dialect, name);
}

/* The first of them that has it. */
static enum dialect_id find(uint32_t spoken, const char *name,
        bool (*has)(const struct dialect *dialect, const char *name))
{
    int i = 0;

    while (i < DIALECT_COUNT &&
            !((spoken & 1u << i) && has(&dialects[i], name)))
        i++;
    return (enum dialect_id)i;
}

bool sio_is_verb(uint32_t spoken, const char *name)
{
    return find(spoken, name, has_verb) != DIALECT_COUNT;
}

enum dialect_id sio_detect(uint32_t spoken, const char *name)
{
    return find(spoken, name, has_word);
}
