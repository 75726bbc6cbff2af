/* What was committed, and what was promised of it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "tests/sim/judge_parts.h"
#include "tests/sim/plant.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

#define PACK_BYTES (16u << 20)

/* --- the book --- */

static uint64_t sum_of(const struct record *record)
{
    uint64_t sum = table_hash(0, &record->seq, sizeof(record->seq));

    sum = table_hash(sum, &record->id, sizeof(record->id));
    sum = table_hash(sum, &record->wire, sizeof(record->wire));
    sum = table_hash(sum, &record->ts_ms, sizeof(record->ts_ms));
    sum = table_hash(sum, record->source, strlen(record->source) + 1);
    sum = table_hash(sum, record->key, strlen(record->key) + 1);
    sum = table_hash(sum, record->rooms, strlen(record->rooms) + 1);
    return table_hash(sum, record->body, record->body_len);
}

static void read_rooms(
        struct world *world, struct entry *entry, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        struct room room;

        memset(&room, 0, sizeof(room)); /* it is hashed whole */
        if (room_parse(text, len, &room) && entry->room_count < ENTRY_ROOMS)
            entry->rooms[entry->room_count++] =
                    (uint16_t)judge_room(world, &room);
        text += len + (text[len] == '\n');
    }
}

static void expect_allowed_rooms(struct world *world, const struct entry *entry)
{
    for (uint32_t i = 0; i < entry->room_count; i++) {
        enum room_index kind = world->judge.rooms[entry->rooms[i]].kind;

        if (!(evt_kinds[entry->evt->what].to & (1u << kind)))
            judge_blame(world, "route", evt_kinds[entry->evt->what].name,
                    entry->evt->seq, kind);
    }
}

/* One key, one effect, for as long as the journal knows the first. */
static void expect_one_effect(struct world *world, const struct entry *entry)
{
    struct judge *judge = &world->judge;
    uint64_t *effect;

    if (entry->key[0] == '\0')
        return;
    effect = table_get(
            &judge->keys, table_hash_pair(entry->evt->src, entry->key));
    if (*effect != 0 && *effect >= judge->first && *effect != entry->evt->seq &&
            *effect <= judge->head)
        judge_blame(world, "two-effects", entry->key, *effect, entry->evt->seq);
    *effect = entry->evt->seq;
}

static struct entry *place_for(struct judge *judge, uint64_t seq)
{
    uint64_t size = judge->size;

    if (seq < size)
        return &judge->book[seq];
    judge->size = size ? size * 2 : 1024;
    judge->book = realloc(judge->book, judge->size * sizeof(*judge->book));
    assert(judge->book && seq < judge->size);
    memset(judge->book + size, 0, (judge->size - size) * sizeof(*judge->book));
    return &judge->book[seq];
}

static uint64_t hash_state(const struct evt *evt)
{
    return table_hash(table_hash(0, &evt->what, sizeof(evt->what)), evt->key,
            strlen(evt->key));
}

bool book_is_end_of_sitting(enum evt_id what)
{
    return what == EVT_TABLE_CHECKOUT_COMPLETED ||
           what == EVT_TABLE_FORCE_RESET;
}

/* What is looked up later. */
static void enter(struct judge *judge, const struct entry *entry)
{
    const struct evt *evt = entry->evt;
    const char *order = about_order(evt->body);
    uint64_t *first = order ? table_get(&judge->orders,
                                      table_hash(0, order, strlen(order)))
                            : NULL;

    if (first && *first == 0)
        *first = evt->seq;
    if (evt_kinds[evt->what].keep == KEEP_LAST)
        *table_get(&judge->newest, hash_state(evt)) = evt->seq;
    if (!book_is_end_of_sitting(evt->what) && evt->what != EVT_TABLE_ACTIVATED)
        return;
    for (uint32_t i = 0; i < entry->room_count; i++) {
        judge->sittings[entry->rooms[i]] = evt->seq;
        if (book_is_end_of_sitting(evt->what))
            judge->ends[entry->rooms[i]] = evt->seq;
    }
}

