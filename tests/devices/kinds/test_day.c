/*
 * A day without a link: each kind goes on, holds no more than it may, writes no
 * more than flash bears, gives up what is over its time and counts that, and
 * says the rest once, in order, when the link is back.
 */
#include "devices/core/kept.h"
#include "devices/kinds/kinds.h"
#include "devices/kinds/printer.h"
#include "devices/port/posix/spool.h"
#include "tests/devices/desk.h"
#include "tests/devices/kinds/orders.h"
#include "tests/devices/scratch.h"

#define SECOND_MS 1000u
#define MINUTE_MS 60000u
#define HOUR_MS   3600000u
#define DAY_MS    (24u * HOUR_MS)
#define WALL_MS   1769882645000u
#define WRITES    8192 /* that are looked at */
#define FACTS     128

/* A day of one device. */
struct day {
    struct desk *desk;
    uint64_t now_ms;
    uint64_t writes[WRITES]; /* when */
    uint32_t write_count;
    uint32_t most_facts;
    uint32_t most_kept; /* bytes in the store */
    uint32_t made;      /* facts of its own, but for states */
    uint32_t refused;   /* keys for which there was no room */
    /* Ids of what was said since the link is back; of states, too. */
    uint8_t said[FACTS][DEVICE_ID_BYTES];
    uint32_t said_count;
    uint8_t states[FACTS][DEVICE_ID_BYTES];
    uint32_t state_count;
    uint32_t sendings; /* of all those, also the same again */
    uint32_t figures;  /* telemetry, since then */
    uint32_t warnings;
    bool is_back;
};

static struct day day;

/* --- the machine --- */

static bool keep(void *ctx, const char *key, const void *data, size_t len)
{
    assert_true(day.write_count < WRITES);
    day.writes[day.write_count++] = day.now_ms;
    return desk_keep(ctx, key, data, len);
}

static bool is_in(
        uint8_t ids[FACTS][DEVICE_ID_BYTES], uint32_t count, const uint8_t *id)
{
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(ids[i], id, DEVICE_ID_BYTES) == 0)
            return true;
    return false;
}

static void remember(
        uint8_t ids[FACTS][DEVICE_ID_BYTES], uint32_t *count, const uint8_t *id)
{
    assert_true(*count < FACTS);
    memcpy(ids[(*count)++], id, DEVICE_ID_BYTES);
}

/* The same may come again as long as there is no receipt. */
static void hub_hears(const Dw__Envelope *said)
{
    const uint8_t *id = said->id.data;

    if (said->body_case == DW__ENVELOPE__BODY_DEVICE_ONLINE)
        return;
    day.sendings++;
    if (is_in(day.said, day.said_count, id) ||
            is_in(day.states, day.state_count, id))
        return;
    if (said->body_case == DW__ENVELOPE__BODY_DEVICE_TELEMETRY ||
            said->body_case == DW__ENVELOPE__BODY_DEVICE_BATTERY_LOW)
        remember(day.states, &day.state_count, id);
    else
        remember(day.said, &day.said_count, id);
    day.figures += said->body_case == DW__ENVELOPE__BODY_DEVICE_TELEMETRY;
    day.warnings += said->body_case == DW__ENVELOPE__BODY_DEVICE_BATTERY_LOW;
}

static int publish(
        void *ctx, const char *topic, const void *data, size_t len, bool retain)
{
    Dw__Envelope *said;

    if (day.is_back && !retain) {
        said = dw__envelope__unpack(NULL, len, data);
        assert_non_null(said);
        hub_hears(said);
        dw__envelope__free_unpacked(said, NULL);
    }
    return desk_publish(ctx, topic, data, len, retain);
}

/* --- the day --- */

static void set_up(
        const struct device_kind *kind, const struct device_config *config)
{
    memset(&day, 0, sizeof(day));
    day.desk = desk_make();
    day.desk->platform.keep = keep;
    day.desk->platform.publish = publish;
    day.desk->wall_ms = WALL_MS;
    assert_true(desk_start(day.desk, kind, config, 0));
    desk_link(day.desk, 0);
}

static void tear_down(void)
{
    desk_clear(day.desk);
}

