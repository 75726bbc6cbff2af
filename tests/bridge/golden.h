/*
 * golden: a hub in memory, listeners of one dialect in its rooms, and what
 * each of them is told as text, to be compared with a file. For tests.
 *
 * Told is one line for each message: the rooms whose listeners hear it alike,
 * its name and its payload. Moments and ids are those of the story alone:
 * playing it twice gives the same bytes.
 */
#ifndef TESTS_BRIDGE_GOLDEN_H
#define TESTS_BRIDGE_GOLDEN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka needs these before it */

#include <cmocka.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/buf.h"
#include "hub/hub.h"

#define GOLDEN_START_MS 1767290400000ll /* 2026-01-01T18:00:00Z */
#define GOLDEN_SITE     "main"
#define GOLDEN_SEATS    32
#define GOLDEN_TOLD     8192
#define GOLDEN_BYTES    (4u << 20)
#define GOLDEN_TICK_MS  100 /* as the program's loop */

/* A listener in one room. */
struct golden_seat {
    struct hub_client *client;
    char name[ALIAS_CHARS + 1]; /* as the dialect calls the room */
    char room[ROOM_CHARS + 1];
};

struct golden_told {
    uint64_t seq;
    const struct say_row *row;
    uint32_t seat;
    char *payload; /* owned */
};

struct golden {
    struct hub *hub;
    int64_t now_ms;
    enum dialect_id dialect; /* of the listeners */
    struct golden_seat seats[GOLDEN_SEATS];
    uint32_t seat_count;
    struct golden_told told[GOLDEN_TOLD];
    uint32_t told_count;
    uint32_t duplicates; /* what was said before already */
    struct fault fault;  /* of the last refusal */
};

/* --- files --- */

/* The text of a file below tests/golden, with a NUL; to be freed. */
static inline char *golden_read(const char *path)
{
    char name[256];
    struct buf text;
    FILE *file;
    int c;

    snprintf(name, sizeof(name), SOURCE_DIR "/tests/golden/%s", path);
    file = fopen(name, "r");
    if (!file)
        fail_msg("there is no %s", name);
    buf_init(&text, GOLDEN_BYTES);
    while ((c = getc(file)) != EOF)
        buf_putc(&text, (char)c);
    fclose(file);
    buf_putc(&text, '\0');
    assert_false(text.failed);
    return text.data;
}

/* The line at *at without its end, and *at behind it; NULL: there is none. The
 * text is cut into lines. */
static inline char *golden_line(char **at)
{
    char *line = *at;
    size_t len = strcspn(line, "\n");

    if (!*line)
        return NULL;
    *at = line + len + (line[len] == '\n');
    line[len] = '\0';
    return line;
}

/* Byte by byte; else the first line that differs is shown. */
static inline void golden_expect(
        const char *name, const char *expected, const char *said)
{
    unsigned number = 1;

    if (strcmp(expected, said) == 0)
        return;
    for (;; number++) {
        size_t a = strcspn(expected, "\n"), b = strcspn(said, "\n");

        if (a != b || memcmp(expected, said, a) != 0 || !expected[a])
            fail_msg("%s: message %u\n  file: %.*s\n  said: %.*s", name, number,
                    (int)a, expected, (int)b, said);
        expected += a + 1;
        said += b + (said[b] == '\n');
    }
}

/* --- the stage --- */

static inline void golden_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct golden *golden = owner;

    (void)ticket;
    assert_int_equal(settlement->err, ERR_OK);
    golden->duplicates += settlement->duplicate;
}

static inline void golden_wake(void *owner)
{
    (void)owner;
}

static const struct outlet golden_outlet = { .settled = golden_settled,
    .wake = golden_wake };

static inline struct golden *golden_begin(enum dialect_id dialect)
{
    static const struct hub_options options = { .path = ":memory:",
        .seed = 42 };
    struct golden *golden = calloc(1, sizeof(*golden));

    assert_non_null(golden);
    golden->dialect = dialect;
    golden->now_ms = GOLDEN_START_MS;
    assert_int_equal(hub_open(&golden->hub, &options, golden->now_ms), ERR_OK);
    return golden;
}

static inline void golden_end(struct golden *golden)
{
    for (uint32_t i = 0; i < golden->seat_count; i++)
        hub_detach(golden->hub, golden->seats[i].client);
    for (uint32_t i = 0; i < golden->told_count; i++)
        free(golden->told[i].payload);
    hub_close(golden->hub);
    free(golden);
}

static inline struct hub_client *golden_attach(
        struct golden *golden, const struct principal *who, const char *text)
{
    struct hub_client *client;
    struct joined joined;
    struct room room;

    assert_true(room_parse(text, strlen(text), &room));
    assert_int_equal(
            hub_attach(golden->hub, who, &golden_outlet, golden, &client),
            ERR_OK);
    if (hub_join(golden->hub, client, &room, 1, NULL, golden->now_ms, &joined,
                &golden->fault) != ERR_OK)
        fail_msg("nobody may join %s: %s", text, golden->fault.text);
    return client;
}

/*
 * Somebody sits down in a room: an admin, or guests where they alone may be.
 * He has no name: the hub does not count him as a user who is there.
 */
