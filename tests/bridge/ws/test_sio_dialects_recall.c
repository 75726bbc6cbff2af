/* Who comes back to Socket.IO, as far as it needs no socket: offsets, and what
 * is kept as bytes. */
#include "bridge/ws/sio_dialects_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/story.h"

static struct story story;
static char epoch[EPOCH_CHARS + 1];

static int begin(void **unused)
{
    (void)unused;
    story_begin(&story, NULL);
    epoch_print(hub_epoch(story.hub), epoch);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    story_end(&story);
    return 0;
}

/* `rest` behind this journal's epoch. */
static bool read(const char *rest, struct offset *offset)
{
    char text[100];

    snprintf(text, sizeof(text), "%s%s", epoch, rest);
    return sio_read_offset(story.hub, text, offset);
}

static void an_offset_is_everything_up_to_there(void **unused)
{
    struct offset offset;

    (void)unused;
    assert_true(read(".4711", &offset));
    assert_int_equal(offset.seq, 4711);
    assert_int_equal(offset.part_seq, 0);
    assert_int_equal(strlen(offset.text), strlen(epoch) + 5);
}

static void the_first_of_two_ways_is_not_yet_all_of_the_event(void **unused)
{
    struct offset offset;

    (void)unused;
    assert_true(read(".4711.1", &offset));
    assert_int_equal(offset.seq, 4710);
    assert_int_equal(offset.part_seq, 4711);
    assert_int_equal(offset.part, 1);
}

static void who_has_been_told_nothing_has_none(void **unused)
{
    struct offset offset;

    (void)unused;
    assert_true(sio_read_offset(story.hub, "", &offset));
    assert_int_equal(offset.seq, 0);
    assert_string_equal(offset.text, "");
}

static void what_is_none_of_ours_is_none(void **unused)
{
    static const char *const bad[] = { "", ".", ".x", ".-1", ".+1", ". 1",
        ".1x", ".1.", ".1.x", ".1.1.1", ".0.1", ".1.99", "x.1",
        ".18446744073709551615", ".99999999999999999999999",
        ".1000000000000000000000000000000000000000000000000" };
    struct offset offset;

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (read(bad[i], &offset))
            fail_msg("%s is an offset", bad[i]);
    assert_false(sio_read_offset(story.hub, "zzzz.1", &offset));
    assert_false(sio_read_offset(story.hub, ".1", &offset));
}

static void fill(struct memory *memory)
{
    *memory = (struct memory){ .sid = "abcdefghijklmnopqrst",
        .nsp = "/",
        .subject = "ana\nmaria",
        .session = "k1",
        .dialect = DIALECT_KDS,
        .is_presumed = true,
        .tried = "z.1.1",
        .settled = 4711 };
    for (int i = 0; i < CLIENT_ROOMS; i++) {
        char id[ID_CHARS + 1];

        snprintf(id, sizeof(id), "%032d", i);
        assert_true(room_make(ROOM_INDEX_TABLE, id, &memory->rooms[i]));
        memory->from[i] = UINT64_MAX - 1 - (uint64_t)i;
    }
    memory->count = CLIENT_ROOMS;
}

static void what_is_kept_comes_back_whole_and_fits(void **unused)
{
    struct memory memory, again;
    struct buf out;

    (void)unused;
    fill(&memory);
    buf_init(&out, KEEP_BYTES);
    sio_pack(&memory, &out);
    assert_false(out.failed);
    assert_true(sio_unpack(out.data, out.len, &again));
    assert_string_equal(again.sid, memory.sid);
    assert_string_equal(again.nsp, "/");
    assert_string_equal(again.subject, "ana\nmaria");
    assert_string_equal(again.session, "k1");
    assert_string_equal(again.tried, "z.1.1");
    assert_true(again.settled == 4711);
    assert_int_equal(again.dialect, DIALECT_KDS);
    assert_true(again.is_presumed);
    assert_int_equal(again.count, CLIENT_ROOMS);
    for (int i = 0; i < CLIENT_ROOMS; i++) {
        assert_true(room_equal(&again.rooms[i], &memory.rooms[i]));
        assert_true(again.from[i] == memory.from[i]);
    }
    buf_finish(&out);
}

static void one_who_has_no_dialect_yet_has_none_later(void **unused)
{
    struct memory memory = {
        .sid = "s", .dialect = DIALECT_COUNT, .settled = NEVER_ASKED
    };
    struct memory again;
    struct buf out;

    (void)unused;
    buf_init(&out, KEEP_BYTES);
    sio_pack(&memory, &out);
    assert_true(sio_unpack(out.data, out.len, &again));
    assert_int_equal(again.dialect, DIALECT_COUNT);
    assert_false(again.is_presumed);
    assert_true(again.settled == NEVER_ASKED);
    assert_int_equal(again.count, 0);
    buf_finish(&out);
}

/* Exactly sized: reading beyond would be noticed. */
static bool unpack_copy(const char *data, size_t len)
{
    char *copy = malloc(len ? len : 1);
    struct memory memory;
    bool yes;

    assert_non_null(copy);
    memcpy(copy, data, len);
    yes = sio_unpack(copy, len, &memory);
    free(copy);
    return yes;
}

static void no_part_of_it_is_read_beyond_its_end(void **unused)
{
    struct memory memory;
    struct buf out;
    uint32_t whole = 0;

    (void)unused;
    fill(&memory);
    buf_init(&out, KEEP_BYTES);
    sio_pack(&memory, &out);
    for (size_t len = 0; len < out.len; len++)
        whole += unpack_copy(out.data, len);
    assert_int_equal(whole, CLIENT_ROOMS); /* one without its last rooms */
    out.data[0] = '9';
    assert_false(unpack_copy(out.data, out.len)); /* of another version */
    buf_finish(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(an_offset_is_everything_up_to_there),
        TEST(the_first_of_two_ways_is_not_yet_all_of_the_event),
        TEST(who_has_been_told_nothing_has_none),
        TEST(what_is_none_of_ours_is_none),
        TEST(what_is_kept_comes_back_whole_and_fits),
        TEST(one_who_has_no_dialect_yet_has_none_later),
        TEST(no_part_of_it_is_read_beyond_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
