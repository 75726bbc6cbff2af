#include "tests/sim/device.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "devices/core/device.h"
#include "devices/kinds/kinds.h"
#include "devices/kinds/printer.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

#define SITE        "main"
#define RETRY_MS    500
#define LATENCY_MS  8
#define SECOND_MS   1000
#define PRESS_MS    9000
#define AUTO_ACK_MS 2500
#define BYTES       400 /* taken at once by a printer */

#define GEAR_VALUES 48
#define GEAR_KEY    16

struct gear_value {
    char key[GEAR_KEY];
    uint8_t *data;
    size_t len;
};

struct gear_job {
    char id[PRINT_JOB_ID_BYTES];
    struct print_mark mark;
    uint8_t *bytes;
    size_t len;
    uint64_t number; /* the oldest has the lowest */
    bool is_told;    /* the hub has the result */
    bool is_said;    /* in this run */
};

/* What comes out. */
struct gear_paper {
    bool is_open;
    bool has_begun; /* bytes of the job have come out */
    bool is_blank;  /* planted: it takes them, and nothing comes out */
    int64_t away_until_ms;
    int64_t empty_until_ms;
    int64_t busy_until_ms;
};

struct gear {
    struct world *world;
    uint32_t index;
    struct dice dice;
    struct device device;
    struct device_platform platform;
    struct device_memory memory;
    struct device_config config;
    struct print_equipment equipment;
    bool has_power;
    bool is_trying;
    uint64_t life; /* of power */
    int64_t ticks_ms;
    uint64_t tick; /* the one that counts */
    int last_token;
    struct gear_value values[GEAR_VALUES]; /* survive */
    struct gear_job *jobs;                 /* these, too */
    uint32_t job_count, job_size;
    uint64_t last_job;
    char printing[PRINT_JOB_ID_BYTES]; /* the job that was started last */
    struct gear_paper paper;
};

static const struct {
    const char *id;
    const struct device_kind *kind;
    const char *table, *station;
} casts[GEARS] = {
    { "printer-1", &printer_kind, NULL, "kitchen" },
    { "printer-2", &printer_kind, NULL, "grill" },
    { "pager-2", &pager_kind, "2", NULL },
    { "pager-3", &pager_kind, "3", NULL },
    { "buzzer-1", &buzzer_kind, NULL, NULL },
    { "button-2", &button_kind, "2", NULL },
};

static agenda_act tick;
static agenda_act try_to_link;

const char *gear_id(const struct world *world, uint32_t index)
{
    (void)world;
    return casts[index].id;
}

static uint64_t now_of(const struct gear *gear)
{
    return (uint64_t)gear->world->now_ms + 1; /* 0 is a moment for nothing */
}

/* Call it again when it wants to be called, and once a second. */
static void plan(struct gear *gear)
{
    int64_t at = gear->world->now_ms + SECOND_MS;

    if (gear->device.wake_ms != UINT64_MAX &&
            (int64_t)gear->device.wake_ms - 1 < at)
        at = (int64_t)gear->device.wake_ms - 1;
    if (at < gear->world->now_ms)
        at = gear->world->now_ms;
    if (gear->ticks_ms > gear->world->now_ms && gear->ticks_ms <= at)
        return;
    gear->ticks_ms = at;
    agenda_put(&gear->world->agenda, at, tick, gear, ++gear->tick);
}

static void tick(struct world *world, void *who, uint64_t number)
{
    struct gear *gear = who;

    if (world->is_over || !gear->has_power || number != gear->tick)
        return;
    device_tick(&gear->device, now_of(gear));
    gear->ticks_ms = 0;
    plan(gear);
}

/* --- the platform --- */

static uint64_t wall_ms(void *ctx)
{
    struct gear *gear = ctx;

    return gear->index % 2 ? 0 : (uint64_t)world_wall(gear->world);
}

static uint32_t random_number(void *ctx)
{
    return (uint32_t)dice_next(&((struct gear *)ctx)->dice);
}

static void on_subscribed(struct world *world, void *who, uint64_t number)
{
    struct gear *gear = who;
    const struct session *session = &world->broker.sessions[gear->index + 1];

    if (world->is_over || !session->is_connected || session->number != number ||
            !gear->has_power)
        return;
    device_on_subscribed(&gear->device, now_of(gear));
    plan(gear);
}

