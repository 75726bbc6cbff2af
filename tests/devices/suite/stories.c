#include "tests/devices/suite/story.h"

#include <stddef.h>

#include "devices/core/device.h"

/* Topics. */
#define TABLE   "pb/table/7"
#define KITCHEN "pb/kitchen"
#define WAITERS "pb/waiters"
#define CMD     "dev/%d/cmd"

#define MINUTES 60000

/* The most of a page: its own name and its order's. */
#define PAGE(name, of)                                                         \
    .event = "page.sent", .topic = TABLE, .page = name, .order = of,           \
    .number = of, .table = "7"

#define STEP(kind, ms, ...)                                                    \
    {                                                                          \
        .what = STEP_##kind, .at_ms = ms, __VA_ARGS__                          \
    }
#define STEPS(...)                                                             \
    (const struct story_step[])                                                \
    {                                                                          \
        __VA_ARGS__, STEP(END, 0, )                                            \
    }

#define MESSAGE(...)                                                           \
    .message = &(const struct story_message)                                   \
    {                                                                          \
        __VA_ARGS__                                                            \
    }
#define SAY(ms, ...)     STEP(SAY, ms, MESSAGE(__VA_ARGS__))
#define RAW(ms, on, raw) STEP(RAW, ms, .text = raw, MESSAGE(.topic = on))
#define KEY(ms)          STEP(KEY, ms, .number = INPUT_KEY)
#define PRESS(ms, how)   STEP(KEY, ms, .number = INPUT_##how)
#define WORD(ms, word)   STEP(WORD, ms, .text = word)
#define WAIT(ms)         STEP(WAIT, ms, )
#define NETWORK(ms, n)   STEP(NETWORK, ms, .number = n)
#define HUB(ms, n)       STEP(HUB, ms, .number = n)
#define REFUSE(ms, n)    STEP(REFUSE, ms, .number = n)
#define POWER(ms)        STEP(POWER, ms, )
#define BROKER(ms)       STEP(BROKER, ms, )
#define BATTERY(ms, n)   STEP(BATTERY, ms, .number = n)
#define HINT(ms, n)      STEP(HINT, ms, .number = n)
#define SEEN(words)      STEP(SEEN, 0, .text = words)
#define NEVER(words)     STEP(NOT_SEEN, 0, .text = words)

const struct story stories[] = {
#define STORY(...) { __VA_ARGS__ },
#include "tests/devices/suite/stories.def"
#undef STORY
    { .name = NULL },
};
