#include "tests/sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk.h"
#include "tests/sim/plant.h"
#include "tests/sim/trace.h"

#define START_MS   1767225600000ll /* 2026-01-01T00:00:00Z */
#define EVENING_MS 10000           /* least; most is three times that */
#define CALM_MS    90000           /* most that catching up may take */
#define LOOK_MS    1000

const struct plant_row plants[PLANT_COUNT] = {
    [PLANT_NONE] = { "", "" },
#define PLANT(id, name, rule) [PLANT_##id] = { name, rule },
#include "tests/sim/plants.def"
#undef PLANT
};

int64_t world_wall(const struct world *world)
{
    return START_MS + world->now_ms + world->ahead_ms;
}

void world_in(struct world *world, int64_t pause_ms, agenda_act *act, void *who,
        uint64_t number)
{
    agenda_put(&world->agenda, world->now_ms + pause_ms, act, who, number);
}

bool world_plants(struct world *world, enum plant plant, uint32_t per_mille)
{
    if (world->plant != plant || world->planted ||
            !dice_is(&world->fate, per_mille))
        return false;
    trace_note("planted: %s", plants[plant].name, 0, 0, 0);
    world->planted = true;
    return true;
}

/* --- faults --- */

/* A mean pause, from often to never. */
static int64_t some(struct world *world, int64_t mean_ms)
{
    static const int64_t factors[] = { 0, 0, 1, 1, 2, 4 };

    return factors[dice_draw(&world->fate, 6)] * mean_ms;
}

static void choose_weather(struct world *world)
{
    world->weather = (struct weather){
        .crash = some(world, 10000),
        .stop = some(world, 15000),
        .full = some(world, 15000),
        .failing = some(world, 20000),
        .clock = some(world, 30000),
        .cut = some(world, 3000),
        .stall = some(world, 6000),
        .broker = some(world, 9000),
        .power = some(world, 5000),
        .forgets = dice_is(&world->fate, 200),
        .copies = dice_is(&world->fate, 500),
        .has_mqtt = dice_is(&world->fate, 600),
    };
    if (world->plant == PLANT_EARLY_ACK || world->plant == PLANT_LYING_DISK ||
            world->plant == PLANT_WRONG_REPLAY)
        world->weather.crash = 8000;
    if (world->plant == PLANT_NEEDLESS_PICTURE)
        world->weather.cut = 4000;
    if (world->plant >= PLANT_FORGET_JOB) { /* those about paper */
        world->weather.has_mqtt = world->plant != PLANT_FORGET_JOB;
        world->weather.power = 6000;
        world->weather.clock = 0;
    }
}

static void crash(struct world *world)
{
    house_doom(world, dice_is(&world->fate, 600));
}

static void stop(struct world *world)
{
    if (dice_is(&world->fate, 200))
        house_doom(world, true);
    house_stop(world);
}

static void on_room_again(struct world *world, void *who, uint64_t unused)
{
    (void)who;
    (void)unused;
    if (!world->is_over)
        disk_set_full(false);
}

static void fill(struct world *world)
{
    world->tally.fulls++;
    disk_set_full(true);
    trace_note("the disk is full%s", "", 0, 0, 0);
    world_in(world, dice_between(&world->fate, 500, 12000), on_room_again, NULL,
            0);
}

static void on_repaired(struct world *world, void *who, uint64_t unused)
{
    (void)who;
    (void)unused;
    if (!world->is_over)
        disk_fail_after(0);
}

static void fail(struct world *world)
{
    disk_fail_after(1 + dice_draw(&world->fate, 40));
    world_in(
            world, dice_between(&world->fate, 200, 4000), on_repaired, NULL, 0);
}

static void set_clock(struct world *world)
{
    int64_t hours = dice_between(&world->fate, -3, 5);

    world->tally.clocks++;
    world->ahead_ms += hours * 3600000 + dice_between(&world->fate, -999, 999);
    trace_note("the clock is set%s, ahead by %llu", "",
            (uint64_t)world->ahead_ms, 0, 0);
}

static void cut(struct world *world)
{
    clients_cut_some(world, &world->fate);
}