static uint32_t kept_bytes(void)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < DESK_KEPT; i++)
        bytes += day.desk->kept[i].len;
    return (uint32_t)bytes;
}

static void pass(uint64_t until_ms)
{
    struct device *device = &day.desk->device;

    while (day.now_ms < until_ms) {
        day.now_ms += SECOND_MS;
        day.desk->wall_ms = WALL_MS + day.now_ms;
        device_tick(device, day.now_ms);
        if (device->outbox.count > day.most_facts)
            day.most_facts = device->outbox.count;
        if (kept_bytes() > day.most_kept)
            day.most_kept = kept_bytes();
    }
}

/* A key, and whether it is a new fact. */
static void press(enum device_input input)
{
    const struct outbox *outbox = &day.desk->device.outbox;
    uint32_t before = outbox->count;

    device_input(&day.desk->device, input, day.now_ms);
    day.made += outbox->count - before;
    day.refused += before == DEVICE_FACTS && outbox->count == before;
}

static void come_back(void)
{
    device_on_link_lost(&day.desk->device, day.now_ms);
    day.is_back = true;
    desk_link(day.desk, day.now_ms);
}

static void hub_answers_all(void)
{
    while (day.desk->device.outbox.count > 0)
        desk_receipt(day.desk, day.now_ms);
}

/* --- what must hold --- */

static uint32_t most_in_an_hour(void)
{
    uint32_t most = 0;

    for (uint32_t first = 0, i = 0; i < day.write_count; i++) {
        while (day.writes[i] - day.writes[first] >= HOUR_MS)
            first++;
        if (i - first + 1 > most)
            most = i - first + 1;
    }
    return most;
}

static void assert_bounded(const char *name)
{
    print_message("%s: made %u, said %u, given up %u, refused %u; at most %u "
                  "waited; store: %u bytes, %u writes, %u in an hour\n",
            name, day.made, day.said_count, day.desk->device.counts.lost,
            day.refused, day.most_facts, day.most_kept, day.write_count,
            most_in_an_hour());
    assert_in_range(day.most_facts, 0, DEVICE_FACTS);
    assert_in_range(day.most_kept, 0, DEVICE_FACTS * KEPT_BYTES + 1024);
    assert_in_range(day.write_count, 0, 1 + DEVICE_KEEPS + 24 * 120);
    assert_in_range(most_in_an_hour(), 0, 1 + DEVICE_KEEPS + 120);
}

/* Each once, oldest first, and nothing is missing that was not counted. */
static void assert_said_in_order(void)
{
    for (uint32_t i = 1; i < day.said_count; i++)
        assert_true(kept_is_older(day.said[i - 1], day.said[i]));
    assert_int_equal(day.made, day.said_count + day.desk->device.counts.lost);
}

/* Long after the receipts nothing is said again. */
static void assert_said_once(void)
{
    uint32_t sendings = day.sendings;

    hub_answers_all();
    pass(day.now_ms + HOUR_MS);
    assert_int_equal(day.sendings, sendings);
}

/* --- the kinds --- */

static const struct device_config config = { .id = "d1",
    .site = "main",
    .table = "5",
    .reason = "waiter",
    .reason_double = "bill",
    .reason_long = "help" };

static void a_button_that_calls_in_vain(void **unused)
{
    static const enum device_input inputs[] = { INPUT_KEY, INPUT_DOUBLE,
        INPUT_LONG };

    (void)unused;
    set_up(&button_kind, &config);
    device_on_link_lost(&day.desk->device, 0);
    for (uint32_t i = 0; day.now_ms < DAY_MS; i++) {
        press(inputs[i % 3]);
        pass(day.now_ms + 45 * SECOND_MS);
    }
    come_back();
    assert_in_range(day.said_count, 1, 3); /* those of the last 2 min */
    assert_true(day.made > 1900);
    assert_true(day.desk->device.counts.unkept > 0); /* the flash is spared */
    assert_bounded("button");
    assert_said_in_order();
    assert_said_once();
    tear_down();
}

