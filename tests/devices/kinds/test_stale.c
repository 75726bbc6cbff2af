/*
 * What was retained, and what is over its time, does nothing: each command and
 * each kind.
 */
#include "devices/kinds/kinds.h"
#include "devices/kinds/printer.h"
#include "devices/port/posix/spool.h"
#include "tests/devices/desk.h"
#include "tests/devices/kinds/orders.h"
#include "tests/devices/scratch.h"

#define NOW_MS  1000000u
#define WALL_MS 1769882645000u

/* A device of one kind on a desk, and what it printed. */
struct scene {
    struct desk *desk;
    const struct device_kind *kind;
    struct spool spool;
    char path[SCRATCH_BYTES];
    struct print_equipment equipment;
    struct device_config config;
    size_t printed; /* bytes */
};

static struct scene scene;

/* All that the world can notice of a device, and what it will remember. */
struct trace {
    bool buzzing, lit, is_found;
    uint32_t displays, lines, writes, sent;
    size_t printed;
    struct device_settings settings;
    struct assignment assigned;
};

/* --- the commands --- */

static Dw__TableRef table;
static struct some_job job;
static Dw__PageSent page;
static Dw__PrintStep release;
static Dw__DeviceIdentify identify;
static Dw__DeviceConfigured configured;
static Dw__DeviceAssigned assigned;
static Dw__EscalationStep raised;
static Dw__KitchenReady ready;
static Dw__OrderCreated created;

static void make_bodies(void)
{
    dw__table_ref__init(&table);
    table.id = (char *)"5";
    make_order(&job);
    job.job.has_attempt = true;
    job.job.attempt = 1;
    dw__page_sent__init(&page);
    page.page_id = (char *)"p1";
    page.order_id = (char *)"o41";
    page.text = (char *)"ready";
    page.table = &table;
    dw__print_step__init(&release);
    release.job_id = job.job.job_id;
    release.printer = (char *)"d1";
    release.has_attempt = true;
    release.attempt = 1;
    dw__device_identify__init(&identify);
    identify.device_id = (char *)"d1";
    dw__device_configured__init(&configured);
    configured.device_id = (char *)"d1";
    configured.has_rev = true;
    configured.rev = 7;
    dw__device_assigned__init(&assigned);
    assigned.device_id = (char *)"d1";
    assigned.order_id = (char *)"o41";
    dw__escalation_step__init(&raised);
    raised.id = (char *)"e1";
    raised.about = (char *)"order";
    raised.has_step = true;
    raised.step = 2;
    raised.target = (char *)"waiters";
    dw__kitchen_ready__init(&ready);
    ready.order_id = (char *)"o41";
    dw__order_created__init(&created);
    created.order = &job.order;
}

/* Kinds that do something when a command is new. */
#define PRINTER 1u
#define PAGER   2u
#define BUZZER  4u
#define BUTTON  8u
#define BUMPBAR 16u
#define WAITER  32u
#define ALL     63u

