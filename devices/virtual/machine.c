#include "devices/virtual/machine.h"

#include <assert.h>
#include <string.h>

#define DLE 0x10
#define EOT 0x04

#define TURN_MS 1000 /* the longest sleep */
#define SLOW_MS 20   /* between the pieces that a slow one takes */

#define COMPLETED   'H' /* GS ( H */
#define COMPLETED_M 48
#define PULSE       1 /* function of DLE DC4 */

/* A number's digits. */
#define DIGIT_FIRST 32
#define DIGIT_LAST  126

const char *machine_why(enum machine_why why)
{
    static const char *const words[] = {
        [WHY_CUT] = "cut",
        [WHY_LEFT] = "left",
        [WHY_PAPER_OUT] = "paper-out",
        [WHY_COVER_OPEN] = "cover-open",
        [WHY_POWER] = "power-cut",
        [WHY_LONG] = "long",
    };

    return words[why];
}

static bool has(const struct machine *machine, enum fault_id id)
{
    return machine->faults[id].on;
}

/* --- answers --- */

static void say(struct machine *machine, const uint8_t *bytes, size_t len)
{
    if (len > 0 && machine->connected && machine->line == LINE_STAYS &&
            !has(machine, FAULT_SILENT))
        machine->to.say(machine->to.ctx, bytes, len);
}

/* How it is has changed. */
static void say_record(struct machine *machine)
{
    uint8_t record[STATUS_RECORD];

    if (!machine->always)
        return;
    status_record(&machine->status, record);
    say(machine, record, sizeof(record));
}

/* That all is printed. */
static void say_done(struct machine *machine, const uint8_t *bytes, size_t len)
{
    if (has(machine, FAULT_MUTE_DONE))
        return;
    say(machine, bytes, len);
    if (has(machine, FAULT_DUPLICATE))
        say(machine, bytes, len);
}

static void say_completed(struct machine *machine, const uint8_t digits[4])
{
    uint8_t answer[STATUS_COMPLETED], number[4];

    memcpy(number, digits, sizeof(number));
    if (has(machine, FAULT_WRONG_NUMBER))
        number[3] =
                number[3] < DIGIT_LAST ? (uint8_t)(number[3] + 1) : DIGIT_FIRST;
    status_completed(number, answer);
    say_done(machine, answer, sizeof(answer));
}

/* --- paper --- */

static void hand_out(struct machine *machine, enum machine_why why)
{
    const struct sheet *sheet = &machine->head.sheet;
    bool has_cutter = machine->config.profile->cutter != CUT_NONE;
    bool is_whole = !machine->is_rest &&
                    (why == WHY_CUT || (why == WHY_LEFT && !has_cutter));

    machine->is_rest = why != WHY_CUT && why != WHY_LEFT && why != WHY_POWER &&
                       (machine->is_rest || sheet->inked);
    if (!sheet->inked)
        return;
    machine->sheets++;
    machine->whole += is_whole;
    machine->to.sheet(machine->to.ctx, sheet, why, is_whole);
}

static void tear(struct machine *machine, enum machine_why why)
{
    machine->tearing = why;
    head_tear(&machine->head);
}

static void on_head(void *ctx, enum head_event event)
{
    struct machine *machine = ctx;

    switch (event) {
    case HEAD_CUT:
        hand_out(machine, WHY_CUT);
        break;
    case HEAD_FULL:
        hand_out(machine, WHY_LONG);
        break;
    case HEAD_TORN:
        hand_out(machine, machine->tearing);
        break;
    case HEAD_DRAWER:
        machine->drawers++;
        machine->to.noise(machine->to.ctx, event);
        break;
    case HEAD_BUZZ:
        machine->buzzes++;
        machine->to.noise(machine->to.ctx, event);
        break;
    }
}

/* --- what is read --- */

static void on_byte(void *ctx, uint8_t byte)
{
    struct machine *machine = ctx;

    head_byte(&machine->head, byte);
}

static void answer(
        struct machine *machine, enum command_id id, const uint8_t *arguments)
{
    uint8_t byte = 0, who[STATUS_WHO];

