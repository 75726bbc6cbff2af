#include "tests/sim/house.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/escalate.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "tests/sim/disk.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

#define TICK_MS       100
#define RESTART_MS    400 /* on average, after an end */
#define KEEPS_LITTLE  60  /* events, in a journal that forgets */
#define ANSWER_MS     20
#define LOSES_ANSWERS 20 /* of 1000 */
#define HURRY         10

static agenda_act start;
static agenda_act tick;

/* --- what the hub calls --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct world *world = owner;
    struct asked *asked = &world->house.asked[ticket];

    if (world->house.is_falling)
        return;
    asked->is_answered = true;
    asked->err = settlement->err;
    asked->settlement = *settlement;
}

static void on_no_wake(void *owner)
{
    (void)owner;
}

static const struct outlet asking = { .settled = on_settled,
    .wake = on_no_wake };

static void on_no_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    (void)owner;
    (void)ticket;
    (void)settlement;
}

static struct world *waking; /* outlets know only their connection */

static void on_wake(void *owner)
{
    struct house *house = &waking->house;
    struct conn *conn = owner;

    if (conn->is_woken || house->is_falling)
        return;
    assert(house->woken_count < HOUSE_WOKEN);
    conn->is_woken = true;
    house->woken[house->woken_count++] = conn;
}

const struct outlet house_conn_outlet = { .settled = on_no_settled,
    .wake = on_wake };

void house_forget_conn(struct world *world, struct conn *conn)
{
    struct house *house = &world->house;

    for (uint32_t i = 0; i < house->woken_count; i++)
        if (house->woken[i] == conn)
            house->woken[i] = house->woken[--house->woken_count];
    conn->is_woken = false;
}

/* --- letters --- */

void letter_free(struct letter *letter)
{
    if (letter)
        body_free(letter->body);
    free(letter);
}

/* Whatever the process had in its hands. */
static void drop_letters(struct house *house)
{
    for (uint32_t i = 0; i < house->letter_count; i++)
        letter_free(house->letters[i]);
    house->letter_count = 0;
    house->asked_count = 0;
    house->woken_count = 0;
}

void house_hear(struct world *world, struct letter *letter)
{
    struct house *house = &world->house;

    if (!house->hub || house->letter_count == HOUSE_ASKED) {
        letter_free(letter);
        return;
    }
    house->letters[house->letter_count++] = letter;
    house_await(world);
}

/* An answer on its way: which of whose requests, and with what. */
static void on_answer(struct world *world, void *who, uint64_t number)
{
    (void)who;
    if (!world->is_over)
        sayer_answered(world, (uint32_t)(number >> 48),
                (uint32_t)(number >> 8) & 0xffffffffu,
                (enum err)(number & 0xff));
}

static void tell_judge(struct world *world, struct asked *asked)
{
    const struct principal *who = &world->sayers[asked->sayer].principal;

    if (asked->err == ERR_OK) {
        if (world_plants(world, PLANT_OTHER_ANSWER, 20))
            asked->settlement.seq++;
        world->tally.acks++;
        world->tally.repeats += asked->settlement.duplicate;
        judge_promised(world, asked->source, asked->key, &asked->settlement);
    } else {
        world->tally.refusals++;
        judge_refused(world, asked->source, asked->key,
                (who->roles & ROLE_TABLE) != 0, asked->err);
    }
}

static void answer(struct world *world, struct asked *asked)
{
    struct dice *dice = &world->house.dice;
    uint64_t number = (uint64_t)asked->sayer << 48 |
                      (uint64_t)asked->request << 8 | (uint64_t)asked->err;

    tell_judge(world, asked);
    trace_note("answer to %s: %llu at %llu", asked->key, (uint64_t)asked->err,
            asked->settlement.seq, 0);
    if (!world->is_calm && dice_is(dice, LOSES_ANSWERS))
        return;
    world_in(world, dice_pause(dice, ANSWER_MS), on_answer, NULL, number);
}

