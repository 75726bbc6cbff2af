/*
 * fuzz_notification: whatever a broker delivers, in whatever pieces, to every
 * kind of device, through a printed ticket.
 *
 * The first byte chooses the kind and one of two readings of the rest. As
 * pieces: a byte of flags (which topic, lie about the offset, lie about the
 * total, retained), two of length, the bytes; between pieces time passes and
 * the key is pressed. Or as the texts of an order that is well formed, which
 * gets to the paper.
 */
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "devices/core/device.h"
#include "devices/kinds/kinds.h"
#include "devices/kinds/printer.h"
#include "schemas/envelope.pb-c.h"
#include "tests/support/paper.h"

#define STATE_BYTES (2 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct device device;
static alignas(max_align_t) uint8_t state[STATE_BYTES];
static uint8_t message[DEVICE_MESSAGE_BYTES];
static uint8_t arena[DEVICE_ARENA_BYTES];

/* --- a platform that takes all and does nothing --- */

static uint64_t wall_ms(void *ctx)
{
    (void)ctx;
    return 0;
}

static uint32_t number(void *ctx)
{
    (void)ctx;
    return 4711;
}

static bool subscribe(void *ctx, const char *topic)
{
    (void)ctx;
    return topic[0] != '\0';
}

static int publish(void *ctx, const char *topic, const void *bytes, size_t len,
        bool retain)
{
    static int token;

    (void)ctx;
    (void)retain;
    if (!topic[0] || len == 0 || !bytes)
        abort();
    return token = token % 1000 + 1;
}

static bool keep(void *ctx, const char *key, const void *bytes, size_t len)
{
    (void)ctx;
    return key[0] && bytes && len;
}

static size_t load(void *ctx, const char *key, void *bytes, size_t cap)
{
    (void)ctx;
    (void)key;
    (void)bytes;
    (void)cap;
    return 0;
}

/* No line may hold what a terminal takes for a command. */
static void show(void *ctx, const char *line)
{
    (void)ctx;
    for (; *line; line++)
        if ((uint8_t)*line < 0x20 || *line == 0x7F)
            abort();
}

static void set(void *ctx, bool on)
{
    (void)ctx;
    (void)on;
}

static void display(void *ctx, const char *const *lines, uint32_t count)
{
    (void)ctx;
    if (count > DEVICE_DISPLAY_LINES || (count > 0 && !lines))
        abort();
}

static bool is_docked;

static bool vitals(void *ctx, struct device_vitals *out)
{
    (void)ctx;
    *out = (struct device_vitals){ .battery_percent = 15,
        .charging = is_docked };
    return true;
}

static void rest(void *ctx, uint64_t until_ms)
{
    (void)ctx;
    (void)until_ms;
}

/* --- a spool of one job, and paper that checks what is printed --- */

static uint8_t job[DEVICE_MESSAGE_BYTES];
static size_t job_len;
static char job_id[PRINT_JOB_ID_BYTES];
static struct print_mark job_mark;

static struct print_mark look(void *ctx, const char *id)
{
    (void)ctx;
    return strcmp(id, job_id) == 0 ? job_mark : (struct print_mark){ 0 };
}

/* Whatever is offered is released, so that it is laid out. */
static enum print_put put(void *ctx, const char *id, uint32_t attempt,
        const uint8_t *bytes, size_t len)
{
    (void)ctx;
    (void)attempt;
    if (strlen(id) >= sizeof(job_id) || strpbrk(id, "/. ") || len > sizeof(job))
        abort();
    if (job_mark.stage == PRINT_RELEASED)
        return PUT_FULL;
    memcpy(job_id, id, strlen(id) + 1);
    memcpy(job, bytes, len);
    job_len = len;
    job_mark = (struct print_mark){ .stage = PRINT_RELEASED };
    return PUT_STORED;
}

static bool mark(void *ctx, const char *id, const struct print_mark *to)
{
    (void)ctx;
    (void)id;
    job_mark = *to;
    return true;
}