static bool subscribe(void *ctx, const char *topic)
{
    struct gear *gear = ctx;
    struct world *world = gear->world;

    broker_subscribe(world, gear->index + 1, topic);
    world_in(world, dice_pause(&gear->dice, LATENCY_MS), on_subscribed, gear,
            world->broker.sessions[gear->index + 1].number);
    return true;
}

static int publish(
        void *ctx, const char *topic, const void *data, size_t len, bool retain)
{
    struct gear *gear = ctx;
    struct world *world = gear->world;

    if (!world->broker.sessions[gear->index + 1].is_connected)
        return 0;
    broker_say(world, gear->index + 1, ++gear->last_token,
            message_new(topic, data, len, retain));
    return gear->last_token;
}

static struct gear_value *value_of(struct gear *gear, const char *key)
{
    for (uint32_t i = 0; i < GEAR_VALUES; i++)
        if (strcmp(gear->values[i].key, key) == 0)
            return &gear->values[i];
    return NULL;
}

static bool keep(void *ctx, const char *key, const void *data, size_t len)
{
    struct gear *gear = ctx;
    struct gear_value *value = value_of(gear, key);

    assert(strlen(key) < GEAR_KEY);
    if (!value)
        value = value_of(gear, "");
    if (!value)
        return false;
    free(value->data);
    memset(value, 0, sizeof(*value));
    if (len == 0)
        return true;
    value->data = malloc(len);
    assert(value->data);
    memcpy(value->data, data, len);
    value->len = len;
    memcpy(value->key, key, strlen(key));
    return true;
}

static size_t load(void *ctx, const char *key, void *data, size_t cap)
{
    const struct gear_value *value = value_of(ctx, key);

    if (!value || value->len > cap)
        return 0;
    memcpy(data, value->data, value->len);
    return value->len;
}

static void show(void *ctx, const char *line)
{
    (void)ctx;
    trace_note("device: %s", line, 0, 0, 0);
}

static void on_off(void *ctx, bool on)
{
    (void)ctx;
    (void)on;
}

static void display(void *ctx, const char *const *lines, uint32_t count)
{
    (void)ctx;
    (void)lines;
    (void)count;
}

static bool vitals(void *ctx, struct device_vitals *out)
{
    (void)ctx;
    (void)out;
    return false;
}

static void rest(void *ctx, uint64_t until_ms)
{
    (void)ctx;
    (void)until_ms;
}

/* --- a printer's spool --- */

static struct gear_job *job_of(struct gear *gear, const char *id)
{
    for (uint32_t i = 0; i < gear->job_count; i++)
        if (strcmp(gear->jobs[i].id, id) == 0)
            return &gear->jobs[i];
    return NULL;
}

static bool is_result(enum print_stage stage)
{
    return stage == PRINT_PRINTED || stage == PRINT_UNCERTAIN ||
           stage == PRINT_FAILED;
}

static struct print_mark spool_look(void *ctx, const char *id)
{
    const struct gear_job *job = job_of(ctx, id);

    return job ? job->mark : (struct print_mark){ .stage = PRINT_UNKNOWN };
}

static enum print_put spool_put(void *ctx, const char *id, uint32_t attempt,
        const uint8_t *bytes, size_t len)
{
    struct gear *gear = ctx;
    struct gear_job *job = job_of(gear, id);

    if (dice_is(&gear->dice, 10))
        return PUT_FAILED;
    if (!job) {
        if (gear->job_count == gear->job_size) {
            gear->job_size = gear->job_size ? gear->job_size * 2 : 32;
            gear->jobs =
                    realloc(gear->jobs, gear->job_size * sizeof(*gear->jobs));
            assert(gear->jobs);
        }
        job = &gear->jobs[gear->job_count++];
        memset(job, 0, sizeof(*job));
        strncpy(job->id, id, sizeof(job->id) - 1);
    }
    free(job->bytes);
    job->bytes = malloc(len);
    assert(job->bytes);
    memcpy(job->bytes, bytes, len);
    job->len = len;
    job->mark =
            (struct print_mark){ .stage = PRINT_OFFERED, .attempt = attempt };
    job->is_told = job->is_said = false;
    job->number = ++gear->last_job;
    return PUT_STORED;
}

