/*
 * Whatever a guest writes, on paper it is text. Each note goes the way of an
 * order: the hub's check, the message, a device's reading of it, the ticket
 * on a make of printer or one with a single code page; and what comes out is
 * read by somebody who does not know our code. A note that the hub refuses is
 * printed all the same: the printer does not rely on it.
 *
 * The printers take turns. NOTES=1000000 in the environment is the long form,
 * where each note is printed on all of them; NOTES_SEED=n makes other notes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/core/message.h"
#include "devices/kinds/kinds.h"
#include "devices/kinds/printer.h"
#include "devices/paper/escpos.h"
#include "devices/ticket/ticket.h"
#include "hub/evt/body.h"
#include "tests/devices/desk.h"
#include "tests/devices/hostile.h"
#include "tests/devices/kinds/orders.h"
#include "tests/support/paper.h"

#define NOTES_SHORT   50000
#define NOTE_BYTES    280 /* as many as the hub lets a note have */
#define TICKET_BYTES  (8 * DEVICE_MESSAGE_BYTES)
#define PRINTERS      32
#define DEVICE_EACH   8 /* so many notes go through a whole device, one each */
#define DEVICE_LIFE   1024
#define TEXT_OF_NOTES 1000 /* a text that grows to more may be cut */

/* A make of printer, as our code and as the reader know it. */
struct make {
    struct profile profile;
    const struct glyphs *glyphs; /* NULL: it gets no dots for letters */
    struct paper_printer printer;
};

static struct make makes[PRINTERS];
static uint32_t make_count;

static uint8_t packed[DEVICE_MESSAGE_BYTES];
static size_t packed_len;
static uint8_t arena_bytes[DEVICE_ARENA_BYTES];
static uint8_t ticket[TICKET_BYTES];
static size_t ticket_len;
static struct paper paper;

/* What was drawn of the ticket in place of its letters. */
static uint32_t drawn[256];

static struct {
    uint64_t notes, taken, refused, tickets, devices, commands, pages, bands;
} counts;

/* Dots of a letter do not tell which it was, so it is counted; half of what is
 * drawn is black, some of it outside of the box. */
static bool draw(void *ctx, const char *text, bool bold, uint32_t cell,
        struct bitmap *onto, const struct glyph_box *box)
{
    (void)ctx;
    (void)bold;
    assert_int_equal(box->width % cell, 0);
    assert_true(box->x + (int64_t)box->width <= onto->width);
    for (const char *c = text; *c; c++)
        drawn[(uint8_t)*c]++;
    for (int32_t i = 0; i < (int32_t)box->width + 20; i++)
        bitmap_set(onto, box->x + i, box->y + i % 60 - 5);
    return true;
}

/* What is beyond Cyrillic, and of that not all. */
static bool has(void *ctx, uint32_t point)
{
    (void)ctx;
    return point > 0x530 && point % 8 != 0;
}

static const struct glyphs dots = { .draw = draw, .has = has };

static void add_make(const struct profile *profile, const struct glyphs *glyphs)
{
    static const enum paper_cutter cutters[] = { [CUT_NONE] = PAPER_TORN,
        [CUT_PARTIAL] = PAPER_PART,
        [CUT_FULL] = PAPER_FULL,
        [CUT_OLD] = PAPER_OLD };
    static const enum paper_answer answers[] = { [CONFIRM_DRAINED] =
                                                         PAPER_SILENT,
        [CONFIRM_GS_R] = PAPER_STATUS,
        [CONFIRM_PROCESS_ID] = PAPER_NUMBER };
    struct make *make = &makes[make_count++];

    assert_true(make_count < PRINTERS);
    make->profile = *profile;
    make->glyphs = glyphs;
    make->printer = (struct paper_printer){ .columns = profile->columns,
        .dots = profile->dots,
        .cutter = cutters[profile->cutter],
        .answer = answers[profile->confirm],
        .bell = profile->buzzer == BUZZER_EPSON   ? PAPER_EPSON
                : profile->buzzer == BUZZER_CLONE ? PAPER_CLONE
                                                  : PAPER_MUTE,
        .qr = profile->qr,
        .raster = profile->raster,
        .plain = profile->plain };
    for (uint32_t i = 0; i < profile->page_count; i++)
        make->printer.pages[i] = (struct paper_page){ profile->pages[i].select,
            codepages[profile->pages[i].id].name };
}

