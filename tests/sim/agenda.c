#include "tests/sim/agenda.h"

#include <assert.h>
#include <stdlib.h>

void agenda_finish(struct agenda *agenda)
{
    free(agenda->deeds);
    *agenda = (struct agenda){ 0 };
}

static bool is_before(const struct deed *a, const struct deed *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct deed *a, struct deed *b)
{
    struct deed kept = *a;

    *a = *b;
    *b = kept;
}

void agenda_put(struct agenda *agenda, int64_t at_ms, agenda_act *act,
        void *who, uint64_t number)
{
    uint32_t at = agenda->count++;

    if (at == agenda->size) {
        agenda->size = agenda->size ? agenda->size * 2 : 256;
        agenda->deeds =
                realloc(agenda->deeds, agenda->size * sizeof(*agenda->deeds));
        assert(agenda->deeds);
    }
    agenda->deeds[at] = (struct deed){ at_ms, agenda->put++, act, who, number };
    while (at > 0 &&
            is_before(&agenda->deeds[at], &agenda->deeds[(at - 1) / 2])) {
        swap(&agenda->deeds[at], &agenda->deeds[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sink(struct agenda *agenda)
{
    struct deed *deeds = agenda->deeds;
    uint32_t at = 0;

    for (;;) {
        uint32_t first = at, child = 2 * at + 1;

        for (uint32_t i = child; i < child + 2 && i < agenda->count; i++)
            if (is_before(&deeds[i], &deeds[first]))
                first = i;
        if (first == at)
            return;
        swap(&deeds[at], &deeds[first]);
        at = first;
    }
}

bool agenda_take(struct agenda *agenda, struct deed *deed)
{
    if (agenda->count == 0)
        return false;
    *deed = agenda->deeds[0];
    agenda->deeds[0] = agenda->deeds[--agenda->count];
    sink(agenda);
    return true;
}