static bool spool_mark(void *ctx, const char *id, const struct print_mark *mark)
{
    struct gear *gear = ctx;
    struct gear_job *job = job_of(gear, id);
    uint32_t attempt;

    if (!job)
        return false;
    if (mark->stage == PRINT_UNKNOWN) {
        free(job->bytes);
        *job = gear->jobs[--gear->job_count];
        return true;
    }
    attempt = job->mark.attempt;
    job->mark = *mark;
    job->mark.attempt = attempt;
    job->is_told = job->is_said = false;
    if (mark->stage == PRINT_STARTED) {
        memcpy(gear->printing, job->id, sizeof(gear->printing));
        gear->paper.has_begun = false;
    }
    return true;
}

static bool spool_oldest(
        void *ctx, enum print_stage stage, char id[PRINT_JOB_ID_BYTES])
{
    struct gear *gear = ctx;
    const struct gear_job *oldest = NULL;

    for (uint32_t i = 0; i < gear->job_count; i++)
        if (gear->jobs[i].mark.stage == stage &&
                (!oldest || gear->jobs[i].number < oldest->number))
            oldest = &gear->jobs[i];
    if (oldest)
        memcpy(id, oldest->id, PRINT_JOB_ID_BYTES);
    return oldest != NULL;
}

static size_t spool_read(void *ctx, const char *id, uint8_t *out, size_t cap)
{
    const struct gear_job *job = job_of(ctx, id);

    if (!job || is_result(job->mark.stage) || job->len > cap)
        return 0;
    memcpy(out, job->bytes, job->len);
    return job->len;
}

static bool spool_untold(
        void *ctx, char id[PRINT_JOB_ID_BYTES], struct print_mark *mark)
{
    struct gear *gear = ctx;

    for (uint32_t i = 0; i < gear->job_count; i++) {
        struct gear_job *job = &gear->jobs[i];

        if (job->is_told || job->is_said ||
                (job->mark.stage != PRINT_OFFERED &&
                        !is_result(job->mark.stage)))
            continue;
        job->is_said = true;
        memcpy(id, job->id, PRINT_JOB_ID_BYTES);
        *mark = job->mark;
        return true;
    }
    return false;
}

static void spool_told(void *ctx, const uint8_t fact_id[DEVICE_ID_BYTES])
{
    struct gear *gear = ctx;

    for (uint32_t i = 0; i < gear->job_count; i++)
        if (is_result(gear->jobs[i].mark.stage) &&
                memcmp(gear->jobs[i].mark.fact_id, fact_id, DEVICE_ID_BYTES) ==
                        0)
            gear->jobs[i].is_told = true;
}

/* --- its paper --- */

static enum print_out_state paper_open(void *ctx, const char *job_id)
{
    struct gear *gear = ctx;
    struct gear_paper *paper = &gear->paper;

    (void)job_id;
    if (gear->world->now_ms < paper->away_until_ms)
        return OUT_GONE;
    paper->is_open = true;
    paper->has_begun = false;
    return OUT_DONE;
}

static enum print_out_state paper_check(void *ctx, struct print_status *status)
{
    struct gear *gear = ctx;

    *status = (struct print_status){ .paper_out = gear->world->now_ms <
                                                  gear->paper.empty_until_ms };
    return OUT_DONE;
}

static int paper_write(void *ctx, const uint8_t *bytes, size_t len)
{
    struct gear *gear = ctx;
    struct gear_paper *paper = &gear->paper;

    (void)bytes;
    if (gear->world->now_ms < paper->away_until_ms)
        return -1;
    if (gear->world->now_ms < paper->busy_until_ms)
        return 0;
    if (!paper->has_begun) {
        paper->is_blank = world_plants(gear->world, PLANT_BLANK_PAPER, 200);
        if (!paper->is_blank)
            judge_printed(gear->world, gear->printing);
    }
    paper->has_begun = true;
    paper->busy_until_ms = gear->world->now_ms + dice_draw(&gear->dice, 100);
    return (int)(len < BYTES ? len : BYTES);
}

