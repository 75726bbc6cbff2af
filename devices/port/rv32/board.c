#include "devices/port/rv32/board.h"

#include <string.h>

static void put(struct board *board)
{
    board->wire.put(board->wire.ctx, &board->out);
}

/* --- the platform --- */

static uint64_t wall_ms(void *ctx)
{
    return ((struct board *)ctx)->wall_ms;
}

static uint32_t random_number(void *ctx)
{
    struct board *board = ctx;

    board->noise = board->noise * 1664525u + 1013904223u;
    return board->noise ^ board->noise >> 16;
}

static bool subscribe(void *ctx, const char *topic)
{
    struct board *board = ctx;

    frame_begin(&board->out, FRAME_SUBSCRIBE);
    frame_put_text(&board->out, topic);
    put(board);
    return true;
}

static int publish(
        void *ctx, const char *topic, const void *data, size_t len, bool retain)
{
    struct board *board = ctx;

    if (board->refuses)
        return 0;
    frame_begin(&board->out, FRAME_PUBLISH);
    frame_put_u32(&board->out, ++board->token);
    frame_put_u8(&board->out, retain);
    frame_put_text(&board->out, topic);
    frame_put_bytes(&board->out, data, len);
    if (board->out.bad)
        return 0;
    put(board);
    return (int)board->token;
}

static bool keep(void *ctx, const char *key, const void *data, size_t len)
{
    struct board *board = ctx;

    frame_begin(&board->out, FRAME_KEEP);
    frame_put_text(&board->out, key);
    frame_put_bytes(&board->out, data, len);
    put(board);
    board->wire.answer(board->wire.ctx, &board->out);
    return frame_u8(&board->out) != 0;
}

static size_t load(void *ctx, const char *key, void *data, size_t cap)
{
    struct board *board = ctx;
    const uint8_t *bytes;
    size_t len;

    frame_begin(&board->out, FRAME_LOAD);
    frame_put_text(&board->out, key);
    put(board);
    board->wire.answer(board->wire.ctx, &board->out);
    bytes = frame_bytes(&board->out, &len);
    if (len > cap)
        return 0;
    memcpy(data, bytes, len);
    return len;
}

static void show(void *ctx, const char *line)
{
    struct board *board = ctx;

    frame_begin(&board->out, FRAME_SHOW);
    frame_put_text(&board->out, line);
    put(board);
}

static void put_switch(struct board *board, enum frame_type type, bool on)
{
    frame_begin(&board->out, type);
    frame_put_u8(&board->out, on);
    put(board);
}

static void buzz(void *ctx, bool on)
{
    put_switch(ctx, FRAME_BUZZ, on);
}

static void led(void *ctx, bool on)
{
    put_switch(ctx, FRAME_LED, on);
}

static void display(void *ctx, const char *const *lines, uint32_t count)
{
    struct board *board = ctx;

    frame_begin(&board->out, FRAME_DISPLAY);
    frame_put_u8(&board->out, (uint8_t)count);
    for (uint32_t i = 0; i < count; i++)
        frame_put_text(&board->out, lines[i]);
    put(board);
}

static bool vitals(void *ctx, struct device_vitals *out)
{
    const struct board *board = ctx;

    if (board->knows_vitals)
        *out = board->vitals;
    return board->knows_vitals;
}

static void rest(void *ctx, uint64_t until_ms)
{
    struct board *board = ctx;

    frame_begin(&board->out, FRAME_REST);
    frame_put_u64(&board->out, until_ms);
    put(board);
}

/* --- what is heard --- */

static const struct device_kind *find_kind(const char *name)
{
    const struct board_kind *kind = board_kinds;

    while (kind->name && strcmp(kind->name, name) != 0)
        kind++;
    return kind->kind;
}

static void put_will(struct board *board)
{
    char topic[DEVICE_TOPIC_BYTES];
    char state[DEVICE_STATE_BYTES];

    device_will(board->memory.device, topic, state);
    frame_begin(&board->out, FRAME_WILL);
    frame_put_text(&board->out, topic);
    frame_put_text(&board->out, state);
    put(board);
}

static const char *text_of(const struct board *board, int which)
{
    return board->texts[which][0] ? board->texts[which] : NULL;
}

static bool start(struct board *board, struct frame *frame, uint64_t now_ms)
{
    const struct device_kind *kind;
    struct device_config config = { 0 };
    char name[16];

    board->noise = frame_u32(frame);
    config.auto_ack_ms = frame_u32(frame);
    config.sleep_s = frame_u32(frame);
    frame_text(frame, name, sizeof(name));
    for (int i = 0; i < BOARD_TEXTS; i++)
        frame_text(frame, board->texts[i], sizeof(board->texts[i]));
    config.id = board->texts[BOARD_ID];
    config.site = board->texts[BOARD_SITE];
    config.table = text_of(board, BOARD_TABLE);
    config.station = text_of(board, BOARD_STATION);
    config.firmware = text_of(board, BOARD_FIRMWARE);
    config.reason = text_of(board, BOARD_REASON);
    config.reason_double = text_of(board, BOARD_REASON_DOUBLE);
    config.reason_long = text_of(board, BOARD_REASON_LONG);
    kind = find_kind(name);
    if (frame->bad || !kind || kind->state_bytes > board->memory.state_bytes)
        return false;
    board->is_started = device_start(board->memory.device, kind, &config,
            &board->platform, &board->memory.memory, now_ms);
    if (board->is_started)
        put_will(board);
    return board->is_started;
}

