#include "tests/devices/suite/bench.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/core/device.h"
#include "tests/devices/suite/words.h"

#define SITE      "main"
#define NOISE     4711
#define KEPT_MOST 24
#define FACT_MOST 256
#define SEEN_STEP 65536

/* How often a story may go round without coming to rest. */
#define TURNS_MOST 2000

/* A tick comes as often at least. */
#define TICK_MS 1000

/* A board's own clock begins with each start. */
#define BOARD_MS 1000

#define COUNTS 8

struct kept {
    char key[16];
    uint8_t bytes[FRAME_BYTES];
    size_t len;
};

/* What the device said of itself with its last DONE. */
struct status {
    bool good;
    uint8_t stage;
    bool wants_link;
    bool keeps_session;
    uint64_t wake_ms;
    uint64_t asleep_until_ms;
    uint32_t counts[COUNTS];
};

static const char *const count_names[COUNTS] = { "taken", "copies", "late",
    "bad", "lost", "refused", "unkept", "held" };

struct bench {
    struct line *line;
    struct broker *broker;
    const struct story *story;
    struct bench_cut cut;
    struct bench_figures figures;
    uint32_t played; /* stories, for names of their own */
    char device[24];

    uint64_t now_ms;
    uint64_t boot_ms; /* when the power came */
    struct status status;
    struct broker_will will;
    struct broker_batch batch;
    bool network;
    bool linked;
    bool is_cut;   /* the power was lost in what was sent last */
    bool is_dirty; /* the broker may have something */
    bool sounds;
    bool shines;

    bool hub_answers;
    uint32_t hint_s;
    uint32_t said; /* by the hub */
    uint32_t seq;
    uint8_t facts[FACT_MOST][16]; /* that the hub has heard */
    uint32_t fact_count;

    struct kept kept[KEPT_MOST];

    char *seen;
    size_t seen_len;
    size_t seen_cap;
    size_t mark; /* where what the step before did begins in `seen` */
    size_t cursor;
    bool is_wrong;
    char wrong[512];
};

/* --- what is seen --- */

__attribute__((format(printf, 2, 3))) static void see(
        struct bench *bench, const char *format, ...)
{
    va_list args;
    int len;

    if (bench->seen_cap - bench->seen_len < 4096) {
        bench->seen_cap += SEEN_STEP;
        bench->seen = realloc(bench->seen, bench->seen_cap);
        assert(bench->seen);
    }
    bench->seen_len += (size_t)snprintf(
            bench->seen + bench->seen_len, 32, "%9" PRIu64 " ", bench->now_ms);
    va_start(args, format);
    len = vsnprintf(bench->seen + bench->seen_len, 4000, format, args);
    va_end(args);
    assert(len >= 0 && len < 4000);
    bench->seen_len += (size_t)len;
    bench->seen[bench->seen_len++] = '\n';
    bench->seen[bench->seen_len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void fail(
        struct bench *bench, const char *format, ...)
{
    va_list args;

    if (bench->is_wrong)
        return;
    bench->is_wrong = true;
    va_start(args, format);
    vsnprintf(bench->wrong, sizeof(bench->wrong), format, args);
    va_end(args);
    see(bench, "WRONG %s", bench->wrong);
}

/* Behind the moment of a line. */
#define TEXT_AT 10

/* The end of the first line from `from` on that begins so, or 0. */
static size_t find_line(
        const struct bench *bench, size_t from, const char *text)
{
    while (from < bench->seen_len) {
        const char *line = bench->seen + from;
        const char *end = strchr(line, '\n');

        from = (size_t)(end - bench->seen) + 1;
        if (strncmp(line + TEXT_AT, text, strlen(text)) == 0)
            return from;
    }
    return 0;
}

static void see_bytes(struct bench *bench, const char *what, const char *where,
        const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * FRAME_BYTES + 1];

    assert(len <= FRAME_BYTES);
    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * len] = '\0';
    see(bench, "%s %s %s", what, where, hex);
}

/* --- the store --- */

static struct kept *find_kept(struct bench *bench, const char *key)
{
    struct kept *kept = bench->kept;

    while (kept->key[0] && strcmp(kept->key, key) != 0)
        kept++;
    assert(kept < bench->kept + KEPT_MOST - 1);
    return kept;
}

static enum line_wish keep(struct bench *bench, struct frame *frame)
{
    char key[16];
    size_t len;
    const uint8_t *bytes;
    bool is_last = ++bench->figures.writes == bench->cut.write;
    struct kept *kept;