/* One for each page and each cutter, on paper as narrow as any. */
static void add_single(uint32_t page)
{
    const struct profile single = { .name = codepages[page].name,
        .columns = 24,
        .dots = 288,
        .pages = { { (enum codepage_id)page, (uint8_t)(page * 9) } },
        .page_count = 1,
        .cutter = (enum print_cutter)(page % 4),
        .confirm = page % 2 ? CONFIRM_GS_R : CONFIRM_DRAINED };

    add_make(&single, NULL);
}

/* Those of profiles.def, with dots and without. */
static int make_makes(void **unused)
{
    const struct profile *profile;

    (void)unused;
    make_count = 0;
    for (uint32_t i = 0; (profile = profile_at(i)); i++)
        add_make(profile, NULL);
    for (uint32_t i = 0; (profile = profile_at(i)); i++)
        if (profile->raster)
            add_make(profile, &dots);
    for (uint32_t page = 0; page < PAGE_COUNT; page++)
        add_single(page);
    return 0;
}

/* --- the order --- */

/* The note in a slip of changes, where the order's items do not stand. */
static void write_change(struct some_job *some, char *note, char *other)
{
    make_change(some);
    some->changes[1].name = other;
    some->changes[1].was_notes = other;
    some->changes[1].notes = note;
    some->changes[2].was_quantity = UINT32_MAX;
}

static void write_summary(struct some_job *some, char *note, char *other)
{
    make_summary(some);
    some->orders[0].number = other;
    some->orders[1].order_id = other;
    some->table.has_number = false;
    some->table.id = other;
    some->dishes[0] = note;
    some->dishes[1] = other;
}

/* Every text of a ticket in its turn, but the job's id, a file's name. */
static void write_another(
        struct some_job *some, char *note, char *other, uint32_t where)
{
    switch (where % 13) {
    case 0:
        some->order.notes = other;
        break;
    case 1:
        some->items[0].name = other;
        break;
    case 2:
        some->modifiers[1].name = other;
        break;
    case 3:
        some->allergens[0] = some->allergens[1] = other;
        break;
    case 4:
        some->job.station = other;
        break;
    case 5:
        some->table.has_number = false;
        some->table.id = other;
        break;
    case 6:
        some->order.number = other;
        break;
    case 7:
        some->order.number = NULL;
        some->order.id = other;
        break;
    case 8:
        some->job.kind = DW__TICKET_KIND__TICKET_KIND_VOID;
        some->job.printer = other;
        break;
    case 9:
        some->job.copy_of = some->job.rerouted_from = other;
        break;
    case 10:
        write_change(some, note, other);
        break;
    case 11:
        write_summary(some, note, other);
        break;
    default:
        some->job.kind = DW__TICKET_KIND__TICKET_KIND_ADD_ON;
        some->order.priority = DW__PRIORITY__PRIORITY_VIP;
        some->items[0].quantity = UINT32_MAX;
    }
}

/* Has it what the hub promises to refuse? Asked of the bytes alone. */
static bool has_control(const char *text)
{
    const uint8_t *b = (const uint8_t *)text;

    for (; *b; b++)
        if ((*b < 0x20 && *b != '\n') || *b == 0x7F || *b == 0xC0 ||
                *b == 0xC1 || *b > 0xF4 || (*b == 0xC2 && b[1] < 0xA0))
            return true;
    return false;
}

static void ask_the_hub(const struct some_job *some, const char *note)
{
    struct fault fault;
    bool takes = body_check(&some->job.base, &fault) == ERR_OK;

    if (takes && has_control(note))
        fail_msg("the hub takes a note with a control character");
    counts.taken += takes;
    counts.refused += !takes;
}