static enum print_out_state paper_finish(
        void *ctx, enum print_confirm confirm, uint32_t number)
{
    struct gear *gear = ctx;

    (void)confirm;
    (void)number;
    if (gear->world->now_ms < gear->paper.away_until_ms)
        return OUT_GONE;
    return gear->world->now_ms < gear->paper.busy_until_ms ? OUT_WAIT
                                                           : OUT_DONE;
}

static void paper_close(void *ctx)
{
    ((struct gear *)ctx)->paper.is_open = false;
}

/* --- the link --- */

static void come(struct gear *gear)
{
    if (gear->is_trying)
        return;
    gear->is_trying = true;
    world_in(gear->world, dice_pause(&gear->dice, RETRY_MS), try_to_link, gear,
            gear->life);
}

static void try_to_link(struct world *world, void *who, uint64_t life)
{
    struct gear *gear = who;
    char topic[DEVICE_TOPIC_BYTES], state[DEVICE_STATE_BYTES];

    if (world->is_over || life != gear->life || !gear->has_power)
        return;
    gear->is_trying = false;
    device_will(&gear->device, topic, state);
    if (!broker_connect(world, gear->index + 1,
                message_new(topic, state, strlen(state), true))) {
        come(gear);
        return;
    }
    device_on_link(&gear->device, now_of(gear));
    plan(gear);
}

void gear_lost(struct world *world, uint32_t index)
{
    struct gear *gear = &world->gears[index];

    if (!gear->has_power)
        return;
    device_on_link_lost(&gear->device, now_of(gear));
    plan(gear);
    come(gear);
}

void gear_published(struct world *world, uint32_t index, int token)
{
    struct gear *gear = &world->gears[index];

    if (!gear->has_power)
        return;
    device_on_published(&gear->device, token, now_of(gear));
    plan(gear);
}

void gear_heard(struct world *world, uint32_t index, uint32_t mid,
        struct message *message)
{
    struct gear *gear = &world->gears[index];
    const struct part part = { .topic = message->topic,
        .topic_len = strlen(message->topic),
        .data = message->data,
        .len = message->len,
        .total = message->len,
        .retained = message->retain };

    if (!gear->has_power)
        return;
    if (device_receive(&gear->device, &part, now_of(gear)) == DEVICE_TAKEN) {
        broker_acked(world, index + 1, mid);
        plan(gear);
        return;
    }
    broker_drop(world, index + 1);
    gear_lost(world, index);
}

/* --- power --- */

static void power_on(struct world *world, void *who, uint64_t life)
{
    struct gear *gear = who;

    if (world->is_over || gear->has_power || life != gear->life)
        return;
    gear->has_power = true;
    gear->is_trying = false;
    for (uint32_t i = 0; i < gear->job_count; i++) {
        struct gear_job *job = &gear->jobs[i];

        job->is_said = false;
        if (is_result(job->mark.stage) && job->mark.stage != PRINT_FAILED &&
                world_plants(world, PLANT_PRINT_TWICE, 300))
            job->mark.stage = PRINT_RELEASED;
    }
    if (!device_start(&gear->device, casts[gear->index].kind, &gear->config,
                &gear->platform, &gear->memory, now_of(gear)))
        abort();
    gear->ticks_ms = 0;
    plan(gear);
    come(gear);
}

static void power_off(struct world *world, struct gear *gear)
{
    if (!gear->has_power)
        return;
    world->tally.power_losses++;
    trace_note("%s has no power", casts[gear->index].id, 0, 0, 0);
    gear->has_power = false;
    gear->life++;
    gear->paper.is_open = false;
    broker_drop(world, gear->index + 1);
    world_in(world, dice_between(&gear->dice, 50, 8000), power_on, gear,
            gear->life);
}

void gears_trouble(struct world *world, struct dice *dice)
{
    struct gear *gear = &world->gears[dice_draw(dice, GEARS)];
    int64_t until_ms = world->now_ms + dice_between(dice, 300, 15000);

    switch (dice_draw(dice, 4)) {
    case 0:
        gear->paper.away_until_ms = until_ms;
        break;
    case 1:
        gear->paper.empty_until_ms = until_ms;
        break;
    default:
        power_off(world, gear);
        break;
    }
}