    frame_text(frame, key, sizeof(key));
    bytes = frame_bytes(frame, &len);
    if (frame->bad) {
        fail(bench, "a write that makes no sense");
        return LINE_OFF;
    }
    see_bytes(bench, "keeps", key, bytes, len);
    if (is_last && !bench->cut.after)
        return LINE_OFF;
    kept = find_kept(bench, key);
    memcpy(kept->key, key, sizeof(kept->key));
    memcpy(kept->bytes, bytes, len);
    kept->len = len;
    if (is_last)
        return LINE_OFF;
    frame_begin(frame, FRAME_ANSWER);
    frame_put_u8(frame, 1);
    return LINE_ANSWER;
}

static enum line_wish load(struct bench *bench, struct frame *frame)
{
    const struct kept *kept;
    char key[16];

    frame_text(frame, key, sizeof(key));
    kept = find_kept(bench, key);
    frame_begin(frame, FRAME_ANSWER);
    frame_put_bytes(frame, kept->bytes, kept->len);
    return LINE_ANSWER;
}

/* --- what the board does --- */

static void publish(struct bench *bench, struct frame *frame)
{
    static struct broker_message message;
    uint32_t token = frame_u32(frame);
    const uint8_t *bytes;

    memset(&message, 0, sizeof(message));
    message.retained = frame_u8(frame) != 0;
    frame_text(frame, message.topic, sizeof(message.topic));
    bytes = frame_bytes(frame, &message.len);
    memcpy(message.bytes, bytes, message.len);
    see(bench, "says %s %zu%s", message.topic, message.len,
            message.retained ? " retained" : "");
    if (!bench->broker->publish(bench->broker->ctx, &message, token))
        fail(bench, "the broker takes nothing");
    bench->is_dirty = true;
}

static void subscribe(struct bench *bench, struct frame *frame)
{
    char topic[BROKER_TOPIC];

    frame_text(frame, topic, sizeof(topic));
    see(bench, "listens %s", topic);
    if (!bench->broker->subscribe(bench->broker->ctx, topic))
        fail(bench, "the broker takes no subscription");
    bench->is_dirty = true;
}

static void display(struct bench *bench, struct frame *frame)
{
    uint8_t count = frame_u8(frame);
    char lines[DEVICE_DISPLAY_LINES][4 * DEVICE_DISPLAY_COLUMNS + 1] = { "" };
    char all[512] = "";
    size_t len = 0;

    for (uint8_t i = 0; i < count && i < DEVICE_DISPLAY_LINES; i++) {
        frame_text(frame, lines[i], sizeof(lines[i]));
        len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
                i > 0 ? " | " : "", lines[i]);
    }
    see(bench, "display %s", all);
}

static void read_status(struct bench *bench, struct frame *frame)
{
    struct status status;

    status.good = frame_u8(frame) != 0;
    status.stage = frame_u8(frame);
    status.wants_link = frame_u8(frame) != 0;
    status.keeps_session = frame_u8(frame) != 0;
    status.wake_ms = frame_u64(frame);
    status.asleep_until_ms = frame_u64(frame);
    for (int i = 0; i < COUNTS; i++)
        status.counts[i] = frame_u32(frame);
    for (int i = 0; i < COUNTS; i++)
        if (status.counts[i] != bench->status.counts[i])
            see(bench, "counts %s=%" PRIu32, count_names[i], status.counts[i]);
    if (!status.good)
        see(bench, "not good");
    bench->status = status;
}

static void see_switch(
        struct bench *bench, const char *name, bool *is_on, struct frame *frame)
{
    *is_on = frame_u8(frame) != 0;
    see(bench, "%s %s", name, *is_on ? "on" : "off");
}

static void see_rest(struct bench *bench, uint64_t until_ms)
{
    if (until_ms == UINT64_MAX)
        see(bench, "rest");
    else
        see(bench, "rest %" PRIu64, until_ms);
}

static void read_will(struct bench *bench, struct frame *frame)
{
    frame_text(frame, bench->will.topic, sizeof(bench->will.topic));
    frame_text(frame, bench->will.text, sizeof(bench->will.text));
}

static void read_memory(struct bench *bench, struct frame *frame)
{
    uint32_t stack = frame_u32(frame);

    if (stack > bench->figures.stack_bytes)
        bench->figures.stack_bytes = stack;
    bench->figures.state_bytes = frame_u32(frame);
}