/* … in somebody's bag. */
static void a_button_that_is_pressed_all_day(void **unused)
{
    (void)unused;
    set_up(&button_kind, &config);
    device_on_link_lost(&day.desk->device, 0);
    while (day.now_ms < DAY_MS) {
        press(INPUT_KEY);
        pass(day.now_ms + 5 * SECOND_MS);
    }
    come_back();
    assert_int_equal(day.made, 1);
    assert_int_equal(day.said_count, 1);
    assert_in_range(day.write_count, 0, 3);
    assert_bounded("button, stuck");
    assert_said_in_order();
    assert_said_once();
    tear_down();
}

static void press_word(const char *word)
{
    uint32_t before = day.desk->device.outbox.count;

    device_word(&day.desk->device, word, day.now_ms);
    day.made += day.desk->device.outbox.count - before;
    day.refused += day.desk->device.outbox.count == before;
}

static void a_bump_bar_that_is_hammered(void **unused)
{
    (void)unused;
    set_up(&bumpbar_kind, &config);
    device_on_link_lost(&day.desk->device, 0);
    while (day.now_ms < DAY_MS) {
        press_word("bump");
        if (day.now_ms % (10 * MINUTE_MS) == 0)
            for (int i = 0; i < 30; i++)
                press_word("next");
        pass(day.now_ms + 3 * SECOND_MS);
    }
    come_back();
    assert_in_range(day.said_count, 1, 4); /* those of the last 10 s */
    assert_true(day.refused > 0);
    assert_int_equal(day.write_count, 1); /* boot */
    assert_bounded("bumpbar");
    assert_said_in_order();
    assert_said_once();
    tear_down();
}

static void deliver_page(uint32_t number)
{
    Dw__PageSent body = DW__PAGE_SENT__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    char page_id[16];
    Dw__Envelope envelope =
            desk_envelope(day.desk, id, DW__ENVELOPE__BODY_PAGE_SENT);

    snprintf(page_id, sizeof(page_id), "p%u", number);
    table.id = (char *)"5";
    body.page_id = body.order_id = page_id;
    body.table = &table;
    body.text = (char *)"ready";
    envelope.page_sent = &body;
    desk_deliver(day.desk, "dev/d1/cmd", &envelope, day.now_ms);
}

/* Eight pages; one is answered every two hours, while its battery goes down. */
static void a_pager_that_is_answered_where_nobody_hears(void **unused)
{
    (void)unused;
    set_up(&pager_kind, &config);
    for (uint32_t i = 0; i < 8; i++)
        deliver_page(i);
    hub_answers_all(); /* that they are here */
    device_on_link_lost(&day.desk->device, 0);
    day.desk->has_vitals = true;
    for (uint32_t hour = 0; hour < 24; hour++) {
        day.desk->vitals.battery_percent = 100 - 4 * hour;
        if (hour % 2 == 0)
            press(INPUT_KEY);
        pass((hour + 1) * HOUR_MS);
    }
    assert_int_equal(day.made, 8);
    assert_false(day.desk->buzzing);
    come_back();
    pass(day.now_ms + MINUTE_MS);
    assert_int_equal(day.said_count, 1); /* 14:00; 12 h is its time */
    assert_int_equal(day.figures, 1);
    assert_int_equal(day.warnings, 1);
    assert_bounded("pager");
    assert_said_in_order();
    day.desk->has_vitals = false;
    assert_said_once();
    tear_down();
}

static void raise(uint32_t number)
{
    Dw__EscalationStep body = DW__ESCALATION_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    char name[16];
    Dw__Envelope envelope =
            desk_envelope(day.desk, id, DW__ENVELOPE__BODY_ESCALATION_RAISED);

    snprintf(name, sizeof(name), "e%u", number);
    body.id = name;
    body.about = (char *)"order";
    body.has_step = true;
    body.step = 2;
    body.target = (char *)"waiters";
    envelope.escalation_raised = &body;
    envelope.has_ts_ms = true;
    envelope.ts_ms = day.desk->wall_ms;
    desk_deliver(day.desk, "pb/waiters", &envelope, day.now_ms);
    desk_deliver(day.desk, "pb/kitchen", &envelope, day.now_ms);
}