static const struct {
    const struct device_kind *kind;
    uint32_t bit;
} kinds[] = {
    { &printer_kind, PRINTER },
    { &pager_kind, PAGER },
    { &buzzer_kind, BUZZER },
    { &button_kind, BUTTON },
    { &bumpbar_kind, BUMPBAR },
    { &waiter_kind, WAITER },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct command {
    const char *topic;
    Dw__Envelope__BodyCase field;
    void *body;
    uint32_t heeded_by;
};

#define CMD "dev/d1/cmd"

static const struct command commands[] = {
    { CMD, DW__ENVELOPE__BODY_DEVICE_IDENTIFY_REQUESTED, &identify, ALL },
    { CMD, DW__ENVELOPE__BODY_DEVICE_ASSIGNED, &assigned, ALL },
    { CMD, DW__ENVELOPE__BODY_DEVICE_CONFIGURED, &configured, ALL },
    { CMD, DW__ENVELOPE__BODY_PAGE_SENT, &page, PAGER },
    { CMD, DW__ENVELOPE__BODY_PRINT_RELEASED, &release, PRINTER },
    { "dev/d1/job", DW__ENVELOPE__BODY_PRINT_REQUESTED, &job.job, PRINTER },
    { "pb/table/5", DW__ENVELOPE__BODY_PAGE_SENT, &page, PAGER },
    { "pb/table/5", DW__ENVELOPE__BODY_KITCHEN_READY, &ready, PAGER },
    { "pb/kitchen", DW__ENVELOPE__BODY_ORDER_CREATED, &created, BUZZER },
    { "pb/kitchen", DW__ENVELOPE__BODY_ESCALATION_RAISED, &raised, BUZZER },
    { "pb/waiters", DW__ENVELOPE__BODY_ESCALATION_RAISED, &raised, WAITER },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Every body is a pointer in the same place of the union. */
static void deliver(const struct command *command, uint64_t exp_ms,
        bool retained, uint64_t now_ms)
{
    static uint8_t bytes[64 * 1024];
    uint8_t id[DEVICE_ID_BYTES];
    char topic[DEVICE_TOPIC_BYTES];
    Dw__Envelope envelope = desk_envelope(scene.desk, id, command->field);
    struct part part = { .topic = topic, .data = bytes, .retained = retained };

    envelope.page_sent = command->body;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    part.topic_len = (size_t)snprintf(
            topic, sizeof(topic), "dw/1/main/%s", command->topic);
    part.len = part.total = dw__envelope__get_packed_size(&envelope);
    assert_true(part.len <= sizeof(bytes));
    dw__envelope__pack(&envelope, bytes);
    assert_int_equal(
            device_receive(&scene.desk->device, &part, now_ms), DEVICE_TAKEN);
}

/* --- the desk --- */

static enum print_out_state out_open(void *ctx, const char *job_id)
{
    (void)ctx;
    (void)job_id;
    return OUT_DONE;
}

static enum print_out_state out_check(void *ctx, struct print_status *status)
{
    (void)ctx;
    *status = (struct print_status){ .paper_out = false };
    return OUT_DONE;
}

static int out_write(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    (void)bytes;
    scene.printed += len;
    return (int)len;
}

static enum print_out_state out_finish(
        void *ctx, enum print_confirm confirm, uint32_t number)
{
    (void)ctx;
    (void)confirm;
    (void)number;
    return OUT_DONE;
}

static void out_close(void *ctx)
{
    (void)ctx;
}

/* Its clock says `wall_ms`, or nothing (0). */
static void set_up(const struct device_kind *kind, uint64_t wall_ms)
{
    memset(&scene, 0, sizeof(scene));
    scene.kind = kind;
    scene.desk = desk_make();
    scene.desk->wall_ms = wall_ms;
    scratch_make(scene.path);
    assert_null(spool_open(&scene.spool, scene.path));
    scene.equipment = (struct print_equipment){ .spool = spool_of(&scene.spool),
        .out = { .open = out_open,
                .check = out_check,
                .write = out_write,
                .finish = out_finish,
                .close = out_close },
        .profile = profile_find("generic-80") };
    scene.config = (struct device_config){ .id = "d1",
        .site = "main",
        .table = kind == &waiter_kind ? NULL : "5",
        .reason = "waiter",
        .equipment = &scene.equipment };
    assert_true(desk_start(scene.desk, kind, &scene.config, NOW_MS));
    desk_link(scene.desk, NOW_MS);
    device_tick(&scene.desk->device, NOW_MS);
    make_bodies();
}

static void tear_down(void)
{
    spool_close(&scene.spool);
    scratch_clear(scene.path);
    desk_clear(scene.desk);
}

static struct trace look(void)
{
    const struct desk *desk = scene.desk;

    return (struct trace){ .buzzing = desk->buzzing,
        .lit = desk->lit,
        .is_found = desk->device.signal.identify_until_ms == 0,
        .displays = desk->displays,
        .lines = desk->line_count,
        .writes = desk->writes,
        .sent = desk->sent_count,
        .printed = scene.printed,
        .settings = desk->device.settings,
        .assigned = desk->device.assigned };
}

static bool is_same(const struct trace *a, const struct trace *b)
{
    return a->buzzing == b->buzzing && a->lit == b->lit &&
           a->is_found == b->is_found && a->displays == b->displays &&
           a->lines == b->lines && a->writes == b->writes &&
           a->sent == b->sent && a->printed == b->printed &&
           a->settings.rev == b->settings.rev &&
           assignment_is_same(&a->assigned, &b->assigned);
}

/* For some seconds, so that what rings late is noticed too. */
static void wait_a_while(uint64_t now_ms)
{
    for (uint32_t i = 1; i <= 6; i++)
        device_tick(&scene.desk->device, now_ms + i * 500);
}

/* What a printer may say all the same: that it is there (so that a release is
 * said again), and that it did not print. */
static uint32_t printers_words(const struct trace *before)
{
    uint32_t words = 0;

    for (uint32_t i = before->sent; i < scene.desk->sent_count; i++) {
        const struct desk_sent *sent = &scene.desk->sent[i % DESK_SENT];
        Dw__Envelope *said = dw__envelope__unpack(NULL, sent->len, sent->bytes);

        words += said->body_case == DW__ENVELOPE__BODY_DEVICE_ONLINE ||
                 said->body_case == DW__ENVELOPE__BODY_PRINT_FAILED;
        dw__envelope__free_unpacked(said, NULL);
    }
    return words;
}

static void assert_nothing_happened(
        const struct command *command, const struct trace *before)
{
    struct trace after = look();

    if (scene.kind == &printer_kind) {
        after.sent -= printers_words(before);
        after.lines = before->lines;
    }
    if (!is_same(before, &after))
        fail_msg("%s: event %u on %s did something", scene.kind->name,
                (unsigned)command->field - 100, command->topic);
}

/* --- */

/* The others prove something only if this holds. */
static void what_is_new_does_something_where_the_table_says_so(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < COMMANDS; i++)
        for (uint32_t k = 0; k < KINDS; k++) {
            struct trace before;
            struct trace after;

            set_up(kinds[k].kind, WALL_MS);
            before = look();
            deliver(&commands[i], WALL_MS + 60000, false, NOW_MS);
            wait_a_while(NOW_MS);
            after = look();
            if (commands[i].heeded_by & kinds[k].bit)
                assert_false(is_same(&before, &after));
            tear_down();
        }
}

static void what_was_retained_does_nothing(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < COMMANDS; i++)
        for (uint32_t k = 0; k < KINDS; k++) {
            struct trace before;

            set_up(kinds[k].kind, WALL_MS);
            before = look();
            deliver(&commands[i], 0, true, NOW_MS);
            deliver(&commands[i], WALL_MS + 60000, true, NOW_MS);
            wait_a_while(NOW_MS);
            assert_nothing_happened(&commands[i], &before);
            assert_int_equal(scene.desk->device.counts.bad, 2);
            tear_down();
        }
    print_message(
            "%u commands, %u kinds\n", (unsigned)COMMANDS, (unsigned)KINDS);
}