static enum line_wish on_frame(
        void *arg, enum frame_type type, struct frame *frame)
{
    struct bench *bench = arg;
    char text[DEVICE_LINE_BYTES];

    switch (type) {
    case FRAME_KEEP:
        return keep(bench, frame);
    case FRAME_LOAD:
        return load(bench, frame);
    case FRAME_PUBLISH:
        publish(bench, frame);
        break;
    case FRAME_SUBSCRIBE:
        subscribe(bench, frame);
        break;
    case FRAME_SHOW:
        frame_text(frame, text, sizeof(text));
        see(bench, "show %s", text);
        break;
    case FRAME_DISPLAY:
        display(bench, frame);
        break;
    case FRAME_BUZZ:
        see_switch(bench, "buzz", &bench->sounds, frame);
        break;
    case FRAME_LED:
        see_switch(bench, "led", &bench->shines, frame);
        break;
    case FRAME_REST:
        see_rest(bench, frame_u64(frame));
        break;
    case FRAME_WILL:
        read_will(bench, frame);
        break;
    case FRAME_MEMORY:
        read_memory(bench, frame);
        break;
    case FRAME_DONE:
        read_status(bench, frame);
        break;
    default:
        fail(bench, "the board says '%c'", type);
        break;
    }
    return LINE_GO_ON;
}

/* --- what is said to the board --- */

static uint64_t wall_ms(const struct bench *bench)
{
    return STORY_EPOCH_MS + bench->now_ms;
}

static void begin(
        const struct bench *bench, struct frame *frame, enum frame_type type)
{
    frame_begin(frame, type);
    frame_put_u64(frame, BOARD_MS + bench->now_ms - bench->boot_ms);
    frame_put_u64(frame, bench->story->has_clock ? wall_ms(bench) : 0);
}

/* False: it is not done, as the power is lost or something is wrong. */
static bool send_frame(struct bench *bench, const struct frame *frame)
{
    if (bench->is_wrong || bench->is_cut)
        return false;
    switch (bench->line->send(bench->line->ctx, frame, on_frame, bench)) {
    case LINE_DONE:
        return !bench->is_wrong;
    case LINE_CUT:
        bench->is_cut = true;
        return false;
    case LINE_BROKEN:
        break;
    }
    fail(bench, "the board is broken");
    return false;
}

static bool tell(struct bench *bench, enum frame_type type)
{
    struct frame frame;

    begin(bench, &frame, type);
    return send_frame(bench, &frame);
}

static bool tell_number(struct bench *bench, enum frame_type type, uint32_t n)
{
    struct frame frame;

    begin(bench, &frame, type);
    if (type == FRAME_PUBLISHED)
        frame_put_u32(&frame, n);
    else
        frame_put_u8(&frame, (uint8_t)n);
    return send_frame(bench, &frame);
}

static bool tell_message(
        struct bench *bench, const struct broker_message *message)
{
    size_t piece = bench->story->piece ? bench->story->piece : FRAME_PIECE;
    struct frame frame;
    size_t at = 0;

    do {
        size_t len = message->len - at < piece ? message->len - at : piece;

        begin(bench, &frame, FRAME_MESSAGE);
        frame_put_u8(&frame, message->retained);
        frame_put_u32(&frame, (uint32_t)at);
        frame_put_u32(&frame, (uint32_t)message->len);
        frame_put_text(&frame, at == 0 ? message->topic : "");
        frame_put_bytes(&frame, message->bytes + at, len);
        if (!send_frame(bench, &frame))
            return false;
        at += len;
    } while (at < message->len);
    return true;
}

static bool tell_vitals(struct bench *bench, uint32_t number)
{
    struct frame frame;

    begin(bench, &frame, FRAME_VITALS);
    frame_put_u8(&frame, 1);
    frame_put_u32(&frame, number % 1000);
    frame_put_u8(&frame, number >= 1000);
    frame_put_u32(&frame, (uint32_t)-60);
    frame_put_u32(&frame, 4096);
    return send_frame(bench, &frame);
}