static bool receive(struct board *board, struct frame *frame, uint64_t now_ms)
{
    char topic[DEVICE_TOPIC_BYTES];
    struct part part = { .topic = topic };

    part.retained = frame_u8(frame) != 0;
    part.offset = frame_u32(frame);
    part.total = frame_u32(frame);
    frame_text(frame, topic, sizeof(topic));
    part.topic_len = strlen(topic);
    part.data = frame_bytes(frame, &part.len);
    return !frame->bad &&
           device_receive(board->memory.device, &part, now_ms) == DEVICE_TAKEN;
}

static bool hear_word(struct board *board, struct frame *frame, uint64_t now_ms)
{
    char word[16];

    frame_text(frame, word, sizeof(word));
    if (!frame->bad)
        device_word(board->memory.device, word, now_ms);
    return !frame->bad;
}

static bool hear_vitals(struct board *board, struct frame *frame)
{
    board->knows_vitals = frame_u8(frame) != 0;
    board->vitals.battery_percent = frame_u32(frame);
    board->vitals.charging = frame_u8(frame) != 0;
    board->vitals.rssi_dbm = (int32_t)frame_u32(frame);
    board->vitals.free_bytes = frame_u32(frame);
    return !frame->bad;
}

static bool put_memory(struct board *board)
{
    uint32_t stack = board->wire.stack ? board->wire.stack(board->wire.ctx) : 0;

    frame_begin(&board->out, FRAME_MEMORY);
    frame_put_u32(&board->out, stack);
    frame_put_u32(
            &board->out, (uint32_t)board->memory.device->kind->state_bytes);
    put(board);
    return true;
}

static bool do_it(
        struct board *board, uint8_t type, struct frame *frame, uint64_t now_ms)
{
    struct device *device = board->memory.device;

    switch (type) {
    case FRAME_LINK:
        return device_on_link(device, now_ms);
    case FRAME_LOST:
        device_on_link_lost(device, now_ms);
        return true;
    case FRAME_SUBSCRIBED:
        device_on_subscribed(device, now_ms);
        return true;
    case FRAME_PUBLISHED:
        device_on_published(device, (int)frame_u32(frame), now_ms);
        return true;
    case FRAME_MESSAGE:
        return receive(board, frame, now_ms);
    case FRAME_INPUT:
        device_input(device, (enum device_input)frame_u8(frame), now_ms);
        return true;
    case FRAME_WORD:
        return hear_word(board, frame, now_ms);
    case FRAME_TICK:
        device_tick(device, now_ms);
        return true;
    case FRAME_VITALS:
        return hear_vitals(board, frame);
    case FRAME_REFUSE:
        board->refuses = frame_u8(frame) != 0;
        return true;
    case FRAME_LEAVE:
        return device_leave(device, now_ms) != 0;
    case FRAME_FIGURES:
        return put_memory(board);
    default:
        return false;
    }
}

static void put_done(struct board *board, bool good)
{
    const struct device *device = board->memory.device;
    const struct device_counts *counts = &device->counts;
    const uint32_t numbers[] = { counts->taken, counts->copies, counts->late,
        counts->bad, counts->lost, counts->refused, counts->unkept,
        counts->held };

    frame_begin(&board->out, FRAME_DONE);
    frame_put_u8(&board->out, good);
    frame_put_u8(&board->out, (uint8_t)device->stage);
    frame_put_u8(&board->out, board->is_started && device_wants_link(device));
    frame_put_u8(
            &board->out, board->is_started && device_keeps_session(device));
    frame_put_u64(&board->out, device->wake_ms);
    frame_put_u64(&board->out, device->asleep_until_ms);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        frame_put_u32(&board->out, numbers[i]);
    put(board);
}

void board_hear(struct board *board, struct frame *frame)
{
    uint8_t type = frame_open(frame);
    uint64_t now_ms = frame_u64(frame);
    bool good = false;

    board->wall_ms = frame_u64(frame);
    if (!frame->bad && type == FRAME_START)
        good = start(board, frame, now_ms);
    else if (!frame->bad && board->is_started)
        good = do_it(board, type, frame, now_ms);
    put_done(board, good);
}

void board_init(struct board *board, const struct board_wire *wire,
        const struct board_memory *memory)
{
    memset(board, 0, sizeof(*board));
    memset(memory->device, 0, sizeof(*memory->device));
    board->wire = *wire;
    board->memory = *memory;
    board->platform = (struct device_platform){ .ctx = board,
        .wall_ms = wall_ms,
        .random = random_number,
        .subscribe = subscribe,
        .publish = publish,
        .keep = keep,
        .load = load,
        .show = show,
        .buzz = buzz,
        .led = led,
        .display = display,
        .vitals = vitals,
        .rest = rest };
    frame_begin(&board->out, FRAME_HELLO);
    put(board);
}