static inline void golden_sit(struct golden *golden, const char *text)
{
    struct golden_seat *seat = &golden->seats[golden->seat_count++];
    struct principal who = { .roles = ROLE_ADMIN };
    struct room room;

    assert_true(golden->seat_count <= GOLDEN_SEATS);
    assert_true(room_parse(text, strlen(text), &room));
    if (room.kind == ROOM_INDEX_SESSION || room.kind == ROOM_INDEX_GUESTS) {
        who.roles = ROLE_TABLE;
        snprintf(who.table, sizeof(who.table), "5");
        snprintf(who.session, sizeof(who.session), "%.32s", room.id);
    }
    snprintf(seat->room, sizeof(seat->room), "%s", text);
    if (room_print_alias(golden->dialect, GOLDEN_SITE, &room, seat->name) == 0)
        snprintf(seat->name, sizeof(seat->name), "%s", text);
    seat->client = golden_attach(golden, &who, text);
}

/* --- what they are told --- */

static inline void golden_note(
        struct golden *golden, uint32_t seat, const struct delivery *delivery)
{
    const struct say_row *rows[SAY_ROWS];
    uint32_t rooms = hub_rooms_of(golden->seats[seat].client, delivery->evt);
    uint32_t count =
            dialect_rows(golden->dialect, delivery->evt->what, rooms, 0, rows);

    for (uint32_t i = 0; i < count; i++) {
        const struct evt_form *form =
                dialect_say(delivery->evt, rows[i], delivery->view);

        assert_non_null(form);
        assert_true(golden->told_count < GOLDEN_TOLD);
        golden->told[golden->told_count++] =
                (struct golden_told){ delivery->evt->seq, rows[i], seat,
                    strndup((const char *)form->data, form->len) };
    }
}

static inline void golden_commit(struct golden *golden)
{
    assert_int_equal(hub_commit(golden->hub, golden->now_ms), ERR_OK);
    for (uint32_t i = 0; i < golden->seat_count; i++) {
        struct delivery delivery;

        while (hub_next(golden->hub, golden->seats[i].client, &delivery)) {
            golden_note(golden, i, &delivery);
            evt_unref(delivery.evt);
        }
    }
}

/* Time passes, and the hub's clock ticks. */
static inline void golden_pass(struct golden *golden, uint32_t ms)
{
    for (; ms > 0; ms -= GOLDEN_TICK_MS) {
        assert_int_equal(ms % GOLDEN_TICK_MS, 0);
        golden->now_ms += GOLDEN_TICK_MS;
        hub_tick(golden->hub, golden->now_ms);
        golden_commit(golden);
    }
}

/* Somebody says a message {"event","payload"} in words of a dialect. Not
 * ERR_OK: see golden->fault. */
static inline enum err golden_say(struct golden *golden,
        const struct principal *from, enum dialect_id dialect, const char *text)
{
    struct submission submission = {
        .from = from, .outlet = &golden_outlet, .owner = golden
    };
    struct heard heard;
    enum err err = dialect_hear_message(
            dialect, NULL, text, strlen(text), &heard, &golden->fault);

    if (err != ERR_OK)
        return err;
    submission.what = heard.what;
    submission.body = heard.body;
    err = hub_submit(golden->hub, &submission, golden->now_ms, &golden->fault);
    if (err == ERR_OK)
        golden_commit(golden);
    return err;
}

/* --- as text --- */

static inline int golden_by_seq(const void *a, const void *b)
{
    const struct golden_told *first = a, *second = b;

    if (first->seq != second->seq)
        return first->seq < second->seq ? -1 : 1;
    if (first->row->number != second->row->number)
        return first->row->number < second->row->number ? -1 : 1;
    return (first->seat > second->seat) - (first->seat < second->seat);
}

static inline bool golden_is_alike(
        const struct golden_told *a, const struct golden_told *b)
{
    return a->seq == b->seq && a->row == b->row &&
           strcmp(a->payload, b->payload) == 0;
}

/* Add told[i]'s line to the text, unless it is told with an earlier one. */
static inline void golden_put(struct buf *out, const struct golden *golden,
        uint32_t i, uint32_t seats)
{
    const struct golden_told *told = &golden->told[i];
    const char *comma = "";

    for (uint32_t n = i; n-- > 0 && golden->told[n].seq == told->seq;)
        if (seats >> golden->told[n].seat & 1 &&
                golden_is_alike(&golden->told[n], told))
            return;
    for (; i < golden->told_count && golden->told[i].seq == told->seq; i++)
        if (seats >> golden->told[i].seat & 1 &&
                golden_is_alike(&golden->told[i], told)) {
            buf_printf(out, "%s%s", comma,
                    golden->seats[golden->told[i].seat].name);
            comma = ",";
        }
    buf_printf(out, " %s %s\n", told->row->name, told->payload);
}

/* All that those in these seats (bits) were told under a name that `wanted`
 * names (NULL: any), in order; to be freed. */
static inline char *golden_print(struct golden *golden, uint32_t seats,
        bool (*is_wanted)(const void *context, const char *name),
        const void *context)
{
    struct buf out;

    qsort(golden->told, golden->told_count, sizeof(golden->told[0]),
            golden_by_seq);
    buf_init(&out, GOLDEN_BYTES);
    for (uint32_t i = 0; i < golden->told_count; i++) {
        const struct golden_told *told = &golden->told[i];

        if (seats >> told->seat & 1 &&
                (!is_wanted || is_wanted(context, told->row->name)))
            golden_put(&out, golden, i, seats);
    }
    buf_putc(&out, '\0');
    assert_false(out.failed);
    return out.data;
}

#endif