static void submit(struct world *world, struct letter *letter)
{
    struct house *house = &world->house;
    struct asked *asked = &house->asked[house->asked_count];
    bool has_key = !world_plants(world, PLANT_FORGET_KEY, 30);
    struct submission submission = { .from = &letter->from,
        .what = letter->what,
        .body = letter->body,
        .key = has_key ? letter->key : NULL,
        .outlet = &asking,
        .owner = world,
        .ticket = house->asked_count };
    struct fault fault;
    enum err err;

    *asked = (struct asked){ .sayer = letter->sayer,
        .request = letter->request };
    memcpy(asked->key, letter->key, sizeof(asked->key));
    memcpy(asked->source, letter->from.subject, sizeof(asked->source));
    house->asked_count++;
    letter->body = NULL; /* taken */
    err = hub_submit(house->hub, &submission, world_wall(world), &fault);
    if (err == ERR_OK)
        return;
    asked->is_answered = true;
    asked->err = err;
}

static void submit_all(struct world *world)
{
    struct house *house = &world->house;

    house->asked_count = 0;
    for (uint32_t i = 0; i < house->letter_count; i++) {
        submit(world, house->letters[i]);
        letter_free(house->letters[i]);
    }
    house->letter_count = 0;
}

/* --- the end of it --- */

/* The process is gone: everything in its memory with it. */
static void fall(struct world *world)
{
    struct house *house = &world->house;

    house->life++;
    house->is_falling = true;
    house->is_awaited = false;
    house->is_doomed = false;
    disk_stop();
    clients_lose_house(world);
    link_lose_house(world);
    hub_close(house->hub);
    house->hub = NULL;
    house->is_falling = false;
    drop_letters(house);
}

static void come_again(struct world *world)
{
    struct house *house = &world->house;

    world_in(world, dice_pause(&house->dice, RESTART_MS), start, NULL,
            house->life);
}

/* It dies before step `at` of the disk. */
static void crash(struct world *world, uint32_t at)
{
    struct house *house = &world->house;
    bool is_power = house->is_power;

    world->tally.crashes++;
    trace_note("crash%s at step %llu of %llu", is_power ? ", power" : "", at,
            disk_steps(), 0);
    fall(world);
    disk_cut(at, is_power, &house->dice);
    come_again(world);
}

/* It cannot say what is on disk, and stops by itself. */
static void give_up(struct world *world)
{
    uint32_t at = disk_steps();

    world->tally.failures++;
    trace_note("the disk fails%s at step %llu", "", at, 0, 0);
    fall(world);
    disk_cut(at, dice_is(&world->house.dice, 300), &world->house.dice);
    come_again(world);
}

void house_doom(struct world *world, bool is_power)
{
    world->house.is_doomed = true;
    world->house.is_power = is_power;
}

void house_stop(struct world *world)
{
    struct house *house = &world->house;
    uint32_t from = disk_steps();

    if (!house->hub)
        return;
    world->tally.stops++;
    trace_note("stop%s", "", 0, 0, 0);
    house->life++;
    house->is_awaited = false;
    clients_lose_house(world);
    link_lose_house(world);
    house->is_falling = true;
    hub_close(house->hub);
    house->is_falling = false;
    house->hub = NULL;
    drop_letters(house);
    if (house->is_doomed) { /* while it closes */
        uint32_t at = from + dice_draw(&house->dice, disk_steps() - from + 1);

        house->is_doomed = false;
        disk_stop();
        disk_cut(at, house->is_power, &house->dice);
    }
    come_again(world);
}

/* --- a turn --- */

static void answer_all(struct world *world)
{
    struct house *house = &world->house;

    for (uint32_t i = 0; i < house->asked_count && !world->broken; i++)
        if (house->asked[i].is_answered)
            answer(world, &house->asked[i]);
    house->asked_count = 0;
}

static void pump_all(struct world *world)
{
    struct house *house = &world->house;
    uint32_t count = house->woken_count;
    struct conn *woken[HOUSE_WOKEN];

    memcpy(woken, house->woken, count * sizeof(woken[0]));
    house->woken_count = 0;
    for (uint32_t i = 0; i < count; i++)
        woken[i]->is_woken = false;
    for (uint32_t i = 0; i < count && !world->broken; i++)
        conn_pump(world, woken[i]);
    if (house->woken_count > 0)
        house_await(world); /* some who catch up want another turn */
}

/* It has committed: now the world may know. */
static void let_out(struct world *world)
{
    judge_committed(world);
    answer_all(world);
    pump_all(world);
    link_flush(world);
}

