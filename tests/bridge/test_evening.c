/*
 * One evening of one restaurant, published in each of the five vocabularies
 * (tests/golden/evening/said-in-<dialect>.jsonl, a message a line and the
 * milliseconds since the one before), and what listeners of each dialect are
 * told of it (<from>-<to>.txt, see golden.h). tests/golden/README.md says what
 * each cannot say and cannot know.
 *
 * That a dialect hears of a fact at all stands in the table below, too: a
 * golden file that has lost it is wrong, whoever has accepted it.
 */
#include "tests/bridge/golden.h"

#define NAMES    40
#define LAST_MS  2000 /* what is owed after the last message comes by then */
#define FIRST    DIALECT_ENV
#define SITTING  "session/65dcf16ea3dfa49069628089eb4a7548" /* of "tok-1" */
#define ANOTHER  "session/b9d7f2826c798e990d30dd291fddb436" /* of "tok-2" */
#define ORDER(n) "order/65a1f0c2e4b0a1b2c3d4e0" n /* as flat counts them */

/* Where one listens, in each dialect: whatever there is in that evening. */
static const char *const places[DIALECT_COUNT][GOLDEN_SEATS] = {
    [DIALECT_ENV] = { "all" },
    [DIALECT_KEBAB] = { "kitchen", "order/17", "order/18", "order/19",
            ORDER("17"), ORDER("18"), ORDER("19"), "user/u7", "pool", "admin" },
    [DIALECT_SESSION] = { "restaurant", SITTING, ANOTHER },
    [DIALECT_FLAT] = { "all" },
    [DIALECT_KDS] = { "kitchen", "waiters", "table/5", "table/7", "order/17",
            "order/18", "order/19", ORDER("17"), ORDER("18"), ORDER("19") },
};

#define ORDERS_OF_ENV "order.created", "order.updated", "order.summary.updated"
#define ORDERS_OF_FLAT                                                         \
    "order:created", "order:served", "order:completed", "order:cancelled"
#define BEGINNINGS_OF_KDS                                                      \
    "order:new", "order:created", "order:status_changed", "order:status",      \
            "order:cancelled", "kitchen:stats_update"
#define COOKING_OF_KDS                                                         \
    "kitchen:order_preparing", "kitchen:preparing", "kitchen:order_ready",     \
            "kitchen:ready"

/* What must be told: [from][to]. */
static const char *const told[DIALECT_COUNT][DIALECT_COUNT][NAMES] = {
    [DIALECT_ENV] = {
        [DIALECT_ENV] = { ORDERS_OF_ENV, "table.updated",
                "table.layout.updated", "alert.created", "alert.updated",
                "alert.acknowledged" },
        [DIALECT_KEBAB] = { "new-order", "order-status-updated",
                "notification" },
        [DIALECT_SESSION] = { "order:created", "order:status:updated" },
        [DIALECT_FLAT] = { ORDERS_OF_FLAT, "serviceCall",
                "serviceCallHandled" },
        [DIALECT_KDS] = { BEGINNINGS_OF_KDS, COOKING_OF_KDS,
                "order:items_added" },
    },
    [DIALECT_KEBAB] = {
        [DIALECT_ENV] = { ORDERS_OF_ENV },
        [DIALECT_KEBAB] = { "new-order", "order-status-updated",
                "notification", "live-users-update" },
        [DIALECT_SESSION] = { "order:created", "order:status:updated" },
        [DIALECT_FLAT] = { ORDERS_OF_FLAT },
        [DIALECT_KDS] = { BEGINNINGS_OF_KDS, COOKING_OF_KDS,
                "order:confirmed" },
    },
    [DIALECT_SESSION] = {
        [DIALECT_ENV] = { ORDERS_OF_ENV },
        [DIALECT_KEBAB] = { "new-order", "order-status-updated" },
        [DIALECT_SESSION] = { "order:created", "order:status:updated" },
        [DIALECT_FLAT] = { ORDERS_OF_FLAT },
        [DIALECT_KDS] = { BEGINNINGS_OF_KDS, COOKING_OF_KDS },
    },
    [DIALECT_FLAT] = {
        [DIALECT_ENV] = { ORDERS_OF_ENV, "table.updated", "alert.created",
                "alert.acknowledged" },
        [DIALECT_KEBAB] = { "new-order", "order-status-updated",
                "notification" },
        [DIALECT_SESSION] = { "order:created", "order:status:updated" },
        [DIALECT_FLAT] = { ORDERS_OF_FLAT, "table:activated",
                "table:checkoutStarted", "table:checkoutCompleted",
                "table:forceReset", "menu.created", "menu.updated",
                "menu.deleted", "user.created", "user.deleted", "newMessage",
                "messageUpdated", "messagePinned", "messageDeleted",
                "allMessagesDeleted", "serviceCall", "serviceCallHandled" },
        [DIALECT_KDS] = { BEGINNINGS_OF_KDS },
    },
    [DIALECT_KDS] = {
        [DIALECT_ENV] = { ORDERS_OF_ENV },
        [DIALECT_KEBAB] = { "new-order", "order-status-updated" },
        [DIALECT_SESSION] = { "order:created", "order:status:updated" },
        [DIALECT_FLAT] = { ORDERS_OF_FLAT },
        [DIALECT_KDS] = { BEGINNINGS_OF_KDS, COOKING_OF_KDS,
                "order:confirmed", "order:items_added",
                "order:item_status_changed", "order:item_status",
                "order:cancel_request", "kitchen:order_acknowledged",
                "kitchen:acknowledged", "kitchen:order_completed",
                "kitchen:completed", "kitchen:cancel_accepted",
                "kitchen:cancel_rejected", "kitchen:priority_changed",
                "kitchen:station_assigned" },
    },
};