    switch (id) {
    case CMD_ASK_PAPER:
        if (status_in_turn(&machine->status, arguments[0], &byte))
            say_done(machine, &byte, 1);
        break;
    case CMD_ASK_SENSOR:
        status_in_turn(&machine->status, 1, &byte);
        say(machine, &byte, 1);
        break;
    case CMD_ASK_DRAWER:
        say(machine, &byte, 1);
        break;
    case CMD_ASK_WHO:
        say(machine, who, status_who(arguments[0], who));
        break;
    case CMD_ASK_ALWAYS:
        machine->always = arguments[0];
        say_record(machine);
        break;
    case CMD_DLE_DC4:
        if (arguments[0] == PULSE)
            on_head(machine, HEAD_DRAWER);
        break;
    default:
        break;
    }
}

static void on_command(void *ctx, enum command_id id,
        const uint8_t arguments[READER_ARGUMENTS], uint32_t data)
{
    struct machine *machine = ctx;

    (void)data;
    if (reader_commands[id].owner == OWNER_HEAD)
        head_command(&machine->head, id, arguments);
    else if (reader_commands[id].owner == OWNER_STATUS)
        answer(machine, id, arguments);
}

static void on_data(void *ctx, enum command_id id, uint8_t byte)
{
    struct machine *machine = ctx;

    if (reader_commands[id].owner == OWNER_HEAD)
        head_data(&machine->head, id, byte);
}

static void on_end(void *ctx, enum command_id id)
{
    struct machine *machine = ctx;
    const uint8_t *parcel;
    uint32_t len;

    if (reader_commands[id].owner != OWNER_HEAD)
        return;
    head_end(&machine->head, id);
    if (id == CMD_GS_PARCEL &&
            head_parcel(&machine->head, &parcel, &len) == COMPLETED &&
            len == 6 && parcel[0] == COMPLETED_M && parcel[1] == COMPLETED_M)
        say_completed(machine, parcel + 2);
}

/* --- a beginning, an end --- */

bool machine_init(struct machine *machine, const struct machine_config *config,
        const struct machine_to *to)
{
    const struct head_to head_to = { machine, on_head };

    memset(machine, 0, sizeof(*machine));
    machine->config = *config;
    machine->to = *to;
    machine->reads = (struct reader_to){ .ctx = machine,
        .byte = on_byte,
        .command = on_command,
        .data = on_data,
        .end = on_end };
    reader_init(&machine->reader, &machine->reads);
    return head_init(&machine->head, config->profile, config->glyphs, &head_to);
}

void machine_finish(struct machine *machine)
{
    head_finish(&machine->head);
}

enum machine_door machine_door(const struct machine *machine, uint64_t now_ms)
{
    if (has(machine, FAULT_REFUSE) || now_ms < machine->dark_ms)
        return DOOR_SHUT;
    return has(machine, FAULT_BUSY) ? DOOR_BUSY : DOOR_OPEN;
}

void machine_connect(struct machine *machine, uint64_t now_ms)
{
    assert(!machine->connected);
    machine->connected = true;
    machine->line = LINE_STAYS;
    machine->idle_ms = now_ms;
    memset(machine->heard, 0, sizeof(machine->heard));
}

void machine_disconnect(struct machine *machine)
{
    uint32_t last = machine->end_count;

    machine->connected = false;
    machine->line = LINE_STAYS;
    if (last == MACHINE_ENDS)
        last--; /* the latest two become one */
    machine->ends[last] = machine->taken;
    machine->end_count = last + 1;
}

/* --- taking --- */

/* Bytes until a fault that counts them; SIZE_MAX: it is not on. */
static size_t left_of(const struct machine *machine, enum fault_id id)
{
    const struct fault_state *fault = &machine->faults[id];
    uint64_t since = machine->taken - fault->from;

    if (!fault->on)
        return SIZE_MAX;
    return since < fault->number ? (size_t)(fault->number - since) : 0;
}