static void what_is_over_its_time_does_nothing(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < COMMANDS; i++)
        for (uint32_t k = 0; k < KINDS; k++) {
            struct trace before;

            set_up(kinds[k].kind, WALL_MS);
            before = look();
            deliver(&commands[i], WALL_MS, false, NOW_MS);
            deliver(&commands[i], 1, false, NOW_MS);
            wait_a_while(NOW_MS);
            assert_nothing_happened(&commands[i], &before);
            tear_down();
        }
}

/* It waits for somebody who knows the time, and is over then. */
static void without_a_clock_it_does_nothing_until_or_after_the_time_is_known(
        void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < COMMANDS; i++)
        for (uint32_t k = 0; k < KINDS; k++) {
            struct trace before;

            set_up(kinds[k].kind, 0);
            before = look();
            deliver(&commands[i], WALL_MS, false, NOW_MS);
            wait_a_while(NOW_MS);
            if (scene.kind != &printer_kind)
                assert_nothing_happened(&commands[i], &before);
            desk_tell_time(scene.desk, WALL_MS + 4000, NOW_MS + 4000);
            wait_a_while(NOW_MS + 4000);
            if (scene.kind != &printer_kind)
                assert_nothing_happened(&commands[i], &before);
            assert_int_equal(scene.printed, 0);
            assert_int_equal(scene.desk->device.held_count, 0);
            tear_down();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_new_does_something_where_the_table_says_so),
        cmocka_unit_test(what_was_retained_does_nothing),
        cmocka_unit_test(what_is_over_its_time_does_nothing),
        cmocka_unit_test(
                without_a_clock_it_does_nothing_until_or_after_the_time_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