static bool oldest(
        void *ctx, enum print_stage stage, char id[PRINT_JOB_ID_BYTES])
{
    (void)ctx;
    memcpy(id, job_id, sizeof(job_id));
    return job_mark.stage == stage;
}

static size_t read_job(void *ctx, const char *id, uint8_t *out, size_t cap)
{
    (void)ctx;
    (void)id;
    if (job_len > cap)
        abort();
    memcpy(out, job, job_len);
    return job_len;
}

static bool untold(
        void *ctx, char id[PRINT_JOB_ID_BYTES], struct print_mark *result)
{
    (void)ctx;
    (void)id;
    (void)result;
    return false;
}

static void told(void *ctx, const uint8_t id[DEVICE_ID_BYTES])
{
    (void)ctx;
    (void)id;
}

static uint8_t ticket[8 * DEVICE_MESSAGE_BYTES];
static size_t ticket_len;
static struct paper paper;

static enum print_out_state open_out(void *ctx, const char *wanted)
{
    (void)ctx;
    (void)wanted;
    ticket_len = 0;
    return OUT_DONE;
}

static enum print_out_state check(void *ctx, struct print_status *status)
{
    (void)ctx;
    (void)status;
    return OUT_DONE;
}

static int write_out(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    if (len > sizeof(ticket) - ticket_len)
        abort();
    memcpy(ticket + ticket_len, bytes, len);
    ticket_len += len;
    return (int)len;
}

/* Of the commands only those that tickets are made of may appear. */
static enum print_out_state finish(
        void *ctx, enum print_confirm confirm, uint32_t number)
{
    const struct paper_printer printer = { .columns = 32,
        .dots = 384,
        .cutter = PAPER_PART,
        .raster = true,
        .pages = { { 19, "cp858" }, { 16, "cp1252" }, { 2, "cp850" },
                { 18, "cp852" }, { 17, "cp866" }, { 0, "cp437" } } };

    (void)ctx;
    (void)number;
    if (confirm != CONFIRM_DRAINED ||
            !paper_read(&paper, &printer, ticket, ticket_len))
        abort();
    return OUT_DONE;
}

static void close_out(void *ctx)
{
    (void)ctx;
}

static struct print_equipment equipment = {
    .spool = { NULL, look, put, mark, oldest, read_job, untold, told },
    .out = { .open = open_out,
            .check = check,
            .write = write_out,
            .finish = finish,
            .close = close_out },
};

static void link_up(uint64_t now_ms)
{
    if (!device_on_link(&device, now_ms))
        abort();
    while (device.stage == DEVICE_JOINING)
        device_on_subscribed(&device, now_ms);
}

static void start(const struct device_kind *kind, uint32_t sleep_s)
{
    static const struct device_platform platform = { NULL, wall_ms, number,
        subscribe, publish, keep, load, show, set, set, display, vitals, rest };
    const struct device_config config = { .id = "d",
        .site = "main",
        .table = "5",
        .reason = "call",
        .sleep_s = sleep_s,
        .equipment = &equipment };
    const struct device_memory memory = { message, sizeof(message), arena,
        sizeof(arena), state };

    job_mark = (struct print_mark){ 0 };
    job_id[0] = '\0';
    equipment.profile = profile_find("generic-58");
    if (kind->state_bytes > sizeof(state) ||
            !device_start(&device, kind, &config, &platform, &memory, 1000))
        abort();
    link_up(1000);
}

/* --- the two readings --- */