static bool tell_start(struct bench *bench)
{
    const struct story *story = bench->story;
    struct frame frame;

    begin(bench, &frame, FRAME_START);
    frame_put_u32(&frame, NOISE + (uint32_t)bench->boot_ms);
    frame_put_u32(&frame, story->auto_ack_ms);
    frame_put_u32(&frame, story->sleep_s);
    frame_put_text(&frame, story->kind);
    frame_put_text(&frame, bench->device);
    frame_put_text(&frame, SITE);
    frame_put_text(&frame, story->table);
    frame_put_text(&frame, story->station);
    frame_put_text(&frame, "suite 1");
    frame_put_text(&frame, "call");
    frame_put_text(&frame, "bill");
    frame_put_text(&frame, "help");
    return send_frame(bench, &frame);
}

/* --- the link and the hub --- */

static void drop(struct bench *bench, bool politely)
{
    if (!bench->linked)
        return;
    bench->linked = false;
    bench->is_dirty = true;
    bench->batch.event_count = 0;
    if (!bench->broker->disconnect(bench->broker->ctx, politely))
        fail(bench, "the broker does not let it go");
}

/* With nothing in its memory. It may be lost again in its first write. */
static void power_on(struct bench *bench)
{
    for (int i = 0; i < 3; i++) {
        bench->is_cut = false;
        bench->boot_ms = bench->now_ms;
        bench->status = (struct status){ 0 };
        bench->sounds = false;
        bench->shines = false;
        if (!bench->line->power(bench->line->ctx)) {
            fail(bench, "the board does not start");
            return;
        }
        if (tell_start(bench) || !bench->is_cut)
            break;
        see(bench, "power");
    }
    if (!bench->is_wrong && !bench->status.good)
        fail(bench, "the device does not start");
}

static void lose_power(struct bench *bench)
{
    see(bench, "power");
    drop(bench, false);
    power_on(bench);
}

static void link_up(struct bench *bench)
{
    see(bench, "link%s", bench->status.keeps_session ? "" : " clean");
    bench->linked = true;
    bench->is_dirty = true;
    if (!bench->broker->connect(bench->broker->ctx, bench->device,
                bench->status.keeps_session, &bench->will))
        fail(bench, "the broker refuses it");
    tell(bench, FRAME_LINK);
}

static void link_down(struct bench *bench, bool politely)
{
    if (!bench->linked)
        return;
    drop(bench, politely);
    tell(bench, FRAME_LOST);
}

static void say(struct bench *bench, const char *pattern, const uint8_t *bytes,
        size_t len, bool retained)
{
    static struct broker_message message;
    char topic[BROKER_TOPIC - 16] = "";
    size_t at = strcspn(pattern, "%");

    memset(&message, 0, sizeof(message));
    snprintf(topic, sizeof(topic), "%.*s%s", (int)at, pattern,
            pattern[at] ? bench->device : "");
    if (pattern[at])
        snprintf(topic + strlen(topic), sizeof(topic) - strlen(topic), "%s",
                pattern + at + 2);
    snprintf(message.topic, sizeof(message.topic), "dw/1/" SITE "/%s", topic);
    assert(len <= sizeof(message.bytes));
    memcpy(message.bytes, bytes, len);
    message.len = len;
    message.retained = retained;
    if (!bench->broker->say(bench->broker->ctx, &message))
        fail(bench, "the broker does not take what the hub says");
    bench->is_dirty = true;
}

/* True: it was heard before. */
static bool note_fact(struct bench *bench, const uint8_t id[16])
{
    for (uint32_t i = 0; i < bench->fact_count; i++)
        if (memcmp(bench->facts[i], id, 16) == 0)
            return true;
    assert(bench->fact_count < FACT_MOST);
    memcpy(bench->facts[bench->fact_count++], id, 16);
    return false;
}

static void answer(struct bench *bench, const uint8_t id[16], bool duplicate)
{
    char text[256];
    size_t len = words_receipt(text, sizeof(text), id, ++bench->seq, duplicate,
            wall_ms(bench), bench->hint_s);

    assert(len > 0);
    say(bench, "receipt/%d", (const uint8_t *)text, len, false);
}

static void hear(struct bench *bench, const struct broker_message *message)
{
    const char *where = strrchr(message->topic, '/') + 1;
    char text[160];
    uint8_t id[16];
    bool again;

    if (strcmp(where, "state") == 0) {
        see(bench, "hears state %.*s", (int)message->len,
                (const char *)message->bytes);
        return;
    }
    if (!words_read(text, sizeof(text), id, message->bytes, message->len)) {
        fail(bench, "the hub cannot read what is on %s", message->topic);
        return;
    }
    again = note_fact(bench, id);
    see(bench, "hears %s %s%s", where, text, again ? " again" : "");
    see_bytes(bench, "bytes", where, message->bytes, message->len);
    if (bench->hub_answers)
        answer(bench, id, again);
}

