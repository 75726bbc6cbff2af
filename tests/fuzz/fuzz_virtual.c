/*
 * The virtual printer is fed by anybody on the network: whatever comes, in
 * whatever pieces and whatever is wrong with it, it takes all of it in the end,
 * no sheet is longer than paper, and what stands on it is text.
 *
 * The first bytes choose a fault, its number and the size of the pieces.
 */
#include <assert.h>
#include <stdlib.h>

#include "devices/virtual/machine.h"

static const char *const samples[] = {
    "\xFF\x01\x20\x1B@\x1C.\x1Bt\x13\x1D!\x11ORDER 41\n\x1D!\x01"
    "2x Soup\njob 41-kitchen-order\n\x1B"
    "d\x04\x1DVB\x01"
    "\x1D(H\x06\x01\x30\x30"
    "ab12",
    "\xFF\x01\x07\x1Dv0\x03\x02\x01\x03\x01"
    "ABCDEFGH\n\x1B*\x21\x01\x01"
    "ABC",
    "\xFF\x01\x40\x1D(k\x06\x01\x31\x50\x30"
    "abc\x1D(k\x03\x01\x31\x51\x30",
    "\x01\x01\x40\x1D(L\x0B\x01\x30\x70\x30\x01\x01\x31\x08\x01\x01\x01\xFF"
    "\x1D(L\x02\x01\x30\x32\x1B"
    "d\xFF\x1B"
    "d\xFF",
    "\x07\x10\x03\x10\x04\x01\x1D"
    "a\xFF\x1DI\x42\x1Dr\x01\x1B&\x03"
    "AB\x02",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))
#define TURNS   200
#define LONGEST 1024 /* what comes later finds nothing new, but slowly */

#include "tests/fuzz/samples.h"

static uint64_t now_ms;

static void on_say(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    assert(bytes && len > 0 && len <= STATUS_WHO);
}

static void on_sheet(void *ctx, const struct sheet *sheet, enum machine_why why,
        bool is_whole)
{
    char job[SHEET_JOB];

    (void)ctx;
    assert(sheet->inked && sheet->dots.height <= SHEET_ROWS);
    assert(!is_whole || why == WHY_CUT);
    assert(sheet->text_len < SHEET_TEXT);
    assert(strlen(sheet->text) == sheet->text_len);
    for (const char *c = sheet->text; *c; c++)
        assert(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7F));
    sheet_job(sheet, job);
}

static void on_noise(void *ctx, enum head_event event)
{
    (void)ctx;
    assert(event == HEAD_BUZZ || event == HEAD_DRAWER);
}

static void go_on(struct machine *machine)
{
    uint64_t due_ms = machine_turn(machine, now_ms);

    assert(due_ms >= now_ms && due_ms <= now_ms + 1000);
    if (machine->line != LINE_STAYS && machine->connected)
        machine_disconnect(machine);
    if (!machine->connected && machine_door(machine, now_ms) == DOOR_OPEN)
        machine_connect(machine, now_ms);
}

static void feed(
        struct machine *machine, const uint8_t *data, size_t len, size_t piece)
{
    for (int turns = 0; len > 0 && turns < TURNS; turns++) {
        size_t room = machine_room(machine, now_ms);

        room = room < piece ? room : piece;
        room = room < len ? room : len;
        if (room > 0)
            machine_take(machine, data, room, now_ms);
        else
            now_ms += 1000;
        data += room;
        len -= room;
        turns = room > 0 ? 0 : turns;
        go_on(machine);
    }
}

/* Without faults all that waits is printed. */
static void finish(struct machine *machine)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        machine_mend(machine, (enum fault_id)i, now_ms);
    if (machine->connected)
        machine_disconnect(machine);
    now_ms += MACHINE_DARK_MS;
    machine_turn(machine, now_ms);
    assert(machine->count == 0 && machine->end_count == 0);
    assert(!machine->head.sheet.inked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct machine machine;
    const struct machine_config config = { .profile = profile_at(0) };
    const struct machine_to to = { NULL, on_say, on_sheet, on_noise };

    if (len < 3)
        return 0;
    now_ms = 1000;
    assert(config.profile && machine_init(&machine, &config, &to));
    if (data[0] < FAULT_COUNT)
        machine_fault(&machine, (enum fault_id)data[0], data[1], now_ms);
    go_on(&machine);
    len = len < LONGEST ? len : LONGEST;
    feed(&machine, data + 3, len - 3, data[2] + 1u);
    finish(&machine);
    machine_finish(&machine);
    return 0;
}