static void take_pieces(const uint8_t *data, size_t size)
{
    static const char *const topics[] = { "dw/1/main/pb/table/5",
        "dw/1/main/pb/kitchen", "dw/1/main/dev/d/job", "dw/1/main/dev/e/job",
        "dw/1/main/pb/waiters", "dw/1/main/dev/d/cmd", "dw/1/main/receipt/d",
        "dw/1/main/pb/table/6" };
    uint64_t now_ms = 1000;
    size_t offset = 0;

    while (size >= 3) {
        uint8_t flags = data[0];
        size_t len = data[1] | (size_t)(data[2] & 0x3F) << 8;
        const char *topic = topics[(flags & 3) | (flags >> 5 & 4)];
        struct part part = { .topic = topic,
            .topic_len = strlen(topic),
            .retained = (flags & 0xFC) == 0xFC };

        data += 3;
        size -= 3;
        part.len = len < size ? len : size;
        part.data = data;
        part.offset = flags & 4 ? offset : 0;
        part.total = flags & 8 ? part.offset + part.len : size;
        if (flags & 16)
            part.total = SIZE_MAX - flags;
        device_receive(&device, &part, now_ms);
        offset = part.offset + part.len;
        data += part.len;
        size -= part.len;
        now_ms += 700;
        device_tick(&device, now_ms);
        is_docked = (flags & 3) == 3;
        if (flags & 32)
            device_input(&device, (enum device_input)(flags & 3), now_ms);
        if (flags & 32 && flags & 64)
            device_word(&device, flags & 1 ? "bump" : "", now_ms);
        if (flags & 64)
            device_on_published(&device, flags & 3, now_ms);
        if (device.stage == DEVICE_ONLINE && !device_wants_link(&device))
            device_on_link_lost(&device, now_ms);
        if (device.stage == DEVICE_OFFLINE && device_wants_link(&device))
            link_up(now_ms);
        if (device.settings.sleep_s > SETTINGS_SLEEP_MOST)
            abort();
    }
}

#define TEXTS      6
#define TEXT_BYTES 400

/* Cut the rest into TEXTS strings of about the same length. */
static void take_texts(const uint8_t *data, size_t size)
{
    static char texts[TEXTS][TEXT_BYTES];
    static uint8_t packed[DEVICE_MESSAGE_BYTES];
    uint8_t id[DEVICE_ID_BYTES] = { 1 };
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    Dw__PrintRequested request = DW__PRINT_REQUESTED__INIT;
    Dw__Order order = DW__ORDER__INIT;
    Dw__Item item = DW__ITEM__INIT;
    Dw__Item *items[] = { &item };
    char *allergens[] = { texts[4], texts[5] };
    struct part part = { .topic = "dw/1/main/dev/d/job", .topic_len = 19 };

    for (size_t i = 0; i < TEXTS; i++) {
        size_t from = size * i / TEXTS;
        size_t len = size * (i + 1) / TEXTS - from;

        len = len < TEXT_BYTES ? len : TEXT_BYTES - 1;
        memcpy(texts[i], data + from, len);
        texts[i][len] = '\0';
    }
    item.id = texts[0];
    item.name = texts[0];
    item.quantity = (uint32_t)size;
    item.notes = texts[1];
    item.allergens = allergens;
    item.n_allergens = 2;
    order.id = texts[2];
    order.notes = texts[3];
    order.items = items;
    order.n_items = 1;
    order.has_created_at_ms = true;
    memcpy(&order.created_at_ms, texts[5], sizeof(order.created_at_ms));
    request.job_id = (char *)"j";
    request.kind = (Dw__TicketKind)(size % 4);
    request.station = texts[4];
    request.order = &order;
    envelope.has_id = true;
    envelope.id.data = id;
    envelope.id.len = sizeof(id);
    envelope.has_event = true;
    envelope.event = DW__ENVELOPE__BODY_PRINT_REQUESTED - 100;
    envelope.body_case = DW__ENVELOPE__BODY_PRINT_REQUESTED;
    envelope.print_requested = &request;
    part.data = packed;
    part.len = dw__envelope__pack(&envelope, packed);
    part.total = part.len;
    device_receive(&device, &part, 1000);
    device_tick(&device, 1000);
    if (job_mark.stage != PRINT_PRINTED)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (data[0] & 0x80) {
        start(&printer_kind, 0);
        take_texts(data + 1, size - 1);
    } else {
        const struct device_kind *kind = kind_at(data[0] % 6);

        start(kind ? kind : &waiter_kind, data[0] & 0x40 ? 30 : 0);
        take_pieces(data + 1, size - 1);
    }
    return 0;
}