/* All of a turn is done, from the disk's step `from` on. */
static void end_turn(struct world *world, uint32_t from, enum err err)
{
    struct house *house = &world->house;

    if (house->is_doomed) {
        if (world_plants(world, PLANT_EARLY_ACK, 1000)) {
            answer_all(world);
            crash(world, from);
            return;
        }
        crash(world, from + dice_draw(&house->dice, disk_steps() - from + 1));
    } else if (err == ERR_IO) {
        give_up(world);
    } else {
        let_out(world);
    }
}

static void turn(struct world *world, void *who, uint64_t life)
{
    struct house *house = &world->house;
    uint32_t from = disk_steps();
    enum err err;

    (void)who;
    if (world->is_over || life != house->life || !house->hub)
        return;
    house->is_awaited = false;
    submit_all(world);
    clients_acknowledge(world);
    link_take(world);
    err = hub_commit(house->hub, world_wall(world));
    end_turn(world, from, err);
}

void house_await(struct world *world)
{
    struct house *house = &world->house;

    if (!house->hub || house->is_awaited)
        return;
    house->is_awaited = true;
    world_in(world, dice_draw(&house->dice, 8), turn, NULL, house->life);
}

static void tick(struct world *world, void *who, uint64_t life)
{
    struct house *house = &world->house;
    uint32_t from = disk_steps();
    enum err err = ERR_OK;

    (void)who;
    if (world->is_over || life != house->life || !house->hub)
        return;
    house->asked_count = 0;
    hub_clock(house->hub, world->ahead_ms);
    hub_tick(house->hub, world_wall(world));
    if (hub_is_open(house->hub))
        err = hub_commit(house->hub, world_wall(world));
    world_in(world, TICK_MS, tick, NULL, life);
    end_turn(world, from, err);
}

/* --- starting --- */

/* Its picture is not what its journal says; for what was planted. */
static void plant_picture(struct world *world)
{
    const struct judge *judge = &world->judge;

    if (judge->head > 10 && world_plants(world, PLANT_WRONG_REPLAY, 500))
        state_apply(&world->house.hub->state, judge->book[1].evt);
}

static void on_up(struct world *world)
{
    struct house *house = &world->house;

    house->life++;
    trace_note("the hub is up%s at %llu", "", hub_head(house->hub), 0, 0);
    plant_picture(world);
    judge_restarted(world);
    world_in(world, TICK_MS, tick, NULL, house->life);
    link_open(world);
}

/* As the house has them, but ten times as fast: evenings are short here. */
static const struct ladders *fast_ladders(void)
{
    static struct ladders ladders;

    ladders_init(&ladders);
    ladders.empty_after_ms /= HURRY;
    ladders.return_ms /= HURRY;
    for (int i = 0; i < ESCALATE_COUNT; i++)
        for (uint32_t n = 0; n < ladders.of[i].count; n++)
            ladders.of[i].rungs[n].after_ms /= HURRY;
    return &ladders;
}

/* The power may go, or the disk fail, while it recovers from the last time. */
static void start(struct world *world, void *who, uint64_t life)
{
    struct house *house = &world->house;
    struct hub_options options = { .path = DISK_PATH,
        .seed = dice_next(&house->dice),
        .keep_events = world->weather.forgets ? KEEPS_LITTLE : 0,
        .print_copies = world->weather.copies,
        .ladders = fast_ladders() };
    uint32_t from = disk_steps();
    enum err err;

    (void)who;
    if (world->is_over || life != house->life || house->hub)
        return;
    err = hub_open(&house->hub, &options, world_wall(world));
    if (err != ERR_OK) {
        house->hub = NULL;
        trace_note("the hub does not start%s: %llu", "", (uint64_t)err, 0, 0);
        if (world->is_calm && err != ERR_OK)
            judge_blame(world, "start", "the hub does not start", err, 0);
        come_again(world);
        return;
    }
    if (house->is_doomed) {
        crash(world, from + dice_draw(&house->dice, disk_steps() - from + 1));
        return;
    }
    on_up(world);
}

void house_begin(struct world *world)
{
    struct house *house = &world->house;

    waking = world;
    house->dice = dice_of(world->seed, 2);
    start(world, NULL, house->life);
}

void house_end(struct world *world)
{
    struct house *house = &world->house;

    if (house->hub)
        fall(world);
}