static void a_waiters_pager_that_is_silenced_and_one_that_is_not(void **unused)
{
    static const struct device_config waiter = { .id = "d1", .site = "main" };

    (void)unused;
    set_up(&waiter_kind, &waiter);
    pass(13 * HOUR_MS);
    for (uint32_t i = 0; i < 3; i++)
        raise(i);
    device_on_link_lost(&day.desk->device, day.now_ms);
    press(INPUT_KEY);
    press(INPUT_KEY);
    assert_true(desk_rings(day.desk));
    pass(13 * HOUR_MS + 5 * MINUTE_MS);
    assert_false(desk_rings(day.desk)); /* not all night */
    pass(DAY_MS);
    come_back();
    assert_int_equal(day.said_count, 2);
    assert_bounded("waiter");
    assert_said_in_order();
    assert_said_once();
    tear_down();
}

static void a_buzzer_that_heard_the_last_order_a_day_ago(void **unused)
{
    (void)unused;
    set_up(&buzzer_kind, &config);
    raise(1);
    device_on_link_lost(&day.desk->device, 0);
    pass(5 * MINUTE_MS);
    assert_false(desk_rings(day.desk));
    pass(DAY_MS);
    come_back();
    pass(day.now_ms + MINUTE_MS);
    assert_false(desk_rings(day.desk));
    assert_int_equal(day.said_count, 0);
    assert_bounded("buzzer");
    tear_down();
}

/* --- a printer --- */

static struct spool spool;
static uint32_t tickets;

static enum print_out_state out_open(void *ctx, const char *job_id)
{
    (void)ctx;
    (void)job_id;
    return OUT_DONE;
}

static int out_write(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i + 1 < len; i++)
        tickets += bytes[i] == 0x1B && bytes[i + 1] == '@';
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

static void order(uint32_t number)
{
    struct some_job some;
    Dw__PrintStep step = DW__PRINT_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    char job_id[16];
    Dw__Envelope envelope =
            desk_envelope(day.desk, id, DW__ENVELOPE__BODY_PRINT_REQUESTED);

    make_order(&some);
    snprintf(job_id, sizeof(job_id), "j%u", number);
    some.job.job_id = job_id;
    some.job.has_attempt = true;
    some.job.attempt = 1;
    envelope.print_requested = &some.job;
    desk_deliver(day.desk, "dev/d1/job", &envelope, day.now_ms);
    envelope = desk_envelope(day.desk, id, DW__ENVELOPE__BODY_PRINT_RELEASED);
    step.job_id = job_id;
    step.printer = (char *)"d1";
    step.has_attempt = true;
    step.attempt = 1;
    envelope.print_released = &step;
    desk_deliver(day.desk, "dev/d1/cmd", &envelope, day.now_ms);
}

/* Ten tickets are released, and then nobody hears that they are printed. */
static void a_printer_that_prints_while_nobody_hears(void **unused)
{
    char path[SCRATCH_BYTES];
    struct print_equipment equipment = { .profile = profile_find("generic-80"),
        .out = { .open = out_open,
                .write = out_write,
                .finish = out_finish,
                .close = out_close } };
    const struct device_config printer = {
        .id = "d1", .site = "main", .equipment = &equipment
    };

    (void)unused;
    tickets = 0;
    scratch_make(path);
    assert_null(spool_open(&spool, path));
    equipment.spool = spool_of(&spool);
    set_up(&printer_kind, &printer);
    day.now_ms = 13 * HOUR_MS;
    for (uint32_t i = 0; i < 10; i++)
        order(i);
    device_on_link_lost(&day.desk->device, day.now_ms);
    hub_answers_all();
    pass(DAY_MS);
    assert_int_equal(tickets, 10);
    day.made = 10;
    come_back();
    assert_int_equal(day.said_count, 10);
    assert_bounded("printer");
    assert_said_in_order();
    assert_said_once();
    assert_int_equal(tickets, 10);
    tear_down();
    spool_close(&spool);
    scratch_clear(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_button_that_calls_in_vain),
        cmocka_unit_test(a_button_that_is_pressed_all_day),
        cmocka_unit_test(a_bump_bar_that_is_hammered),
        cmocka_unit_test(a_pager_that_is_answered_where_nobody_hears),
        cmocka_unit_test(a_waiters_pager_that_is_silenced_and_one_that_is_not),
        cmocka_unit_test(a_buzzer_that_heard_the_last_order_a_day_ago),
        cmocka_unit_test(a_printer_that_prints_while_nobody_hears),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
