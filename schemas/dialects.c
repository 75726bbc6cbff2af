#include "schemas/dialects.h"

#include <string.h>

#include "schemas/common.pb-c.h"
#include "schemas/floor.pb-c.h"
#include "schemas/people.pb-c.h"

#define NAME_(dialect, what, id) dialect##_##what##_##id
#define NAME(dialect, what, id)  NAME_(dialect, what, id)

#define FIELD(theirs, ours, as)                                                \
    {                                                                          \
        (theirs), (ours), AS_##as, NULL, NULL, 0                               \
    }
#define FIELD_(theirs, ours, as, flags)                                        \
    {                                                                          \
        (theirs), (ours), AS_##as, NULL, NULL, (flags)                         \
    }
#define PART(theirs, ours, id)                                                 \
    {                                                                          \
        (theirs), (ours), AS_PART, NAME(D, shape, id), NULL, 0                 \
    }
#define LIST(theirs, ours, id)                                                 \
    {                                                                          \
        (theirs), (ours), AS_LIST, NAME(D, shape, id), NULL, 0                 \
    }
#define TALLY(theirs, ours, enumeration)                                       \
    {                                                                          \
        (theirs), (ours), AS_TALLY, NULL, &dw__##enumeration##__descriptor, 0  \
    }
#define END                                                                    \
    {                                                                          \
        NULL, NULL, AS_END, NULL, NULL, 0                                      \
    }

#define D    native
#define ID   DIALECT_NATIVE
#define FILE "schemas/dialects/native.def"
#include "schemas/dialects_rows.h"

#define D    env
#define ID   DIALECT_ENV
#define FILE "schemas/dialects/env.def"
#include "schemas/dialects_rows.h"

#define D    kebab
#define ID   DIALECT_KEBAB
#define FILE "schemas/dialects/kebab.def"
#include "schemas/dialects_rows.h"

#define D    session
#define ID   DIALECT_SESSION
#define FILE "schemas/dialects/session.def"
#include "schemas/dialects_rows.h"

#define D    flat
#define ID   DIALECT_FLAT
#define FILE "schemas/dialects/flat.def"
#include "schemas/dialects_rows.h"

#define D    kds
#define ID   DIALECT_KDS
#define FILE "schemas/dialects/kds.def"
#include "schemas/dialects_rows.h"

const struct dialect dialects[DIALECT_COUNT] = {
#define DIALECT(id, prefix, ...)                                               \
    [DIALECT_##id] = { .name = #prefix,                                        \
        .says = prefix##_table_says,                                           \
        .hears = prefix##_table_hears,                                         \
        .words = prefix##_table_words,                                         \
        .verbs = prefix##_table_verbs,                                         \
        __VA_ARGS__ },
#include "schemas/dialects.def"
#undef DIALECT
};

enum dialect_id dialect_find(const char *name)
{
    int i = 0;

    while (i < DIALECT_COUNT && strcmp(dialects[i].name, name) != 0)
        i++;
    return (enum dialect_id)i;
}