static void write_down(struct world *world, const struct record *record)
{
    struct judge *judge = &world->judge;
    struct entry *entry = place_for(judge, record->seq);

    *entry = (struct entry){ .sum = sum_of(record),
        .evt = hub_evt_of(world->house.hub, record) };
    if (!entry->evt) {
        judge_blame(world, "unreadable", "a record", record->seq, record->wire);
        return;
    }
    snprintf(entry->key, sizeof(entry->key), "%s", record->key);
    read_rooms(world, entry, record->rooms);
    expect_allowed_rooms(world, entry);
    expect_one_effect(world, entry);
    judge->head = record->seq;
    world->tally.events++;
    trace_note("%s is committed, %llu", evt_kinds[entry->evt->what].name,
            record->seq, 0, 0);
    state_apply(&judge->state, entry->evt);
    enter(judge, entry);
}

static void append(struct world *world, const struct record *record)
{
    struct record planted = *record;

    if (plant_in_record(world, &planted))
        write_down(world, &planted);
}

/* As it was the last time, or new at the end. */
static bool on_record(void *context, const struct record *record)
{
    struct world *world = context;
    struct judge *judge = &world->judge;

    if (record->seq > judge->head + 1)
        judge_blame(
                world, "gap", "records are missing", judge->head, record->seq);
    else if (record->seq == judge->head + 1)
        append(world, record);
    else if (record->seq > 0 && sum_of(record) != judge->book[record->seq].sum)
        judge_blame(world, "changed", "a record is another one", record->seq,
                judge->head);
    return !world->broken;
}

static void read_journal(struct world *world, uint64_t after)
{
    struct journal *journal = world->house.hub->journal;

    world->judge.first = journal_first(journal);
    if (!world->broken && journal_read(journal, after, UINT32_MAX, on_record,
                                  world) != ERR_OK)
        judge_blame(world, "unreadable", "the journal", after, 0);
}

void judge_committed(struct world *world)
{
    if (world->broken || hub_head(world->house.hub) == world->judge.head)
        return;
    read_journal(world, world->judge.head);
    if (!world->broken && world->judge.head != hub_head(world->house.hub))
        judge_blame(world, "gap", "the head is another", world->judge.head,
                hub_head(world->house.hub));
}

/* Of what is replaced by newer ones the newest must have come. */
bool book_is_newest(const struct judge *judge, uint64_t seq)
{
    return *table_find(&judge->newest, hash_state(judge->book[seq].evt)) == seq;
}

/* --- after a start --- */

/* What nobody was told may be gone. */
static void forget_after(struct judge *judge, uint64_t head)
{
    if (head >= judge->head)
        return;
    for (uint64_t seq = head + 1; seq <= judge->head; seq++) {
        evt_unref(judge->book[seq].evt);
        judge->book[seq] = (struct entry){ 0 };
    }
    judge->head = head;
    state_finish(&judge->state);
    state_init(&judge->state);
    table_finish(&judge->orders);
    table_finish(&judge->newest);
    memset(judge->sittings, 0, sizeof(judge->sittings));
    memset(judge->ends, 0, sizeof(judge->ends));
    for (uint64_t seq = 1; seq <= head; seq++) {
        state_apply(&judge->state, judge->book[seq].evt);
        enter(judge, &judge->book[seq]);
    }
}

/* The picture is what the journal makes of it. */
void book_expect_picture(struct world *world)
{
    struct buf ours, theirs;

    buf_init(&ours, PACK_BYTES);
    buf_init(&theirs, PACK_BYTES);
    state_pack(&world->judge.state, &ours);
    state_pack(&world->house.hub->state, &theirs);
    if (ours.failed || theirs.failed || ours.len != theirs.len ||
            memcmp(ours.data, theirs.data, ours.len) != 0)
        judge_blame(world, "replay", "the picture is not the journal's",
                ours.len, theirs.len);
    buf_finish(&ours);
    buf_finish(&theirs);
}