static size_t slow_room(const struct machine *machine, uint64_t now_ms)
{
    uint64_t passed = now_ms - machine->slow_ms;

    if (!has(machine, FAULT_SLOW))
        return SIZE_MAX;
    passed = passed < TURN_MS ? passed : TURN_MS;
    return (size_t)(passed * machine->faults[FAULT_SLOW].number / 1000);
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_stalled(const struct machine *machine, uint64_t now_ms)
{
    const struct fault_state *stall = &machine->faults[FAULT_STALL];

    return stall->on && now_ms < stall->from + stall->number * 1000ull;
}

size_t machine_room(const struct machine *machine, uint64_t now_ms)
{
    size_t room = MACHINE_BUFFER - machine->count;

    if (!machine->connected || has(machine, FAULT_HALF_OPEN) ||
            is_stalled(machine, now_ms) || machine->line != LINE_STAYS)
        return 0;
    room = lesser(room, left_of(machine, FAULT_RESET));
    room = lesser(room, left_of(machine, FAULT_POWER_CUT));
    return lesser(room, slow_room(machine, now_ms));
}

/*
 * Is this the end of a question that is answered at once? One that arrives
 * where nothing else waits takes no room.
 */
static bool is_question(struct machine *machine, uint8_t byte)
{
    uint8_t answer;
    bool is_one = machine->heard[0] == DLE && machine->heard[1] == EOT &&
                  status_now(&machine->status, byte, &answer);

    machine->heard[0] = machine->heard[1];
    machine->heard[1] = byte;
    if (!is_one)
        return false;
    say(machine, &answer, 1);
    if (machine->count != 2 || machine->reader.state != READ_REST)
        return false;
    machine->count = 0;
    machine->done += 2;
    return true;
}

static void keep(struct machine *machine, uint8_t byte)
{
    uint32_t at = (machine->first + machine->count) % MACHINE_BUFFER;

    machine->taken++;
    if (is_question(machine, byte)) {
        machine->done++;
        return;
    }
    machine->buffer[at] = byte;
    machine->count++;
}

static void lose_power(struct machine *machine, uint64_t now_ms)
{
    machine->faults[FAULT_POWER_CUT].on = false;
    machine->count = 0;
    machine->done = machine->taken;
    machine->end_count = 0;
    machine->busy_us = 0;
    machine->always = 0;
    machine->dark_ms = now_ms + MACHINE_DARK_MS;
    machine->line = LINE_BREAKS;
    reader_rest(&machine->reader);
    tear(machine, WHY_POWER);
    head_reset(&machine->head);
}

/* What happens when so many bytes were taken. */
static void count_faults(struct machine *machine, uint64_t now_ms)
{
    if (left_of(machine, FAULT_POWER_CUT) == 0)
        lose_power(machine, now_ms);
    if (left_of(machine, FAULT_RESET) == 0 && machine->connected) {
        machine->faults[FAULT_RESET].on = false;
        machine->line = LINE_BREAKS;
    }
}

void machine_take(struct machine *machine, const uint8_t *bytes, size_t len,
        uint64_t now_ms)
{
    assert(len <= machine_room(machine, now_ms));
    for (size_t i = 0; i < len; i++)
        keep(machine, bytes[i]);
    machine->idle_ms = now_ms;
    machine->slow_ms = now_ms;
    count_faults(machine, now_ms);
}

/* --- printing --- */

/* After so many lines. */
static bool is_due(const struct machine *machine, enum fault_id id)
{
    const struct fault_state *fault = &machine->faults[id];

    return fault->on &&
           machine->head.moved >=
                   fault->from + (uint64_t)fault->number * HEAD_ROW;
}

static void stop(struct machine *machine, bool *what, enum machine_why why)
{
    *what = true;
    tear(machine, why);
    say_record(machine);
}

static void look_at_paper(struct machine *machine)
{
    struct status *status = &machine->status;

    if (is_due(machine, FAULT_PAPER_OUT) && !status->paper_out)
        stop(machine, &status->paper_out, WHY_PAPER_OUT);
    if (is_due(machine, FAULT_COVER_OPEN) && !status->cover_open)
        stop(machine, &status->cover_open, WHY_COVER_OPEN);
}

static void read_byte(struct machine *machine, uint64_t now_ms)
{
    uint64_t moved = machine->head.moved;
    uint8_t byte = machine->buffer[machine->first];

    machine->first = (machine->first + 1) % MACHINE_BUFFER;
    machine->count--;
    machine->done++;
    reader_feed(&machine->reader, byte);
    moved = machine->head.moved - moved;
    if (machine->busy_us < now_ms * 1000)
        machine->busy_us = now_ms * 1000;
    if (machine->config.speed)
        machine->busy_us +=
                moved * 1000000 / (SHEET_DOTS_PER_MM * machine->config.speed);
}

/* The end of a connection has been reached. */
static void take_end(struct machine *machine)
{
    machine->end_count--;
    memmove(machine->ends, machine->ends + 1,
            machine->end_count * sizeof(machine->ends[0]));
    reader_rest(&machine->reader);
    tear(machine, WHY_LEFT);
}

static bool can_print(const struct machine *machine, uint64_t now_ms)
{
    return !status_is_off(&machine->status) && now_ms >= machine->dark_ms &&
           machine->busy_us <= now_ms * 1000;
}

static void print(struct machine *machine, uint64_t now_ms)
{
    look_at_paper(machine);
    while (can_print(machine, now_ms)) {
        if (machine->end_count > 0 && machine->ends[0] <= machine->done)
            take_end(machine);
        else if (machine->count > 0)
            read_byte(machine, now_ms);
        else
            break;
        look_at_paper(machine);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t due(const struct machine *machine, uint64_t now_ms)
{
    const struct fault_state *stall = &machine->faults[FAULT_STALL];
    uint64_t at = now_ms + TURN_MS;

    if (machine->busy_us > now_ms * 1000)
        at = earlier(at, machine->busy_us / 1000 + 1);
    if (has(machine, FAULT_SLOW) && machine->connected)
        at = earlier(at, now_ms + SLOW_MS);
    if (stall->on)
        at = earlier(at, stall->from + stall->number * 1000ull);
    if (machine->dark_ms > now_ms)
        at = earlier(at, machine->dark_ms);
    return at;
}

uint64_t machine_turn(struct machine *machine, uint64_t now_ms)
{
    count_faults(machine, now_ms);
    if (has(machine, FAULT_STALL) && !is_stalled(machine, now_ms))
        machine->faults[FAULT_STALL].on = false;
    print(machine, now_ms);
    if (machine->connected && machine->line == LINE_STAYS &&
            now_ms >= machine->idle_ms + MACHINE_IDLE_MS)
        machine->line = LINE_ENDS;
    return due(machine, now_ms);
}

/* --- faults --- */

/* Those that are seen at once. */
static void see(struct machine *machine)
{
    struct status before = machine->status;

    machine->status.paper_low = has(machine, FAULT_PAPER_LOW);
    machine->status.failed = has(machine, FAULT_CUTTER);
    machine->status.paper_out &= has(machine, FAULT_PAPER_OUT);
    machine->status.cover_open &= has(machine, FAULT_COVER_OPEN);
    if (memcmp(&before, &machine->status, sizeof(before)) != 0)
        say_record(machine);
}

void machine_fault(struct machine *machine, enum fault_id id, uint32_t number,
        uint64_t now_ms)
{
    uint64_t from = machine->taken;

    if (id == FAULT_PAPER_OUT || id == FAULT_COVER_OPEN)
        from = machine->head.moved;
    if (id == FAULT_STALL)
        from = now_ms;
    machine->slow_ms = now_ms;
    machine->faults[id] =
            (struct fault_state){ .on = true, .number = number, .from = from };
    see(machine);
    look_at_paper(machine);
}

void machine_mend(struct machine *machine, enum fault_id id, uint64_t now_ms)
{
    machine->faults[id].on = false;
    machine->idle_ms = now_ms;
    see(machine);
}