static void stall(struct world *world)
{
    clients_stall_some(world, &world->fate);
}

static void kill_broker(struct world *world)
{
    if (world->weather.has_mqtt)
        broker_trouble(world, &world->fate);
}

static void cut_power(struct world *world)
{
    if (world->weather.has_mqtt)
        gears_trouble(world, &world->fate);
}

static void (*const faults[])(struct world *world) = { crash, stop, fill, fail,
    set_clock, cut, stall, kill_broker, cut_power };

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

static int64_t pause_of(const struct world *world, uint64_t fault)
{
    const struct weather *weather = &world->weather;
    const int64_t pauses[FAULTS] = { weather->crash, weather->stop,
        weather->full, weather->failing, weather->clock, weather->cut,
        weather->stall, weather->broker, weather->power };

    return pauses[fault];
}

static void on_fault(struct world *world, void *who, uint64_t fault)
{
    (void)who;
    if (world->is_over || world->is_calm)
        return;
    faults[fault](world);
    world_in(world, dice_pause(&world->fate, pause_of(world, fault)), on_fault,
            NULL, fault);
}

static void begin_faults(struct world *world)
{
    disk_set_lying(world->plant == PLANT_LYING_DISK);
    for (uint64_t fault = 0; fault < FAULTS; fault++)
        if (pause_of(world, fault) != 0)
            world_in(world, dice_pause(&world->fate, pause_of(world, fault)),
                    on_fault, NULL, fault);
}

/* --- the end --- */

static bool is_everybody_content(const struct world *world)
{
    if (!world->house.hub || !sayers_are_done(world) || !gears_are_done(world))
        return false;
    for (uint32_t i = 0; i < WORLD_CLIENTS; i++)
        if (!judge_is_content(world, &world->clients[i]))
            return false;
    return true;
}

static void end(struct world *world)
{
    plant_in_pictures(world);
    judge_close(world);
    world->is_over = true;
}

static void look(struct world *world, void *who, uint64_t until_ms)
{
    (void)who;
    if (world->is_over)
        return;
    if (is_everybody_content(world) || world->now_ms >= (int64_t)until_ms)
        end(world);
    else
        world_in(world, LOOK_MS, look, NULL, until_ms);
}

static void become_calm(struct world *world, void *who, uint64_t unused)
{
    (void)who;
    (void)unused;
    if (world->is_over)
        return;
    trace_note("it becomes calm%s", "", 0, 0, 0);
    world->is_calm = true;
    world->house.is_doomed = false;
    disk_set_full(false);
    disk_fail_after(0);
    gears_calm(world);
    world_in(world, LOOK_MS, look, NULL, (uint64_t)world->now_ms + CALM_MS);
}

/* --- playing --- */

static void begin(struct world *world)
{
    disk_begin(world->seed);
    judge_begin(world);
    choose_weather(world);
    begin_faults(world);
    broker_begin(world);
    link_begin(world);
    house_begin(world);
    clients_begin(world);
    sayers_begin(world);
    gears_begin(world);
    world_in(world, EVENING_MS + dice_draw(&world->fate, 2 * EVENING_MS),
            become_calm, NULL, 0);
}

static void finish(struct world *world)
{
    struct deed deed;

    world->is_over = true;
    while (agenda_take(&world->agenda, &deed))
        deed.act(world, deed.who, deed.number);
    house_end(world);
    gears_end(world);
    link_end(world);
    broker_end(world);
    sayers_end(world);
    clients_end(world);
    judge_end(world);
    agenda_finish(&world->agenda);
    disk_end();
}

void world_play(struct world *world, uint64_t seed, enum plant plant,
        bool is_quiet, FILE *text)
{
    struct deed deed;

    memset(world, 0, sizeof(*world));
    world->seed = seed;
    world->plant = plant;
    world->is_quiet = is_quiet;
    world->fate = dice_of(seed, 1);
    trace_begin(text);
    begin(world);
    while (!world->is_over && !world->broken &&
            agenda_take(&world->agenda, &deed)) {
        world->now_ms = deed.at_ms;
        trace_at(deed.at_ms);
        deed.act(world, deed.who, deed.number);
    }
    finish(world);
}
