#include "hub/base/alarm.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

void alarms_finish(struct alarms *alarms)
{
    free(alarms->heap);
    *alarms = (struct alarms){ 0 };
}

static void put(struct alarms *alarms, uint32_t place, struct alarm *alarm)
{
    alarms->heap[place - 1] = alarm;
    alarm->place = place;
}

static struct alarm *get(const struct alarms *alarms, uint32_t place)
{
    return alarms->heap[place - 1];
}

static bool is_before(const struct alarm *a, const struct alarm *b)
{
    return a->at != b->at ? a->at < b->at : a->turn < b->turn;
}

static void rise(struct alarms *alarms, struct alarm *alarm)
{
    uint32_t place = alarm->place;

    for (; place > 1 && is_before(alarm, get(alarms, place / 2)); place /= 2)
        put(alarms, place, get(alarms, place / 2));
    put(alarms, place, alarm);
}

static void sink(struct alarms *alarms, struct alarm *alarm)
{
    uint32_t place = alarm->place;

    for (;;) {
        uint32_t child = place * 2;

        if (child < alarms->count &&
                is_before(get(alarms, child + 1), get(alarms, child)))
            child++;
        if (child > alarms->count || is_before(alarm, get(alarms, child)))
            break;
        put(alarms, place, get(alarms, child));
        place = child;
    }
    put(alarms, place, alarm);
}

static void make_room(struct alarms *alarms)
{
    if (alarms->count < alarms->size)
        return;
    alarms->size = alarms->size ? alarms->size * 2 : 64;
    alarms->heap = realloc(alarms->heap, alarms->size * sizeof(struct alarm *));
    assert(alarms->heap);
}

void alarm_set(struct alarms *alarms, struct alarm *alarm, int64_t at)
{
    alarm->at = at;
    alarm->turn = alarms->turns++;
    if (alarm->place == 0) {
        make_room(alarms);
        put(alarms, ++alarms->count, alarm);
    }
    rise(alarms, alarm);
    sink(alarms, alarm);
}

void alarm_drop(struct alarms *alarms, struct alarm *alarm)
{
    struct alarm *last;

    if (alarm->place == 0)
        return;
    last = get(alarms, alarms->count--);
    if (last != alarm) {
        put(alarms, alarm->place, last);
        rise(alarms, last);
        sink(alarms, last);
    }
    alarm->place = 0;
}

struct alarm *alarms_first(const struct alarms *alarms)
{
    return alarms->count > 0 ? alarms->heap[0] : NULL;
}
