/*
 * dialects_rows: one dialect's file as four tables; for dialects.c only, once
 * a dialect, with its name as D, its identifier as
 * ID and its file as FILE. No include guard.
 */
#define SHAPE(id, ...)                                                         \
    static const struct shape_field NAME(D, shape, id)[] = { __VA_ARGS__, END };
#define SAY_UNLESS(...)
#define SAY(...)
#define HEAR(...)
#define WORD(...)
#define VERB(...)
#include FILE
#undef SHAPE
#undef SAY_UNLESS
#undef SAY

#define SHAPE(...)
/* Numbers count on from dialect to dialect. */
#define SAY_ROW(event, as, in, id, ...)                                        \
    { EVT_##event, (as), (in), NAME(D, shape, id), __COUNTER__, ID,            \
        __VA_ARGS__ },
#define SAY(event, as, in, id) SAY_ROW(event, as, in, id, 0, 0)
#define SAY_UNLESS(off, where, event, as, in, id)                              \
    SAY_ROW(event, as, in, id, UNSAID_##off, (where))
static const struct say_row NAME(D, table, says)[] = {
#include FILE
    { .name = NULL }
};
#undef SAY_ROW
#undef SAY_UNLESS
#undef SAY
#undef HEAR

#define SAY_UNLESS(...)
#define SAY(...)
#define HEAR(as, event, id) { (as), EVT_##event, NAME(D, shape, id) },
static const struct hear_row NAME(D, table, hears)[] = {
#include FILE
    { .name = NULL }
};
#undef HEAR
#undef WORD

#define HEAR(...)
#define WORD(enumeration, word, value)                                         \
    { &dw__##enumeration##__descriptor, (word), (value) },
static const struct word_row NAME(D, table, words)[] = {
#include FILE
    { .kind = NULL }
};
#undef WORD
#undef VERB

#define WORD(...)
#define VERB(as, leave, room, arg) { (as), (leave), ROOM_INDEX_##room, ARG_##arg },
static const struct verb_row NAME(D, table, verbs)[] = {
#include FILE
    { .name = NULL }
};
#undef VERB
#undef WORD
#undef HEAR
#undef SAY_UNLESS
#undef SAY
#undef SHAPE
#undef D
#undef ID
#undef FILE