void gears_calm(struct world *world)
{
    for (uint32_t i = 0; i < GEARS; i++)
        world->gears[i].paper.away_until_ms =
                world->gears[i].paper.empty_until_ms = 0;
}

static void press(struct world *world, void *who, uint64_t unused)
{
    struct gear *gear = who;

    (void)unused;
    if (world->is_over || world->is_calm)
        return;
    if (gear->has_power) {
        device_input(&gear->device, INPUT_KEY, now_of(gear));
        plan(gear);
    }
    world_in(world, dice_pause(&gear->dice, PRESS_MS), press, gear, 0);
}

/* --- all of them --- */

/* Made once a process: a printer's is large. */
static void give_memory(struct gear *gear)
{
    static struct device_memory made[GEARS];
    struct device_memory *memory = &made[gear->index];

    if (!memory->message) {
        *memory = (struct device_memory){
            .message = malloc(DEVICE_MESSAGE_BYTES),
            .message_bytes = DEVICE_MESSAGE_BYTES,
            .arena = malloc(DEVICE_ARENA_BYTES),
            .arena_bytes = DEVICE_ARENA_BYTES,
            .state = malloc(casts[gear->index].kind->state_bytes),
        };
        assert(memory->message && memory->arena && memory->state);
    }
    gear->memory = *memory;
}

static void equip(struct gear *gear)
{
    gear->equipment = (struct print_equipment){
        .spool = { gear, spool_look, spool_put, spool_mark, spool_oldest,
                spool_read, spool_untold, spool_told },
        .out = { .ctx = gear,
                .open = paper_open,
                .check = paper_check,
                .write = paper_write,
                .finish = paper_finish,
                .close = paper_close },
        .profile = profile_find("generic-80"),
    };
    assert(gear->equipment.profile);
    gear->platform = (struct device_platform){ gear, wall_ms, random_number,
        subscribe, publish, keep, load, show, on_off, on_off, display, vitals,
        rest };
    gear->config = (struct device_config){ .id = casts[gear->index].id,
        .site = SITE,
        .table = casts[gear->index].table,
        .station = casts[gear->index].station,
        .reason = "water",
        .auto_ack_ms = AUTO_ACK_MS,
        .equipment = &gear->equipment };
}

void gears_begin(struct world *world)
{
    _Static_assert(GEARS < BROKER_SESSIONS, "sessions");
    world->gears = calloc(GEARS, sizeof(*world->gears));
    assert(world->gears);
    if (!world->weather.has_mqtt)
        return;
    for (uint32_t i = 0; i < GEARS; i++) {
        struct gear *gear = &world->gears[i];

        gear->world = world;
        gear->index = i;
        gear->dice = dice_of(world->seed, 50 + i);
        give_memory(gear);
        equip(gear);
        world_in(world, dice_draw(&gear->dice, 2000), power_on, gear,
                gear->life);
        if (casts[i].kind == &button_kind)
            world_in(world, PRESS_MS, press, gear, 0);
    }
}

void gears_end(struct world *world)
{
    for (uint32_t i = 0; i < GEARS; i++) {
        struct gear *gear = &world->gears[i];

        for (uint32_t n = 0; n < GEAR_VALUES; n++)
            free(gear->values[n].data);
        for (uint32_t n = 0; n < gear->job_count; n++)
            free(gear->jobs[n].bytes);
        free(gear->jobs);
    }
    free(world->gears);
}

bool gears_are_done(const struct world *world)
{
    for (uint32_t i = 0; i < GEARS && world->weather.has_mqtt; i++) {
        const struct gear *gear = &world->gears[i];

        if (!gear->has_power || gear->device.stage != DEVICE_ONLINE ||
                gear->device.outbox.count > 0)
            return false;
        for (uint32_t n = 0; n < gear->job_count; n++)
            if (gear->jobs[n].mark.stage == PRINT_RELEASED ||
                    gear->jobs[n].mark.stage == PRINT_STARTED)
                return false;
    }
    return true;
}