static void pass_on(struct bench *bench, const struct broker_event *event)
{
    switch (event->what) {
    case BROKER_SUBSCRIBED:
        tell(bench, FRAME_SUBSCRIBED);
        break;
    case BROKER_PUBLISHED:
        tell_number(bench, FRAME_PUBLISHED, event->token);
        break;
    case BROKER_MESSAGE:
        if (tell_message(bench, &event->message))
            bench->broker->taken(bench->broker->ctx);
        break;
    }
}

/* The hub hears first, then the device, in the order of arrival. */
static bool pass_batch(struct bench *bench)
{
    struct broker_batch *batch = &bench->batch;

    if (!bench->is_dirty)
        return false;
    bench->is_dirty = false;
    if (!bench->broker->collect(bench->broker->ctx, batch)) {
        fail(bench, "the broker says nothing");
        return false;
    }
    if (batch->heard_count + batch->event_count == 0)
        return false;
    bench->is_dirty = true;
    for (size_t i = 0; i < batch->heard_count; i++)
        hear(bench, &batch->heard[i]);
    for (size_t i = 0; i < batch->event_count && !bench->is_cut; i++)
        pass_on(bench, &batch->events[i]);
    return true;
}

/* Until nothing more follows at this moment. */
static void settle(struct bench *bench)
{
    for (int turns = 0; turns < TURNS_MOST && !bench->is_wrong; turns++) {
        bool wants = bench->status.wants_link && bench->network;

        if (bench->is_cut) {
            lose_power(bench);
        } else if (bench->linked && !wants) {
            see(bench, "asleep");
            link_down(bench, true);
        } else if (!bench->linked && wants) {
            link_up(bench);
        } else if (!pass_batch(bench)) {
            return;
        }
    }
    fail(bench, "it does not come to rest");
}

/* --- time --- */

static uint64_t wake_ms(const struct bench *bench)
{
    uint64_t wake = bench->status.wake_ms;

    return wake > UINT64_MAX / 2 || wake < BOARD_MS
                   ? UINT64_MAX
                   : wake - BOARD_MS + bench->boot_ms;
}

static void pass_time(struct bench *bench, uint64_t to_ms)
{
    while (bench->now_ms < to_ms && !bench->is_wrong) {
        uint64_t next = bench->now_ms + TICK_MS;
        uint64_t wake = wake_ms(bench);

        if (wake > bench->now_ms && wake < next)
            next = wake;
        bench->now_ms = next < to_ms ? next : to_ms;
        tell(bench, FRAME_TICK);
        settle(bench);
    }
}

/* --- steps --- */

static void say_message(
        struct bench *bench, const struct story_message *message)
{
    static uint8_t bytes[BROKER_PAYLOAD];
    size_t len = words_say(bytes, sizeof(bytes), message, ++bench->said,
            wall_ms(bench), bench->device);

    if (len == 0)
        fail(bench, "the hub cannot say %s", message->event);
    else
        say(bench, message->topic, bytes, len, message->retained);
}

static void set_network(struct bench *bench, bool is_there)
{
    bench->network = is_there;
    if (!is_there)
        link_down(bench, false);
}

static void restart_broker(struct bench *bench)
{
    bool was_linked = bench->linked;

    bench->linked = false;
    bench->is_dirty = true;
    if (!bench->broker->forget(bench->broker->ctx))
        fail(bench, "the broker does not come again");
    if (was_linked)
        tell(bench, FRAME_LOST);
}

static void do_step(struct bench *bench, const struct story_step *step)
{
    struct frame frame;

    switch (step->what) {
    case STEP_SAY:
        say_message(bench, step->message);
        break;
    case STEP_RAW:
        say(bench, step->message->topic, (const uint8_t *)step->text,
                strlen(step->text), step->message->retained);
        break;
    case STEP_KEY:
        tell_number(bench, FRAME_INPUT, step->number);
        break;
    case STEP_WORD:
        begin(bench, &frame, FRAME_WORD);
        frame_put_text(&frame, step->text);
        send_frame(bench, &frame);
        break;
    case STEP_NETWORK:
        set_network(bench, step->number != 0);
        break;
    case STEP_HUB:
        bench->hub_answers = step->number != 0;
        break;
    case STEP_REFUSE:
        tell_number(bench, FRAME_REFUSE, step->number);
        break;
    case STEP_POWER:
        lose_power(bench);
        break;
    case STEP_BROKER:
        restart_broker(bench);
        break;
    case STEP_BATTERY:
        tell_vitals(bench, step->number);
        break;
    case STEP_HINT:
        bench->hint_s = step->number;
        break;
    default:
        break;
    }
}