void judge_restarted(struct world *world)
{
    struct judge *judge = &world->judge;
    struct hub *hub = world->house.hub;
    uint64_t first = journal_first(hub->journal);

    if (world->broken)
        return;
    if (hub_head(hub) < judge->told)
        judge_blame(world, "lost", "what somebody was told is gone",
                hub_head(hub), judge->told);
    if (judge->epoch != 0 && judge->epoch != hub_epoch(hub))
        judge_blame(world, "epoch", "it is another journal", judge->epoch,
                hub_epoch(hub));
    forget_after(judge, hub_head(hub));
    read_journal(world, first ? first - 1 : 0);
    if (!world->broken)
        book_expect_picture(world);
}

/* --- promises --- */

void book_told(struct judge *judge, uint64_t seq, uint32_t epoch)
{
    if (seq > judge->told)
        judge->told = seq;
    judge->epoch = epoch;
}

static bool is_answer_true(const struct judge *judge, const char *source,
        const char *key, const struct settlement *answer)
{
    const struct entry *entry;

    if (answer->seq == 0 || answer->seq > judge->head)
        return false;
    entry = &judge->book[answer->seq];
    if (memcmp(&entry->evt->id, &answer->id, sizeof(answer->id)) != 0)
        return false;
    return answer->duplicate || (strcmp(entry->evt->src, source) == 0 &&
                                        strcmp(entry->key, key) == 0);
}

/* The upkeep forgets the oldest between two turns. */
uint64_t book_look_at_first(struct world *world)
{
    world->judge.first = journal_first(world->house.hub->journal);
    return world->judge.first;
}

void judge_promised(struct world *world, const char *source, const char *key,
        const struct settlement *answer)
{
    struct judge *judge = &world->judge;
    uint64_t *before = table_get(&judge->answers, table_hash_pair(source, key));

    book_look_at_first(world);
    book_told(judge, answer->seq, answer->epoch);
    if (world->planted && world->plant == PLANT_EARLY_ACK)
        return; /* the book knows only what is committed */
    if (!is_answer_true(judge, source, key, answer))
        judge_blame(world, "answer", key, answer->seq, judge->head);
    if (*before != 0 && *before != answer->seq && *before >= judge->first)
        judge_blame(world, "answer", key, *before, answer->seq);
    *before = answer->seq;
}

void judge_refused(struct world *world, const char *source, const char *key,
        bool is_guest, enum err err)
{
    const struct judge *judge = &world->judge;
    const uint64_t *before =
            table_find(&judge->answers, table_hash_pair(source, key));

    book_look_at_first(world);
    if (!before || *before < judge->first || err_kinds[err].retry)
        return;
    if (is_guest && (err == ERR_UNAUTHORIZED || err == ERR_FORBIDDEN))
        return; /* it may not even ask any more */
    judge_blame(world, "answer", key, *before, err);
}

void judge_told(struct world *world, const struct evt *evt)
{
    if (evt->seq > world->judge.head)
        judge_blame(world, "lost", "it is told before it is on disk", evt->seq,
                world->judge.head);
    book_told(&world->judge, evt->seq, evt->epoch);
}

/* --- as a whole --- */

void book_expect_journal(struct world *world)
{
    read_journal(world, world->judge.first ? world->judge.first - 1 : 0);
}

void book_begin(struct judge *judge)
{
    place_for(judge, 0);
    state_init(&judge->state);
}

void book_end(struct judge *judge)
{
    for (uint64_t seq = 1; seq <= judge->head; seq++)
        evt_unref(judge->book[seq].evt);
    free(judge->book);
    table_finish(&judge->keys);
    table_finish(&judge->answers);
    table_finish(&judge->orders);
    table_finish(&judge->newest);
    state_finish(&judge->state);
}