struct pair {
    enum dialect_id from, to;
    char title[64];
};

/* --- playing --- */

static void say_all(struct golden *golden, enum dialect_id from)
{
    static const struct principal backend = { .roles = ROLE_BACKEND,
        .subject = "backend" };
    char path[64], *text, *at, *line;
    unsigned after;

    snprintf(path, sizeof(path), "evening/said-in-%s.jsonl",
            dialects[from].name);
    at = text = golden_read(path);
    while ((line = golden_line(&at)) != NULL) {
        if (sscanf(line, "{\"after\":%u,", &after) != 1)
            fail_msg("%s: when is this said: %s", path, line);
        golden_pass(golden, after);
        if (golden_say(golden, &backend, from, line) != ERR_OK)
            fail_msg("%s: %s\n  %s %s: %s", path, line,
                    err_kinds[golden->fault.code].name, golden->fault.field,
                    golden->fault.text);
    }
    free(text);
    golden_pass(golden, LAST_MS);
}

static struct golden *play(const struct pair *pair)
{
    struct golden *golden = golden_begin(pair->to);

    for (const char *const *place = places[pair->to]; *place; place++)
        golden_sit(golden, *place);
    say_all(golden, pair->from);
    return golden;
}

static bool is_told(const struct golden *golden, const char *name)
{
    for (uint32_t i = 0; i < golden->told_count; i++)
        if (strcmp(golden->told[i].row->name, name) == 0)
            return true;
    return false;
}

static void expect_evening(void **state)
{
    const struct pair *pair = *state;
    struct golden *golden = play(pair);
    char path[64], *said = golden_print(golden, ~0u, NULL, NULL), *expected;

    for (const char *const *name = told[pair->from][pair->to]; *name; name++)
        if (!is_told(golden, *name))
            fail_msg("%s: nobody hears %s", pair->title, *name);
    snprintf(path, sizeof(path), "evening/%s-%s.txt", dialects[pair->from].name,
            dialects[pair->to].name);
    expected = golden_read(path);
    golden_expect(path, expected, said);
    free(expected);
    free(said);
    golden_end(golden);
}

/* Is the event said in the text, by any name that the dialect has for it? */
static bool is_said(enum dialect_id dialect, enum evt_id what, const char *text)
{
    const struct hear_row *row = dialects[dialect].hears;
    char name[64];
    bool said = false;

    for (; row->name && !said; row++) {
        snprintf(name, sizeof(name), "\"event\":\"%s\"", row->name);
        said = row->what == what && strstr(text, name);
    }
    return said;
}

/* Whatever a back end can say in the dialect is said in its evening. */
static void expect_every_fact(void **state)
{
    const struct pair *pair = *state;
    const struct hear_row *row = dialects[pair->from].hears;
    char path[64], *text;

    snprintf(path, sizeof(path), "evening/said-in-%s.jsonl",
            dialects[pair->from].name);
    text = golden_read(path);
    for (; row->name; row++)
        if (!evt_kinds[row->what].transient &&
                !is_said(pair->from, row->what, text))
            fail_msg("%s: %s is never said", path, row->name);
    free(text);
}

static int print_evening(const char *from, const char *to)
{
    struct pair pair = { dialect_find(from), dialect_find(to), "" };
    struct golden *golden;
    char *said;

    if (pair.from == DIALECT_COUNT || pair.to == DIALECT_COUNT)
        return 1;
    golden = play(&pair);
    said = golden_print(golden, ~0u, NULL, NULL);
    fputs(said, stdout);
    free(said);
    golden_end(golden);
    return 0;
}

#define TESTS (DIALECT_COUNT * (DIALECT_COUNT + 1))

static struct CMUnitTest make_test(
        struct pair *pair, void (*expect)(void **state))
{
    return (struct CMUnitTest){
        .name = pair->title, .test_func = expect, .initial_state = pair
    };
}

static size_t add_tests(struct CMUnitTest *tests)
{
    static struct pair pairs[TESTS];
    size_t count = 0;

    for (int from = FIRST; from < DIALECT_COUNT; from++) {
        struct pair *pair = &pairs[count];

        *pair = (struct pair){ .from = (enum dialect_id)from };
        snprintf(pair->title, sizeof(pair->title),
                "the evening in %s says all that it can", dialects[from].name);
        tests[count++] = make_test(pair, expect_every_fact);
        for (int to = FIRST; to < DIALECT_COUNT; to++) {
            pair = &pairs[count];
            *pair = (struct pair){ (enum dialect_id)from, (enum dialect_id)to,
                "" };
            snprintf(pair->title, sizeof(pair->title), "from %s to %s",
                    dialects[from].name, dialects[to].name);
            tests[count++] = make_test(pair, expect_evening);
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[TESTS];

    if (argc == 4 && strcmp(argv[1], "--print") == 0)
        return print_evening(argv[2], argv[3]);
    return _cmocka_run_group_tests(
            "evening", tests, add_tests(tests), NULL, NULL);
}