static void pack(const struct some_job *some)
{
    static uint64_t serial;
    Dw__Envelope envelope = DW__ENVELOPE__INIT;
    uint8_t id[DEVICE_ID_BYTES] = { 0 };

    serial++;
    memcpy(id, &serial, sizeof(serial));
    envelope.has_id = true;
    envelope.id.data = id;
    envelope.id.len = sizeof(id);
    envelope.has_event = true;
    envelope.event = DW__ENVELOPE__BODY_PRINT_REQUESTED - 100;
    envelope.body_case = DW__ENVELOPE__BODY_PRINT_REQUESTED;
    envelope.print_requested = (Dw__PrintRequested *)&some->job;
    packed_len = dw__envelope__get_packed_size(&envelope);
    assert_true(packed_len <= sizeof(packed));
    dw__envelope__pack(&envelope, packed);
}

/* --- the judgement --- */

static void show_bytes(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf(bytes[i] >= 0x20 && bytes[i] < 0x7F ? "%c" : "\\x%02X",
                bytes[i]);
    printf("\n");
}

/* Each letter and digit that stands in the note stands on the paper, in its
 * order: nobody's "no nuts" is lost among what was thrown out. */
static bool has_letters(const char *note)
{
    uint32_t at = 0;

    for (const char *c = note; *c && c < note + TEXT_OF_NOTES; c++) {
        if ((uint8_t)*c <= 0x20 || (uint8_t)*c >= 0x7F)
            continue;
        while (at < paper.count && paper.text[at] != (uint8_t)*c)
            at++;
        if (at++ >= paper.count)
            return false;
    }
    return true;
}

/* The same where some lines are dots: as many of each as the note has. */
static bool has_as_many_letters(const char *note)
{
    uint32_t wanted[128] = { 0 };

    for (uint32_t i = 0; i < paper.count; i++)
        if (paper.text[i] < 128)
            drawn[paper.text[i]]++;
    for (const char *c = note; *c && c < note + TEXT_OF_NOTES; c++)
        if ((uint8_t)*c > 0x20 && (uint8_t)*c < 0x7F &&
                ++wanted[(uint8_t)*c] > drawn[(uint8_t)*c])
            return false;
    return true;
}

static void judge(const struct make *make, const char *note)
{
    bool good = paper_read(&paper, &make->printer, ticket, ticket_len);

    /* A mark and its letter may become one, so only plain notes have all. */
    if (good && !strpbrk(note, "\xCC\xCD") &&
            !(make->glyphs ? has_as_many_letters(note) : has_letters(note))) {
        good = false;
        paper.wrong = "a letter of the note is missing";
    }
    counts.tickets++;
    counts.commands += paper.commands;
    counts.pages += paper.pages;
    counts.bands += paper.bands;
    if (good)
        return;
    printf("note: ");
    show_bytes((const uint8_t *)note, strlen(note));
    printf("ticket: ");
    show_bytes(ticket, ticket_len);
    fail_msg("note %llu on %s%s: %s, at byte %zu",
            (unsigned long long)counts.notes, make->profile.name,
            make->glyphs ? " with dots" : "", paper.wrong, paper.at);
}

static size_t lay_out(const struct make *make, const Dw__PrintRequested *said,
        const char *qr_prefix, uint8_t *out, size_t cap)
{
    struct escpos escpos;
    struct paper_sink sink;
    const struct ticket_paper with = { .profile = &make->profile,
        .glyphs = make->glyphs,
        .sink = &sink,
        .qr_prefix = qr_prefix,
        .columns = make->profile.columns };

    memset(drawn, 0, sizeof(drawn));
    escpos_begin(&escpos, &make->profile, make->glyphs, out, cap);
    sink = escpos_sink(&escpos);
    assert_true(ticket_layout(&with, said));
    return escpos_end(&escpos, (uint32_t)counts.notes);
}

static void print_on(
        const struct make *make, const Dw__Notification *said, const char *note)
{
    ticket_len =
            lay_out(make, said->print_requested, NULL, ticket, sizeof(ticket));
    assert_true(ticket_len > 0);
    judge(make, note);
}