static void look(struct bench *bench, const struct story_step *step)
{
    size_t found;

    if (bench->cut.write)
        return; /* what is seen then is another matter */
    if (step->what == STEP_SEEN) {
        found = find_line(bench, bench->cursor, step->text);
        if (found)
            bench->cursor = found;
        else
            fail(bench, "not seen: %s", step->text);
    } else if (find_line(bench, bench->mark, step->text)) {
        fail(bench, "seen: %s", step->text);
    }
}

static bool is_skipped(const struct bench *bench, const struct story_step *step)
{
    return (step->unless && find_line(bench, 0, step->unless)) ||
           (step->when_ringing && !bench->sounds && !bench->shines);
}

static void play_step(struct bench *bench, const struct story_step *step)
{
    if (step->what == STEP_SEEN || step->what == STEP_NOT_SEEN) {
        look(bench, step);
        return;
    }
    bench->mark = bench->cursor = bench->seen_len;
    if (step->at_ms)
        pass_time(bench, step->at_ms);
    if (is_skipped(bench, step))
        return;
    do_step(bench, step);
    settle(bench);
}

/* --- the end --- */

/* The ids of lines like that: 0, 1, or 2 for more. Each is followed by its
 * bytes, and those with the same id are called "again". */
static uint32_t count_ids(const struct bench *bench, const char *text)
{
    uint32_t count = 0;
    size_t at = 0;

    while ((at = find_line(bench, at, text)) != 0)
        count += strncmp(bench->seen + at - 7, " again\n", 7) != 0;
    return count;
}

static void check_last(struct bench *bench)
{
    const char *const *last = bench->story->last;
    const char *line = NULL;
    size_t end = 0;

    for (size_t at = 0; (at = find_line(bench, at, last[0])) != 0; end = at)
        ;
    for (size_t at = end > 0 ? end - 1 : 0; at > 0 && !line; at--)
        if (bench->seen[at - 1] == '\n')
            line = bench->seen + at;
    if (!line || !memmem(line, (size_t)(bench->seen + end - line), last[1],
                         strlen(last[1])))
        fail(bench, "the last of %s has no %s", last[0], last[1]);
}

static void check_end(struct bench *bench)
{
    if (bench->story->last[0])
        check_last(bench);
    for (int i = 0; i < 3 && bench->story->once[i]; i++) {
        uint32_t count = count_ids(bench, bench->story->once[i]);

        if (count != 1)
            fail(bench, "%" PRIu32 " times: %s", count, bench->story->once[i]);
    }
    if (bench->story->once[0] && bench->sounds)
        fail(bench, "it rings on");
}

static void clear(struct bench *bench)
{
    struct bench fresh = { .line = bench->line,
        .broker = bench->broker,
        .played = bench->played + 1,
        .seen = bench->seen,
        .seen_cap = bench->seen_cap,
        .hub_answers = true };

    *bench = fresh;
    if (bench->seen)
        bench->seen[0] = '\0';
    snprintf(bench->device, sizeof(bench->device), "d%u", bench->played);
}

bool bench_play(struct bench *bench, const struct story *story,
        const struct bench_cut *cut, struct bench_figures *figures)
{
    clear(bench);
    bench->story = story;
    bench->cut = *cut;
    power_on(bench);
    settle(bench);
    for (const struct story_step *step = story->steps;
            step->what != STEP_END && !bench->is_wrong; step++)
        play_step(bench, step);
    if (!bench->is_wrong)
        check_end(bench);
    tell(bench, FRAME_FIGURES);
    drop(bench, true);
    *figures = bench->figures;
    return !bench->is_wrong;
}

const char *bench_seen(const struct bench *bench)
{
    return bench->seen ? bench->seen : "";
}

const char *bench_wrong(const struct bench *bench)
{
    return bench->wrong;
}

struct bench *bench_create(struct line *line, struct broker *broker)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    assert(bench);
    bench->line = line;
    bench->broker = broker;
    return bench;
}

void bench_destroy(struct bench *bench)
{
    free(bench->seen);
    free(bench);
}
