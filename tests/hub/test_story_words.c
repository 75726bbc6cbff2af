/* One fact in all its words, in any order, by two sources, with keys and
 * without, in one turn or several: it is told once in each. */
#include "hub/hub_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define WORDS 3 /* that one fact has */

static const struct fact {
    enum evt_id word;
    const char *status; /* in digits */
} facts[] = {
    { EVT_ORDER_CONFIRMED, "2" },
    { EVT_KITCHEN_ACKNOWLEDGED, "3" },
    { EVT_KITCHEN_PREPARING, "4" },
    { EVT_KITCHEN_READY, "5" },
    { EVT_ORDER_SERVED, "6" },
    { EVT_ORDER_COMPLETED, "7" },
    { EVT_ORDER_CANCELLED, "8" },
};

/* How it is told. */
enum {
    IN_TURNS = 1,  /* each word in a turn of its own */
    WITH_KEYS = 2, /* of its own each */
    BY_OTHERS = 4, /* each by another back end */
    AND_AGAIN = 8, /* all of it once more at the end */
    TELLINGS = 16,
    RESTARTED = 16 /* after the first word */
};

struct told {
    uint32_t counts[EVT_COUNT];
    struct hub *hub;
};

static bool on_record(void *context, const struct record *record)
{
    struct told *told = context;
    struct evt *evt = hub_evt_of(told->hub, record);

    assert_non_null(evt);
    told->counts[evt->what]++;
    evt_unref(evt);
    return true;
}

/* Word 0 is the fact's own. */
static void say(struct story *story, const struct fact *fact, int word, int how,
        uint32_t number)
{
    struct principal from = story_principal(ROLE_BACKEND, "");
    enum evt_id what = word == 0   ? fact->word
                       : word == 1 ? EVT_ORDER_STATUS_CHANGED
                                   : EVT_ORDER_UPDATED;
    ProtobufCMessage *body =
            word == 0   ? made_body(what, "order_id", "41", NULL)
            : word == 1 ? made_body(what, "order_id", "41", "status",
                                  fact->status, NULL)
                        : made_body(what, "order.id", "41", "order.status",
                                  fact->status, NULL);
    char key[16];

    snprintf(key, sizeof(key), "k%u", number);
    if (how & BY_OTHERS)
        snprintf(from.subject, sizeof(from.subject), "till-%d", word);
    story_say_as(story, &from, what, body, how & WITH_KEYS ? key : NULL);
    if (how & IN_TURNS)
        assert_int_equal(story_commit(story), ERR_OK);
    story->now_ms += 100;
}

static void restart(struct story *story, struct place *place)
{
    int64_t now_ms = story->now_ms;

    assert_int_equal(story_commit(story), ERR_OK);
    story_end(story);
    story_begin(story, place_file(place, "journal"));
    story->now_ms = now_ms;
    story->is_forgetful = true;
}

static void expect(struct story *story, const struct fact *fact, int how)
{
    static const enum evt_id once[] = { EVT_ORDER_CREATED,
        EVT_ORDER_STATUS_CHANGED };
    struct told told = { .hub = story->hub };
    const Dw__Order *order = state_order(&story->hub->state, "41");

    assert_int_equal(
            journal_read(story->hub->journal, 0, UINT32_MAX, on_record, &told),
            ERR_OK);
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
        assert_int_equal(told.counts[once[i]], 1);
    assert_int_equal(told.counts[fact->word], 1);
    /* Whoever has forgotten tells the whole order again. */
    if (!(how & RESTARTED))
        assert_int_equal(told.counts[EVT_ORDER_UPDATED], 1);
    assert_int_equal(
            told.counts[EVT_PAGE_SENT], fact->word == EVT_KITCHEN_READY);
    assert_non_null(order);
    assert_int_equal(order->status, strtol(fact->status, NULL, 10));
}

static void tell(const struct fact *fact, int first, int second, int how)
{
    int words[WORDS] = { first, second, WORDS - first - second };
    uint32_t number = 0;
    struct story story;
    struct place place;

    if (how & RESTARTED)
        place_make(&place);
    story_begin(&story, how & RESTARTED ? place_file(&place, "journal") : NULL);
    story.is_forgetful = true;
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    for (int round = 0; round < (how & AND_AGAIN ? 2 : 1); round++)
        for (int i = 0; i < WORDS; i++) {
            say(&story, fact, words[i], how, number++);
            if (i == 0 && round == 0 && (how & RESTARTED))
                restart(&story, &place);
        }
    assert_int_equal(story_commit(&story), ERR_OK);
    expect(&story, fact, how);
    story_end(&story);
    if (how & RESTARTED)
        place_remove(&place);
}

static void tell_in_any_order(const struct fact *fact, int how)
{
    for (int first = 0; first < WORDS; first++)
        for (int second = 0; second < WORDS; second++)
            if (first != second)
                tell(fact, first, second, how);
}

static void a_fact_is_told_once_in_each_of_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        for (int how = 0; how < TELLINGS; how++)
            tell_in_any_order(&facts[i], how);
}

static void a_fact_is_told_once_though_the_program_was_restarted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        tell_in_any_order(&facts[i], IN_TURNS | AND_AGAIN | RESTARTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fact_is_told_once_in_each_of_its_words),
        cmocka_unit_test(a_fact_is_told_once_though_the_program_was_restarted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
