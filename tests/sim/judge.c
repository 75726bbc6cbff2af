#include "tests/sim/judge.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/judge_parts.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

/* --- blame --- */

void judge_blame(struct world *world, const char *rule, const char *what,
        uint64_t a, uint64_t b)
{
    if (world->broken)
        return;
    world->broken = rule;
    if (world->is_quiet)
        return;
    printf("seed %llu, step %llu: rule \"%s\" is broken: %s (%llu, %llu)\n",
            (unsigned long long)world->seed, (unsigned long long)trace_steps(),
            rule, what, (unsigned long long)a, (unsigned long long)b);
    trace_print_last(stdout);
}

/* --- rooms by number --- */

uint32_t judge_room(struct world *world, const struct room *room)
{
    struct judge *judge = &world->judge;
    uint64_t *number =
            table_get(&judge->room_numbers, table_hash(0, room, sizeof(*room)));

    if (*number == 0 && judge->room_count + 1 < JUDGE_ROOMS) {
        *number = ++judge->room_count;
        judge->rooms[*number] = *room;
    }
    return (uint32_t)*number;
}

/* --- the verdict --- */

void judge_close(struct world *world)
{
    ears_expect_all(world);
    if (world->broken || !world->house.hub)
        return;
    book_expect_picture(world);
    book_expect_journal(world);
    ends_expect_jobs(world);
    ends_expect_escalations(world);
}

void judge_begin(struct world *world)
{
    world->judge = (struct judge){ 0 };
    book_begin(&world->judge);
}

void judge_end(struct world *world)
{
    struct judge *judge = &world->judge;

    book_end(judge);
    table_finish(&judge->room_numbers);
    table_finish(&judge->jobs);
}