/* On all printers, or on the one whose turn it is. */
static void print_note(const char *note, bool on_all)
{
    struct arena arena;
    const Dw__Notification *said;

    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    said = message_decode(&arena, packed, packed_len);
    assert_non_null(said);
    for (uint32_t i = 0; i < make_count; i++)
        if (on_all || counts.notes % make_count == i)
            print_on(&makes[i], said, note);
}

/* --- the same in a whole device, with a spool of one job --- */

static struct print_mark job_mark;
static uint8_t job[DEVICE_MESSAGE_BYTES];
static size_t job_len;
static char job_id[PRINT_JOB_ID_BYTES];

static struct print_mark look(void *ctx, const char *id)
{
    (void)ctx;
    (void)id;
    return (struct print_mark){ 0 };
}

/* Whatever is offered is released. */
static enum print_put put(void *ctx, const char *id, uint32_t attempt,
        const uint8_t *bytes, size_t len)
{
    (void)ctx;
    (void)attempt;
    snprintf(job_id, sizeof(job_id), "%s", id);
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
    snprintf(id, PRINT_JOB_ID_BYTES, "%s", job_id);
    return job_mark.stage == stage;
}

static size_t read_job(void *ctx, const char *id, uint8_t *out, size_t cap)
{
    (void)ctx;
    (void)id;
    assert_true(job_len <= cap);
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

static enum print_out_state open_out(void *ctx, const char *id)
{
    (void)ctx;
    (void)id;
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
    size_t some = len < 1000 ? len : 1000; /* in pieces, as a socket takes it */

    (void)ctx;
    assert_true(ticket_len + some <= sizeof(ticket));
    memcpy(ticket + ticket_len, bytes, some);
    ticket_len += some;
    return (int)some;
}

static enum print_out_state finish(
        void *ctx, enum print_confirm confirm, uint32_t number)
{
    (void)ctx;
    (void)confirm;
    (void)number;
    return OUT_DONE;
}

static void close_out(void *ctx)
{
    (void)ctx;
}

static struct print_equipment equipment = {
    .spool = { NULL, look, put, mark, oldest, read_job, untold, told },
    .out = { NULL, open_out, check, write_out, finish, close_out, false, 0 },
};

/* Lines for a human are another way out: they are looked at, too. */
static void assert_lines_are_text(const struct desk *desk)
{
    for (uint32_t i = 0; i < desk->line_count && i < DESK_LINES; i++)
        for (const char *c = desk->lines[i]; *c; c++)
            assert_in_range((uint8_t)*c, 0x20, 0x7E);
}

static void print_by_device(
        struct desk *desk, uint64_t now_ms, const char *note)
{
    static const char topic[] = "dw/1/main/dev/pr1/job";
    const struct part part = { .topic = topic,
        .topic_len = sizeof(topic) - 1,
        .data = packed,
        .len = packed_len,
        .total = packed_len };
    const struct make *make = &makes[now_ms % make_count];

    equipment.profile = &make->profile;
    equipment.glyphs = make->glyphs;
    memset(drawn, 0, sizeof(drawn));
    assert_int_equal(
            device_receive(&desk->device, &part, now_ms), DEVICE_TAKEN);
    device_tick(&desk->device, now_ms);
    assert_int_equal(job_mark.stage, PRINT_PRINTED);
    device_on_published(&desk->device, desk->token, now_ms);
    assert_lines_are_text(desk);
    judge(make, note);
    counts.devices++;
}

static void switch_on(struct desk *desk, uint64_t now_ms)
{
    const struct device_config config = {
        .id = "pr1", .site = "main", .equipment = &equipment
    };

    desk->line_count = 0;
    equipment.profile = &makes[0].profile;
    assert_true(desk_start(desk, &printer_kind, &config, now_ms));
    desk_link(desk, now_ms);
    device_on_published(&desk->device, desk->token, now_ms);
}

/* --- */

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* Most are as long as a note may be, some longer than any text of ours. */
static size_t draw_length(struct hostile *hostile)
{
    return hostile_draw(hostile, 16) ? NOTE_BYTES : HOSTILE_BYTES - 1;
}

static void whatever_a_guest_writes_is_text_on_every_printer(void **unused)
{
    static char note[HOSTILE_BYTES], other[HOSTILE_BYTES];
    struct hostile hostile = { .seed = number("NOTES_SEED", 4711) };
    uint64_t wanted = number("NOTES", NOTES_SHORT);
    struct desk *desk = desk_make();

    (void)unused;
    memset(&counts, 0, sizeof(counts));
    for (; counts.notes < wanted; counts.notes++) {
        struct some_job some;
        uint64_t now_ms = 1000 + counts.notes;

        hostile_note(&hostile, note, draw_length(&hostile));
        hostile_note(&hostile, other, draw_length(&hostile));
        make_order(&some);
        some.items[0].notes = note;
        ask_the_hub(&some, note);
        write_another(&some, note, other, (uint32_t)counts.notes);
        pack(&some);
        print_note(note, getenv("NOTES") != NULL);
        if (counts.notes % DEVICE_LIFE == 0)
            switch_on(desk, now_ms);
        if (counts.notes % DEVICE_EACH == 0)
            print_by_device(desk, now_ms, note);
    }
    desk_clear(desk);
    print_message("%llu notes (%llu the hub takes, %llu it refuses), %llu "
                  "tickets on %u printers, %llu of them by whole devices; %llu "
                  "commands, %llu of them select a page, %llu are bands of "
                  "dots, all allowed\n",
            (unsigned long long)counts.notes, (unsigned long long)counts.taken,
            (unsigned long long)counts.refused,
            (unsigned long long)counts.tickets, make_count,
            (unsigned long long)counts.devices,
            (unsigned long long)counts.commands,
            (unsigned long long)counts.pages, (unsigned long long)counts.bands);
    /* Both kinds of note were tried, and code pages were needed. */
    assert_true(counts.taken > counts.notes / 20);
    assert_true(counts.refused > counts.notes / 20);
    assert_true(counts.pages > counts.notes);
    assert_true(counts.bands > counts.notes);
}

/* --- can the reader say no? --- */

static const char plain_note[] = "no nuts, 5 € — Борщ";

/* Without dots: of these any byte is as good as another. */
static size_t good_ticket(const struct make *make, uint8_t *out, size_t cap)
{
    struct some_job some;

    make_order(&some);
    some.items[0].notes = (char *)plain_note;
    return lay_out(make, &some.job, make->profile.qr ? NULL : "", out, cap);
}

/* Is what stands at `at` of this ticket an argument, or behind the reset? A
 * byte put there changes a command, or is one more letter. */
static void the_reader_finds_a_command_wherever_it_stands(void **unused)
{
    static uint8_t good[8192], bad[8192 + 64];
    const struct make *make = &makes[0];
    size_t len = good_ticket(make, good, sizeof(good));

    (void)unused;
    assert_true(paper_read(&paper, &make->printer, good, len));
    for (size_t at = 0; at <= len; at++)
        for (size_t i = 0; i < HOSTILE_COMMANDS; i++) {
            const struct hostile_command *command = &hostile_commands[i];
            uint8_t lead = (uint8_t)command->bytes[0];

            if (lead >= 0x20 && lead != 0x7F)
                continue; /* for terminals */
            memcpy(bad, good, at);
            memcpy(bad + at, command->bytes, command->len);
            memcpy(bad + at + command->len, good + at, len - at);
            if (paper_read(&paper, &make->printer, bad, len + command->len))
                fail_msg("command %zu at byte %zu is not found", i, at);
        }
}

static void the_reader_wants_each_byte_of_a_ticket(void **unused)
{
    static uint8_t good[8192], bad[8192];

    (void)unused;
    for (uint32_t i = 0; i < make_count; i++) {
        size_t len = good_ticket(&makes[i], good, sizeof(good));
        const uint8_t *letter = memmem(good, len, "nuts", 4);

        assert_non_null(letter);
        assert_true(paper_read(&paper, &makes[i].printer, good, len));
        for (size_t end = 0; end < len && !makes[i].profile.plain; end++)
            assert_false(paper_read(&paper, &makes[i].printer, good, end));
        for (uint8_t byte = 0; byte < 0x20; byte++) {
            memcpy(bad, good, len);
            bad[letter - good] = byte;
            if (byte != '\n')
                assert_false(paper_read(&paper, &makes[i].printer, bad, len));
        }
    }
}

#define ACCEPTED(bytes)                                                        \
    assert_true(paper_read(                                                    \
            &paper, &printer, (const uint8_t *)bytes, sizeof(bytes) - 1))
#define REFUSED(bytes)                                                         \
    assert_false(paper_read(                                                   \
            &paper, &printer, (const uint8_t *)bytes, sizeof(bytes) - 1))
#define BEGIN "\x1B@\x1C.\x1BR\0"
#define END                                                                    \
    "\x1B"                                                                     \
    "d\4\x1DVB\0"

static void the_reader_knows_arguments_pages_and_widths(void **unused)
{
    const struct paper_printer printer = { .columns = 4,
        .dots = 48,
        .cutter = PAPER_PART,
        .raster = true,
        .pages = { { 0, "cp437" }, { 16, "cp1252" } } };

    (void)unused;
    ACCEPTED(BEGIN "\x1Bt\x10\x80 4\n" END);
    assert_int_equal(paper.text[0], 0x20AC);
    assert_int_equal(paper.pages, 1);
    REFUSED(BEGIN "\x80\n" END);          /* of no page */
    REFUSED(BEGIN "\x1Bt\x10\x81\n" END); /* no character there */
    REFUSED(BEGIN "\x1Bt\x02\x80\n" END); /* a page it has not */
    REFUSED(BEGIN "\x1Bt\x03\x80\n" END); /* a page nobody has */
    REFUSED(BEGIN "\x1B"
                  "E\x02"
                  "a\n" END); /* how bold? */
    REFUSED(BEGIN "\x1D!\x77"
                  "a\n" END);     /* how large? */
    REFUSED(BEGIN "abcde\n" END); /* wider than the paper */
    REFUSED(BEGIN "\x1D!\x10"
                  "abc\n\x1D!\0" END);
    REFUSED(BEGIN "a" END); /* within a line */
    REFUSED(BEGIN "\x1B"
                  "E\1a\n" END);        /* bold for ever */
    REFUSED(BEGIN "a\n" END "a\n");     /* behind the cut */
    REFUSED(BEGIN "a\n" END END);       /* cut twice */
    REFUSED(BEGIN "a\n" END "\x1Dr\1"); /* asked, but has no answer */
    REFUSED(BEGIN "a\x7F\n" END);
    REFUSED("\x1B@"
            "a\n" END); /* two-byte characters */
    ACCEPTED(BEGIN "\x1Dv0\0\1\0\2\0\x1B@" END);
    REFUSED(BEGIN "\x1Dv0\0\1\0\2\0\x10\x14" END);       /* obeyed at once */
    REFUSED(BEGIN "\x1Dv0\0\7\0\1\0\0\0\0\0\0\0\0" END); /* too wide */
    REFUSED(BEGIN "\x1Dv0\0\1\0\3\0\x1B@" END); /* the last is not a dot */
    REFUSED(BEGIN "a\x1Dv0\0\1\0\1\0\0\n" END); /* within a line */
    REFUSED(BEGIN "\x1B"
                  "a\1\x1B"
                  "a\0" END);                /* a code that it cannot draw */
    REFUSED(BEGIN "\x1B(A\5\0ad\2\2\1" END); /* no bell */
    REFUSED(BEGIN "\x1Bp\0\x32\x32" END);    /* a drawer */
    REFUSED(BEGIN "\x1B"
                  "d\4\x1DVA\0"); /* another cutter */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reader_knows_arguments_pages_and_widths),
        cmocka_unit_test(the_reader_wants_each_byte_of_a_ticket),
        cmocka_unit_test(the_reader_finds_a_command_wherever_it_stands),
        cmocka_unit_test(whatever_a_guest_writes_is_text_on_every_printer),
    };

    return cmocka_run_group_tests(tests, make_makes, NULL);
}
